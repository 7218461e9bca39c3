import asyncio
import contextlib
import errno
import hashlib
import random
import stat
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

import pytest

from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.inbound.data import DataScanner, clear_spool
from helpdesk.inbound.limits import Connections, peer_address
from helpdesk.ports import Raw
from tests.inbound.smtp_peer import (
    NOW,
    OPENING,
    Client,
    Contexts,
    in_tls,
    listening,
    transact,
)

FAKE_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\n.\r",
    b"\r.\n",
    b"\r\r\n.\r\r\n",
]
MAIL = b"Subject: hello\r\n\r\nwords\r\n"


# What is offered


async def test_ehlo_offers_what_is_done_and_nothing_else(tmp_path: Path) -> None:
    async with listening(tmp_path, size_limit=1000) as stage:
        client = await stage.client()

        assert (await client.say("EHLO client.test")).split("\n") == [
            "250-mx.example.com",
            "250-SIZE 1000",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-PIPELINING",
            "250 ENHANCEDSTATUSCODES",
        ]


@pytest.mark.parametrize(
    "command", ["HELP", "AUTH PLAIN AGEAYg==", "EXPN staff", "LHLO x", "GET /"]
)
async def test_what_is_not_offered_is_unknown(tmp_path: Path, command: str) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()

        assert await client.say(command) == "500 5.5.1 Command is not known"


