"""What is wrong with the machine is one line: disks, clock, permissions, user."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.doctor import Finding, machine
from helpdesk.app.doctor.examination import Space, space_of
from helpdesk.app.prepare import prepare
from helpdesk.config import Settings
from helpdesk.core.mail import Arrival, Envelope
from helpdesk.ports import Raw
from helpdesk.store.engine import open_engine
from helpdesk.store.queues import SqlIntake
from tests.app.doctor.house import At, examination, findings, lines, now, settings_in

GIB = 2**30
ROOMY = Space(device=1, total=100 * GIB, free=50 * GIB, inodes=1000, free_inodes=900)


@pytest.fixture(autouse=True)
def owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if the tests ran as any user with a clock that is kept right."""
    tmp_path.chmod(0o755)
    monkeypatch.setattr("helpdesk.app.doctor.machine.is_kept_right", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    monkeypatch.setattr("helpdesk.app.doctor.machine.owner_of", lambda _: 4711)


async def prepared(folder: Path, config: str = "") -> Settings:
    before = os.umask(0o077)
    try:
        settings = settings_in(folder, config)
        await prepare(settings)
    finally:
        os.umask(before)
    return settings


async def looked_at(settings: Settings, space: Space = ROOMY) -> list[str]:
    found = await findings(machine.check, examination(settings, space=lambda _: space))
    return lines(found)


async def test_a_healthy_machine_has_no_finding(tmp_path: Path) -> None:
    assert await looked_at(await prepared(tmp_path)) == []


PLACES = "database, objects, outgoing mail, temporary files"


@pytest.mark.parametrize(
    ("space", "line"),
    [
        (
            Space(1, 100 * GIB, 100 * 2**20, 0, 0),
            f"error machine.disk {PLACES}: 0.1 GiB free, too little for 3 of the largest mails",
        ),
        (
            Space(1, 4 * GIB, GIB * 9 // 10, 0, 0),
            f"warning machine.disk {PLACES}: 0.9 GiB free of 4.0 GiB",
        ),
        (
            Space(1, 1000 * GIB, 90 * GIB, 0, 0),
            f"warning machine.disk {PLACES}: 90.0 GiB free of 1000.0 GiB",
        ),
        (
            Space(1, 100 * GIB, 50 * GIB, 1000, 20),
            f"warning machine.disk {PLACES}: 20 inodes free of 1000",
        ),
    ],
    ids=["full", "little", "small share", "no inodes"],
)
async def test_a_full_disk_is_exactly_its_line(tmp_path: Path, space: Space, line: str) -> None:
    assert await looked_at(await prepared(tmp_path), space) == [line]


def test_space_is_that_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    found, there = space_of(tmp_path / "not" / "yet"), os.statvfs(tmp_path)

    assert found.device == tmp_path.stat().st_dev
    assert found.total == there.f_blocks * there.f_frsize
    assert 0 <= found.free <= found.total


RELAY = '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "127.0.0.1"\ntls = "none"\nuser = "me"\n'
PERMISSIONS: dict[str, tuple[str, str, int, str]] = {
    "keys": ("", "keys", 0o640, "error machine.permissions {path}: others can read the keys in it"),
    "configuration with a password": (
        f'{RELAY}password = "secret"',
        "config.toml",
        0o644,
        "error machine.permissions {path}: everybody can read the passwords in it",
    ),
    "password file": (
        f'{RELAY}password_file = "password"',
        "password",
        0o644,
        "error machine.permissions {path}: everybody can read it (relay.password_file)",
    ),
    "database": (
        "",
        "helpdesk.db",
        0o644,
        "warning machine.permissions {path}: everybody can read the mail in it",
    ),
    "objects": (
        "",
        "objects",
        0o755,
        "warning machine.permissions {path}: everybody can read the mail in it",
    ),
}


@pytest.mark.parametrize("name", PERMISSIONS)
async def test_what_others_can_read_is_exactly_its_line(tmp_path: Path, name: str) -> None:
    config, file, mode, line = PERMISSIONS[name]
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o600)
    settings = await prepared(tmp_path, config)
    (tmp_path / "config.toml").chmod(0o600)
    before = await looked_at(settings)
    (tmp_path / file).chmod(mode)

    assert before == []
    assert await looked_at(settings) == [line.format(path=tmp_path / file)]


async def test_a_configuration_without_secrets_may_be_read_by_all(tmp_path: Path) -> None:
    settings = await prepared(tmp_path)
    (tmp_path / "config.toml").chmod(0o644)

    assert await looked_at(settings) == []


async def test_a_folder_that_nobody_enters_hides_what_is_in_it(tmp_path: Path) -> None:
    settings = await prepared(tmp_path)
    (tmp_path / "helpdesk.db").chmod(0o644)
    tmp_path.chmod(0o700)  # noqa: ASYNC240 -- nobody else waits for this loop

    assert await looked_at(settings) == []


async def test_a_gateway_that_runs_as_root_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await prepared(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("helpdesk.app.doctor.machine.owner_of", lambda _: 0)

    assert await looked_at(settings) == [
        "warning machine.user root: the gateway needs no rights of root"
    ]


async def test_a_database_of_somebody_else_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await prepared(tmp_path)
    monkeypatch.setattr("helpdesk.app.doctor.machine.owner_of", lambda _: 4712)

    assert await looked_at(settings) == [
        f"warning machine.user 4711: {tmp_path}/helpdesk.db belongs to 4712, and this is 4711"
    ]


# --- the clock ----------------------------------------------------------------------------------


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    settings = await prepared(tmp_path)
    engine = open_engine(settings.store.database)
    raw = Raw(5, sha256(b"x: y\n").hexdigest(), b"x: y\n")
    arrival = Arrival(Envelope("", ()), "smtp", now())
    await SqlIntake(engine, settings.store.objects).keep([(arrival, raw)])
    try:
        yield engine
    finally:
        await engine.dispose()


async def clock(folder: Path, engine: AsyncEngine, behind: timedelta) -> list[Finding]:
    of = examination(settings_in(folder), engine=engine, clock=At(now() - behind))
    return [each for each in await findings(machine.check, of) if each.check == "machine.clock"]


async def test_a_clock_behind_the_newest_mail_is_an_error(
    tmp_path: Path, engine: AsyncEngine
) -> None:
    found = await clock(tmp_path, engine, timedelta(minutes=90, seconds=30))

    assert lines(found) == ["error machine.clock clock: is 90 minutes behind the newest mail"]


async def test_a_clock_that_is_right_has_no_finding(tmp_path: Path, engine: AsyncEngine) -> None:
    assert lines(await clock(tmp_path, engine, timedelta())) == []


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (False, "warning machine.clock clock: nothing keeps it right, the kernel says"),
        (
            None,
            "skipped machine.clock clock: not checked: the kernel does not tell",
        ),
    ],
)
async def test_what_the_kernel_says_of_the_clock_is_told(
    tmp_path: Path,
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    kept: bool | None,  # noqa: FBT001 -- of three values
    line: str,
) -> None:
    answer: Callable[[], bool | None] = lambda: kept  # noqa: E731
    monkeypatch.setattr("helpdesk.app.doctor.machine.is_kept_right", answer)
    found = await clock(tmp_path, engine, timedelta())

    assert [f"{each.level} {each.check} {each.subject}: {each.problem}" for each in found] == [line]


def test_the_kernel_is_asked_and_answers() -> None:
    assert machine.kernel_is_synchronized() in {True, False, None}


async def test_a_folder_for_large_mail_that_cannot_be_written_to_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await prepared(tmp_path)
    monkeypatch.setattr("os.access", lambda path, _mode: path != settings.store.objects)

    (line,) = await looked_at(settings)

    assert line.startswith(f"error machine.permissions {settings.store.objects}: large mail cannot")
