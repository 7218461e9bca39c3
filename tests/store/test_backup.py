"""A backup that has a name is whole, however much is written meanwhile and whatever goes wrong."""

import asyncio
import gzip
import importlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.backup import restore_backup
from helpdesk.app.clock import SystemClock
from helpdesk.config import load
from helpdesk.config.keys import create_keys
from helpdesk.core.commands import Verb
from helpdesk.core.ticket import IntakeId
from helpdesk.core.token import MAX_ID
from helpdesk.store import backup
from helpdesk.store.backup import Source
from helpdesk.store.check import check
from helpdesk.store.engine import StoreError, open_engine, reading
from helpdesk.store.manifest import KIND, read_manifest, stamp
from helpdesk.store.people import set_absence, set_wishes
from helpdesk.store.raw import LARGE
from helpdesk.store.restore import GAP, gap_since, verify_files
from helpdesk.store.schema import REVISION
from helpdesk.store.scratch import locked_folder
from helpdesk.store.tables import (
    ABSENCES,
    AGENTS,
    ENTRIES,
    INTAKE,
    LINKS,
    OUTBOX,
    PEOPLE,
    RAW_MESSAGES,
    TAGS,
    TICKETS,
)
from tests.builders import BOB, EVE, NOW, mail, message
from tests.store.house import WITH_LEVELS, House, raw

ROUNDS = 10


@pytest.fixture
def database() -> str:
    """The dumps of a server are another file's matter."""
    return "sqlite"


@pytest.fixture
def source(house: House, url: str, tmp_path: Path) -> Source:
    house.objects.mkdir(exist_ok=True)
    create_keys(tmp_path / "keys")
    (tmp_path / "config.toml").write_text('[[desks]]\naddress = "support@example.test"\n')
    return Source(url, house.objects, tmp_path / "keys", tmp_path / "config.toml", "0.1.0")


def folder(source: Source, target: Path) -> Path:
    backup.make_folder(source, target, NOW)
    return target


def restored(path: Path, into: Path, **more: Any) -> Any:
    options = {"hold": True, "skip": 1000, "anyway": False} | more
    return restore_backup(None, path, into=into, **options)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def large(house: House, content: bytes = b"x" * LARGE) -> None:
    arrival = mail(message()).arrival
    await house.intake.keep([(arrival, raw(content))])


async def identities(url: str) -> set[str]:
    engine = open_engine(url)
    try:
        async with reading(engine) as connection:
            return {row.sha256 for row in await connection.execute(RAW_MESSAGES.select())}
    finally:
        await engine.dispose()


@pytest.mark.timeout(180)
async def test_backups_under_load_hold_every_mail_that_was_accepted_before(
    house: House, source: Source, tmp_path: Path
) -> None:
    accepted: list[str] = []
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await house.receive(message(subject=f"subject {number}", text="words " * 500))
            content = f"kept {number}".encode() + b"x" * (LARGE if number % 10 == 0 else 2_000)
            kept = raw(content)
            await house.intake.keep([(mail(message()).arrival, kept)])
            await house.intake.failed(
                [IntakeId(2 * number)], NOW, ""
            )  # its claim must not block the next
            accepted.append(kept.sha256)

    writer = asyncio.create_task(write())
    before: list[set[str]] = []
    meanwhile = 0
    for number in range(ROUNDS):
        start = len(accepted)
        while len(accepted) < start + 3:
            assert not writer.done(), writer.result()
            await asyncio.sleep(0)
        before.append(set(accepted))
        await asyncio.to_thread(folder, source, tmp_path / f"backup-{number}")
        meanwhile += len(accepted) - len(before[-1])
    stop.set()
    await writer

    assert meanwhile > 0  # mails were accepted while backups were made
    for number, expected in enumerate(before):
        into = tmp_path / f"restored-{number}"
        done = await asyncio.to_thread(restored, tmp_path / f"backup-{number}", into)
        assert done.report.violations == ()
        assert expected <= await identities(f"sqlite+aiosqlite:///{into / 'helpdesk.db'}")


