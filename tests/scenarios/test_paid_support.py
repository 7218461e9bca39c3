"""The desk of an automation vendor, where support is paid for: by ticket, by contract, with a
product; and what needs no right at all.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.core.rights import AgreementKind, holder_of
from helpdesk.store.check import check
from helpdesk.store.rights import Agreeing, Granting, SqlRights, Written
from tests.fakes import FakeClock
from tests.reading import build_reading_here
from tests.scenarios.simulation import EDGE, Simulation, tag_of, text_of

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DESK = "tickets@automation.example"
AGENT = "tom@automation.example"
ANA = "Ana Ruiz <ana@customer.example>"
EVE = "Eve <eve@oem.example>"
OWNED, FOREIGN, MISTYPED = "PLAN-1111-2222", "PLAN-3333-4444", "PLAN-9999-9999"
CONFIG = f"""
[[desks]]
address = "{DESK}"
display_name = "Automation Support"
service_level = "working-days"
time_zone = "Europe/Berlin"
customer_fields = false
raise_priority = "never"
queue = "entry"
categories = ["question", "error"]
default_category = "question"

[desks.support]
required = true
free_categories = ["error"]
how_to_buy = "https://shop.automation.example/ticket"

[[products]]
name = "Planner"
support = "included"

[[products]]
name = "Widget"
support = "third_party"
maker = "Widget Inc., help@widget.example"

[[rules]]
name = "Error reports"
when.words = ["crash report"]
then.category = "error"

[[rules]]
name = "Widgets"
when.words = ["widget"]
then.third_party = "Widget"

[[licenses.patterns]]
provider = "list"
regex = "PLAN-[0-9]{{4}}-[0-9]{{4}}"

[[licenses.providers]]
name = "list"
kind = "csv"
file = "licenses.csv"

[[agents]]
name = "Tom Berg"
addresses = ["{AGENT}"]

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[budget]
per_hour = 20
per_day = 60

