"""Sends a folder of mails over a fixed number of SMTP connections and keeps a journal of replies.

The journal is what the client saw: one JSON line per attempt, written before the connection says
anything else. Without a reply the server may or may not have taken the mail.

Standards: RFC 5321 (client side), RFC 2920 (PIPELINING).
Failures: with --retry a lost connection and a 4xx are tried again until --give-up seconds brought
no reply at all; else they are counted.
"""

import argparse
import asyncio
import hashlib
import json
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>\r\n]+)>", re.IGNORECASE | re.MULTILINE)
FROM = re.compile(rb"^from:[^\r\n]*<([^>\r\n]+)>", re.IGNORECASE | re.MULTILINE)
PAUSE = 0.05
"""Seconds before a server that went away is asked again."""


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str
    sender: str
    sha256: str
    """Of the bytes as the server must keep them."""
    wire: bytes
    """Dot-stuffed, with the final dot."""


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    connections: int = 16
    recipient: str = "support@example.test"
    retry: bool = False
    give_up: float = 60.0
    timeout: float = 60.0


@dataclass(slots=True)
class Seen:
    """What the client saw so far."""

    answers: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    resent: int = 0
    first_refusal: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0


class Gone(Exception):  # noqa: N818 -- it names what the server did
    """The server said nothing more."""


def read_mail(path: Path) -> Mail:
    content = path.read_bytes()
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    message_id, author = MESSAGE_ID.search(head), FROM.search(head)
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return Mail(
        message_id=message_id[1].decode() if message_id else "",
        sender=author[1].decode() if author else "",
        sha256=hashlib.sha256(content).hexdigest(),
        wire=(b"." + stuffed if stuffed.startswith(b".") else stuffed) + b".\r\n",
    )


class Connection:
    """One SMTP session as a client."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout = timeout
        self._pipelines = False

    async def greet(self) -> None:
        if not (await self._reply()).startswith("220"):
            raise Gone
        self._writer.write(b"EHLO load.example.test\r\n")
        offers = await self._reply()
        if not offers.startswith("250"):
            raise Gone
        self._pipelines = "PIPELINING" in offers.upper()

    async def send(self, mail: Mail, recipient: str) -> tuple[str, float]:
        """The reply that decides, and the seconds from the final dot to it."""
        commands = [
            f"MAIL FROM:<{mail.sender}> BODY=8BITMIME\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        replies = await self._say(commands)
        refusal = next((reply for reply in replies if reply[:1] not in {"2", "3"}), None)
        if refusal is not None:
            # If the server wants data all the same, it gets that of no mail.
            owed = [b".\r\n"] if replies[-1].startswith("354") else []
            await self._say([*owed, b"RSET\r\n"])
            return refusal, 0.0
        self._writer.write(mail.wire)
        await self._writer.drain()
        began = time.perf_counter()
        return await self._reply(), time.perf_counter() - began

    async def _say(self, commands: Sequence[bytes]) -> list[str]:
        if self._pipelines:
            self._writer.write(b"".join(commands))
            return [await self._reply() for _ in commands]
        replies = []
        for command in commands:
            self._writer.write(command)
            replies.append(await self._reply())
        return replies

    async def _reply(self) -> str:
        lines = []
        async with asyncio.timeout(self._timeout):
            while True:
                line = (await self._reader.readline()).decode("ascii", "replace")
                if not line.endswith("\n"):
                    raise Gone
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    return "\n".join(lines)

    def close(self) -> None:
        self._writer.close()


class Load:
    def __init__(
        self, mails: Sequence[Mail], options: Options, journal: BinaryIO | None = None
    ) -> None:
        self._options = options
        self._waiting = deque((mail, 1) for mail in mails)
        self._journal = journal
        self._last_word = 0.0
        self.seen = Seen()

    async def run(self) -> Seen:
        self.seen.started_at = time.time()
        self._last_word = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._options.connections):
                group.create_task(self._keep_sending())
        self.seen.ended_at = time.time()
        return self.seen

    async def _keep_sending(self) -> None:
        while self._waiting and not self._gives_up():
            try:
                reader, writer = await asyncio.open_connection(
                    self._options.host, self._options.port, limit=2**20
                )
            except OSError:
                await asyncio.sleep(PAUSE)
                continue
            connection = Connection(reader, writer, self._options.timeout)
            try:
                await connection.greet()
                while self._waiting:
                    await self._send(connection, *self._waiting.popleft())
            except (OSError, Gone, TimeoutError):
                await asyncio.sleep(PAUSE)
            finally:
                connection.close()

    def _gives_up(self) -> bool:
        if not self._options.retry:
            return not self._waiting or self.seen.answers["none"] > self._options.connections
        return time.monotonic() - self._last_word > self._options.give_up

    async def _send(self, connection: Connection, mail: Mail, attempt: int) -> None:
        try:
            reply, seconds = await connection.send(mail, self._options.recipient)
        except (OSError, Gone, TimeoutError):
            self._note(mail, attempt, "none", None)
            raise
        self._last_word = time.monotonic()
        kind = {"2": "accepted", "4": "deferred"}.get(reply[:1], "refused")
        if kind == "accepted":
            self.seen.latencies.append(seconds)
        elif not self.seen.first_refusal:
            self.seen.first_refusal = reply
        self._note(mail, attempt, kind, reply)

    def _note(self, mail: Mail, attempt: int, answer: str, reply: str | None) -> None:
        self.seen.answers[answer] += 1
        if self._journal is not None:
            line = {
                "message_id": mail.message_id,
                "sha256": mail.sha256,
                "attempt": attempt,
                "answer": answer,
                "reply": reply,
                "at": time.time(),
            }
            self._journal.write(json.dumps(line).encode() + b"\n")
        if self._options.retry and answer in {"none", "deferred"}:
            self.seen.resent += 1
            self._waiting.append((mail, attempt + 1))


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def summary(seen: Seen, mails: int) -> dict[str, object]:
    seconds = seen.ended_at - seen.started_at
    accepted = seen.answers["accepted"]
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {
        "mails": mails,
        "accepted": accepted,
        "deferred": seen.answers["deferred"],
        "refused": seen.answers["refused"],
        "lost": seen.answers["none"],
        "resent": seen.resent,
        "first_refusal": seen.first_refusal,
        "started_at": round(seen.started_at, 4),
        "ended_at": round(seen.ended_at, 4),
        "mails_per_second": round(accepted / seconds, 1) if seconds else 0.0,
        "latency_ms": {
            name: round(1000 * percentile(seen.latencies, share), 2)
            for name, share in shares.items()
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.load", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--recipient", default="support@example.test")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--retry", action="store_true")
    parser.add_argument("--give-up", type=float, default=60.0)
    given = parser.parse_args()
    host, _, port = given.server.rpartition(":")
    options = Options(
        host=host,
        port=int(port),
        connections=given.connections,
        recipient=given.recipient,
        retry=given.retry,
        give_up=given.give_up,
    )
    end = None if given.limit is None else given.skip + given.limit
    mails = [read_mail(path) for path in sorted(given.folder.glob("*.eml"))[given.skip : end]]
    journal = given.journal.open("ab", buffering=0) if given.journal else None
    seen = asyncio.run(Load(mails, options, journal).run())
    print(json.dumps(summary(seen, len(mails))))
    return 0 if seen.answers["accepted"] == len(mails) else 1


if __name__ == "__main__":
    sys.exit(main())
