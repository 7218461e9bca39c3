"""What we send, byte for byte: `pytest tests/outbound --update-golden` writes it anew."""

from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.token import Purpose
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import SAMPLE, MailRenderer
from tests.outbound.mails import outgoing

GOLDEN = Path(__file__).parent.parent / "golden"
ANSWER = "Hello Ana,\n\nplease install version 2.4, it is at https://example.test/download.\n\nBob"
BOB = {"author": {"name": "Bob Agent", "address": "support@example.test"}, "attachments": []}
ASKED: dict[str, Any] = {"reply_does": "command", "folded": 0}
TOLD: dict[Notice, dict[str, Any]] = {
    Notice.NEW_TICKET: {"history": [], "possibly_about": None, "folded": 0, "forwarded_by": None},
    Notice.CUSTOMER_REPLIED: {"keys": [], "possibly_about": None, "forwarded_by": None},
    Notice.DELIVERY_TROUBLE: {"reachable": False},
    Notice.ANSWER_PARKED: ASKED | BOB,
    Notice.WAS_THIS_YOU: ASKED
    | BOB
    | {
        "reason": "it carries no proof of its sender; it did not come to your reply address",
        "between": [],
        "facts": [
            {"label": "Received", "value": "2026-11-21 22:39 UTC"},
            {"label": "Subject", "value": "Re: Cannot activate [TICK-1001]"},
            {"label": "Handed in by", "value": "192.0.2.25"},
            {"label": "Sender", "value": "unproved, SPF fail, no DKIM signature of example.test"},
        ],
    },
    Notice.RECEIPT: {},
}
FORWARDED: dict[str, Any] = {
    "forwarded_by": {"name": "Bob Agent", "address": "bob@example.test"},
    "reachable": False,
    "requester": {"name": "Ana Ruiz", "address": ""},
    "author": {"name": "Ana Ruiz", "address": ""},
    "history": [],
    "attachments": [],
    "warnings": [],
    "possibly_about": None,
    "keys": [],
    "folded": 1,
}
NOTHING_DONE: dict[str, Any] = {
    "reply_does": "command",
    "outcome": "Nothing was done: the first line of your reply must be #send, #note or #drop. "
    "The answer still waits.",
}


def told(notice: Notice, variables: dict[str, Any]) -> OutgoingMail:
    """A mail to an agent."""
    return outgoing(
        notice,
        recipient="bob@example.test",
        recipient_name="Bob Agent",
        auto_submitted=AutoSubmitted.GENERATED,
        purpose=Purpose.PARKED if variables.get("reply_does") == "command" else Purpose.ANSWER,
        variables=dict(SAMPLE) | variables,
    )


MAILS: dict[str, OutgoingMail] = {
    "confirmation": outgoing(
        Notice.CONFIRMATION, auto_submitted=AutoSubmitted.REPLIED, null_reverse_path=True
    ),
    "confirmation-unproved": outgoing(
        Notice.CONFIRMATION,
        auto_submitted=AutoSubmitted.REPLIED,
        null_reverse_path=True,
        variables=dict(SAMPLE) | {"echo": False, "requester": None},
    ),
    "answer": outgoing(
        from_name="Bob Agent (Example Support)",
        in_reply_to="question@customer.test",
        references=("question@customer.test",),
        variables=dict(SAMPLE) | BOB | {"text": ANSWER},
    ),
    "answer-files": outgoing(variables=dict(SAMPLE) | {"author": BOB["author"], "text": ""}),
    **{notice.value: told(notice, variables) for notice, variables in TOLD.items()},
    "new_ticket-forwarded": told(Notice.NEW_TICKET, FORWARDED),
    "receipt-nothing-done": told(Notice.RECEIPT, NOTHING_DONE),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_what_it_was(
    name: str, renderer: MailRenderer, composer: MailComposer, request: pytest.FixtureRequest
) -> None:
    mail = MAILS[name]
    content = composer.compose(mail, renderer.render(mail), []).content
    golden = GOLDEN / f"{name}.eml"
    if request.config.getoption("--update-golden", default=False):
        golden.write_bytes(content)

    assert content == golden.read_bytes()


def test_every_notice_has_a_golden_mail() -> None:
    assert {mail.notice for mail in MAILS.values()} == set(Notice)
    assert {path.stem for path in GOLDEN.glob("*.eml")} == set(MAILS)
