"""A relay that allows so many mails in a minute never sees more, and none of them suffers by it."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from helpdesk.core.outgoing import OutboxState
from helpdesk.flow.pace import MINUTE, Pace
from helpdesk.flow.send import Sender
from helpdesk.ports import Attempt, Delivery, Outcome
from tests.fakes import NOON, FakeClock, MemoryOutbox, RecordingTransport
from tests.flow.test_send import Words, mail, open_part

PER_MINUTE = 30


def paced(outbox: MemoryOutbox, transport: RecordingTransport, clock: FakeClock) -> Sender:
    words = Words()
    return Sender(
        outbox, words, words, transport, open_part, clock, pace=Pace(PER_MINUTE)
    )  # fmt: skip


async def test_a_hundred_mails_at_thirty_a_minute_take_three_minutes_in_order() -> None:
    clock = FakeClock()
    at: list[timedelta] = []

    def take(_: Delivery) -> Attempt:
        at.append(clock.now() - NOON)
        return Attempt(Outcome.DELIVERED)

    outbox = MemoryOutbox(*(mail(number) for number in range(1, 101)))
    transport = RecordingTransport(take)
    flow = paced(outbox, transport, clock)
    while len(at) < 100:
        if not await flow.run_once():
            clock.tick(await flow._pause())

    assert at[-1] == timedelta(minutes=3)
    assert max(sum(a <= b < a + MINUTE for b in at) for a in at) == PER_MINUTE
    assert [d.recipient for d in transport.deliveries] == [
        f"n{n}@customer.test" for n in range(1, 101)
    ]
    assert set(outbox.states().values()) == {OutboxState.DELIVERED}
    assert {entry.attempts for entry in outbox.entries.values()} == {1}


async def test_what_must_wait_is_not_claimed() -> None:
    clock = FakeClock()
    outbox = MemoryOutbox(*(mail(number) for number in range(1, 101)))
    flow = paced(outbox, RecordingTransport(), clock)
    await flow.run_once()
    assert await flow.run_once() == 0

    waiting = [entry for entry in outbox.entries.values() if entry.is_open]
    assert len(waiting) == 100 - PER_MINUTE
    assert {entry.lease_until for entry in waiting} == {None}
    assert {entry.due_at for entry in waiting} == {NOON}


async def test_a_mail_that_the_relay_is_silent_about_costs_one_place_only() -> None:
    clock, transport = FakeClock(), Silent()
    outbox = MemoryOutbox(*(mail(number) for number in range(1, 61)))
    flow = paced(outbox, transport, clock)
    first = asyncio.create_task(flow.run_once())
    async with asyncio.timeout(5):
        await transport.rest_is_sent.wait()
    clock.tick(MINUTE)

    assert await flow.run_once() == PER_MINUTE - 1
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first


class Silent(RecordingTransport):
    """Never says anything about the first mail."""

    def __init__(self) -> None:
        super().__init__()
        self.rest_is_sent = asyncio.Event()

    async def deliver(self, delivery: Delivery) -> Attempt:
        if delivery.recipient.startswith("n1@"):
            await asyncio.Event().wait()
        attempt = await super().deliver(delivery)
        if len(self.deliveries) == PER_MINUTE - 1:
            self.rest_is_sent.set()
        return attempt


async def test_places_of_mails_that_never_began_are_free_again() -> None:
    pace = Pace(PER_MINUTE)
    with pace.places(NOON, 64) as places:
        places.keep(20)
        places.ended(NOON - MINUTE)
    with pace.places(NOON, 64) as places:
        assert places.left == PER_MINUTE


async def test_a_clock_that_is_put_back_stops_nothing() -> None:
    pace = Pace(1)
    with pace.places(NOON, 64) as places:
        places.ended(NOON)
    with pace.places(NOON - timedelta(hours=1), 64) as places:
        assert places.left == 1


async def test_without_a_limit_batches_are_as_large_as_ever() -> None:
    pace = Pace()
    for _ in range(3):
        with pace.places(NOON, 64) as places:
            assert places.left == 64
            places.ended(NOON)
    assert not pace.ends
    assert pace.wait(NOON) == timedelta(0)
