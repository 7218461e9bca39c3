"""Mail of ours was refused for good: its ticket and its agents learn of it.

Failures: a mail whose ticket was deleted meanwhile is nobody's news any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from helpdesk.core.decide_delivery import delivery_failed
from helpdesk.core.decision import DeliveryNews, Keys
from helpdesk.core.draft import Rules
from helpdesk.core.outgoing import OutboxState, Rendered
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.ports import Due, Outbox, Outcome, Sent, Tickets

log = structlog.get_logger("send")


@dataclass(slots=True)
class TellingOutbox:
    """An outbox in which a failure is a decision about a ticket, committed as one."""

    outbox: Outbox
    tickets: Tickets
    rules: Rules

    async def claim(self, now: datetime, limit: int, lease_until: datetime) -> tuple[Due, ...]:
        return await self.outbox.claim(now, limit, lease_until)

    async def keep_rendered(self, rendered: Sequence[tuple[OutboxId, Rendered]]) -> None:
        await self.outbox.keep_rendered(rendered)

    async def finish(self, sent: Sequence[Sent], now: datetime) -> None:
        await self.outbox.finish([s for s in sent if s.attempt.outcome is not Outcome.FAILED], now)
        failed = [s for s in sent if s.attempt.outcome is Outcome.FAILED]
        if failed:
            await self._tell(failed, now)

    async def _tell(self, failed: Sequence[Sent], now: datetime) -> None:
        rights = self.rules.policy.asks_for_rights
        keys = [Keys(identity="", outbox=frozenset({one.id}), rights=rights) for one in failed]
        async with self.tickets.work() as work:
            await work.load(keys)
            for wanted, one in zip(keys, failed, strict=True):
                known = work.known(wanted)
                sent, attempt = known.sent.get(one.id), one.attempt
                if sent is None:
                    continue
                news = DeliveryNews(
                    one.id,
                    OutboxState.FAILED,
                    attempt.detail,
                    None if attempt.gave_up else sent.person,
                )
                decision = delivery_failed(sent, news, known, self.rules, work.ids, now)
                work.apply(None, decision, now)
            await work.commit()
        for one in failed:
            log.warning("undeliverable", outbox=one.id)

    async def next_due(self) -> datetime | None:
        return await self.outbox.next_due()

    async def raw(self, intake: IntakeId) -> bytes:
        return await self.outbox.raw(intake)

    async def release(self) -> None:
        await self.outbox.release()
