"""When tickets are due: an index that holds only those to which something will happen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.ticket import TicketNumber
from helpdesk.store.engine import reading
from helpdesk.store.tables import TICKETS

_COMING = select(TICKETS.c.number, TICKETS.c.due_at).where(
    TICKETS.c.due_at.is_not(None), TICKETS.c.deleted_at.is_(None)
)


class SqlTimers:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def due(self, now: datetime, limit: int) -> Sequence[TicketNumber]:
        statement = _COMING.where(TICKETS.c.due_at <= now).order_by(TICKETS.c.due_at).limit(limit)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        return [TicketNumber(row.number) for row in rows]

    async def next_due(self) -> datetime | None:
        statement = _COMING.order_by(TICKETS.c.due_at).limit(1)
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).first()
        return row.due_at if row is not None else None
