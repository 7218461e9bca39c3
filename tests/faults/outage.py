"""A real daemon, clients that send again what was refused, and what both say afterwards."""

import contextlib
import io
import json
import os
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gateway import await_greeting, free_port
from helpdesk.cli import run

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """\
[store]
database = "{database}/helpdesk.db"
objects = "{objects}/objects"

[[desks]]
address = "support@example.test"

[[agents]]
name = "Agent"
addresses = ["agent@example.test"]

[[listeners]]
port = {port}

[outgoing]
maildir = "{maildir}/out"

[budget]
per_hour = 1000
per_day = 1000

[reader]
workers = 1

[logging]
format = "json"
"""
SHORTER = """
import sys
import helpdesk.store.engine as engine
milliseconds = int(sys.argv.pop(1))
engine.BUSY_TIMEOUT = milliseconds
engine._OPTIONS["connect_args"]["timeout"] = milliseconds / 1000
engine._ON_CONNECT = tuple(
    f"PRAGMA busy_timeout = {milliseconds}" if "busy_timeout" in each else each
    for each in engine._ON_CONNECT
)
from helpdesk.cli import main
main()
"""


@dataclass
class Daemon:
    """`helpdesk run`; `busy` is how long it waits for locks, in milliseconds, else as it does."""

    folder: Path
    database: Path | None = None
    objects: Path | None = None
    maildir: Path | None = None
    busy: int | None = None
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.config.write_text(
            CONFIG.format(
                port=self.port,
                database=self.database or self.folder,
                objects=self.objects or self.folder,
                maildir=self.maildir or self.folder,
            )
        )

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def file(self) -> Path:
        return (self.database or self.folder) / "helpdesk.db"

    @contextlib.contextmanager
    def running(self) -> Iterator["Daemon"]:
        shorter = (sys.executable, "-c", SHORTER, str(self.busy))
        command = shorter if self.busy else (sys.executable, "-m", "helpdesk")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "run", "-c", str(self.config)], cwd=ROOT, stdout=log, stderr=log
            )
        try:
            assert await_greeting(self.port, 60, self.process), self.log[-2000:]
            yield self
        finally:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            self.process.kill()
            self.process.wait()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def events(self, name: str) -> int:
        return sum(json.loads(line).get("event") == name for line in self.log.splitlines())

    def call(self, *words: str) -> str:
        """What another command says, which runs in this process: it starts in no time."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            run([*words, "-c", str(self.config)])
        return said.getvalue()

    def rows(self, question: str) -> list[Any]:
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    def is_drained(self) -> bool:
        [[intake]] = self.rows("SELECT count(*) FROM intake WHERE due_at IS NOT NULL")
        [[outbox]] = self.rows("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL")
        return not intake and not outbox


@dataclass
class Clients:
    """Each mail has a client of its own, which sends it until it hears 250."""

    port: int
    replies: list[tuple[str, int, float]] = field(default_factory=list)
    """Mail, code, and the seconds that it took."""
    threads: list[threading.Thread] = field(default_factory=list)
    give_up: threading.Event = field(default_factory=threading.Event)

    def send(self, name: str, octets: int = 2_000) -> None:
        thread = threading.Thread(target=self._send, args=(name, octets), daemon=True)
        thread.start()
        self.threads.append(thread)

    def _send(self, name: str, octets: int) -> None:
        lines = ("x" * 70 + "\r\n") * (octets // 72)
        content = (
            f"From: {name}@customer.test\r\nTo: support@example.test\r\nSubject: {name}\r\n"
            f"Message-ID: <{name}@customer.test>\r\n\r\n{lines}"
        )
        while not self.give_up.is_set():
            began = time.monotonic()
            code = self._try(name, content)
            self.replies.append((name, code, time.monotonic() - began))
            if code == 250:
                return
            self.give_up.wait(0.2)

    def _try(self, name: str, content: str) -> int:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
                client.sendmail(f"{name}@customer.test", ["support@example.test"], content)
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        except smtplib.SMTPRecipientsRefused as error:
            return next(iter(error.recipients.values()))[0]
        except (OSError, smtplib.SMTPServerDisconnected):
            return 0
        return 250

    def codes(self) -> Counter[int]:
        return Counter(code for _, code, _ in list(self.replies))

    def accepted(self) -> set[str]:
        return {name for name, code, _ in list(self.replies) if code == 250}

    def join(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(end - time.monotonic(), 0))
        self.give_up.set()


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    """The seconds until it held."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def each_is_once(daemon: Daemon, names: Sequence[str]) -> None:
    """The oracle: every mail that a client has a 250 for is in one ticket; all promises hold."""
    found = Counter(
        row[0].partition("@")[0]
        for row in daemon.rows("SELECT message_id FROM entries WHERE kind = 'message'")
    )
    assert found == Counter(names)
    tickets = daemon.rows("SELECT count(*) FROM tickets")
    assert tickets == [(len(names),)]
    report = json.loads(daemon.call("check", "--json"))
    assert report["violations"] == []
    assert report["verdicts"]["quarantined"] == 0


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "16m") -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        reason = "mounting a small disk needs root"
        if os.environ.get("HELPDESK_REQUIRE_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that leaves no room for anything."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for piece in (2**16, 2**12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * piece)
    return filler
