"""The queue by mail: a digest in the morning, a click, and the ticket has its agent."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.core.outgoing import Notice
from helpdesk.store.check import check
from helpdesk.store.engine import reading
from helpdesk.store.tables import PEOPLE, TICKETS
from tests.databases import put_database
from tests.fakes import FakeClock
from tests.reading import build_reading_here
from tests.scenarios.simulation import EDGE, Simulation, html_of, text_of

ANTON, LEA = "anton@example.test", "lea@example.test"
DESK = "support@example.test"
THURSDAY = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIG = f"""
[[desks]]
address = "{DESK}"
display_name = "Example Support"
service_level = "portal"
time_zone = "Europe/Berlin"
digest = "08:00"
weekly_report = "monday 07:30"
quiet_hours = "20:00-07:00"

[[agents]]
name = "Anton Bauer"
addresses = ["{ANTON}"]

[[agents]]
name = "Lea Lang"
addresses = ["{LEA}"]
language = "de"
away = ["2026-11-21/2026-12-31"]

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[reader]
workers = 1
"""


@pytest.fixture
async def simulation(tmp_path: Path) -> AsyncIterator[Simulation]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    settings = load(path)
    put_database(tmp_path)
    await prepare(settings, new_keys=True)
    gateway = build_reading_here(settings)
    try:
        yield Simulation(gateway, FakeClock(THURSDAY))
        report = await check(gateway.engine, settings.store.objects, deep=True)
        assert report.violations == ()
    finally:
        await gateway.close()


def got(simulation: Simulation, address: str, notice: Notice) -> list[EmailMessage]:
    return [m for m in simulation.post.boxes[address] if simulation.notice_of(m) is notice]


def links(mail: EmailMessage) -> dict[str, tuple[str, str, str]]:
    """Recipient, subject and body of what each link makes, by ticket."""
    found = re.findall(r"<mailto:([^?>]+)\?subject=([^&>]*)&body=([^>]*)>", text_of(mail))
    made = [(unquote(to), unquote(subject), unquote(body)) for to, subject, body in found]
    return {subject: (to, subject, body) for to, subject, body in made}


async def assignees(simulation: Simulation) -> dict[int, str | None]:
    statement = select(TICKETS.c.number, PEOPLE.c.name).outerjoin(
        PEOPLE, PEOPLE.c.id == TICKETS.c.assignee
    )
    async with reading(simulation.gateway.engine) as connection:
        return {row.number: row.name for row in await connection.execute(statement)}


async def run(simulation: Simulation, until: datetime) -> None:
    while simulation.now < until:
        await simulation.run_until(min(simulation.now + HOUR / 2, until))


async def test_a_digest_comes_in_the_morning_and_a_click_takes_a_ticket(
    simulation: Simulation,
) -> None:
    simulation.send("ana@customer.example", DESK, "Cannot activate", "Error 17.")
    simulation.send("bo@customer.example", DESK, "Invoice is missing", "Where is it?")
    await run(simulation, THURSDAY + 23 * HOUR)

    (anton,), (lea,) = (got(simulation, each, Notice.DIGEST) for each in (ANTON, LEA))
    assert anton["Subject"] == "2 tickets wait: Friday, 20 November 2026"
    assert lea["Subject"] == "2 Tickets warten: Freitag, 20. November 2026"
    assert simulation.now == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert set(links(anton)) == {"Take [TICK-1001]", "Take [TICK-1002]"}
    assert html_of(anton).count('href="mailto:') == 2

    to, subject, body = links(anton)["Take [TICK-1002]"]
    simulation.send(ANTON, to, subject, body)
    await run(simulation, simulation.now + HOUR)

    assert await assignees(simulation) == {1001: None, 1002: "Anton Bauer"}
    receipt = text_of(got(simulation, ANTON, Notice.RECEIPT)[-1])
    assert "#take: The ticket is yours." in receipt

    to, subject, body = links(lea)["Take [TICK-1002]"]
    simulation.send(LEA, to, subject, body)
    await run(simulation, simulation.now + HOUR)

    assert (await assignees(simulation))[1002] == "Anton Bauer"
    receipt = text_of(got(simulation, LEA, Notice.RECEIPT)[-1])
    assert "Es ist schon Anton Bauer zugewiesen." in receipt

    simulation.hand_in(
        simulation.write(ANTON, to, subject.replace("1002", "1001"), body), to, proved=False
    )
    await run(simulation, simulation.now + HOUR)
    assert (await assignees(simulation))[1001] is None


async def test_nothing_comes_at_night_or_at_the_weekend(simulation: Simulation) -> None:
    simulation.clock.at = datetime(2026, 11, 20, 22, tzinfo=UTC)
    simulation.send("ana@customer.example", DESK, "Cannot activate", "Error 17.")
    await run(simulation, datetime(2026, 11, 21, 5, 30, tzinfo=UTC))

    assert len(got(simulation, "ana@customer.example", Notice.CONFIRMATION)) == 1
    assert simulation.post.boxes[ANTON] == []

    await run(simulation, datetime(2026, 11, 23, 6, 45, tzinfo=UTC))
    assert len(got(simulation, ANTON, Notice.NEW_TICKET)) == 1
    assert got(simulation, ANTON, Notice.DIGEST) == []
    (report,) = got(simulation, ANTON, Notice.WEEKLY_REPORT)
    assert report["Subject"] == "Example Support, the week until Sunday, 22 November 2026"
    assert re.search(r"Opened: +1 \(0 the week before\)", text_of(report))
    assert got(simulation, LEA, Notice.WEEKLY_REPORT) == []

    await run(simulation, datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    (digest,) = got(simulation, ANTON, Notice.DIGEST)
    assert digest["Subject"] == "1 ticket waits, 1 overdue: Monday, 23 November 2026"
    assert got(simulation, LEA, Notice.DIGEST) == []
