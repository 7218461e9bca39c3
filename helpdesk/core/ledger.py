"""The ledger of prepaid support tickets: what may be its next line, and what it adds up to.

A credit is granted once, reserved for a ticket, consumed for it, and may be given back. Lines are
only ever added. What is not possible is a Refusal and no line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helpdesk.core.ticket import TicketNumber

MOST_CREDITS = 1_000_000
"""In one line: more is a slip of the pen."""


class LineKind(StrEnum):
    GRANTED = "granted"
    RESERVED = "reserved"
    CONSUMED = "consumed"
    """Of what was reserved."""
    REFUNDED = "refunded"
    """Of what was reserved or consumed."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    id: int
    holder: str
    """Its key."""
    kind: LineKind
    credits: int
    ticket: TicketNumber | None
    """Of all lines but those that grant."""
    at: datetime
    by: str
    note: str = ""
    reference: str = ""
    """The order that was paid; the same one is granted to a holder once."""


@dataclass(frozen=True, slots=True)
class Balance:
    """`granted` is what is `available`, `reserved` or `consumed`."""

    granted: int = 0
    reserved: int = 0
    """For tickets at this moment."""
    consumed: int = 0
    """Without what was refunded."""
    refunded: int = 0
    """Given back so far; it is available again, or used again."""

    @property
    def available(self) -> int:
        return self.granted - self.reserved - self.consumed


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every line says of itself."""

    id: int
    holder: str
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: str
    is_known: bool = False
    """The same was granted before: there is nothing to do."""


@dataclass(slots=True)
class _Book:
    """One holder's credits, line by line."""

    granted: int = 0
    refunded: int = 0
    reserved: dict[TicketNumber | None, int] = field(default_factory=dict)
    consumed: dict[TicketNumber | None, int] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)

    def balance(self) -> Balance:
        reserved, consumed = sum(self.reserved.values()), sum(self.consumed.values())
        return Balance(self.granted, reserved, consumed, self.refunded)

    def fault(self, line: LedgerLine) -> str:
        """Why this cannot be the next line; empty if it can."""
        if line.credits <= 0:
            return "a line is about one credit or more"
        if (line.ticket is None) != (line.kind is LineKind.GRANTED):
            return "every line but those that grant names a ticket"
        reserved = self.reserved.get(line.ticket, 0)
        match line.kind:
            case LineKind.GRANTED:
                return self._fault_of_order(line)
            case LineKind.RESERVED:
                return _short("available", self.balance().available, line.credits)
            case LineKind.CONSUMED:
                return _short("reserved for this ticket", reserved, line.credits)
            case LineKind.REFUNDED:
                held = reserved + self.consumed.get(line.ticket, 0)
                return _short("reserved or consumed for this ticket", held, line.credits)

    def _fault_of_order(self, line: LedgerLine) -> str:
        before = self.references.get(line.reference)
        if before is None:
            return ""
        return f"{number_of(before)} granted for {line.reference} before"

    def enter(self, line: LedgerLine) -> None:
        """Whether it is possible or not."""
        match line.kind:
            case LineKind.GRANTED:
                self.granted += line.credits
                if line.reference:
                    self.references[line.reference] = line.credits
            case LineKind.RESERVED:
                _add(self.reserved, line.ticket, line.credits)
            case LineKind.CONSUMED:
                _add(self.reserved, line.ticket, -line.credits)
                _add(self.consumed, line.ticket, line.credits)
            case LineKind.REFUNDED:
                # What is only reserved comes back first: nobody has worked for it.
                waiting = min(self.reserved.get(line.ticket, 0), line.credits)
                _add(self.reserved, line.ticket, -waiting)
                _add(self.consumed, line.ticket, waiting - line.credits)
                self.refunded += line.credits


def _add(amounts: dict[TicketNumber | None, int], ticket: TicketNumber | None, more: int) -> None:
    amounts[ticket] = amounts.get(ticket, 0) + more


def _short(what: str, there: int, wanted: int) -> str:
    if wanted <= there:
        return ""
    return f"{number_of(wanted)} wanted, {there} {what}"


def number_of(amount: int) -> str:
    return "1 credit" if amount == 1 else f"{amount} credits"


def balance_of(lines: Iterable[LedgerLine]) -> Balance:
    """Of one holder, or of several together."""
    book = _Book()
    for line in lines:
        book.enter(line)
    return book.balance()


def faults_of(lines: Iterable[LedgerLine]) -> Iterator[tuple[int, str]]:
    """The ids of lines that were not possible after those before them, and why; of one holder."""
    book = _Book()
    for line in lines:
        if why := book.fault(line):
            yield line.id, why
        book.enter(line)


# --- the next line ------------------------------------------------------------------------------


def grant(
    lines: Iterable[LedgerLine], stamp: Stamp, amount: int, reference: str = ""
) -> LedgerLine | Refusal:
    """`lines` here and below: all of the holder, in the order of their ids."""
    if not 0 < amount <= MOST_CREDITS:
        return Refusal(f"{amount} is no number of credits (1 to {MOST_CREDITS})")
    book = _book(lines, stamp.holder)
    if reference and reference in book.references:
        before = book.references[reference]
        reason = f"{number_of(before)} granted for {reference} before"
        return Refusal(reason, is_known=before == amount)
    return _line(stamp, LineKind.GRANTED, amount, reference=reference)


def reserve(
    lines: Iterable[LedgerLine], stamp: Stamp, ticket: TicketNumber, amount: int = 1
) -> LedgerLine | Refusal:
    return _next(lines, _line(stamp, LineKind.RESERVED, amount, ticket))


def consume(
    lines: Iterable[LedgerLine], stamp: Stamp, ticket: TicketNumber, amount: int = 1
) -> LedgerLine | Refusal:
    """At most what is reserved for the ticket, and so once for each reservation."""
    return _next(lines, _line(stamp, LineKind.CONSUMED, amount, ticket))


def refund(
    lines: Iterable[LedgerLine], stamp: Stamp, ticket: TicketNumber, amount: int = 1
) -> LedgerLine | Refusal:
    """At most what is reserved or consumed for the ticket, the reserved ones first."""
    return _next(lines, _line(stamp, LineKind.REFUNDED, amount, ticket))


def _line(
    stamp: Stamp,
    kind: LineKind,
    amount: int,
    ticket: TicketNumber | None = None,
    reference: str = "",
) -> LedgerLine:
    said = (stamp.at, stamp.by, stamp.note, reference)
    return LedgerLine(stamp.id, stamp.holder, kind, amount, ticket, *said)


def _next(lines: Iterable[LedgerLine], line: LedgerLine) -> LedgerLine | Refusal:
    why = _book(lines, line.holder).fault(line)
    return Refusal(why) if why else line


def _book(lines: Iterable[LedgerLine], holder: str) -> _Book:
    book = _Book()
    for line in lines:
        if line.holder == holder:
            book.enter(line)
    return book


def by_holder(lines: Iterable[LedgerLine]) -> dict[str, Sequence[LedgerLine]]:
    found: dict[str, list[LedgerLine]] = {}
    for line in lines:
        found.setdefault(line.holder, []).append(line)
    return dict(found)
