"""Rights to support: accounts, agreements, and the ledger of prepaid tickets.

What many lines of a file ask for is done in batches, each in one transaction. Whatever is asked
for a second time changes nothing.
Failures: what cannot be is a Refusal in the place of what would have come of it.
"""

import json
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core import ledger
from helpdesk.core.ledger import Balance, LedgerLine, LineKind, Refusal, Stamp, balance_of
from helpdesk.core.rights import (
    Agreement,
    AgreementKind,
    Book,
    Holder,
    HolderKind,
    holders_of,
)
from helpdesk.core.ticket import RightState, TicketNumber
from helpdesk.store.engine import read_at_once, write_at_once, write_turn
from helpdesk.store.mapping import right_from
from helpdesk.store.queues import take_ids_in
from helpdesk.store.tables import (
    ACCOUNT_MEMBERS,
    ACCOUNTS,
    ADDRESSES,
    AGENTS,
    AGREEMENTS,
    LEDGER,
    PEOPLE,
    TICKETS,
)

BATCH = 500
"""So many at once; others may write in between."""

T = TypeVar("T")
Values = dict[str, Any]
Step = Callable[[Connection], T]


class Done(StrEnum):
    """What came of a line of a file."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    """It was so before."""


@dataclass(frozen=True, slots=True)
class Granting:
    holder: Holder
    credits: int
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Agreeing:
    """An agreement of the same holder, kind, desk and first day gets this last day."""

    holder: Holder
    kind: AgreementKind
    first: date | None = None
    last: date | None = None
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """What is empty stays as it is."""

    holder: Holder
    """A person; or a domain, as a member of an account or for an agreement."""
    name: str = ""
    account: Holder | None = None
    language: str = ""
    zone: str = ""
    agreement: Agreeing | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """When, and by whom."""

    at: datetime
    by: str


class SqlRights:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def writer(self, written: Written, *, dry_run: bool = False) -> AsyncIterator["Writer"]:
        """A dry run does all of it in one transaction that is taken back at the end."""
        if not dry_run:
            yield Writer(lambda step: write_at_once(self._engine, step), written)
            return
        async with write_turn(self._engine) as turn:
            yield Writer(turn.run, written)

    async def lines(self, holders: Collection[str] | None = None) -> list[LedgerLine]:
        """Of these holders (their keys), or of all; in the order in which they were written."""
        return await read_at_once(
            self._engine, lambda c: [line_from(row) for row in _of(c, _LINES, LEDGER, holders)]
        )

    async def agreements(self, holders: Collection[str] | None = None) -> list[Agreement]:
        return await read_at_once(
            self._engine,
            lambda c: [agreement_from(row) for row in _of(c, _AGREEMENTS, AGREEMENTS, holders)],
        )

    async def balances(self, holders: Collection[str] | None = None) -> dict[str, Balance]:
        """Of those who have a line in the ledger."""
        by_holder = ledger.by_holder(await self.lines(holders))
        return {holder: balance_of(by_holder[holder]) for holder in sorted(by_holder)}

    async def names(self) -> dict[str, str]:
        """Of accounts, by their keys."""
        return await read_at_once(
            self._engine,
            lambda c: {row.key: row.name for row in c.execute(select(ACCOUNTS))},
        )


def book_of(connection: Connection, addresses: Collection[str]) -> Book:
    """What is on record for the people with these addresses, by their keys."""
    direct = holders_of(addresses, {})
    accounts = _accounts_of(connection, direct)
    holders = (*direct, *accounts)
    agreements = _of(connection, _AGREEMENTS, AGREEMENTS, holders)
    lines = _of(connection, _LINES, LEDGER, holders)
    return Book(accounts, tuple(map(agreement_from, agreements)), tuple(map(line_from, lines)))


def wake_held(
    connection: Connection,
    holders: Collection[str],
    at: datetime,
    *,
    but_not: Collection[int] = (),
) -> None:
    """Tickets on hold whose requesters may have a right by now are looked at again; those that
    came first are looked at first. `but_not` these, which an agent put on hold just now."""
    members = select(ACCOUNT_MEMBERS).where(ACCOUNT_MEMBERS.c.account.in_(holders))
    accounts: dict[str, set[str]] = {}
    for account, member in connection.execute(members):
        accounts.setdefault(account, set()).add(member)
    held: dict[int, tuple[str, set[str]]] = {}
    for row in connection.execute(_HELD):
        held.setdefault(row.number, (row.right_json, set()))[1].add(row.key)
    for number, (column, addresses) in held.items():
        if number in but_not or set(holders).isdisjoint(holders_of(addresses, accounts)):
            continue
        right = json.loads(column) | {"check_at": at.isoformat()}
        connection.execute(
            update(TICKETS)
            .where(TICKETS.c.number == number)
            .values(right_json=json.dumps(right), due_at=at)
        )


def return_reserved(connection: Connection, ticket: RowMapping, now: datetime) -> None:
    """Credits that nobody has worked for come back when their ticket is deleted."""
    right = right_from(ticket)
    if right.state is not RightState.RESERVED:
        return
    rows = _of(connection, _LINES, LEDGER, (right.holder,))
    number = TicketNumber(ticket["number"])
    stamp = Stamp(0, right.holder, now, "")
    line = ledger.refund(map(line_from, rows), stamp, number, right.credits)
    _kept(connection, [line])
    wake_held(connection, (right.holder,), now)


_AGREEMENTS = select(AGREEMENTS).order_by(AGREEMENTS.c.id)
_LINES = select(LEDGER).order_by(LEDGER.c.id)
_HELD = (
    select(TICKETS.c.number, TICKETS.c.right_json, ADDRESSES.c.key)
    .join_from(TICKETS, ADDRESSES, ADDRESSES.c.person == TICKETS.c.requester)
    .where(TICKETS.c.held_at.is_not(None), TICKETS.c.merged_into.is_(None))
    .where(TICKETS.c.deleted_at.is_(None))
    .order_by(TICKETS.c.number)
)


def _accounts_of(connection: Connection, members: Collection[str]) -> dict[str, tuple[str, ...]]:
    statement = select(ACCOUNT_MEMBERS).where(ACCOUNT_MEMBERS.c.member.in_(members))
    found: dict[str, tuple[str, ...]] = {}
    for account, member in connection.execute(statement.order_by(*ACCOUNT_MEMBERS.c)):
        found[account] = (*found.get(account, ()), member)
    return found


class Writer:
    """Its methods take a batch; what comes of each stands in the same place."""

    def __init__(self, run: Callable[[Step[Any]], Awaitable[Any]], written: Written) -> None:
        self._run = run
        self._written = written

    async def grant(self, wishes: Sequence[Granting]) -> list[LedgerLine | Refusal]:
        found: list[LedgerLine | Refusal] = await self._run(
            lambda c: _grant(c, wishes, self._written)
        )
        return found

    async def agree(self, wishes: Sequence[Agreeing]) -> list[Done | Refusal]:
        found: list[Done | Refusal] = await self._run(lambda c: _agree(c, wishes, self._written))
        return found

    async def put(self, customers: Sequence[Customer]) -> list[Done | Refusal]:
        """With their accounts and agreements."""
        found: list[Done | Refusal] = await self._run(lambda c: _put(c, customers, self._written))
        return found


def _of(
    connection: Connection, statement: Select[Any], table: Table, holders: Collection[str] | None
) -> Sequence[RowMapping]:
    if holders is not None:
        statement = statement.where(table.c.holder.in_(holders))
    return connection.execute(statement).mappings().all()


def line_from(row: RowMapping) -> LedgerLine:
    ticket = None if row["ticket"] is None else TicketNumber(row["ticket"])
    return LedgerLine(**{**row, "kind": LineKind(row["kind"]), "ticket": ticket})


def line_values(line: LedgerLine) -> Values:
    return {column.name: getattr(line, column.name) for column in LEDGER.c} | {
        "kind": line.kind.value
    }


def agreement_from(row: RowMapping) -> Agreement:
    columns = (row["first"], row["last"], row["desk"])
    return Agreement(row["id"], row["holder"], AgreementKind(row["kind"]), *columns)


# --- credits ------------------------------------------------------------------------------------


def _grant(
    connection: Connection, wishes: Sequence[Granting], written: Written
) -> list[LedgerLine | Refusal]:
    holders = {wish.holder.key for wish in wishes}
    before = [line_from(row) for row in _of(connection, _LINES, LEDGER, holders)]
    lines = {key: [line for line in before if line.holder == key] for key in holders}
    unknown = _unknown(connection, [wish.holder for wish in wishes])
    found: list[LedgerLine | Refusal] = []
    for wish in wishes:
        holder = wish.holder.key
        if holder in unknown:
            found.append(_no_account(wish.holder))
            continue
        stamp = Stamp(0, holder, written.at, written.by, wish.note)
        line = ledger.grant(lines[holder], stamp, wish.credits, wish.reference)
        if isinstance(line, LedgerLine):
            lines[holder].append(line)
        found.append(line)
    granted = {each.holder for each in found if isinstance(each, LedgerLine)}
    wake_held(connection, granted, written.at)
    return _kept(connection, found)


def _kept(
    connection: Connection, found: Sequence[LedgerLine | Refusal]
) -> list[LedgerLine | Refusal]:
    """The new lines get their ids and are written."""
    number = sum(isinstance(each, LedgerLine) for each in found)
    if not number:
        return list(found)
    ids = iter(range(first := take_ids_in(connection, "ledger", number), first + number))
    kept = [replace(each, id=next(ids)) if isinstance(each, LedgerLine) else each for each in found]
    values = [line_values(each) for each in kept if isinstance(each, LedgerLine)]
    connection.execute(insert(LEDGER), values)
    return kept


def _unknown(connection: Connection, holders: Iterable[Holder]) -> set[str]:
    """The accounts among them that there are not."""
    named = {each.key for each in holders if each.kind is HolderKind.ACCOUNT}
    if not named:
        return set()
    return named - set(
        connection.execute(select(ACCOUNTS.c.key).where(ACCOUNTS.c.key.in_(named))).scalars()
    )


def _no_account(holder: Holder) -> Refusal:
    return Refusal(
        f"there is no account {holder.name} (make it with: helpdesk customers import FILE.csv)"
    )


# --- agreements ---------------------------------------------------------------------------------


def _agree(
    connection: Connection, wishes: Sequence[Agreeing], written: Written
) -> list[Done | Refusal]:
    unknown = _unknown(connection, [wish.holder for wish in wishes])
    keys = {wish.holder.key for wish in wishes}
    rows = _of(connection, select(AGREEMENTS), AGREEMENTS, keys)
    there = {_identity(agreement_from(row)): agreement_from(row) for row in rows}
    found: list[Done | Refusal] = []
    for wish in wishes:
        if wish.holder.key in unknown:
            found.append(_no_account(wish.holder))
            continue
        new = Agreement(0, wish.holder.key, wish.kind, wish.first, wish.last, wish.desk)
        before = there.get(_identity(new))
        new = replace(new, id=before.id if before else take_ids_in(connection, "agreement", 1))
        found.append(_write(connection, before, new, written))
        there[_identity(new)] = new
    wake_held(connection, keys, written.at)
    return found


def _identity(agreement: Agreement) -> tuple[str, AgreementKind, date | None, str]:
    return agreement.holder, agreement.kind, agreement.first, agreement.desk


def _write(
    connection: Connection, before: Agreement | None, new: Agreement, written: Written
) -> Done:
    said = {"at": written.at, "by": written.by}
    if before is None:
        named = {"id": new.id, "holder": new.holder, "kind": new.kind.value}
        days = {"first": new.first, "last": new.last, "desk": new.desk}
        connection.execute(insert(AGREEMENTS).values(**named, **days, **said))
        return Done.NEW
    if before.last == new.last:
        return Done.KNOWN
    connection.execute(
        update(AGREEMENTS).where(AGREEMENTS.c.id == new.id).values(last=new.last, **said)
    )
    return Done.CHANGED


# --- customers ----------------------------------------------------------------------------------


def _put(
    connection: Connection, customers: Sequence[Customer], written: Written
) -> list[Done | Refusal]:
    people = _people(connection, [each.holder.key for each in customers])
    agents = {key for key, person in people.items() if person["is_agent"]}
    taken = [each for each in customers if each.holder.key not in agents]
    accounts = _put_accounts(connection, taken, written.at)
    wishes = [each.agreement for each in taken if each.agreement is not None]
    agreed = iter(_agree(connection, wishes, written))
    found: list[Done | Refusal] = []
    for customer in customers:
        if customer.holder.key in agents:
            found.append(Refusal("that is an agent's address (agents are named in the settings)"))
            continue
        is_person = customer.holder.kind is HolderKind.PERSON
        is_new = is_person and customer.holder.key not in people
        done: list[Done | Refusal] = [next(accounts)]
        if is_person:
            done.append(_put_person(connection, customer, people))
        if customer.agreement is not None:
            done.append(next(agreed))
        found.append(_of_all(done, is_new=is_new))
    return found


def _of_all(done: Sequence[Done | Refusal], *, is_new: bool) -> Done:
    if is_new:
        return Done.NEW
    return Done.KNOWN if {*done} <= {Done.KNOWN} else Done.CHANGED


def _people(connection: Connection, keys: Sequence[str]) -> dict[str, Values]:
    """By their addresses; of each what an import can change."""
    agent = AGENTS.c.person.is_not(None) & AGENTS.c.active.is_(True)
    statement = (
        select(ADDRESSES.c.key, PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.language, PEOPLE.c.zone)
        .add_columns(agent.label("is_agent"))
        .join_from(ADDRESSES, PEOPLE, PEOPLE.c.id == ADDRESSES.c.person)
        .join(AGENTS, AGENTS.c.person == PEOPLE.c.id, isouter=True)
        .where(ADDRESSES.c.key.in_(keys))
    )
    rows = connection.execute(statement).mappings()
    return {row["key"]: {name: row[name] for name in row if name != "key"} for row in rows}


def _put_person(connection: Connection, customer: Customer, people: dict[str, Values]) -> Done:
    said = {"name": customer.name, "language": customer.language, "zone": customer.zone}
    key, address = customer.holder.key, customer.holder.name
    if key not in people:
        person = take_ids_in(connection, "person", 1)
        connection.execute(insert(PEOPLE).values(id=person, address=address, **said))
        connection.execute(
            insert(ADDRESSES).values(
                key=key, person=person, address=address, failures=0, suppressed=False
            )
        )
        people[key] = {"id": person, "is_agent": False, **said}
        return Done.NEW
    before = people[key]
    changed = {name: value for name, value in said.items() if value and value != before[name]}
    if not changed:
        return Done.KNOWN
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == before["id"]).values(**changed))
    before.update(changed)
    return Done.CHANGED


def _put_accounts(
    connection: Connection, customers: Sequence[Customer], at: datetime
) -> Iterator[Done]:
    """Accounts that are missing, and members; what came of each customer's."""
    named = {each.account.key: each.account for each in customers if each.account is not None}
    new = _unknown(connection, named.values())
    if new:
        values = [{"key": key, "name": named[key].name} for key in sorted(new)]
        connection.execute(insert(ACCOUNTS), values)
    statement = select(ACCOUNT_MEMBERS).where(
        ACCOUNT_MEMBERS.c.member.in_({each.holder.key for each in customers})
    )
    there = {(row.account, row.member) for row in connection.execute(statement)}
    pairs = [(each.account.key, each.holder.key) for each in customers if each.account is not None]
    missing = [pair for pair in dict.fromkeys(pairs) if pair not in there]
    if missing:
        values = [{"account": account, "member": member} for account, member in missing]
        connection.execute(insert(ACCOUNT_MEMBERS), values)
        wake_held(connection, {account for account, _ in missing}, at)
    return _of_accounts(customers, set(missing))


def _of_accounts(customers: Sequence[Customer], missing: set[tuple[str, str]]) -> Iterator[Done]:
    for customer in customers:
        pair = ("" if customer.account is None else customer.account.key, customer.holder.key)
        yield Done.CHANGED if pair in missing else Done.KNOWN
        missing.discard(pair)