async def test_starttls_without_a_certificate_is_unknown(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()

        assert (await client.say("STARTTLS"))[:3] == "500"


async def test_verify_tells_nothing_about_an_address(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()

        assert await client.say("VRFY support") == await client.say("VRFY nobody")


# A transaction


async def test_a_mail_is_handed_over_as_it_was_received(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        reply = await transact(client, MAIL)

        assert reply == "250 2.0.0 Message accepted"
        assert stage.door.mails == [
            (
                Arrival(
                    Envelope("ana@example.org", ("support+0@example.com",)),
                    "mx",
                    NOW,
                    Trust(peer="127.0.0.1"),
                ),
                MAIL,
            )
        ]
        assert stage.door.raws == [Raw(len(MAIL), hashlib.sha256(MAIL).hexdigest(), MAIL)]


@pytest.mark.parametrize("is_half_closed", [False, True])
async def test_a_whole_session_may_come_in_one_packet(
    tmp_path: Path, *, is_half_closed: bool
) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client(greeted=False)
        one = OPENING[len(b"EHLO client.test\r\n") :] + b"DATA\r\n"
        await client.send(
            b"EHLO client.test\r\n" + one + b"first\r\n.\r\n" + one + b"second\r\n.\r\nQUIT\r\n"
        )
        if is_half_closed:
            client.writer.write_eof()
        codes = [reply[:3] for reply in await client.rest()]

        assert " ".join(codes) == "220 250 250 250 354 250 250 250 354 250 221"
        assert stage.door.contents == [b"first\r\n", b"second\r\n"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_a_session_may_come_in_tiny_pieces(tmp_path: Path, size: int) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        session = OPENING + b"DATA\r\n..one\r\n.\r\n.\rtwo\r\n...\r\n.\r\nQUIT\r\n"
        for start in range(0, len(session), size):
            await client.send(session[start : start + size])
            await asyncio.sleep(0)
        await client.rest()

        assert stage.door.contents == [b".one\r\n"]


async def test_the_null_reverse_path_is_empty(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")
        await client.say("MAIL FROM:<>")
        await client.say("RCPT TO:<support@example.com>")
        await client.say("DATA")
        await client.send(MAIL + b".\r\n")
        await client.reply()

        assert stage.door.mails[0][0].envelope.reverse_path == ""


@pytest.mark.parametrize(
    ("command", "address"),
    [
        ("RCPT TO:<Support+AbC@Example.COM>", "Support+AbC@Example.COM"),
        ("rcpt to: <support@example.com>", "support@example.com"),
        ("RCPT TO:support@example.com", "support@example.com"),
        ("RCPT TO:<@relay.test,@other.test:support@example.com>", "support@example.com"),
        ('RCPT TO:<"a> b\\"c"@example.com>', '"a> b\\"c"@example.com'),
        ("RCPT TO:<müller@example.com>", "müller@example.com"),
        ("RCPT TO:<postmaster>", "postmaster"),
        ("RCPT TO:<PostMaster>", "PostMaster"),
    ],
)
async def test_an_address_is_passed_on_unchanged(
    tmp_path: Path, command: str, address: str
) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")
        await client.say("MAIL FROM:<ana@example.org> BODY=8BITMIME SMTPUTF8 SIZE=9")
        assert (await client.say(command))[:3] == "250"
        await client.say("DATA")
        await client.send(MAIL + b".\r\n")
        await client.reply()

        assert stage.door.mails[0][0].envelope.recipients == (address,)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"MAIL FROM:<a\0b@example.org>", "501"),
        (b"MAIL FROM:<a\rb@example.org>", "501"),
        (b"MAIL FROM:<a\x7fb@example.org>", "501"),
        (b"MAIL FROM:<\xe9@example.org>", "553"),
        (b"MAIL FROM:<a\xed\xb3\xa9@example.org>", "553"),
        ("MAIL FROM:<a\u2028b@example.org>".encode(), "553"),
        ("MAIL FROM:<a\u202eb@example.org>".encode(), "553"),
        ("MAIL FROM:<a\x85b@example.org>".encode(), "553"),
        (b"MAIL FROM:<ana>", "553"),
        (b"MAIL FROM:<postmaster>", "553"),
        (b"MAIL FROM:<ana@example.org", "553"),
        (b"MAIL FROM:<ana@example.org>SIZE=1", "553"),
        (b"MAIL FROM:<ana@@example.org>", "553"),
        (b"MAIL FROM:<" + b"a" * 513 + b"@example.org>", "553"),
        (b"MAIL FROM:", "553"),
        (b"MAIL TO:<ana@example.org>", "501"),
        (b"MAIL", "501"),
        (b"MAIL FROM:<> SIZE=-1", "501"),
        (b"MAIL FROM:<> SIZE=", "501"),
        ("MAIL FROM:<> SIZE=²".encode(), "501"),
        (b"MAIL FROM:<> SIZE=" + b"9" * 21, "501"),
        (b"MAIL FROM:<> BODY=BINARYMIME", "501"),
        (b"MAIL FROM:<> SMTPUTF8=yes", "501"),
        (b"MAIL FROM:<> RET=FULL", "555"),
        (b"MAIL FROM:<> AUTH=<>", "555"),
        (b"N\0OP", "501"),
        (b"NOOP \xff", "501"),
        (b"NO\xffP", "500"),
        (b"NOOP " + b"x" * 5000, "500"),
        (b"", "500"),
        (b"EHLO", "501"),
    ],
)
async def test_a_malformed_command_is_refused_and_the_session_goes_on(
    tmp_path: Path, command: bytes, code: str
) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")

        assert (await client.say(command))[:3] == code
        assert await transact(client, MAIL) == "250 2.0.0 Message accepted"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"RCPT TO:<>", "553"),
        (b"RCPT TO:<support>", "553"),
        (b"RCPT TO:<\xff@example.com>", "553"),
        (b"RCPT TO:<sup\0port@example.com>", "501"),
        (b"RCPT FROM:<support@example.com>", "501"),
        (b"RCPT TO:<support@example.com> NOTIFY=NEVER", "555"),
        (b"RCPT TO:<nobody@example.net>", "550"),
    ],
)
async def test_a_refused_recipient_leaves_the_transaction_open(
    tmp_path: Path, command: bytes, code: str
) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")
        await client.say("MAIL FROM:<ana@example.org>")

        assert (await client.say(command))[:3] == code
        assert (await client.say("DATA"))[:3] == "503"
        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "250"
        assert (await client.say("DATA"))[:3] == "354"


