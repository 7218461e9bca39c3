"""What people write behind a command: durations, times, ticket numbers, addresses.

Each function returns a value or raises BadArgumentError with one sentence that says what to write.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from helpdesk.core.address import is_address, lookup_key, normalize, parse_mailboxes
from helpdesk.core.mail import Mailbox
from helpdesk.core.sentences import Value, say
from helpdesk.core.ticket import Status, TicketNumber
from helpdesk.core.vocabulary import USUAL

MOST_MINUTES = 24 * 60
MOST_DAYS = 366
MOST_ADDRESSES = 20
MOST_TAGS = 20
LONGEST_TAG = 40
LONGEST_ARGUMENT = 2_000
MORNING = time(9)
"""When a day begins that was named without a time."""


class BadArgumentError(ValueError):
    """One sentence that says what is wrong and what to write instead."""

    def __init__(self, sentence: str, **values: Value) -> None:
        self.sentence = say(sentence, **values)
        super().__init__(str(self.sentence))


def shown(text: str, length: int = 40) -> str:
    """A few words of what was written, for a sentence about them."""
    line = " ".join(text.split())
    return f'"{line[: length - 1]}…"' if len(line) > length else f'"{line}"'


def _folded(text: str) -> str:
    """In lower case and compatible characters, without white space and full stops around it."""
    return unicodedata.normalize("NFKC", text[:LONGEST_ARGUMENT]).casefold().strip(" \t\xa0.,;!")


# --- durations ----------------------------------------------------------------------------------

_MINUTE = r"(?:m|min|mins|minute|minutes|minuten)\.?"
_HOUR = r"(?:h|hr|hrs|hour|hours|std|stunde|stunden)\.?"
_MINUTES = re.compile(rf"([0-9]{{1,5}})\s?(?:{_MINUTE})?")
_CLOCKED = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?:\s?h)?")
_HOURS = re.compile(
    rf"([0-9]{{1,3}})(?:[.,]([0-9]{{1,2}}))?\s?{_HOUR}(?:\s?(?:and|und|,)?\s?([0-9]{{1,2}})\s?(?:{_MINUTE})?)?"
)


def minutes_of(text: str) -> int:
    """The minutes of "20m", "1h30", "1:30", "1.5h", "20 Min." or "90"; from one minute to a day."""
    folded = _folded(text)
    if found := _MINUTES.fullmatch(folded):
        minutes = int(found[1])
    elif found := _CLOCKED.fullmatch(folded):
        minutes = 60 * int(found[1]) + int(found[2])
    elif (found := _HOURS.fullmatch(folded)) and not (found[2] and found[3]):
        hundredths = int((found[2] or "0").ljust(2, "0"))
        minutes = 60 * int(found[1]) + (60 * hundredths + 50) // 100 + int(found[3] or 0)
    else:
        raise BadArgumentError("{text} is no duration; write 20m, 1h30 or 1:30", text=shown(text))
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadArgumentError(
            "{text} is not between one minute and 24 hours; write 20m or 1h30", text=shown(text)
        )
    return minutes


# --- credits ------------------------------------------------------------------------------------

MOST_CREDITS_AT_ONCE = 100
_CREDITS = re.compile(r"([0-9]{1,6})(?: ?(?:credits?|tickets?|guthaben))?")


def credits_of(text: str) -> int:
    """How many support tickets; one unless it is said."""
    folded = _folded(text)
    found = _CREDITS.fullmatch(folded)
    amount = int(found[1]) if found else 0
    if folded and not 1 <= amount <= MOST_CREDITS_AT_ONCE:
        raise BadArgumentError(
            "{text} is no number of credits; write one from 1 to {most}",
            text=shown(text),
            most=str(MOST_CREDITS_AT_ONCE),
        )
    return amount or 1


# --- times --------------------------------------------------------------------------------------

WEEKDAYS = (
    "monday mon montag mo",
    "tuesday tue tues dienstag di",
    "wednesday wed mittwoch mi",
    "thursday thu thurs donnerstag do",
    "friday fri freitag fr",
    "saturday sat samstag sonnabend sa",
    "sunday sun sonntag so",
)
DAYS_AHEAD = {
    "today": 0,
    "heute": 0,
    "tomorrow": 1,
    "morgen": 1,
    "übermorgen": 2,
    "uebermorgen": 2,
}
NEXT_WEEK = frozenset({"next week", "nächste woche", "naechste woche"})
_WEEKDAY = {word: day for day, words in enumerate(WEEKDAYS) for word in words.split()}
_UNITS = {
    "hours": "h hr hrs hour hours std stunde stunden",
    "minutes": "m min mins minute minutes minuten",
    "days": "d day days t tag tage tagen",
    "weeks": "w week weeks woche wochen",
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_AHEAD = re.compile(r"(?:in )?([0-9]{1,6}) ?([a-z]{1,8})\.?")
_TIME = re.compile(
    r"(?:(.*?)(?:,? (?:at|um) |,? |(?<=\d)t))?([0-9]{1,2})(?::([0-9]{2})| ?uhr)(?: uhr)?"
)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\.?(?: ?([0-9]{4}))?")
_LEADING = re.compile(r"(?:on|until|till|next|am|bis|nächsten|naechsten|kommenden) ")


@dataclass(frozen=True, slots=True)
class When:
    """A time as it was written, before it is known when that was."""

    written: str
    ahead: timedelta | None = None
    """Exactly so long from now."""
    days: int | None = None
    weekday: int | None = None
    year: int | None = None
    month: int = 0
    day: int = 0
    at: time = MORNING


def when_of(text: str) -> When:
    """A time as written; whether it lies in the past is another question."""
    folded = " ".join(_folded(text).split())
    found = _AHEAD.fullmatch(folded)
    if found and (unit := _UNIT.get(found[2])):
        return _ahead(text, int(found[1]), unit)
    at = MORNING
    if found := _TIME.fullmatch(folded):
        at = _time(text, int(found[2]), int(found[3] or 0))
        folded = (found[1] or "today").rstrip(" ,")
    folded = _LEADING.sub("", folded, count=1) if folded not in NEXT_WEEK else folded
    if folded in NEXT_WEEK:
        return When(text, weekday=0, at=at)
    if folded in DAYS_AHEAD:
        return When(text, days=DAYS_AHEAD[folded], at=at)
    if folded in _WEEKDAY:
        return When(text, weekday=_WEEKDAY[folded], at=at)
    return _dated(text, folded, at)


def _ahead(text: str, count: int, unit: str) -> When:
    if not 1 <= count <= MOST_DAYS * 24 * 60:
        raise _too_far(text)
    if unit in {"hours", "minutes"}:
        return When(text, ahead=timedelta(**{unit: count}))
    return When(text, days=count * (7 if unit == "weeks" else 1))


def _time(text: str, hour: int, minute: int) -> time:
    try:
        return time(hour, minute)
    except ValueError:
        raise BadArgumentError(
            "{text} has no time of a day; write 14:00", text=shown(text)
        ) from None


def _dated(text: str, folded: str, at: time) -> When:
    if found := _ISO_DATE.fullmatch(folded):
        year, month, day = map(int, found.groups())
    elif found := _DOTTED_DATE.fullmatch(folded):
        day, month, year = int(found[1]), int(found[2]), int(found[3] or 0)
    else:
        raise BadArgumentError(
            "{text} is no time; write 2d, monday or 2026-12-01 14:00", text=shown(text)
        )
    try:
        date(year or 2000, month, day)  # 2000 has every day
    except ValueError:
        raise BadArgumentError(
            "{text} is no day of the calendar; write 2026-12-01", text=shown(text)
        ) from None
    return When(text, year=year, month=month, day=day, at=at)


def moment_of(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The UTC time that was meant by somebody in that zone; always later than `now`, and at most a
    year. A day without a time begins at 9:00 there; a weekday is the next one after today."""
    when = when_of(text)
    if when.ahead is not None:
        moment = now + when.ahead if when.ahead <= timedelta(days=MOST_DAYS) else None
    else:
        moment = _on_a_day(when, now, zone)
    if moment is None or moment > now + timedelta(days=MOST_DAYS + 1):
        raise _too_far(text)
    moment = moment.astimezone(UTC)
    if moment <= now:
        raise BadArgumentError(
            "{text} is in the past; write a later time, such as 2d", text=shown(text)
        )
    return moment


