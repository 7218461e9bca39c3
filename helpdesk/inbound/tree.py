"""The MIME tree of raw bytes, within bounds; the only file that knows mail-parser.

Standards: RFC 2045 and RFC 2046.
Failures: none but MemoryError; a tree that cannot be built is one with the header fields alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message as Tree

import mailparser

from helpdesk.core.mail import COULD_NOT_BE_READ
from helpdesk.inbound.ballast import lighten, load
from helpdesk.inbound.feed import build_tree
from helpdesk.inbound.header import Header, for_parsers, read_header

__all__ = ["Root", "Tree", "is_container", "raw_body", "raw_field", "read_tree"]

DEEPEST_NESTING = 100
MOST_PARTS = 1_000
LONGEST_HARMLESS = 10_000  # octets without the bodies of leaves
DEEPEST_HARMLESS = 10
# Of what hides from a look at the octets, and of the blocks of delivery reports.
DEEPEST_TREE = 2 * DEEPEST_NESTING
MOST_IN_TREE = 10 * MOST_PARTS

_BOUNDARY = re.compile(rb'(?i)boundary\s*=\s*"?([^"\r\n;]{1,200})')
# The parser of the standard library does not see that this is one line (RFC 5322 §2.2.3).
_FOLDED_BOUNDARY = re.compile(rb'(?i)(\bboundary="[^"\r\n]{1,100})\r?\n(?=[ \t][^"\r\n]{1,100}")')
_MAY_BE_FOLDED = re.compile(rb'boundary="[^"\r\n]{1,100}\r?\n')
_NESTING = re.compile(rb"(?im)^--[^\r\n]{1,220}|^content-type:[ \t\r\n]{0,9}(?:multipart|message)/")


class _TreeParser(mailparser.MailParser):  # type: ignore[misc]  # mail-parser has no types
    """mail-parser with its guards, but without its eager decoding of all parts, which costs more
    than all that we do."""

    def parse(self) -> "_TreeParser":
        return self


@dataclass(frozen=True, slots=True)
class Root:
    """The tree of a message as far as it keeps the limits, and of what octets it was made."""

    tree: Tree
    raw: bytes
    defects: list[str]
    places: Mapping[int, tuple[int, int]]
    """Where the bodies of parts stand in `raw`, by the `id` of the part; not of all."""


def read_tree(raw: bytes, header: Header) -> Root:
    defects: list[str] = []
    body = header.body
    if header.too_long:
        defects.append("header section too long, only its beginning was read")
        kept = b"".join(name + b":" + value for name, value in header.fields)
        kept = kept.rstrip(b"\r\n") + b"\r\n\r\n"
        raw = kept + raw[body:]
        body = len(kept)
    else:
        raw = for_parsers(raw, header)
    light, taken = lighten(raw, body)
    bounded = _within_bounds(raw, light, defects)
    if bounded is not raw:
        light, taken = lighten(bounded, body)
    head = light[:body]
    if _MAY_BE_FOLDED.search(head.lower()):
        head = _FOLDED_BOUNDARY.sub(rb"\1", head)
    tree = _read_tree(light if len(head) == body else head + light[body:], defects)
    return Root(tree, bounded, defects, load(tree, taken))


def _read_tree(raw: bytes, defects: list[str]) -> Tree:
    try:
        if _may_be_costly(raw):
            return build_tree(raw, DEEPEST_TREE, MOST_IN_TREE)
        tree = _TreeParser.from_bytes(raw).message
        if isinstance(tree, Tree):
            return tree
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- a bug there must not lose a mail here
        defects.append("unusual structure")
    header = read_header(raw)
    try:
        return build_tree(raw, DEEPEST_TREE, MOST_IN_TREE)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- the same for the standard library
        defects.append(COULD_NOT_BE_READ)
        tree = Tree()
        for name, value in header.fields:
            text = value.decode("ascii", "surrogateescape").strip()
            if name != b"content-type":
                tree[name.decode("ascii")] = text
        tree.set_payload("")
        return tree


def _may_be_costly(raw: bytes) -> bool:
    """Whether the library could need more than moments: for many levels, or very many blocks."""
    if len(raw) > LONGEST_HARMLESS:
        return True
    lower = raw.lower()
    return lower.count(b"multipart/") + lower.count(b"message/") > DEEPEST_HARMLESS


def is_container(part: Tree) -> bool:
    return part.is_multipart() and part.get_content_maintype() == "multipart"


def _within_bounds(raw: bytes, light: bytes, defects: list[str]) -> bytes:
    """The message as far as it keeps the limits; checked before any parser sees the octets."""
    # Every level of nesting has a header section, and that an empty line.
    if light.count(b"\n\r\n") + light.count(b"\n\n") + light.count(b"\r\r") > DEEPEST_NESTING:
        end = _too_deep_at(raw)
        if end >= 0:
            defects.append("nested too deeply, only the outer parts were read")
            raw = light = raw[:end]
    if light.count(b"--") > MOST_PARTS and light.count(b"\n--") + light.count(b"\r--") > MOST_PARTS:
        end = _too_many_parts_at(raw)
        if end >= 0:
            defects.append("too many parts, only the first were read")
            raw = raw[:end]
    return raw


def _too_deep_at(raw: bytes) -> int:
    """Where the nesting goes beyond the limit, or -1."""
    open_boundaries: list[bytes] = []
    for match in _NESTING.finditer(raw):
        line = match[0]
        if line.startswith(b"--"):
            name = line[2:].rstrip()
            for end in (name, name.removesuffix(b"--")):
                if end in open_boundaries:
                    del open_boundaries[open_boundaries.index(end) + 1 :]
                    break
            continue
        if len(open_boundaries) >= DEEPEST_NESTING:
            return match.start()
        stated = _BOUNDARY.search(raw, match.end(), match.end() + 1_000)
        is_multipart = b"multipart/" in line.lower()
        open_boundaries.append(stated[1].rstrip() if stated and is_multipart else b"")
    return -1


def _too_many_parts_at(raw: bytes) -> int:
    """Where the parts become too many, or -1."""
    names = {match[1].rstrip() for match in _BOUNDARY.finditer(raw)}
    count = 0
    for match in re.finditer(rb"(?m)^--([^\r\n]{1,220})", raw):
        name = match[1].rstrip()
        if name in names:
            count += 1
            if count > MOST_PARTS:
                return match.start()
    return -1


def raw_field(part: Tree, name: str) -> str:
    """The first field of that name, as received; never decoded by the standard library."""
    for key, value in part.raw_items():
        if key.lower() == name:
            return str(value)
    return ""


def children_of(part: Tree) -> list[Tree]:
    """The parts of a container; none of a leaf, whose body the library would decode for this."""
    body = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 -- as in raw_body
    return [each for each in body if isinstance(each, Tree)] if isinstance(body, list) else []


def raw_body(part: Tree) -> str:
    """The body of a leaf as received, its octets beyond ASCII as surrogate escapes. The library's
    own function decodes it in the charset that the mail states, whatever comes of that."""
    body = part._payload  # type: ignore[attr-defined]  # noqa: SLF001
    return body if isinstance(body, str) else ""
