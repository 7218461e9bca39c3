"""Base subjects and ticket tags."""

import random

import pytest

from helpdesk.core.subject import (
    base_subject,
    is_forward,
    is_reply,
    ticket_mentions,
    ticket_tags,
)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("License fails", "License fails"),
        ("Re: License fails", "License fails"),
        ("RE: Re: re: License fails", "License fails"),
        ("AW: Re: Lizenz", "Lizenz"),
        ("Antw: SV: VS: Lizenz", "Lizenz"),
        ("Re[2]: License", "License"),
        ("Re (3): License", "License"),
        ("Fwd: WG: TR: RV: License", "License"),
        ("[Fwd: License]", "License"),
        ("License (fwd)", "License"),
        ("回复：问题", "问题"),
        ("Odp: Отв: Лицензия", "Лицензия"),
        ("Re: License [TICK-1001]", "License"),
        ("Re: [TICK-1001] License", "License"),
        ("[list] Re: [list] License", "[list] License"),
        ("Re: [list] License", "[list] License"),
        ("Error: cannot start", "Error: cannot start"),
        ("Note: something", "Note: something"),
        ("12:30 meeting", "12:30 meeting"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_the_base_subject_is_what_the_conversation_is_about(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_taking_the_base_twice_changes_nothing() -> None:
    rng = random.Random(3)
    pieces = [
        "Re: ",
        "Fwd:",
        "[x] ",
        "[TICK-7]",
        "[Fwd: ",
        "]",
        " (fwd)",
        "word",
        ": ",
        "AW",
        "[2]",
        " ",
    ]
    for _ in range(5000):
        once = base_subject("".join(rng.choices(pieces, k=rng.randrange(9))))

        assert base_subject(once) == once


def test_a_tag_counts_in_brackets_only() -> None:
    assert ticket_tags("Re: License [TICK-1001] and [tick-1002] [TICK-1001]") == (1001, 1002)
    assert ticket_tags("TICK-1001 (TICK-1002) [OTHER-1003] [TICK-x]") == ()


def test_a_tag_has_the_configured_prefix() -> None:
    assert ticket_tags("[HELP-5] [TICK-6]", "HELP") == (5,)
    assert base_subject("Re: x [HELP-5]", "HELP") == "x"


def test_a_prefix_that_is_a_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="prefix"):
        ticket_tags("[x-1]", ".*")


def test_mentions_are_found_anywhere_but_in_other_words() -> None:
    text = "see TICK-1001, tick-0042 and XTICK-5, TICK-7-8"

    assert ticket_mentions(text) == ("TICK-1001", "TICK-42")


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: x", "[Fwd: x]", "[list] Tr: x", "x (fwd)"]
)
def test_a_forward_is_known_by_its_outermost_prefix(subject: str) -> None:
    assert is_forward(subject)
    assert not is_reply(subject)


@pytest.mark.parametrize("subject", ["Re: Fwd: x", "AW: x", "Sv: x", "[list] Re: x"])
def test_a_reply_to_a_forward_is_a_reply(subject: str) -> None:
    assert is_reply(subject)
    assert not is_forward(subject)
