"""A store that cannot be used: everybody hears so soon, and one mail at a time asks again."""

import asyncio

import pytest
from structlog.testing import capture_logs

from helpdesk.core.reply import ACCEPTED, DISK_FULL, TRY_LATER
from helpdesk.inbound import intake as module
from helpdesk.inbound.intake import FAILURES_ALONE, Intake
from helpdesk.ports import Unavailable
from tests.inbound.test_intake import ARRIVAL, Shelf, mail

LOCKED = Unavailable("the database cannot be used: database is locked")
FULL = Unavailable("the database cannot be used: database or disk is full")


@pytest.fixture
async def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def intake(shelf: Shelf) -> Intake:
    return Intake(shelf, on_kept=lambda: None)


async def test_nobody_else_is_tried_when_the_store_is_locked(intake: Intake, shelf: Shelf) -> None:
    """Each try takes as long as the database waits for locks."""
    shelf.is_free.clear()
    tasks = [asyncio.create_task(intake.accept(ARRIVAL, mail("0")))]
    await shelf.is_busy.wait()
    tasks += [asyncio.create_task(intake.accept(ARRIVAL, mail(str(n)))) for n in range(1, 101)]
    await asyncio.sleep(0)
    shelf.fault = lambda _: LOCKED
    shelf.is_free.set()

    with capture_logs():
        assert set(await asyncio.gather(*tasks)) == {TRY_LATER}
    assert shelf.calls == 1
    assert intake.refused == 101


async def test_while_one_mail_asks_the_others_are_answered_at_once(
    intake: Intake, shelf: Shelf
) -> None:
    shelf.fault = lambda _: LOCKED
    with capture_logs():
        await intake.accept(ARRIVAL, mail("0"))
        shelf.is_free.clear()
        shelf.is_busy.clear()
        asks = asyncio.create_task(intake.accept(ARRIVAL, mail("1")))
        await shelf.is_busy.wait()
        others = [await intake.accept(ARRIVAL, mail(str(n))) for n in range(2, 20)]

        assert set(others) == {TRY_LATER}
        assert not asks.done()
        shelf.is_free.set()
        assert await asks == TRY_LATER
    assert shelf.calls == 2


async def test_mail_is_accepted_again_when_the_store_is_back(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: LOCKED
    with capture_logs():
        await intake.accept(ARRIVAL, mail("0"))
        shelf.fault = lambda _: None

        assert await intake.accept(ARRIVAL, mail("1")) == ACCEPTED
        replies = await asyncio.gather(*(intake.accept(ARRIVAL, mail(str(n))) for n in (2, 3)))
    assert replies == [ACCEPTED, ACCEPTED]


async def test_a_full_disk_is_told_as_that_while_it_lasts(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: FULL
    with capture_logs():
        replies = [await intake.accept(ARRIVAL, mail(str(n))) for n in range(5)]

    assert set(replies) == {DISK_FULL}


async def test_what_still_fits_on_a_nearly_full_disk_is_kept(intake: Intake, shelf: Shelf) -> None:
    shelf.is_free.clear()
    first = asyncio.create_task(intake.accept(ARRIVAL, mail("0")))
    await shelf.is_busy.wait()
    tasks = [asyncio.create_task(intake.accept(ARRIVAL, mail(n))) for n in ("small", "big", "s")]
    await asyncio.sleep(0)
    shelf.fault = lambda names: FULL if "big" in names else None
    shelf.is_free.set()

    with capture_logs():
        assert await first == ACCEPTED
        assert await asyncio.gather(*tasks) == [ACCEPTED, DISK_FULL, ACCEPTED]
    assert FAILURES_ALONE > 1


async def test_a_store_that_says_nothing_is_given_up(
    intake: Intake, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    shelf.is_free.clear()
    with capture_logs():
        assert await intake.accept(ARRIVAL, mail("0")) == TRY_LATER
        shelf.is_free.set()
        assert await intake.accept(ARRIVAL, mail("1")) == ACCEPTED


async def test_the_log_says_when_it_begins_and_when_it_ends(intake: Intake, shelf: Shelf) -> None:
    shelf.fault = lambda _: LOCKED
    with capture_logs() as logs:
        for number in range(10):
            await intake.accept(ARRIVAL, mail(str(number)))
        shelf.fault = lambda _: None
        await intake.accept(ARRIVAL, mail("10"))

    assert [log["event"] for log in logs] == ["store unavailable", "store is back"]
    assert logs[1]["refused"] == 10
