"""What customers ask for in the first lines of a mail: commands, and fields of their ticket.

Their commands are read strictly: what is not exactly one is text, and an agent reads it.
"""

import re
from dataclasses import dataclass

from helpdesk.core.command_words import (
    CUSTOMER_WORDS,
    FIELD_WORDS,
    OFF_WORDS,
    ON_WORDS,
    CustomerVerb,
    by_word,
)
from helpdesk.core.written import LABEL, LOOKED_AT, compatible, unwrapped, visible_line

LONGEST_VALUE = 100


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A command of a customer, and his words below it."""

    verb: CustomerVerb
    argument: str = ""
    rest: str = ""


_CUSTOMER_VERB_OF = by_word(CUSTOMER_WORDS)
_CUSTOMER_LINE = re.compile(r"(?:# ?|/)([^\W\d_][^\W\d]*(?:-[^\W\d_]+)?)[.:!]?(?: (.*))?")
_LANGUAGE = re.compile(r"[^\W\d_]{2,20}(?:[-_][^\W_]{2,8}){0,2}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_SWITCH = re.compile(r"([^\W\d_]{2,8})(?: ([\w -]{1,60}))?")


def read_customer_command(said: str) -> CustomerLine | None:
    """The command that the first line of a customer's words is, or his subject; what is not exactly
    one is text."""
    raw = said.splitlines(keepends=True)
    for position, written in enumerate(raw):
        visible = visible_line(written[:LOOKED_AT])
        if not visible:
            continue
        found = _CUSTOMER_LINE.fullmatch(compatible(unwrapped(visible)))
        verb = _CUSTOMER_VERB_OF.get(found[1].casefold()) if found else None
        if verb is None or found is None or len(written) > LOOKED_AT:
            return None
        argument = _customer_argument(verb, found[2] or "")
        rest = "".join(raw[position + 1 :]).strip("\r\n")
        return None if argument is None else CustomerLine(verb, argument, rest)
    return None


def _customer_argument(verb: CustomerVerb, written: str) -> str | None:
    """The argument of a customer's command, or None if that has another form."""
    if verb is CustomerVerb.TICKETS:
        return written
    argument = written.rstrip(" .,;!")
    match verb:
        case CustomerVerb.LANGUAGE:
            return argument if _LANGUAGE.fullmatch(argument) else None
        case CustomerVerb.TIME_ZONE:
            return argument if _ZONE.fullmatch(argument) else None
        case CustomerVerb.NOTIFY:
            return _switch(argument)
        case _:
            return None if argument else ""


def _switch(argument: str) -> str | None:
    """ "off", "on", "off status": in English whatever the language."""
    found = _SWITCH.fullmatch(argument)
    word = found[1].casefold() if found else ""
    if found is None or word not in ON_WORDS | OFF_WORDS:
        return None
    return " ".join(filter(None, ["on" if word in ON_WORDS else "off", found[2]]))


@dataclass(frozen=True, slots=True)
class Fields:
    """What a customer stated in the first lines of his words; nothing of it is checked."""

    priority: str = ""
    category: str = ""
    license: str = ""
    rest: str = ""


_FIELD_OF = by_word(FIELD_WORDS)
_MOST_FIELD_WORDS = {"priority": 3, "category": 5, "license": 12}


def read_fields(said: str) -> Fields:
    """The fields `Priority: High`, `Category: x`, `License: x` in the first lines, in any order.

    A field that is written twice, without a value or with a whole sentence ends them, and stays in
    the rest.
    """
    raw = said.splitlines(keepends=True)
    values: dict[str, str] = {}
    end = 0
    for written in raw:
        visible = visible_line(written[:LOOKED_AT])
        if visible or len(written) > LOOKED_AT:
            name, value = _field(visible) if len(written) <= LOOKED_AT else ("", "")
            if not name or name in values:
                break
            values[name] = value
        end += 1
    return Fields(**values, rest="".join(raw[end:]).strip("\r\n") if values else said)


def _field(visible: str) -> tuple[str, str]:
    found = LABEL.fullmatch(unwrapped(visible))
    name = _FIELD_OF.get(compatible(found[1]).casefold(), "") if found else ""
    if found is None or not name:
        return "", ""
    value = compatible(found[2] or found[3] or "").strip(" *_")
    is_one = 0 < len(value.split()) <= _MOST_FIELD_WORDS[name] and len(value) <= LONGEST_VALUE
    return (name, value) if is_one and "?" not in value else ("", "")
