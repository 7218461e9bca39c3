"""The engine keeps what it commits, and refuses to run where it could not."""

import asyncio
import gc
import multiprocessing
import sqlite3
import stat
import sys
import threading
import traceback
import weakref
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from helpdesk.store.engine import (
    SOUND_SQLITE,
    StoreError,
    database_file,
    open_engine,
    read_at_once,
    reading,
    use_sound_sqlite,
    verify_settings,
    write_at_once,
    write_connection,
    write_turn,
    writing,
)
from helpdesk.store.tables import COUNTERS
from tests.databases import ONLY_SQLITE

TWICE = {"name": "secret", "last": 1}
COUNT = update(COUNTERS).where(COUNTERS.c.name == "entry").values(last=COUNTERS.c.last + 1)
ENTRIES_COUNTED = select(COUNTERS.c.last).where(COUNTERS.c.name == "entry")


async def last_entry(engine: AsyncEngine) -> int:
    async with reading(engine) as connection:
        statement = select(COUNTERS.c.last).where(COUNTERS.c.name == "entry")
        last: int = (await connection.execute(statement)).scalar_one()
    return last


async def test_an_engine_of_ours_passes_its_own_check(engine: AsyncEngine) -> None:
    await verify_settings(engine)


@ONLY_SQLITE
async def test_our_sqlite_is_a_sound_one(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        version = (await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one()

    assert tuple(int(part) for part in version.split(".")) >= SOUND_SQLITE


@pytest.mark.parametrize(
    ("pragma", "named"),
    [
        ("PRAGMA synchronous = NORMAL", "does not sync"),
        ("PRAGMA journal_mode = DELETE", "journal mode delete"),
        ("PRAGMA foreign_keys = OFF", "foreign keys"),
        ("PRAGMA busy_timeout = 0", "gives up waiting"),
    ],
)
async def test_every_weaker_setting_is_refused(tmp_path: Path, pragma: str, named: str) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SELECT 1")
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.rollback()
        await raw.driver_connection.execute(pragma)

    with pytest.raises(StoreError, match=named):
        await verify_settings(engine)

    await engine.dispose()


async def test_a_plain_engine_is_refused(tmp_path: Path) -> None:
    use_sound_sqlite()
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")

    with pytest.raises(StoreError, match="journal mode"):
        await verify_settings(engine)

    await engine.dispose()


def test_without_a_sound_sqlite_the_next_step_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setitem(sys.modules, "sqlite3", sqlite3)
    monkeypatch.setitem(sys.modules, "pysqlite3", None)

    with pytest.raises(StoreError, match="install the package pysqlite3"):
        use_sound_sqlite()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "sqlite:///x.db"]
)
def test_a_database_that_keeps_nothing_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        database_file(url)


def test_a_folder_that_is_missing_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="check that the folder exists") as caught:
        open_engine(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'x.db'}")

    assert "\n" not in str(caught.value)


def modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in folder.glob("helpdesk.db*")]


