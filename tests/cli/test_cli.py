"""The command line on a database that real mail went through."""

import asyncio
import base64
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.build import build
from helpdesk.app.gateway import Gateway
from helpdesk.app.prepare import prepare
from helpdesk.cli import run
from helpdesk.config import load
from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.ports import Raw
from tests.machine import NOBODY

DESK = "support@example.test"
KEY = "JKLMN-OPQRS-TUVWX-YZABC"
FILE = b"12:00:02 license not valid\n"
QUESTION = (
    b"Received: from a by b; Sat, 21 Nov 2026 12:00:00 +0000\r\n"
    b"From: Ana Ruiz <ana@customer.test>\r\nTo: support@example.test\r\n"
    b"Subject: It does not start\r\nMessage-ID: <question@customer.test>\r\n"
    b"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain\r\n\r\nMy key is " + KEY.encode() + b".\r\n\r\n"
    b"On Mon, 16 Nov 2026 at 12:00, Support <support@example.test> wrote:\r\n"
    b"> Please write to us.\r\n--b\r\n"
    b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="start.log"\r\n\r\n'
    b"12:00:02 license not valid\n\r\n--b--\r\n"
)
LOOP = b"Received: from a by b; Sat, 21 Nov 2026 12:00:00 +0000\r\n" * 60 + (
    b"From: Loop <loop@customer.test>\r\nTo: support@example.test\r\nSubject: loop\r\n"
    b"Message-ID: <loop@customer.test>\r\n\r\nRound and round\r\n"
)
LATER = (
    b"From: Carl <carl@customer.test>\r\nTo: support@example.test\r\nSubject: Invoice\r\n"
    b"Message-ID: <later@customer.test>\r\n\r\nWhere is it?\r\n"
)


@dataclass(frozen=True, slots=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        [only] = self.objects
        return only


Cli = Callable[..., Result]


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> Cli:
    def call(*arguments: str | Path) -> Result:
        status = run([str(each) for each in arguments])
        captured = capfdbinary.readouterr()
        return Result(status, captured.out.decode(), captured.err.decode())

    return call


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration is found by chance."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPDESK_CONFIG", raising=False)
    monkeypatch.setattr("helpdesk.config.source.SEARCHED", (Path("config.toml"),))


async def arrive(gateway: Gateway, author: str, raw: bytes) -> None:
    arrival = Arrival(
        Envelope(author, (DESK,)), "smtp", gateway.receiver.clock.now(), Trust("127.0.0.1")
    )
    reply = await gateway.intake.accept(
        arrival, Raw(len(raw), hashlib.sha256(raw).hexdigest(), raw)
    )
    assert reply.is_positive
    assert await gateway.receiver.run_once() == 1


async def fill(config: Path) -> None:
    settings = load(config)
    await prepare(settings)
    gateway = build(settings)
    try:
        await arrive(gateway, "ana@customer.test", QUESTION)
        await arrive(gateway, "loop@customer.test", LOOP)
        await gateway.sender.run_once()
        await arrive(gateway, "carl@customer.test", LATER)  # its mails are not sent yet
    finally:
        await gateway.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "config.toml").write_text(
        f'[[desks]]\naddress = "{DESK}"\n'
        '[[agents]]\nname = "Ben"\naddresses = ["ben@example.test"]\n'
    )
    asyncio.run(fill(folder / "config.toml"))
    return folder / "config.toml"


@pytest.fixture
def changeable(filled: Path, tmp_path: Path) -> Path:
    """A copy, for commands that change something."""
    shutil.copytree(filled.parent, tmp_path / "copy")
    return tmp_path / "copy" / "config.toml"


COLUMNS = [
    *("TICKET", "STATUS", "PRIORITY", "CATEGORY", "ASSIGNEE", "TARGET", "(UTC)"),
    *("UPDATED", "(UTC)", "REQUESTER", "SUBJECT"),
]
TICKET_KEYS = {
    *("number", "subject", "status", "priority", "category", "desk", "requester", "assignee"),
    *("participants", "licenses", "created_at", "updated_at", "first_response_at", "entries"),
}
OUTBOX_KEYS = {
    *("id", "message_id", "recipient", "notice", "state", "attempts", "due_at", "ticket")
}

# --- tickets --------------------------------------------------------------------------------------


