"""Licenses in CSV files and databases."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk.config.licenses import ProviderSettings
from helpdesk.core.license import LicenseState, LookupOutcome
from helpdesk.license import build_provider
from helpdesk.ports import LicenseProvider

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def provider(**settings: Any) -> LicenseProvider:
    given = ProviderSettings.model_validate({"name": "own", **settings})
    return build_provider(given, lambda: NOW)


def csv(path: Path, text: str, **settings: Any) -> LicenseProvider:
    path.write_text(text, encoding="utf-8")
    return provider(kind="csv", file=path, **settings)


async def test_a_line_is_found_whatever_case_and_dashes_its_key_has(tmp_path: Path) -> None:
    text = "\ufeffSerial;Expires;E-Mail;Plan;Extra\nab‑1;2026-05-03;ana@example.com;Pro;x\n"
    own = csv(tmp_path / "a.csv", text, columns={"key": "serial", "email": "E-mail"})

    record = (await own.lookup("AB-1")).record

    assert record is not None
    assert (record.state, record.plan) == (LicenseState.EXPIRED, "Pro")
    assert record.owner_addresses == ("ana@example.com",)


async def test_a_file_is_read_again_when_it_was_changed(tmp_path: Path) -> None:
    own = csv(tmp_path / "a.csv", "key,state\nA-1,suspended\n")
    assert (await own.lookup("A-2")).outcome is LookupOutcome.NOT_FOUND

    (tmp_path / "a.csv").write_text("key,state\nA-1,suspended\nA-2,active\n", encoding="utf-8")
    assert (await own.lookup("A-2")).outcome is LookupOutcome.FOUND


async def test_a_key_on_two_lines_is_ambiguous(tmp_path: Path) -> None:
    own = csv(tmp_path / "a.csv", "key\nA-1\na-1\n")

    assert (await own.lookup("A-1")).outcome is LookupOutcome.AMBIGUOUS


async def test_bad_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    own = csv(tmp_path / "a.csv", "key,expires\nA-1,soon\nA-2\n,x\nA-3,2027-01-01\n")

    assert (await own.lookup("A-3")).outcome is LookupOutcome.FOUND
    missing, unreadable = await own.lookup("A-4"), await own.lookup("A-1")

    assert missing.outcome is LookupOutcome.NOT_FOUND
    assert missing.detail == "3 lines of a.csv were left out, the first: line 2: expires is no date"
    assert (unreadable.outcome, unreadable.detail) == (
        LookupOutcome.DOWN,
        "a.csv, line 2: expires is no date",
    )


async def test_a_file_that_cannot_be_used_is_down_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    own = csv(path, "serial\nA-1\n")
    said = [(await own.lookup("A-1")).detail]
    path.write_bytes(b"key\n\xff\n")
    said.append((await own.lookup("A-1")).detail)
    path.unlink()
    result = await own.lookup("A-1")

    assert result.outcome is LookupOutcome.DOWN
    assert [*said, result.detail] == [
        'a.csv has no column key (add columns = { key = "..." })',
        "a.csv is not UTF-8 text (save it as UTF-8)",
        "a.csv cannot be read: No such file or directory",
    ]


def database(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sold (serial TEXT, ends TEXT)")
        rows = [("A-1", "2027-01-31"), ("A-2", ""), ("A-2", ""), ("A-3", "soon")]
        connection.executemany("INSERT INTO sold VALUES (?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


QUERY = "SELECT ends AS expires, 'Editor' AS product FROM sold WHERE serial = :key"


async def test_rows_of_a_query_are_licenses(tmp_path: Path) -> None:
    own = provider(kind="sql", url=database(tmp_path / "a.db"), query=QUERY)
    keys = ("A-1", "A-2", "A-3", "A-4")

    results = [await own.lookup(key) for key in keys]
    await own.close()

    assert [each.outcome.value for each in results] == ["found", "ambiguous", "down", "not_found"]
    assert results[0].record is not None
    assert (results[0].record.state, results[0].record.product) == (LicenseState.ACTIVE, "Editor")


async def test_a_database_that_is_away_is_down(tmp_path: Path) -> None:
    own = provider(kind="sql", url=f"sqlite:///{tmp_path}/no.db", query=QUERY)

    result = await own.lookup("A-1")

    assert result.outcome is LookupOutcome.DOWN
    assert result.detail == "the database cannot be asked: OperationalError (see url and query)"


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    own = provider(kind="sql", url=f"sqlite:///{tmp_path}/no.db", query=QUERY)

    asyncio.run(own.lookup("A-1"))

    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_written_to_the_database(tmp_path: Path) -> None:
    url = database(tmp_path / "a.db")
    own = provider(kind="sql", url=url, query="DELETE FROM sold WHERE serial = :key")

    assert (await own.lookup("A-1")).outcome is LookupOutcome.DOWN


async def test_a_postgresql_that_is_away_is_down() -> None:
    own = provider(kind="sql", url="postgresql://x:pw@127.0.0.1:1/x", query=QUERY)

    result = await own.lookup("A-1")
    await own.close()

    assert result.outcome is LookupOutcome.DOWN
    assert "pw" not in result.detail
