"""Tickets are listed, searched and exported at the command line."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from helpdesk.config import ConfigurationError, load
from tests.cli.test_acts import CONFIG as DESKS
from tests.cli.test_acts import fill, mail
from tests.cli.test_cli import Cli, cli

__all__ = ["cli"]  # pytest finds fixtures by the names in a module

KEY = "ABCDE-FGHIJ-KLMNO-PQRST"
CONFIG = (
    DESKS
    + """
[[views]]
name = "ana"
requester = "ana@customer.test"
sort = "entry"
direction = "ascending"
[[views]]
name = "lamp"
status = "open"
desk = "support"
category = "General"
words = "lamp"
"""
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tickets, of which one has a license key, and one a subject that wants to compute."""
    path = tmp_path_factory.mktemp("finding") / "config.toml"
    path.write_text(CONFIG)
    more = (
        mail("eve@customer.test", "=cmd|' /C calc'!A0", f"Umlaut: ä. My key: {KEY}", name="key"),
        mail("ana@customer.test", "Re: It does not start", "The lamp; and more", name="lamp"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.cli.test_acts.ARRIVED", (*ARRIVED, *more))
        asyncio.run(fill(path))
    return path


ARRIVED = (
    mail("ana@customer.test", "It does not start", "The red lamp is on.", name="start"),
    mail("carl@customer.test", "Invoice", "Where is the lamp shop?", name="invoice"),
)


@pytest.fixture(autouse=True)
def settings(found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_CONFIG", str(found))


def numbers(cli: Cli, *options: str) -> list[int]:
    objects = cli("tickets", "list", *options, "--json").objects
    return [int(each["number"].removeprefix("TICK-")) for each in objects]


def test_a_page_says_where_the_next_one_begins(cli: Cli) -> None:
    lines = cli("tickets", "list", "--limit", "2", "--sort", "updated").out.splitlines()

    assert lines[-1].startswith("There are more: add --after updated/0/")
    after = lines[-1].rpartition(" ")[2]
    rest = numbers(cli, "--sort", "updated", "--after", after)
    assert [line.split()[0] for line in lines[1:3]] == ["TICK-1004", "TICK-1003"]
    assert rest == [1002, 1001]
    assert "There are more" not in cli("tickets", "list").out
    assert "is no place in this list" in cli("tickets", "list", "--after", after).err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--until", "9999-12-31"), 0),
        (("--limit", "99999999999999999999"), 2),
        (("--after", "entry/0/99999999999999999999"), 1),
        (("--desk", "a\udcff"), 1),
        (("--license", "a\udcff"), 1),
    ],
)
def test_no_option_is_too_odd_to_be_answered(cli: Cli, options: tuple[str, str], code: int) -> None:
    ran = cli("tickets", "list", *options)

    assert ran.status == code
    assert "a mistake of ours" not in ran.err


def test_a_view_is_a_list_that_options_narrow(cli: Cli) -> None:
    assert numbers(cli, "--view", "ana") == [1001, 1004]
    assert numbers(cli, "--view", "ana", "--descending") == [1004, 1001]
    assert numbers(cli, "--view", "ana", "--words", "red") == [1001]
    assert numbers(cli, "--view", "lamp") == [1004, 1002, 1001]
    assert numbers(cli, "--view", "lamp", "--words", "shop") == [1002]
    assert numbers(cli, "--view", "lamp", "--status", "closed") == []
    assert cli("tickets", "list", "--view", "lam").err == (
        "error: there is no view lam (did you mean lamp?)\n"
    )


WRONG_VIEWS = (
    ('desk = "supprt"', "views#1.desk: there is no desk supprt (did you mean support?)"),
    ('category = "biling"', "views#1.category: there is no category biling (did you mean"),
    ('priority = "huge"', 'views#1.priority: "huge" is no priority (write low, normal'),
    ('status = "opn"', "views#1.status: there is no status 'opn' (did you mean open?)"),
    ('sort = "age"', "views#1.sort: must be entry, updated, priority or due"),
    ('requester = "ana"', "views#1.requester: "),
    ('license = "x"', "views#1.license: unknown key (known here: "),
    ('since = "soon"', "views#1.since: "),
    ('[[views]]\nname = "A"', "views#2.name: A is already taken by views#1 (change one)"),
)


@pytest.mark.parametrize(("line", "problem"), WRONG_VIEWS)
def test_a_slip_in_a_view_is_one_line_with_a_next_step(
    tmp_path: Path, line: str, problem: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{DESKS}\n[[views]]\nname = "a"\n{line}\n')

    with pytest.raises(ConfigurationError) as caught:
        load(path)

    [said] = caught.value.problems
    assert problem in said
    assert "\n" not in said


def test_a_search_shows_the_places_and_marks_them(cli: Cli) -> None:
    out = cli("tickets", "search", "lamp", "re*").out.splitlines()
    page = cli("tickets", "search", "RED", "lamp").out.splitlines()
    shown = cli("tickets", "search", "lamp", "shop", "--json").objects

    assert out == ["No tickets."]
    assert page[0] == "TICK-1001  It does not start"
    assert page[2].startswith("    message 1 by ana@customer.test, 20")
    assert page[3] == "        The *red* *lamp* is on."
    assert len(page) == 4
    [place] = shown[0]["found"]
    assert (place["text"], place["hits"]) == ("Where is the lamp shop?", [[13, 17], [18, 22]])
    assert place["internal"] is False
    limited = cli("tickets", "search", "lamp", "--limit", "1").out.splitlines()
    assert limited[-1] == "There are more: add --after entry/0/1004"
    assert cli("tickets", "search", "TICK-1002").out.startswith("TICK-1002  Invoice\n")


def test_a_ticket_is_found_by_a_license_key_that_nobody_keeps(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in (KEY, KEY.lower(), f" {KEY} "):
        assert numbers(cli, "--license", typed) == [1003]
    assert numbers(cli, "--license", "ZZZZZ-FGHIJ-KLMNO-PQRST") == []
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    assert numbers(cli, "--license", "-") == [1003]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert "there is no license key" in cli("tickets", "list", "--license", "-").err

    wrong = cli("tickets", "list", "--license", KEY, "--after", "x")
    assert KEY not in wrong.out + wrong.err


def table(cli: Cli, *options: str) -> list[dict[str, Any]]:
    text = cli("tickets", "list", "--csv", *options).out
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_export_has_all_tickets_and_no_formula(cli: Cli) -> None:
    rows = table(cli, "--oldest-first")

    assert [row["number"] for row in rows] == [f"TICK-{n}" for n in (1001, 1002, 1003, 1004)]
    assert rows[2]["subject"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["requester"] == "ana@customer.test"
    assert rows[0]["created_at"].endswith("+00:00")
    assert [row["number"] for row in table(cli, "--words", "shop")] == ["TICK-1002"]
    assert len(table(cli, "--limit", "3")) == 3
    refused = cli("tickets", "list", "--csv", "--json")
    assert (refused.status, refused.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("option", "said", "hint"),
    [
        ("--category", "biling", "did you mean billing?"),
        ("--priority", "hihg", "did you mean high?"),
    ],
)
def test_a_slip_in_a_name_is_told_and_not_taken_for_an_empty_list(
    cli: Cli, option: str, said: str, hint: str
) -> None:
    result = cli("tickets", "list", option, said)

    kind = option.removeprefix("--")
    assert (result.status, result.out) == (1, "")
    assert result.err == f"error: no ticket and no desk has the {kind} {said} ({hint})\n"
