"""What the doctor looks at in tests: settings, one domain, and short patience."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import trustme
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.clock import SystemClock
from helpdesk.app.doctor import Finding, Limits, Options
from helpdesk.app.doctor.examination import Examination, Space, space_of
from helpdesk.app.doctor.finding import CHECKS, Level, Say
from helpdesk.app.oauth import token_sources
from helpdesk.config import Settings, load
from helpdesk.core.token import Keyring
from helpdesk.ports import Clock
from tests.app.doctor.nameserver import Zone, texts

DOMAIN = "acme.example"
DESK = f"support@{DOMAIN}"
EDGE = f"mx.{DOMAIN}"
KEYRING = Keyring({0: b"k" * 32}, current=0)
LIMITS = Limits(group=10, dns=1, connect=2, database=5, grace=5)
DESKS = f"""
[[desks]]
address = "{DESK}"
"""

ZONE: Zone = {
    (DOMAIN, "MX"): [f"10 {EDGE}."],
    (EDGE, "A"): ["192.0.2.1"],
    (DOMAIN, "TXT"): texts("unrelated", "v=spf1 mx include:relay.example -all"),
    ("relay.example", "TXT"): texts("v=spf1 ip4:192.0.2.0/24 -all"),
    (f"mail2026._domainkey.{DOMAIN}", "TXT"): texts("v=DKIM1; k=rsa; p=" + "QUJD" * 120),
    (f"_dmarc.{DOMAIN}", "TXT"): texts("v=DMARC1; p=reject; rua=mailto:post@acme.example"),
}
"""As it should be."""


class At:
    """A clock that stands."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def settings_in(folder: Path, text: str = "", *, desks: str = DESKS) -> Settings:
    path = folder / "config.toml"
    path.write_text(f"{desks}\n{text}", encoding="utf-8")
    return load(path)


def relay_config(port: int, *, host: str = "127.0.0.1", **more: object) -> str:
    values = {"host": host, "port": port, "tls": "none", **more}
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(['[outgoing]\ntransport = "smtp"\n[relay]', *lines, ""])


def mailbox_config(port: int, *, host: str = "127.0.0.1", **more: object) -> str:
    values = {"name": "box", "host": host, "port": port, "user": DESK, **more}
    return "\n".join(["[[mailboxes]]", *(f"{k} = {_toml(v)}" for k, v in values.items()), ""])


def _toml(value: object) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def examination(
    settings: Settings,
    *,
    options: Options | None = None,
    engine: AsyncEngine | None = None,
    space: Callable[[Path], Space] = space_of,
    clock: Clock | None = None,
) -> Examination:
    clock = clock or SystemClock()
    return Examination(
        settings=settings,
        options=options or Options(limits=LIMITS),
        clock=clock,
        keyring=KEYRING,
        engine=engine,
        space=space,
        tokens=token_sources(settings, clock),
    )


async def findings(
    check: Callable[[Examination, Say], Awaitable[None]], of: Examination
) -> list[Finding]:
    found: list[Finding] = []
    await check(of, found.append)
    return found


def lines(found: Sequence[Finding], *levels: Level) -> list[str]:
    """Errors and warnings, or what has these levels: as people read them."""
    wanted = levels or (Level.WARNING, Level.ERROR)
    assert all(each.check in CHECKS for each in found)
    assert all(each.next_step for each in found if each.level in (Level.WARNING, Level.ERROR))
    return [
        f"{each.level} {each.check} {each.subject}: {each.problem}"
        for each in found
        if each.level in wanted
    ]


def write_certificate(
    authority: trustme.CA, folder: Path, *names: str, not_after: datetime | None = None
) -> tuple[Path, Path]:
    """Certificate and key in files."""
    issued = authority.issue_cert(*names, not_after=not_after)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    return certificate, key


def now() -> datetime:
    return SystemClock().now().astimezone(UTC)
