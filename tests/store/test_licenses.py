"""License keys are asked for after the commit; what is said is shown where the key stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from helpdesk.core.license import (
    LicenseRecord,
    LicenseState,
    LookupOutcome,
    LookupResult,
    Terms,
)
from helpdesk.core.mail import FoundKey, Message
from helpdesk.core.outgoing import Notice
from helpdesk.core.ticket import IntakeId, TicketNumber
from helpdesk.core.wall import parse_quiet
from helpdesk.flow.lookup import FAILURES_THAT_OPEN, LookingUp
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.licenses import SqlAnswers
from helpdesk.store.reads import show_ticket
from helpdesk.store.tables import ANSWERS, OUTBOX
from tests.builders import ANA, NOW, message, rules
from tests.fakes import FakeClock
from tests.store.house import House

KEY = "ACME-1234-ABCD"
RULES = rules(more={"providers": {"shop": Terms()}})
RECORD = LicenseRecord(
    LicenseState.ACTIVE, product="Planner", owner_addresses=("eva@owner.example",)
)
FOUND = LookupResult(LookupOutcome.FOUND, RECORD)


@dataclass
class Shop:
    """A provider that answers what it is told to."""

    result: LookupResult = FOUND
    asked: list[str] = field(default_factory=list)
    name: str = "shop"

    async def lookup(self, key: str) -> LookupResult:
        self.asked.append(key)
        return self.result

    async def close(self) -> None: ...


@dataclass
class Rereader:
    message: Message

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        return [self.message for _ in raws]


def with_key(subject: str = "Printer on fire", key: str = KEY) -> Message:
    return message(subject=subject, text=f"My key is {key}", keys=(FoundKey(key, "shop"),))


def looking_up(house: House, shop: Shop, clock: FakeClock) -> LookingUp:
    async def raw(_intake: IntakeId) -> bytes:
        return b""

    reader = Rereader(with_key())
    return LookingUp(
        SqlAnswers(house.engine), house.tickets, {"shop": shop}, reader, raw, RULES, clock
    )


async def licenses_of(house: House, number: int = 1001) -> list[dict[str, object]]:
    return list((await show_ticket(house.engine, TicketNumber(number))).licenses)


async def test_agents_read_what_a_provider_says_in_the_mail_that_names_the_key(
    house: House,
) -> None:
    house.rules = RULES
    await house.receive(with_key())
    waits = await house.outbox.claim(NOW, 10, NOW + timedelta(minutes=1))
    shop, clock = Shop(), FakeClock(NOW)

    assert await looking_up(house, shop, clock).run_once() == 1

    assert shop.asked == [KEY]
    assert {due.mail.notice for due in waits} == {Notice.CONFIRMATION}
    [told, *_] = await house.outbox.claim(NOW, 10, NOW + timedelta(minutes=1))
    assert told.mail.notice is Notice.NEW_TICKET
    [shown] = told.mail.variables["licenses"]
    expected = {"state": "active", "product": "Planner", "is_foreign": True, "outcome": "found"}
    assert shown.items() >= expected.items()
    ticket = await show_ticket(house.engine, TicketNumber(1001))
    assert [each.text for each in ticket.entries if each.reason == "license looked up"] == [
        "License ****-****-ABCD is active, Planner (shop)"
    ]
    assert all(KEY not in str(row) for row in await house.rows(ANSWERS))


async def test_what_a_provider_says_at_night_wakes_nobody(house: House) -> None:
    house.rules = rules(quiet=parse_quiet("09:00-11:00"), more={"providers": {"shop": Terms()}})
    await house.receive(with_key())

    assert await looking_up(house, Shop(), FakeClock(NOW)).run_once() == 1

    due = {row.due_at for row in await house.rows(OUTBOX) if row.notice == "new_ticket"}
    assert due == {NOW + timedelta(hours=1)}


async def test_a_provider_that_is_down_calls_nobody_unlicensed_and_is_asked_again(
    house: House,
) -> None:
    house.rules = RULES
    await house.receive(with_key())
    shop, clock = Shop(LookupResult(LookupOutcome.DOWN)), FakeClock(NOW)
    flow = looking_up(house, shop, clock)

    await flow.run_once()

    [shown] = await licenses_of(house)
    assert (shown["outcome"], shown["state"], shown["trouble"]) == ("pending", "unknown", "down")
    later = NOW + timedelta(seconds=11)
    out = await house.outbox.claim(later, 10, later + timedelta(minutes=1))
    assert Notice.NEW_TICKET in {due.mail.notice for due in out}
    shop.result = LookupResult(LookupOutcome.FOUND, RECORD)
    clock.tick(timedelta(minutes=2))
    await flow.run_once()
    [shown] = await licenses_of(house)
    assert (shown["outcome"], shown["state"], shown["trouble"]) == ("found", "active", "")


async def test_with_its_last_ticket_an_answer_is_deleted_too(house: House) -> None:
    house.rules = RULES
    flow = looking_up(house, Shop(), FakeClock(NOW))
    await house.receive(with_key())
    await house.receive(with_key("Another fire"))
    await flow.run_once()

    await delete_ticket(house.engine, house.objects, TicketNumber(1001), NOW, reason="wish")
    assert len(await house.rows(ANSWERS)) == 1
    await delete_ticket(house.engine, house.objects, TicketNumber(1002), NOW, reason="wish")

    assert await house.rows(ANSWERS) == []


async def test_what_was_said_lately_is_not_asked_again(house: House) -> None:
    house.rules = RULES
    shop, clock = Shop(), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await house.receive(with_key())
    await flow.run_once()

    await house.receive(with_key("Another fire"), now=NOW + timedelta(minutes=1))
    clock.tick(timedelta(minutes=1))
    await flow.run_once()

    assert len(shop.asked) == 1
    assert (await licenses_of(house, 1002))[0]["state"] == "active"


async def test_after_failures_in_a_row_a_provider_is_tried_with_one_question(
    house: House,
) -> None:
    house.rules = RULES
    shop, clock = Shop(LookupResult(LookupOutcome.DOWN)), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await house.receive(with_key())
    for _ in range(FAILURES_THAT_OPEN):
        await flow.run_once()
        clock.tick(timedelta(hours=1))
    assert len(shop.asked) == FAILURES_THAT_OPEN
    assert flow.left_alone() == ()

    shop.result = LookupResult(LookupOutcome.RATE_LIMITED, retry_after=timedelta(minutes=30))
    await flow.run_once()

    assert flow.left_alone() == ("shop",)


async def test_mail_to_a_customer_is_the_same_whatever_a_provider_knows(house: House) -> None:
    """A provider is asked when the confirmation has been written already."""
    house.rules = RULES
    await house.receive(with_key())
    before = [row for row in await house.rows(OUTBOX) if row.recipient == ANA.address]

    await looking_up(house, Shop(), FakeClock(NOW)).run_once()

    after = [row for row in await house.rows(OUTBOX) if row.recipient == ANA.address]
    assert len(after) == 1
    assert after == before
