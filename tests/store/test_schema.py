"""A database is made or migrated at the start, and never by an older version."""

import asyncio
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.commands import Verb
from helpdesk.core.decision import Verdict
from helpdesk.core.ticket import TicketNumber
from helpdesk.ports import Unavailable
from helpdesk.store import schema
from helpdesk.store.check import check
from helpdesk.store.engine import (
    StoreError,
    database_file,
    is_postgresql,
    open_engine,
    reading,
    writing,
)
from helpdesk.store.schema import MIGRATIONS, REVISION, create, migrate, require_current, upgrade
from helpdesk.store.tables import (
    COUNTERS,
    INTAKE,
    METADATA,
    OUTBOX,
    TICKETS,
)
from tests.builders import EVE, message
from tests.databases import ONLY_SQLITE
from tests.postgresql import Cluster, NoServer
from tests.store.house import WITH_LEVELS, House

SCHEMAS = Path(__file__).parent / "schemas"
AFTERWARDS = datetime(2030, 1, 1, tzinfo=UTC)
NEXT = f"{int(REVISION) + 1:04}"
REVISIONS = sorted(path.stem for path in SCHEMAS.glob("*.sql"))
WITH_TIMERS = [each for each in REVISIONS if each >= "0003"]
BEFORE_TIMERS = [each for each in REVISIONS if each not in WITH_TIMERS]
SNOOZED, RESOLVED = 1004, 1005
"""Tickets in the dumps with timers."""
NOTHING: dict[tuple[str, str], Any] = {
    **{("people", name): "" for name in ("language", "zone", "sms")},
    ("people", "muted_json"): "[]",
    ("tickets", "service_level"): "",
    ("tickets", "clocks_json"): "[]",
    ("tickets", "right_state"): "",
    ("tickets", "right_json"): "",
    ("entries", "minutes"): 0,
    ("attachments", "recurs"): 0,
    ("attachments", "refused"): "",
    ("attachments", "summary"): "",
    ("attachments", "counted"): 0,
}
"""What a new column has in an old row, where it is not NULL."""


def whole_schema(connection: Connection) -> dict[str, Any]:
    """All that the database says of itself, in an order of its own."""
    found = inspect(connection)

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in sorted(value.items())}
        if isinstance(value, list):
            return sorted((plain(each) for each in value), key=repr)
        return value if isinstance(value, bool | int | type(None)) else str(value)

    return {
        table: {
            "columns": {each["name"]: plain(dict(each)) for each in found.get_columns(table)},
            "primary key": plain(dict(found.get_pk_constraint(table))),
            "foreign keys": plain([dict(each) for each in found.get_foreign_keys(table)]),
            "unique": plain([dict(each) for each in found.get_unique_constraints(table)]),
            "checks": plain([dict(each) for each in found.get_check_constraints(table)]),
            "indexes": plain([dict(each) for each in found.get_indexes(table)]),
        }
        for table in found.get_table_names()
        if not table.startswith("search_")  # FTS5 makes them for itself
    }


async def schema_of(engine: AsyncEngine) -> dict[str, Any]:
    async with reading(engine) as connection:
        return await connection.run_sync(whole_schema)


async def test_a_new_database_is_complete_and_left_alone_the_second_time(url: str) -> None:
    assert await upgrade(url)
    assert not await upgrade(url)

    engine = open_engine(url)
    await require_current(engine)
    await engine.dispose()


async def test_all_migrations_together_make_the_schema_of_the_tables(url: str) -> None:
    engine = open_engine(url)
    async with writing(engine) as connection:
        await connection.run_sync(migrate, "")
    migrated = await schema_of(engine)
    await drop_all(engine)
    await upgrade(url)

    made = await schema_of(engine)
    assert made.keys() == {*METADATA.tables, "alembic_version", "search"}
    assert migrated == made
    await engine.dispose()


async def drop_all(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.run_sync(METADATA.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))


async def test_several_who_start_at_once_make_one_database(url: str) -> None:
    made = await asyncio.gather(*(upgrade(url) for _ in range(3)))

    assert made == [True, True, True] or sorted(made) == [False, False, True]
    engine = open_engine(url)
    await require_current(engine)
    await engine.dispose()


def test_the_last_migration_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")

    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions[0] == REVISION
    assert revisions == sorted(revisions, reverse=True)


async def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    async with writing(engine) as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await engine.dispose()

    with pytest.raises(StoreError, match="newer than this version's"):
        await upgrade(url)


