"""What the operator wants to be done with new tickets by themselves: conditions and effects.

Mail is hostile: of a text only the beginning is looked at, and each look is linear in it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from helpdesk.core.address import domain_of, lookup_key
from helpdesk.core.decision import Step
from helpdesk.core.mail import Message
from helpdesk.core.vocabulary import fold

LONGEST_WORDS = 100_000
"""Characters of the new words that are looked at."""
LONGEST_SUBJECT = 1_000
LONGEST_FIELD = 1_000
MOST_FIELDS = 10
"""Header fields of one name that are looked at."""

_Holds = Callable[[str], bool]

_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that set no spaces between words: there every character is a word to us."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class HeaderCondition:
    """A header field that has what the regular expression looks for, in any case of letters.

    The expression must be one whose repetitions have bounds (helpdesk.config.values.Regex).
    """

    name: str
    """Lower case."""
    regex: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that are given must hold; each holds if one of its alternatives does."""

    desks: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    """`ana@example.com`, `@example.com` (that domain), or `*.example.com` (those below it)."""
    words: tuple[str, ...] = ()
    """Whole words or phrases in the subject or the new words."""
    subject: tuple[str, ...] = ()
    """Whole words or phrases in the subject."""
    providers: tuple[str, ...] = ()
    """Of a license key in the mail."""
    products: tuple[str, ...] = ()
    """Of a license that is named in the mail."""
    headers: tuple[HeaderCondition, ...] = ()
    has_attachment: bool | None = None
    priorities: tuple[str, ...] = ()
    """That the ticket has by now, maybe by an earlier rule."""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effects:
    """What is to be done; what is empty is left as it is."""

    priority: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    assignee: str = ""
    """Name or address of an agent."""
    team: str = ""
    """Whose next agent gets the ticket."""
    service_level: str = ""
    free: bool = False
    """Nobody needs a right to support for it."""
    third_party: str = ""
    """Name of the product of another maker that it is about."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Conditions = Conditions()
    then: Effects = Effects()
    stop: bool = False
    """After this one, if it holds, no further rule is looked at."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at."""

    desk: str
    sender: str = ""
    """Address; whether it is proved is for others to judge."""
    subject: str = ""
    words: str = ""
    """The new words of the mail."""
    fields: tuple[tuple[str, str], ...] = ()
    """Header fields: name in lower case, value."""
    providers: frozenset[str] = frozenset()
    has_attachment: bool = False
    priority: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """What all rules together want, and which of them wanted what."""

    then: Effects = Effects()
    evidence: tuple[Step, ...] = ()


def facts_of(message: Message, desk: str, *, priority: str = "", category: str = "") -> Facts:
    """What of a mail that opens a ticket is looked at; what it quotes is not."""
    author = message.author
    return Facts(
        desk=desk,
        sender=message.clean_author or (author.address if author else ""),
        subject=message.subject,
        words=message.words.new,
        fields=message.fields,
        providers=frozenset(key.provider for key in message.keys if not key.quoted),
        has_attachment=any(not file.is_folded for file in message.attachments),
        priority=priority,
        category=category,
    )


def apply_rules(rules: Sequence[Rule], facts: Facts, product: str = "") -> RuleEffects:
    """What the rules do, in their order: what one has set, a later one leaves; tags add up.

    With the `product` of a license, which is known only after all that, it is what those rules do
    that name a product, where the others did not come first.
    """
    if not rules:
        return RuleEffects()
    look = _Look(facts, _folded(product))
    for rule in rules:
        held = look.why(rule.when)
        if held is None:
            continue
        look.take(rule, held)
        if rule.stop:
            break
    return RuleEffects(Effects(**look.done), tuple(look.evidence))


def _in_words(text: str, most: int) -> str:
    """The first characters of a text as words between spaces: in it only whole words are found."""
    plain = unicodedata.normalize("NFKC", text[:most].translate(_INVISIBLE)).casefold()[:most]
    return f" {' '.join(_WORD.findall(plain))} "


@lru_cache(maxsize=4096)
def _phrase(text: str) -> str:
    """Of a rule, not of a mail: there are only so many."""
    return _in_words(text, LONGEST_SUBJECT)


def has_words(text: str) -> bool:
    """Whether there is anything in it that could be found."""
    return any(char.isalnum() for char in text)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


