"""The words by which people call commands in a mail. One line for each verb; order does not matter.

Words are compared in lower case, and umlauts may be written as `ue`, `oe`, `ae` or without dots.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar


class Verb(StrEnum):
    """What an agent may ask for in the first lines of a mail."""

    TAKE = "take"
    ASSIGN = "assign"
    STATUS = "status"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    PRIORITY = "priority"
    CATEGORY = "category"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"
    TIME = "time"
    MERGE = "merge"
    SPLIT = "split"
    LINK = "link"
    CC = "cc"
    LICENSE = "license"
    SNOOZE = "snooze"
    FREE = "free"
    HOLD = "hold"
    CREDIT = "credit"
    REFUND = "refund"
    SEND = "send"
    DROP = "drop"
    HELP = "help"


class CustomerVerb(StrEnum):
    """What a customer may ask for in the first line of a mail, or in its subject."""

    TICKETS = "tickets"
    TEST = "test"
    CLOSE = "close"
    REOPEN = "reopen"
    RAISE = "raise"
    NOTIFY = "notify"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    HELP = "help"


WORDS: Mapping[Verb, str] = {
    Verb.TAKE: "take taken mine me claim own übernehmen übernehme übernommen nehmen meins",
    Verb.ASSIGN: "assign assigned assignee assignto owner zuweisen zugewiesen bearbeiter",
    Verb.STATUS: "status state zustand",
    Verb.RESOLVE: "resolve resolved solve solved done fixed erledigt gelöst lösen behoben fertig",
    Verb.CLOSE: "close closed schließen geschlossen abschließen abgeschlossen zumachen",
    Verb.REOPEN: "reopen reopened open öffnen wiederöffnen wiedereröffnen offen",
    Verb.PRIORITY: "priority prio priorität dringlichkeit",
    Verb.CATEGORY: "category kategorie",
    Verb.TAG: "tag tags label labels addtag etikett stichwort schlagwort",
    Verb.UNTAG: "untag unlabel removetag deltag",
    Verb.NOTE: "note notes comment internal private notiz notizen intern kommentar anmerkung",
    Verb.TIME: "time spent spend timeworked worklog zeit aufwand zeitaufwand",
    Verb.MERGE: "merge duplicate dup zusammenführen zusammenlegen duplikat",
    Verb.SPLIT: "split teilen abtrennen aufteilen",
    Verb.LINK: "link relate related verknüpfen verlinken",
    Verb.CC: "cc addcc copy kopie",
    Verb.LICENSE: "license licence lizenz lizenzschlüssel",
    Verb.SNOOZE: "snooze remind later defer erinnern wiedervorlage zurückstellen später",
    Verb.FREE: "free goodwill kulanz kostenlos frei",
    Verb.HOLD: "hold onhold anhalten zurückhalten",
    Verb.CREDIT: "credit credits charge guthaben anrechnen berechnen",
    Verb.REFUND: "refund giveback erstatten gutschreiben",
    Verb.SEND: "send senden sende abschicken schicken",
    Verb.DROP: "drop discard verwerfen löschen",
    Verb.HELP: "help commands hilfe befehle",
}
IMPLIED: Mapping[str, tuple[Verb, str]] = {
    "waiting": (Verb.STATUS, "waiting"),
    "pending": (Verb.STATUS, "waiting"),
    "wartend": (Verb.STATUS, "waiting"),
    "in_progress": (Verb.STATUS, "in_progress"),
    "inprogress": (Verb.STATUS, "in_progress"),
}
"""Words that say a verb and its argument at once."""

LABEL_VERBS = frozenset(
    {
        Verb.STATUS,
        Verb.PRIORITY,
        Verb.CATEGORY,
        Verb.TAG,
        Verb.ASSIGN,
        Verb.TIME,
        Verb.CC,
        Verb.MERGE,
        Verb.LINK,
        Verb.NOTE,
        Verb.SNOOZE,
    }
)
"""The verbs that may be written as `Word: value`."""
INNER_LABELS = frozenset({"internal", "intern", "private", "internal note", "interne notiz"})
"""Before a colon these mean a note wherever they stand."""

PROGRAM_WORDS = frozenset(
    {"include", "define", "undef", "ifdef", "ifndef", "endif", "pragma", "import", "if", "else"}
    | {"elif", "region", "endregion", "error", "using"}
)
"""Words after # that begin a line of a program: somebody shows code."""

CUSTOMER_WORDS: Mapping[CustomerVerb, str] = {
    CustomerVerb.TICKETS: "tickets mytickets list meine_tickets liste vorgänge",
    CustomerVerb.TEST: "test",
    CustomerVerb.CLOSE: "close closed schließen geschlossen erledigt",
    CustomerVerb.REOPEN: "reopen wiederöffnen wiedereröffnen",
    CustomerVerb.RAISE: "raise escalate urgent dringend eskalieren",
    CustomerVerb.NOTIFY: "notify notifications benachrichtigung benachrichtigungen",
    CustomerVerb.LANGUAGE: "language lang sprache",
    CustomerVerb.TIME_ZONE: "timezone time_zone time-zone tz zeitzone",
    CustomerVerb.HELP: "help commands hilfe befehle",
}
ON_WORDS = frozenset({"on", "an", "ein", "yes", "ja"})
OFF_WORDS = frozenset({"off", "aus", "no", "nein"})

FIELD_WORDS: Mapping[str, str] = {
    "priority": "priority prio priorität dringlichkeit urgency priorité prioridad priorità",
    "category": "category kategorie catégorie categoría categoria",
    "license": "license licence license_key licence_key lizenz lizenzschlüssel license-key key",
}
"""The fields that customers may write as first lines."""

_Name = TypeVar("_Name")
_WRITTEN = (("ä", "ae", "a"), ("ö", "oe", "o"), ("ü", "ue", "u"))


def spellings(word: str) -> set[str]:
    """How a word of these tables may be written."""
    folded = word.casefold()
    found = {folded}
    for which in (1, 2):
        other = folded
        for letter in _WRITTEN:
            other = other.replace(letter[0], letter[which])
        found.add(other)
    return found


def by_word(table: Mapping[_Name, str]) -> dict[str, _Name]:
    """What each word of a table stands for; an underscore there is a space or an underscore."""
    found: dict[str, _Name] = {}
    for name, words in table.items():
        for word in words.split():
            for spelling in _spaced(spellings(word)):
                if found.setdefault(spelling, name) != name:
                    raise ValueError(f"{spelling!r} stands for two things")
    return found


def _spaced(words: Iterable[str]) -> set[str]:
    return {form for word in words for form in (word, word.replace("_", " "))}
