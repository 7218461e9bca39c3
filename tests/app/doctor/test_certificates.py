"""What is wrong with the certificate of a listener is one line."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from helpdesk.app.doctor import Finding, Options, certificates
from helpdesk.app.doctor.finding import Level
from tests.app.doctor.house import (
    EDGE,
    LIMITS,
    ZONE,
    examination,
    findings,
    lines,
    now,
    settings_in,
    write_certificate,
)
from tests.app.doctor.nameserver import NameServer

Prepare = Callable[[trustme.CA, Path], tuple[Path, Path]]


async def looked_at(
    folder: Path, certificate: Path, key: Path, host: str = "127.0.0.1"
) -> list[Finding]:
    config = f'[[listeners]]\nhost = "{host}"\ntls_certificate = "{certificate}"\ntls_key = "{key}"'
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, limits=LIMITS)
        settings = settings_in(folder, config)
        return await findings(certificates.check, examination(settings, options=options))


def other_key(authority: trustme.CA, folder: Path) -> tuple[Path, Path]:
    other = folder / "other"
    other.mkdir()
    return write_certificate(authority, folder, EDGE)[0], write_certificate(authority, other, "x")[
        1
    ]


def no_certificate(authority: trustme.CA, folder: Path) -> tuple[Path, Path]:
    certificate, key = write_certificate(authority, folder, EDGE)
    certificate.write_text("-----BEGIN NOTHING-----\n")
    return certificate, key


def ending(days: float) -> Prepare:
    at = timedelta(days=days, hours=1 if days > 0 else -1)
    return lambda authority, folder: write_certificate(
        authority, folder, EDGE, not_after=now() + at
    )


@asynccontextmanager
async def presenting(
    certificate: Path, key: Path, protocol: str, *, implicit: bool
) -> AsyncIterator[str]:
    """A listener of ours with this certificate; its settings, with the certificate to come."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError):
            writer.write(b"220 here\r\n")
            while line := await reader.readline():
                verb = line.split()[0].upper()
                if verb == b"STARTTLS":
                    writer.write(b"220 go\r\n")
                    await writer.start_tls(context)
                elif verb == {"smtp": b"EHLO", "lmtp": b"LHLO"}[protocol]:
                    writer.write(b"250-here\r\n250 STARTTLS\r\n")
                else:
                    writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"500 what?\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context if implicit else None)
    port = server.sockets[0].getsockname()[1]
    try:
        yield (f'protocol = "{protocol}"\nport = {port}\nimplicit_tls = {str(implicit).lower()}\n')
    finally:
        server.close()
        await server.wait_closed()


WAYS = [("smtp", False), ("smtp", True), ("lmtp", False)]


@pytest.mark.parametrize(("protocol", "implicit"), WAYS)
async def test_what_the_daemon_presents_is_compared_with_the_file(
    tmp_path: Path, authority: trustme.CA, *, protocol: str, implicit: bool
) -> None:
    certificate, key = write_certificate(authority, tmp_path, EDGE)
    async with presenting(certificate, key, protocol, implicit=implicit) as listener:
        config = f'{listener}tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
        settings = settings_in(tmp_path, f"[[listeners]]\n{config}")
        same = await findings(certificates.check, examination(settings))
        write_certificate(authority, tmp_path, EDGE)
        other = await findings(certificates.check, examination(settings))

    assert lines(same) == []
    assert f"ok certificate.served {protocol}: the one in the file is presented" in lines(
        same, Level.OK
    )
    assert lines(other) == [
        (
            f"warning certificate.served {protocol}: the daemon presents another one than that in "
            f"{certificate}"
        )
    ]


BROKEN: dict[str, tuple[Prepare, str]] = {
    "key of another": (
        other_key,
        "error certificate.files smtp: {folder}/other/key.pem is not the key of {certificate}",
    ),
    "no certificate": (
        no_certificate,
        "error certificate.files smtp: {certificate} with {folder}/key.pem cannot be used",
    ),
    "expired": (
        ending(-1),
        "error certificate.validity smtp: {folder}/certificate.pem has expired",
    ),
    "ends in two days": (
        ending(2),
        "error certificate.validity smtp: {folder}/certificate.pem ends in 2 days",
    ),
    "ends in twenty days": (
        ending(20),
        "warning certificate.validity smtp: {folder}/certificate.pem ends in 20 days",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_fault_of_a_certificate_is_exactly_its_line(
    tmp_path: Path, authority: trustme.CA, name: str
) -> None:
    prepare, line = BROKEN[name]
    found = await looked_at(tmp_path, *prepare(authority, tmp_path))

    assert lines(found) == [line.format(folder=tmp_path, certificate=tmp_path / "certificate.pem")]


@pytest.mark.parametrize("pattern", [EDGE, "*.acme.example"])
async def test_a_certificate_for_a_name_in_the_mx_record_has_no_finding(
    tmp_path: Path, authority: trustme.CA, pattern: str
) -> None:
    found = await looked_at(tmp_path, *write_certificate(authority, tmp_path, pattern), "0.0.0.0")

    assert lines(found) == []
    assert f"ok certificate.names smtp: for {pattern}" in lines(found, Level.OK)


async def test_a_certificate_for_nobody_we_are_is_a_warning(
    tmp_path: Path, authority: trustme.CA
) -> None:
    own = write_certificate(authority, tmp_path, "www.acme.example", "*.mx.acme.example")
    (line,) = lines(await looked_at(tmp_path, *own, "0.0.0.0"))

    assert line.startswith(
        "warning certificate.names smtp: is for www.acme.example, *.mx.acme.example, not for "
    )
    assert line.endswith(f" or {EDGE}")


async def test_a_key_with_a_password_is_not_waited_for(
    tmp_path: Path, authority: trustme.CA
) -> None:
    certificate, key = write_certificate(authority, tmp_path, EDGE)
    locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBpjBABgkqhkiG9w0B\n"
    key.write_text(f"{locked}-----END ENCRYPTED PRIVATE KEY-----\n")

    assert lines(await looked_at(tmp_path, certificate, key)) == [
        f"error certificate.files smtp: {certificate} with {key} cannot be used"
    ]
