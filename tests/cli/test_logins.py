"""Operators give logins; a password is shown to nobody but once to them."""

import asyncio
import io
import json
import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpdesk.app.operate import opened
from helpdesk.cli import run
from helpdesk.config import load
from helpdesk.store.logins import Logins

ANA = "ana@example.org"
PASSWORD = "correct horse"
END_OF_FILE = b"\x04"


@dataclass(frozen=True, slots=True)
class Cli:
    config: Path
    captured: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = run(["logins", *arguments, "-c", str(self.config)])
        said = self.captured.readouterr()
        return status, said.out, said.err

    def logs_in(self, password: str) -> bool:
        async def check() -> str:
            async with opened(load(self.config)) as operations:
                return await Logins(operations.engine).check(ANA, password)

        return asyncio.run(check()) == ANA


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    assert run(["init", str(tmp_path / "house")]) == 0
    capsys.readouterr()
    return Cli(tmp_path / "house" / "config.toml", capsys)


def on_standard_input(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_password_comes_from_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    on_standard_input(f"{PASSWORD}\nanother line\n", monkeypatch)
    status, out, err = cli("add", ANA, "--stdin")

    assert (status, out, err) == (0, f"{ANA} may log in now.\n", "")
    assert cli.logs_in(PASSWORD)


def test_a_generated_password_is_printed_once(cli: Cli) -> None:
    status, out, _ = cli("add", ANA, "--generate")
    password = out.splitlines()[1].removeprefix("Password: ")

    assert status == 0
    assert len(password) == 20
    assert cli.logs_in(password)
    assert password not in cli("list")[1]


def test_programs_get_objects(cli: Cli) -> None:
    added = json.loads(cli("add", ANA, "--generate", "--json")[1])
    [listed] = map(json.loads, cli("list", "--json")[1].splitlines())
    removed = json.loads(cli("remove", ANA, "--json")[1])

    assert set(added) == {"added", "password"}
    assert (added["added"], listed["address"], removed) == (ANA, ANA, {"removed": ANA})
    assert set(listed) == {"address", "created_at"}
    assert cli("list", "--json")[1] == ""


def test_logins_are_listed_for_people(cli: Cli) -> None:
    assert cli("list")[1] == "No logins.\n"
    cli("add", ANA, "--generate")
    heading, row = cli("list")[1].splitlines()

    assert heading.split() == ["ADDRESS", "CREATED", "(UTC)"]
    assert row.startswith(ANA)


@pytest.mark.parametrize(
    ("given", "address", "error"),
    [
        ("short\n", ANA, "the password is shorter than 10 characters"),
        ("", ANA, "the password is shorter than 10 characters"),
        (f"{PASSWORD}\n", "ana", "'ana' is no address"),
        (f"{PASSWORD}\n", "support@example.test", "that is the address of a desk"),
    ],
)
def test_a_login_that_cannot_be_is_refused_in_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, given: str, address: str, error: str
) -> None:
    on_standard_input(given, monkeypatch)
    status, out, err = cli("add", address, "--stdin")

    assert (status, out) == (1, "")
    assert err.startswith(f"error: {error} (")
    assert len(err.splitlines()) == 1


def test_who_has_no_login_cannot_lose_it(cli: Cli) -> None:
    assert cli("remove", ANA) == (
        1,
        "",
        f"error: {ANA} has no login (see `helpdesk logins list`)\n",
    )


def test_without_a_terminal_nobody_is_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    on_standard_input(f"{PASSWORD}\n", monkeypatch)
    status, _, err = cli("add", ANA)

    assert (status, "--stdin" in err) == (1, True)


def test_a_password_is_read_or_made_but_not_both(cli: Cli) -> None:
    assert cli("add", ANA, "--stdin", "--generate")[0] == 2


@pytest.mark.parametrize(("again", "status"), [(PASSWORD, 0), ("another one", 1)])
def test_on_a_terminal_it_is_asked_for_twice_and_not_shown(
    cli: Cli, again: str, status: int
) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "helpdesk", "logins", "add", ANA, "-c", str(cli.config)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        for prompt, words in ((f"Password for {ANA}: ", PASSWORD), ("Again: ", again)):
            shown = read_until(ours, shown, prompt.encode())
            os.write(ours, words.encode() + b"\n")
        assert process.wait(timeout=30) == status
        shown += drained(ours)
    os.close(ours)

    assert PASSWORD.encode() not in shown
    assert cli.logs_in(PASSWORD) == (status == 0)


def read_until(terminal: int, shown: bytes, prompt: bytes) -> bytes:
    while prompt not in shown:
        assert select.select([terminal], [], [], 30)[0], shown
        shown += os.read(terminal, 4096)
    return shown


def drained(terminal: int) -> bytes:
    shown = b""
    try:
        while select.select([terminal], [], [], 0)[0]:
            shown += os.read(terminal, 4096)
    except OSError:  # the other side is closed
        pass
    return shown
