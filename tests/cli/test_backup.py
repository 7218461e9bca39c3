"""`helpdesk backup`, `restore` and `tickets delete` as an operator types them."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import Cli, cli, filled

__all__ = ["cli", "filled"]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def config(filled: Path, tmp_path: Path) -> Path:
    """A gateway of one's own: tests here change it."""
    folder = tmp_path / "gateway"
    shutil.copytree(filled.parent, folder)
    return folder / "config.toml"


def only_backup(folder: Path) -> Path:
    [found] = folder.glob("helpdesk-*")
    return found


def move_away(config: Path, *names: str) -> None:
    for name in names:
        config.with_name(name).rename(config.with_name(f"{name}.old"))


def all_away(config: Path) -> None:
    for path in config.parent.iterdir():
        if path.name.startswith(("helpdesk.db", "objects", "keys")):
            path.rename(path.with_name(f"old-{path.name}"))


def test_a_backup_is_made_and_says_so(cli: Cli, config: Path, tmp_path: Path) -> None:
    made = cli("backup", tmp_path / "backups", "-c", config)
    path = only_backup(tmp_path / "backups")

    assert made.status == 0
    assert made.out.startswith(f"Made {path}: 3 mails, 2 tickets, ")
    assert "its secrets: keep it safe." in made.out
    assert sorted(each.name for each in path.iterdir()) == [
        "config.toml",
        "database.sqlite",
        "keys",
        "manifest.json",
        "objects",
    ]


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_an_archive_is_one_file(cli: Cli, config: Path, tmp_path: Path, form: str) -> None:
    made = cli("backup", tmp_path / "backups", "--form", form, "-c", config, "--json").object

    assert made["backup"].endswith(f"Z.{form}")
    assert Path(made["backup"]).is_file()
    assert (made["counts"]["intake"], made["counts"]["tickets"]) == (3, 2)


