"""What a German desk writes holds no English sentence of ours, whatever an agent does."""

import re
from dataclasses import replace
from typing import Any

import pytest

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision
from helpdesk.core.mail import COULD_NOT_BE_READ, Attachment, Message
from helpdesk.core.outgoing import TO_CUSTOMERS, Notice, OutgoingMail
from helpdesk.core.ticket import Conversation, EntryKind, Participant, Role, Visibility
from helpdesk.outbound.render import MailRenderer
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    World,
    entry,
    mail,
    message,
    only,
    rules,
    sent,
    ticket,
    token_address,
)
from tests.core.test_agent_commands import AGENT, PARKED, VERBS, VIP, talk
from tests.folded import for_each

TAG = "Re: Drucker brennt [TICK-1001]"
ENGLISH = re.compile(
    r"\b(?:an answer|are|has|have|is|it|no|not|of|reply|somebody|something|the|there|this|to|"
    r"with|you|your)\b",
    re.IGNORECASE,
)
NOTE = "Der Kunde zahlt seine Rechnungen seit dem letzten Jahr nicht"


def talking(*others: Participant, **more: Any) -> Conversation:
    values = {"subject": "Drucker brennt", "tail": (entry(1, text="Hilfe"),)}
    return talk(*others, **(values | more))


def german(*conversations: Conversation, **more: Any) -> World:
    values: dict[str, Any] = {
        "conversations": conversations or (talking(),),
        "sent": (AGENT, PARKED),
        "people": (ANA, EVE, BOB, CARL, VIP),
        "rules": rules(language="de"),
    }
    return World(**(values | more))


def wrote(text: str, **more: Any) -> Message:
    return message(BOB.address, TAG, text, **more)


def parked(reason: str, text: str = "Bitte neu starten.") -> Conversation:
    waiting = entry(50, BOB, text, kind=EntryKind.ANSWER, visibility=Visibility.INTERNAL)
    return replace(talking(), parked=(replace(waiting, version=1, parked=reason),))


def ours(mail: OutgoingMail, renderer: MailRenderer) -> list[str]:
    """English words in what is no quotation, no address and no command."""
    rendered = renderer.render(mail)
    text = re.sub("##-.*-##", "", f"{rendered.subject}\n{rendered.text}")
    text = re.sub(r"(?m)^>.*$|<mailto:.*>|\S+@\S+|helpdesk tickets show", "", text)
    text = re.sub(r"#[a-z]+( [a-zA-Z0-9/-]+)?|\"[^\"]*\"", "", text)
    return ENGLISH.findall(text)


def all_german(decision: Decision, renderer: MailRenderer) -> bool:
    assert decision.outbox
    assert [(each.notice, ours(each, renderer)) for each in decision.outbox] == [
        (each.notice, []) for each in decision.outbox
    ]
    return True


@for_each(("text", "state"), [(text, state) for text, state, _, _ in VERBS])
def test_a_receipt_says_in_german_what_became_of_a_command(
    text: str, state: dict[str, Any], renderer: MailRenderer
) -> None:
    decision = german(talking(**state)).decide(mail(wrote(text), token_address(AGENT)))
    english = replace(german(talking(**state)), rules=rules())
    said = english.decide(mail(wrote(text), token_address(AGENT)))

    assert all_german(decision, renderer)
    for line, other in zip(
        only(decision.outbox, Notice.RECEIPT).variables["lines"],
        only(said.outbox, Notice.RECEIPT).variables["lines"],
        strict=True,
    ):
        assert (line["text"], line["outcome"]) == (other["text"], other["outcome"])
        assert line["words"] != other["words"]
    # What is stored is the same in every language.
    assert [e.text for e in decision.entries] == [e.text for e in said.entries]


@for_each(
    "text",
    [
        "#snd\nBitte neu starten.",
        "#time bald\nBitte neu starten.",
        "#resolve jetzt\nBitte neu starten.",
        "#close#tag\nBitte neu starten.",
        "##close\nBitte neu starten.",
        "#unbekannt\nBitte neu starten.",
        "#close egal was\n#assign\nBitte.",
        "Intern: nur für uns\nBitte neu starten.",
        "Notitz: nur für uns\nBitte neu starten.",
        "Status: vielleicht\nBitte neu starten.",
        "Bitte neu starten.\n#close",
        "#tag vpn\n" * 31 + "Bitte neu starten.",
        "",
        f"{NOTE}.",
    ],
)
@for_each("token", [AGENT, None])
@for_each("dmarc", ["pass", "fail", ""])
def test_a_question_says_in_german_why_an_answer_waits(
    text: str, token: Any, dmarc: str, renderer: MailRenderer
) -> None:
    between = entry(3, EVE, "Noch etwas", version=9)
    tail = (
        entry(1, text="Hilfe"),
        entry(2, CARL, NOTE, kind=EntryKind.NOTE, visibility=Visibility.INTERNAL),
        between,
    )
    where = german(talking(tail=tail))
    to = token_address(token) if token else "support@example.test"
    decision = where.decide(mail(wrote(text, dmarc=dmarc), to))
    question = next(
        m for m in decision.outbox if m.notice in {Notice.ANSWER_PARKED, Notice.WAS_THIS_YOU}
    )

    assert all_german(decision, renderer)
    assert question.variables["reason"]
    assert ENGLISH.search(next(e.parked for e in decision.entries if e.parked))


