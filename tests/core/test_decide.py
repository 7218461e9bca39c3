"""What follows from a mail: the promises to customers, agents and strangers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.mail import (
    AttachedMessage,
    Attachment,
    DeliveryReport,
    Disposition,
    Feedback,
    Forwarded,
    FoundKey,
    Mailbox,
    Message,
    ReportedRecipient,
    Trust,
    Words,
)
from helpdesk.core.marker import REPLY_MARKER
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutboxState
from helpdesk.core.policy import Budget, Confirm, ReplyAddress
from helpdesk.core.quoting import split
from helpdesk.core.reply_address import reverse_path
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryId,
    EntryKind,
    Link,
    LinkKind,
    Participant,
    Person,
    Role,
    Status,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose, message_id, read_message_id, reply_mark
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    RULES,
    SALES,
    SUPPORT,
    World,
    conversation,
    entry,
    mail,
    message,
    notices_to,
    only,
    sent,
    ticket,
    token_address,
)

CUSTOMER_TOKEN = sent(501)
AGENT_TOKEN = sent(601, Purpose.ANSWER, BOB)
TALK = conversation()
TAG = "Re: Printer on fire [TICK-1001]"


def world(**more: Any) -> World:
    values: dict[str, Any] = {
        "conversations": (TALK,),
        "sent": (CUSTOMER_TOKEN, AGENT_TOKEN),
        "located": (),
    }
    return World(**(values | more))


# --- new tickets ----------------------------------------------------------------------------------


def test_a_first_mail_opens_a_ticket_confirms_and_tells_all_agents() -> None:
    decision = World().decide(mail(message()))

    assert decision.verdict is Verdict.OPENED
    assert decision.is_new
    assert decision.ticket is not None
    assert decision.ticket.subject == "Printer on fire"
    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]
    assert notices_to(decision, BOB) == [Notice.NEW_TICKET]
    assert notices_to(decision, CARL) == [Notice.NEW_TICKET]


def test_a_stranger_is_remembered_as_a_person() -> None:
    decision = World().decide(mail(message("new@customer.example")))

    (person,) = decision.people
    assert person.address == "new@customer.example"
    assert notices_to(decision, person) == [Notice.CONFIRMATION]


def test_a_confirmation_comes_from_nowhere_and_says_that_a_program_sent_it() -> None:
    confirmation = only(World().decide(mail(message())).outbox, Notice.CONFIRMATION)

    assert confirmation.null_reverse_path
    assert confirmation.auto_submitted is AutoSubmitted.REPLIED
    assert confirmation.purpose is Purpose.CUSTOMER


@pytest.mark.parametrize("dmarc", ["none", ""])
def test_an_unproved_stranger_gets_no_word_of_his_back(dmarc: str) -> None:
    stranger = message("mule@victim.example", "Buy at evil.example", "spam", dmarc=dmarc)
    stranger = replace(stranger, authors=(Mailbox("mule@victim.example", "Visit evil.example"),))

    confirmation = only(World().decide(mail(stranger)).outbox, Notice.CONFIRMATION)

    assert confirmation.variables["echo"] is False
    assert "evil" not in confirmation.recipient_name
    told = {k: v for k, v in confirmation.variables.items() if k != "ticket"}
    assert "evil" not in str(told)


def test_a_known_sender_gets_his_own_subject_back_even_if_unproved() -> None:
    confirmation = only(World().decide(mail(message(dmarc="none"))).outbox, Notice.CONFIRMATION)

    assert confirmation.variables["echo"] is True


def test_nothing_is_confirmed_when_authentication_failed_outright() -> None:
    decision = World().decide(mail(message(dmarc="fail")))

    assert decision.verdict is Verdict.OPENED
    assert notices_to(decision, ANA) == []


@pytest.mark.parametrize(
    ("confirm", "dmarc", "confirmed"),
    [
        (Confirm.ALL, "none", True),
        (Confirm.PROVED, "none", False),
        (Confirm.PROVED, "pass", True),
        (Confirm.NONE, "pass", False),
    ],
)
def test_the_desk_decides_who_is_confirmed(
    confirm: Confirm, dmarc: str, *, confirmed: bool
) -> None:
    policy = replace(POLICY, desks=(replace(SUPPORT, confirm=confirm),))

    decision = World(rules=replace(RULES, policy=policy)).decide(mail(message(dmarc=dmarc)))

    assert bool(notices_to(decision, ANA)) is confirmed


@pytest.mark.parametrize(
    ("earlier", "confirmed"),
    [
        ([timedelta(minutes=5)] * 2, True),
        ([timedelta(minutes=5)] * 3, False),
        ([timedelta(hours=2)] * 9, True),
        ([timedelta(hours=2)] * 10, False),
        ([timedelta(hours=25)] * 50, True),
    ],
)
def test_an_exhausted_budget_is_an_event_and_no_mail(
    earlier: list[timedelta], *, confirmed: bool
) -> None:
    sent_before = {ANA.address: tuple((NOW - ago, None) for ago in earlier)}

    decision = World(automatic=sent_before).decide(mail(message()))

    assert bool(notices_to(decision, ANA)) is confirmed
    events = [e for e in decision.entries if e.reason == "budget exhausted"]
    assert bool(events) is not confirmed


def test_an_ambiguous_author_opens_a_ticket_that_writes_to_nobody_but_agents() -> None:
    hostile = replace(
        message(), clean_author="", authors=(Mailbox("bob@example.test"), Mailbox("e@evil.example"))
    )

    decision = World().decide(mail(hostile, reverse_path="e@evil.example"))

    assert decision.verdict is Verdict.OPENED
    assert {sent.person for sent in decision.outbox} == {BOB.id, CARL.id}
    assert decision.ticket is not None
    assert decision.ticket.requester not in {BOB.id, ANA.id}


def test_one_mail_to_two_desks_is_one_ticket_of_the_first_in_the_configuration() -> None:
    decision = World().decide(mail(message(), (SALES.address, SUPPORT.address)))

    assert decision.ticket is not None
    assert decision.ticket.desk == "support"
    assert any(e.text == "Also addressed to sales@example.test" for e in decision.entries)
    assert len([e for e in decision.entries if e.kind is EntryKind.MESSAGE]) == 1


def test_a_license_key_is_kept_masked_and_never_stands_in_a_subject() -> None:
    key = FoundKey("ABCDE-FGHIJ-KLMNO-PQRST", "cryptolens")
    asked = message(subject="Key abcde-fghij-klmno-pqrst is refused", keys=(key,))

    decision = World().decide(mail(asked))

    (license_,) = decision.licenses
    assert license_.masked.endswith("PQRST")
    assert "FGHIJ" not in repr(license_)
    assert decision.ticket is not None
    assert "fghij" not in decision.ticket.subject.lower()
    assert all("fghij" not in str(sent.variables["ticket"]).lower() for sent in decision.outbox)
    assert all("FGHIJ" not in str(sent.variables["keys"]) for sent in decision.outbox)


def test_whom_the_proved_requester_copied_takes_part_and_receives_nothing() -> None:
    asked = message(to=(Mailbox(SUPPORT.address),), cc=(Mailbox("boss@customer.example", "Boss"),))

    decision = World().decide(mail(asked))

    copied = [p for p in decision.participants if p.role is Role.COPIED]
    assert [p.person.address for p in copied] == ["boss@customer.example"]
    assert all(sent.recipient != "boss@customer.example" for sent in decision.outbox)


def test_whom_an_unproved_sender_copied_does_not_take_part() -> None:
    asked = message(dmarc="none", cc=(Mailbox("boss@customer.example"),))

    decision = World().decide(mail(asked))

    assert [p.role for p in decision.participants] == [Role.REQUESTER]


def test_a_form_sender_s_reply_to_is_the_requester() -> None:
    desk = replace(SUPPORT, form_senders=("forms@example.test",))
    rules = replace(RULES, policy=replace(POLICY, desks=(desk,)))
    form = message("forms@example.test", reply_to=(Mailbox("ana@customer.example", "Ana"),))

    decision = World(rules=rules).decide(mail(form))

    assert decision.ticket is not None
    assert decision.ticket.requester == ANA.id
    assert notices_to(decision, ANA) == []


NOTE = "Please take this one: he pays late and shouts at us"


def handed_in(way: str, note: str = NOTE, by: str = BOB.address, **more: Any) -> Message:
    """A customer's mail that an agent forwards in his text, or attaches to it."""
    if way == "inline":
        said = f"{note}\n\nFrom: Ana\n\nHelp me"
        more["words"] = Words(said, note, quoted="From: Ana\n\nHelp me")
        more["forwarded"] = Forwarded(Mailbox(ANA.address, "Ana"), "Broken", "Help me", note)
    else:
        ana = AttachedMessage(
            Mailbox(ANA.address, "Ana"), "Broken", NOW, "Help me", "q@mua.example"
        )
        more["words"] = Words(note, note)
        more["attached"] = (ana,)
        more["attachments"] = (Attachment("Broken.eml", "message/rfc822", 99, "5" * 64),)
    return message(by, **({"subject": "Fwd: Broken"} | more))


