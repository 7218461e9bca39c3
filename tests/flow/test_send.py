"""From the outbox to the wire."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import structlog

from helpdesk.core.backoff import GIVES_UP_AFTER
from helpdesk.core.outgoing import Notice, OutboxState, OutgoingFile, OutgoingMail, Rendered
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.flow import send
from helpdesk.flow.send import BATCH, LEASE, Sender
from helpdesk.ports import Attempt, Delivery, Outcome, Unprocessable
from tests.fakes import NOON, FakeClock, MemoryOutbox, RecordingTransport
from tests.faults.crash import Fuse, PowerCut

LATER = Attempt(Outcome.DEFERRED, "451 later")
SENT = Attempt(Outcome.DELIVERED)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Tracebacks of poisoned mails belong to the log, not to the terminal."""
    with structlog.testing.capture_logs():
        yield


def mail(number: int, **more: Any) -> OutgoingMail:
    fields: dict[str, Any] = {
        "id": OutboxId(number),
        "message_id": f"m{number}@example.test",
        "notice": Notice.ANSWER,
        "desk": "support",
        "recipient": f"n{number}@customer.test",
        "created_at": NOON,
        "variables": {},
    }
    return OutgoingMail(**(fields | more))


class Words:
    """Renders and composes in the simplest way; some mails are poison."""

    def __init__(self, poison: dict[int, Exception] | None = None) -> None:
        self.poison = poison or {}
        self.rendered: list[int] = []
        self.files: list[bytes] = []

    def render(self, mail: OutgoingMail) -> Rendered:
        self.rendered.append(mail.id)
        if mail.id in self.poison:
            raise self.poison[mail.id]
        return Rendered("subject", f"attempt {len(self.rendered)}", "")

    def compose(self, mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]) -> Delivery:
        if -mail.id in self.poison:
            raise self.poison[-mail.id]
        self.files = list(files)
        content = f"Message-ID: <{mail.message_id}>\r\n\r\n{rendered.text}\r\n"
        return Delivery("support@example.test", mail.recipient, content.encode())


def open_part(raw: bytes, part: str) -> bytes:
    return {"2": raw + b" part 2"}[part]


def sender(
    outbox: MemoryOutbox,
    transport: RecordingTransport,
    *,
    words: Words | None = None,
    clock: FakeClock | None = None,
    concurrency: int = 8,
) -> Sender:
    words = words or Words()
    return Sender(
        outbox, words, words, transport, open_part, clock or FakeClock(), concurrency
    )  # fmt: skip


async def test_what_is_due_is_sent_once() -> None:
    outbox, transport = MemoryOutbox(mail(1), mail(2)), RecordingTransport()
    flow = sender(outbox, transport)

    assert await flow.run_once() == 2
    assert await flow.run_once() == 0
    assert set(outbox.states().values()) == {OutboxState.DELIVERED}
    assert len(transport.deliveries) == 2


async def test_a_batch_is_finished_in_one_commit() -> None:
    outbox = MemoryOutbox(*(mail(number) for number in range(1, 101)))
    flow = sender(outbox, RecordingTransport())

    assert [await flow.run_once() for _ in range(3)] == [BATCH, 100 - BATCH, 0]
    assert [len(commit) for commit in outbox.commits] == [BATCH, 100 - BATCH]


async def test_no_more_mails_are_on_the_way_at_once_than_allowed() -> None:
    transport = RecordingTransport()
    await sender(
        MemoryOutbox(*(mail(n) for n in range(50))), transport, concurrency=3
    ).run_once()  # fmt: skip

    assert transport.most_at_once == 3


async def test_a_mail_is_rendered_once_for_all_attempts() -> None:
    clock, words = FakeClock(), Words()
    outbox, transport = MemoryOutbox(mail(1)), RecordingTransport(lambda _: LATER)
    flow = sender(outbox, transport, words=words, clock=clock)
    for _ in range(3):
        assert await flow.run_once() == 1
        clock.tick(timedelta(hours=2))

    assert words.rendered == [1]
    assert len({delivery.content for delivery in transport.deliveries}) == 1


