"""Banners, signatures and forwarded messages as HTML mail has them."""

from email.message import EmailMessage

import pytest

from helpdesk.core.mail import Mailbox, Message
from helpdesk.inbound.parse import parse

SAID = "<p>Hi Bob,</p><p>the press stops at noon.</p>"
WORDS = ["Hi Bob,", "the press stops at noon."]
BANNERS = [
    (
        '<table><tr><td bgcolor="#ffb">CAUTION:</td><td>This email originated from outside of the '
        "organization. Do not click links or open attachments unless you recognize the sender."
        "</td></tr></table>"
    ),
    '<div style="border:1px solid"><p><b>[EXTERNAL EMAIL]</b></p></div>',
    (
        "<table><tbody><tr><td></td><td>You don't often get email from ana@customer.example. <a "
        'href="https://aka.example/x">Learn why this is '
        "important</a></td><td></td></tr></tbody></table>"
    ),
    (
        '<div style="display:none">ZjQcmQRYFpfptBannerStart</div><table><tr><td>'
        "This Message Is From an "
        "External Sender</td></tr>"
        "<tr><td>This message came from outside your organization.</td></tr>"
        '</table><div style="display:none">ZjQcmQRYFpfptBannerEnd</div>'
    ),
]
SIGNATURES = [
    (
        "<table><tr><td><img src=x></td><td><b>Ana Ruiz</b><br>Head of Printing<br>Example "
        "GmbH</td></tr>"
        "<tr><td>T</td><td>+49 89 1234567</td></tr><tr><td>E</td><td><a "
        'href="mailto:ana@customer.example'
        '">ana@customer.example</a></td></tr></table>'
    ),
    "<p>Mit freundlichen Grüßen</p><p>Ana Ruiz<br>Example GmbH</p><p>Tel. 089 1234567</p>",
    '<div>-- <br><div class="gmail_signature">Ana Ruiz<br>Example GmbH</div></div>',
    "<p>Ana</p><p>Sent from my iPhone</p>",
]
FROM = "<b>From:</b> Ana Ruiz &lt;ana@customer.example&gt;<br>"
FIELDS = f"{FROM}<b>Sent:</b> Monday 10:00<br><b>To:</b> Bob<br><b>Subject:</b> Smoke<br>"
FORWARDS = [
    f'<hr><div id="divRplyFwdMsg">{FIELDS}</div><div>It smokes.</div>',
    (
        f'<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
        f"---------<br>{FIELDS}"
        "<br></div>It smokes.</div>"
    ),
    (
        f'<div>Begin forwarded message:</div><br><blockquote type="cite"><div>{FIELDS}</div><br>'
        "<div>It smokes.</div></blockquote>"
    ),
    (
        '<div class="moz-forward-container">-------- Forwarded Message --------<table><tr><th>'
        "Subject: "
        "</th><td>Smoke</td></tr><tr><th>Date: </th><td>Mon, 6 Oct 2025</td></tr><tr><th>From: "
        "</th><td>"
        "Ana Ruiz &lt;ana@customer.example&gt;</td></tr>"
        "<tr><th>To: </th><td>Bob</td></tr></table><br>"
        "It smokes.</div>"
    ),
    f'<div style="border-top:solid #B5C4DF 1pt"><p>{FIELDS}</p></div><p>It smokes.</p>',
]


def read(body: str, subject: str = "Press", author: str = "Ana Ruiz") -> Message:
    mail = EmailMessage()
    mail["From"] = f"{author} <{author.partition(' ')[0].lower()}@customer.example>"
    mail["Subject"] = subject
    mail.set_content(f"<html><body>{body}</body></html>", subtype="html")
    return parse(mail.as_bytes())


@pytest.mark.parametrize("banner", BANNERS)
def test_a_banner_is_folded(banner: str) -> None:
    words = read(banner + SAID).words

    assert list(filter(None, words.new.split("\n"))) == WORDS
    assert words.banner


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_folded(signature: str) -> None:
    words = read(SAID + signature).words

    assert list(filter(None, words.new.split("\n"))) == WORDS
    assert "Ana" in words.signature


@pytest.mark.parametrize("forward", FORWARDS)
def test_a_forwarded_message_is_found(forward: str) -> None:
    message = read(f"<p>Look at this.</p>{forward}", "Fwd: Smoke", "Bob Agent")

    assert message.forwarded is not None
    assert message.forwarded.author == Mailbox("ana@customer.example", "Ana Ruiz")
    assert (message.forwarded.subject, message.forwarded.text) == ("Smoke", "It smokes.")
    assert message.forwarded.note == message.words.new == "Look at this."