@pytest.mark.parametrize("note", [NOTE, ""])
@pytest.mark.parametrize("way", ["inline", "attached"])
def test_a_customer_s_mail_forwarded_by_an_agent_opens_the_customer_s_ticket(
    way: str, note: str
) -> None:
    asked = handed_in(way, note)

    decision = World().decide(mail(asked))

    assert decision.ticket is not None
    assert decision.ticket.requester == ANA.id
    assert decision.ticket.subject == "Broken"
    first, *notes = [e for e in decision.entries if e.kind is not EntryKind.EVENT]
    assert (first.kind, first.text) == (EntryKind.MESSAGE, "Help me")
    assert [(e.kind, e.visibility, e.text) for e in notes] == (
        [(EntryKind.NOTE, Visibility.INTERNAL, NOTE)] if note else []
    )
    assert notices_to(decision, ANA) == []
    assert asked.message_id not in decision.ticket.references
    assert first.message_id == ""
    assert first.attachments == asked.attachments


@pytest.mark.parametrize("way", ["inline", "attached"])
def test_no_word_above_a_forwarded_mail_stands_where_a_customer_may_see_it(way: str) -> None:
    decision = World().decide(mail(handed_in(way)))

    for each in decision.entries:
        if each.visibility is Visibility.PUBLIC:
            assert "shouts" not in f"{each.text}{each.full_text}"
    assert "shouts" not in str([o.variables for o in decision.outbox if o.recipient == ANA.address])


def test_words_below_a_forwarded_mail_are_part_of_the_note() -> None:
    ana = Forwarded(Mailbox(ANA.address), "Broken", "Help me", "", below="He shouts.")

    decision = World().decide(mail(message(BOB.address, "Fwd: Broken", forwarded=ana)))

    texts = [e.text for e in decision.entries if e.kind is EntryKind.NOTE]
    assert texts == ["He shouts."]


@pytest.mark.parametrize("way", ["inline", "attached"])
@pytest.mark.parametrize(("by", "dmarc"), [(BOB, "none"), (EVE, "pass")])
def test_only_a_proved_agent_s_forward_speaks_for_the_customer(
    way: str, by: Person, dmarc: str
) -> None:
    decision = World().decide(mail(handed_in(way, by=by.address, dmarc=dmarc)))

    assert decision.ticket is not None
    assert decision.ticket.requester == by.id


@pytest.mark.parametrize(
    ("subject", "note", "opens"),
    [
        ("Fwd: Broken", "Please help", True),
        ("WG: Broken", "", True),
        ("Broken", "Please help", True),  # the subject of what is attached
        ("", "", True),
        ("look", "\n", True),
        ("Our printer", "See the mail that I attach.", False),
        ("Re: Broken", "As you see in the old mail", False),
    ],
)
def test_an_attached_mail_is_a_forwarded_one_if_the_mail_says_so(
    subject: str,
    note: str,
    opens: bool,  # noqa: FBT001 -- a column
) -> None:
    decision = World().decide(mail(handed_in("attached", note, subject=subject)))

    assert decision.ticket is not None
    assert (decision.ticket.requester == ANA.id) is opens


def test_of_two_attached_mails_none_is_the_forwarded_one() -> None:
    asked = handed_in("attached")

    decision = World().decide(mail(replace(asked, attached=asked.attached * 2)))

    assert decision.ticket is not None
    assert decision.ticket.requester == BOB.id


# --- customers' replies ---------------------------------------------------------------------------


@pytest.mark.parametrize("dmarc", ["pass", "none", "fail"])
def test_the_token_s_own_person_appends_whatever_the_subject(dmarc: str) -> None:
    reply = message(subject="something else", text="Still burning", dmarc=dmarc)

    decision = world().decide(mail(reply, token_address(CUSTOMER_TOKEN)))

    assert (decision.verdict, decision.reason) == (Verdict.APPENDED, "token")
    assert decision.ticket is not None
    assert decision.ticket.number == 1001
    assert notices_to(decision, BOB) == [Notice.CUSTOMER_REPLIED]
    assert notices_to(decision, ANA) == []


def test_the_token_is_found_in_the_header_when_there_is_no_envelope() -> None:
    reply = message(to=(Mailbox(token_address(CUSTOMER_TOKEN).upper()),))

    decision = world().decide(mail(reply, ()))

    assert decision.verdict is Verdict.APPENDED