def test_an_archive_may_have_a_name(cli: Cli, config: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.tar.gz"

    assert cli("backup", target, "-c", config).status == 0
    again = cli("backup", target, "-c", config)
    assert (again.status, again.err) == (
        1,
        f"error: {target} is there already (choose another name)\n",
    )


def test_only_so_many_are_kept(cli: Cli, config: Path, tmp_path: Path) -> None:
    for _ in range(3):
        last = cli("backup", tmp_path / "backups", "--keep", "2", "-c", config, "--json").object

    assert len(last["removed"]) == 1
    assert len(list((tmp_path / "backups").iterdir())) == 2
    assert Path(last["backup"]).exists()


def test_a_backup_without_the_keys_says_so_and_replaces_none(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    first = cli("backup", tmp_path / "backups", "-c", config, "--json").object
    move_away(config, "keys")
    second = cli("backup", tmp_path / "backups", "--keep", "1", "-c", config)

    assert second.status == 1
    assert second.err.startswith("missing: keys\nerror: 1 files are missing or damaged")
    assert "holds the keys" not in second.out
    assert (Path(first["backup"]) / "keys").exists()
    assert len(list((tmp_path / "backups").iterdir())) == 2


def test_one_archive_is_not_counted(cli: Cli, config: Path, tmp_path: Path) -> None:
    refused = cli("backup", tmp_path / "one.tar", "--keep", "2", "-c", config)

    assert refused.status == 2
    assert "names one archive" in refused.err


def test_a_place_that_cannot_be_written_is_one_line(cli: Cli, config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = cli("backup", tmp_path / "file" / "backups", "-c", config)

    assert refused.status == 1
    assert refused.err.startswith(f"error: cannot write into {tmp_path}/file/backups: Not a dir")
    assert len(refused.err.splitlines()) == 1


def test_a_gateway_comes_back_as_it_was(cli: Cli, config: Path, tmp_path: Path) -> None:
    before = cli("tickets", "show", "TICK-1001", "-c", config, "--json").object
    cli("backup", tmp_path / "backups", "-c", config)
    all_away(config)
    done = cli("restore", only_backup(tmp_path / "backups"), "-c", config)

    assert done.status == 0, done.err
    assert "All promises are kept. Everything is in place." in done.out
    assert cli("tickets", "show", "TICK-1001", "-c", config, "--json").object == before
    assert cli("check", "-c", config).status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write beside another user's files")
def test_root_is_told_to_give_what_he_restored_to_the_daemon_s_user(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    cli("backup", tmp_path / "backups", "-c", config)
    all_away(config)
    shutil.chown(config.parent, "nobody")

    done = cli("restore", only_backup(tmp_path / "backups"), "-c", config)

    assert done.status == 0
    assert f"nobody cannot read it yet: chown -R nobody {config.parent}\n" in done.out


def test_mail_that_waited_is_held_and_can_be_released(
    cli: Cli, config: Path, tmp_path: Path
) -> None:
    asked = ("queue", "outbox", "list", "-c", config, "--json", "--state")
    waiting = len(cli(*asked, "queued").objects)
    cli("backup", tmp_path / "backups", "-c", config)
    all_away(config)
    done = cli("restore", only_backup(tmp_path / "backups"), "-c", config, "--json").object
    held = cli(*asked, "held").objects
    cli("queue", "outbox", "release", "-c", config)
    queued = cli(*asked, "queued").objects

    assert done["held"] == len(held) == len(queued) == waiting > 0


@pytest.mark.parametrize("there", ["helpdesk.db", "keys"])
def test_nothing_is_overwritten(cli: Cli, config: Path, tmp_path: Path, there: str) -> None:
    cli("backup", tmp_path / "backups", "-c", config)
    all_away(config)
    config.with_name(there).write_text("mine")
    refused = cli("restore", only_backup(tmp_path / "backups"), "-c", config)

    assert refused.status == 1
    assert f"{there} is there already (move it away (mv " in refused.err
    assert config.with_name(there).read_text() == "mine"
    assert len([p for p in config.parent.iterdir() if p.name.startswith(".restoring")]) == 0


def test_a_running_daemon_is_left_alone(cli: Cli, config: Path, tmp_path: Path) -> None:
    cli("backup", tmp_path / "backups", "-c", config)
    all_away(config)
    descriptor = os.open(config.with_name("helpdesk.db.send.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        refused = cli("restore", only_backup(tmp_path / "backups"), "-c", config)
    finally:
        os.close(descriptor)

    assert refused.status == 78
    assert "stop it first" in refused.err
    assert not config.with_name("helpdesk.db").exists()


def test_it_can_be_put_into_another_folder(cli: Cli, config: Path, tmp_path: Path) -> None:
    cli("backup", tmp_path / "one.tar.gz", "-c", config)
    into = tmp_path / "look"
    assert cli("restore", tmp_path / "one.tar.gz", "--into", into).status == 0

    listed = cli("tickets", "list", "-c", into / "config.toml", "--json").objects
    assert [each["number"] for each in listed] == ["TICK-1002", "TICK-1001"]
    assert cli("restore", tmp_path / "one.tar.gz", "--into", into).status == 1


def test_what_is_no_backup_is_said_to_be_none(cli: Cli, config: Path, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no archive")
    for path in (tmp_path / "x.tar", tmp_path, tmp_path / "missing"):
        refused = cli("restore", path, "-c", config)
        assert refused.status == 1
        assert "is no backup of a helpdesk" in refused.err


# --- deleting -----------------------------------------------------------------------------------


def test_a_ticket_is_deleted_and_says_what_went(cli: Cli, config: Path) -> None:
    done = cli("tickets", "delete", "TICK-1001", "--yes", "--reason", "asked", "-c", config)

    assert done.status == 0
    assert done.out.startswith("TICK-1001 is deleted:\n  entries: 1\n  mails: 1\n")
    listed = cli("tickets", "list", "-c", config, "--json").objects
    assert [each["number"] for each in listed] == ["TICK-1002"]
    assert cli("check", "-c", config).status == 0


@pytest.mark.parametrize("words", [("tickets", "show"), ("why",), ("tickets", "raw")])
def test_who_asks_for_it_hears_when_it_was_deleted(
    cli: Cli, config: Path, words: tuple[str, ...]
) -> None:
    cli("tickets", "delete", "TICK-1001", "--yes", "-c", config)
    asked = cli(*words, "TICK-1001", "-c", config)

    assert asked.status == 1
    assert asked.err.startswith("error: ticket 1001 was deleted on 20")


def test_without_a_terminal_nothing_is_deleted_unasked(config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk", "tickets", "delete", "TICK-1001", "-c", config],
        input="TICK-1001\n",
        text=True,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "error: nothing was deleted (to delete without being asked: --yes)\n"


def test_deleting_again_says_that_it_was_deleted(cli: Cli, config: Path) -> None:
    cli("tickets", "delete", "TICK-1001", "--yes", "-c", config)
    again = cli("tickets", "delete", "TICK-1001", "--yes", "-c", config, "--json").object

    assert (again["ticket"], again["again"], again["entries"]) == ("TICK-1001", True, 0)
