"""Credits, agreements and customers at the command line, and in files of all kinds."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from helpdesk.cli import run

ORDERS = (
    "holder,credits,reference,note\nana@example.com,5,order 1,\n@example.com,10,order 2,a year\n"
)
CUSTOMERS = (
    "address;name;account;language;time_zone;agreement;from;until;desk\r\n"
    "ana@example.com;Ana Ruiz;Acme;Deutsch;Europe/Madrid;contract;2026-01-01;2126-12-31;support\r\n"
    "@example.com;;Acme;;;;;;\r\n"
    "\r\n"
    "bo@example.org;Bo;;en;;end user;;;\r\n"
)


class Cli:
    def __init__(self, config: Path, captured: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self.captured = captured

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = run([*arguments, "-c", str(self.config)])
        said = self.captured.readouterr()
        return status, said.out, said.err

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        status, out, err = self(*arguments, "--json")
        assert (status, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def file(self, content: str | bytes) -> str:
        path = self.config.parent / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def available(self) -> dict[str, int]:
        return {each["holder"]: each["available"] for each in self.objects("credits", "balance")}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house, made once."""
    folder = tmp_path_factory.mktemp("shared") / "house"
    assert run(["init", str(folder)]) == 0
    return folder


@pytest.fixture
def house(shared: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """In which a test changes nothing."""
    return Cli(shared / "config.toml", capsys)


@pytest.fixture
def cli(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(Path(copytree(shared, tmp_path / "house")) / "config.toml", capsys)


def test_an_order_is_granted_once_and_told(cli: Cli) -> None:
    order = ("credits", "grant", "Ana@Example.com", "5", "--reference", "order 1")

    assert cli(*order, "--dry-run")[1] == "Ana@example.com: 5 would be granted, 5 available.\n"
    assert cli("credits", "ledger")[1] == "No lines.\n"
    assert cli(*order) == (0, "Ana@example.com: 5 granted, 5 available.\n", "")
    again = "Ana@example.com: order 1 was granted before, 5 available.\n"
    assert cli(*order) == (0, again, "")
    assert cli(*order[:3], "6", *order[4:]) == (
        1,
        "",
        "error: 5 credits granted for order 1 before (see `helpdesk credits ledger`)\n",
    )
    [line] = cli.objects("credits", "ledger", "ANA@example.com")
    assert (line["kind"], line["credits"], line["ticket"]) == ("granted", 5, None)
    assert (line["reference"], line["by"]) == ("order 1", "operator")
    assert cli.objects("credits", "balance", "@example.com")[0]["available"] == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("credits", "grant", "@gmail.com", "5"), "everybody can have an address at gmail.com"),
        (("credits", "grant", "Acme", "5"), "there is no account Acme (make it with: helpdesk"),
        (("credits", "grant", "ana@example.com", "0"), "0 is no number of credits (1 to 1000000)"),
        (("credits", "grant", "ana@", "1"), "'ana@' is no address (write it as name@domain)"),
        (("credits", "balance", "@x"), "'@x' is no domain (write it like @example.com)"),
        (
            ("customers", "agree", "a@example.com", "--kind", "oral"),
            "'oral' is no kind of agreement (write one of contract, toolkit, oem, end_user)",
        ),
        (
            ("customers", "agree", "a@example.com", "--kind", "oem", "--desk", "suport"),
            "there is no desk suport (did you mean support?)",
        ),
        (
            (*["customers", "agree", "a@example.com", "--kind", "oem", "--from"], "1.1.2026"),
            "'1.1.2026' is no day (write it like 2026-12-31)",
        ),
        (
            [
                "customers",
                "agree",
                "a@b.example",
                "--kind",
                "oem",
                "--from",
                "2026-02-01",
                "--until",
                "2026-01-01",
            ],
            "an agreement from 2026-02-01 until 2026-01-01 ends before it begins (write its",
        ),
        (("credits", "import", "none.csv"), "cannot read none.csv (No such file or directory)"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    house: Cli, arguments: tuple[str, ...], error: str
) -> None:
    status, out, err = house(*arguments)

    assert (status, out) == (1, "")
    assert err.startswith(f"error: {error}")
    assert err.endswith(")\n")


def test_a_file_of_orders_is_imported_once(cli: Cli) -> None:
    path = cli.file(ORDERS)

    [tried] = cli.objects("credits", "import", path, "--dry-run")
    assert (tried["dry_run"], tried["granted"], tried["credits"]) == (True, 2, 15)
    assert cli.available() == {}
    [done] = cli.objects("credits", "import", path)
    assert done == {**tried, "dry_run": False}
    status, out, err = cli("credits", "import", path)
    assert (status, err) == (0, "")
    numbers = [line.split()[0] for line in out.splitlines()]
    assert numbers == ["2", "0", "0", "2"]
    assert cli.available() == {"@example.com": 10, "ana@example.com": 5}


def test_bad_lines_are_told_by_number_and_the_others_kept(cli: Cli) -> None:
    rows = [
        "ana@example.com,1,,",
        'ana@example.com,1,,"two',
        'lines"',
        "ana@example.com,x,,",
        "@gmail.com,1,,",
        "Acme,1,,",
        "ana@example.com,1,,a,b",
        "ana@example.com,2,,",
    ]
    status, out, err = cli(
        "credits", "import", cli.file("holder,credits,reference,note\n" + "\n".join(rows))
    )

    assert status == 1
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        "line 5",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert "'x' is no number of credits (write 1 to 1000000)" in err
    assert "4  bad lines, left out" in out
    assert cli.available() == {"ana@example.com": 4}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("holder,credits\ana@example.com,ü\n".encode("latin-1"), "is not in UTF-8 (save it"),
        ("holder,amount\n", "has a column 'amount' (write one of holder, credits, reference"),
        ("holder,credit\n", "has a column 'credit' (did you mean credits?)"),
        ("holder,holder,credits\n", "has two columns holder (leave one of them out)"),
        ("holder\n", "has no column credits (its first line names the columns: holder, cr"),
        ("", "has no column holder (its first line names"),
        ('holder,credits\n"ana,1\n', "cannot be read as CSV (unexpected end of data)"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    house: Cli, content: str | bytes, error: str
) -> None:
    status, out, err = house("credits", "import", house.file(content))

    assert (status, out) == (1, "")
    assert f"file.csv {error}" in err
    assert len(err.splitlines()) == 1


def test_customers_come_with_their_accounts_and_agreements(cli: Cli) -> None:
    # As spreadsheets write it: with a byte order mark and semicolons.
    path = cli.file("\ufeff" + CUSTOMERS)

    [done] = cli.objects("customers", "import", path)
    assert (done["new"], done["changed"], done["known"], done["bad"]) == (2, 1, 0, [])
    [again] = cli.objects("customers", "import", path)
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 3)
    people = {each["address"]: each for each in cli.objects("customers", "list")}
    ana = people["ana@example.com"]
    assert (ana["name"], ana["language"], ana["zone"]) == ("Ana Ruiz", "de", "Europe/Madrid")
    agreements = cli.objects("customers", "agreements")
    assert [(each["holder"], each["kind"], each["holds"]) for each in agreements] == [
        ("Acme", "contract", True),
        ("bo@example.org", "end_user", True),
    ]
    assert cli("credits", "grant", "acme", "2")[0] == 0
    assert cli.available() == {"Acme": 2}


