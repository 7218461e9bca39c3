"""What is forwarded comes out of the layouts of many clients in many languages."""

import time
from dataclasses import replace
from email.message import EmailMessage

import pytest

from helpdesk.core.forward import MOST_LOOKS, read_forward
from helpdesk.core.mail import Forwarded, Mailbox
from helpdesk.inbound.parse import parse
from tests.folded import for_each
from tests.inbound.forward_layouts import (
    AUTHOR,
    ENGLISH,
    LANGUAGES,
    NOTE,
    SUBJECT,
    TEXT,
    Language,
    layouts,
)

ANA = Mailbox(AUTHOR[1], AUTHOR[0])
# What no words of ours tell apart: languages and layouts that are not read yet.
MISSED = {
    *(("VS: ", "outlook mac"),),  # in Finnish it would be a reply
    *(("lv", "yahoo"), ("lv", "kmail"), ("lv", "outlook mac"), ("lv", "wrapped addresses")),
    *(("tr", "outlook mac"),),
}


def same(found: Forwarded | None, note: str) -> bool:
    return (
        found is not None
        and (found.author, found.subject, found.note.strip()) == (ANA, SUBJECT, note)
        and found.text.split() == TEXT.split()
    )


@for_each("note", [NOTE, ""])
@for_each("language", LANGUAGES)
def test_author_subject_text_and_note_come_out_of_every_layout(
    language: Language, note: str
) -> None:
    wrong = [
        name
        for name, body in layouts(language)
        if not {(language.prefix, name), (language.code, name)} & MISSED
        and not same(
            read_forward(language.prefix + SUBJECT, f"{note}\n\n{body}\n" if note else body), note
        )
    ]

    assert wrong == []


@for_each("language", LANGUAGES)
def test_the_date_is_kept_as_it_is_stated(language: Language) -> None:
    body = dict(layouts(language))["outlook old"]

    found = read_forward(language.prefix + SUBJECT, body)

    assert found is not None
    assert found.date == language.when


@for_each(("name", "body"), list(layouts(ENGLISH)))
def test_what_is_forwarded_is_no_new_word(name: str, body: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = f"Fwd: {SUBJECT}"
    mail["From"] = "Bob <bob@partner.example>"
    mail.set_content(f"{NOTE}\n\n{body}\n")

    message = parse(mail.as_bytes())

    assert same(message.forwarded, NOTE), name
    assert message.words.new == "Please look at this one."
    assert "the press stops" in message.words.quoted


def test_a_subject_without_its_colon_in_a_line_without_breaks_is_found() -> None:
    body = dict(layouts(LANGUAGES[6]))["yahoo"].replace("Assunto: ", "Assunto ")

    assert same(read_forward(f"Fwd: {SUBJECT}", body.replace("10:00Ass", "10:00 CETAss")), "")


def test_a_wrapped_subject_goes_on() -> None:
    body = dict(layouts(ENGLISH))["gmail"].replace("stops at", "stops\nat")

    assert same(read_forward(f"Fwd: {SUBJECT}", body), "")


def test_a_line_that_begins_a_forwarded_message_is_enough() -> None:
    found = read_forward("Broken", "Look.\n\nBegin forwarded message:\n\nIt burns.")

    assert found == Forwarded(None, "", "It burns.", "Look.")
    assert read_forward("Re: Broken", "Look.\n\n> Begin forwarded message:\n> It burns.") is None


def test_words_below_a_quoted_forward_are_new() -> None:
    mail = EmailMessage()
    mail["Subject"] = f"Fwd: {SUBJECT}"
    mail["From"] = "Bob <bob@partner.example>"
    mail.set_content(f"{dict(layouts(ENGLISH))['apple']}\n\nShe is in a hurry.\n")

    message = parse(mail.as_bytes())

    assert message.words.new == "She is in a hurry."
    assert message.forwarded is not None
    assert message.forwarded.below == "She is in a hurry."


def test_of_a_forward_of_a_forward_the_outermost_counts() -> None:
    inner = dict(layouts(LANGUAGES[2]))["gmail old"].replace(AUTHOR[0], "Somebody Else")
    outer = dict(layouts(ENGLISH))["outlook"].replace(TEXT, inner)

    found = read_forward(f"FW: WG: {SUBJECT}", f"{NOTE}\n\n{outer}")

    assert found is not None
    assert (found.author, found.note.strip()) == (ANA, NOTE)
    assert "Somebody Else" in found.text


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Order", "No: 4711\nDate: 2025-10-06\nWe wait."),
        ("Settings", "Server: mail.example.org\nUser: ana@example.org\nPort: 25"),
        (f"VS: {SUBJECT}", f"Kiitos.\n\n{dict(layouts(LANGUAGES[15]))['outlook']}"),
        (f"Re: {SUBJECT}", f"Thanks.\n\n{dict(layouts(ENGLISH))['outlook']}"),
        ("Fwd: Offer", "Here it is at 10:00, from ana@example.org: a good one.\n\nBob"),
    ],
)
def test_what_is_not_forwarded_is_not_taken_for_it(subject: str, text: str) -> None:
    assert read_forward(subject, text) is None


