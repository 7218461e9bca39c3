"""Pauses between delivery attempts."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.backoff import GIVES_UP_AFTER, LONGEST_PAUSE, next_try

BORN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (500, 60)]
)
def test_pauses_double_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    for entry in range(50):
        due_at = next_try(entry, attempts, BORN, BORN)

        assert due_at is not None
        assert timedelta(minutes=minutes) <= due_at - BORN <= 1.25 * timedelta(minutes=minutes)


def test_the_pause_of_an_entry_is_always_the_same() -> None:
    assert next_try(7, 3, BORN, BORN) == next_try(7, 3, BORN, BORN)


def test_mails_deferred_together_do_not_come_back_together() -> None:
    times = {next_try(entry, 7, BORN, BORN) for entry in range(100)}

    assert len(times) > 90
    assert None not in times
    known = [at for at in times if at is not None]
    assert max(known) - min(known) > LONGEST_PAUSE / 8


def test_the_last_try_is_made_when_five_days_are_over_and_none_after_it() -> None:
    end = BORN + GIVES_UP_AFTER

    assert next_try(1, 200, BORN, end - timedelta(seconds=1)) == end
    assert next_try(1, 201, BORN, end) is None


def test_a_relay_that_is_down_for_five_days_is_asked_about_a_hundred_times() -> None:
    now, attempts = BORN, 0
    while (due_at := next_try(3, attempts + 1, BORN, now)) is not None:
        assert due_at > now
        now, attempts = due_at, attempts + 1

    assert 90 < attempts < 140
