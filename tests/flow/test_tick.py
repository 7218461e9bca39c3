"""Time passes: each ticket once, whatever else happens; a ticket that fails stops no other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.core.decision import Decision, Ids, Incoming, Keys, Known, Verdict
from helpdesk.core.mail import Arrival
from helpdesk.core.outgoing import Notice
from helpdesk.core.ticket import (
    Conversation,
    IntakeId,
    Participant,
    PersonId,
    Role,
    Status,
    Ticket,
    TicketNumber,
)
from helpdesk.flow import tick
from helpdesk.flow.tick import LONGEST_SLEEP, REST, Ticker
from helpdesk.ports import Raw, Unavailable, Work
from helpdesk.store.engine import open_engine
from helpdesk.store.tables import OUTBOX, TICKETS
from helpdesk.store.timers import SqlTimers
from tests.builders import ANA, BOB, CARL, NOW, next_ids, rules, ticket
from tests.fakes import FakeClock
from tests.store.conftest import make
from tests.store.house import House

H = timedelta(hours=1)
KIM = replace(ANA, id=PersonId(11))
RULES = rules()


@dataclass
class MemoryTickets:
    """Tickets in memory; a work sees those of its beginning and writes all or nothing."""

    tickets: dict[TicketNumber, Ticket]
    broken: set[TicketNumber] = field(default_factory=set)
    away: int = 0
    """So many works more the store cannot be used."""
    works: int = 0
    told: list[tuple[TicketNumber, Notice]] = field(default_factory=list)
    ids: Ids = field(default_factory=next_ids)

    async def due(self, now: datetime, limit: int) -> Sequence[TicketNumber]:
        due = [t for t in self.tickets.values() if t.due_at is not None and t.due_at <= now]
        return [t.number for t in sorted(due, key=lambda t: (t.due_at or now, t.number))][:limit]

    async def agree(self, _settings: str, _now: datetime) -> int:
        return 0

    async def next_due(self) -> datetime | None:
        return min((t.due_at for t in self.tickets.values() if t.due_at), default=None)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        self.works += 1
        if self.away:
            self.away -= 1
            raise Unavailable("the disk is full")
        yield MemoryWork(self, self.ids)


@dataclass
class MemoryWork:
    store: MemoryTickets
    ids: Ids
    changed: list[Decision] = field(default_factory=list)

    async def keep(self, _mails: Sequence[tuple[Arrival, Raw]]) -> Sequence[IntakeId]:
        raise AssertionError("no mail comes")

    async def load(self, _keys: Sequence[Keys]) -> None:
        await asyncio.sleep(0)

    def known(self, keys: Keys) -> Known:
        (number,) = keys.tickets
        if number in self.store.broken:
            raise ValueError("cannot be decided")
        if number not in self.store.tickets:
            return Known()
        talk = Conversation(self.store.tickets[number], (Participant(ANA, Role.REQUESTER),))
        return Known(conversations={number: talk}, agents={"support": (BOB, CARL)})

    def apply(self, incoming: Incoming | None, decision: Decision, _now: datetime) -> None:
        assert incoming is None
        self.changed.append(decision)

    async def commit(self) -> None:
        for decision in self.changed:
            assert decision.ticket is not None
            self.store.tickets[decision.ticket.number] = decision.ticket
            self.store.told += [(decision.ticket.number, m.notice) for m in decision.outbox]


def waiting(number: int, hours: float = 48) -> Ticket:
    """The customer is to be reminded as many hours before or after NOW as 48 are."""
    since = NOW - hours * H
    return ticket(number, status=Status.WAITING, status_since=since, due_at=since + 48 * H)


def store(*tickets: Ticket) -> MemoryTickets:
    return MemoryTickets({each.number: each for each in tickets})


def ticker(of: MemoryTickets, batch: int = 64, clock: FakeClock | None = None) -> Ticker:
    return Ticker(of, of, RULES, clock or FakeClock(NOW), batch=batch)


async def test_what_is_due_happens_and_what_is_not_does_not() -> None:
    house = store(waiting(1, 48), waiting(2, 47), waiting(3, 100))

    assert await ticker(house).run_once() == 2
    assert house.told == [(3, Notice.REMINDER), (1, Notice.REMINDER)]


async def test_nothing_happens_twice() -> None:
    house = store(waiting(1), waiting(2))
    one = ticker(house)

    assert [await one.run_once(), await one.run_once()] == [2, 0]
    assert len(house.told) == 2
    assert one.done == {"done": 2}


async def test_one_batch_is_one_work() -> None:
    house = store(*(waiting(number) for number in range(1, 6)))
    one = ticker(house, batch=3)

    assert [await one.run_once() for _ in range(3)] == [3, 2, 0]
    assert house.works == 2


async def test_a_ticket_that_cannot_be_decided_rests_and_stops_no_other() -> None:
    house = store(waiting(1, 50), waiting(2, 49), waiting(3, 48))
    house.broken = {TicketNumber(1)}
    clock = FakeClock(NOW)
    one = ticker(house, batch=2, clock=clock)

    counts = [await one.run_once() for _ in range(4)]

    assert [number for number, _ in house.told] == [2, 3]
    assert counts == [2, 1, 0, 0]
    assert one.done == {"done": 2, "failed": 1}
    house.broken.clear()
    clock.tick(REST - timedelta(seconds=1))
    assert await one.run_once() == 0
    clock.tick(timedelta(seconds=2))
    assert await one.run_once() == 1
    assert house.told[-1] == (1, Notice.REMINDER)


async def test_a_ticket_that_was_deleted_meanwhile_keeps_no_other_from_its_turn() -> None:
    house = store(waiting(1), waiting(2))
    gone = house.tickets[TicketNumber(1)]

    async def due(_now: datetime, limit: int) -> Sequence[TicketNumber]:
        waiting = [] if house.told else [TicketNumber(2)]
        return [gone.number, *waiting][:limit]

    del house.tickets[gone.number]
    house.due = due  # type: ignore[method-assign,assignment]

    one = ticker(house, batch=1)
    assert [await one.run_once() for _ in range(3)] == [1, 1, 0]

    assert [number for number, _ in house.told] == [2]


async def test_a_store_that_cannot_be_used_is_no_fault_of_the_tickets() -> None:
    house = store(waiting(1))
    house.away = 1
    one = ticker(house)

    with pytest.raises(Unavailable):
        await one.run_once()
    assert await one.run_once() == 1
    assert one.done == {"done": 1}


async def test_two_that_look_at_the_same_time_do_everything_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await make(url)
    engine = open_engine(url)
    try:
        house = House(engine, tmp_path / "objects")
        for number in (1001, 1002, 1003):
            opened = Decision(
                Verdict.RECORDED,
                "test",
                ticket=replace(waiting(number), requester=KIM.id),
                is_new=True,
                people=(KIM,) if number == 1001 else (),
                participants=(Participant(KIM, Role.REQUESTER),),
            )
            await house.apply(opened, addresses=KIM.keys)
        both = [Ticker(SqlTimers(engine), house.tickets, RULES, FakeClock(NOW)) for _ in range(2)]

        await asyncio.gather(*(one.run_once() for one in both))

        mails = await house.rows(OUTBOX)
        assert sorted(mail.ticket for mail in mails) == [1001, 1002, 1003]
        assert sum(one.done.get("done", 0) for one in both) == 3
        assert {row.reminded_at for row in await house.rows(TICKETS)} == {NOW}
    finally:
        await engine.dispose()


# --- the loop -------------------------------------------------------------------------------------


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[asyncio.Event, list[float]]]:
    """How long the loop would sleep, in seconds; it ends after so many times."""

    def install(most: int) -> tuple[asyncio.Event, list[float]]:
        stop = asyncio.Event()
        slept: list[float] = []

        async def first_of(*_: object, **given: timedelta) -> None:
            slept.append(given["timeout"].total_seconds())
            if len(slept) >= most:
                stop.set()

        monkeypatch.setattr(tick, "first_of", first_of)
        return stop, slept

    return install


Sleeps = Callable[[int], tuple[asyncio.Event, list[float]]]


@pytest.mark.parametrize(
    ("tickets", "seconds"),
    [
        ((), LONGEST_SLEEP.total_seconds()),
        ((waiting(1, 47),), LONGEST_SLEEP.total_seconds()),
        ((waiting(1, 48 - 3 / 3600),), 3),
        ((waiting(1, 48 - 0.1 / 3600),), 1),
    ],
)
async def test_it_sleeps_until_the_next_due_time_but_never_long(
    tickets: tuple[Ticket, ...], seconds: float, sleeps: Sleeps
) -> None:
    stop, slept = sleeps(1)

    await ticker(store(*tickets)).run(stop)

    assert slept == [pytest.approx(seconds)]


async def test_a_full_batch_is_followed_by_the_next_without_a_pause(sleeps: Sleeps) -> None:
    stop, slept = sleeps(1)
    house = store(*(waiting(number) for number in range(1, 8)))

    await ticker(house, batch=2).run(stop)

    assert len(house.told) == 7
    assert len(slept) == 1


async def test_a_ticket_that_rests_does_not_keep_the_loop_awake(sleeps: Sleeps) -> None:
    stop, slept = sleeps(3)
    house = store(waiting(1, 60))
    house.broken = {TicketNumber(1)}

    await ticker(house, batch=1).run(stop)

    assert len(slept) == 3
    assert min(slept) >= 1
    assert house.tickets[TicketNumber(1)].due_at is not None
