"""docs/commands.md names every command, and its examples do what they say."""

import asyncio
import io
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import typer

from helpdesk.app.build import build
from helpdesk.app.prepare import prepare
from helpdesk.cli import app
from helpdesk.config import load
from tests.cli.test_acts import arrive, keep, mail
from tests.cli.test_cli import FILE, LOOP, Cli, cli
from tests.test_docs import commands

__all__ = ["cli"]  # pytest finds fixtures by the names in a module

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
NOT_RUN = {"deliver", "demo", "doctor", "run"}
"""They need a daemon, take long or do not end; other tests run them."""
CONFIG = """
[[desks]]
address = "support@example.com"
service_level = "portal"
[desks.support]
required = true
free_categories = ["general"]
[[desks]]
address = "sales@example.com"
[[agents]]
name = "Ana Ruiz"
addresses = ["ana@example.com"]
[[agents]]
name = "Ben Ode"
addresses = ["ben@example.com"]
[budget]
per_hour = 50
per_day = 100
per_ticket_and_day = 50
"""
CARL, DESK = "carl@example.org", "support@example.com"
FIRST = (
    b"From: carl@example.org\r\nTo: support@example.com\r\nSubject: It does not start\r\n"
    b"Message-ID: <start@customer.test>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain\r\n\r\nThe red lamp is on.\r\n--b\r\n"
    b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="start.log"\r\n\r\n'
    + FILE
    + b"\r\n--b--\r\n"
)
ARRIVED = (
    (CARL, FIRST),
    mail("dina@example.org", "Invoice", "Where is it?", name="invoice"),
    mail(CARL, "Scanner", "It freezes.", name="scanner"),
    mail(CARL, "Re: It does not start", "And I need an invoice.", name="more", after="start"),
    ("loop@example.org", LOOP),
)
FILES = {
    "customers.csv": b"address,name,account\ndina@example.org,Dina Roth,Acme\n",
    "orders.csv": b"holder,credits,reference\ndina@example.org,3,order 4712\n",
    "call.txt": b"He called again.\n",
    "key.txt": b"ACME-1234-5678\n",
    "password.txt": b"a long pass phrase of his own\n",
    "old.mbox": b"From carl@example.org Mon Nov 16 12:00:00 2026\nFrom: carl@example.org\n"
    b"To: support@example.com\nSubject: Old\nMessage-ID: <old@customer.test>\n"
    b"Date: Mon, 16 Nov 2026 12:00:00 +0000\n\nOld words.\n",
}


@cache
def known_commands() -> list[str]:
    """The longest name first."""
    return sorted(dict(commands(typer.main.get_command(app))), key=len, reverse=True)


def name_of(example: str) -> str:
    """The command in it; its examples begin with its full name."""
    known = known_commands()
    words = example.removeprefix("helpdesk ") + " "
    return next((name for name in known if words.startswith(f"{name} ")), "")


async def fill(config: Path) -> None:
    settings = load(config)
    await prepare(settings)
    gateway = build(settings)
    try:
        for author, raw in ARRIVED:
            await arrive(gateway, author, raw, DESK)
        await gateway.sender.run_once()
        await keep(gateway, *mail(CARL, "Later", "Not read yet.", name="later"), DESK)
    finally:
        await gateway.close()


def test_every_command_has_an_example_on_the_page() -> None:
    named = {name_of(example) for example in EXAMPLES}

    assert named == set(dict(commands(typer.main.get_command(app))))


def test_every_example_of_the_page_does_what_it_says(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    asyncio.run(fill(tmp_path / "config.toml"))

    wrong = []
    for example in EXAMPLES:
        if name_of(example) in NOT_RUN:
            continue
        line, _, file = example.partition(" < ")
        content = (tmp_path / file).read_bytes() if file else b""
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        result = cli(*shlex.split(line)[1:])
        if (result.status, result.err) != (0, "") or " ignored: " in result.out:
            wrong.append((example, result))
    assert wrong == []

    (shown,) = re.findall(r"```\n(\$.*?)```", PAGE, re.DOTALL)
    command, *said = shown.splitlines()
    again = cli(*shlex.split(command)[2:])
    assert (again.out + again.err).splitlines() == said
