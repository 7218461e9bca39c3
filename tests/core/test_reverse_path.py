"""Where the reverse-path is the desk itself, delivery reports come to it as all other mail."""

from dataclasses import replace
from typing import Any

import pytest

from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import Rules
from helpdesk.core.mail import DeliveryReport, ReportedRecipient
from helpdesk.core.outgoing import Notice, OutboxState
from helpdesk.core.policy import ReversePath
from helpdesk.core.token import message_id
from tests.builders import ANA, KEYRING, NOW, POLICY, World, conversation, mail, message, sent

SENT = sent(501)
OURS = message_id(KEYRING, 501, "example.test")
DAEMON = "mailer-daemon@mx.customer.example"


def decided(reverse_path: str = "", **more: Any) -> Decision:
    """A mail of a mail system to the plain address of the desk."""
    rules = Rules(replace(POLICY, reverse_path=ReversePath.DESK), KEYRING)
    world = World(conversations=(conversation(),), sent=(SENT,), rules=rules)
    report = message(DAEMON, "Undelivered Mail Returned to Sender", "sorry", dmarc="", **more)
    return world.decide(mail(report, reverse_path=reverse_path), now=NOW)


def delivery_report(original: str, action: str = "failed", status: str = "5.1.1") -> dict[str, Any]:
    recipient = ReportedRecipient(ANA.address, status, action)
    return {
        "content_type": "multipart/report",
        "report_type": "delivery-status",
        "report": DeliveryReport((recipient,), original_message_id=original),
    }


def test_a_report_to_the_desk_is_recognized_by_the_message_id_that_it_returns() -> None:
    decision = decided(**delivery_report(OURS))

    assert decision.verdict is Verdict.RECORDED
    assert [(news.outbox, news.state) for news in decision.deliveries] == [
        (501, OutboxState.FAILED)
    ]
    assert {out.notice for out in decision.outbox} == {Notice.DELIVERY_TROUBLE}
    assert not decision.is_new


def test_such_a_report_mutes_nobody() -> None:
    assert [news.suppresses for news in decided(**delivery_report(OURS)).deliveries] == [None]


@pytest.mark.parametrize(
    "more",
    [
        delivery_report("replaced-by-the-relay@relay.test"),
        delivery_report(""),
        delivery_report(OURS, "delayed", "4.4.1"),
        {"content_type": "multipart/report", "report_type": "delivery-status"},
        {"content_type": "text/plain"},
    ],
)
@pytest.mark.parametrize("reverse_path", ["", DAEMON])
def test_no_report_to_the_desk_makes_a_ticket_or_is_answered(
    more: dict[str, Any], reverse_path: str
) -> None:
    decision = decided(reverse_path, **more)

    assert decision.verdict is Verdict.RECORDED
    assert not decision.is_new
    assert [out.recipient for out in decision.outbox if out.person == ANA.id] == []
    assert Notice.CONFIRMATION not in {out.notice for out in decision.outbox}