async def test_a_deferred_mail_comes_back_later_and_is_given_up_after_five_days() -> None:
    clock = FakeClock()
    outbox, transport = MemoryOutbox(mail(1)), RecordingTransport(lambda _: LATER)
    flow = sender(outbox, transport, clock=clock)
    while outbox.entries[OutboxId(1)].is_open:
        assert await flow.run_once() == 1
        assert await flow.run_once() == 0
        due_at = await outbox.next_due()
        clock.at = due_at or clock.at

    entry = outbox.entries[OutboxId(1)]
    assert entry.state is OutboxState.FAILED
    assert "gave up" in entry.detail
    assert LATER.detail in entry.detail
    assert clock.at == NOON + GIVES_UP_AFTER
    assert entry.attempts > 90


@pytest.mark.parametrize(
    ("poison", "state", "detail"),
    [
        (Unprocessable("template answer/body.txt:3: oops"), OutboxState.HELD, "body.txt:3"),
        (RuntimeError("our secret"), OutboxState.DEFERRED, "RuntimeError"),
    ],
)
@pytest.mark.parametrize("where", [7, -7], ids=["render", "compose"])
async def test_a_poisoned_mail_keeps_no_other_back(
    poison: Exception, state: OutboxState, detail: str, where: int
) -> None:
    outbox = MemoryOutbox(*(mail(number) for number in range(1, 21)))
    await sender(outbox, RecordingTransport(), words=Words({where: poison})).run_once()

    states = outbox.states()
    assert states.pop(7) is state
    assert set(states.values()) == {OutboxState.DELIVERED}
    assert detail in outbox.entries[OutboxId(7)].detail
    assert "secret" not in outbox.entries[OutboxId(7)].detail


async def test_a_transport_that_raises_defers_that_mail_only() -> None:
    def answer(delivery: Delivery) -> Attempt:
        if delivery.recipient.startswith("n3@"):
            raise ValueError("a bug")
        return SENT

    outbox = MemoryOutbox(*(mail(number) for number in range(1, 6)))
    await sender(outbox, RecordingTransport(answer)).run_once()

    assert [number for number, state in outbox.states().items() if state != "delivered"] == [3]
    assert outbox.entries[OutboxId(3)].state is OutboxState.DEFERRED


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.HELD])
async def test_a_mail_that_will_not_arrive_is_not_tried_again(outcome: Outcome) -> None:
    clock = FakeClock()
    transport = RecordingTransport(lambda _: Attempt(outcome, "why"))
    flow = sender(MemoryOutbox(mail(1)), transport, clock=clock)
    await flow.run_once()
    clock.tick(timedelta(days=1))

    assert await flow.run_once() == 0
    assert len(transport.deliveries) == 1


FILE = OutgoingFile(
    IntakeId(5), "2", "a.txt", "text/plain", 10, hashlib.sha256(b"raw part 2").hexdigest()
)


async def test_files_come_out_of_the_mail_that_we_keep() -> None:
    outbox = MemoryOutbox(mail(1, files=(FILE, FILE)))
    outbox.raws[IntakeId(5)] = b"raw"
    words = Words()
    await sender(outbox, RecordingTransport(), words=words).run_once()

    assert words.files == [b"raw part 2", b"raw part 2"]


async def test_a_part_that_is_not_there_holds_the_mail() -> None:
    outbox = MemoryOutbox(mail(1, files=(replace(FILE, part="9"),)), mail(2))
    outbox.raws[IntakeId(5)] = b"raw"
    await sender(outbox, RecordingTransport()).run_once()

    assert outbox.states() == {1: OutboxState.HELD, 2: OutboxState.DELIVERED}


async def test_another_content_than_was_planned_is_not_sent() -> None:
    outbox = MemoryOutbox(mail(1, files=(FILE,)), mail(2))
    outbox.raws[IntakeId(5)] = b"changed"
    transport = RecordingTransport()
    await sender(outbox, transport).run_once()

    assert outbox.states() == {1: OutboxState.HELD, 2: OutboxState.DELIVERED}
    assert [delivery.recipient for delivery in transport.deliveries] == ["n2@customer.test"]


