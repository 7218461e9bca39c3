"""Until when somebody is away, as his automatic reply says it.

Every step looks at a bounded piece of text beside a date, so the time is linear.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from helpdesk.core.absence_words import (
    ABSENCE,
    ENGLISH,
    MONTHS,
    RETURN_AFTER,
    RETURN_BEFORE,
    UNTIL_AFTER,
    UNTIL_BEFORE,
    WEEKDAYS,
    fold,
)
from helpdesk.core.classify import Classification
from helpdesk.core.mail import Mail

MOST_CHARACTERS = 4_000
MOST_DATES = 50
LONGEST = timedelta(days=366)
_STALE = timedelta(days=90)
"""A day without a year that is over for less than this is over; else it is one of next year."""
_CLOCKS_DIFFER = timedelta(days=5)
_NEAR = 60
_BEHIND = 45


def absence_of(mail: Mail, classification: Classification) -> date | None:
    """Until when the author is away, by an automatic reply of his that is no report."""
    message = mail.message
    if not classification.is_reply or message.content_type == "multipart/report":
        return None
    at = mail.arrival.received_at
    # The Date field is the sender's own, in his time zone; one that is far off is a wrong clock. A
    # mail that never arrived, such as one in a file, has no other.
    is_file = at.year <= date.min.year + 1
    if message.date is not None and (is_file or abs(message.date - at) < _CLOCKS_DIFFER):
        at = message.date
    return away_until(message.subject, message.words.new, at.date())


def away_until(subject: str, words: str, written: date) -> date | None:
    """The day on which an automatic reply says that its sender is back, or the last one of his
    absence. None if it states none, an ambiguous or a past one, or one that is too far away.

    `words` are its new words, `written` is the day on which it was written. Of a subject only what
    stands before a colon counts: behind it is the subject of the mail that is answered.
    """
    if not date.min + LONGEST < written < date.max - LONGEST:
        return None
    head = re.split(r"[:：]", subject[:200], maxsplit=1)[0]
    return _in_text(words, written) or _in_text(head, written)


def _in_text(words: str, written: date) -> date | None:
    text = _one_line(fold(words[:MOST_CHARACTERS]))
    found = list(_stated(text))
    is_month_first = _is_month_first(text, found)
    returns: list[date] = []
    ends: list[date] = []
    for stated, around in _around(text, found):
        wanted = _cue(around)
        day = _day(stated, written, is_month_first) if wanted else None
        if day is not None and written <= day <= written + LONGEST:
            (returns if wanted == "return" else ends).append(day)
    return next(iter([*returns, *ends]), None)


_ABBREVIATED = re.compile(
    r"(?<!\w)(einschl|inkl|incl|t\.?o\.?m|m|mon|tues?|wed|thu(?:rs)?|fri|sat|sun|mo|di|mi|do|fr|sa|so"
    r"|ca)\."
)
_BREAK = re.compile(r"\n\s{0,9}\n")


def _one_line(text: str) -> str:
    """Sentences go on over the ends of lines, but not over an empty line."""
    return " ".join(
        _ABBREVIATED.sub(r"\1 ", _BREAK.sub(" \u2029 ", text)).replace("\n", " ").split(" ")
    )


# --- dates --------------------------------------------------------------------------------------

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=lambda word: (-len(word), word)))
_WEEKDAY = "|".join(sorted(map(re.escape, WEEKDAYS), key=lambda word: (-len(word), word)))
_TH = r"(?:st|nd|rd|th|er|ere|eme|:?e|o|a|-?го|-?ого|-?е|η|ης)?"
_TO = r"\s?[-–—~〜～]\s?"


@cache
def _date() -> re.Pattern[str]:
    """Made when it is needed first: that takes as long as reading some twenty mails."""
    return re.compile(_DATE)


_DATE = (
    r"(?<![0-9][.,:/])(?<![0-9+])(?:"
    # 2027-01-05, 2027. 1. 5., 2027年1月5日, 1월 5일
    r"(?P<iy>20\d\d)\s?[-/.年년]\s?(?P<im>\d{1,2})\s?[-/.月월]\s?(?P<id>\d{1,2})[日일号號.]?"
    r"|(?P<cm>\d{1,2})\s?[月월]\s?(?P<cd>\d{1,2})\s?[日일号號]"
    rf"|(?P<cw>{'|'.join(w for w in WEEKDAYS if re.match('[ぁ-힣]', w))})"
    r"|(?<![^\W_])(?:"
    # 2027. január 5.
    rf"(?P<hy>20\d\d)\. ?(?P<hm>{_MONTH}) (?P<hd>\d{{1,2}})\.?"
    # 3-14 August 2026, 5th of January, 5 de enero de 2027, 5-Jan-27
    rf"|(?:(?P<nf>\d{{1,2}})\.?{_TO})?(?P<nd>\d{{1,2}}){_TH}\.?[ -]?(?:of |de |di )?"
    rf"(?P<nm>{_MONTH})(?!\w)\.?"
    r"(?:,? (?:de |del |do )?(?P<ny>20\d\d)(?!\d)|-(?P<ns>\d\d)(?![\d:.]| ?[^\W\d]))?"
    # January 5th, 2027; August 3-14
    rf"|(?P<em>{_MONTH})(?!\w)\.? (?:the )?(?:(?P<ef>\d{{1,2}})(?:st|nd|rd|th)?{_TO})?"
    r"(?P<ed>\d{1,2})(?:st|nd|rd|th)?(?![\d:])(?:,? (?P<ey>20\d\d)(?!\d))?"
    # 5.1.2027, 5/1/27, 5.1.; with hyphens only if it is whole
    r"|(?P<a>\d{1,2})(?P<by>[./]) ?(?P<b>\d{1,2})(?:(?P=by) ?(?P<y>20\d\d|\d\d(?!\d)))?\.?"
    r"|(?<!\d-)(?P<da>\d{1,2})-(?P<db>\d{1,2})-(?P<dy>20\d\d)"
    rf"|(?P<w>{_WEEKDAY})(?!\w)"
    r"))(?!\d|[.,:/+]\d)"
)
_Stated = re.Match[str]
_VERSION = re.compile(
    r"(?<!\w)(?:v|version|versions|release|rev|windows|nr|no|tel|phone|ip|§)[.: ]{0,2}$"
)
_TIME = re.compile(r"\s?(?:uhr|h|am|pm|a\.m|p\.m|klo|hrs|€|%|gb|mb)(?!\w)")


def _stated(text: str) -> Iterator[_Stated]:
    """The dates, but no weekday that stands beside one."""
    found: list[_Stated] = []
    for match in _date().finditer(text):
        if len(found) == MOST_DATES:
            break
        if match["a"] and (
            _VERSION.search(text[max(0, match.start() - 12) : match.start()])
            or (not match["y"] and _TIME.match(text[match.end() : match.end() + 6]))
        ):
            continue
        found.append(match)
    for before, match, after in zip([None, *found], found, [*found[1:], None], strict=False):
        if not (_weekday(match) and _is_beside(before, match, after)):
            yield match


_BESIDE = 12
_RIGHT_BEHIND = 3


def _weekday(match: _Stated) -> str:
    return match["w"] or match["cw"] or ""


def _is_beside(before: _Stated | None, weekday: _Stated, after: _Stated | None) -> bool:
    """A weekday beside a date only explains it; one beside a weekday does not."""
    is_before = after is not None and after.start() - weekday.end() <= _BESIDE
    is_behind = before is not None and weekday.start() - before.end() <= _RIGHT_BEHIND
    return bool(
        (is_before and after is not None and not _weekday(after))
        or (is_behind and before is not None and not _weekday(before))
    )


def _is_month_first(text: str, found: Sequence[_Stated]) -> bool | None:
    """How 5/1 is meant: as its fellows, else day first unless it is English; None: unknown."""
    slashes = [(int(each["a"]), int(each["b"])) for each in found if each["by"] == "/"]
    if any(month > 12 for _, month in slashes):  # noqa: PLR2004  # no month
        return True
    if any(day > 12 for day, _ in slashes):  # noqa: PLR2004
        return False
    return None if ENGLISH.search(text) else False


def _day(match: _Stated, written: date, is_month_first: bool | None) -> date | None:  # noqa: FBT001  # three answers
    """The day that is meant; None if there is no such day, or two of them."""
    if word := _weekday(match):
        ahead = (WEEKDAYS[word] - written.weekday()) % 7
        return written + timedelta(days=ahead or 7)
    year, month, day = _numbers(match)
    if match["by"] == "/" and month != day:
        if is_month_first is None:
            return None
        if is_month_first:
            month, day = day, month
    if year:
        return _valid(2000 + int(year) % 100, month, day)
    this = _valid(written.year, month, day)
    if this is not None and this < written - _STALE:
        return _valid(written.year + 1, month, day)
    last = _valid(written.year - 1, month, day)
    is_stale = last is not None and last >= written - _STALE
    return None if is_stale else this


def _numbers(match: _Stated) -> tuple[str, int, int]:
    """Year or empty, month and day as they stand there."""
    for year, month, day in (
        ("iy", "im", "id"),
        ("hy", "hm", "hd"),
        ("ny", "nm", "nd"),
        ("ey", "em", "ed"),
        ("y", "b", "a"),
        ("dy", "db", "da"),
        ("", "cm", "cd"),
    ):
        if match[day]:
            name = match[month]
            stated = (match[year] if year else "") or (match["ns"] if day == "nd" else "") or ""
            return stated, MONTHS.get(name) or int(name), int(match[day])
    raise ValueError("a weekday has no numbers")


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- what is said of them -----------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[!?。！？\u2029]|(?<=[^\W\d][^\W\d])\.(?:\s|$)")
_RANGE = re.compile(
    r"[\s.,]{0,3}(?:[-–—~〜～]|(?:to|till?|until|thru|through|bis|zum|au|al|a|ate|do|az|tot|t/m|og|til"
    r"|до|по|εως|μεχρι|and|und|et|y|e|i|pana la|から|至|到|부터)(?:\s(?:zum|den|the|el|il|la|le))?)"
    r"[\s.,]{0,3}(?:[^\W\d]{1,14}[\s.,]{1,3})?"
)
_FIRST_DAY = re.compile(
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|er)?\.?\s(?:to|till?|until|thru|through|bis(?: zum)?|au|al|a"
    r"|ate|do|az|tot|t/m|til|tot en met|до|по|εως|μεχρι|pana la)\s(?:[^\W\d]{1,14}\s)?$"
)
_SURROUNDING = 100


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What is said around a date in its sentence."""

    before: str
    after: str
    is_followed: bool
    """Another date stands behind it in the sentence, so what is said there may be of that one."""
    ends_absence: bool
    """It is the last day of a range in a sentence about an absence."""