async def test_a_command_that_ends_in_a_bare_line_feed_is_not_obeyed(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")
        await client.send(b"MAIL FROM:<ana@example.org>\n")

        assert await client.reply() == "501 5.5.2 Commands must end with CR LF"
        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "503"


async def test_a_command_without_an_end_costs_no_memory_and_is_cut_off(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.send(b"x" * 3_000_000)

        assert await client.rest() == ["500 5.5.2 Command line is too long"]


async def test_a_recipient_named_twice_is_passed_on_once(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.send(OPENING + b"RCPT TO:<support@example.com>\r\nDATA\r\n" + MAIL + b".\r\n")
        await client.codes(6)

        assert stage.door.mails[0][0].envelope.recipients == ("support@example.com",)


# Order of commands


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["MAIL FROM:<>"], "503"),
        (["EHLO x", "DATA"], "503"),
        (["EHLO x", "RCPT TO:<support@example.com>"], "503"),
        (["EHLO x", "MAIL FROM:<>", "DATA"], "503"),
        (["EHLO x", "MAIL FROM:<>", "MAIL FROM:<>"], "503"),
        (["HELO x", "MAIL FROM:<>", "RCPT TO:<support@example.com>", "DATA"], "354"),
        (["EHLO x", "MAIL FROM:<>", "RSET", "RCPT TO:<support@example.com>"], "503"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<support@example.com>", "EHLO x", "DATA"], "503"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<support@example.com>", "RSET", "DATA"], "503"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<support@example.com>", "DATA now"], "501"),
        (["EHLO x", "MAIL FROM:<bad", "RCPT TO:<support@example.com>"], "503"),
    ],
)
async def test_commands_out_of_order_are_refused(
    tmp_path: Path, commands: list[str], code: str
) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        replies = [await client.say(command) for command in commands]

        assert replies[-1][:3] == code


@pytest.mark.parametrize("content", [b"ok\r\n", b"x" * 2000 + b"\r\n", b"Received: a\r\n" * 3])
@pytest.mark.parametrize("is_broken", [False, True])
async def test_after_data_a_new_transaction_is_needed(
    tmp_path: Path, content: bytes, *, is_broken: bool
) -> None:
    async def breaks() -> None:
        raise RuntimeError("bug")

    async with listening(tmp_path, size_limit=1000, max_received=3) as stage:
        stage.door.before = breaks if is_broken else None
        client = await stage.client()
        await transact(client, content)

        assert (await client.say("DATA"))[:3] == "503"
        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "503"


# The end of the data


@pytest.mark.parametrize("fake", FAKE_ENDS)
async def test_only_crlf_dot_crlf_ends_the_data(tmp_path: Path, fake: bytes) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        smuggled = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
        content = MAIL + fake + smuggled + b"evil\r\n"
        reply = await transact(client, content)

        assert reply[:3] == "250"
        assert stage.door.contents == [content.replace(b"\r\n.", b"\r\n")]
        assert (await client.say("QUIT"))[:3] == "221"


