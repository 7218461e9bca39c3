"""`helpdesk deliver` as a mail system calls it, into a real gateway with a real database."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk.__main__ import arguments_of
from helpdesk.app.build import build
from helpdesk.app.gateway import Gateway
from helpdesk.app.prepare import prepare
from helpdesk.app.serve import run_gateway
from helpdesk.config import load
from helpdesk.store.check import check
from helpdesk.store.raw import unpack
from tests.inbound.lmtp_script import ENVIRONMENT, deliver
from tests.machine import ROOT

DESK = "support@example.test"
MAIL = (
    b"From: Ana <ana@customer.test>\nTo: support@example.test\nSubject: Printer on fire\n"
    b"Date: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: <a@customer.test>\n\n.It burns.\n"
)
CONFIG = f"""
[[desks]]
address = "{DESK}"

[[desks]]
address = "sales@example.test"

[[listeners]]
protocol = "lmtp"
socket = "lmtp.sock"
size_limit = "64 KiB"

[reader]
workers = 1
"""
HEAVY = ("typer", "pydantic", "rich", "sqlalchemy", "structlog", "aiosmtpd", "asyncio", "argparse")


@dataclass
class Desk:
    gateway: Gateway
    config: Path

    async def kept(self) -> list[tuple[str, bytes]]:
        """Reverse-path and message of every accepted mail."""
        sql = "SELECT * FROM intake JOIN raw_messages ON raw_messages.intake = intake.id"
        async with self.gateway.engine.connect() as connection:
            rows = (await connection.execute(text(sql))).mappings().all()
        return [(row["reverse_path"], unpack(row, self.config.parent / "objects")) for row in rows]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    settings = load(config)
    await prepare(settings)
    gateway = build(settings)
    stop = asyncio.Event()
    running = asyncio.create_task(run_gateway(gateway, {"intake", "receive"}, stop))
    await gateway.started({"intake"})
    try:
        yield Desk(gateway, config)
        report = await check(gateway.engine, settings.store.objects, deep=True)
        assert report.violations == ()
    finally:
        stop.set()
        await running
        await gateway.close()


async def test_a_mail_is_kept_before_it_ends_well(desk: Desk) -> None:
    result = await deliver(MAIL, "-c", desk.config, "--from", "ana@customer.test", DESK)

    assert (result.status, result.out, result.err) == (0, "", "")
    assert await desk.kept() == [("ana@customer.test", MAIL.replace(b"\n", b"\r\n"))]


@pytest.mark.parametrize("place", ["before", "behind", "found", "environment", "socket"])
async def test_it_finds_the_daemon_as_other_commands_do(desk: Desk, place: str) -> None:
    folder = desk.config.parent
    given = {
        "behind": ["-c", str(desk.config)],
        "socket": ["--socket", str(folder / "lmtp.sock")],
    }
    result = await deliver(
        MAIL,
        *given.get(place, []),
        DESK,
        before=[f"--config={desk.config}"] if place == "before" else [],
        environment={"HELPDESK_CONFIG": str(desk.config)} if place == "environment" else {},
        folder=folder if place == "found" else None,
    )

    assert (result.status, result.err) == (0, "")
    assert len(await desk.kept()) == 1


async def test_as_json_it_says_who_took_the_mail(desk: Desk) -> None:
    result = await deliver(MAIL, "--json", "-c", desk.config, f"<{DESK}>")

    assert result.out == f'{{"recipients": ["{DESK}"], "reply": "250 2.0.0 Message accepted"}}\n'


async def test_an_unknown_recipient_is_named_and_nobody_gets_the_mail(desk: Desk) -> None:
    result = await deliver(MAIL, "-c", desk.config, DESK, "nobody@example.test")

    assert result.status == 65
    assert result.err == (
        "error: nobody@example.test was refused: 550 5.1.1 No such recipient here\n"
    )
    assert await desk.kept() == []


@pytest.mark.parametrize("size", [64 * 1024, 3 * 1024 * 1024])
async def test_a_mail_over_the_limit_is_unusable(desk: Desk, size: int) -> None:
    result = await deliver(MAIL + b"x" * size, "-c", desk.config, DESK)

    assert result.status == 65
    assert "larger than 65536 octets" in result.err
    assert await desk.kept() == []


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    loaded = (
        "import sys; from helpdesk.__main__ import main\n"
        f"sys.argv = ['helpdesk', '-c', {str(config)!r}, 'deliver', {DESK!r}]\n"
        "try: main()\n"
        "except SystemExit as ended: print(ended.code, *sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        input=MAIL,
        capture_output=True,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    status, *modules = done.stdout.decode().split()

    assert status == "75"
    assert set(modules) & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("deliver a@b", "a@b"),
        ("-c x deliver a@b", "-c x a@b"),
        ("-cx --json deliver -- -a@b", "-cx --json -- -a@b"),
        ("--config=x deliver --config y", "--config=x --config y"),
        ("deliver deliver", "deliver"),
        ("tickets list deliver", None),
        ("--version deliver", None),
        ("-c deliver", None),
        ("-c", None),
        ("", None),
    ],
)
def test_it_is_told_from_other_commands_wherever_options_stand(line: str, left: str | None) -> None:
    assert arguments_of("deliver", line.split()) == (None if left is None else left.split())


async def test_help_comes_from_the_command_line() -> None:
    result = await deliver(b"", "--help")

    assert result.status == 0
    assert "--from REVERSE_PATH" in result.out
