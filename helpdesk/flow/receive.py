"""Mail came in: intake entry to ticket, or to quarantine.

Failures: whatever goes wrong with one mail, the others go on. A batch that fails is tried again one
entry at a time; an entry that failed three times alone is quarantined with the error. A store or
reader that cannot be used is nobody's failure: the batch in hand is tried again when it can.
"""

import asyncio
import hashlib
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from helpdesk.core.decide import decide, identity_of
from helpdesk.core.decision import Incoming
from helpdesk.core.draft import Rules
from helpdesk.core.mail import Mail, Message
from helpdesk.core.route import keys_of
from helpdesk.flow.patience import Patience
from helpdesk.flow.waiting import first_of
from helpdesk.ports import Claimed, Clock, IntakeQueue, Reader, Tickets, Unavailable

BATCH = 64
BUSY = 16
"""Entries that wait when a batch is taken; so many tell of a backlog."""
MAX_ATTEMPTS = 3
RETRY_AFTER = (timedelta(0), timedelta(seconds=10), timedelta(seconds=60))
"""Before the first, second and third attempt that an entry gets alone."""
POLL = timedelta(seconds=5)
"""After this the queue is looked at even if nobody called."""
SLICE = 0.01
"""Seconds of deciding after which others have their turn; they are kept waiting no longer."""

log = structlog.get_logger("receive")


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries that were taken, and their mails or why they could not be read."""

    claimed: Sequence[Claimed]
    mails: Sequence[Message]
    error: Exception | None = None
    trouble: Unavailable | None = None
    """Why there is none: the store could not be asked, or nobody could read."""

    @property
    def is_alone(self) -> bool:
        """An entry that failed or killed us before: nothing else may be under way beside it."""
        return any(entry.attempts for entry in self.claimed)


@dataclass(slots=True)
class Receiver:
    """Load, decide, commit; in batches, so that one commit serves many mails.

    While a batch is decided the next one is read, in other processes.
    """

    queue: IntakeQueue
    tickets: Tickets
    reader: Reader
    rules: Rules
    clock: Clock
    batch: int = BATCH
    verdicts: dict[str, int] = field(default_factory=dict)
    _taken: int = 0
    _patience: Patience = field(default_factory=lambda: Patience(log))

    def is_busy(self) -> bool:
        """Whether mail comes in faster than it is worked off."""
        return self._taken >= BUSY

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Until `stop`; `wake` says that there is something new."""
        self._patience.stop = stop
        with suppress(Unavailable):  # raised only when we are to stop
            await self._patience.insist(self.queue.release)
            batch = await self._take(wake)
            while not stop.is_set():
                if batch.trouble is not None:
                    await self._patience.pause(batch.trouble)
                    batch = await self._take(wake, after_trouble=True)
                elif not batch.claimed:
                    await first_of(stop, wake, timeout=POLL)
                    batch = await self._take(wake)
                elif batch.is_alone:
                    await self._settle(batch)
                    batch = await self._take(wake)
                else:
                    batch = await self._settle_and_take(batch, wake)
            # What is claimed now would be tried alone after the next start, which is slow.
            await self._settle(batch)

    async def run_once(self) -> int:
        """Process one batch; how many entries it took."""
        batch = await self._take()
        if batch.trouble is not None:
            raise batch.trouble
        await self._settle(batch)
        return len(batch.claimed)

    async def _settle_and_take(self, batch: _Batch, wake: asyncio.Event) -> _Batch:
        ahead = asyncio.create_task(self._take(wake))
        try:
            await self._settle(batch)
            return await ahead
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _take(
        self, wake: asyncio.Event | None = None, *, after_trouble: bool = False
    ) -> _Batch:
        if wake is not None:
            wake.clear()
        try:
            if after_trouble:
                # Nothing is in hand: what seems to be claimed was left behind by the call before.
                await self.queue.release()
            claimed = await self.queue.claim(self.clock.now(), self.batch)
        except Unavailable as error:
            return _Batch((), (), trouble=error)
        self._patience.all_is_well()
        self._taken = len(claimed)
        if not claimed:
            return _Batch((), ())
        raws = [entry.raw for entry in claimed]
        try:
            mails = await self._patience.insist(lambda: self.reader.read_many(raws))
            return _Batch(claimed, mails)
        except Unavailable as error:  # raised only when we are to stop
            return _Batch((), (), trouble=error)
        except Exception as error:  # noqa: BLE001 -- it is told to whoever settles the batch
            return _Batch(claimed, (), error)

    async def _settle(self, batch: _Batch) -> None:
        if not batch.claimed:
            return
        error = batch.error
        if error is None:
            try:
                await self._patience.insist(partial(self._process, batch))
            except Unavailable:
                raise
            except Exception as fault:  # noqa: BLE001 -- its entries are tried again, each alone
                error = fault
        if error is not None:
            await self._failed(batch.claimed, error)

    async def _process(self, taken: _Batch) -> None:
        policy, keyring = self.rules.policy, self.rules.keyring
        batch = []
        turn = _Turn()
        for entry, message in zip(taken.claimed, taken.mails, strict=True):
            digest = hashlib.sha256(entry.raw).hexdigest()
            mail = Mail(entry.arrival, message, len(entry.raw), digest)
            keys = keys_of(mail, identity_of(message), policy, keyring)
            batch.append((entry, Incoming(entry.id, mail, keys)))
            await turn.share()
        now = self.clock.now()
        decided = []
        async with self.tickets.work() as work:
            await work.load([incoming.keys for _, incoming in batch])
            for entry, incoming in batch:
                known = work.known(incoming.keys)
                decision = decide(
                    incoming, known, self.rules, work.ids, now, released=entry.released
                )
                work.apply(incoming, decision, now)
                decided.append((entry, decision))
                await turn.share()
            await work.commit()
        for entry, decision in decided:
            self.verdicts[decision.verdict] = self.verdicts.get(decision.verdict, 0) + 1
            log.info(
                "decided",
                intake=entry.id,
                verdict=decision.verdict.value,
                reason=decision.reason,
                ticket=decision.ticket.number if decision.ticket else None,
                outbox=len(decision.outbox),
            )

    async def _failed(self, claimed: Sequence[Claimed], error: Exception) -> None:
        now = self.clock.now()
        text = "".join(traceback.format_exception(error))[-8_000:]
        ids = [entry.id for entry in claimed]
        alone = claimed[0]
        if len(claimed) == 1 and alone.attempts >= MAX_ATTEMPTS:
            log.error("quarantined", intake=alone.id, attempts=alone.attempts, exc_info=error)
            await self._patience.insist(
                lambda: self.queue.quarantine(alone.id, "processing failed", text, now)
            )
            return
        log.warning("receive failed", intake=ids, attempts=alone.attempts, exc_info=error)
        attempts = alone.attempts if len(claimed) == 1 else 0
        due_at = now + RETRY_AFTER[min(attempts, MAX_ATTEMPTS - 1)]
        await self._patience.insist(lambda: self.queue.failed(ids, due_at, text))


class _Turn:
    """Shares the loop with those who talk to clients, but not so often that it is a cost."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + SLICE

    async def share(self) -> None:
        if self._clock() >= self._until:
            await asyncio.sleep(0)
            self._until = self._clock() + SLICE