async def test_a_dot_alone_is_an_empty_mail(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await transact(client, b"")

        assert stage.door.contents == [b""]


def read_plainly(stream: bytes) -> tuple[bytes, bytes | None]:
    """Line by line, as RFC 5321 §4.5.2 tells it."""
    content = b""
    while True:
        line, end, stream = stream.partition(b"\r\n")
        if not end:
            return content, None
        if line == b".":
            return content, stream
        content += line.removeprefix(b".") + end


def read_in_pieces(stream: bytes, size: int) -> tuple[bytes, bytes | None]:
    scanner = DataScanner()
    content = b""
    for start in range(0, len(stream), size):
        certain, rest = scanner.feed(stream[start : start + size])
        content += certain
        if rest is not None:
            return content, rest + stream[start + size :]
    return content, None


def test_pieces_of_any_size_give_the_same_content() -> None:
    chance = random.Random(20261121)
    atoms = (b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"x")
    for _ in range(400):
        stream = b"".join(chance.choices(atoms, k=chance.randrange(30))) + b"\r\n.\r\nrest"
        expected = read_plainly(stream)
        for size in range(1, len(stream) + 1):
            assert read_in_pieces(stream, size) == expected, (stream, size)


@pytest.mark.parametrize(
    "content",
    [
        b"x" * 1_000_000 + b"\r\n",
        b"Subject: caf\xe9 \x80\xff\r\n\r\n\xa4\r\n",
        b"Subject: bare\r\r\n\n\rends\n\r\n\0\r\n",
        b"\r\n" * 300_000,
        b"." * 300_000 + b"\r\n",
    ],
    ids=["long line", "8 bit", "bare ends", "empty lines", "dots"],
)
async def test_any_content_is_kept_octet_for_octet(tmp_path: Path, content: bytes) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        reply = await transact(client, stuffed)

        assert reply[:3] == "250"
        assert stage.door.contents == [content]
        assert stage.door.raws[0].sha256 == hashlib.sha256(content).hexdigest()
        assert stage.door.raws[0].size == len(content)


# Large mails


async def test_a_large_mail_waits_in_a_private_file_that_is_removed(tmp_path: Path) -> None:
    modes: list[int] = []

    async with listening(tmp_path, spill_over=1000) as stage:

        async def look() -> None:
            modes.extend(stat.S_IMODE(path.stat().st_mode) for path in stage.spooled)

        stage.door.before = look
        client = await stage.client()
        await transact(client, MAIL * 100)

        assert stage.door.contents == [MAIL * 100]
        assert stage.door.raws[0].content is None
        assert modes == [0o600]
        assert not stage.spooled


async def test_a_client_that_leaves_within_the_data_leaves_no_file(tmp_path: Path) -> None:
    async with listening(tmp_path, spill_over=1000) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(b"x" * 5000)
        await stage.until(lambda: bool(stage.spooled))
        client.reset()
        await stage.until_nobody_is_connected()

        await stage.until(lambda: not stage.spooled)
        assert not stage.door.mails


async def test_a_mail_cut_short_by_a_half_close_is_not_taken(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(MAIL + b"\r\n.")
        client.writer.write_eof()

        assert await client.rest() == []
        assert not stage.door.mails


async def test_a_size_beyond_the_limit_is_refused_at_mail(tmp_path: Path) -> None:
    async with listening(tmp_path, size_limit=1000) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")

        assert (await client.say("MAIL FROM:<> SIZE=1001")).startswith("552 5.3.4")
        assert (await client.say("MAIL FROM:<> SIZE=1000"))[:3] == "250"


async def test_the_limit_counts_octets_after_unstuffing(tmp_path: Path) -> None:
    async with listening(tmp_path, size_limit=1000) as stage:
        client = await stage.client()

        assert (await transact(client, b"..\r\n" * 333))[:3] == "250"
        assert (await transact(client, b"..\r\n" * 334))[:3] == "552"


@pytest.mark.parametrize("spill_over", [100, 100_000])
async def test_a_mail_a_little_too_big_is_refused_and_the_session_goes_on(
    tmp_path: Path, spill_over: int
) -> None:
    async with listening(tmp_path, size_limit=1000, spill_over=spill_over) as stage:
        client = await stage.client()

        assert (await transact(client, MAIL * 500)).startswith("552 5.3.4")
        assert not stage.spooled
        assert await transact(client, MAIL) == "250 2.0.0 Message accepted"


async def test_a_mail_far_too_big_ends_the_session(tmp_path: Path) -> None:
    async with listening(tmp_path, size_limit=1000) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(b"x" * 300_000)

        assert [reply[:9] for reply in await client.rest()] == ["552 5.3.4"]
        assert not stage.door.mails


async def test_a_spool_that_cannot_be_written_is_temporary(tmp_path: Path) -> None:
    async with listening(tmp_path / "missing", spill_over=10) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(MAIL * 10 + b".\r\n")

        assert await client.reply() == "451 4.3.0 Local problem, please try again later"


async def test_a_full_spool_is_insufficient_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    async with listening(tmp_path, spill_over=10) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(MAIL * 10 + b".\r\n")

        assert (await client.reply()).startswith("452 4.3.1")


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "arriving-x").write_bytes(b"x")
    (tmp_path / "other").write_bytes(b"x")

    assert clear_spool(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


# Loops


@pytest.mark.parametrize("spill_over", [100, 1_000_000])
@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"Received: by a.test\r\n" * 99, "250"),
        (b"Received: by a.test\r\n" * 100, "554"),
        (b"rEcEiVeD : by a.test\r\n\tmore\r\n" * 100, "554"),
        (b"X-Received: by a.test\r\n" * 100, "250"),
        (b"\r\n" + b"Received: in the body\r\n" * 100, "250"),
        (b"Subject: x\r\n\r\n" + b"Received: in the body\r\n" * 100, "250"),
        (b"Received: by a.test\r\n" * 99 + b"\n" + b"Received: in the body\r\n", "250"),
    ],
)
async def test_a_mail_that_went_through_too_many_servers_is_refused(
    tmp_path: Path, head: bytes, code: str, spill_over: int
) -> None:
    async with listening(tmp_path, spill_over=spill_over) as stage:
        client = await stage.client()

        assert (await transact(client, head + b"\r\nbody\r\n"))[:3] == code
        assert not stage.spooled


