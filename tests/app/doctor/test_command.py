"""The command prints what was found, for people and for programs, and its status says how it is."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from helpdesk.app.doctor import CHECKS, Level, Options, examine
from helpdesk.cli import run
from tests.app.doctor.house import DESKS, DOMAIN, LIMITS, ZONE, settings_in
from tests.app.doctor.nameserver import NameServer, changed
from tests.app.doctor.office import office

DOCUMENT = Path(__file__).parents[3] / "docs" / "doctor.md"
NOBODY = f"{'x' * 64}.example"
"""No name server: a label is never so long."""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text(DESKS, encoding="utf-8")
    return str(path)


def test_every_check_has_a_row_in_the_document() -> None:
    rows = re.findall(
        r"^\| `([a-z]+\.[a-z-]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert rows == list(CHECKS)


def test_an_error_makes_the_status_1(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["doctor", "-c", config, "--no-canary", "--nameserver", NOBODY])
    printed = capsys.readouterr().out.splitlines()

    assert status == 1
    assert re.fullmatch(r"\d+ errors?, \d+ warnings?", printed[-1])
    assert any(line.startswith("error    database.settings") for line in printed)


def test_json_is_one_object_for_each_finding(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["doctor", "-c", config, "--no-canary", "--nameserver", NOBODY, "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    keys = ["level", "check", "subject", "problem", "next_step"]
    assert all(list(each) == keys for each in found)
    assert {each["check"] for each in found} <= set(CHECKS)
    assert {each["level"] for each in found} <= {level.value for level in Level}


async def test_what_is_logged_beside_them_does_not_stand_between_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office(tmp_path) as running, NameServer(ZONE).listening() as names:
        running.relay.script["auth"] = "535 5.7.8 no"
        arguments = ["-c", str(tmp_path / "config.toml"), "--nameserver", names.place, "--json"]
        await asyncio.to_thread(run, ["doctor", *arguments, "--wait", "20"])
    printed = capsys.readouterr()
    checks = [json.loads(line)["check"] for line in printed.out.splitlines()]

    assert "relay.login" in checks
    assert printed.err == ""


async def test_warnings_alone_leave_the_status_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zone = changed(ZONE, {(f"_dmarc.{DOMAIN}", "TXT"): []})
    async with office(tmp_path), NameServer(zone).listening() as names:
        arguments = ["-c", str(tmp_path / "config.toml"), "--nameserver", names.place]
        status = await asyncio.to_thread(run, ["doctor", *arguments, "--wait", "20"])
    printed = capsys.readouterr().out

    assert status == 0, printed
    assert "warning  dns.dmarc            acme.example: has no DMARC record" in printed


@pytest.mark.parametrize("text", ["192.0.2.1:x", "192.0.2.1:70000", ":53", "[::1]x"])
def test_a_nameserver_that_is_none_is_refused(
    config: str, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert run(["doctor", "-c", config, "--nameserver", text]) == 2
    assert "write it like 192.0.2.53 or 192.0.2.53:5353" in capsys.readouterr().err


async def test_all_kinds_of_checks_are_done(tmp_path: Path) -> None:
    options = Options(nameserver=NOBODY, canary=False, limits=LIMITS)
    groups = {name async for name, _ in examine(settings_in(tmp_path), options)}

    assert groups == {
        "settings",
        "database",
        "daemon",
        "machine",
        "certificates",
        "dns",
        "relay",
        "mailboxes",
        "canary",
    }
