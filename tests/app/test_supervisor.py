"""What systemd is told."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partialmethod
from pathlib import Path

import pytest

from helpdesk.app import serve
from helpdesk.app.prepare import SetupError
from helpdesk.app.supervisor import Supervisor
from helpdesk.config import Settings, load


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(5)
        yield channel


def supervisor(systemd: socket.socket, **environment: str) -> Supervisor:
    return Supervisor.of({"NOTIFY_SOCKET": str(systemd.getsockname()), **environment})


def heard(systemd: socket.socket) -> list[str]:
    return systemd.recv(4096).decode().split("\n")


def test_a_daemon_that_is_ready_says_what_it_does(systemd: socket.socket) -> None:
    supervisor(systemd).ready("2 listeners\nforged=1")

    assert heard(systemd) == ["READY=1", "STATUS=2 listeners forged=1"]


def test_a_reload_names_its_time_as_type_notify_reload_wants(systemd: socket.socket) -> None:
    supervisor(systemd).reloading()

    first, second, _ = heard(systemd)
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


def test_the_end_is_announced(systemd: socket.socket) -> None:
    supervisor(systemd).stopping()

    assert heard(systemd)[0] == "STOPPING=1"


async def test_the_watchdog_hears_of_a_loop_that_runs(systemd: socket.socket) -> None:
    telling = asyncio.create_task(supervisor(systemd, WATCHDOG_USEC="20000").keep_telling())

    said = [await asyncio.to_thread(heard, systemd) for _ in range(3)]

    telling.cancel()
    assert said == [["WATCHDOG=1"]] * 3


async def test_a_watchdog_of_another_process_is_not_fed(systemd: socket.socket) -> None:
    other = supervisor(systemd, WATCHDOG_USEC="20000", WATCHDOG_PID=str(os.getpid() + 1))

    await other.keep_telling()  # ends at once, for there is nothing to tell


async def test_a_systemd_that_is_busy_for_a_moment_misses_nothing(systemd: socket.socket) -> None:
    speaking = supervisor(systemd)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others, suppress(BlockingIOError):
        others.settimeout(0)
        while True:
            others.sendto(b"others", systemd.getsockname())

    telling = asyncio.create_task(asyncio.to_thread(speaking.ready, "fine"))
    # Who gives up at once has done so by then.
    await asyncio.wait({telling}, timeout=0.1)
    while (said := await asyncio.to_thread(heard, systemd)) == ["others"]:
        pass

    await telling
    assert said[0] == "READY=1"


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    Supervisor.of({}).ready("fine")
    Supervisor.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).stopping()


def test_a_daemon_that_waits_for_its_database_asks_for_time(systemd: socket.socket) -> None:
    supervisor(systemd).waiting("no server")

    assert heard(systemd) == ["EXTEND_TIMEOUT_USEC=60000000", "STATUS=no server"]


async def test_a_daemon_whose_database_is_migrated_asks_for_time_again_and_again(
    systemd: socket.socket,
) -> None:
    asking = asyncio.create_task(supervisor(systemd).keep_asking("preparing", 0.01))

    said = [await asyncio.to_thread(heard, systemd) for _ in range(2)]

    asking.cancel()
    assert said == [["EXTEND_TIMEOUT_USEC=60000000", "STATUS=preparing"]] * 2


async def test_a_start_asks_for_time_as_long_as_it_prepares_the_database(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('desks = [{ address = "support@example.test" }]')
    often = partialmethod(Supervisor.keep_asking, interval=0.01)
    monkeypatch.setattr(Supervisor, "keep_asking", often)
    monkeypatch.setenv("NOTIFY_SOCKET", str(systemd.getsockname()))

    async def migrate(_settings: Settings) -> None:
        said = await asyncio.to_thread(heard, systemd)
        raise SetupError(said[0])

    monkeypatch.setattr(serve, "prepare", migrate)
    with pytest.raises(SetupError, match="EXTEND_TIMEOUT_USEC=60000000"):
        await serve._serve(load(tmp_path / "config.toml"), {"send"})
