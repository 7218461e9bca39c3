"""Which tickets somebody wants to see: what was asked for, with the view that was named.

Failures: StoreError, what is wrong and the next step.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from helpdesk.config import Settings, load_keyring
from helpdesk.config.values import did_you_mean
from helpdesk.core.cells import cell
from helpdesk.core.license import fingerprints_of
from helpdesk.core.listing import Order, Sort
from helpdesk.store.engine import StoreError

Json = dict[str, Any]
_FIELDS = (
    *("status", "desk", "category", "priority", "assignee", "requester", "tag"),
    *("overdue", "on_hold"),
    *("since", "until", "words"),
)
"""What a view has of a question."""
_CSV = (
    *("number", "subject", "status", "priority", "category", "desk", "requester", "assignee"),
    *("created_at", "updated_at", "first_response_at", "target_at", "held_at", "tags", "minutes"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about tickets.

    `which`: fields of a TicketFilter, but the assignee also by name or as `nobody`, days (in UTC),
    category and priority as people say them, `overdue` for those with a missed target, and
    `license`, a key; what is None does not matter.
    """

    which: Mapping[str, Any] = field(default_factory=dict, repr=False)
    view: str = ""
    sort: Sort | None = None
    ascending: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of them; each ticket has its `place`, behind which another page may begin."""

    tickets: Sequence[Json]
    is_last: bool


def with_view(asked: Asked, settings: Settings) -> tuple[Json, Order]:
    """What is wanted in all: words add to those of the view, anything else takes its place."""
    wanted = {name: value for name, value in asked.which.items() if value is not None}
    for name, value in wanted.items():
        if isinstance(value, str) and not value.isascii() and not _can_be_written(value):
            raise StoreError(f"--{name} is no text in UTF-8", "check the encoding of the terminal")
    if not asked.view:
        return wanted, Order(asked.sort or Sort.ENTRY, asked.ascending)
    views = {each.name: each for each in settings.views}
    view = views.get(asked.view)
    if view is None:
        step = did_you_mean(asked.view, list(views)) if views else "add [[views]] to the settings"
        raise StoreError(f"there is no view {asked.view[:60]}", step)
    kept = {name: value for name in _FIELDS if (value := getattr(view, name))}
    if "words" in wanted and "words" in kept:
        wanted["words"] = f"{kept['words']} {wanted['words']}"
    ascending = asked.ascending
    if asked.sort in (None, view.sort) and ascending is None:
        ascending = view.ascending
    return kept | wanted, Order(asked.sort or view.sort, ascending)


def _end_of(day: date) -> datetime | None:
    """The last day that there can be has no next one, and all tickets are before its end."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1) if day < date.max else None


def _can_be_written(text: str) -> bool:
    """What stood in another encoding on the command line cannot."""
    return text.encode("utf-8", "ignore").decode() == text


def of_content(wanted: Mapping[str, Any], settings: Settings) -> Json:
    """Words, days and a license as the store looks for them."""
    found: Json = {}
    if "words" in wanted:
        found["words"] = _with_numbers(wanted["words"], settings.tickets.prefix)
    if "since" in wanted:
        found["since"] = datetime.combine(wanted["since"], time(), UTC)
    if "until" in wanted:
        found["until"] = _end_of(wanted["until"])
    if "license" in wanted:
        found["licenses"] = fingerprints(wanted["license"], settings)
    return found


def _with_numbers(words: str, prefix: str) -> str:
    """`TICK-1001` and `#1001` are found as the whole number 1001."""
    return re.sub(rf"(?i)(?<!\S)\[?(?:{prefix}-|#)(\d{{1,12}})\]?(?!\S)", r'"\1"', words)


def fingerprints(key: str, settings: Settings) -> frozenset[str]:
    """Those under which a key is known that somebody types; the key goes nowhere else."""
    keyring = load_keyring(settings.store.keys)
    return fingerprints_of(key, keyring, settings.licenses.key_patterns())


def headings() -> Sequence[str]:
    return _CSV


def cells(ticket: Json) -> Sequence[str]:
    """A ticket as a row of a table: RFC 4180 quotes it, and no cell is a formula."""
    return [cell(_text(ticket[name])) for name in _CSV]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):  # a person
        return f"{value['name']} <{value['address']}>" if value["name"] else str(value["address"])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
