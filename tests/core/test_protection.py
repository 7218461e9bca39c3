"""Signed and encrypted mail: what is said of it, and what never goes on."""

from dataclasses import replace

import pytest

from helpdesk.core.mail import ENCRYPTED, Attachment, Protection, Words
from helpdesk.core.outgoing import Notice
from helpdesk.core.sentences import in_language
from helpdesk.core.ticket import EntryKind
from helpdesk.core.token import Purpose
from tests.builders import (
    ANA,
    BOB,
    World,
    conversation,
    mail,
    message,
    notices_to,
    sent,
    token_address,
)

ODD = (
    "a part states two media types",
    "a part states two transfer encodings",
    "a part states two dispositions",
    "a part states two boundaries",
    "parts after the closing delimiter",
)
AMBIGUOUS_IN_GERMAN = (
    "Der Aufbau dieser Mail ist mehrdeutig: andere Programme zeigen sie vielleicht anders an."
)
WORDS = Words(text=ENCRYPTED, new=ENCRYPTED)
FILE = Attachment("smime.p7m", "application/pkcs7-mime", 9, "aa", part="1-9:base64")


def test_an_encrypted_mail_opens_a_ticket_that_says_so_and_has_the_original() -> None:
    protection = Protection("S/MIME", is_encrypted=True)
    decision = World().decide(
        mail(message(words=WORDS, attachments=(FILE,), protection=protection))
    )
    (entry,) = [e for e in decision.entries if e.kind is EntryKind.MESSAGE]
    (notice,) = [n for n in decision.outbox if n.notice is Notice.NEW_TICKET][:1]

    assert entry.text == ENCRYPTED
    assert [a.filename for a in entry.attachments] == ["smime.p7m", "original.eml"]
    assert entry.attachments[1].part == ""
    assert "This message is encrypted; the original is attached." in repr(notice)
    assert ("protection", "encrypted", "S/MIME, cannot be read here") in [
        (step.step, step.outcome, step.detail) for step in decision.evidence
    ]


def test_an_encrypted_answer_of_an_agent_never_goes_to_the_customer() -> None:
    token = sent(601, Purpose.ANSWER, BOB)
    world = World(conversations=(conversation(),), sent=(sent(501), token), located=())
    reply = message(
        BOB.address,
        "Re: Printer on fire [TICK-1001]",
        words=WORDS,
        protection=Protection("OpenPGP", is_encrypted=True),
    )
    decision = world.decide(mail(reply, token_address(token)))

    assert notices_to(decision, ANA) == []
    assert notices_to(decision, BOB) == [Notice.ANSWER_PARKED]
    assert ENCRYPTED not in {entry.text for entry in decision.entries}
    assert any("it is encrypted and cannot be read here" in e.parked for e in decision.entries)


@pytest.mark.parametrize("scheme", ["S/MIME", "OpenPGP"])
def test_a_signature_changes_nothing_but_the_evidence(scheme: str) -> None:
    plain = World().decide(mail(message()))
    signed = World().decide(mail(message(protection=Protection(scheme, is_signed=True))))
    step = next(step for step in signed.evidence if step.step == "protection")

    assert step.detail == f"{scheme}, the signature is not verified"
    assert [e.text for e in signed.entries] == [e.text for e in plain.entries]
    assert [s for s in signed.evidence if s.step != "protection"] == list(plain.evidence)


def test_what_an_agent_signed_is_no_file_for_the_customer() -> None:
    """His signature may hold his whole mail again, with lines that are for nobody else."""
    token = sent(601, Purpose.ANSWER, BOB)
    world = World(conversations=(conversation(),), sent=(sent(501), token), located=())
    reply = message(
        BOB.address,
        "Re: Printer on fire [TICK-1001]",
        "Use water.",
        attachments=(replace(FILE, quoted=True),),
        protection=Protection("S/MIME", is_signed=True),
    )
    decision = world.decide(mail(reply, token_address(token)))
    (answer,) = [entry for entry in decision.entries if entry.kind is EntryKind.ANSWER]

    assert (answer.text, answer.attachments) == ("Use water.", ())
    assert notices_to(decision, ANA) == [Notice.ANSWER]


@pytest.mark.parametrize(
    ("defect", "english", "german"),
    [
        (
            "hidden text left out",
            "Text that this mail hides from its readers was left out.",
            "Text, den diese Mail vor ihren Lesern verbirgt, wurde weggelassen.",
        ),
        *(
            (
                defect,
                "The structure of this mail is ambiguous: other programs may show it differently.",
                AMBIGUOUS_IN_GERMAN,
            )
            for defect in ODD
        ),
    ],
)
def test_agents_are_told_that_there_is_more_in_a_mail_than_they_see(
    defect: str, english: str, german: str
) -> None:
    decision = World().decide(mail(message(defects=(defect, "text after the last part"))))
    notice = next(n for n in decision.outbox if n.notice is Notice.NEW_TICKET)

    assert notice.variables["warnings"] == [english]
    assert in_language("de", english) == german


def test_agents_read_what_a_file_is_about() -> None:
    about = "message from Ana Ruiz <ana@x.example>, 2026-11-20 10:00: Printer"
    decision = World().decide(mail(message(attachments=(replace(FILE, summary=about),))))
    notice = next(n for n in decision.outbox if n.notice is Notice.NEW_TICKET)

    assert notice.variables["attachments"][0]["summary"] == about
    assert in_language("de", about) == about.replace("message from", "Nachricht von")
    assert in_language("de", "Invitation: Call; at 3rd floor").startswith("Einladung: Call")


def test_an_invitation_that_a_mail_has_twice_is_told_once() -> None:
    twice = tuple(replace(FILE, part=part, summary="Invitation: Call") for part in "ab")

    for words, told in (("See you", ["Invitation: Call", ""]), ("Invitation: Call", ["", ""])):
        decision = World().decide(mail(message(text=words, attachments=twice)))
        notice = next(n for n in decision.outbox if n.notice is Notice.NEW_TICKET)
        assert [file["summary"] for file in notice.variables["attachments"]] == told
