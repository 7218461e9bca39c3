"""Intake and outbox: keep, claim, finish, defer, quarantine; and what operators do about entries.

Failures: whatever the database or the disk says; then nothing of the call has happened.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    Connection,
    Integer,
    RowMapping,
    bindparam,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk.core.decision import Verdict
from helpdesk.core.mail import Arrival
from helpdesk.core.outgoing import OutboxState, OutgoingMail, Rendered
from helpdesk.core.ticket import (
    IntakeId,
    OutboxId,
)
from helpdesk.core.token import Purpose
from helpdesk.ports import Claimed, Due, Outcome, Raw, Sent
from helpdesk.store.engine import (
    StoreError,
    has_own_thread,
    read_at_once,
    reading,
    tell_others,
    write_at_once,
    writing,
)
from helpdesk.store.licenses import panels
from helpdesk.store.mapping import (
    arrival_from,
    arrival_values,
    outgoing_from,
    rendered_from,
    rendered_json,
)
from helpdesk.store.raw import LARGE, Values, discard, pack, unpack
from helpdesk.store.tables import COUNTERS, INTAKE, OUTBOX, RAW_MESSAGES

PENDING = "pending"
DONE = "done"
QUARANTINED = "quarantined"
UNFINISHED = (OutboxState.QUEUED.value, OutboxState.DEFERRED.value)
STOPPED = (OutboxState.FAILED.value, OutboxState.HELD.value)

_TO_AGENTS = (Purpose.ANSWER.value, Purpose.NOTE.value)
MAX_BATCH = 32 * 2**20
"""Bytes of raw messages claimed at once, unless one alone is larger."""
_IN_THE_LOOP = 16 * 2**10
"""Up to here a change of threads takes longer than the work."""


_COUNT = (
    update(COUNTERS)
    .where(COUNTERS.c.name == bindparam("kind"))
    .values(last=COUNTERS.c.last + bindparam("number"))
    .returning(COUNTERS.c.last)
)
_KEEP = insert(INTAKE)
_KEEP_RAW = insert(RAW_MESSAGES)


async def take_ids(connection: AsyncConnection, kind: str, number: int) -> int:
    """Count on and give the first of `number` new ids."""
    return await connection.run_sync(take_ids_in, kind, number)


def take_ids_in(connection: Connection, kind: str, number: int) -> int:
    """As `take_ids`, in a step of a thread."""
    last: int = connection.execute(_COUNT, {"kind": kind, "number": number}).scalar_one()
    return last - number + 1


async def raw_message(connection: AsyncConnection, intake: IntakeId, objects: Path) -> bytes:
    """Raises KeyError if there is none."""
    statement = select(RAW_MESSAGES).where(RAW_MESSAGES.c.intake == intake)
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise KeyError(intake)
    if row["size"] > _IN_THE_LOOP:
        return await asyncio.to_thread(unpack, row, objects)
    return unpack(row, objects)


class SqlIntake:
    """The durable queue behind the one door."""

    def __init__(self, engine: AsyncEngine, objects: Path) -> None:
        self._engine = engine
        self._objects = objects

    async def keep(self, mails: Sequence[tuple[Arrival, Raw]]) -> None:
        if not mails:
            return
        ahead = not has_own_thread(self._engine)
        async with Packing(mails, self._objects, ahead=ahead) as packing:

            def keep_all(connection: Connection) -> None:
                packing.insert(connection)
                tell_others(connection)
                packing.may_be_named = True

            await write_at_once(self._engine, keep_all, beside=True)

    async def claim(self, now: datetime, limit: int) -> tuple[Claimed, ...]:
        # Looks before it takes the writer's turn, for mostly there is nothing.
        if not (await read_at_once(self._engine, lambda c: _choose(c, now, min(limit, 1))))[0]:
            return ()
        rows = await write_at_once(self._engine, lambda c: _claim(c, now, limit), beside=True)
        return await self._open(rows, now)

    async def _open(self, rows: Sequence[Any], now: datetime) -> tuple[Claimed, ...]:
        claimed = []
        for row in rows:
            try:
                if row["encoding"] == "file":
                    raw = await asyncio.to_thread(unpack, row, self._objects)
                else:
                    raw = unpack(row, self._objects)
            except (OSError, zlib.error) as error:
                # It must not stop the mails that were claimed with it.
                await self.quarantine(
                    IntakeId(row["id"]), "raw message cannot be read", str(error), now
                )
                continue
            claimed.append(
                Claimed(
                    id=IntakeId(row["id"]),
                    arrival=arrival_from(row),
                    raw=raw,
                    attempts=row["attempts"] if row["alone"] else 0,
                    released=row["released"],
                )
            )
        return tuple(claimed)

    async def release(self) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                update(INTAKE)
                .where(INTAKE.c.due_at.is_not(None), INTAKE.c.claimed.is_(true()))
                .values(claimed=False, alone=True)
            )

    async def failed(self, ids: Sequence[IntakeId], due_at: datetime, error: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                update(INTAKE)
                .where(INTAKE.c.id.in_(ids), INTAKE.c.due_at.is_not(None))
                .values(claimed=False, alone=True, due_at=due_at, error=error)
            )

    async def quarantine(self, entry: IntakeId, reason: str, error: str, now: datetime) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                update(INTAKE)
                .where(INTAKE.c.id == entry, INTAKE.c.due_at.is_not(None))
                .values(
                    state=QUARANTINED,
                    verdict=Verdict.QUARANTINED.value,
                    reason=reason,
                    error=error,
                    claimed=False,
                    due_at=None,
                    finished_at=now,
                )
            )

    async def retry(self, entry: IntakeId, now: datetime) -> None:
        """Try a waiting entry at once."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(INTAKE)
                .where(
                    INTAKE.c.id == entry,
                    INTAKE.c.due_at.is_not(None),
                    INTAKE.c.claimed.is_(false()),
                )
                .values(due_at=now)
            )
            await connection.run_sync(tell_others)
        if changed.rowcount != 1:
            raise StoreError(
                f"intake entry {entry} does not wait", "see `helpdesk queue intake list`"
            )

    async def free(self, entry: IntakeId, now: datetime) -> None:
        """Let an entry out of quarantine; it is tried as if it had never been."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(INTAKE)
                .where(INTAKE.c.id == entry, INTAKE.c.state == QUARANTINED)
                .values(
                    state=PENDING,
                    claimed=False,
                    alone=True,
                    released=True,
                    attempts=0,
                    due_at=now,
                    # Else it would be taken for a duplicate of itself.
                    identity=None,
                    verdict=None,
                    reason="",
                    finished_at=None,
                )
            )
            await connection.run_sync(tell_others)
        if changed.rowcount != 1:
            raise StoreError(
                f"intake entry {entry} is not in quarantine",
                "see `helpdesk queue quarantine list`",
            )


class Packing:
    """Mails on their way into the intake; files of large ones are removed if no row names them."""

    def __init__(
        self, mails: Sequence[tuple[Arrival, Raw]], objects: Path, *, ahead: bool = False
    ) -> None:
        """`ahead`: before the transaction, for its steps would hold up the loop."""
        self._mails = mails
        self._objects = objects
        self._ahead = ahead
        self._packed: list[Values] = []
        self.may_be_named = False
        """A commit was begun. One that was interrupted may have happened, so the files stay."""

    async def __aenter__(self) -> Self:
        sizes = [raw.size for _, raw in self._mails]
        if max(sizes) >= LARGE or (self._ahead and sum(sizes) > _IN_THE_LOOP):
            try:
                # Nobody shall wait for the database while a file is written.
                await _in_thread(self._pack)
            except BaseException:
                self._discard()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.may_be_named:
            self._discard()

    def insert(self, connection: Connection) -> int:
        """In the transaction of the caller; the first of the ids, which follow one another."""
        if not self._packed:
            self._pack()
        first = take_ids_in(connection, "intake", len(self._mails))
        connection.execute(
            _KEEP,
            [
                _new_intake(IntakeId(number), arrival)
                for number, (arrival, _) in enumerate(self._mails, first)
            ],
        )
        connection.execute(
            _KEEP_RAW,
            [values | {"intake": number} for number, values in enumerate(self._packed, first)],
        )
        return first

    def _pack(self) -> None:
        # One by one: what was written before a full disk must be known to be removed.
        self._packed.extend(pack(raw, self._objects) for _, raw in self._mails)

    def _discard(self) -> None:
        for values in self._packed:
            discard(values, self._objects)


async def _in_thread(work: Callable[[], None]) -> None:
    """Not given up half way: who is cancelled must know all files that were written."""
    done = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise


def _new_intake(number: IntakeId, arrival: Arrival) -> Values:
    return arrival_values(arrival) | {
        "id": number,
        "state": PENDING,
        "claimed": False,
        "alone": False,
        "released": False,
        "attempts": 0,
        "due_at": arrival.received_at,
        "reason": "",
        "error": "",
        "desks_json": "[]",
    }


_WAITING = INTAKE.c.due_at.is_not(None) & INTAKE.c.claimed.is_(false())
_FRESH = (
    select(INTAKE.c.id, RAW_MESSAGES.c.size)
    .join(RAW_MESSAGES, isouter=True)
    .where(_WAITING, INTAKE.c.alone.is_(false()))
    .order_by(INTAKE.c.id)
    .limit(bindparam("most", type_=Integer))
)
_ALONE = (
    select(INTAKE.c.id)
    .where(_WAITING, INTAKE.c.alone.is_(true()), INTAKE.c.due_at <= bindparam("now"))
    .order_by(INTAKE.c.due_at, INTAKE.c.id)
    .limit(1)
)
# Who takes them passes over what somebody else is taking; SQLite has one writer anyway.
_TAKE_FRESH = _FRESH.with_for_update(skip_locked=True, of=INTAKE)
_TAKE_ALONE = _ALONE.with_for_update(skip_locked=True)


def _choose(
    connection: Connection, now: datetime, limit: int, *, take: bool = False
) -> tuple[list[int], bool]:
    """Ids to claim; whether it is one that is tried alone."""
    if limit < 1:
        return [], False
    alone = connection.execute(_TAKE_ALONE if take else _ALONE, {"now": now}).first()
    if alone is not None:
        return [alone.id], True
    ids: list[int] = []
    total = 0
    for row in connection.execute(_TAKE_FRESH if take else _FRESH, {"most": limit}):
        total += row.size or 0
        if ids and total > MAX_BATCH:
            break
        ids.append(row.id)
    return ids, False


def _claim(connection: Connection, now: datetime, limit: int) -> Sequence[RowMapping]:
    ids, alone = _choose(connection, now, limit, take=True)
    if not ids:
        return ()
    connection.execute(
        update(INTAKE)
        .where(INTAKE.c.id.in_(ids))
        .values(claimed=True, attempts=INTAKE.c.attempts + (1 if alone else 0))
    )
    statement = (
        select(INTAKE, RAW_MESSAGES)
        .join(RAW_MESSAGES, isouter=True)
        .where(INTAKE.c.id.in_(ids))
        .order_by(INTAKE.c.id)
    )
    return connection.execute(statement).mappings().all()


_KEEP_RENDERED = update(OUTBOX).where(OUTBOX.c.id == bindparam("entry_id"))
_FINISH = update(OUTBOX).where(
    OUTBOX.c.id == bindparam("entry_id"),
    # A report may have come before us, and knows better what became of it.
    or_(*(OUTBOX.c.state == state for state in UNFINISHED)),
)


class SqlOutbox:
    """What is to be sent, and what became of it."""

    def __init__(self, engine: AsyncEngine, objects: Path) -> None:
        self._engine = engine
        self._objects = objects

    async def claim(self, now: datetime, limit: int, lease_until: datetime) -> tuple[Due, ...]:
        due = (
            select(OUTBOX).where(OUTBOX.c.due_at <= now).order_by(OUTBOX.c.due_at, OUTBOX.c.id)
        ).limit(limit)

        def claim_due(
            connection: Connection,
        ) -> tuple[Sequence[RowMapping], dict[int, list[Values]]]:
            rows = connection.execute(due.with_for_update(skip_locked=True)).mappings().all()
            # Counted before any work, so that an entry that kills us is not tried for ever.
            connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.id.in_([row["id"] for row in rows]))
                .values(attempts=OUTBOX.c.attempts + 1, due_at=lease_until, lease_until=lease_until)
            )
            return rows, panels(connection, _agents_tickets(rows))

        look = due.with_only_columns(OUTBOX.c.id)
        if await read_at_once(self._engine, lambda c: c.execute(look).first()) is None:
            return ()
        rows, licenses = await write_at_once(self._engine, claim_due, beside=True)
        return tuple(
            Due(_told(row, licenses), row["attempts"], rendered_from(row["rendered_json"]))
            for row in rows
        )

    async def keep_rendered(self, rendered: Sequence[tuple[OutboxId, Rendered]]) -> None:
        if not rendered:
            return
        values = [
            {"entry_id": entry, "rendered_json": rendered_json(words)}
            for entry, words in sorted(rendered, key=lambda each: each[0])
        ]
        await write_at_once(self._engine, lambda c: c.execute(_KEEP_RENDERED, values), beside=True)

    async def finish(self, sent: Sequence[Sent], now: datetime) -> None:
        if not sent:
            return
        # In the order of ids, as all who change several: else two could wait for each other.
        values = [_outcome(each, now) for each in sorted(sent, key=lambda each: each.id)]
        await write_at_once(self._engine, lambda c: c.execute(_FINISH, values), beside=True)

    async def next_due(self) -> datetime | None:
        statement = select(func.min(OUTBOX.c.due_at)).where(OUTBOX.c.due_at.is_not(None))
        found: datetime | None = await read_at_once(
            self._engine, lambda c: c.execute(statement).scalar_one()
        )
        return found

    async def raw(self, intake: IntakeId) -> bytes:
        async with reading(self._engine) as connection:
            return await raw_message(connection, intake, self._objects)

    async def release(self) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.due_at.is_not(None), OUTBOX.c.lease_until.is_not(None))
                .values(due_at=OUTBOX.c.created_at, lease_until=None)
            )

    async def retry(self, entry: OutboxId, now: datetime) -> None:
        """Send it now: one that waits, one that failed, one that is held."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(OUTBOX)
                .where(
                    OUTBOX.c.id == entry,
                    OUTBOX.c.state.in_((*UNFINISHED, *STOPPED)),
                    OUTBOX.c.lease_until.is_(None),
                )
                .values(state=OutboxState.QUEUED.value, attempts=0, due_at=now)
            )
            await connection.run_sync(tell_others)
        if changed.rowcount != 1:
            raise StoreError(
                f"outbox entry {entry} is delivered, being sent, or unknown",
                "see `helpdesk queue outbox list`",
            )

    async def release_held(self, now: datetime) -> int:
        """Send all that were held, once their cause is mended; how many there were."""
        async with writing(self._engine) as connection:
            changed = await connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.state == OutboxState.HELD.value)
                .values(state=OutboxState.QUEUED.value, attempts=0, due_at=now)
            )
            await connection.run_sync(tell_others)
        return changed.rowcount


def _agents_tickets(rows: Iterable[RowMapping]) -> set[int]:
    """About which agents are to read now."""
    return {row["ticket"] for row in rows if _is_to_agent(row) and row["ticket"] is not None}


def _is_to_agent(row: RowMapping) -> bool:
    return row["purpose"] in _TO_AGENTS and row["rendered_json"] is None


def _told(row: RowMapping, licenses: Mapping[int, list[Values]]) -> OutgoingMail:
    """The mail, to agents with what providers said about licenses until now."""
    mail = outgoing_from(row)
    found = licenses.get(row["ticket"]) if _is_to_agent(row) else None
    return replace(mail, variables={**mail.variables, "licenses": found}) if found else mail


def _outcome(sent: Sent, now: datetime) -> Values:
    outcome = sent.attempt.outcome
    return {
        "entry_id": sent.id,
        "state": OutboxState(outcome.value).value,
        "due_at": (sent.due_at or now) if outcome is Outcome.DEFERRED else None,
        "lease_until": None,
        "last_detail": sent.attempt.detail,
        "delivered_at": now if outcome is Outcome.DELIVERED else None,
    }
