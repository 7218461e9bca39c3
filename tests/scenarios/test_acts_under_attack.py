"""Strangers, forgers, loops and slips against all that is done by mail: real bytes, real store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from helpdesk.app.build import build
from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.store.check import check
from helpdesk.store.engine import reading
from helpdesk.store.tables import ENTRIES, TICKETS
from tests.fakes import FakeClock
from tests.scenarios.simulation import EDGE, Simulation, html_of, text_of

MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
SUPPORT, SALES = "support@example.test", "sales@example.test"
ANTON, LEA, SAM = "anton@example.test", "lea@example.test", "sam@example.test"
CARL, DORA, EVE = "carl@customer.example", "dora@customer.example", "eve@elsewhere.example"
CONFIG = f"""
[[desks]]
address = "{SUPPORT}"
display_name = "Example Support"
service_level = "portal"

[[desks]]
address = "{SALES}"
display_name = "Example Sales"

[[agents]]
name = "Anton Bauer"
addresses = ["{ANTON}"]
desks = ["support"]

[[agents]]
name = "Lea Lang"
addresses = ["{LEA}"]
desks = ["support"]

[[agents]]
name = "Sam Sales"
addresses = ["{SAM}"]
desks = ["sales"]

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[reader]
workers = 1
"""


class Desk(Simulation):
    """Whose people do one thing after the other."""

    async def settle(self, minutes: int = 10) -> None:
        await self.run_until(self.now + timedelta(minutes=minutes))

    async def opens(self, who: str, subject: str, body: str, **fields: str) -> None:
        self.send(who, SUPPORT, subject, body, **fields)
        await self.settle()

    async def says(self, who: str, mail: EmailMessage, words: str, *, proved: bool = True) -> None:
        self.reply(who, mail, words, proved=proved)
        await self.settle()

    def got(self, who: str, notice: str = "") -> list[EmailMessage]:
        return [m for m in self.post.boxes[who] if notice in ("", self.notice_of(m).value)]

    def last(self, who: str, notice: str = "") -> EmailMessage:
        found = self.got(who, notice)
        assert found, f"{who} got no {notice}"
        return found[-1]

    async def rows(self, table: Table) -> list[Row[Any]]:
        async with reading(self.gateway.engine) as connection:
            statement = select(table).order_by(*table.primary_key.columns)
            return list((await connection.execute(statement)).all())

    async def tickets(self) -> list[Row[Any]]:
        return await self.rows(TICKETS)

    async def entries(self) -> list[Row[Any]]:
        return await self.rows(ENTRIES)


def whole(mails: list[EmailMessage]) -> str:
    return "\n".join(f"{m['Subject']}\n{text_of(m)}\n{html_of(m)}" for m in mails)


@pytest.fixture
async def desk(tmp_path: Path, store: str) -> AsyncIterator[Desk]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings)
    gateway = build(settings)
    yield Desk(gateway, FakeClock(MONDAY))
    report = await check(gateway.engine, settings.store.objects)
    assert report.violations == ()
    await gateway.close()


# --- tickets that were merged ---------------------------------------------------------------------

PRIVATE = "your password is tulip"


async def dora_and_carl_are_one(desk: Desk) -> tuple[EmailMessage, EmailMessage]:
    """Two customers; what Anton and Lea got of Dora's ticket, which is to be merged into Carl's."""
    await desk.opens(CARL, "Our server", "It burns.", Cc=DORA)
    await desk.opens(DORA, "The server", "It burns here, too.", Cc=CARL)
    return desk.last(ANTON, "new_ticket"), desk.last(LEA, "new_ticket")


async def test_an_answer_to_a_ticket_that_was_merged_goes_to_nobody_else_unasked(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(LEA, leas, "#merge TICK-1001")
    assert "TICK-1002 is a part of TICK-1001" in whole([desk.last(LEA, "receipt")])

    await desk.says(ANTON, antons, f"Dear Dora, {PRIVATE}.")

    asked = desk.last(ANTON, "answer_parked")
    assert "so it would go to carl@customer.example and not to dora@customer.example" in " ".join(
        text_of(asked).split()
    )
    assert PRIVATE not in whole(desk.got(CARL) + desk.got(DORA))
    await desk.says(ANTON, asked, "#send")
    assert PRIVATE in whole(desk.got(CARL, "answer"))


async def test_an_answer_that_waited_while_its_ticket_was_merged_is_asked_about_again(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(ANTON, antons, f"#tga vpn\nDear Dora, {PRIVATE}.")
    first = desk.last(ANTON, "answer_parked")
    await desk.says(LEA, leas, "#merge TICK-1001")

    await desk.says(ANTON, first, "#send")

    assert PRIVATE not in whole(desk.got(CARL) + desk.got(DORA))
    assert len(desk.got(ANTON, "answer_parked")) == 2


async def test_a_command_to_a_ticket_that_was_merged_does_not_end_the_other_one(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(LEA, leas, "#merge TICK-1001")

    await desk.says(ANTON, antons, "#resolve\n#tag fire")

    receipt = " ".join(text_of(desk.last(ANTON, "receipt")).split())
    assert "#resolve: TICK-1002 was merged into TICK-1001" in receipt
    assert [t.status for t in await desk.tickets()] == ["open", "closed"]


async def test_a_reminder_quotes_to_no_customer_what_was_told_to_another(desk: Desk) -> None:
    await desk.opens(CARL, "Our server", "It burns.", Cc=DORA)
    await desk.opens(DORA, "The server", "It burns here, too.")
    await desk.says(ANTON, desk.last(ANTON, "new_ticket"), f"Dear Dora, {PRIVATE}.")
    await desk.says(DORA, desk.last(DORA, "answer"), "It does not work.")
    await desk.says(ANTON, desk.last(ANTON, "customer_replied"), "#merge TICK-1001")

    assert "carl@customer.example takes no part in TICK-1002" in " ".join(
        text_of(desk.last(ANTON, "receipt")).split()
    )
    await desk.run_until(desk.now + timedelta(days=20))
    assert PRIVATE not in whole(desk.got(CARL))
