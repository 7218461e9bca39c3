"""A deleted ticket: its number and its place stay, its words are gone."""

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.commands import Verb
from helpdesk.core.decide import decide, identity_of
from helpdesk.core.decision import Ids, Incoming, Seen, Verdict
from helpdesk.core.mail import Attachment, Mailbox
from helpdesk.core.outgoing import Notice, Rendered
from helpdesk.core.route import keys_of
from helpdesk.core.ticket import EntryKind, IntakeId, TicketNumber
from helpdesk.core.token import Purpose
from helpdesk.flow.undelivered import TellingOutbox
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store import deletion
from helpdesk.store.check import check
from helpdesk.store.deletion import Deleted, delete_ticket
from helpdesk.store.engine import StoreError, database_file
from helpdesk.store.listing import list_tickets
from helpdesk.store.people import set_wishes
from helpdesk.store.raw import LARGE
from helpdesk.store.reads import list_customers, list_outbox, show_ticket, why
from helpdesk.store.tables import (
    ADDRESSES,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    LICENSES,
    LINKS,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    RAW_MESSAGES,
    TAGS,
    TICKETS,
)
from tests.builders import (
    ANA,
    BOB,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    RULES,
    World,
    mail,
    message,
    token_address,
)
from tests.store.house import LATER, WITH_LEVELS, House, decide_in, raw

FIRST = TicketNumber(1001)
SECRET = "Rhabarberkuchen"


async def delete(house: House, number: int = FIRST, **more: Any) -> Deleted:
    return await delete_ticket(house.engine, house.objects, TicketNumber(number), LATER, **more)


async def violations(house: House) -> list[str]:
    report = await check(house.engine, house.objects, deep=True)
    return [f"{each.promise}: {each.detail}" for each in report.violations]


def secret(**more: Any) -> Any:
    return message(subject=f"{SECRET} one", text=f"{SECRET} two", **more)


async def test_only_a_tombstone_remains(house: House) -> None:
    await house.receive(secret(attachments=(Attachment(f"{SECRET}.txt", "text/plain", 3, "ab"),)))
    done = await delete(house, reason="asked to be forgotten")

    [ticket] = await house.rows(TICKETS)
    assert (ticket.number, ticket.subject, ticket.references_json) == (1001, "", "[]")
    assert (ticket.status, ticket.deleted_at, ticket.assignee) == ("closed", LATER, None)
    for table in (ENTRIES, LICENSES, OUTBOX, PARTICIPANTS, RAW_MESSAGES):
        assert await house.rows(table) == [], table.name
    assert (done.entries, done.mails, done.people, done.again) == (1, 1, 1, False)


async def test_the_promises_hold_after_it(house: House) -> None:
    for subject in ("one", "two", "three"):
        await house.receive(message(subject=subject))
    await house.receive(message(EVE.address, "four"))
    await delete(house, 1002)

    report = await check(house.engine, house.objects, deep=True)
    assert report.violations == ()
    assert (report.accepted, sum(report.verdicts.values())) == (4, 4)


async def test_a_raw_message_that_is_missing_is_still_found(house: House) -> None:
    await house.receive(message(subject="one"), message(subject="two"))
    await delete(house)
    async with house.engine.begin() as connection:
        await connection.execute(RAW_MESSAGES.delete())

    assert await violations(house) == ["every mail has its raw message: 2"]


