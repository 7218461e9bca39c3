"""A cell of an export is never a formula."""

import pytest

from helpdesk.core.cells import cell

FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\tx"),
    *(
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM(A1)",
        "\ufe62x",
        "\ufe63x",
        "\ufe66x",
        "\ufe6bx",
    ),
    *(" =1", "\u200b=1", "\ufeff=1", "\u00a0=1", "\n=1", "\0=1"),
)
PLAIN = ("", "a=1", "TICK-1001", "1", "'=1", "ана@example.test", "(-1)", "\u20ac-1")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == "'" + text.replace("\0", "\ufffd")


@pytest.mark.parametrize("text", PLAIN)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
