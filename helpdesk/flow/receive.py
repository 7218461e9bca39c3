"""Mail came in: intake entry to ticket, or to quarantine.

Failures: whatever goes wrong with one mail, the others go on. A batch that fails is tried again one
entry at a time; an entry that failed three times alone is quarantined with the error.
"""

import asyncio
import hashlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from helpdesk.core.decide import decide, identity_of
from helpdesk.core.decision import Incoming
from helpdesk.core.draft import Rules
from helpdesk.core.mail import Mail
from helpdesk.core.route import keys_of
from helpdesk.ports import Claimed, Clock, IntakeQueue, Reader, Tickets

BATCH = 64
MAX_ATTEMPTS = 3
RETRY_AFTER = (timedelta(0), timedelta(seconds=10), timedelta(seconds=60))
"""Before the first, second and third attempt that an entry gets alone."""
POLL = 5.0
"""Seconds after which the queue is looked at even if nobody called."""

log = structlog.get_logger("receive")


@dataclass(slots=True)
class Receiver:
    """Load, decide, commit; in batches, so that one commit serves many mails."""

    queue: IntakeQueue
    tickets: Tickets
    reader: Reader
    rules: Rules
    clock: Clock
    batch: int = BATCH
    verdicts: dict[str, int] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Until `stop`; `wake` says that there is something new."""
        await self.queue.release()
        while not stop.is_set():
            wake.clear()
            if await self.run_once() == 0:
                waiters = [asyncio.ensure_future(event.wait()) for event in (stop, wake)]
                try:
                    await asyncio.wait(waiters, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for waiter in waiters:
                        waiter.cancel()

    async def run_once(self) -> int:
        """Process one batch; how many entries it took."""
        claimed = await self.queue.claim(self.clock.now(), self.batch)
        if not claimed:
            return 0
        try:
            await self._process(claimed)
        except Exception as error:  # noqa: BLE001 -- the flow loop is one of the four places
            await self._failed(claimed, error)
        return len(claimed)

    async def _process(self, claimed: Sequence[Claimed]) -> None:
        messages = await asyncio.gather(*(self.reader.read(entry.raw) for entry in claimed))
        policy, keyring = self.rules.policy, self.rules.keyring
        batch = []
        for entry, message in zip(claimed, messages, strict=True):
            digest = hashlib.sha256(entry.raw).hexdigest()
            mail = Mail(entry.arrival, message, len(entry.raw), digest)
            keys = keys_of(mail, identity_of(message), policy, keyring)
            batch.append((entry, Incoming(entry.id, mail, keys)))
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
            await self.queue.quarantine(alone.id, "processing failed", text, now)
            return
        log.warning("receive failed", intake=ids, attempts=alone.attempts, exc_info=error)
        attempts = alone.attempts if len(claimed) == 1 else 0
        await self.queue.failed(ids, now + RETRY_AFTER[min(attempts, MAX_ATTEMPTS - 1)], text)