def test_a_leaked_token_in_another_hand_opens_a_new_linked_ticket() -> None:
    reply = message(EVE.address, text="Tell me all about it")

    decision = world().decide(mail(reply, token_address(CUSTOMER_TOKEN)))

    assert decision.verdict is Verdict.OPENED
    assert decision.ticket is not None
    assert decision.ticket.possibly_about == 1001
    assert notices_to(decision, ANA) == []
    assert "It burns" not in str(only(decision.outbox, Notice.CONFIRMATION).variables)


def test_headers_locate_the_ticket_of_a_proved_participant() -> None:
    ours = message_id(KEYRING, 501, "example.test")
    reply = message(subject="whatever", references=("first@mua.example", ours))

    decision = world().decide(mail(reply))

    assert (decision.verdict, decision.reason) == (Verdict.APPENDED, "references")


def test_a_subject_tag_is_enough_for_a_proved_participant() -> None:
    decision = world().decide(mail(message(subject=TAG, text="again")))

    assert (decision.verdict, decision.reason) == (Verdict.APPENDED, "subject tag")


@pytest.mark.parametrize(("person", "dmarc"), [(ANA, "none"), (EVE, "pass")])
def test_a_number_alone_authorizes_nobody(person: Person, dmarc: str) -> None:
    decision = world().decide(mail(message(person.address, TAG, "hello", dmarc=dmarc)))

    assert decision.verdict is Verdict.OPENED
    assert decision.ticket is not None
    assert decision.ticket.possibly_about == 1001
    for out in decision.outbox:
        assert "It burns" not in str(out.variables)


def test_a_copied_person_appends_and_still_receives_nothing() -> None:
    talk = conversation(None, Participant(EVE, Role.COPIED))

    decision = world(conversations=(talk,)).decide(mail(message(EVE.address, TAG, "me too")))

    assert decision.verdict is Verdict.APPENDED
    assert notices_to(decision, EVE) == []
    told = only((o for o in decision.outbox if o.person == BOB.id), Notice.CUSTOMER_REPLIED)
    assert "receives no answers" in str(told.variables["warnings"])


def test_an_expired_token_is_evidence_only() -> None:
    old = replace(CUSTOMER_TOKEN, created_at=NOW - timedelta(days=181))

    decision = world(sent=(old,)).decide(mail(message(dmarc="none"), token_address(old)))

    assert decision.verdict is Verdict.OPENED
    assert any(s.step == "token" and s.outcome == "expired" for s in decision.evidence)


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    to = token_address(CUSTOMER_TOKEN, Purpose.ANSWER)

    decision = world().decide(mail(message(BOB.address, TAG), to))

    assert notices_to(decision, ANA) == []


def test_a_merged_ticket_is_followed_to_its_target() -> None:
    old = conversation(ticket(1001, merged_into=TicketNumber(1002)))
    target = conversation(ticket(1002))

    decision = world(conversations=(old, target)).decide(
        mail(message(), token_address(CUSTOMER_TOKEN))
    )

    assert decision.ticket is not None
    assert decision.ticket.number == 1002


def test_merges_in_a_circle_end() -> None:
    one = conversation(ticket(1001, merged_into=TicketNumber(1002)))
    two = conversation(ticket(1002, merged_into=TicketNumber(1001)))

    decision = world(conversations=(one, two)).decide(mail(message(subject=TAG)))

    assert decision.verdict is Verdict.OPENED


@pytest.mark.parametrize(
    ("days", "verdict"), [(29, Verdict.APPENDED), (31, Verdict.OPENED)], ids=["in time", "late"]
)
def test_a_closed_ticket_reopens_for_thirty_days(days: int, verdict: Verdict) -> None:
    closed = ticket(status=Status.CLOSED, closed_at=NOW - timedelta(days=days))

    decision = world(conversations=(conversation(closed),)).decide(
        mail(message(text="Broken again"), token_address(CUSTOMER_TOKEN))
    )

    assert decision.verdict is verdict
    assert decision.ticket is not None
    assert decision.ticket.status is Status.OPEN
    if verdict is Verdict.OPENED:
        assert decision.links == (Link(decision.ticket.number, closed.number, LinkKind.FOLLOWS),)


def test_only_the_assignee_hears_of_a_reply() -> None:
    talk = conversation(ticket(assignee=CARL.id))

    decision = world(conversations=(talk,)).decide(mail(message(), token_address(CUSTOMER_TOKEN)))

    assert [out.person for out in decision.outbox] == [CARL.id]


# --- agents ---------------------------------------------------------------------------------------


def agent_reply(text: str = "Use water.", **more: Any) -> Message:
    values: dict[str, Any] = {"author": BOB.address, "subject": TAG, "text": text}
    return message(**(values | more))


def answer(text: str = "Use water.", talk: Conversation = TALK, **more: Any) -> Decision:
    reply = agent_reply(text, **more)
    return world(conversations=(talk,)).decide(mail(reply, token_address(AGENT_TOKEN)))


def test_an_agent_s_reply_reaches_the_customer_in_his_name() -> None:
    decision = world().decide(mail(agent_reply(), token_address(AGENT_TOKEN)))

    out = only(decision.outbox, Notice.ANSWER)
    assert out.recipient == ANA.address
    assert out.from_name == "Bob Agent (Example Support)"
    assert out.from_address == SUPPORT.address
    assert out.auto_submitted is AutoSubmitted.NONE
    assert not out.null_reverse_path
    assert out.variables["text"] == "Use water."
    assert out.in_reply_to == "entry-1@mua.example"
    assert decision.ticket is not None
    assert decision.ticket.status is Status.WAITING
    assert decision.ticket.assignee == BOB.id
    assert decision.ticket.first_response_at == NOW


def test_no_message_id_of_an_agent_reaches_the_customer() -> None:
    reply = agent_reply()
    decision = world().decide(mail(reply, token_address(AGENT_TOKEN)))

    out = only(decision.outbox, Notice.ANSWER)
    assert reply.message_id not in (out.in_reply_to, *out.references)
    assert out.references[0] == "first@mua.example"
    assert len(out.references) <= 20


@pytest.mark.parametrize(
    "more",
    [
        {"dmarc": "none"},
        {"dmarc": "fail"},
        {"clean_author": ""},
        {"author": EVE.address},
        {"author": CARL.address},
    ],
    ids=["not proved", "failed", "ambiguous", "stranger", "another agent"],
)
def test_a_doubtful_agent_s_mail_is_a_note_and_a_question(more: dict[str, Any]) -> None:
    decision = world().decide(mail(agent_reply(**more), token_address(AGENT_TOKEN)))

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.WAS_THIS_YOU]
    (kept,) = [e for e in decision.entries if e.kind is EntryKind.NOTE]
    assert kept.visibility is Visibility.INTERNAL
    assert kept.parked


