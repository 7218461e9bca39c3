"""Whatever we say to agents has its German words, and says the same."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core import commands, sentences
from helpdesk.core.acts import ignored
from helpdesk.core.answering import DROPPED
from helpdesk.core.authentication import AuthenticationState
from helpdesk.core.outgoing import Notice
from helpdesk.core.programs import REASONS
from helpdesk.core.sentences import in_language, plain, said, say, whole
from helpdesk.inbound.files import ENCRYPTED_FILE
from helpdesk.inbound.invitation import _ANSWERS
from tests.folded import for_each

CORE = Path(sentences.__file__).parent
GERMAN = sentences._GERMAN
SAYING = {"say": 0, "said": 1, "done": 0, "ignored": 0, "failed": 0, "BadArgumentError": 0}
"""By whom a sentence is said, and which of the arguments it is."""
NOT_IN_MAIL = {
    *("event", "note", "trigger", "decision", "assign", "set_field", "add_tags"),
    *("compile", "ValueError"),
}
"""Who takes words for the timeline, for evidence and for programmers."""
NO_WORDS = {DROPPED, "no command", "Handed in by"}
"""What is no sentence: stands in the timeline only, or has its words in the templates."""
SPOKEN = (
    *("acts", "answering", "arguments", "assignment", "commands", "decide_act", "decide_agent"),
    *("authentication", "notices", "vocabulary"),
)
"""Modules whose sentences agents read."""
ENGLISH = re.compile(r"\b(?:an|by|has|is|it|no|not|the|there|this|to|was|write|you|your)\b")
OF_FILES = {
    ENCRYPTED_FILE,
    "message from {person}",
    *("Invitation: {title}", "Cancelled event: {title}", "Event: {title}"),
    *(f"{answer} by {{person}}" for answer in _ANSWERS.values()),
}
"""What the reader says of a file."""
NAMES = {
    *OF_FILES,
    *REASONS,
    *(notice.value.replace("_", " ") for notice in Notice),
    *(state.value for state in AuthenticationState),
    *(what for what, _ in commands._NEEDS.values()),
    *("priority", "category"),
}


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse((CORE / f"{module}.py").read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def sentence_of(node: ast.AST) -> ast.expr | None:
    place = SAYING.get(called(node), 99)
    return node.args[place] if isinstance(node, ast.Call) and len(node.args) > place else None


def said_in(module: str) -> Iterator[str]:
    nodes = list(ast.walk(parsed(module)))
    constants = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        found = sentence_of(node)
        assert not isinstance(found, ast.JoinedStr), f"{module}: values of {ast.unparse(found)}"
        if isinstance(found, ast.Name):
            found = constants.get(found.id, found)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


EVERY = sorted(
    {
        sentence
        for path in CORE.glob("*.py")
        if any(f"{name}(" in path.read_text(encoding="utf-8") for name in SAYING)
        for sentence in said_in(path.stem)
        if re.search("[a-z]", re.sub(r"\{[a-z]+\}", "", sentence))
    }
    | NAMES
)


def placeholders(sentence: str) -> list[str]:
    return sorted(set(re.findall(r"\{(.*?)\}", sentence)))


def test_the_sentences_are_found() -> None:
    assert len(EVERY) > 100
    assert "The ticket is yours." in EVERY


@for_each("sentence", EVERY)
def test_every_sentence_has_its_german_words(sentence: str) -> None:
    assert GERMAN.get(sentence, sentence.upper()) != sentence.upper() or sentence == "sms"


def test_german_has_no_sentence_that_is_never_said() -> None:
    assert set(GERMAN) - set(EVERY) == {"#{command}: {problem}"}


@for_each("sentence", GERMAN)
def test_german_and_english_have_the_same_placeholders_and_end(sentence: str) -> None:
    german = GERMAN[sentence]

    assert placeholders(german) == placeholders(sentence)
    assert (german[-1:] in {".", "?"}) == (sentence[-1:] in {".", "?"})
    assert not re.search(r"\b(?:du|dein\w*|dir|dich)\b", german, re.IGNORECASE)


def outside(node: ast.AST, *, is_said: bool = False) -> Iterator[ast.AST]:
    """Strings that nobody says, and that no call takes for something else than a mail."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    is_of_timeline = isinstance(node, ast.keyword) and node.arg == "text"
    if called(node) in NOT_IN_MAIL or is_of_timeline:
        return
    if isinstance(node, ast.Constant | ast.JoinedStr) and not is_said:
        yield node
    if isinstance(node, ast.JoinedStr):
        return
    mine = sentence_of(node)
    for child in ast.iter_child_nodes(node):
        yield from outside(child, is_said=is_said or child is mine)


