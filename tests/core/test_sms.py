"""A short message beside the mail, where the operator has a gateway and the customer a number."""

from dataclasses import replace

from helpdesk.core.decision import Decision
from helpdesk.core.draft import Rules
from helpdesk.core.outgoing import AutoSubmitted, Notice
from helpdesk.core.policy import Sms
from helpdesk.core.ticket import Participant, Person, Role
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    KEYRING,
    POLICY,
    World,
    conversation,
    mail,
    message,
    only,
    sent,
    ticket,
    token_address,
)

GATEWAY = Sms("{number}@sms.example.test", frozenset({"answer", "resolved"}))
NUMBERED = replace(ANA, sms="+491701234567")
TOKEN = sent(601, Purpose.ANSWER, BOB)


def answered(customer: Person, gateway: Sms | None, text: str = "Use water.") -> Decision:
    talk = conversation(ticket(), participants=(Participant(customer, Role.REQUESTER),))
    world = World(
        people=(customer, BOB),
        conversations=(talk,),
        sent=(TOKEN,),
        rules=Rules(replace(POLICY, sms=gateway), KEYRING),
    )
    reply = message(BOB.address, "Re: Printer on fire [TICK-1001]", text)
    return world.decide(mail(reply, token_address(TOKEN)))


def test_an_answer_is_told_by_a_short_message_that_holds_none_of_its_words() -> None:
    decision = answered(NUMBERED, GATEWAY)

    short = only(decision.outbox, Notice.SMS)
    assert short.recipient == "491701234567@sms.example.test"
    assert short.variables["event"] == {"kind": "answer"}
    assert "Use water." not in str(short.variables)
    assert short.auto_submitted is AutoSubmitted.GENERATED
    assert short.purpose is None
    assert only(decision.outbox, Notice.ANSWER).recipient == ANA.address


def test_without_a_number_or_a_gateway_or_for_another_notice_there_is_none() -> None:
    for decision in (
        answered(ANA, GATEWAY),
        answered(NUMBERED, None),
        answered(NUMBERED, GATEWAY, "#close"),
    ):
        assert [out for out in decision.outbox if out.notice is Notice.SMS] == []