@pytest.mark.parametrize("line", ["To: ana", "-----Original Message-----", "He wrote:"])
def test_only_hundreds_of_lines_that_look_like_a_forward_hide_one_below_them(line: str) -> None:
    forward = (
        "---------- Forwarded message ---------\nFrom: Ana <a@b.example>\nSubject: x\n\nIt fails."
    )
    above = f"{line}\n\n\n\n\n\n\n"

    found = read_forward("Fwd: Help", above * (MOST_LOOKS - 1) + forward)

    assert found is not None
    assert found.text == "It fails."
    assert read_forward("Fwd: Help", above * (MOST_LOOKS + 1) + forward) is None


def test_labels_of_no_known_language_are_understood_by_what_they_label() -> None:
    strange = replace(
        ENGLISH, code="xx", sender="Qef", sent="Qat", date="Qat", to="Qim", cc="Qoc", subject="Qub"
    )

    found = read_forward(f"Fwd: {SUBJECT}", f"{NOTE}\n\n{dict(layouts(strange))['outlook']}")

    assert same(found, NOTE)


def test_lines_that_could_be_labels_of_any_language_are_bounded_and_hide_no_known_ones() -> None:
    strange = "Qef: Ana <ana@b.example>\nQat: 2026-01-05 10:12\nQub: Help\n\nIt fails."
    known = "From: Ana <ana@b.example>\nSent: 2026-01-05 10:12\nSubject: Help\n\nIt fails."
    above = "Disk: x\n\n"

    assert read_forward("Fwd: Help", above * (MOST_LOOKS - 1) + strange) is not None
    assert read_forward("Fwd: Help", above * (MOST_LOOKS + 2) + strange) is None
    assert read_forward("Fwd: Help", above * (MOST_LOOKS + 2) + known) is not None


@pytest.mark.parametrize(
    "piece",
    [
        "Fwd: a\n",
        "----- x -----\n",
        "a: b@c.example\n",
        "Προς: x ",
        "> From: a@b.example\n",
        "-" * 99,
    ],
)
def test_the_time_grows_no_faster_than_the_text(piece: str) -> None:
    times = []
    for size in (5_000, 50_000):
        text = f"----- Forwarded message ----- {piece * (size // len(piece))}"
        start = time.process_time()
        read_forward("Fwd: a", text)
        times.append(time.process_time() - start)

    assert times[1] < 30 * times[0] + 0.2


FORWARDED = (
    "Begin forwarded message:\n\n> From: Carl <carl@x.example>\n> Subject: Old\n>\n> It burns."
)


@pytest.mark.parametrize("note", ["", "Please help him.", "Please help him.\n\n-- \nAna"])
@pytest.mark.parametrize("below", ["", "He waits.", "He waits.\n\nBest regards\nAna"])
def test_spans_tell_the_forwarded_message_from_what_stands_around_it(note: str, below: str) -> None:
    text = "\n\n".join(filter(None, (note, FORWARDED, below)))
    words = parse(f"From: Ana <ana@x.example>\nSubject: Fwd: Old\n\n{text}\n".encode()).words

    pieces = [(span.kind, words.text[span.start : span.end]) for span in words.spans]
    assert "".join(piece for _, piece in pieces) == words.text == text
    assert [kind for kind, piece in pieces if "It burns" in piece] == ["quoted"]
    for said in ("Please help him.", "He waits."):
        assert [kind for kind, piece in pieces if said in piece] == ["new"] * (said in text)
    for signed in ("-- \nAna", "regards\nAna"):
        found = [kind for kind, piece in pieces if signed in piece]
        assert found == ["signature"] * (signed in text)
