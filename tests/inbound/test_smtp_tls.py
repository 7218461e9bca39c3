"""TLS from the first byte, sockets that others keep open, and several listeners at one time."""

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from helpdesk.core.mail import Trust
from helpdesk.inbound.limits import Connections, ListenerSettings
from helpdesk.inbound.listener import Listener
from tests.inbound.smtp_peer import (
    NOW,
    OPENING,
    Client,
    Contexts,
    Door,
    Stage,
    in_tls,
    is_ours,
    listening,
    transact,
)
from tests.inbound.test_smtp import FAKE_ENDS

MAIL = b"Subject: hello\r\n\r\nwords\r\n"


def implicit(contexts: Contexts, **changes: Any) -> dict[str, Any]:
    return {"tls": contexts[0], "implicit_tls": True} | changes


# From the first byte


async def test_a_mail_may_come_in_tls_from_the_first_byte(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        client = await stage.client(tls=contexts[1])

        assert (await transact(client, MAIL * 20_000))[:3] == "250"
        assert (await client.say("QUIT"))[:3] == "221"
        assert stage.door.contents == [MAIL * 20_000]
        assert stage.door.mails[0][0].trust == Trust(peer="127.0.0.1")
        await stage.until_nobody_is_connected()


async def test_what_is_in_tls_already_needs_no_starttls(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        client = await stage.client(tls=contexts[1])

        assert "STARTTLS" not in await client.say("EHLO client.test")
        assert (await client.say("STARTTLS"))[:3] == "503"
        assert (await transact(client, MAIL))[:3] == "250"


async def test_commands_that_come_with_the_handshake_are_obeyed(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        client = await stage.client(tls=contexts[1], greeted=False)
        await client.send(OPENING + b"DATA\r\n" + MAIL + b".\r\nQUIT\r\n")

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "220 250 250 250 354 250 221"


@pytest.mark.parametrize("fake", FAKE_ENDS)
async def test_only_crlf_dot_crlf_ends_the_data_in_tls(
    tmp_path: Path, contexts: Contexts, fake: bytes
) -> None:
    smuggled = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nevil"
    async with listening(tmp_path, **implicit(contexts)) as stage:
        client = await stage.client(tls=contexts[1])
        await client.begin()
        await client.send(b"one" + fake + smuggled + b"\r\n.\r\nQUIT\r\n")

        assert [reply[:3] for reply in await client.rest()] == ["250", "221"]
        [content] = stage.door.contents
        assert content.endswith(smuggled + b"\r\n")


async def test_a_client_without_tls_is_told_nothing(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        client = await stage.client(greeted=False)
        await client.send(OPENING)
        # What comes is an alert of TLS, if anything.
        with pytest.raises((AssertionError, ConnectionError)):
            assert await client.reply() == "220"

        assert not stage.door.mails
        await stage.until_nobody_is_connected()


async def test_who_does_not_finish_the_handshake_loses_the_place(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, **implicit(contexts, handshake_timeout=0.02)) as stage:
        await stage.client(greeted=False)
        await stage.until(lambda: stage.listener.connections.open == 1)

        await stage.until_nobody_is_connected()


async def test_who_goes_within_the_handshake_gives_the_place_back(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        for leave in (Client.reset, lambda client: client.writer.close()):
            client = await stage.client(greeted=False)
            await stage.until(lambda: stage.listener.connections.open == 1)
            leave(client)

            await stage.until_nobody_is_connected()


async def test_who_has_not_finished_the_handshake_takes_a_place(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, **implicit(contexts, max_connections_per_address=2)) as stage:
        for _ in range(2):
            await stage.client(greeted=False)
        await stage.until(lambda: stage.listener.connections.open == 2)

        with pytest.raises(OSError):  # noqa: PT011 -- reset, or an end within the handshake
            await stage.client(tls=contexts[1])
        assert stage.listener.connections.refused == 1


async def test_a_failed_handshake_is_told_only_to_those_who_look_for_faults(
    tmp_path: Path, contexts: Contexts, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(tmp_path, **implicit(contexts)) as stage:
        with structlog.testing.capture_logs() as logs:
            client = await stage.client(greeted=False)
            await client.send(b"this is no TLS at all\r\n" * 10)
            await stage.until(lambda: bool(logs))
            await stage.until_nobody_is_connected()

        assert [(line["event"], line["log_level"]) for line in logs] == [("no TLS", "debug")]
        assert caplog.records == []


@pytest.mark.parametrize("is_implicit", [True, False])
async def test_a_handshake_does_not_hold_up_the_end(
    tmp_path: Path, contexts: Contexts, *, is_implicit: bool
) -> None:
    async with listening(tmp_path, tls=contexts[0], implicit_tls=is_implicit) as stage:
        client = await stage.client(greeted=not is_implicit)
        if not is_implicit:
            await client.say("STARTTLS")
        await stage.until(lambda: stage.listener.connections.open == 1)
        await stage.listener.close(grace=0.02)

        await stage.until_nobody_is_connected()


async def test_who_is_idle_within_starttls_loses_the_place(
    tmp_path: Path, contexts: Contexts
) -> None:
    async with listening(tmp_path, tls=contexts[0], idle_timeout=0.02) as stage:
        client = await stage.client()
        await client.say("STARTTLS")

        assert await client.rest() == []
        await stage.until_nobody_is_connected()


# Sockets that others keep open


def tcp() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def unix(path: Path) -> socket.socket:
    kept = socket.socket(socket.AF_UNIX)
    kept.bind(str(path))
    kept.listen()
    return kept


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A listener that listens nowhere yet."""
    (tmp_path / "spool").mkdir()
    async with listening(tmp_path / "spool") as stage:
        await stage.listener.close()
        yield stage


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def connected(kept: socket.socket) -> Client:
    name = kept.getsockname()
    if isinstance(name, str):
        return Client(*await asyncio.open_unix_connection(name))
    return Client(*await asyncio.open_connection(*name))


async def test_a_listener_serves_on_all_sockets_that_it_is_given(
    tmp_path: Path, stage: Stage
) -> None:
    with tcp() as first, tcp() as second, unix(tmp_path / "socket") as third:
        await stage.listener.start(sockets=[first, second, third])
        for kept in (first, second, third):
            client = await connected(kept)
            await client.reply()
            assert (await transact(client, MAIL))[:3] == "250"
            client.writer.close()

    peers = [arrival.trust.peer for arrival, _ in stage.door.mails]
    assert peers == ["127.0.0.1", "127.0.0.1", ""]


async def test_a_socket_goes_on_to_the_next_listener(tmp_path: Path, stage: Stage) -> None:
    path = tmp_path / "socket"
    with tcp() as first, unix(path) as second:
        for kept in (first, second):
            await stage.listener.start(sockets=[kept])
            await stage.listener.close()
            waiting = await connected(kept)  # nobody takes it, and nobody refuses it
            await stage.listener.start(sockets=[kept])

            assert (await waiting.reply())[:3] == "220"
            waiting.writer.close()
            await stage.listener.close()
        assert stat.S_ISSOCK(path.stat().st_mode)


async def test_a_listener_closes_what_it_opened(stage: Stage) -> None:
    descriptors = open_files()
    with tcp() as kept:
        await stage.listener.start(sockets=[kept])
        await stage.listener.close()

        assert open_files() == descriptors + 1


async def test_who_comes_while_we_close_is_told_so(stage: Stage) -> None:
    with tcp() as kept:
        await stage.listener.start(sockets=[kept])
        stage.listener.is_closing = True  # the kernel had taken it already
        client = await connected(kept)

        assert [reply[:9] for reply in await client.rest()] == ["421 4.3.2"]
        client.writer.close()


# Several listeners at one time


async def test_listeners_with_different_trust_share_one_door(
    tmp_path: Path, contexts: Contexts
) -> None:
    door = Door()
    shared = Connections()
    trusts = {
        "edge": Trust(peer="127.0.0.1", authserv_id="mx.example.com"),
        "agents": Trust(peer="127.0.0.1"),
        "machines": Trust(peer="127.0.0.1", network=True),
    }
    ways: dict[str, dict[str, Any]] = {
        "edge": {"lmtp": True},
        "agents": implicit(contexts, authenticate=ana_logs_in, login_required=True),
        "machines": {},
    }
    async with AsyncExitStack() as stack:

        async def mail_by(name: str) -> None:
            listener = Listener(
                ListenerSettings(
                    name=name,
                    hostname="mx.example.com",
                    spool_dir=tmp_path,
                    accept=door.accept,
                    is_ours=is_ours,
                    trust=lambda _: trusts[name],
                    now=lambda: NOW,
                    **ways[name],
                ),
                shared,
            )
            await listener.start(host="127.0.0.1")
            stack.push_async_callback(listener.close, 0.2)
            stage = Stage(listener, door, tmp_path, stack)
            client = await stage.client(tls=contexts[1] if name == "agents" else None)
            if name == "agents":
                await client.say("EHLO client.test")
                assert (await client.say("AUTH PLAIN AGFuYUBleGFtcGxlLm9yZwBzZWNyZXQ="))[
                    :3
                ] == "235"
            await client.begin(hello="LHLO" if name == "edge" else "EHLO")
            await client.send(name.encode() + b"\r\n.\r\n")
            assert (await client.reply())[:3] == "250"

        await asyncio.gather(*map(mail_by, trusts))
        assert shared.open == 3

    came = {arrival.source: (arrival.trust, content) for arrival, content in door.mails}
    assert came == {
        "edge": (trusts["edge"], b"edge\r\n"),
        "agents": (Trust(peer="127.0.0.1", user="ana@example.org"), b"agents\r\n"),
        "machines": (trusts["machines"], b"machines\r\n"),
    }


async def ana_logs_in(user: str, password: str) -> str:
    return user if (user, password) == ("ana@example.org", "secret") else ""


async def test_starttls_forgets_nothing_that_counts(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0], max_errors=3) as stage:
        client = await stage.client()
        await client.say("NONSENSE")
        await client.say("EHLO client.test")
        assert (await client.say("STARTTLS")) == "220 2.0.0 Ready to start TLS"
        await client.start_tls(contexts[1])
        await client.send(b"NONSENSE\r\n" * 9)

        assert [reply[:3] for reply in await client.rest()] == ["500", "500", "421"]


async def test_in_tls_works_after_a_pipelined_starttls(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0]) as stage:
        client = await in_tls(stage, contexts, b"STARTTLS\r\nSTARTTLS\r\n")

        assert (await transact(client, MAIL))[:3] == "250"
