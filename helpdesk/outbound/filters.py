"""What templates do to words: lines, quotation, markup, links, dates in the reader's language."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from helpdesk.outbound.charts import bars as as_bars

TEXT_WIDTH = 76
_LINK = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_ABBREVIATION = re.compile(r"[^\W\d_]{2,5}")
_MAILTO_KEEPS = "%!$&*+,-./:;=?@_~"
"""Of a mailto address; everything else is percent-encoded (RFC 6068 §2)."""
_BLANK = re.compile(r"\n(?:[ \t]*\n){2,}")
_DAY = {"en": "EEEE, d MMMM y", "de": "EEEE, d. MMMM y"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = {"en": "HH:mm", "de": "HH:mm 'Uhr'"}


def fill(text: str) -> str:
    """Our own paragraphs, each broken into lines of at most 76 characters."""
    return "\n\n".join(_fill_one(part) for part in text.split("\n\n") if part.strip())


def _fill_one(paragraph: str) -> str:
    lines: list[str] = []
    line = ""
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > TEXT_WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def tidy(text: str) -> str:
    """At most one blank line in a row, and none around."""
    return _BLANK.sub("\n\n", text).strip("\n")


def named_in(name: str, words: Mapping[str, str]) -> str:
    """What a name of ours is called in a language; the name itself where it has no word."""
    return words.get(name, name)


def quoted(text: str) -> str:
    """Every line with `> ` before it."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def as_html(text: str) -> Markup:
    """Plain words in HTML: line ends and indentation kept without a style sheet."""
    words = str(escape(text)).replace("\t", "    ").replace("  ", "&nbsp; ")
    return Markup(words.replace("\n", "<br>\n"))  # noqa: S704 -- escaped just above


def with_links(text: str) -> Markup:
    """Like `as_html`, with web addresses to click on."""
    parts: list[Markup] = []
    end = 0
    for match in _LINK.finditer(text):
        address = match[0].rstrip(".,;:!?)]}")
        parts.append(as_html(text[end : match.start()]))
        parts.append(Markup('<a href="{0}">{0}</a>').format(address))
        end = match.start() + len(address)
    parts.append(as_html(text[end:]))
    return Markup("").join(parts)


def mail_link(href: str) -> str:
    """A `mailto:` address that ends neither an attribute nor the `<...>` around it.

    Raises ValueError for any other kind of address.
    """
    scheme, _, rest = href.partition(":")
    if scheme.lower() != "mailto" or not rest:
        raise ValueError("the address of an action is not a mailto: one")
    return f"mailto:{quote(rest, safe=_MAILTO_KEEPS)}"


# --- dates --------------------------------------------------------------------------------------


def moment(text: str, zone: str = "UTC", *, language: str = "en") -> str:
    """Day, time and zone of a time in ISO 8601; any other text stays as it is."""
    return _moment(text, zone, language, with_time=True)


def day(text: str, zone: str = "UTC", *, language: str = "en") -> str:
    """As `moment`, without time and zone."""
    return _moment(text, zone, language, with_time=False)


def short_moment(text: str, zone: str = "UTC", *, language: str = "en") -> str:
    """As `moment`, short enough for a list: day and month, time, no year and no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = at.astimezone(_zone(zone))
    return f"{_short_day(local.date(), language)}, {local:%H:%M}"


def bars(rows: Sequence[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The rows of a chart with the lengths of their bars: in `percent`, by name."""
    made = iter(as_bars((name, row[name]) for row in rows for name in names))
    return [{**row, "percent": {name: next(made).percent for name in names}} for row in rows]


def weeks(rows: Sequence[Mapping[str, Any]], *, language: str = "en") -> list[dict[str, Any]]:
    """Rows whose labels are days in ISO 8601, with short ones; others stay as they are."""
    return [{**row, "label": _short_label(row["label"], language)} for row in rows]


def _short_label(text: str, language: str) -> str:
    try:
        return _short_day(date.fromisoformat(text), language)
    except ValueError:
        return text


def _short_day(day: date, language: str) -> str:
    return f"{day:%d.%m.}" if language == "de" else f"{day.day} {_MONTHS[day.month - 1]}"


@lru_cache(maxsize=512)
def _moment(text: str, zone: str, language: str, *, with_time: bool) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        local = at.astimezone(_zone(zone))
    except OverflowError:
        local = at
    return _written(local, language, with_time=with_time)


def _zone(name: str) -> tzinfo:
    """The time zone of that name, UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _written(at: datetime, language: str, *, with_time: bool) -> str:
    # Only mails with dates need the tables of babel, which take 40 ms to load.
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date, format_time

    try:
        locale = Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    written = format_date(at, _DAY.get(locale.language, "full"), locale)
    if not with_time:
        return written
    time = format_time(at, _TIME.get(locale.language, "short"), at.tzinfo, locale)
    return f"{written}, {time} ({_zone_name(at, locale)})"


def _zone_name(at: datetime, locale: Any) -> str:
    """An abbreviation that people know, else the distance to UTC."""
    from babel.dates import get_timezone_name

    for name in (get_timezone_name(at, width="short", locale=locale), at.tzname() or ""):
        if _ABBREVIATION.fullmatch(name):
            return name
    distance = f"{at:%z}"
    return f"UTC{distance[:3]}:{distance[3:5]}" if at.utcoffset() else "UTC"
