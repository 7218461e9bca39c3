"""Archives go into a gateway's database from the command line, whatever ends the command."""

import asyncio
import contextlib
import errno
import hashlib
import importlib
import json
import os
import pty
import re
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from helpdesk.app.build import build_reader
from helpdesk.app.importing import Progress
from helpdesk.app.prepare import prepare
from helpdesk.cli import import_, run
from helpdesk.config import Settings, load
from helpdesk.inbound.reader import Reader
from helpdesk.store.engine import open_engine, reading
from helpdesk.store.locks import hold_role
from helpdesk.store.tables import ENTRIES, INTAKE, OUTBOX, TICKETS
from tests.postgresql import Cluster
from tests.reading import build_reader_here

DESK = "support@example.test"
BEN = "ben@example.test"
BEGAN = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
CONFIG = f"""
[[desks]]
address = "{DESK}"

[[agents]]
name = "Ben"
addresses = ["{BEN}"]

[[listeners]]
host = "127.0.0.1"
port = 0

[reader]
workers = 1

[logging]
format = "json"
"""


def written(number: int, *named: int, author: str = "", day: float = 0) -> bytes:
    """Every fourth mail begins a thread; the agent answers every second one of a thread."""
    date = BEGAN + timedelta(days=day)
    author = author or f"customer{number}@customer.test"
    references = "".join(f" <m{each}@customer.test>" for each in named)
    lines = [
        f"From: {author}",
        f"To: {DESK}" if author != BEN else f"To: customer{named[0]}@customer.test, {DESK}",
        f"Subject: Question {number}",
        f"Message-ID: <m{number}@customer.test>",
        f"Date: {date:%a, %d %b %Y %H:%M:%S} +0000",
        *([f"References:{references}"] if references else []),
        "",
        f"These are the words of mail {number}.",
        "",
    ]
    return "\n".join(lines).encode()


def conversations(mails: int) -> list[bytes]:
    """Threads of four, an answer in each."""
    return [
        written(
            number,
            *range(number - number % 4, number),
            author=BEN if number % 4 == 1 else "",
            day=number / 100,
        )
        for number in range(mails)
    ]


def mbox(path: Path, mails: Sequence[bytes]) -> Path:
    line = b"From somebody Fri Mar  1 09:30:00 2024\n"
    path.write_bytes(b"".join(line + mail + b"\n" for mail in mails))
    return path


# --- a gateway's folder ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        [line] = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


