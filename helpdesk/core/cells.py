"""Cells of a table that a spreadsheet shows, and does not compute."""

import unicodedata

_FORMULA = frozenset("=+-@\t\r")
_SKIPPED = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def cell(text: str) -> str:
    """Behind an apostrophe if a program could take it for a formula: it begins with = + - or @,
    also behind what nobody sees and in signs of another width, or with a tab or carriage return.
    """
    clean = text.replace("\0", "\ufffd")
    first = next((c for c in text if unicodedata.category(c) not in _SKIPPED), "")
    starts = {clean[:1], unicodedata.normalize("NFKC", first)[:1]}
    return f"'{clean}" if starts & _FORMULA else clean
