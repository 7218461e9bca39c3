"""A renewed certificate is shown to whoever comes next; a broken one to nobody."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
import trustme

from helpdesk.app.certificates import Certificate, watch
from helpdesk.app.prepare import SetupError
from tests.fakes import RecordingAlarms


class Files:
    """A certificate and its key, as certbot keeps them: links that lead elsewhere after renewal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.cert, self.key = folder / "fullchain.pem", folder / "privkey.pem"
        self.renew("one.example")

    def issue(self, name: str) -> tuple[bytes, bytes]:
        issued = self.authority.issue_cert("mx.example.com", name)
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        return chain, issued.private_key_pem.bytes()

    def renew(self, name: str) -> None:
        for link, content in zip((self.cert, self.key), self.issue(name), strict=True):
            self.lead(link, content)

    def lead(self, link: Path, content: bytes) -> None:
        file = self.folder / f"{len(list(self.folder.iterdir()))}.pem"
        file.write_bytes(content)
        link.unlink(missing_ok=True)
        link.symlink_to(file)

    def load(self) -> Certificate:
        return Certificate(self.cert, self.key)

    def client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Server:
    """Echoes lines in TLS."""

    port: int
    files: Files
    stack: AsyncExitStack

    async def connect(self, name: str = "mx.example.com") -> Peer:
        context = self.files.client()
        context.check_hostname = bool(name)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=context, server_hostname=name
        )
        self.stack.callback(writer.close)
        return reader, writer

    async def shows(self, name: str = "mx.example.com") -> str:
        """The second name in the certificate that a new client sees."""
        _, writer = await self.connect(name)
        return str(writer.get_extra_info("peercert")["subjectAltName"][1][1])


@asynccontextmanager
async def serving(files: Files, certificate: Certificate) -> AsyncIterator[Server]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=certificate.context)
        stack.callback(server.close)
        yield Server(server.sockets[0].getsockname()[1], files, stack)


@pytest.mark.parametrize("name", ["mx.example.com", ""])
async def test_new_connections_see_the_new_certificate(files: Files, name: str) -> None:
    certificate = files.load()
    async with serving(files, certificate) as server:
        assert await server.shows(name) == "one.example"
        files.renew("two.example")

        assert certificate.refresh() == ""
        assert await server.shows(name) == "two.example"


async def test_connections_of_before_go_on(files: Files) -> None:
    certificate = files.load()
    async with serving(files, certificate) as server:
        reader, writer = await server.connect()
        files.renew("two.example")
        certificate.refresh()
        await server.shows()
        writer.write(b"still here\n")

        assert await reader.readline() == b"still here\n"


async def test_files_that_are_written_over_count_too(files: Files) -> None:
    certificate = files.load()
    async with serving(files, certificate) as server:
        for file, content in zip((files.cert, files.key), files.issue("2.example"), strict=True):
            file.write_bytes(content)
        certificate.refresh()

        assert await server.shows() == "2.example"


BROKEN: dict[str, Callable[[Files], object]] = {
    "the certificate of another key": lambda f: f.lead(f.cert, f.issue("two.example")[0]),
    "the key of another certificate": lambda f: f.lead(f.key, f.issue("two.example")[1]),
    "half a certificate": lambda f: f.lead(f.cert, f.issue("two.example")[0][:300]),
    "half a key": lambda f: f.lead(f.key, f.issue("two.example")[1][:100]),
    "an empty file": lambda f: f.lead(f.cert, b""),
    "no certificate": lambda f: f.cert.unlink(),
    "no key": lambda f: f.key.unlink(),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_pair_leaves_the_one_that_works(files: Files, name: str) -> None:
    certificate = files.load()
    async with serving(files, certificate) as server:
        BROKEN[name](files)

        assert "certificate and key cannot be used" in certificate.refresh()
        assert await server.shows() == "one.example"
        files.renew("three.example")
        assert certificate.refresh() == ""
        assert await server.shows() == "three.example"


def test_what_did_not_change_is_not_loaded_again(files: Files) -> None:
    certificate = files.load()
    with structlog.testing.capture_logs() as logs:
        certificate.refresh()
        files.renew("two.example")
        certificate.refresh()
        certificate.refresh()

    assert [line["event"] for line in logs] == ["certificate changed"]


def test_old_versions_of_tls_are_not_spoken(files: Files) -> None:
    certificate = files.load()

    assert certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pair_at_the_start_is_one_line_with_a_next_step(files: Files, name: str) -> None:
    BROKEN[name](files)
    with pytest.raises(SetupError) as caught:
        files.load()

    assert str(caught.value).startswith(f"{files.cert}: certificate and key cannot be used: ")
    assert "_ssl.c" not in str(caught.value)


def test_nobody_is_asked_for_the_password_of_a_key(files: Files) -> None:
    from cryptography.hazmat.primitives import serialization as forms

    key = forms.load_pem_private_key(files.key.read_bytes(), password=None)
    locked = key.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(b"secret")
    )
    files.lead(files.key, locked)

    with pytest.raises(SetupError, match="without a password"):
        files.load()


# While the daemon runs


async def until(is_true: Callable[[], bool]) -> None:
    for _ in range(30_000):
        if is_true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came true")


async def test_a_renewal_is_noticed(files: Files) -> None:
    certificate, stop = files.load(), asyncio.Event()
    watching = asyncio.create_task(watch([certificate], stop, interval=0.001))
    async with serving(files, certificate) as server:
        with structlog.testing.capture_logs() as logs:
            files.renew("two.example")
            await until(lambda: "certificate changed" in [line["event"] for line in logs])

        assert await server.shows() == "two.example"
    stop.set()
    await watching


async def test_the_operator_hears_once_of_a_broken_one_and_of_its_end(files: Files) -> None:
    certificate, stop, board = files.load(), asyncio.Event(), RecordingAlarms()
    with structlog.testing.capture_logs() as logs:
        watching = asyncio.create_task(watch([certificate], stop, 0.001, board))
        files.key.unlink()
        await until(lambda: bool(board.told))
        looks = certificate.refresh()
        files.renew("three.example")
        await until(lambda: bool(board.ended))
        stop.set()
        await watching

    errors = [line["event"] for line in logs if line["log_level"] == "error"]
    assert len(errors) == len(board.told) == 1
    assert board.told[0] == (f"certificate {files.cert}", looks)
    assert board.ended == [f"certificate {files.cert}"]


async def test_what_was_wrong_before_the_settings_were_taken_anew_is_over(files: Files) -> None:
    certificate, stop, board = files.load(), asyncio.Event(), RecordingAlarms()
    board.tell(f"certificate {files.cert}", "not the key of this certificate")
    watching = asyncio.create_task(watch([certificate], stop, 0.001, board))

    await until(lambda: not board.active)

    stop.set()
    await watching


async def test_watching_ends_when_it_is_told_to(files: Files) -> None:
    stop = asyncio.Event()
    stop.set()

    await watch([files.load()], stop, interval=3600)
