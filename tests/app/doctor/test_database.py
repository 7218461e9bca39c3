"""What is wrong with the database, or that no daemon runs on it, is one line."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from helpdesk.app.doctor import Finding, Limits, daemon, database
from helpdesk.app.doctor.finding import Level
from helpdesk.app.prepare import prepare
from helpdesk.app.serve import claim_role
from helpdesk.config import Settings
from helpdesk.core.mail import Arrival, Envelope
from helpdesk.ports import Raw
from helpdesk.store.engine import open_engine, writing
from helpdesk.store.queues import SqlIntake
from tests.app.doctor.house import LIMITS, examination, findings, lines, now, settings_in

ROLES = ("intake", "fetch", "receive", "send", "tick", "lookup")


async def looked_at(settings: Settings, limits: Limits = LIMITS) -> list[Finding]:
    engine, said = await database.opened(settings, limits)
    try:
        found = await findings(database.check, examination(settings, engine=engine))
    finally:
        if engine is not None:
            await engine.dispose()
    return [said, *found]


async def change(settings: Settings, *statements: str) -> None:
    engine = open_engine(settings.store.database)
    try:
        async with writing(engine) as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def keep_mail(settings: Settings, age: timedelta) -> None:
    engine = open_engine(settings.store.database)
    raw = Raw(5, sha256(b"x: y\n").hexdigest(), b"x: y\n")
    arrival = Arrival(Envelope("", ()), "smtp", now() - age)
    try:
        await SqlIntake(engine, settings.store.objects).keep([(arrival, raw)])
    finally:
        await engine.dispose()


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    await prepare(settings)
    return settings


async def test_a_healthy_database_has_no_finding(settings: Settings) -> None:
    found = await looked_at(settings)

    assert lines(found) == []
    assert len(lines(found, Level.OK)) == 5


async def test_no_database_is_one_line_and_none_is_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    assert lines(await looked_at(settings)) == [
        f"error database.settings {tmp_path}/helpdesk.db: there is no database"
    ]
    assert not (tmp_path / "helpdesk.db").exists()


@pytest.mark.parametrize("found", ["0001", "9999"])
async def test_a_database_of_another_schema_is_one_line(settings: Settings, found: str) -> None:
    await change(settings, f"UPDATE alembic_version SET version_num = '{found}'")
    (line,) = lines(await looked_at(settings))

    assert line.startswith(
        f"error database.settings {settings.store.file}: the database has schema {found}, "
    )


async def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "helpdesk.db").write_bytes(b"no database at all\n" * 100)
    (line,) = lines(await looked_at(settings_in(tmp_path)))

    assert line.startswith(f"error database.settings {tmp_path}/helpdesk.db: ")
    assert "file is not a database" in line


async def test_mail_that_waits_for_long_is_one_line(settings: Settings) -> None:
    await keep_mail(settings, timedelta(minutes=6))

    assert lines(await looked_at(settings)) == [
        "error database.intake intake: 1 mails wait for more than 5 minutes"
    ]


async def test_mail_that_has_just_come_is_no_finding(settings: Settings) -> None:
    await keep_mail(settings, timedelta(minutes=4))

    assert lines(await looked_at(settings)) == []


OUTBOX = (
    "INSERT INTO outbox (id, message_id, notice, desk, recipient, recipient_key, recipient_name,"
    " from_name, from_address, version, auto_submitted, null_reverse_path, in_reply_to,"
    " references_json, files_json, variables_json, created_at, state, attempts, last_detail)"
    " VALUES (1, 'm@x', 'answer', 'support', 'a@x', 'a@x', '', '', '', 0, '', 0, '', '[]', '[]',"
    " '{{}}', '2026-11-20 10:00:00', '{state}', 1, '')"
)


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("held", "error database.outbox outbox: 1 mails are held by a fault of ours"),
        ("failed", "warning database.outbox outbox: 1 mails could not be delivered"),
    ],
)
async def test_mail_that_does_not_go_out_is_one_line(
    settings: Settings, state: str, line: str
) -> None:
    count = "UPDATE counters SET last = 1 WHERE name = 'outbox'"
    await change(settings, OUTBOX.format(state=state), count)

    assert lines(await looked_at(settings)) == [line]


async def test_a_broken_promise_is_one_line(settings: Settings) -> None:
    await keep_mail(settings, timedelta())
    await change(settings, "DELETE FROM raw_messages")

    assert lines(await looked_at(settings)) == [
        f"error database.promises {settings.store.file}: not kept: every mail has its raw message"
    ]


async def test_mail_in_quarantine_is_a_warning(settings: Settings) -> None:
    await keep_mail(settings, timedelta())
    await change(
        settings,
        "UPDATE intake SET state = 'quarantined', verdict = 'quarantined', due_at = NULL",
    )
    found = await looked_at(settings)

    assert "warning database.intake intake: 1 mails are in quarantine" in lines(found)


async def test_a_large_log_is_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.app.doctor.database.LARGE_WAL", 0)
    engine = open_engine(settings.store.database)
    try:
        async with writing(engine) as connection:
            await connection.exec_driver_sql("UPDATE counters SET last = last + 1")
        found = await looked_at(settings)
    finally:
        await engine.dispose()

    assert lines(found) == [
        f"warning database.wal {settings.store.file}-wal: 0 MiB not yet in the file"
    ]


# --- locked by somebody ---------------------------------------------------------------------------

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA locking_mode = {sys.argv[2]}")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE counters SET last = last")
print("held", flush=True)
sys.stdin.read()
"""


