"""Measures the gateway in interleaved rounds on this machine and prints ratios.

Disk and processor drift, so no rate means much alone. Each round measures, one after the other:
a private Postfix that holds what it takes (the yardstick, as root only), the gateway's durable
accept at several numbers of connections, the gateway from the first mail sent to the last ticket
committed and the last notification handed over, and the same with many tickets in the store.
Nothing is asserted.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import postfix, prefill, workload
from benchmarks.gateway import ENVIRONMENT, ROOT, Gateway, Sink, end_well_when_told
from benchmarks.postfix import Postfix

CONNECTIONS = (1, 16, 64)
USUAL = 16
WORK_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Options:
    folder: Path
    rounds: int
    mails: int
    tickets: int
    """In the store of the `many tickets` measurement; 0: leave it out."""
    seed: int


@dataclass(slots=True)
class Figures:
    """All values that were measured, by name, one per round."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.values.setdefault(name, []).append(round(value, 3))
        print(f"    {name}: {value:.4g}", file=sys.stderr, flush=True)

    def ratio(self, over: str, under: str) -> list[float]:
        """Of the values of the same round."""
        pairs = zip(self.values.get(over, []), self.values.get(under, []), strict=False)
        return [a / b for a, b in pairs if b]


def load(folder: Path, port: int, connections: int, *more: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.load", str(folder), f"127.0.0.1:{port}"),
            *("--connections", str(connections), *more),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seen: dict[str, Any] = json.loads(done.stdout)
    if seen["accepted"] != seen["mails"]:
        raise RuntimeError(f"not all mails were accepted: {seen}")
    return seen


class Bench:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._sets = 0
        self._many: Gateway | None = None
        self.figures = Figures()

    def run(self) -> None:
        for _ in range(3):
            self.figures.add("seconds for --help", help_seconds())
        sink = Sink()
        yardstick: Postfix | None = None
        try:
            self._ceiling(sink)
            why_not = postfix.missing()
            yardstick = None if why_not else Postfix()
            if why_not:
                print(f"no Postfix beside it: {why_not}", file=sys.stderr)
            for number in range(self._options.rounds):
                print(f"round {number + 1} of {self._options.rounds}", file=sys.stderr)
                self._round(sink, yardstick)
        finally:
            sink.stop()
            if yardstick is not None:
                yardstick.stop()

    def _round(self, sink: Sink, yardstick: Postfix | None) -> None:
        if yardstick is not None:
            seen = load(self._mails(), yardstick.port, USUAL)
            self.figures.add("postfix accept", seen["mails_per_second"])
            yardstick.empty()
        for connections in CONNECTIONS:
            self._accept(sink, connections)
        self._end_to_end(sink, Gateway(self._folder("few"), sink.port), "")
        if self._options.tickets:
            self._end_to_end(sink, self._many_tickets(sink), ", many tickets")

    def _folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._options.folder))

    def _mails(self, seed_mails: int = 0) -> Path:
        """New ones each time: a mail that was seen before is a duplicate."""
        self._sets += 1
        folder = self._folder("mails")
        count = self._options.mails + seed_mails
        made = workload.Options(
            count=count,
            seed=1000 * self._options.seed + self._sets,
            seed_mails=seed_mails,
            senders=count // 4 + 1,
        )
        workload.write(folder, made)
        return folder

    def _ceiling(self, sink: Sink) -> None:
        """What client and sink reach without a gateway between them."""
        mails = self._mails()
        for connections in CONNECTIONS:
            seen = load(mails, sink.port, connections)
            self.figures.add(f"ceiling of the client, {connections} conn", seen["mails_per_second"])
        sink.counts()

    def _accept(self, sink: Sink, connections: int) -> None:
        """Durable accept and nothing after it, as the yardstick does."""
        gateway = Gateway(self._folder("accept"), sink.port)
        mails = self._mails()
        try:
            gateway.start("--only", "intake")
            cpu = gateway.cpu_seconds()
            seen = load(mails, gateway.port, connections)
            spent = 1000 * (gateway.cpu_seconds() - cpu) / self._options.mails
        finally:
            gateway.stop()
        name = f"accept, {connections} conn"
        self.figures.add(name, seen["mails_per_second"])
        self.figures.add(f"{name}: p50 ms", seen["latency_ms"]["p50"])
        self.figures.add(f"{name}: p99 ms", seen["latency_ms"]["p99"])
        self.figures.add(f"{name}: CPU ms per mail", spent)
        shutil.rmtree(gateway.folder)
        shutil.rmtree(mails)

    def _many_tickets(self, sink: Sink) -> Gateway:
        """One store for all rounds: filling it takes long."""
        if self._many is None:
            self._many = Gateway(self._folder("many"), sink.port)
            # The first start makes the store, with desks and agents in it.
            self._many.start()
            self._many.stop()
            began = time.monotonic()
            prefill.fill(self._many.database, self._options.tickets)
            seconds = time.monotonic() - began
            size = self._many.database.stat().st_size / 1e6
            print(
                f"    {self._options.tickets} tickets written in {seconds:.0f} s, {size:.0f} MB",
                file=sys.stderr,
            )
        return self._many

    def _end_to_end(self, sink: Sink, gateway: Gateway, name: str) -> None:
        seeds = self._options.mails // 2
        mails = self._mails(seed_mails=seeds)
        try:
            self.figures.add(f"seconds to start{name}", gateway.start())
            load(mails, gateway.port, USUAL, "--limit", str(seeds))
            gateway.await_work(WORK_SECONDS)
            sink.counts()
            cpu = gateway.cpu_seconds()
            seen = load(mails, gateway.port, USUAL, "--skip", str(seeds))
            decided_at, _ = gateway.await_work(WORK_SECONDS)
            sent = sink.counts()
            cpu = gateway.cpu_seconds() - cpu
            memory = gateway.memory()
        finally:
            gateway.stop()
        count = self._options.mails
        began = seen["started_at"]
        add = self.figures.add
        add(f"accept while working{name}", seen["mails_per_second"])
        add(f"tickets committed{name}", count / (decided_at - began))
        add(f"notifications sent{name}", count / (sent["last_at"] - began))
        add(f"notifications per mail{name}", sent["mails"] / count)
        add(f"CPU ms per mail{name}", 1000 * cpu / count)
        add(f"peak MB daemon{name}", memory.peak_daemon)
        add(f"peak MB workers{name}", sum(memory.peak_workers))
        add(f"peak MB sum{name}", memory.peak_sum)
        add(f"PSS MB at the end{name}", memory.pss)
        shutil.rmtree(mails)
        if gateway is not self._many:
            shutil.rmtree(gateway.folder)


