"""A page of plain text in the making: words, lines, lists and tables.

Failures: none.
"""

from dataclasses import dataclass, field

CELL = "\ue002"  # between the cells of a row, until their table is complete
_GAP = "  "
LONGEST_CELL = 40  # characters of a cell that is padded
DEEPEST_INDENT = 10
LONGEST_LABEL = 2_000


@dataclass(slots=True)
class Page:
    """Lines in the making."""

    lines: list[str] = field(default_factory=list)
    margin: int = 0
    """Line breaks that the next words need before them."""
    bullet: str = ""
    """What the next words get before them."""
    _line: list[str] = field(default_factory=list)
    _has_words: bool = False
    _ends_in_space: bool = True
    _tables: list[int] = field(default_factory=list)
    """Where each open table began; -1 once it cannot be aligned."""

    @property
    def is_line_open(self) -> bool:
        """Whether words stand on the line that the next ones will continue."""
        return bool(self._line) and not self.margin

    def words(self, text: str) -> None:
        if self.margin:
            self.end_line(self.margin)
        self._add_bullet()
        self._add(text.lstrip(" ") if self._ends_in_space else text)

    def raw(self, text: str) -> None:
        """Text whose spaces mean something."""
        if self.margin:
            self.end_line(self.margin)
        self._add_bullet()
        self._add(text)

    def _add_bullet(self) -> None:
        if self.bullet:
            self._add(self.bullet)
            self.bullet = ""

    def _add(self, text: str) -> None:
        if text:
            self._line.append(text)
            self._ends_in_space = text[-1] == " "
            self._has_words = self._has_words or not text.isspace()

    def end_line(self, margin: int) -> None:
        """End the line, if it has begun; leave an empty one where the margin wants it."""
        self.margin = 0
        if self._has_words:
            self.lines.append("".join(self._line).rstrip())
        self._clear()
        if margin > 1 and self.lines and self.lines[-1]:
            self.lines.append("")

    def break_line(self) -> None:
        if self.margin:
            self.end_line(self.margin)
        self.lines.append("".join(self._line).rstrip())
        self._clear()

    def _clear(self) -> None:
        self._line.clear()
        self._has_words, self._ends_in_space = False, True

    def mark(self, mark: str) -> None:
        self.end_line(max(1, self.margin))
        self.lines.append(mark)

    # ------------------------------------------------------------ links

    def here(self) -> tuple[int, int]:
        return len(self.lines), len(self._line)

    def since(self, place: tuple[int, int]) -> str | None:
        """The words since a place; None if they are too many to be a label."""
        lines, pieces = place
        if len(self.lines) > lines + 3:
            return None
        if len(self.lines) > lines:
            pieces = 0
        label = [*self.lines[lines:], *self._line[pieces : pieces + 50]]
        return "\n".join(label) if sum(map(len, label)) <= LONGEST_LABEL else None

    def append(self, text: str) -> None:
        """Behind the last words, with a space."""
        self.words(text if self._ends_in_space else f" {text}")

    # ------------------------------------------------------------ tables

    def begin_table(self, *, of_data: bool) -> None:
        if self._tables:
            self._tables[-1] = -1  # a table within it: the outer one is there for the layout
        self.end_line(max(1, self.margin))
        self._tables.append(len(self.lines) if of_data else -1)

    def end_table(self) -> None:
        start = self._tables.pop() if self._tables else -1
        if start < 0:
            return
        self.end_line(1)
        self.lines[start:] = _aligned(self.lines[start:])

    def next_cell(self) -> None:
        if self.is_line_open:
            self._add(CELL if self._tables and self._tables[-1] >= 0 else _GAP)
            self._ends_in_space = True

    def finish(self) -> str:
        self.end_line(0)
        lines = [line.replace(CELL, _GAP) for line in self.lines]
        return "\n".join(_without_runs(lines)).strip("\n")


def _aligned(lines: list[str]) -> list[str]:
    """The rows of a table below each other, if all have the same number of short cells."""
    rows = [line.split(CELL) for line in lines if line]
    columns = {len(row) for row in rows}
    short = all(len(cell) <= LONGEST_CELL for row in rows for cell in row)
    if len(rows) < 2 or len(columns) != 1 or columns == {1} or not short:  # noqa: PLR2004
        return lines
    cells = [[cell.strip() for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _without_runs(lines: list[str]) -> list[str]:
    """At most two empty lines in a row."""
    shown: list[str] = []
    for line in lines:
        if line or shown[-2:] != ["", ""]:
            shown.append(line)
    return shown
