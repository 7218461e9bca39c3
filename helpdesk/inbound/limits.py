"""What one listener needs to know, and how many connections it has room for."""

import ipaddress
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from helpdesk.core.mail import Arrival, Trust
from helpdesk.core.reply import Reply
from helpdesk.ports import Raw

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """What one listener needs to know, and whom it asks."""

    name: str
    hostname: str
    spool_dir: Path
    """Where large mails wait in a file until they are kept."""
    accept: Callable[[Arrival, Raw], Awaitable[Reply]]
    is_ours: Callable[[str], bool]
    trust: Callable[[str], Trust]
    """What is known about a peer, by its IP address (empty for a unix socket)."""
    now: Callable[[], datetime]
    lmtp: bool = False
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    """TLS from the first byte; else STARTTLS is offered."""
    handshake_timeout: float = 30.0
    authenticate: Callable[[str, str], Awaitable[str]] | None = None
    """The address that a user with this password may write as; empty: none. Without it nobody can
    log in."""
    login_required: bool = False
    login_delay: float = 2.0
    """Seconds that the answer to a wrong password takes."""
    max_failed_logins: int = 3
    """Of one connection; `FailedLogins` limits those of a peer."""
    size_limit: int = 50 * MIB
    spill_over: int = 256 * 1024
    max_connections: int = 500
    max_connections_per_address: int = 50
    max_commands: int = 1000
    """Without an accepted mail in between, as for `max_errors`."""
    max_errors: int = 20
    max_recipients: int = 1000
    max_received: int = 100
    idle_timeout: float = 300.0
    data_timeout: float = 3600.0
    data_min_rate: float = 500.0
    """Octets per second, after a first `idle_timeout`."""


class Connections:
    """Counts open connections; listeners that share one share its limits."""

    def __init__(self, most: int = 500, most_per_address: int = 50) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._by_address: Counter[str] = Counter()
        self.open = 0
        self.refused = 0

    def enter(self, peer: str) -> bool:
        address = one_customer(peer)
        is_crowded = bool(address) and self._by_address[address] >= self._most_per_address
        if self.open >= self._most or is_crowded:
            self.refused += 1
            return False
        self.open += 1
        self._by_address[address] += 1
        return True

    def leave(self, peer: str) -> None:
        address = one_customer(peer)
        self.open -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


def peer_address(name: object) -> str:
    """The IP address in a socket name; empty for a unix socket."""
    if not isinstance(name, tuple):
        return ""
    address = str(name[0]).partition("%")[0]
    return address.removeprefix("::ffff:") if "." in address else address


def one_customer(peer: str) -> str:
    """Whoever has one IPv6 address has its whole /64."""
    if ":" not in peer:
        return peer
    network = int(ipaddress.IPv6Address(peer)) >> 64
    return f"{network:016x}"
