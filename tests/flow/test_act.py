"""Somebody acts at the command line: as by mail, committed whole, refused in one line."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.acts import Outcome
from helpdesk.core.commands import Verb
from helpdesk.core.decide_act import MAX_NOTE, Order
from helpdesk.core.ticket import EntryId, Status, TicketNumber
from helpdesk.flow.act import Acting, Refused
from helpdesk.store.engine import open_engine
from helpdesk.store.tables import ENTRIES, EVIDENCE, OUTBOX, PARTICIPANTS, TICKETS
from tests.builders import BOB, CARL, EVE, NOW, POLICY, RULES, SALES, SUPPORT, mail, message
from tests.fakes import FakeClock
from tests.store.conftest import make
from tests.store.house import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await make(url)
    engine = open_engine(url)
    found = House(engine, tmp_path / "objects")
    await found.receive(
        message(EVE.address, "Printer"), message("adam@elsewhere.example", "Invoice", "Wrong.")
    )
    yield found
    await engine.dispose()


async def act(house: House, verb: Verb, argument: str = "", agent: str = "", **more: Any) -> Any:
    number = TicketNumber(more.pop("number", 1001))
    acting = Acting(house.tickets, RULES, FakeClock(NOW))
    return await acting.act(number, Order(verb, argument, **more), agent)


async def row(house: House, number: int = 1001) -> Any:
    return next(each for each in await house.rows(TICKETS) if each.number == number)


async def new_mail(house: House, before: int) -> list[tuple[str, str]]:
    return [(each.recipient, each.notice) for each in (await house.rows(OUTBOX))[before:]]


async def test_an_agent_acts_and_all_are_told_as_after_a_mail(house: House) -> None:
    before = len(await house.rows(OUTBOX))

    result = await act(house, Verb.TAKE, agent="Bob@Example.test")

    assert (result.outcome, result.words) == (Outcome.DONE, "The ticket is yours.")
    assert (await row(house)).status == Status.IN_PROGRESS
    assert await new_mail(house, before) == [(EVE.address, "ticket_assigned")]
    assert (await house.rows(EVIDENCE))[-1].reason == "take: done"


async def test_the_operator_acts_without_being_an_agent(house: House) -> None:
    before = len(await house.rows(OUTBOX))

    result = await act(house, Verb.ASSIGN, "carl")

    assert result.words == "Assigned to Carl."
    assert await new_mail(house, before) == [
        (EVE.address, "ticket_assigned"),
        (CARL.address, "assigned"),
    ]
    events = [e.text for e in await house.rows(ENTRIES) if e.reason == "assigned"]
    assert events == ["Assigned to Carl by the operator"]


async def test_the_operator_himself_takes_nothing(house: House) -> None:
    result = await act(house, Verb.TAKE)

    assert (result.outcome, result.words) == (
        Outcome.FAILED,
        "Only an agent can take a ticket; say who: --as ADDRESS.",
    )
    assert (await row(house)).assignee is None


@pytest.mark.parametrize(
    ("number", "agent", "problem"),
    [
        (4711, "", "there is no ticket 4711"),
        (1001, "zoe@example.test", "zoe@example.test is no agent"),
        (1001, EVE.address, "eve@elsewhere.example is no agent"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_next_step(
    house: House, number: int, agent: str, problem: str
) -> None:
    evidence = len(await house.rows(EVIDENCE))

    with pytest.raises(Refused) as refused:
        await act(house, Verb.RESOLVE, agent=agent, number=number)

    assert refused.value.problem == problem
    assert refused.value.next_step.startswith("see `helpdesk ")
    assert len(await house.rows(EVIDENCE)) == evidence


async def test_an_agent_of_another_desk_is_refused(house: House) -> None:
    (offer,) = await house.receive(mail(message("c@customer.example", "Offer"), SALES.address))
    assert offer.ticket is not None

    with pytest.raises(Refused, match="is no agent of the desk sales"):
        await act(house, Verb.RESOLVE, agent=CARL.address, number=offer.ticket.number)


async def test_the_agents_of_the_first_desk_act_for_a_desk_that_is_gone(house: House) -> None:
    (offer,) = await house.receive(mail(message("c@customer.example", "Offer"), SALES.address))
    assert offer.ticket is not None
    house.rules = replace(RULES, policy=replace(POLICY, desks=(SUPPORT,)))

    result = await house.act(offer.ticket.number, Verb.TAKE, agent=CARL.address)

    assert result.outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("argument", "outcome"),
    [("1002", Outcome.FAILED), ("nonsense", Outcome.FAILED), ("1001", Outcome.FAILED)],
)
async def test_a_merge_that_cannot_be_changes_nothing(
    house: House, argument: str, outcome: Outcome
) -> None:
    result = await act(house, Verb.MERGE, argument)

    assert result.outcome is outcome
    assert (await row(house)).merged_into is None
    assert result.words.endswith((".", "?"))


async def test_a_ticket_is_merged_and_acts_on_it_go_to_its_target(house: House) -> None:
    await house.receive(message(EVE.address, "Scanner"))
    await act(house, Verb.MERGE, "TICK-1003")

    await act(house, Verb.TAG, "vpn")

    known = await house.known(tickets=frozenset({TicketNumber(1003)}))
    assert known.conversations[TicketNumber(1003)].ticket.tags == ("vpn",)
    assert (await row(house)).merged_into == 1003


async def test_a_follower_is_the_person_who_has_that_address(house: House) -> None:
    await act(house, Verb.CC, "ADAM@elsewhere.example")

    found = [(p.ticket, p.role) for p in await house.rows(PARTICIPANTS)]
    assert sorted(found) == [(1001, "follower"), (1001, "requester"), (1002, "requester")]


async def test_a_note_is_read_by_the_assignee(house: House) -> None:
    await act(house, Verb.ASSIGN, "carl")
    before = len(await house.rows(OUTBOX))

    result = await act(house, Verb.NOTE, "He is angry.", agent=BOB.address)

    assert result.words == "The note was added; no customer sees it."
    assert await new_mail(house, before) == [(CARL.address, "note_added")]


@pytest.mark.parametrize(
    ("words", "outcome"), [("  \n", Outcome.IGNORED), ("x" * (MAX_NOTE + 1), Outcome.FAILED)]
)
async def test_a_note_is_never_empty_nor_cut(house: House, words: str, outcome: Outcome) -> None:
    entries = len(await house.rows(ENTRIES))

    assert (await act(house, Verb.NOTE, words)).outcome is outcome
    assert len(await house.rows(ENTRIES)) == entries


async def test_a_message_is_split_off_by_its_number(house: House) -> None:
    await house.receive(message(EVE.address, "Re: Printer [TICK-1001]", "And my mouse."))
    entry = next(e.id for e in await house.rows(ENTRIES) if e.text == "And my mouse.")

    result = await act(house, Verb.SPLIT, "Mouse", entry=EntryId(entry))

    assert result.words == "The message is TICK-1003 now."
    moved = next(e for e in await house.rows(ENTRIES) if e.id == entry)
    assert moved.ticket == 1003
    assert (await row(house, 1003)).subject == "Mouse"


@pytest.mark.parametrize("verb", [Verb.SEND, Verb.DROP])
async def test_what_is_about_an_answer_that_waits_is_nothing_here(house: House, verb: Verb) -> None:
    result = await act(house, verb)

    assert (result.outcome, result.words) == (
        Outcome.IGNORED,
        "There is nothing here that it could be about.",
    )
