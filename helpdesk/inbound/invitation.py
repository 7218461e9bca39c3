"""An invitation as a calendar sends it, in one line that people can read.

Times and zones stand there as the file states them: nothing is converted.

Standards: RFC 5545 (iCalendar), RFC 5546 (what an invitation asks for).
Failures: none; what is no calendar gives an empty line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

LONGEST = 200_000
MOST_LINES = 5_000
LONGEST_VALUE = 200

_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,64})=("[^"\r\n]{0,1000}"|[^";:,\r\n]{0,1000})')
_ESCAPED = re.compile(r"\\([\\;,nN])")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:\d{1,4}S)?)?", re.ASCII
)

_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled event",
    "COUNTER": "Another time is proposed",
    "DECLINECOUNTER": "The other time is declined",
    "REFRESH": "The newest version is asked for",
    "ADD": "One more date",
}
_ANSWERS = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Accepted tentatively"}
_EVERY = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """RFC 5545 §3.1: a name, parameters and a value."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """RFC 5545 §3.3.11."""
        shown = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], self.value)
        return " ".join(shown.split())[:LONGEST_VALUE]


@dataclass(slots=True)
class _Event:
    method: str = ""
    lines: dict[str, _Line] = field(default_factory=dict)
    attendees: int = 0

    def text(self, name: str) -> str:
        return self.lines[name].text if name in self.lines else ""


def summarize(calendar: str) -> str:
    """What it is about, when, where, who asks, how many are asked, and how often it repeats."""
    event = _first_event(_FOLD.sub("", calendar[:LONGEST]))
    if event is None:
        return ""
    title = event.text("SUMMARY")
    organizer = _person(event.lines.get("ORGANIZER"))
    details = [
        f"{_what(event)}: {title}" if title else _what(event),
        _when(event),
        f"at {event.text('LOCATION')}" if event.text("LOCATION") else "",
        f"organized by {organizer}" if organizer else "",
        f"{event.attendees} invited" if event.attendees > 1 else "",
        _how_often(event.text("RRULE")),
    ]
    return "; ".join(filter(None, details))


def _lines(calendar: str) -> Iterator[_Line]:
    for count, line in enumerate(calendar.splitlines()):
        if count >= MOST_LINES:
            return
        name = _NAME.match(line)
        if name is None:
            continue
        parameters: dict[str, str] = {}
        position = name.end()
        while parameter := _PARAMETER.match(line, position):
            parameters.setdefault(parameter[1].upper(), parameter[2].strip('"'))
            position = parameter.end()
        value = line[position:].partition(":")[2]
        yield _Line(name[0].upper(), parameters, value)


def _first_event(calendar: str) -> _Event | None:
    """The first event; a calendar also describes time zones and alarms, in blocks as well."""
    method, blocks = "", [""]
    event: _Event | None = None
    for line in _lines(calendar):
        if line.name == "BEGIN":
            blocks.append(line.value.strip().upper())
            if event is None and blocks[-1] in {"VEVENT", "VTODO"}:
                event = _Event()
        elif line.name == "END":
            if event is not None and blocks[-1] in {"VEVENT", "VTODO"}:
                break
            del blocks[max(1, len(blocks) - 1) :]
        elif line.name == "METHOD" and event is None:
            method = line.value.strip().upper()
        elif event is not None and blocks[-1] in {"VEVENT", "VTODO"}:
            event.attendees += line.name == "ATTENDEE"
            event.lines.setdefault(line.name, line)
    if event is not None:
        event.method = method
    return event


def _what(event: _Event) -> str:
    if event.method == "REPLY":
        attendee = event.lines.get("ATTENDEE")
        answer = attendee.parameters.get("PARTSTAT", "").upper() if attendee else ""
        who = _person(attendee)
        return f"{_ANSWERS.get(answer, 'Answer')} by {who}" if who else "Answer to an invitation"
    if event.text("STATUS").upper() == "CANCELLED":
        return _METHODS["CANCEL"]
    return _METHODS.get(event.method, "Event")


def _person(line: _Line | None) -> str:
    if line is None:
        return ""
    address = re.sub(r"(?i)^mailto:", "", line.text)
    name = " ".join(line.parameters.get("CN", "").split())[:LONGEST_VALUE]
    return f"{name} <{address}>" if name and name != address else address


def _when(event: _Event) -> str:
    start, end = event.lines.get("DTSTART"), event.lines.get("DTEND") or event.lines.get("DUE")
    shown = _time(start)
    if not shown or start is None:
        return ""
    zone = _zone(start)
    length = _length(event.text("DURATION"))
    if end is not None and (until := _time(end)):
        if "T" not in end.value:
            until = _day_before(until)
        same_day, same_zone = until[:10] == shown[:10], _zone(end) == zone
        if same_zone and until != shown:
            shown += f" to {until[11:] if same_day else until}"
        elif not same_zone:
            return f"{shown}{zone} to {until}{_zone(end)}"
    elif length:
        shown += f" for {length}"
    return shown + zone


def _time(line: _Line | None) -> str:
    found = _TIME.fullmatch(line.value.strip()) if line is not None else None
    if found is None:
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}" if found[4] else day


def _zone(line: _Line) -> str:
    if "T" not in line.value:
        return ""
    name = " ".join(line.parameters.get("TZID", "").split())[:LONGEST_VALUE]
    return " UTC" if line.value.strip().endswith("Z") else f" ({name})" if name else ""


def _day_before(day: str) -> str:
    """RFC 5545 §3.6.1: an event of whole days ends before the day that DTEND states."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return day


def _length(duration: str) -> str:
    found = _DURATION.fullmatch(duration)
    if found is None:
        return ""
    names = ("week", "day", "hour", "minute")
    numbers = [int(number or 0) for number in found.groups()]
    return " ".join(
        f"{n} {name}{'s' if n > 1 else ''}" for n, name in zip(numbers, names, strict=True) if n
    )


def _how_often(rule: str) -> str:
    """RFC 5545 §3.3.10, as far as few words can say it."""
    parts = dict(piece.upper().partition("=")[::2] for piece in rule.split(";")[:20])
    unit = _EVERY.get(parts.get("FREQ", ""), "")
    if not unit:
        return "repeats" if rule else ""
    interval = parts.get("INTERVAL", "1")[:4]
    words = f"every {interval} {unit}s" if interval not in {"", "1"} else f"every {unit}"
    names = [_DAYS.get(day[-2:], "") for day in parts.get("BYDAY", "").split(",")[:7]]
    has_plain_days = all(len(day) == 2 for day in parts.get("BYDAY", "").split(","))  # noqa: PLR2004
    if all(names) and has_plain_days:
        words += f" on {', '.join(names)}"
    elif names[0]:
        words += " on certain days"
    until = _TIME.fullmatch(parts.get("UNTIL", ""))
    if parts.get("COUNT", "").isdigit():
        words += f", {parts['COUNT'][:6]} times"
    elif until is not None:
        words += f", until {until[1]}-{until[2]}-{until[3]}"
    return words
