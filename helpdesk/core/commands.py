"""Commands that people write in the first lines of a mail.

What is read here are new words only, without quotation and signature. Whatever looks like a command
but cannot be told for sure is a problem or suspicious, never silently text: words that went to a
customer cannot be taken back. Every line is looked at a bounded number of times.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from helpdesk.core.arguments import (
    BadArgumentError,
    addresses_of,
    credits_of,
    minutes_of,
    moment_of,
    number_of,
    shown,
    status_of,
    tags_of,
    when_of,
)
from helpdesk.core.command_words import (
    IMPLIED,
    INNER_LABELS,
    LABEL_VERBS,
    PROGRAM_WORDS,
    WORDS,
    CustomerVerb,
    Verb,
    by_word,
)
from helpdesk.core.customer_commands import (
    CustomerLine,
    Fields,
    read_customer_command,
    read_fields,
)
from helpdesk.core.sentences import say
from helpdesk.core.written import (
    LABEL,
    LOOKED_AT,
    clipped,
    compatible,
    unwrapped,
    visible_line,
)

__all__ = [
    "BadArgumentError",
    "Commanded",
    "CustomerLine",
    "CustomerVerb",
    "Fields",
    "Line",
    "Verb",
    "addresses_of",
    "credits_of",
    "first_verb",
    "minutes_of",
    "moment_of",
    "number_of",
    "read_commands",
    "read_customer_command",
    "read_fields",
    "status_of",
    "tags_of",
]

MOST_LINES = 30
MOST_SUSPICIOUS = 10
MOST_GUESSES = 100
LONGEST_WORD = 30
SHORT = 4
CLOSE, CLOSE_IF_SHORT = 0.8, 0.75  # two letters exchanged, in a short word too
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A command as it was written; without a verb nobody knows which."""

    text: str
    """One line without invisible characters, at most 200 characters."""
    verb: Verb | None = None
    argument: str = ""
    problem: str = ""
    """Why it cannot be done, and the next step: one sentence, or empty."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """The new words of an agent's mail, with the commands told apart."""

    lines: tuple[Line, ...] = ()
    rest: str = ""
    suspicious: tuple[str, ...] = ()
    """Lines of the rest that look like commands, which were meant or were not."""

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(line.problem for line in self.lines if line.problem)


# --- "#word argument" ---------------------------------------------------------------------------