async def test_only_the_owner_can_read_it(house: House, source: Source, tmp_path: Path) -> None:
    await large(house)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")

    modes = {str(p.relative_to(path)): p.stat().st_mode & 0o777 for p in path.rglob("*")}
    assert path.stat().st_mode & 0o777 == 0o700
    assert {mode for name, mode in modes.items() if (path / name).is_file()} == {0o600}
    assert {mode for name, mode in modes.items() if (path / name).is_dir()} == {0o700}


async def test_the_manifest_names_every_file(house: House, source: Source, tmp_path: Path) -> None:
    await house.receive(message())
    await large(house)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    manifest = json.loads((path / "manifest.json").read_bytes())

    files = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()}
    assert files == {*manifest["files"], "manifest.json"}
    assert (manifest["counts"]["intake"], manifest["counts"]["tickets"]) == (2, 1)
    assert (manifest["kind"], manifest["schema"]) == ("helpdesk backup", REVISION)


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz"])
async def test_an_archive_is_restored_as_a_folder_is(
    house: House, source: Source, tmp_path: Path, name: str
) -> None:
    await house.receive(message())
    await large(house)
    await asyncio.to_thread(backup.make_archive, source, tmp_path / name, NOW)
    done = await asyncio.to_thread(restored, tmp_path / name, tmp_path / "restored")

    assert done.report.accepted == 2
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "restored" / "keys").read_bytes() == source.keys.read_bytes()
    assert len(list((tmp_path / "restored" / "objects").glob("??/*"))) == 1


async def test_a_file_that_vanished_with_its_ticket_is_no_fault(
    house: House, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await large(house)
    copy = backup._copy_sqlite
    calls: list[int] = []

    def copy_and_delete(source: Source, folder: Path) -> Any:
        copied = copy(source, folder)
        calls.append(1)
        if len(calls) == 1:
            asyncio.run(forget())
        return copied

    async def forget() -> None:
        engine = open_engine(source.database)
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM raw_messages")
            await connection.exec_driver_sql("DELETE FROM intake")
        await engine.dispose()
        for file in source.objects.glob("??/*"):
            file.unlink()

    monkeypatch.setattr(backup, "_copy_sqlite", copy_and_delete)
    await asyncio.to_thread(folder, source, tmp_path / "b")

    assert len(calls) == 2
    assert json.loads((tmp_path / "b" / "manifest.json").read_bytes())["counts"]["intake"] == 0


async def with_a_fault(house: House, source: Source, fault: str) -> str:
    """The name in a backup of an object file with that fault; another one is whole."""
    await large(house)
    [file] = source.objects.glob("??/*")
    await large(house, b"z" * LARGE)
    file.unlink()
    if fault == "damaged":
        file.write_bytes(b"y" * LARGE)
    return f"objects/{file.relative_to(source.objects)}"


@pytest.mark.parametrize("fault", ["missing", "damaged"])
async def test_an_object_file_with_a_fault_is_named_and_all_else_is_kept(
    house: House, source: Source, tmp_path: Path, fault: str
) -> None:
    name = await with_a_fault(house, source, fault)
    manifest = await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)

    assert manifest["incomplete"] == {name: fault}
    assert (name in manifest["files"]) == (fault == "damaged")
    assert len(list((tmp_path / "b" / "objects").glob("??/*"))) == 1 + (fault == "damaged")


