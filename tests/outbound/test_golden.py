"""What we send, byte for byte: `pytest tests/outbound --update-golden` writes it anew."""

from pathlib import Path

import pytest

from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.token import Purpose
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import SAMPLE, MailRenderer
from tests.outbound.mails import outgoing

GOLDEN = Path(__file__).parent.parent / "golden"
ANSWER = "Hello Ana,\n\nplease install version 2.4, it is at https://example.test/download.\n\nBob"
BOB = {"author": {"name": "Bob Agent", "address": "support@example.test"}, "attachments": []}

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
    **{
        notice.value: outgoing(
            notice,
            recipient="bob@example.test",
            recipient_name="Bob Agent",
            auto_submitted=AutoSubmitted.GENERATED,
            purpose=Purpose.ANSWER,
        )
        for notice in Notice
        if notice not in {Notice.CONFIRMATION, Notice.ANSWER}
    },
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
