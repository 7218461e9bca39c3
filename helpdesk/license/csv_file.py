"""A table of licenses in a file, read again whenever it was changed.

Failures: a file that is not there or makes no sense is DOWN, and so is a key whose line makes none.
"""

import asyncio
import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from helpdesk.config.licenses import FIELDS, ProviderSettings
from helpdesk.core.key_spelling import normalize
from helpdesk.core.license import LookupOutcome, LookupResult
from helpdesk.license.mappings import Unreadable, down, found, license_of, not_found, words

log = structlog.get_logger("license")

_DELIMITERS = ",;\t"


class Broken(Exception):  # noqa: N818 -- it names what the file is
    """Why the file cannot be used, in one line."""


@dataclass(slots=True)
class Table:
    """The lines of a file by their key."""

    names: tuple[str, ...] = ()
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    bad: dict[str, str] = field(default_factory=dict)
    """Why a line was left out, by its key; or by its number, if it has none."""


class CsvProvider:
    """Licenses of one CSV file with a line of titles."""

    def __init__(self, settings: ProviderSettings, now: Callable[[], datetime]) -> None:
        self.name = settings.name
        self._path = settings.file or Path()
        self._columns = settings.columns
        self._words = words(settings.states, settings.history_url)
        self._seconds = settings.timeout.total_seconds()
        self._now = now
        self._reading = asyncio.Lock()
        self._read: tuple[tuple[int, ...], Table | Broken] | None = None

    async def lookup(self, key: str) -> LookupResult:
        try:
            async with asyncio.timeout(self._seconds):
                return self._answer(await self._table(), folded(key))
        except TimeoutError:
            return down(f"{self._path.name} was not read within {self._seconds:g} seconds")
        except Broken as broken:
            return down(str(broken))

    async def close(self) -> None:
        self._read = None

    def _answer(self, table: Table, key: str) -> LookupResult:
        if key in table.twice:
            detail = f"{self._path.name} has more than one line with this key"
            return LookupResult(LookupOutcome.AMBIGUOUS, detail=detail)
        if key in table.bad:
            return down(f"{self._path.name}, {table.bad[key]}")
        row = table.rows.get(key)
        if row is None:
            return not_found(_left_out(self._path.name, table))
        values = dict(zip(table.names, row, strict=True))
        return found(license_of(values, self._words, self._now()))

    async def _table(self) -> Table:
        async with self._reading:
            state = await asyncio.to_thread(_state, self._path)
            before, table = self._read or ((), None)
            if before != state or not isinstance(table, Table):
                # A lookup that waits too long gives up; the reading goes on for the next one.
                reading = asyncio.ensure_future(asyncio.to_thread(self._load, state))
                await asyncio.shield(reading)
        if self._read is None:
            raise Broken(f"{self._path.name} is closed")
        _, table = self._read
        if isinstance(table, Broken):
            raise table
        return table

    def _load(self, state: tuple[int, ...]) -> None:
        table: Table | Broken
        try:
            table = self._parse()
        except Broken as broken:
            table = broken
        except UnicodeDecodeError:
            table = Broken(f"{self._path.name} is not UTF-8 text (save it as UTF-8)")
        except OSError as error:
            table = Broken(f"{self._path.name} cannot be read: {error.strerror}")
        except csv.Error as error:
            table = Broken(f"{self._path.name} is no CSV: {error}")
        if isinstance(table, Table) and table.bad:
            log.warning("lines left out", provider=self.name, why=_left_out("the file", table))
        self._read = state, table

    def _parse(self) -> Table:
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            titles = file.readline()
            delimiter = max(_DELIMITERS, key=titles.count)
            positions = self._positions(next(csv.reader([titles], delimiter=delimiter), []))
            names = tuple(name for name in positions if name != "key")
            places = [positions[name] for name in names]
            table = Table(names)
            lines = csv.reader(file, delimiter=delimiter)
            for line in lines:
                if any(line):
                    self._take(table, line, lines.line_num + 1, (positions["key"], places))
        return table

    def _positions(self, titles: Sequence[str]) -> dict[str, int]:
        """Where our fields stand; further columns are of no interest."""
        where = {_title(title): number for number, title in reversed(list(enumerate(titles)))}
        for name, title in self._columns.items():
            if _title(title) not in where:
                raise Broken(f"{self._path.name} has no column for {name} (correct columns)")
        wanted = {name: _title(self._columns.get(name, name)) for name in FIELDS}
        if wanted["key"] not in where:
            raise Broken(f'{self._path.name} has no column key (add columns = {{ key = "..." }})')
        return {name: where[title] for name, title in wanted.items() if title in where}

    def _take(
        self, table: Table, line: Sequence[str], number: int, places: tuple[int, Iterable[int]]
    ) -> None:
        at_key, others = places
        key = folded(line[at_key]) if at_key < len(line) else ""
        if not key:
            table.bad[str(number)] = f"line {number}: has no key"
            return
        if key in table.rows or key in table.bad:
            table.twice.add(key)
        try:
            row = tuple(line[place] for place in others)
            license_of(dict(zip(table.names, row, strict=True)), self._words, self._now())
        except IndexError:
            table.bad[key] = f"line {number}: has too few columns"
        except Unreadable as error:
            table.bad[key] = f"line {number}: {error}"
        else:
            table.rows[key] = row


def folded(key: str) -> str:
    return normalize(key).strip().casefold()


def _title(text: str) -> str:
    return text.strip().casefold().replace(" ", "_").replace("-", "_")


def _state(path: Path) -> tuple[int, ...]:
    """Changes with the file; empty if there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _left_out(name: str, table: Table) -> str:
    if not table.bad:
        return ""
    return f"{len(table.bad)} lines of {name} were left out, the first: " + next(
        iter(table.bad.values())
    )
