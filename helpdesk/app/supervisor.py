"""Tells systemd how the daemon is: ready, reloading, stopping, still alive.

Standards: sd_notify(3), sd_watchdog_enabled(3).
Failures: none; without a supervisor, or one that does not listen, nothing happens.
"""

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

LONGEST_STATUS = 200
PATIENCE = 1.0
"""Seconds for one notification; nothing else happens in them."""
MORE_TIME = 60_000_000
"""Microseconds that the start may take from now on."""


class Supervisor:
    """Where notifications go, and how often it wants to hear that we live."""

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        # A name that begins with "@" is in the abstract namespace of unix(7).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog = watchdog

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        microseconds = environment.get("WATCHDOG_USEC", "0")
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        seconds = int(microseconds) / 1e6 if microseconds.isdecimal() and is_ours else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), seconds)

    def ready(self, status: str) -> None:
        self._tell("READY=1", _status(status))

    def waiting(self, status: str) -> None:
        """It will not be ready soon, and to kill it for that would not help."""
        self._tell(f"EXTEND_TIMEOUT_USEC={MORE_TIME}", _status(status))

    async def keep_asking(self, status: str, interval: float = MORE_TIME / 2e6) -> None:
        """For more time to start, until cancelled."""
        while self._address:
            await asyncio.sleep(interval)
            self.waiting(status)

    def reloading(self) -> None:
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}", _status("reading the settings anew"))

    def stopping(self) -> None:
        self._tell("STOPPING=1", _status("finishing what was accepted"))

    async def keep_telling(self) -> None:
        """That the event loop runs, until cancelled; twice in the time that systemd waits."""
        while self._watchdog:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self._watchdog / 2)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(PATIENCE)  # systemd may be busy, and would miss it
            channel.connect(self._address)
            channel.send("\n".join(lines).encode())


def _status(words: str) -> str:
    return "STATUS=" + " ".join(words.split())[:LONGEST_STATUS]
