"""A license server on a real socket that answers what a test tells it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LicenseServer:
    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """By a part of the request line; a status of 0 is never answered."""
    asked: list[bytes] = field(default_factory=list)

    def says(
        self, data: Any, status: int = 200, path: str = "", headers: dict[str, str] | None = None
    ) -> None:
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.answers[path] = (status, headers or {}, content)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(
                line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
            )
            body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
            self.asked.append(head + body)
            line = head.split(b"\r\n")[0].decode()
            path = max((each for each in self.answers if each in line), key=len)
            status, headers, content = self.answers[path]
            if status == 0:
                await reader.read()
            else:
                lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                lines += ["Connection: close", "", ""]
                writer.write("\r\n".join(lines).encode() + content)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def license_server() -> AsyncIterator[LicenseServer]:
    ours = LicenseServer()
    server = await asyncio.start_server(ours.answer, "127.0.0.1", 0)
    ours.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield ours
    finally:
        server.close()
        await server.wait_closed()
