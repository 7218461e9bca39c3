"""What the store remembers of files: refusals, their number, and images that come again."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.files import CountPer, FilePolicy
from helpdesk.core.mail import Attachment, Mail
from helpdesk.core.ticket import TicketNumber
from helpdesk.store import reads
from helpdesk.store.engine import reading
from helpdesk.store.tables import ATTACHMENTS
from tests.builders import ANA, EVE, mail, message, rules
from tests.store.house import House

LOGO = Attachment("logo.png", "image/png", 9_000, "f" * 64, part="1.2")
LOG = Attachment("a.log", "text/plain", 100, "a" * 64, part="1.3")
EXE = replace(LOG, filename="a.exe", sha256="e" * 64, executable="program for Windows")


def written(number: int, *files: Attachment, author: str = ANA.address, subject: str = "") -> Mail:
    subject = subject or f"Question {number}"
    return mail(message(author, subject, f"Words of {number}.", attachments=files))


async def flags(house: House, column: str) -> list[object]:
    async with reading(house.engine) as connection:
        order = (ATTACHMENTS.c.entry, ATTACHMENTS.c.position)
        return list(
            (await connection.execute(select(ATTACHMENTS.c[column]).order_by(*order))).scalars()
        )


async def test_an_image_is_folded_from_the_third_mail_of_its_sender_on(house: House) -> None:
    for number in range(4):
        await house.receive(written(number, LOGO, LOG))
    await house.receive(written(9, LOGO, author=EVE.address))

    recurs = await flags(house, "recurs")
    assert recurs == [False, False, False, False, True, False, True, False, False]
    assert len([each for each in await flags(house, "logo_of") if each is not None]) == 3


async def test_mails_of_one_batch_know_of_each_other(house: House) -> None:
    await house.receive(*(written(number, LOGO) for number in range(4)))

    assert await flags(house, "recurs") == [False, False, True, True]


async def test_one_mail_with_an_image_three_times_is_one_mail(house: House) -> None:
    await house.receive(written(1, LOGO, LOGO, LOGO))
    await house.receive(written(2, LOGO))

    assert not any(await flags(house, "recurs"))


async def test_files_of_a_ticket_are_counted_over_its_mails(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    policy = FilePolicy(max_count=3, count_per=CountPer.TICKET)
    house = House(engine, tmp_path / "objects", rules(files=policy))
    await house.receive(written(1, LOG, EXE, LOGO))
    for number in (2, 3):
        await house.receive(written(number, LOG, subject="Re: [TICK-1001]"))

    assert await flags(house, "refused") == [
        *("", "program for Windows", ""),
        "",
        "more than 3 in one ticket",
    ]
    ticket = await reads.show_ticket(engine, TicketNumber(1001))
    assert [file.refused for entry in ticket.entries for file in entry.attachments][-1]


async def test_what_a_file_is_about_is_shown_with_its_ticket(house: House) -> None:
    await house.receive(written(1, replace(LOG, summary="Invitation: Call"), EXE))

    ticket = await reads.show_ticket(house.engine, TicketNumber(1001))
    assert [file.summary for entry in ticket.entries for file in entry.attachments] == [
        "Invitation: Call",
        "",
    ]


async def test_what_is_asked_does_not_grow_with_what_is_known(house: House) -> None:
    for number in range(3):
        await house.receive(written(number, LOGO))
    few = await counted(house, written(10, LOGO))
    for number in range(20, 30):
        await house.receive(written(number, LOGO, replace(LOGO, sha256=f"{number:064}")))

    assert await counted(house, written(11, LOGO)) == few
    assert (await flags(house, "logo_of")).count(None) >= 10


async def counted(house: House, each: Mail) -> int:
    number = 0

    def count(*_: object) -> None:
        nonlocal number
        number += 1

    event.listen(house.engine.sync_engine, "before_cursor_execute", count)
    await house.receive(each)
    event.remove(house.engine.sync_engine, "before_cursor_execute", count)
    return number
