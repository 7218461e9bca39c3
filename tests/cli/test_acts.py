"""Acts on tickets, clocks, absences and wishes at the command line, on a real database."""

import asyncio
import hashlib
import io
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.build import build
from helpdesk.app.clock import SystemClock
from helpdesk.app.gateway import Gateway
from helpdesk.app.prepare import prepare
from helpdesk.cli.acts import LONGEST_NOTE, _tickets_among
from helpdesk.config import load
from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.ports import Raw
from tests.cli.test_cli import ENVIRONMENT, Cli, Result, cli

__all__ = ["cli"]  # pytest finds fixtures by the names in a module

pytestmark = pytest.mark.usefixtures("desk")

CONFIG = """
[[desks]]
address = "support@example.test"
service_level = "gold"
time_zone = "Europe/Berlin"
[desks.priority_names.en]
critical = "Urgent"

[[desks]]
address = "sales@example.test"

[[agents]]
name = "Ben"
addresses = ["ben@example.test"]

[[agents]]
name = "Dora"
addresses = ["dora@example.test"]
teams = ["billing"]
away = ["2126-12-24/2127-01-06"]

[[agents]]
name = "Sam"
addresses = ["sam@example.test"]
desks = ["sales"]

[[calendars]]
name = "office"
time_zone = "Europe/Berlin"
business = "9:00-12:00, 13:00-18:00"
friday = "9:00-13:00"
holidays = "DE-BY"
days_off = [2126-12-24]

[[service_levels]]
name = "gold"
preset = "portal"
calendar = "office"
[service_levels.resolution]
critical = "8h"
normal = "3d"
"""
ANA, BEN = "ana@customer.test", "ben@example.test"
DORA = {"address": "dora@example.test", "name": "Dora"}


def mail(author: str, subject: str, text: str, *, name: str, after: str = "") -> tuple[str, bytes]:
    lines = [f"From: {author}", "To: support@example.test", f"Subject: {subject}"]
    lines += [f"Message-ID: <{name}@customer.test>"]
    lines += [f"In-Reply-To: <{after}@customer.test>"] if after else []
    return author, "\r\n".join([*lines, "", text, ""]).encode()


ARRIVED = (
    mail(ANA, "It does not start", "The red lamp is on.", name="start"),
    mail("carl@customer.test", "Invoice", "Where is it?", name="invoice"),
    mail(ANA, "Scanner", "It freezes.", name="scanner"),
    mail(ANA, "Re: It does not start", "And I need an invoice.", name="more", after="start"),
)


async def keep(gateway: Gateway, author: str, raw: bytes, desk: str) -> None:
    """A mail from a machine that is trusted is accepted, and waits."""
    arrival = Arrival(
        Envelope(author, (desk,)),
        "smtp",
        gateway.receiver.clock.now(),
        Trust("127.0.0.1", network=True),
    )
    kept = Raw(len(raw), hashlib.sha256(raw).hexdigest(), raw)
    assert (await gateway.intake.accept(arrival, kept)).is_positive


async def arrive(gateway: Gateway, author: str, raw: bytes, desk: str) -> None:
    await keep(gateway, author, raw, desk)
    assert await gateway.receiver.run_once() == 1


async def fill(config: Path) -> None:
    settings = load(config)
    await prepare(settings)
    gateway = build(settings)
    try:
        for author, raw in ARRIVED:
            await arrive(gateway, author, raw, "support@example.test")
        await gateway.sender.run_once()
    finally:
        await gateway.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "config.toml").write_text(CONFIG)
    asyncio.run(fill(folder / "config.toml"))
    return folder / "config.toml"


