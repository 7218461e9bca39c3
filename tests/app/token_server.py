"""A token server on loopback that says all that such say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from helpdesk.config.settings import OAuthSettings

SECRET = "s3cret"
FIRST = "1//first-refresh-token"
GOOD = {"access_token": "ya29.token", "expires_in": 3600, "token_type": "Bearer"}


@dataclass
class TokenServer:
    """Answers in turn with what it is given: a status and JSON, or bytes as they are; the last one
    again and again."""

    answers: list[tuple[int, Any]]
    forms: list[dict[str, str]] = field(default_factory=list)
    coding: str = "identity"
    port: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["TokenServer"]:
        self.may_answer.set()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.may_answer.set()
            await server.wait_closed()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            assert fields["content-type"] == "application/x-www-form-urlencoded"
            body = await reader.readexactly(int(fields["content-length"]))
            self.forms.append({k: v[0] for k, v in parse_qs(body.decode()).items()})
            self.asked.set()
            await self.may_answer.wait()
            status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            writer.write(
                f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(content)}\r\nContent-Encoding: {self.coding}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            writer.write(content)
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def settings(self, tmp_path: Path, **more: Any) -> OAuthSettings:
        path = tmp_path / "refresh"
        if not path.exists():
            path.write_text(f"{FIRST}\n")
        values = {
            "token_url": f"http://127.0.0.1:{self.port}/token",
            "client_id": "our-client",
            "client_secret": SECRET,
            "refresh_token_file": path,
        }
        return OAuthSettings.model_validate(values | more)
