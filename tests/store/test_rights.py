"""Rights to support in the database: granted once, whoever asks at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core import ledger
from helpdesk.core.acts import Outcome
from helpdesk.core.commands import Verb
from helpdesk.core.ledger import Balance, LedgerLine, LineKind, Refusal, Stamp
from helpdesk.core.policy import Support
from helpdesk.core.rights import AgreementKind, holder_of
from helpdesk.core.ticket import TicketNumber
from helpdesk.store.check import CREDITS_AGREE, LEDGER_ADDS_UP, check
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.engine import open_engine, read_at_once, write_at_once
from helpdesk.store.reads import list_customers
from helpdesk.store.rights import (
    Agreeing,
    Customer,
    Done,
    Granting,
    SqlRights,
    Written,
    book_of,
    line_values,
)
from helpdesk.store.tables import LEDGER
from helpdesk.store.timers import SqlTimers
from tests.builders import BOB, EVE, NOW, message, rules
from tests.store.house import House

ANA, ACME, DOMAIN = holder_of("ana@example.com"), holder_of("Acme"), holder_of("@example.com")
WRITTEN = Written(NOW, "operator")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
CONTRACT = Agreeing(ACME, AgreementKind.CONTRACT, FIRST, LAST)
TICKET = TicketNumber(1001)


async def grant(
    engine: AsyncEngine, *wishes: Granting, dry_run: bool = False
) -> list[LedgerLine | Refusal]:
    async with SqlRights(engine).writer(WRITTEN, dry_run=dry_run) as writer:
        return await writer.grant(wishes)


async def put(
    engine: AsyncEngine, *customers: Customer, dry_run: bool = False
) -> list[Done | Refusal]:
    async with SqlRights(engine).writer(WRITTEN, dry_run=dry_run) as writer:
        return await writer.put(customers)


async def add(engine: AsyncEngine, lines: Sequence[LedgerLine]) -> None:
    values = [line_values(line) for line in lines]
    await write_at_once(engine, lambda c: c.execute(insert(LEDGER), values))


async def test_an_order_that_two_processes_import_at_once_is_granted_once(
    engine: AsyncEngine, url: str
) -> None:
    other = open_engine(url)
    wishes = [Granting(ANA, 5, f"order {number}") for number in range(3)]

    both = await asyncio.gather(*(grant(each, *wishes) for each in (engine, other) * 2))
    await other.dispose()

    assert sum(isinstance(each, LedgerLine) for found in both for each in found) == 3
    assert await SqlRights(engine).balances() == {ANA.key: Balance(15)}
    assert [line.id for line in await SqlRights(engine).lines()] == [1, 2, 3]


async def test_a_dry_run_says_the_same_and_writes_nothing(engine: AsyncEngine) -> None:
    wishes = [Granting(ANA, 5, "order 1"), Granting(ANA, 5, "order 1"), Granting(ACME, 1)]
    tried = await grant(engine, *wishes, dry_run=True)
    assert await SqlRights(engine).lines() == []
    done = await grant(engine, *wishes)

    assert tried == done
    assert [isinstance(each, Refusal) and each.is_known for each in done] == [False, True, False]
    assert isinstance(done[2], Refusal)
    assert done[2].reason.startswith("there is no account Acme (")


async def test_a_holder_sees_his_own_lines_and_agreements(engine: AsyncEngine) -> None:
    await put(engine, Customer(ANA, "Ana", ACME, agreement=CONTRACT), Customer(DOMAIN))
    await grant(engine, Granting(ACME, 2), Granting(ANA, 3), Granting(DOMAIN, 4))
    rights = SqlRights(engine)
    book = await read_at_once(engine, lambda connection: book_of(connection, [ANA.key]))
    holders = book.standing([ANA.key]).holders

    assert book.standing([ANA.key]).available == 9
    assert holders == (ANA.key, DOMAIN.key, ACME.key)
    assert sum(line.credits for line in await rights.lines(holders)) == 9
    assert [line.credits for line in await rights.lines([ACME.key])] == [2]
    [agreement] = await rights.agreements(holders)
    assert (agreement.holder, agreement.first, agreement.last) == (ACME.key, FIRST, LAST)
    assert await rights.agreements([ANA.key]) == []
    assert await rights.names() == {"acme": "Acme"}


async def test_an_agreement_is_written_once_and_can_be_ended(engine: AsyncEngine) -> None:
    wish = replace(CONTRACT, holder=ANA)
    earlier = replace(wish, last=date(2026, 6, 30))
    async with SqlRights(engine).writer(WRITTEN) as writer:
        done = await writer.agree([wish, wish, earlier, replace(wish, desk="sales")])

    assert done == [Done.NEW, Done.KNOWN, Done.CHANGED, Done.NEW]
    lasts = [each.last for each in await SqlRights(engine).agreements()]
    assert lasts == [earlier.last, LAST]


async def test_customers_come_once_and_change_only_by_what_is_said(engine: AsyncEngine) -> None:
    whole = Customer(ANA, "Ana Ruiz", ACME, "de", "Europe/Madrid", CONTRACT)

    assert await put(engine, whole, dry_run=True) == [Done.NEW]
    assert await list_customers(engine) == ()
    assert await put(engine, whole, whole, Customer(ANA)) == [Done.NEW, Done.KNOWN, Done.KNOWN]
    assert await put(engine, Customer(ANA, "Ana R.")) == [Done.CHANGED]
    [ana] = await list_customers(engine)
    assert (ana.name, ana.address, ana.language) == ("Ana R.", "ana@example.com", "de")
    [refused] = await put(engine, Customer(holder_of(BOB.address), "Bob", ACME))
    assert isinstance(refused, Refusal)
    book = await read_at_once(engine, lambda connection: book_of(connection, [BOB.address]))
    assert book.accounts == {}


async def test_a_deleted_ticket_leaves_its_number_in_the_ledger_and_no_word(house: House) -> None:
    await house.receive(message(EVE.address))
    await grant(house.engine, Granting(ANA, 1, "order 1", "paid by Eve"))
    lines = await SqlRights(house.engine).lines()
    for number, act in ((2, ledger.reserve), (3, ledger.consume)):
        line = act(lines, Stamp(number, ANA.key, NOW, BOB.address, "asked by Eve"), TICKET)
        assert isinstance(line, LedgerLine)
        lines.append(line)
    await add(house.engine, lines[1:])
    await write_counter(house.engine, 3)

    await delete_ticket(house.engine, house.objects, TICKET, NOW)

    _, *rest = await SqlRights(house.engine).lines()
    assert [(each.ticket, each.by, each.note) for each in rest] == [(TICKET, "", "")] * 2
    assert (await SqlRights(house.engine).balances())[ANA.key] == Balance(1, 0, 1)
    assert (await check(house.engine)).violations == ()


async def test_what_an_agent_puts_on_hold_is_not_let_go_by_its_own_credit(house: House) -> None:
    house.rules = rules(support=Support(required=True))
    await grant(house.engine, Granting(holder_of(EVE.address), 1))
    await house.receive(message(EVE.address))
    assert (await house.act(1001, Verb.HOLD)).outcome is Outcome.DONE

    assert await house.ticker(NOW + timedelta(minutes=1)).run_once() == 0

    await grant(house.engine, Granting(holder_of(EVE.address), 1))
    await house.ticker(NOW + timedelta(minutes=2)).run_once()
    assert (await SqlRights(house.engine).balances())[EVE.address] == Balance(2, 1, 0, 1)


async def test_a_held_ticket_that_was_merged_is_not_looked_at_for_ever(house: House) -> None:
    house.rules = rules(support=Support(required=True))
    for subject in ("First", "Second"):
        await house.receive(message(EVE.address, subject))
    assert (await house.act(1002, Verb.MERGE, "1001")).outcome is Outcome.DONE

    await grant(house.engine, Granting(holder_of(EVE.address), 1))
    assert await house.ticker(NOW + timedelta(minutes=1)).run_once() == 1

    assert await SqlTimers(house.engine).next_due() is None
    assert (await SqlRights(house.engine).balances())[EVE.address] == Balance(1, 1, 0)


async def write_counter(engine: AsyncEngine, last: int) -> None:
    statement = f"UPDATE counters SET last = {last} WHERE name = 'ledger'"
    await write_at_once(engine, lambda c: c.exec_driver_sql(statement).rowcount)


async def test_the_check_finds_lines_that_were_not_possible(house: House) -> None:
    await house.receive(message(EVE.address))
    line = LedgerLine(1, "a", LineKind.GRANTED, 1, None, NOW, "operator")
    lines = [
        replace(line, id=1),
        replace(line, id=2, kind=LineKind.RESERVED, credits=2, ticket=TICKET),
        replace(line, id=3, holder="b"),
        replace(line, id=4, holder="b", kind=LineKind.RESERVED),
        replace(line, id=5, holder="c", kind=LineKind.CONSUMED, ticket=TICKET),
        replace(line, id=6, holder="d", credits=0),
        replace(line, id=7, holder="e"),
    ]
    await add(house.engine, lines)
    await write_counter(house.engine, 7)
    assert await found(house) == ["2", "4", "5", "6"]

    wrong = "UPDATE ledger SET kind = 'stolen' WHERE id = 7"
    await write_at_once(house.engine, lambda c: c.exec_driver_sql(wrong).rowcount)
    assert await found(house) == ["2", "4", "5", "6", "7"]


async def found(house: House) -> list[str]:
    violations = (await check(house.engine)).violations
    assert {each.promise for each in violations} <= {LEDGER_ADDS_UP, CREDITS_AGREE}
    of_ledger = (each.detail for each in violations if each.promise == LEDGER_ADDS_UP)
    return sorted(detail.partition(":")[0] for detail in of_ledger)


async def test_the_check_finds_a_ticket_that_says_something_else_than_the_ledger(
    house: House,
) -> None:
    await house.receive(message(EVE.address))
    line = LedgerLine(1, "a", LineKind.GRANTED, 1, None, NOW, "operator")
    kept = replace(line, id=2, kind=LineKind.RESERVED, ticket=TICKET)
    await add(house.engine, [line, kept])
    await write_counter(house.engine, 2)

    (violation,) = (await check(house.engine)).violations

    assert violation.promise == CREDITS_AGREE
    assert violation.detail.startswith(f"{TICKET}: 0 ")
