"""What comes by the clock is sent once, whoever else does it and whatever dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Keys, Verdict
from helpdesk.core.digest import digests
from helpdesk.core.draft import Rules
from helpdesk.core.outgoing import Notice
from helpdesk.core.statistics import Life, Period
from helpdesk.core.ticket import TicketNumber
from helpdesk.core.wall import Weekly, parse_quiet
from helpdesk.flow.periodic import REST, Periodic
from helpdesk.store.cursors import SqlCursors
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.people import sync
from helpdesk.store.statistics import SqlStatistics
from helpdesk.store.tables import CURSORS, OUTBOX
from tests.builders import BOB, CARL, NOW, RULES, SALES, SUPPORT, mail, message, rules
from tests.fakes import FakeClock
from tests.store.conftest import AGENTS
from tests.store.house import House

DAY = timedelta(days=1)
EVENING = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
DAILY = rules(digest_at=8 * 60)
WEEKLY = rules(report_at=Weekly(0, 8 * 60))


def periodic(house: House, at: datetime = NOW) -> Periodic:
    return Periodic(
        SqlCursors(house.engine),
        SqlStatistics(house.engine),
        house.tickets,
        house.rules,
        FakeClock(at),
    )


async def begin(house: House, rules: Rules) -> None:
    """With these rules, a week before now."""
    house.rules = rules
    assert await periodic(house, NOW - 7 * DAY).run_once() == 0


async def sent(house: House, notice: Notice = Notice.DIGEST) -> list[str]:
    return [row.recipient for row in await house.rows(OUTBOX) if row.notice == notice.value]


async def test_several_daemons_send_each_digest_once(house: House) -> None:
    await house.receive(message())
    await begin(house, DAILY)

    counts = await asyncio.gather(*(periodic(house).run_once() for _ in range(4)))

    assert sorted(counts) == [0, 0, 0, 2]
    assert await sent(house) == [BOB.address, CARL.address]
    assert await periodic(house, NOW + timedelta(hours=3)).run_once() == 0
    assert await periodic(house, NOW - DAY).run_once() == 0
    assert await periodic(house, NOW + 3 * DAY).run_once() == 2


async def test_a_digest_that_was_not_committed_comes_at_the_next_start(house: House) -> None:
    await house.receive(message())
    await begin(house, DAILY)
    first = periodic(house)
    known: dict[str, Any] = {
        "queues": frozenset({"support"}),
        "marks": frozenset({"digest of support"}),
    }
    async with house.tickets.work() as work:
        await work.load([Keys("", **known)])
        decision = digests(work.known(Keys("", **known)), house.rules, work.ids, NOW)
        assert decision is not None
        work.apply(None, decision, NOW)

    assert await sent(house) == []
    assert await first.run_once() == 2
    assert [row.position for row in await house.rows(CURSORS)] == ["2026-11-20"]


async def test_a_digest_that_is_switched_on_after_its_time_begins_on_the_next_day(
    house: House,
) -> None:
    await house.receive(message())
    house.rules = DAILY

    assert await periodic(house).run_once() == 0
    assert await periodic(house).run_once() == 0
    assert await periodic(house, NOW + 3 * DAY).run_once() == 2


async def test_what_an_agent_took_is_not_offered_to_others(house: House) -> None:
    await house.receive(message(), message(subject="Another"))
    await house.act(1001, Verb.TAKE, agent=BOB.address)
    await begin(house, DAILY)

    await periodic(house).run_once()

    known = await house.known(
        outbox=frozenset(row.id for row in await house.rows(OUTBOX) if row.notice == "digest")
    )
    assert {mail.person: mail.offers for mail in known.sent.values()} == {
        person: {TicketNumber(1002)} for person in {mail.person for mail in known.sent.values()}
    }
    assert len(known.sent) == 2


async def test_what_waits_is_known_in_the_order_of_its_targets(house: House) -> None:
    await house.receive(message(), message(subject="Another"))
    house.rules = rules(service_level="standard")
    await house.receive(message(subject="With a target"))
    await house.receive(message(subject="Elsewhere"), now=NOW)
    await house.act(1002, Verb.RESOLVE)

    known = await house.known(queues=frozenset({"support"}))

    assert [each.ticket.number for each in known.waiting] == [1003, 1004, 1001]
    assert {each.customer for each in known.waiting} == {"ana@customer.example"}
    assert (await house.known(queues=frozenset({"sales"}))).waiting == ()
    assert (await house.known()).waiting == ()


async def test_tickets_of_a_desk_that_is_gone_wait_at_the_first_one(house: House) -> None:
    await house.receive(mail(message(), SALES.address))
    left = [replace(agent, desks=("support",)) for agent in AGENTS]
    await sync(house.engine, (SUPPORT,), left)
    desk = replace(SUPPORT, digest_at=0)
    await begin(house, replace(RULES, policy=replace(RULES.policy, desks=(desk,))))

    assert await periodic(house).run_once() == 2


async def test_a_report_comes_once_in_its_week_late_if_need_be(house: House) -> None:
    await house.receive(message(), now=NOW - 7 * DAY)
    await begin(house, WEEKLY)

    assert await periodic(house, NOW).run_once() == 2  # a Friday
    assert await periodic(house, NOW + DAY).run_once() == 0
    assert await periodic(house, NOW + 3 * DAY - timedelta(hours=3)).run_once() == 0
    assert await periodic(house, NOW + 3 * DAY).run_once() == 2
    assert await sent(house, Notice.WEEKLY_REPORT) == [BOB.address, CARL.address] * 2


async def test_a_report_goes_to_whom_the_desk_names(house: House) -> None:
    names = ("boss@example.org", BOB.address)
    await begin(house, rules(report_at=Weekly(0, 0), report_to=names))

    await periodic(house).run_once()

    assert await sent(house, Notice.WEEKLY_REPORT) == ["boss@example.org", BOB.address]


class Broken:
    def __init__(self) -> None:
        self.asked = 0

    async def lives(self, _period: Period, _desk: str) -> Sequence[Life]:
        self.asked += 1
        raise ZeroDivisionError


async def test_a_report_that_cannot_be_made_holds_up_no_digest(house: House) -> None:
    await house.receive(message())
    desk = replace(SUPPORT, digest_at=0, report_at=Weekly(0, 0))
    await begin(house, replace(RULES, policy=replace(RULES.policy, desks=(desk, SALES))))
    clock, broken = FakeClock(NOW), Broken()
    made = replace(periodic(house), statistics=broken, clock=clock)

    assert await made.run_once() == 2
    assert await made.run_once() == 0
    assert broken.asked == 1
    clock.at = NOW + REST
    assert await made.run_once() == 0
    assert broken.asked == 2


async def test_mail_in_quiet_hours_waits_and_goes_in_its_order(house: House) -> None:
    house.rules = rules(quiet=parse_quiet("22:00-07:00"))
    await house.receive(message(), now=EVENING)
    await house.receive(message(subject="Another"), now=EVENING + timedelta(hours=1))

    waiting = [row for row in await house.rows(OUTBOX) if row.recipient == BOB.address]
    claimed = await house.outbox.claim(MORNING, 10, MORNING + DAY)

    assert [row.due_at for row in waiting] == [MORNING] * 2
    his = [due.mail.ticket for due in claimed if due.mail.recipient == BOB.address]
    assert his == [1001, 1002]


@pytest.mark.parametrize("agent", [BOB, CARL])
async def test_what_waits_about_a_ticket_goes_before_what_does_not(
    house: House, agent: Any
) -> None:
    house.rules = rules(quiet=parse_quiet("22:00-07:00"))
    await house.receive(message(), message(subject="Another"), now=EVENING)
    at = EVENING + timedelta(hours=1)
    (mine,) = {row.person for row in await house.rows(OUTBOX) if row.recipient == agent.address}
    async with house.tickets.work() as work:
        await work.load([Keys("")])
        hurried = ((TicketNumber(1001), mine),)
        work.apply(None, Decision(Verdict.RECORDED, "hurry", hurried=hurried), at)
        await work.commit()

    due = {
        (row.ticket, row.recipient): row.due_at
        for row in await house.rows(OUTBOX)
        if row.recipient in (BOB.address, CARL.address)
    }
    assert [key for key, when in due.items() if when == at] == [(1001, agent.address)]
    assert list(due.values()).count(MORNING) == 3


async def test_a_deleted_ticket_stands_in_no_digest(house: House) -> None:
    await house.receive(message(), message(subject="Another"))
    await begin(house, DAILY)
    await periodic(house).run_once()
    house.rules = rules(digest_at=9 * 60)
    await house.act(1001, Verb.TAKE, agent=BOB.address)
    await periodic(house, NOW + 3 * DAY).run_once()
    assert len(await sent(house)) == 4

    await delete_ticket(house.engine, house.objects, TicketNumber(1001), NOW)

    assert await sent(house) == [CARL.address]