# Our faults


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("secret\r\n250 fine"), "451 4.3.0"),
        (OSError(errno.ENOSPC, "/var/secret"), "452 4.3.1"),
        (TimeoutError("secret"), "451 4.3.0"),
        (ConnectionResetError("secret"), "451 4.3.0"),
        (ValueError("secret"), "451 4.3.0"),
    ],
)
async def test_a_fault_of_ours_is_temporary_and_tells_nothing(
    tmp_path: Path, error: Exception, code: str
) -> None:
    async def breaks() -> None:
        raise error

    async with listening(tmp_path, spill_over=10) as stage:
        stage.door.before = breaks
        client = await stage.client()
        reply = await transact(client, MAIL * 2)

        assert reply.startswith(code)
        assert "secret" not in reply
        assert not stage.spooled
        stage.door.before = None
        assert (await transact(client, MAIL))[:3] == "250"


@pytest.mark.parametrize("part", ["is_ours", "trust", "now"])
async def test_a_fault_in_what_the_listener_asks_is_temporary(tmp_path: Path, part: str) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("secret")

    changes: dict[str, Any] = {part: breaks}
    async with listening(tmp_path, **changes) as stage:
        client = await stage.client()
        await client.send(OPENING)
        replies = [await client.reply() for _ in range(3)]
        if part != "is_ours":
            await client.say("DATA")
            await client.send(MAIL + b".\r\n")
            replies.append(await client.reply())

        assert replies[-1] == "451 4.3.0 Local problem, please try again later"


async def test_after_a_fault_within_the_data_the_rest_is_not_obeyed(tmp_path: Path) -> None:
    async with listening(tmp_path, spill_over="not a number") as stage:
        client = await stage.client()
        await client.begin()
        await client.send(MAIL + b"NOOP\r\nQUIT\r\n.\r\n")
        client.writer.write_eof()

        assert [reply[:9] for reply in await client.rest()] == ["451 4.3.0"]


async def test_a_client_that_goes_after_the_dot_does_not_stop_its_mail(tmp_path: Path) -> None:
    reached, free = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await free.wait()

    async with listening(tmp_path, spill_over=10) as stage:
        stage.door.before = wait
        client = await stage.client()
        await client.begin()
        await client.send(MAIL + b".\r\n")
        await reached.wait()
        client.reset()
        await stage.until_nobody_is_connected()
        free.set()
        await stage.until(lambda: bool(stage.door.mails))

        assert stage.door.contents == [MAIL]
        await stage.until(lambda: not stage.spooled)


async def test_a_client_that_closes_after_the_dot_does_not_stop_its_mail(tmp_path: Path) -> None:
    free = asyncio.Event()

    async with listening(tmp_path) as stage:
        stage.door.before = lambda: cast(Awaitable[None], free.wait())
        client = await stage.client()
        await client.begin()
        await client.send(MAIL + b".\r\nQUIT\r\n")
        client.writer.close()
        await client.writer.wait_closed()
        free.set()
        await stage.until_nobody_is_connected()

        assert stage.door.contents == [MAIL]


# Limits


async def test_connections_beyond_the_limit_are_told_to_come_later(tmp_path: Path) -> None:
    async with listening(tmp_path, max_connections=2) as stage:
        first = await stage.client()
        await stage.client(source="127.0.0.2")
        third = await stage.client(source="127.0.0.3", greeted=False)

        assert await third.rest() == ["421 4.7.0 Too many connections, please try again later"]
        await first.say("QUIT")
        await stage.until(lambda: stage.listener.connections.open == 1)
        await stage.client(source="127.0.0.3")


async def test_one_address_cannot_take_all_connections(tmp_path: Path) -> None:
    async with listening(tmp_path, max_connections_per_address=2) as stage:
        await stage.client()
        await stage.client()
        third = await stage.client(greeted=False)

        assert [reply[:9] for reply in await third.rest()] == ["421 4.7.0"]
        await stage.client(source="127.0.0.2")


async def test_listeners_may_share_a_limit(tmp_path: Path) -> None:
    shared = Connections(most=1)
    async with listening(tmp_path, shared) as one, listening(tmp_path, shared) as other:
        await one.client()
        client = await other.client(greeted=False)

        assert [reply[:9] for reply in await client.rest()] == ["421 4.7.0"]


