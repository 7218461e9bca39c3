"""What all checks share: the settings, how long each may take, and a thread that may hang."""

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.config import Settings
from helpdesk.core.token import Keyring
from helpdesk.ports import Clock, TokenSource

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that are waited at most."""

    group: float = 30
    """For all checks of one kind together."""
    dns: float = 5
    """For one question."""
    connect: float = 8
    """For a connection, and for each word of the other side."""
    database: float = 15
    """For what is read of the database file."""
    lock: float = 5
    """For others to end what they write."""
    grace: float = 8
    """Beyond `Options.wait`: to send the canary and to look at it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    nameserver: str = ""
    """HOST or HOST:PORT, instead of the system's."""
    selectors: tuple[str, ...] = ()
    """Of DKIM."""
    canary: bool = True
    wait: float = 60
    """Seconds for the canary to come back."""
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Space:
    """What is left on a file system."""

    device: int
    total: int
    free: int
    inodes: int
    """0: the file system does not count them."""
    free_inodes: int


AS_DAEMON = "run this as the user of the daemon"


def is_there(path: Path) -> bool:
    """False, too, for what stands in a folder that we may not look into."""
    try:
        return path.exists()
    except OSError:
        return False


def space_of(path: Path) -> Space:
    """Of the nearest folder that is there."""
    while not is_there(path) and path != path.parent:
        path = path.parent
    found = os.statvfs(path)
    return Space(
        device=path.stat().st_dev,
        total=found.f_blocks * found.f_frsize,
        free=found.f_bavail * found.f_frsize,
        inodes=found.f_files,
        free_inodes=found.f_favail,
    )


@dataclass(frozen=True, slots=True)
class Examination:
    """One run of the doctor."""

    settings: Settings
    options: Options
    clock: Clock
    keyring: Keyring | None
    """None: there are no usable keys, as a finding says."""
    engine: AsyncEngine | None
    """None: there is no usable database, as a finding says."""
    is_writable: bool = True
    """Else somebody keeps all others from writing to it, as a finding says."""
    space: Callable[[Path], Space] = space_of
    tokens: Mapping[str, TokenSource] = field(default_factory=dict)
    """Of access tokens, by the names that helpdesk.app.oauth gives them."""

    @property
    def limits(self) -> Limits:
        return self.options.limits

    def now(self) -> datetime:
        return self.clock.now()


async def in_thread(work: Callable[[], T]) -> T:
    """Do what may hang (a name to look up, a disk that is away): nobody waits for it at the end, as
    for the threads of asyncio.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 -- raised by whoever waits
            _tell(loop, partial(_fail, done, error))
        else:
            _tell(loop, partial(_finish, done, result))

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(what)


def _finish(done: "asyncio.Future[T]", result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[T]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