def test_a_forged_agent_without_a_token_gets_nothing_out() -> None:
    decision = world().decide(mail(agent_reply(dmarc="none")))

    assert {out.person for out in decision.outbox} <= {BOB.id}
    assert decision.reason == "unverified note"


def test_who_is_no_agent_any_more_gets_nothing_out_and_is_not_asked() -> None:
    gone = replace(world(), agents=(CARL,), people=(ANA, replace(BOB, desks=frozenset()), CARL))

    decision = gone.decide(mail(agent_reply(), token_address(AGENT_TOKEN)))

    assert decision.outbox == ()
    assert decision.reason == "agent without rights"


def test_an_out_of_office_notice_of_an_agent_never_reaches_the_customer() -> None:
    away = agent_reply("I am away", fields=[("auto-submitted", "auto-replied")])

    decision = world().decide(mail(away, token_address(AGENT_TOKEN)))

    assert decision.outbox == ()
    assert decision.verdict is Verdict.RECORDED


def test_an_old_token_address_in_a_new_mail_is_parked() -> None:
    decision = answer(subject="Lunch?", text="Shall we eat at one?")

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


def test_an_answer_crossing_a_message_is_parked_and_shows_what_came_between() -> None:
    talk = conversation(ticket(version=2), tail=(entry(1), entry(2, text="It went out by itself")))

    decision = answer(talk=talk)

    (question,) = decision.outbox
    assert question.notice is Notice.ANSWER_PARKED
    assert "by itself" in str(question.variables["between"])


def test_an_agent_s_own_earlier_answer_is_no_collision() -> None:
    own = entry(2, BOB, "Use water.", kind=EntryKind.ANSWER)
    talk = conversation(ticket(version=2), tail=(entry(1), own))

    assert notices_to(answer("And sand.", talk), ANA) == [Notice.ANSWER]


def test_a_mere_note_in_between_is_no_collision() -> None:
    note = entry(2, CARL, "hm", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
    talk = conversation(ticket(version=2), tail=(entry(1), note))

    assert notices_to(answer(talk=talk), ANA) == [Notice.ANSWER]


@pytest.mark.parametrize(
    "quoted",
    [
        "Use water.\n\nThis customer never pays his bills, be careful.",
        "Use water.\n> this customer never pays\n> his bills, be careful.",
        "日本語の返事です。この顧客はいつも支払いが遅いので十分に注意してください。",
    ],
)
def test_words_of_a_note_in_an_answer_park_it(quoted: str) -> None:
    note = entry(
        2,
        CARL,
        "This customer never pays his bills, be careful. "
        "この顧客はいつも支払いが遅いので十分に注意してください。",
        kind=EntryKind.NOTE,
        visibility=Visibility.INTERNAL,
    )
    talk = conversation(tail=(entry(1), note))

    assert notices_to(answer(quoted, talk), ANA) == []


def test_a_part_of_our_notification_in_an_answer_parks_it() -> None:
    sent_text = "Reply = answer to Ana Ruiz\nIt burns.\nStatus: open, priority: normal"
    talk = conversation(sent_texts=(sent_text,))

    assert notices_to(answer("Water!\nStatus: open, priority: normal", talk), ANA) == []


def test_the_customer_s_own_words_may_be_quoted_back() -> None:
    long = "The printer in room 4 has been burning since early this morning and nobody cares."
    talk = conversation(tail=(entry(1, text=long),), sent_texts=(f"Ana Ruiz wrote:\n{long}",))

    assert notices_to(answer(f"> {long}\nUse water.", talk), ANA) == [Notice.ANSWER]


def test_files_that_the_ticket_has_already_are_not_sent_back() -> None:
    known = Attachment("shot.png", "image/png", 10, "a" * 64, part="2")
    own = Attachment("fix.txt", "text/plain", 10, "b" * 64, part="3")
    talk = conversation(files=frozenset({known.sha256}))

    decision = answer(talk=talk, attachments=(known, own))

    assert [f.filename for f in only(decision.outbox, Notice.ANSWER).files] == ["fix.txt"]


def test_signature_and_quotation_stay_here() -> None:
    words = Words("Use water.\n-- \nBob\n> It burns", "Use water.", "-- \nBob", "> It burns")

    decision = answer(words=words)

    assert only(decision.outbox, Notice.ANSWER).variables["text"] == "Use water."


def test_a_mail_that_is_nothing_but_a_quotation_sends_nothing() -> None:
    history = "> It burns\n> and burns"

    decision = answer(words=Words(history, history, "", history))

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


def test_a_file_under_a_mere_quotation_goes_out_without_the_quotation() -> None:
    history = "> It burns\n> and burns"
    own = Attachment("fix.txt", "text/plain", 10, "b" * 64, part="3")

    decision = answer(words=Words(history, history, "", history), attachments=(own,))

    assert only(decision.outbox, Notice.ANSWER).variables["text"] == ""


PARKED = entry(
    7, BOB, "Use water.", kind=EntryKind.ANSWER, visibility=Visibility.INTERNAL, parked="collision"
)
DOUBTED = replace(PARKED, kind=EntryKind.NOTE, parked="not proved to be yours")
QUESTION = sent(701, Purpose.PARKED, BOB, entry=7)


def command(text: str, parked: Entry = PARKED, **more: Any) -> Decision:
    there = world(sent=(QUESTION,), conversations=(conversation(parked=(parked,)),))
    return there.decide(mail(agent_reply(text, **more), token_address(QUESTION)))


@pytest.mark.parametrize("text", ["#send", "/send", "Send", "#send\n\nthanks"])
def test_the_agent_s_word_releases_a_parked_answer(text: str) -> None:
    decision = command(text)

    assert notices_to(decision, ANA) == [Notice.ANSWER]
    assert notices_to(decision, BOB) == [Notice.RECEIPT]
    (entry_,) = [e for e in decision.entries if e.id == 7]
    assert (entry_.parked, entry_.visibility) == ("", Visibility.PUBLIC)


@pytest.mark.parametrize("text", ["#drop", "#note", "yes please send", "", "> #send"])
def test_any_other_word_sends_nothing(text: str) -> None:
    decision = command(text)

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.RECEIPT]


def test_a_doubted_mail_is_confirmed_by_its_token_alone() -> None:
    assert notices_to(command("#send", DOUBTED, dmarc="none"), ANA) == [Notice.ANSWER]


BUSY = tuple(entry(n, text=f"message {n}", version=n) for n in range(20, 40))