@pytest.fixture
def desk(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy with three tickets, of which nobody has one; the settings are found by themselves."""
    shutil.copytree(filled.parent, tmp_path / "copy")
    path = tmp_path / "copy" / "config.toml"
    monkeypatch.setenv("HELPDESK_CONFIG", str(path))
    return path


def ticket(cli: Cli, number: str) -> dict[str, Any]:
    return cli("tickets", "show", number, "--json").object


def queued(cli: Cli) -> list[tuple[str, str, str]]:
    found = cli("queue", "outbox", "list", "--state", "queued", "--json").objects
    return sorted((each["notice"], each["recipient"], each["ticket"]) for each in found)


def said(cli: Cli, *arguments: str) -> str:
    """What an act says when it is done."""
    result = cli("tickets", *arguments)
    assert (result.status, result.err) == (0, "")
    return result.out.removesuffix("\n")


def refused(cli: Cli, *arguments: str) -> str:
    result = cli("tickets", *arguments)
    assert (result.status, result.out) == (1, "")
    return result.err.removeprefix("error: ").removesuffix("\n")


# --- each verb ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words", "changed"),
    [
        ("take 1001 --as ben@example.test", "The ticket is yours.", {"status": "in_progress"}),
        ("assign 1001 dora", "Assigned to Dora.", {"assignee": DORA}),
        ("assign 1001 billing", "Assigned to Dora.", {"assignee": DORA}),
        ("status 1001 in progress", "The ticket is In Progress.", {"status": "in_progress"}),
        ("resolve 1001", "The ticket is Resolved.", {"status": "resolved"}),
        ("close 1001", "The ticket is Closed.", {"status": "closed"}),
        ("priority 1001 urgent", "The priority is Urgent.", {"priority": "critical"}),
        ("category 1001 billing", "The category is Billing.", {"category": "billing"}),
        ("tag 1001 VPN 2026", "Tagged vpn, 2026.", {"tags": ["2026", "vpn"]}),
        ("time 1001 90", "Booked 1 h 30 min.", {"minutes": 90}),
        ("cc 1001 bob@x.test", "bob@x.test gets all answers from now on.", {}),
        ("link 1001 1002", "Linked with TICK-1002.", {}),
        ("note 1001 The lamp is new.", "The note was added; no customer sees it.", {}),
    ],
)
def test_an_act_says_what_was_done_and_does_it(
    line: str, words: str, changed: dict[str, Any], cli: Cli
) -> None:
    assert said(cli, *line.split()) == f"TICK-1001 done: {words}"

    after = ticket(cli, "1001")
    assert {name: after[name] for name in changed} == changed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("take 1001 --as ben@example.test", "It is yours already."),
        ("assign 1001 ben", "Ben has it already."),
        ("status 1001 closed", "It is Closed already."),
        ("resolve 1001", "It is Resolved already."),
        ("close 1001", "It is Closed already."),
        ("priority 1001 high", "The priority is High already."),
        ("category 1001 billing", "The category is Billing already."),
        ("tag 1001 vpn", "It has vpn already."),
        ("cc 1001 bob@x.test", "bob@x.test gets the answers already."),
        ("link 1001 1002", "It is linked with TICK-1002 already."),
    ],
)
def test_what_is_so_already_is_ignored_and_no_failure(line: str, words: str, cli: Cli) -> None:
    said(cli, *line.split())
    before = queued(cli)

    assert said(cli, *line.split()) == f"TICK-1001 ignored: {words}"
    assert queued(cli) == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("take 1001", "Only an agent can take a ticket; say who: --as ADDRESS."),
        ("assign 1001 zoe", "zoe is no agent here; write one of Ben (ben@example.test), Dora"),
        ("status 1001 broken", '"broken" is no status'),
        ("priority 1001 hihg", '"hihg" is no priority; did you mean High?'),
        ("category 1001 foo", '"foo" is no category; there are Technical, Billing'),
        ("tag 1001 (x)", '"(x)" is no tag; write a word of letters, such as vpn.'),
        ("time 1001 soon", '"soon" is no duration; write 20m, 1h30 or 1:30.'),
        ("merge 1001 1001", "TICK-1001 is this very ticket."),
        ("merge 1001 77", "There is no ticket TICK-77 that you may change."),
        ("link 1001 x", '"x" is no ticket; write its number, such as TICK-1002.'),
        ("cc 1001 bob", '"bob" is no mail address; write ana@example.org.'),
        ("cc 1001 ben@example.test", "Ben is an agent; give the ticket away with helpdesk tickets"),
        ("cc 1001 support@example.test", "support@example.test is an address of ours."),
        ("snooze 1001 whenever", '"whenever" is no time; write 2d, monday'),
        ("snooze 1001 2020-01-01", '"2020-01-01" is in the past; write a later time'),
        ("split 1002 --entry 1", "Only a message of a customer can become a ticket of its own."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_changes_nothing(
    line: str, words: str, cli: Cli
) -> None:
    before = [ticket(cli, number) for number in ("1001", "1002")]
    number = line.split()[1]

    found = refused(cli, *line.split())
    assert found.casefold().startswith(f"tick-{number} failed: {words}".casefold())
    after = [ticket(cli, number) for number in ("1001", "1002")]
    assert [each["entries"] for each in after] == [each["entries"] for each in before]
    assert queued(cli) == []


def test_a_tag_is_taken_away_and_one_that_is_not_there_is_ignored(cli: Cli) -> None:
    said(cli, "tag", "1001", "vpn", "printer")

    assert said(cli, "untag", "1001", "vpn") == "TICK-1001 done: Tag vpn removed."
    assert said(cli, "untag", "1001", "vpn") == (
        "TICK-1001 ignored: It has no such tag; its tags: printer."
    )
    assert ticket(cli, "1001")["tags"] == ["printer"]


def test_a_ticket_is_given_back_to_nobody(cli: Cli) -> None:
    said(cli, "take", "1001", "--as", BEN)

    assert said(cli, "assign", "1001", "nobody") == "TICK-1001 done: Nobody has the ticket now."
    assert said(cli, "assign", "1001", "nobody") == "TICK-1001 ignored: Nobody has it anyway."
    assert ticket(cli, "1001")["assignee"] is None


def test_a_closed_ticket_is_opened_again_for_a_reason(cli: Cli) -> None:
    said(cli, "close", "1001")

    assert said(cli, "reopen", "1001", "--reason", "it came back") == (
        "TICK-1001 done: The ticket is Open again."
    )
    assert said(cli, "reopen", "1001") == "TICK-1001 ignored: It is Open already."
    assert (
        "Status: closed → open (by the operator: it came back)"
        in cli("tickets", "show", "1001").out
    )


def test_a_ticket_is_set_aside_in_the_time_of_its_desk(cli: Cli) -> None:
    day = (SystemClock().now() + timedelta(days=40)).date()
    done = said(cli, "snooze", "1001", str(day), "14:00")

    assert f"Set aside until {day} " in done
    assert ticket(cli, "1001")["snoozed_until"].startswith(f"{day}T1")  # 12 or 13 in UTC
    assert f"Set aside:    until {day} " in cli("tickets", "show", "1001").out


def test_a_message_becomes_a_ticket_by_the_number_that_is_shown(cli: Cli) -> None:
    page = cli("tickets", "show", "1001").out.splitlines()
    [line] = [line for line in page if line.startswith("---") and line.endswith(ANA)][1:]
    entry = line.partition("message ")[2].split()[0]

    assert said(cli, "split", "1001", "--entry", entry, "An", "invoice") == (
        "TICK-1001 done: The message is TICK-1004 now."
    )
    new, old = ticket(cli, "1004"), ticket(cli, "1001")
    assert new["subject"] == "An invoice"
    assert [each["text"] for each in new["entries"] if each["kind"] == "message"] == [
        "And I need an invoice."
    ]
    assert (new["links"], old["links"]) == (
        [{"ticket": "TICK-1001", "kind": "split from"}],
        [{"ticket": "TICK-1004", "kind": "split off"}],
    )


def test_a_note_is_read_from_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said_by_phone = io.TextIOWrapper(io.BytesIO("Grüße\r\nvon\0 Ana\n".encode()))
    monkeypatch.setattr("sys.stdin", said_by_phone)
    said(cli, "note", "1001", "--as", BEN)

    [note] = [each for each in ticket(cli, "1001")["entries"] if each["kind"] == "note"]
    assert (note["text"], note["visibility"]) == ("Grüße\nvon� Ana", "internal")
    assert note["author"] == {"address": BEN, "name": "Ben"}


def test_a_note_of_the_operator_says_whose_it_is(cli: Cli) -> None:
    said(cli, "note", "1001", "Seen.")

    assert " by the operator (internal)\n    Seen.\n" in cli("tickets", "show", "1001").out


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" \n", "the note has no words (write them behind the ticket, or pipe them in)"),
        (
            "x" * (LONGEST_NOTE + 1),
            f"the note is longer than {LONGEST_NOTE} characters (shorten it, or send it as a mail)",
        ),
    ],
)
def test_a_note_that_is_none_is_refused(
    text: str, problem: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert refused(cli, "note", "1001") == problem


# --- several tickets ------------------------------------------------------------------------------


def test_each_ticket_has_its_line_and_one_that_fails_keeps_no_other_back(cli: Cli) -> None:
    result = cli("tickets", "close", "TICK-1001", "77", "1003")

    assert result == Result(
        1,
        "TICK-1001 done: The ticket is Closed.\nTICK-1003 done: The ticket is Closed.\n",
        "error: TICK-77 failed: there is no ticket 77 (see `helpdesk tickets list`)\n",
    )


def test_programs_get_an_object_for_each_ticket_on_standard_output(cli: Cli) -> None:
    said(cli, "close", "1003")
    result = cli("tickets", "close", "1001", "1003", "77", "--json")

    assert (result.status, result.err) == (1, "")
    assert [(each["ticket"], each["outcome"]) for each in result.objects] == [
        ("TICK-1001", "done"),
        ("TICK-1003", "ignored"),
        ("TICK-77", "failed"),
    ]
    assert result.objects[0] == {
        "ticket": "TICK-1001",
        "merged_into": None,
        "verb": "close",
        "outcome": "done",
        "words": "The ticket is Closed.",
    }


def test_a_slip_in_one_number_keeps_all_tickets_as_they_are(cli: Cli) -> None:
    assert refused(cli, "close", "1001", "BUG-3") == (
        "BUG-3 is no ticket number (write it like TICK-1001)"
    )
    assert ticket(cli, "1001")["status"] == "open"


def test_a_ticket_that_is_named_twice_is_acted_on_once(cli: Cli) -> None:
    assert said(cli, "time", "TICK-1001", "TICK-1001", "20m") == "TICK-1001 done: Booked 20 min."
    assert ticket(cli, "1001")["minutes"] == 20


def test_the_argument_stands_behind_all_tickets(cli: Cli) -> None:
    assert said(cli, "assign", "1001", "TICK-1003", "Dora").splitlines() == [
        "TICK-1001 done: Assigned to Dora.",
        "TICK-1003 done: Assigned to Dora.",
    ]


@pytest.mark.parametrize(
    ("words", "bare", "count"),
    [
        ("TICK-1001 ben", True, 1),
        ("1001 1002 ben", True, 2),
        ("tick-1001 [TICK-1002] #1003 ben", True, 3),
        ("1001 1002", True, 1),
        ("1001 20", False, 1),
        ("1001 20 min", False, 1),
        ("1001 TICK-1002 20 min", False, 2),
        ("1001 TICK-1002", False, 1),
        ("1001 BUG-1002 ben", True, 1),
        ("1001 1002x ben", True, 1),
    ],
)
def test_tickets_end_where_the_argument_begins(words: str, count: int, *, bare: bool) -> None:
    assert _tickets_among(words.split(), "TICK", bare=bare) == count


def test_an_argument_that_is_missing_is_asked_for_with_an_example(cli: Cli) -> None:
    assert cli("tickets", "priority", "1001") == Result(
        2,
        "",
        "error: priority needs a priority behind the ticket "
        "(such as: helpdesk tickets priority TICK-1001 high)\n",
    )


# --- who, and which ticket ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        ("zoe@example.test", "zoe@example.test is no agent (see `helpdesk agents list`)"),
        (ANA, f"{ANA} is no agent (see `helpdesk agents list`)"),
        (
            "sam@example.test",
            "sam@example.test is no agent of the desk support (see `helpdesk agents list`)",
        ),
    ],
)
def test_who_has_no_right_to_the_desk_does_nothing(who: str, problem: str, cli: Cli) -> None:
    assert refused(cli, "close", "1001", "--as", who) == f"TICK-1001 failed: {problem}"
    assert ticket(cli, "1001")["status"] == "open"


def test_an_agent_who_was_removed_acts_no_more(cli: Cli) -> None:
    cli("agents", "add", "Eva", "eva@example.test")
    said(cli, "take", "1001", "--as", "eva@example.test")
    cli("agents", "remove", "eva@example.test")

    assert refused(cli, "close", "1001", "--as", "eva@example.test") == (
        "TICK-1001 failed: eva@example.test is no agent (see `helpdesk agents list`)"
    )


def test_an_act_on_a_merged_ticket_is_one_on_its_target_and_says_so(cli: Cli) -> None:
    assert said(cli, "merge", "1003", "1001") == (
        "TICK-1003 done: TICK-1003 is a part of TICK-1001 now; replies to either go there."
    )
    result = cli("tickets", "close", "1003")

    assert result.out == "TICK-1003 (merged into TICK-1001) done: The ticket is Closed.\n"
    assert cli("tickets", "close", "1003", "--json").object["merged_into"] == "TICK-1001"
    assert ticket(cli, "1001")["status"] == "closed"
    assert "It freezes." in [each["text"] for each in ticket(cli, "1001")["entries"]]


def test_a_merge_that_shows_one_customer_the_words_of_another_needs_a_word_first(cli: Cli) -> None:
    step = "helpdesk tickets cc TICK-1001 carl@customer.test"

    assert refused(cli, "merge", "1002", "1001").endswith(f"say there first: {step}.")
    said(cli, *step.split()[2:])
    other = "helpdesk tickets cc TICK-1002 ana@customer.test"
    assert refused(cli, "merge", "1002", "1001").endswith(f"say here first: {other}.")
    said(cli, *other.split()[2:])
    assert "is a part of TICK-1001 now" in said(cli, "merge", "1002", "1001")


def test_a_deleted_ticket_cannot_be_acted_on(cli: Cli) -> None:
    cli("tickets", "delete", "1002", "--yes")

    assert refused(cli, "close", "1002").startswith("TICK-1002 failed: ticket 1002 was deleted on")
    assert refused(cli, "link", "1001", "1002") == (
        "TICK-1001 failed: There is no ticket TICK-1002 that you may change."
    )


def test_keys_that_others_can_read_are_said_before_anything_is_done(cli: Cli, desk: Path) -> None:
    desk.with_name("keys").chmod(0o644)
    result = cli("tickets", "close", "1001")

    assert result.status == 78
    assert "others can read the secrets in it (chmod 600" in result.err
    assert ticket(cli, "1001")["status"] == "open"


# --- mail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "mails"),
    [
        ("close 1001", [("closed", ANA, "TICK-1001")]),
        ("resolve 1001 --as ben@example.test", [("resolved", ANA, "TICK-1001")]),
        ("take 1001 --as ben@example.test", [("ticket_assigned", ANA, "TICK-1001")]),
        (
            "assign 1001 dora --as ben@example.test",
            [
                ("assigned", "dora@example.test", "TICK-1001"),
                ("ticket_assigned", ANA, "TICK-1001"),
            ],
        ),
        ("priority 1001 high", []),
        ("tag 1001 vpn", []),
        ("time 1001 20m", []),
        ("note 1001 secret", []),
    ],
)
def test_mail_that_follows_waits_in_the_outbox(
    line: str, mails: list[tuple[str, str, str]], cli: Cli
) -> None:
    said(cli, *line.split())

    assert queued(cli) == mails


def test_the_assignee_reads_the_note_of_another_and_no_customer_does(cli: Cli) -> None:
    said(cli, "take", "1001", "--as", BEN)
    before = queued(cli)
    said(cli, "note", "1001", "secret", "--as", "dora@example.test")

    assert [each for each in queued(cli) if each not in before] == [
        ("note_added", BEN, "TICK-1001")
    ]


def test_two_processes_that_close_a_ticket_at_once_close_it_once(cli: Cli, desk: Path) -> None:
    command = [sys.executable, "-m", "helpdesk", "tickets", "close", "1001", "--json"]
    environment = {**ENVIRONMENT, "HELPDESK_CONFIG": str(desk)}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outcomes = [json.loads(each.communicate()[0])["outcome"] for each in both]

    assert sorted(outcomes) == ["done", "ignored"]
    assert queued(cli) == [("closed", ANA, "TICK-1001")]
    assert cli("check").status == 0


def test_the_reason_of_an_act_is_among_the_evidence(cli: Cli) -> None:
    said(cli, "close", "1001", "--as", BEN)

    last = cli("why", "1001", "--json").objects[-1]
    assert (last["intake"], last["reason"]) == (None, "close: done")


# --- pages and lists ------------------------------------------------------------------------------


def test_a_page_says_in_the_words_of_the_desk_how_things_stand(cli: Cli) -> None:
    for line in ("priority 1001 urgent", "tag 1001 vpn", "link 1001 1002", "time 1001 1h30"):
        said(cli, *line.split())
    said(cli, "status", "1001", "waiting", "--as", BEN)
    page = cli("tickets", "show", "1001").out.splitlines()

    assert "  Priority:     Urgent" in page
    assert "  Tags:         vpn" in page
    assert "  Assignee:     nobody" in page
    assert "  Booked:       1 h 30 min" in page
    assert "  Linked with:  TICK-1002 (related)" in page
    assert any(line.startswith("  Status:       Waiting for Customer since 20") for line in page)
    clocks = page.index("Clocks")
    assert page[clocks - 1] == ""
    assert page[clocks + 1].startswith("  first response: ")
    assert page[clocks + 2].startswith("  resolution:     ")
    assert page[clocks + 2].endswith("left, paused")
    assert page.index("Timeline") > clocks
    assert any(line.startswith("  * ") and "Tagged vpn" in line for line in page)


def test_programs_read_names_and_not_labels(cli: Cli) -> None:
    said(cli, "priority", "1001", "urgent")
    shown = ticket(cli, "1001")

    assert (shown["priority"], shown["status"]) == ("critical", "open")
    assert "clocks_left" not in shown
    [listed] = cli("tickets", "list", "--tag", "x", "--json").objects or [{}]
    assert listed == {}
    assert cli("tickets", "list", "--json").objects[2]["priority"] == "critical"


def test_an_event_is_one_line_whatever_words_are_in_it(cli: Cli) -> None:
    said(cli, "close", "1001")
    said(cli, "reopen", "1001", "--reason", "so\n--- 2026-01-01 00:00 UTC  answer 1 by Ben\x1b[2J")
    page = cli("tickets", "show", "1001").out

    assert [line for line in page.splitlines() if line.startswith("---") and "Ben" in line] == []
    assert "\x1b" not in page


def test_a_list_shows_who_has_a_ticket_and_what_is_due_next(cli: Cli) -> None:
    said(cli, "assign", "1001", "dora")
    table = cli("tickets", "list").out.splitlines()

    assert "TARGET (UTC)" in table[0]
    [line] = [line for line in table if line.startswith("TICK-1001")]
    assert "  Open    Normal    General   Dora      20" in line


def test_a_list_is_narrowed_to_an_agent_a_tag_and_what_is_late(cli: Cli) -> None:
    def numbers(*options: str) -> list[str]:
        return [each["number"] for each in cli("tickets", "list", *options, "--json").objects]

    said(cli, "assign", "1001", "dora")
    said(cli, "tag", "1002", "VPN")

    assert numbers("--assignee", "dora") == numbers("--assignee", "dora@example.test")
    assert numbers("--assignee", "dora") == ["TICK-1001"]
    assert numbers("--assignee", "nobody") == ["TICK-1003", "TICK-1002"]
    assert numbers("--tag", "vpn") == numbers("--tag", "#VPN") == ["TICK-1002"]
    assert numbers("--overdue") == []
    said(cli, "category", "1003", "billing")
    assert numbers("--category", "Billing", "--since", "2026-01-01") == ["TICK-1003"]
    assert numbers("--category", "Rechnung", "--until", "2026-01-01") == []
    assert numbers("--oldest-first") == list(reversed(numbers()))
    assert cli("tickets", "list", "--since", "soon").err == (
        "error: --since: soon is no day (write it like 2026-12-01)\n"
    )
    assert cli("tickets", "list", "--assignee", "zoe") == Result(
        1, "", "error: there is no agent zoe (see `helpdesk agents list`)\n"
    )


# --- service levels -------------------------------------------------------------------------------


def test_the_clocks_of_a_ticket_are_explained_span_by_span(cli: Cli) -> None:
    said(cli, "status", "1001", "waiting")
    lines = cli("sla", "explain", "1001").out.splitlines()
    explained = cli("sla", "explain", "1001", "--json").object

    assert lines[0].startswith("First response, priority normal, service level gold: 24h of the")
    assert [line for line in lines if line.endswith("paused")] != []
    assert explained["number"] == "TICK-1001"
    assert [each["kind"] for each in explained["clocks"]] == ["first_response", "resolution"]
    [*_, last] = explained["clocks"][0]["steps"]
    assert last["why"] == "paused"
    assert explained["clocks"][0]["lines"][0] == lines[0]


def test_a_ticket_without_clocks_says_why_there_is_nothing_to_explain(cli: Cli) -> None:
    said(cli, "merge", "1003", "1001")

    assert cli("sla", "explain", "1003").out == (
        "TICK-1003 was merged into TICK-1001, whose clocks run (helpdesk sla explain TICK-1001).\n"
    )
    assert cli("sla", "explain", "77") == Result(
        1, "", "error: there is no ticket 77 (see `helpdesk tickets list`)\n"
    )


def test_service_levels_are_listed_in_words_those_in_use_first(cli: Cli) -> None:
    lines = cli("sla", "list").out.splitlines()
    levels = cli("sla", "list", "--json").objects

    assert lines[0] == "gold (desks: support; warns at 80 %)"
    assert lines[3].split("  ")[0] == "high"
    assert "4 h (office)" in lines[3]
    assert lines[6] == (
        "office: Mon–Thu 9:00–12:00 and 13:00–18:00, Fri 9:00–13:00; Europe/Berlin; "
        "without holidays of DE-BY and 1 other day"
    )
    assert [each["name"] for each in levels] == ["gold", "portal", "standard", "working-days"]
    assert {
        "clock": "first_response",
        "priority": "low",
        "amount": "5 working days of 8 h",
        "calendar": "office",
        "open_minutes": 2400.0,
    } in levels[0]["targets"]


# --- agents and customers -------------------------------------------------------------------------


def away(cli: Cli, name: str) -> list[tuple[str, str]]:
    [found] = [each for each in cli("agents", "list", "--json").objects if each["name"] == name]
    return [(each["first"], each["last"]) for each in found["away"]]


def test_an_agent_is_away_and_back_and_gets_no_ticket_by_turns_meanwhile(cli: Cli) -> None:
    gone = cli("agents", "away", "dora", "today", "2100-01-01")
    refusal = refused(cli, "assign", "1001", "billing")
    back = cli("agents", "back", "dora@example.test")

    assert gone.out.startswith("Dora is away from 20")
    assert "obody of the team billing is there now" in refusal
    assert back.out == "Dora is back; the settings still say away: 2126-12-24/2127-01-06.\n"
    assert away(cli, "Dora") == [("2126-12-24", "2127-01-06")]
    assert said(cli, "assign", "1001", "billing") == "TICK-1001 done: Assigned to Dora."


def test_an_absence_takes_the_place_of_the_one_before(cli: Cli) -> None:
    cli("agents", "away", BEN, "2101-02-01", "2101-02-05")
    again = cli("agents", "away", BEN, "2101-03-01", "--json").object

    assert away(cli, "Ben") == [("2101-03-01", "2101-03-01")]
    assert (again["name"], again["address"]) == ("Ben", BEN)
    assert "2101-03-01" in cli("agents", "list").out


def test_an_agent_who_is_added_once_more_is_still_away(cli: Cli) -> None:
    cli("agents", "add", "Eva", "eva@example.test")
    cli("agents", "away", "eva", "2101-02-01")
    cli("agents", "add", "Eva", "eva@example.test", "--team", "billing")

    assert away(cli, "Eva") == [("2101-02-01", "2101-02-01")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ben 24.12.", "24.12. is no day (write it like 2026-12-24, today or tomorrow)"),
        ("ben 2101-02-05 2101-02-01", "2101-02-01 is before 2101-02-05 (write the first day fir"),
        ("ben 2020-02-05", "2020-02-05 is over (name days to come)"),
        ("zoe today", "there is no agent zoe (see `helpdesk agents list`)"),
        ("zoe@x.test today", "zoe@x.test is no agent (see `helpdesk agents list`)"),
    ],
)
def test_days_that_are_none_are_refused(line: str, problem: str, cli: Cli) -> None:
    result = cli("agents", "away", *line.split())

    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(f"error: {problem}")


def test_an_agent_added_with_teams_gets_their_tickets(cli: Cli) -> None:
    cli("agents", "add", "Eva", "eva@example.test", "--team", "second  level")

    assert "second level" in cli("agents", "list").out
    assert said(cli, "assign", "1001", "second", "level") == "TICK-1001 done: Assigned to Eva."
    bad = cli("agents", "add", "Eva", "eva@example.test", "--team", " ")
    assert bad.err == 'error: " " has nothing to read (write a word)\n'


def test_a_customer_is_written_to_in_the_language_that_was_set(cli: Cli) -> None:
    done = cli("customers", "set", ANA, "--language", "Deutsch", "--time-zone", "Europe/Madrid")
    listed = {each["address"]: each for each in cli("customers", "list", "--json").objects}

    assert done.out == (
        f"{ANA}: language de, time zone Europe/Madrid, SMS none, notices switched off: none.\n"
    )
    assert (listed[ANA]["language"], listed[ANA]["zone"]) == ("de", "Europe/Madrid")
    back = cli("customers", "set", ANA, "--language", "desk", "--time-zone", "desk", "--json")
    assert back.object == {"address": ANA, "language": "", "zone": "", "sms": "", "muted": []}


@pytest.mark.parametrize("said", ["+34 600 111-222", "0034600111222", "+34600111222"])
def test_a_number_for_short_messages_is_kept_in_digits(said: str, cli: Cli) -> None:
    done = cli("customers", "set", ANA, "--sms", said, "--json").object
    kept = {each["address"]: each["sms"] for each in cli("customers", "list", "--json").objects}
    gone = cli("customers", "set", ANA, "--sms", "none", "--json").object

    assert (done["sms"], kept[ANA], gone["sms"]) == ("+34600111222", "+34600111222", "")


def test_a_notice_that_a_customer_switched_off_is_not_sent(cli: Cli) -> None:
    cli("customers", "set", ANA, "--mute", "closed", "--mute", "reminder")
    said(cli, "close", "1001")

    assert queued(cli) == []
    one = cli("customers", "set", ANA, "--unmute", "closed", "--json").object
    assert one["muted"] == ["reminder"]
    assert cli("customers", "set", ANA, "--unmute", "all", "--json").object["muted"] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{ANA}", "there is nothing to set (see: helpdesk customers set --help)"),
        (f"{ANA} --language fr", "we do not write in fr (write one of de, en, or desk)"),
        (
            f"{ANA} --time-zone europe/madrid",
            "'europe/madrid' is no time zone (did you mean Europe/Madrid?)",
        ),
        (
            f"{ANA} --mute remindr",
            f"remindr is no notice that {ANA} could do without (did you mean reminder?)",
        ),
        (f"{ANA} --mute answer", f"answer is no notice that {ANA} could do without"),
        (
            f"{BEN} --mute reminder",
            f"reminder is no notice that {BEN} could do without",
        ),
        (
            f"{ANA} --mute closed --unmute closed",
            "closed cannot be muted and unmuted at once (give one of the two)",
        ),
        (
            f"{ANA} --sms 600111222",
            "600111222 is no number with its country (write it like +34600111222, or none)",
        ),
        (f"{ANA} --sms +34@evil.test", "+34@evil.test is no number with its country"),
        (f"{ANA} --sms +346٠٠111222", "+346٠٠111222 is no number with its country"),
        ("zoe@x.test --unmute all", "nobody has the address zoe@x.test (see `helpdesk customers"),
    ],
)
def test_wishes_that_nobody_can_have_are_refused(line: str, problem: str, cli: Cli) -> None:
    result = cli("customers", "set", *line.split())

    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(f"error: {problem}")
