"""What hostile texts cost the functions that read them, without a worker around them.

`python -m benchmarks.bombs` gives the same texts to a whole reader; here one sees where the time
goes. Fails if a text of the largest size takes too long, or more than in proportion to a smaller
one.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

from benchmarks.bombs import MOST_PER_TENFOLD, TOO_SHORT
from benchmarks.hostile import SIZES
from benchmarks.hostile_markup import ALL
from benchmarks.hostile_texts import KEYS, TEXTS
from helpdesk.core.forward import read_forward
from helpdesk.core.license_keys import find_keys
from helpdesk.core.quoting import split
from helpdesk.inbound.markup import read_markup

SECONDS = 0.5
Reading = Callable[[str], object]

READINGS: dict[str, Reading] = {
    "split": lambda text: split(text, "Ana Ruiz"),
    "read_forward": lambda text: read_forward("Fwd: help", text),
    "find_keys": lambda text: find_keys([text]),
    "read_markup": read_markup,
}


def _cases() -> Iterator[tuple[str, str, Callable[[int], str]]]:
    for reading in ("split", "read_forward", "find_keys"):
        for name, make in (TEXTS | KEYS).items():
            yield reading, name, make
    for make in ALL:
        yield "read_markup", make.__name__, make


def processor_time(read: Reading, text: str) -> float:
    """The better of two, where they are short enough to be disturbed."""
    took: list[float] = []
    while not took or (len(took) == 1 and took[0] < SECONDS):
        began = time.process_time()
        read(text)
        took.append(time.process_time() - began)
    return min(took)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.costly", description=__doc__)
    parser.add_argument("readings", nargs="*", help=f"of {', '.join(READINGS)}")
    wanted = parser.parse_args().readings
    wrong = []
    for reading, name, make in _cases():
        if wanted and reading not in wanted:
            continue
        took = [processor_time(READINGS[reading], make(size)) for size in SIZES]
        ratios = [b / a for a, b in pairwise(took) if a >= TOO_SHORT / 10]
        print(f"{reading:13}{name:32}" + "".join(f"{each:9.4f} s" for each in took), flush=True)
        if took[-1] > SECONDS:
            wrong.append(f"{reading} {name}: {took[-1]:.2f} s")
        if max(ratios, default=0) > MOST_PER_TENFOLD:
            wrong.append(f"{reading} {name}: {max(ratios):.1f} times for ten times the size")
    print(f"\n{len(wrong)} troubles", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
