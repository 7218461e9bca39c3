"""One process of a campaign without atheris: it changes mails blindly, about twice as fast.

The same number of the job makes the same inputs. What is new to the code is not noticed, so this is
for breadth: many mails that are nearly right.
"""

import faulthandler
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fuzz.mutate import OF_MAILS, OF_TEXTS, mutate
from fuzz.targets import TARGETS
from fuzz.watch import Watch

MOST_INPUTS = 5_000
MOST_ROUNDS = 4  # of changes to one input
SPLICED = 0.15  # share of inputs that end as another one
KEPT = 0.05  # share of changed inputs from which others are made
LOOKED_AFTER = 500  # executions between two looks at the clock
SECONDS_TO_HANG = 60


def inputs(paths: Sequence[Path], longest: int) -> list[bytes]:
    """The files below the folders, as far as an input is long."""
    files = (file for path in paths for file in sorted(path.rglob("*")) if file.is_file())
    read = (file.read_bytes()[: 2 * longest] for file in itertools.islice(files, MOST_INPUTS))
    return [data[:longest] for data in read if data] or [b""]


def changed(
    pool: list[bytes], rng: random.Random, longest: int, *, is_mime: bool
) -> Iterator[bytes]:
    """Inputs without end; some of them are made from those before."""
    changes = OF_MAILS if is_mime else OF_TEXTS
    while True:
        data = rng.choice(pool)
        for _ in range(rng.randrange(1, MOST_ROUNDS + 1)):
            data = mutate(data, longest, rng.getrandbits(32), changes)
        if rng.random() < SPLICED:
            other = rng.choice(pool)
            data = (data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :])[
                :longest
            ]
        if rng.random() < KEPT:
            pool[rng.randrange(len(pool))] = data
        yield data


def main() -> None:
    given = json.loads(sys.argv[1])
    target = TARGETS[given["target"]]
    watch = Watch(target, Path(given["findings"]), Path(given["notes"]))
    pool = inputs([Path(each) for each in given["corpus"]], target.longest)
    rng = random.Random(f"{target.name} {given['number']}")
    until = time.monotonic() + given["seconds"]
    for data in changed(pool, rng, target.longest, is_mime=target.is_mime):
        if watch.counters.executions % LOOKED_AFTER == 0:
            faulthandler.dump_traceback_later(SECONDS_TO_HANG, exit=True)
            if time.monotonic() > until:
                break
        watch.run(data)
        if given["runs"] and watch.counters.executions >= given["runs"]:
            break
    watch.note()


if __name__ == "__main__":
    main()