def _around(text: str, found: Sequence[_Stated]) -> Iterator[tuple[_Stated, _Surroundings]]:
    end_before, begin_of_range = 0, 0
    for number, match in enumerate(found):
        start, end = match.span()
        between = text[end_before:start] if number else ""
        is_range = bool(number and len(between) <= _NEAR and _RANGE.fullmatch(between))
        before = _last_sentence(text[max(end_before, start - _NEAR) : start])
        is_range = is_range or bool(match["nf"] or match["ef"] or _FIRST_DAY.search(before))
        begin = begin_of_range if is_range and number else start
        next_start = found[number + 1].start() if number + 1 < len(found) else len(text)
        after = _SENTENCE_END.split(text[end : min(next_start, end + _BEHIND)], maxsplit=1)[0]
        is_followed = end + len(after) == next_start < len(text)
        around = f"{_last_sentence(text[max(0, begin - _SURROUNDING) : start])} {after}"
        yield (
            match,
            _Surroundings(
                before, after, is_followed, is_range and ABSENCE.search(around) is not None
            ),
        )
        end_before = end
        begin_of_range = begin


def _last_sentence(text: str) -> str:
    return _SENTENCE_END.split(text)[-1]


def _cue(around: _Surroundings) -> str:
    """Whether it is the day of the "return", the "end" of the absence, or nothing of it (empty)."""
    if RETURN_BEFORE.search(around.before):
        return "return"
    if not around.is_followed and RETURN_AFTER.search(around.after):
        return "return"
    is_end = UNTIL_BEFORE.search(around.before) or UNTIL_AFTER.match(around.after)
    return "end" if is_end or around.ends_absence else ""
