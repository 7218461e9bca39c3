"""What customers do by a word or a click: closing, raising, lists, wishes; and who may not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.mail import Attachment
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail, SentMail
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES, RaisePriority
from helpdesk.core.ticket import (
    Conversation,
    EntryKind,
    LinkKind,
    Participant,
    Person,
    Role,
    Status,
    Ticket,
    TicketNumber,
)
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    NOW,
    SUPPORT,
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

TOKEN = sent(501)
TAG = "Re: Printer on fire [TICK-1001]"
CLOSED_LONG_AGO = {"status": Status.CLOSED, "closed_at": NOW - timedelta(days=31)}


def talk(*others: Participant, **more: Any) -> Conversation:
    return conversation(ticket(**more), *others)


def world(of: Conversation | None = None, **more: Any) -> World:
    values: dict[str, Any] = {"conversations": (of or talk(),), "sent": (TOKEN,)}
    return World(**(values | more))


def say(
    text: str,
    where: World | None = None,
    *,
    to: str = "",
    token: SentMail = TOKEN,
    purpose: Purpose | None = None,
    **more: Any,
) -> Decision:
    """A mail to his reply address, or to the address of a click."""
    address = to or token_address(token, purpose)
    values = {"subject": TAG, **more}
    return (where or world()).decide(mail(message(text=text, **values), address))


def ask(text: str, where: World | None = None, **more: Any) -> Decision:
    """A mail to the desk that is about no ticket."""
    values = {"subject": "Hello", **more}
    found = where or World()
    return found.decide(mail(message(text=text, **values)))


def answered(decision: Decision, notice: Notice = Notice.CUSTOMER_RECEIPT) -> OutgoingMail:
    return only(decision.outbox, notice)


def kind(decision: Decision) -> str:
    return str(answered(decision).variables["event"]["kind"])


def is_posted(decision: Decision) -> bool:
    return any(e.kind is EntryKind.MESSAGE for e in decision.entries)


# --- lists ----------------------------------------------------------------------------------------

MINE = (
    ticket(1005, subject="Drucker brennt", status=Status.WAITING),
    ticket(1004, subject="Printer is slow", status=Status.OPEN),
    ticket(1003, subject="Re: Printer [TICK-1003]", status=Status.CLOSED),
    ticket(1002, subject="Invoice", status=Status.IN_PROGRESS),
)
ALL: tuple[Ticket, ...] = (ticket(1006, EVE, subject="Printer of Eve"), *MINE)


def listed(decision: Decision) -> list[str]:
    return [each["tag"] for each in answered(decision, Notice.TICKET_LIST).variables["tickets"]]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("#tickets", [1005, 1004, 1003, 1002]),
        ("#liste", [1005, 1004, 1003, 1002]),
        ("#tickets printer", [1004, 1003]),
        ("#tickets PRINTER slow", [1004]),
        ("#tickets open", [1004]),
        ("#tickets offen", [1004]),
        ("#tickets in progress", [1002]),
        ("#vorgänge in Bearbeitung", [1002]),
        ("#tickets wartet auf Sie", [1005]),
        ("#tickets waiting brennt", [1005]),
        ("#tickets closed printer", [1003]),
        ("#tickets TICK-1002", [1002]),
        ("#tickets 1005", [1005]),
        ("#tickets nothing like it", []),
    ],
)
def test_a_list_has_one_s_own_tickets_that_match(text: str, numbers: list[int]) -> None:
    decision = ask(text, World(recent=ALL))

    assert listed(decision) == [f"TICK-{number}" for number in numbers]
    assert decision.verdict is Verdict.RECORDED
    assert decision.ticket is None
    assert not is_posted(decision)


def test_a_list_may_be_asked_for_in_the_subject_of_an_empty_mail() -> None:
    assert len(listed(ask("", World(recent=ALL), subject="#tickets"))) == 4


def test_a_list_says_states_in_the_language_of_its_reader() -> None:
    german = replace(ANA, language="de")

    decision = ask("#tickets offen", World(recent=ALL, people=(german, EVE, BOB)))

    (row,) = answered(decision, Notice.TICKET_LIST).variables["tickets"]
    assert (row["status"], row["color"]) == ("Offen", "blue")
    assert answered(decision, Notice.TICKET_LIST).variables["language"] == "de"


@pytest.mark.parametrize("dmarc", ["none", "fail", ""])
@pytest.mark.parametrize("by_token", [True, False])
def test_a_list_is_given_to_a_proved_address_only(dmarc: str, *, by_token: bool) -> None:
    where = replace(world(), recent=ALL)

    decision = (
        say("#tickets", where, dmarc=dmarc) if by_token else ask("#tickets", where, dmarc=dmarc)
    )

    assert kind(decision) == "not_proved"
    assert "Printer" not in str(answered(decision).variables["tickets"])


def test_a_long_list_says_how_many_are_left_out() -> None:
    many = tuple(ticket(2000 - n, subject=f"Subject {n}") for n in range(60))

    found = answered(ask("#tickets", World(recent=many)), Notice.TICKET_LIST)

    assert (len(found.variables["tickets"]), found.variables["more"]) == (50, 10)


# --- tests and settings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dmarc", "state"),
    [("pass", "proved"), ("none", "unverified"), ("", "unverified"), ("fail", "failed")],
)
def test_a_test_says_how_the_mail_arrived(dmarc: str, state: str) -> None:
    decision = ask("#test", dmarc=dmarc)

    found = answered(decision, Notice.MAIL_TEST)
    assert found.variables["event"]["kind"] == state
    assert found.recipient == ANA.address
    assert (found.auto_submitted, found.null_reverse_path) == (AutoSubmitted.REPLIED, True)
    assert decision.ticket is None


@pytest.mark.parametrize(("own", "zone"), [("", "Europe/Berlin"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_a_test_tells_the_time_of_the_sender_else_of_the_desk(own: str, zone: str) -> None:
    known = World(rules=rules(zone="Europe/Berlin"), people=(replace(ANA, zone=own),))

    found = answered(ask("#test", known), Notice.MAIL_TEST)

    assert found.variables["event"]["zone"] == zone


@pytest.mark.parametrize("text", ["#test", "#tickets", "#help", "#notify off"])
def test_answers_to_commands_end_with_the_budget(text: str) -> None:
    spent = {ANA.address: ((NOW - timedelta(minutes=5), None),) * 3}

    decision = ask(text, World(automatic=spent))

    assert decision.outbox == ()
    assert any(step.outcome == "budget exhausted" for step in decision.evidence)


def test_a_program_is_not_answered() -> None:
    decision = ask("#test", fields=(("auto-submitted", "auto-generated"),))

    assert all(m.notice is not Notice.MAIL_TEST for m in decision.outbox)


def wishes(decision: Decision) -> Person:
    (changed,) = decision.changed_people
    return changed


@pytest.mark.parametrize(
    ("text", "before", "muted"),
    [
        ("#notify off", set(), set(SILENT_ONES)),
        ("#notify on", set(SILENT_ONES), set()),
        ("#notify off reminder", set(), {"reminder"}),
        ("#notify off reminders", {"closed"}, {"reminder", "closed"}),
        ("#notify on status", {"status_changed", "closed"}, {"closed"}),
        ("#benachrichtigung aus", set(), set(SILENT_ONES)),
        ("#notify off ticket assigned", set(), {"ticket_assigned"}),
    ],
)
def test_a_customer_switches_notices_off_and_on(
    text: str, before: set[str], muted: set[str]
) -> None:
    ana = replace(ANA, muted=frozenset(before))

    decision = ask(text, World(people=(ana, EVE, BOB)))

    assert wishes(decision).muted == muted
    assert answered(decision).variables["lines"][0]["outcome"] == "done"


@pytest.mark.parametrize("name", MUTED_ONES)
def test_an_agent_switches_his_own_notices_off(name: str) -> None:
    decision = ask(f"#notify off {name.replace('_', ' ')}", author=BOB.address)

    assert wishes(decision).muted == {name}


def test_what_is_no_notice_is_told_with_those_that_are() -> None:
    decision = ask("#notify off answers")

    assert kind(decision) == "no_notice"
    assert answered(decision).variables["event"]["names"] == list(SILENT_ONES)
    assert decision.changed_people == ()


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("#language de", "language", "de"),
        ("#sprache Deutsch", "language", "de"),
        ("#language English", "language", "en"),
        ("#timezone Europe/Berlin", "zone", "Europe/Berlin"),
        ("#zeitzone UTC", "zone", "UTC"),
    ],
)
@pytest.mark.parametrize("by_token", [True, False])
def test_language_and_time_zone_are_remembered(
    text: str, field: str, value: str, *, by_token: bool
) -> None:
    decision = say(text, dmarc="none") if by_token else ask(text)

    assert getattr(wishes(decision), field) == value
    if field == "language":
        assert answered(decision).variables["language"] == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#language klingon", "no_language"),
        ("#timezone Nowhere/Land", "no_zone"),
        ("#timezone America", "no_zone"),
    ],
)
def test_what_nobody_knows_is_said(text: str, why: str) -> None:
    decision = ask(text)

    assert kind(decision) == why
    assert answered(decision).variables["lines"][0]["outcome"] == "failed"
    assert decision.changed_people == ()


@pytest.mark.parametrize("text", ["#notify off", "#language de", "#timezone UTC"])
@pytest.mark.parametrize("dmarc", ["none", "fail"])
def test_settings_are_not_changed_by_what_is_neither_proved_nor_answers_a_mail(
    text: str, dmarc: str
) -> None:
    decision = ask(text, dmarc=dmarc)

    assert (kind(decision), decision.changed_people) == ("not_proved", ())


def test_somebody_else_s_reply_address_does_not_stand_in_for_a_proof() -> None:
    decision = say("#language de", author=EVE.address, dmarc="none")

    assert (kind(decision), decision.changed_people) == ("not_proved", ())


def test_a_new_person_is_remembered_with_his_wishes() -> None:
    decision = ask("#language de", author="new@customer.example")

    (person,) = decision.people
    assert (wishes(decision).id, wishes(decision).language) == (person.id, "de")


def test_help_lists_what_can_be_done() -> None:
    for text in ("#help", "#hilfe", "/help"):
        decision = ask(text)
        assert (kind(decision), answered(decision).variables["help"]) == ("help", True)


@pytest.mark.parametrize("text", ["#close", "#reopen", "#raise"])
def test_a_command_about_no_ticket_asks_which(text: str) -> None:
    decision = ask(text)

    assert kind(decision) == "no_ticket"
    assert decision.ticket is None


@pytest.mark.parametrize("text", ["#closing time?", "# close the door", "#help me please!", "#1"])
def test_what_is_not_exactly_a_command_is_a_message(text: str) -> None:
    assert ask(text).verdict is Verdict.OPENED


# --- close, reopen --------------------------------------------------------------------------------

CLICKS = [
    ("#close", Purpose.CLOSE, Status.OPEN, Status.CLOSED),
    ("#reopen", Purpose.REOPEN, Status.RESOLVED, Status.OPEN),
    ("#close", None, Status.WAITING, Status.CLOSED),
    ("#erledigt", None, Status.WAITING, Status.CLOSED),
    ("#reopen", None, Status.CLOSED, Status.OPEN),
    ("#reopen", None, Status.WAITING, Status.OPEN),
]


def state(status: Status) -> dict[str, Any]:
    return {"status": status, "closed_at": NOW - timedelta(days=1) if status == "closed" else None}


@pytest.mark.parametrize("dmarc", ["pass", "none"])
@pytest.mark.parametrize(("text", "purpose", "before", "after"), CLICKS)
def test_the_requester_closes_and_reopens(
    text: str, purpose: Purpose | None, before: Status, after: Status, dmarc: str
) -> None:
    decision = say(text, world(talk(**state(before))), purpose=purpose, dmarc=dmarc)

    assert decision.ticket is not None
    assert decision.ticket.status is after
    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_ACTED]
    assert not is_posted(decision)
    warned = [m for m in decision.outbox if m.variables["warnings"]]
    assert bool(warned) is (dmarc == "none")


def test_the_words_of_a_reopening_are_its_reason_and_are_kept() -> None:
    decision = say("#reopen\nIt burns again.", world(talk(status=Status.RESOLVED)))

    assert is_posted(decision)
    (change,) = [e.text for e in decision.entries if e.text.startswith("Status")]
    assert change == "Status: resolved → open (Ana Ruiz: It burns again.)"
    acted = only((m for m in decision.outbox if m.person == BOB.id), Notice.CUSTOMER_ACTED)
    assert acted.variables["text"] == "It burns again."


def test_a_word_and_a_proof_are_enough_without_a_token() -> None:
    proved = say("#close", to=SUPPORT.address)
    unproved = say("#close", to=SUPPORT.address, dmarc="none")

    assert proved.ticket is not None
    assert (proved.ticket.number, proved.ticket.status) == (1001, Status.CLOSED)
    assert unproved.ticket is not None
    assert unproved.ticket.number != 1001


@pytest.mark.parametrize("role", [Role.FOLLOWER, Role.COPIED])
@pytest.mark.parametrize("text", ["#close", "#reopen", "#raise", "You can close the ticket."])
@pytest.mark.parametrize("before", [Status.OPEN, Status.RESOLVED])
def test_who_only_takes_part_cannot_close_reopen_or_raise(
    role: Role, text: str, before: Status
) -> None:
    where = world(talk(Participant(EVE, role), status=before))

    decision = say(text, where, to=SUPPORT.address, author=EVE.address)

    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (1001, before)
    assert decision.ticket.priority == "normal"
    assert is_posted(decision)
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]


@pytest.mark.parametrize("purpose", [Purpose.CLOSE, Purpose.REOPEN, Purpose.RAISE])
@pytest.mark.parametrize("dmarc", ["pass", "none"])
def test_a_link_in_another_hand_does_nothing_to_the_ticket(purpose: Purpose, dmarc: str) -> None:
    decision = say("", purpose=purpose, author=EVE.address, dmarc=dmarc)

    assert decision.ticket is not None
    assert decision.ticket.number != 1001
    assert decision.ticket.possibly_about == 1001


def test_a_follower_with_the_requester_s_link_writes_a_message() -> None:
    where = world(talk(Participant(EVE, Role.FOLLOWER)))

    decision = say("#close", where, purpose=Purpose.CLOSE, author=EVE.address)

    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (1001, Status.OPEN)


def test_an_expired_link_is_a_word_and_needs_a_proof() -> None:
    old = replace(TOKEN, created_at=NOW - timedelta(days=181))
    where = world(sent=(old,))

    proved = say("#close", where, purpose=Purpose.CLOSE)
    unproved = say("#close", where, purpose=Purpose.CLOSE, dmarc="none")

    assert proved.ticket is not None
    assert (proved.ticket.number, proved.ticket.status) == (1001, Status.CLOSED)
    assert unproved.ticket is not None
    assert unproved.ticket.number != 1001


def test_a_vacation_notice_to_the_address_of_a_link_closes_nothing() -> None:
    decision = say("I am away", purpose=Purpose.CLOSE, fields=(("auto-submitted", "auto-replied"),))

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert decision.outbox == ()


def test_a_link_of_an_agent_s_mail_is_none_of_a_customer() -> None:
    agents = sent(601, Purpose.ANSWER, BOB)

    decision = say(
        "#close", world(sent=(agents,)), token=agents, purpose=Purpose.CLOSE, dmarc="none"
    )

    assert decision.ticket is None or decision.ticket.number != 1001


def test_a_new_question_to_the_remembered_address_of_a_link_is_a_message() -> None:
    decision = say("My mouse is dead.", purpose=Purpose.CLOSE, subject="Mouse")

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert is_posted(decision)


def test_words_under_the_subject_of_a_link_are_kept_beside_its_act() -> None:
    decision = say("It works now.", purpose=Purpose.CLOSE, subject="Close [TICK-1001]")

    assert decision.ticket is not None
    assert decision.ticket.status is Status.CLOSED
    assert is_posted(decision)


def test_to_close_what_was_closed_long_ago_opens_nothing() -> None:
    decision = say("#close", world(talk(**CLOSED_LONG_AGO)), purpose=Purpose.CLOSE)

    assert decision.verdict is Verdict.RECORDED
    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (1001, Status.CLOSED)
    assert decision.outbox == ()


@pytest.mark.parametrize(
    "text", ["#reopen", "#reopen\nIt burns again.", "It burns again.", "#raise"]
)
def test_after_thirty_days_a_new_ticket_follows_the_closed_one(text: str) -> None:
    decision = say(text, world(talk(**CLOSED_LONG_AGO)))

    assert decision.ticket is not None
    assert (decision.is_new, decision.reason) == (True, "follows")
    assert decision.ticket.subject == "Printer on fire"
    (link,) = decision.links
    assert (link.ticket, link.other, link.kind) == (
        decision.ticket.number,
        TicketNumber(1001),
        LinkKind.FOLLOWS,
    )
    assert decision.ticket.possibly_about is None
    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]


# --- content --------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", Status)
def test_thanks_move_nothing_and_tell_the_agents(before: Status) -> None:
    decision = say("Thank you very much!\n\nAna", world(talk(assignee=BOB.id, **state(before))))

    assert decision.ticket is not None
    assert decision.ticket.status is before
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_ACTED]
    assert notices_to(decision, CARL) == notices_to(decision, ANA) == []
    assert is_posted(decision)


@pytest.mark.parametrize("before", Status)
def test_the_word_that_it_can_be_closed_closes(before: Status) -> None:
    decision = say("Thanks, you can close the ticket.", world(talk(**state(before))))

    assert decision.ticket is not None
    assert decision.ticket.status is Status.CLOSED
    acted = only((m for m in decision.outbox if m.person == BOB.id), Notice.CUSTOMER_ACTED)
    expected = "thanked" if before is Status.CLOSED else "closed"
    assert acted.variables["event"]["kind"] == expected
    assert notices_to(decision, ANA) == []


def test_thanks_with_a_file_are_a_message() -> None:
    file = Attachment("new.log", "text/plain", 10, "ab", part="2")

    decision = say("Thanks!", world(talk(status=Status.WAITING)), attachments=(file,))

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN


# --- raise ----------------------------------------------------------------------------------------


def opened(raises: RaisePriority = RaisePriority.AFTER_TARGET, **more: Any) -> World:
    """A ticket of priority normal with 24 hours for the first response, opened at NOW."""
    by = rules(service_level="standard", raise_priority=raises)
    where = World(rules=by)
    first = where.decide(mail(message(subject="Printer on fire")))
    assert first.ticket is not None
    of = replace(first.ticket, number=TicketNumber(1001), **more)
    talked = conversation(of)
    return replace(where, conversations=(talked,), sent=(TOKEN,))


def later(where: World, text: str, now: timedelta) -> tuple[World, Decision]:
    """A further mail, and the world after it."""
    token = replace(TOKEN, created_at=NOW)
    where = replace(where, sent=(token,))
    asked = message(text=text, subject=TAG, message_id=f"{now}@mua.example")
    decision = where.decide(mail(asked, token_address(token)), now=NOW + now)
    assert decision.ticket is not None
    talked = replace(where.conversations[0], ticket=decision.ticket)
    return replace(where, conversations=(talked,)), decision


def priorities(where: World, *mails: tuple[str, timedelta]) -> list[str]:
    found = []
    for text, now in mails:
        where, decision = later(where, text, now)
        assert decision.ticket is not None
        found.append(decision.ticket.priority)
    return found


H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("raises", "mails", "expected"),
    [
        ("after_target", [("Hello?", 23 * H), ("Hello??", 25 * H), ("!!", 26 * H)], "n h h"),
        ("after_target", [("Thanks!", 25 * H)], "n"),
        ("after_target", [("#raise", 1 * H), ("#raise", 25 * H), ("#raise", 26 * H)], "n h h"),
        ("after_target", [("Hello?", 25 * H), ("#raise", 26 * H)], "h h"),
        ("always", [("Hello?", 1 * H), ("Hello??", 2 * H)], "h h"),
        ("always", [("#raise", 1 * H), ("#raise", 2 * H)], "h h"),
        ("never", [("Hello?", 25 * H), ("#raise", 26 * H)], "n n"),
    ],
)
def test_a_customer_raises_the_priority_once_for_each_breach(
    raises: str, mails: list[tuple[str, timedelta]], expected: str
) -> None:
    where = opened(RaisePriority(raises))

    assert " ".join(found[0] for found in priorities(where, *mails)) == expected


def test_a_second_breach_raises_again() -> None:
    where = opened()
    where, _ = later(where, "Hello?", 25 * H)
    agent = sent(601, Purpose.ANSWER, BOB, version=9, created_at=NOW)
    answer = message(BOB.address, TAG, "Use water.")
    decision = replace(where, sent=(agent,)).decide(
        mail(answer, token_address(agent)), now=NOW + 26 * H
    )
    assert decision.ticket is not None
    talked = replace(where.conversations[0], ticket=decision.ticket)
    where = replace(where, conversations=(talked,))

    assert priorities(where, ("And now?", 27 * H), ("Well?", 32 * H)) == ["high", "critical"]


@pytest.mark.parametrize(
    ("raises", "more", "why", "has_time"),
    [
        (RaisePriority.AFTER_TARGET, {}, "not_yet", True),
        (RaisePriority.NEVER, {}, "not_yet", False),
        (RaisePriority.AFTER_TARGET, {"priority": "critical"}, "top", True),
    ],
)
def test_who_asks_for_more_in_vain_is_told_why(
    raises: RaisePriority, more: dict[str, Any], why: str, *, has_time: bool
) -> None:
    where = opened(raises, **more)

    _, decision = later(where, "#raise", H)

    assert kind(decision) == why
    assert answered(decision).recipient == ANA.address
    if why == "not_yet":
        assert bool(answered(decision).variables["event"]["at"]) is has_time


def test_raising_tells_the_agents_and_not_the_customer() -> None:
    where = opened()

    _, decision = later(where, "#raise", 25 * H)

    assert notices_to(decision, BOB) == [Notice.CUSTOMER_ACTED]
    assert notices_to(decision, ANA) == []


def test_words_below_raise_are_an_answer_to_our_question() -> None:
    waiting = world(talk(status=Status.WAITING, snoozed_until=NOW + H), rules=rules())

    decision = say("#raise\nHere is the log you asked for.", waiting)

    assert decision.ticket is not None
    assert (decision.ticket.status, decision.ticket.snoozed_until) == (Status.OPEN, None)
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]
    assert is_posted(decision)


def test_an_agent_who_asks_as_a_customer_is_one() -> None:
    mine = conversation(ticket(requester=BOB))
    mine = replace(mine, participants=(Participant(BOB, Role.REQUESTER),))
    his = sent(501, person=BOB)

    decision = say("#close", world(mine, sent=(his,)), author=BOB.address)

    assert decision.ticket is not None
    assert decision.ticket.status is Status.CLOSED
