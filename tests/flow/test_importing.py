"""An archive goes through the real store and rules, batch by batch."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.commands import Verb
from helpdesk.core.decide_import import Importing, date_of
from helpdesk.core.decide_import import Outcome as ImportOutcome
from helpdesk.core.decision import Keys
from helpdesk.core.mail import Message
from helpdesk.core.ticket import TicketNumber
from helpdesk.flow.importing import Importer
from helpdesk.inbound import archive
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parse import parse
from helpdesk.ports import Planned, Unavailable, Work
from helpdesk.store.check import check
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.engine import open_engine
from helpdesk.store.plan import ArchivePlan, imported
from helpdesk.store.queues import SqlIntake
from helpdesk.store.raw import LARGE
from helpdesk.store.reads import show_ticket
from helpdesk.store.tables import ENTRIES, EVIDENCE, INTAKE, OUTBOX, RAW_MESSAGES, TICKETS
from helpdesk.store.tickets import SqlTickets
from tests.builders import ANA, BOB, RULES, SUPPORT, message
from tests.fakes import FakeClock
from tests.store.conftest import make
from tests.store.house import LATER, WITH_LEVELS, House

BEGAN = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def written(
    name: str,
    author: str = ANA.address,
    to: str = SUPPORT.address,
    *named: str,
    day: int = 0,
    body: str = "It burns.",
    more: str = "",
) -> bytes:
    date = BEGAN + timedelta(days=day)
    references = f"References: {' '.join(f'<{each}>' for each in named)}\n" if named else ""
    return (
        f"From: {author}\nTo: {to}\nSubject: Printer\nMessage-ID: <{name}>\n"
        f"Date: {date:%a, %d %b %Y %H:%M:%S} +0000\n{references}{more}\n{body}\n"
    ).encode()


@dataclass
class ParsingReader:
    """Reads in this process; what says so breaks whoever decides on it."""

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        return [self._read(raw) for raw in raws]

    def _read(self, raw: bytes) -> Message:
        message = parse(raw, ReaderOptions())
        if b"breaks the rules" in raw:
            broken: Any = None
            return replace(message, to=(broken,))
        return message


async def unrested(_seconds: float) -> None:
    pass


@dataclass
class Desk:
    """A house with an archive before its door."""

    house: House
    folder: Path
    faults: list[str] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    def plan(self, *mails: bytes) -> ArchivePlan:
        """The mails as files, and the plan of them."""
        plan = self.stack.enter_context(closing(ArchivePlan()))
        for raw in mails:
            path = self.folder / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml"
            path.write_bytes(raw)
            found = archive.heading(raw)
            plan.add(
                (path, "file", 0, len(raw)),
                hashlib.sha256(raw).hexdigest(),
                date_of(found.dates, BEGAN, LATER),
                found.message_id,
                found.named,
            )
        plan.finish()
        return plan

    def importer(self, plan: ArchivePlan, **more: Any) -> Importer:
        values: dict[str, Any] = {
            "plan": plan,
            "read": lambda planned: planned.path.read_bytes(),
            "tickets": SqlTickets(self.house.engine, self.house.objects),
            "reader": ParsingReader(),
            "importing": Importing(RULES),
            "clock": FakeClock(LATER),
            "fault": self._fault,
            "rest": unrested,
        }
        return Importer(**(values | more))

    def _fault(self, planned: Planned, problem: str) -> None:
        self.faults.append(f"{planned.path.name}: {problem}")

    async def run(self, *mails: bytes, **more: Any) -> Importer:
        importer = self.importer(self.plan(*mails), **more)
        await importer.run(asyncio.Event(), lambda: None)
        return importer

    async def conversations(self) -> list[list[str]]:
        """The Message-IDs of each ticket, in the order of the entries."""
        found: dict[int, list[str]] = {row.number: [] for row in await self.house.rows(TICKETS)}
        for row in sorted(await self.house.rows(ENTRIES), key=lambda row: row.id):
            found[row.ticket].append(row.message_id)
        return list(found.values())

    async def violations(self) -> list[str]:
        report = await check(self.house.engine, self.house.objects, deep=True)
        return [f"{each.promise}: {each.detail}" for each in report.violations]


@pytest.fixture
async def desk(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    with ExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
        if database != "sqlite":
            url = stack.enter_context(request.getfixturevalue("cluster").database())
        await make(url)
        engine = open_engine(url)
        folder = tmp_path / "archive"
        folder.mkdir()
        desk = Desk(House(engine, tmp_path / "objects"), folder)
        yield desk
        desk.stack.close()
        await engine.dispose()


# --- threads --------------------------------------------------------------------------------------


async def test_a_thread_is_one_ticket_whatever_the_order_in_the_archive(desk: Desk) -> None:
    await desk.run(
        written("third", ANA.address, SUPPORT.address, "first", "second", day=2),
        written("second", BOB.address, ANA.address, "first", day=1),
        written("first"),
    )

    assert await desk.conversations() == [["first", "second", "third"]]


@pytest.mark.parametrize("outcome", ["closed", "resolved", "open", "waiting"])
async def test_nothing_happens_by_itself_to_what_was_imported(desk: Desk, outcome: str) -> None:
    """Else a desk that takes over an archive would remind everybody of everything."""
    importing = Importing(WITH_LEVELS, outcome=ImportOutcome(outcome))
    await desk.run(written("a"), written("b", BOB.address, ANA.address, "a"), importing=importing)
    desk.house.rules = WITH_LEVELS

    (row,) = await desk.house.rows(TICKETS)
    assert (row.status, row.due_at, row.target_at, row.clocks_json) == (outcome, None, None, "[]")
    assert await desk.house.ticker(LATER + timedelta(days=99)).run_once() == 0
    assert await desk.violations() == []


async def test_an_imported_ticket_lives_as_any_other_once_somebody_acts(desk: Desk) -> None:
    await desk.run(written("a"))
    await desk.house.act(1001, Verb.REOPEN, now=LATER)
    await desk.house.act(1001, Verb.RESOLVE, now=LATER)

    (row,) = await desk.house.rows(TICKETS)
    assert row.status_since == LATER
    assert row.due_at is not None


async def test_replies_to_a_mail_that_is_missing_are_one_ticket(desk: Desk) -> None:
    await desk.run(
        written("a", ANA.address, SUPPORT.address, "missing"),
        written("b", "eve@elsewhere.example", SUPPORT.address, "missing", day=1),
    )

    assert await desk.conversations() == [["a", "b"]]


async def test_a_thread_that_is_longer_than_a_batch_is_one_ticket(desk: Desk) -> None:
    mails = [
        written(f"m{day}", ANA.address, SUPPORT.address, "missing", day=day) for day in range(7)
    ]

    await desk.run(*mails, batch=2)

    assert [len(each) for each in await desk.conversations()] == [7]


async def test_mails_that_name_each_other_nowhere_are_tickets_of_their_own(desk: Desk) -> None:
    await desk.run(written("a"), written("b", day=1))

    assert await desk.conversations() == [["a"], ["b"]]


async def test_history_joins_the_ticket_that_the_daemon_opened(desk: Desk) -> None:
    live = parse(written("live", ANA.address, SUPPORT.address, "old", day=9), ReaderOptions())
    await desk.house.receive(live)

    await desk.run(written("old"), written("live", ANA.address, SUPPORT.address, "old", day=9))

    assert [set(each) - {""} for each in await desk.conversations()] == [{"live", "old"}]
    verdicts = Counter(row.verdict for row in await desk.house.rows(INTAKE))
    assert verdicts == {"opened": 1, "appended": 1, "duplicate": 1}


# --- what is kept ---------------------------------------------------------------------------------


async def test_original_dates_are_kept(desk: Desk) -> None:
    await desk.run(written("first"), written("second", BOB.address, ANA.address, "first", day=3))
    [ticket] = await desk.house.rows(TICKETS)

    assert (ticket.created_at, ticket.updated_at) == (BEGAN, BEGAN + timedelta(days=3))
    assert (ticket.status, ticket.closed_at) == ("closed", BEGAN + timedelta(days=3))
    assert ticket.first_response_at == BEGAN + timedelta(days=3)


async def test_nothing_is_written_to_anybody(desk: Desk) -> None:
    await desk.run(written("first"), written("second", BOB.address, ANA.address, "first", day=3))

    assert await desk.house.rows(OUTBOX) == []


async def test_every_mail_is_kept_with_its_bytes_and_its_evidence(desk: Desk) -> None:
    mails = [written(f"m{day}", day=day) for day in range(5)]

    await desk.run(*mails, batch=2)

    kept = {row.sha256 for row in await desk.house.rows(RAW_MESSAGES)}
    assert kept == {hashlib.sha256(raw).hexdigest() for raw in mails}
    assert {row.reason for row in await desk.house.rows(EVIDENCE)} == {"imported"}
    assert await desk.violations() == []


async def test_the_same_mail_twice_in_an_archive_is_a_duplicate(desk: Desk) -> None:
    importer = await desk.run(written("a"), written("a"))

    assert importer.tally.verdicts == {"opened": 1, "duplicate": 1}
    assert await desk.violations() == []


async def test_a_large_mail_is_a_file_beside_the_database(desk: Desk) -> None:
    await desk.run(written("large", body="x" * LARGE))

    [row] = await desk.house.rows(RAW_MESSAGES)
    assert (row.encoding, (desk.house.objects / row.path).is_file()) == ("file", True)
    assert await desk.violations() == []


async def test_what_came_of_it_is_counted(desk: Desk) -> None:
    largest = written("first", body="It burns. " * 100)
    importer = await desk.run(
        largest,
        written("second", BOB.address, ANA.address, "first", day=1),
        written("third", BOB.address, SUPPORT.address, "first", day=2),
        written("auto", more="Auto-Submitted: auto-replied\n"),
        *(written(f"x{day}", "ben@example.test", day=day) for day in range(3)),
    )
    tally = importer.tally

    assert tally.verdicts == {"opened": 4, "appended": 2, "recorded": 1}
    assert tally.kinds == {"message": 4, "answer": 1, "note": 1}
    assert tally.largest == len(largest)
    assert tally.authors == {"ben@example.test": 3}
    assert (tally.first_at, tally.last_at) == (BEGAN, BEGAN + timedelta(days=2))


# --- beside the daemon ----------------------------------------------------------------------------


class WatchedWork:
    """Somebody looks on after mails were kept and before the commit."""

    def __init__(self, work: Work, look: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._look = look

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    async def load(self, keys: Sequence[Keys]) -> None:
        await self._work.load(keys)
        await self._look()


@dataclass
class WatchedTickets:
    engine: AsyncEngine
    objects: Path
    look: Callable[[], Awaitable[None]]

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Any]:
        async with SqlTickets(self.engine, self.objects).work() as work:
            yield WatchedWork(work, self.look)


async def test_the_daemon_never_claims_mail_that_is_imported(desk: Desk) -> None:
    engine = desk.house.engine
    other = open_engine(engine.url.render_as_string(hide_password=False))
    daemon = SqlIntake(other, desk.house.objects)
    claimed: list[Any] = []

    async def claim() -> None:
        claimed.append(await daemon.claim(LATER + timedelta(days=1), 64))

    try:
        await desk.run(
            written("a"),
            written("b", day=1),
            batch=1,
            tickets=WatchedTickets(engine, desk.house.objects, claim),
        )
        await claim()
    finally:
        await other.dispose()

    assert claimed == [(), (), ()]


# --- when something is wrong ----------------------------------------------------------------------


async def test_a_mail_that_cannot_be_decided_is_set_aside_and_the_others_go_on(
    desk: Desk,
) -> None:
    bad = written("bad", day=1, body="This breaks the rules.")

    importer = await desk.run(written("a"), bad, written("c", day=2))

    assert importer.tally.verdicts == {"opened": 2, "quarantined": 1}
    assert await desk.violations() == []


async def test_a_store_that_cannot_be_used_ends_the_import_and_keeps_no_half(desk: Desk) -> None:
    async def away() -> None:
        raise Unavailable("the database is locked")

    tickets = WatchedTickets(desk.house.engine, desk.house.objects, away)
    with pytest.raises(Unavailable):
        await desk.run(written("a"), written("large", body="x" * LARGE), tickets=tickets)

    assert await desk.house.rows(INTAKE) == []
    assert [each for each in desk.house.objects.rglob("*") if each.is_file()] == []


async def test_what_is_committed_is_not_done_again_when_the_plan_cannot_note_it(desk: Desk) -> None:
    plan = desk.plan(written("a"), written("b", day=1))
    plan._connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON threads BEGIN SELECT RAISE(FAIL, 'full'); END"
    )

    with pytest.raises(Unavailable, match="no room for temporary files: full"):
        await desk.importer(plan).run(asyncio.Event(), lambda: None)
    assert {row.verdict for row in await desk.house.rows(INTAKE)} == {"opened"}


async def test_a_file_that_changed_meanwhile_is_passed_over(desk: Desk) -> None:
    plan = desk.plan(written("a"), written("b", day=1))
    first = next(iter(plan.take(1, 1)))
    first.path.write_bytes(b"From: somebody else\n\nOther words\n")
    rest = desk.plan(written("b", day=1))
    rest.add((first.path, "file", 0, first.size), first.sha256, first.date, "a", ())
    importer = desk.importer(rest)
    await importer.run(asyncio.Event(), lambda: None)

    assert importer.tally.mails == 1
    assert desk.faults == [f"{first.path.name}: was changed meanwhile (run the import again)"]


async def test_a_file_that_is_gone_is_passed_over(desk: Desk) -> None:
    plan = desk.plan(written("a"), written("b", day=1))
    for path in desk.folder.iterdir():
        if b"<a>" in path.read_bytes():
            path.unlink()
    importer = desk.importer(plan)
    await importer.run(asyncio.Event(), lambda: None)

    assert importer.tally.mails == 1
    assert [fault.partition(": ")[2] for fault in desk.faults] == ["no such file or directory"]


# --- ended and gone on with -----------------------------------------------------------------------


async def test_between_two_batches_others_can_write(desk: Desk) -> None:
    mails = [written(f"{n}@c.test", day=n) for n in range(3)]
    found: list[int] = []

    async def rest(seconds: float) -> None:
        assert seconds > 0
        # Whoever held the database now would make this wait for ever.
        await asyncio.wait_for(desk.house.receive(message(subject=f"now {len(found)}")), 10)
        found.append(len([row for row in await desk.house.rows(INTAKE) if row.source == "import"]))

    await desk.run(*mails, batch=1, rest=rest)

    assert found == [1, 2, 3]


async def test_older_mail_that_comes_later_stands_before_the_newer(desk: Desk) -> None:
    newer = written("b@c.test", ANA.address, SUPPORT.address, "a@c.test", day=2)
    await desk.run(newer)
    await desk.run(written("a@c.test", day=1), newer, again=True)
    [ticket] = await desk.house.rows(TICKETS)
    shown = await show_ticket(desk.house.engine, TicketNumber(ticket.number))

    assert [entry.message_id for entry in shown.entries] == ["a@c.test", "b@c.test"]


async def test_what_was_deleted_does_not_come_back(desk: Desk) -> None:
    mails = [written("a@c.test"), written("b@c.test", ANA.address, SUPPORT.address, "a@c.test")]
    await desk.run(*mails)
    [ticket] = await desk.house.rows(TICKETS)
    number = TicketNumber(ticket.number)
    await delete_ticket(desk.house.engine, desk.house.objects, number, LATER)
    await desk.run(*mails, again=True)
    # A mail server's copy of the same mail has other trace fields.
    again = await desk.run(b"Received: from elsewhere by here; 1 Mar 2024\n" + mails[0])

    assert again.tally.verdicts["duplicate"] == 1
    assert len(await desk.house.rows(TICKETS)) == 1
    assert await desk.house.rows(ENTRIES) == []
    assert await desk.violations() == []


async def test_who_ends_it_has_whole_batches(desk: Desk) -> None:
    stop = asyncio.Event()
    importer = desk.importer(desk.plan(*(written(f"m{day}", day=day) for day in range(9))), batch=2)

    await importer.run(stop, stop.set)

    assert importer.tally.mails == 2
    assert [row.state for row in await desk.house.rows(INTAKE)] == ["done", "done"]
    assert await desk.violations() == []


async def test_what_was_imported_is_known_by_its_content(desk: Desk) -> None:
    mails = [written(f"m{day}", day=day) for day in range(3)]
    await desk.run(*mails[:2])
    [portion] = desk.plan(*reversed(mails)).origins()

    there = await imported(desk.house.engine, [origin for _, origin, _ in portion])

    assert [origin in there for _, origin, _ in portion] == [False, True, True]


async def test_an_archive_that_is_imported_again_is_all_duplicates(desk: Desk) -> None:
    mails = [written(f"m{day}", day=day) for day in range(3)]
    await desk.run(*mails)

    importer = await desk.run(*mails, again=True)

    assert importer.tally.verdicts == {"duplicate": 3}
    assert await desk.violations() == []