def _too_far(text: str) -> BadArgumentError:
    return BadArgumentError(
        "{text} is not within a year; write a time such as 2d or 2w", text=shown(text)
    )


def _on_a_day(when: When, now: datetime, zone: tzinfo) -> datetime | None:
    today = now.astimezone(zone).date()
    if when.weekday is not None:
        days: int | None = (when.weekday - today.weekday() - 1) % 7 + 1
    else:
        days = when.days
    if days is not None:
        day = today + timedelta(days=days) if days <= MOST_DAYS else None
    else:
        day = _day_of(when, today)
    if day is None or abs(day - today) > timedelta(days=2 * MOST_DAYS):
        return now if day is not None and day < today else None
    return datetime.combine(day, when.at, zone).astimezone(UTC)


def _day_of(when: When, today: date) -> date | None:
    """The day that was written; without a year the next such day."""
    for year in [when.year] if when.year else [today.year, today.year + 1]:
        try:
            day = date(year, when.month, when.day)
        except ValueError:  # February 29
            continue
        if when.year or day >= today:
            return day
    return None


# --- tickets, addresses, words ------------------------------------------------------------------

_NUMBER = re.compile(r"\[?\s?#?(?:([a-z][a-z0-9]{0,15})[- ]|([a-z]{1,16}))?([0-9]{1,12})\s?\]?")


