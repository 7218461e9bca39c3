"""A daemon in a process of its own, and how to wait for what other programs do."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from helpdesk.store.raw import unpack
from tests.machine import ROOT

PATIENCE = 90.0
POLL_SECONDS = 0.02
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end, f"it never came true: {what}"
        time.sleep(POLL_SECONDS)


def greets(place: str | Path | int) -> bool:
    """A mail server says 220 there."""
    is_port = isinstance(place, int)
    with socket.socket(socket.AF_INET if is_port else socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(("127.0.0.1", place) if is_port else str(place))
            return client.recv(3) == b"220"
        except OSError:
            return False


class Daemon:
    """`helpdesk run`, and what its database says."""

    def __init__(self, config: Path, door: Path | int, user: int | None = None) -> None:
        self.config = config
        self.door = door
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.config.parent / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "helpdesk", "run", "-c", str(self.config)],
                cwd=self.config.parent,
                env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        wait_until(self._is_up_or_dead, "the daemon listens")
        if self._process.poll() is not None:
            log_file = self.config.parent / "daemon.log"
            pytest.fail(f"the daemon ended by itself:\n{log_file.read_text()[-3000:]}")

    def _is_up_or_dead(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None or greets(self.door)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "helpdesk", *words, "-c", str(self.config)],
            env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
        )

    def rows(self, sql: str) -> list[sqlite3.Row]:
        connection = sqlite3.connect(self.config.parent / "helpdesk.db", timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def kept(self) -> list[tuple[sqlite3.Row, bytes]]:
        """Every accepted mail: its intake entry, and the message as it came."""
        objects = self.config.parent / "objects"
        rows = self.rows(
            "SELECT * FROM intake JOIN raw_messages ON raw_messages.intake = intake.id"
        )
        return [(row, unpack(cast("Any", row), objects)) for row in rows]

    def is_idle(self) -> bool:
        [row] = self.rows("SELECT count(*) AS waiting FROM intake WHERE state = 'pending'")
        return not row["waiting"]
