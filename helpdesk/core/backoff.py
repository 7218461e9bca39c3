"""When a mail that could not be delivered is tried again, and when we stop trying."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVES_UP_AFTER = timedelta(days=5)  # RFC 5321 §4.5.4.1: at least 4 to 5 days.
_DOUBLINGS = 6  # After these the pause is at its longest.
_KNUTH = 2_654_435_761


def next_try(entry: int, attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failed ones; None: give up.

    The last try is made exactly when the time is over. Every pause is longer by up to a quarter,
    by the entry's id, so that what was deferred together does not come back together.
    """
    end = created_at + GIVES_UP_AFTER
    if now >= end:
        return None
    doublings = min(max(attempts - 1, 0), _DOUBLINGS)
    pause = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return min(now + pause + pause / 4 * _spread(entry, attempts), end)


def _spread(entry: int, attempts: int) -> float:
    """A number from 0 to 1 that looks random and is always the same."""
    return ((entry * 31 + attempts) * _KNUTH % 2**32) / 2**32