def test_an_ipv6_network_counts_as_one_address() -> None:
    connections = Connections(most=9, most_per_address=1)

    assert connections.enter("2001:db8:0:1::1")
    assert not connections.enter("2001:db8:0:1:ffff::2")
    assert connections.enter("2001:db8:0:2::1")
    connections.leave("2001:db8:0:1::1")
    assert connections.enter("2001:db8:0:1::7")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("192.0.2.1", 25), "192.0.2.1"),
        (("::ffff:192.0.2.1", 25, 0, 0), "192.0.2.1"),
        (("2001:db8::1", 25, 0, 0), "2001:db8::1"),
        (("fe80::1%eth0", 25, 0, 2), "fe80::1"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_peer_has_one_spelling(name: object, address: str) -> None:
    assert peer_address(name) == address


async def test_commands_without_a_mail_come_to_an_end(tmp_path: Path) -> None:
    async with listening(tmp_path, max_commands=10) as stage:
        client = await stage.client()
        for _ in range(3):
            await transact(client, MAIL)
        await client.send(b"NOOP\r\n" * 50)
        replies = await client.rest()

        assert len(replies) == 11
        assert replies[-1][:9] == "421 4.7.0"


async def test_errors_come_to_an_end(tmp_path: Path) -> None:
    async with listening(tmp_path, max_errors=5) as stage:
        client = await stage.client()
        await client.send(b"NONSENSE\r\n" * 50)
        codes = [reply[:3] for reply in await client.rest()]

        assert codes == ["500"] * 5 + ["421"]


async def test_recipients_beyond_the_limit_are_for_another_time(tmp_path: Path) -> None:
    async with listening(tmp_path, max_recipients=2) as stage:
        client = await stage.client()
        await client.send(OPENING + b"RCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\n")
        await client.codes(4)

        assert (await client.reply()).startswith("452 4.5.3")
        assert (await client.say("DATA"))[:3] == "354"


async def test_a_mail_may_have_as_many_recipients_as_there_may_be_commands(tmp_path: Path) -> None:
    async with listening(tmp_path, max_recipients=30, max_commands=30, max_errors=3) as stage:
        client = await stage.client()
        await client.send(OPENING)
        for number in range(40):
            await client.send(f"RCPT TO:<support+{number}@example.com>\r\n".encode())
        await client.send(b"DATA\r\n" + MAIL + b".\r\n")

        codes = " ".join(await client.codes(45))
        assert codes == " ".join(["250"] * 32 + ["452"] * 11 + ["354", "250"])


async def test_an_idle_client_is_told_so(tmp_path: Path) -> None:
    async with listening(tmp_path, idle_timeout=0.02) as stage:
        client = await stage.client()

        assert await client.rest() == ["421 4.4.2 Idle for too long, closing the connection"]
        await stage.until_nobody_is_connected()


async def test_an_idle_client_within_the_data_is_told_so(tmp_path: Path) -> None:
    async with listening(tmp_path, idle_timeout=0.05, spill_over=10) as stage:
        client = await stage.client()
        await client.begin()
        await client.send(MAIL)

        assert [reply[:9] for reply in await client.rest()] == ["421 4.4.2"]
        await stage.until(lambda: not stage.spooled)


async def test_a_client_that_trickles_data_is_cut_off(tmp_path: Path) -> None:
    async with listening(tmp_path, idle_timeout=0.1, data_min_rate=1e9) as stage:
        client = await stage.client()
        await client.begin()
        ending = asyncio.create_task(client.rest())
        while not ending.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.002)

        await stage.until_nobody_is_connected()
        # Who is still writing may see the reset before our words.
        with contextlib.suppress(ConnectionError):
            assert [reply[:9] for reply in await ending] == ["421 4.4.2"]


async def test_a_client_that_waits_for_us_is_not_idle(tmp_path: Path) -> None:
    async def wait() -> None:
        await asyncio.sleep(0.08)

    async with listening(tmp_path, idle_timeout=0.03) as stage:
        stage.door.before = wait
        client = await stage.client()

        assert (await transact(client, MAIL))[:3] == "250"


# Shutting down