class _Look:
    """One mail under all rules; its texts are prepared once."""

    def __init__(self, facts: Facts, product: str) -> None:
        self._facts = facts
        self._product = product
        self._subject = _in_words(facts.subject, LONGEST_SUBJECT)
        self._words = _in_words(facts.words, LONGEST_WORDS)
        self._sender = lookup_key(facts.sender)
        self._domain = domain_of(facts.sender)
        self._by: dict[str, str] = {}
        self.done: dict[str, Any] = {}
        self.evidence: list[Step] = []

    # Conditions

    def why(self, when: Conditions) -> str | None:
        """What made them hold, in words; None if one does not."""
        found: list[str] = []
        for name, given, holds in self._asked(when):
            met = next((each for each in given if holds(each)), None)
            if met is None:
                return None
            found.append(f"{name} {met}")
        if when.has_attachment is not None:
            if when.has_attachment is not self._facts.has_attachment:
                return None
            found.append("has an attachment" if when.has_attachment else "has no attachment")
        return ", ".join(found) or "for every mail"

    def _asked(self, when: Conditions) -> Iterator[tuple[str, tuple[str, ...], _Holds]]:
        """The cheap ones first."""
        facts = self._facts
        asked: tuple[tuple[str, tuple[str, ...], _Holds], ...] = (
            ("desk", when.desks, facts.desk.__eq__),
            ("priority", when.priorities, self._current("priority").__eq__),
            ("category", when.categories, self._is_category),
            ("sender", when.senders, self._is_sender),
            ("provider", when.providers, facts.providers.__contains__),
            ("product", when.products, lambda each: _folded(each) == self._product),
            ("subject", when.subject, lambda each: _phrase(each) in self._subject),
            (
                "word",
                when.words,
                lambda each: _phrase(each) in self._subject or _phrase(each) in self._words,
            ),
        )
        yield from (each for each in asked if each[1])
        if when.headers:
            yield "header", tuple(each.name for each in when.headers if self._has(each)), bool

    def _current(self, kind: str) -> str:
        return str(self.done.get(kind) or getattr(self._facts, kind))

    def _is_category(self, name: str) -> bool:
        return fold(name) == fold(self._current("category"))

    def _is_sender(self, pattern: str) -> bool:
        if pattern.startswith("@"):
            return self._domain == pattern[1:].lower()
        if pattern.startswith("*."):
            return self._domain.endswith(pattern[1:].lower())
        return self._sender == lookup_key(pattern)

    def _has(self, condition: HeaderCondition) -> bool:
        values = (value for name, value in self._facts.fields if name == condition.name)
        search = _compiled(condition.regex).search
        return any(search(value[:LONGEST_FIELD]) for value in islice(values, MOST_FIELDS))

    # Effects

    def take(self, rule: Rule, held: str) -> None:
        # The others have done it already.
        counts = not self._product or bool(rule.when.products)
        did, left = [], []
        for kind in ("priority", "category", "assignee", "team", "service_level"):
            wanted = getattr(rule.then, kind)
            # Who gets the ticket is one question, whether a rule names an agent or a team.
            question = "owner" if kind in {"assignee", "team"} else kind
            if not wanted:
                continue
            if before := self._by.get(question):
                left.append(f"{kind} {wanted}: {before} came first")
                continue
            self._by[question] = rule.name
            if not counts:
                continue
            self.done[kind] = wanted
            did.append(f"{kind.replace('_', ' ')} {wanted}")
        if counts:
            did += self._take_right(rule, left)
        if rule.then.tags and counts:
            known = self.done.get("tags", ())
            self.done["tags"] = tuple(dict.fromkeys((*known, *rule.then.tags)))
            did.append(f"tags {', '.join(rule.then.tags)}")
        if not counts:
            return
        did += ["no further rules"] * rule.stop
        outcome = f"{rule.name}: {', '.join(did) or 'nothing'}"
        self.evidence.append(Step("rule", outcome, "; ".join([held, *left])))

    def _take_right(self, rule: Rule, left: list[str]) -> list[str]:
        """Free, or about somebody else's product: one answer to the question who pays."""
        wanted = {"free": rule.then.free, "third_party": rule.then.third_party}
        kind = next((name for name, value in wanted.items() if value), "")
        words = f"{kind.replace('_', ' ')} {rule.then.third_party}".strip()
        if kind and (before := self._by.get("right")):
            left.append(f"{words}: {before} came first")
        elif kind:
            self._by["right"] = rule.name
            self.done[kind] = wanted[kind]
            return [words]
        return []


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.IGNORECASE)
