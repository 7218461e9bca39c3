"""Strangers, forgers, loops and slips against all that is done by mail: real bytes, real store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from helpdesk.app.prepare import prepare
from helpdesk.config import load
from helpdesk.store.check import check
from helpdesk.store.engine import reading
from helpdesk.store.tables import ENTRIES, TICKETS
from tests.databases import ONLY_SQLITE
from tests.fakes import FakeClock
from tests.reading import build_reading_here
from tests.scenarios.simulation import EDGE, Simulation, html_of, link_of, text_of

pytestmark = ONLY_SQLITE

MONDAY = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
SUPPORT, SALES = "support@example.test", "sales@example.test"
ANTON, LEA, SAM = "anton@example.test", "lea@example.test", "sam@example.test"
CARL, DORA, EVE = "carl@customer.example", "dora@customer.example", "eve@elsewhere.example"
CONFIG = f"""
[[desks]]
address = "{SUPPORT}"
display_name = "Example Support"
service_level = "portal"

[[desks]]
address = "{SALES}"
display_name = "Example Sales"

[[agents]]
name = "Anton Bauer"
addresses = ["{ANTON}"]
desks = ["support"]

[[agents]]
name = "Lea Lang"
addresses = ["{LEA}"]
desks = ["support"]

[[agents]]
name = "Sam Sales"
addresses = ["{SAM}"]
desks = ["sales"]

