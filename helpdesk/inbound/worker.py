"""A process that reads mail for the gateway: frames in, frames out, nothing else.

Started by helpdesk.inbound.reader. A mail that exhausts memory or time ends this process and no
other; it also ends when the gateway closes the pipe or dies.

Failures: any; the reader makes them a message that could not be read fully.
"""

import gc
import os
import pickle
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import BinaryIO

LENGTH = struct.Struct(">cI")
START = b"S"
RAW = b"R"
PATH = b"P"
READY = b"Y"
MESSAGE = b"M"
YOUNG_OBJECTS = 20_000


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """The kind and the content of the next frame; None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    kind, length = LENGTH.unpack(head)
    content = stream.read(length)
    return (kind, content) if len(content) == length else None


def frame(kind: bytes, content: bytes) -> bytes:
    return LENGTH.pack(kind, len(content)) + content


def _limit_memory(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: int) -> None:
    """Processor seconds for one mail, on top of what was used; at the limit the kernel kills."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def collect_less() -> None:
    """What is imported by now stays, and reading a mail leaves no cycles behind, so the collector
    need not look for garbage after every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def main() -> None:
    # The gateway decides when we end, also when all its processes are told to by Ctrl-C,
    # `systemctl stop` or `systemctl kill -s HUP`: it closes the pipe.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    incoming = sys.stdin.buffer
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library prints is no frame
    start = read_frame(incoming)
    if start is None:
        return
    options, memory, seconds = pickle.loads(start[1])  # noqa: S301  # written by our parent

    from helpdesk.inbound.parse import parse

    collect_less()
    _limit_memory(memory)
    outgoing.write(frame(READY, b""))
    outgoing.flush()
    while (request := read_frame(incoming)) is not None:
        kind, content = request
        _limit_time(seconds)
        raw = Path(os.fsdecode(content)).read_bytes() if kind == PATH else content
        answer = pickle.dumps(parse(raw, options), protocol=pickle.HIGHEST_PROTOCOL)
        outgoing.write(frame(MESSAGE, answer))
        outgoing.flush()


if __name__ == "__main__":
    main()