class CountingOutbox(MemoryOutbox):
    def __init__(self, *mails: OutgoingMail) -> None:
        super().__init__(*mails)
        self.read: list[int] = []

    async def raw(self, intake: IntakeId) -> bytes:
        self.read.append(intake)
        await asyncio.sleep(0)
        return await super().raw(intake)


async def test_a_batch_reads_a_mail_once_for_all_its_files_and_recipients() -> None:
    outbox = CountingOutbox(*(mail(number, files=(FILE, FILE)) for number in range(1, 20)))
    outbox.raws[IntakeId(5)] = b"raw"
    await sender(outbox, RecordingTransport()).run_once()

    assert outbox.read == [5]
    assert set(outbox.states().values()) == {OutboxState.DELIVERED}


async def test_only_so_much_of_the_mails_of_a_batch_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(send, "OCTETS_KEPT", 7)
    fives, sixes = (FILE,), (replace(FILE, intake=IntakeId(6)),)
    outbox = CountingOutbox(
        *(mail(number, files=files) for number, files in enumerate((fives, fives, sixes, fives)))
    )
    outbox.raws |= {IntakeId(5): b"raw", IntakeId(6): b"raw"}
    await sender(outbox, RecordingTransport(), concurrency=1).run_once()
    assert outbox.read == [5, 6]

    monkeypatch.setattr(send, "OCTETS_KEPT", 5)
    await outbox.release()
    for entry in outbox.entries.values():
        entry.state = OutboxState.QUEUED
    await sender(outbox, RecordingTransport(), concurrency=1).run_once()
    assert outbox.read == [5, 6, 5, 6, 5]


@pytest.mark.parametrize("limit", [0, 1_000], ids=["in a thread", "in the loop"])
async def test_large_files_are_not_taken_out_in_the_loop(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "OCTETS_IN_THE_LOOP", limit)
    threads: list[int] = []

    def opener(raw: bytes, part: str) -> bytes:
        threads.append(threading.get_ident())
        return open_part(raw, part)

    outbox = MemoryOutbox(mail(1, files=(FILE,)))
    outbox.raws[IntakeId(5)] = b"raw"
    flow = sender(outbox, RecordingTransport())
    flow.opener = opener
    await flow.run_once()

    assert outbox.states() == {1: OutboxState.DELIVERED}
    assert (threads == [threading.get_ident()]) == (limit == 1_000)


async def test_a_slow_mail_does_not_keep_the_outcomes_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(send, "GATHERING", timedelta(milliseconds=10))
    goes_on, others_done = asyncio.Event(), asyncio.Event()

    class Slow(RecordingTransport):
        async def deliver(self, delivery: Delivery) -> Attempt:
            if delivery.recipient.startswith("n1@"):
                await goes_on.wait()
            return SENT

    class Watched(MemoryOutbox):
        async def finish(self, sent: Any, now: Any) -> None:
            await super().finish(sent, now)
            others_done.set()

    outbox = Watched(mail(1), mail(2))
    run = asyncio.create_task(sender(outbox, Slow()).run_once())
    await others_done.wait()
    states = outbox.states()
    goes_on.set()
    await run

    assert states == {1: OutboxState.QUEUED, 2: OutboxState.DELIVERED}
    assert outbox.commits == [(2,), (1,)]


async def test_a_mail_without_an_end_is_given_back_before_its_lease_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert send.TIME_FOR_BATCH < LEASE
    monkeypatch.setattr(send, "TIME_FOR_BATCH", timedelta(milliseconds=20))

    class Endless(RecordingTransport):
        async def deliver(self, delivery: Delivery) -> Attempt:
            if delivery.recipient.startswith("n1@"):
                await asyncio.Event().wait()
            return SENT

    outbox = MemoryOutbox(mail(1), mail(2))
    await sender(outbox, Endless()).run_once()

    assert outbox.states() == {1: OutboxState.DEFERRED, 2: OutboxState.DELIVERED}