def test_a_shown_ticket_has_every_documented_key(cli: Cli, filled: Path) -> None:
    ticket = cli("-c", filled, "tickets", "show", "TICK-1001", "--json").object
    [message] = [each for each in ticket["entries"] if each["kind"] == "message"]

    assert set(ticket) >= TICKET_KEYS
    assert ticket["number"] == "TICK-1001"
    assert ticket["requester"] == {"address": "ana@customer.test", "name": "Ana Ruiz"}
    assert ticket["assignee"] is None
    [license_] = ticket["licenses"]
    masked = "*****-*****-*****-YZABC"
    expected = {"provider": "cryptolens", "masked": masked, "state": "unknown"}
    assert license_.items() >= expected.items()
    assert set(message) >= {"author", "visibility", "text", "full_text", "at", "attachments"}
    assert message["text"] == f"My key is {KEY}."
    assert "> Please write to us." in message["full_text"]
    assert message["attachments"][0]["filename"] == "start.log"
    assert message["attachments"][0]["sha256"] == hashlib.sha256(FILE).hexdigest()


def test_tickets_are_listed_one_object_per_line_newest_first(cli: Cli, filled: Path) -> None:
    result = cli("tickets", "list", "--json", "-c", filled)

    assert [each["number"] for each in result.objects] == ["TICK-1002", "TICK-1001"]


def test_a_list_can_be_narrowed(cli: Cli, filled: Path) -> None:
    def numbers(*options: str) -> list[str]:
        return [
            o["number"] for o in cli("-c", filled, "--json", "tickets", "list", *options).objects
        ]

    assert numbers("--requester", "ANA@customer.test") == ["TICK-1001"]
    assert numbers("--limit", "1") == ["TICK-1002"]
    assert numbers("--limit", "1", "--after", "entry/0/1002") == ["TICK-1001"]
    assert numbers("--status", "closed") == []
    assert numbers("--desk", "support") == ["TICK-1002", "TICK-1001"]


def test_people_get_a_table_and_a_page(cli: Cli, filled: Path) -> None:
    table = cli("-c", filled, "tickets", "list").out.splitlines()
    page = cli("-c", filled, "tickets", "show", "1001").out

    assert table[0].split() == COLUMNS
    assert [line for line in table[1:] if "UTC" in line] == []
    assert table[2].startswith("TICK-1001  Open    Normal    General   -         -")
    assert "file 1: start.log (text/plain, 27 octets)" in page
    assert "Requester:    Ana Ruiz <ana@customer.test>" in page


def test_a_shown_ticket_says_its_times_are_utc_and_shows_quotes_when_asked(
    cli: Cli, filled: Path
) -> None:
    page = cli("-c", filled, "tickets", "show", "1001").out
    full = cli("-c", filled, "tickets", "show", "1001", "--full").out

    [created] = [line for line in page.splitlines() if "Created:" in line]
    assert created.endswith(" UTC")
    assert "> Please write to us." not in page
    assert "--full shows them" in page
    assert "    > Please write to us." in full
    assert "--full" not in full


def test_a_status_that_does_not_exist_is_no_empty_list(cli: Cli, filled: Path) -> None:
    result = cli("-c", filled, "tickets", "list", "--status", "bogus")

    assert result.status == 2
    assert "'bogus' is not one of 'open', 'in_progress'" in result.err


def test_a_mail_is_given_out_as_it_came(cli: Cli, filled: Path, tmp_path: Path) -> None:
    printed = cli("-c", filled, "tickets", "raw", "TICK-1001")
    written = cli(
        "-c", filled, "tickets", "raw", "TICK-1001", "-o", tmp_path / "mail.eml", "--json"
    )

    assert printed.out.encode() == QUESTION
    assert (tmp_path / "mail.eml").read_bytes() == QUESTION
    assert written.object["size"] == len(QUESTION)


def test_an_attachment_is_given_out_and_overwrites_nothing(
    cli: Cli, filled: Path, tmp_path: Path
) -> None:
    target = tmp_path / "start.log"
    first = cli("-c", filled, "tickets", "attachment", "TICK-1001", "1", "-o", target)
    again = cli("-c", filled, "tickets", "attachment", "TICK-1001", "1", "-o", target)

    assert first.status == 0
    assert target.read_bytes() == FILE
    assert again == Result(1, "", f"error: {target} is there already (choose another name)\n")


