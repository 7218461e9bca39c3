"""The next batch is read while one is decided, and no batch is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpdesk.core.mail import Message
from helpdesk.flow.receive import Receiver
from helpdesk.ports import Work
from helpdesk.store.engine import open_engine
from helpdesk.store.tables import INTAKE
from tests.builders import RULES, mail, message
from tests.fakes import FakeClock
from tests.store.conftest import make
from tests.store.house import LATER, House, raw

BAD = b"bad"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await make(url)
    engine = open_engine(url)
    yield House(engine, tmp_path / "objects")
    await engine.dispose()


@dataclass
class ListeningReader:
    """Says when it is asked; cannot read what is bad."""

    asked: list[int] = field(default_factory=list)
    again: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        self.asked.append(len(raws))
        if len(self.asked) > 1:
            self.again.set()
        if BAD in raws:
            raise OSError(BAD)
        return [message(f"{each.decode()}@customer.example", each.decode()) for each in raws]


@dataclass
class WatchedTickets:
    """Calls somebody before every batch is decided."""

    house: House
    before: Callable[[], Awaitable[object]]

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with self.house.tickets.work() as work:
            await self.before()
            yield work


def receiver(house: House, reader: ListeningReader, tickets: WatchedTickets | None) -> Receiver:
    clock = FakeClock(LATER)
    return Receiver(house.intake, tickets or house.tickets, reader, RULES, clock, batch=2)


async def keep(house: House, *contents: bytes) -> None:
    arrival = mail(message("c@customer.example", "s")).arrival
    await house.intake.keep([(arrival, raw(content)) for content in contents])


async def until(house: House, settled: int) -> None:
    async with asyncio.timeout(10):
        while sum(row.state == "done" for row in await house.rows(INTAKE)) < settled:
            continue


async def test_the_next_batch_is_read_while_one_is_decided(house: House) -> None:
    await keep(house, b"one", b"two", b"three", b"four")
    reader, stop = ListeningReader(), asyncio.Event()
    tickets = WatchedTickets(house, lambda: asyncio.wait_for(reader.again.wait(), 5))
    run = asyncio.create_task(receiver(house, reader, tickets).run(stop, asyncio.Event()))
    await until(house, 4)
    stop.set()
    await run

    assert reader.asked == [2, 2]
    assert not any(row.attempts for row in await house.rows(INTAKE))


async def test_what_was_read_ahead_is_settled_before_the_end(house: House) -> None:
    await keep(house, *(str(number).encode() for number in range(8)))
    reader, stop = ListeningReader(), asyncio.Event()

    async def end() -> None:
        await reader.again.wait()
        stop.set()

    async with asyncio.timeout(10):
        await receiver(house, reader, WatchedTickets(house, end)).run(stop, asyncio.Event())

    rows = await house.rows(INTAKE)
    assert [row.state for row in rows] == ["done"] * 4 + ["pending"] * 4
    assert not any(row.claimed for row in rows)


async def test_a_batch_that_cannot_be_read_fails_alone(house: House) -> None:
    await keep(house, b"one", BAD, b"three", b"four")
    stop = asyncio.Event()
    run = asyncio.create_task(receiver(house, ListeningReader(), None).run(stop, asyncio.Event()))
    await until(house, 3)
    stop.set()
    await run

    bad = (await house.rows(INTAKE))[1]
    assert (bad.state, bad.claimed, bad.alone) == ("pending", False, True)


async def test_a_receiver_that_is_cancelled_leaves_both_batches_to_the_next(house: House) -> None:
    await keep(house, b"one", b"two", b"three", b"four")
    reader, deciding = ListeningReader(), asyncio.Event()

    async def hang() -> None:
        await reader.again.wait()
        deciding.set()
        await asyncio.Event().wait()

    run = asyncio.create_task(
        receiver(house, reader, WatchedTickets(house, hang)).run(asyncio.Event(), asyncio.Event())
    )
    await deciding.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    stop = asyncio.Event()
    following = asyncio.create_task(
        receiver(house, ListeningReader(), None).run(stop, asyncio.Event())
    )
    await until(house, 4)
    stop.set()
    await following
