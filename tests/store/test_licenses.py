"""License keys are asked for after the commit; what is said is shown where the key stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Keys, Verdict
from helpdesk.core.license import (
    LicenseRecord,
    LicenseState,
    LookupOutcome,
    LookupResult,
    Terms,
)
from helpdesk.core.license_keys import KeyPattern
from helpdesk.core.mail import FoundKey, Message
from helpdesk.core.named_keys import MOST_LOOKUPS_A_DAY
from helpdesk.core.outgoing import Notice, OutgoingMail
from helpdesk.core.rules import Conditions, Effects, Rule
from helpdesk.core.ticket import IntakeId, TicketNumber
from helpdesk.core.token import Purpose
from helpdesk.core.wall import parse_quiet
from helpdesk.flow.lookup import FAILURES_THAT_OPEN, LookingUp
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.licenses import SqlAnswers
from helpdesk.store.reads import show_ticket
from helpdesk.store.tables import ANSWERS, ENTRIES, LICENSES, OUTBOX, TICKETS
from tests.builders import ANA, EVE, NOW, mail, message, rules, sent, token_address
from tests.builders import BOB as BOB_AGENT
from tests.fakes import FakeClock
from tests.store.house import House

BOB = "bob@example.test"
KEY = "ACME-1234-ABCD"
PATTERN = KeyPattern("shop", "ACME-[0-9]{4}-[A-Z]{4}")
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


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def looking_up(
    house: House, shop: Shop, clock: FakeClock, named: Message | None = None
) -> LookingUp:
    async def raw(_intake: IntakeId) -> bytes:
        return b""

    reader = Rereader(named or with_key())
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


async def sent_to(house: House, person: str, at: datetime) -> list[OutgoingMail]:
    """What is due by then, taken as the sender takes it."""
    due = await house.outbox.claim(at, 100, at + timedelta(minutes=1))
    done = [Sent(each.mail.id, Attempt(Outcome.DELIVERED), None) for each in due]
    await house.outbox.finish(done, at)
    return [each.mail for each in due if each.mail.recipient == person]


async def test_who_was_told_before_the_answer_gets_one_mail_with_it(house: House) -> None:
    house.rules = RULES
    await house.receive(with_key())
    shop, clock = Shop(LookupResult(LookupOutcome.DOWN)), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await flow.run_once()
    assert [m.notice for m in await sent_to(house, BOB, later(11))] == [Notice.NEW_TICKET]
    shop.result = FOUND
    clock.tick(timedelta(minutes=2))

    await flow.run_once()

    [news] = await sent_to(house, BOB, clock.now())
    assert news.notice is Notice.LICENSE_KNOWN
    [shown] = news.variables["licenses"]
    assert (shown["state"], shown["outcome"]) == ("active", "found")
    [ticket] = await house.rows(TICKETS)
    assert ticket.updated_at == NOW


@pytest.mark.parametrize(
    ("result", "is_told"),
    [
        (FOUND, False),
        (LookupResult(LookupOutcome.FOUND, replace(RECORD, activations_used=3)), False),
        (LookupResult(LookupOutcome.DOWN), False),
        (LookupResult(LookupOutcome.FOUND, replace(RECORD, state=LicenseState.EXPIRED)), True),
        (LookupResult(LookupOutcome.NOT_FOUND), True),
    ],
)
async def test_agents_are_told_of_a_change_only(
    house: House,
    result: LookupResult,
    is_told: bool,  # noqa: FBT001 -- a parameter
) -> None:
    house.rules = RULES
    await house.receive(with_key())
    shop, clock = Shop(), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await flow.run_once()
    await sent_to(house, BOB, later(11))
    shop.result = result
    clock.tick(timedelta(hours=1))

    assert (
        await SqlAnswers(house.engine).refresh(TicketNumber(1001), {"shop": Terms()}, clock.now())
        == 1
    )
    await flow.run_once()

    told = [m.notice for m in await sent_to(house, BOB, clock.now())]
    assert told == [Notice.LICENSE_KNOWN] * is_told


async def test_late_answers_about_several_keys_are_one_mail(house: House) -> None:
    house.rules = RULES
    other = "ACME-5678-WXYZ"
    keys = (FoundKey(KEY, "shop"), FoundKey(other, "shop"))
    both = message(text=f"{KEY} {other}", keys=keys)
    await house.receive(both)
    shop, clock = Shop(LookupResult(LookupOutcome.DOWN)), FakeClock(NOW)
    flow = looking_up(house, shop, clock, both)
    await flow.run_once()
    await sent_to(house, BOB, later(11))
    shop.result = FOUND
    clock.tick(timedelta(minutes=2))

    await flow.run_once()

    told = await sent_to(house, BOB, clock.now())
    assert [m.notice for m in told] == [Notice.LICENSE_KNOWN]
    assert [each["state"] for each in told[0].variables["licenses"]] == ["active", "active"]
    assert await sent_to(house, BOB, clock.now() + timedelta(hours=1)) == []


async def test_nobody_is_told_of_a_ticket_that_is_over(house: House) -> None:
    house.rules = RULES
    await house.receive(with_key())
    shop, clock = Shop(LookupResult(LookupOutcome.DOWN)), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await flow.run_once()
    await sent_to(house, BOB, later(11))
    await house.act(1001, Verb.CLOSE)
    shop.result = FOUND
    clock.tick(timedelta(minutes=2))

    await flow.run_once()

    assert await sent_to(house, BOB, clock.now()) == []


# --- refreshed on view ----------------------------------------------------------------------------


async def test_a_look_at_a_ticket_asks_again_about_what_is_old(house: House) -> None:
    house.rules = RULES
    await house.receive(with_key())
    shop, clock = Shop(), FakeClock(NOW)
    flow = looking_up(house, shop, clock)
    await flow.run_once()

    async def look(after: timedelta, **how: bool) -> int:
        at = NOW + after
        return await SqlAnswers(house.engine).refresh(
            TicketNumber(1001), {"shop": Terms()}, at, **how
        )

    assert await look(timedelta(minutes=14)) == 0
    assert await look(timedelta(minutes=14), whatever=True) == 1
    assert await look(timedelta(minutes=14), whatever=True) == 0  # it is due already
    clock.tick(timedelta(minutes=14))
    await flow.run_once()
    assert await look(timedelta(minutes=28)) == 0
    assert await look(timedelta(minutes=29)) == 1
    clock.tick(timedelta(minutes=15))
    assert await SqlAnswers(house.engine).refresh(TicketNumber(1001), {}, clock.now()) == 0
    assert (
        await SqlAnswers(house.engine).refresh(TicketNumber(9999), {"shop": Terms()}, clock.now())
        == 0
    )
    await flow.run_once()
    assert len(shop.asked) == 3


async def test_a_requester_has_so_many_keys_looked_up_in_a_day(house: House) -> None:
    """Those beyond are asked for when an agent wants it."""
    house.rules = RULES
    for number in range(MOST_LOOKUPS_A_DAY // 5):
        keys = tuple(FoundKey(f"ACME-90{number}{k}-ABCD", "shop") for k in range(5))
        await house.receive(message(subject=f"No. {number}", text=str(number), keys=keys))
    assert len(await house.rows(ANSWERS)) == MOST_LOOKUPS_A_DAY

    await house.receive(with_key("One more"))
    await house.receive(message(EVE.address, keys=(FoundKey(KEY, "shop"),)))

    assert len(await house.rows(ANSWERS)) == MOST_LOOKUPS_A_DAY + 1
    number = 1001 + MOST_LOOKUPS_A_DAY // 5
    [shown] = await licenses_of(house, number)
    assert shown["masked"] == "****-****-ABCD"
    ticket = await show_ticket(house.engine, TicketNumber(number))
    assert "too many keys" in {each.reason for each in ticket.entries}


async def test_with_a_batch_of_mails_nobody_has_more_keys_looked_up(house: House) -> None:
    house.rules = RULES
    mails = [
        message(subject=f"No. {n}", text=str(n), keys=(FoundKey(f"ACME-{n:04}-ABCD", "shop"),))
        for n in range(MOST_LOOKUPS_A_DAY + 5)
    ]

    await house.receive(*mails)

    assert len(await house.rows(ANSWERS)) == MOST_LOOKUPS_A_DAY


# --- rules that name products ---------------------------------------------------------------------

SUITE = Rule(
    "Suite",
    Conditions(products=("Planner",), words=("key",)),
    Effects(priority="high", category="billing", tags=("planner",), assignee=BOB),
)
WITH_RULE = rules(more={"providers": {"shop": Terms()}, "rules": (SUITE,)})


@pytest.mark.parametrize(
    ("owners", "is_his"),
    [((ANA.address.upper(),), True), (("eva@owner.example",), False), ((), False)],
)
async def test_a_rule_for_a_product_holds_when_its_provider_has_answered(
    house: House,
    owners: tuple[str, ...],
    is_his: bool,  # noqa: FBT001 -- a parameter
) -> None:
    """Whoever does not own the license must not see it by the priority of the ticket."""
    house.rules = WITH_RULE
    await house.receive(with_key())
    record = replace(RECORD, owner_addresses=owners)
    shop = Shop(LookupResult(LookupOutcome.FOUND, record))
    flow = replace(looking_up(house, shop, FakeClock(NOW)), rules=WITH_RULE)

    await flow.run_once()

    shown = await show_ticket(house.engine, TicketNumber(1001))
    assert shown.tags == ("planner",)
    assert (shown.priority, shown.category) == (
        ("high", "billing") if is_his else ("normal", "general")
    )
    assert (shown.assignee is not None) is is_his
    notices = [row.notice for row in await house.rows(OUTBOX) if row.recipient == ANA.address]
    assert notices == [Notice.CONFIRMATION]
    if is_his:
        assert (await house.rows(OUTBOX))[-1].notice == Notice.ASSIGNED

    # A second ticket about it needs no question, and is confirmed as any other one.
    await house.receive(with_key("Another fire"), now=NOW + timedelta(minutes=1))

    assert len(shop.asked) == 1
    again = await show_ticket(house.engine, TicketNumber(1002))
    assert (again.tags, again.priority) == (shown.tags, shown.priority)


async def test_what_an_agent_has_answered_no_rule_changes(house: House) -> None:
    house.rules = WITH_RULE
    await house.receive(with_key())
    record = replace(RECORD, owner_addresses=(ANA.address,))
    shop = Shop(LookupResult(LookupOutcome.FOUND, record))
    flow = replace(looking_up(house, shop, FakeClock(NOW)), rules=WITH_RULE)
    async with house.tickets.work() as work:
        keys = Keys("", tickets=frozenset({TicketNumber(1001)}))
        await work.load([keys])
        ticket = work.known(keys).conversations[TicketNumber(1001)].ticket
        answered = replace(ticket, first_response_at=NOW)
        work.apply(None, Decision(Verdict.RECORDED, "answered", ticket=answered), NOW)
        await work.commit()

    await flow.run_once()

    shown = await show_ticket(house.engine, TicketNumber(1001))
    assert (shown.priority, shown.tags) == ("normal", ())


# --- the end --------------------------------------------------------------------------------------


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


async def test_an_agent_reads_what_is_known_of_a_key_that_he_named_by_command(
    house: House,
) -> None:
    """It is read anew out of his own mail, for nothing else has it."""
    house.rules = rules(more={"providers": {"shop": Terms()}, "key_patterns": (PATTERN,)})
    await house.receive(message())
    await sent_to(house, BOB, NOW)
    [mine] = [row for row in await house.rows(OUTBOX) if row.recipient == BOB]
    told = sent(mine.id, Purpose.ANSWER, BOB_AGENT)
    command = message(BOB, "Re: Printer on fire [TICK-1001]", f"#license {KEY.lower()}")
    await house.receive(mail(command, token_address(told)))
    shop = Shop()

    await looking_up(house, shop, FakeClock(NOW), command).run_once()

    assert shop.asked == [KEY]
    receipt, news = await sent_to(house, BOB, NOW)
    assert (receipt.notice, news.notice) == (Notice.RECEIPT, Notice.LICENSE_KNOWN)
    assert news.variables["licenses"][0]["product"] == "Planner"
    kept = [await house.rows(table) for table in (ANSWERS, ENTRIES, LICENSES, OUTBOX)]
    assert "1234" not in repr(kept)
