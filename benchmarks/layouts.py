"""Replies of all client layouts, in all languages and styles of posting: how many give exactly the
new words, and which do not.

`python -m benchmarks.layouts [CLIENT or LANGUAGE]` shows what was read of the misses named.
"""

import sys
from collections import Counter

from helpdesk.inbound.parse import parse
from tests.inbound.layouts import cases

SHOWN = 10


def main() -> int:
    wanted = set(sys.argv[1:])
    total: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    by_language: Counter[str] = Counter()
    shown = 0
    for layout, reply in cases():
        total[layout.name] += 1
        new = parse(layout.mail(reply)).words.new
        if " ".join(new.split()) == reply.words:
            continue
        missed[layout.name] += 1
        by_language[reply.language.code] += 1
        if wanted & {layout.name, reply.language.code} and shown < SHOWN:
            shown += 1
            print(f"--- {layout.name}, {reply.language.code}, {reply.style}, {reply.name}\n{new}\n")
    count, wrong = total.total(), missed.total()
    print(f"{len(total)} layouts, {count} replies, {count - wrong} right ({1 - wrong / count:.2%})")
    for name, number in missed.most_common():
        print(f"  {name}: {number} of {total[name]} missed")
    print("  by language:", ", ".join(f"{c} {n}" for c, n in by_language.most_common()) or "none")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