@ONLY_SQLITE
async def test_a_large_file_that_is_copied_holds_nobody_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    monkeypatch.setattr(schema, "REVISION", NEXT)
    monkeypatch.setattr(schema, "migrate", lambda *_: None)
    began, goes_on = threading.Event(), threading.Event()
    was_heard: list[bool] = []

    def wait(_path: Path) -> None:
        began.set()
        was_heard.append(goes_on.wait(10))

    monkeypatch.setattr(schema, "_copy", wait)

    upgrading = asyncio.create_task(upgrade(url))
    await asyncio.to_thread(began.wait, 10)
    goes_on.set()
    await upgrading

    assert was_heard == [True]


@ONLY_SQLITE
async def test_copies_that_are_made_at_the_same_time_are_files_of_their_own(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    monkeypatch.setattr(schema, "REVISION", NEXT)
    monkeypatch.setattr(schema, "migrate", lambda *_: None)

    await asyncio.gather(*(upgrade(url) for _ in range(3)))

    file = database_file(url)
    copies = list(file.parent.glob(f"{file.name}.before-{NEXT}*"))
    assert len(copies) == 3
    assert {copy.stat().st_size for copy in copies} == {file.stat().st_size}


@ONLY_SQLITE
async def test_a_file_is_copied_before_it_is_migrated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    monkeypatch.setattr(schema, "REVISION", NEXT)
    monkeypatch.setattr(schema, "migrate", lambda _connection, _found: None)

    assert await upgrade(url)
    assert await upgrade(url)

    for name in (f"helpdesk.db.before-{NEXT}", f"helpdesk.db.before-{NEXT}.2"):
        copy = open_engine(f"sqlite+aiosqlite:///{tmp_path / name}")
        assert "tickets" in await schema_of(copy)
        await copy.dispose()
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


@ONLY_SQLITE
async def test_a_copy_that_has_no_room_is_told_and_leaves_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    database = database_file(url)
    content = database.read_bytes()
    left = tmp_path / f".{database.name}.1{schema.PARTIAL}"
    left.mkdir()  # somebody was killed
    monkeypatch.setattr(schema, "REVISION", NEXT)
    monkeypatch.setattr(schema, "migrate", lambda _connection, _found: None)

    def full() -> None:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(content) // 2, limits[1]))
        try:
            schema._copy(database)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with pytest.raises(StoreError, match=r"before it is migrated .*make room"):
        full()
    assert not left.exists()
    assert not database.with_name(f"{database.name}.before-{NEXT}").exists()
    assert await upgrade(url)


async def test_a_migration_that_fails_leaves_everything_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    engine = open_engine(url)
    before = await schema_of(engine)

    def fail(connection: Connection, _found: str) -> None:
        connection.execute(text("ALTER TABLE tickets ADD COLUMN mood VARCHAR"))
        raise StoreError("half way", "none")

    monkeypatch.setattr(schema, "REVISION", NEXT)
    monkeypatch.setattr(schema, "migrate", fail)
    with pytest.raises(StoreError, match="half way"):
        await upgrade(url)

    assert await schema_of(engine) == before
    await engine.dispose()


@ONLY_SQLITE
async def test_a_migration_that_has_to_wait_again_and_again_leaves_no_copies(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    file = database_file(url)

    def wait(_connection: Connection, _found: str) -> None:
        raise Unavailable("database is locked")

    monkeypatch.setattr(schema, "REVISION", NEXT)
    with monkeypatch.context() as locked:
        locked.setattr(schema, "migrate", wait)
        for _ in range(3):
            with pytest.raises(Unavailable):
                await upgrade(url)
    left = list(file.parent.glob(f"{file.name}.before-*"))
    monkeypatch.setattr(schema, "migrate", lambda *_: None)
    await upgrade(url)

    assert left == []
    assert len(list(file.parent.glob(f"{file.name}.before-*"))) == 1


async def test_somebody_elses_database_is_left_alone(url: str) -> None:
    engine = open_engine(url)
    async with writing(engine) as connection:
        await connection.exec_driver_sql("CREATE TABLE songs (title TEXT)")

    with pytest.raises(StoreError, match="not a helpdesk's"):
        await upgrade(url)

    assert list(await schema_of(engine)) == ["songs"]
    await engine.dispose()


@ONLY_SQLITE
@pytest.mark.parametrize(
    "content", [b"no database, but some text" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
async def test_a_file_that_is_no_database_is_one_clear_line(url: str, content: bytes) -> None:
    database_file(url).write_bytes(content)

    with pytest.raises(StoreError, match="cannot be used") as caught:
        await upgrade(url)

    assert "\n" not in str(caught.value)
    assert database_file(url).read_bytes() == content


async def test_a_command_does_not_work_on_an_empty_database(url: str) -> None:
    engine = open_engine(url)

    with pytest.raises(StoreError, match="helpdesk init"):
        await require_current(engine)

    await engine.dispose()


def test_a_start_on_a_current_database_does_not_load_alembic(url: str) -> None:
    program = (
        "import asyncio, sys; from helpdesk.store.schema import upgrade;"
        f"asyncio.run(upgrade({url!r})); asyncio.run(upgrade({url!r}));"
        "sys.exit('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- databases of earlier versions --------------------------------------------------------------

Rows = dict[str, list[dict[str, Any]]]


def old_rows(dump: Path) -> Rows:
    """What was in a database of an earlier version."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.row_factory = sqlite3.Row
        memory.executescript(dump.read_text(encoding="utf-8"))
        names = [row["name"] for row in memory.execute("SELECT name FROM sqlite_master")]
        return {
            name: [dict(row) for row in memory.execute(f'SELECT * FROM "{name}"')]
            for name in METADATA.tables
            if name in names
        }


def old_columns(dump: Path) -> dict[str, set[str]]:
    """The tables that an earlier version had."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(dump.read_text(encoding="utf-8"))
        names = [name for (name,) in memory.execute("SELECT name FROM sqlite_master")]
        return {
            name: {column[1] for column in memory.execute(f'PRAGMA table_info("{name}")')}
            for name in METADATA.tables
            if name in names
        }


def load(connection: Connection, dump: Path) -> None:
    """On a server a database as the earlier version would have left it."""
    # Its own migrations made it, so they make it here, too.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "REVISION", dump.stem)
        migrate(connection, "")
    kinds = {
        name: {each["name"]: str(each["type"]) for each in inspect(connection).get_columns(name)}
        for name in inspect(connection).get_table_names()
    }
    rows = old_rows(dump)
    connection.execute(COUNTERS.delete())  # those that a migration began are in the dump, too
    for table in METADATA.sorted_tables:
        for row in rows.get(table.name, ()):
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f":{name}" for name in row)
            values = {name: typed(kinds[table.name][name], value) for name, value in row.items()}
            connection.execute(
                text(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'), values
            )


def restore(url: str, dump: Path) -> None:
    with closing(sqlite3.connect(database_file(url))) as file:
        file.executescript(dump.read_text(encoding="utf-8"))


def typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "BOOLEAN":
        return bool(value)
    if kind == "DATE":
        return date.fromisoformat(value)
    return datetime.fromisoformat(f"{value}+00:00") if kind.startswith("TIMESTAMP") else value


@pytest.fixture(params=REVISIONS)
def dump(request: pytest.FixtureRequest) -> Path:
    return SCHEMAS / f"{request.param}.sql"


async def move_in(url: str, dump: Path) -> None:
    """Somebody has lived with an earlier version, and comes to this one."""
    if is_postgresql(url):
        engine = open_engine(url)
        async with writing(engine) as connection:
            await connection.run_sync(load, dump)
        await engine.dispose()
    else:
        restore(url, dump)
    assert await upgrade(url) is (dump.stem != REVISION)


@pytest.fixture(scope="module")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Made once of each dump; every test gets a copy."""

    @cache
    def made(dump: Path) -> Path:
        path = tmp_path_factory.mktemp("upgraded") / "helpdesk.db"
        with ThreadPoolExecutor(1) as pool:  # a loop of its own
            pool.submit(asyncio.run, move_in(f"sqlite+aiosqlite:///{path}", dump)).result()
        return path

    return made


@pytest.fixture(scope="module")
def upgraded_on_server(
    _maybe_cluster: Cluster | NoServer,
) -> Iterator[Callable[[Path], str]]:
    """As `upgraded_file`: the name of a database to be copied."""
    with ExitStack() as stack:

        @cache
        def made(dump: Path) -> str:
            assert isinstance(_maybe_cluster, Cluster)
            url = stack.enter_context(_maybe_cluster.database())
            with ThreadPoolExecutor(1) as pool:
                pool.submit(asyncio.run, move_in(url, dump)).result()
            return url.partition("?")[0].rpartition("/")[2]

        yield made


@pytest.fixture
def old_url(
    database: str, dump: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    if database == "sqlite":
        copy(request.getfixturevalue("upgraded_file")(dump), tmp_path / "helpdesk.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    like = request.getfixturevalue("upgraded_on_server")(dump)
    with cluster.database(like=like) as url:
        yield url


@pytest.fixture
async def old_house(old_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """In which somebody lived with an earlier version, moved to this one."""
    engine = open_engine(old_url)
    yield House(engine, tmp_path / "objects")
    await engine.dispose()


async def test_an_upgrade_changes_no_row(old_house: House, dump: Path) -> None:
    for name, rows in old_rows(dump).items():
        table = METADATA.tables[name]
        known = {row["name"] for row in rows} if table is COUNTERS else set()
        kept = [
            {key: row[key] for key in rows[0]}
            for row in [dict(row._mapping) for row in await old_house.rows(table)]
            if rows and (not known or row["name"] in known)
        ]
        assert [plain(row) for row in kept] == sorted_rows(
            rows, [c.name for c in table.primary_key]
        )


async def test_an_upgrade_fills_what_is_new_with_nothing(old_house: House, dump: Path) -> None:
    """No wish, no clock, and nothing that is due: a desk wakes up with as much as it had."""
    known = old_columns(dump)
    for table in METADATA.sorted_tables:
        rows = await old_house.rows(table)
        if table.name not in known:
            assert rows == [], table.name
            continue
        for column in {column.name for column in table.columns} - known[table.name]:
            nothing = NOTHING.get((table.name, column))
            assert {getattr(row, column) for row in rows} <= {nothing}, (table.name, column)


@pytest.mark.parametrize("dump", BEFORE_TIMERS, indirect=True)
async def test_an_upgraded_desk_reminds_nobody_of_what_is_long_past(old_house: House) -> None:
    old_house.rules = WITH_LEVELS
    sent = len(await old_house.rows(OUTBOX))
    statuses = {row.status for row in await old_house.rows(TICKETS)}

    assert await old_house.ticker(AFTERWARDS).run_once() == 0

    assert len(await old_house.rows(OUTBOX)) == sent
    assert {row.status for row in await old_house.rows(TICKETS)} == statuses


@pytest.mark.parametrize("dump", WITH_TIMERS, indirect=True)
async def test_what_was_set_in_an_earlier_version_comes_due_in_this_one(old_house: House) -> None:
    old_house.rules = WITH_LEVELS
    due = {row.number for row in await old_house.rows(TICKETS) if row.due_at is not None}

    await old_house.ticker(AFTERWARDS).run_once()

    rows = {row.number: row for row in await old_house.rows(TICKETS)}
    assert due >= {SNOOZED, RESOLVED}
    assert rows[SNOOZED].snoozed_until is None
    assert rows[RESOLVED].status == "closed"
    assert (await check(old_house.engine)).violations == ()


async def test_an_old_ticket_lives_on_with_the_next_thing_that_is_said(
    old_house: House,
) -> None:
    before, *_ = await old_house.rows(TICKETS)
    old_house.rules = WITH_LEVELS
    await old_house.act(1001, Verb.TAG, "old", now=AFTERWARDS)
    await old_house.act(1002, Verb.CLOSE, now=AFTERWARDS)
    await old_house.act(1002, Verb.REOPEN, now=AFTERWARDS)

    known = await old_house.known(tickets=frozenset({TicketNumber(1001), TicketNumber(1002)}))
    tickets = [each.ticket for each in known.conversations.values()]
    assert [each.tags for each in tickets] == [("old",), ()]
    assert tickets[0].status_since == before.status_since
    assert tickets[1].status_since == AFTERWARDS
    assert (await check(old_house.engine)).violations == ()


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=None).isoformat(" ", "microseconds")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in row.items()
    }


def sorted_rows(rows: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [row[key] for key in keys])


async def test_an_upgraded_database_keeps_every_promise(old_house: House) -> None:
    report = await check(old_house.engine)

    assert report.violations == ()
    assert report.accepted > 0


async def test_an_upgraded_database_takes_new_mail(old_house: House) -> None:
    await old_house.intake.release()
    while await old_house.intake.claim(AFTERWARDS, 9):  # what had waited
        pass
    (decision,) = await old_house.receive(message(EVE.address, "after the upgrade"))

    assert decision.verdict is Verdict.OPENED
    assert (await check(old_house.engine)).violations == ()
    assert max(row.id for row in await old_house.rows(INTAKE)) > 1


async def test_an_upgraded_database_has_the_schema_of_a_new_one(old_house: House) -> None:
    upgraded = await schema_of(old_house.engine)
    await drop_all(old_house.engine)
    async with writing(old_house.engine) as connection:
        await connection.run_sync(create)

    assert upgraded == await schema_of(old_house.engine)
