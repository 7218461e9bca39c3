"""A license server is away for an hour, with a real store and real sockets: no mail waits for it,
nobody is called unlicensed, and afterwards all is known."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from helpdesk.config.licenses import ProviderSettings
from helpdesk.core.draft import LOOKUP_PATIENCE
from helpdesk.core.license import Terms
from helpdesk.core.mail import FoundKey, Message
from helpdesk.core.outgoing import Notice, OutgoingMail
from helpdesk.core.ticket import TicketNumber
from helpdesk.flow.lookup import FAILURES_THAT_OPEN, LookingUp
from helpdesk.license import build_provider
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store.licenses import SqlAnswers
from helpdesk.store.numbers import numbers
from helpdesk.store.reads import show_ticket
from tests.builders import NOW, message, rules
from tests.databases import ONLY_SQLITE
from tests.fakes import FakeClock, RecordingAlarms
from tests.license.license_server import LicenseServer
from tests.store.house import House

pytestmark = ONLY_SQLITE

STEP = timedelta(seconds=10)
HOUR = timedelta(hours=1)
RULES = rules(more={"providers": {"portal": Terms()}})
BOB = "bob@example.test"


@dataclass
class Portal:
    """A license server that can be switched off: then nobody listens at its port."""

    server: LicenseServer = field(default_factory=LicenseServer)
    listening: asyncio.Server | None = None
    port: int = 0

    async def on(self) -> None:
        self.listening = await asyncio.start_server(self.server.answer, "127.0.0.1", self.port)
        self.port = self.listening.sockets[0].getsockname()[1]

    async def off(self) -> None:
        if self.listening is not None:
            self.listening.close()
            await self.listening.wait_closed()
            self.listening = None


def question(number: int) -> Message:
    keys = (FoundKey(f"PRTL-{number:04}-KEYS", "portal"),)
    return message(f"c{number}@customer.example", f"No. {number}", "It fails.", keys=keys)


class Reader:
    """Of mails that are nothing but their subject."""

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        return [question(int(raw.rpartition(b" ")[2])) for raw in raws]


@dataclass
class Day:
    house: House
    flow: LookingUp
    clock: FakeClock
    alarms: RecordingAlarms
    sent: list[tuple[datetime, OutgoingMail]] = field(default_factory=list)
    mails: int = 0

    async def pass_by(self, time: timedelta, *, every: timedelta | None = None) -> None:
        """Step by step, with a mail `every` so often."""
        start = self.clock.now()
        while self.clock.now() < start + time:
            if every is not None and (self.clock.now() - start) % every == timedelta():
                self.mails += 1
                await self.house.receive(question(self.mails), now=self.clock.now())
            while await self.flow.run_once():
                pass
            await self.send()
            self.clock.tick(STEP)

    async def send(self) -> None:
        now = self.clock.now()
        due = await self.house.outbox.claim(now, 100, now + HOUR)
        done = [Sent(each.mail.id, Attempt(Outcome.DELIVERED), None) for each in due]
        await self.house.outbox.finish(done, now)
        self.sent += [(now, each.mail) for each in due]

    def told(self, notice: Notice) -> list[tuple[datetime, OutgoingMail]]:
        return [(at, m) for at, m in self.sent if m.notice is notice and m.recipient == BOB]

    async def licenses(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(1001, 1001 + self.mails):
            found += (await show_ticket(self.house.engine, TicketNumber(number))).licenses
        return found


@asynccontextmanager
async def day(house: House, portal: Portal) -> AsyncIterator[Day]:
    house.rules = RULES
    clock, alarms = FakeClock(NOW), RecordingAlarms()
    await portal.on()
    portal.server.says({"state": "active", "product": "Planner"})
    settings = {
        "name": "portal",
        "kind": "http",
        "url": f"http://127.0.0.1:{portal.port}/?key={{key}}",
        "patterns": ["PRTL-[0-9]{4}-KEYS"],
        "fields": {"state": "state", "product": "product"},
    }
    provider = build_provider(ProviderSettings.model_validate(settings), clock.now)
    flow = LookingUp(
        SqlAnswers(house.engine),
        house.tickets,
        {"portal": provider},
        Reader(),
        house.outbox.raw,
        RULES,
        clock,
        alarms=alarms,
    )
    try:
        yield Day(house, flow, clock, alarms)
    finally:
        await provider.close()
        await portal.off()


@pytest.fixture
def portal() -> Portal:
    return Portal()


async def test_a_license_server_that_is_away_for_an_hour_harms_nobody(
    house: House, portal: Portal
) -> None:
    async with day(house, portal) as around:
        await around.pass_by(timedelta(minutes=1), every=timedelta(minutes=1))
        assert around.flow.outcomes == {("portal", "found"): 1}
        await portal.off()

        await around.pass_by(HOUR, every=timedelta(minutes=3))

        await around.pass_by(2 * STEP)
        for at, mail in around.sent:
            assert at - mail.created_at <= LOOKUP_PATIENCE
        assert len(around.told(Notice.NEW_TICKET)) == around.mails == 21
        known, *unknown = await around.licenses()
        assert known["state"] == "active"
        assert {(each["outcome"], each["state"]) for each in unknown} == {("pending", "unknown")}
        said = json.dumps([mail.variables for _, mail in around.sent])
        assert "not_found" not in said
        # Then a pause that doubles: 30 s, 1, 2, 4, 8 minutes, then every 10.
        assert around.flow.outcomes["portal", "down"] <= FAILURES_THAT_OPEN + 10
        assert around.flow.in_trouble() == ("portal",)
        assert around.told(Notice.LICENSE_KNOWN) == []
        assert "has not answered since 10:01 UTC" in around.alarms.active["license portal"]
        assert (await numbers(house.engine)).lookups == 20

        await portal.on()
        await around.pass_by(timedelta(minutes=15))

        assert {each["state"] for each in await around.licenses()} == {"active"}
        assert len(portal.server.asked) == around.mails
        assert around.flow.left_alone() == around.flow.in_trouble() == ()
        assert around.alarms.active == {}
        assert (await numbers(house.engine)).lookups == 0
        news = around.told(Notice.LICENSE_KNOWN)
        assert sorted(mail.ticket or 0 for _, mail in news) == list(range(1002, 1022))


async def test_what_was_known_before_an_outage_is_still_shown(house: House, portal: Portal) -> None:
    async with day(house, portal) as around:
        await around.pass_by(timedelta(minutes=1), every=timedelta(minutes=1))
        await portal.off()
        around.clock.tick(HOUR)

        refreshed = SqlAnswers(house.engine).refresh
        assert await refreshed(TicketNumber(1001), {"portal": Terms()}, around.clock.now()) == 1
        await around.pass_by(STEP)

        [shown] = await around.licenses()
        assert (shown["state"], shown["trouble"]) == ("active", "down")
        assert shown["asked_at"] == NOW.isoformat()


async def test_a_provider_that_refuses_is_told_to_the_operator_at_once(
    house: House, portal: Portal
) -> None:
    async with day(house, portal) as around:
        portal.server.says({}, status=403)

        await around.pass_by(STEP, every=STEP)

        assert "refuses to answer us" in around.alarms.active["license portal"]
        assert "PRTL" not in str(around.alarms.told)
