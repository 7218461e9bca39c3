"""The cheap looks before our long patterns refuse nothing that the patterns match."""

import random
import re
from collections.abc import Callable, Iterator
from re import _parser  # type: ignore[attr-defined]  # nothing public takes a pattern apart
from typing import Any

import pytest

from benchmarks.hostile_texts import TEXTS
from helpdesk.core import banners, dsn, quoting, signature
from helpdesk.core.beginnings import Beginnings, first_letters
from helpdesk.core.dividers import is_divider, may_divide, notes_header_start
from helpdesk.core.introductions import ends_in_quote, may_end_introduction
from helpdesk.core.phrases import FORWARDED
from helpdesk.core.reply_phrases import ORIGINAL
from helpdesk.core.signature_phrases import (
    BANNER_BEGIN,
    BANNERS,
    BANNERS_WITHIN,
    CLOSINGS,
    DEVICES,
    DEVICES_WITHIN,
    DISCLAIMERS,
    FOOTERS,
    FOOTERS_WITHIN,
    NOTES,
)

TABLES = {
    "originals": (ORIGINAL, ()),
    "forwards": (FORWARDED, ()),
    "closings": (CLOSINGS, ()),
    "devices": (DEVICES, DEVICES_WITHIN),
    "footers": (FOOTERS, FOOTERS_WITHIN),
    "banners": (BANNERS, BANNERS_WITHIN),
    "disclaimers": (DISCLAIMERS, ()),
    "notes": (NOTES, ()),
    "begin": (BANNER_BEGIN, ()),
}
ROUNDS = 4
FILLING = "xé1 -ж語"


class Maker:
    """Makes texts that a pattern matches, of each of its outer alternatives some."""

    def __init__(self, pattern: str, seed: int) -> None:
        self._tree = _parser.parse(pattern)
        self._random = random.Random(seed)

    def texts(self) -> Iterator[str]:
        kind, value = self._tree[0]
        is_branch = len(self._tree) == 1 and str(kind) == "BRANCH"
        branches = value[1] if is_branch else [self._tree]
        for branch in branches:
            yield from (self._made(branch) for _ in range(ROUNDS))

    def _made(self, tree: Any) -> str:
        return "".join(self._of(str(kind), value) for kind, value in tree)

    def _of(self, kind: str, value: Any) -> str:
        if kind == "LITERAL":
            return chr(value)
        if kind == "SUBPATTERN":
            return self._made(value[3])
        if kind == "BRANCH":
            return self._made(self._random.choice(value[1]))
        if "REPEAT" in kind:
            least, most, tree = value
            most = min(int(most), int(least) + 3)
            return "".join(self._made(tree) for _ in range(self._random.randint(least, most)))
        if kind == "IN":
            return self._one_of(value)
        if kind in {"ANY", "NOT_LITERAL"}:
            return self._random.choice(FILLING)
        assert kind in {"AT", "ASSERT", "ASSERT_NOT"}, kind
        return ""

    def _one_of(self, members: Any) -> str:
        kind, value = self._random.choice(members)
        if str(kind) == "LITERAL":
            return chr(value)
        if str(kind) == "RANGE":
            return chr(self._random.randint(*value))
        return {
            "CATEGORY_SPACE": " ",
            "CATEGORY_DIGIT": "7",
            "CATEGORY_NOT_WORD": "!",
        }.get(str(value), "x")


def matching(pattern: str, match: Callable[[str], object] | None = None) -> list[str]:
    """Texts of which the pattern is sure; in lower case, as the lines are that it is for."""
    compiled = re.compile(pattern, re.IGNORECASE)
    made = [text for seed in range(5) for text in Maker(pattern, seed).texts()]
    found = [text for text in made if (match or compiled.fullmatch)(text)]
    assert len(found) > len(made) / 2
    return found


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("before", ["", "* ", "_"])
def test_a_pattern_matches_nothing_that_does_not_begin_so(name: str, before: str) -> None:
    pattern, within = TABLES[name]
    beginnings = Beginnings(pattern, within)

    refused = [text for text in matching(pattern) if not beginnings.may_match(before + text)]

    assert refused == []


@pytest.mark.parametrize("name", TABLES)
def test_most_lines_begin_otherwise(name: str) -> None:
    lines = ("It fails at the third step,", "Größe", "обновление не работает", "10 of 20", "")

    assert not any(map(Beginnings(*TABLES[name]).may_match, lines))


def test_what_is_not_understood_may_be_anything() -> None:
    found = Beginnings(r"\w{2}a|[a-c]x|(?:yes|no)+ maybe|(?<!a)b.d|e?f[gh]i|j{2,3}k")

    assert found.all == {"", "yes", "no", "b", "efgi", "efhi", "fgi", "fhi", "j"}
    assert found.may_match("whatever")


def test_the_first_letters_are_those_of_words() -> None:
    assert [*map(first_letters, ["abcde", "a b. c-d e", "__ab", "", "…", "P.S. x"])] == [
        *("abcd", "abcd", "ab", "", "", "PSx"),
    ]


# --- other cheap looks --------------------------------------------------------------------------


def test_every_sentence_of_a_delivery_report_has_one_of_the_words() -> None:
    texts = matching(dsn._SENTENCE.pattern)

    assert [t for t in texts if not any(word in t.lower() for word in dsn._IN_SENTENCES)] == []


def test_every_telephone_number_and_address_is_looked_for() -> None:
    pattern = signature._CONTACT
    texts = matching(pattern.pattern, pattern.search)

    assert [text for text in texts if not signature._has_contact(text)] == []


def test_every_postscript_and_rule_is_looked_for() -> None:
    postscripts = matching(signature._POSTSCRIPT.pattern)
    rules = matching(signature.RULE.pattern)

    assert all(map(signature._is_postscript, [t.upper() for t in postscripts] + postscripts))
    assert all(map(signature.is_rule, rules))


@pytest.mark.parametrize("name", TEXTS)
def test_no_paragraph_with_a_banner_is_passed_over(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = TEXTS[name](2_000).split("\n")
    found = banners.find_banners(lines)

    monkeypatch.setattr(banners, "_may_be_any", lambda *_: True)

    assert banners.find_banners(lines) == found


@pytest.mark.parametrize("name", TEXTS)
def test_no_line_that_divides_or_introduces_is_taken_for_mere_words(name: str) -> None:
    words = [line for line in TEXTS[name](5_000).split("\n") if quoting._is_words_only(line)]

    assert not any(map(may_divide, words))
    assert not any(map(ends_in_quote, words))
    assert not any(may_end_introduction(line, above_quote=True) for line in words)
    assert {notes_header_start(words, position) for position in range(len(words))} <= {-1}


def test_a_dividing_line_without_the_letters_of_its_language_is_known() -> None:
    assert is_divider("-----Asil ileti-----")
