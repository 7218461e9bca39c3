"""docs/requirements.md: every test that it names is there, and its one file does what it says."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from helpdesk.config import load
from helpdesk.core.draft import Rules
from helpdesk.core.files import CountPer, FilePolicy
from helpdesk.core.mail import Words
from helpdesk.core.outgoing import Notice
from helpdesk.core.rights import Agreement, AgreementKind, Book
from helpdesk.core.ticket import Status
from tests.builders import ANA, KEYRING, World, mail, message, only
from tests.folded import for_each

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""11:00 in Berlin."""
CONTRACT = Book(agreements=(Agreement(1, ANA.address, AgreementKind.CONTRACT),))
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@for_each(("file", "test"), NAMED)
def test_what_the_page_names_is_there(file: str, test: str) -> None:
    code = (ROOT / file).read_text(encoding="utf-8")

    assert re.search(rf"^(?:async )?def {f'{test}[(]' if test else 'test_'}", code, re.MULTILINE)


@cache
def three_desks(folder: Path) -> Rules:
    found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    path = folder / "config.toml"
    path.write_text(found[1], encoding="utf-8")
    return Rules(load(path).policy(), KEYRING)


def test_the_license_vendor_counts_files_by_ticket(tmp_path: Path) -> None:
    vendor, automation, generic = (desk.files for desk in three_desks(tmp_path).policy.desks)

    assert (vendor.max_size, vendor.max_count, vendor.count_per) == (10 * 2**20, 5, CountPer.TICKET)
    assert vendor.refuse_executables
    assert automation == generic == FilePolicy()


@pytest.mark.parametrize(
    ("desk", "first_line", "promised"),
    [
        ("support@vendor.example", "Priority: critical", "2026-11-23T11:00:00+00:00"),
        ("support@vendor.example", "Priority: High", "2026-11-23T14:00:00+00:00"),
        ("support@vendor.example", "", "2026-11-24T10:00:00+00:00"),
        ("support@vendor.example", "Priority: low", "2026-11-30T10:00:00+00:00"),
        ("tickets@automation.example", "", "2026-11-26T10:00:00+00:00"),
        ("tickets@automation.example", "Priority: critical", "2026-11-26T10:00:00+00:00"),
        ("help@company.example", "Priority: Urgent", "2026-11-23T11:00:00+00:00"),
        ("help@company.example", "Priority: high", "2026-11-23T14:00:00+00:00"),
        ("help@company.example", "Priority: Medium", "2026-11-24T10:00:00+00:00"),
        ("help@company.example", "Priority: low", "2026-11-25T10:00:00+00:00"),
    ],
)
def test_each_desk_promises_what_it_says(
    desk: str, first_line: str, promised: str, tmp_path: Path
) -> None:
    said = f"{first_line}\n\nIt does not start."
    asked = message(words=Words(said, said))

    where = World(agents=(), rules=three_desks(tmp_path), book=CONTRACT)
    decision = where.decide(mail(asked, desk), now=MONDAY)

    confirmation = only(decision.outbox, Notice.CONFIRMATION)
    assert confirmation.variables["promised"]["at"] == promised


def test_the_generic_desk_calls_things_by_its_own_names(tmp_path: Path) -> None:
    policy = three_desks(tmp_path).policy
    generic, vendor = policy.desk("help").vocabulary, policy.desk("support").vocabulary

    assert generic.priority_label("normal", "en") == "Medium"
    assert generic.priority_label("critical", "en") == "Urgent"
    assert generic.status_label(Status.WAITING, "en") == "Waiting for Customer"
    assert vendor.status_label(Status.WAITING, "en") == "Waiting for You"
    assert vendor.priority_label("normal", "en") == "Normal"
