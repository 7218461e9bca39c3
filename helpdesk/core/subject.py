"""Subjects: the base subject that a conversation shares, and the ticket tags in it.

Standards: RFC 5256 §2.1 (base subject), with the prefixes that clients use in other languages.
"""

import re
from functools import lru_cache

LONGEST_SUBJECT = 2_000
MOST_TAGS = 20

# One line per language; both kinds of prefix are taken away.
REPLY_PREFIXES = (
    ("re", "reply", "response"),  # English, and most of the world
    ("aw", "antw", "antwort"),  # German
    ("antw", "betr"),  # Dutch
    ("sv", "svar", "vs"),  # Swedish, Norwegian, Danish, Finnish
    ("ré", "rép", "réf", "ref"),  # French
    ("r", "rif", "ris"),  # Italian
    ("res", "resp", "rsp"),  # Portuguese, Spanish
    ("odp",),  # Polish, Czech, Slovak
    ("vá", "válasz"),  # Hungarian
    ("ynt", "yan", "cevap"),  # Turkish
    ("atb",),  # Welsh, Latvian
    ("απ", "σχετ"),  # Greek
    ("отв", "ответ", "на"),  # Russian
    ("回复", "答复", "回覆", "返信", "회신", "답장"),  # Chinese, Japanese, Korean
    ("תגובה", "رد"),  # Hebrew, Arabic
)
FORWARD_PREFIXES = (
    ("fw", "fwd", "forward"),  # English
    ("wg", "weitergeleitet"),  # German
    ("doorst", "doorgestuurd"),  # Dutch
    ("vb", "vidarebefordrat", "vs", "videresendt", "vl", "välitetty"),  # Nordic languages
    ("tr", "transf"),  # French
    ("i", "inoltro", "inoltrato"),  # Italian
    ("rv", "reenv", "enc", "encaminhado", "encaminhada"),  # Spanish, Portuguese
    ("pd",),  # Polish
    ("továbbítás", "tov"),  # Hungarian
    ("ilt", "ilet"),  # Turkish
    ("πρθ",),  # Greek
    ("пер", "переслано", "пересл"),  # Russian
    ("转发", "轉寄", "転送", "전달"),  # Chinese, Japanese, Korean
    ("הועבר", "إعادة توجيه"),  # Hebrew, Arabic
)

_REPLY = frozenset(word for words in REPLY_PREFIXES for word in words)
_FORWARD = frozenset(word for words in FORWARD_PREFIXES for word in words)
_PREFIXES = _REPLY | _FORWARD
# "Re:", "RE[2]:", "Re^3:", "Fwd (2):", also with the full-width colon.
_PREFIX = re.compile(
    r"\s*([^\W\d_]{1,16}(?: [^\W\d_]{1,8})?)\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]"
)
_LIST_TAG = re.compile(r"\s*(\[[^\[\]]{1,60}\])")
_FORWARDED_IN_BRACKETS = re.compile(r"(?i)\s*\[\s*fwd?\s*:(.*)\]\s*")
_TRAILER = re.compile(r"(?i)\s*\(fwd\)\s*$")
_PREFIX_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}")


def base_subject(subject: str, prefix: str = "TICK") -> str:
    """The subject without reply and forward prefixes and without our own tag; list tags stay.

    Applying it twice changes nothing.
    """
    text = " ".join(subject[:LONGEST_SUBJECT].split())
    text = " ".join(_tag(prefix).sub(" ", text).split())
    while True:
        shorter = _without_one(text)
        if shorter == text:
            return text
        text = shorter


def _without_one(text: str) -> str:
    text = _TRAILER.sub("", text)
    whole = _FORWARDED_IN_BRACKETS.fullmatch(text)
    if whole:
        return whole[1].strip()
    tag = _LIST_TAG.match(text)
    head, rest = ("", text) if tag is None else (tag[1], text[tag.end() :])
    match = _PREFIX.match(rest)
    if match is None or " ".join(match[1].casefold().split()) not in _PREFIXES:
        return text
    rest = rest[match.end() :].lstrip()
    if head and rest.startswith(head):  # "[list] Re: [list] words"
        head = ""
    return f"{head} {rest}".strip()


def is_forward(subject: str) -> bool:
    """Whether the outermost prefix says that this was forwarded."""
    text = subject[:LONGEST_SUBJECT].strip()
    if _FORWARDED_IN_BRACKETS.fullmatch(text) or _TRAILER.search(text):
        return True
    prefix = _outermost_prefix(text)
    return prefix in _FORWARD and prefix not in _REPLY


