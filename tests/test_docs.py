"""What is written for people agrees with what the program does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from helpdesk.app.example import example
from helpdesk.cli import app
from helpdesk.config.settings import Settings
from helpdesk.core.outgoing import TO_CUSTOMERS, Notice
from helpdesk.outbound.render import FILTERS
from helpdesk.outbound.samples import SAMPLE

ROOT = Path(__file__).parent.parent
CITED = re.compile(r"RFC\s+(\d{3,5})(?:\s+\([^)]*\))?,?\s+§")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """All commands that do something, with their full names."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path), command
        return
    for name, each in inner.items():
        yield from commands(each, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    help_text = COMMANDS[name].help or ""
    title, _, rest = help_text.partition("\n\n")

    assert len(title) > 20
    assert title.replace("\n", " ").endswith((".", "broken."))
    assert re.search(rf"^\s+helpdesk {name}\b", rest, re.MULTILINE), rest


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_is_explained(name: str) -> None:
    unexplained = [p.name for p in COMMANDS[name].params if not getattr(p, "help", None)]

    assert unexplained == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_settings_and_json(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert {"-c", "--config", "--json"} <= options


def test_the_example_configuration_is_fresh() -> None:
    written = (ROOT / "config.example.toml").read_text(encoding="utf-8")

    assert written == example(), "make it with: helpdesk config example > config.example.toml"


def test_every_section_is_in_the_example() -> None:
    written = (ROOT / "config.example.toml").read_text(encoding="utf-8")

    assert [name for name in Settings.model_fields if f"[{name}]" not in written] == []


def cited_in(folder: Path) -> set[str]:
    return {
        number
        for path in folder.rglob("*.py")
        for number in CITED.findall(path.read_text(encoding="utf-8"))
    }


def test_every_cited_rfc_is_in_the_table() -> None:
    table = (ROOT / "docs" / "rfc.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\bRFC (\d{3,5})\b", table)) | set(
        re.findall(r"^\|\s*(\d{3,5})\s*\|", table, re.MULTILINE)
    )
    cited = cited_in(ROOT / "helpdesk")

    assert "5321" in cited
    assert sorted(cited - listed, key=int) == []


def test_the_code_refers_to_no_document_that_is_not_here() -> None:
    code = [*(ROOT / "helpdesk").rglob("*.py"), *(ROOT / "templates").rglob("*.*")]
    foreign = re.compile(r"\b[A-Z]{4,}(?:\.md)? §")

    assert [path for path in code if foreign.search(path.read_text(encoding="utf-8"))] == []


def listed_in(document: str, heading: str) -> set[str]:
    """The names that begin the rows of the tables below a heading."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    _, _, rest = text.partition(f"\n{heading}\n")
    rows = re.findall(r"^\| `(\w+)", re.split(r"\n(?:## |To \w+:\n)", rest)[0], re.MULTILINE)
    return set(rows)


def test_every_notice_is_explained_with_who_gets_it() -> None:
    customers = listed_in("templates.md", "To customers:")
    agents = listed_in("templates.md", "To agents:")

    assert customers == {notice.value for notice in TO_CUSTOMERS}
    assert agents == {notice.value for notice in set(Notice) - TO_CUSTOMERS}


def test_every_variable_and_filter_of_templates_is_explained() -> None:
    variables = listed_in("templates.md", "## Variables")

    assert variables == set(SAMPLE) | {"lang", "marker", "images"}
    assert listed_in("templates.md", "## Filters") == set(FILTERS)


def test_every_target_of_make_is_explained() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    [phony] = [line for line in lines if line.startswith(".PHONY:")]
    explained = {line.partition(":")[0] for line in lines if re.match(r"[a-z]+:.* ## ", line)}

    assert set(phony.split()[1:]) == explained