def test_a_note_is_guarded_however_much_came_after_it() -> None:
    secret = "This customer never pays his bills, be careful."
    note = entry(2, CARL, secret, kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
    talk = conversation(ticket(version=1), tail=BUSY[-12:], older=(note, *BUSY))
    token = replace(AGENT_TOKEN, version=39)
    there = world(conversations=(talk,), sent=(token,))

    decision = there.decide(mail(agent_reply(f"Well: {secret}"), token_address(token)))

    assert notices_to(decision, ANA) == []


def test_a_short_note_is_guarded_within_a_longer_line() -> None:
    note = entry(2, CARL, "He is a bad payer.", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
    talk = conversation(tail=(entry(1), note))

    assert notices_to(answer("Sure, because he is a bad payer.", talk), ANA) == []
    assert notices_to(answer("Sure, because he is a b\u00adad payer.", talk), ANA) == []


def test_a_message_is_noticed_however_many_notes_came_after_it() -> None:
    came = entry(2, text="Please do NOT do it", version=2)
    notes = tuple(
        entry(n, CARL, f"note number {n}", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
        for n in range(3, 18)
    )
    talk = conversation(ticket(version=2), tail=notes[-12:], older=(entry(1), came, *notes))

    assert notices_to(answer(talk=talk), ANA) == []


def test_answers_are_counted_however_much_came_between() -> None:
    told = tuple(
        entry(n, BOB, f"away {n}", kind=EntryKind.ANSWER, at=NOW, version=n) for n in range(2, 8)
    )
    talk = conversation(ticket(version=39), tail=BUSY[-12:], older=(*told, *BUSY))
    token = replace(AGENT_TOKEN, version=39)

    decision = world(conversations=(talk,), sent=(token,)).decide(
        mail(agent_reply("away"), token_address(token))
    )

    assert notices_to(decision, ANA) == []


def test_who_answers_to_the_wrong_address_again_and_again_is_not_asked_for_ever() -> None:
    waiting = tuple(replace(PARKED, id=EntryId(n)) for n in range(10, 13))

    decision = world(conversations=(conversation(parked=waiting),)).decide(mail(agent_reply()))

    assert decision.outbox == ()


@pytest.mark.parametrize(
    "text",
    [
        "#note\u00a0She is a VIP.",
        "# note She is a VIP.",
        "\uff03note She is a VIP.",
        "\u200b#note She is a VIP.",
        "#NOTE: She is a VIP.",
        "#note\u3000She is a VIP.",
        "#note, She is a VIP.",
        "*#note* She is a VIP.",
        "- #note She is a VIP.",
    ],
)
def test_a_note_is_a_note_whatever_mail_clients_make_of_its_word(text: str) -> None:
    decision = answer(text)

    assert [out.notice for out in decision.outbox] == [Notice.RECEIPT]
    (kept,) = [e for e in decision.entries if e.kind is EntryKind.NOTE]
    assert kept.text == "She is a VIP."


@pytest.mark.parametrize(
    "text",
    [
        "[#note] she is a VIP.",
        "##note she is a VIP.",
        "Hi Tom,\n#note she is a VIP.",
        "Note: she is a VIP.",
        "#drop, please",
        "#send\u00a0please",
    ],
)
def test_what_may_be_a_command_is_asked_about(text: str) -> None:
    decision = answer(text)

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


def test_a_note_that_was_doubted_stays_a_note_when_its_agent_says_send() -> None:
    doubted = replace(DOUBTED, text="#note She is a VIP.")

    decision = command("#send", doubted)

    assert notices_to(decision, ANA) == []
    (kept,) = [e for e in decision.entries if e.id == 7]
    assert (kept.kind, kept.visibility, kept.parked) == (
        EntryKind.NOTE,
        Visibility.INTERNAL,
        "",
    )


def test_an_answer_that_begins_with_note_stays_here() -> None:
    decision = answer("#note\nShe is a VIP.")

    assert [out.notice for out in decision.outbox] == [Notice.RECEIPT]
    (kept,) = [e for e in decision.entries if e.kind is EntryKind.NOTE]
    assert (kept.text, kept.visibility, kept.parked) == (
        "She is a VIP.",
        Visibility.INTERNAL,
        "",
    )


@pytest.mark.parametrize("text", ["#resolv", "/tak\n/priority high", "#colse it", "#sedn\nhello"])
def test_a_command_that_we_do_not_know_is_never_sent_as_words(text: str) -> None:
    decision = answer(text)

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


@pytest.mark.parametrize("text", ["#1 is the problem", "/etc/hosts is wrong", "C# is fine"])
def test_words_that_only_look_like_a_command_are_sent(text: str) -> None:
    assert notices_to(answer(text), ANA) == [Notice.ANSWER]


@pytest.mark.parametrize(
    "nobody", [replace(ANA, address="", keys=frozenset()), replace(ANA, suppressed=True)]
)
def test_an_answer_to_an_unreachable_customer_waits_and_starts_nothing(nobody: Person) -> None:
    talk = conversation(participants=(Participant(nobody, Role.REQUESTER),))

    decision = answer(talk=talk)

    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]
    assert decision.ticket is not None
    assert decision.ticket.first_response_at is None
    assert decision.ticket.status is Status.OPEN


def test_the_word_of_the_agent_is_asked_again_when_somebody_wrote_meanwhile() -> None:
    doubted = replace(DOUBTED, version=1)
    came = entry(9, text="I cancel!", version=2)
    talk = conversation(ticket(version=2), tail=(entry(1), came), parked=(doubted,))
    there = world(sent=(QUESTION,), conversations=(talk,))

    decision = there.decide(mail(agent_reply("#send", dmarc="none"), token_address(QUESTION)))

    assert notices_to(decision, ANA) == []
    (again,) = [out for out in decision.outbox if out.person == BOB.id]
    assert again.notice is Notice.WAS_THIS_YOU
    assert "I cancel!" in str(again.variables["between"])
    (kept,) = [e for e in decision.entries if e.parked]
    assert (kept.version, kept.text) == (2, doubted.text)
    assert [e.kind for e in decision.entries if e.id == 7] == [EntryKind.EVENT]


def test_the_word_of_the_agent_is_asked_again_when_a_note_would_leak() -> None:
    note = entry(
        2, CARL, "He is known to be a fraud.", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL
    )
    doubted = replace(DOUBTED, text="Fine.\nHe is known to be a fraud.", version=1)
    talk = conversation(tail=(entry(1), note), parked=(doubted,))
    there = world(sent=(QUESTION,), conversations=(talk,))

    decision = there.decide(mail(agent_reply("#send"), token_address(QUESTION)))
    (asked,) = [e for e in decision.entries if e.parked]
    question = only(decision.outbox, Notice.WAS_THIS_YOU)
    new = replace(QUESTION, id=question.id, entry=asked.id)
    told = replace(there, conversations=(replace(talk, parked=(asked,)),), sent=(QUESTION, new))
    again = told.decide(mail(agent_reply("#send"), token_address(new)))
    with_the_old_token = told.decide(mail(agent_reply("#send"), token_address(QUESTION)))

    assert notices_to(decision, ANA) == []
    assert "internal note" in asked.parked
    assert notices_to(again, ANA) == [Notice.ANSWER]
    assert notices_to(with_the_old_token, ANA) == []


def test_two_programs_that_answer_each_other_are_stopped() -> None:
    told = [
        entry(n, BOB, f"away {n}", kind=EntryKind.ANSWER, at=NOW - timedelta(minutes=n))
        for n in range(1, 7)
    ]
    talk = conversation(ticket(version=9), tail=tuple(told))

    decision = answer("away", talk)

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


def test_receipts_to_a_program_end() -> None:
    said = [entry(n, BOB, kind=EntryKind.EVENT, reason="agent's word", at=NOW) for n in range(1, 7)]
    there = world(sent=(QUESTION,), conversations=(conversation(tail=tuple(said)),))

    decision = there.decide(mail(agent_reply("I am away"), token_address(QUESTION)))

    assert decision.outbox == ()


def test_every_word_of_an_agent_is_an_event() -> None:
    decision = command("#drop")

    (event,) = [e for e in decision.entries if e.reason == "agent's word"]
    assert event.intake == 1
    assert decision.verdict is Verdict.RECORDED


def test_a_customer_s_copy_to_an_agent_s_token_address_is_the_customer_s_mail() -> None:
    to = (Mailbox(SUPPORT.address), Mailbox(token_address(AGENT_TOKEN)))
    reply = message(subject="Another thing", to=to)

    decision = world().decide(mail(reply, SUPPORT.address))

    assert decision.verdict is Verdict.OPENED
    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]


def test_a_borrowed_message_id_does_not_hide_its_owner_s_ticket() -> None:
    eves = conversation(ticket(1002, EVE), participants=(Participant(EVE, Role.REQUESTER),))
    located = (("first@mua.example", 1002), ("first@mua.example", 1001))
    reply = message(subject="x", in_reply_to=("first@mua.example",))

    decision = world(conversations=(TALK, eves), located=located).decide(mail(reply))

    assert decision.verdict is Verdict.APPENDED
    assert decision.ticket is not None
    assert decision.ticket.number == 1001


SAID = "Please send us the log file of the day on which it burnt.\nYou find it in the cellar."


def test_words_of_the_mail_that_is_answered_are_no_new_ones() -> None:
    """Its client marks quotations in no way that anybody knows."""
    answered = replace(CUSTOMER_TOKEN, text=f"Hello Ana,\n\n{SAID}\n\nBob")
    key = FoundKey("AAAA-BBBB-CCCC-DDD1", "licensespring")
    reply = message(text=f"It is attached.\n\nBob, 05.01.2026 10:12:\n{SAID}", keys=(key,))

    decision = world(sent=(answered,)).decide(mail(reply, token_address(answered)))

    (written,) = [each for each in decision.entries if each.kind is EntryKind.MESSAGE]
    assert written.text == "It is attached."
    assert SAID in written.full_text
    assert ("fold", "outbox 501") in {(step.step, step.detail) for step in decision.evidence}
    assert [license_.quoted for license_ in decision.licenses] == [True]


def test_an_agent_s_answer_loses_our_notification_however_it_is_quoted() -> None:
    told = f"Reply = answer to Ana Ruiz\n\n{SAID}\n\nCommands: #resolve, #note, #take"
    answered = replace(AGENT_TOKEN, text=told)

    decision = world(sent=(CUSTOMER_TOKEN, answered)).decide(
        mail(agent_reply(f"We come at noon.\n\n{told}"), token_address(answered))
    )

    answer = only(decision.outbox, Notice.ANSWER)
    assert answer.variables["text"] == "We come at noon."


@pytest.mark.parametrize(
    ("name", "is_sent"), [("ATT00001.htm", False), ("att00002.txt", False), ("attach.txt", True)]
)
def test_words_that_a_server_made_a_file_do_not_go_out_unseen(name: str, *, is_sent: bool) -> None:
    """Below an image of the agent there is often the notification that he quotes."""
    file = Attachment(name, "text/html", 10, "0" * 64, part="1-11:none")

    decision = answer("See the picture.", attachments=(file,))

    assert notices_to(decision, ANA) == ([Notice.ANSWER] if is_sent else [])


def test_a_question_about_an_answer_does_not_call_its_files_too_large() -> None:
    file = Attachment("a.txt", "text/plain", 10, "0" * 64, part="1-11:none")

    decision = world().decide(mail(agent_reply(attachments=(file,))))

    (question,) = [out for out in decision.outbox if out.notice is Notice.ANSWER_PARKED]
    (named,) = question.variables["attachments"]
    assert (named["filename"], named["why_not"]) == ("a.txt", "")


SECRET = (
    "This e-mail contains your license key. It is confidential and intended solely for you, "
    "please do not forward this message to anybody else:"
)


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        (f"Hello Ana,\n\n{SECRET} 1234-5678.", False),
        ("Enter this:\n\nFrom: a@b.example\nTo: c@d.example\nSubject: x\n\nand then send.", False),
        ("Hello Ana,\n\nuse water.\n\nBest regards,\nBob", True),
        ("Hello Ana,", True),
    ],
)
def test_an_answer_of_which_nothing_but_a_greeting_is_left_is_asked_about(
    text: str, *, is_sent: bool
) -> None:
    """What an agent says may look like a disclaimer or like a quotation."""
    reply = replace(agent_reply(text), words=split(text))

    decision = world().decide(mail(reply, token_address(AGENT_TOKEN)))

    assert notices_to(decision, ANA) == ([Notice.ANSWER] if is_sent else [])