# --- power cuts -----------------------------------------------------------------------------------

STEPS = 12


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(STEPS))
async def test_a_power_cut_never_loses_a_mail_nor_gives_it_a_second_id(
    step: int, *, after: bool
) -> None:
    clock, transport = FakeClock(), RecordingTransport()
    outbox = MemoryOutbox(mail(1), mail(2, files=(FILE,)))
    outbox.raws[IntakeId(5)] = b"raw"
    fuse = Fuse(step, after)
    words = fuse.guard(Words())
    flow = Sender(
        fuse.guard(outbox), words, words, fuse.guard(transport), open_part, clock, concurrency=1
    )
    with suppress(PowerCut):
        await flow.run_once()
    await outbox.release()  # The daemon starts again.
    restarted = sender(outbox, transport, clock=clock)
    while await restarted.run_once():
        pass

    assert set(outbox.states().values()) == {OutboxState.DELIVERED}
    for number in (1, 2):
        copies = [d for d in transport.deliveries if d.recipient == f"n{number}@customer.test"]
        ids = {message_from_bytes(copy.content)["Message-ID"] for copy in copies}
        assert ids == {f"<m{number}@example.test>"}
        assert len(copies) <= 2
        if fuse.blown and len(copies) == 2:
            assert copies[0].content == copies[1].content


async def test_the_power_cuts_reach_every_step() -> None:
    reached = []
    for step in range(STEPS + 1):
        fuse = Fuse(step, after=False)
        outbox = MemoryOutbox(mail(1), mail(2, files=(FILE,)))
        outbox.raws[IntakeId(5)] = b"raw"
        words = fuse.guard(Words())
        with suppress(PowerCut):
            await Sender(
                fuse.guard(outbox), words, words, fuse.guard(RecordingTransport()), open_part,
                FakeClock(), concurrency=1,
            ).run_once()  # fmt: skip
        reached.append(fuse.blown)

    # claim, 2 render, keep_rendered, 2 compose, 2 deliver, raw, finish
    assert reached.count(True) == 10
    assert not reached[STEPS]


async def test_a_lease_of_a_dead_process_ends_by_itself() -> None:
    clock = FakeClock()
    outbox, transport = MemoryOutbox(mail(1)), RecordingTransport()
    await outbox.claim(clock.now(), 1, clock.now() + LEASE)
    flow = sender(outbox, transport, clock=clock)

    assert await flow.run_once() == 0
    clock.tick(LEASE)
    assert await flow.run_once() == 1


# --- the loop -------------------------------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 -- what it waits for sets no event
            await asyncio.sleep(0)


async def test_the_loop_sends_when_it_is_woken_and_ends_when_it_is_stopped() -> None:
    outbox, transport = MemoryOutbox(), RecordingTransport()
    stop, wake = asyncio.Event(), asyncio.Event()
    loop = asyncio.create_task(sender(outbox, transport).run(stop, wake))
    await until(lambda: outbox.claims == 1)
    outbox.add(mail(1))
    wake.set()
    await until(lambda: len(transport.deliveries) == 1)
    stop.set()
    await asyncio.wait_for(loop, 5)

    assert outbox.states() == {1: OutboxState.DELIVERED}


async def test_the_loop_goes_on_at_once_while_batches_are_full() -> None:
    outbox = MemoryOutbox(*(mail(number) for number in range(3 * BATCH)))
    stop = asyncio.Event()
    loop = asyncio.create_task(sender(outbox, RecordingTransport()).run(stop, asyncio.Event()))
    await until(lambda: len(outbox.commits) == 3)
    stop.set()
    await loop

    assert set(outbox.states().values()) == {OutboxState.DELIVERED}


