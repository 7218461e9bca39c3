"""What agents do to tickets by the first lines of a mail, with one receipt for all of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.core.assignment import Strategy
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.mail import Attachment, Forwarded, Mailbox, Message
from helpdesk.core.outgoing import Notice, OutgoingMail
from helpdesk.core.policy import ReplyAddress
from helpdesk.core.route import keys_of
from helpdesk.core.ticket import (
    COMMANDED,
    Conversation,
    Entry,
    EntryId,
    EntryKind,
    Link,
    LinkKind,
    Participant,
    PersonId,
    Role,
    Status,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose, message_id
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    KEYRING,
    NOW,
    World,
    conversation,
    entry,
    mail,
    message,
    notices_to,
    only,
    rules,
    sent,
    ticket,
    token_address,
)
from tests.folded import for_each

AGENT = sent(601, Purpose.ANSWER, BOB, entry=EntryId(1))
PARKED = sent(602, Purpose.PARKED, BOB, entry=EntryId(50))
TAG = "Re: Printer on fire [TICK-1001]"
VIP = replace(
    EVE, id=PersonId(77), address="vip@customer.example", keys=frozenset({"vip@customer.example"})
)
T1001, T1002, T1003 = (TicketNumber(number) for number in (1001, 1002, 1003))


def talk(*others: Participant, number: int = 1001, **more: Any) -> Conversation:
    tail = more.pop("tail", (entry(1 if number == T1001 else number, ticket=number),))
    return conversation(ticket(number, **more), *others, tail=tail)


def world(*conversations: Conversation, **more: Any) -> World:
    values: dict[str, Any] = {
        "conversations": conversations or (talk(),),
        "sent": (AGENT, PARKED),
        "people": (ANA, EVE, BOB, CARL, VIP),
    }
    return World(**(values | more))


def said(text: str, author: str = BOB.address, **more: Any) -> Message:
    return message(author, TAG, text, **more)


def command(text: str, where: World | None = None, **more: Any) -> Decision:
    return (where or world()).decide(mail(said(text, **more), token_address(AGENT)))


def receipt(decision: Decision) -> OutgoingMail:
    return only(decision.outbox, Notice.RECEIPT)


def lines(decision: Decision) -> list[tuple[str, str]]:
    return [(line["outcome"], line["words"]) for line in receipt(decision).variables["lines"]]


def the_line(text: str, where: World | None = None) -> tuple[str, str]:
    (found,) = lines(command(text, where))
    return found


def spoken(decision: Decision) -> list[Entry]:
    return [e for e in decision.entries if e.kind is not EntryKind.EVENT]


# --- every verb -----------------------------------------------------------------------------------

MINE: dict[str, Any] = {"assignee": BOB.id, "status": Status.IN_PROGRESS}
VERBS: list[tuple[str, dict[str, Any], str, str]] = [
    ("#take", {}, "done", "The ticket is yours."),
    ("#take", MINE, "ignored", "It is yours already."),
    ("#assign Carl", {}, "done", "Assigned to Carl."),
    ("#assign me", {}, "done", "Assigned to Bob Agent."),
    ("#assign nobody", MINE, "done", "Nobody has the ticket now."),
    ("#assign nobody", {}, "ignored", "Nobody has it anyway."),
    ("#assign carl", {"assignee": CARL.id}, "ignored", "Carl has it already."),
    (
        "#assign zoe",
        {},
        "failed",
        "Zoe is no agent here; write one of Bob Agent (bob@example.test), Carl (carl@exampl",
    ),
    ("#assign", {}, "failed", "#assign needs a name or an address, such as #assign "),
    ("#status waiting", {}, "done", "The ticket is Waiting for Customer."),
    ("#status open", {}, "ignored", "It is Open already."),
    ("#status maybe", {}, "failed", '"maybe" is no status; there are Open, In Progress, '),
    ("#resolve", {}, "done", "The ticket is Resolved."),
    ("#resolve", {"status": Status.RESOLVED}, "ignored", "It is Resolved already."),
    ("#resolve now", {}, "failed", "#resolve stands alone; put your words on the next line."),
    ("#close", {}, "done", "The ticket is Closed."),
    ("#close", {"status": Status.CLOSED}, "ignored", "It is Closed already."),
    ("#reopen", {"status": Status.CLOSED}, "done", "The ticket is Open again."),
    ("#reopen", {"status": Status.IN_PROGRESS}, "ignored", "It is In Progress already."),
    ("#priority urgent", {}, "done", "The priority is Critical."),
    ("#priority normal", {}, "ignored", "The priority is Normal already."),
    (
        "#priority hihg",
        {},
        "failed",
        '"hihg" is no priority; did you mean High? There are Low, Normal, High and Critical.',
    ),
    ("#category Rechnung", {}, "done", "The category is Billing."),
    ("#category general", {}, "ignored", "The category is General already."),
    ("#category pizza", {}, "failed", '"pizza" is no category; there are Technical, '),
    ("#tag vpn, printer", {}, "done", "Tagged vpn, printer."),
    ("#tag vpn", {"tags": ("vpn",)}, "ignored", "It has vpn already."),
    ("#tag <x>", {}, "failed", '#tag: "<x>" is no tag; write a word of letters, such as vpn.'),
    (
        "#tag one more",
        {"tags": tuple(f"t{n}" for n in range(19))},
        "failed",
        "A ticket has at most 20 tags; take one away: #untag t0.",
    ),
    ("#untag vpn", {"tags": ("vpn",)}, "done", "Tag vpn removed."),
    ("#untag vpn", {}, "ignored", "It has no such tag; its tags: none."),
    ("#time 1h30", {}, "done", "Booked 1 h 30 min."),
    ("#time 0", {}, "failed", '#time: "0" is not between one minute and 24 hours; '),
    ("#time soon", {}, "failed", '#time: "soon" is no duration; write 20m, 1h30 or 1:30.'),
    (
        "#snooze 2h",
        {},
        "done",
        "Set aside until 2026-11-20 12:00 UTC; a message of the customer ends it.",
    ),
    ("#snooze 2020-01-01", {}, "failed", '"2020-01-01" is in the past; write a later time, '),
    ("#cc vip@customer.example", {}, "done", "Eve gets all answers from now on."),
    ("#cc new@customer.example", {}, "done", "new@customer.example gets all answers from now on."),
    ("#cc ana@customer.example", {}, "ignored", "Ana Ruiz gets the answers already."),
    ("#cc carl@example.test", {}, "failed", "Carl is an agent; give the ticket away with #assign."),
    ("#cc sales@example.test", {}, "failed", "sales@example.test is an address of ours."),
    ("#cc not-an-address", {}, "failed", '#cc: "not-an-address" is no mail address; '),
    ("#split", {}, "failed", "It is the only message of this ticket."),
    ("#link 1001", {}, "failed", "TICK-1001 is this very ticket."),
    ("#link 4711", {}, "failed", "There is no ticket TICK-4711 that you may change."),
    ("#link VPN", {}, "failed", '#link: "VPN" is no ticket; write its number, '),
    ("#merge 1001", {}, "failed", "TICK-1001 is this very ticket."),
    ("#merge 4711", {}, "failed", "There is no ticket TICK-4711 that you may change."),
    ("#note", {}, "ignored", "There are no words to keep."),
    ("#help", {}, "done", "The commands are listed below."),
    ("#hilfe", {}, "done", "The commands are listed below."),
]


@for_each(("text", "state", "outcome", "words"), VERBS)
def test_every_command_says_what_became_of_it(
    text: str, state: dict[str, Any], outcome: str, words: str
) -> None:
    found, sentence = the_line(text, world(talk(**state)))

    assert found == outcome
    assert sentence.startswith(words)
    assert sentence[0] == sentence[0].upper() or "@" in sentence.split()[0]
    assert sentence.endswith((".", "?"))


@for_each("text", [text for text, _, outcome, _ in VERBS if outcome != "done"])
def test_what_is_not_done_changes_nothing_and_writes_to_nobody_else(text: str) -> None:
    state = next(state for each, state, outcome, _ in VERBS if each == text and outcome != "done")
    before = talk(**state)

    decision = command(text, world(before))

    assert decision.ticket is not None
    changed = replace(decision.ticket, updated_at=before.ticket.updated_at)
    assert replace(changed, references=before.ticket.references) == before.ticket
    assert {out.person for out in decision.outbox} == {BOB.id}
    assert [e.reason for e in decision.entries] == [COMMANDED]


@pytest.mark.parametrize("text", ["#help", "#hilfe", "#take\n#befehle"])
def test_help_lists_the_commands_whatever_its_word(text: str) -> None:
    assert receipt(command(text)).variables["help"] is True


def test_without_help_they_are_not_listed() -> None:
    assert receipt(command("#assign help")).variables["help"] is False


# --- one mail -------------------------------------------------------------------------------------


def test_a_mail_with_commands_only_posts_nothing() -> None:
    decision = command("#take\n#priority high\n#tag vpn")

    assert decision.verdict is Verdict.RECORDED
    assert spoken(decision) == []
    assert notices_to(decision, BOB) == [Notice.RECEIPT]
    assert notices_to(decision, ANA) == [Notice.TICKET_ASSIGNED]


def test_the_receipt_lists_every_line_and_who_was_written_to() -> None:
    decision = command("#take\n#time soon\n#priority normal\n#assign carl")

    assert [outcome for outcome, _ in lines(decision)] == ["done", "failed", "ignored", "done"]
    texts = [line["text"] for line in receipt(decision).variables["lines"]]
    assert texts == ["#take", "#time soon", "#priority normal", "#assign carl"]
    assert set(receipt(decision).variables["told"]) == {
        "Ana Ruiz (ticket assigned)",
        "Carl (assigned)",
    }
    assert receipt(decision).purpose is Purpose.ANSWER


def test_commands_on_one_line_are_all_done() -> None:
    decision = command("#take #tag vpn")

    assert [outcome for outcome, _ in lines(decision)] == ["done", "done"]


def test_an_answer_with_resolve_is_one_mail_that_shows_the_state_after_it() -> None:
    decision = command("#resolve\n#priority high\nUse water.")

    assert decision.reason == "answer"
    assert notices_to(decision, ANA) == [Notice.ANSWER]
    answer = only(decision.outbox, Notice.ANSWER)
    assert answer.variables["text"] == "Use water."
    assert answer.variables["state"]["status"] == "Resolved"
    assert answer.variables["state"]["priority"] == "High"
    assert answer.variables["state"]["assignee"] == "Bob Agent"
    assert {action["name"] for action in answer.variables["actions"]} == {"close", "reopen"}
    assert [outcome for outcome, _ in lines(decision)] == ["done", "done"]


def test_an_answer_without_commands_has_no_receipt() -> None:
    assert notices_to(command("Use water."), BOB) == []


def test_a_note_with_commands_is_kept_here() -> None:
    decision = command("#note\n#assign carl\nHe is angry, please take over.")

    (note,) = spoken(decision)
    assert (note.kind, note.visibility) == (EntryKind.NOTE, Visibility.INTERNAL)
    assert note.text == "He is angry, please take over."
    assert "angry" not in str([m.variables for m in decision.outbox if m.person == ANA.id])
    assigned = only(decision.outbox, Notice.ASSIGNED)
    assert "He is angry, please take over." in str(assigned.variables["history"])


def test_words_behind_note_are_the_note() -> None:
    (note,) = spoken(command("#note He is angry.\nVery."))

    assert note.text == "He is angry.\nVery."


def test_a_note_is_read_by_the_assignee_and_not_by_its_author() -> None:
    decision = command("#note\nHe is angry.", world(talk(assignee=CARL.id)))

    assert notices_to(decision, CARL) == [Notice.NOTE_ADDED]
    assert only(decision.outbox, Notice.NOTE_ADDED).purpose is Purpose.NOTE
    assert notices_to(command("#note\nHe.", world(talk(assignee=BOB.id))), BOB) == [Notice.RECEIPT]


@pytest.mark.parametrize("text", ["#frobnicate", "#reslove\nUse water.", "##resolve\nUse water."])
def test_an_unknown_command_parks(text: str) -> None:
    decision = command(text)

    assert decision.reason == "parked"
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]
    assert notices_to(decision, ANA) == []


def test_receipts_to_a_program_end() -> None:
    earlier = tuple(
        entry(n, BOB, kind=EntryKind.EVENT, reason=COMMANDED, at=NOW) for n in range(1, 25)
    )

    decision = command("#tag vpn", world(talk(tail=(entry(30), *earlier))))

    assert notices_to(decision, BOB) == []
    assert decision.ticket is not None
    assert decision.ticket.tags == ("vpn",)


# --- who ------------------------------------------------------------------------------------------


def test_a_team_gets_a_ticket_by_its_next_agent_as_the_desk_chooses() -> None:
    busy = replace(BOB, teams=frozenset({"billing"}), open_tickets=9)
    free = replace(
        CARL, teams=frozenset({"billing"}), open_tickets=1, last_assigned_at=NOW - timedelta(1)
    )
    by_load = world(agents=(busy, free), rules=rules(assign=Strategy.LEAST_LOADED))

    assert the_line("#assign billing", by_load) == ("done", "Assigned to Carl.")
    by_turn = world(agents=(busy, free))
    assert the_line("#assign billing", by_turn) == ("done", "Assigned to Bob Agent.")


def test_who_is_named_gets_it_even_while_away_and_the_agent_is_told() -> None:
    away = replace(CARL, away=((date(2026, 11, 19), date(2026, 11, 21)),))

    found = the_line("#assign carl", world(agents=(BOB, away)))

    assert found == ("done", "Assigned to Carl (who is away today).")


def test_a_ticket_that_was_given_away_is_told_to_its_new_agent_and_the_customer() -> None:
    decision = command("#assign carl", world(talk(assignee=BOB.id)))

    assert notices_to(decision, CARL) == [Notice.ASSIGNED]
    assert notices_to(decision, ANA) == [Notice.TICKET_ASSIGNED]


def test_nobody_tells_a_customer_who_works_on_a_ticket_that_is_done() -> None:
    decision = command("#take", world(talk(status=Status.RESOLVED)))

    assert notices_to(decision, ANA) == []


def test_the_first_answer_takes_the_ticket() -> None:
    decision = command("Use water.")

    assert decision.ticket is not None
    assert decision.ticket.assignee == BOB.id
    assert decision.ticket.first_response_at == NOW


# --- other tickets --------------------------------------------------------------------------------


def of_eve(*others: Participant, **more: Any) -> Conversation:
    found = talk(number=1002, **more)
    found = replace(found, ticket=replace(found.ticket, requester=EVE.id))
    return replace(found, participants=(Participant(EVE, Role.REQUESTER), *others))


def test_a_ticket_is_merged_into_another_of_the_same_requester() -> None:
    here, there = talk(tags=("vpn",), priority="high"), talk(number=1002, status=Status.WAITING)

    decision = command("#merge TICK-1002", world(here, there))

    assert lines(decision) == [
        ("done", "TICK-1001 is a part of TICK-1002 now; replies to either go there.")
    ]
    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (1002, Status.OPEN)
    assert decision.ticket.tags == ("vpn",)
    assert [(m.source, m.target, m.entries) for m in decision.moves] == [(1001, 1002, None)]
    assert Link(T1002, T1001, LinkKind.MERGED) in decision.links
    (source,) = decision.others
    assert (source.merged_into, source.due_at, source.clocks) == (1002, None, ())


def test_a_merge_of_what_is_settled_opens_nothing() -> None:
    here = talk(status=Status.RESOLVED)
    decision = command("#merge 1002", world(here, talk(number=1002, status=Status.RESOLVED)))

    assert decision.ticket is not None
    assert decision.ticket.status is Status.RESOLVED
    assert notices_to(decision, ANA) == []


def test_an_open_ticket_opens_the_closed_one_that_it_becomes_a_part_of() -> None:
    there = talk(number=1002, status=Status.CLOSED, closed_at=NOW - timedelta(days=90))

    decision = command("#merge 1002", world(talk(), there))

    assert decision.ticket is not None
    assert (decision.ticket.number, decision.ticket.status) == (1002, Status.OPEN)
    assert notices_to(decision, ANA) == [Notice.REOPENED]


def test_another_s_ticket_is_no_target_until_the_requester_takes_part_in_it() -> None:
    outcome, words = the_line("#merge 1002", world(talk(), of_eve()))

    assert outcome == "failed"
    assert words == (
        "Ana Ruiz takes no part in TICK-1002 and would read it; if that is right, say there "
        "first: #cc ana@customer.example."
    )
    follows = of_eve(Participant(ANA, Role.FOLLOWER))
    assert the_line("#merge 1002", world(talk(), follows)) == (
        "failed",
        (
            "Eve takes no part in TICK-1001 and would read it; if that is right, say here first: "
            f"#cc {EVE.address}."
        ),
    )
    both = talk(Participant(EVE, Role.FOLLOWER))
    assert the_line("#merge 1002", world(both, follows))[0] == "done"


def test_who_is_added_by_the_mail_that_merges_stays_the_requester_of_the_other_ticket() -> None:
    follows = of_eve(Participant(ANA, Role.FOLLOWER))

    decision = command(f"#cc {EVE.address}\n#merge 1002\nUse water.", world(talk(), follows))

    assert [outcome for outcome, _ in lines(decision)] == ["done", "done"]
    assert [(t, p.person.id, p.role) for t, p in decision.joins] == [(T1001, EVE.id, Role.FOLLOWER)]
    assert decision.participants == ()
    assert {m.person for m in decision.outbox if m.notice is Notice.ANSWER} == {ANA.id, EVE.id}


def test_an_answer_with_merge_goes_to_whom_it_was_written() -> None:
    follows = of_eve(Participant(ANA, Role.FOLLOWER))
    here = talk(Participant(EVE, Role.COPIED))

    decision = command("#merge 1002\nUse water.", world(here, follows))

    assert {m.person for m in decision.outbox if m.notice is Notice.ANSWER} == {ANA.id}
    (answer,) = spoken(decision)
    assert answer.ticket == T1002
    assert decision.ticket is not None
    assert decision.ticket.status is Status.WAITING
    assert decision.ticket.first_response_at == NOW


def test_a_ticket_of_a_foreign_desk_may_not_be_touched() -> None:
    there = talk(number=1002, desk="sales")
    only_support = replace(BOB, desks=frozenset({"support"}))

    outcome, words = the_line("#merge 1002", world(talk(), there, agents=(only_support, CARL)))

    assert (outcome, words) == ("failed", "There is no ticket TICK-1002 that you may change.")


def test_a_merged_ticket_leads_to_its_target() -> None:
    merged = talk(number=1002, status=Status.CLOSED, merged_into=T1003)
    where = world(talk(), merged, talk(number=1003))

    decision = command("#merge 1002", where)

    assert decision.ticket is not None
    assert decision.ticket.number == T1003
    into_this = talk(number=1002, status=Status.CLOSED, merged_into=T1001)
    assert the_line("#merge 1002", world(talk(), into_this)) == (
        "ignored",
        "TICK-1002 is a part of this ticket already.",
    )


def test_followers_of_a_merged_ticket_may_add_and_are_asked_for_anew() -> None:
    here = talk(Participant(EVE, Role.FOLLOWER))

    decision = command("#merge 1002", world(here, talk(number=1002)))

    assert [(p.person.id, p.role) for p in decision.participants] == [(EVE.id, Role.COPIED)]


def test_a_link_is_shown_at_both_and_made_once() -> None:
    where = world(talk(), of_eve())
    decision = command("#link 1002", where)

    assert decision.links == (Link(T1001, T1002, LinkKind.RELATED),)
    linked = replace(talk(), links=decision.links)
    assert the_line("#link 1002", world(linked, of_eve())) == (
        "ignored",
        "It is linked with TICK-1002 already.",
    )


def test_one_message_becomes_one_ticket() -> None:
    two = talk(tail=(entry(1), entry(2, text="And my mouse is dead.", version=1)))
    asked = replace(AGENT, entry=EntryId(2))

    decision = world(two, sent=(asked,)).decide(
        mail(said("#split One\n#split Two"), token_address(asked))
    )

    assert [outcome for outcome, _ in lines(decision)] == ["done", "ignored"]
    assert len(decision.opened) == 1


def test_a_message_becomes_a_ticket_of_its_own() -> None:
    two = talk(tail=(entry(1), entry(2, text="And my mouse is dead.", version=1)))
    asked = replace(AGENT, entry=EntryId(2))

    decision = world(two, sent=(asked,), rules=rules(service_level="standard")).decide(
        mail(said("#split Dead mouse"), token_address(asked))
    )

    (new,) = decision.others
    assert (new.number, new.subject, new.requester) == (2001, "Dead mouse", ANA.id)
    assert decision.opened == (2001,)
    assert [m.entries for m in decision.moves] == [(2,)]
    assert Link(TicketNumber(2001), T1001, LinkKind.SPLIT) in decision.links
    assert new.clocks
    assert new.due_at is not None


# --- followers, time ------------------------------------------------------------------------------


def test_a_follower_gets_this_answer_and_the_later_ones() -> None:
    decision = command("#cc vip@customer.example\nUse water.")

    assert notices_to(decision, VIP) == [Notice.ANSWER]
    answer = next(m for m in decision.outbox if m.person == VIP.id)
    assert answer.variables["actions"] == []
    later = command("Done.", world(talk(Participant(VIP, Role.FOLLOWER))))
    assert notices_to(later, VIP) == [Notice.ANSWER]
    assert notices_to(later, ANA) == [Notice.ANSWER]


def test_a_copied_person_gets_answers_once_an_agent_says_so() -> None:
    decision = command("#cc vip@customer.example\nYes.", world(talk(Participant(VIP, Role.COPIED))))

    assert [(p.person.id, p.role) for p in decision.participants] == [(VIP.id, Role.FOLLOWER)]
    assert notices_to(decision, VIP) == [Notice.ANSWER]


def test_nobody_is_added_twice() -> None:
    decision = command("#cc new@customer.example\n#cc new@customer.example")

    assert [outcome for outcome, _ in lines(decision)] == ["done", "ignored"]
    assert len(decision.participants) == 1


def test_of_several_addresses_each_is_accounted_for() -> None:
    outcome, words = the_line("#cc vip@customer.example, carl@example.test")

    assert outcome == "failed"
    assert words == (
        "Eve gets all answers from now on. Carl is an agent; give the ticket away with #assign."
    )


def test_a_ticket_that_was_set_aside_stays_so_whatever_else_the_mail_says() -> None:
    for text in ("#snooze 2h", "#snooze 2h\n#waiting", "#take\n#snooze 2h", "#snooze 2h\nSoon."):
        decision = command(text)
        assert decision.ticket is not None
        assert decision.ticket.snoozed_until == NOW + timedelta(hours=2), text


def test_what_is_resolved_does_not_wake_anybody() -> None:
    aside = talk(snoozed_until=NOW + timedelta(hours=2))

    for text in ("#resolve", "#snooze 2h\n#close"):
        decision = command(text, world(aside))
        assert decision.ticket is not None
        assert decision.ticket.snoozed_until is None, text


def test_a_message_of_the_customer_ends_the_time_aside() -> None:
    aside = talk(snoozed_until=NOW + timedelta(hours=2))
    asked = sent(501)

    decision = world(aside, sent=(asked,)).decide(
        mail(message(text="Any news?"), token_address(asked))
    )

    assert decision.ticket is not None
    assert decision.ticket.snoozed_until is None


def test_booked_time_stands_in_an_entry_of_the_agent() -> None:
    booked = [e for e in command("#time 20m").entries if e.minutes]

    assert [(e.minutes, e.author, e.visibility) for e in booked] == [
        (20, BOB.id, Visibility.INTERNAL)
    ]


# --- crossed and parked ---------------------------------------------------------------------------

CROSSED = talk(version=2, tail=(entry(1), entry(2, text="It works again!", version=2)))


@pytest.mark.parametrize("text", ["#resolve", "#close", "#status open", "#waiting", "#merge 1002"])
def test_what_an_agent_would_not_do_if_he_had_read_on_is_refused(text: str) -> None:
    outcome, words = the_line(text, world(CROSSED, talk(number=1002)))

    assert outcome == "failed"
    assert words == (
        "Somebody wrote since the mail that you answered. Read that first, and say it again in a "
        "reply to it."
    )


@pytest.mark.parametrize("text", ["#take", "#priority high", "#tag vpn", "#time 5m", "#snooze 2d"])
def test_what_a_new_message_does_not_touch_is_done(text: str) -> None:
    assert the_line(text, world(CROSSED))[0] == "done"


def parked(text: str, **more: Any) -> World:
    waiting = entry(
        50,
        BOB,
        text,
        kind=EntryKind.ANSWER,
        visibility=Visibility.INTERNAL,
        parked="somebody wrote",
        **{"version": 1, **more},
    )
    return world(replace(talk(), parked=(waiting,)), talk(number=1002))


def order(where: World, text: str, **more: Any) -> Decision:
    return where.decide(mail(said(text, **more), token_address(PARKED)))


def test_a_crossed_answer_is_parked_with_its_commands_and_send_carries_them_out() -> None:
    waits = command("#resolve\n#tag vpn\nUse water.", world(CROSSED))
    (entry_,) = spoken(waits)
    assert waits.reason == "parked"
    assert waits.ticket is not None
    assert (waits.ticket.status, waits.ticket.tags) == (Status.OPEN, ())

    decision = order(parked(entry_.text), "#send")

    assert decision.ticket is not None
    assert (decision.ticket.status, decision.ticket.tags) == (Status.RESOLVED, ("vpn",))
    assert only(decision.outbox, Notice.ANSWER).variables["text"] == "Use water."
    assert [outcome for outcome, _ in lines(decision)] == ["done", "done"]


def test_note_keeps_a_parked_answer_here_and_its_commands_are_done() -> None:
    decision = order(parked("#tag vpn\nUse water."), "#note")

    assert notices_to(decision, ANA) == []
    assert lines(decision) == [("done", "Tagged vpn.")]
    (note,) = spoken(decision)
    assert (note.id, note.kind, note.text) == (50, EntryKind.NOTE, "Use water.")


def test_drop_says_that_the_commands_were_dropped_too() -> None:
    decision = order(parked("#resolve\nUse water."), "#drop")

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert lines(decision) == [("ignored", "Not done: it was dropped with your answer.")]


def test_what_stands_beside_the_order_is_told_to_be_nothing() -> None:
    decision = order(parked("Use water."), "#send\n#close\nAnd bye.")

    assert decision.ticket is not None
    assert decision.ticket.status is Status.WAITING
    assert [line["text"] for line in receipt(decision).variables["lines"]] == ["#close", "And bye."]
    assert {outcome for outcome, _ in lines(decision)} == {"ignored"}


@pytest.mark.parametrize("word", ["#send", "#note"])
def test_commands_that_were_parked_are_refused_if_somebody_wrote_meanwhile(word: str) -> None:
    where = parked("#resolve")
    late = replace(where.conversations[0], tail=(entry(1), entry(2, text="Help!", version=2)))

    decision = order(replace(where, conversations=(late,)), word)

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert [outcome for outcome, _ in lines(decision)] == ["failed"]


# --- forged, unproved, wrong ----------------------------------------------------------------------

FORGED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "unproved": ({"dmarc": "none"}, {}),
    "authentication failed": ({"dmarc": "fail"}, {}),
    "another author": ({"author": EVE.address}, {}),
    "the customer": ({"author": ANA.address}, {}),
    "another agent": ({"author": CARL.address}, {}),
    "two authors": (
        {"clean_author": "", "authors": (Mailbox(BOB.address), Mailbox(EVE.address))},
        {},
    ),
    "an agent who was removed": ({}, {"agents": (CARL,)}),
    "an agent of another desk": (
        {},
        {"agents": (replace(BOB, desks=frozenset({"sales"})), CARL)},
    ),
    "out of office": ({"fields": (("auto-submitted", "auto-replied"),)}, {}),
    "an expired token": ({}, {"sent": (replace(AGENT, created_at=NOW - timedelta(days=181)),)}),
}
COMMANDS = "#resolve\n#assign carl\n#merge 1002\n#cc eve@elsewhere.example\n#tag vpn\n#time 5m"


@pytest.mark.parametrize("who", FORGED)
@pytest.mark.parametrize("below", ["", "\nUse water."])
def test_forged_and_unproved_commands_change_nothing(who: str, below: str) -> None:
    of_mail, of_world = FORGED[who]
    where = world(talk(), talk(number=1002), **of_world)

    decision = command(COMMANDS + below, where, **of_mail)

    assert [*decision.others, *decision.moves, *decision.links] == []
    if decision.ticket is not None:
        assert decision.ticket.tags == ()
        assert decision.ticket.assignee is None
        assert decision.ticket.merged_into is None
        assert decision.ticket.status is Status.OPEN
    assert not any(p.role is Role.FOLLOWER for p in decision.participants)
    assert not any(e.minutes for e in decision.entries)
    assert all(m.notice is not Notice.ANSWER for m in decision.outbox)
    assert notices_to(decision, EVE) in ([], [Notice.CONFIRMATION])


@pytest.mark.parametrize("purpose", [Purpose.CUSTOMER, Purpose.CLOSE])
def test_an_agent_s_words_in_a_customer_s_mail_are_words(purpose: Purpose) -> None:
    asked = sent(501)

    decision = world(talk(), sent=(asked,)).decide(
        mail(message(text="#assign carl\n#tag vpn"), token_address(asked, purpose))
    )

    assert decision.ticket is not None
    assert (decision.ticket.assignee, decision.ticket.tags) == (None, ())
    assert decision.ticket.status is Status.OPEN
    assert [e.text for e in spoken(decision)] == ["#assign carl\n#tag vpn"]


def test_commands_in_a_forwarded_notification_are_not_the_forwarder_s() -> None:
    forwarded = Forwarded(Mailbox("notifications@example.test"), TAG, "#resolve", "")
    decision = world().decide(
        mail(message(EVE.address, "Fwd: Printer", "", forwarded=forwarded), token_address(AGENT))
    )

    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    assert notices_to(decision, ANA) == []


# --- one click ------------------------------------------------------------------------------------


def click(text: str = "#take", where: World | None = None, **more: Any) -> Decision:
    asked = message(more.pop("author", BOB.address), "Take [TICK-1001]", text, **more)
    return (where or world()).decide(mail(asked, token_address(AGENT, Purpose.TAKE)))


@pytest.mark.parametrize("text", ["#take", "", "   "])
def test_one_click_takes_the_ticket(text: str) -> None:
    decision = click(text)

    assert decision.ticket is not None
    assert (decision.ticket.assignee, decision.ticket.status) == (BOB.id, Status.IN_PROGRESS)
    assert lines(decision) == [("done", "The ticket is yours.")]
    assert spoken(decision) == []
    assert notices_to(decision, ANA) == [Notice.TICKET_ASSIGNED]


@pytest.mark.parametrize(
    "more",
    [
        {"dmarc": "none"},
        {"author": CARL.address},
        {"author": ANA.address},
        {"fields": (("auto-submitted", "auto-replied"),)},
    ],
)
def test_only_the_agent_whom_the_mail_was_made_for_takes_by_its_link(more: dict[str, Any]) -> None:
    decision = click(**more)

    assert decision.ticket is None or decision.ticket.assignee is None


def test_words_that_are_added_to_a_click_reach_no_customer_and_are_not_lost() -> None:
    decision = click("#take\n#tag vpn\nI am on it.")

    assert notices_to(decision, ANA) == [Notice.TICKET_ASSIGNED]
    (note,) = spoken(decision)
    assert (note.kind, note.text) == (EntryKind.NOTE, "I am on it.")
    assert [outcome for outcome, _ in lines(decision)] == ["done", "done", "done"]


def test_a_customer_s_token_takes_nothing() -> None:
    asked = sent(501)
    decision = world(talk(), sent=(asked,)).decide(
        mail(message(text="#take"), token_address(asked, Purpose.TAKE))
    )

    assert decision.ticket is None or decision.ticket.assignee is None


def test_files_alone_are_an_answer_with_commands() -> None:
    file = Attachment("log.txt", "text/plain", 10, "ab", part="2")

    decision = command("#resolve", attachments=(file,))

    assert decision.reason == "answer"
    assert [f.filename for f in only(decision.outbox, Notice.ANSWER).files] == ["log.txt"]


@pytest.mark.parametrize(
    ("address", "offered"), [(ReplyAddress.SUBADDRESS, True), (ReplyAddress.PLAIN, False)]
)
def test_the_link_is_offered_where_its_address_can_carry_a_token(
    address: ReplyAddress, *, offered: bool
) -> None:
    where = World(rules=rules(more={"reply_address": address}))

    told = where.decide(mail(message())).outbox

    actions = next(m for m in told if m.person == BOB.id).variables["actions"]
    assert [action["name"] for action in actions] == ["take"] * offered


def test_where_addresses_carry_no_token_what_commands_name_is_looked_up_too() -> None:
    policy = rules(more={"reply_address": ReplyAddress.PLAIN}).policy
    reply = mail(
        said("#merge 1002\n#cc vip@customer.example", in_reply_to=(message_id(KEYRING, 601, "x"),))
    )

    keys = keys_of(reply, "", policy, KEYRING)

    assert T1002 in keys.tickets
    assert "vip@customer.example" in keys.addresses
