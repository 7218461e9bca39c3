"""Texts with and without license keys, and which keys a reader should find in each.

`data/with_keys.txt` are templates: `«five»` stands for a made-up key of that kind, `«five2»` for
another one, `«five:wrap»` for what a mail client made of it, `«five!»` for one that must not be
found where it stands. `data/without_keys.txt` are texts as they are. In both a line `== cause |
title` begins a text, and `~~ subject`, `~~ signature`, `~~ quoted` and `~~ name` say where the
lines below it stand.
"""

import base64
import json
import random
import re
import string
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
VARIANTS = 2
"""So many texts are made of each template."""

Key = tuple[str, str, bool]
"""Normal form, provider, and whether it is found in quoted history only."""


@dataclass(frozen=True)
class KeyText:
    cause: str
    title: str
    parts: tuple[tuple[str, str], ...]
    """Where (new, subject, signature, quoted, name) and what."""
    keys: frozenset[Key]

    @property
    def is_held_out(self) -> bool:
        """A third of the texts, which nobody looks at while the rules are made. Not so the last
        160 templates and texts: all that was read wrongly of them was looked at."""
        return zlib.crc32(f"{self.cause}|{self.title}".encode()) % 3 == 0

    def of(self, where: str) -> list[str]:
        return [text for place, text in self.parts if place == where]


# --- made-up keys -------------------------------------------------------------------------------

_ALPHANUMERIC = string.ascii_uppercase + string.digits


def _groups(rng: random.Random, letters: str, groups: int, length: int) -> str:
    return "-".join("".join(rng.choices(letters, k=length)) for _ in range(groups))


def _four(rng: random.Random) -> str:
    while True:
        key = _groups(rng, _ALPHANUMERIC, 4, 4)
        if any(map(str.isdigit, key)):
            return key


def _url_safe(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode()


def _signed(rng: random.Random) -> str:
    said = {"license": {"id": rng.randrange(10**9), "seats": rng.randrange(99)}, "v": 1}
    return f"key/{_url_safe(json.dumps(said).encode())}.{_url_safe(rng.randbytes(64))}"


def _jwt(rng: random.Random) -> str:
    parts = ({"alg": "ES256", "typ": "JWT"}, {"sub": rng.randrange(10**9), "plan": "team"})
    said = [_url_safe(json.dumps(part).encode()).strip("=") for part in parts]
    return ".".join([*said, _url_safe(rng.randbytes(64)).strip("=")])


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    a, b, c, d = digits[:8], digits[8:12], digits[13:16], digits[17:20]
    return f"{a}-{b}-4{c}-{rng.choice('89ab')}{d}-{digits[20:]}"


KINDS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "five": ("codemeter", lambda rng: _groups(rng, _ALPHANUMERIC, 5, 5)),
    "four": ("licensespring", _four),
    "crypt": ("cryptolens", lambda rng: _groups(rng, string.ascii_uppercase, 4, 5)),
    "keygen": ("keygen", lambda rng: _groups(rng, "0123456789ABCDEF", 5, 6) + "-V3"),
    "signed": ("keygen", _signed),
    "jwt": ("jwt", _jwt),
    "envato": ("envato", _uuid),
    "container": (
        "codemeter-container",
        lambda rng: f"{rng.choice((2, 3, 128, 130, 32767))}-{rng.randrange(10**6, 10**8)}",
    ),
}

# --- what happens to them on their way ----------------------------------------------------------

