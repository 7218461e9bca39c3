"""How much waits in the queues, and for how long; cheap however many tickets there are.

Only rows with something left to do are looked at, by the indexes that hold nothing else, and of
each kind no more than `MOST`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.outgoing import OutboxState
from helpdesk.store.engine import reading
from helpdesk.store.tables import ANSWERS, INTAKE, INTAKE_IS_QUARANTINED, OUTBOX, OUTBOX_IS_STOPPED

MOST = 10_000
"""A queue that is longer counts as so long."""
_OPEN = (OutboxState.QUEUED.value, OutboxState.DEFERRED.value)
_HELD = OutboxState.HELD.value


@dataclass(frozen=True, slots=True)
class Numbers:
    pending: int
    """Accepted mail that is not worked off."""
    oldest_pending_at: datetime | None
    quarantined: int
    outbox: Mapping[str, int]
    """By state: queued, deferred, held."""
    oldest_due_at: datetime | None
    """When the earliest outgoing mail was or is to be tried."""
    lookups: int = 0
    """License keys that providers are to be asked for."""
    oldest_lookup_at: datetime | None = None


def _count(rows: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(rows.limit(MOST).subquery())


# In the order of their index: by their ids alone, all mail that is done would be passed first.
_pending = (
    select(INTAKE.c.id)
    .where(INTAKE.c.due_at.is_not(None))
    .order_by(INTAKE.c.claimed, INTAKE.c.alone, INTAKE.c.id)
    .limit(MOST)
    .subquery()
)
_PENDING = select(func.count()).select_from(_pending)
_FIRST_PENDING = select(func.min(_pending.c.id))
_OLDEST_PENDING = select(INTAKE.c.received_at).where(
    INTAKE.c.id == _FIRST_PENDING.scalar_subquery()
)
_QUARANTINED = _count(select(literal(1)).select_from(INTAKE).where(INTAKE_IS_QUARANTINED))
_due = (
    select(OUTBOX.c.state)
    .where(OUTBOX.c.due_at.is_not(None))
    .order_by(OUTBOX.c.due_at)
    .limit(MOST)
    .subquery()
)
_DUE = select(_due.c.state, func.count()).group_by(_due.c.state)
_OLDEST_DUE = select(func.min(OUTBOX.c.due_at)).where(OUTBOX.c.due_at.is_not(None))
# Of what stopped, failed mail stays for ever; what is held is new, for somebody is told of it.
_stopped = (
    select(OUTBOX.c.state).where(OUTBOX_IS_STOPPED).order_by(OUTBOX.c.id.desc()).limit(MOST)
).subquery()
_STOPPED = select(func.count()).select_from(_stopped).where(_stopped.c.state == _HELD)
_LOOKUPS = _count(select(literal(1)).select_from(ANSWERS).where(ANSWERS.c.due_at.is_not(None)))
_OLDEST_LOOKUP = select(func.min(ANSWERS.c.due_at)).where(ANSWERS.c.due_at.is_not(None))

STATEMENTS: tuple[Select[Any], ...] = (
    _PENDING,
    _OLDEST_PENDING,
    _QUARANTINED,
    _DUE,
    _OLDEST_DUE,
    _STOPPED,
    _LOOKUPS,
    _OLDEST_LOOKUP,
)


async def numbers(engine: AsyncEngine) -> Numbers:
    async with reading(engine) as connection:
        found = [(await connection.execute(statement)).all() for statement in STATEMENTS]
    pending, oldest_pending, quarantined, due, oldest_due, held, lookups, oldest = found
    states = dict.fromkeys(_OPEN, 0) | {str(row[0]): int(row[1]) for row in due}
    return Numbers(
        pending=pending[0][0],
        oldest_pending_at=oldest_pending[0][0] if oldest_pending else None,
        quarantined=quarantined[0][0],
        outbox=states | {_HELD: held[0][0]},
        oldest_due_at=oldest_due[0][0],
        lookups=lookups[0][0],
        oldest_lookup_at=oldest[0][0],
    )
