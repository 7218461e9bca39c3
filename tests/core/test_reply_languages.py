"""Each language's introductions and header sections, in the forms that clients give them."""

import textwrap
from datetime import UTC, datetime, timedelta, timezone

from helpdesk.core.quoting import split
from helpdesk.core.reply_phrases import INTRODUCTIONS, LABELS, ORIGINAL_WORDS
from tests.folded import for_each
from tests.inbound.reply_languages import LANGUAGES, Language

DAYS = [
    datetime(2026, 1, 5, 10, 12, tzinfo=timezone(timedelta(hours=1))),
    datetime(2025, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2024, 5, 9, 8, 5, tzinfo=timezone(timedelta(hours=-7))),
]
NAMES = ["Ana Ruiz", "ÖZTÜRK, Eva (Example GmbH)", "木村 花子"]
CLIENTS = ["gmail", "apple", "thunderbird"]


def introductions(code: str, client: str) -> list[str]:
    return [
        LANGUAGES[code].introduction(client, name, "ana@example.org", day)
        for name in NAMES
        for day in DAYS
    ]


def wrapped(introduction: str, width: int) -> str:
    lines = textwrap.wrap(introduction, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


@for_each("client", CLIENTS)
@for_each("code", LANGUAGES)
def test_an_introduction_is_history_however_it_is_written(code: str, client: str) -> None:
    language = LANGUAGES[code]
    new, old = " ".join(language.new), language.old[0]
    for number, introduction in enumerate(introductions(code, client)):
        forms = (introduction, wrapped(introduction, 76), f"> {introduction}")
        # All of them are in the mails of `python -m benchmarks.layouts`.
        for shown in forms if number == 0 else forms[number % 3 :][:1]:
            assert split(f"{new}\n\n{shown}\n> {old}\n").new == new, shown
            assert split(f"{shown}\n> {old}\n\n{new}\n").new == new, shown
        assert split(f"{new}\n\n{introduction}\n\n{old}\n").new == new, introduction


@for_each("code", LANGUAGES)
def test_an_introduction_of_gmail_may_be_wrapped_closely(code: str) -> None:
    new = " ".join(LANGUAGES[code].new)
    for introduction in introductions(code, "gmail")[:3]:
        for width in (64, 50):
            shown = wrapped(introduction, width)
            assert split(f"{new}\n\n{shown}\n\n> old\n").new == new, shown


@for_each("code", LANGUAGES)
@for_each("mark", ["", "*"])
def test_a_header_section_is_history_in_any_language(code: str, mark: str) -> None:
    language = LANGUAGES[code]
    new = " ".join(language.new)
    sender, sent, to, subject = language.labels
    values = ["Ana Ruiz", language.long_date(DAYS[0]), "Bob", "Re: x"]
    lines = [
        f"{mark}{label}:{mark} {value}"
        for label, value in zip((sender, sent, to, subject), values, strict=True)
    ]
    ruled = f"-----{language.original}-----"

    assert split("\n".join([new, "", *lines, "", language.old[0]])).new == new
    assert split("\n".join([new, "", ruled, *lines, "", language.old[0]])).new == new
    assert split("\n".join([new, "", ruled, "", language.old[0]])).new == new


@for_each("language", LANGUAGES.values())
def test_what_people_say_is_no_history(language: Language) -> None:
    text = "\n".join([*language.new, *language.old, language.new[0]])

    assert split(text).new == text


def test_the_tables_know_enough_languages() -> None:
    assert min(len(INTRODUCTIONS), len(LABELS), len(ORIGINAL_WORDS), len(LANGUAGES)) >= 35
