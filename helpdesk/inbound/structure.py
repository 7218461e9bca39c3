"""What two readers of one message could understand differently, in constant words.

Standards: RFC 2045 §5 and §6, RFC 2046 §5.1 (what stands outside of the parts).
Failures: none.
"""

import re
from collections.abc import Iterator

from helpdesk.core.mail import (
    PARTS_AFTER_END,
    TWO_BOUNDARIES,
    TWO_DISPOSITIONS,
    TWO_ENCODINGS,
    TWO_TYPES,
)
from helpdesk.inbound.decode import first_word, read_parameters
from helpdesk.inbound.tree import Tree, raw_field

_ONCE = {
    "content-type": TWO_TYPES,
    "content-transfer-encoding": TWO_ENCODINGS,
    "content-disposition": TWO_DISPOSITIONS,
}
_BOUNDARY = re.compile(r"""(?i)[;\s]boundary\*?(?:0\*?)?\s{0,9}=""")
_NOTICE = re.compile(r"(?i)mime|multi-?part")
LONGEST_LOOK = 10_000  # characters before the first part and after the last


def oddities(part: Tree) -> Iterator[str]:
    """Of one part, without those that it contains."""
    stated = [name.lower() for name, _ in part.raw_items()]
    for name, words in _ONCE.items() if len(set(stated)) < len(stated) else ():
        if stated.count(name) > 1 and len(_values(part, name)) > 1:
            yield words
    content_type = raw_field(part, "content-type")
    if len(_BOUNDARY.findall(content_type[:LONGEST_LOOK])) > 1:
        yield TWO_BOUNDARIES
    yield from _odd_names(part, content_type)
    if part.is_multipart():
        yield from _outside(part)


def _values(part: Tree, name: str) -> set[str]:
    return {first_word(str(value)) for key, value in part.raw_items() if key.lower() == name}


def _odd_names(part: Tree, content_type: str) -> Iterator[str]:
    media_type, parameters = read_parameters(content_type)
    disposition, named = read_parameters(raw_field(part, "content-disposition"))
    name, filename = parameters.get("name", ""), named.get("filename", "")
    if name and filename and name != filename:
        yield "a part states two names"
    is_text = media_type in {"text/plain", "text/html"}
    if is_text and disposition == "attachment" and not name and not filename:
        yield "a text without a name is marked as a file"


def _outside(part: Tree) -> Iterator[str]:
    before, after = part.preamble, part.epilogue
    words = before[:LONGEST_LOOK].strip() if isinstance(before, str) else ""
    if words and not _NOTICE.search(words):
        yield "text before the first part"
    if isinstance(after, str) and after[:LONGEST_LOOK].strip():
        boundary = read_parameters(raw_field(part, "content-type"))[1].get("boundary", "")
        has_parts = bool(boundary) and f"--{boundary}" in after
        yield PARTS_AFTER_END if has_parts else "text after the last part"
