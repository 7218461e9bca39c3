"""Somebody else holds the database: clients hear 4xx, and nothing is lost, doubled or blamed.

With HELPDESK_LONG_FAULTS=1 it is held for a minute, and the daemon waits for locks as it does.
"""

import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.outage import Clients, Daemon, each_is_once, wait_until

LONG = os.environ.get("HELPDESK_LONG_FAULTS") == "1"
PER_SECOND = 5


def time_for(moment: float) -> None:
    wait_until(lambda: time.monotonic() >= moment, 10)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """As another program would do it."""
    connection = importlib.import_module("sqlite3").connect(file, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@pytest.mark.timeout(240)
def test_a_database_that_is_locked_is_nobodys_fault(tmp_path: Path) -> None:
    seconds, busy = (60, None) if LONG else (6, 700)
    names = [f"m{number}" for number in range(seconds * PER_SECOND + 10)]
    daemon = Daemon(tmp_path / "gateway", busy=busy)
    with daemon.running():
        clients = Clients(daemon.port)
        for name in names[:5]:
            clients.send(name)
        wait_until(lambda: len(clients.accepted()) == 5, 20)
        began = time.monotonic()
        with held(daemon.file):
            for number, name in enumerate(names[5:-5]):
                clients.send(name)
                time_for(began + number / PER_SECOND)
        for name in names[-5:]:
            clients.send(name)
        drained = wait_until(
            lambda: len(clients.accepted()) == len(names) and daemon.is_drained(), 60
        )
        clients.join(1)
        assert daemon.is_running
        slowest = max(took for _, _, took in clients.replies)
        figures = f"drained after {drained:.1f} s, slowest reply {slowest:.1f} s"
        sys.stdout.write(f"{figures}, {clients.codes()}\n")

        assert drained <= 30
        assert {code // 100 for code in clients.codes()} == {2, 4}
        assert clients.codes()[451] > 0
        assert slowest < (75 if LONG else 20)
        each_is_once(daemon, names)
        assert daemon.events("store unavailable") <= 9  # of each role, not of each try
        assert daemon.events("role failed") == 0


def test_a_daemon_ends_soon_although_the_database_is_locked(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "gateway", busy=700)
    with daemon.running():
        clients = Clients(daemon.port)
        clients.send("one")
        wait_until(lambda: clients.accepted() == {"one"} and daemon.is_drained(), 20)
        with held(daemon.file):
            clients.send("two")
            wait_until(lambda: clients.codes()[451] > 0, 20)
            clients.give_up.set()
            assert daemon.process is not None
            daemon.process.terminate()
            took = wait_until(lambda: not daemon.is_running, 15)

    assert took < 9
