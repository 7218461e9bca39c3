"""Delivery into a Maildir."""

import asyncio
from dataclasses import replace
from pathlib import Path

from helpdesk.outbound.maildir import MaildirTransport
from helpdesk.ports import Delivery, Outcome

MAIL = Delivery(
    "support+token@example.test",
    "ana@customer.test",
    b"From: <support@example.test>\r\nMessage-ID: <one@example.test>\r\n\r\nwords\r\n",
)


async def test_a_maildir_gets_the_mail_with_its_envelope_on_top(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "box")

    attempt = await transport.deliver(MAIL)

    assert attempt.outcome is Outcome.DELIVERED
    (file,) = (tmp_path / "box" / "new").iterdir()
    assert file.read_bytes() == (
        b"Return-Path: <support+token@example.test>\nDelivered-To: ana@customer.test\n"
        + MAIL.content.replace(b"\r\n", b"\n")
    )
    assert list((tmp_path / "box" / "tmp").iterdir()) == []
    assert (tmp_path / "box" / "cur").is_dir()


async def test_many_mails_at_once_all_get_a_file_of_their_own(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    mails = [replace(MAIL, recipient=f"n{n}@customer.test") for n in range(100)]

    attempts = await asyncio.gather(*(transport.deliver(mail) for mail in mails))
    await transport.close()

    assert {attempt.outcome for attempt in attempts} == {Outcome.DELIVERED}
    stored = [file.read_text().split("\n")[1] for file in (tmp_path / "new").iterdir()]
    assert sorted(stored) == sorted(f"Delivered-To: {mail.recipient}" for mail in mails)


async def test_a_maildir_that_cannot_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    attempt = await MaildirTransport(tmp_path / "file").deliver(MAIL)

    assert attempt.outcome is Outcome.DEFERRED
    assert str(tmp_path) not in attempt.detail