Cli = Callable[..., Result]


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> Cli:
    def call(*arguments: object) -> Result:
        status = run([str(each) for each in arguments])
        captured = capfdbinary.readouterr()
        return Result(status, captured.out.decode(), captured.err.decode())

    return call


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are processes of their own have a reader with processes, too."""
    monkeypatch.setattr("helpdesk.app.importing.build_reader", build_reader_here)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "config.toml").write_text(CONFIG)
    asyncio.run(prepare(load(folder / "config.toml")))
    return folder


@pytest.fixture
def config(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "gateway")
    return tmp_path / "gateway" / "config.toml"


def rows(config: Path, statement: str) -> list[Any]:
    database = config.parent / "helpdesk.db"
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


def number(config: Path, statement: str) -> int:
    [(found,)] = rows(config, statement)
    return int(found)


def state_of(config: Path) -> dict[str, object]:
    """Every row and every file of a gateway."""
    tables = [name for (name,) in rows(config, "SELECT name FROM sqlite_master WHERE type='table'")]
    found: dict[str, object] = {name: rows(config, f"SELECT * FROM {name}") for name in tables}
    files = [path for path in config.parent.rglob("*") if not path.name.startswith("helpdesk.db-")]
    return found | {"files": sorted(files)}


# --- what comes of it -----------------------------------------------------------------------------


def test_an_archive_becomes_tickets(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(12))

    result = cli("import", archive, "-c", config, "--json")

    assert result.status == 0
    found = result.object
    assert (found["imported"], found["tickets"], found["answers"]) == (12, 3, 3)
    assert found["verdicts"]["appended"] == 9
    assert found["first_at"] == BEGAN.isoformat()
    assert cli("check", "-c", config).status == 0


def test_people_read_what_came_of_it(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(12))

    result = cli("import", archive, "-c", config)

    assert "        12  imported now\n         3  tickets opened\n" in result.out
    assert "From 2024-03-01 09:30 UTC to 2024-03-01 12:08 UTC" in result.out


def test_nothing_is_sent(cli: Cli, config: Path, tmp_path: Path) -> None:
    cli("import", mbox(tmp_path / "old.mbox", conversations(8)), "-c", config)

    assert number(config, "SELECT count(*) FROM outbox") == 0


def test_mail_is_written_where_it_is_asked_for(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(4))

    found = cli("import", archive, "-c", config, "--notify", "--json").object

    assert found["notifications"] == number(config, "SELECT count(*) FROM outbox") == 4
    assert rows(config, "SELECT DISTINCT status FROM tickets") == [("open",)]


@pytest.mark.parametrize("status", ["resolved", "open", "waiting"])
def test_the_operator_chooses_the_status(
    cli: Cli, config: Path, tmp_path: Path, status: str
) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(4))

    cli("import", archive, "-c", config, "--status", status)

    assert rows(config, "SELECT status, closed_at FROM tickets") == [(status, None)]


def test_a_mail_that_its_reader_does_not_survive_is_on_its_ticket(
    cli: Cli, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = conversations(4)
    boundary = b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    part = b"--b\nContent-Type: text/plain\n\n"
    huge = part + b"x" * 30_000_000 + b"\n"
    mails[2] = mails[2].replace(b"\n\n", b"\n" + boundary + huge * 2, 1)

    def small(settings: Settings) -> Reader:
        reader = build_reader(settings)
        reader._memory = 150_000_000
        return reader

    monkeypatch.setattr("helpdesk.app.importing.build_reader", small)

    found = cli("import", mbox(tmp_path / "old.mbox", mails), "-c", config, "--json").object

    assert (found["imported"], found["not_fully_shown"]) == (4, 1)
    names = rows(config, "SELECT filename FROM attachments")
    assert names == [("original.eml",)]
    assert cli("check", "-c", config).status == 0


def test_authors_that_look_like_agents_are_named(cli: Cli, config: Path, tmp_path: Path) -> None:
    mails = [written(each, author="eva@example.test", day=each) for each in range(6)]

    found = cli("import", mbox(tmp_path / "a.mbox", mails), "-c", config, "--dry-run", "--json")

    assert found.object["like_agents"] == [{"address": "eva@example.test", "mails": 6}]


# --- a dry run ------------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_leaves_no_file(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(12))
    before = state_of(config)

    result = cli("import", archive, "-c", config, "--dry-run")

    assert result.status == 0
    assert "nothing was changed" in result.out
    assert state_of(config) == before


def test_a_dry_run_tells_what_an_import_does(cli: Cli, config: Path, tmp_path: Path) -> None:
    cli("import", mbox(tmp_path / "before.mbox", conversations(6)), "-c", config)
    archive = mbox(tmp_path / "old.mbox", conversations(140))

    told = cli("import", archive, "-c", config, "--dry-run", "--json").object
    done = cli("import", archive, "-c", config, "--json").object

    differs = {key for key in told if told[key] != done[key]} - {"seconds"}
    assert differs == {"dry_run"}
    assert (done["imported_before"], done["imported"], done["tickets"]) == (6, 134, 33)


# --- run again ------------------------------------------------------------------------------------


def test_what_was_imported_is_not_imported_again(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(8))
    cli("import", archive, "-c", config)

    result = cli("import", archive, "-c", config)

    assert result.status == 0
    assert "         8  of them imported before\n         0  imported now" in result.out
    assert number(config, "SELECT count(*) FROM intake") == 8


def test_of_an_archive_that_grew_only_the_new_mail_is_imported(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    cli("import", mbox(tmp_path / "old.mbox", conversations(6)), "-c", config)

    found = cli(
        "import", mbox(tmp_path / "old.mbox", conversations(9)), "-c", config, "--json"
    ).object

    assert (found["imported_before"], found["imported"], found["tickets"]) == (6, 3, 1)


def test_an_archive_may_be_moved_and_converted_between_two_runs(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    mails = conversations(6)
    cli("import", mbox(tmp_path / "old.mbox", mails), "-c", config)
    (tmp_path / "mails" / "cur").mkdir(parents=True)
    (tmp_path / "mails" / "new").mkdir()
    for place, raw in enumerate(mails):
        (tmp_path / "mails" / "cur" / f"{place}.host:2,S").write_bytes(raw)

    found = cli("import", tmp_path / "mails", "-c", config, "--json").object

    assert (found["found"], found["imported_before"], found["imported"]) == (6, 6, 0)


def test_again_tells_duplicates(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(5))
    cli("import", archive, "-c", config)

    found = cli("import", archive, "-c", config, "--again", "--json").object

    assert found["verdicts"]["duplicate"] == 5
    assert cli("check", "-c", config).status == 0


# --- what people do wrong -------------------------------------------------------------------------


def test_what_cannot_be_read_is_told_and_the_others_are_imported(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(4))
    (tmp_path / "notes.txt").write_text("Dear diary,\n")

    result = cli("import", tmp_path / "gone", tmp_path / "notes.txt", archive, "-c", config)

    assert result.status == 1
    assert f"{tmp_path}/gone: no such file or directory\n" in result.err
    assert f"{tmp_path}/notes.txt: is no mail" in result.err
    assert "         4  imported now" in result.out


def test_an_empty_archive_is_told(cli: Cli, config: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mbox").touch()

    result = cli("import", tmp_path / "empty.mbox", "-c", config)

    assert result.status == 1
    assert "empty.mbox: is empty" in result.err


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--desk", "sails"], 78, "there is no desk sails (desks: support)"),
        (["--status", "done"], 2, "there is no status done"),
        (["--notify", "--status", "closed"], 2, "leave out --status"),
    ],
)
def test_a_wrong_option_is_told_with_the_next_step(
    cli: Cli, config: Path, tmp_path: Path, options: list[str], status: int, words: str
) -> None:
    result = cli("import", mbox(tmp_path / "a.mbox", []), "-c", config, *options)

    assert result.status == status
    assert words in result.err
    assert result.err.count("\n") == 1


def test_what_the_machine_refuses_is_one_line_with_the_next_step(
    cli: Cli, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = written(9) + b"x" * 2**20 + b"\n"
    archive = mbox(tmp_path / "old.mbox", [*conversations(40), large])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def no_room(*_: object) -> None:
        raise importlib.import_module("sqlite3").OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("helpdesk.store.raw._fill", full)
        objects = cli("import", archive, "-c", config)
    with monkeypatch.context() as patched:
        patched.setattr("helpdesk.app.importing._back_up", no_room)
        copy = cli("import", archive, "--dry-run", "-c", config)
    with monkeypatch.context() as patched:
        patched.setattr("helpdesk.store.plan.ArchivePlan.settle", no_room)
        plan = cli("import", archive, "-c", config)
    with monkeypatch.context() as patched:
        patched.setattr("helpdesk.app.importing.build_reader", build_reader)
        patched.setattr(sys, "executable", "/nonexistent/python")
        reader = cli("import", archive, "-c", config)

    again = "run the same command again: it goes on after the"
    assert objects.status == plan.status == reader.status == 1
    assert re.search(rf"objects: No space left on device \(mend it, then {again}", objects.err)
    assert (copy.status, "full (a dry run needs room there" in copy.err) == (78, True)
    assert "SQLITE_TMPDIR names another folder" in plan.err
    assert "no mail reader process starts (mend it" in reader.err
    assert len({len(each.err.splitlines()) for each in (objects, copy, plan, reader)}) == 1
    assert cli("import", archive, "-c", config).status == 0
    assert rows(config, "SELECT count(*), count(DISTINCT identity) FROM intake") == [(41, 41)]


def test_without_a_database_the_next_step_is_told(cli: Cli, config: Path, tmp_path: Path) -> None:
    (config.parent / "helpdesk.db").unlink()

    result = cli("import", mbox(tmp_path / "a.mbox", conversations(1)), "-c", config)

    assert result.status == 78
    assert "helpdesk init" in result.err


# --- a command of its own, and what ends it -------------------------------------------------------

MANY = 480
pytestmark = pytest.mark.timeout(180)


def start(config: Path, archive: Path, *options: str, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "helpdesk", "import", str(archive), "-c", str(config)]
    values: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*command, *options], cwd=config.parent, **(values | more))


def await_mails(config: Path, process: subprocess.Popen[str], wanted: int) -> None:
    """Until so many are in the database; the process must still be at it."""
    while number(config, "SELECT count(*) FROM intake") < wanted:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def everything_once(config: Path, mails: Sequence[bytes]) -> None:
    kept = Counter(sha for (sha,) in rows(config, "SELECT sha256 FROM raw_messages"))
    assert kept == Counter(hashlib.sha256(raw).hexdigest() for raw in mails)
    assert rows(
        config, "SELECT verdict, count(*) FROM intake GROUP BY verdict ORDER BY verdict"
    ) == [
        ("appended", len(mails) * 3 // 4),
        ("opened", len(mails) // 4),
    ]
    assert rows(config, "SELECT count(*) FROM entries GROUP BY ticket HAVING count(*) <> 4") == []


def test_an_import_that_is_killed_goes_on_where_it_was(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    mails = conversations(MANY)
    archive = mbox(tmp_path / "old.mbox", mails)
    for wanted in (0, 1, MANY // 3):
        process = start(config, archive)
        if wanted == 0:
            lock = config.parent / "helpdesk.db.import.lock"
            while not lock.exists():
                assert process.poll() is None, process.communicate()
                time.sleep(0.005)
        await_mails(config, process, wanted)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert number(config, "SELECT count(*) FROM intake") < MANY
        assert cli("check", "-c", config).status == 0
    last = start(config, archive, "--json")
    found = json.loads(last.communicate()[0])

    assert found["imported_before"] >= MANY // 3
    assert found["imported_before"] + found["imported"] == MANY
    everything_once(config, mails)
    assert cli("check", "-c", config).status == 0


def test_a_dry_run_that_is_killed_leaves_nothing_to_the_next(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(MANY))
    process = start(config, archive, "--dry-run")
    while not list(config.parent.glob(".dry-run-*/copy.db")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = list(config.parent.glob(".dry-run-*"))
    result = cli("import", mbox(tmp_path / "new.mbox", conversations(1)), "-c", config)

    assert len(left) == 1
    assert result.status == 0
    assert list(config.parent.glob(".dry-run-*")) == []


def test_ctrl_c_says_how_to_go_on(cli: Cli, config: Path, tmp_path: Path) -> None:
    mails = conversations(MANY)
    archive = mbox(tmp_path / "old.mbox", mails)
    process = start(config, archive)
    await_mails(config, process, 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()

    assert process.returncode == 130
    assert "mails are left. The same command goes on with them." in err
    assert "Traceback" not in err
    assert cli("import", archive, "-c", config).status == 0
    everything_once(config, mails)


def test_a_second_import_waits_for_the_first(cli: Cli, config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(MANY))
    process = start(config, archive)
    await_mails(config, process, 1)

    second = cli("import", archive, "-c", config)
    process.send_signal(signal.SIGINT)
    process.communicate()

    assert second.status == 78
    assert "another import runs" in second.err


def test_on_a_terminal_a_bar_shows_how_far_it_is(config: Path, tmp_path: Path) -> None:
    archive = mbox(tmp_path / "old.mbox", conversations(200))
    ours, theirs = pty.openpty()
    process = start(config, archive, "--json", stderr=theirs)
    os.close(theirs)
    shown = b"".join(_output(ours))
    out, _ = process.communicate()

    assert b"Importing" in shown
    assert b"200/200" in shown
    assert json.loads(out)["imported"] == 200


def _output(terminal: int) -> Iterator[bytes]:
    """Until the other side is closed; Linux then says EIO."""
    try:
        while True:
            try:
                block = os.read(terminal, 65_536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return
            if not block:
                return
            yield block
    finally:
        os.close(terminal)


def test_elsewhere_lines_tell_how_far_it_is(
    cli: Cli, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.cli.import_.EVERY", 0.0)

    result = cli("import", mbox(tmp_path / "old.mbox", conversations(70)), "-c", config)

    assert "reading the archive: 70 mails, " in result.err
    assert "imported 32 of 70 mails (" in result.err


def test_the_time_that_reading_took_is_not_the_imports(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter([0.0, *range(0, 41, 10), 41, 46])
    monkeypatch.setattr("helpdesk.cli.import_.time.monotonic", lambda: next(seconds))
    lines = import_._Lines()
    progress = Progress(lines.tell, lambda _path, _problem: None)
    for _ in range(5):
        lines.tell(progress)
    progress.stage, progress.total = "importing", 1000
    lines.tell(progress)
    progress.done = 500
    lines.tell(progress)

    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "imported 500 of 1000 mails (100 a second, 5 s left)"


# --- beside a daemon ------------------------------------------------------------------------------


@contextlib.contextmanager
def daemon(config: Path) -> Iterator[int]:
    """A daemon of its own process; the port at which it listens."""
    log = config.parent / "daemon.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "helpdesk", "run", "-c", str(config)],
            cwd=config.parent,
            stdout=output,
            stderr=output,
        )
    try:
        while not (found := re.search(r"smtp 127\.0\.0\.1:(\d+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.01)
        yield int(found[1])
    finally:
        process.terminate()
        process.wait()


def test_mail_comes_in_while_an_archive_is_imported(config: Path, tmp_path: Path) -> None:
    many = MANY // 3
    archive = mbox(tmp_path / "old.mbox", conversations(many))
    with daemon(config) as port:
        process = start(config, archive)
        await_mails(config, process, 1)
        sent = 0
        while process.poll() is None:
            send(port, sent)
            sent += 1
        process.communicate()
        while number(config, "SELECT count(*) FROM intake WHERE state = 'pending'"):
            time.sleep(0.01)

    assert process.returncode == 0
    assert sent > 0
    sources = dict(rows(config, "SELECT source, count(*) FROM intake GROUP BY source"))
    assert sources == {"import": many, "smtp": sent}
    # The daemon wrote about its own mail and about no other.
    written = rows(config, "SELECT DISTINCT source FROM outbox JOIN intake USING (ticket)")
    assert written == [("smtp",)]


def test_a_reply_within_thirty_days_reopens_and_a_later_one_opens_a_linked_ticket(
    config: Path, tmp_path: Path
) -> None:
    ages = {1: 31, 2: 29}
    days = {each: (datetime.now(UTC) - BEGAN).days - age for each, age in ages.items()}
    archive = mbox(
        tmp_path / "old.mbox",
        [written(each, author="ana@customer.test", day=day) for each, day in days.items()],
    )
    assert run(["import", str(archive), "-c", str(config)]) == 0
    # What is handed in from here is proved.
    proving = CONFIG.replace("port = 0", 'port = 0\ntrust_network = ["127.0.0.0/8"]')
    config.write_text(proving)
    with daemon(config) as port:
        for each in ages:
            send(
                port, each, author="ana@customer.test", more=f"In-Reply-To: <m{each}@customer.test>"
            )
        while number(config, "SELECT count(*) FROM tickets") < 3:
            time.sleep(0.01)
        while number(config, "SELECT count(*) FROM intake WHERE state = 'pending'"):
            time.sleep(0.01)

    assert rows(config, "SELECT number, status FROM tickets ORDER BY number") == [
        (1001, "closed"),
        (1002, "open"),
        (1003, "open"),
    ]
    assert rows(config, "SELECT ticket, other, kind FROM links") == [(1003, 1001, "follows")]
    told = rows(config, "SELECT ticket, recipient, notice FROM outbox ORDER BY ticket, notice")
    assert told == [
        (1002, BEN, "customer_replied"),
        (1003, "ana@customer.test", "confirmation"),
        (1003, BEN, "new_ticket"),
    ]


def send(port: int, count: int, *, author: str = "", more: str = "X-Nothing: 0") -> None:
    author = author or f"live{count}@customer.test"
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.sendmail(
            author,
            DESK,
            f"From: {author}\r\nTo: {DESK}\r\nSubject: Live {count}\r\n"
            f"Message-ID: <live{count}@customer.test>\r\n{more}\r\n\r\nNow.\r\n",
        )


# --- on a server ----------------------------------------------------------------------------------


@pytest.fixture
def served(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[Cluster, str, Path]]:
    folder = tmp_path / "served"
    folder.mkdir()
    with cluster.database() as url:
        (folder / "config.toml").write_text(f'{CONFIG}\n[store]\ndatabase = "{url}"\n')
        asyncio.run(prepare(load(folder / "config.toml")))
        yield cluster, url, folder / "config.toml"


async def counted(url: str) -> dict[str, int]:
    engine = open_engine(url)
    try:
        async with reading(engine) as connection:
            return {
                table.name: (
                    await connection.execute(select(func.count()).select_from(table))
                ).scalar_one()
                for table in (INTAKE, TICKETS, ENTRIES, OUTBOX)
            }
    finally:
        await engine.dispose()


def test_a_dry_run_on_a_server_tells_what_an_import_does_and_changes_nothing(
    cli: Cli, served: tuple[Cluster, str, Path], tmp_path: Path
) -> None:
    _, url, config = served
    archive = mbox(tmp_path / "old.mbox", conversations(40))
    dry = cli("import", archive, "--dry-run", "--json", "-c", config).object
    nothing = asyncio.run(counted(url))
    real = cli("import", archive, "--json", "-c", config).object

    assert set(nothing.values()) == {0}
    differs = {"dry_run", "seconds", "faults"}
    assert {k: v for k, v in dry.items() if k not in differs} == {
        k: v for k, v in real.items() if k not in differs
    }
    assert asyncio.run(counted(url)) == {"intake": 40, "tickets": 10, "entries": 40, "outbox": 0}


def test_a_second_import_on_a_server_waits_for_the_first(
    cli: Cli, served: tuple[Cluster, str, Path], tmp_path: Path
) -> None:
    _, url, config = served
    archive = mbox(tmp_path / "old.mbox", conversations(40))

    async def second() -> tuple[int, str]:
        engine = open_engine(url)
        lock = await hold_role(engine, "import")
        try:
            process = start(config, archive)
            _, err = await asyncio.to_thread(process.communicate)
            return process.returncode, err
        finally:
            await lock.release()
            await engine.dispose()

    status, err = asyncio.run(second())

    assert status == 78
    assert "another import runs on this database (wait until it has ended)" in err
    assert cli("import", archive, "-c", config).status == 0
