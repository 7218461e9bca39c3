"""A database is made or migrated at the start, and never by an older version."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.store import schema
from helpdesk.store.engine import StoreError, database_file, open_engine, reading, writing
from helpdesk.store.schema import MIGRATIONS, REVISION, migrate, require_current, upgrade


async def schema_of(engine: AsyncEngine) -> dict[str, list[str]]:
    async with reading(engine) as connection:
        rows = await connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")
        # The order of constraints has no meaning.
        return {
            row["name"]: sorted(line.strip(" ,\t") for line in (row["sql"] or "").split("\n"))
            for row in rows.mappings()
        }


async def test_a_new_database_is_complete_and_left_alone_the_second_time(url: str) -> None:
    assert await upgrade(url)
    assert not await upgrade(url)

    engine = open_engine(url)
    await require_current(engine)
    await engine.dispose()


async def test_all_migrations_together_make_the_schema_of_the_tables(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    migrated = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'migrated.db'}")
    async with writing(migrated) as connection:
        await connection.run_sync(migrate, "")

    assert await schema_of(migrated) == await schema_of(engine)

    await migrated.dispose()


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


async def test_a_database_is_copied_before_it_is_migrated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    monkeypatch.setattr(schema, "REVISION", "0002")
    monkeypatch.setattr(schema, "migrate", lambda _connection, _found: None)

    assert await upgrade(url)
    assert await upgrade(url)

    for name in ("helpdesk.db.before-0002", "helpdesk.db.before-0002.2"):
        copy = open_engine(f"sqlite+aiosqlite:///{tmp_path / name}")
        assert "tickets" in await schema_of(copy)
        await copy.dispose()
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


async def test_somebody_elses_database_is_left_alone(url: str) -> None:
    engine = open_engine(url)
    async with writing(engine) as connection:
        await connection.exec_driver_sql("CREATE TABLE songs (title TEXT)")

    with pytest.raises(StoreError, match="not a helpdesk's"):
        await upgrade(url)

    assert list(await schema_of(engine)) == ["songs"]
    await engine.dispose()


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
