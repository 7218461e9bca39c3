"""Lists and searches against the number of entries, on SQLite and on PostgreSQL.

The tables are filled directly, with words as often as those of a language are; each size is the
smaller one with more. Times are of one page of 50 tickets, the best of several, for what others do
on the machine only adds to it; read their growth within a run.
`--commits N` measures instead what the index of words costs a mail that is committed.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.address import lookup_key
from helpdesk.core.listing import Order, Sort
from helpdesk.core.ticket import (
    Entry,
    EntryId,
    EntryKind,
    PersonId,
    Status,
    Ticket,
    TicketNumber,
)
from helpdesk.store import tickets as committing
from helpdesk.store.engine import open_engine, write_at_once
from helpdesk.store.finding import Words, of_entry, of_ticket, put_words
from helpdesk.store.listing import TicketFilter, list_tickets, places
from helpdesk.store.mapping import entry_values, ticket_values
from helpdesk.store.people import AgentSetting, sync
from helpdesk.store.schema import upgrade
from helpdesk.store.tables import ADDRESSES, ENTRIES, LICENSES, PEOPLE, TAGS, TICKETS
from tests.builders import BOB, EVE, SALES, SUPPORT, message
from tests.postgresql import NoServer, Server
from tests.store.house import House

FIRST_TICKET = 1000
START = datetime(2020, 1, 1, tzinfo=UTC)
SIZES = (10_000, 100_000, 1_000_000)
BATCH = 1_000
ROUNDS = 9
PAGES = 100
ENTRIES_OF = (1, 2, 2, 2, 3, 5)
"""Of tickets, in turn: 2.5 on the average."""
TICKETS_OF_PERSON = 4
WORDS_OF_ENTRY = 50
RARE, EVERY = "zirkon", 5_000
CJK = "昨日から印刷できないので確認してください"
SYLLABLES = ("ba", "der", "in", "ko", "lem", "mi", "nu", "po", "ran", "sti", "tu", "ver")
NOW = START + timedelta(days=3650)

Values = dict[str, Any]


def vocabulary() -> tuple[list[str], list[float]]:
    """20,000 words, and how often they are in all: as Zipf says."""
    words = ["".join(each) for n in (1, 2, 3, 4) for each in itertools.product(SYLLABLES, repeat=n)]
    random.Random("words").shuffle(words)
    words = words[:20_000]
    return words, list(itertools.accumulate(1 / place for place in range(1, len(words) + 1)))


VOCABULARY, OFTEN = vocabulary()


class Filler:
    def __init__(self) -> None:
        self.entries = 0
        self.number = FIRST_TICKET
        self._rng = random.Random("finding")
        self._person = 1000
        self._rows: dict[Table, list[Values]] = {}
        self._words: list[Words] = []

    @property
    def tickets(self) -> int:
        return self.number - FIRST_TICKET

    def multiply(self, times: int) -> None:
        """So much is there by now."""
        self.number = FIRST_TICKET + self.tickets * times
        self.entries *= times

    async def fill(self, engine: AsyncEngine, entries: int) -> None:
        while self.entries < entries:
            self._rows, self._words = {}, []
            end = min(entries, self.entries + BATCH)
            while self.entries < end:
                self._ticket()
            await write_at_once(engine, self._flush)

    def _flush(self, connection: Connection) -> None:
        for table in (PEOPLE, ADDRESSES, TICKETS, ENTRIES, TAGS, LICENSES):
            if rows := self._rows.get(table):
                connection.execute(insert(table), rows)
        put_words(connection, self._words)

    def _add(self, table: Table, **values: Any) -> None:
        self._rows.setdefault(table, []).append(values)

    def _text(self, words: int) -> str:
        return " ".join(self._rng.choices(VOCABULARY, cum_weights=OFTEN, k=words))

    def _ticket(self) -> None:
        if self.number % TICKETS_OF_PERSON == 0:
            self._someone()
        self.number += 1
        number, rng = TicketNumber(self.number), self._rng
        at = START + timedelta(minutes=5 * (number - FIRST_TICKET))
        is_open = rng.random() < 0.05
        subject = self._text(6)
        ticket = Ticket(
            number=number,
            desk=rng.choices(("support", "sales", "lab"), (0.9, 0.0995, 0.0005))[0],
            subject=subject,
            requester=PersonId(self._person),
            created_at=at,
            updated_at=at + timedelta(minutes=rng.randrange(20_000)),
            status=Status.OPEN if is_open else Status.CLOSED,
            priority=rng.choices(("low", "normal", "high", "critical"), (0.2, 0.7, 0.09, 0.01))[0],
            closed_at=None if is_open else at,
        )
        late = {"target_at": NOW + timedelta(minutes=rng.randrange(-500, 10_000))}
        self._add(TICKETS, **(ticket_values(ticket) | (late if is_open else {})))
        self._words.append(of_ticket(number, subject))
        if number % 20 == 0:
            self._add(TAGS, ticket=number, tag="vpn")
        if number % 1000 == 0:
            self._license(number)
        for _ in range(ENTRIES_OF[number % len(ENTRIES_OF)]):
            self._entry(number, subject, at)

    def _entry(self, number: TicketNumber, subject: str, at: datetime) -> None:
        self.entries += 1
        text = self._text(WORDS_OF_ENTRY)
        text += f" {RARE}" if self.entries % EVERY == 0 else ""
        text += f" {CJK}" if self.entries % 50 == 0 else ""
        entry = Entry(EntryId(self.entries), number, EntryKind.MESSAGE, at, text=text)
        self._add(ENTRIES, **entry_values(entry))
        self._words.append(of_entry(number, entry.id, subject, text))

    def _someone(self) -> None:
        self._person += 1
        address = f"one{self._person}@customer.example"
        self._add(PEOPLE, id=self._person, address=address, name=f"Customer {self._person}")
        values = {"person": self._person, "failures": 0, "suppressed": False}
        self._add(ADDRESSES, key=lookup_key(address), address=address, **values)

    def _license(self, number: int) -> None:
        values: Values = {"provider": "own", "position": 0, "masked": "***", "state": "unknown"}
        self._add(
            LICENSES, ticket=number, fingerprint=f"{number % 3000:064}", quoted=False, **values
        )


# --- questions ----------------------------------------------------------------------------------

Question = tuple[TicketFilter, Order]


def questions() -> dict[str, Question]:
    usual = Order()
    common, second, third = VOCABULARY[:3]
    words = {
        "rare word": RARE,
        "common word": f'"{common}"',
        "beginning, 1 % of all words": beginning(0.01),
        "two common words": f'"{second}" "{third}"',
        "common and rare": f'"{common}" {RARE}',
        "phrase": f'"{second} {third}"',
        "CJK": "印刷",
        "found nowhere": f"{RARE} abracadabra",
    }
    asked = {
        "default": TicketFilter(),
        "status open": TicketFilter(status="open"),
        "desk, 1 of 2000": TicketFilter(desk="lab"),
        "tag, 1 of 20": TicketFilter(tag="vpn"),
        "requester": TicketFilter(requester="one1500@customer.example"),
        "assignee nobody": TicketFilter(assignee="", status="open"),
        "two days": TicketFilter(since=START, until=START + timedelta(days=2)),
        "license": TicketFilter(licenses=frozenset({"0" * 64})),
        "overdue": TicketFilter(late_at=NOW),
    }
    found = {f"list, {name}": (which, usual) for name, which in asked.items()}
    found |= {f"list, by {sort.value}": (TicketFilter(), Order(sort)) for sort in tuple(Sort)[1:]}
    found |= {f"search, {n}": (TicketFilter(words=w), usual) for n, w in words.items()}
    found["search, common, by update"] = (TicketFilter(words=f'"{common}"'), Order(Sort.UPDATED))
    found["search, common, open"] = (TicketFilter(words=f'"{common}"', status="open"), usual)
    return found


def beginning(share: float) -> str:
    """Four letters, with which about so many of all words that are said begin."""
    shares: dict[str, float] = {}
    for word, before, after in zip(VOCABULARY, [0.0, *OFTEN], OFTEN, strict=False):
        shares[word[:4]] = shares.get(word[:4], 0.0) + (after - before) / OFTEN[-1]
    return min(shares, key=lambda each: (abs(shares[each] - share), each))


async def best(ask: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


async def measure(engine: AsyncEngine) -> dict[str, float]:
    found = {}
    for name, (which, order) in questions().items():

        async def ask(which: TicketFilter = which, order: Order = order) -> None:
            page = await list_tickets(engine, which, order)
            if which.words:
                await places(engine, which.words, page.lines[:10])

        found[name] = await best(ask)
    for sort in (Sort.ENTRY, Sort.UPDATED):
        order, after = Order(sort), ""
        for _ in range(PAGES - 1):
            page = await list_tickets(engine, None, order, after=after)
            if page.is_last:
                break
            after = page.places[-1]

        async def ask_page(order: Order = order, after: str = after) -> None:
            await list_tickets(engine, None, order, after=after)

        found[f"list, page {PAGES}, by {sort.value}"] = await best(ask_page)
    return found


# --- databases ----------------------------------------------------------------------------------


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="helpdesk-finding-") as folder:
            yield f"sqlite+aiosqlite:///{folder}/helpdesk.db"
        return
    server = Server()
    try:
        yield server.url
    finally:
        server.end()


async def prepared(url: str) -> AsyncEngine:
    await upgrade(url)
    engine = open_engine(url, patient=True)
    await sync(engine, (SUPPORT, SALES), (AgentSetting(BOB.name, (BOB.address,), ("support",)),))
    return engine


async def fill(engine: AsyncEngine, filler: Filler, size: int) -> None:
    """PostgreSQL copies by itself what is there, as far as that goes, and makes the index of words
    anew behind it: that is faster by far."""
    if engine.dialect.name == "sqlite":
        await filler.fill(engine, size)
        return

    async def run(*statements: str) -> None:
        async with engine.begin() as connection:
            for each in statements:
                await connection.exec_driver_sql(each)

    await run("DROP INDEX search_words")
    times = size // filler.entries if filler.entries >= SIZES[1] else 1
    for copy in range(1, times):
        await run(*copies(copy * filler.tickets, copy * filler.entries, filler))
    filler.multiply(times)
    await filler.fill(engine, size)
    index = "CREATE INDEX search_words ON search USING gin (words)"
    await run("SET LOCAL maintenance_work_mem = '256MB'", index)


def copies(tickets: int, entries: int, filler: Filler) -> Iterator[str]:
    """Of what the filler has filled so far, with numbers and times that are so much greater."""
    later = f"+ interval '{5 * tickets} minutes'"
    moved = {
        "number": f"number + {tickets}",
        "ticket": f"ticket + {tickets}",
        "id": f"id + {entries}",
        "entry": f"CASE entry WHEN 0 THEN 0 ELSE entry + {entries} END",
        "created_at": f"created_at {later}",
        "updated_at": f"updated_at {later}",
        "at": f"at {later}",
    }
    names = {table.name: list(table.columns.keys()) for table in (TICKETS, ENTRIES, TAGS, LICENSES)}
    names["search"] = ["ticket", "entry", "words"]
    for table, columns in names.items():
        into = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(moved.get(name, f'"{name}"') for name in columns)
        first = "number" if table == TICKETS.name else "ticket"
        only = f"{first} <= {FIRST_TICKET + filler.tickets}"
        yield f"INSERT INTO {table} ({into}) SELECT {values} FROM {table} WHERE {only}"


async def settle(engine: AsyncEngine) -> None:
    """As the server does by itself in the night."""
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.exec_driver_sql("VACUUM ANALYZE")


async def run_sizes(kind: str, sizes: list[int]) -> dict[int, dict[str, float]]:
    found = {}
    with database(kind) as url:
        engine = await prepared(url)
        filler = Filler()
        for size in sizes:
            began = time.monotonic()
            await fill(engine, filler, size)
            await settle(engine)
            said = f"{kind}, {size} entries: filled in {time.monotonic() - began:.0f} s"
            print(said, file=sys.stderr, flush=True)
            found[size] = await measure(engine)
        await engine.dispose()
    return found


def print_sizes(kind: str, found: dict[int, dict[str, float]]) -> None:
    sizes = list(found)
    heads = "".join(f"{f'{size:,}':>12}" for size in sizes)
    print(f"\n{kind + ', ms':<32}{heads}{'last/first':>12}", flush=True)
    for name in found[sizes[0]]:
        times = [found[size][name] for size in sizes]
        cells = "".join(f"{each:>12.1f}" for each in times)
        print(f"{name:<32}{cells}{times[-1] / times[0]:>12.1f}", flush=True)


async def run_commits(kind: str, commits: int) -> None:
    """One mail each, in turn with the index and without."""
    with database(kind) as url, tempfile.TemporaryDirectory() as folder:
        engine = await prepared(url)
        house = House(engine, Path(folder))
        filler = Filler()
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * commits):
            is_indexed = number % 2 == 0
            vars(committing)["put_words"] = put_words if is_indexed else _leave_out
            mail = message(EVE.address, f"mail {number}", text=filler._text(300))  # noqa: SLF001
            began = time.perf_counter()
            await house.receive(mail)
            times[is_indexed].append(1000 * (time.perf_counter() - began))
        vars(committing)["put_words"] = put_words
        await engine.dispose()
    with_it, without = statistics.median(times[True]), statistics.median(times[False])
    print(
        f"{kind}: {commits} mails of 300 words each way, kept, decided and committed one by one: "
        f"{with_it:.2f} ms with the index, {without:.2f} ms without, "
        f"{with_it - without:+.2f} ms, ratio {with_it / without:.2f}"
    )


def _leave_out(_connection: Connection, _rows: object) -> None:
    pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--commits", type=int, default=0)
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        with suppress(NoServer):
            if options.commits:
                asyncio.run(run_commits(kind, options.commits))
            else:
                found = asyncio.run(run_sizes(kind, sorted(options.sizes)))
                print_sizes(kind, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
