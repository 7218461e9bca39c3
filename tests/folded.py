"""One test of many cases, where an entry of the test report for each would cost more than it."""

import functools
import inspect
from collections.abc import Callable, Collection, Iterable
from typing import Any

SHOWN = 20
Test = Callable[..., None]


def for_each(names: str | Collection[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """As `pytest.mark.parametrize`, but in one test, which fails with all cases that do not hold.

    Every process of a parallel run collects and reports every test: thousands of short ones take
    longer to be named than to be run. Fixtures are shared by all the cases.
    """
    given = tuple(each.strip() for each in names.split(",")) if isinstance(names, str) else names

    def fold(test: Test) -> Test:
        @functools.wraps(test)
        def folded(**fixtures: Any) -> None:
            missed = []
            for count, case in enumerate(every):
                values = case if len(given) > 1 else (case,)
                try:
                    test(**fixtures, **dict(zip(given, values, strict=True)))
                except Exception as error:  # noqa: BLE001 -- the next case is tried as well
                    missed.append(f"{count}: {case!r}: {type(error).__name__}: {error}")
            assert not missed, _told(missed, len(every))

        every = list(cases)
        assert every, "no case at all"
        others = [
            each for name, each in inspect.signature(test).parameters.items() if name not in given
        ]
        folded.__signature__ = inspect.Signature(others)  # type: ignore[attr-defined]
        return folded

    return fold


def _told(missed: list[str], cases: int) -> str:
    more = [f"... and {len(missed) - SHOWN} more"] if len(missed) > SHOWN else []
    return "\n".join([f"{len(missed)} of {cases} do not hold:", *missed[:SHOWN], *more])
