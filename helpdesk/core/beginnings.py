"""With which letters a text begins that one of our long patterns can match.

To try hundreds of phrases in each line takes time; to look at its first letters takes hardly any.
"""

import re
from collections.abc import Iterable, Iterator

LETTERS = 4
_FEW = 2  # letters, by which those are found that are worth comparing
_Beginning = tuple[str, bool]
"""Letters, and whether anything may follow them."""
_EMPTY: frozenset[_Beginning] = frozenset({("", False)})
_ANYTHING: frozenset[_Beginning] = frozenset({("", True)})
_QUANTIFIER = re.compile(r"(?:[?*+]|\{(\d+),?(\d*)\})[?+]?")
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]")
_WORD = re.compile(r"(?:[^\W_]| )+(?![?*+{])")
_SKIPPED = re.compile(r"[^\\()\[|]+|\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|[()|]")
_FIRST = re.compile(r"[\W_]*+([^\W_])" + r"[\W_]*+([^\W_]?)" * (LETTERS - 1))


def first_letters(text: str) -> str:
    """Its first letters and digits, LETTERS at most, whatever stands between them."""
    first = text[:LETTERS]
    if len(first) == LETTERS and first.isalnum():
        return first
    found = _FIRST.match(text)
    return "".join(found.groups()) if found else ""


class Beginnings:
    """The first letters and digits, LETTERS at most, of all that a pattern matches. It knows less
    of patterns than `re` does, and what it does not know may be anything."""

    def __init__(self, pattern: str, within: tuple[str, ...] = ()) -> None:
        """Of an alternative that may begin with anything, one of the words `within` is a part."""
        self._pattern = pattern
        self._at = 0
        found = {text for text, _ in self._alternatives()}
        self.all = frozenset(found - {""} if within else found)
        self.within = within
        self._within_ascii = tuple(word for word in within if word.isascii())
        self._short = tuple(text for text in self.all if len(text) < _FEW)
        self._by_few: dict[str, tuple[str, ...]] = {}
        for text in self.all.difference(self._short):
            known = self._by_few.get(text[:_FEW], self._short)
            self._by_few[text[:_FEW]] = (*known, text)

    def may_match(self, text: str) -> bool:
        """Whether the pattern can match where a text begins, whatever signs stand there."""
        return self.may_begin(first_letters(text)) or self.may_be_within(text)

    def may_begin(self, first: str) -> bool:
        """The same for who knows the first letters, but not what is within."""
        return first.startswith(self._by_few.get(first[:_FEW], self._short))

    def may_be_within(self, text: str) -> bool:
        words = self._within_ascii if text.isascii() else self.within
        for word in words:  # noqa: SIM110 -- `any` takes twice the time
            if word in text:
                return True
        return False

    def _alternatives(self) -> frozenset[_Beginning]:
        found: set[_Beginning] = set()
        while True:
            found |= self._sequence()
            if self._pattern[self._at : self._at + 1] != "|":
                return frozenset(found)
            self._at += 1

    def _sequence(self) -> frozenset[_Beginning]:
        found = _EMPTY
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            if all(is_open for _, is_open in found):
                self._skip()
            elif word := _WORD.match(self._pattern, self._at):
                self._at = word.end()
                found = frozenset(_joined(found, {(word[0].replace(" ", ""), False)}))
            else:
                found = frozenset(_joined(found, self._quantified(self._atom())))
        return found

    def _skip(self) -> None:
        """To the end of the alternative; what stands there does not matter."""
        depth = 0
        while match := _SKIPPED.match(self._pattern, self._at):
            depth += (match[0] == "(") - (match[0] == ")")
            if depth < 0 or (depth == 0 and match[0] == "|"):
                return
            self._at = match.end()

    def _atom(self) -> frozenset[_Beginning]:
        char = self._pattern[self._at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        self._at += 1
        if char == "\\":
            char = self._pattern[self._at]
            self._at += 1
            return _ANYTHING if char in "wSdD" else _EMPTY
        if char == ".":
            return _ANYTHING
        return frozenset({(char, False)}) if char.isalnum() else _EMPTY

    def _group(self) -> frozenset[_Beginning]:
        self._at += 1
        looks_around = False
        if self._pattern.startswith("?", self._at):
            looks_around = not self._pattern.startswith("?:", self._at)
            self._at += 2 + self._pattern.startswith("<", self._at + 1)
        found = self._alternatives()
        self._at += 1
        return _EMPTY if looks_around else found

    def _class(self) -> frozenset[_Beginning]:
        match = _CLASS.match(self._pattern, self._at)
        if match is None:
            raise ValueError(f"no class of characters at {self._at}")
        self._at = match.end()
        chars = match[0][1:-1].replace(r"\W", "").replace(r"\s", "")
        if chars.startswith("^") or "\\" in chars or "-" in chars.strip("-"):
            return _ANYTHING
        return frozenset((char if char.isalnum() else "", False) for char in chars) or _EMPTY

    def _quantified(self, atom: frozenset[_Beginning]) -> frozenset[_Beginning]:
        match = _QUANTIFIER.match(self._pattern, self._at)
        if match is None:
            return atom
        self._at = match.end()
        least, most = _bounds(match)
        found = atom if most == 1 else frozenset((text, bool(text) or o) for text, o in atom)
        return found | _EMPTY if least == 0 else found


def _bounds(match: re.Match[str]) -> tuple[int, int]:
    if match[1] is None:
        return (1, 2) if match[0][0] == "+" else (0, 1 if match[0][0] == "?" else 2)
    return int(match[1]), int(match[2] or match[1])


def _joined(first: Iterable[_Beginning], second: Iterable[_Beginning]) -> Iterator[_Beginning]:
    for text, is_open in first:
        if is_open or len(text) >= LETTERS:
            yield text, True
            continue
        for more, is_more_open in second:
            both = (text + more)[:LETTERS]
            yield both, is_more_open or len(both) == LETTERS