def test_a_refused_file_says_why_and_is_given_out_only_on_demand(
    cli: Cli, changeable: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(changeable.parent / "helpdesk.db")) as database, database:
        database.execute("UPDATE attachments SET refused = 'program for Windows'")
    given = ("-c", changeable, "tickets", "attachment", "TICK-1001", "1")

    assert "start.log (text/plain, 27 octets), refused: program for Windows" in (
        cli("-c", changeable, "tickets", "show", "TICK-1001").out
    )
    assert (
        cli(*given).err == "error: file 1 was refused: program for Windows (to get it: --refused)\n"
    )
    assert cli(*given, "--refused", "-o", tmp_path / "kept").status == 0
    assert (tmp_path / "kept").read_bytes() == FILE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tickets", "show", "TICK-77"), "there is no ticket 77 (see `helpdesk tickets list`)"),
        (("tickets", "show", "BUG-1"), "BUG-1 is no ticket number (write it like TICK-1001)"),
        (("why", "99"), "there is no ticket 99 (see `helpdesk tickets list`)"),
        (
            ("tickets", "attachment", "1001", "2"),
            "1001 has no file 2 (see: helpdesk tickets show 1001)",
        ),
        (
            ("tickets", "raw", "1001", "--mail", "5"),
            "1001 has no mail 5 (the last one is 1)",
        ),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, cli: Cli, filled: Path
) -> None:
    assert cli("-c", filled, *arguments) == Result(1, "", f"error: {said}\n")


def test_why_prints_the_evidence_of_every_decision(cli: Cli, filled: Path) -> None:
    [decision] = cli("-c", filled, "why", "TICK-1001", "--json").objects
    page = cli("-c", filled, "why", "TICK-1001").out

    assert decision["verdict"] == "opened"
    assert "classify" in [step["step"] for step in decision["steps"]]
    assert ": opened (" in page.splitlines()[0]


# --- people, desks, queues, check -----------------------------------------------------------------


def test_an_agent_added_by_command_is_removed_by_command(cli: Cli, changeable: Path) -> None:
    def names() -> list[str]:
        found = cli("-c", changeable, "agents", "list", "--json").objects
        return [each["name"] for each in found if each["active"]]

    added = cli("-c", changeable, "agents", "add", "Dora", "dora@example.test", "d@example.test")
    after = names()
    removed = cli("-c", changeable, "agents", "remove", "d@example.test")

    assert (added.status, removed.status) == (0, 0)
    assert after == ["Ben", "Dora"]
    assert names() == ["Ben"]


def test_an_agent_is_removed_by_name_if_only_one_has_it(cli: Cli, changeable: Path) -> None:
    for address in ("d@example.test", "e@example.test"):
        cli("-c", changeable, "agents", "add", "Dora", address)
    both = cli("-c", changeable, "agents", "remove", "dora")
    cli("-c", changeable, "agents", "remove", "e@example.test")
    one = cli("-c", changeable, "agents", "remove", "dora")
    none = cli("-c", changeable, "agents", "remove", "dora")

    assert both == Result(
        1,
        "",
        "error: 2 agents have the name dora (name one of: d@example.test, e@example.test)\n",
    )
    assert one.status == 0
    assert none == Result(1, "", "error: there is no agent dora (see `helpdesk agents list`)\n")


def test_an_agent_of_the_settings_is_removed_there(cli: Cli, changeable: Path) -> None:
    result = cli("-c", changeable, "agents", "remove", "ben@example.test")

    assert result.status == 1
    assert result.err.startswith("error: ben@example.test is an agent in the configuration")


def test_a_desk_cannot_be_an_agent(cli: Cli, changeable: Path) -> None:
    result = cli("-c", changeable, "agents", "add", "Loop", DESK)

    assert result.status == 1
    assert "address of a desk" in result.err


def test_customers_and_desks_are_listed(cli: Cli, filled: Path) -> None:
    customers = cli("-c", filled, "customers", "list", "--json").objects
    desks = cli("-c", filled, "desks", "list", "--json").objects

    assert [(each["address"], each["tickets"]) for each in customers] == [
        ("carl@customer.test", 1),
        ("ana@customer.test", 1),
    ]
    assert [each["name"] for each in desks] == ["support"]


def test_waiting_mail_has_every_documented_key(cli: Cli, filled: Path) -> None:
    waiting = cli("-c", filled, "queue", "outbox", "list", "--state", "queued", "--json").objects

    assert {each["notice"] for each in waiting} == {"confirmation", "new_ticket"}
    for each in waiting:
        assert set(each) >= OUTBOX_KEYS
        assert each["ticket"] == "TICK-1002"
        assert each["state"] == "queued"


def test_a_waiting_mail_can_be_shown_and_retried(cli: Cli, changeable: Path) -> None:
    first = cli("-c", changeable, "queue", "outbox", "list", "--json").objects[0]["id"]

    assert (
        cli("-c", changeable, "queue", "outbox", "show", str(first), "--json").object["id"] == first
    )
    assert cli("-c", changeable, "queue", "outbox", "retry", str(first)).status == 0
    assert cli("-c", changeable, "queue", "outbox", "release", "--json").object == {"released": 0}


