"""Something is due to go out: outbox entry to delivered, deferred, failed or held.

Failures: a mail that cannot be rendered or composed is held, any other exception defers it; neither
keeps the others of its batch back. After a crash the same Message-ID goes out again. A store that
cannot be used costs no mail an attempt: what became of those on their way is recorded when it can.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

import structlog

from helpdesk.core.backoff import next_try
from helpdesk.core.outgoing import OutgoingFile, OutgoingMail, Rendered
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.flow.pace import Pace, Places
from helpdesk.flow.patience import Patience
from helpdesk.flow.waiting import first_of
from helpdesk.ports import (
    Attempt,
    Clock,
    Composer,
    Delivery,
    Due,
    FileOpener,
    Outbox,
    Outcome,
    Renderer,
    Sent,
    Transport,
    Unavailable,
    Unprocessable,
)

log = structlog.get_logger()

BATCH = 64
LEASE = timedelta(minutes=10)
TIME_FOR_BATCH = timedelta(minutes=9)
"""After this the rest is given back: another process may claim it when the lease ends."""
GATHERING = timedelta(seconds=2)
"""So long the outcomes of a batch wait for one commit; the slower ones get commits of their own."""
MOST_BATCHES = 4
"""Batches under way at once; the places for mails on their way are the same for all of them."""
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
CONCURRENCY = 8
LONGEST_YIELD = timedelta(seconds=2)
"""So long a batch waits while receiving has a backlog; then it is sent all the same."""
LOOK_AGAIN = timedelta(milliseconds=50)
OCTETS_KEPT = 16 * 1024 * 1024
"""Of raw messages, for the other mails of a batch that carry their files."""
OCTETS_IN_THE_LOOP = 256 * 1024
"""To take files out of less costs less than a thread does."""


_LEVELS = {Outcome.FAILED: logging.WARNING, Outcome.HELD: logging.ERROR}


def _never() -> bool:
    return False


@dataclass(slots=True)
class Sender:
    """The flow with what it needs from the world."""

    outbox: Outbox
    renderer: Renderer
    composer: Composer
    transport: Transport
    opener: FileOpener
    clock: Clock
    concurrency: int = CONCURRENCY
    is_busy: Callable[[], bool] = _never
    """Whether receiving has a backlog: tickets come first."""
    pace: Pace = field(default_factory=Pace)
    outcomes: dict[str, int] = field(default_factory=dict)
    """How many attempts ended in each."""
    _free: asyncio.Semaphore = field(init=False)
    _patience: Patience = field(default_factory=lambda: Patience(log))

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.concurrency)

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Send what is due until stopped; a batch that was begun is finished.

        A batch that takes long, for the relay is silent about one of its mails, does not keep the
        next ones from going out.
        """
        self._patience.stop = stop
        with suppress(Unavailable):  # raised only when we are to stop
            await self._patience.insist(self.outbox.release)
            await self._run(stop, wake)

    async def _run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        batches: set[asyncio.Task[int]] = set()
        try:
            while not stop.is_set():
                wake.clear()
                await self._give_way(stop)
                await self._record_first(stop)
                batch = asyncio.create_task(self.run_once())
                batches.add(batch)
                await asyncio.wait({batch}, timeout=GATHERING.total_seconds())
                while len(batches) == MOST_BATCHES and not any(b.done() for b in batches):
                    await asyncio.wait(batches, return_when=asyncio.FIRST_COMPLETED)
                for done in [b for b in batches if b.done()]:
                    batches.discard(done)
                    done.result()
                if batch.done() and batch.result() < BATCH and not stop.is_set():
                    await first_of(stop, wake, timeout=await self._pause())
            await asyncio.gather(*batches)
        finally:
            for unfinished in batches:
                unfinished.cancel()
            await asyncio.gather(*batches, return_exceptions=True)

    async def _give_way(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_YIELD.total_seconds()
        while self.is_busy() and loop.time() < end and not stop.is_set():
            await first_of(stop, timeout=LOOK_AGAIN)

    async def _record_first(self, stop: asyncio.Event) -> None:
        """What waits for the store knows of mails that are sent: no claim may be faster."""
        while self._patience.waiting and not stop.is_set():
            await first_of(stop, timeout=LOOK_AGAIN)

    async def _pause(self) -> timedelta:
        due_at = await self._patience.insist(self.outbox.next_due)
        if due_at is None:
            return LONGEST_PAUSE
        now = self.clock.now()
        return min(max(due_at - now, self.pace.wait(now), SHORTEST_PAUSE), LONGEST_PAUSE)

    async def run_once(self) -> int:
        """Try one batch of what is due; how many mails that were."""
        with self.pace.places(self.clock.now(), BATCH) as places:
            return await self._try_batch(places)

    async def _try_batch(self, places: Places) -> int:
        """No more is claimed than may go out now: the rest waits in the queue as if not yet due."""
        if not places.left:
            return 0
        claimed = await self._patience.insist(lambda: self._claim(places.left))
        places.keep(len(claimed))
        if not claimed:
            return 0
        ready, broken = await self._render(claimed)
        originals = _Originals(self.outbox, self._patience)
        tasks = {asyncio.create_task(self._send(due, originals, places)): due for due in ready}
        try:
            await self._finish_as_they_come(tasks, broken)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return len(claimed)

    async def _claim(self, most: int) -> tuple[Due, ...]:
        now = self.clock.now()
        return await self.outbox.claim(now, most, now + LEASE)

    async def _render(self, claimed: Iterable[Due]) -> tuple[list[Due], list[tuple[Due, Attempt]]]:
        """Render what was not rendered before, once and for all attempts."""
        ready: list[Due] = []
        broken: list[tuple[Due, Attempt]] = []
        new: list[tuple[OutboxId, Rendered]] = []
        for due in claimed:
            if due.rendered is not None:
                ready.append(due)
                continue
            try:
                rendered = self.renderer.render(due.mail)
            except Unprocessable as error:
                broken.append((due, Attempt(Outcome.HELD, str(error))))
            except Exception as error:  # noqa: BLE001 -- a row of the table: anything unknown is deferred
                broken.append((due, _our_fault(due, error)))
            else:
                new.append((due.mail.id, rendered))
                ready.append(replace(due, rendered=rendered))
            await asyncio.sleep(0)  # A batch must not keep other roles from running.
        if new:
            await self._patience.insist(lambda: self.outbox.keep_rendered(new))
        return ready, broken

    async def _finish_as_they_come(
        self, tasks: dict[asyncio.Task[Attempt], Due], finished: list[tuple[Due, Attempt]]
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + TIME_FOR_BATCH.total_seconds()
        pending = set(tasks)
        while pending or finished:
            if pending:
                patience = min(GATHERING.total_seconds(), max(end - loop.time(), 0))
                done, pending = await asyncio.wait(pending, timeout=patience)
                finished += [(tasks[task], task.result()) for task in done]
            if pending and loop.time() >= end:
                finished += [
                    (tasks[task], Attempt(Outcome.DEFERRED, "no time left")) for task in pending
                ]
                for task in pending:
                    task.cancel()
                pending = set()
            if finished:
                await self._finish(finished)
                finished = []

    async def _finish(self, finished: Iterable[tuple[Due, Attempt]]) -> None:
        now = self.clock.now()
        sent = [_sent(due, attempt, now) for due, attempt in finished]
        await self._patience.insist(lambda: self.outbox.finish(sent, now))
        notices = {due.mail.id: due.mail.notice.value for due, _ in finished}
        for one in sent:
            outcome = one.attempt.outcome
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            log.log(
                _LEVELS.get(outcome, logging.INFO),
                "attempt",
                outbox=one.id,
                notice=notices[one.id],
                outcome=outcome.value,
            )

    async def _send(self, due: Due, originals: "_Originals", places: Places) -> Attempt:
        """One attempt for one mail."""
        async with self._free:
            try:
                return await self._attempt(due.mail, due.rendered, originals)
            except Unprocessable as error:
                return Attempt(Outcome.HELD, str(error))
            except Exception as error:  # noqa: BLE001 -- a row of the table: anything unknown is deferred
                return _our_fault(due, error)
            finally:
                places.ended(self.clock.now())

    async def _attempt(
        self, mail: OutgoingMail, rendered: Rendered | None, originals: "_Originals"
    ) -> Attempt:
        if rendered is None:
            raise ValueError("this mail was not rendered")
        raws = [await originals.get(file.intake) for file in mail.files]
        compose = partial(self._compose, mail, rendered, raws)
        is_large = sum(map(len, raws)) > OCTETS_IN_THE_LOOP
        delivery = await asyncio.to_thread(compose) if is_large else compose()
        return await self.transport.deliver(delivery)

    def _compose(self, mail: OutgoingMail, rendered: Rendered, raws: Sequence[bytes]) -> Delivery:
        files = [self._open(file, raw) for file, raw in zip(mail.files, raws, strict=True)]
        return self.composer.compose(mail, rendered, files)

    def _open(self, file: OutgoingFile, raw: bytes) -> bytes:
        try:
            content = self.opener(raw, file.part)
        except KeyError as error:
            raise Unprocessable(f"no part {file.part} in intake entry {file.intake}") from error
        if sha256(content).hexdigest() != file.sha256:
            raise Unprocessable(f"part {file.part} of intake entry {file.intake} is another file")
        return content


class _Originals:
    """The raw messages whose files a batch sends, each read once while there is room."""

    def __init__(self, outbox: Outbox, patience: Patience) -> None:
        self._outbox = outbox
        self._patience = patience
        self._kept: dict[IntakeId, bytes] = {}
        self._octets = 0
        self._one_at_a_time = asyncio.Lock()

    async def get(self, intake: IntakeId) -> bytes:
        if intake in self._kept:
            return self._kept[intake]
        async with self._one_at_a_time:
            if intake not in self._kept:
                raw = await self._patience.insist(lambda: self._outbox.raw(intake))
                self._keep(intake, raw)
            return self._kept[intake]

    def _keep(self, intake: IntakeId, raw: bytes) -> None:
        self._kept[intake] = raw
        self._octets += len(raw)
        while self._octets > OCTETS_KEPT and len(self._kept) > 1:
            self._octets -= len(self._kept.pop(next(iter(self._kept))))


def _our_fault(due: Due, error: Exception) -> Attempt:
    log.error("sending failed", outbox=due.mail.id, exc_info=error)
    return Attempt(Outcome.DEFERRED, f"internal error: {type(error).__name__}")


def _sent(due: Due, attempt: Attempt, now: datetime) -> Sent:
    """An attempt with what follows from it: the next one, or that there is none."""
    mail = due.mail
    if attempt.outcome is not Outcome.DEFERRED:
        return Sent(mail.id, attempt, None)
    due_at = next_try(mail.id, due.attempts + 1, mail.created_at, now)
    if due_at is None:
        return Sent(
            mail.id, Attempt(Outcome.FAILED, f"gave up after: {attempt.detail}", gave_up=True), None
        )
    return Sent(mail.id, attempt, due_at)
