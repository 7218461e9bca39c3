"""Gives hostile mails to a real worker process and measures what they cost it.

Each must become a message within the limits of the reader, and the mail after it must be read at
once. A run prints a table, and fails if one of these was broken.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.hostile import SIZES, Bomb, all_bombs, mail
from helpdesk.core.mail import COULD_NOT_BE_READ, Message
from helpdesk.inbound.reader import MEMORY, Reader

SECONDS = 15.0
SECONDS_SCALED = 2.0
"""For the largest of a mail that is made in several sizes: processor time."""
SECONDS_AFTERWARDS = 1.0
MOST_PER_TENFOLD = 12.0
TOO_SHORT = 0.05  # seconds; what took less says nothing about a ratio
TICK = 1 / os.sysconf("SC_CLK_TCK")
AFTERWARDS = mail(b"It fails.\r\n")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one mail cost its worker."""

    bomb: Bomb
    octets: int
    seconds: float
    cpu: float
    memory: int
    """The most that the process had, in octets; 0 if it was gone before we looked."""
    verdict: str
    afterwards: float

    def trouble(self) -> str:
        limit = SECONDS_SCALED if self.bomb.size else SECONDS
        checks = (
            (self.cpu <= limit, f"more than {limit} s"),
            (self.memory <= MEMORY, "too much memory"),
            (self.afterwards <= SECONDS_AFTERWARDS, "the next mail waited"),
            (self.bomb.defect in self.verdict, f"not said: {self.bomb.defect}"),
        )
        return ", ".join(words for is_right, words in checks if not is_right)


class WorkerProcess:
    """The worker of a reader, seen from outside."""

    def __init__(self, reader: Reader) -> None:
        [worker] = reader._idle  # noqa: SLF001 -- nobody else wants to know its process
        self._folder = Path(f"/proc/{worker._process.pid}")  # noqa: SLF001
        self._began = self.cpu()
        self.memory = 0
        """The most so far, in octets."""

    def forget(self) -> None:
        """Let the kernel begin anew with the highest memory."""
        (self._folder / "clear_refs").write_text("5")

    def cpu(self) -> float:
        words = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) * TICK

    def look(self) -> float:
        """The processor time since the beginning; keeps the highest memory."""
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                self.memory = max(self.memory, int(line.split()[1]) * 1024)
        return self.cpu() - self._began


async def cost_of(bomb: Bomb, reader: Reader) -> Cost:
    raw = bomb.make()
    await reader.read(AFTERWARDS)  # so that there is a worker
    while not reader._idle:  # noqa: SLF001 -- that was the last mail of its worker
        await reader.read(AFTERWARDS)
    process, killed = WorkerProcess(reader), reader.killed
    process.forget()
    began = time.monotonic()
    reading = asyncio.create_task(reader.read(raw))
    cpu = 0.0
    while not (await asyncio.wait({reading}, timeout=0.05))[0]:
        with contextlib.suppress(OSError):
            cpu = process.look()
    seconds = time.monotonic() - began
    message = reading.result()
    with contextlib.suppress(OSError):
        cpu = process.look()
    began = time.monotonic()
    await reader.read(AFTERWARDS)
    afterwards = time.monotonic() - began
    verdict = _verdict(message, was_killed=reader.killed > killed)
    return Cost(bomb, len(raw), seconds, cpu, process.memory, verdict, afterwards)


def _verdict(message: Message, *, was_killed: bool) -> str:
    if was_killed:
        return f"killed: {COULD_NOT_BE_READ}"
    return f"cut: {', '.join(message.defects)}" if message.defects else "read"


async def measure(bombs: Iterable[Bomb]) -> list[Cost]:
    reader = Reader(workers=1)
    costs = []
    try:
        for bomb in bombs:
            cost = await cost_of(bomb, reader)
            costs.append(cost)
            if bomb.family != "charset":
                _print(cost)
    finally:
        await reader.close()
    return costs


def _print(cost: Cost) -> None:
    print(
        f"{cost.bomb.family:8}{cost.bomb.name:32}{cost.octets / 1000:10,.0f} kB"
        f"{cost.seconds:7.2f} s{cost.cpu:7.2f} cpu{cost.memory / 2**20:6.0f} MB"
        f"{cost.afterwards * 1000:6.0f} ms  {cost.verdict[:60]}",
        flush=True,
    )


def _ratios(costs: Iterable[Cost]) -> list[str]:
    """How much more ten times the size costs; what is not in proportion is returned."""
    by_name: dict[tuple[str, str], dict[int, float]] = {}
    for cost in costs:
        if cost.bomb.size:
            by_name.setdefault((cost.bomb.family, cost.bomb.name), {})[cost.bomb.size] = cost.cpu
    wrong = []
    print(f"\n{'tenfold size':40}" + "".join(f"{size // 1000:>8} kB" for size in SIZES[1:]))
    for (family, name), cpu in by_name.items():
        shown = ""
        for small, large in pairwise(SIZES):
            ratio = cpu[large] / cpu[small] if cpu[small] >= TOO_SHORT else 0.0
            shown += f"{ratio:10.1f}x" if ratio else f"{'-':>11}"
            if ratio > MOST_PER_TENFOLD:
                wrong.append(f"{family} {name}: {ratio:.1f} times for ten times the size")
        print(f"{family:8}{name:32}{shown}")
    return wrong


def _print_charsets(costs: Iterable[Cost]) -> None:
    found = [cost for cost in costs if cost.bomb.family == "charset"]
    if found:
        slowest = max(found, key=lambda cost: cost.seconds)
        print(
            f"charset {len(found)} names, slowest {slowest.seconds:.2f} s ({slowest.bomb.name}), "
            f"killed {sum(cost.verdict.startswith('killed') for cost in found)}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bombs", description=__doc__)
    parser.add_argument("--family", help="tree, wide, HTML, text, file or charset")
    given = parser.parse_args()
    bombs = [each for each in all_bombs() if given.family in {None, each.family}]
    costs = asyncio.run(measure(bombs))
    _print_charsets(costs)
    wrong = _ratios(costs)
    wrong += [
        f"{cost.bomb.family} {cost.bomb.name} ({cost.octets:,}): {trouble}"
        for cost in costs
        if (trouble := cost.trouble())
    ]
    print(f"\n{len(costs)} mails, {len(wrong)} troubles", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
