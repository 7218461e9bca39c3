"""Lists of tickets, filtered, in an order, page by page.

A page begins behind a place in the order, not after a number of tickets: so each is as fast as the
first, and what comes in meanwhile moves nothing. An order is made of segments, each of which an
index gives.
Failures: StoreError for a place that is none in this order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    ScalarSelect,
    Select,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from helpdesk.core.address import lookup_key
from helpdesk.core.listing import Order, Sort
from helpdesk.core.search_words import Term, query_of
from helpdesk.core.snippets import snippet
from helpdesk.core.ticket import Status, Visibility
from helpdesk.core.vocabulary import PRIORITIES
from helpdesk.store.engine import StoreError, reading
from helpdesk.store.finding import entries_with, newest_with, tickets_with
from helpdesk.store.reads import LINE, Shown, TicketLine, line_of, more_of, person_of
from helpdesk.store.tables import ADDRESSES, ENTRIES, LICENSES, TAGS, TICKETS

PAGE = 50
MOST_PLACES = 2
"""Messages of a ticket that are shown with what was looked for."""
_LOOKED_AT = 8
_TARGET = TICKETS.c.target_at
_NUMBER = TICKETS.c.number
_APART = "/"
_LARGEST = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; None: any."""

    status: str | None = None
    desk: str | None = None
    requester: str | None = None
    """Any address of theirs."""
    assignee: str | None = None
    """Any address of theirs; empty: those that nobody has."""
    tag: str | None = None
    late_at: datetime | None = None
    """Those with a target that is missed at that time."""
    category: str | None = None
    priority: str | None = None
    since: datetime | None = None
    """Created at this time or later."""
    until: datetime | None = None
    """Created before."""
    words: str = ""
    """See helpdesk.core.search_words; all in one message, answer or note, or in that and the
    subject."""
    on_hold: bool = False
    """Those that wait for a right to support."""
    licenses: frozenset[str] | None = None
    """Fingerprints, of which a ticket has one."""


@dataclass(frozen=True, slots=True)
class TicketPage:
    lines: tuple[TicketLine, ...]
    places: tuple[str, ...]
    """Of each line in the order: a page may begin behind it."""
    is_last: bool


@dataclass(frozen=True, slots=True)
class Place(Shown):
    """A message, an answer or a note that has what was looked for."""

    entry: int
    kind: str
    author: str
    at: datetime
    internal: bool
    text: str
    hits: tuple[tuple[int, int], ...]
    """Where in the text what was looked for begins and ends."""


@dataclass(frozen=True, slots=True)
class _Segment:
    keys: Mapping[str, ColumnElement[Any]]
    """By the name of the column that each is."""
    ascending: bool
    only: tuple[ColumnElement[bool], ...] = ()


async def list_tickets(
    engine: AsyncEngine,
    which: TicketFilter | None = None,
    order: Order | None = None,
    *,
    limit: int = PAGE,
    after: str = "",
) -> TicketPage:
    """The newest first, unless asked otherwise. `after`: a place of a page before."""
    question = _Question(which or TicketFilter(), order or Order(), limit)
    start = question.start(after)

    async with reading(engine) as connection:
        found = await connection.run_sync(
            lambda c: list(islice(question.rows(c, start), limit + 1))
        )
        rows = found[:limit]
        more = await more_of(connection, [row["number"] for _, row in rows])
    return TicketPage(
        tuple(TicketLine(**line_of(row), **more.of(row["number"])) for _, row in rows),
        tuple(question.place(segment, row) for segment, row in rows),
        is_last=len(found) <= limit,
    )


_Row = tuple[int, RowMapping]
_Start = tuple[int, tuple[Any, ...]]
"""A segment and the values of its keys; none: its beginning."""


