"""The character sets that Microsoft's formats state by number, as names of codecs.

Failures: none; a number that says nothing gives an empty name.
"""

from helpdesk.inbound.charset import codec_of

_PAGES = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    10000: "mac-roman",
    10006: "mac-greek",
    10007: "mac-cyrillic",
    20127: "ascii",
    20866: "koi8-r",
    20932: "euc-jp",
    21866: "koi8-u",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50222: "iso-2022-jp",
    50225: "iso-2022-kr",
    51932: "euc-jp",
    51936: "gb2312",
    51949: "euc-kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
    936: "gb18030",
}
_LATIN_ONE = 28591  # ISO 8859-1; the parts 2 to 16 follow
_LAST_LATIN = 28606

# The \fcharset numbers of RTF 1.9.1.
_RTF_CHARSETS = {
    77: "mac-roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


def codec_of_page(number: int) -> str:
    """The codec of a Windows code page."""
    if _LATIN_ONE <= number <= _LAST_LATIN:
        return codec_of(f"iso-8859-{number - _LATIN_ONE + 1}")
    return codec_of(_PAGES.get(number, f"cp{number}"))


def codec_of_rtf_charset(number: int) -> str:
    return _RTF_CHARSETS.get(number, "")
