"""Which text of an HTML part its reader does not see, by the styles that mail uses.

Standards: CSS 2.2 as mail clients keep it; of style sheets only plain rules of a class or an id.
Failures: none; what is not understood hides nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

LONGEST_STYLE = 4_000
LONGEST_SHEET = 200_000
MOST_RULES = 5_000
OFF_SCREEN = -500.0  # pixels
TINY = 1.0  # pixels or points

Style = Mapping[str, str]
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What an element hands on to the text in it."""

    tiny: bool = False
    unseen: bool = False
    keeps_lines: bool = False
    color: Rgb | None = None
    """None where it is not known."""
    background: Rgb | None = None

    @property
    def hides_text(self) -> bool:
        return self.tiny or self.unseen or _are_alike(self.color, self.background)


def declarations(style: str) -> dict[str, str]:
    """Properties and values in lower case; the last of two wins."""
    found: dict[str, str] = {}
    for declaration in style[:LONGEST_STYLE].lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = value.replace("!important", "").strip()
    return found


def hides(style: Style) -> bool:
    """Whether nothing of the element and of all that it holds is shown."""
    if style.get("display") == "none" or style.get("mso-hide") == "all":
        return True
    if _number(style.get("opacity", "")) == 0:
        return True
    if "hidden" in style.get("overflow", "") and any(
        _is_nothing(style.get(side, "")) for side in ("max-height", "height", "max-width", "width")
    ):
        return True
    if style.get("position") in {"absolute", "fixed"}:
        sides = (_number(style.get(side, "")) for side in ("left", "top", "right"))
        return any(side is not None and side <= OFF_SCREEN for side in sides)
    indent = _number(style.get("text-indent", ""))
    return indent is not None and indent <= OFF_SCREEN


def inherit(look: Look, style: Style) -> Look:
    """The look of an element whose parent looks like this."""
    if "font-size" in style:
        look = replace(look, tiny=_is_nothing(style["font-size"]))
    if "visibility" in style:
        look = replace(look, unseen=style["visibility"] in {"hidden", "collapse"})
    if "white-space" in style:
        look = replace(look, keeps_lines=style["white-space"] in _KEEPING)
    if "color" in style:
        look = replace(look, color=_rgb(style["color"]))
    for name in ("background", "background-color", "background-image"):
        if name in style and style[name] not in {"transparent", "none", "inherit"}:
            look = replace(look, background=_rgb(style[name]))
    return look


_KEEPING = {"pre", "pre-wrap", "pre-line", "break-spaces"}
_NUMBER = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s{0,3}(px|pt|em|rem|%|)")


def _number(value: str) -> float | None:
    """A length as a number, in whatever unit; None if it is none."""
    match = _NUMBER.fullmatch(value)
    return float(match[1]) if match else None


def _is_nothing(value: str) -> bool:
    match = _NUMBER.fullmatch(value)
    if match is None:
        return False
    size = float(match[1])
    return size <= (TINY if match[2] in {"px", "pt"} else 0)


class Styles:
    """How the elements of one part look. One mail repeats few styles many times."""

    def __init__(self, sheets: list[str], *, show_all: bool) -> None:
        self._rules = rules_of(sheets)
        self._has_sheets = bool(sheets)
        self._show_all = show_all
        self._known: dict[object, Look | None] = {}
        # With a style sheet, the colour behind the text may stand in a rule that is not read.
        self.first = Look(background=None if sheets else WHITE)

    def look(self, parent: Look, tag: str, attributes: Mapping[str, object]) -> Look | None:
        """How the text in an element looks; None if all of it is hidden."""
        is_link = tag == "a"
        if not is_link and _MATTERS.isdisjoint(attributes):
            return parent
        values = tuple([plain(attributes.get(name)) for name in _VALUES])
        key = parent, is_link, "hidden" in attributes, values
        if key in self._known:
            return self._known[key]
        look = self._new_look(parent, values, is_link=is_link)
        if "hidden" in attributes and not self._show_all:
            look = None
        if len(self._known) < MOST_KNOWN and sum(map(len, values)) < LONGEST_KNOWN:
            self._known[key] = look
        return look

    def _new_look(self, look: Look, values: tuple[str, ...], *, is_link: bool) -> Look | None:
        style = self._style_of(*values)
        if hides(style) and not self._show_all:
            return None
        if is_link:
            look = replace(look, color=None)  # links have a colour of their own
        if self._has_sheets and values[0]:
            look = replace(look, background=None)
        return inherit(look, style)

    def _style_of(self, classes: str, name: str, attribute: str, *colours: str) -> dict[str, str]:
        """What comes later wins: attributes of old HTML, classes, the id, the style."""
        color, background, image = colours
        style: dict[str, str] = {}
        if color:
            style["color"] = color.lower()
        if background:
            style["background-color"] = background.lower()
        if image:
            style["background-image"] = "url()"
        if self._rules:
            for one in classes.lower().split()[:MOST_CLASSES]:
                style |= self._rules.get(f".{one}", {})
            style |= self._rules.get(f"#{name.lower()}", {})
        return style | declarations(attribute) if attribute else style


def plain(value: object) -> str:
    """An attribute as one text; some are read as lists of words."""
    return value if isinstance(value, str) else " ".join(value) if isinstance(value, list) else ""


WHITE = (255, 255, 255)
MOST_CLASSES = 20
MOST_KNOWN = 1_000
LONGEST_KNOWN = 500
_VALUES = ("class", "id", "style", "color", "bgcolor", "background")
_MATTERS = frozenset({*_VALUES, "hidden"})


# ---------------------------------------------------------------- colours

_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})(?![0-9a-f])")
_FUNCTION = re.compile(r"rgba?\(\s{0,3}(\d{1,3})[\s,]{1,5}(\d{1,3})[\s,]{1,5}(\d{1,3})")
ALIKE = 24  # the sum of differences that nobody sees


def _rgb(value: str) -> Rgb | None:
    if "url(" in value or "gradient" in value:
        return None
    if match := _HEX.search(value):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])  # noqa: PLR2004
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _FUNCTION.search(value):
        return int(match[1]), int(match[2]), int(match[3])
    return next((_NAMED[word] for word in value.split()[:5] if word in _NAMED), None)


def _are_alike(one: Rgb | None, other: Rgb | None) -> bool:
    if one is None or other is None:
        return False
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= ALIKE


# ---------------------------------------------------------------- style sheets

_COMMENT = re.compile(r"/\*.{0,10000}?\*/|<!--|-->", re.DOTALL)
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]{0,10})?([.#][a-z_][a-z0-9_-]{0,60})")


def rules_of(sheets: Iterable[str]) -> dict[str, dict[str, str]]:
    """What style sheets say about `.class` and `#id`, without the rules of @media and the like."""
    css = _COMMENT.sub(" ", "\n".join(sheets)[:LONGEST_SHEET]).lower()
    rules: dict[str, dict[str, str]] = {}
    position = 0
    for _ in range(MOST_RULES):
        opened = css.find("{", position)
        if opened < 0:
            break
        selector = css[position:opened].rpartition(";")[2].strip()
        if selector.startswith("@"):
            position = _block_end(css, opened)
            continue
        closed = css.find("}", opened)
        closed = len(css) if closed < 0 else closed
        style = declarations(css[opened + 1 : closed])
        for one in selector.split(","):
            if match := _SIMPLE.fullmatch(one.strip()):
                rules.setdefault(match[1], {}).update(style)
        position = closed + 1
    return rules


_BRACE = re.compile("[{}]")


def _block_end(css: str, opened: int) -> int:
    depth = 0
    for match in _BRACE.finditer(css, opened):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(css)