@pytest.mark.parametrize("order", ["#send", "#note", "#drop", "#send\nDanke", "was?", "#close"])
@pytest.mark.parametrize("version", [1, 9])
def test_what_became_of_a_parked_answer_is_said_in_german(
    order: str, version: int, renderer: MailRenderer
) -> None:
    where = parked(
        "its author is ambiguous; no new words were found in it", "#close\n#tag x\nBitte."
    )
    meanwhile = entry(4, EVE, "Noch etwas", version=version)
    where = replace(where, tail=(*where.tail, meanwhile))
    decision = german(where).decide(mail(wrote(order), token_address(PARKED)))

    assert all_german(decision, renderer)


def test_a_receipt_shows_whether_anything_was_done(renderer: MailRenderer) -> None:
    def receipt(order: str, where: Conversation) -> OutgoingMail:
        decision = german(where).decide(mail(wrote(order), token_address(PARKED)))
        return only(decision.outbox, Notice.RECEIPT)

    waiting = parked("its author is ambiguous")
    nothing = receipt("was?", waiting), receipt("#send", talking())
    something = receipt("#drop", waiting), receipt("#send", waiting)

    assert all(each.variables["nothing_done"] for each in nothing)
    assert not any(each.variables["nothing_done"] for each in something)
    assert all("Es wurde nichts getan" in renderer.render(each).text for each in nothing)
    assert "(Antwort)" in renderer.render(something[1]).text


@pytest.mark.parametrize("dmarc", ["pass", "fail", ""])
@pytest.mark.parametrize("subject", ["Drucker brennt", ""])
@pytest.mark.parametrize("defects", [(), (COULD_NOT_BE_READ,)])
def test_a_new_ticket_is_told_in_german(
    dmarc: str, subject: str, defects: tuple[str, ...], renderer: MailRenderer
) -> None:
    text = "" if defects else "Hilfe"
    new = message(ANA.address, subject, text, dmarc=dmarc, defects=defects)
    file = Attachment("x.txt", "text/plain", 12, "0" * 64)
    decision = german().decide(mail(replace(new, attachments=(file,))))

    assert all_german(decision, renderer)


def test_a_ticket_without_a_subject_is_called_so_in_german_lists(renderer: MailRenderer) -> None:
    known = german(recent=(ticket(subject="(no subject)"),))
    asked = known.decide(mail(message(ANA.address, "", "#tickets")))
    again = known.decide(mail(message(ANA.address, "", "Hilfe")))

    assert all_german(asked, renderer)
    assert all_german(again, renderer)
    assert "(kein Betreff)" in renderer.render(only(asked.outbox, Notice.TICKET_LIST)).text


def test_who_was_copied_is_told_in_german(renderer: MailRenderer) -> None:
    where = talking(Participant(EVE, Role.COPIED))
    known = german(where, sent=(AGENT, PARKED, sent(501)))
    decision = known.decide(mail(message(EVE.address, TAG, "Hilfe")))

    assert all_german(decision, renderer)
    assert "Eve stand bei diesem Ticket in Kopie" in renderer.render(decision.outbox[0]).text


def test_the_operator_has_a_german_name_in_german_mail(renderer: MailRenderer) -> None:
    decision, done = german().act(Verb.ASSIGN, "carl", None)
    told = renderer.render(only(decision.outbox, Notice.ASSIGNED))

    assert all_german(decision, renderer)
    assert "\nDer Betreiber hat Ihnen dieses Ticket zugewiesen." in told.text
    assert "<bdi>Der Betreiber</bdi> hat Ihnen" in told.html
    assert done.words == "Assigned to Carl."
    assert any(each.notice in TO_CUSTOMERS for each in decision.outbox)


def test_what_we_called_somebody_in_english_is_german_in_german_mail(
    renderer: MailRenderer,
) -> None:
    note = entry(2, text="Bitte bald", kind=EntryKind.NOTE)
    note = replace(note, author=None, author_name="the operator")
    nobody = replace(ANA, name="unknown sender", address="")
    where = talking(tail=(entry(1, text="Hilfe"), note))
    where = replace(where, participants=(Participant(nobody, Role.REQUESTER),))
    decision, _ = german(where).act(Verb.ASSIGN, "carl")
    text = renderer.render(only(decision.outbox, Notice.ASSIGNED)).text

    assert all_german(decision, renderer)
    assert "der Betreiber" in text
    assert "unbekannter Absender" in text


def test_an_agent_has_his_own_language_at_an_english_desk(renderer: MailRenderer) -> None:
    bob = replace(BOB, language="de-AT")
    where = replace(german(), rules=rules(), people=(ANA, bob, CARL), agents=(bob, CARL))
    decision = where.decide(mail(wrote("#assign carl"), token_address(AGENT)))
    told = {each.notice: renderer.render(each).text for each in decision.outbox}

    assert "An Carl zugewiesen." in told[Notice.RECEIPT]
    assert "assigned this ticket to you" in told[Notice.ASSIGNED]
