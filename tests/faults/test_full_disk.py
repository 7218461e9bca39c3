"""A disk without any room: clients hear 4xx, and with room again all goes on by itself."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.outage import Clients, Daemon, each_is_once, fill, small_disk, wait_until

pytestmark = pytest.mark.timeout(180)
NAMES = [f"m{number}" for number in range(12)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


@pytest.mark.parametrize("what", ["database", "objects"])
def test_a_full_disk_is_told_to_clients_and_nothing_is_lost(
    tmp_path: Path, disk: Path, what: str
) -> None:
    octets = 1_200_000 if what == "objects" else 20_000
    names = NAMES[:6] if what == "objects" else NAMES
    folder = tmp_path / "gateway"
    daemon = Daemon(folder, database=disk) if what == "database" else Daemon(folder, objects=disk)
    with daemon.running():
        clients = Clients(daemon.port)
        clients.send(names[0], octets)
        wait_until(lambda: len(clients.accepted()) == 1 and daemon.is_drained(), 30)
        filler = fill(disk)
        for name in names[1:]:
            clients.send(name, octets)
        wait_until(lambda: clients.codes()[452] >= 2 * len(names), 40)
        codes = clients.codes()
        assert daemon.is_running
        filler.unlink()
        recovered = wait_until(
            lambda: len(clients.accepted()) == len(names) and daemon.is_drained(), 60
        )
        clients.join(1)
        sys.stdout.write(f"{what}: recovered after {recovered:.1f} s, {codes}\n")

        assert recovered <= 30
        assert codes.keys() <= {250, 451, 452}
        assert daemon.is_running
        if what == "database":
            names = [*names, *what_waits_is_done_afterwards(daemon, disk)]
        each_is_once(daemon, names)
        assert daemon.events("role failed") == 0


def what_waits_is_done_afterwards(daemon: Daemon, disk: Path) -> list[str]:
    """Mails that are accepted already have no client any more; the names of those."""
    names = [f"w{number}" for number in range(24)]
    told = daemon.events("store unavailable")
    clients = Clients(daemon.port)
    for name in names:
        clients.send(name)
    wait_until(lambda: len(clients.accepted()) >= 8, 30)
    filler = fill(disk)
    wait_until(lambda: daemon.events("store unavailable") > told or daemon.is_drained(), 30)
    filler.unlink()
    recovered = wait_until(
        lambda: len(clients.accepted()) == len(names) and daemon.is_drained(), 60
    )
    clients.join(1)
    assert recovered <= 30
    return names


def test_mail_for_a_full_maildir_is_deferred_and_delivered_later(
    tmp_path: Path, disk: Path
) -> None:
    daemon = Daemon(tmp_path / "gateway", maildir=disk)
    with daemon.running():
        filler = fill(disk)
        clients = Clients(daemon.port)
        clients.send("one")
        states = "SELECT state, attempts FROM outbox"
        wait_until(lambda: clients.accepted() == {"one"}, 30)
        wait_until(lambda: {row[0] for row in daemon.rows(states)} == {"deferred"}, 30)
        assert {row[1] for row in daemon.rows(states)} == {1}
        filler.unlink()
        for [number] in daemon.rows("SELECT id FROM outbox"):
            daemon.call("queue", "outbox", "retry", str(number))
        wait_until(lambda: {row[0] for row in daemon.rows(states)} == {"delivered"}, 30)

        assert len(list((disk / "out" / "new").iterdir())) == len(daemon.rows(states))
        assert json.loads(daemon.call("check", "--json"))["violations"] == []
