"""What we send, byte for byte: `pytest tests/outbound --update-golden` writes it anew."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.notices import NOTHING_TOLD
from helpdesk.core.outgoing import (
    TO_CUSTOMERS,
    AutoSubmitted,
    Notice,
    OutgoingMail,
)
from helpdesk.core.token import Purpose
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from helpdesk.outbound.samples import SAMPLE
from tests.folded import for_each
from tests.outbound.mails import outgoing, said_in_german

GOLDEN = Path(__file__).parent.parent / "golden"
ANSWER = "Hello Ana,\n\nplease install version 2.4, it is at https://example.test/download.\n\nBob"
BOB = {"author": {"name": "Bob Agent", "address": "support@example.test"}, "attachments": []}
ASKED: dict[str, Any] = {
    "reply_does": "command",
    "folded": 0,
    "lines": [],
    "actions": [],
    "can_mute": False,
}
ACTED: dict[str, Any] = {"reply_does": "answer", "folded": 0, "history": [], "keys": []}
QUIET: dict[str, Any] = {
    name: NOTHING_TOLD[name]
    for name in ("warnings", "possibly_about", "forwarded_by", "attachments", "duplicates")
} | {"actions": [], "can_mute": False}
"""Of the sample: what most mails do not have."""
MISSED = {
    "kind": "first_response",
    "due_at": "2026-11-23T13:00:00+00:00",
    "zone": "Europe/Berlin",
    "state": "missed",
    "left": "",
}
INVITE, EXE = (
    SAMPLE["attachments"][0] | {"filename": "invite.ics", "summary": "Invitation: Call; at room 3"},
    SAMPLE["attachments"][0]
    | {"filename": "a.exe", "sent": False, "why_not": "not passed on: program for Windows"},
)
FILES: dict[str, Any] = {"attachments": [*SAMPLE["attachments"], INVITE, EXE]}
TAKE: dict[str, Any] = {"actions": [{"name": "take", "href": "mailto:a@example.test?subject=Take"}]}
LISTING: dict[str, Any] = {"ticket": None, "requester": None, "reply_does": "", "actions": []}
WAITING = [
    SAMPLE["tickets"][0] | {"desk": "", "status": "Open", "color": "blue"},
    SAMPLE["tickets"][0]
    | {
        "number": 987,
        "tag": "TICK-987",
        "subject": "A long one " * 9,
        "customer": "",
        "desk": "Sales",
        "priority": "",
        "overdue": "",
        "take": "",
        "is_mine": True,
    },
    SAMPLE["tickets"][0]
    | {"number": 990, "tag": "TICK-990", "subject": "", "overdue": "", "due_at": "", "desk": ""},
]
TOLD: dict[Notice, dict[str, Any]] = {
    Notice.NEW_TICKET: {"history": [], "possibly_about": None, "folded": 0, "forwarded_by": None}
    | TAKE,
    Notice.CUSTOMER_REPLIED: {
        "keys": [],
        "possibly_about": None,
        "forwarded_by": None,
        "clocks": [MISSED],
        "duplicates": [],
        "actions": [],
    },
    Notice.DELIVERY_TROUBLE: {"reachable": False, "actions": []},
    Notice.ASSIGNED: ACTED | QUIET,
    Notice.NOTE_ADDED: ACTED
    | QUIET
    | BOB
    | {"reply_does": "note", "text": "I have seen this before.", "clocks": []},
    Notice.CUSTOMER_ACTED: ACTED | QUIET | {"by": None, "text": "", "clocks": []},
    Notice.AWAKE: ACTED | QUIET | {"clocks": []},
    Notice.LICENSE_KNOWN: ACTED | QUIET | {"text": "", "clocks": []},
    Notice.TARGET_WARNING: ACTED | QUIET,
    Notice.TARGET_MISSED: ACTED | QUIET | {"clocks": [MISSED]},
    Notice.BUDGET: ACTED | QUIET | {"text": "", "clocks": []},
    Notice.ANSWER_PARKED: ASKED | BOB | {"lines": SAMPLE["lines"]},
    Notice.WAS_THIS_YOU: ASKED
    | BOB
    | {
        "reason": "it carries no proof of its sender; it did not come to your reply address",
        "between": [],
        "facts": [
            {"label": "Received", "value": "2026-11-21 22:39 UTC"},
            {"label": "Subject", "value": "Re: Cannot activate [TICK-1001]"},
            {"label": "Handed in by", "value": "192.0.2.25"},
            {"label": "Sender", "value": "unverified, no dmarc result of mx.example.test"},
        ],
    },
    Notice.RECEIPT: {"actions": [], "can_mute": False},
    Notice.DIGEST: LISTING | {"tickets": WAITING, "can_mute": True},
    Notice.WEEKLY_REPORT: LISTING | {"can_mute": True},
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
    "duplicates": [],
    "clocks": [],
    "actions": [],
    "can_mute": False,
}
NOTHING_DONE: dict[str, Any] = {
    "reply_does": "command",
    "outcome": "Nothing was done: the first line of your reply must be #send, #note or #drop. "
    "The answer still waits.",
    "nothing_done": True,
    "lines": [],
    "told": [],
    "actions": [],
    "can_mute": False,
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


def kept(notice: Notice, variables: dict[str, Any]) -> OutgoingMail:
    """A mail to the customer about what happened to the ticket."""
    return outgoing(
        notice,
        auto_submitted=AutoSubmitted.GENERATED,
        variables=dict(SAMPLE) | {"recipient": SAMPLE["requester"]} | variables,
    )


CLOSE, REOPEN, RAISE = ([action] for action in SAMPLE["actions"])
FOUR = [
    SAMPLE["tickets"][0],
    SAMPLE["tickets"][0] | {"tag": "TICK-990", "color": "blue", "status": "Open"},
    SAMPLE["tickets"][0]
    | {"tag": "TICK-987", "color": "green", "status": "Resolved", "subject": "A long one " * 9},
    SAMPLE["tickets"][0] | {"tag": "TICK-7", "color": "gray", "status": "Closed", "subject": ""},
]
CUSTOMERS: dict[Notice, dict[str, Any]] = {
    Notice.TICKET_ASSIGNED: {"actions": []},
    Notice.STATUS_CHANGED: {
        "actions": [*CLOSE, *RAISE],
        "ticket": SAMPLE["ticket"] | {"status": "waiting"},
    },
    Notice.RESOLVED: {"actions": [*REOPEN, *CLOSE]},
    Notice.CLOSED: {"actions": REOPEN},
    Notice.REOPENED: {"actions": [*CLOSE, *RAISE]},
    Notice.REMINDER: {"actions": CLOSE, "text": "Which version do you have?\n\nBob"},
    Notice.CLOSE_AHEAD: {"actions": [*REOPEN, *CLOSE]},
    Notice.RIGHT: {"actions": CLOSE, "can_mute": False},
    Notice.TICKET_LIST: {"actions": [], "ticket": None, "can_mute": False, "tickets": FOUR},
    Notice.MAIL_TEST: {
        "actions": [],
        "ticket": None,
        "can_mute": False,
        "event": SAMPLE["event"] | {"kind": "proved"},
        "facts": [],
    },
    Notice.FILES_REFUSED: {
        "actions": CLOSE,
        "can_mute": False,
        "refused": [
            *SAMPLE["refused"],
            {"filename": "core.bin", "kind": "kind", "limit": "log, pdf, zip"},
            {"filename": "a-long-name-" * 9 + ".log", "kind": "ticket", "limit": "5"},
        ],
    },
    Notice.CUSTOMER_RECEIPT: {
        "actions": [],
        "can_mute": False,
        "event": {"kind": "muted", "names": ["reminder", "close_ahead"]},
    },
}
SHOWN_IN_GERMAN: dict[str, Any] = {
    "language": "de",
    "state": {
        "status": "Wartet auf Sie",
        "color": "orange",
        "priority": "Hoch",
        "category": "Technik",
        "assignee": "Ben Agent",
    },
}


def in_german(mail: OutgoingMail) -> OutgoingMail:
    return replace(mail, variables=said_in_german(mail.variables) | SHOWN_IN_GERMAN)


REFUSED: list[dict[str, Any]] = SAMPLE["refused"]
ACCEPTED = dict(SAMPLE) | {"refused": []}
IN_ENGLISH: dict[str, OutgoingMail] = {
    "confirmation": outgoing(
        Notice.CONFIRMATION,
        auto_submitted=AutoSubmitted.REPLIED,
        null_reverse_path=True,
        variables=ACCEPTED | {"actions": [*CLOSE, *RAISE]},
    ),
    "confirmation-unproved": outgoing(
        Notice.CONFIRMATION,
        auto_submitted=AutoSubmitted.REPLIED,
        null_reverse_path=True,
        variables=ACCEPTED | {"echo": False, "requester": None, "promised": None},
    ),
    "confirmation-files": outgoing(
        Notice.CONFIRMATION,
        auto_submitted=AutoSubmitted.REPLIED,
        null_reverse_path=True,
        variables=dict(SAMPLE) | {"actions": CLOSE, "right": {}},
    ),
    "files_refused-unproved": kept(
        Notice.FILES_REFUSED,
        {"actions": [], "can_mute": False, "echo": False, "requester": None}
        | {"refused": [REFUSED[0] | {"filename": ""}]},
    ),
    **{
        f"confirmation-{kind}": outgoing(
            Notice.CONFIRMATION,
            auto_submitted=AutoSubmitted.REPLIED,
            null_reverse_path=True,
            variables=ACCEPTED | {"actions": CLOSE, "right": SAMPLE["right"] | {"kind": kind}},
        )
        for kind in ("missing", "third_party", "reserved")
    },
    **{
        f"right-{kind}": kept(
            Notice.RIGHT,
            {
                "actions": CLOSE,
                "can_mute": False,
                "right": SAMPLE["right"]
                | {"kind": kind, "available": available, "returned": available},
            },
        )
        for kind, available in (("missing", 0), ("refunded", 2), ("budget", 0))
    },
    "answer": outgoing(
        from_name="Bob Agent (Example Support)",
        in_reply_to="question@customer.test",
        references=("question@customer.test",),
        variables=dict(SAMPLE) | BOB | {"text": ANSWER, "actions": [*CLOSE, *RAISE]},
    ),
    "answer-files": outgoing(
        variables=dict(SAMPLE)
        | {
            "author": BOB["author"],
            "text": "",
            "state": NOTHING_TOLD["state"],
            "actions": [],
            "can_mute": False,
        }
    ),
    **{notice.value: told(notice, variables) for notice, variables in TOLD.items()},
    **{notice.value: kept(notice, variables) for notice, variables in CUSTOMERS.items()},
    "sms": outgoing(
        Notice.SMS,
        recipient="4917000000@sms.example.test",
        recipient_name="",
        auto_submitted=AutoSubmitted.GENERATED,
        purpose=None,
        variables=dict(SAMPLE) | {"event": {"kind": "answer"}, "actions": []},
    ),
    "new_ticket-forwarded": told(Notice.NEW_TICKET, FORWARDED),
    "new_ticket-files": told(Notice.NEW_TICKET, FILES),
    "receipt-nothing-done": told(Notice.RECEIPT, NOTHING_DONE),
    "ticket_list-empty": kept(
        Notice.TICKET_LIST,
        CUSTOMERS[Notice.TICKET_LIST] | {"tickets": [], "query": "", "more": 0},
    ),
}
MAILS = IN_ENGLISH | {f"{name}.de": in_german(mail) for name, mail in IN_ENGLISH.items()}


@for_each("name", MAILS)
def test_a_mail_is_what_it_was(
    name: str, renderer: MailRenderer, composer: MailComposer, request: pytest.FixtureRequest
) -> None:
    mail = MAILS[name]
    content = composer.compose(mail, renderer.render(mail), []).content
    golden = GOLDEN / f"{name}.eml"
    if request.config.getoption("--update-golden", default=False):
        golden.write_bytes(content)

    assert content == golden.read_bytes()


def test_every_notice_has_a_golden_mail_in_both_languages() -> None:
    for mails in (IN_ENGLISH, MAILS):
        assert {mail.notice for mail in mails.values()} == set(Notice)
    rest = {Notice.CONFIRMATION, Notice.ANSWER, Notice.SMS}
    assert set(CUSTOMERS) | rest == TO_CUSTOMERS
    assert {path.stem for path in GOLDEN.glob("*.eml")} == set(MAILS)
