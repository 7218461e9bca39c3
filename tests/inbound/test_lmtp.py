import errno
from pathlib import Path

import pytest

from tests.inbound.smtp_peer import Client, Stage, listening

MAIL = b"Subject: hello\r\n\r\nwords\r\n"


async def open_data(stage: Stage, recipients: int = 3) -> Client:
    client = await stage.client()
    await client.begin(recipients=recipients, hello="LHLO")
    return client


async def test_lmtp_greets_with_lhlo_only(tmp_path: Path) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await stage.client()

        assert (await client.say("EHLO client.test"))[:3] == "500"
        assert (await client.say("HELO client.test"))[:3] == "500"
        assert (await client.say("MAIL FROM:<>"))[:3] == "503"
        extensions = (await client.say("LHLO client.test")).split("\n")[1:]
        # RFC 2033 §5: an LMTP server must offer these two.
        assert {"PIPELINING", "ENHANCEDSTATUSCODES"} <= {line[4:] for line in extensions}


@pytest.mark.parametrize("recipients", [1, 2, 50])
async def test_every_accepted_recipient_gets_a_reply(tmp_path: Path, recipients: int) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await open_data(stage, recipients)
        await client.send(MAIL + b".\r\nNOOP\r\n")

        assert await client.codes(recipients + 1) == ["250"] * (recipients + 1)
        assert (await client.say("QUIT"))[:3] == "221"
        assert len(stage.door.mails[0][0].envelope.recipients) == recipients
        assert len(stage.door.mails) == 1


async def test_a_refused_recipient_gets_no_second_reply(tmp_path: Path) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await stage.client()
        await client.send(
            b"LHLO client.test\r\nMAIL FROM:<>\r\n"
            b"RCPT TO:<a@example.com>\r\n"
            b"RCPT TO:<nobody@example.net>\r\n"
            b"RCPT TO:<b@example.com>\r\n"
            b"DATA\r\n" + MAIL + b".\r\nQUIT\r\n"
        )

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "250 250 250 550 250 354 250 250 221"


async def test_a_recipient_named_twice_gets_two_replies(tmp_path: Path) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await stage.client()
        await client.send(
            b"LHLO client.test\r\nMAIL FROM:<>\r\n"
            b"RCPT TO:<a@example.com>\r\nRCPT TO:<a@example.com>\r\n"
            b"DATA\r\n" + MAIL + b".\r\nQUIT\r\n"
        )

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "250 250 250 250 354 250 250 221"
        assert stage.door.mails[0][0].envelope.recipients == ("a@example.com",)


async def test_without_an_accepted_recipient_there_is_no_data(tmp_path: Path) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await stage.client()
        await client.send(
            b"LHLO client.test\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@example.net>\r\nDATA\r\nQUIT\r\n"
        )

        codes = [reply[:3] for reply in await client.rest()]
        assert " ".join(codes) == "250 250 550 503 221"


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"x" * 2000 + b"\r\n", "552 5.3.4"),
        (b"Received: by a.test\r\n" * 5, "554 5.4.6"),
    ],
)
async def test_a_refused_mail_is_refused_for_every_recipient(
    tmp_path: Path, content: bytes, reply: str
) -> None:
    async with listening(tmp_path, lmtp=True, size_limit=1000, max_received=5) as stage:
        client = await open_data(stage)
        await client.send(content + b".\r\nQUIT\r\n")

        assert [line[:9] for line in await client.rest()] == [reply] * 3 + ["221 2.0.0"]


async def test_a_mail_far_too_big_is_refused_for_every_recipient(tmp_path: Path) -> None:
    async with listening(tmp_path, lmtp=True, size_limit=1000) as stage:
        client = await open_data(stage)
        await client.send(b"x" * 200_000)

        assert [line[:9] for line in await client.rest()] == ["552 5.3.4"] * 3


@pytest.mark.parametrize(
    ("error", "reply"),
    [(RuntimeError("bug"), "451 4.3.0"), (OSError(errno.EDQUOT, "quota"), "452 4.3.1")],
)
async def test_a_fault_of_ours_is_temporary_for_every_recipient(
    tmp_path: Path, error: Exception, reply: str
) -> None:
    async def breaks() -> None:
        raise error

    async with listening(tmp_path, lmtp=True) as stage:
        stage.door.before = breaks
        client = await open_data(stage)
        await client.send(MAIL + b".\r\nDATA\r\nQUIT\r\n")

        replies = [line[:9] for line in await client.rest()]
        assert replies == [reply] * 3 + ["503 5.5.1", "221 2.0.0"]


@pytest.mark.parametrize("fake", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r"])
async def test_only_crlf_dot_crlf_ends_the_data(tmp_path: Path, fake: bytes) -> None:
    async with listening(tmp_path, lmtp=True) as stage:
        client = await open_data(stage, 2)
        content = MAIL + fake + b"MAIL FROM:<evil@example.net>\r\n"
        await client.send(content + b".\r\nQUIT\r\n")

        assert [line[:3] for line in await client.rest()] == ["250", "250", "221"]
        assert stage.door.contents == [content.replace(b"\r\n.", b"\r\n")]
