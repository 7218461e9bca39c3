"""The parts of a report and the fields in them: what delivery, abuse and disposition reports share.

Standards: RFC 6522 (multipart/report).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_CONTENT = 200_000
LONGEST_LINE = 1_000


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A part of a message that may belong to a report, in its order."""

    content_type: str
    """Lower case, without parameters."""
    content: bytes
    """With its transfer encoding undone."""


_RETURNED_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
# Begins where a word begins, so that a long word is looked at once.
_WORD = r"[^\s<>\"'(),;:\[\]@*]"
_LABEL = r"[A-Za-z0-9_-]{1,63}"
ADDRESS = re.compile(
    # o'neil@example.com, but not the quotes around an address
    rf"(?<!{_WORD})({_WORD}{{1,64}}(?:'{_WORD}{{1,64}})?@"
    # In writings without spaces words follow it at once; a domain may have letters beyond ASCII.
    rf"(?:{_LABEL}(?:\.{_LABEL}){{1,20}}(?![^\W_]{{1,63}}\.|[A-Za-z0-9_-])|{_WORD}{{1,253}}))"
)


def decoded(content: bytes) -> str:
    content = content[:MAX_CONTENT].replace(b"\0", b"")  # no store takes it
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def groups_of(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """The groups of fields between empty lines; a second recipient begins one, too, for some
    systems forget the empty line.
    """
    group: dict[str, str] = {}
    last = ""
    for line in lines:
        match = _FIELD.match(line)
        if match:
            last = match[1].lower()
            if last == "final-recipient" and last in group:
                yield group
                group = {}
            group.setdefault(last, match[2].strip())
        elif line[:1] in {" ", "\t"} and last and line.strip():
            if len(group[last]) < LONGEST_LINE:
                group[last] += " " + line.strip()
        else:
            if group:
                yield group
            group, last = {}, ""
    if group:
        yield group


def returned_header(parts: Sequence[ReportPart], rest: Sequence[str]) -> Mapping[str, str]:
    """The header of the message that came back: from its part, or from the text of the report."""
    for part in parts:
        if part.content_type in _RETURNED_TYPES:
            return next(groups_of(decoded(part.content).lstrip().splitlines()), {})
    groups = (g for g in groups_of(rest) if "message-id" in g or {"from", "to"} <= g.keys())
    return next(groups, {})


def address_in(value: str) -> str:
    """The first address in a text, or empty."""
    match = ADDRESS.search(value)
    return match[1] if match else ""
