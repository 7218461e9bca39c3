"""Takes all mail by SMTP, counts it and its Message-IDs, and says when the first and last came.

Prints its port when it listens. SIGUSR1 prints the counts and starts them anew; SIGTERM prints
them and ends. Nothing is synced to disk: this is the far end of a measurement.

Standards: RFC 5321 (server side), RFC 2920 (PIPELINING).
"""

import argparse
import asyncio
import json
import re
import signal
import time
from pathlib import Path
from typing import BinaryIO

END = b"\r\n.\r\n"
MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>\r\n]+)>", re.IGNORECASE | re.MULTILINE)
OFFERS = b"250-sink.example.test\r\n250-PIPELINING\r\n250-SIZE\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"


class Counts:
    def __init__(self, journal: BinaryIO | None) -> None:
        self._journal = journal
        self._reset()

    def _reset(self) -> None:
        self._mails = 0
        self._octets = 0
        self._first_at = self._last_at = 0.0
        self._message_ids: set[bytes] = set()

    def take(self, recipient: bytes, content: bytes) -> None:
        now = time.time()
        self._first_at = self._first_at or now
        self._last_at = now
        self._mails += 1
        self._octets += len(content)
        found = MESSAGE_ID.search(content[: content.find(b"\r\n\r\n") + 2])
        message_id = found[1] if found else b""
        self._message_ids.add(message_id)
        if self._journal is not None:
            line = {"message_id": message_id.decode(), "recipient": recipient.decode(), "at": now}
            self._journal.write(json.dumps(line).encode() + b"\n")

    def report(self) -> None:
        counts = {
            "mails": self._mails,
            "message_ids": len(self._message_ids),
            "octets": self._octets,
            "first_at": round(self._first_at, 4),
            "last_at": round(self._last_at, 4),
        }
        print(json.dumps(counts), flush=True)
        self._reset()


class Session(asyncio.Protocol):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._recipients: list[bytes] = []
        self._is_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            transport.write(b"220 sink.example.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        searched = max(0, len(self._held) - len(END) + 1)
        self._held += data
        replies = []
        while (
            reply := self._take_data(searched) if self._is_data else self._command()
        ) is not None:
            replies.append(reply)
            searched = 0
        if self._transport is not None and replies:
            self._transport.write(b"".join(replies))
            if replies[-1].startswith(b"221"):
                self._transport.close()

    def _take_data(self, searched: int) -> bytes | None:
        end = self._held.find(END, searched)
        if end < 0:
            return None
        content = bytes(self._held[2 : end + 2]).replace(b"\r\n.", b"\r\n")
        del self._held[: end + len(END)]
        self._is_data = False
        for recipient in self._recipients:
            self._counts.take(recipient, content)
        return b"250 2.0.0 Kept in mind\r\n"

    def _command(self) -> bytes | None:
        line, found, _ = self._held.partition(b"\n")
        if not found:
            return None
        del self._held[: len(line) + 1]
        match bytes(line[:4]).upper():
            case b"EHLO":
                return OFFERS
            case b"MAIL":
                self._recipients = []
            case b"RCPT":
                self._recipients.append(bytes(line).partition(b"<")[2].partition(b">")[0])
            case b"DATA":
                # The CRLF before the first line, so that a dot alone is an end as well.
                self._held[:0] = b"\r\n"
                self._is_data = True
                return b"354 Go ahead\r\n"
            case b"QUIT":
                return b"221 2.0.0 Goodbye\r\n"
        return b"250 2.0.0 Ok\r\n"


async def serve(port: int, journal: BinaryIO | None) -> None:
    counts = Counts(journal)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGUSR1, counts.report)
    server = await loop.create_server(lambda: Session(counts), "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()
    counts.report()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.sink", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path, help="one JSON line per mail and recipient")
    given = parser.parse_args()
    journal = given.journal.open("ab", buffering=0) if given.journal else None
    asyncio.run(serve(given.port, journal))


if __name__ == "__main__":
    main()
