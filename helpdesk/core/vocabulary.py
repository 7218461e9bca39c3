"""The words of a desk: priorities, categories and statuses, how they are shown and read.

A name (`in_progress`) is what is stored; a label ("In Progress") is what people see, in a language.
"""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from helpdesk.core.address import display_name
from helpdesk.core.sentences import Sentence, said, say
from helpdesk.core.ticket import Status

PRIORITIES = ("low", "normal", "high", "critical")
"""Lowest first."""
CATEGORIES = ("technical", "billing", "license", "general")
STATUSES = tuple(status.value for status in Status)
COLORS = ("blue", "yellow", "orange", "green", "gray")

LONGEST_READ = 200
"""Characters of a text that are looked at; no name or label is that long."""

Labels = Mapping[str, Mapping[str, str]]
"""By language, then by name."""

_PRIORITY_LABELS: Labels = {
    "en": {"low": "Low", "normal": "Normal", "high": "High", "critical": "Critical"},
    "de": {"low": "Niedrig", "normal": "Normal", "high": "Hoch", "critical": "Kritisch"},
}
_CATEGORY_LABELS: Labels = {
    "en": {
        "technical": "Technical",
        "billing": "Billing",
        "license": "License",
        "general": "General",
    },
    "de": {
        "technical": "Technik",
        "billing": "Abrechnung",
        "license": "Lizenz",
        "general": "Allgemein",
    },
}
_STATUS_LABELS: Labels = {
    "en": {
        "open": "Open",
        "in_progress": "In Progress",
        "waiting": "Waiting for You",
        "resolved": "Resolved",
        "closed": "Closed",
    },
    "de": {
        "open": "Offen",
        "in_progress": "In Bearbeitung",
        "waiting": "Wartet auf Sie",
        "resolved": "Gelöst",
        "closed": "Geschlossen",
    },
}
# "You" is the customer; an agent who reads it would take it for himself.
_TO_AGENTS: Labels = {
    "en": {"waiting": "Waiting for Customer"},
    "de": {"waiting": "Wartet auf Kunden"},
}

_STATUS_COLORS = dict(zip(STATUSES, COLORS, strict=True))

# What else people write; alternatives stand in one string, separated by `|`.
_PRIORITY_ALIASES = {
    "low": "minor|lowest|p4|gering|klein|sehr niedrig",
    "normal": "medium|moderate|default|standard|p3|mittel|mittlere|üblich",
    "high": "major|important|higher|p2|wichtig|höher",
    "critical": (
        "urgent|very urgent|emergency|blocker|highest|very high|p1|dringend|sehr dringend|"
        "notfall|sehr hoch|eilig|sehr wichtig"
    ),
}
_CATEGORY_ALIASES = {
    "technical": "tech|technical support|technical issue|bug|error|technisch|technisches|fehler",
    "billing": "bill|invoice|invoices|payment|payments|rechnung|rechnungen|zahlung|zahlungen",
    "license": "licence|licenses|licences|licensing|licencing|lizenzen|lizenzierung",
    "general": "other|misc|general question|sonstiges|allgemeines|allgemeine frage|anderes",
}
_STATUS_ALIASES = {
    "open": "new|reopened|offene|neu|unbearbeitet|wieder offen",
    "in_progress": "progress|active|started|working|wip|in work|in arbeit|begonnen|in bearbeitung",
    "waiting": (
        "pending|awaiting|waiting for you|waiting for customer|waiting on customer|"
        "waiting for reply|waiting for answer|awaiting reply|pending customer|wartend|wartet|"
        "warten|warten auf kunden|wartet auf kunden|warten auf kunde|wartet auf kunde|"
        "wartet auf antwort|warten auf antwort|rückfrage"
    ),
    "resolved": "solved|resolve|solve|done|fixed|finished|gelöst|erledigt|behoben|fertig",
    "closed": "close|geschlossen|abgeschlossen|schließen|zu",
}


_WITHOUT_DOTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe"})
"""As people write German words on a keyboard that has no such letters."""


