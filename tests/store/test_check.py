"""The check finds nothing on a good database, and each kind of damage on a bad one.

Every test has a copy of a database in which somebody has lived.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy, copytree

import pytest
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.ticket import EntryKind, TicketNumber
from helpdesk.store import check as checking
from helpdesk.store.check import PROMISES, TARGETS, check
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.engine import is_postgresql, open_engine, use_sound_sqlite
from helpdesk.store.queues import SqlIntake
from helpdesk.store.raw import LARGE
from tests.builders import EVE, NOW, mail, message
from tests.databases import ONLY_SQLITE
from tests.postgresql import Cluster, NoServer
from tests.store.house import WITH_LEVELS, House, raw

IDENTITIES = "two mails with one identity are one mail and its duplicate"
MESSAGE_IDS = "what is sent has one Message-ID"
LINKS_LEAD = "a link leads from one ticket to another, and both exist"
MERGED = "a ticket that was merged is closed, and what was said in it is in the other one"

DAMAGE: list[tuple[str, str]] = [
    (
        "a mail that is done has a verdict, one that is pending has none",
        "UPDATE intake SET verdict = NULL WHERE id = 1",
    ),
    (
        "a mail that is done has a verdict, one that is pending has none",
        "UPDATE intake SET verdict = 'opened' WHERE state = 'pending'",
    ),
    (
        "a mail that is done has a verdict, one that is pending has none",
        "UPDATE intake SET state = 'lost' WHERE id = 1",
    ),
    (
        "a pending mail will be tried, no other one",
        "UPDATE intake SET due_at = NULL WHERE state = 'pending'",
    ),
    ("a pending mail will be tried, no other one", "UPDATE intake SET due_at = received_at"),
    ("a verdict is one of the known ones", "UPDATE intake SET verdict = 'eaten' WHERE id = 1"),
    (
        "a mail that opened or joined a ticket is an entry of it",
        "UPDATE entries SET intake = NULL",
    ),
    (
        "a mail that opened or joined a ticket is an entry of it",
        "UPDATE intake SET ticket = 1002 WHERE id = 1",
    ),
    (
        "a mail opens at most one ticket",
        (
            "INSERT INTO entries SELECT 900, 1002, kind, at, visibility, author, author_address,"
            " author_name, message_id, intake, parked, reason, version, text, full_text, minutes"
            " FROM entries WHERE intake = 1 LIMIT 1"
        ),
    ),
    ("a ticket is opened by one mail", "UPDATE intake SET ticket = 1001 WHERE ticket = 1002"),
    (
        "a mail in a ticket has an identity, a duplicate none",
        "UPDATE intake SET identity = NULL",
    ),
    (
        "a mail in a ticket has an identity, a duplicate none",
        "UPDATE intake SET identity = 'x' WHERE verdict = 'duplicate'",
    ),
    ("every verdict is explained", "DELETE FROM evidence WHERE intake = 1"),
    (
        "what is sent belongs to a ticket and entry that exist",
        "UPDATE outbox SET ticket = 4711 WHERE id = 1",
    ),
    (
        "what is sent belongs to a ticket and entry that exist",
        "UPDATE outbox SET entry = 4711 WHERE id = 1",
    ),
    ("no row names one that is missing", "UPDATE outbox SET ticket = 4711 WHERE id = 1"),
    ("what waits to be sent will be tried, nothing else", "UPDATE outbox SET due_at = NULL"),
    ("what waits to be sent will be tried, nothing else", "UPDATE outbox SET state = 'delivered'"),
    ("a requester takes part in his ticket", "DELETE FROM participants"),
    ("every mail has its raw message", "DELETE FROM raw_messages WHERE intake = 1"),
    (
        "nothing is left of a ticket that was deleted",
        "UPDATE tickets SET deleted_at = created_at WHERE number = 1001",
    ),
    (
        "nothing is left of a ticket that was deleted",
        "INSERT INTO tags VALUES (1005, 'words')",
    ),
    (
        "nothing is left of a ticket that was deleted",
        "INSERT INTO links VALUES (1001, 1005, 'related')",
    ),
    (
        "nothing is left of a ticket that was deleted",
        "UPDATE tickets SET snoozed_until = created_at WHERE number = 1005",
    ),
    ("an entry is in a ticket that exists", "UPDATE entries SET ticket = 4711 WHERE id = 1"),
    ("a tag belongs to a ticket that exists", "INSERT INTO tags VALUES (4711, 'lost')"),
    (LINKS_LEAD, "INSERT INTO links VALUES (1001, 4711, 'related')"),
    (LINKS_LEAD, "INSERT INTO links VALUES (4711, 1001, 'related')"),
    (LINKS_LEAD, "INSERT INTO links VALUES (1001, 1001, 'related')"),
    (MERGED, "UPDATE tickets SET status = 'open' WHERE number = 1003"),
    (MERGED, "UPDATE tickets SET merged_into = number WHERE number = 1003"),
    (MERGED, "UPDATE tickets SET merged_into = 4711 WHERE number = 1003"),
    (MERGED, "UPDATE entries SET ticket = 1003 WHERE ticket = 1001 AND kind = 'message'"),
    (
        "a mail that opened or joined a ticket is an entry of it",
        "DELETE FROM links WHERE kind = 'merged'",
    ),
    (
        "a mail that opened or joined a ticket is an entry of it",
        "DELETE FROM links WHERE kind = 'split'",
    ),
    (
        "nothing will happen by itself to a ticket that was merged or deleted",
        "UPDATE tickets SET due_at = created_at WHERE number = 1003",
    ),
    (
        "nothing will happen by itself to a ticket that was merged or deleted",
        "UPDATE tickets SET due_at = created_at WHERE number = 1005",
    ),
    (TARGETS, "UPDATE tickets SET target_at = created_at WHERE number = 1002"),
    (TARGETS, "UPDATE tickets SET target_at = NULL WHERE number = 1002"),
    (TARGETS, "UPDATE tickets SET clocks_json = '[]' WHERE number = 1002"),
    (TARGETS, "UPDATE tickets SET clocks_json = '[{}]' WHERE number = 1002"),
    (TARGETS, "UPDATE tickets SET clocks_json = '[' WHERE number = 1002"),
    ("no number is given twice", "UPDATE counters SET last = 1001 WHERE name = 'ticket'"),
    ("no number is given twice", "DELETE FROM counters WHERE name = 'intake'"),
    (
        "an agreement does not end before it begins",
        (
            'INSERT INTO agreements (id, holder, kind, first, last, desk, at, "by") SELECT 1,'
            " 'acme', 'contract', '2026-02-01', '2026-01-31', '', received_at, '' FROM intake"
            " WHERE id = 1"
        ),
    ),
    (
        "nothing is said of a deleted ticket in the ledger",
        (
            'INSERT INTO ledger (id, holder, kind, credits, ticket, at, "by", note, reference)'
            " SELECT 1, 'acme', 'reserved', 1, number, created_at, '', 'of Eve', '' FROM tickets"
            " WHERE deleted_at IS NOT NULL"
        ),
    ),
    ("the raw bytes are kept as received", "UPDATE raw_messages SET body = x'00' WHERE intake = 1"),
    ("the raw bytes are kept as received", "UPDATE raw_messages SET body = NULL WHERE intake = 1"),
    ("the raw bytes are kept as received", "UPDATE raw_messages SET sha256 = 'x' WHERE intake = 1"),
    (
        "the raw bytes are kept as received",
        "UPDATE raw_messages SET path = 'no/file' WHERE encoding = 'file'",
    ),
    (
        IDENTITIES,
        (
            "CREATE TABLE copy AS SELECT * FROM intake; DROP TABLE intake;"
            " ALTER TABLE copy RENAME TO intake; UPDATE intake SET identity = 'x' WHERE id < 3"
        ),
    ),
    (
        MESSAGE_IDS,
        (
            "CREATE TABLE copy AS SELECT * FROM outbox; DROP TABLE outbox;"
            " ALTER TABLE copy RENAME TO outbox; UPDATE outbox SET message_id = 'x'"
        ),
    ),
]


async def lived_in(house: House) -> None:
    """All verdicts, a mail that waits, and a large one; a merge, a split, clocks, a deletion."""
    house.rules = WITH_LEVELS
    first = message(EVE.address, "one")
    await house.receive(first, message(EVE.address, "two"), first)
    third, fourth = message(EVE.address, "three"), message(EVE.address, "four")
    await house.receive(third, fourth, message(EVE.address, "five"))
    await house.receive(message(EVE.address, "Re: three", in_reply_to=(third.message_id,)))
    await house.act(1003, Verb.MERGE, "1001")
    await delete_ticket(house.engine, house.objects, TicketNumber(1005), NOW)
    (more,) = await house.receive(
        message(EVE.address, "Re: four", in_reply_to=(fourth.message_id,))
    )
    (said,) = [each for each in more.entries if each.kind is EntryKind.MESSAGE]
    await house.act(1004, Verb.SPLIT, entry=said.id)
    await house.receive(message(EVE.address, "Re: one", in_reply_to=(first.message_id,)))
    (incoming,) = await house.keep(message(subject="report"))
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        work.apply(incoming, Decision(Verdict.RECORDED, "report"), NOW)
        await work.commit()
    (loop,) = await house.keep(message(subject="loop"))
    await house.intake.quarantine(loop.intake, "loop", "", NOW)
    await SqlIntake(house.engine, house.objects).keep(
        [(mail(message()).arrival, raw(os.urandom(LARGE)))]
    )


async def live(url: str, objects: Path) -> None:
    engine = open_engine(url)
    await lived_in(House(engine, objects))
    await engine.dispose()


@pytest.fixture(scope="module")
def new_database(new_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody has lived in it; its files are beside it."""
    path = Path(copy(new_database, tmp_path_factory.mktemp("lived")))
    with ThreadPoolExecutor(1) as pool:
        url = f"sqlite+aiosqlite:///{path}"
        pool.submit(asyncio.run, live(url, path.parent / "objects")).result()
    return path


