"""A whole gateway in this process, and around it a relay that hands its mail to an edge."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import text

from helpdesk.app.build import build
from helpdesk.app.gateway import Gateway
from helpdesk.app.prepare import prepare
from helpdesk.app.serve import claim_role, run_gateway
from helpdesk.config import Settings
from tests.app.doctor.house import DOMAIN, EDGE, relay_config, settings_in
from tests.databases import put_database
from tests.outbound.relay import Received, ScriptedRelay

ROLES = ("intake", "fetch", "receive", "send", "tick", "lookup")
LISTENER = f'[[listeners]]\nname = "edge"\nprotocol = "lmtp"\nport = 0\nauthserv_id = "{EDGE}"\n'
READER = "[reader]\nworkers = 1\n"

Edge = Callable[[Received], Received | None]
"""What a mail server in front makes of a mail; None: it loses it."""

SIGNATURE = f"DKIM-Signature: v=1; a=rsa-sha256; d={DOMAIN}; s=mail2026; h=From; b=QUJD"


def stamped(mail: Received, results: str = f"dmarc=pass header.from={DOMAIN}") -> Received:
    """With a signature of the relay, and what the edge puts on top of it."""
    top = [
        f"Received: from relay.example by {EDGE}; Fri, 20 Nov 2026 10:00:00 +0000",
        *([f"Authentication-Results: {EDGE}; spf=pass; {results}"] if results else []),
        SIGNATURE,
    ]
    return replace(mail, content="\r\n".join([*top, ""]).encode() + mail.content)


def without(mail: Received, name: str) -> Received:
    pattern = rb"(?mi)^" + name.encode() + rb":.*\r\n(?:[ \t].*\r\n)*"
    return replace(mail, content=re.sub(pattern, b"", mail.content))


def good_edge(mail: Received) -> Received:
    return stamped(without(mail, "Authentication-Results"))


class _Mails(list[Received]):
    def __init__(self, hand_on: Callable[[Received], None]) -> None:
        super().__init__()
        self._hand_on = hand_on

    def append(self, mail: Received) -> None:
        super().append(mail)
        self._hand_on(mail)


@dataclass
class Office:
    gateway: Gateway
    relay: ScriptedRelay
    settings: Settings
    """With the real ports: what the doctor looks at."""
    edge: Edge = good_edge
    handing: set[asyncio.Task[None]] = field(default_factory=set)

    def hand_on(self, mail: Received) -> None:
        handed = self.edge(mail)
        if handed is not None:
            task = asyncio.create_task(lmtp(self.settings.listeners[0].port, handed))
            self.handing.add(task)
            task.add_done_callback(self.handing.discard)

    async def settled(self) -> None:
        """Until every mail that came is decided."""
        async with asyncio.timeout(20):
            while await self.count("SELECT count(*) FROM intake WHERE state = 'pending'"):  # noqa: ASYNC110 -- the daemon's own tasks are what we wait for
                await asyncio.sleep(0.01)

    async def count(self, sql: str) -> int:
        async with self.gateway.engine.connect() as connection:
            return int((await connection.execute(text(sql))).scalar_one())


async def lmtp(port: int, mail: Received) -> None:
    """What the edge says to our listener."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def reply() -> str:
        while (line := (await reader.readline()).decode())[3:4] == "-":
            pass
        return line

    try:
        await reply()
        for command in (
            "LHLO edge.test",
            f"MAIL FROM:<{mail.reverse_path}>",
            f"RCPT TO:<{mail.recipient}>",
            "DATA",
        ):
            writer.write(f"{command}\r\n".encode())
            said = await reply()
            assert said[0] in "23", said
        writer.write(mail.content + b".\r\n")
        assert (await reply()).startswith("250")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def office(
    folder: Path, config: str = "", *, reply_address: str = "subaddress"
) -> AsyncIterator[Office]:
    relay = ScriptedRelay(extensions=("SIZE 52428800", "AUTH PLAIN"))
    async with relay.listening():
        login = relay_config(relay.port, user="helpdesk", password="right")
        login = login.replace("[outgoing]", f'[outgoing]\nreply_address = "{reply_address}"')
        settings = settings_in(folder, f"{login}\n{LISTENER}\n{READER}\n{config}")
        (folder / "config.toml").chmod(0o600)
        put_database(folder)
        await prepare(settings, new_keys=True)
        gateway = build(settings)
        stop = asyncio.Event()
        with ExitStack() as locks:
            for role in ROLES:
                locks.enter_context(claim_role(settings, role))
            running = asyncio.create_task(run_gateway(gateway, ROLES, stop))
            await gateway.started(ROLES)
            listeners = tuple(
                each.model_copy(update={"port": listener.port})
                for each, listener in gateway.listeners
            )
            found = Office(gateway, relay, settings.model_copy(update={"listeners": listeners}))
            relay.mails = _Mails(found.hand_on)
            try:
                yield found
            finally:
                await asyncio.gather(*found.handing, return_exceptions=True)
                stop.set()
                await running
                await gateway.close()
