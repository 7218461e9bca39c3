"""Geometry of charts: where the bars of an SVG picture stand, and how long those of a table are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 360, 180
_LEFT, _TOP, _BOTTOM = 34, 8, 22
_MOST_LABELS = 6


class Bar(NamedTuple):
    label: str
    value: float
    percent: int
    """Of the greatest value: the width of a cell in a table."""


@dataclass(frozen=True, slots=True)
class Box:
    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Groups of upright bars, one group for each label, one bar for each series."""

    boxes: tuple[Box, ...]
    lines: tuple[Mark, ...]
    """Horizontal ones, with the values that they stand for."""
    labels: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = HEIGHT - _BOTTOM


def bars(values: Iterable[tuple[str, float]]) -> list[Bar]:
    """For a table in which a cell is as wide as its value is great."""
    pairs = list(values)
    most = max((value for _, value in pairs), default=0)
    return [
        Bar(label, value, round(100 * value / most) if most > 0 else 0) for label, value in pairs
    ]


def columns(labels: Sequence[str], series: Sequence[Sequence[float]]) -> Columns:
    """Each of the series has a value for each of the labels; none is below zero."""
    top = ceiling(max((value for each in series for value in each), default=0))
    floor, span = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    step = (WIDTH - _LEFT) / max(len(labels), 1)
    width = step * 0.76 / max(len(series), 1)
    boxes = tuple(
        Box(
            number,
            round(_LEFT + step * (place + 0.12) + number * width, 1),
            round(floor - span * value / top, 1),
            round(width - 0.5, 1),
            round(span * value / top, 1),
        )
        for number, each in enumerate(series)
        for place, value in enumerate(each)
    )
    every = -(-len(labels) // _MOST_LABELS)
    marks = tuple(
        Mark(round(_LEFT + step * (place + 0.5), 1), label)
        for place, label in enumerate(labels)
        if place % every == 0
    )
    lines = tuple(
        Mark(round(floor - span * part, 1), f"{top * part:g}") for part in (0.0, 0.5, 1.0)
    )
    return Columns(boxes, lines, marks)


def ceiling(value: float) -> float:
    """The next number of 2, 4, 6, 8, 10, 20, 40 and so on: it and its half are easy to read."""
    top = 2.0
    while True:
        for factor in range(1, 6):
            if value <= top * factor:
                return top * factor
        top *= 10
