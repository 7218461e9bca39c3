"""What the folding of many cases into one test promises."""

from pathlib import Path

import pytest

from tests.folded import SHOWN, for_each


@for_each("number", range(3))
@for_each(("text", "length"), [("a", 1), ("bc", 2)])
def test_all_cases_are_tried_with_fixtures(
    number: int, text: str, length: int, tmp_path: Path
) -> None:
    assert len(text) == length
    (tmp_path / f"{number}{text}").touch(exist_ok=False)


def test_all_misses_are_told_and_errors_are_misses() -> None:
    @for_each("value", [1, 0, 4, "x"])
    def holds(value: int) -> None:
        assert 4 // value != 1, "one"

    with pytest.raises(AssertionError, match="3 of 4 do not hold") as caught:
        holds()
    first, second, third = str(caught.value).splitlines()[1:4]
    assert first.startswith("1: 0: ZeroDivisionError")
    assert second.startswith("2: 4: AssertionError: one")
    assert "3: 'x': TypeError" in str(caught.value)
    assert third


def test_a_long_list_of_misses_is_cut() -> None:
    @for_each("value", range(100))
    def holds(value: int) -> None:
        pytest.fail("never") if value < 0 else None
        assert value < 50

    with pytest.raises(AssertionError) as caught:
        holds()
    assert "50 of 100" in str(caught.value)
    assert f"and {50 - SHOWN} more" in str(caught.value)


def test_no_case_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no case at all"):

        @for_each("value", [])
        def holds(value: int) -> None:
            del value
