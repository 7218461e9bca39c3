"""What the lists and pages show, in the shapes that programs rely on."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.decision import Decision, Step, Verdict
from helpdesk.core.mail import Attachment
from helpdesk.core.ticket import (
    IntakeId,
    License,
    Participant,
    Person,
    PersonId,
    Role,
    Status,
    TicketNumber,
)
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store.engine import StoreError
from helpdesk.store.reads import (
    TicketFilter,
    list_customers,
    list_intake,
    list_outbox,
    list_quarantine,
    list_tickets,
    mails_of,
    raw_of,
    show_intake,
    show_outbox,
    show_ticket,
    why,
)
from tests.builders import ANA, EVE, NOW, entry, message, ticket
from tests.store.house import House

KIM = replace(ANA, id=PersonId(11), keys=frozenset({ANA.address, "kim@home.example"}))
T1001 = TicketNumber(1001)


async def open_one(house: House) -> None:
    file = Attachment("a.pdf", "application/pdf", 3, "5" * 64, part="2")
    lee = Person(PersonId(5), "lee@x.example", "Lee", frozenset({"lee@x.example"}))
    await house.apply(
        Decision(
            Verdict.RECORDED,
            "test",
            (Step("route", "new ticket", "nothing named one"),),
            ticket=ticket(requester=KIM, assignee=PersonId(1)),
            is_new=True,
            people=(KIM, lee),
            participants=(Participant(lee, Role.COPIED), Participant(KIM, Role.REQUESTER)),
            entries=(
                entry(1, KIM, full_text="It burns.\n> really", attachments=(file,)),
                replace(entry(2, KIM), author=None, author_address="", text="an event"),
            ),
            licenses=(License("csv", "****-1234", "f" * 8, "valid"),),
        )
    )


async def test_a_ticket_is_shown_in_the_documented_shape(house: House) -> None:
    await open_one(house)

    shown = json.loads(json.dumps((await show_ticket(house.engine, T1001)).to_json()))

    documented = {
        *("number", "subject", "status", "priority", "category", "desk", "requester"),
        *("assignee", "participants", "licenses", "created_at", "updated_at"),
        *("first_response_at", "entries"),
    }
    assert documented <= shown.keys()
    assert shown["requester"] == {"address": ANA.address, "name": ANA.name}
    assert shown["assignee"] == {"address": "bob@example.test", "name": "Bob Agent"}
    assert shown["participants"] == [
        {"address": ANA.address, "name": ANA.name},
        {"address": "lee@x.example", "name": "Lee"},
    ]
    assert shown["licenses"] == [{"provider": "csv", "masked": "****-1234", "state": "valid"}]
    assert shown["created_at"] == (NOW - timedelta(days=1)).isoformat()
    first, second = shown["entries"]
    assert {"kind", "author", "visibility", "text", "full_text", "at"} <= first.keys()
    assert (first["text"], first["full_text"]) == ("It burns.", "It burns.\n> really")
    assert first["attachments"][0].items() >= {
        ("filename", "a.pdf"),
        ("content_type", "application/pdf"),
        ("size", 3),
        ("sha256", "5" * 64),
    }
    assert (second["author"], second["full_text"]) == (None, "an event")


async def test_a_list_is_filtered_and_its_newest_comes_first(house: House) -> None:
    await open_one(house)
    await house.receive(
        message(EVE.address, "one"),
        message(EVE.address, "two"),
    )

    async def numbers(
        which: TicketFilter | None = None, limit: int = 50, offset: int = 0
    ) -> list[int]:
        found = await list_tickets(house.engine, which, limit=limit, offset=offset)
        return [line.number for line in found]

    newest, middle, oldest = await numbers()
    assert newest > middle > oldest
    assert await numbers(limit=1, offset=1) == [middle]
    assert await numbers(TicketFilter(requester="KIM@home.example")) == [1001]
    assert await numbers(TicketFilter(requester="nobody@x")) == []
    assert len(await numbers(TicketFilter(desk="support", status=Status.OPEN))) == 3
    assert await numbers(TicketFilter(desk="sales")) == []
    assert await numbers(TicketFilter(status=Status.CLOSED)) == []


async def test_why_tells_the_steps_of_every_decision(house: House) -> None:
    await open_one(house)

    (decision,) = await why(house.engine, T1001)

    assert decision.to_json() == {
        "at": NOW.isoformat(),
        "intake": None,
        "ticket": 1001,
        "verdict": "recorded",
        "reason": "test",
        "steps": [{"step": "route", "outcome": "new ticket", "detail": "nothing named one"}],
    }


async def test_a_mail_is_found_from_its_ticket(house: House) -> None:
    await house.receive(message(EVE.address, "one"))

    (intake,) = await mails_of(house.engine, T1001)

    assert await raw_of(house.engine, house.objects, intake) == b"mail one"


async def test_customers_are_all_who_are_no_agents(house: House) -> None:
    await open_one(house)

    kim, lee = await list_customers(house.engine)

    assert kim.to_json() == {
        "address": ANA.address,
        "name": ANA.name,
        "addresses": [ANA.address, "kim@home.example"],
        "tickets": 1,
        "suppressed": False,
    }
    assert (lee.address, lee.tickets) == ("lee@x.example", 0)


async def test_the_intake_lists_what_waits_and_the_quarantine_what_was_set_aside(
    house: House,
) -> None:
    first, second, _ = await house.keep(message(), message(subject="b"), message(subject="c"))
    await house.intake.quarantine(first.intake, "boom", "Traceback", NOW)
    await house.intake.failed([second.intake], NOW, "later")

    waiting = await list_intake(house.engine, ["pending"])
    everything = await list_intake(house.engine)
    (aside,) = await list_quarantine(house.engine)

    assert [line.id for line in waiting] == [3, 2]
    assert [line.id for line in everything] == [3, 2, 1]
    assert waiting[1].to_json()["error"] == "later"
    assert (aside.id, aside.verdict, aside.reason, aside.error) == (
        1,
        "quarantined",
        "boom",
        "Traceback",
    )
    assert (await show_intake(house.engine, first.intake)) == aside
    assert aside.recipients == ("support@example.test",)


async def test_the_outbox_lists_mail_by_state_in_the_documented_shape(
    house: House,
) -> None:
    (decision,) = await house.receive(message(EVE.address))
    assert len(decision.outbox) > 1
    due = await house.outbox.claim(NOW, 9, NOW + timedelta(minutes=1))
    outcomes = [Outcome.DELIVERED, *([Outcome.HELD] * (len(due) - 1))]
    await house.outbox.finish(
        [
            Sent(each.mail.id, Attempt(outcome), None)
            for each, outcome in zip(due, outcomes, strict=True)
        ],
        NOW,
    )

    lines = [line.to_json() for line in await list_outbox(house.engine, ["held"])]

    assert [line["state"] for line in lines] == ["held"] * (len(due) - 1)
    assert len(await list_outbox(house.engine)) == len(due)
    documented = (
        "id",
        "message_id",
        "recipient",
        "notice",
        "state",
        "attempts",
        "due_at",
        "ticket",
    )
    assert all(set(documented) <= line.keys() for line in lines)
    assert (await show_outbox(house.engine, due[0].mail.id)).state == "delivered"


async def test_what_is_not_there_is_one_clear_line(engine: AsyncEngine, house: House) -> None:
    for asked in (
        show_ticket(engine, TicketNumber(1)),
        why(engine, TicketNumber(1)),
        show_intake(engine, IntakeId(1)),
        show_outbox(engine, 1),
        raw_of(engine, house.objects, IntakeId(1)),
    ):
        with pytest.raises(StoreError, match="there is no"):
            await asked
