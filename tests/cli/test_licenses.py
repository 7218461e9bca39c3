"""Licenses at the command line: a key is read from standard input, and its provider is asked."""

import asyncio
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from helpdesk.app.build import build
from helpdesk.app.clock import SystemClock
from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.store.engine import reading, writing
from helpdesk.store.tables import ANSWERS, ENTRIES
from tests.cli.test_cli import Cli, arrive, cli

__all__ = ["cli"]

KEY = "ACME-1234-5678"
CONFIG = """
[[desks]]
address = "support@example.com"

[[agents]]
name = "Bob"
addresses = ["bob@example.com"]

[[licenses.providers]]
name = "own"
kind = "csv"
patterns = ["ACME-[0-9]{4}-[0-9]{4}"]
file = "licenses.csv"

[reader]
workers = 1
"""
MAIL = b"From: ana@example.org\r\nTo: support@example.com\r\nSubject: Hello\r\n\r\nIt fails.\r\n"
Typed = Callable[[str], None]


async def fill(path: Path, mail: bytes) -> None:
    settings = load(path)
    await prepare(settings)
    gateway = build(settings)
    try:
        await arrive(gateway, "ana@example.org", mail)
        await gateway.looking_up.run_once()
    finally:
        await gateway.close()


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What stands in standard input; beside a provider that knows the key."""
    (tmp_path / "config.toml").write_text(CONFIG)
    known = f"key,product,email\n{KEY},Planner,eva@owner.example\n"
    (tmp_path / "licenses.csv").write_text(known)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tests.cli.test_cli.DESK", "support@example.com")

    def write(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return write


async def stored(path: Path) -> str:
    settings = load(path)
    gateway = build(settings)
    try:
        async with reading(gateway.engine) as connection:
            found = [*(await connection.execute(select(ENTRIES))).all()]
            return repr([*found, *(await connection.execute(select(ANSWERS))).all()])
    finally:
        await gateway.close()


def test_a_key_from_standard_input_is_asked_for_at_once_and_kept_nowhere(
    cli: Cli, typed: Typed, tmp_path: Path
) -> None:
    asyncio.run(fill(tmp_path / "config.toml", MAIL))
    typed(f"{KEY.lower()}\n")

    result = cli("tickets", "license", "1001", "--as", "bob@example.com")

    assert (result.status, result.err) == (0, "")
    assert "TICK-1001 done" in result.out
    assert "****-****-5678 (own): active, Planner" in result.out
    shown = json.loads(cli("tickets", "show", "1001", "--json").out)
    (license_,) = shown["licenses"]
    assert (license_["state"], license_["is_foreign"]) == ("active", True)
    assert shown["licenses_asked_again"] == 0
    assert [e["text"] for e in shown["entries"] if "icense" in e["text"]] == [
        "License ****-****-5678 added by Bob",
        "License ****-****-5678 is active, Planner (own)",
    ]
    assert "1234" not in asyncio.run(stored(tmp_path / "config.toml"))
    typed(KEY)
    again = cli("tickets", "license", "1001")
    assert (again.status, "ignored" in again.out, "active" in again.out) == (0, True, True)


@pytest.mark.parametrize(
    ("written", "status", "words"),
    [
        ("", 1, "there is no key"),
        ("Enterprise", 1, "no license key"),
        ("FOO-12345", 0, "nobody is asked"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    cli: Cli, typed: Typed, tmp_path: Path, written: str, status: int, words: str
) -> None:
    asyncio.run(fill(tmp_path / "config.toml", MAIL))
    typed(written)

    result = cli("tickets", "license", "1001")

    assert result.status == status
    assert words in result.out + result.err


def test_a_provider_that_gives_no_answer_is_named(cli: Cli, typed: Typed, tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "config.toml", MAIL))
    (tmp_path / "licenses.csv").unlink()
    typed(KEY)

    result = cli("tickets", "license", "1001")

    assert result.status == 1
    assert "own gave no answer (ask again: helpdesk tickets license 1001)" in result.err


@pytest.mark.usefixtures("typed")
def test_who_looks_at_a_ticket_has_old_answers_asked_again(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    asyncio.run(fill(path, MAIL.replace(b"It fails.", f"{KEY} fails.".encode())))
    fresh = cli("tickets", "show", "1001")
    assert "active, Planner; as of" in fresh.out
    assert "(less than a minute ago)" in fresh.out
    assert "asked again" not in fresh.out
    asyncio.run(age(path))

    old = cli("tickets", "show", "1001")

    assert "(3 h ago)" in old.out
    assert "being asked again" in old.out
    assert json.loads(cli("tickets", "show", "1001", "--json").out)["licenses_asked_again"] == 0


async def age(path: Path) -> None:
    gateway = build(load(path))
    try:
        async with writing(gateway.engine) as connection:
            at = SystemClock().now() - timedelta(hours=3)
            await connection.execute(update(ANSWERS).values(asked_at=at))
    finally:
        await gateway.close()
