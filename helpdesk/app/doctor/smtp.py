"""The beginning of a conversation by SMTP or LMTP, with or without TLS.

Standards: RFC 5321 §4.1.1 (commands), §4.2.1 (replies), RFC 2033 §4.1 (LHLO), RFC 3207 §4
(STARTTLS).
Failures: `Trouble`, what is wrong and the next step.
"""

import socket
import ssl
from dataclasses import dataclass, field

from helpdesk.app.doctor.wire import MOST_LINES, Line, Trouble, said


@dataclass(slots=True)
class Reply:
    code: int
    lines: list[str]

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 400  # noqa: PLR2004

    @property
    def is_temporary(self) -> bool:
        return 400 <= self.code < 500  # noqa: PLR2004

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    def __str__(self) -> str:
        return said(f"{self.code} {self.text}")


@dataclass(slots=True)
class Session:
    line: Line
    hello: str = "EHLO"
    extensions: dict[str, str] = field(default_factory=dict)

    async def reply(self) -> Reply:
        lines: list[str] = []
        for _ in range(MOST_LINES):
            text = await self.line.read()
            if not text[:3].isdecimal():
                break
            lines.append(text[4:])
            if text[3:4] != "-":
                return Reply(int(text[:3]), lines)
        raise Trouble("does not speak SMTP", "check host and port in the settings")

    async def command(self, words: str) -> Reply:
        await self.line.write(words)
        return await self.reply()

    async def greet(self) -> None:
        reply = await self.command(f"{self.hello} {socket.gethostname()}")
        if not reply.is_positive:
            raise Trouble(f"refuses {self.hello} ({reply})", self.line.look())
        words = [each.split(" ", 1) for each in reply.lines[1:]]
        self.extensions = {each[0].upper(): each[1] if each[1:] else "" for each in words}

    async def encrypt(self, context: ssl.SSLContext, name: str) -> None:
        if "STARTTLS" not in self.extensions:
            step = 'set relay.tls = "tls" with port 465, or have it switched on there'
            raise Trouble("does not offer STARTTLS", step)
        reply = await self.command("STARTTLS")
        if not reply.is_positive:
            raise Trouble(f"refuses STARTTLS ({reply})", self.line.look())
        await self.line.encrypt(context, name)
        await self.greet()
