"""A store or reader that cannot be used is asked again, until it can or we are to stop.

Failures: Unavailable only when we are to stop; every other exception at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from helpdesk.flow.waiting import first_of
from helpdesk.ports import Unavailable

FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=5)

T = TypeVar("T")


def _at_once() -> asyncio.Event:
    """Who runs outside of a loop that can be stopped does not wait."""
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class Patience:
    """For all calls of one flow: one line in the log when trouble begins, one when it ends."""

    log: Any
    stop: asyncio.Event = field(default_factory=_at_once)
    waiting: int = 0
    """Calls that are to be repeated."""
    _pause: timedelta | None = None
    """The last one; None while all is well."""
    _what: str = ""

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        waits = False
        try:
            while True:
                try:
                    result = await call()
                except Unavailable as error:
                    self.waiting += not waits
                    waits = True
                    await self.pause(error)
                else:
                    break
        finally:
            self.waiting -= waits
        self.all_is_well()
        return result

    async def pause(self, error: Unavailable) -> None:
        """Before the next try, after longer and longer times; raises the error if there is none."""
        if self._pause is None:
            self._pause = FIRST_PAUSE
            self._what = error.what
            trouble = f"{self._what} unavailable"
            self.log.error(trouble, reason=str(error))
        else:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if not self.stop.is_set():
            await first_of(self.stop, timeout=self._pause)
        if self.stop.is_set():
            raise error

    def all_is_well(self) -> None:
        """The store could be used; what else waits for it will say so, too."""
        if self._pause is not None and not self.waiting:
            self._pause = None
            relief = f"{self._what} is back"
            self.log.warning(relief)