def number_of(text: str, prefix: str = "") -> TicketNumber:
    """The number in "TICK-1002", "[TICK-1002]", "#1002" or "1002"; without a prefix any will do."""
    example = f"{prefix or 'TICK'}-1002"
    found = _NUMBER.fullmatch(_folded(text))
    if found is None or not int(found[3]):
        raise BadArgumentError(
            "{text} is no ticket; write its number, such as {example}",
            text=shown(text),
            example=example,
        )
    if prefix and (found[1] or found[2] or prefix).casefold() != prefix.casefold():
        raise BadArgumentError(
            "{text} is no ticket of ours; write its number as {example}",
            text=shown(text),
            example=example,
        )
    return TicketNumber(int(found[3]))


def addresses_of(text: str) -> tuple[Mailbox, ...]:
    """The mailboxes in "a@b.example, C <c@d.example>", each once, in their order."""
    listed = text[:LONGEST_ARGUMENT].strip(" .,;")
    if not any(char in listed for char in '<,;"('):
        listed = ", ".join(listed.split())
    found: dict[str, Mailbox] = {}
    for mailbox in parse_mailboxes(listed, str):
        if not is_address(mailbox.address):
            written = mailbox.address or mailbox.name
            raise BadArgumentError(
                "{text} is no mail address; write ana@example.org", text=shown(written)
            )
        address = normalize(mailbox.address)
        # Programs repeat the address as its name; of two others one would be lost.
        is_repeated = lookup_key(mailbox.name.strip("<>'")) == lookup_key(address)
        if "@" in mailbox.name and not is_repeated:
            raise BadArgumentError(
                "{text} is not clear; write commas between addresses", text=shown(listed)
            )
        found.setdefault(lookup_key(address), Mailbox(address, "" if is_repeated else mailbox.name))
    if not found or len(text) > LONGEST_ARGUMENT or len(found) > MOST_ADDRESSES:
        raise BadArgumentError(
            "{text} has no or too many addresses; write one to {most},"
            " such as ana@example.org, bob@example.org",
            text=shown(text),
            most=MOST_ADDRESSES,
        )
    return tuple(found.values())


def status_of(text: str) -> Status:
    """What "closed" or "wartet" means where nobody has words of his own."""
    found = USUAL.status_of(text)
    if found is None:
        names = ", ".join(status.value for status in Status)
        raise BadArgumentError(
            "{text} is no status; write one of {names}", text=shown(text), names=names
        )
    return found


def tags_of(text: str) -> tuple[str, ...]:
    """The tags in "vpn, printer", "vpn printer" or "#vpn #printer", in lower case, each once."""
    words = re.split(r"[,;\s]+", _folded(text))
    tags = dict.fromkeys(word.lstrip("#") for word in words if word.lstrip("#"))
    for tag in tags:
        if len(tag) > LONGEST_TAG or not re.fullmatch(r"[\w.+/&'-]+", tag):
            raise BadArgumentError(
                "{text} is no tag; write a word of letters, such as vpn", text=shown(tag)
            )
    if not tags or len(text) > LONGEST_ARGUMENT or len(tags) > MOST_TAGS:
        raise BadArgumentError(
            "{text} has no or too many tags; write one to {most}, such as vpn",
            text=shown(text),
            most=MOST_TAGS,
        )
    return tuple(tags)