_VERB_OF = by_word(WORDS)
_ALL_WORDS = (*_VERB_OF, *IMPLIED)
_ATTEMPT = re.compile(r"([#＃﹟/／]{1,8}) ?([^\W\d_][\w-]*)")
_PUNCTUATION = re.compile(r"[.,;:!=…：！，。*`]+(?= |$)|[:=：](?!//)")
_NEXT = re.compile(r" (?=[#＃﹟] ?[^\W\d_])")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What begins like a command: a mark and a word."""

    mark: str
    is_spaced: bool
    word: str
    argument: str
    is_glued: bool
    """Something that is no punctuation follows the word at once, as in a path."""

    @property
    def verb(self) -> Verb | None:
        implied = IMPLIED.get(self.word)
        return implied[0] if implied else _VERB_OF.get(self.word)

    @property
    def is_path(self) -> bool:
        return self.mark == "/" and (self.is_glued or self.is_spaced)


def _attempt(text: str) -> _Attempt | None:
    found = _ATTEMPT.match(text)
    if found is None:
        return None
    tail = text[found.end() :]
    ending = _PUNCTUATION.match(tail)
    is_glued = bool(tail) and tail[0] != " " and ending is None
    word = unicodedata.normalize("NFKC", found[2][: 2 * LONGEST_WORD]).casefold()
    mark = unicodedata.normalize("NFKC", found[1])
    return _Attempt(
        mark="#" if mark == "#" else mark,
        is_spaced=" " in found[0],
        word=word,
        argument=(tail[ending.end() :] if ending else tail).strip(),
        is_glued=is_glued,
    )


@lru_cache(maxsize=1024)
def _guess(word: str) -> str:
    """The word of ours that was probably meant, or empty."""
    if len(word) > LONGEST_WORD:
        return ""
    letters = re.match(r"[^\W\d_]*", word)
    if letters and letters[0] != word and letters[0] in _VERB_OF:  # "#time20m"
        return letters[0] if word[letters.end()].isdigit() else ""
    cutoff = CLOSE if len(word) > SHORT else CLOSE_IF_SHORT
    found = difflib.get_close_matches(word, _ALL_WORDS, n=1, cutoff=cutoff) if len(word) > 1 else []
    return found[0] if found else ""


def _read_attempt(text: str) -> Line | None:
    """The command that a line or a part of it is; None if it is text."""
    attempt = _attempt(text)
    if attempt is None or attempt.is_path:
        return None
    if attempt.verb is None:
        problem = _why_unknown(attempt)
        return Line(clipped(text), problem=problem) if problem else None
    if len(attempt.mark) > 1:
        problem = say(
            "{name} is no command; did you mean #{guess}?",
            name=attempt.mark + attempt.word,
            guess=attempt.word,
        )
        return Line(clipped(text), problem=problem)
    if attempt.is_glued:
        problem = say(
            "{text} is no command; put a space behind #{command}",
            text=shown(text),
            command=attempt.word,
        )
        return Line(clipped(text), problem=problem)
    return _checked(text, attempt.verb, attempt.word, attempt.argument)


def _why_unknown(attempt: _Attempt) -> str:
    """What is wrong with a word that is none of ours; empty if it is text."""
    if attempt.word in PROGRAM_WORDS and attempt.mark == "#":
        return ""
    name = attempt.mark[0] + attempt.word[:LONGEST_WORD]
    if guess := _guess(attempt.word):
        return say("{name} is no command; did you mean #{guess}?", name=name, guess=guess)
    is_text = (
        attempt.mark != "#"  # a path, a heading
        or attempt.is_spaced  # a heading
        or attempt.is_glued
        or any(char.isdigit() for char in attempt.word)  # a number of a ticket, a color
    )
    if is_text:
        return ""
    return say("{name} is no command; write #help for the list of commands", name=name)


# --- arguments ----------------------------------------------------------------------------------

_NEEDS: Mapping[Verb, tuple[str, str]] = {
    Verb.ASSIGN: ("a name or an address", "bob@example.org"),
    Verb.STATUS: ("a status", "waiting"),
    Verb.PRIORITY: ("a priority", "high"),
    Verb.CATEGORY: ("a category", "billing"),
    Verb.TAG: ("a word", "vpn"),
    Verb.UNTAG: ("a word", "vpn"),
    Verb.TIME: ("a duration", "20m"),
    Verb.MERGE: ("a ticket", "TICK-1002"),
    Verb.LINK: ("a ticket", "TICK-1002"),
    Verb.CC: ("an address", "ana@example.org"),
    Verb.LICENSE: ("a key", "ACME-1234-5678"),
    Verb.SNOOZE: ("a time", "2d"),
}
_FREE = frozenset(
    {Verb.NOTE, Verb.SPLIT, Verb.HELP, Verb.FREE, Verb.HOLD, Verb.CREDIT, Verb.REFUND}
)
"""What may stand alone, or have something behind it."""
_AS_WRITTEN = frozenset({Verb.NOTE, Verb.SPLIT, Verb.CC, Verb.LICENSE, Verb.FREE, Verb.HOLD})
_CHECKS: Mapping[Verb, Callable[[str], object]] = {
    Verb.TAG: tags_of,
    Verb.UNTAG: tags_of,
    Verb.TIME: minutes_of,
    Verb.MERGE: number_of,
    Verb.LINK: number_of,
    Verb.CC: addresses_of,
    Verb.SNOOZE: when_of,
    Verb.CREDIT: credits_of,
    Verb.REFUND: credits_of,
}


def _checked(text: str, verb: Verb, word: str, written: str) -> Line:
    """A command with its argument, and what is wrong with that."""
    argument = written
    if verb not in _AS_WRITTEN:
        argument = compatible(written).rstrip(" .,;!")
    if word in IMPLIED and not argument:
        argument = IMPLIED[word][1]
    elif word in IMPLIED or (argument and verb not in _FREE and verb not in _NEEDS):
        problem = say("#{command} stands alone; put your words on the next line", command=word)
        return Line(clipped(text), verb, argument, problem)
    return Line(clipped(text), verb, argument, _wrong_with(verb, argument))


def _wrong_with(verb: Verb, argument: str) -> str:
    if verb in _NEEDS and not argument:
        what, example = _NEEDS[verb]
        return say(
            "#{command} needs {what}, such as #{command} {example}",
            command=verb.value,
            what=say(what),
            example=example,
        )
    check = _CHECKS.get(verb)
    if check is not None:
        try:
            check(argument)
        except BadArgumentError as error:
            return say("#{command}: {problem}", command=verb.value, problem=error.sentence)
    return ""


# --- "Word: value" ------------------------------------------------------------------------------

_MOST_WORDS = {Verb.PRIORITY: 2, Verb.CATEGORY: 3, Verb.ASSIGN: 3, Verb.TAG: 4}
_UNCLEAR_WORDS = 2
_TIME_OF_DAY = re.compile(r"\d{1,2}[:.]\d{2}.*")
_LABEL_VERB_OF = {
    word: verb for word, verb in _VERB_OF.items() if verb in LABEL_VERBS
} | dict.fromkeys(INNER_LABELS, Verb.NOTE)
_LABEL_WORDS = tuple(word for word in _LABEL_VERB_OF if len(word) >= SHORT)


def _read_label(text: str) -> Line | None:
    """The command that a line "Word: value" is; None if it is text."""
    found = LABEL.fullmatch(text)
    if found is None:
        return None
    label = compatible(found[1]).casefold()
    argument = (found[2] or found[3] or "").strip()
    verb = _LABEL_VERB_OF.get(label)
    if verb is None:
        return _mistyped_label(text, label, argument)
    if verb is Verb.NOTE:
        name = label.capitalize()
        problem = say(
            '"{name}:" may begin a sentence or a note; write #note for an internal note,'
            " or begin your answer with another word",
            name=name,
        )
        return Line(clipped(text), problem=problem)
    line = _checked(text, verb, label, argument)
    if verb is Verb.STATUS:
        line = replace(line, problem=_no_status(line.argument))
    if line.problem or not _is_plausible(verb, line.argument):
        return _unclear_label(line, verb, argument)
    return line


def _no_status(argument: str) -> str:
    """A sentence may begin with "Status:"; behind #status a desk may have words of its own."""
    try:
        status_of(argument)
    except BadArgumentError as error:
        return say("#{command}: {problem}", command="status", problem=error.sentence)
    return ""