@pytest.mark.parametrize("fault", ["missing", "damaged"])
async def test_what_lacks_a_mail_is_put_in_place_only_where_it_is_asked_for(
    house: House, source: Source, tmp_path: Path, fault: str
) -> None:
    await with_a_fault(house, source, fault)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    refused = await asyncio.to_thread(restored, path, tmp_path / "restored")
    taken = await asyncio.to_thread(restored, path, tmp_path / "restored", anyway=True)

    assert refused.place is None
    assert taken.report.violations == refused.report.violations != ()
    assert (tmp_path / "restored" / "helpdesk.db").exists()


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from helpdesk.store import backup
from helpdesk.store.backup import Source
folder, step, kind = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
original = getattr(backup, step)
def dies(*arguments, **more):
    if sys.argv[4] == "after":
        original(*arguments, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(backup, step, dies)
source = Source(f"sqlite+aiosqlite:///{folder}/helpdesk.db", folder / "objects", folder / "keys",
                folder / "config.toml", "0.1.0")
make = backup.make_folder if kind == "folder" else backup.make_archive
make(source, folder / "backups" / f"helpdesk-1{'' if kind == 'folder' else '.tar'}",
     datetime(2026, 11, 22, tzinfo=UTC))
"""


@pytest.mark.parametrize(
    ("kind", "step", "when"),
    [
        ("folder", "_copy_objects", "after"),
        ("folder", "_take_name", "before"),
        ("archive", "_take_name", "before"),
    ],
)
async def test_a_crash_leaves_nothing_that_looks_whole(
    house: House, source: Source, kind: str, step: str, when: str
) -> None:
    tmp_path = source.config.parent
    await large(house)
    backups = tmp_path / "backups"
    backups.mkdir()
    arguments = [sys.executable, "-c", KILLED, str(tmp_path), step, kind, when]
    died = await asyncio.to_thread(subprocess.run, arguments, check=False)
    left = list(backups.iterdir())

    assert died.returncode == -signal.SIGKILL
    assert left
    assert list(backups.glob("helpdesk-*")) == []
    assert backup.remove_partial(backups) == 1
    assert list(backups.iterdir()) == []


async def test_a_backup_that_is_being_made_is_not_removed(tmp_path: Path) -> None:
    partial = tmp_path / ".helpdesk-1.1.partial"
    with locked_folder(partial):
        assert backup.remove_partial(tmp_path) == 0
        assert partial.exists()
    assert not partial.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        reason = "mounting a small disk needs root"
        if os.environ.get("HELPDESK_REQUIRE_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("filled", ["database", "objects", "archive"])
async def test_a_full_disk_is_one_line_and_nothing_is_left(
    house: House, source: Source, small_disk: Path, filled: str
) -> None:
    if filled == "objects":
        await large(house)
    else:
        content = os.urandom(LARGE - 1)
        for _ in range(2 if filled == "database" else 1):
            await house.intake.keep([(mail(message()).arrival, raw(content))])
    make = backup.make_archive if filled == "archive" else backup.make_folder
    name = "helpdesk-1.tar" if filled == "archive" else "helpdesk-1"

    with pytest.raises(StoreError, match=r"(No space left|disk is full|I/O error)"):
        await asyncio.to_thread(make, source, small_disk / name, NOW)
    assert names_in(small_disk) == []


# --- which are kept -----------------------------------------------------------------------------


OURS = "sqlite+aiosqlite:////var/lib/helpdesk/helpdesk.db"


def listed(at: int = 1, **more: Any) -> dict[str, Any]:
    """A manifest of a backup of nothing."""
    whole = {
        "kind": KIND, "format": 1, "version": "0", "schema": "0002", "database": "sqlite",
        "made_at": f"2026-11-{at:02}T00:00:00+00:00", "counts": {}, "of": OURS, "incomplete": {},
        "files": {"database.sqlite": {"size": 1, "sha256": "0" * 64}},
    }  # fmt: skip
    return whole | more


def made(path: Path, at: int, **more: Any) -> Path:
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(listed(at, **more)))
    return path


def pruned(folder: Path, keep: int, latest: str) -> list[str]:
    return [path.name for path in backup.prune(folder, keep, folder / latest, listed())]


def test_the_latest_are_kept(tmp_path: Path) -> None:
    for number in (3, 1, 5, 2):
        made(tmp_path / f"helpdesk-{number}", number)

    assert pruned(tmp_path, 2, "helpdesk-5") == ["helpdesk-2", "helpdesk-1"]
    assert names_in(tmp_path) == ["helpdesk-3", "helpdesk-5"]


def test_the_one_just_made_is_kept_whatever_the_clock_said_before(tmp_path: Path) -> None:
    for number in (1, 20, 21):
        made(tmp_path / f"helpdesk-{number}", number)

    assert pruned(tmp_path, 1, "helpdesk-1") == ["helpdesk-21", "helpdesk-20"]


def test_backups_of_another_gateway_in_the_same_folder_are_kept(tmp_path: Path) -> None:
    made(tmp_path / "helpdesk-1", 1, of="sqlite+aiosqlite:////srv/other/helpdesk.db")
    made(tmp_path / "helpdesk-2", 2)
    made(tmp_path / "helpdesk-3", 3)

    assert pruned(tmp_path, 1, "helpdesk-3") == ["helpdesk-2"]


def test_pipes_and_devices_among_the_backups_hold_nobody_up(tmp_path: Path) -> None:
    made(tmp_path / "helpdesk-1", 1)
    os.mkfifo(tmp_path / "helpdesk-pipe.tar")
    (tmp_path / "helpdesk-folder").mkdir()
    os.mkfifo(tmp_path / "helpdesk-folder" / "manifest.json")

    assert pruned(tmp_path, 1, "helpdesk-1") == []


def test_what_is_no_backup_of_ours_is_never_removed(tmp_path: Path) -> None:
    made(tmp_path / "helpdesk-1", 1)
    made(tmp_path / "helpdesk-2", 2)
    made(tmp_path / "helpdesk-photos", 1, kind="photos")
    made(tmp_path / "other", 1)
    (tmp_path / "helpdesk-notes").mkdir()
    (tmp_path / "helpdesk-file.tar").write_bytes(b"no archive")
    outside = tmp_path / "other"
    (tmp_path / "helpdesk-link").symlink_to(outside)

    assert pruned(tmp_path, 1, "helpdesk-2") == ["helpdesk-1"]
    assert len(list(tmp_path.iterdir())) == 6


# --- restoring ----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["database.sqlite", "keys", "objects"])
@pytest.mark.parametrize("damage", ["changed", "gone"])
async def test_a_damaged_backup_is_refused(
    house: House, source: Source, tmp_path: Path, file: str, damage: str
) -> None:
    await large(house)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    victim = path / file if file != "objects" else next((path / "objects").glob("??/*"))
    if damage == "gone":
        victim.unlink()
    else:
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.unlink()  # it may be a link to the file of the daemon
        victim.write_bytes(content)

    with pytest.raises(StoreError, match=r"is damaged: .* is not what was kept"):
        await asyncio.to_thread(restored, path, tmp_path / "restored")
    assert [p for p in (tmp_path / "restored").rglob("*") if p.is_file()] == []


async def test_a_backup_that_breaks_a_promise_is_not_put_in_place(
    house: House, source: Source, tmp_path: Path
) -> None:
    await house.receive(message())
    async with house.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM raw_messages")
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    done = await asyncio.to_thread(restored, path, tmp_path / "restored")

    assert done.place is None
    assert [each.promise for each in done.report.violations] == ["every mail has its raw message"]
    assert list((tmp_path / "restored").iterdir()) == []


async def test_a_database_that_names_a_file_elsewhere_does_not_have_it_read(
    house: House, source: Source, tmp_path: Path
) -> None:
    await large(house)
    [file] = house.objects.glob("??/*")
    file.rename(tmp_path / "elsewhere")
    async with house.engine.begin() as connection:
        await connection.execute(RAW_MESSAGES.update().values(path=str(tmp_path / "elsewhere")))
    report = await check(house.engine, house.objects)
    manifest = await asyncio.to_thread(backup.make_folder, source, tmp_path / "b", NOW)
    done = await asyncio.to_thread(restored, tmp_path / "b", tmp_path / "restored")

    broken = ["the raw bytes are kept as received"]
    assert [each.promise for each in report.violations] == broken
    assert list(manifest["incomplete"].values()) == ["missing"]
    assert done.place is None
    assert [each.promise for each in done.report.violations] == broken


STAMP = {"size": 1, "sha256": "0" * 64}


def evil(folder: Path, manifest: object, *members: tarfile.TarInfo, form: str = "w") -> Path:
    """An archive as an enemy would make it; members have as many octets as they say."""
    path = folder / "evil.tar"
    content = json.dumps(manifest).encode()
    first = tarfile.TarInfo("manifest.json")
    first.size = len(content)
    mode: Any = form
    with tarfile.open(path, mode) as tar:
        tar.addfile(first, io.BytesIO(content))
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name: str, **more: Any) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size = 1
    for key, value in more.items():
        setattr(found, key, value)
    return found


@pytest.mark.parametrize(
    "name",
    ["../outside", "/outside", "objects/../../outside", "objects/ab/../../../outside", "outside"],
)
def test_an_archive_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    files = {name: STAMP, "database.sqlite": STAMP}
    path = evil(tmp_path, listed(files=files), member(name), member("database.sqlite"))

    with pytest.raises(StoreError, match="is damaged"):
        restored(path, tmp_path / "restored")
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize(
    "as_what",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0},
        {"type": tarfile.LNKTYPE, "linkname": "manifest.json", "size": 0},
        {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5, "size": 0},
        {"type": tarfile.FIFOTYPE, "size": 0},
        {"type": tarfile.DIRTYPE, "size": 0},
        {"size": 100_000},
    ],
    ids=["link", "hard link", "device", "pipe", "folder", "larger than listed"],
)
def test_only_ordinary_files_as_large_as_listed_are_unpacked(
    tmp_path: Path, as_what: dict[str, Any]
) -> None:
    path = evil(tmp_path, listed(), member("database.sqlite", **as_what))

    with pytest.raises(StoreError, match=r"is damaged: 'database\.sqlite'"):
        restored(path, tmp_path / "restored")
    assert [p for p in (tmp_path / "restored").rglob("*") if not p.is_dir()] == []


def test_what_needs_more_room_than_there_is_is_not_begun(tmp_path: Path) -> None:
    files = {"database.sqlite": {"size": 2**60, "sha256": "0" * 64}}

    with pytest.raises(StoreError, match=r"cannot unpack .* MiB needed"):
        restored(evil(tmp_path, listed(files=files)), tmp_path / "restored")


@pytest.mark.parametrize(
    "manifest",
    [
        listed(files=[]),
        listed(files={"database.sqlite": "x"}),
        listed(files={"database.sqlite": {"size": -1, "sha256": "0" * 64}}),
        listed(files={}),
        listed(database="mysql"),
        listed(version=None),
        listed(made_at="yesterday"),
        listed(made_at=7),
    ],
)
def test_a_manifest_that_makes_no_sense_is_told(tmp_path: Path, manifest: object) -> None:
    with pytest.raises(StoreError, match=r"is damaged: 'manifest\.json'"):
        restored(evil(tmp_path, manifest), tmp_path / "restored")


@pytest.mark.parametrize("manifest", [[], None, 7, "x", {"kind": "photos"}])
def test_a_manifest_of_something_else_is_told(tmp_path: Path, manifest: object) -> None:
    with pytest.raises(StoreError, match="is no backup of a helpdesk"):
        restored(evil(tmp_path, manifest), tmp_path / "restored")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_many_octets_is_not_read_into_memory(tmp_path: Path, kind: bytes) -> None:
    size = 64 * 2**20
    with gzip.open(tmp_path / "evil.tar.gz", "wb", 1) as file:
        file.write(member("x", type=kind, size=size).tobuf(tarfile.USTAR_FORMAT) + b"\0" * size)
    tracemalloc.start()
    try:
        with pytest.raises(StoreError, match="is no backup of a helpdesk"):
            restored(tmp_path / "evil.tar.gz", tmp_path / "restored")
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()


def test_headers_without_an_end_are_told(tmp_path: Path) -> None:
    header = member("x", type=tarfile.XHDTYPE, size=0).tobuf(tarfile.USTAR_FORMAT)
    path = evil(tmp_path, listed())
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\0" * 1024)].ljust(1024, b"\0") + header * 5000)

    with pytest.raises(StoreError, match="is damaged: 'a part of it'"):
        restored(path, tmp_path / "restored")


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
async def test_an_archive_that_was_cut_off_is_told(
    house: House, source: Source, tmp_path: Path, form: str
) -> None:
    await large(house, os.urandom(LARGE))
    path = tmp_path / f"b.{form}"
    await asyncio.to_thread(backup.make_archive, source, path, NOW)
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(StoreError, match="is damaged"):
        await asyncio.to_thread(restored, path, tmp_path / "restored")


@pytest.mark.parametrize("lie", ["link", "pipe", "folder elsewhere"])
async def test_a_backup_leads_nowhere_else(
    house: House, source: Source, tmp_path: Path, lie: str
) -> None:
    await large(house)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    if lie == "folder elsewhere":
        (path / "objects").rename(tmp_path / "elsewhere")
        (path / "objects").symlink_to(tmp_path / "elsewhere")
    else:
        (path / "keys").rename(tmp_path / "elsewhere")
        if lie == "link":
            (path / "keys").symlink_to(tmp_path / "elsewhere")
        else:
            os.mkfifo(path / "keys")

    with pytest.raises(StoreError, match="is damaged"):
        await asyncio.to_thread(restored, path, tmp_path / "restored")


async def test_a_backup_of_a_newer_version_is_refused(
    house: House, source: Source, tmp_path: Path
) -> None:
    async with house.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    path = await asyncio.to_thread(folder, source, tmp_path / "b")

    with pytest.raises(StoreError, match="newer"):
        await asyncio.to_thread(restored, path, tmp_path / "restored")
    assert names_in(tmp_path / "restored") == []


async def test_database_and_object_files_may_lie_on_different_disks(
    house: House, source: Source, tmp_path: Path, small_disk: Path
) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    target = tmp_path / "machine"
    target.mkdir()
    (small_disk / "lost+found").mkdir()
    store = f'objects = "{small_disk}"\nkeys = "new/keys"\ndatabase = "new/helpdesk.db"\n'
    (target / "config.toml").write_text(f"{source.config.read_text()}\n[store]\n{store}")
    settings = load(target / "config.toml")
    done = await asyncio.to_thread(
        restore_backup, settings, path, into=None, hold=True, skip=0, anyway=False
    )

    assert done.place is not None
    assert names_in(target / "new") == ["helpdesk.db", "keys"]
    assert names_in(small_disk) == ["lost+found"]


async def test_a_restore_that_was_killed_leaves_nothing_to_the_next(
    house: House, source: Source, tmp_path: Path
) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    left = tmp_path / "restored" / ".restoring-0"
    left.mkdir(parents=True)
    (left / "helpdesk.db").write_bytes(b"everything")
    await asyncio.to_thread(restored, path, tmp_path / "restored")

    assert not left.exists()


async def test_what_waited_to_be_sent_is_held(house: House, source: Source, tmp_path: Path) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    for name, hold in (("held", True), ("sent", False)):
        await asyncio.to_thread(restored, path, tmp_path / name, hold=hold)

    states = {name: await states_of(tmp_path / name) for name in ("held", "sent")}
    assert states == {"held": {"held"}, "sent": {"queued"}}


async def states_of(path: Path) -> set[str]:
    engine = open_engine(f"sqlite+aiosqlite:///{path / 'helpdesk.db'}")
    try:
        async with reading(engine) as connection:
            return {row.state for row in await connection.execute(OUTBOX.select())}
    finally:
        await engine.dispose()


@pytest.mark.parametrize(("skip", "number"), [(1000, 2002), (0, 1002)])
async def test_numbers_that_may_be_on_mails_are_not_given_again(
    house: House, source: Source, tmp_path: Path, skip: int, number: int
) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    await asyncio.to_thread(restored, path, tmp_path / "restored", skip=skip)
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'restored' / 'helpdesk.db'}")
    again = House(engine, tmp_path / "restored" / "objects")
    [decision] = await again.receive(message(subject="another"))
    outbox = max(row.id for row in await again.rows(OUTBOX))
    await engine.dispose()

    assert decision.ticket is not None
    assert decision.ticket.number == number
    assert (outbox > GAP) == bool(skip)


async def test_a_second_restore_gives_no_hidden_number_that_the_first_one_gave(
    house: House, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    given: list[set[int]] = []
    for hours in (1, 2):
        now = NOW + timedelta(hours=hours)
        monkeypatch.setattr(SystemClock, "now", lambda _, now=now: now)
        into = tmp_path / f"after {hours} hours"
        await asyncio.to_thread(restored, path, into)
        engine = open_engine(f"sqlite+aiosqlite:///{into / 'helpdesk.db'}")
        again = House(engine, into / "objects")
        await again.receive(message(subject=f"after {hours} hours"))
        given.append({row.id for row in await again.rows(OUTBOX) if row.id > GAP})
        await engine.dispose()
    first, second = given

    assert first
    assert max(first) < min(second)


@pytest.mark.parametrize("made_at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_backup_from_an_impossible_time_leaves_room_for_numbers(made_at: str) -> None:
    assert GAP <= gap_since(datetime.fromisoformat(made_at), NOW) < MAX_ID / 30


@pytest.mark.parametrize("schema", ["0001", "0002", "0003", "0005"])
async def test_a_backup_of_a_schema_before_is_brought_up_to_date(
    source: Source, tmp_path: Path, house: House, schema: str
) -> None:
    await house.receive(message())
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    old = Path(__file__).parent / "schemas" / f"{schema}.sql"
    (path / "database.sqlite").unlink()
    connection = importlib.import_module("sqlite3").connect(path / "database.sqlite")
    connection.executescript(old.read_text())
    connection.close()
    manifest = json.loads((path / "manifest.json").read_bytes())
    manifest["files"]["database.sqlite"] = stamp(path / "database.sqlite")
    (path / "manifest.json").write_text(json.dumps(manifest))
    done = await asyncio.to_thread(restored, path, tmp_path / "restored")

    assert done.report.violations == ()
    assert sorted(p.name for p in (tmp_path / "restored").iterdir()) == [
        "config.toml",
        "helpdesk.db",
        "keys",
        "objects",
    ]


async def test_what_happened_to_tickets_is_restored_as_it_was(
    house: House, source: Source, tmp_path: Path
) -> None:
    house.rules = WITH_LEVELS
    await house.receive(*(message(EVE.address, word) for word in ("one", "two", "three")))
    for verb, argument in ((Verb.TAG, "fire"), (Verb.TIME, "20m"), (Verb.SNOOZE, "2d")):
        await house.act(1001, verb, argument, agent=BOB.address)
    await house.act(1002, Verb.MERGE, "1001")
    await set_absence(house.engine, BOB.address, (NOW.date(), NOW.date()), NOW)
    await set_wishes(house.engine, EVE.address, {"language": "de", "zone": "Europe/Madrid"})
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    done = await asyncio.to_thread(restored, path, tmp_path / "restored")

    assert done.report.violations == ()
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'restored' / 'helpdesk.db'}")
    there = House(engine, tmp_path / "restored" / "objects")
    for table in (TICKETS, ENTRIES, TAGS, LINKS, AGENTS, ABSENCES, PEOPLE):
        assert await there.rows(table) == await house.rows(table) != [], table.name
    await engine.dispose()


async def test_the_backup_stays_as_it_was(house: House, source: Source, tmp_path: Path) -> None:
    await large(house)
    path = await asyncio.to_thread(folder, source, tmp_path / "b")
    manifest = read_manifest(path)
    await asyncio.to_thread(restored, path, tmp_path / "restored")
    shutil.rmtree(tmp_path / "restored")

    verify_files(path, manifest, name=path)
    assert len(await house.rows(INTAKE)) == 1
