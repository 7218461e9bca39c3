"""Listens on sockets, and hands over what their sessions take.

Failures: every fault of ours is a 4xx reply of fixed words. A mail of which the final dot came is
handed over whatever the client does next.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from helpdesk.core import reply as replies
from helpdesk.core.mail import Arrival
from helpdesk.core.mail import Envelope as MailEnvelope
from helpdesk.core.reply import Reply
from helpdesk.inbound.intake import refuse, remove_spilled
from helpdesk.inbound.limits import Connections, ListenerSettings
from helpdesk.inbound.login import FailedLogins
from helpdesk.inbound.smtp import Session
from helpdesk.ports import Raw

log = structlog.get_logger(__name__)

BACKLOG = 512
"""Connections that wait in the kernel while we are busy."""


BEGINNING = 1.0
"""Seconds from its start in which a session is expected to begin a transaction."""
LOOK_AGAIN = 0.02


class Listener:
    """A listening socket and its sessions."""

    def __init__(
        self,
        settings: ListenerSettings,
        connections: Connections | None = None,
        failed_logins: FailedLogins | None = None,
    ) -> None:
        self.settings = settings
        self.connections = connections or Connections(
            settings.max_connections, settings.max_connections_per_address
        )
        # Not `or`: as long as nobody has failed it counts as false.
        self.failed_logins = FailedLogins() if failed_logins is None else failed_logins
        self.is_closing = False
        self._servers: list[asyncio.Server] = []
        self._sessions: set[Session] = set()
        self._handing_over: set[asyncio.Task[Reply]] = set()

    async def start(
        self,
        *,
        host: str = "",
        port: int = 0,
        path: Path | None = None,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        """Listen on an address, on a unix socket, or on sockets that others keep open."""
        # aiosmtpd logs addresses and several lines per command.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.is_closing = False
        loop = asyncio.get_running_loop()

        def session() -> Session:
            return Session(self, loop)

        if sockets:
            # Unix sockets, too: create_unix_server would remove their files when we close.
            self._servers = [
                await loop.create_server(session, sock=each.dup(), backlog=BACKLOG)
                for each in sockets
            ]
        elif path is None:
            self._servers = [await loop.create_server(session, host, port, backlog=BACKLOG)]
        else:
            self._servers = [await loop.create_unix_server(session, path, backlog=BACKLOG)]

    @property
    def port(self) -> int:
        """Of the first socket; 0 for a unix socket or before the start."""
        names = [each.getsockname() for server in self._servers for each in server.sockets]
        return int(names[0][1]) if names and isinstance(names[0], tuple) else 0

    async def close(self, grace: float = 5.0) -> None:
        """Take no connection more; transactions that are under way may end within `grace`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + grace
        for server in self._servers:
            server.close()
        await self._let_begin(min(BEGINNING, grace / 2))
        self.is_closing = True
        for session in tuple(self._sessions):
            session.retire()
        left = max(end - loop.time(), 0)
        await _wait({session.task for session in self._sessions if session.task}, left)
        for session in tuple(self._sessions):
            session.dismiss(replies.SHUTTING_DOWN)
            session.abort()
        await _wait(self._handing_over, max(end - loop.time(), 0))
        for server in self._servers:
            await server.wait_closed()

    async def _let_begin(self, seconds: float) -> None:
        """Who has just come may begin: to most servers a 421 here means to wait for minutes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end and any(each.is_new(BEGINNING) for each in self._sessions):  # noqa: ASYNC110 -- it is a second at most
            await asyncio.sleep(LOOK_AGAIN)

    def admit(self, session: Session, peer: str) -> bool:
        if not self.connections.enter(peer):
            return False
        self._sessions.add(session)
        return True

    def release(self, session: Session, peer: str) -> None:
        self._sessions.discard(session)
        self.connections.leave(peer)

    def hand_over(
        self, envelope: MailEnvelope, peer: str, user: str | None, raw: Raw
    ) -> "asyncio.Task[Reply]":
        task = asyncio.create_task(self._accept(envelope, peer, user, raw))
        self._handing_over.add(task)
        task.add_done_callback(self._handing_over.discard)
        return task

    async def _accept(self, envelope: MailEnvelope, peer: str, user: str | None, raw: Raw) -> Reply:
        settings = self.settings
        try:
            trust = settings.trust(peer)
            # Who logged in may not get round that by taking the name off the mail.
            trust = replace(trust, user=user or "", network=trust.network and user is not None)
            arrival = Arrival(envelope, settings.name, settings.now(), trust)
            return await settings.accept(arrival, raw)
        except Exception as error:  # noqa: BLE001 -- any fault of ours is temporary to the client
            return refuse(error, "mail not accepted", listener=settings.name)
        finally:
            remove_spilled(raw)


async def _wait(tasks: set[asyncio.Task[None]] | set[asyncio.Task[Reply]], seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
