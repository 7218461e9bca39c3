"""Business hours against a stepper that looks at the clock on the wall, minute by minute.

Half of the cases add and count, the others follow a clock through pauses, other priorities and
other zones. The control is a calculator that knows no summer time: a comparison that does not
notice it proves nothing.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from helpdesk.core.calendar import Calendar, add, elapsed
from tests.stepper import (
    random_story,
    random_sum,
    without_summer_time,
    wrong_in_story,
    wrong_sums,
)

SHOWN = 5
CASES_IN_CONTROL = 1_000


def main() -> int:
    options = _options()
    began = time.monotonic()
    wrong = 0
    for number, problem in _mismatches(options.cases, options.seed):
        wrong += 1
        if wrong <= SHOWN:
            print(f"case {number}: {problem}")
    seconds = time.monotonic() - began
    print(f"{options.cases} cases, seed {options.seed}: {wrong} mismatches, {seconds:.0f} s")
    noticed = control(CASES_IN_CONTROL, options.seed)
    print(f"control without summer time: {noticed} of {CASES_IN_CONTROL} cases differ")
    return 1 if wrong or not noticed else 0


def _mismatches(cases: int, seed: int) -> Iterator[tuple[int, str]]:
    """Each case has a generator of its own, so that one can be looked at alone."""
    for number in range(cases):
        rng = random.Random(f"{seed} {number}")
        yield from ((number, problem) for problem in _problems(rng, is_story=number % 2 == 1))


def _problems(rng: random.Random, *, is_story: bool) -> Iterator[str]:
    return wrong_in_story(random_story(rng)) if is_story else wrong_sums(random_sum(rng))


def control(cases: int, seed: int) -> int:
    """How many sums a calculator gets wrong that takes no notice of summer time."""
    sums = (random_sum(random.Random(f"control {seed} {number}")) for number in range(cases))
    return sum(any(wrong_sums(case, _naive_add, _naive_elapsed)) for case in sums)


def _naive_add(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    return add(without_summer_time(calendar, start), start, amount)


def _naive_elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    return elapsed(without_summer_time(calendar, start), start, end)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calendar", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