@pytest.mark.parametrize(
    "attached",
    [
        AttachedMessage(None, "New ticket", None, "x", message_id=message_id(KEYRING, 601, "a.b")),
        AttachedMessage(None, "Fwd", None, "He never pays, says our accountant in the cellar."),
    ],
    ids=["our notification", "a note"],
)
def test_a_note_in_an_attached_mail_is_not_sent_on_unseen(attached: AttachedMessage) -> None:
    """Some mail clients attach the mail that is answered."""
    note = entry(2, BOB, "He never pays, says our accountant in the cellar.", kind=EntryKind.NOTE)
    talk = conversation(tail=(replace(note, visibility=Visibility.INTERNAL),))
    reply = replace(agent_reply("We come at noon."), attached=(attached,))

    decision = world(conversations=(talk,)).decide(mail(reply, token_address(AGENT_TOKEN)))

    assert notices_to(decision, ANA) == []
    (parked,) = [each.parked for each in decision.entries if each.kind is EntryKind.ANSWER]
    assert "a mail is attached to it" in parked


def test_what_an_agent_says_again_is_sent_again() -> None:
    """It stands in our notification only because he said it before."""
    step = "Please install version 5.2.1 as an administrator."
    talk = conversation(tail=(entry(2, BOB, step, kind=EntryKind.ANSWER),))
    told = f"Reply = answer to Ana Ruiz\n\nBob Agent, yesterday:\n{step}\n\n#resolve, #note, #take"
    answered = replace(AGENT_TOKEN, text=told)
    text = f"Once more:\n\n{step}\n\nIt must not run meanwhile."

    decision = world(sent=(CUSTOMER_TOKEN, answered), conversations=(talk,)).decide(
        mail(agent_reply(text), token_address(answered))
    )

    assert only(decision.outbox, Notice.ANSWER).variables["text"] == text