def test_a_bad_customer_is_told_and_the_others_are_kept(cli: Cli) -> None:
    rows = [
        "ana@example.com,,,fr,,,,,",
        "ana@example.com,,,,Mars,,,,",
        "Acme,,,,,,,,",
        "ana@example.com,,,,,,2026-01-01,,",
        "ana@example.com,,,,,contract,soon,,",
        "@example.com,Ana,,,,,,,",
        "bo@example.org,,,,,,,,",
    ]
    heading = CUSTOMERS.splitlines()[0].replace(";", ",")
    status, _, err = cli("customers", "import", cli.file("\n".join([heading, *rows])))

    assert status == 1
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        f"line {number}" for number in range(2, 8)
    ]
    assert [each["address"] for each in cli.objects("customers", "list")] == ["bo@example.org"]


def test_an_agreement_is_ended_by_its_last_day(cli: Cli) -> None:
    agree = ["customers", "agree", "ana@example.com", "--kind", "contract", "--from", "2026-01-01"]

    assert cli(*agree)[1] == (
        "ana@example.com: contract from 2026-01-01 until further notice, all desks.\n"
    )
    assert cli(*agree, "--until", "2026-01-31")[1] == (
        "ana@example.com: contract from 2026-01-01 until 2026-01-31, all desks (changed).\n"
    )
    [agreement] = cli.objects("customers", "agreements", "ana@example.com")
    assert (agreement["until"], agreement["holds"]) == ("2026-01-31", False)