@dataclass(slots=True)
class _Question:
    which: TicketFilter
    order: Order
    limit: int
    terms: tuple[Term, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.terms = query_of(self.which.words)

    # --- places ---------------------------------------------------------------------------------

    @property
    def _is_by_day(self) -> bool:
        """In a range of days the day is the order, as one index gives both."""
        has_days = self.which.since is not None or self.which.until is not None
        return self.order.sort is Sort.ENTRY and has_days and not self.which.words

    @property
    def _name(self) -> str:
        return "day" if self._is_by_day else self.order.sort.value

    def place(self, segment: int, row: RowMapping) -> str:
        values = [row[name] for name in self._names(segment)]
        texts = [v.isoformat() if isinstance(v, datetime) else str(v) for v in values]
        return _APART.join([self._name, str(segment), *texts])

    def start(self, place: str) -> _Start:
        if not place:
            return 0, ()
        try:
            name, segment, *texts = place.split(_APART)
            names = self._names(int(segment))
            values = tuple(_value(each, text) for each, text in zip(names, texts, strict=True))
            is_ours = name == self._name and int(segment) >= 0
        except (ValueError, IndexError, OverflowError):
            is_ours = False
        if not is_ours:
            raise StoreError(
                f"{place[:60]} is no place in this list",
                "give the one that a page of the same list ended with",
            )
        return int(segment), values

    def _names(self, segment: int) -> Sequence[str]:
        return tuple(self._segments(is_sqlite=False)[segment].keys)

    # --- the order ------------------------------------------------------------------------------

    def _segments(self, *, is_sqlite: bool) -> Sequence[_Segment]:
        up = self.order.is_ascending
        # A few tickets that an index finds are sorted; SQLite would look through the order instead.
        is_few = self.which.late_at is not None or self.which.licenses is not None or self.terms
        of = _without_index if is_sqlite and is_few else _as_it_is
        number = {"number": of(_NUMBER)}
        match self.order.sort:
            case Sort.UPDATED:
                return (_Segment({"updated_at": of(TICKETS.c.updated_at)} | number, up),)
            case Sort.DUE:
                due = {"target_at": of(_TARGET)} | number
                without = _Segment(number, ascending=False, only=(_TARGET.is_(None),))
                return (_Segment(due, up, (_TARGET.is_not(None),)), without)
            case Sort.PRIORITY:
                ranks = PRIORITIES if up else PRIORITIES[::-1]
                priority = TICKETS.c.priority
                return tuple(_Segment(number, up, (priority == rank,)) for rank in ranks)
        if self._is_by_day:
            return (_Segment({"created_at": of(TICKETS.c.created_at)} | number, up),)
        if self.which.tag is not None and not is_few:
            number = {"number": TAGS.c.ticket}
        return (_Segment(number, up),)

    # --- rows -----------------------------------------------------------------------------------

    def rows(self, connection: Connection, start: _Start) -> Iterator[_Row]:
        if self.which.words and not self.terms:
            return iter(())
        if self.terms and self.order.sort is Sort.ENTRY:
            return self._with_words(connection, start[1])
        among = newest_with(connection, self.terms) if self.terms else None
        return self._in_order(connection, start, among)

    def _in_order(
        self, connection: Connection, start: _Start, among: Sequence[int] | None
    ) -> Iterator[_Row]:
        segments = self._segments(is_sqlite=connection.dialect.name == "sqlite")
        left, values = self.limit + 1, start[1]
        for index in range(start[0], len(segments)):
            segment = segments[index]
            statement = self._asked().where(*segment.only)
            if among is not None:
                statement = statement.where(_NUMBER.in_(among))
            if values:
                statement = statement.where(_behind(segment, values))
            keys = segment.keys.values()
            ordered = [key.asc() if segment.ascending else key.desc() for key in keys]
            for row in connection.execute(statement.order_by(*ordered).limit(left)).mappings():
                left -= 1
                yield index, row
            if not left:
                return
            values = ()

    def _with_words(self, connection: Connection, values: tuple[Any, ...]) -> Iterator[_Row]:
        """The index of words gives tickets in order; what the filters leave out is skipped."""
        up = self.order.is_ascending
        beyond = values[0] if values else None
        for numbers in tickets_with(connection, self.terms, beyond, ascending=up):
            rows = connection.execute(self._asked().where(_NUMBER.in_(numbers))).mappings()
            for row in sorted(rows, key=lambda each: each["number"], reverse=not up):
                yield 0, row

    def _asked(self) -> Select[Any]:
        statement = LINE.where(TICKETS.c.deleted_at.is_(None))
        if self.which.tag is not None:
            statement = statement.join(TAGS, TAGS.c.ticket == _NUMBER).where(
                TAGS.c.tag == self.which.tag
            )
        return statement.where(*_of_work(self.which), *_of_content(self.which))


def _as_it_is(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column


def _without_index(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQLite takes no index for it."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _value(name: str, text: str) -> Any:
    if name == "number":
        if abs(number := int(text)) > _LARGEST:
            raise ValueError("is no number of a ticket")
        return number
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("has no time zone")
    return at.astimezone(UTC)


def _behind(segment: _Segment, values: Sequence[Any]) -> ColumnElement[bool]:
    keys = tuple(segment.keys.values())
    given: Any = tuple_(*(literal(v, k.type) for k, v in zip(keys, values, strict=True)))
    here: Any = tuple_(*keys)
    if len(keys) == 1:
        (here,), (given,) = keys, values
    found: ColumnElement[bool] = here > given if segment.ascending else here < given
    return found


def _of_work(which: TicketFilter) -> Iterator[ColumnElement[bool]]:
    plain = {"status": TICKETS.c.status, "desk": TICKETS.c.desk}
    plain |= {"category": TICKETS.c.category, "priority": TICKETS.c.priority}
    for name, column in plain.items():
        if (value := getattr(which, name)) is not None:
            yield column == value
    if which.requester is not None:
        yield TICKETS.c.requester == _owner(which.requester)
    if which.assignee == "":
        yield TICKETS.c.assignee.is_(None)
    elif which.assignee is not None:
        yield TICKETS.c.assignee == _owner(which.assignee)


def _of_content(which: TicketFilter) -> Iterator[ColumnElement[bool]]:
    if which.late_at is not None:
        yield _TARGET.is_not(None)
        yield which.late_at > _TARGET
    if which.since is not None:
        yield TICKETS.c.created_at >= which.since
    if which.until is not None:
        yield TICKETS.c.created_at < which.until
    if which.on_hold:
        yield TICKETS.c.held_at.is_not(None)
        yield TICKETS.c.status.not_in((Status.RESOLVED.value, Status.CLOSED.value))
    if which.licenses is not None:
        named = select(LICENSES.c.ticket).where(LICENSES.c.fingerprint.in_(which.licenses))
        yield _NUMBER.in_(named)


def _owner(address: str) -> ScalarSelect[Any]:
    statement = select(ADDRESSES.c.person).where(ADDRESSES.c.key == lookup_key(address))
    return statement.scalar_subquery()


# --- what was looked for ------------------------------------------------------------------------


async def places(
    engine: AsyncEngine, words: str, lines: Sequence[TicketLine]
) -> Mapping[int, tuple[Place, ...]]:
    """Of each of these tickets the newest messages, answers and notes that have the words."""
    terms = query_of(words)
    if not terms:
        return {}

    def ask(connection: Connection) -> dict[int, tuple[Place, ...]]:
        numbers = [line.number for line in lines]
        found = entries_with(connection, terms, numbers, _LOOKED_AT)
        return {
            number: tuple(islice(_places(connection, terms, entries), MOST_PLACES))
            for number, entries in found.items()
        }

    async with reading(engine) as connection:
        return await connection.run_sync(ask)


def _places(
    connection: Connection, terms: Sequence[Term], entries: Sequence[int]
) -> Iterator[Place]:
    for number in entries:
        row = connection.execute(select(ENTRIES).where(ENTRIES.c.id == number)).mappings().first()
        found = None if row is None else snippet(row["text"], terms)
        if row is not None and found is not None:
            author = person_of(row)
            yield Place(
                number,
                row["kind"],
                "" if author is None else author.name or author.address,
                row["at"],
                row["visibility"] == Visibility.INTERNAL.value,
                found.text,
                found.hits,
            )