@pytest.fixture(scope="module")
def objects_of_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lived") / "objects"


@pytest.fixture(scope="module")
def new_on_server(
    new_on_server: str, objects_of_server: Path, _maybe_cluster: Cluster | NoServer
) -> Iterator[str]:
    """As `new_database`."""
    assert isinstance(_maybe_cluster, Cluster)
    with _maybe_cluster.database(like=new_on_server) as url:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, live(url, objects_of_server)).result()
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def house(
    engine: AsyncEngine, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> House:
    if database == "sqlite":
        objects: Path = request.getfixturevalue("new_database").parent / "objects"
    else:
        objects = request.getfixturevalue("objects_of_server")
    copytree(objects, tmp_path / "objects")
    return House(engine, tmp_path / "objects")


async def damage(url: str, statements: str) -> None:
    """As somebody would who does not go through us."""
    if is_postgresql(url):
        engine = open_engine(url)
        statements = statements.replace("x'00'", r"'\x00'::bytea")
        statements = re.sub(r"(DROP TABLE \w+)", r"\1 CASCADE", statements)
        # Foreign keys are not looked at.
        statements = f"SET LOCAL session_replication_role = replica; {statements}"
    else:
        use_sound_sqlite()
        engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements.split(";"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def test_all_mails_are_accounted_for(house: House) -> None:
    report = await check(house.engine, house.objects, deep=True)

    assert report.violations == ()
    assert report.to_json() == {
        "accepted": 12,
        "pending": 1,
        "verdicts": {
            "opened": 5,
            "appended": 3,
            "recorded": 1,
            "duplicate": 1,
            "quarantined": 1,
        },
        "violations": [],
    }


@pytest.mark.parametrize(("promise", "statements"), DAMAGE)
async def test_a_broken_promise_is_found(
    house: House, url: str, promise: str, statements: str
) -> None:
    if is_postgresql(url) and promise == "no row names one that is missing":
        pytest.skip("PostgreSQL sees to it itself")
    await damage(url, statements)

    report = await check(house.engine, house.objects, deep=True)

    assert promise in {violation.promise for violation in report.violations}


def test_every_promise_has_its_negative_control() -> None:
    assert {promise for promise, _ in PROMISES} <= {promise for promise, _ in DAMAGE}


async def test_a_mail_without_verdict_does_not_add_up(house: House, url: str) -> None:
    await damage(url, "UPDATE intake SET verdict = NULL WHERE id = 1")

    report = await check(house.engine)

    assert "every accepted mail is pending or has one verdict" in {
        violation.promise for violation in report.violations
    }


async def test_a_file_that_is_gone_is_missed_without_reading_all(house: House) -> None:
    for path in house.objects.rglob("*.*"):
        path.unlink()

    (violation,) = (await check(house.engine, house.objects)).violations

    assert violation.promise == "the raw bytes are kept as received"


@ONLY_SQLITE
async def test_a_damaged_file_is_a_violation_and_no_crash(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    await engine.dispose()
    spoil(tmp_path / "helpdesk.db")

    report = await check(engine)

    assert "the database file is whole" in {v.promise for v in report.violations}


def spoil(path: Path) -> None:
    """Overwrite the last page, which is a leaf of something."""
    content = bytearray(path.read_bytes())
    content[-4096:-2048] = os.urandom(2048)
    path.write_bytes(content)


@ONLY_SQLITE
async def test_a_damaged_intake_is_a_violation_and_no_crash(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    async with engine.begin() as connection:
        size = (await connection.exec_driver_sql("PRAGMA page_size")).scalar_one()
        page = "SELECT rootpage FROM sqlite_master WHERE name = 'intake'"
        number = (await connection.exec_driver_sql(page)).scalar_one()
    await engine.dispose()
    with (tmp_path / "helpdesk.db").open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(b"\xff" * size)

    report = await check(engine)

    assert "the database file is whole" in {v.promise for v in report.violations}


class Told(Exception):  # noqa: N818 -- as the driver's errors
    def __init__(self, state: str) -> None:
        super().__init__("told by the server")
        self.sqlstate = state


@pytest.mark.parametrize("state", ["57014", "08003", "53200"])
def test_a_server_that_is_away_or_too_slow_is_not_damaged(state: str) -> None:
    with pytest.raises(DatabaseError):
        checking._damage(DatabaseError("SELECT 1", None, Told(state)))


def test_a_server_that_tells_of_broken_files_is() -> None:
    found = checking._damage(DatabaseError("SELECT 1", None, Told("XX001")))

    assert found.promise == "the database file is whole"
