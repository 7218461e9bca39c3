"""What waits is counted right, and counting costs nothing for what is done."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store.engine import reading, writing
from helpdesk.store.numbers import STATEMENTS, Numbers, numbers
from helpdesk.store.tables import OUTBOX
from tests.builders import EVE, NOW, mail, message
from tests.store.house import LATER, House


async def test_an_empty_house_has_nothing_waiting(engine: AsyncEngine) -> None:
    empty = Numbers(0, None, 0, {"queued": 0, "deferred": 0, "held": 0}, None)

    assert await numbers(engine) == empty


async def test_accepted_mail_waits_until_it_is_worked_off(house: House) -> None:
    await house.keep(message(subject="one"), message(subject="two"))

    found = await numbers(house.engine)

    assert (found.pending, found.oldest_pending_at) == (2, NOW)


async def test_what_is_set_aside_is_counted(house: House) -> None:
    (first, _) = await house.keep(message(subject="one"), message(subject="two"))
    await house.intake.quarantine(IntakeId(first.intake), "processing failed", "", NOW)

    found = await numbers(house.engine)

    assert (found.pending, found.quarantined) == (1, 1)


async def test_outgoing_mail_is_counted_by_its_state(house: House) -> None:
    await house.receive(message(), message(EVE.address))
    rows = await house.rows(OUTBOX)
    ids = [OutboxId(row.id) for row in rows]
    later = LATER + timedelta(hours=1)
    outcomes = [Outcome.HELD, Outcome.DEFERRED, Outcome.DELIVERED, Outcome.FAILED]
    sent = [
        Sent(number, Attempt(outcome), later if outcome is Outcome.DEFERRED else None)
        for number, outcome in zip(ids, outcomes, strict=False)
    ]
    await house.outbox.finish(sent, LATER)

    found = await numbers(house.engine)

    assert found.outbox == {"held": 1, "deferred": 1, "queued": len(ids) - 4}
    assert found.oldest_due_at == min(row.due_at for row in rows[4:])


async def test_finished_work_is_not_looked_at(house: House) -> None:
    await house.receive(mail(message()))
    async with writing(house.engine) as connection:
        await connection.execute(update(OUTBOX).values(state="delivered", due_at=None))

    found = await numbers(house.engine)

    assert found == Numbers(0, None, 0, {"queued": 0, "deferred": 0, "held": 0}, None)


@pytest.mark.parametrize("number", range(len(STATEMENTS)))
async def test_no_table_is_read_as_a_whole(engine: AsyncEngine, number: int) -> None:
    is_sqlite = engine.dialect.name == "sqlite"
    query = STATEMENTS[number].compile(
        dialect=engine.dialect, compile_kwargs={"literal_binds": True}
    )
    async with reading(engine) as connection:
        if not is_sqlite:  # small tables are read as a whole unless it costs something
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        rows = (await connection.exec_driver_sql(f"{explain} {query}")).all()

    plan = "\n".join(str(row[-1]) for row in rows)
    assert re.search(r"(?i)using .*index|index .*scan", plan)
    # "SEARCH intake" without an index walks along all rows to the first that fits.
    tables = "(?:intake|outbox|license_answers)"
    whole = rf"(?:SCAN|SEARCH) {tables}$|Seq Scan on {tables}"
    assert not re.search(whole, plan, re.MULTILINE), plan
