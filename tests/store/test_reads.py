"""What the lists and pages show, in the shapes that programs rely on."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.clocks import from_values
from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Step, Verdict
from helpdesk.core.mail import Attachment
from helpdesk.core.ticket import (
    IntakeId,
    License,
    LinkKind,
    Participant,
    Person,
    PersonId,
    Role,
    Status,
    TicketNumber,
)
from helpdesk.ports import Attempt, Outcome, Sent
from helpdesk.store.engine import StoreError
from helpdesk.store.listing import TicketFilter, list_tickets
from helpdesk.store.people import AgentSetting, add_agent, set_absence, set_wishes
from helpdesk.store.reads import (
    list_agents,
    list_customers,
    list_intake,
    list_outbox,
    list_quarantine,
    mails_of,
    raw_of,
    show_intake,
    show_outbox,
    show_ticket,
    why,
)
from helpdesk.store.tables import LINKS
from tests.builders import ANA, EVE, NOW, entry, message, ticket
from tests.store.house import WITH_LEVELS, House

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
            licenses=(License("csv", "****-1234", "f" * 8),),
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
    [license_] = shown["licenses"]
    expected = {"provider": "csv", "masked": "****-1234", "state": "unknown", "outcome": ""}
    assert license_.items() >= expected.items()
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
        which: TicketFilter | None = None, limit: int = 50, after: str = ""
    ) -> list[int]:
        found = await list_tickets(house.engine, which, limit=limit, after=after)
        return [line.number for line in found.lines]

    newest, middle, oldest = await numbers()
    assert newest > middle > oldest
    assert await numbers(limit=1, after=f"entry/0/{newest}") == [middle]
    assert await numbers(TicketFilter(requester="KIM@home.example")) == [1001]
    assert await numbers(TicketFilter(requester="nobody@x")) == []
    assert len(await numbers(TicketFilter(desk="support", status=Status.OPEN))) == 3
    assert await numbers(TicketFilter(desk="sales")) == []
    assert await numbers(TicketFilter(status=Status.CLOSED)) == []


async def open_three(house: House) -> None:
    """One of Eve's with all that can happen to a ticket, one that it is linked with, one of Ana's;
    and one that was merged into the first."""
    house.rules = WITH_LEVELS
    await house.receive(*(message(EVE.address, word) for word in ("one", "two")))
    await house.receive(message(ANA.address, "three"), message(EVE.address, "four"))
    for verb, argument in (
        (Verb.TAG, "smoke fire"),
        (Verb.LINK, "1002"),
        (Verb.TIME, "20m"),
        (Verb.TIME, "1h"),
        (Verb.TAKE, ""),
        (Verb.SNOOZE, "2d"),
    ):
        await house.act(1001, verb, argument, agent="bob@example.test")
    await house.act(1004, Verb.MERGE, "1001")


async def test_a_ticket_shows_what_happened_to_it(house: House) -> None:
    await open_three(house)

    shown = json.loads(json.dumps((await show_ticket(house.engine, T1001)).to_json()))

    assert (shown["tags"], shown["minutes"]) == (["fire", "smoke"], 80)
    assert shown["links"] == [
        {"ticket": 1002, "kind": "related"},
        {"ticket": 1004, "kind": "merged"},
    ]
    assert shown["target_at"] == (NOW + timedelta(hours=24)).isoformat()
    assert shown["snoozed_until"] == "2026-11-22T09:00:00+00:00"
    assert shown["status_since"] == NOW.isoformat()
    assert shown["service_level"] == ""
    assert [clock["kind"] for clock in shown["clocks"]] == ["first_response", "resolution"]
    assert from_values(shown["clocks"])[0].due_at == NOW + timedelta(hours=24)
    booked = [each["minutes"] for each in shown["entries"] if each["minutes"]]
    assert booked == [20, 60]


async def test_a_link_says_what_each_ticket_is_to_the_other(house: House) -> None:
    await open_three(house)
    kinds = {
        LinkKind.FOLLOWS: ("follows", "followed by"),
        LinkKind.RELATED: ("related", "related"),
        LinkKind.DUPLICATE: ("possible duplicate", "possible duplicate"),
        LinkKind.SPLIT: ("split from", "split off"),
        LinkKind.MERGED: ("merged", "merged into"),
    }
    async with house.engine.begin() as connection:
        await connection.execute(LINKS.delete())
        for kind in LinkKind:
            values = {"ticket": 1002, "other": 1003, "kind": kind.value}
            await connection.execute(LINKS.insert().values(values))

    here, there = [(await show_ticket(house.engine, TicketNumber(n))).links for n in (1002, 1003)]

    assert {(each.ticket, each.kind) for each in here} == {(1003, one) for one, _ in kinds.values()}
    assert {(each.ticket, each.kind) for each in there} == {
        (1002, two) for _, two in kinds.values()
    }


async def test_a_list_shows_the_same_of_each_ticket(house: House) -> None:
    await open_three(house)

    merged, _, two, one = (await list_tickets(house.engine)).lines

    shown = await show_ticket(house.engine, T1001)
    same = ("tags", "links", "minutes", "clocks", "target_at", "snoozed_until", "status_since")
    assert [getattr(one, name) for name in same] == [getattr(shown, name) for name in same]
    assert one.assignee is not None
    assert one.assignee.address == "bob@example.test"
    assert [(each.ticket, each.kind) for each in two.links] == [(1001, "related")]
    assert [(each.ticket, each.kind) for each in merged.links] == [(1001, "merged into")]
    assert (two.tags, two.minutes, two.assignee) == ((), 0, None)
    assert json.loads(json.dumps(one.to_json()))["links"][0] == {"ticket": 1002, "kind": "related"}


FILTERS: tuple[tuple[TicketFilter, list[int]], ...] = (
    (TicketFilter(assignee="BOB@example.test"), [1001]),
    (TicketFilter(assignee=""), [1004, 1003, 1002]),
    (TicketFilter(assignee="nobody@x"), []),
    (TicketFilter(tag="fire"), [1001]),
    (TicketFilter(tag="water"), []),
    (TicketFilter(late_at=NOW + timedelta(hours=25)), [1003, 1002, 1001]),
    (TicketFilter(late_at=NOW + timedelta(hours=23)), []),
    (TicketFilter(tag="fire", late_at=NOW + timedelta(hours=25), assignee=""), []),
    (TicketFilter(category="general", priority="normal"), [1004, 1003, 1002, 1001]),
    (TicketFilter(category="billing"), []),
    (TicketFilter(priority="high"), []),
    (TicketFilter(since=NOW), [1004, 1003, 1002, 1001]),
    (TicketFilter(since=NOW + timedelta(seconds=1)), []),
    (TicketFilter(until=NOW), []),
    (TicketFilter(until=NOW + timedelta(seconds=1), words="THREE"), [1003]),
    (TicketFilter(words="burns two"), [1002]),
    (TicketFilter(words="%"), []),
    (TicketFilter(licenses=frozenset({"5" * 64})), []),
)


async def test_a_list_is_filtered(house: House) -> None:
    await open_three(house)

    for which, numbers in FILTERS:
        found = [line.number for line in (await list_tickets(house.engine, which)).lines]
        assert found == numbers, which


async def test_agents_are_shown_with_teams_absences_and_language(house: House) -> None:
    days = (date(2026, 11, 20), date(2026, 11, 22))
    await add_agent(
        house.engine,
        AgentSetting(
            "Dan", ("dan@example.test",), ("support",), ("night", "day"), language="de", zone="UTC"
        ),
    )
    await set_absence(house.engine, "dan@example.test", days, NOW)

    bob, _, dan = [line.to_json() for line in await list_agents(house.engine)]

    assert (dan["teams"], dan["language"], dan["zone"]) == (["day", "night"], "de", "UTC")
    assert dan["away"] == [{"first": "2026-11-20", "last": "2026-11-22", "source": "command"}]
    assert (bob["teams"], bob["away"], bob["language"]) == ([], [], "")


async def test_customers_are_shown_with_what_they_wish(house: House) -> None:
    await house.receive(message(EVE.address))
    wishes = {"language": "de", "zone": "Europe/Madrid", "sms": "+34600000000"}
    wishes["muted_json"] = '["closed","resolved"]'
    await set_wishes(house.engine, EVE.address, wishes)

    (eve,) = await list_customers(house.engine)

    assert (eve.language, eve.zone, eve.sms) == ("de", "Europe/Madrid", "+34600000000")
    assert eve.muted == ("closed", "resolved")


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
        "language": "",
        "zone": "",
        "sms": "",
        "muted": [],
        "away_until": None,
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
