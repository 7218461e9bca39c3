"""Who is told of what, what switches it off, and that nobody is told twice or what is not his."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.commands import Verb
from helpdesk.core.decide_license import answered
from helpdesk.core.decision import Decision, Waiting
from helpdesk.core.draft import Draft
from helpdesk.core.ledger import LedgerLine, LineKind
from helpdesk.core.license import LicenseAnswer, LookupOutcome
from helpdesk.core.mail import Attachment, DeliveryReport, Mailbox, ReportedRecipient
from helpdesk.core.outgoing import TO_CUSTOMERS, Notice, OutgoingMail
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES, Support
from helpdesk.core.reply_address import reverse_path
from helpdesk.core.rights import Agreement, AgreementKind, Book
from helpdesk.core.statistics import monday_of
from helpdesk.core.ticket import (
    Conversation,
    EntryKind,
    License,
    Participant,
    Person,
    PersonId,
    Right,
    RightState,
    Role,
    Status,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose
from helpdesk.core.vocabulary import Vocabulary
from helpdesk.core.wall import Weekly
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    World,
    conversation,
    entry,
    mail,
    message,
    next_ids,
    notices_to,
    only,
    rules,
    sent,
    ticket,
    token_address,
)
from tests.folded import for_each

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "notices.md"
TAG = "Re: Printer on fire [TICK-1001]"
VIP = Person(PersonId(5), "vip@customer.example", "Vip", frozenset({"vip@customer.example"}))
DORA = replace(
    BOB, id=PersonId(6), address="dora@example.test", keys=frozenset({"dora@example.test"})
)
CUSTOMER = sent(501)
AGENT = sent(601, Purpose.ANSWER, BOB)
OTHER = sent(602, Purpose.ANSWER, CARL)
SECRET = "he-never-pays"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cast:
    """Ana asked, Vip follows, Eve was copied; Carl has the ticket, Bob acts, Dora leads."""

    muted: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    is_spent: bool = False
    language: str = ""
    more: Mapping[str, Any] | None = None

    def world(self, **of: Any) -> World:
        people = {
            p.id: replace(p, muted=self.muted, language=self.language)
            for p in (ANA, EVE, BOB, CARL, VIP, DORA)
        }
        of = {"assignee": CARL.id, "snoozed_until": None, **of}
        note = entry(2, DORA, SECRET, kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
        talk = conversation(ticket(**of), tail=(entry(), replace(note, version=1)))
        roles = ((ANA, Role.REQUESTER), (VIP, Role.FOLLOWER), (EVE, Role.COPIED))
        talk = replace(
            talk, participants=tuple(Participant(people[p.id], role) for p, role in roles)
        )
        spent = ((NOW - timedelta(minutes=5), None),) * 3
        return World(
            people=tuple(people.values()),
            agents=tuple(people[p.id] for p in (BOB, CARL, DORA)),
            conversations=(talk,),
            sent=(CUSTOMER, AGENT, OTHER),
            automatic={p.address: spent for p in people.values()} if self.is_spent else {},
            rules=rules(
                silent=self.silent,
                leads=("dora@example.test",),
                service_level="standard",
                **(self.more or {}),
            ),
        )


Happens = Callable[[Cast], Decision | None]


def opens(cast: Cast) -> Decision:
    return replace(cast.world(), conversations=()).decide(mail(message(text="It burns.")))


def customer(text: str, **of: Any) -> Happens:
    return lambda cast: cast.world(**of).decide(
        mail(message(subject=TAG, text=text), token_address(CUSTOMER))
    )


def sends_program(cast: Cast) -> Decision:
    program = Attachment("a.exe", "application/zip", 9, "a", executable="program for Windows")
    words = message(subject=TAG, text="It burns again.", attachments=(program,))
    return cast.world().decide(mail(words, token_address(CUSTOMER)))


def copied(cast: Cast) -> Decision:
    return cast.world().decide(mail(message(EVE.address, TAG, "Me, too.")))


def asks(text: str) -> Happens:
    return lambda cast: cast.world().decide(mail(message(subject="Hello", text=text)))


def digest(cast: Cast) -> Decision | None:
    where = replace(cast, more={"digest_at": 0, **(cast.more or {})}).world()
    marks = {"digest of support": "2026-11-19"}
    return replace(where, waiting=(Waiting(ticket(), "Ana Ruiz"),), marks=marks).digests()


def numbers(cast: Cast) -> Decision | None:
    where = replace(cast, more={"report_at": Weekly(0, 0), **(cast.more or {})}).world()
    marks = {"weekly report of support": "2026-11-09"}
    return replace(where, marks=marks).weekly_report(monday_of(NOW.date()))


def agent(text: str, *, dmarc: str = "pass", **of: Any) -> Happens:
    return lambda cast: cast.world(**of).decide(
        mail(message(BOB.address, TAG, text, dmarc=dmarc), token_address(AGENT))
    )


def act(verb: Verb, argument: str = "", **of: Any) -> Happens:
    return lambda cast: cast.world(**of).act(verb, argument)[0]


def time(**of: Any) -> Happens:
    return lambda cast: cast.world(**of).tick()


def clock(age: timedelta) -> Happens:
    def passes(cast: Cast) -> Decision | None:
        first = opens(cast)
        assert first.ticket is not None
        where = cast.world(clocks=first.ticket.clocks)
        return where.tick(NOW + age)

    return passes


PAID = Right(RightState.CONSUMED, holder=ANA.address, credits=1, proved=True)
HELD = Right(RightState.MISSING, held_at=NOW - DAY, check_at=NOW, proved=True)
CONTRACT = Agreement(1, ANA.address, AgreementKind.CONTRACT)
SPENT = (
    LedgerLine(1, ANA.address, LineKind.GRANTED, 1, None, NOW, "operator"),
    LedgerLine(2, ANA.address, LineKind.RESERVED, 1, TicketNumber(1001), NOW, "gateway"),
    LedgerLine(3, ANA.address, LineKind.CONSUMED, 1, TicketNumber(1001), NOW, "gateway"),
)


def asking(cast: Cast) -> Cast:
    """The desk asks for a right to support."""
    return replace(cast, more={"support": Support(required=True)})


def paid(verb: Verb, argument: str = "") -> Happens:
    def happens(cast: Cast) -> Decision:
        world = replace(asking(cast).world(right=PAID), book=Book(lines=SPENT))
        return world.act(verb, argument)[0]

    return happens


def held(cast: Cast) -> Decision:
    return asking(cast).world().act(Verb.HOLD)[0]


def released(cast: Cast) -> Decision | None:
    world = asking(cast).world(right=HELD)
    return replace(world, book=Book(agreements=(CONTRACT,))).tick()


def undelivered(cast: Cast) -> Decision:
    report = DeliveryReport((ReportedRecipient(ANA.address, "5.1.1", "failed"),))
    address = reverse_path(POLICY, KEYRING, POLICY.desk("support"), CUSTOMER.id)
    told = message("mailer-daemon@customer.example", "Undelivered", report=report)
    return cast.world().decide(mail(told, address, reverse_path=""))


def late_answer(cast: Cast) -> Decision | None:
    where = cast.world()
    license_ = License("shop", "****-9", "f1")
    talk = replace(where.conversations[0], licenses=(license_,))
    answers = {("shop", "f1"): LicenseAnswer(LookupOutcome.NOT_FOUND, asked_at=NOW)}
    draft = Draft(where.rules, replace(where.known(), answers=answers), next_ids(), NOW)
    told = {agent.id for agent in where.agents}
    return answered(draft, talk, ("shop", "f1"), told=told)


def vacation(cast: Cast) -> Decision:
    away = message(text="I am away", fields=(("auto-submitted", "auto-replied"),))
    return cast.world().decide(mail(away, token_address(CUSTOMER)))


# Event: who gets which notice, what switches it off, whether it counts against the budget.
ALWAYS, OWN, BOTH, CONFIRM = "nothing", "`#notify`", "`#notify`, `silent`", "`confirm`"
Row = tuple[str, str, str, bool]
EVENTS: Mapping[str, tuple[Happens, list[Row]]] = {
    "a customer's mail opens a ticket": (
        opens,
        [
            ("customer", "confirmation", CONFIRM, True),
            ("agents of the desk", "new_ticket", OWN, False),
        ],
    ),
    "the customer writes": (
        customer("It burns again."),
        [("assignee", "customer_replied", OWN, False)],
    ),
    "the customer's files are refused": (
        sends_program,
        [
            ("assignee", "customer_replied", OWN, False),
            ("customer", "files_refused", ALWAYS, True),
        ],
    ),
    "somebody who was copied writes": (copied, [("assignee", "customer_replied", OWN, False)]),
    "the customer says thanks": (
        customer("Thank you!"),
        [("assignee", "customer_acted", OWN, False)],
    ),
    "the customer closes": (customer("#close"), [("assignee", "customer_acted", OWN, False)]),
    "the customer reopens": (
        customer("#reopen", status=Status.RESOLVED),
        [("assignee", "customer_acted", OWN, False)],
    ),
    "the customer asks in vain for a higher priority": (
        customer("#raise"),
        [("customer", "customer_receipt", ALWAYS, True)],
    ),
    "the customer asks for a list": (
        asks("#tickets"),
        [("customer", "ticket_list", ALWAYS, True)],
    ),
    "the customer tests the mail": (asks("#test"), [("customer", "mail_test", ALWAYS, True)]),
    "the customer changes a setting": (
        asks("#notify on"),
        [("customer", "customer_receipt", ALWAYS, True)],
    ),
    "an agent answers": (
        agent("Use water."),
        [("customer", "answer", ALWAYS, False), ("follower", "answer", ALWAYS, False)],
    ),
    "an agent answers and resolves": (
        agent("#resolve\nUse water."),
        [
            ("customer", "answer", ALWAYS, False),
            ("follower", "answer", ALWAYS, False),
            ("agent who acts", "receipt", ALWAYS, False),
        ],
    ),
    "an agent's mail has commands": (
        agent("#tag vpn"),
        [("agent who acts", "receipt", ALWAYS, False)],
    ),
    "an agent's answer has to wait": (
        agent("#resloved\nUse water."),
        [("agent who acts", "answer_parked", ALWAYS, False)],
    ),
    "an agent's mail is not proved": (
        agent("Use water.", dmarc="none"),
        [("agent who acts", "was_this_you", ALWAYS, False)],
    ),
    "an agent takes it": (
        act(Verb.TAKE, assignee=None),
        [("customer", "ticket_assigned", BOTH, True)],
    ),
    "an agent gives it to another": (
        act(Verb.ASSIGN, "carl", assignee=None),
        [("customer", "ticket_assigned", BOTH, True), ("assignee", "assigned", OWN, False)],
    ),
    "an agent sets another status": (
        act(Verb.STATUS, "waiting"),
        [("customer", "status_changed", BOTH, True)],
    ),
    "an agent resolves it": (act(Verb.RESOLVE), [("customer", "resolved", BOTH, True)]),
    "an agent closes it": (act(Verb.CLOSE), [("customer", "closed", BOTH, True)]),
    "an agent reopens it": (
        act(Verb.REOPEN, status=Status.RESOLVED),
        [("customer", "reopened", BOTH, True)],
    ),
    "an agent notes something": (
        act(Verb.NOTE, "He is angry."),
        [("assignee", "note_added", OWN, False)],
    ),
    "an agent changes a field": (act(Verb.PRIORITY, "high"), []),
    "we wait for 48 hours": (
        time(status=Status.WAITING, status_since=NOW - 2 * DAY),
        [("customer", "reminder", BOTH, True)],
    ),
    "a resolved ticket closes in 2 days": (
        time(status=Status.RESOLVED, status_since=NOW - 5 * DAY),
        [("customer", "close_ahead", BOTH, True)],
    ),
    "it closes by itself": (
        time(status=Status.RESOLVED, status_since=NOW - 7 * DAY),
        [("customer", "closed", BOTH, True)],
    ),
    "a target is near": (
        clock(timedelta(hours=20)),
        [("assignee", "target_warning", OWN, False), ("leads", "target_warning", OWN, False)],
    ),
    "a target was missed": (
        clock(timedelta(hours=25)),
        [("assignee", "target_missed", OWN, False), ("leads", "target_missed", OWN, False)],
    ),
    "the time of a snooze is over": (
        time(snoozed_until=NOW),
        [("assignee", "awake", OWN, False)],
    ),
    "there is no right to support": (held, [("customer", "right", ALWAYS, True)]),
    "there is one by now": (
        released,
        [("customer", "right", ALWAYS, True), ("assignee", "new_ticket", OWN, False)],
    ),
    "a credit is given back": (
        paid(Verb.REFUND),
        [("customer", "right", ALWAYS, True)],
    ),
    "most of the paid time is used": (
        paid(Verb.TIME, "50m"),
        [("assignee", "budget", OWN, False), ("leads", "budget", OWN, False)],
    ),
    "the paid time is used up": (
        paid(Verb.TIME, "60m"),
        [
            ("customer", "right", ALWAYS, True),
            ("assignee", "budget", OWN, False),
            ("leads", "budget", OWN, False),
        ],
    ),
    "the time of the digest comes": (
        digest,
        [("agents of the desk", "digest", OWN, False)],
    ),
    "the time of the weekly report comes": (
        numbers,
        [("agents of the desk", "weekly_report", OWN, False)],
    ),
    "a provider answers late": (late_answer, [("assignee", "license_known", OWN, False)]),
    "mail of ours does not arrive": (
        undelivered,
        [("assignee", "delivery_trouble", ALWAYS, False)],
    ),
    "a vacation notice comes": (vacation, []),
}
WHO: Mapping[str, tuple[Person, ...]] = {
    "customer": (ANA,),
    "follower": (VIP,),
    "assignee": (CARL,),
    "agent who acts": (BOB,),
    "leads": (DORA,),
    "agents of the desk": (BOB, CARL, DORA),
}
ROWS = [(event, row) for event, (_, rows) in EVENTS.items() for row in rows]
CASES = pytest.mark.parametrize(
    ("event", "row"), ROWS, ids=[f"{event}: {row[0]}" for event, row in ROWS]
)


def told(decision: Decision | None) -> set[tuple[int | None, str]]:
    return {(m.person, m.notice.value) for m in decision.outbox} if decision else set()


def expected(rows: list[Row]) -> set[tuple[int | None, str]]:
    return {(person.id, notice) for who, notice, _, _ in rows for person in WHO[who]}


@for_each("event", EVENTS)
def test_exactly_those_are_told_who_should_be(event: str) -> None:
    happens, rows = EVENTS[event]

    assert told(happens(Cast())) == expected(rows)


def is_told(event: str, row: Row, cast: Cast) -> bool:
    who, notice, _, _ = row
    found = told(EVENTS[event][0](cast))
    return {(person.id, notice) for person in WHO[who]} <= found


EVERYTHING = frozenset(notice.value for notice in Notice if notice is not Notice.SMS)
"""An SMS only goes along with one of them; tests/core/test_sms.py has its rules."""


@CASES
def test_what_a_reader_may_switch_off_is_what_the_table_says(event: str, row: Row) -> None:
    assert is_told(event, row, Cast(muted=EVERYTHING)) is ("#notify" not in row[2])


@CASES
def test_what_a_desk_may_leave_out_is_what_the_table_says(event: str, row: Row) -> None:
    assert is_told(event, row, Cast(silent=EVERYTHING)) is ("silent" not in row[2])


@CASES
def test_an_exhausted_budget_stops_what_the_table_says_and_leaves_an_event(
    event: str, row: Row
) -> None:
    spent = EVENTS[event][0](Cast(is_spent=True))

    assert is_told(event, row, Cast(is_spent=True)) is not row[3]
    is_about_a_ticket = spent is not None and spent.ticket is not None
    events = [e.reason for e in spent.entries] if spent is not None else []
    assert ("budget exhausted" in events) is (row[3] and is_about_a_ticket) or not row[3]


@CASES
def test_everybody_is_written_to_in_his_language(event: str, row: Row) -> None:
    decision = EVENTS[event][0](Cast(language="de"))

    assert decision is not None
    assert {m.variables["language"] for m in decision.outbox} == {"de"}
    assert {m.variables["language"] for m in (EVENTS[event][0](Cast()) or decision).outbox} == {
        "en"
    }
    assert row[1] in EVERYTHING


def test_every_notice_is_in_the_table() -> None:
    assert {row[1] for _, row in ROWS} == EVERYTHING


def test_names_that_can_be_switched_off_are_those_of_the_table() -> None:
    own = {row[1] for _, row in ROWS if row[2] == OWN}
    both = {row[1] for _, row in ROWS if row[2] == BOTH}

    assert own == set(MUTED_ONES)
    assert both == set(SILENT_ONES)
    customers = {row[1] for _, row in ROWS if row[0] in {"customer", "follower"}}
    assert customers == {notice.value for notice in TO_CUSTOMERS} & EVERYTHING


def documented() -> list[tuple[str, str, str, str, str]]:
    rows = []
    event = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found = re.fullmatch(r"`(\w+)`|nobody", cells[2]) if len(cells) == 5 else None
        if found:
            event = cells[0] or event
            rows.append((event, cells[1], found[1] or "", cells[3], cells[4]))
    return rows


def test_the_document_has_the_same_table() -> None:
    meant = [
        (event, who, notice, off, "yes" if counts else "no")
        for event, (_, rows) in EVENTS.items()
        for who, notice, off, counts in rows or [("", "", "", False)]
    ]

    assert documented() == [row if row[2] else (row[0], "", "", "", "") for row in meant]


# --- who is in charge -----------------------------------------------------------------------------


def test_while_the_assignee_is_away_the_others_are_told_too() -> None:
    where = Cast().world()
    away = replace(CARL, away=((date(2026, 11, 20), date(2026, 11, 20)),))
    where = replace(where, agents=(BOB, away, DORA))

    decision = where.decide(mail(message(subject=TAG, text="Again."), token_address(CUSTOMER)))

    assert {m.person for m in decision.outbox} == {BOB.id, CARL.id, DORA.id}


def test_without_an_assignee_those_who_are_there_are_told_and_else_all() -> None:
    off = ((date(2026, 11, 1), date(2026, 11, 30)),)
    asked = mail(message(subject=TAG, text="Again."), token_address(CUSTOMER))
    some = replace(Cast().world(assignee=None), agents=(replace(BOB, away=off), CARL))
    none = replace(some, agents=(replace(BOB, away=off), replace(CARL, away=off)))

    assert {m.person for m in some.decide(asked).outbox} == {CARL.id}
    assert {m.person for m in none.decide(asked).outbox} == {BOB.id, CARL.id}


def test_a_suppressed_customer_gets_nothing_and_the_ticket_says_so() -> None:
    where = Cast().world()
    gone = replace(ANA, suppressed=True)
    talk = replace(where.conversations[0], participants=(Participant(gone, Role.REQUESTER),))

    decision, _ = replace(where, conversations=(talk,)).act(Verb.RESOLVE)

    assert notices_to(decision, ANA) == []
    assert "suppressed" in [e.reason for e in decision.entries]


def test_times_in_a_mail_are_those_of_its_reader_s_zone() -> None:
    where = Cast(more={"zone": "America/New_York"}).world()
    berlin = replace(ANA, zone="Europe/Berlin")
    talk = replace(where.conversations[0], participants=(Participant(berlin, Role.REQUESTER),))

    resolved, _ = replace(where, conversations=(talk,)).act(Verb.RESOLVE)
    usual, _ = where.act(Verb.RESOLVE)

    assert only(resolved.outbox, Notice.RESOLVED).variables["event"]["zone"] == "Europe/Berlin"
    assert only(usual.outbox, Notice.RESOLVED).variables["event"]["zone"] == "America/New_York"


# --- whatever happens -----------------------------------------------------------------------------

COMMANDS = (
    *("#take", "#assign carl", "#assign dora", "#assign nobody", "#resolve", "#close", "#reopen"),
    *("#status waiting", "#status in progress", "#priority high", "#tag vpn", "#time 5m"),
    *("#cc eve@elsewhere.example", "#cc new@customer.example", "#snooze 2d", "#split", "#help"),
    *("#merge 1002", "#link 1002", "#frobnicate", "#note"),
)
ANSWERS_TO_HIM = {Notice.RECEIPT, Notice.ANSWER_PARKED, Notice.WAS_THIS_YOU}


def check(decision: Decision | None, actor: Person | None) -> None:
    outbox: tuple[OutgoingMail, ...] = decision.outbox if decision else ()
    people = [m.person for m in outbox]
    assert len(people) == len(set(people)), "two mails to one person"
    agents = {BOB.id, CARL.id, DORA.id}
    for out in outbox:
        if actor is not None and out.person == actor.id:
            assert out.notice in ANSWERS_TO_HIM | {Notice.CUSTOMER_RECEIPT, Notice.CONFIRMATION}
        if out.person not in agents:
            assert out.notice in TO_CUSTOMERS
            assert SECRET not in str(out.variables)


STATUSES = st.sampled_from(Status)
ASSIGNEES = st.sampled_from((None, BOB.id, CARL.id))


def two_tickets(status: Status, assignee: PersonId | None) -> World:
    where = Cast().world(status=status, assignee=assignee, status_since=NOW - DAY)
    other = conversation(ticket(1002), tail=(entry(9, ticket=1002),))
    return replace(where, conversations=(*where.conversations, other))


@given(
    st.lists(st.sampled_from(COMMANDS), max_size=6),
    st.sampled_from(("", "Use water.", f"As I noted: {SECRET}")),
    STATUSES,
    ASSIGNEES,
)
@settings(max_examples=150, deadline=None)
def test_one_mail_of_an_agent_tells_nobody_twice(
    commands: list[str], words: str, status: Status, assignee: PersonId | None
) -> None:
    text = "\n".join([*commands, words])
    if "#note" in commands:
        text += f"\n{SECRET}"

    decision = two_tickets(status, assignee).decide(
        mail(message(BOB.address, TAG, text), token_address(AGENT))
    )

    check(decision, BOB)
    lines = [m for m in decision.outbox if m.notice is Notice.RECEIPT]
    assert len(lines) <= 1
    if commands and decision.reason in ("command", "note", "answer"):
        (receipt,) = lines
        assert [each["text"] for each in receipt.variables["lines"]] == commands


ACTS = st.sampled_from(
    [
        *((Verb.TAKE, ""), (Verb.ASSIGN, "carl"), (Verb.ASSIGN, "bob"), (Verb.ASSIGN, "nobody")),
        *((Verb.STATUS, "open"), (Verb.STATUS, "waiting"), (Verb.RESOLVE, ""), (Verb.CLOSE, "")),
        *((Verb.REOPEN, ""), (Verb.SNOOZE, "3h"), (Verb.NOTE, SECRET), (Verb.PRIORITY, "high")),
    ]
)
SAID = st.sampled_from(
    [
        "It burns.",
        "Thanks!",
        "You can close the ticket.",
        "#close",
        "#reopen",
        "#raise",
        "#raise\nx",
    ]
)
STEPS = st.lists(
    st.one_of(ACTS, SAID, st.timedeltas(timedelta(minutes=5), timedelta(days=9))), max_size=14
)


def lived(talk: Conversation, decision: Decision | None) -> Conversation:
    if decision is None or decision.ticket is None or decision.ticket.number != talk.ticket.number:
        return talk
    return replace(talk, ticket=decision.ticket, tail=(*talk.tail, *decision.entries))


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_ticket_lives_without_telling_anybody_twice_or_of_what_is_not_his(
    steps: list[tuple[Verb, str] | str | timedelta],
) -> None:
    where = Cast().world(status_since=NOW, assignee=None)
    first = opens(Cast())
    assert first.ticket is not None
    talk = where.conversations[0]
    talk = replace(talk, ticket=replace(talk.ticket, clocks=first.ticket.clocks))
    now = NOW
    for step in steps:
        where = replace(where, conversations=(talk,))
        decision: Decision | None
        if isinstance(step, timedelta):
            now += step
            decision = where.tick(now)
            check(decision, None)
            talk = lived(talk, decision)
            assert replace(where, conversations=(talk,)).tick(now) is None, "not only once"
            continue
        if isinstance(step, str):
            token = replace(CUSTOMER, created_at=now)
            asked = message(subject=TAG, text=step, authors=(Mailbox(ANA.address),))
            decision = replace(where, sent=(token,)).decide(
                mail(asked, token_address(token)), now=now
            )
            check(decision, ANA)
        else:
            decision, _ = where.act(step[0], step[1], BOB, now=now)
            check(decision, BOB)
        talk = lived(talk, decision)
        assert talk.ticket.due_at is None or talk.ticket.due_at >= NOW


def test_a_notification_has_the_desk_s_own_words() -> None:
    words = Vocabulary(priority_names={"en": {"normal": "Medium"}})
    decision = World(rules=rules(vocabulary=words)).decide(mail(message()))

    told = next(each for each in decision.outbox if each.notice is Notice.NEW_TICKET)
    assert told.variables["ticket"]["own"] == {"status": "", "priority": "Medium", "category": ""}
    assert told.variables["ticket"]["priority"] == "normal"
