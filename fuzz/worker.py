"""One process of a campaign: atheris drives a target. Started by `python -m fuzz`."""

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["helpdesk.core", "helpdesk.inbound"]):
    from fuzz.targets import TARGETS

from fuzz.mutate import OF_MAILS, OF_TEXTS, mutate
from fuzz.watch import Watch

_OWN_SHARE = 2  # one of so many mutations is ours, the others are libFuzzer's


def main() -> None:
    given = json.loads(sys.argv[1])
    target = TARGETS[given["target"]]
    watch = Watch(target, Path(given["findings"]), Path(given["notes"]))
    changes = OF_MAILS if target.is_mime else OF_TEXTS
    runs: int = given["runs"]

    def one(data: bytes) -> None:
        watch.run(data)
        if runs and watch.counters.executions >= runs:
            watch.note()

    def mutator(data: bytes, longest: int, seed: int) -> bytes:
        if seed % _OWN_SHARE:
            return bytes(atheris.Mutate(data, longest))
        return mutate(data, longest, seed, changes)

    atheris.Setup([sys.argv[0], *given["arguments"]], one, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