@ONLY_SQLITE
async def test_nobody_else_can_read_the_files_of_the_database(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    async with writing(engine) as connection:
        await connection.execute(COUNT)
        found = modes(tmp_path)

    assert found == [0o600] * 3


async def read_and_write(engine: AsyncEngine) -> None:
    """What loses updates, or fails, if the transaction begins only at its first write."""
    async with writing(engine) as connection:
        statement = select(COUNTERS.c.last).where(COUNTERS.c.name == "entry")
        last = (await connection.execute(statement)).scalar_one()
        await asyncio.sleep(0)
        await connection.execute(
            update(COUNTERS).where(COUNTERS.c.name == "entry").values(last=last + 1)
        )


async def test_writers_lose_no_update(engine: AsyncEngine) -> None:
    await asyncio.gather(*(read_and_write(engine) for _ in range(20)))

    assert await last_entry(engine) == 20


def count_elsewhere(url: str, times: int) -> None:
    async def count() -> None:
        engine = open_engine(url)
        for _ in range(times):
            await read_and_write(engine)
        await engine.dispose()

    asyncio.run(count())


async def test_another_process_may_write_at_the_same_time(engine: AsyncEngine, url: str) -> None:
    other = multiprocessing.get_context("spawn").Process(target=count_elsewhere, args=(url, 30))
    other.start()
    ours = 0
    try:
        while other.is_alive():  # so that both are at it for as long as the other one is
            await read_and_write(engine)
            ours += 1
    finally:
        await asyncio.to_thread(other.join)

    assert other.exitcode == 0
    assert await last_entry(engine) == ours + 30


async def test_readers_do_not_wait_for_a_writer(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(COUNT)

        assert await last_entry(engine) == 0

    assert await last_entry(engine) == 1


async def test_an_error_in_the_block_undoes_it(engine: AsyncEngine) -> None:
    async def count_and_fail() -> None:
        async with writing(engine) as connection:
            await connection.execute(COUNT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await count_and_fail()

    assert await last_entry(engine) == 0


async def test_a_writer_that_is_cancelled_leaves_its_turn_and_no_row(engine: AsyncEngine) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        async with writing(engine) as connection:
            await connection.execute(insert(COUNTERS).values(name="x", last=1))
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with writing(engine) as connection:
        await connection.execute(COUNT)

    assert await last_entry(engine) == 1
    async with reading(engine) as connection:
        names = (await connection.execute(select(COUNTERS.c.name))).scalars().all()
    assert "x" not in names


async def test_without_commit_a_write_connection_changes_nothing(engine: AsyncEngine) -> None:
    async with write_connection(engine) as connection:
        await connection.execute(COUNT)

    assert await last_entry(engine) == 0


async def test_foreign_keys_hold(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO agent_desks VALUES (99, 'support')"))


async def test_an_error_tells_no_word_of_a_mail(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)unique") as caught:
        async with writing(engine) as connection:
            await connection.execute(insert(COUNTERS), [TWICE, TWICE])

    assert "secret" not in "".join(traceback.format_exception(caught.value))


# --- many statements in one thread --------------------------------------------------------------


def count(connection: Connection) -> None:
    connection.execute(COUNT)


def count_and_fail(connection: Connection) -> None:
    connection.execute(COUNT)
    raise RuntimeError


async def test_what_is_done_at_once_is_one_transaction(engine: AsyncEngine) -> None:
    await write_at_once(engine, count)
    with pytest.raises(RuntimeError):
        await write_at_once(engine, count_and_fail)
    await write_at_once(engine, count)

    assert await last_entry(engine) == 2


async def test_a_turn_that_does_not_commit_changes_nothing(engine: AsyncEngine) -> None:
    async with write_turn(engine) as turn:
        await turn.run(count)
        await turn.run(count)
        during = await read_at_once(engine, lambda c: c.execute(ENTRIES_COUNTED).scalar_one())
    async with write_turn(engine) as turn:
        await turn.run(count)
        await turn.run(lambda connection: connection.commit())

    assert during == 0
    assert await last_entry(engine) == 1


async def test_a_step_that_fails_ends_the_turn_without_a_change(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with write_turn(engine) as turn:
            await turn.run(count)
            await turn.run(count_and_fail)

    with pytest.raises(RuntimeError):
        await fail()
    await write_at_once(engine, count)

    assert await last_entry(engine) == 1


async def test_writers_of_all_kinds_wait_for_each_other(engine: AsyncEngine) -> None:
    async def step_by_step() -> None:
        async with write_turn(engine) as turn:
            last = await turn.run(lambda c: c.execute(ENTRIES_COUNTED).scalar_one())
            await asyncio.sleep(0)
            statement = update(COUNTERS).where(COUNTERS.c.name == "entry").values(last=last + 1)
            await turn.run(lambda c: c.execute(statement))
            await turn.run(lambda connection: connection.commit())

    await asyncio.gather(
        *(step_by_step() for _ in range(10)),
        *(read_and_write(engine) for _ in range(10)),
        *(write_at_once(engine, count) for _ in range(10)),
    )

    assert await last_entry(engine) == 30


async def test_a_turn_that_is_cancelled_between_its_steps_leaves_no_row(
    engine: AsyncEngine,
) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        async with write_turn(engine) as turn:
            await turn.run(count)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await write_at_once(engine, count)
    async with writing(engine) as connection:
        await connection.execute(COUNT)

    assert await last_entry(engine) == 2


@ONLY_SQLITE
async def test_who_is_cancelled_in_a_statement_leaves_when_it_is_done(engine: AsyncEngine) -> None:
    in_thread, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        connection.execute(COUNT)
        in_thread.set()
        go_on.wait(5)

    async def step() -> None:
        async with write_turn(engine) as turn:
            await turn.run(slow)

    task = asyncio.create_task(step())
    await asyncio.to_thread(in_thread.wait, 5)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    following = asyncio.create_task(write_at_once(engine, count))
    await asyncio.sleep(0)
    still_there = not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await following

    assert still_there
    assert await last_entry(engine) == 1


async def test_an_engine_that_was_disposed_writes_again(engine: AsyncEngine) -> None:
    await write_at_once(engine, count)
    await engine.dispose()
    await write_at_once(engine, count)

    assert await last_entry(engine) == 2


LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT * FROM counters").fetchall()
connection.close()
"""


@ONLY_SQLITE
async def test_a_second_engine_of_a_process_leaves_the_locks_of_the_first_alone(
    engine: AsyncEngine, url: str
) -> None:
    """Else a program that looks at the database and ends would remove the WAL under us."""
    file = database_file(url)
    async with writing(engine) as connection:
        await connection.exec_driver_sql("UPDATE counters SET last = last + 1")
    again = open_engine(url)

    looking = await asyncio.create_subprocess_exec(sys.executable, "-c", LOOK, file)
    await looking.wait()

    assert file.with_name(f"{file.name}-wal").exists()
    await again.dispose()


@ONLY_SQLITE
async def test_an_engine_that_nobody_has_is_gone(url: str) -> None:
    engine = open_engine(url)
    gone = weakref.ref(engine.sync_engine)
    await engine.dispose()

    del engine
    gc.collect()

    assert gone() is None