def test_a_mail_that_cannot_be_retried_is_said_why(cli: Cli, changeable: Path) -> None:
    def said(entry: int) -> str:
        result = cli("-c", changeable, "queue", "outbox", "retry", str(entry))
        assert result.status == 1
        return result.err.removeprefix("error: ").strip()

    def one(state: str) -> int:
        found = cli("-c", changeable, "queue", "outbox", "list", "--state", state, "--json")
        return int(found.objects[0]["id"])

    sending = one("queued")
    database = sqlite3.connect(changeable.with_name("helpdesk.db"))
    with database:
        database.execute("UPDATE outbox SET lease_until = due_at WHERE id = ?", [sending])
    database.close()

    assert said(999) == "there is no outbox entry 999 (see `helpdesk queue outbox list`)"
    delivered = one("delivered")
    assert said(delivered) == (
        f"outbox entry {delivered} is delivered already (there is nothing to do)"
    )
    assert said(sending) == (
        f"outbox entry {sending} is being sent right now (wait for what comes of it)"
    )


def test_a_mail_is_let_out_of_quarantine(cli: Cli, changeable: Path) -> None:
    [loop] = cli("-c", changeable, "queue", "quarantine", "list", "--json").objects
    entry = str(loop["id"])
    released = cli("-c", changeable, "queue", "quarantine", "release", entry)
    waiting = cli(
        "-c", changeable, "queue", "intake", "list", "--state", "pending", "--json"
    ).objects
    again = cli("-c", changeable, "queue", "quarantine", "release", entry)

    assert loop["recipients"] == [DESK]
    assert released.status == 0
    assert [each["id"] for each in waiting] == [loop["id"]]
    assert again.status == 1


def test_check_counts_every_accepted_mail(cli: Cli, filled: Path) -> None:
    result = cli("-c", filled, "check", "--json")

    assert result.status == 0
    assert set(result.object) >= {"accepted", "pending", "verdicts", "violations"}
    assert result.object["accepted"] == 3
    assert result.object["pending"] == 0
    assert result.object["verdicts"]["opened"] == 2
    assert result.object["verdicts"]["quarantined"] == 1


def test_check_fails_when_an_accepted_mail_is_gone(cli: Cli, changeable: Path) -> None:
    database = sqlite3.connect(changeable.with_name("helpdesk.db"))
    with database:
        database.execute("DELETE FROM raw_messages WHERE intake = 1")
    database.close()

    result = cli("-c", changeable, "check")

    assert result.status == 1
    assert "broken: " in result.out


