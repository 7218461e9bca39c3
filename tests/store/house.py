"""The whole way of a mail through the real store and the real rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.acts import Done
from helpdesk.core.commands import Verb
from helpdesk.core.decide import decide, identity_of
from helpdesk.core.decide_act import Order
from helpdesk.core.decision import Decision, Incoming, Keys, Known
from helpdesk.core.draft import Rules
from helpdesk.core.mail import Mail, Message
from helpdesk.core.route import keys_of
from helpdesk.core.service_level import preset
from helpdesk.core.ticket import EntryId, TicketNumber
from helpdesk.flow.act import Acting
from helpdesk.flow.tick import Ticker
from helpdesk.ports import Raw, Work
from helpdesk.store.engine import reading
from helpdesk.store.queues import SqlIntake, SqlOutbox
from helpdesk.store.tickets import SqlTickets
from helpdesk.store.timers import SqlTimers
from tests.builders import KEYRING, NOW, POLICY, RULES, SALES, SUPPORT, mail
from tests.fakes import FakeClock

LATER = NOW + timedelta(minutes=1)
LEVEL = "portal"
WITH_LEVELS = replace(
    RULES,
    policy=replace(
        POLICY,
        desks=(replace(SUPPORT, service_level=LEVEL), SALES),
        service_levels={LEVEL: preset(LEVEL)},
    ),
)
"""Tickets of the desk have targets: a normal one has to be answered within 24 hours."""


def raw(content: bytes) -> Raw:
    return Raw(len(content), hashlib.sha256(content).hexdigest(), content)


@dataclass
class House:
    engine: AsyncEngine
    objects: Path
    rules: Rules = RULES
    intake: SqlIntake = field(init=False)
    outbox: SqlOutbox = field(init=False)
    tickets: SqlTickets = field(init=False)

    def __post_init__(self) -> None:
        self.intake = SqlIntake(self.engine, self.objects)
        self.outbox = SqlOutbox(self.engine, self.objects)
        self.tickets = SqlTickets(self.engine)

    async def keep(self, *messages: Message | Mail) -> list[Incoming]:
        """Mails in the intake, taken for processing."""
        mails = [m if isinstance(m, Mail) else mail(m) for m in messages]
        await self.intake.keep(
            [(m.arrival, raw(f"mail {m.message.subject}".encode())) for m in mails]
        )
        claimed = await self.intake.claim(LATER, len(mails))
        return [
            Incoming(entry.id, m, keys_of(m, identity_of(m.message), self.rules.policy, KEYRING))
            for entry, m in zip(claimed, mails, strict=True)
        ]

    async def receive(self, *messages: Message | Mail, now: datetime = NOW) -> list[Decision]:
        """Decided in one batch and committed."""
        batch = await self.keep(*messages)
        async with self.tickets.work() as work:
            await work.load([incoming.keys for incoming in batch])
            decisions = [decide_in(work, each, now, self.rules) for each in batch]
            await work.commit()
        return decisions

    async def apply(self, decision: Decision, now: datetime = NOW, **keys: Any) -> None:
        """A decision that no mail caused; its ids are counted as if they had been handed out."""
        async with self.tickets.work() as work:
            await work.load([Keys("", **keys)])
            used: dict[str, Sequence[int]] = {
                "ticket": [decision.ticket.number] if decision.ticket else [],
                "person": [person.id for person in decision.people],
                "entry": [entry.id for entry in decision.entries],
                "outbox": [mail.id for mail in decision.outbox],
            }
            for kind, numbers in used.items():
                work.ids.last[kind] = max(work.ids.last[kind], *numbers, 0)
            work.apply(None, decision, now)
            await work.commit()

    async def act(
        self,
        number: int,
        verb: Verb,
        argument: str = "",
        *,
        agent: str = "",
        entry: EntryId | None = None,
        now: datetime = NOW,
    ) -> Done:
        """As at the command line."""
        acting = Acting(self.tickets, self.rules, FakeClock(now))
        return await acting.act(TicketNumber(number), Order(verb, argument, entry), agent)

    def ticker(self, now: datetime) -> Ticker:
        return Ticker(SqlTimers(self.engine), self.tickets, self.rules, FakeClock(now))

    async def known(self, **keys: Any) -> Known:
        asked = Keys(keys.pop("identity", ""), **keys)
        async with self.tickets.work() as work:
            await work.load([asked])
            return work.known(asked)

    async def rows(self, table: Table) -> Sequence[Any]:
        async with reading(self.engine) as connection:
            statement = select(table).order_by(*table.primary_key.columns)
            return (await connection.execute(statement)).all()


def decide_in(
    work: Work, incoming: Incoming, now: datetime = NOW, rules: Rules = RULES
) -> Decision:
    decision = decide(incoming, work.known(incoming.keys), rules, work.ids, now)
    work.apply(incoming, decision, now)
    return decision