async def test_idle_sessions_are_told_that_we_close(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await stage.listener.close()

        assert [reply[:9] for reply in await client.rest()] == ["421 4.3.2"]
        with pytest.raises(OSError, match="Connect call failed"):
            await stage.client()


async def test_who_has_just_come_may_still_hand_in_a_mail(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        closing = asyncio.create_task(stage.listener.close())
        await asyncio.sleep(0)  # it has begun

        assert (await transact(client, MAIL))[:3] == "250"
        await closing


async def test_a_transaction_may_end_before_we_close(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.begin()
        closing = asyncio.create_task(stage.listener.close())
        await client.send(MAIL)
        await client.send(b".\r\n")

        assert [reply[:3] for reply in await client.rest()] == ["250", "421"]
        await closing
        assert stage.door.contents == [MAIL]


async def test_a_transaction_that_does_not_end_cannot_hold_us(tmp_path: Path) -> None:
    async with listening(tmp_path) as stage:
        client = await stage.client()
        await client.begin()
        await stage.listener.close(grace=0.02)

        assert [reply[:3] for reply in await client.rest()] == ["421"]
        await stage.until_nobody_is_connected()


async def test_a_mail_being_kept_when_we_close_is_kept(tmp_path: Path) -> None:
    reached, free = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await free.wait()

    async with listening(tmp_path) as stage:
        stage.door.before = wait
        client = await stage.client()
        await client.begin()
        await client.send(MAIL + b".\r\n")
        await reached.wait()
        client.reset()
        closing = asyncio.create_task(stage.listener.close())
        await stage.until_nobody_is_connected()
        assert not closing.done()
        free.set()
        await closing

        assert stage.door.contents == [MAIL]


# TLS


async def test_a_mail_may_come_in_tls(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0]) as stage:
        client = await in_tls(stage, contexts)
        assert "STARTTLS" not in await client.say("EHLO client.test")

        assert (await transact(client, MAIL * 1000))[:3] == "250"
        assert (await client.say("STARTTLS"))[:3] == "503"
        assert (await client.say("QUIT"))[:3] == "221"
        assert stage.door.contents == [MAIL * 1000]
        assert stage.door.mails[0][0].trust.peer == "127.0.0.1"
        await stage.until_nobody_is_connected()


async def test_the_hello_before_tls_is_forgotten(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0]) as stage:
        client = await in_tls(stage, contexts)

        assert (await client.say("MAIL FROM:<>"))[:3] == "503"


@pytest.mark.parametrize(
    "injected",
    [
        b"NOOP\r\n",
        b"EHLO evil.test\r\nMAIL FROM:<evil@example.net>\r\n",
        OPENING,
        OPENING + b"DATA\r\nevil",
        b"QUIT\r\n",
        b"NOO",
    ],
)
async def test_what_was_said_in_the_clear_is_not_obeyed_in_tls(
    tmp_path: Path, contexts: Contexts, injected: bytes
) -> None:
    async with listening(tmp_path, tls=contexts[0]) as stage:
        client = await in_tls(stage, contexts, injected)

        assert (await client.say("RCPT TO:<support@example.com>"))[:3] == "503"
        assert (await client.say("EHLO client.test"))[:3] == "250"
        assert (await transact(client, MAIL))[:3] == "250"
        assert stage.door.contents == [MAIL]


async def test_the_limits_of_a_session_go_on_in_tls(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0], max_commands=4) as stage:
        client = await in_tls(stage, contexts)
        await client.say("NOOP")
        await client.say("NOOP")

        assert (await client.reply())[:9] == "421 4.7.0"


async def test_a_failed_handshake_gives_its_place_back(tmp_path: Path, contexts: Contexts) -> None:
    async with listening(tmp_path, tls=contexts[0]) as stage:
        client = await stage.client()
        await client.say("EHLO client.test")
        await client.say("STARTTLS")
        await client.send(b"this is no TLS at all\r\n" * 10)
        await stage.until_nobody_is_connected()

        assert stage.listener.connections.enter("127.0.0.1")
        stage.listener.connections.leave("127.0.0.1")


# Other ways in


async def test_a_peer_on_a_unix_socket_has_no_address(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with listening(tmp_path) as stage:
        await stage.listener.close()
        await stage.listener.start(path=path)
        reader, writer = await asyncio.open_unix_connection(path)
        client = Client(reader, writer)
        await client.reply()
        await transact(client, MAIL)
        writer.close()

        assert stage.door.mails[0][0].trust == Trust(peer="")