# --- options and errors ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["before", "between", "behind", "environment", "folder"])
def test_the_settings_may_be_named_anywhere(
    place: str, cli: Cli, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[Path | str] = []
    between: list[Path | str] = []
    behind: list[Path | str] = []
    if place == "before":
        before = ["--config", filled, "--json"]
    elif place == "between":
        between = ["--config", filled, "--json"]
    elif place == "behind":
        behind = ["-c", filled, "--json"]
    elif place == "environment":
        monkeypatch.setenv("HELPDESK_CONFIG", str(filled))
        behind = ["--json"]
    else:
        monkeypatch.chdir(filled.parent)
        before = ["--json"]

    assert cli(*before, "desks", *between, "list", *behind).object["address"] == DESK


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tikets",), "No such command 'tikets'. Did you mean 'tickets'? (see: helpdesk --help)"),
        (("tickets",), "Missing command (see: helpdesk tickets --help)"),
        (("tickets", "show"), "Missing argument 'TICKET' (see: helpdesk tickets show --help)"),
        (
            ("run", "--only", "x"),
            "there is no role x (roles: intake, fetch, receive, send, tick, lookup)",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments: tuple[str, ...], said: str, cli: Cli) -> None:
    assert cli(*arguments) == Result(2, "", f"error: {said}\n")


def test_without_settings_the_status_is_78(cli: Cli) -> None:
    result = cli("tickets", "list")

    assert result.status == 78
    assert result.err == (
        "error: no configuration found, looked for config.toml (make one with: helpdesk init)\n"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_settings_of_somebody_else_in_the_working_folder_are_taken_only_by_name(
    cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[[desks]]\naddress = "{DESK}"\n')
    os.chown(path, NOBODY, NOBODY)

    assert cli("config", "check") == Result(
        78,
        "",
        "error: config.toml: belongs to another user (if you trust it: -c config.toml)\n",
    )
    assert cli("config", "check", "-c", "config.toml").status == 0


def test_every_mistake_in_the_settings_has_its_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("x = 1\n[[desks]]\naddress = 'nowhere'\n")

    for command in (
        ["config", "check"],
        ["run"],
        ["tickets", "list"],
        ["init", "-c", "config.toml"],
    ):
        result = cli(*command)
        assert result.status == 78
        assert [line.split(": ")[:3] for line in result.err.splitlines()] == [
            ["error", "config.toml", "desks#1.address"],
            ["error", "config.toml", "x"],
        ]


def test_a_database_that_is_missing_is_not_made_by_looking(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[[desks]]\naddress = "{DESK}"\n')

    result = cli("tickets", "list")

    assert result.status == 78
    assert "there is no database" in result.err
    assert "helpdesk init" in result.err
    assert not (tmp_path / "helpdesk.db").exists()


@pytest.mark.parametrize(
    "command", ["run", "tickets list", "why 1", "agents list", "queue outbox release", "check"]
)
def test_a_file_that_is_no_database_is_said_by_every_command(
    command: str, cli: Cli, changeable: Path
) -> None:
    for path in changeable.parent.glob("helpdesk.db*"):
        path.unlink()
    path = changeable.with_name("helpdesk.db")
    path.write_bytes(b"garbage" * 1000)

    assert cli(*command.split(), "-c", changeable) == Result(
        78,
        "",
        f"error: the database {path} cannot be used (file is not a database) "
        "(restore a backup, or name another file in the settings)\n",
    )


def test_a_surprise_is_one_line_and_no_traceback(
    cli: Cli, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("line one\nline two")

    monkeypatch.setattr("helpdesk.app.example.plain", fail)
    result = cli("-c", filled, "config", "show")

    assert result.status == 70
    assert result.err == (
        "error: RuntimeError: line one line two "
        "(a mistake of ours; HELPDESK_DEBUG=1 shows where it is)\n"
    )


def test_a_surprise_is_shown_whole_for_debugging(
    cli: Cli, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setenv("HELPDESK_DEBUG", "1")
    monkeypatch.setattr("helpdesk.app.example.plain", fail)

    with pytest.raises(RuntimeError, match="boom"):
        cli("-c", filled, "config", "show")


def test_settings_are_shown_without_secrets(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[[desks]]\naddress = "{DESK}"\n[relay]\nuser = "u"\npassword = "swordfish"\n'
    )
    whole = cli("config", "show")
    changed = cli("config", "show", "--changed", "--json")

    assert "swordfish" not in whole.out + changed.out
    assert changed.object["relay"] == {"user": "u", "password": "********"}


@pytest.mark.parametrize(
    ("host", "warned"), [("mail.example.com", True), ("127.0.0.1", False), ("localhost", False)]
)
def test_check_warns_of_a_relay_that_is_reached_without_encryption(
    host: str,
    warned: bool,  # noqa: FBT001 -- a parameter
    cli: Cli,
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(
        f'[[desks]]\naddress = "{DESK}"\n[outgoing]\ntransport = "smtp"\n'
        f'[relay]\nhost = "{host}"\ntls = "none"\n'
    )
    result = cli("config", "check")
    warning = f"mail goes to {host} without encryption"

    assert result.status == 0
    assert (f"warning: {warning}" in result.out.splitlines()) is warned
    assert cli("config", "check", "--json").object["warnings"] == [warning] * warned


def test_check_looks_into_the_files_that_the_settings_name(cli: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "mine" / "confirmation"
    wrong.mkdir(parents=True)
    (wrong / "subject.txt").write_text("{{ nothing.of_the_kind }}")
    (tmp_path / "cert.pem").write_text("no certificate")
    (tmp_path / "config.toml").write_text(
        f'[[desks]]\naddress = "{DESK}"\n[templates]\noverrides = "mine"\n'
        '[[listeners]]\ntls_certificate = "cert.pem"\ntls_key = "cert.pem"\n'
    )

    result = cli("config", "check")

    assert result.status == 78
    template, certificate = result.err.splitlines()
    assert "confirmation/subject.txt" in template
    assert f"{tmp_path / 'cert.pem'}: certificate and key cannot be used" in certificate


# --- init -----------------------------------------------------------------------------------------


def test_init_makes_what_check_and_lists_need(cli: Cli, tmp_path: Path) -> None:
    made = cli("init", tmp_path / "new", "--desk", "help@example.org")
    config = tmp_path / "new" / "config.toml"

    assert made.status == 0
    assert f"helpdesk run -c {config}" in made.out
    assert cli("config", "check", "-c", config).status == 0
    assert cli("desks", "list", "-c", config, "--json").object["address"] == "help@example.org"
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "new").iterdir()] == [0] * len(
        list((tmp_path / "new").iterdir())
    )


def test_init_overwrites_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path / "new")
    before = {
        path.name: path.read_bytes() for path in (tmp_path / "new").glob("*") if path.is_file()
    }
    again = cli("init", tmp_path / "new")

    assert again.status == 78
    assert "is there already" in again.err
    assert before["keys"] == (tmp_path / "new" / "keys").read_bytes()
    assert before["config.toml"] == (tmp_path / "new" / "config.toml").read_bytes()


def test_init_with_a_bad_address_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    result = cli("init", tmp_path / "new", "--desk", "nowhere")

    assert result.status == 78
    assert "desks#1.address: is not a mail address" in result.err
    assert list((tmp_path / "new").iterdir()) == []


def test_init_makes_the_maildir_that_mail_goes_out_to(cli: Cli, tmp_path: Path) -> None:
    cli("init", tmp_path / "new")

    assert sorted(path.name for path in (tmp_path / "new" / "outbox").iterdir()) == [
        "cur",
        "new",
        "tmp",
    ]


@pytest.mark.parametrize("command", ["init", "run", "config check"])
def test_keys_that_were_lost_are_not_made_anew(command: str, cli: Cli, changeable: Path) -> None:
    changeable.with_name("keys").unlink()

    result = cli(*command.split(), "-c", changeable)

    assert result.status == 78
    assert f"make new ones: helpdesk init --new-keys -c {changeable}" in result.err
    assert not changeable.with_name("keys").exists()


def test_new_keys_are_made_when_asked_and_never_over_others(cli: Cli, changeable: Path) -> None:
    keys = changeable.with_name("keys")
    lost = keys.read_bytes()
    keys.unlink()
    made = cli("init", "--new-keys", "-c", changeable)
    fresh = keys.read_bytes()
    again = cli("init", "--new-keys", "-c", changeable)

    assert made.status == 0
    assert fresh != lost
    assert again.status == 78
    assert keys.read_bytes() == fresh
    assert cli("init", "--new-keys", "elsewhere").status == 2


# --- explain --------------------------------------------------------------------------------------

CONTRACT = [
    *("file", "kind", "reason", "may_auto_respond", "subject", "from", "to", "cc", "date"),
    *("message_id", "text", "reply_text", "signature", "quoted_text", "attachments"),
    *("delivery_report", "feedback", "disposition", "away_until", "forwarded"),
    *("ticket_references", "license_keys", "defects"),
]
MORE = ["banner", "spans", "keys", "protection", "attached_messages"]


def test_explain_prints_one_object_with_every_key_per_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.eml").write_bytes(QUESTION)
    (tmp_path / "broken.eml").write_bytes(b"\xff\x00From: \xe9\r\n\r\n\x80" * 3)
    (tmp_path / "empty.eml").touch()

    result = cli("explain", "--json", "good.eml", "broken.eml", "empty.eml")

    assert result.status == 0
    assert [each["file"] for each in result.objects] == ["good.eml", "broken.eml", "empty.eml"]
    assert all(sorted(each) == sorted(CONTRACT + MORE) for each in result.objects)
    good = result.objects[0]
    assert good["kind"] == "human"
    assert good["from"] == {"address": "ana@customer.test", "name": "Ana Ruiz"}
    assert good["license_keys"] == [KEY]
    assert good["reply_text"] == f"My key is {KEY}."
    assert good["attachments"] == [
        {
            "filename": "start.log",
            "content_type": "text/plain",
            "size": len(FILE),
            "sha256": hashlib.sha256(FILE).hexdigest(),
            "inline": False,
            "content_id": None,
            "executable": "",
            "in_archive": [],
            "summary": "",
        }
    ]


ANSWERED = b"""\
From: Ana Ruiz <ana@customer.test>
To: support@example.test
Subject: Re: Printer [TICK-1234]
Message-ID: <2@customer.test>
Content-Type: multipart/mixed; boundary=b

--b

CAUTION: This email originated from outside of the organization.

It burns again, and my key is H4ZH-VL2X-9GJJ-X2J6.

Best regards
Ana

On Mon, 5 Jan 2026 at 10:12, Support <support@example.test> wrote:
> Does it burn?
> Then use water.
> Or sand.

--b
Content-Type: application/zip
Content-Disposition: attachment; filename="tools.zip"
Content-Transfer-Encoding: base64

%s
--b
Content-Type: message/rfc822

From: Carl <carl@vendor.test>
Date: Sun, 4 Jan 2026 09:00:00 +0100
Subject: Manual

Page 7 says it all.
--b--
"""


def answered() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("setup.exe", b"MZ")
    return ANSWERED % base64.encodebytes(archive.getvalue())


def test_explain_shows_people_all_that_the_reader_finds(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "reply.eml").write_bytes(answered())

    page = cli("explain", "reply.eml").out

    assert page.startswith("reply.eml\n  Kind:")
    for shown in (
        "Tickets:       TICK-1234",
        "License key:   H4ZH-VL2X-9GJJ-X2J6 (licensespring)",
        "\nFiles\n  tools.zip (application/zip, ",
        "in it: setup.exe",
        "\nAttached messages\n  From Carl <carl@vendor.test>, 2026-01-04T09:00:00+01:00: Manual",
        "Page 7 says it all.",
        "\n  It burns again, and my key is H4ZH-VL2X-9GJJ-X2J6.\n",
        "! [1 line: put in by a mail system, folded]",
        "- [2 lines: signature, folded]",
        "> [4 lines: quoted history, folded]",
    ):
        assert shown in page
    assert "Then use water" not in page


def test_explain_says_what_is_wrapped_up(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(
        b"Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        b"From: Ana <ana@customer.test>\nSubject: inner\nDate: Mon, 6 Oct 2025 12:00:00 +0200\n\n"
        b"hi\n"
        b"--b\nContent-Type: application/pgp-signature; name=s.asc\n\nx\n--b--\n"
    )
    found = cli("explain", "--json", "mail.eml").object
    page = cli("explain", "mail.eml").out

    assert found["protection"] == {"scheme": "OpenPGP", "encrypted": False, "signed": True}
    assert found["attached_messages"] == [
        {
            "from": {"address": "ana@customer.test", "name": "Ana"},
            "subject": "inner",
            "date": "2025-10-06T12:00:00+02:00",
            "message_id": None,
            "text": "hi",
            "filenames": [],
        }
    ]
    assert "Protection:    OpenPGP: signed, which nobody verified" in page
    assert "1 octets)\n    signature, not verified" in page
    assert "\n    message from Ana <ana@customer.test>, 2025-10-06 12:00 +0200" in page
    assert (
        "\nAttached messages\n  From Ana <ana@customer.test>, 2025-10-06T12:00:00+02:00: inner"
        in page
    )
    assert "\n    hi\n" in page


def test_explain_says_each_code_of_a_report_once(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "report.eml").write_bytes(
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        b"Final-Recipient: rfc822; ana@customer.test\nAction: failed\nStatus: 5.1.1\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n--b--\n"
    )

    page = cli("explain", "report.eml").out

    assert "\n  ana@customer.test: failed 550 5.1.1 No such user\n" in page


def test_what_is_folded_can_be_shown(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "reply.eml").write_bytes(answered())

    page = cli("explain", "--full", "reply.eml").out

    assert "\n> Then use water.\n" in page
    assert "\n- Ana\n" in page
    assert "\n! CAUTION: This email originated from outside" in page


def test_explain_knows_the_keys_and_lists_of_the_settings_that_are_named(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(
        f'[tickets]\nprefix = "ASK"\n[[desks]]\naddress = "{DESK}"\n'
        'list_ids = ["support.example.test"]\n'
        '[[licenses.providers]]\nname = "own"\nkind = "csv"\nfile = "licenses.csv"\n'
        'patterns = ["ACME-[0-9]{4}-[0-9]{4}"]\n'
    )
    (tmp_path / "licenses.csv").write_text("key,email\n")
    (tmp_path / "mail.eml").write_text(
        f"From: ana@customer.test\nTo: {DESK}\nSubject: About ASK-1001\n"
        "List-Id: Support <support.example.test>\n\nMy license is ACME-1234-5678.\n"
    )

    without = cli("explain", "--json", "mail.eml").object
    named = cli("explain", "--json", "-c", "config.toml", "mail.eml").object

    assert (without["kind"], without["license_keys"], without["ticket_references"]) == (
        *("bulk", []),
        [],
    )
    assert (named["kind"], named["license_keys"]) == ("human", ["ACME-1234-5678"])
    assert named["ticket_references"] == ["ASK-1001"]


def test_explain_shows_all_of_a_mail_that_is_all_quoted(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text("From: a@b.test\nSubject: x\n\n> one\n> two\n")

    assert cli("explain", "mail.eml").out.endswith("Text\n> one\n> two\n")
    assert cli("explain", "--full", "mail.eml").out.endswith("Text\n> one\n> two\n")


def test_explain_reads_a_pipe(cli: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(QUESTION,))
    writer.start()
    found = cli("explain", "--json", "pipe").object
    writer.join()

    assert found["license_keys"] == [KEY]


def test_a_machine_that_starts_no_reader_is_one_line(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.eml").write_bytes(QUESTION)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")

    assert cli("explain", "good.eml") == Result(
        1,
        "",
        "error: no mail reader process starts (see whether this machine has memory and processes "
        "left)\n",
    )


def test_a_file_that_cannot_be_opened_keeps_no_other_back(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "good.eml").write_bytes(QUESTION)

    result = cli("explain", "--json", "missing.eml", "good.eml")

    assert result.status == 1
    assert result.object["file"] == "good.eml"
    assert result.err == (
        "error: missing.eml: No such file or directory (name a file that can be read)\n"
    )


def test_a_page_shows_nothing_that_a_terminal_obeys(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "evil.eml").write_bytes(
        b"From: a@b.test\r\nSubject: =?utf-8?Q?=1B[2Jgone?=\r\n\r\nHello\x1b]0;title\x07\r\n"
    )

    result = cli("explain", "evil.eml")

    assert "Kind:          human" in result.out
    assert all(char.isprintable() or char == "\n" for char in result.out)


def test_a_long_mail_is_cut_for_people_only(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "long.eml").write_bytes(
        b"From: a@b.test\r\nSubject: " + b"s" * 900 + b"\r\n\r\n" + b"\x01\x02 x\r\n" * 5_000
    )

    page = cli("explain", "long.eml").out
    whole = cli("explain", "--json", "long.eml").object

    assert len(page) < 20_000
    assert "more characters; --json prints all)" in page
    assert len(whole["reply_text"]) > 10_000
    assert len(whole["subject"]) == 900


def test_references_to_tickets_are_found_in_subject_and_address(cli: Cli, tmp_path: Path) -> None:
    token = "cbrqaaaaaaa4etqppragktdvpujjumbyr6efa"
    (tmp_path / "reply.eml").write_text(
        f"From: a@b.test\nTo: support+{token}@example.test\nSubject: Re: x [TICK-1234]\n\nYes\n"
    )

    assert cli("explain", "--json", "reply.eml").object["ticket_references"] == ["TICK-1234", token]


def test_a_daemon_whose_port_is_taken_may_be_started_again(cli: Cli, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "config.toml").write_text(
            f'[[desks]]\naddress = "{DESK}"\n[[listeners]]\nport = {port}\n'
        )
        result = cli("run")

    assert result.status == 75
    assert result.err.endswith(
        f"error: cannot listen on 127.0.0.1:{port}: address already in use (is another program "
        "there? else change host or port of [[listeners]] smtp)\n"
    )


# --- as a process ---------------------------------------------------------------------------------

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.parametrize(
    "command", ["tickets list", "tickets close", "sla explain", "agents away", "customers set"]
)
def test_help_loads_nothing_heavy(command: str) -> None:
    code = (
        f"import sys; from helpdesk.cli import run; run([*{command.split()}, '--help']);"
        "heavy = {'pydantic_settings', 'sqlalchemy', 'structlog', 'rich', 'asyncio', 'jinja2'};"
        "sys.exit(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, check=False, text=True
    )

    assert re.search("^  Examples?:$", done.stdout, re.MULTILINE)
    assert done.stderr.strip() == ""


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "helpdesk", "config", "example"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate()

    assert said == b""


def test_the_demo_plays_a_whole_conversation() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk", "demo", "--json"],
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    *steps, ticket = [json.loads(line) for line in done.stdout.splitlines()]
    assert [step["step"] for step in steps] == list(range(1, 9))
    assert [each["kind"] for each in ticket["entries"] if each["kind"] != "event"] == [
        "message",
        "answer",
        "message",
    ]
    assert ticket["assignee"]["address"] == "agent@example.test"
    said = [line for step in steps for line in step["lines"]]
    intros = [n for n, line in enumerate(said) if line.endswith(" wrote:")]
    assert len(intros) == 2
    assert {said[n + 1] for n in intros} == {"[quoted text]"}


def test_a_command_works_whose_output_is_closed() -> None:
    command = [sys.executable, "-m", "helpdesk", "config", "example"]
    closed = f"{shlex.join(command)} >&-"

    done = subprocess.run(["sh", "-c", closed], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
