"""When tickets are due: an index that holds only those to which something will happen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.ticket import Status, TicketNumber
from helpdesk.store.cursors import move_cursor
from helpdesk.store.engine import reading, write_at_once
from helpdesk.store.tables import CURSORS, TICKETS

_COMING = select(TICKETS.c.number, TICKETS.c.due_at).where(
    TICKETS.c.due_at.is_not(None), TICKETS.c.deleted_at.is_(None)
)

SETTINGS = "settings of times"
"""By which due times were reckoned last; no mailbox and no archive is called so."""
_SETTINGS = select(CURSORS.c.position).where(CURSORS.c.source == SETTINGS)
# What came from an earlier schema or an archive waits until somebody changes its status.
_LIVING = update(TICKETS).where(
    TICKETS.c.status != Status.CLOSED.value,
    TICKETS.c.status_since.is_not(None),
    TICKETS.c.merged_into.is_(None),
    TICKETS.c.deleted_at.is_(None),
)


class SqlTimers:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def due(self, now: datetime, limit: int) -> Sequence[TicketNumber]:
        statement = (
            _COMING.where(TICKETS.c.due_at <= now)
            .order_by(TICKETS.c.due_at, TICKETS.c.number)
            .limit(limit)
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        return [TicketNumber(row.number) for row in rows]

    async def agree(self, settings: str, now: datetime) -> int:
        def look_again(connection: Connection) -> int:
            known = connection.execute(_SETTINGS).scalar_one_or_none()
            if known == settings:
                return 0
            move_cursor(connection, SETTINGS, settings, now)
            return connection.execute(_LIVING.values(due_at=now)).rowcount

        return await write_at_once(self._engine, look_again)

    async def next_due(self) -> datetime | None:
        statement = _COMING.order_by(TICKETS.c.due_at).limit(1)
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).first()
        return row.due_at if row is not None else None
