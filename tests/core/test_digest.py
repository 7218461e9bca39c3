"""The list of what waits: when it comes, what stands in it, and what its links may do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.calendar import Calendar, around_the_clock
from helpdesk.core.clocks import Clock
from helpdesk.core.decision import Decision, Verdict, Waiting
from helpdesk.core.digest import MOST_LISTED
from helpdesk.core.outgoing import Notice, OutgoingMail, offered
from helpdesk.core.policy import ReplyAddress
from helpdesk.core.queue import digests_due, first_marks, reports_due, waits_for_an_agent
from helpdesk.core.route import keys_of
from helpdesk.core.service_level import Amount, ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import Person, PersonId, Status, TicketNumber
from helpdesk.core.token import Purpose
from helpdesk.core.wall import Weekly, parse_quiet
from tests.builders import (
    ANA,
    BOB,
    CARL,
    NOW,
    SALES,
    World,
    conversation,
    mail,
    message,
    notices_to,
    only,
    rules,
    sent,
    ticket,
    token_address,
)

H, DAY = timedelta(hours=1), timedelta(days=1)
EIGHT = 8 * 60
FRIDAY = NOW.date()
OFFICE = Calendar("office", (((540, 1080),),) * 5 + ((), ()), "UTC", frozenset({FRIDAY}))
MARK = "digest of support"


def level(*calendars: Calendar) -> ServiceLevel:
    kinds = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
    targets = zip(kinds, calendars, strict=False)
    return ServiceLevel(
        "gold", {(kind, "normal"): Target(Amount(minutes=60), each) for kind, each in targets}
    )


def due(hours: float, **of: Any) -> Clock:
    at = NOW + hours * H
    started = NOW - DAY
    spans = ((started, None),)
    return Clock(ClockKind.FIRST_RESPONSE, "", "normal", "UTC", started, spans, H, at, **of)


def waiting(number: int = 1001, **of: Any) -> Waiting:
    return Waiting(ticket(number, **of), "Ana Ruiz")


def world(*tickets: Waiting, marks: Mapping[str, str] | None = None, **desk: Any) -> World:
    return World(
        rules=rules(**({"digest_at": EIGHT} | desk)),
        waiting=tickets or (waiting(),),
        marks={MARK: "2026-11-17"} if marks is None else marks,
    )


def to(decision: Decision | None, person: Person) -> OutgoingMail:
    assert decision is not None
    (found,) = [each for each in decision.outbox if each.person == person.id]
    return found


def numbers(mail: OutgoingMail) -> list[int]:
    return [each["number"] for each in mail.variables["tickets"]]


# --- when ---------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "done", "comes"),
    [
        ("2026-11-20 07:59", "2026-11-19", False),
        ("2026-11-20 08:00", "2026-11-19", True),
        ("2026-11-20 23:59", "2026-11-19", True),
        ("2026-11-20 08:00", "2026-09-01", True),
        ("2026-11-20 08:00", "2026-11-20", False),
        ("2026-11-20 09:00", "2026-11-21", False),
        ("2026-11-20 09:00", "2030-01-01", True),
        ("2026-11-21 08:00", "2026-11-19", False),
        ("2026-11-23 07:00", "2026-11-19", False),
        ("2026-11-20 08:00", "", False),
    ],
    ids=[
        "too early",
        "on time",
        "late on the same day",
        "after a long pause",
        "sent already",
        "the clock was put back over midnight",
        "the clock was wrong by years",
        "Saturday",
        "Monday, that of Friday was missed",
        "nobody wanted it before",
    ],
)
def test_a_digest_comes_once_on_each_working_day(now: str, done: str, *, comes: bool) -> None:
    marks = {MARK: done} if done else {}

    decision = world(marks=marks).digests(at(now))

    assert (decision is not None) is comes
    if decision is not None:
        assert decision.marks == {MARK: now[:10]}
        assert notices_to(decision, BOB) == notices_to(decision, CARL) == [Notice.DIGEST]


@pytest.mark.parametrize(
    ("now", "digest", "report"),
    [
        ("2026-11-20 07:59", "2026-11-19", "2026-11-16"),
        ("2026-11-20 08:00", "2026-11-20", "2026-11-16"),
        ("2026-11-16 07:00", "2026-11-15", "2026-11-09"),
    ],
)
def test_what_is_switched_on_begins_with_its_next_time(now: str, digest: str, report: str) -> None:
    policy = rules(digest_at=EIGHT, report_at=Weekly(0, EIGHT)).policy
    first = {MARK: digest, "weekly report of support": report}

    assert first_marks(policy, {}, at(now)) == first
    assert first_marks(policy, first, at(now)) == {}
    assert list(digests_due(policy, first, at(now))) == []
    assert list(reports_due(policy, first, at(now))) == []


def test_a_day_is_that_of_the_desk() -> None:
    where = world(zone="Pacific/Auckland", marks={MARK: "2026-11-19"})

    assert where.digests(at("2026-11-19 18:59")) is None
    decision = where.digests(at("2026-11-19 19:00"))
    assert decision is not None
    assert decision.marks == {MARK: "2026-11-20"}


@pytest.mark.parametrize(
    ("calendars", "day", "comes"),
    [
        ([OFFICE], "2026-11-19", True),
        ([OFFICE], "2026-11-20", False),
        ([OFFICE], "2026-11-21", False),
        ([around_the_clock(), OFFICE], "2026-11-20", False),
        ([around_the_clock()], "2026-11-21", True),
        ([], "2026-11-20", True),
        ([], "2026-11-21", False),
    ],
    ids=[
        "a working day",
        "a day off",
        "a weekend",
        "the calendar that is ever closed counts",
        "every day around the clock",
        "a weekday without calendar",
        "a weekend without calendar",
    ],
)
def test_working_days_are_those_of_the_calendar(
    calendars: list[Calendar], day: str, *, comes: bool
) -> None:
    where = world()
    where.rules = rules(
        levels=[level(*calendars)] if calendars else [],
        digest_at=EIGHT,
        service_level="gold" if calendars else "",
    )

    assert (where.digests(at(f"{day} 12:00")) is not None) is comes


def test_no_desk_gets_one_that_wants_none() -> None:
    assert world(digest_at=None).digests() is None


# --- to whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bob",
    [
        replace(BOB, away=((FRIDAY, FRIDAY),)),
        replace(BOB, muted=frozenset({"digest"})),
        replace(BOB, suppressed=True),
    ],
    ids=["away", "switched off", "mail fails"],
)
def test_who_is_away_or_wants_none_gets_none(bob: Person) -> None:
    decision = replace(world(), agents=(bob, CARL), people=(ANA, bob, CARL)).digests()

    assert decision is not None
    assert [each.person for each in decision.outbox] == [CARL.id]


def test_nobody_hears_that_nothing_waits() -> None:
    decision = world(waiting(assignee=BOB.id)).digests()

    assert decision is not None
    assert [each.person for each in decision.outbox] == [BOB.id]
    assert decision.marks


def test_desks_with_one_time_share_a_mail_and_no_ticket_is_told_twice() -> None:
    where = world(waiting(1001), waiting(1002, desk="sales"))
    sales = replace(SALES, digest_at=EIGHT)
    policy = where.rules.policy
    both = {"digest of sales": "2026-11-19"}
    together = replace(where.rules, policy=replace(policy, desks=(policy.desks[0], sales)))
    apart = replace(where, marks=both | {MARK: FRIDAY.isoformat()}, rules=together)

    decision = replace(where, marks=both | {MARK: "2026-11-19"}, rules=together).digests()
    later = apart.digests()

    assert numbers(to(decision, BOB)) == [1001, 1002]
    assert [t["desk"] for t in to(decision, BOB).variables["tickets"]] == [
        "Example Support",
        "Example Sales",
    ]
    assert numbers(to(decision, CARL)) == [1001]
    assert to(decision, CARL).variables["tickets"][0]["desk"] == ""
    assert numbers(to(later, BOB)) == [1002]
    assert later is not None
    assert notices_to(later, CARL) == []


def test_in_quiet_hours_it_waits_but_never_for_the_next_day() -> None:
    morning = world(digest_at=6 * 60, quiet=parse_quiet("22:00-07:00"))
    night = world(digest_at=22 * 60, quiet=parse_quiet("22:00-07:00"))

    waits = to(morning.digests(at("2026-11-20 06:00")), BOB)
    left_out = night.digests(at("2026-11-20 22:00"))

    assert waits.not_before == at("2026-11-20 07:00")
    assert left_out is not None
    assert left_out.outbox == ()
    assert left_out.marks


# --- what stands in it --------------------------------------------------------------------------


def test_overdue_ones_come_first_then_the_order_of_entry() -> None:
    tickets = (
        waiting(1001, created_at=NOW - 9 * DAY),
        waiting(1002, created_at=NOW - 2 * DAY, clocks=(due(-2),)),
        waiting(1003, created_at=NOW - 3 * DAY, clocks=(due(3),)),
        waiting(1004, created_at=NOW - DAY, clocks=(due(-5),)),
        waiting(1005, created_at=NOW - 3 * DAY),
    )

    found = to(world(*tickets).digests(), BOB)

    assert numbers(found) == [1004, 1002, 1001, 1003, 1005]
    assert [t["overdue"] for t in found.variables["tickets"]] == ["5 h", "2 h", "", "", ""]
    assert found.variables["figures"] == {"waiting": 5, "overdue": 2}


@pytest.mark.parametrize(
    ("of", "waits"),
    [
        ({}, True),
        ({"status": Status.IN_PROGRESS}, True),
        ({"status": Status.WAITING}, False),
        ({"status": Status.RESOLVED}, False),
        ({"status": Status.CLOSED}, False),
        ({"snoozed_until": NOW + H}, False),
        ({"snoozed_until": NOW - H}, True),
        ({"merged_into": TicketNumber(7)}, False),
    ],
)
def test_a_ticket_waits_while_an_agent_has_to_do_something(
    of: dict[str, Any], *, waits: bool
) -> None:
    assert waits_for_an_agent(ticket(**of), NOW) is waits
    decision = world(waiting(**of)).digests()
    assert decision is not None
    assert bool(decision.outbox) is waits


def test_his_own_cannot_be_taken_and_those_of_colleagues_are_not_listed() -> None:
    gone = PersonId(77)
    found = to(
        world(
            waiting(1001, assignee=BOB.id),
            waiting(1002, assignee=CARL.id),
            waiting(1003),
            waiting(1004, assignee=gone),
        ).digests(),
        BOB,
    )

    assert numbers(found) == [1001, 1003, 1004]
    assert [t["is_mine"] for t in found.variables["tickets"]] == [True, False, False]
    assert offered(found.variables) == {1003, 1004}


def test_a_long_list_says_how_much_is_left_out() -> None:
    many = [waiting(1000 + n, created_at=NOW - DAY + n * H / 100) for n in range(60)]
    many[59] = waiting(1059, clocks=(due(-1),))

    found = to(world(*many).digests(), BOB)

    assert numbers(found) == [1059, *range(1000, 1000 + MOST_LISTED - 1)]
    assert found.variables["more"] == 10
    assert found.variables["figures"] == {"waiting": 60, "overdue": 1}


def test_it_is_in_the_language_of_its_reader() -> None:
    bob = replace(BOB, language="de")
    found = to(replace(world(waiting(priority="high")), agents=(bob, CARL)).digests(), bob)

    (listed,) = found.variables["tickets"]
    assert (listed["status"], listed["priority"]) == ("Offen", "Hoch")


def test_without_addresses_for_tokens_there_are_no_links() -> None:
    where = world()
    where.rules = rules(digest_at=EIGHT, more={"reply_address": ReplyAddress.PLAIN})

    assert offered(to(where.digests(), BOB).variables) == frozenset()


# --- one click ----------------------------------------------------------------------------------


LIST = sent(
    700,
    Purpose.TAKE,
    BOB,
    None,
    notice=Notice.DIGEST,
    version=0,
    offers=frozenset({TicketNumber(1001), TicketNumber(1002)}),
)


def clicked(
    author: Person = BOB,
    number: int = 1001,
    text: str = "#take",
    *,
    dmarc: str = "pass",
    agents: tuple[Person, ...] = (BOB, CARL),
    **of: Any,
) -> Decision:
    talks = (conversation(ticket(**of)), conversation(ticket(1009)))
    where = World(conversations=talks, sent=(LIST,), agents=agents)
    subject = f"Take [TICK-{number}]"
    return where.decide(mail(message(author.address, subject, text, dmarc=dmarc), address()))


def address() -> str:
    return token_address(LIST)


def assignee(decision: Decision) -> int | None:
    return decision.ticket.assignee if decision.ticket is not None else None


def outcome(decision: Decision) -> str:
    (line,) = only(decision.outbox, Notice.RECEIPT).variables["lines"]
    return f"{line['outcome']}: {line['words']}"


def test_a_click_takes_the_ticket_that_it_names() -> None:
    decision = clicked()

    assert assignee(decision) == BOB.id
    assert decision.ticket is not None
    assert decision.ticket.status is Status.IN_PROGRESS
    assert outcome(decision) == "done: The ticket is yours."
    assert notices_to(decision, ANA) == [Notice.TICKET_ASSIGNED]


def test_the_ticket_of_a_click_is_looked_up_by_its_subject() -> None:
    where = World(sent=(LIST,))
    came = mail(message(BOB.address, "Take [TICK-1001]", "#take"), address())

    keys = keys_of(came, "", where.rules.policy, where.rules.keyring)

    assert keys.outbox == {LIST.id}
    assert keys.tickets == {1001}


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"assignee": CARL.id}, "failed: Carl has it already. To take it over, write #take in"),
        ({"status": Status.CLOSED}, "failed: It is Closed already, and nobody has to take it."),
        ({"status": Status.RESOLVED}, "failed: It is Resolved already, and nobody has to take it."),
        ({"assignee": BOB.id, "status": Status.IN_PROGRESS}, "ignored: It is yours already."),
    ],
)
def test_a_click_that_comes_too_late_changes_nothing_and_says_so(
    of: dict[str, Any], says: str
) -> None:
    decision = clicked(**of)

    assert assignee(decision) == of.get("assignee")
    assert decision.ticket is not None
    assert decision.ticket.status is of.get("status", Status.OPEN)
    assert outcome(decision).startswith(says)
    assert notices_to(decision, ANA) == notices_to(decision, CARL) == []


@pytest.mark.parametrize("number", [1009, 4711])
def test_a_list_is_good_for_no_ticket_that_it_does_not_offer(number: int) -> None:
    decision = clicked(number=number)

    assert decision.ticket is None
    assert decision.entries == ()
    (told,) = decision.outbox
    assert told.person == BOB.id
    assert told.variables["event"]["kind"] == "only_a_list"


@pytest.mark.parametrize(
    ("author", "dmarc"), [(BOB, ""), (BOB, "fail"), (CARL, "pass"), (ANA, "pass")]
)
def test_a_click_that_is_not_proved_to_be_the_agents_own_takes_nothing(
    author: Person, dmarc: str
) -> None:
    decision = clicked(author, dmarc=dmarc)

    assert assignee(decision) is None
    assert notices_to(decision, ANA) == []
    assert all(mail.notice is Notice.WAS_THIS_YOU for mail in decision.outbox)


def test_a_click_of_who_is_no_agent_of_that_desk_now_takes_nothing() -> None:
    bob = replace(BOB, desks=frozenset({"sales"}))

    assert assignee(clicked(agents=(bob, CARL))) is None


def test_words_beside_a_click_are_a_note_and_reach_no_customer() -> None:
    decision = clicked(text="#take\nI know this one.")

    assert assignee(decision) == BOB.id
    assert Notice.ANSWER not in notices_to(decision, ANA)
    assert [e.text for e in decision.entries if e.text == "I know this one."]


def replied(text: str, author: Person = BOB, dmarc: str = "pass") -> Decision:
    where = World(sent=(LIST,))
    said = message(author.address, "Re: 2 tickets wait", text, dmarc=dmarc)
    return where.decide(mail(said, address()))


def test_a_reply_to_a_list_is_about_no_ticket_and_its_author_hears_so() -> None:
    decision = replied("I am ill today.")

    assert (decision.verdict, decision.reason) == (Verdict.RECORDED, "reply to a list")
    (told,) = decision.outbox
    assert (told.person, told.notice) == (BOB.id, Notice.CUSTOMER_RECEIPT)
    assert told.variables["lines"][0]["text"] == "I am ill today."


def test_lists_are_switched_off_by_a_reply() -> None:
    decision = replied("#notify off digest")

    (bob,) = decision.changed_people
    assert bob.muted == {"digest"}


def test_words_of_others_to_the_address_of_a_list_are_not_lost() -> None:
    assert replied("My printer burns.", ANA).verdict is Verdict.OPENED
    assert replied("I am ill today.", BOB, dmarc="").verdict is Verdict.OPENED


def test_an_answer_in_a_mail_to_a_list_never_reaches_the_customer_of_a_thread() -> None:
    where = World(conversations=(conversation(),), sent=(LIST,), located=(("x@y.example", 1001),))
    said = message(BOB.address, "Re: Printer", "Done.", in_reply_to=("x@y.example",))

    decision = where.decide(mail(said, address()))

    assert decision.ticket is None
    assert notices_to(decision, ANA) == []


# --- quiet hours --------------------------------------------------------------------------------

NIGHT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def opened(more: Mapping[str, Any] | None = None, **desk: Any) -> Decision:
    where = World(rules=rules(more=more, **({"quiet": parse_quiet("22:00-07:00")} | desk)))
    return where.decide(mail(message()), now=NIGHT)


def goes(decision: Decision) -> dict[str, datetime | None]:
    names = {BOB.id: BOB.name, CARL.id: CARL.name}
    return {names.get(m.person or ANA.id, "customer"): m.not_before for m in decision.outbox}


def test_agents_are_not_disturbed_and_customers_do_not_wait() -> None:
    assert goes(opened()) == {"customer": None, "Bob Agent": MORNING, "Carl": MORNING}
    assert goes(opened(quiet=None)) == {"customer": None, "Bob Agent": None, "Carl": None}


def test_quiet_hours_of_an_agent_are_those_of_his_place() -> None:
    own: dict[str, Any] = {
        BOB.address: parse_quiet("20:00-09:00"),
        CARL.address: None,
    }

    found = goes(opened({"quiet": own}, zone="Europe/Berlin"))

    assert found["Bob Agent"] == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert found["Carl"] is None


@pytest.mark.parametrize(
    ("priority", "level_", "waits"),
    [("critical", "standard", False), ("critical", "", True), ("high", "standard", True)],
)
def test_a_critical_ticket_disturbs_where_time_runs_at_night(
    priority: str, level_: str, *, waits: bool
) -> None:
    vocabulary = replace(rules().policy.desks[0].vocabulary, default_priority=priority)

    found = goes(opened(service_level=level_, vocabulary=vocabulary))

    assert (found["Bob Agent"] is not None) is waits


@pytest.mark.parametrize(("priority", "waits"), [("critical", False), ("high", True)])
def test_a_missed_target_of_a_critical_ticket_is_told_at_once(
    priority: str, *, waits: bool
) -> None:
    of = due((NIGHT - NOW) / H - 1)
    talk = conversation(
        ticket(priority=priority, assignee=BOB.id, clocks=(replace(of, level="standard"),))
    )
    where = World(
        conversations=(talk,),
        rules=rules(quiet=parse_quiet("22:00-07:00"), service_level="standard"),
    )

    decision = where.tick(NIGHT + 30 * H if priority == "high" else NIGHT)

    assert decision is not None
    told = only(decision.outbox, Notice.TARGET_MISSED)
    assert (told.not_before is not None) is waits
    assert decision.hurried == (() if waits else ((1001, BOB.id),))


def test_an_answer_to_an_agents_own_mail_comes_at_once_after_what_waits() -> None:
    token = sent(601, Purpose.ANSWER, BOB, created_at=NIGHT)
    where = World(
        conversations=(conversation(),),
        sent=(token,),
        rules=rules(quiet=parse_quiet("22:00-07:00")),
    )

    decision = where.decide(
        mail(message(BOB.address, "Re: x [TICK-1001]", "#take"), token_address(token)), now=NIGHT
    )

    assert only(decision.outbox, Notice.RECEIPT).not_before is None
    assert decision.hurried == ((1001, BOB.id),)


def test_mail_of_a_ticket_to_one_agent_keeps_its_order() -> None:
    early, late = opened(), opened()

    assert [goes(each)["Carl"] for each in (early, late)] == [MORNING, MORNING]
