"""What is found of the license keys of tests/core/data, and what is taken for one and is none.

Precision and recall of each cause, of a third of the texts that is held out while the rules are
made, and of all; then every text that was read wrongly. `--seen` leaves the held out texts alone.
"""

import argparse
import re
import sys
from collections import defaultdict
from dataclasses import dataclass

from helpdesk.core.license_keys import find_keys
from tests.core.key_texts import Key, KeyText, key_texts


@dataclass
class Count:
    texts: int = 0
    right: int = 0
    missed: int = 0
    wrong: int = 0

    def add(self, expected: frozenset[Key], found: frozenset[Key]) -> None:
        self.texts += 1
        self.right += len(found & expected)
        self.missed += len(expected - found)
        self.wrong += len(found - expected)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right else 1 - bool(self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right else 1 - bool(self.missed)

    def __str__(self) -> str:
        figures = f"{100 * self.precision:9.2f} {100 * self.recall:7.2f}"
        return f"{self.texts:5} {figures} {self.missed:6} {self.wrong:5}"


def found_in(text: KeyText) -> frozenset[Key]:
    """As the reader of mail asks for it."""
    names = [re.sub(r"[_.]", " ", name) for name in text.of("name")]
    spoken = [each for where in ("subject", "new", "signature") for each in text.of(where)]
    found = find_keys([*spoken, *names], text.of("quoted"))
    return frozenset((each.key, each.provider, each.quoted) for each in found)


def measure(texts: list[KeyText]) -> tuple[dict[str, Count], list[str]]:
    """Counts by cause, and what was read wrongly."""
    counts: dict[str, Count] = defaultdict(Count)
    slips = []
    for text in texts:
        found = found_in(text)
        rows = (text.cause, "(held out)" if text.is_held_out else "(seen)", "(all)")
        for row in rows:
            counts[row].add(text.keys, found)
        missed, wrong = sorted(text.keys - found), sorted(found - text.keys)
        if missed or wrong:
            slips.append(f"{text.cause} | {text.title}: missed {missed}, wrong {wrong}")
    return dict(sorted(counts.items())), slips


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keys", description=__doc__)
    parser.add_argument("--seen", action="store_true", help="without the third that is held out")
    only_seen = parser.parse_args().seen
    texts = [each for each in key_texts() if not (only_seen and each.is_held_out)]
    counts, slips = measure(texts)
    print(f"{'cause':12} {'texts':>5} {'precision':>9} {'recall':>7} missed wrong")
    for cause, count in counts.items():
        print(f"{cause:12} {count}")
    print("\n".join(["", *slips]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