[reader]
workers = 1
"""
LICENSES = f"""key,product,state,email
{OWNED},Planner,active,ana@customer.example
{FOREIGN},Planner,active,owner@elsewhere.example
"""


@dataclass
class Office:
    simulation: Simulation
    rights: SqlRights

    def asks(self, subject: str, words: str = "Please help.", who: str = ANA) -> None:
        self.simulation.send(who, DESK, subject, f"Hello,\n{words}\n")

    async def wait(self, time: timedelta = MINUTE) -> None:
        await self.simulation.run_until(self.simulation.now)
        while await self.simulation.gateway.looking_up.run_once():
            pass
        await self.simulation.run_until(self.simulation.now + time)

    async def buys(self, credits_: int, who: str = "ana@customer.example") -> None:
        written = Written(self.simulation.now, "operator")
        async with self.rights.writer(written) as writer:
            await writer.grant([Granting(holder_of(who), credits_)])
        await self.wait()

    async def agrees(self, who: str, kind: AgreementKind, first: date | None = None) -> None:
        async with self.rights.writer(Written(self.simulation.now, "operator")) as writer:
            await writer.agree([Agreeing(holder_of(who), kind, first)])
        await self.wait()

    async def answers(self, words: str, about: str = "") -> None:
        """Tom replies to the latest notification, or to the latest one about that subject."""
        box = self.simulation.post.boxes[AGENT]
        mail = [m for m in box if about in str(m["Subject"]) and m["Reply-To"]][-1]
        self.simulation.reply(AGENT, mail, words)
        await self.wait()

    def mails(self, who: str = "ana@customer.example") -> list[EmailMessage]:
        return self.simulation.post.boxes[who]

    def notices(self, who: str = "ana@customer.example") -> list[str]:
        return [self.simulation.notice_of(mail).value for mail in self.mails(who)]

    def said(self, who: str = "ana@customer.example") -> str:
        """The words of the last mail, in one line."""
        return " ".join(text_of(self.mails(who)[-1]).split())

    async def balance(self, who: str = "ana@customer.example") -> tuple[int, int, int]:
        found = (await self.rights.balances([who]))[who]
        return found.available, found.reserved, found.consumed


@pytest.fixture
async def office(tmp_path: Path, store: str) -> AsyncIterator[Office]:
    (tmp_path / "licenses.csv").write_text(LICENSES, encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings, new_keys=True)
    gateway = build_reading_here(settings)
    clock = FakeClock(MONDAY)
    gateway.looking_up.clock = clock
    yield Office(Simulation(gateway, clock), SqlRights(gateway.engine))
    report = await check(gateway.engine)
    await gateway.close()
    assert report.violations == ()
    assert report.pending == 0


async def test_a_ticket_waits_for_its_credit_is_worked_on_for_an_hour_and_paid_back(
    office: Office,
) -> None:
    office.asks("Motor does not turn")
    await office.wait()
    assert office.notices() == ["confirmation"]
    assert "nobody works on it yet" in office.said()
    assert "https://shop.automation.example/ticket" in office.said()
    assert office.mails(AGENT) == []

    await office.wait(3 * DAY)
    assert office.notices() == ["confirmation"]
    await office.buys(2)
    assert office.notices()[1:] == ["right"]
    assert "One prepaid support ticket is used for it. One of your prepaid" in office.said()
    assert office.notices(AGENT) == ["new_ticket"]
    assert "First response: due Thursday, 26 November 2026, 09:0" not in office.said(AGENT)
    assert await office.balance() == (1, 1, 0)

    await office.answers("#time 50m\nPlease check the cable.")
    assert office.notices()[-1] == "answer"
    assert "50 min of 1 h" in office.said(AGENT)
    assert await office.balance() == (1, 0, 1)

    await office.answers("#time 10m")
    assert office.notices()[-1] == "right"
    assert "is used up: 1 h of 1 h" in office.said()
    await office.answers("#credit")
    assert await office.balance() == (0, 0, 2)
    await office.answers("#refund 2")
    assert "given back to you. 2 of your prepaid support tickets are left" in office.said()
    assert await office.balance() == (2, 0, 0)


async def test_what_an_answer_does_to_a_right_is_told_beside_it(office: Office) -> None:
    await office.buys(2)
    office.asks("Motor does not turn")
    await office.wait()
    await office.answers("#time 60m\nPlease check the cable.")
    assert office.notices()[-2:] == ["answer", "right"]
    assert "is used up: 1 h of 1 h" in office.said()

    await office.answers("#refund\nIt was our fault.")
    assert office.notices()[-2:] == ["answer", "right"]
    assert "given back to you" in office.said()

    office.asks("Gear box", who="bo@customer.example")
    await office.wait()
    await office.agrees("bo@customer.example", AgreementKind.CONTRACT)
    await office.answers("#hold\nPlease renew your contract first.", "Gear box")
    assert office.notices("bo@customer.example")[-2:] == ["answer", "right"]
    assert "nobody works on your request" in office.said("bo@customer.example")
    assert "on hold; the customer is told" in office.said(AGENT)


async def test_a_hold_does_not_end_by_the_credit_that_it_gives_back(office: Office) -> None:
    await office.buys(1)
    office.asks("Motor does not turn")
    await office.wait()
    await office.answers("#hold first the old invoice")
    await office.wait(HOUR)
    assert office.notices()[-1] == "right"
    assert "nobody works on your request" in office.said()
    assert await office.balance() == (1, 0, 0)

    await office.buys(1)
    assert "is no longer on hold" in office.said()
    assert await office.balance() == (1, 1, 0)


async def test_tickets_go_on_in_the_order_in_which_they_came(office: Office) -> None:
    for number in (1, 2, 3):
        office.asks(f"Question {number}")
        await office.wait(HOUR)
    assert office.mails(AGENT) == []

    await office.buys(1)
    assert [tag_of(m) for m in office.mails(AGENT)] == ["TICK-1001"]
    await office.buys(1)
    office.asks("Question 4")
    await office.wait(HOUR)
    assert [tag_of(m) for m in office.mails(AGENT)] == ["TICK-1001", "TICK-1002"]

    await office.answers("#refund", "TICK-1001")
    told = [tag_of(m) for m in office.mails(AGENT)]
    assert "TICK-1003" in told
    assert "TICK-1004" not in told


async def test_a_contract_and_an_oem_agreement_cost_nothing(office: Office) -> None:
    office.asks("Held at first", who=EVE)
    await office.wait()
    assert office.mails(AGENT) == []

    await office.agrees("@oem.example", AgreementKind.OEM, MONDAY.date() + 2 * DAY)
    assert office.mails(AGENT) == []
    await office.wait(2 * DAY)
    assert office.notices(AGENT) == ["new_ticket"]
    assert office.notices("eve@oem.example") == ["confirmation", "right"]
    assert "agreement (OEM contract) of @oem.example" in office.said(AGENT)

    await office.agrees("ana@customer.example", AgreementKind.CONTRACT)
    office.asks("Covered")
    await office.wait()
    assert office.notices(AGENT) == ["new_ticket", "new_ticket"]
    assert office.notices() == ["confirmation"]
    assert await office.rights.lines() == []


async def test_an_own_license_includes_support_and_another_one_does_not(office: Office) -> None:
    office.asks("Mine", f"My license is {OWNED}.")
    await office.wait()
    assert office.notices() == ["confirmation"]
    assert "support is included in Planner" in office.said(AGENT)

    seen = len(office.mails(AGENT))
    office.asks("Foreign", f"My license is {FOREIGN}.")
    office.asks("Unknown", f"My license is {MISTYPED}.")
    await office.wait()
    assert len(office.mails(AGENT)) == seen
    assert office.notices()[1:] == ["confirmation", "confirmation", "right", "right"]
    foreign, unknown = (text_of(m).partition("Close")[0] for m in office.mails()[-2:])
    same = foreign.replace("TICK-1002", "TICK-1003").replace("Foreign", "Unknown")
    assert same.split() == unknown.split()


async def test_an_error_report_is_free_and_a_foreign_product_has_a_maker(office: Office) -> None:
    office.asks("It fell over", "This is a crash report.")
    office.asks("Strange", "My widget squeaks.", who=EVE)
    await office.wait()

    assert office.notices() == ["confirmation"]
    assert "A person will read it" in office.said()
    assert [str(m["Subject"]).count("It fell over") for m in office.mails(AGENT)] == [1]
    assert "Widget Inc., help@widget.example" in office.said("eve@oem.example")

    office.simulation.reply(EVE, office.mails("eve@oem.example")[0], "It is your motor, too!")
    await office.wait()
    assert office.notices(AGENT) == ["new_ticket", "customer_replied"]
    assert await office.rights.lines() == []
