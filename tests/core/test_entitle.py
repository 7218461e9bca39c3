"""A desk that asks for a right to support: who waits, who goes on, and what it costs."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.core.acts import Outcome
from helpdesk.core.commands import Verb
from helpdesk.core.decide_license import answered
from helpdesk.core.decision import Decision
from helpdesk.core.draft import LOOKUP_PATIENCE, Draft
from helpdesk.core.ledger import LedgerLine, LineKind, balance_of, faults_of
from helpdesk.core.license import (
    NOTHING_KNOWN,
    LicenseAnswer,
    LicenseRecord,
    LicenseState,
    LookupOutcome,
    Terms,
    fingerprint_of,
)
from helpdesk.core.mail import FoundKey, Mailbox
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Confirm, Support
from helpdesk.core.rights import Agreement, AgreementKind, Book, Inclusion, Product, Source
from helpdesk.core.rules import Conditions, Effects, Rule
from helpdesk.core.ticket import License, Right, RightState, Status, TicketNumber
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    KEYRING,
    NOW,
    World,
    conversation,
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

DAY = timedelta(days=1)
NUMBER = TicketNumber(1001)
KEY = "ABCD-1234-EFGH-5678"
PRINT = fingerprint_of(KEY, KEYRING)
WHICH = ("own", PRINT)
PRODUCTS = (
    Product("Planner", Inclusion.INCLUDED, also=("4711",)),
    Product("Widget", Inclusion.THIRD_PARTY, maker="Maker Inc., support@maker.example"),
)
RECORD = LicenseRecord(LicenseState.ACTIVE, product="Planner", owner_addresses=(ANA.address,))
OWN = LicenseAnswer(LookupOutcome.FOUND, RECORD, NOW)
FOREIGN = replace(OWN, record=replace(RECORD, owner_addresses=("eve@other.example",)))
UNKNOWN = LicenseAnswer(LookupOutcome.NOT_FOUND, None, NOW)
DOWN = LicenseAnswer(trouble=LookupOutcome.DOWN, tries=2)
RESERVED = Right(RightState.RESERVED, "a credit", proved=True, holder=ANA.address, credits=1)
SPENT = replace(RESERVED, state=RightState.CONSUMED)
HELD = Right(RightState.MISSING, "no right was found", proved=True, held_at=NOW - DAY)
WAITS = Right(RightState.PENDING, "", proved=True, check_at=NOW)


def granted(number: int = 1, holder: str = ANA.address) -> LedgerLine:
    return LedgerLine(1, holder, LineKind.GRANTED, number, None, NOW, "operator")


def of(kind: LineKind, number: int, amount: int = 1, about: int = 1001) -> LedgerLine:
    return LedgerLine(number, ANA.address, kind, amount, TicketNumber(about), NOW, "gateway")


ONE = Book(lines=(granted(),))
KEPT = Book(lines=(granted(3), of(LineKind.RESERVED, 2)))
USED = Book(lines=(*KEPT.lines, of(LineKind.CONSUMED, 3)))
CONTRACT = Agreement(1, "@customer.example", AgreementKind.CONTRACT, last=date(2030, 1, 1))


def world(book: Book = ONE, *, more: dict[str, Any] | None = None, **support: Any) -> World:
    desk: dict[str, Any] = {
        "service_level": "standard",
        "support": Support(required=True, how_to_buy="shop.example", **support),
    }
    policy = {"products": PRODUCTS, "providers": {"own": Terms()}} | (more or {})
    confirm = policy.pop("confirm", Confirm.ALL)
    return World(rules=rules(more=policy, confirm=confirm, **desk), book=book)


NOBODY = Book()


def state(decision: Decision | None) -> Right:
    assert decision is not None
    assert decision.ticket is not None
    return decision.ticket.right


def about(right: Right, book: Book = NOBODY, **of_ticket: Any) -> World:
    talk = conversation(ticket(right=right, **of_ticket))
    return replace(world(book), conversations=(talk,), sent=(sent(501), AGENT))


AGENT = sent(601, Purpose.ANSWER, BOB)


def keys(*answers: LicenseAnswer, right: Right = WAITS, book: Book = NOBODY) -> World:
    """A ticket that names as many licenses as there are answers."""
    licenses = tuple(License("own", "…-5678", f"{PRINT}{n}") for n, _ in enumerate(answers))
    talk = conversation(ticket(right=right), licenses=licenses)
    known = {("own", f"{PRINT}{n}"): answer for n, answer in enumerate(answers)}
    return replace(world(book), conversations=(talk,), answers=known)


# --- a new ticket -------------------------------------------------------------------------------


def test_a_desk_that_asks_for_no_right_looks_for_none() -> None:
    decision = replace(World(), book=ONE).decide(mail(message()))

    assert state(decision) == Right()
    assert decision.ledger == ()


def test_an_agreement_covers_a_ticket_and_costs_nothing() -> None:
    decision = world(Book(agreements=(CONTRACT,), lines=ONE.lines)).decide(mail(message()))

    assert state(decision).state is RightState.COVERED
    assert decision.ledger == ()
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


@pytest.mark.parametrize(
    "agreement",
    [
        replace(CONTRACT, last=NOW.date() - DAY),
        replace(CONTRACT, first=NOW.date() + DAY),
        replace(CONTRACT, desk="sales"),
        replace(CONTRACT, holder="@other.example"),
    ],
)
def test_an_agreement_of_other_days_desks_or_people_covers_nothing(agreement: Agreement) -> None:
    decision = world(Book(agreements=(agreement,))).decide(mail(message()))

    assert state(decision).state is RightState.MISSING


def test_a_credit_is_reserved_and_its_owner_hears_what_is_left() -> None:
    decision = world(Book(lines=(granted(3),))).decide(mail(message()))

    assert [(line.kind, line.credits) for line in decision.ledger] == [(LineKind.RESERVED, 1)]
    assert (state(decision).state, state(decision).holder) == (RightState.RESERVED, ANA.address)
    told = only(decision.outbox, Notice.CONFIRMATION).variables["right"]
    assert (told["kind"], told["available"]) == ("reserved", 2)


def test_nobody_spends_a_credit_by_an_address_that_is_not_proved() -> None:
    decision = world().decide(mail(message(dmarc="none")))

    assert state(decision).state is RightState.UNCLEAR
    assert decision.ledger == ()
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


def test_a_ticket_without_a_right_waits_and_only_its_requester_hears_of_it() -> None:
    decision = world(NOBODY).decide(mail(message()))

    assert decision.ticket is not None
    assert decision.ticket.right.held_at == NOW
    assert ("right", "on hold") in [(step.step, step.outcome) for step in decision.evidence]
    assert decision.ticket.clocks == ()
    assert [m.notice for m in decision.outbox] == [Notice.CONFIRMATION]
    told = decision.outbox[0].variables
    assert (told["right"]["kind"], told["right"]["how_to_buy"]) == ("missing", "shop.example")
    assert told["promised"] is None


def test_a_hold_is_told_even_where_the_desk_confirms_nothing() -> None:
    decision = world(NOBODY, more={"confirm": Confirm.NONE}).decide(mail(message()))

    assert state(decision).is_held
    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]


@pytest.mark.parametrize(
    "hidden",
    [
        message(dmarc="fail"),
        message(fields=(("auto-submitted", "auto-generated"),)),
        message(reply_to=(), clean_author=""),
    ],
)
def test_who_cannot_be_told_is_not_kept_waiting(hidden: Any) -> None:
    decision = world(NOBODY).decide(mail(hidden))

    assert state(decision).state is RightState.UNCLEAR
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


def test_an_exhausted_budget_keeps_nobody_waiting() -> None:
    spent = ((NOW - timedelta(minutes=5), None),) * 3
    decision = replace(world(NOBODY), automatic={ANA.address: spent}).decide(mail(message()))

    assert state(decision).state is RightState.UNCLEAR
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


def test_who_was_told_of_one_ticket_gets_no_other_one_worked_on_by_writing_many() -> None:
    spent = ((NOW - timedelta(minutes=5), None),) * 3
    where = replace(
        world(NOBODY), automatic={ANA.address: spent}, recent=(ticket(900, right=HELD),)
    )
    decision = where.decide(mail(message()))

    assert state(decision).is_held
    assert decision.outbox == ()


def test_the_order_says_what_is_looked_for_first() -> None:
    both = Book(agreements=(CONTRACT,), lines=ONE.lines)

    credit = world(both, order=(Source.CREDIT, Source.AGREEMENT)).decide(mail(message()))
    none = world(both, order=(Source.PRODUCT,)).decide(mail(message()))

    assert state(credit).state is RightState.RESERVED
    assert state(none).state is RightState.MISSING


def test_a_free_category_and_a_rule_need_no_right() -> None:
    rule = Rule("errors", Conditions(words=("crash",)), Effects(category="technical"))
    free = Rule("free", Conditions(words=("goodwill",)), Effects(free=True))
    where = world(NOBODY, free_categories=frozenset({"technical"}), more={"rules": (rule, free)})

    for words in ("A crash.", "Out of goodwill."):
        decision = where.decide(mail(message(text=words)))
        assert state(decision).state is RightState.FREE
        assert notices_to(decision, BOB) == [Notice.NEW_TICKET]
    assert state(where.decide(mail(message()))).is_held


def test_a_question_about_somebody_else_s_product_goes_to_its_maker() -> None:
    rule = Rule("widget", Conditions(words=("widget",)), Effects(third_party="Widget"))
    decision = world(ONE, more={"rules": (rule,)}).decide(mail(message(text="The widget.")))

    assert decision.ticket is not None
    assert (decision.ticket.status, decision.ledger) == (Status.RESOLVED, ())
    (told,) = decision.outbox
    assert told.notice is Notice.CONFIRMATION
    assert told.variables["right"]["kind"] == "third_party"
    assert told.variables["right"]["maker"] == "Maker Inc., support@maker.example"


def test_earlier_tickets_that_wait_come_first() -> None:
    earlier = ticket(900, right=HELD)
    decision = replace(world(), recent=(earlier,)).decide(mail(message()))

    assert (state(decision).state, state(decision).check_at) == (
        RightState.PENDING,
        NOW + LOOKUP_PATIENCE,
    )
    assert decision.ledger == ()


# --- licenses -----------------------------------------------------------------------------------


def with_key(**answers: LicenseAnswer) -> Decision:
    known = {WHICH: answers["known"]} if answers else {}
    written = message(keys=(FoundKey(KEY, "own"),))
    return replace(world(NOBODY), answers=known).decide(mail(written))


@pytest.mark.parametrize("known", [NOTHING_KNOWN, UNKNOWN, FOREIGN])
def test_whatever_is_known_of_a_key_its_sender_hears_the_same_at_the_same_time(
    known: LicenseAnswer,
) -> None:
    first, second = with_key(), with_key(known=known)

    assert state(first) == state(second)
    assert state(first).check_at == NOW + LOOKUP_PATIENCE
    assert first.outbox == second.outbox
    assert [m.notice for m in first.outbox] == [Notice.CONFIRMATION]


def test_an_own_license_of_a_product_with_support_gives_a_right() -> None:
    decision = keys(UNKNOWN, OWN).tick()

    assert state(decision).state is RightState.COVERED
    assert decision is not None
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]
    assert notices_to(decision, ANA) == []
    assert state(decision).check_at is None


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, state=LicenseState.EXPIRED),
        replace(RECORD, product="Other"),
        replace(RECORD, owner_addresses=()),
        replace(RECORD, owner_addresses=("eve@other.example",)),
        replace(RECORD, support_until=NOW - DAY),
        replace(RECORD, expires_at=NOW - DAY),
    ],
)
def test_a_license_that_gives_no_right_is_told_like_an_unknown_one(record: LicenseRecord) -> None:
    wrong = keys(replace(OWN, record=record)).tick()
    unknown = keys(UNKNOWN).tick()

    assert wrong is not None
    assert unknown is not None
    assert wrong.ticket == unknown.ticket
    assert state(wrong).is_held
    assert wrong.outbox == unknown.outbox
    assert [m.variables["right"]["kind"] for m in wrong.outbox] == ["missing"]


def test_what_a_provider_said_before_it_went_away_holds_nobody_up() -> None:
    said_before = replace(UNKNOWN, trouble=LookupOutcome.DOWN)

    never_asked, asked_before = keys(DOWN).tick(), keys(said_before).tick()

    assert never_asked is not None
    assert asked_before is not None
    assert state(never_asked) == state(asked_before)
    assert never_asked.outbox == asked_before.outbox


def test_no_message_is_split_from_a_ticket_on_hold() -> None:
    where = about(HELD)

    decision, done = where.act(Verb.SPLIT, entry=1)

    assert (done.outcome, decision.others) == (Outcome.FAILED, ())


def test_while_a_provider_is_away_the_agents_get_the_ticket() -> None:
    decision = keys(UNKNOWN, DOWN).tick()

    assert decision is not None
    assert (state(decision).state, state(decision).check_at) == (RightState.PENDING, None)
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]
    assert notices_to(decision, ANA) == []
    assert decision.ticket is not None
    assert decision.ticket.clocks != ()


def hears(world: World, number: int = 0) -> Decision | None:
    draft = Draft(world.rules, world.known(), next_ids(), NOW)
    return answered(draft, world.conversations[0], ("own", f"{PRINT}{number}"))


def test_a_late_answer_settles_it_and_takes_nothing_away_from_the_agents() -> None:
    told = replace(WAITS, check_at=None)

    assert state(hears(keys(OWN, right=told))).state is RightState.COVERED
    unclear = state(hears(keys(UNKNOWN, right=told)))
    assert (unclear.state, unclear.is_held) == (RightState.UNCLEAR, False)
    paid = hears(keys(UNKNOWN, right=told, book=ONE))
    assert paid is not None
    assert (state(paid).state, len(paid.ledger)) == (RightState.RESERVED, 1)


def test_a_license_that_was_renewed_ends_the_hold() -> None:
    decision = hears(keys(OWN, right=HELD))

    assert decision is not None
    assert state(decision).state is RightState.COVERED
    assert notices_to(decision, ANA) == [Notice.RIGHT]
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


# --- on hold ------------------------------------------------------------------------------------


def test_a_credit_that_came_ends_the_hold_and_both_sides_hear_of_it() -> None:
    decision = about(replace(HELD, check_at=NOW), Book(lines=(granted(2),))).tick()

    assert decision is not None
    assert state(decision).state is RightState.RESERVED
    assert [line.kind for line in decision.ledger] == [LineKind.RESERVED]
    told = only(decision.outbox, Notice.RIGHT).variables["right"]
    assert (told["kind"], told["credits"], told["available"]) == ("given", 1, 1)
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]
    assert decision.ticket is not None
    assert {clock.started_at for clock in decision.ticket.clocks} == {NOW}


def test_looking_in_vain_tells_nobody_again() -> None:
    decision = about(replace(HELD, check_at=NOW)).tick()

    assert decision is not None
    assert (decision.outbox, decision.entries) == ((), ())
    assert state(decision) == HELD


def test_an_agreement_that_begins_later_ends_the_hold_on_its_first_day() -> None:
    later = replace(CONTRACT, first=NOW.date() + DAY)
    where = about(replace(HELD, check_at=NOW), Book(agreements=(later,)))

    decision = where.tick()

    assert state(decision).check_at is not None
    assert state(decision).check_at.date() == later.first  # type: ignore[union-attr]


def test_a_desk_that_asks_no_more_lets_all_go() -> None:
    talk = conversation(ticket(right=HELD))
    decision = World(conversations=(talk,)).tick()

    assert decision is not None
    assert state(decision).state is RightState.NONE
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]


def test_a_closed_ticket_on_hold_is_left_alone_and_never_due_again() -> None:
    closed: dict[str, Any] = {"status": Status.CLOSED, "closed_at": NOW - DAY}
    still = about(replace(HELD, check_at=NOW), ONE, **closed).tick()
    gone = World(conversations=(conversation(ticket(right=HELD, **closed)),)).tick()

    for decision in (still, gone):
        assert decision is not None
        assert decision.ticket is not None
        assert (decision.outbox, decision.ledger, decision.ticket.due_at) == ((), (), None)


def test_who_writes_to_a_ticket_on_hold_is_heard() -> None:
    where = about(HELD)
    decision = where.decide(
        mail(message(subject="Re: Printer on fire [TICK-1001]"), token_address(sent(501)))
    )

    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]
    assert all(m.variables["right"]["on_hold"] for m in decision.outbox)
    assert state(decision).is_held


def test_the_requester_who_proves_himself_later_pays_for_his_ticket() -> None:
    where = about(Right(RightState.UNCLEAR), ONE)
    decision = where.decide(
        mail(message(subject="Re: Printer on fire [TICK-1001]"), token_address(sent(501)))
    )

    assert state(decision).state is RightState.RESERVED
    assert [line.kind for line in decision.ledger] == [LineKind.RESERVED]


def test_a_hold_stops_the_clocks_and_what_was_kept_stays_kept() -> None:
    first = world(Book(agreements=(CONTRACT,))).decide(mail(message())).ticket
    assert first is not None
    where = about(Right(RightState.UNCLEAR), clocks=first.clocks)

    held, _ = where.act(Verb.HOLD, now=NOW + timedelta(hours=1))

    assert held.ticket is not None
    assert [clock.is_paused for clock in held.ticket.clocks] == [True, True]
    later = about(replace(state(held), check_at=NOW + DAY), ONE, clocks=held.ticket.clocks)
    goes_on = later.tick(NOW + DAY)
    assert goes_on is not None
    assert goes_on.ticket is not None
    assert [clock.started_at for clock in goes_on.ticket.clocks] == [NOW, NOW]
    assert all(clock.is_running for clock in goes_on.ticket.clocks)


def test_thanks_that_prove_their_sender_end_his_hold_and_he_hears_of_it() -> None:
    where = about(replace(HELD, proved=False), ONE)
    thanks = message(subject="Re: Printer on fire [TICK-1001]", text="Thank you!")

    decision = where.decide(mail(thanks, token_address(sent(501))))

    assert state(decision).state is RightState.RESERVED
    assert notices_to(decision, ANA) == [Notice.RIGHT]
    assert len(notices_to(decision, BOB)) == 1


# --- credits ------------------------------------------------------------------------------------


def answers(where: World, text: str = "Use water.") -> Decision:
    return where.decide(
        mail(message(BOB.address, "Re: Printer on fire [TICK-1001]", text), token_address(AGENT))
    )


def test_the_first_answer_consumes_the_credit_and_the_second_one_nothing() -> None:
    first = answers(about(RESERVED, KEPT))
    second = answers(about(SPENT, USED))

    assert [(line.kind, line.credits) for line in first.ledger] == [(LineKind.CONSUMED, 1)]
    assert state(first).state is RightState.CONSUMED
    assert second.ledger == ()


def test_a_ticket_that_closes_before_an_answer_gives_its_credit_back() -> None:
    decision, _ = about(RESERVED, KEPT).act(Verb.CLOSE)

    assert [line.kind for line in decision.ledger] == [LineKind.REFUNDED]
    assert state(decision).state is RightState.RETURNED


def test_a_reopened_ticket_asks_for_its_credit_again() -> None:
    returned = replace(RESERVED, state=RightState.RETURNED, credits=0)
    where = about(returned, ONE, status=Status.CLOSED, closed_at=NOW - DAY)
    decision = where.decide(
        mail(message(subject="Re: Printer on fire [TICK-1001]"), token_address(sent(501)))
    )

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert state(decision).state is RightState.RESERVED


def reopens(right: Right, book: Book, **of_ticket: Any) -> Decision:
    where = about(right, book, status=Status.CLOSED, closed_at=NOW - DAY, **of_ticket)
    return where.decide(
        mail(message(subject="Re: Printer on fire [TICK-1001]"), token_address(sent(501)))
    )


def test_who_spent_the_credit_elsewhere_has_none_for_the_ticket_that_he_reopens() -> None:
    decision = reopens(replace(RESERVED, state=RightState.RETURNED, credits=0), NOBODY)

    assert state(decision).is_held
    assert only(decision.outbox, Notice.RIGHT).variables["right"]["kind"] == "missing"
    assert all(m.variables["right"]["on_hold"] for m in decision.outbox if m.person == BOB.id)


def test_a_click_that_reopens_asks_for_the_credit_too() -> None:
    returned = replace(RESERVED, state=RightState.RETURNED, credits=0)
    where = about(returned, NOBODY, status=Status.CLOSED, closed_at=NOW - DAY)
    words = message(subject="Re: Printer on fire [TICK-1001]", text="#reopen")

    assert state(where.decide(mail(words, token_address(sent(501))))).is_held


def test_a_right_that_came_while_a_held_ticket_was_closed_counts_when_it_is_reopened() -> None:
    decision = reopens(HELD, ONE)

    assert state(decision).state is RightState.RESERVED
    assert only(decision.outbox, Notice.RIGHT).variables["right"]["kind"] == "given"
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]


def test_who_closes_his_ticket_before_its_right_is_looked_for_wins_nothing_by_it() -> None:
    waits = about(WAITS, status=Status.CLOSED, closed_at=NOW)
    looked = waits.tick()

    decision = reopens(state(looked), NOBODY)

    assert state(decision).is_held
    assert only(decision.outbox, Notice.RIGHT).variables["right"]["kind"] == "missing"


@pytest.mark.parametrize("words", ["Thank you!", "One more question."])
@pytest.mark.parametrize("status", [Status.WAITING, Status.RESOLVED])
def test_a_credit_that_an_agent_gave_back_is_not_taken_again(words: str, status: Status) -> None:
    given_back = replace(SPENT, state=RightState.RETURNED, credits=0)
    book = Book(lines=(*USED.lines, of(LineKind.REFUNDED, 4)))
    where = about(given_back, book, status=status, first_response_at=NOW - DAY)
    reply = message(subject="Re: Printer on fire [TICK-1001]", text=words)

    decision = where.decide(mail(reply, token_address(sent(501))))

    assert (state(decision).state, decision.ledger) == (RightState.RETURNED, ())


def test_a_credit_that_comes_after_the_answer_is_consumed_at_once() -> None:
    where = about(replace(HELD, check_at=NOW), ONE, first_response_at=NOW - timedelta(hours=1))

    decision = where.tick()

    assert decision is not None
    assert [line.kind for line in decision.ledger] == [LineKind.RESERVED, LineKind.CONSUMED]
    assert state(decision).state is RightState.CONSUMED


def test_what_was_answered_before_the_hold_does_not_consume_the_credit_that_ends_it() -> None:
    where = about(replace(HELD, check_at=NOW), ONE, first_response_at=NOW - 2 * DAY)

    assert state(where.tick()).state is RightState.RESERVED


def test_who_proves_himself_on_hold_is_let_go_by_his_own_license() -> None:
    held = replace(HELD, proved=False)
    where = replace(keys(OWN, right=held), sent=(sent(501),))
    reply = message(subject="Re: Printer on fire [TICK-1001]", text="It is my license.")

    decision = where.decide(mail(reply, token_address(sent(501))))

    assert state(decision).state is RightState.COVERED
    assert only(decision.outbox, Notice.RIGHT).variables["right"]["kind"] == "given"
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]


def test_nobody_spends_a_credit_by_naming_its_owner_in_a_web_form() -> None:
    form = "form@site.example"
    where = world(ONE)
    support = where.rules.policy.desks[0].support
    forms = rules(form_senders=frozenset({form}), support=support)

    decision = replace(where, rules=forms).decide(
        mail(message(form, reply_to=(Mailbox(ANA.address),)))
    )

    assert decision.ticket is not None
    assert decision.ticket.requester == ANA.id
    assert (state(decision).state, decision.ledger) == (RightState.UNCLEAR, ())


def test_an_agent_gives_credits_back_and_says_how_many() -> None:
    two = replace(SPENT, credits=2)
    book = Book(
        lines=(granted(3), of(LineKind.RESERVED, 2, 2), of(LineKind.CONSUMED, 3, 2)),
    )

    one, said = about(two, book).act(Verb.REFUND, "1")
    all_, _ = about(two, book).act(Verb.REFUND)
    many, refused = about(two, book).act(Verb.REFUND, "3")

    assert (state(one).credits, str(said.words)) == (1, "1 credit given back; 2 left.")
    assert (state(all_).credits, state(all_).state) == (0, RightState.RETURNED)
    assert (refused.outcome, many.ledger) == (Outcome.FAILED, ())
    told = [only(each.outbox, Notice.RIGHT).variables["right"] for each in (one, all_)]
    assert [(each["kind"], each["returned"]) for each in told] == [("refunded", 1), ("refunded", 2)]


def test_a_further_credit_needs_one_that_is_there() -> None:
    given, said = about(SPENT, USED, first_response_at=NOW).act(Verb.CREDIT, "2")
    none, refused = about(SPENT, USED, first_response_at=NOW).act(Verb.CREDIT, "3")

    assert [(line.kind, line.credits) for line in given.ledger] == [
        (LineKind.RESERVED, 2),
        (LineKind.CONSUMED, 2),
    ]
    assert (state(given).credits, said.outcome) == (3, Outcome.DONE)
    assert (refused.outcome, none.ledger) == (Outcome.FAILED, ())


def test_a_merged_ticket_gives_its_credit_back_and_its_work_goes_along() -> None:
    target = conversation(ticket(1002, right=SPENT))
    where = about(replace(RESERVED, booked=20), KEPT)
    where = replace(where, conversations=(*where.conversations, target))

    decision, done = where.act(Verb.MERGE, "1002")

    assert done.outcome is Outcome.DONE
    assert [(line.kind, line.ticket) for line in decision.ledger] == [(LineKind.REFUNDED, NUMBER)]
    assert state(decision).booked == 20


def test_a_further_credit_is_not_taken_of_another_holder_and_the_agent_reads_why() -> None:
    domain = replace(granted(5, "@customer.example"), id=9)
    book = Book(lines=(granted(1), *USED.lines[1:], domain))

    _, refused = about(SPENT, book, first_response_at=NOW).act(Verb.CREDIT)

    assert refused.outcome is Outcome.FAILED
    assert f"0 available of {ANA.address}" in refused.words


def test_a_credit_is_not_set_aside_for_a_ticket_that_is_closed_without_an_answer() -> None:
    decision, refused = about(HELD, ONE, status=Status.CLOSED, closed_at=NOW).act(Verb.CREDIT)

    assert (refused.outcome, decision.ledger) == (Outcome.FAILED, ())


@pytest.mark.parametrize(("spent", "credits_"), [(SPENT, 2), (RESERVED, 1)])
def test_what_was_paid_for_a_merged_ticket_pays_for_work_on_the_other(
    spent: Right, credits_: int
) -> None:
    lines = [of(LineKind.RESERVED, 4, about=1002), of(LineKind.CONSUMED, 5, about=1002)]
    book = Book(lines=(*USED.lines, *lines[: 2 if spent is SPENT else 1]))
    where = about(replace(SPENT, booked=40), book)
    target = conversation(ticket(1002, right=replace(spent, booked=10)))

    decision, done = replace(where, conversations=(*where.conversations, target)).act(
        Verb.MERGE, "1002"
    )

    assert done.outcome is Outcome.DONE
    right, [old] = state(decision), [each.right for each in decision.others]
    assert (right.state, right.credits, right.booked) == (RightState.CONSUMED, credits_, 50)
    assert (old.state, old.credits) == (RightState.RETURNED, 0)
    balance = balance_of((*book.lines, *decision.ledger))
    assert (balance.reserved, balance.consumed) == (0, credits_)
    assert list(faults_of((*book.lines, *decision.ledger))) == []
    assert notices_to(decision, ANA) == []


@pytest.mark.parametrize("verb", [Verb.FREE, Verb.HOLD])
def test_an_agent_s_word_gives_back_what_was_spent(verb: Verb) -> None:
    decision, done = about(SPENT, USED).act(verb)

    assert done.outcome is Outcome.DONE
    assert [line.kind for line in decision.ledger] == [LineKind.REFUNDED]
    assert state(decision).state is (RightState.FREE if verb is Verb.FREE else RightState.MISSING)
    assert state(decision).credits == 0


def test_an_answer_can_put_its_ticket_on_hold() -> None:
    decision = answers(about(SPENT, USED, first_response_at=NOW - DAY), "#hold\nYour hour is over.")

    assert state(decision).is_held
    assert notices_to(decision, ANA) == [Notice.ANSWER, Notice.RIGHT]


def test_a_hold_that_its_customer_would_not_hear_of_is_refused_and_costs_nothing() -> None:
    spent = ((NOW - timedelta(minutes=5), None),) * 3
    where = replace(about(SPENT, USED), automatic={ANA.address: spent})

    decision, done = where.act(Verb.HOLD)

    assert done.outcome is Outcome.FAILED
    assert (decision.ledger, state(decision)) == ((), SPENT)


def test_a_category_that_is_free_ends_the_hold() -> None:
    where = about(HELD)
    free = world(NOBODY, free_categories=frozenset({"technical"}))

    decision, _ = replace(where, rules=free.rules).act(Verb.CATEGORY, "technical")

    assert state(decision).state is RightState.FREE
    assert notices_to(decision, BOB) == []
    assert notices_to(decision, ANA) == [Notice.RIGHT]


def test_a_desk_that_asks_for_no_right_ignores_such_commands() -> None:
    where = replace(World(), conversations=(conversation(),))

    for verb in (Verb.FREE, Verb.HOLD, Verb.CREDIT, Verb.REFUND):
        decision, done = where.act(verb)
        assert (done.outcome, decision.outbox) == (Outcome.IGNORED, ())


# --- work ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("booked", "more", "told"), [(0, "47m", 0), (0, "48m", 80), (48, "5m", 80), (50, "10m", 100)]
)
def test_the_paid_hour_is_told_at_four_fifths_and_at_its_end(
    booked: int, more: str, told: int
) -> None:
    before = replace(SPENT, booked=booked, told=80 if booked >= 48 else 0)
    decision, _ = about(before, USED).act(Verb.TIME, more)

    assert state(decision).told == told
    assert notices_to(decision, ANA) == ([Notice.RIGHT] if told == 100 else [])
    is_news = told > before.told
    assert any(m.notice is Notice.BUDGET for m in decision.outbox) is is_news
    assert notices_to(decision, BOB) == []


def test_a_further_credit_pays_for_another_hour() -> None:
    before = replace(SPENT, booked=60, told=100)
    decision, _ = about(before, USED, first_response_at=NOW).act(Verb.CREDIT)
    after = about(replace(state(decision)), Book(lines=(*USED.lines, *decision.ledger)))

    assert state(decision).told == 0
    later, said = after.act(Verb.TIME, "36m")
    assert state(later).told == 80
    assert "1 h 36 min of 2 h" in said.words


def test_what_an_agreement_covers_has_no_bound() -> None:
    covered = Right(RightState.COVERED, "", proved=True)
    decision, said = about(covered).act(Verb.TIME, "10h")

    assert (state(decision).booked, state(decision).told) == (600, 0)
    assert decision.outbox == ()
    assert said.words == "Booked 10 h."
