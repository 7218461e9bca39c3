"""A name server on loopback with a few names, over UDP and TCP; it can fail or fall silent."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = dict[tuple[str, str], list[str]]
"""Records as in a zone file, by name and type."""

UDP_SIZE = 1232


@dataclass
class NameServer:
    zone: Zone
    failing: set[str] = field(default_factory=set)
    """Names for which it says SERVFAIL."""
    mute: set[str] = field(default_factory=set)
    """Names about which it says nothing."""
    silent: bool = False
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Transport, name and type of each question."""

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["NameServer"]:
        loop = asyncio.get_running_loop()
        while True:  # one port for both
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), ("127.0.0.1", 0)
            )
            self.port = transport.get_extra_info("sockname")[1]
            with suppress(OSError):
                server = await asyncio.start_server(self._stream, "127.0.0.1", self.port)
                break
            transport.close()
        try:
            yield self
        finally:
            transport.close()
            server.close()
            await server.wait_closed()

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            (size,) = struct.unpack("!H", await reader.readexactly(2))
            reply = self.answer(await reader.readexactly(size), "tcp").to_wire()
            writer.write(struct.pack("!H", len(reply)) + reply)
            await writer.drain()
        writer.close()

    def answer(self, question: bytes, transport: str) -> dns.message.Message:
        query = dns.message.from_wire(question)
        (asked,) = query.question
        name, kind = asked.name.to_text().rstrip("."), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((transport, name, kind))
        reply = dns.message.make_response(query)
        if name in self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        self._fill(reply, name, kind)
        if not reply.answer and not any(known == name for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        if alias := self.zone.get((name, "CNAME")):
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", alias[0]))
            self._fill(reply, alias[0].rstrip("."), kind)
        elif records := self.zone.get((name, kind)):
            reply.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", kind, records))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        reply = self._server.answer(data, "udp")
        if self._server.silent or self._server.asked[-1][1] in self._server.mute:
            return
        wire = reply.to_wire(max_size=65_535)
        if len(wire) > UDP_SIZE:
            reply.flags |= dns.flags.TC
            reply.answer.clear()
            wire = reply.to_wire()
        self._transport.sendto(wire, address)


def text(value: str) -> str:
    """A TXT record, in strings of at most 255 octets."""
    return " ".join(f'"{value[start : start + 255]}"' for start in range(0, len(value) or 1, 255))


def texts(*values: str) -> list[str]:
    return [text(value) for value in values]


def changed(zone: Mapping[tuple[str, str], list[str]], changes: Zone) -> Zone:
    """The zone with these records in place of what was there; empty: without them."""
    merged = {**zone, **changes}
    return {key: records for key, records in merged.items() if records}
