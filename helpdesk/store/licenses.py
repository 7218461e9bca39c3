"""What providers said about license keys: the queue of those to be asked for, and what is shown.

A key itself is stored nowhere but in the mail that it came in; a license is known by its
fingerprint.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.decide_license import GATHERING
from helpdesk.core.license import NOTHING_KNOWN, LicenseAnswer, Terms, panel
from helpdesk.core.outgoing import Notice, OutboxState
from helpdesk.core.ticket import IntakeId, License, PersonId, TicketNumber
from helpdesk.core.token import Purpose
from helpdesk.ports import Asked, Concerned
from helpdesk.store.engine import read_at_once, tell_others, write_at_once
from helpdesk.store.mapping import Values, answer_from, answer_values, license_from
from helpdesk.store.tables import ADDRESSES, ANSWERS, LICENSES, OUTBOX, TICKETS

MOST_TICKETS = 50
"""To which one answer is told; the latest."""
MOST_MAILS = 3
"""In which one key is looked for."""
AGENTS_PURPOSES = (Purpose.ANSWER.value, Purpose.NOTE.value)


class SqlAnswers:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def claim(
        self, now: datetime, providers: Mapping[str, int], lease_until: datetime
    ) -> tuple[Asked, ...]:
        if not providers:
            return ()
        due = [_due(name, now).limit(most) for name, most in providers.items() if most > 0]
        look = [each.with_only_columns(ANSWERS.c.provider).limit(1) for each in due]
        if not await read_at_once(
            self._engine, lambda c: any(c.execute(each).first() for each in look)
        ):
            return ()

        def take(connection: Connection) -> tuple[Asked, ...]:
            rows = [
                row
                for each in due
                for row in connection.execute(each.with_for_update(skip_locked=True)).mappings()
            ]
            for row in rows:
                connection.execute(_this(row).values(due_at=lease_until))
            return tuple(
                Asked(
                    row["provider"], row["fingerprint"], answer_from(row), _mails(connection, row)
                )
                for row in rows
            )

        return await write_at_once(self._engine, take, beside=True)

    async def answered(
        self, asked: Asked, answer: LicenseAnswer, due_at: datetime | None, now: datetime
    ) -> tuple[Concerned, ...]:
        def keep(connection: Connection) -> tuple[Concerned, ...]:
            key = {"provider": asked.provider, "fingerprint": asked.fingerprint}
            values = {**answer_values(answer), "due_at": due_at}
            if not connection.execute(_this(key).values(values)).rowcount:
                connection.execute(insert(ANSWERS).values(values | key))
            numbers = tuple(connection.execute(_TICKETS_OF, key).scalars())
            told = _told(connection, numbers)
            if answer.trouble is None:
                _let_go(connection, numbers, now)
            return tuple(Concerned(TicketNumber(n), told.get(n, frozenset())) for n in numbers)

        return await write_at_once(self._engine, keep)

    async def refresh(
        self,
        ticket: TicketNumber,
        terms: Mapping[str, Terms],
        now: datetime,
        *,
        whatever: bool = False,
    ) -> int:
        """Let the providers be asked again about the licenses of a ticket, as far as what they said
        is too old; `whatever` its age, and if they were never asked. How many questions."""

        def stale(connection: Connection) -> list[tuple[str, str, bool]]:
            licenses = connection.execute(_SHOWN.where(LICENSES.c.ticket == ticket)).mappings()
            return [
                (row["provider"], row["fingerprint"], row["tries"] is None)
                for row in licenses
                if row["provider"] in terms
                and _is_stale(row, terms[row["provider"]], now, whatever=whatever)
            ]

        def mark(connection: Connection) -> int:
            found = stale(connection)
            for provider, fingerprint, is_new in found:
                key = {"provider": provider, "fingerprint": fingerprint}
                if is_new:
                    values = answer_values(NOTHING_KNOWN) | key
                    connection.execute(insert(ANSWERS).values(**values, due_at=now))
                else:
                    connection.execute(_this(key).values(due_at=now))
            tell_others(connection)
            return len(found)

        if not await read_at_once(self._engine, stale):
            return 0
        return await write_at_once(self._engine, mark)

    async def hasten(self, provider: str, now: datetime) -> None:
        waiting = (
            update(ANSWERS)
            .where(ANSWERS.c.provider == provider, ANSWERS.c.due_at > now, ANSWERS.c.trouble != "")
            .values(due_at=now)
        )
        await write_at_once(self._engine, lambda c: c.execute(waiting))

    async def next_due(self, providers: Collection[str]) -> datetime | None:
        statement = select(func.min(ANSWERS.c.due_at)).where(
            ANSWERS.c.due_at.is_not(None), ANSWERS.c.provider.in_(providers)
        )
        found: datetime | None = await read_at_once(
            self._engine, lambda c: c.execute(statement).scalar_one()
        )
        return found


def _is_stale(row: RowMapping, terms: Terms, now: datetime, *, whatever: bool) -> bool:
    """Nobody can ask for a key that is in no mail; what is due is asked for anyway."""
    if row["intake"] is None or row["due_at"] is not None:
        return False
    if row["tries"] is None:
        return whatever
    return whatever or not terms.is_fresh(answer_from(row), now)


def _due(provider: str, now: datetime) -> Select[Any]:
    return (
        select(ANSWERS)
        .where(ANSWERS.c.due_at.is_not(None), ANSWERS.c.due_at <= now)
        .where(ANSWERS.c.provider == provider)
        .order_by(ANSWERS.c.due_at)
    )


def _this(key: Mapping[str, Any] | RowMapping) -> Any:
    return update(ANSWERS).where(
        ANSWERS.c.provider == key["provider"], ANSWERS.c.fingerprint == key["fingerprint"]
    )


def _mails(connection: Connection, key: RowMapping) -> tuple[IntakeId, ...]:
    statement = (
        select(LICENSES.c.intake)
        .where(LICENSES.c.fingerprint == key["fingerprint"], LICENSES.c.intake.is_not(None))
        .order_by(LICENSES.c.intake.desc())
        .limit(MOST_MAILS)
    )
    return tuple(map(IntakeId, dict.fromkeys(connection.execute(statement).scalars())))


_TICKETS_OF = (
    select(LICENSES.c.ticket)
    .where(
        LICENSES.c.fingerprint == bindparam("fingerprint"),
        LICENSES.c.provider == bindparam("provider"),
    )
    .order_by(LICENSES.c.ticket.desc())
    .limit(MOST_TICKETS)
)


_MAILED = select(
    *(OUTBOX.c[name] for name in ("ticket", "person", "notice", "state", "attempts"))
).where(
    OUTBOX.c.ticket.in_(bindparam("tickets", expanding=True)),
    OUTBOX.c.purpose.in_(AGENTS_PURPOSES),
    OUTBOX.c.person.is_not(None),
)


def _told(connection: Connection, tickets: Sequence[int]) -> dict[int, frozenset[PersonId]]:
    """The agents who have mail about each ticket, without those who are to get more of it: that
    will have what is known then."""
    told: dict[int, set[int]] = {}
    waiting: set[tuple[int, int]] = set()
    for row in connection.execute(_MAILED, {"tickets": sorted(set(tickets))}):
        if row.attempts:
            told.setdefault(row.ticket, set()).add(row.person)
        elif row.state == OutboxState.QUEUED.value and row.notice != Notice.RECEIPT.value:
            waiting.add((row.ticket, row.person))
    return {
        ticket: frozenset(PersonId(each) for each in people if (ticket, each) not in waiting)
        for ticket, people in told.items()
    }


def forget_answers(connection: Connection, ticket: int) -> None:
    """What providers said about the licenses of a ticket that is being deleted, owners included, as
    far as no other ticket names them. Before its licenses are deleted."""
    others = LICENSES.alias("others")
    named = exists().where(
        LICENSES.c.ticket == ticket,
        LICENSES.c.provider == ANSWERS.c.provider,
        LICENSES.c.fingerprint == ANSWERS.c.fingerprint,
    )
    elsewhere = exists().where(
        others.c.ticket != ticket,
        others.c.provider == ANSWERS.c.provider,
        others.c.fingerprint == ANSWERS.c.fingerprint,
    )
    connection.execute(delete(ANSWERS).where(named, ~elsewhere))


def _let_go(connection: Connection, tickets: Sequence[int], now: datetime) -> None:
    """Notifications that waited for this answer wait no longer, unless for another one."""
    still_asked = (
        select(LICENSES.c.ticket)
        .join_from(
            LICENSES,
            ANSWERS,
            (ANSWERS.c.provider == LICENSES.c.provider)
            & (ANSWERS.c.fingerprint == LICENSES.c.fingerprint),
        )
        .where(
            LICENSES.c.ticket.in_(tickets),
            ANSWERS.c.due_at.is_not(None),
            ANSWERS.c.asked_at.is_(None),
            ANSWERS.c.trouble == "",
        )
    )
    waiting = set(tickets) - set(connection.execute(still_asked).scalars())
    if not waiting:
        return
    changed = connection.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.ticket.in_(sorted(waiting)),
            OUTBOX.c.purpose == Purpose.ANSWER.value,
            OUTBOX.c.state == "queued",
            OUTBOX.c.attempts == 0,
            OUTBOX.c.due_at > now,
            # What waits for longer waits for the end of its reader's quiet hours.
            OUTBOX.c.due_at <= now + GATHERING,
        )
        .values(due_at=now)
    )
    if changed.rowcount:
        tell_others(connection)


def panels(connection: Connection, tickets: Collection[int]) -> dict[int, list[Values]]:
    """What agents read about the licenses of each of these tickets."""
    if not tickets:
        return {}
    found: dict[int, list[tuple[License, LicenseAnswer | None]]] = {}
    for row in connection.execute(_SHOWN.where(LICENSES.c.ticket.in_(tickets))).mappings():
        answer = answer_from(row) if row["tries"] is not None else None
        found.setdefault(row["ticket"], []).append((license_from(row), answer))
    if not found:
        return {}
    owners: dict[int, set[str]] = {}
    for owner in connection.execute(_OWNERS.where(TICKETS.c.number.in_(found))):
        owners.setdefault(owner.number, set()).add(owner.key)
    return {
        number: panel(licenses, frozenset(owners.get(number, ())))
        for number, licenses in found.items()
    }


_SHOWN = (
    select(
        LICENSES,
        *(ANSWERS.c[name] for name in ("outcome", "record_json", "asked_at", "trouble", "tries")),
        ANSWERS.c.due_at,
    )
    .join_from(
        LICENSES,
        ANSWERS,
        (ANSWERS.c.provider == LICENSES.c.provider)
        & (ANSWERS.c.fingerprint == LICENSES.c.fingerprint),
        isouter=True,
    )
    .order_by(LICENSES.c.ticket, LICENSES.c.position)
)
_OWNERS = select(TICKETS.c.number, ADDRESSES.c.key).join_from(
    TICKETS, ADDRESSES, ADDRESSES.c.person == TICKETS.c.requester
)
