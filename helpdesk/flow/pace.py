"""How many mails may go out in a minute, where the relay allows only so many."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Places:
    """Mails that may begin now; a place counts until it is given back."""

    left: int
    _pace: "Pace"

    def ended(self, now: datetime) -> None:
        """A mail was tried: its place is free a minute from now."""
        self.left -= 1
        self._pace.taken -= 1
        if self._pace.per_minute:
            self._pace.ends.append(now)

    def keep(self, number: int) -> None:
        """No more are needed."""
        self._pace.taken -= self.left - number
        self.left = number


@dataclass(slots=True)
class Pace:
    """A mail counts from before it begins until a minute after its end, so the relay never sees
    more in any minute, however long the way there took.
    """

    per_minute: int = 0
    """0: any number."""
    taken: int = 0
    ends: deque[datetime] = field(default_factory=deque)
    """Of mails in the last minute, the oldest first."""

    @contextmanager
    def places(self, now: datetime, most: int) -> Iterator[Places]:
        """At the end of the block the places that were not used are free again."""
        places = Places(min(most, self._room(now)), self)
        self.taken += places.left
        try:
            yield places
        finally:
            self.taken -= places.left

    def wait(self, now: datetime) -> timedelta:
        """So long there is no place; nobody knows it of mails on their way."""
        if not self.per_minute or self._room(now) > 0 or not self.ends:
            return timedelta(0)
        return self.ends[0] + MINUTE - now

    def _room(self, now: datetime) -> int:
        if not self.per_minute:
            return 1_000_000
        # An end in the future means that somebody put the clock back.
        while self.ends and not now - MINUTE < self.ends[0] <= now:
            self.ends.popleft()
        return max(self.per_minute - self.taken - len(self.ends), 0)