def test_below_our_marker_nothing_is_sent_on() -> None:
    mark = reply_mark(KEYRING, AGENT_TOKEN.id)
    text = f"We come at noon.\n\n##- Please reply above this line · {mark} -##\n\nwhatever"

    decision = world().decide(mail(agent_reply(text), token_address(AGENT_TOKEN)))

    assert only(decision.outbox, Notice.ANSWER).variables["text"] == "We come at noon."


def test_a_marker_that_we_did_not_make_hides_nothing() -> None:
    text = f"one?\n##- Please type your reply above this line · {'a' * 16} -##\ntwo?"

    decision = world().decide(mail(message(text=text), token_address(CUSTOMER_TOKEN)))

    assert [e.text for e in decision.entries if e.kind is EntryKind.MESSAGE] == [text]


def test_a_marker_that_a_customer_plants_cuts_nothing() -> None:
    planted = f"one?\n{REPLY_MARKER}\ntwo?"

    decision = world().decide(mail(message(text=planted), token_address(CUSTOMER_TOKEN)))

    (told,) = [out for out in decision.outbox if out.person == BOB.id]
    assert REPLY_MARKER not in str(told.variables)


def test_a_proved_agent_who_answers_to_the_wrong_address_is_not_called_an_impostor() -> None:
    decision = world().decide(mail(agent_reply()))

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]


def test_a_receipt_for_an_unknown_word_takes_the_next_word() -> None:
    receipt = only(command("yes please").outbox, Notice.RECEIPT)
    done = only((o for o in command("#send").outbox if o.person == BOB.id), Notice.RECEIPT)

    assert (receipt.purpose, receipt.entry) == (Purpose.PARKED, 7)
    assert done.purpose is Purpose.ANSWER


def test_a_parked_answer_needs_a_proved_word() -> None:
    assert notices_to(command("#send", PARKED, dmarc="none"), ANA) == []


def test_nobody_else_can_say_the_word() -> None:
    assert notices_to(command("#send", DOUBTED, author=EVE.address), ANA) == []


def test_a_robot_cannot_say_the_word() -> None:
    away = [("auto-submitted", "auto-replied")]

    assert notices_to(command("#send", DOUBTED, fields=away), ANA) == []


# --- programs -------------------------------------------------------------------------------------


def steps(decision: Decision) -> list[tuple[str, str, str]]:
    return [(step.step, step.outcome, step.detail) for step in decision.evidence]


def test_a_vacation_notice_is_recorded_and_never_answered() -> None:
    away = message(text="I am away", fields=[("auto-submitted", "auto-replied")])

    decision = world().decide(mail(away, token_address(CUSTOMER_TOKEN)))

    assert decision.verdict is Verdict.RECORDED
    assert decision.outbox == ()
    assert decision.ticket is not None
    assert decision.ticket.status is TALK.ticket.status


def test_a_vacation_notice_tells_until_when_its_author_is_away() -> None:
    away = message(text="I am back on 7 December.", fields=[("auto-submitted", "auto-replied")])

    decision = world().decide(mail(away, token_address(CUSTOMER_TOKEN)))

    assert decision.changed_people == (replace(ANA, away_until=date(2026, 12, 7)),)
    assert ("absence", "away until", "2026-12-07") in steps(decision)
    assert "(away until 2026-12-07)" in decision.entries[-1].text


@pytest.mark.parametrize(
    ("dmarc", "to", "is_believed"),
    [
        ("", token_address(CUSTOMER_TOKEN), True),  # few of these notices are signed
        ("fail", token_address(CUSTOMER_TOKEN), False),
        ("", SUPPORT.address, False),
        ("pass", SUPPORT.address, True),
    ],
)
def test_a_stranger_in_a_customer_s_name_cannot_say_that_he_is_away(
    dmarc: str, to: str, *, is_believed: bool
) -> None:
    fields = [("auto-submitted", "auto-replied")]
    away = message(subject=TAG, text="I am back on 7 December.", fields=fields, dmarc=dmarc)

    decision = world().decide(mail(away, to))

    assert decision.entries
    assert bool(decision.changed_people) == is_believed
    assert ("away until" in decision.entries[-1].text) == is_believed


def test_nobody_else_can_say_that_a_customer_is_away() -> None:
    away = message(
        EVE.address, text="I am back on 7 December.", fields=[("auto-submitted", "auto-replied")]
    )

    decision = world().decide(mail(away, token_address(CUSTOMER_TOKEN)))

    assert decision.changed_people == ()


OURS = message_id(KEYRING, 501, "example.test")
REPORTS: dict[str, dict[str, Any]] = {
    "complaint": {"feedback": Feedback("abuse", (ANA.address,), OURS, "mail.x.example")},
    "read receipt": {"disposition": Disposition("displayed", ANA.address, OURS)},
}


@pytest.mark.parametrize("reason", REPORTS)
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_report_on_a_mail_of_ours_is_an_event_on_its_ticket(
    reason: str,
    is_ours: bool,  # noqa: FBT001  # both ways
) -> None:
    more = REPORTS[reason]
    if not is_ours:
        more = {
            name: replace(value, original_message_id="another@x.example")
            for name, value in more.items()
        }
    report = message(
        "reports@provider.example",
        content_type="multipart/report",
        report_type="feedback-report" if "feedback" in more else "disposition-notification",
        **more,
    )

    decision = world().decide(mail(report, reverse_path=""))

    assert (decision.verdict, decision.outbox) == (Verdict.RECORDED, ())
    assert [entry.reason for entry in decision.entries] == ([reason] if is_ours else [])
    assert (("report", reason) in {step[:2] for step in steps(decision)}) is is_ours
    if is_ours:
        assert decision.ticket is not None
        assert decision.ticket.status is TALK.ticket.status
        assert decision.deliveries == ()