def name_of(process: int) -> str:
    return Path("/proc", str(process), "comm").read_text().strip()


@asynccontextmanager
async def held_by_somebody(settings: Settings, mode: str) -> AsyncIterator[str]:
    """A program has written, and does not commit; how it is named."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(settings.store.file), mode, stdin=PIPE, stdout=PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert await holder.stdout.readline() == b"held\n"
        yield f"{name_of(holder.pid)} (process {holder.pid})"
    finally:
        holder.stdin.close()
        await holder.wait()


async def test_who_keeps_others_from_writing_is_named_and_the_rest_is_looked_at(
    settings: Settings,
) -> None:
    async with held_by_somebody(settings, "NORMAL") as holder:
        found = await looked_at(settings, replace(LIMITS, lock=0.1))

    assert lines(found) == [
        (
            f"error database.settings {settings.store.file}: nobody else can write for 0.1 s: "
            f"{holder} has locked it"
        )
    ]
    assert found[0].next_step == f"end {holder}"
    assert len(lines(found, Level.OK)) == 4


async def test_a_database_that_cannot_even_be_read_is_one_line_in_time(settings: Settings) -> None:
    async with held_by_somebody(settings, "EXCLUSIVE") as holder, asyncio.timeout(3):
        found = await looked_at(settings, replace(LIMITS, lock=0.1))

    assert lines(found) == [
        (
            f"error database.settings {settings.store.file}: "
            f"nobody else can read or write for 0.1 s: {holder} has locked it"
        )
    ]


async def test_a_look_at_the_lock_keeps_nobody_from_writing(settings: Settings) -> None:
    await looked_at(settings)
    await change(settings, "PRAGMA busy_timeout = 0", "UPDATE counters SET last = last")


async def test_a_file_that_is_no_database_is_to_be_restored(settings: Settings) -> None:
    assert settings.store.file is not None
    for suffix in ("-wal", "-shm"):
        settings.store.file.with_name(f"{settings.store.file.name}{suffix}").unlink(missing_ok=True)
    settings.store.file.write_bytes(b"no database" * 1000)
    (found,) = await looked_at(settings)

    assert found.problem == "file is not a database"
    assert found.next_step == "restore a backup, or name another file in the settings"


# --- the daemon ---------------------------------------------------------------------------------


@asynccontextmanager
async def running(settings: Settings, roles: tuple[str, ...]) -> AsyncIterator[None]:
    with ExitStack() as locks:
        for role in roles:
            locks.enter_context(claim_role(settings, role))
        yield


async def test_no_daemon_is_one_line(settings: Settings) -> None:
    assert lines(await findings(daemon.check, examination(settings))) == [
        f"error daemon.running {settings.store.file}: no daemon runs on it"
    ]


async def test_a_daemon_that_ended_is_not_running(settings: Settings) -> None:
    async with running(settings, ROLES):
        during = daemon.held(settings, "send")
    after = daemon.held(settings, "send")

    assert (during, after) == (True, False)


async def test_a_role_that_nobody_has_is_one_line(settings: Settings) -> None:
    async with running(settings, tuple(role for role in ROLES if role != "send")):
        found = await findings(daemon.check, examination(settings))

    assert lines(found) == [f"error daemon.running {settings.store.file}: nobody does: send"]


async def test_a_role_without_work_need_not_run(settings: Settings) -> None:
    async with running(settings, ("receive", "send", "tick", "lookup")):
        fetched = settings.model_copy(update={"listeners": ()})
        found = await findings(daemon.check, examination(fetched))

    assert lines(found) == []


async def test_each_role_that_is_missing_has_its_step(settings: Settings) -> None:
    async with running(settings, ("receive",)):
        (found,) = await findings(daemon.check, examination(settings))

    assert found.next_step.split(f" -c {settings.path}") == [
        "helpdesk run --only intake",
        "; helpdesk run --only send",
        "; helpdesk run --only tick",
        "",
    ]


async def test_to_look_at_a_role_does_not_take_it(settings: Settings) -> None:
    daemon.held(settings, "send")
    async with running(settings, ROLES):
        daemon.held(settings, "send")

        assert daemon.held(settings, "send") is True


async def answer(reply: bytes, folder: Path, listener: str) -> list[str]:
    """What is found when a server that says this stands where a listener or /healthz should."""

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = settings_in(folder, listener.format(port=port))
    await prepare(settings)
    try:
        async with running(settings, ROLES):
            found = await findings(daemon.check, examination(settings))
    finally:
        server.close()
        await server.wait_closed()
    return [line.replace(f":{port}", ":PORT") for line in lines(found)]


LISTENER = "[[listeners]]\nport = {port}\n"
METRICS = "[[listeners]]\nport = 0\n[metrics]\nport = {port}\n"


@pytest.mark.parametrize(
    ("reply", "config", "expected"),
    [
        (b"220 here\r\n", LISTENER, []),
        (
            b"421 full\r\n",
            LISTENER,
            ["error daemon.listener smtp (127.0.0.1:PORT): says 421 full"],
        ),
        (
            b"",
            LISTENER,
            ["error daemon.listener smtp (127.0.0.1:PORT): closes the connection"],
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", METRICS, []),
        (
            b"HTTP/1.1 503 Unwell\r\n\r\n",
            METRICS,
            ["error daemon.health 127.0.0.1:PORT: /healthz says HTTP/1.1 503 Unwell"],
        ),
    ],
)
async def test_what_a_listener_and_healthz_say_is_judged(
    tmp_path: Path, reply: bytes, config: str, expected: list[str]
) -> None:
    assert await answer(reply, tmp_path, config) == expected


async def test_a_unix_socket_that_nobody_listens_on_is_one_line(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[[listeners]]\nsocket = "door"\n')
    await prepare(settings)
    async with running(settings, ROLES):
        found = await findings(daemon.check, examination(settings))

    (line,) = lines(found)
    assert line.startswith(f"error daemon.listener smtp ({tmp_path}/door): cannot be reached (")


async def test_a_unix_socket_that_answers_is_no_finding(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[[listeners]]\nsocket = "door"\n')
    await prepare(settings)

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(speak, tmp_path / "door")
    try:
        async with running(settings, ROLES):
            found = await findings(daemon.check, examination(settings))
    finally:
        server.close()
        await server.wait_closed()

    assert lines(found) == []
