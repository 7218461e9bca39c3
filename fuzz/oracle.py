"""What must hold for everything the reader makes of any bytes."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from helpdesk.core.mail import Message, Words
from helpdesk.inbound.parse import open_part

MOST_OPENED = 10  # attachments of one mail; each may mean reading the whole mail again
_UNCLEAN = re.compile("[\x00\ud800-\udfff]")


class BrokenPromiseError(AssertionError):
    """A result that the reader must never give."""


def promise(kept: object, *what: object) -> None:
    """An assertion that also counts under `python -O`."""
    if not kept:
        raise BrokenPromiseError(" ".join(map(str, what)))


def strings_of(value: object) -> Iterator[str]:
    """All strings in a value of plain types and dataclasses."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            todo.extend(each)
            todo.extend(each.values())
        elif isinstance(each, (tuple, list)):
            todo.extend(each)
        elif is_dataclass(each):
            todo.extend(getattr(each, one.name) for one in fields(each))


def clean(value: object) -> None:
    """Ready to be stored: no lone surrogates, no NUL."""
    for text in strings_of(value):
        found = _UNCLEAN.search(text)
        promise(found is None, "unclean string:", ascii(text[:200]))


def words(value: Words) -> None:
    """Somebody is shown something, and the spans are the whole text."""
    has_letters = any(map(str.isalnum, value.text))
    promise(value.new.strip() or not has_letters, "no new words in", ascii(value.text[:200]))
    if not value.spans:
        return
    end = 0
    for span in value.spans:
        promise(span.start == end and span.end >= end, "a gap in the spans at", end, span)
        end = span.end
    promise(end == len(value.text), "spans end at", end, "of", len(value.text))


def attachments(raw: bytes, message: Message) -> None:
    """What was read can be opened again, and is the same."""
    for attached in message.attachments[:MOST_OPENED]:
        content = open_part(raw, attached.part)
        promise(len(content) == attached.size, "another size than stated:", attached)
        digest = hashlib.sha256(content).hexdigest()
        promise(digest == attached.sha256, "another content than stated:", attached)


def within(limit: int, values: Iterable[object], what: str) -> None:
    promise(sum(1 for _ in values) <= limit, "more than", limit, what)