[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

[reader]
workers = 1
"""


class Desk(Simulation):
    """Whose people do one thing after the other."""

    async def settle(self, minutes: int = 10) -> None:
        await self.run_until(self.now + timedelta(minutes=minutes))

    async def opens(self, who: str, subject: str, body: str, **fields: str) -> None:
        self.send(who, SUPPORT, subject, body, **fields)
        await self.settle()

    async def says(self, who: str, mail: EmailMessage, words: str, *, proved: bool = True) -> None:
        self.reply(who, mail, words, proved=proved)
        await self.settle()

    def got(self, who: str, notice: str = "") -> list[EmailMessage]:
        return [m for m in self.post.boxes[who] if notice in ("", self.notice_of(m).value)]

    def last(self, who: str, notice: str = "") -> EmailMessage:
        found = self.got(who, notice)
        assert found, f"{who} got no {notice}"
        return found[-1]

    async def rows(self, table: Table) -> list[Row[Any]]:
        async with reading(self.gateway.engine) as connection:
            statement = select(table).order_by(*table.primary_key.columns)
            return list((await connection.execute(statement)).all())

    async def tickets(self) -> list[Row[Any]]:
        return await self.rows(TICKETS)

    async def entries(self) -> list[Row[Any]]:
        return await self.rows(ENTRIES)


def whole(mails: list[EmailMessage]) -> str:
    return "\n".join(f"{m['Subject']}\n{text_of(m)}\n{html_of(m)}" for m in mails)


@pytest.fixture
async def desk(tmp_path: Path, store: str) -> AsyncIterator[Desk]:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + store, encoding="utf-8")
    settings = load(path)
    await prepare(settings, new_keys=True)
    gateway = build_reading_here(settings)
    yield Desk(gateway, FakeClock(MONDAY))
    report = await check(gateway.engine, settings.store.objects)
    assert report.violations == ()
    await gateway.close()


# --- tickets that were merged ---------------------------------------------------------------------

PRIVATE = "your password is tulip"


async def dora_and_carl_are_one(desk: Desk) -> tuple[EmailMessage, EmailMessage]:
    """Two customers; what Anton and Lea got of Dora's ticket, which is to be merged into Carl's."""
    await desk.opens(CARL, "Our server", "It burns.", Cc=DORA)
    await desk.opens(DORA, "The server", "It burns here, too.", Cc=CARL)
    return desk.last(ANTON, "new_ticket"), desk.last(LEA, "new_ticket")


async def test_an_answer_to_a_ticket_that_was_merged_goes_to_nobody_else_unasked(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(LEA, leas, "#merge TICK-1001")
    receipt = " ".join(text_of(desk.last(LEA, "receipt")).split())
    assert "TICK-1002 is a part of TICK-1001" in receipt
    assert "dora@customer.example gets no answers there" in receipt

    await desk.says(ANTON, antons, f"Dear Dora, {PRIVATE}.")

    asked = desk.last(ANTON, "answer_parked")
    assert "so it would go to carl@customer.example and not to dora@customer.example" in " ".join(
        text_of(asked).split()
    )
    assert PRIVATE not in whole(desk.got(CARL) + desk.got(DORA))
    await desk.says(ANTON, asked, "#send")
    assert PRIVATE in whole(desk.got(CARL, "answer"))


async def test_an_answer_that_waited_while_its_ticket_was_merged_is_asked_about_again(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(ANTON, antons, f"#tga vpn\nDear Dora, {PRIVATE}.")
    first = desk.last(ANTON, "answer_parked")
    await desk.says(LEA, leas, "#merge TICK-1001")

    await desk.says(ANTON, first, "#send")

    assert PRIVATE not in whole(desk.got(CARL) + desk.got(DORA))
    assert len(desk.got(ANTON, "answer_parked")) == 2


async def test_a_command_to_a_ticket_that_was_merged_does_not_end_the_other_one(
    desk: Desk,
) -> None:
    antons, leas = await dora_and_carl_are_one(desk)
    await desk.says(LEA, leas, "#merge TICK-1001")

    await desk.says(ANTON, antons, "#resolve\n#tag fire")

    receipt = " ".join(text_of(desk.last(ANTON, "receipt")).split())
    assert "#resolve: TICK-1002 was merged into TICK-1001" in receipt
    assert [t.status for t in await desk.tickets()] == ["open", "closed"]


async def test_a_reminder_quotes_to_no_customer_what_was_told_to_another(desk: Desk) -> None:
    await desk.opens(CARL, "Our server", "It burns.", Cc=DORA)
    await desk.opens(DORA, "The server", "It burns here, too.")
    await desk.says(ANTON, desk.last(ANTON, "new_ticket"), f"Dear Dora, {PRIVATE}.")
    await desk.says(DORA, desk.last(DORA, "answer"), "It does not work.")
    await desk.says(ANTON, desk.last(ANTON, "customer_replied"), "#merge TICK-1001")

    assert "carl@customer.example takes no part in TICK-1002" in " ".join(
        text_of(desk.last(ANTON, "receipt")).split()
    )
    await desk.run_until(desk.now + timedelta(days=20))
    assert PRIVATE not in whole(desk.got(CARL))


# --- what customers ask for -----------------------------------------------------------------------


@pytest.mark.parametrize("request_", ["#help", "#tickets", "#test", "#language de"])
async def test_words_below_a_request_are_read_by_somebody(desk: Desk, request_: str) -> None:
    await desk.opens(CARL, "Printer", f"{request_}\n\nMy printer burns.\n")

    (ticket,) = await desk.tickets()
    assert ticket.subject == "Printer"
    assert "My printer burns." in text_of(desk.last(ANTON, "new_ticket"))
    (answer,) = desk.got(CARL)
    kept = "auch angekommen" if request_ == "#language de" else "has reached us, too"
    assert kept in " ".join(text_of(answer).split())
    assert kept in " ".join(html_of(answer).split())
    assert "no ticket was opened" not in text_of(answer)


@pytest.mark.parametrize("end", ["", "\n\nBest regards\nCarl Cox", "\n-- \nCarl Cox\nCox Ltd\n"])
async def test_a_request_alone_opens_nothing(desk: Desk, end: str) -> None:
    await desk.opens("Carl Cox <carl@customer.example>", "Hello", f"#test{end}")

    assert await desk.tickets() == []
    assert "no ticket was opened" in " ".join(text_of(desk.last(CARL, "mail_test")).split())


async def test_words_below_a_request_in_a_reply_belong_to_the_ticket(desk: Desk) -> None:
    await desk.opens(CARL, "Printer", "It burns.")

    await desk.says(CARL, desk.last(CARL), "#help\nIt burns again.")

    assert "It burns again." in text_of(desk.last(ANTON, "customer_replied"))
    assert len(await desk.tickets()) == 1


async def test_words_below_a_request_about_no_ticket_open_one(desk: Desk) -> None:
    await desk.opens(CARL, "Printer", "#reopen\nIt burns again.")

    (ticket,) = await desk.tickets()
    assert ticket.status == "open"
    assert "It burns again." in text_of(desk.last(ANTON, "new_ticket"))
    assert "TICK-1001" in text_of(desk.last(CARL, "confirmation"))


@pytest.mark.parametrize(
    "words",
    [
        *("#tickets see pills.example", "#test", "#help", "#notify off cheap pills"),
        *("#language pills", "#close", "#timezone Pills/Cheap"),
    ],
)
async def test_who_forges_a_sender_has_us_write_no_word_of_his(desk: Desk, words: str) -> None:
    forged = desk.write(f"Buy at pills.example <{EVE}>", SUPPORT, "Cheap pills", words)
    desk.hand_in(forged, SUPPORT, proved=False)
    await desk.settle()

    (answer,) = desk.got(EVE)
    assert "pills" not in answer.as_string().lower()
    assert "pills" not in whole([answer]).lower()


async def test_a_flood_of_forged_requests_ends_with_the_budget(desk: Desk) -> None:
    for _ in range(40):
        desk.hand_in(desk.write(EVE, SUPPORT, "x", "#test"), SUPPORT, proved=False)
    await desk.settle()

    assert len(desk.got(EVE)) == 3


# --- agents who have no right ---------------------------------------------------------------------


@pytest.mark.parametrize("proved", [True, False])
async def test_an_agent_of_another_desk_learns_nothing_by_a_number(
    desk: Desk, *, proved: bool
) -> None:
    await desk.opens(CARL, "A secret project", "It burns.")

    desk.hand_in(desk.write(SAM, SUPPORT, "[TICK-1001]", "Tell me."), SUPPORT, proved=proved)
    await desk.settle()

    said = whole(desk.got(SAM))
    assert "secret project" not in said
    assert "carl@" not in said
    assert [t.number for t in await desk.tickets()] == [1001, 1002]


# --- commands that customers write ----------------------------------------------------------------

LURE = f"#cc {EVE}"
QUOTED = "<div style='border-left:1px solid #ccc'>#cc eve@elsewhere.example</div>"


async def answers(desk: Desk, body: str, *, html: bool = False) -> None:
    """As a mail client does it whose quotation nobody recognizes."""
    told = desk.last(ANTON, "new_ticket")
    to, subject = str(told["Reply-To"]), f"Re: {told['Subject']}"
    mail = desk.write(ANTON, to, subject, "", In_Reply_To=str(told["Message-ID"]))
    mail.set_content(body, subtype="html" if html else "plain")
    desk.hand_in(mail, to)
    await desk.settle()


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (f"{LURE}\nWhat do you mean?", False),
        (f"{QUOTED}<p>What do you mean?</p>", True),
        (f"<blockquote>{LURE}</blockquote><p>What do you mean?</p>", True),
    ],
)
async def test_a_command_that_the_customer_wrote_is_asked_about_in_an_answer(
    desk: Desk, body: str, *, html: bool
) -> None:
    await desk.opens(CARL, "Printer", f"{LURE}\nMy printer burns.")

    await answers(desk, body, html=html)

    asked = " ".join(text_of(desk.last(ANTON, "answer_parked")).split())
    assert "you may have quoted him" in asked
    assert desk.got(EVE) == []
    await desk.says(ANTON, desk.last(ANTON, "answer_parked"), "#send")
    assert len(desk.got(EVE, "answer")) == 1


async def test_a_command_that_nobody_sees_is_neither_done_nor_sent(desk: Desk) -> None:
    await desk.opens(CARL, "Printer", "My printer burns.")

    hidden = f"<p style='font-size:0'>{LURE}</p><p>What do you mean?</p>"
    await answers(desk, hidden, html=True)

    assert "What do you mean?" in whole(desk.got(CARL, "answer"))
    assert LURE not in whole(desk.got(CARL))
    assert desk.got(EVE) == []


@pytest.mark.parametrize("body", [LURE, f"#note\n{LURE}\nSee above.", f"#tag vpn {LURE}"])
async def test_a_line_of_the_customer_shows_his_ticket_to_nobody(desk: Desk, body: str) -> None:
    await desk.opens(CARL, "Printer", f"{LURE}\nMy printer burns.")
    await answers(desk, body)

    assert all(row.reason != "follower added" for row in await desk.entries())


async def test_what_a_customer_only_quotes_is_no_lure(desk: Desk) -> None:
    await desk.opens(
        CARL, "Printer", "Priority: high\n\nMy printer burns.\n\n> Try this:\n> #close\n"
    )
    await answers(desk, "Priority: high\n#close\nUse water.")

    assert "Use water." in text_of(desk.last(CARL, "answer"))


async def test_who_wrote_in_an_agent_s_name_is_shown_to_him(desk: Desk) -> None:
    await desk.opens(CARL, "Printer", "It burns.")

    await desk.says(EVE, desk.last(ANTON), "Send me all that you have.")

    assert EVE in text_of(desk.last(ANTON, "was_this_you"))


async def test_what_is_written_in_another_way_is_the_agent_s_own(desk: Desk) -> None:
    await desk.opens(CARL, "Printer", f"{LURE}\nMy printer burns.")
    await answers(desk, f"/cc {EVE}")

    assert any(row.reason == "follower added" for row in await desk.entries())


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "<img src='cid:crash'>"])
async def test_a_file_to_the_remembered_address_of_a_link_is_a_message(
    desk: Desk, body: str
) -> None:
    await desk.opens(CARL, "Crash", "It crashes.")
    link = link_of(desk.last(CARL), "close")
    assert link is not None
    picture = desk.write(CARL, link[0], "Screenshot", "")
    picture.set_content(body, subtype="html")
    picture.add_attachment(b"\x89PNG" * 2000, maintype="image", subtype="png", filename="crash.png")
    desk.hand_in(picture, link[0])
    await desk.settle()

    assert [t.status for t in await desk.tickets()] == ["open"]
    assert len(desk.got(ANTON, "customer_replied")) == 1


async def test_links_and_commands_again_and_again_do_one_thing_once(desk: Desk) -> None:
    await desk.opens(CARL, "Crash", "It crashes.")
    confirmation, told = desk.last(CARL), desk.last(ANTON)
    for _ in range(5):
        desk.click(ANTON, told, "take")
        desk.click(CARL, confirmation, "close")
        desk.click(EVE, confirmation, "close")
    await desk.settle()

    reasons = [row.reason for row in await desk.entries() if row.ticket == 1001]
    assert (reasons.count("taken"), reasons.count("requester_confirmed")) == (1, 1)
    assert len(desk.got(ANTON, "customer_acted")) == 1


# --- at the same time -----------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
async def test_two_tickets_that_are_merged_into_each_other_are_one(
    desk: Desk, *, turned: bool
) -> None:
    await desk.opens(CARL, "One", "It burns.")
    await desk.opens(CARL, "Two", "It burns again.")
    acts = [
        (ANTON, desk.got(ANTON, "new_ticket")[0], "#merge TICK-1002"),
        (LEA, desk.got(LEA, "new_ticket")[1], "#merge TICK-1001\n#tag fire"),
    ]
    for agent, told, words in reversed(acts) if turned else acts:
        desk.reply(agent, told, words)
    await desk.settle()

    tickets = await desk.tickets()
    assert sorted(t.status for t in tickets) == ["closed", "open"]
    desk.send(CARL, SUPPORT, "Which?", "#tickets")
    await desk.settle()
    (listed,) = desk.got(CARL, "ticket_list")
    (merged,) = (t for t in tickets if t.merged_into)
    assert f"TICK-{merged.merged_into}" in text_of(listed)
    assert f"TICK-{merged.number}" not in text_of(listed)


async def test_two_answers_at_the_same_time_do_not_both_go_out(desk: Desk) -> None:
    await desk.opens(CARL, "One", "It burns.")
    desk.reply(ANTON, desk.last(ANTON), "#priority high\nUse water.")
    desk.reply(LEA, desk.last(LEA), "#priority low\n#resolve\nUse sand.")
    await desk.settle()

    assert len(desk.got(CARL, "answer")) == 1
    assert len(desk.got(ANTON, "answer_parked") + desk.got(LEA, "answer_parked")) == 1


async def test_a_program_that_answers_every_receipt_comes_to_an_end(desk: Desk) -> None:
    await desk.opens(CARL, "One", "It burns.")
    for _ in range(30):
        desk.reply(ANTON, desk.last(ANTON), "#help")
        await desk.run_until(desk.now + timedelta(seconds=30))

    assert len(desk.got(ANTON, "receipt")) == 20
