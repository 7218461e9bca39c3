"""Read models: what lists and pages show. Nothing is decided on them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk.core.address import lookup_key
from helpdesk.core.ledger import Balance, balance_of
from helpdesk.core.ticket import EntryKind, IntakeId, LinkKind, RightState, TicketNumber
from helpdesk.store.engine import StoreError, reading
from helpdesk.store.licenses import panels
from helpdesk.store.mapping import right_from, texts
from helpdesk.store.queues import raw_message
from helpdesk.store.rights import book_of
from helpdesk.store.tables import (
    ABSENCES,
    ADDRESSES,
    AGENT_DESKS,
    AGENT_TEAMS,
    AGENTS,
    ATTACHMENTS,
    DESKS,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    INTAKE_IS_QUARANTINED,
    LINKS,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    RAW_MESSAGES,
    TAGS,
    TICKETS,
)

Json = dict[str, Any]
LINK_WORDS = {
    LinkKind.FOLLOWS: ("follows", "followed by"),
    LinkKind.RELATED: ("related", "related"),
    LinkKind.DUPLICATE: ("possible duplicate", "possible duplicate"),
    LinkKind.SPLIT: ("split from", "split off"),
    LinkKind.MERGED: ("merged", "merged into"),
}
"""What a link says at the ticket where it is stored, and at the other one."""


def _json(value: object) -> Any:
    if isinstance(value, Shown):
        return value.to_json()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return value


class Shown:
    """Something to show; its JSON has the names of its fields."""

    __slots__ = ()

    def to_json(self) -> Json:
        return {each.name: _json(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]  # every subclass is a dataclass


_Shown = TypeVar("_Shown", bound=Shown)


@dataclass(frozen=True, slots=True)
class ShownPerson(Shown):
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownAttachment(Shown):
    filename: str
    content_type: str
    size: int
    sha256: str
    part: str
    refused: str
    """Why it is not passed on; empty: it is."""
    summary: str
    """What people see of it without opening it; empty: nothing."""
    recurs: bool
    """A small image that came with earlier mails of its sender, too."""
    intake: int | None
    """The mail that holds it."""


@dataclass(frozen=True, slots=True)
class ShownEntry(Shown):
    id: int
    kind: str
    author: ShownPerson | None
    visibility: str
    text: str
    full_text: str
    at: datetime
    attachments: tuple[ShownAttachment, ...]
    message_id: str
    parked: str
    reason: str
    minutes: int
    """Work that was booked with it."""


@dataclass(frozen=True, slots=True)
class ShownLink(Shown):
    ticket: int
    """The other one."""
    kind: str
    """What this ticket is to the other one, in words."""


@dataclass(frozen=True, slots=True)
class ShownAbsence(Shown):
    first: date
    last: date
    source: str


@dataclass(frozen=True, slots=True)
class TicketLine(Shown):
    """A ticket in a list."""

    number: int
    subject: str
    status: str
    priority: str
    category: str
    desk: str
    requester: ShownPerson
    assignee: ShownPerson | None
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    service_level: str
    status_since: datetime | None
    snoozed_until: datetime | None
    target_at: datetime | None
    held_at: datetime | None
    """Since when it waits for a right to support."""
    tags: tuple[str, ...]
    links: tuple[ShownLink, ...]
    clocks: tuple[Json, ...]
    """As they are stored; see helpdesk.core.clocks."""
    minutes: int
    """Work that was booked in all."""


@dataclass(frozen=True, slots=True)
class ShownTicket(Shown):
    """A ticket with everything in it."""

    number: int
    subject: str
    status: str
    priority: str
    category: str
    desk: str
    requester: ShownPerson
    assignee: ShownPerson | None
    participants: tuple[ShownPerson, ...]
    licenses: tuple[Json, ...]
    right: Json
    """State, source and work of the right to support; empty where none is asked for."""
    """See helpdesk.core.license.panel."""
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None
    possibly_about: int | None
    service_level: str
    status_since: datetime | None
    snoozed_until: datetime | None
    target_at: datetime | None
    held_at: datetime | None
    tags: tuple[str, ...]
    links: tuple[ShownLink, ...]
    clocks: tuple[Json, ...]
    """As they are stored; see helpdesk.core.clocks."""
    minutes: int
    """Work that was booked in all."""
    entries: tuple[ShownEntry, ...]


@dataclass(frozen=True, slots=True)
class ShownStep(Shown):
    step: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class ShownDecision(Shown):
    """Why something happened."""

    at: datetime
    intake: int | None
    ticket: int | None
    verdict: str
    reason: str
    steps: tuple[ShownStep, ...]


@dataclass(frozen=True, slots=True)
class AgentLine(Shown):
    name: str
    addresses: tuple[str, ...]
    desks: tuple[str, ...]
    active: bool
    source: str
    teams: tuple[str, ...]
    away: tuple[ShownAbsence, ...]
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class CustomerLine(Shown):
    address: str
    name: str
    addresses: tuple[str, ...]
    tickets: int
    suppressed: bool
    language: str
    zone: str
    sms: str
    muted: tuple[str, ...]
    away_until: date | None


@dataclass(frozen=True, slots=True)
class DeskLine(Shown):
    name: str
    address: str
    display_name: str
    active: bool


@dataclass(frozen=True, slots=True)
class IntakeLine(Shown):
    """An intake entry, waiting, in quarantine or done."""

    id: int
    source: str
    received_at: datetime
    reverse_path: str
    recipients: tuple[str, ...]
    size: int
    state: str
    attempts: int
    due_at: datetime | None
    verdict: str | None
    reason: str
    error: str
    ticket: int | None


@dataclass(frozen=True, slots=True)
class OutboxLine(Shown):
    id: int
    message_id: str
    recipient: str
    notice: str
    state: str
    attempts: int
    due_at: datetime | None
    ticket: int | None
    desk: str
    created_at: datetime
    delivered_at: datetime | None
    last_detail: str


# --- tickets ------------------------------------------------------------------------------------

_requester = PEOPLE.alias("requester")
_assignee = PEOPLE.alias("assignee")
LINE = select(
    TICKETS,
    _requester.c.address.label("requester_address"),
    _requester.c.name.label("requester_name"),
    _assignee.c.address.label("assignee_address"),
    _assignee.c.name.label("assignee_name"),
).select_from(
    TICKETS.join(_requester, _requester.c.id == TICKETS.c.requester).outerjoin(
        _assignee, _assignee.c.id == TICKETS.c.assignee
    )
)


@dataclass(frozen=True, slots=True)
class More:
    """What other tables say of tickets, by number."""

    tags: Mapping[int, Sequence[str]]
    links: Mapping[int, Sequence[ShownLink]]
    minutes: Mapping[int, int]

    def of(self, number: int) -> Json:
        return {
            "tags": tuple(self.tags.get(number, ())),
            "links": tuple(self.links.get(number, ())),
            "minutes": self.minutes.get(number, 0),
        }


async def more_of(connection: AsyncConnection, numbers: Sequence[int]) -> More:
    tags: dict[int, list[str]] = {}
    tagged = select(TAGS).where(TAGS.c.ticket.in_(numbers)).order_by(TAGS.c.tag)
    for row in await _rows(connection, tagged):
        tags.setdefault(row["ticket"], []).append(row["tag"])
    booked = (
        select(ENTRIES.c.ticket, func.sum(ENTRIES.c.minutes).label("minutes"))
        .where(ENTRIES.c.ticket.in_(numbers))
        .group_by(ENTRIES.c.ticket)
    )
    minutes = {row["ticket"]: int(row["minutes"]) for row in await _rows(connection, booked)}
    return More(tags, await _links(connection, numbers), minutes)


async def _links(
    connection: AsyncConnection, numbers: Sequence[int]
) -> Mapping[int, Sequence[ShownLink]]:
    """From both ends; one that is stored in both directions is shown once."""
    found: dict[int, dict[ShownLink, None]] = {}
    ends = ((LINKS.c.ticket, "ticket", "other", 0), (LINKS.c.other, "other", "ticket", 1))
    for column, here, there, way in ends:
        statement = select(LINKS).where(column.in_(numbers)).order_by(LINKS.c.ticket, LINKS.c.other)
        for row in await _rows(connection, statement):
            link = ShownLink(row[there], LINK_WORDS[LinkKind(row["kind"])][way])
            found.setdefault(row[here], {})[link] = None
    return {
        number: sorted(links, key=lambda each: (each.ticket, each.kind))
        for number, links in found.items()
    }


async def show_ticket(engine: AsyncEngine, number: TicketNumber) -> ShownTicket:
    async with reading(engine) as connection:
        found = await _rows(connection, LINE.where(TICKETS.c.number == number))
        if not found:
            raise _no_ticket(number)
        (row,) = found
        _refuse_deleted(row)
        participants = await _rows(
            connection,
            select(PEOPLE.c.address, PEOPLE.c.name)
            .join_from(PARTICIPANTS, PEOPLE, PEOPLE.c.id == PARTICIPANTS.c.person)
            .where(PARTICIPANTS.c.ticket == number)
            .order_by(PARTICIPANTS.c.person != row["requester"], PEOPLE.c.id),
        )
        licenses = (await connection.run_sync(panels, [number])).get(number, [])
        balance = Balance()
        if row["right_state"]:
            balance = await connection.run_sync(_balance, row["requester"])
        entries = await _rows(
            connection,
            # History may be imported behind what was said since.
            select(ENTRIES).where(ENTRIES.c.ticket == number).order_by(ENTRIES.c.at, ENTRIES.c.id),
        )
        more = await more_of(connection, [number])
        files = await _rows(
            connection,
            select(ATTACHMENTS, ENTRIES.c.intake)
            .join_from(ENTRIES, ATTACHMENTS, ATTACHMENTS.c.entry == ENTRIES.c.id)
            .where(ENTRIES.c.ticket == number)
            .order_by(ATTACHMENTS.c.entry, ATTACHMENTS.c.position),
        )
    by_entry: dict[int, list[ShownAttachment]] = {}
    for file in files:
        by_entry.setdefault(file["entry"], []).append(_make(ShownAttachment, file))
    return ShownTicket(
        **line_of(row),
        **more.of(number),
        participants=tuple(_make(ShownPerson, each) for each in participants),
        licenses=tuple(licenses),
        right=_right(row, balance),
        closed_at=row["closed_at"],
        merged_into=row["merged_into"],
        possibly_about=row["possibly_about"],
        entries=tuple(_entry(each, by_entry.get(each["id"], [])) for each in entries),
    )


def _balance(connection: Connection, requester: int) -> Balance:
    """Of all whose credits the requester may spend."""
    statement = select(ADDRESSES.c.key).where(ADDRESSES.c.person == requester)
    keys = connection.execute(statement).scalars().all()
    return balance_of(book_of(connection, keys).lines)


def _right(row: RowMapping, balance: Balance) -> Json:
    right = right_from(row)
    if right.state is RightState.NONE:
        return {}
    return {
        "state": right.state.value,
        "source": right.source,
        "held_at": _json(right.held_at),
        "holder": right.holder,
        "credits": right.credits,
        "available": balance.available,
        "booked_minutes": right.booked,
    }


def line_of(row: RowMapping) -> Json:
    plain = (
        *("number", "subject", "status", "priority", "category", "desk"),
        *("created_at", "updated_at", "first_response_at"),
        *("service_level", "status_since", "snoozed_until", "target_at", "held_at"),
    )
    requester = ShownPerson(row["requester_address"], row["requester_name"])
    assignee = None
    if row["assignee_address"] is not None:
        assignee = ShownPerson(row["assignee_address"], row["assignee_name"])
    return {name: row[name] for name in plain} | {
        "requester": requester,
        "assignee": assignee,
        "clocks": tuple(json.loads(row["clocks_json"])),
    }


def person_of(row: RowMapping) -> ShownPerson | None:
    """Who wrote an entry."""
    is_note = row["kind"] == EntryKind.NOTE.value
    if row["author_address"] or (is_note and row["author_name"]):  # the operator has no address
        return ShownPerson(row["author_address"], row["author_name"])
    return None


def _entry(row: RowMapping, attachments: Sequence[ShownAttachment]) -> ShownEntry:
    plain = ("id", "kind", "visibility", "text", "at", "message_id", "parked", "reason", "minutes")
    return ShownEntry(
        **{name: row[name] for name in plain},
        author=person_of(row),
        full_text=row["full_text"] or row["text"],
        attachments=tuple(attachments),
    )


def _refuse_deleted(row: RowMapping) -> None:
    if row["deleted_at"] is not None:
        raise StoreError(
            f"ticket {row['number']} was deleted on {row['deleted_at']:%Y-%m-%d %H:%M} UTC",
            "only backups that were made before have it",
        )


def _no_ticket(number: int) -> StoreError:
    return StoreError(f"there is no ticket {number}", "see `helpdesk tickets list`")


async def why(engine: AsyncEngine, number: TicketNumber) -> tuple[ShownDecision, ...]:
    """All decisions on a ticket, oldest first."""
    async with reading(engine) as connection:
        columns = select(TICKETS.c.number, TICKETS.c.deleted_at)
        ticket = await _rows(connection, columns.where(TICKETS.c.number == number))
        if not ticket:
            raise _no_ticket(number)
        _refuse_deleted(ticket[0])
        statement = select(EVIDENCE).where(EVIDENCE.c.ticket == number).order_by(EVIDENCE.c.id)
        return tuple(_decision(row) for row in await _rows(connection, statement))


def _decision(row: RowMapping) -> ShownDecision:
    steps = tuple(ShownStep(*step) for step in json.loads(row["steps_json"]))
    return ShownDecision(
        at=row["at"],
        intake=row["intake"],
        ticket=row["ticket"],
        verdict=row["verdict"],
        reason=row["reason"],
        steps=steps,
    )


# --- people and desks ---------------------------------------------------------------------------


async def list_agents(engine: AsyncEngine) -> tuple[AgentLine, ...]:
    async with reading(engine) as connection:
        agents = await _rows(
            connection,
            select(AGENTS, PEOPLE.c.name, PEOPLE.c.language, PEOPLE.c.zone)
            .join_from(AGENTS, PEOPLE, PEOPLE.c.id == AGENTS.c.person)
            .order_by(PEOPLE.c.name, AGENTS.c.person),
        )
        people = [row["person"] for row in agents]
        addresses = await _addresses(connection, people)
        desks: dict[int, list[str]] = {}
        for row in await _rows(connection, select(AGENT_DESKS).order_by(AGENT_DESKS.c.desk)):
            desks.setdefault(row["person"], []).append(row["desk"])
        teams: dict[int, list[str]] = {}
        for row in await _rows(connection, select(AGENT_TEAMS).order_by(AGENT_TEAMS.c.team)):
            teams.setdefault(row["person"], []).append(row["team"])
        away: dict[int, list[ShownAbsence]] = {}
        for row in await _rows(connection, select(ABSENCES).order_by(ABSENCES.c.first)):
            away.setdefault(row["person"], []).append(_make(ShownAbsence, row))
    return tuple(
        AgentLine(
            name=row["name"],
            addresses=tuple(addresses.get(row["person"], ())),
            desks=tuple(desks.get(row["person"], ())),
            active=row["active"],
            source=row["source"],
            teams=tuple(teams.get(row["person"], ())),
            away=tuple(away.get(row["person"], ())),
            language=row["language"],
            zone=row["zone"],
        )
        for row in agents
    )


async def list_customers(
    engine: AsyncEngine, *, limit: int = 50, offset: int = 0
) -> tuple[CustomerLine, ...]:
    """Everybody who is no agent, the latest first."""
    agents = select(AGENTS.c.person).where(AGENTS.c.active.is_(True))
    tickets = (
        select(func.count())
        .where(TICKETS.c.requester == PEOPLE.c.id, TICKETS.c.deleted_at.is_(None))
        .scalar_subquery()
        .label("tickets")
    )
    statement = (
        select(PEOPLE, tickets)
        .where(PEOPLE.c.id.not_in(agents), PEOPLE.c.address != "")
        .order_by(PEOPLE.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    async with reading(engine) as connection:
        rows = await _rows(connection, statement)
        ids = [row["id"] for row in rows]
        addresses = await _addresses(connection, ids)
        suppressed = set(
            (
                await connection.execute(
                    select(ADDRESSES.c.key).where(
                        ADDRESSES.c.person.in_(ids), ADDRESSES.c.suppressed.is_(True)
                    )
                )
            ).scalars()
        )
    return tuple(
        CustomerLine(
            address=row["address"],
            name=row["name"],
            addresses=tuple(addresses.get(row["id"], ())),
            tickets=row["tickets"],
            suppressed=lookup_key(row["address"]) in suppressed,
            language=row["language"],
            zone=row["zone"],
            sms=row["sms"],
            muted=texts(row["muted_json"]),
            away_until=row["away_until"],
        )
        for row in rows
    )


async def list_desks(engine: AsyncEngine) -> tuple[DeskLine, ...]:
    async with reading(engine) as connection:
        rows = await _rows(
            connection, select(DESKS).order_by(DESKS.c.active.desc(), DESKS.c.position)
        )
    return tuple(_make(DeskLine, row) for row in rows)


async def _addresses(
    connection: AsyncConnection, people: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    found: dict[int, list[str]] = {}
    statement = (
        select(ADDRESSES.c.person, ADDRESSES.c.address)
        .where(ADDRESSES.c.person.in_(people))
        .order_by(ADDRESSES.c.address)
    )
    for row in await connection.execute(statement):
        found.setdefault(row.person, []).append(row.address)
    return found


# --- queues -------------------------------------------------------------------------------------

_INTAKE = select(INTAKE, RAW_MESSAGES.c.size).join_from(
    INTAKE, RAW_MESSAGES, RAW_MESSAGES.c.intake == INTAKE.c.id, isouter=True
)


async def list_intake(
    engine: AsyncEngine, states: Collection[str] = (), *, limit: int = 50, offset: int = 0
) -> tuple[IntakeLine, ...]:
    """Accepted mail in these states, or in any; newest first."""
    statement = _INTAKE.where(INTAKE.c.state.in_(states)) if states else _INTAKE
    return await _intake(engine, statement.order_by(INTAKE.c.id.desc()).limit(limit).offset(offset))


async def list_quarantine(
    engine: AsyncEngine, *, limit: int = 50, offset: int = 0
) -> tuple[IntakeLine, ...]:
    """What was set aside, newest first."""
    statement = _INTAKE.where(INTAKE_IS_QUARANTINED).order_by(INTAKE.c.id.desc())
    return await _intake(engine, statement.limit(limit).offset(offset))


async def show_intake(engine: AsyncEngine, entry: IntakeId) -> IntakeLine:
    found = await _intake(engine, _INTAKE.where(INTAKE.c.id == entry))
    if not found:
        raise StoreError(f"there is no intake entry {entry}", "see `helpdesk queue intake list`")
    return found[0]


async def _intake(engine: AsyncEngine, statement: Select[Any]) -> tuple[IntakeLine, ...]:
    async with reading(engine) as connection:
        rows = await _rows(connection, statement)
    return tuple(
        _make(IntakeLine, row, recipients=texts(row["recipients_json"]), size=row["size"] or 0)
        for row in rows
    )


async def list_outbox(
    engine: AsyncEngine, states: Collection[str] = (), *, limit: int = 50, offset: int = 0
) -> tuple[OutboxLine, ...]:
    """Outgoing mail in these states, or in any; newest first."""
    statement = select(OUTBOX).order_by(OUTBOX.c.id.desc()).limit(limit).offset(offset)
    if states:
        statement = statement.where(OUTBOX.c.state.in_(states))
    async with reading(engine) as connection:
        return tuple(_make(OutboxLine, row) for row in await _rows(connection, statement))


async def show_outbox(engine: AsyncEngine, entry: int) -> OutboxLine:
    async with reading(engine) as connection:
        rows = await _rows(connection, select(OUTBOX).where(OUTBOX.c.id == entry))
    if not rows:
        raise StoreError(f"there is no outbox entry {entry}", "see `helpdesk queue outbox list`")
    return _make(OutboxLine, rows[0])


# --- raw messages -------------------------------------------------------------------------------


async def raw_of(engine: AsyncEngine, objects: Path, intake: IntakeId) -> bytes:
    async with reading(engine) as connection:
        try:
            return await raw_message(connection, intake, objects)
        except KeyError:
            raise StoreError(
                f"there is no raw message of intake entry {intake}",
                "see `helpdesk queue intake list`",
            ) from None


async def mails_of(engine: AsyncEngine, number: TicketNumber) -> tuple[IntakeId, ...]:
    """The intake entries whose mails are in a ticket, oldest first."""
    statement = (
        select(ENTRIES.c.intake)
        .where(ENTRIES.c.ticket == number, ENTRIES.c.intake.is_not(None))
        .order_by(ENTRIES.c.at, ENTRIES.c.id)
    )
    async with reading(engine) as connection:
        found = (await connection.execute(statement)).scalars()
        return tuple(dict.fromkeys(IntakeId(intake) for intake in found))


async def _rows(connection: AsyncConnection, statement: Select[Any]) -> Sequence[RowMapping]:
    rows: Sequence[RowMapping] = (await connection.execute(statement)).mappings().all()
    return rows


def _make(kind: type[_Shown], row: RowMapping, **more: Any) -> _Shown:
    """One whose fields have the names of the columns."""
    names = [each.name for each in fields(kind) if each.name not in more]  # type: ignore[arg-type]  # every subclass is a dataclass
    return kind(**{name: row[name] for name in names}, **more)