def is_reply(subject: str) -> bool:
    """Whether the outermost prefix says that this is a reply."""
    return _outermost_prefix(subject[:LONGEST_SUBJECT].strip()) in _REPLY


def may_be_forward(subject: str) -> bool:
    """Whether the outermost prefix is a word for a forward in some language; in another it may be
    one for a reply (VS)."""
    return is_forward(subject) or _outermost_prefix(subject[:LONGEST_SUBJECT].strip()) in _FORWARD


@lru_cache(maxsize=32)  # of one subject it is asked several times
def _outermost_prefix(text: str) -> str:
    tag = _LIST_TAG.match(text)
    match = _PREFIX.match(text, tag.end() if tag else 0)
    return " ".join(match[1].casefold().split()) if match else ""


@lru_cache(maxsize=8)
def _tag(prefix: str) -> re.Pattern[str]:
    if not _PREFIX_NAME.fullmatch(prefix):
        raise ValueError(f"{prefix!r} cannot be the prefix of ticket numbers")
    return re.compile(rf"(?i)\[\s?{prefix}-([0-9]{{1,12}})\s?\]")


def ticket_tags(subject: str, prefix: str = "TICK") -> tuple[int, ...]:
    """Numbers in tags such as `[TICK-1001]`, each once, in their order."""
    numbers = (int(match[1]) for match in _tag(prefix).finditer(subject[:LONGEST_SUBJECT]))
    return tuple(dict.fromkeys(numbers))[:MOST_TAGS]


_HYPHENS = "-\u2010\u2011\u2012\u2212\ufe63\uff0d"
_DASHES = _HYPHENS + "\u2013\u2014\u2015\ufe58"
_SPACES = "[ \u00a0\u2007\u202f\u3000]"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Letters of alphabets that put spaces between words: there a number must stand alone.
_IN_WORD = "A-Za-z0-9_\u00c0-\u024f\u0370-\u052f"
_ADDRESS = re.compile(r"://|[@/\\?&%]|^www\.|^(?:mailto|cid|mid|urn):", re.IGNORECASE)
_LONGEST_ADDRESS = 300
_TO_LAST_BREAK = re.compile(r"[\s\S]*[\s<>\"'()|,;]")
_LOCAL_PART_AFTER = re.compile(r"[A-Za-z0-9.+_=-]{0,64}@")


def ticket_mentions(text: str, prefix: str = "TICK") -> tuple[str, ...]:
    """Numbers that a text names anywhere, such as `TICK-1001`: to be shown, never to route by.

    Whatever dash is in them, also broken at the dash or with no-break spaces; none in longer
    names, in URLs and in addresses.
    """
    text = _INVISIBLE.sub("", text).translate(_WIDE) if not text.isascii() else text
    numbers: dict[str, None] = {}
    for match in _mention(prefix).finditer(text):
        if _is_in_address(text, match):
            continue
        numbers.setdefault(f"{prefix}-{int(match[1])}")
        if len(numbers) == MOST_TAGS:
            break
    return tuple(numbers)


@lru_cache(maxsize=8)
def _mention(prefix: str) -> re.Pattern[str]:
    if not _PREFIX_NAME.fullmatch(prefix):
        raise ValueError(f"{prefix!r} cannot be the prefix of ticket numbers")
    dash = rf"{_SPACES}{{0,2}}[{_DASHES}]{_SPACES}{{0,2}}(?:\r?\n[> \t]{{0,16}})?"
    return re.compile(
        rf"(?<![{_IN_WORD}{_HYPHENS}.])(?i:{prefix})(?:{dash}|\u00a0|\r?\n[> \t]{{0,16}}-)"
        rf"([0-9]{{1,12}})(?![{_IN_WORD}]|[{_HYPHENS}][A-Za-z0-9]|\u2013[0-9]|\.[0-9])"
    )


def _is_in_address(text: str, match: re.Match[str]) -> bool:
    """A URL, a path, a mail address or a Message-ID."""
    start, end = match.span()
    before = text[max(0, start - _LONGEST_ADDRESS) : start]
    gap = _TO_LAST_BREAK.match(before)
    if _ADDRESS.search(before[gap.end() :] if gap else before):
        return True
    return _LOCAL_PART_AFTER.match(text, end) is not None