async def test_a_mail_that_the_relay_says_nothing_about_does_not_keep_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(send, "GATHERING", timedelta(milliseconds=10))
    goes_on = asyncio.Event()

    class Slow(RecordingTransport):
        async def deliver(self, delivery: Delivery) -> Attempt:
            if delivery.recipient.startswith("n1@"):
                await goes_on.wait()
            return SENT

    outbox, stop, wake = MemoryOutbox(mail(1)), asyncio.Event(), asyncio.Event()
    loop = asyncio.create_task(sender(outbox, Slow()).run(stop, wake))
    await until(lambda: outbox.claims > 1)
    outbox.add(mail(2), NOON)
    wake.set()
    await until(lambda: outbox.states()[OutboxId(2)] is OutboxState.DELIVERED)
    first = outbox.states()[OutboxId(1)]
    stop.set()
    goes_on.set()
    await loop

    assert first is OutboxState.QUEUED
    assert set(outbox.states().values()) == {OutboxState.DELIVERED}


@pytest.mark.parametrize(
    ("due_in", "pause"), [(-100, 1), (0, 1), (0.2, 1), (30, 30), (4_000, 60), (None, 60)]
)
async def test_the_loop_waits_for_the_next_mail_but_never_polls(
    due_in: float | None, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[timedelta] = []
    stop = asyncio.Event()

    async def wait(*_: asyncio.Event, timeout: timedelta) -> None:  # noqa: ASYNC109 -- as in the flow
        pauses.append(timeout)
        stop.set()

    monkeypatch.setattr(send, "first_of", wait)
    outbox = MemoryOutbox()
    if due_in is not None:
        outbox.add(mail(1), NOON + timedelta(seconds=due_in))
        await outbox.claim(NOON, 1, NOON + timedelta(seconds=due_in))  # by somebody else
    monkeypatch.setattr(outbox, "claim", _claim_nothing)
    await sender(outbox, RecordingTransport()).run(stop, asyncio.Event())

    assert pauses == [timedelta(seconds=pause)]


@pytest.mark.parametrize("backlog", [3, 10**9], ids=["short", "without an end"])
async def test_a_batch_waits_for_receiving_but_not_for_ever(
    backlog: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "LONGEST_YIELD", timedelta(milliseconds=30))
    monkeypatch.setattr(send, "LOOK_AGAIN", timedelta(milliseconds=1))
    outbox, stop, wake = MemoryOutbox(mail(1)), asyncio.Event(), asyncio.Event()
    flow = sender(outbox, RecordingTransport())
    claims: list[int] = []

    def is_busy() -> bool:
        claims.append(outbox.claims)
        return len(claims) <= backlog

    flow.is_busy = is_busy
    run = asyncio.create_task(flow.run(stop, wake))
    await until(lambda: outbox.states() == {1: OutboxState.DELIVERED})
    stop.set()
    await run

    assert claims[:4] == [0] * 4


async def test_stopping_ends_the_wait_for_receiving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "LONGEST_YIELD", timedelta(hours=1))
    monkeypatch.setattr(send, "LOOK_AGAIN", timedelta(hours=1))
    stop, asked = asyncio.Event(), asyncio.Event()

    def is_busy() -> bool:
        asked.set()
        return True

    flow = sender(MemoryOutbox(), RecordingTransport())
    flow.is_busy = is_busy
    run = asyncio.create_task(flow.run(stop, asyncio.Event()))
    await asked.wait()
    stop.set()
    async with asyncio.timeout(5):
        await run


async def _claim_nothing(*_: object) -> tuple[()]:
    return ()


async def test_the_log_names_no_address() -> None:
    with structlog.testing.capture_logs() as logs:
        outbox = MemoryOutbox(mail(1), mail(2))
        await sender(
            outbox, RecordingTransport(), words=Words({2: Unprocessable("template")})
        ).run_once()  # fmt: skip

    assert {"event": "attempt", "log_level": "info", "outbox": 1, "notice": "answer",
            "outcome": "delivered"} in logs  # fmt: skip
    assert [log["log_level"] for log in logs if log["outbox"] == 2] == ["error"]
    assert "@" not in str(logs)
