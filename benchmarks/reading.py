"""How fast one core reads mail, and on what the time goes.

Processor time, not that of the clock, and beside it that of the standard library's parser for the
same mails in the same run: machines differ, the ratio hardly does.
"""

import argparse
import asyncio
import base64
import math
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from typing import Any

from benchmarks.bombs import WorkerProcess
from benchmarks.workload import Options, letters
from helpdesk.core.classify import AutomaticPolicy, classify
from helpdesk.core.explain import explain
from helpdesk.core.mail import Arrival, Envelope, Mail, Message
from helpdesk.inbound import alternatives, body, parse
from helpdesk.inbound.reader import Reader
from helpdesk.inbound.worker import collect_less

ROUNDS = 5
LARGE = 10_000_000
ARRIVAL = Arrival(
    Envelope("ana@customer.example", ("support@example.test",)),
    "bench",
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)

# Where each step is looked up when a mail is read. What a step calls of another is the other's.
STEPS: dict[str, tuple[tuple[Any, str], ...]] = {
    "header section": ((parse, "read_header"),),
    "bounds and MIME tree": ((parse, "read_tree"),),
    "header fields": ((parse, "_Fields"), (parse, "clean_author"), (body, "read_parameters")),
    "decoding of content": ((body, "content_of"), (body, "decode_bytes"), (body, "clean_text")),
    "look at files and digest": ((body, "sha256"), (body, "inspect")),
    "HTML": ((body, "read_markup"), (alternatives, "read_markup")),
    "new words": ((parse, "split"), (body, "split")),
    "forwarded messages": ((parse, "read_forward"),),
    "delivery reports": ((body, "read_delivery_report"),),
    "license keys": ((parse, "find_keys"),),
    "digest of the mail": ((parse, "digest"),),
    "oddities": ((body, "oddities"),),
    "places of parts": ((body.Body, "_content_of"),),
    "which alternative": ((body, "best_alternative"),),
}


class Stopwatch:
    """Processor time by step; a step that calls another is stopped meanwhile."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._since = time.process_time()

    def _book(self) -> None:
        now = time.process_time()
        if self._running:
            step = self._running[-1]
            self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self._since = now

    def wrap(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._book()
            self._running.append(step)
            try:
                return function(*args, **kwargs)
            finally:
                self._book()
                self._running.pop()

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """All steps are timed; AttributeError if one has another name by now."""
        kept = [
            (place, name, getattr(place, name), step)
            for step, places in STEPS.items()
            for place, name in places
        ]
        for place, name, function, step in kept:
            setattr(place, name, self.wrap(step, function))
        try:
            yield
        finally:
            for place, name, function, _ in kept:
                setattr(place, name, function)


def processor_time(function: Callable[[bytes], object], raw: bytes) -> float:
    began = time.process_time()
    function(raw)
    return time.process_time() - began


def as_mail(raw: bytes, message: Message) -> Mail:
    return Mail(ARRIVAL, message, len(raw), "0" * 64)


def whole(raw: bytes) -> bytes:
    """What a worker and the gateway do with a mail until it is decided."""
    message = parse.parse(raw)
    classify(as_mail(raw, message), AutomaticPolicy(), lambda _text: False)
    return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)


def large_mail(size: int) -> bytes:
    head = (
        b"From: a@b.example\r\nSubject: log\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=b"\r\n\r\n--=b\r\n\r\nIt fails.\r\n--=b\r\n'
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="log.bin"\r\n\r\n'
    )
    content = base64.encodebytes(bytes(range(256)) * (size // 256)).replace(b"\n", b"\r\n")
    return head + content + b"--=b--\r\n"


def print_rates(mails: Sequence[bytes]) -> None:
    for raw in mails[:50]:  # patterns are compiled, modules are loaded
        whole(raw)
    collect_less()
    ratios = []
    fastest = [(math.inf, math.inf)] * len(mails)
    print(f"{len(mails)} mails, {sum(map(len, mails)) // len(mails) // 1000} kB on average\n")
    for number in range(ROUNDS):
        took = [  # in turn, so that what slows the machine down meets both
            (processor_time(message_from_bytes, raw), processor_time(whole, raw)) for raw in mails
        ]
        fastest = [(min(a, c), min(b, d)) for (a, b), (c, d) in zip(fastest, took, strict=True)]
        ratios.append(_print_rate(f"round {number + 1}", took))
    _print_rate("the fastest of each mail", fastest)
    print(f"median ratio of the rounds {sorted(ratios)[len(ratios) // 2]:.2f}\n")


def _print_rate(what: str, took: Sequence[tuple[float, float]]) -> float:
    """The ratio of both."""
    reference, ours = (sum(pair[which] for pair in took) for which in (0, 1))
    print(
        f"{what}: {len(took) / ours:.0f} mails/s of processor time, "
        f"standard library {len(took) / reference:.0f}, ratio {ours / reference:.2f}"
    )
    return ours / reference


def print_steps(mails: Sequence[bytes]) -> None:
    watch = Stopwatch()
    with watch.watching():
        read = watch.wrap("the rest of reading", parse.parse)
        messages = [read(raw) for raw in mails]
    judge = watch.wrap("classification", classify)
    show = watch.wrap("explanation", explain)
    pack = watch.wrap("pickling", partial(pickle.dumps, protocol=pickle.HIGHEST_PROTOCOL))
    unpack = watch.wrap("unpickling", pickle.loads)
    for raw, message in zip(mails, messages, strict=True):
        judge(as_mail(raw, message), AutomaticPolicy(), lambda _text: False)
        show(as_mail(raw, message))
        unpack(pack(message))
    total = sum(watch.seconds.values())
    for step, seconds in sorted(watch.seconds.items(), key=lambda item: -item[1]):
        each = seconds / len(mails) * 1_000_000
        print(f"{step:28}{each:8.0f} µs a mail{seconds / total:8.1%}")


async def print_memory(mails: Sequence[bytes]) -> None:
    reader = Reader(workers=1)
    raw = large_mail(LARGE)
    try:
        await reader.read_many(mails)
        process = WorkerProcess(reader)
        process.look()
        print(f"\npeak memory of a worker, these mails  {process.memory / 2**20:6.0f} MB")
        began = time.monotonic()
        await reader.read(raw)
        took, cpu = time.monotonic() - began, process.look()
        print(f"peak memory of a worker, a large file {process.memory / 2**20:6.0f} MB")
        print(f"a file of {LARGE // 10**6} MB: {took:.2f} s, {cpu:.2f} s of processor time")
    finally:
        await reader.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.reading", description=__doc__)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    mails = [letter.content for letter in letters(Options(given.count, given.seed))]
    print_rates(mails)
    print_steps(mails)
    asyncio.run(print_memory(mails))


if __name__ == "__main__":
    main()