@pytest.mark.parametrize("module", SPOKEN)
def test_no_sentence_is_said_in_english_only(module: str) -> None:
    found = (ast.unparse(node).strip("'") for node in outside(parsed(module)))
    texts = [text for text in found if ENGLISH.search(text) and " " in text and "|" not in text]

    assert set(texts) - NAMES - NO_WORDS == set()


# --- in another language ------------------------------------------------------------------------


def test_a_sentence_is_english_until_it_is_said_in_a_language() -> None:
    words = ignored("{agent} has it already.", agent="Bob {x}").words

    assert words == "Bob {x} has it already."
    assert in_language("de", words) == "Es ist Bob {x} schon zugewiesen."
    assert in_language("de_AT", words) == in_language("DE-ch", words) == in_language("de", words)
    assert said("de", "{agent} has it already.", agent="Bob") == "Es ist Bob schon zugewiesen."


@pytest.mark.parametrize("language", ["", "en", "en-GB", "fr", "../de"])
def test_what_a_language_does_not_have_is_said_in_english(language: str) -> None:
    words = say("The ticket is yours.")

    assert in_language(language, words) == in_language(language, str(words)) == words
    assert type(in_language(language, words)) is str


def test_a_sentence_in_a_sentence_is_said_in_the_same_language() -> None:
    needs = say(
        "#{command} needs {what}, such as #{command} {example}",
        command="cc",
        what=say("an address"),
        example="a@b.example",
    )
    german = "#cc braucht eine Adresse, zum Beispiel #cc a@b.example"

    assert in_language("de", whole(needs)) == f"{german}."
    assert in_language("de", plain(whole(needs), ", ")) == german
    assert in_language("de", str(needs)) == german


@pytest.mark.parametrize(
    ("stored", "german"),
    [
        ("its author is ambiguous", "ihr Verfasser ist nicht eindeutig"),
        (
            "a line of it looks like a command: #close",
            "eine Zeile sieht aus wie ein Befehl: #close",
        ),
        (
            '#time: "x" is no duration, write 20m, 1h30 or 1:30',
            '#time: "x" ist keine Dauer; schreiben Sie 20m, 1h30 oder 1:30',
        ),
        ("#snd is no command, did you mean #send?", "#snd ist kein Befehl; meinten Sie #send?"),
        ("Foo is no sentence of ours.", "Foo is no sentence of ours."),
        ("", ""),
    ],
)
def test_what_was_stored_in_english_is_found_by_its_words(stored: str, german: str) -> None:
    assert in_language("de", stored) == german
    assert in_language("en", stored) == stored


@for_each("sentence", [each for each in GERMAN if each != "{most} and {last}"])
def test_every_sentence_is_found_again_by_how_it_was_stored(sentence: str) -> None:
    values = {name: f"<{name.upper()}>" for name in placeholders(sentence)}
    english = say(sentence, **values)
    stored = str(plain(english, "; "))

    assert str(english) == sentence.format(**values)
    assert in_language("de", stored).rstrip(".") == in_language("de", english).rstrip(".")


@settings(max_examples=200, deadline=500)
@given(st.text(max_size=2_000))
def test_no_text_of_others_breaks_the_look_up(text: str) -> None:
    assert isinstance(in_language("de", text), str)


def test_what_is_longer_than_any_sentence_is_not_looked_up() -> None:
    text = f"a line of it looks like a command: {'#close' * 400}"

    assert in_language("de", text) == text
    assert in_language("de", text[:1_000]).startswith("eine Zeile")