def fold(text: str) -> str:
    """What two texts have in common that people take for the same word: neither case, spaces,
    punctuation nor width count. Empty if nothing is left."""
    return _folded(text[:LONGEST_READ])


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """Every desk has the same few hundred words."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in normal if unicodedata.category(char)[0] in "LMN")


def higher(priority: str) -> str | None:
    """One step up; None above the highest."""
    place = PRIORITIES.index(priority) + 1 if priority in PRIORITIES else len(PRIORITIES)
    return PRIORITIES[place] if place < len(PRIORITIES) else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one desk calls things."""

    categories: tuple[str, ...] = CATEGORIES
    default_category: str = "general"
    default_priority: str = "normal"
    priority_names: Labels = field(default_factory=dict, hash=False)
    """The operator's own labels, as those below; the built-in ones stand in for the rest."""
    category_names: Labels = field(default_factory=dict, hash=False)
    status_names: Labels = field(default_factory=dict, hash=False)
    status_colors: Mapping[str, str] = field(default_factory=dict, hash=False)
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What people of this desk write besides, and the name, label or alias that they mean."""
    _priorities: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _categories: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _statuses: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.default_category not in self.categories:
            raise ValueError(f"the default category {self.default_category} is none of them")
        if self.default_priority not in PRIORITIES:
            raise ValueError(f"the default priority {self.default_priority} is none of them")
        read = {
            "_priorities": (PRIORITIES, self.priority_names, _PRIORITY_LABELS, _PRIORITY_ALIASES),
            "_categories": (
                self.categories,
                self.category_names,
                _CATEGORY_LABELS,
                _CATEGORY_ALIASES,
            ),
            "_statuses": (STATUSES, self.status_names, _STATUS_LABELS, _STATUS_ALIASES),
        }
        for slot, (names, own, built_in, others) in read.items():
            ours = _readable(names, [*_entries(built_in), *_spoken(others)])
            theirs = _readable(names, [*((name, name) for name in names), *_entries(own)])
            every = ours | theirs
            aliases = {fold(a): every[fold(m)] for a, m in self.aliases.items() if fold(m) in every}
            # An operator who calls high "Urgent" means it, whatever we take that word for.
            object.__setattr__(self, slot, ours | aliases | theirs)

    # Shown

    def priority_label(self, name: str, language: str) -> str:
        return _label(name, language, self.priority_names, _PRIORITY_LABELS)

    def category_label(self, name: str, language: str) -> str:
        return _label(name, language, self.category_names, _CATEGORY_LABELS)

    def status_label(self, status: Status, language: str, *, to_agent: bool = False) -> str:
        """As the customer sees it. To an agent we say who the "you" of a customer is, unless the
        operator has a word of his own."""
        built_in = _TO_AGENTS if to_agent and status is Status.WAITING else _STATUS_LABELS
        return _label(status.value, language, self.status_names, built_in)

    def own_labels(
        self, status: Status, priority: str, category: str, language: str
    ) -> dict[str, str]:
        """Where the operator has a word of his own for a reader of the language; else empty."""
        asked = {
            "status": (status.value, self.status_names, _STATUS_LABELS),
            "priority": (priority, self.priority_names, _PRIORITY_LABELS),
            "category": (category, self.category_names, _CATEGORY_LABELS),
        }
        found = {}
        for kind, (name, own, built_in) in asked.items():
            label = _label(name, language, own, built_in)
            found[kind] = "" if label == _label(name, language, {}, built_in) else label
        return found

    def status_color(self, status: Status) -> str:
        return self.status_colors.get(status.value, _STATUS_COLORS[status.value])

    # Read

    def priority_of(self, text: str) -> str | None:
        return self._priorities.get(fold(text))

    def category_of(self, text: str) -> str | None:
        return self._categories.get(fold(text))

    def status_of(self, text: str) -> Status | None:
        name = self._statuses.get(fold(text))
        return None if name is None else Status(name)

    # What to tell somebody whose word is none of ours

    def no_priority(self, text: str) -> Sentence:
        every = _Every(PRIORITIES, self.priority_label)
        return _unknown(say("no priority"), text, every, self._priorities)

    def no_category(self, text: str) -> Sentence:
        every = _Every(self.categories, self.category_label)
        return _unknown(say("no category"), text, every, self._categories)

    def no_status(self, text: str) -> Sentence:
        every = _Every(STATUSES, self._status_to_agent)
        return _unknown(say("no status"), text, every, self._statuses)

    def _status_to_agent(self, name: str, language: str) -> str:
        return self.status_label(Status(name), language, to_agent=True)


@dataclass(frozen=True, slots=True)
class _Every:
    """All words of one kind, in any language."""

    names: tuple[str, ...]
    label: Callable[[str, str], str]

    def __call__(self, language: str) -> str:
        *most, last = (self.label(name, language) for name in self.names)
        if not most:
            return last
        return said(language, "{most} and {last}", most=", ".join(most), last=last)


def _entries(labels: Labels) -> Iterator[tuple[str, str]]:
    for of_language in labels.values():
        yield from of_language.items()


def _spoken(others: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, texts in others.items():
        yield from ((name, text) for text in texts.split("|"))


def _readable(names: Iterable[str], entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The name for each folded text, as far as this desk has it; the first meaning counts."""
    listed = {fold(name): name for name in names}
    known: dict[str, str] = {}
    for name, text in entries:
        for written in (text, text.translate(_WITHOUT_DOTS)):
            if fold(written) and fold(name) in listed:
                known.setdefault(fold(written), listed[fold(name)])
    return known


def _label(name: str, language: str, own: Labels, built_in: Labels) -> str:
    """In that language, else in its language without region, else in English, else the name."""
    for code in dict.fromkeys((language, language.partition("-")[0], "en")):
        for labels in (own, built_in):
            if label := labels.get(code, {}).get(name):
                return label
    plain = name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _unknown(what: Sentence, text: str, every: _Every, known: Mapping[str, str]) -> Sentence:
    """One line: what is wrong, what was probably meant, and what there is."""
    word = display_name(text)[:40].rstrip()
    if not word:
        return say("there is {what} without a word; there are {names}", what=what, names=every)
    near = difflib.get_close_matches(fold(word), known, 1, cutoff=0.7)
    if near:
        return say(
            '"{word}" is {what}; did you mean {meant}? There are {names}',
            word=word,
            what=what,
            meant=partial(every.label, known[near[0]]),
            names=every,
        )
    return say('"{word}" is {what}; there are {names}', word=word, what=what, names=every)


USUAL = Vocabulary()
"""Of a desk whose operator changed nothing."""