def help_seconds() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "helpdesk", "--help"]
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


RATIOS = (
    *((f"accept, {number} conn", "postfix accept") for number in CONNECTIONS),
    ("accept while working", "postfix accept"),
    ("tickets committed, many tickets", "tickets committed"),
    ("notifications sent, many tickets", "notifications sent"),
    ("CPU ms per mail, many tickets", "CPU ms per mail"),
)


def spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):10.4g}  [{min(values):.4g} to {max(values):.4g}]"


def report(figures: Figures) -> None:
    print("\nmedian [min to max]; rates in mails per second")
    for name, values in figures.values.items():
        print(f"{name:<45}{spread(values)}")
    print("\nratios within a round")
    for over, under in RATIOS:
        if ratios := figures.ratio(over, under):
            print(f"{f'{over} / {under}':<65}{spread(ratios)}")


def main() -> int:
    end_well_when_told()
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mails", type=int, default=1_000, help="per measurement")
    parser.add_argument("--tickets", type=int, default=100_000, help="0: no store with many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="one small round")
    parser.add_argument("--json", type=Path, help="all values of all rounds, for programs")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.mails, given.tickets = 1, 200, min(given.tickets, 2_000)
    # On disk: the system's temporary folder may be memory, where syncing costs nothing.
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-bench-", dir="/var/tmp"))
    bench = Bench(Options(folder, given.rounds, given.mails, given.tickets, given.seed))
    try:
        bench.run()
    finally:
        shutil.rmtree(folder)
    report(bench.figures)
    if given.json:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        given.json.write_text(json.dumps({**machine, **asdict(bench.figures)}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
