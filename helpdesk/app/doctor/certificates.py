"""The certificates of our own listeners: do they fit, how long and for whom are they good, and are
they the ones that others see.
"""

import importlib
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpdesk.app.doctor.dns import Broken, Down, Names
from helpdesk.app.doctor.examination import Examination
from helpdesk.app.doctor.finding import Say, error, ok, skipped, warning
from helpdesk.app.doctor.smtp import Session
from helpdesk.app.doctor.wire import (
    RENEW_WITHIN,
    Trouble,
    connected,
    days_until,
    reachable,
    unverifying_context,
)
from helpdesk.config.settings import ListenerSettings, Protocol
from helpdesk.config.source import CREDENTIALS

LAST_DAYS = 3

# Nothing public in the standard library reads a certificate that it does not also trust.
_decode: Callable[[str], dict[str, Any]] = importlib.import_module("_ssl")._test_decode_cert  # noqa: SLF001


async def check(examination: Examination, say: Say) -> None:
    own = [each for each in examination.settings.listeners if each.tls_certificate is not None]
    if not own:
        say(skipped("certificate.files", "listeners", "not checked: none has a certificate"))
    for listener in own:
        certificate = _read(listener, say)
        if certificate is not None:
            _validity(examination, listener, certificate, say)
            await _names(examination, listener, certificate, say)
            await _served(examination, listener, say)


def _read(listener: ListenerSettings, say: Say) -> dict[str, Any] | None:
    path, key = listener.tls_certificate, listener.tls_key
    if path is None or key is None:
        return None
    if any(_is_passed(each) for each in (path, key)):
        why = "not checked: systemd passes it to the daemon only"
        say(skipped("certificate.files", listener.name, why))
        return None
    fault = _fault(path, key)
    if fault:
        step = "give the chain and its own key, both in PEM, the key without a password"
        say(error("certificate.files", listener.name, fault, step))
    try:
        certificate = _decode(str(path))
    except (ssl.SSLError, OSError, ValueError):
        if not fault:
            step = "give the certificate in PEM, the listener's own first"
            say(error("certificate.files", listener.name, f"{path} is no certificate", step))
        return None
    if not fault:
        say(ok("certificate.files", listener.name, f"{path} and its key belong together"))
    return certificate


def _is_passed(path: Path) -> bool:
    return str(path).startswith(CREDENTIALS)


def _fault(path: Path, key: Path) -> str:
    try:
        # A password would be asked for on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, key, password="")
    except ssl.SSLError as failure:
        if failure.reason == "KEY_VALUES_MISMATCH":
            return f"{key} is not the key of {path}"
        return f"{path} with {key} cannot be used"
    except OSError as failure:
        return f"{path} and {key} cannot be read ({failure.strerror})"
    return ""


def _validity(
    examination: Examination, listener: ListenerSettings, certificate: dict[str, Any], say: Say
) -> None:
    days = days_until(certificate, examination.now())
    check, step = "certificate.validity", "renew it; the daemon takes the new one by itself"
    if days < 0:
        say(error(check, listener.name, f"{listener.tls_certificate} has expired", step))
    elif days < LAST_DAYS:
        say(error(check, listener.name, f"{listener.tls_certificate} ends in {days} days", step))
    elif days < RENEW_WITHIN.days:
        say(warning(check, listener.name, f"{listener.tls_certificate} ends in {days} days", step))
    else:
        say(ok(check, listener.name, f"good for {days} days"))


async def _names(
    examination: Examination, listener: ListenerSettings, certificate: dict[str, Any], say: Say
) -> None:
    known = names_in(certificate)
    if listener.socket is not None or _is_inside(listener.host):
        say(skipped("certificate.names", listener.name, "not checked: for this machine only"))
        return
    wanted = await _names_of_ours(examination, listener)
    if any(matches(name, each) for name in known for each in wanted):
        say(ok("certificate.names", listener.name, f"for {', '.join(known)}"))
        return
    problem = f"is for {', '.join(known) or 'nobody'}, not for {' or '.join(wanted)}"
    step = "have one issued for the name that others connect to"
    say(warning("certificate.names", listener.name, problem, step))


async def _names_of_ours(examination: Examination, listener: ListenerSettings) -> list[str]:
    """What others may call this listener: by its address, this machine's name, the MX records."""
    wanted = {socket.gethostname().lower(): None}
    if not _is_address(listener.host):
        wanted = {listener.host.lower(): None, **wanted}
    names = Names(examination)
    for domain in dict.fromkeys(d.address.rpartition("@")[2] for d in examination.settings.desks):
        try:
            wanted |= dict.fromkeys(await names.mail_servers(domain))
        except (Down, Broken):
            continue  # said by the checks of DNS
    return [each for each in wanted if each]


# --- what others see ----------------------------------------------------------------------------


async def _served(examination: Examination, listener: ListenerSettings, say: Say) -> None:
    if listener.socket is not None or listener.port == 0 or listener.tls_certificate is None:
        return
    try:
        served = await _presented(examination, listener)
    except Trouble:
        return  # said by the checks of the daemon
    if served == first_in(listener.tls_certificate):
        say(ok("certificate.served", listener.name, "the one in the file is presented"))
        return
    problem = f"the daemon presents another one than that in {listener.tls_certificate}"
    step = "it takes a changed file within a minute; if it stays so, its log says why not"
    say(warning("certificate.served", listener.name, problem, step))


async def _presented(examination: Examination, listener: ListenerSettings) -> bytes:
    """In DER; of a listener without TLS nothing."""
    context, seconds = unverifying_context(), examination.limits.connect
    first = context if listener.implicit_tls else None
    async with connected(reachable(listener.host), listener.port, seconds, first) as line:
        hello = "LHLO" if listener.protocol is Protocol.LMTP else "EHLO"
        session = Session(line, hello)
        if first is None:
            await session.reply()
            await session.greet()
            await session.encrypt(context, listener.host)
        await line.part("QUIT")
        return line.certificate()


def first_in(path: Path) -> bytes:
    """The listener's own certificate of the chain, in DER."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    _, found, rest = path.read_text(encoding="ascii", errors="replace").partition(begin)
    return ssl.PEM_cert_to_DER_cert(f"{found}{rest.partition(end)[0]}{end}")


def names_in(certificate: dict[str, Any]) -> list[str]:
    stated = [str(value).lower() for _, value in certificate.get("subjectAltName", ())]
    subject = [pair for entry in certificate.get("subject", ()) for pair in entry]
    return stated or [str(value).lower() for name, value in subject if name == "commonName"]


def matches(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return pattern == name.lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_inside(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