def test_a_vacation_notice_without_a_ticket_opens_none() -> None:
    away = message(text="I am away", fields=[("auto-submitted", "auto-replied")])

    decision = World().decide(mail(away))

    assert (decision.verdict, decision.ticket) == (Verdict.RECORDED, None)


def test_a_shop_s_mail_opens_a_ticket_without_confirmation() -> None:
    order = message("shop@shop.example", fields=[("auto-submitted", "auto-generated")])

    decision = World().decide(mail(order))

    assert decision.verdict is Verdict.OPENED
    assert {out.notice for out in decision.outbox} == {Notice.NEW_TICKET}


def test_our_own_mail_come_back_is_quarantined_unless_released() -> None:
    own = message(message_id=message_id(KEYRING, 501, "example.test"))

    assert world().decide(mail(own)).verdict is Verdict.QUARANTINED
    assert world().decide(mail(own), released=True).verdict is not Verdict.QUARANTINED


def bounce_address(number: int) -> str:
    return reverse_path(POLICY, KEYRING, SUPPORT, sent(number).id)


def report(action: str = "failed", status: str = "5.1.1", **more: Any) -> Message:
    return message(
        "mailer-daemon@mx.customer.example",
        "Undelivered",
        "sorry",
        content_type="multipart/report",
        report_type="delivery-status",
        report=DeliveryReport((ReportedRecipient(ANA.address, status, action),), **more),
    )


def test_a_delivery_report_finds_its_outbox_entry_and_tells_the_agents() -> None:
    decision = world().decide(mail(report(), bounce_address(501), reverse_path=""))

    (news,) = decision.deliveries
    assert (news.outbox, news.state, news.suppresses) == (501, OutboxState.FAILED, ANA.id)
    assert {out.notice for out in decision.outbox} == {Notice.DELIVERY_TROUBLE}
    assert notices_to(decision, ANA) == []
    assert decision.verdict is Verdict.RECORDED


def test_a_second_report_on_the_same_mail_tells_nobody_again() -> None:
    failed = replace(CUSTOMER_TOKEN, state=OutboxState.FAILED)

    decision = world(sent=(failed,)).decide(mail(report(), bounce_address(501), reverse_path=""))

    assert decision.outbox == ()


def test_a_report_without_our_reverse_path_mutes_nobody() -> None:
    ours = message_id(KEYRING, 501, "example.test")

    decision = world().decide(mail(report(original_message_id=ours), reverse_path=""))

    assert [news.suppresses for news in decision.deliveries] == [None]


def test_a_forged_report_on_nothing_we_sent_does_nothing() -> None:
    decision = world().decide(mail(report(original_message_id="x@example.test"), reverse_path=""))

    assert (decision.deliveries, decision.outbox, decision.entries) == ((), (), ())


def test_a_delay_is_an_event_and_no_failure() -> None:
    decision = world().decide(
        mail(report("delayed", "4.4.1"), bounce_address(501), reverse_path="")
    )

    assert decision.deliveries == ()
    assert decision.outbox == ()
    assert [e.reason for e in decision.entries] == ["delivery delayed"]


def test_a_human_mail_to_our_reverse_path_is_recorded_and_not_answered() -> None:
    decision = world().decide(mail(message(), bounce_address(501)))

    assert decision.verdict is Verdict.RECORDED
    assert decision.outbox == ()


# --- all decisions --------------------------------------------------------------------------------


def test_nobody_gets_two_mails_for_one_event() -> None:
    both = replace(BOB, keys=frozenset({"bob@example.test"}))
    decision = World(agents=(both, both, CARL)).decide(mail(message()))

    people = [out.person for out in decision.outbox]
    assert len(people) == len(set(people))


def test_every_outgoing_mail_has_a_message_id_of_ours() -> None:
    decision = World().decide(mail(message()))

    assert [read_message_id(KEYRING, out.message_id) for out in decision.outbox] == [
        out.id for out in decision.outbox
    ]


def test_a_suppressed_address_gets_nothing_and_the_ticket_says_so() -> None:
    mute = replace(ANA, suppressed=True)

    decision = World(people=(mute, BOB, CARL)).decide(mail(message(dmarc="none")))

    assert notices_to(decision, ANA) == []
    assert any(e.reason == "suppressed" for e in decision.entries)


def test_deciding_twice_decides_the_same() -> None:
    asked = mail(message())

    assert World().decide(asked) == World().decide(asked)


def test_a_plain_reply_address_lets_our_message_id_stand_in_for_the_token() -> None:
    plain = replace(RULES, policy=replace(POLICY, reply_address=ReplyAddress.PLAIN))
    ours = message_id(KEYRING, 601, "example.test")
    reply = agent_reply(in_reply_to=(ours,))

    decision = world(rules=plain).decide(mail(reply))

    assert notices_to(decision, ANA) == [Notice.ANSWER]


def test_a_local_client_without_a_received_field_is_proved_by_trust_network() -> None:
    fresh = replace(agent_reply(dmarc=""), fields=())
    local = Trust("127.0.0.1", network=True)

    decision = world().decide(mail(fresh, token_address(AGENT_TOKEN), trust=local))
    relayed = world().decide(mail(agent_reply(dmarc=""), token_address(AGENT_TOKEN), trust=local))

    assert notices_to(decision, ANA) == [Notice.ANSWER]
    assert notices_to(relayed, ANA) == []


def test_a_budget_can_be_raised() -> None:
    policy = replace(POLICY, budget=Budget(1000, 1000, 1000))
    earlier = {ANA.address: tuple((NOW - timedelta(minutes=1), None) for _ in range(100))}

    decision = World(automatic=earlier, rules=replace(RULES, policy=policy)).decide(mail(message()))

    assert notices_to(decision, ANA) == [Notice.CONFIRMATION]


def test_who_was_known_by_an_address_only_is_called_by_name_once_it_is_proved() -> None:
    nameless = replace(ANA, name="")
    named = message(authors=(Mailbox(ANA.address, "Ana Ruiz"),))

    decision = World(people=(nameless, BOB)).decide(mail(named))
    doubted = World(people=(nameless, BOB)).decide(
        mail(message(authors=(Mailbox(ANA.address, "Ana Ruiz"),), dmarc="none"))
    )

    assert [person.name for person in decision.changed_people] == ["Ana Ruiz"]
    assert only(decision.outbox, Notice.CONFIRMATION).recipient_name == "Ana Ruiz"
    assert doubted.changed_people == ()