def _is_plausible(verb: Verb, argument: str) -> bool:
    if argument.endswith("?") or (verb is Verb.TIME and _TIME_OF_DAY.fullmatch(argument)):
        return False
    return len(argument.split()) <= _MOST_WORDS.get(verb, LONGEST_LABEL)


def _unclear_label(line: Line, verb: Verb, argument: str) -> Line | None:
    """Many words are a sentence; of a few nobody knows whether they were meant for the customer."""
    is_typed_badly = verb is Verb.CC and "@" in argument
    if "://" in argument or (len(argument.split()) > _UNCLEAR_WORDS and not is_typed_badly):
        return None
    problem = line.problem or say(
        "{text} may be a command or text; write #{command} for the command,"
        " or put another line above it",
        text=shown(line.text),
        command=verb.value,
    )
    return Line(line.text, verb, line.argument, problem)


def _mistyped_label(text: str, label: str, argument: str) -> Line | None:
    if not SHORT <= len(label) <= LONGEST_WORD or not argument:
        return None
    found = difflib.get_close_matches(label, _LABEL_WORDS, n=1, cutoff=CLOSE)
    verb = _LABEL_VERB_OF[found[0]] if found else None
    if verb is None or (verb is not Verb.NOTE and _checked(text, verb, label, argument).problem):
        return None
    if not _is_plausible(verb, argument):
        return None
    name = label.capitalize()
    problem = say("{name}: is no command; did you mean #{guess}?", name=name, guess=found[0])
    return Line(clipped(text), problem=problem)


# --- an agent's mail ----------------------------------------------------------------------------


def read_commands(said: str) -> Commanded:
    """The commands in the first lines of an agent's new words, and the words below them.

    Every line that is not blank is in `lines` or in `rest`. With more than MOST_LINES commands the
    last line is a problem, and those beyond stay in the rest.
    """
    raw = said.splitlines(keepends=True)
    lines: list[Line] = []
    end = 0
    for written in raw:
        visible = visible_line(written)
        found = _read_line(visible) if visible else []
        if visible and not found:
            break
        if len(lines) + len(found) > MOST_LINES:
            lines.append(Line("…", problem=_TOO_MANY))
            break
        lines += found
        end += 1
    rest = "".join(raw[end:]).strip("\r\n") if lines else said
    return Commanded(tuple(lines), rest, _suspicious(rest, is_all=not lines))


_TOO_MANY = say("more than {most} commands; send the others in another mail", most=MOST_LINES)


def _read_line(visible: str) -> list[Line]:
    """The commands of a line; none if it is text."""
    inner = unwrapped(visible)
    parts = _parts(inner)
    first = _read_attempt(parts[0])
    if first is None:
        label = _read_label(inner) or _read_label(visible)
        return [label] if label else []
    following = [
        _read_attempt(part) or Line(clipped(part), problem=_not_a_command(part))
        for part in parts[1:]
    ]
    return [first, *following]