async def test_words_left_in_a_deleted_ticket_are_found(house: House) -> None:
    await house.receive(message())
    await delete(house)
    async with house.engine.begin() as connection:
        await connection.execute(TICKETS.update().values(subject="back"))

    assert await violations(house) == ["nothing is left of a ticket that was deleted: 1001"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_word_and_no_name_is_in_any_file(house: House) -> None:
    author = f"{SECRET.lower()}@customer.example"
    for number in range(30):  # neighbours, so that pages are shared and split
        await house.receive(message(f"n{number}@customer.example", f"subject {number}", "x" * 900))
    await house.receive(
        message(author, f"{SECRET} one", f"{SECRET} two", message_id=f"{SECRET}@mua.example")
    )
    due = await house.outbox.claim(LATER, 500, LATER)
    words = [Rendered(m.mail.recipient, f"{m.mail.variables}" * 5, "") for m in due]
    await house.outbox.keep_rendered([(m.mail.id, w) for m, w in zip(due, words, strict=True)])
    attempts = [Sent(m.mail.id, Attempt(Outcome.DEFERRED, "later"), LATER) for m in due]
    await house.outbox.finish(attempts, LATER)
    number = max(line.number for line in (await list_tickets(house.engine)).lines)
    folder = database_file(str(house.engine.url)).parent
    before = everything(house, folder)
    done = await delete(house, number)
    after = everything(house, folder)

    assert done.wiped
    assert SECRET.lower().encode() in before
    assert SECRET.lower().encode() not in after
    assert await violations(house) == []


def everything(house: House, folder: Path) -> bytes:
    """All bytes of the database, its log and the objects, in lower case."""
    files = [path for path in folder.rglob("*") if path.is_file() and "helpdesk.db" in path.name]
    files += [path for path in house.objects.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files).lower()


async def test_the_file_of_a_large_mail_is_removed(house: House) -> None:
    large = b"x" * LARGE
    arrival = mail(message()).arrival
    await house.intake.keep([(arrival, raw(large))])
    [claimed] = await house.intake.claim(LATER, 1)
    assert list(house.objects.glob("??/*"))
    await decide_claimed(house, claimed.id)
    done = await delete(house)

    assert done.files == 1
    assert list(house.objects.glob("??/*")) == []


async def test_a_file_elsewhere_that_a_row_names_is_not_removed(
    house: House, tmp_path: Path
) -> None:
    await house.receive(message())
    (tmp_path / "elsewhere").write_bytes(b"not ours")
    (tmp_path / "objects").mkdir()
    async with house.engine.begin() as connection:
        await connection.execute(RAW_MESSAGES.update().values(path="../elsewhere"))
    done = await delete(house)

    assert done.files == 0
    assert (tmp_path / "elsewhere").read_bytes() == b"not ours"


async def decide_claimed(house: House, intake: Any) -> None:
    m = mail(message())
    incoming = Incoming(intake, m, keys_of(m, identity_of(m.message), POLICY, KEYRING))
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        decide_in(work, incoming)
        await work.commit()


async def test_files_that_a_crash_left_are_removed_later(house: House) -> None:
    await house.receive(message())
    folder = house.objects / "ab"
    folder.mkdir(parents=True)
    old, young = folder / "old", folder / "young"
    for path in (old, young):
        path.write_bytes(b"left")
    long_ago = time.time() - deletion.ORPHANED_AFTER - 60
    os.utime(old, (long_ago, long_ago))
    await delete(house)

    assert list(folder.iterdir()) == [young]


async def test_the_same_mail_again_is_a_duplicate(house: House) -> None:
    await house.receive(secret())
    await delete(house)
    [again] = await house.receive(secret())

    assert again.verdict is Verdict.DUPLICATE
    assert again.ticket is None
    assert len(await house.rows(TICKETS)) == 1
    assert await violations(house) == []


async def test_deleting_again_removes_what_came_since(house: House) -> None:
    await house.receive(secret())
    await delete(house)
    await house.receive(secret())
    done = await delete(house)

    assert (done.again, done.mails) == (True, 1)
    assert done.deleted_at == LATER
    assert await house.rows(RAW_MESSAGES) == []
    assert {row.reverse_path for row in await house.rows(INTAKE)} == {""}
    assert await violations(house) == []


async def test_copies_that_came_before_are_removed_with_it(house: House) -> None:
    await house.receive(secret())
    await house.receive(secret())
    await house.receive(message(EVE.address, "other"))
    done = await delete(house)

    assert done.mails == 2
    assert [row.intake for row in await house.rows(RAW_MESSAGES)] == [3]
    assert await violations(house) == []


@pytest.mark.parametrize("way", ["token", "header", "tag"])
async def test_a_reply_opens_a_new_ticket_of_which_it_learns_nothing(
    house: House, way: str
) -> None:
    await house.receive(secret())
    known = await house.known(outbox=frozenset(row.id for row in await house.rows(OUTBOX)))
    confirmation = next(m for m in known.sent.values() if m.notice is Notice.CONFIRMATION)
    await delete(house)
    replies = {
        "token": mail(message(text="and?"), token_address(confirmation, Purpose.CUSTOMER)),
        "header": mail(message(text="and?", in_reply_to=(confirmation.message_id,))),
        "tag": mail(message(subject="Re: it [TICK-1001]", text="and?")),
    }
    [decision] = await house.receive(replies[way])

    assert decision.verdict is Verdict.OPENED
    assert decision.ticket is not None
    assert decision.ticket.number == 1002
    assert decision.ticket.possibly_about is None
    assert SECRET not in str(decision)
    assert await violations(house) == []


async def test_an_agent_who_answers_it_sends_nothing_to_the_customer(house: House) -> None:
    await house.receive(secret())
    known = await house.known(outbox=frozenset(row.id for row in await house.rows(OUTBOX)))
    notice = next(m for m in known.sent.values() if m.recipient == BOB.address)
    await delete(house)
    answer = message(BOB.address, "Re: [TICK-1001]", "Try this.", in_reply_to=(notice.message_id,))
    [decision] = await house.receive(mail(answer, token_address(notice)))

    assert decision.ticket is not None
    assert decision.ticket.number == 1002
    assert ANA.address not in {out.recipient for out in decision.outbox}


async def test_what_was_merged_into_it_goes_with_it_and_its_number_stays(house: House) -> None:
    await house.receive(message(subject="one"), secret(), message(subject="three"))
    await house.act(1002, Verb.MERGE, "1003")
    await house.act(1003, Verb.MERGE, "1001")
    done = await delete(house)
    [reply] = await house.receive(message(subject="Re: two [TICK-1002]", text="more"))

    rows = await house.rows(TICKETS)
    assert [(row.number, row.subject, row.deleted_at) for row in rows[:3]] == [
        (number, "", LATER) for number in (1001, 1002, 1003)
    ]
    assert {row.ticket for row in await house.rows(ENTRIES)} == {1004}
    assert SECRET not in "".join(str(row) for row in await house.rows(EVIDENCE))
    assert await house.rows(LINKS) == []
    assert (done.ticket, done.merged, done.mails, done.people) == (1001, (1003, 1002), 3, 1)
    assert reply.verdict is Verdict.OPENED
    assert await violations(house) == []


async def test_what_is_left_of_a_merged_ticket_is_not_deleted_without_its_words(
    house: House,
) -> None:
    await house.receive(message(subject="one"), secret())
    await house.act(1002, Verb.MERGE, "1001")

    with pytest.raises(StoreError, match="1002 was merged into 1001, where all of it is now"):
        await delete(house, 1002)

    assert SECRET in "".join(row.text for row in await house.rows(ENTRIES))


async def split(house: House) -> None:
    """A ticket of two mails, of which the second became ticket 1002."""
    first = message(subject="one")
    await house.receive(first)
    [second] = await house.receive(secret(in_reply_to=(first.message_id,)))
    [said] = [each for each in second.entries if each.kind is EntryKind.MESSAGE]
    await house.act(1001, Verb.SPLIT, entry=said.id)


@pytest.mark.parametrize(("number", "other", "is_left"), [(1001, 1002, True), (1002, 1001, False)])
async def test_what_was_split_off_goes_with_the_ticket_that_it_is_in(
    house: House, number: int, other: int, *, is_left: bool
) -> None:
    await split(house)
    done = await delete(house, number)

    assert done.mails == 1
    assert {row.ticket for row in await house.rows(ENTRIES)} == {other}
    words = "".join(row.text for row in await house.rows(ENTRIES))
    assert (f"{SECRET} two" in words) is is_left
    assert await house.rows(LINKS) == []
    assert len(await house.rows(RAW_MESSAGES)) == 1
    assert await violations(house) == []
    await delete(house, other)
    assert await house.rows(RAW_MESSAGES) == []
    assert await violations(house) == []


async def test_nothing_happens_to_it_any_more_and_its_tags_are_gone(house: House) -> None:
    house.rules = WITH_LEVELS
    await house.receive(message(subject="one"), message(EVE.address, "two"))
    await house.act(1001, Verb.TAG, SECRET)
    await house.act(1001, Verb.LINK, "1002")
    await house.act(1002, Verb.LINK, "1001")
    await house.act(1001, Verb.SNOOZE, "2d")
    await delete(house)

    row, _ = await house.rows(TICKETS)
    assert (row.due_at, row.target_at, row.snoozed_until, row.clocks_json) == (
        None,
        None,
        None,
        "[]",
    )
    assert (await house.rows(TAGS), await house.rows(LINKS)) == ([], [])
    assert await house.ticker(NOW + timedelta(days=30)).timers.due(NOW + timedelta(days=30), 9) == [
        1002
    ]
    assert await violations(house) == []


async def test_what_somebody_wished_is_forgotten_with_him(house: House) -> None:
    await house.receive(message(EVE.address))
    wishes = {"language": "de", "zone": "Europe/Berlin", "sms": "+49170000000"}
    wishes["muted_json"] = '["reminder"]'
    await set_wishes(house.engine, EVE.address, wishes)
    await delete(house)

    eve = (await house.rows(PEOPLE))[-1]
    assert (eve.address, eve.name, eve.language, eve.zone, eve.sms) == ("",) * 5
    assert eve.muted_json == "[]"


async def test_lists_do_not_show_it(house: House) -> None:
    await house.receive(message(subject="one"))
    await house.receive(message(EVE.address, "two"))
    await delete(house)

    assert [line.number for line in (await list_tickets(house.engine)).lines] == [1002]
    assert [line.address for line in await list_customers(house.engine)] == [EVE.address]
    assert {line.ticket for line in await list_outbox(house.engine)} == {1002}


async def test_who_asks_for_it_is_told_that_it_was_deleted(house: House) -> None:
    await house.receive(secret())
    await delete(house)

    for question in (show_ticket, why):
        with pytest.raises(StoreError, match=r"^ticket 1001 was deleted on 2026-11-20 10:01 UTC"):
            await question(house.engine, FIRST)


async def test_the_reason_is_kept_and_no_other_word(house: House) -> None:
    await house.receive(secret())
    await delete(house, reason="asked")

    rows = await house.rows(EVIDENCE)
    assert [(row.verdict, row.reason) for row in rows] == [
        ("opened", deletion.ERASED),
        ("deleted", "asked"),
    ]
    assert SECRET not in str(rows)


async def test_a_person_with_another_ticket_stays(house: House) -> None:
    await house.receive(message(subject="one"))
    await house.receive(message(subject="two"))
    done = await delete(house)

    assert done.people == 0
    assert ANA.address in {row.address for row in await house.rows(ADDRESSES)}
    assert (await show_ticket(house.engine, TicketNumber(1002))).requester.address == ANA.address


async def test_a_person_is_forgotten_with_the_last_ticket(house: House) -> None:
    await house.receive(message(subject="one"))
    await house.receive(message(subject="two"))
    await delete(house, 1001)
    done = await delete(house, 1002)

    assert done.people == 1
    assert ANA.address not in str(await house.rows(PEOPLE)) + str(await house.rows(ADDRESSES))


async def test_a_person_without_a_usable_address_is_forgotten_too(house: House) -> None:
    nobody = Mailbox("eva at example", "Eva eva@example.test")
    await house.receive(message(authors=(nobody,), clean_author=""))
    done = await delete(house)

    assert done.people == 1
    assert "Eva" not in str([row.name for row in await house.rows(PEOPLE)])


async def test_an_agent_is_never_forgotten(house: House) -> None:
    await house.receive(message(BOB.address, "I have a question", "Hm."))
    await delete(house)

    assert BOB.address in {row.address for row in await house.rows(PEOPLE)}


async def test_a_forgotten_person_who_writes_again_is_a_new_one(house: House) -> None:
    await house.receive(message(subject="one"))
    await delete(house)
    [decision] = await house.receive(message(subject="two"))

    assert decision.ticket is not None
    shown = await show_ticket(house.engine, decision.ticket.number)
    assert shown.requester.address == ANA.address
    assert await violations(house) == []


async def test_what_was_not_sent_is_never_sent(house: House) -> None:
    await house.receive(secret())
    done = await delete(house)

    assert done.unsent == done.notifications > 0
    assert await house.outbox.claim(LATER, 64, LATER) == ()


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_a_mail_that_is_being_sent_ends_harmlessly(house: House, outcome: Outcome) -> None:
    await house.receive(secret())
    due = await house.outbox.claim(LATER, 64, LATER)
    await delete(house)
    outbox = TellingOutbox(house.outbox, house.tickets, RULES)
    await outbox.keep_rendered([])
    await outbox.finish([Sent(each.mail.id, Attempt(outcome), None) for each in due], LATER)

    assert due
    assert await house.rows(OUTBOX) == []
    assert await violations(house) == []


async def test_a_mail_that_waits_to_be_decided_opens_a_new_ticket(house: House) -> None:
    await house.receive(secret())
    reply = mail(message(subject="Re: [TICK-1001]", text="and?"))
    [incoming] = await house.keep(reply)
    await delete(house)
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        decision = decide_in(work, incoming)
        await work.commit()

    assert decision.verdict is Verdict.OPENED
    assert await violations(house) == []


async def test_a_mail_whose_files_are_in_another_ticket_stays(house: House) -> None:
    await house.receive(message(subject="one"))
    await house.receive(message(subject="two"))
    async with house.engine.begin() as connection:
        await connection.execute(ENTRIES.update().where(ENTRIES.c.ticket == 1002).values(intake=1))
        await connection.execute(INTAKE.update().where(INTAKE.c.id == 2).values(ticket=1001))
    await delete(house)

    assert 1 in [row.intake for row in await house.rows(RAW_MESSAGES)]


async def test_a_number_that_is_no_tickets_is_refused(house: House) -> None:
    with pytest.raises(StoreError, match="there is no ticket 4711"):
        await delete(house, 4711)


async def test_a_ticket_of_more_entries_than_fit_a_statement(
    house: House, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "_CHUNK", 2)
    await house.receive(message())
    for number in range(7):
        await house.receive(message(subject="Re: [TICK-1001]", text=f"{number}"))
    done = await delete(house)

    assert (done.entries, done.mails) == (8, 8)
    assert await violations(house) == []
    assert (await list_tickets(engine)).lines == ()


def test_the_reason_of_a_copy_is_as_the_decision_writes_it() -> None:
    """The deletion finds copies by it."""
    known = replace(World().known(), seen=Seen(IntakeId(7), Verdict.OPENED, FIRST))
    m = mail(message())
    incoming = Incoming(IntakeId(8), m, keys_of(m, identity_of(m.message), POLICY, KEYRING))
    ids = Ids({"ticket": 2000, "person": 100, "entry": 1000, "outbox": 9000})

    assert decide(incoming, known, RULES, ids, NOW).reason == "same mail as intake 7"
