"""A store that cannot be used is nobody's fault: nothing is lost, counted or left behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from helpdesk.core.mail import Message
from helpdesk.core.outgoing import OutboxState, OutgoingFile
from helpdesk.core.ticket import IntakeId
from helpdesk.flow import patience, receive
from helpdesk.flow.patience import Patience
from helpdesk.flow.receive import Receiver
from helpdesk.flow.send import Sender
from helpdesk.inbound.reader import ReaderUnavailableError
from helpdesk.ports import Claimed, Due, Sent, Unavailable, Work
from helpdesk.store.engine import open_engine
from helpdesk.store.tables import INTAKE
from tests.builders import RULES
from tests.fakes import FakeClock, MemoryOutbox, RecordingTransport
from tests.flow.test_receive import ListeningReader, keep
from tests.flow.test_send import Words, mail, open_part
from tests.store.conftest import make
from tests.store.house import LATER, House

LOCKED = Unavailable("the database cannot be used: database is locked")


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(patience, "LONGEST_PAUSE", timedelta(milliseconds=4))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await make(url)
    engine = open_engine(url)
    yield House(engine, tmp_path / "objects")
    await engine.dispose()


@dataclass
class Weather:
    """Calls with these names fail so many times."""

    storms: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def meet(self, name: str) -> None:
        self.calls.append(name)
        if self.storms.get(name, 0) > 0:
            self.storms[name] -= 1
            raise LOCKED


@dataclass
class StormyQueue:
    """The real queue in that weather; a claim may be committed and not be told."""

    house: House
    weather: Weather

    async def claim(self, now: datetime, limit: int) -> tuple[Claimed, ...]:
        self.weather.meet("claim")
        claimed = await self.house.intake.claim(now, limit)
        if claimed:
            self.weather.meet("after claim")
        return claimed

    async def release(self) -> None:
        self.weather.meet("release")
        await self.house.intake.release()

    async def failed(self, ids: Sequence[Any], due_at: datetime, error: str) -> None:
        self.weather.meet("failed")
        await self.house.intake.failed(ids, due_at, error)

    async def quarantine(self, entry: Any, reason: str, error: str, now: datetime) -> None:
        self.weather.meet("quarantine")
        await self.house.intake.quarantine(entry, reason, error, now)


@dataclass
class StormyTickets:
    house: House
    weather: Weather

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        self.weather.meet("work")
        async with self.house.tickets.work() as work:
            yield work


def receiver(house: House, weather: Weather) -> Receiver:
    return Receiver(
        StormyQueue(house, weather),
        StormyTickets(house, weather),
        ListeningReader(),
        RULES,
        FakeClock(LATER),
        batch=2,
    )


async def run_until(
    flow: Receiver | Sender, condition: Callable[[], Any], stop: asyncio.Event | None = None
) -> None:
    stop = stop or asyncio.Event()
    run = asyncio.create_task(flow.run(stop, asyncio.Event()))
    async with asyncio.timeout(10):
        while not await condition():
            assert not run.done(), run.result()
            await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(10):
        await run


@pytest.mark.parametrize(
    "storms",
    [{"release": 3}, {"claim": 3}, {"work": 3}, {"after claim": 2}],
    ids=str,
)
async def test_mails_are_decided_when_the_store_is_back(
    house: House, storms: dict[str, int]
) -> None:
    await keep(house, b"one", b"two", b"three")
    weather = Weather(dict(storms))

    async def all_done() -> bool:
        return all(row.state == "done" for row in await house.rows(INTAKE))

    with capture_logs() as logs:
        await run_until(receiver(house, weather), all_done)

    rows = await house.rows(INTAKE)
    assert {row.verdict for row in rows} == {"opened"}
    assert not any(row.error or row.claimed for row in rows)
    assert [log["event"] for log in logs if "store" in log["event"]] == [
        "store unavailable",
        "store is back",
    ]


async def test_trouble_of_the_store_counts_no_attempt(house: House) -> None:
    await keep(house, b"one")
    weather = Weather({"work": 12})

    async def done() -> bool:
        return bool((await house.rows(INTAKE))[0].state == "done")

    with capture_logs():
        await run_until(receiver(house, weather), done)

    [row] = await house.rows(INTAKE)
    assert weather.calls.count("work") == 13
    assert (row.attempts, row.alone) == (0, False)


@dataclass
class AbsentReader(ListeningReader):
    """No process starts so many times."""

    storms: int = 5

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        if self.storms > 0:
            self.storms -= 1
            raise ReaderUnavailableError("no mail reader process starts")
        return await super().read_many(raws)


async def test_mail_waits_for_a_reader_and_none_is_set_aside(house: House) -> None:
    await keep(house, b"one", b"two", b"three")
    flow = receiver(house, Weather())
    flow.reader = AbsentReader()

    async def done() -> bool:
        return all(row.state != "pending" for row in await house.rows(INTAKE))

    with capture_logs() as logs:
        await run_until(flow, done)

    rows = await house.rows(INTAKE)
    assert {(row.verdict, row.attempts, row.alone) for row in rows} == {("opened", 0, False)}
    assert [log["event"] for log in logs if "reader" in log["event"]] == [
        "reader unavailable",
        "reader is back",
    ]


async def test_receiving_ends_at_once_although_nobody_reads(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", timedelta(hours=1))
    await keep(house, b"one")
    flow = receiver(house, Weather())
    flow.reader = reader = AbsentReader(storms=10**6)

    async def asked() -> bool:
        return reader.storms < 10**6

    with capture_logs():
        await run_until(flow, asked)

    assert [row.state for row in await house.rows(INTAKE)] == ["pending"]


async def test_a_failure_is_recorded_when_the_store_is_back(house: House) -> None:
    await keep(house, b"bad")
    weather = Weather({"failed": 3})

    async def failed() -> bool:
        return bool((await house.rows(INTAKE))[0].error)

    with capture_logs():
        await run_until(receiver(house, weather), failed)

    [row] = await house.rows(INTAKE)
    assert (row.state, row.alone, row.claimed) == ("pending", True, False)


@pytest.mark.parametrize("call", ["release", "claim", "work"])
async def test_receiving_ends_at_once_although_the_store_is_away(
    house: House, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", timedelta(hours=1))
    monkeypatch.setattr(patience, "LONGEST_PAUSE", timedelta(hours=1))
    await keep(house, b"one")
    weather = Weather({call: 10**6})

    async def asked() -> bool:
        return call in weather.calls

    with capture_logs():
        await run_until(receiver(house, weather), asked)

    assert [row.state for row in await house.rows(INTAKE)] == ["pending"]


async def test_one_batch_outside_of_a_loop_does_not_wait(house: House) -> None:
    await keep(house, b"one")

    with capture_logs(), pytest.raises(Unavailable):
        await receiver(house, Weather({"work": 1})).run_once()


async def test_a_batch_that_fails_is_still_taken_apart(house: House) -> None:
    """Only the store's trouble is nobody's fault."""
    await keep(house, b"one")
    flow = receiver(house, Weather())

    def boom(*_: object) -> None:
        raise ValueError("boom")

    with pytest.MonkeyPatch.context() as patched, capture_logs():
        patched.setattr(receive, "decide", boom)
        assert await flow.run_once() == 1

    [row] = await house.rows(INTAKE)
    assert (row.state, row.alone) == ("pending", True)


# --- sending ------------------------------------------------------------------------------------


class StormyOutbox(MemoryOutbox):
    def __init__(self, weather: Weather, *numbers: int) -> None:
        super().__init__(*(mail(number) for number in numbers))
        self.weather = weather

    async def claim(self, now: datetime, limit: int, lease_until: datetime) -> tuple[Due, ...]:
        self.weather.meet("claim")
        return await super().claim(now, limit, lease_until)

    async def keep_rendered(self, rendered: Any) -> None:
        self.weather.meet("keep_rendered")
        await super().keep_rendered(rendered)

    async def finish(self, sent: Sequence[Sent], now: datetime) -> None:
        self.weather.meet("finish")
        await super().finish(sent, now)

    async def next_due(self) -> datetime | None:
        self.weather.meet("next_due")
        return await super().next_due()

    async def raw(self, intake: IntakeId) -> bytes:
        self.weather.meet("raw")
        return await super().raw(intake)

    async def release(self) -> None:
        self.weather.meet("release")
        await super().release()


def sender(outbox: StormyOutbox, transport: RecordingTransport) -> Sender:
    words = Words()
    return Sender(outbox, words, words, transport, open_part, FakeClock())


CALLS = ("release", "claim", "keep_rendered", "finish", "next_due")


@pytest.mark.parametrize("call", CALLS)
async def test_a_mail_is_sent_once_although_the_store_was_away(call: str) -> None:
    outbox, transport = StormyOutbox(Weather({call: 3}), 1, 2), RecordingTransport()

    async def sent() -> bool:
        asked = outbox.weather.calls.count(call) > 3
        return asked and set(outbox.states().values()) == {OutboxState.DELIVERED}

    with capture_logs() as logs:
        await run_until(sender(outbox, transport), sent)

    assert [each.recipient for each in transport.deliveries] == [
        "n1@customer.test",
        "n2@customer.test",
    ]
    assert {entry.attempts for entry in outbox.entries.values()} == {1}
    assert [log["event"] for log in logs if "store" in log["event"]] == [
        "store unavailable",
        "store is back",
    ]


@pytest.mark.parametrize("call", CALLS)
async def test_sending_ends_at_once_although_the_store_is_away(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", timedelta(hours=1))
    monkeypatch.setattr(patience, "LONGEST_PAUSE", timedelta(hours=1))
    outbox = StormyOutbox(Weather({call: 10**6}), 1)

    async def asked() -> bool:
        return call in outbox.weather.calls

    with capture_logs():
        await run_until(sender(outbox, RecordingTransport()), asked)

    assert outbox.weather.calls.count(call) == 1


async def test_nothing_is_claimed_while_outcomes_wait_to_be_recorded() -> None:
    """When the lease ends another claim of a mail that is sent would send it twice."""
    outbox = StormyOutbox(Weather({"finish": 20}), 1)

    async def sent() -> bool:
        return outbox.states() == {1: OutboxState.DELIVERED}

    with capture_logs():
        await run_until(sender(outbox, RecordingTransport()), sent)

    tries = [index for index, call in enumerate(outbox.weather.calls) if call == "finish"]
    between = set(outbox.weather.calls[tries[0] : tries[-1] + 1])
    assert len(tries) == 21
    assert between == {"finish"}


async def test_a_file_of_a_mail_waits_for_the_store_and_costs_no_attempt() -> None:
    raw = b"raw"
    digest = sha256(raw + b" part 2").hexdigest()
    file = OutgoingFile(IntakeId(7), "2", "a.txt", "text/plain", len(raw), digest)
    outbox, transport = StormyOutbox(Weather({"raw": 3})), RecordingTransport()
    outbox.add(mail(1, files=(file,)))
    outbox.raws[IntakeId(7)] = raw

    async def sent() -> bool:
        return outbox.states() == {1: OutboxState.DELIVERED}

    with capture_logs():
        await run_until(sender(outbox, transport), sent)

    assert len(transport.deliveries) == 1
    assert outbox.weather.calls.count("raw") == 4


# --- pauses -------------------------------------------------------------------------------------


async def test_pauses_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", timedelta(seconds=0.5))
    monkeypatch.setattr(patience, "LONGEST_PAUSE", timedelta(seconds=5))
    pauses: list[float] = []

    async def wait(*_: asyncio.Event, timeout: timedelta) -> None:  # noqa: ASYNC109 -- as in the flow
        pauses.append(timeout.total_seconds())

    monkeypatch.setattr(patience, "first_of", wait)
    weather = Weather({"x": 6})

    async def call() -> None:
        weather.meet("x")

    with capture_logs():
        await Patience(receive.log, asyncio.Event()).insist(call)

    assert pauses == [0.5, 1, 2, 4, 5, 5]
