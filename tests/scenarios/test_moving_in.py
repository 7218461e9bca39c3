"""Old mail is imported beside the running gateway, and its people go on with it."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.machine import ROOT
from tests.scenarios.office import AGENT, CUSTOMER, SUPPORT, Office, letter, reply_to, text_of
from tests.scenarios.servers import ENVIRONMENT


def old(message_id: str, author: str, to: str, body: str, *, days: int, **more: str) -> bytes:
    message = letter(author, to, body=body, dmarc="", Message_ID=message_id, **more)
    message.replace_header("Date", datetime.now(UTC) - timedelta(days=days))
    return message.as_bytes()


async def helpdesk(*words: object) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "helpdesk", *map(str, words)),
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_a_conversation_goes_on_that_began_in_another_helpdesk(
    office: Office, tmp_path: Path
) -> None:
    archive = tmp_path / "old"
    archive.mkdir()
    question = old("<q@mua.example>", CUSTOMER, SUPPORT, "Is it the fuse?\n", days=6)
    about = {"In_Reply_To": "<q@mua.example>", "Cc": SUPPORT}
    answer = old("<a@old.example>", AGENT, CUSTOMER, "It is the fuse.\n", days=5, **about)
    (archive / "question.eml").write_bytes(question)
    (archive / "answer.eml").write_bytes(answer)
    await helpdesk("import", archive, "-c", office.gateway.settings.path)
    assert await office.tickets() == 1
    assert office.mailbox(CUSTOMER) == office.mailbox(AGENT) == []

    await office.deliver(
        letter(
            subject="Re: Printer on fire",
            body="A new fuse burns too.\n",
            In_Reply_To="<a@old.example>",
            References="<q@mua.example> <a@old.example>",
        )
    )
    assert await office.tickets() == 1
    assert office.new_mail(CUSTOMER) == []
    notification = office.one_mail(AGENT)
    assert "A new fuse burns too." in text_of(notification)
    assert "It is the fuse." in text_of(notification)

    await office.deliver(reply_to(notification, AGENT, "Then unplug it.\n"))
    answered = office.one_mail(CUSTOMER)
    assert text_of(answered).startswith("Then unplug it.")
    assert str(answered["References"]).startswith("<q@mua.example>")
    assert "<a@old.example>" not in str(answered["References"])
    assert str(answered["Reply-To"].addresses[0].addr_spec).startswith("support+")

    await office.deliver(reply_to(answered, CUSTOMER, "Now it is dark.\n"))
    assert await office.tickets() == 1
    assert "Now it is dark." in text_of(office.one_mail(AGENT))
