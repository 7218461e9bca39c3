"""How far each source was read that does not forget what it gave: mailboxes and archives."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.store.engine import read_at_once, write_at_once
from helpdesk.store.tables import CURSORS, INTAKE


class SqlCursors:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def position(self, source: str) -> str:
        statement = select(CURSORS.c.position).where(CURSORS.c.source == source)
        found = await read_at_once(
            self._engine, lambda c: c.execute(statement).scalar_one_or_none()
        )
        return found or ""

    async def positions(self, sources: Collection[str]) -> Mapping[str, str]:
        """Of those that have one."""
        statement = select(CURSORS.c.source, CURSORS.c.position).where(
            CURSORS.c.source.in_(sources)
        )
        return await read_at_once(
            self._engine,
            lambda c: {row.source: row.position for row in c.execute(statement)},
        )

    async def move(self, source: str, position: str, now: datetime) -> None:
        await write_at_once(self._engine, lambda c: move_cursor(c, source, position, now))

    async def kept(self, origins: Sequence[str]) -> frozenset[str]:
        if not origins:
            return frozenset()
        statement = select(INTAKE.c.origin).where(
            INTAKE.c.origin.in_(origins), INTAKE.c.origin.is_not(None)
        )
        return await read_at_once(self._engine, lambda c: frozenset(c.execute(statement).scalars()))


def move_cursor(connection: Connection, source: str, position: str, now: datetime) -> None:
    """In the transaction of the caller."""
    values = {"position": position, "moved_at": now}
    moved = connection.execute(update(CURSORS).where(CURSORS.c.source == source).values(values))
    if not moved.rowcount:
        connection.execute(insert(CURSORS).values(source=source, **values))