_CYRILLIC = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")
_GREEK = str.maketrans("ABEHIKMNOPTXYZ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_WIDE = {ord(char): ord(char) + 0xFEE0 for char in _ALPHANUMERIC + "-"}


def _shifted(letter_a: int, digit_0: int) -> dict[int, int]:
    letters = {ord("A") + n: letter_a + n for n in range(26)}
    return letters | {ord("0") + n: digit_0 + n for n in range(10)}


def _numerals(zero: int) -> Callable[[str], str]:
    return lambda key: key.translate({ord("0") + n: zero + n for n in range(10)})


def _dashed(dash: str) -> Callable[[str], str]:
    return lambda key: key.replace("-", dash)


def _second_dash(between: str) -> Callable[[str], str]:
    """Break at the second dash."""
    return lambda key: "-".join(key.split("-")[:2]) + between + "-".join(key.split("-")[2:])


def _in_group(between: str) -> Callable[[str], str]:
    """Break in the third group."""

    def broken(key: str) -> str:
        at = len("-".join(key.split("-")[:2])) + 3
        return key[:at] + between + key[at:]

    return broken


def _folded(between: str, width: int = 64) -> Callable[[str], str]:
    return lambda key: between.join(key[at : at + width] for at in range(0, len(key), width))


DAMAGES: dict[str, Callable[[str], str]] = {
    "en": _dashed("\u2013"),
    "nb": _dashed("\u2011"),
    "em": _dashed("\u2014"),
    "minus": _dashed("\u2212"),
    "hyphen": _dashed("\u2010"),
    "fig": _dashed("\u2012"),
    "bar": _dashed("\u2015"),
    "fw": _dashed("\uff0d"),
    "kata": _dashed("\u30fc"),
    "spaced": _dashed(" - "),
    "spaceden": _dashed(" \u2013 "),
    "nbspd": _dashed("\u00a0-\u00a0"),
    "space": _dashed(" "),
    "nbsp": _dashed("\u00a0"),
    "cells": _dashed("  "),
    "tab": _dashed("\t"),
    "pipe": _dashed(" | "),
    "semi": _dashed(";"),
    "lines": _dashed("\n"),
    "under": _dashed("_"),
    "lower": str.lower,
    "upper": str.upper,
    "wide": lambda key: key.translate(_WIDE),
    "widekeep": lambda key: key.translate(_WIDE).replace("\uff0d", "-"),
    "math": lambda key: key.translate(_shifted(0x1D400, 0x1D7CE)),
    "mono": lambda key: key.translate(_shifted(0x1D670, 0x1D7F6)),
    "cyr": lambda key: key.translate(_CYRILLIC),
    "greek": lambda key: key.translate(_GREEK),
    "oh": lambda key: key.replace("0", "O").replace("1", "I"),
    "el": lambda key: key.replace("1", "l"),
    "wrap": _second_dash("-\n"),
    "wrapq": _second_dash("-\n> "),
    "wrapqq": _second_dash("-\n>> "),
    "wrapb": _second_dash("\n-"),
    "wrapsp": _second_dash("-  \n"),
    "wrapin": _second_dash("-\n            "),
    "wrapbar": _second_dash("- |\n|         | "),
    "wrapuuid": _second_dash("-\n"),
    "spacewrap": lambda key: _second_dash("\n")(key).replace("-", " "),
    "cut": _in_group("\n"),
    "qp": _in_group("=\n"),
    "qpd": _second_dash("-=\n"),
    "qp2d": _dashed("=2D"),
    "qpnb": _dashed("=E2=80=91"),
    "soft": lambda key: _in_group("\u00ad")(key[:1] + "\u200b" + key[1:]),
    "boxes": _dashed("] ["),
    "dot": _dashed("."),
    "middot": _dashed("\u00b7"),
    "slash": _dashed("/"),
    "double": _dashed("--"),
    "after": _dashed("- "),
    "every": _dashed("-\n"),
    "mixdash": lambda key: key.replace("-", "\u2013", 2),
    "crlf": _second_dash("-\r\n"),
    "blank": _second_dash("-\n\n"),
    "cutq": _in_group("\n> "),
    "twice": lambda key: "-\n".join([key[:13], key[14:27], key[28:]]),
    "onecyr": lambda key: key[:6] + key[6:].translate(_CYRILLIC),
    "cyrlow": lambda key: key.lower().translate(str.maketrans("aeocpxy", "аеосрху")),
    "oo": lambda key: key.lower().replace("0", "o"),
    "fold76": lambda key: key[:67] + "\n" + _folded("\n", 76)(key[67:]),
    "foldqp": _folded("=\n", 75),
    "fold": _folded("\n"),
    "foldq": _folded("\n> "),
    "shyent": _in_group("&shy;"),
    "ndashent": _dashed("&ndash;"),
    "wbr": _dashed("-&#8203;"),
    "rlm": lambda key: "\u202a" + key.replace("-", "-\u200e") + "\u202c",
    "arab": _numerals(0x660),
    "persian": _numerals(0x6F0),
    "maqaf": _dashed("\u05be"),
    "smallhyphen": _dashed("\ufe63"),
    "bullet": _dashed("\u2043"),
    "tilde": _dashed("~"),
    "colon": _dashed(":"),
    "comma": _dashed(", "),
    "thin": _dashed("\u2009"),
    "idsp": _dashed("\u3000"),
    "spelled": " ".join,
    "saiddash": _dashed(" dash "),
    "saidminus": _dashed(" Minus "),
    "numbered": lambda key: "\n".join(f"{n}: {group}" for n, group in enumerate(key.split("-"), 1)),
}

# --- texts --------------------------------------------------------------------------------------

_PLACE = re.compile(r"«([a-z]+)([0-9]?)(!?)(?::([a-z0-9+]+))?»")


def _sections(file: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    for block in (FOLDER / file).read_text(encoding="utf-8").split("== ")[1:]:
        title, _, rest = block.partition("\n")
        cause, _, name = title.partition(" | ")
        where, lines = "new", list[str]()
        parts = list[tuple[str, str]]()
        for line in [*rest.splitlines(), "~~ end"]:
            if line.startswith("~~ "):
                parts.append((where, "\n".join(lines)))
                where, lines = line[3:], []
            else:
                lines.append(line)
        yield cause, name, parts


def _filled(cause: str, title: str, parts: list[tuple[str, str]], variant: int) -> KeyText:
    made: dict[tuple[str, str], str] = {}
    placed: dict[tuple[str, str], bool] = {}

    def fill(match: re.Match[str]) -> str:
        kind, number, is_none, damages = match.groups()
        provider, make = KINDS[kind]
        seed = f"{cause}|{title}|{kind}|{number}|{variant}"
        key = made.setdefault((kind, number), make(random.Random(seed)))
        if not is_none:
            placed[key, provider] = placed.get((key, provider), True) and where == "quoted"
        for damage in damages.split("+") if damages else ():
            key = DAMAGES[damage](key)
        return key

    filled = []
    for where, text in parts:
        filled.append((where, _PLACE.sub(fill, text)))
    keys = frozenset((*key, is_quoted) for key, is_quoted in placed.items())
    return KeyText(cause, title, tuple(filled), keys)


def key_texts() -> list[KeyText]:
    """All of them, the same ones every time."""
    with_keys = [
        _filled(*each, variant)
        for each in _sections("with_keys.txt")
        for variant in range(VARIANTS)
    ]
    return with_keys + [_filled(*each, 0) for each in _sections("without_keys.txt")]