def _not_a_command(part: str) -> str:
    return say("{text} is no command; write it on the next line", text=shown(part))


def _parts(inner: str) -> list[str]:
    """The commands of one line: "#resolve #tag vpn"; a note takes all that follows it."""
    if inner[:1] not in {"#", "＃", "﹟"}:
        return [inner]
    pieces = _NEXT.split(inner, MOST_LINES + 1)
    parts: list[str] = []
    last: _Attempt | None = None
    for piece in pieces:
        attempt = _attempt(piece)
        if last is not None and attempt is not None and _belongs(last, attempt):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
            last = attempt
    return parts


def _belongs(last: _Attempt, attempt: _Attempt) -> bool:
    """Whether what looks like a command belongs to the one before it."""
    if last.verb is Verb.NOTE:
        return bool(last.argument)
    is_tag = attempt.verb is None and not _guess(attempt.word)
    return is_tag and last.verb in {Verb.TAG, Verb.UNTAG}


_MARKED = re.compile(r"[^\w#＃﹟/／]{0,20}(?=[#＃﹟/／])")
_TELLING = re.compile("[#＃﹟/／:：]")
_LAST_WORD = re.compile(r".*\s[#＃﹟] ?([^\W\d_]{2,30})\W*")
_VERBS = frozenset(verb.value for verb in Verb)


_FIRST_WORD = re.compile(r"([^\w\s]*) ?([^\W\d_]+(?: [^\W\d_]+)?)([^\w\s]*)")
_OTHER_MARK = re.compile(r"[!@%&~.\\$§^]{1,3}([^\W\d_]+)")
_NOTE_WORDS = frozenset(word for word, verb in _VERB_OF.items() if verb is Verb.NOTE)


def _may_be_note(rest: str) -> str:
    """The first line if it is "note" without its mark, or with another one: what stands below was
    meant for nobody else, and cannot be taken back."""
    visible = (visible_line(written[:LOOKED_AT]) for written in rest.splitlines())
    first = next((line for line in visible if any(map(str.isalnum, line))), "")
    alone, marked = _FIRST_WORD.fullmatch(first), _OTHER_MARK.match(first)
    words = (alone[2] if alone else "", marked[1] if marked else "")
    is_note = any(compatible(w).casefold() in _NOTE_WORDS | INNER_LABELS for w in words if w)
    return first if is_note else ""


def _suspicious(rest: str, *, is_all: bool) -> tuple[str, ...]:
    """Lines that look like a command that was not read as one."""
    word = compatible(visible_line(rest)).casefold().rstrip(".!") if len(rest) < LOOKED_AT else ""
    if is_all and word in _VERBS:
        return (clipped(visible_line(rest)),)
    note = _may_be_note(rest)
    if note:
        return (clipped(note),)
    found: list[str] = []
    guesses = MOST_GUESSES
    for written in rest.splitlines():
        if not _TELLING.search(written, 0, LOOKED_AT):
            continue
        visible = visible_line(written[:LOOKED_AT])
        guesses -= "#" in visible or "＃" in visible
        if _looks_like_command(visible, may_guess=guesses > 0):
            found.append(clipped(visible))
            if len(found) == MOST_SUSPICIOUS:
                break
    return tuple(found)


def _looks_like_command(visible: str, *, may_guess: bool) -> bool:
    mark = _MARKED.match(visible)
    attempt = _attempt(visible[mark.end() :]) if mark else None
    if attempt is not None and not attempt.is_path:
        if attempt.verb is not None:
            return True
        is_hashed = attempt.mark == "#" and not attempt.is_spaced
        if is_hashed and may_guess and attempt.word not in PROGRAM_WORDS and _guess(attempt.word):
            return True
    last = _LAST_WORD.fullmatch(visible)
    if last is not None and last[1].casefold() in _VERB_OF:
        return True
    return _is_suspicious_label(visible)


def _is_suspicious_label(visible: str) -> bool:
    found = LABEL.fullmatch(unwrapped(visible))
    if found is None:
        return False
    label = compatible(found[1]).casefold()
    if label in INNER_LABELS:
        return True
    verb = _LABEL_VERB_OF.get(label)
    return verb is Verb.STATUS and not _no_status((found[2] or found[3] or "").strip())


def first_verb(said: str) -> Verb | None:
    """The verb that the first line is and nothing else, with or without a mark: for replies to our
    question what to do with an answer that waits."""
    first = next((line for line in map(visible_line, said.splitlines()) if line), "")
    word = compatible(unwrapped(first)).casefold().rstrip(".!:")
    return _VERB_OF.get(re.sub(r"^[#/] ?", "", word))
