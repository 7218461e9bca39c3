"""The life of tickets is written once, read again as it was decided, and found by an index."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.acts import Outcome
from helpdesk.core.commands import Verb
from helpdesk.core.decide_act import Order, acted
from helpdesk.core.decision import Decision, Keys, Known, Verdict
from helpdesk.core.draft import Draft
from helpdesk.core.mail import Attachment
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    Link,
    LinkKind,
    Participant,
    Person,
    PersonId,
    Role,
    TicketNumber,
    Visibility,
)
from helpdesk.ports import Work
from helpdesk.store.check import check
from helpdesk.store.deletion import delete_ticket
from helpdesk.store.engine import StoreError, open_engine, writer_of, writing
from helpdesk.store.loading import MOST_RECENT
from helpdesk.store.memory import TAIL
from helpdesk.store.people import AgentSetting, add_agent, set_absence, set_wishes, sync
from helpdesk.store.tables import ABSENCES, ATTACHMENTS, ENTRIES, LINKS, OUTBOX, TAGS, TICKETS
from helpdesk.store.timers import SqlTimers
from tests.builders import (
    ANA,
    BOB,
    CARL,
    EVE,
    NOW,
    RULES,
    SALES,
    SUPPORT,
    entry,
    message,
    rules,
    ticket,
)
from tests.store.house import LATER, WITH_LEVELS, House, decide_in

KEY = "kim@customer.example"
KIM = Person(PersonId(11), KEY, "Kim", frozenset({KEY}))
BOBBY = replace(BOB, id=PersonId(1))  # as the first agent of the configuration
A, B, C = TicketNumber(1001), TicketNumber(1002), TicketNumber(1003)
FILE = Attachment("a.pdf", "application/pdf", 3, "5" * 64)
AGENTS = frozenset({BOB.address})
MONDAY, FRIDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 20), date(2026, 11, 22)
"""The tests' today is the Friday."""


async def open_two(house: House, *more: Entry) -> None:
    """Both Kim's: one with four entries, of which one waits for its agent's word, and one."""
    entries = (
        entry(1, KIM, "It burns.", attachments=(FILE,)),
        entry(2, KIM, "It smokes."),
        entry(3, BOBBY, "Water?", kind=EntryKind.ANSWER, parked="collision"),
        entry(4, BOBBY, "Nice.", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL),
    )
    for number, said in ((A, (*entries, *more)), (B, (entry(5, KIM, "My chair."),))):
        decision = Decision(
            Verdict.RECORDED,
            "test",
            ticket=ticket(number, KIM),
            is_new=True,
            people=(KIM,) if number == A else (),
            participants=(Participant(KIM, Role.REQUESTER),),
            entries=tuple(replace(each, ticket=number) for each in said),
        )
        await house.apply(decision)


async def talk(house: House, number: int) -> Conversation:
    """All that an agent's mail is compared with."""
    known = await house.known(tickets=frozenset({TicketNumber(number)}), addresses=AGENTS)
    return known.conversations[TicketNumber(number)]


def do(work: Work, number: int, order: Order, keys: Keys) -> Decision:
    """Decided and applied in a work that goes on."""
    known = work.known(keys)
    draft = Draft(RULES, known, work.ids, NOW)
    decision, done = acted(order, known.conversations[TicketNumber(number)], None, draft)
    assert done.outcome is Outcome.DONE, done.words
    work.apply(None, decision, NOW)
    return decision


async def violations(house: House) -> list[str]:
    report = await check(house.engine)
    return [f"{each.promise}: {each.detail}" for each in report.violations]


async def where(house: House, kind: EntryKind | None = None) -> dict[int, int]:
    rows = await house.rows(ENTRIES)
    return {row.id: row.ticket for row in rows if kind is None or row.kind == kind.value}


# --- tags and links -----------------------------------------------------------------------------


async def test_tags_of_one_work_are_read_in_the_next(house: House) -> None:
    await open_two(house)
    await house.act(A, Verb.TAG, "smoke fire")
    assert (await talk(house, A)).ticket.tags == ("fire", "smoke")
    await house.act(A, Verb.UNTAG, "fire")
    await house.act(A, Verb.PRIORITY, "high")  # writes the ticket, not its tags

    assert (await talk(house, A)).ticket.tags == ("smoke",)
    assert (await talk(house, B)).ticket.tags == ()
    assert [tuple(row) for row in await house.rows(TAGS)] == [(A, "smoke")]


async def test_tags_that_come_and_go_in_one_work_are_as_they_were_last(house: House) -> None:
    await open_two(house)
    keys = Keys("", tickets=frozenset({A}))
    async with house.tickets.work() as work:
        await work.load([keys])
        for order in (Order(Verb.TAG, "a b"), Order(Verb.UNTAG, "a"), Order(Verb.TAG, "c")):
            do(work, A, order, keys)
        await work.commit()

    assert (await talk(house, A)).ticket.tags == ("b", "c")


async def test_a_new_ticket_is_written_with_its_tags(house: House) -> None:
    tagged = ticket(A, KIM, tags=("a", "b"))
    await house.apply(
        Decision(
            Verdict.RECORDED,
            "test",
            ticket=tagged,
            is_new=True,
            people=(KIM,),
            participants=(Participant(KIM, Role.REQUESTER),),
        )
    )

    assert (await talk(house, A)).ticket.tags == ("a", "b")


async def test_a_link_is_known_at_both_ends_and_made_once(house: House) -> None:
    await open_two(house)
    done = [
        (await house.act(here, Verb.LINK, str(there))).outcome
        for here, there in ((A, B), (A, B), (B, A))
    ]

    link = Link(A, B, LinkKind.RELATED)
    assert done == [Outcome.DONE, Outcome.IGNORED, Outcome.IGNORED]
    assert (await talk(house, A)).links == (await talk(house, B)).links == (link,)
    both = await house.known(tickets=frozenset({A, B}))
    assert [both.conversations[n].links for n in (A, B)] == [(link,), (link,)]
    assert len(await house.rows(LINKS)) == 1


async def test_a_link_that_two_decisions_of_a_work_make_is_one(house: House) -> None:
    await open_two(house)
    keys = Keys("", tickets=frozenset({A, B}))
    decision = Decision(
        Verdict.RECORDED, "test", ticket=ticket(A, KIM), links=(Link(A, B, LinkKind.DUPLICATE),)
    )
    async with house.tickets.work() as work:
        await work.load([keys])
        work.apply(None, decision, NOW)
        work.apply(None, decision, NOW)
        assert work.known(keys).conversations[B].links == decision.links
        await work.commit()

    assert len(await house.rows(LINKS)) == 1


# --- entries that move --------------------------------------------------------------------------


async def test_all_entries_of_a_merged_ticket_are_in_the_other_one(house: House) -> None:
    await open_two(house)
    await house.act(A, Verb.MERGE, str(B))

    source, target = await talk(house, A), await talk(house, B)
    assert source.ticket.merged_into == B
    assert {each.kind for each in source.entries} == {EntryKind.EVENT}
    assert [each.id for each in target.tail[:5]] == [1, 2, 3, 4, 5]
    assert {each.ticket for each in target.entries} == {B}
    assert target.tail[0].attachments == (FILE,)
    assert [each.id for each in target.parked] == [3]
    assert target.files == {FILE.sha256}
    assert await violations(house) == []


async def test_one_entry_that_is_split_off_takes_its_files_along(house: House) -> None:
    await open_two(house)
    await house.act(A, Verb.SPLIT, entry=entry(1).id)

    source, new = await talk(house, A), await talk(house, C)
    assert [each.id for each in source.entries if each.kind is not EntryKind.EVENT] == [2, 3, 4]
    assert [each.id for each in new.entries if each.kind is not EntryKind.EVENT] == [1]
    assert new.tail[0].attachments == (FILE,)
    assert (new.files, source.files) == (frozenset({FILE.sha256}), frozenset())
    assert new.requester == KIM
    assert new.links == source.links == (Link(C, A, LinkKind.SPLIT),)
    assert len(await house.rows(ATTACHMENTS)) == 1


@pytest.mark.parametrize(
    "orders",
    [
        [(A, Order(Verb.MERGE, "1002"))],
        [(B, Order(Verb.MERGE, "1001"))],
        [(A, Order(Verb.SPLIT, entry=entry(2).id)), (C, Order(Verb.MERGE, "1002"))],
        [(A, Order(Verb.NOTE, "one more")), (A, Order(Verb.MERGE, "1002"))],
    ],
)
async def test_a_work_knows_after_a_move_what_the_next_one_reads(
    house: House, orders: Sequence[tuple[TicketNumber, Order]]
) -> None:
    events = [entry(n, KIM, "noise", kind=EntryKind.EVENT) for n in range(6, 6 + TAIL)]
    await open_two(house, *events)
    keys = Keys("", tickets=frozenset({A, B}), addresses=AGENTS)
    async with house.tickets.work() as work:
        await work.load([keys])
        for number, order in orders:
            do(work, number, order, replace(keys, tickets=keys.tickets | {number}))
        asked = replace(keys, tickets=frozenset({A, B, C}))
        in_work = work.known(asked).conversations
        await work.commit()

    read = (await house.known(tickets=asked.tickets, addresses=AGENTS)).conversations
    assert in_work.keys() == read.keys()
    for number, conversation in read.items():
        mine = in_work[number]
        assert mine.ticket == conversation.ticket
        assert mine.tail[-3:] == conversation.tail[-3:]
        assert {e.id for e in mine.entries} >= {e.id for e in conversation.entries}
        assert {e.ticket for e in mine.entries} == {number}
        assert mine.parked == conversation.parked
        assert set(mine.links) == set(conversation.links)
        assert set(mine.participants) == set(conversation.participants)


async def test_what_was_written_earlier_in_the_work_goes_along(house: House) -> None:
    first = message(EVE.address, "one")
    await house.receive(first, message(EVE.address, "two"))
    (incoming,) = await house.keep(
        message(EVE.address, "Re: one", "more", in_reply_to=(first.message_id,))
    )
    merging = Keys("", tickets=frozenset({A, B}))
    async with house.tickets.work() as work:
        await work.load([incoming.keys, merging])
        assert decide_in(work, incoming).verdict is Verdict.APPENDED
        do(work, A, Order(Verb.MERGE, "1002"), merging)
        await work.commit()

    assert set((await where(house, EntryKind.MESSAGE)).values()) == {B}
    assert await violations(house) == []


async def test_a_parked_answer_that_moved_is_released_where_it_is_now(house: House) -> None:
    await open_two(house)
    await house.act(A, Verb.MERGE, str(B))
    (parked,) = (await talk(house, B)).parked
    decision = Decision(
        Verdict.RECORDED,
        "said",
        ticket=(await talk(house, B)).ticket,
        entries=(replace(parked, parked=""),),
    )
    await house.apply(decision, tickets=frozenset({B}))

    assert (await where(house))[3] == B
    assert (await talk(house, B)).parked == ()


async def test_mail_to_the_old_number_reaches_the_ticket_that_it_became(house: House) -> None:
    first = message(EVE.address, "one")
    await house.receive(first, message(EVE.address, "two"))
    await house.act(A, Verb.MERGE, str(B))

    decisions = await house.receive(
        message(EVE.address, "Re: one", "by thread", in_reply_to=(first.message_id,)),
        message(EVE.address, "Re: one [TICK-1001]", "by number"),
    )

    assert [(each.verdict, each.ticket and each.ticket.number) for each in decisions] == [
        (Verdict.APPENDED, B),
        (Verdict.APPENDED, B),
    ]
    assert await violations(house) == []


@pytest.mark.parametrize("is_same_work", [True, False])
async def test_a_reply_to_a_message_that_was_split_off_goes_after_it(
    house: House, *, is_same_work: bool
) -> None:
    first = message(EVE.address, "one")
    second = message(EVE.address, "Re: one", "My chair.", in_reply_to=(first.message_id,))
    await house.receive(first, second)
    said = max(await where(house, EntryKind.MESSAGE))
    order = Order(Verb.SPLIT, entry=entry(said).id)
    reply = message(EVE.address, "My chair", "It creaks.", in_reply_to=(second.message_id,))
    if not is_same_work:
        await house.act(A, order.verb, entry=order.entry)
    (incoming,) = await house.keep(reply)
    keys = Keys("", tickets=frozenset({A}))
    async with house.tickets.work() as work:
        await work.load([incoming.keys, keys])
        if is_same_work:
            do(work, A, order, keys)
        decision = decide_in(work, incoming)
        await work.commit()

    assert decision.ticket is not None
    assert (decision.verdict, decision.ticket.number) == (Verdict.APPENDED, B)
    assert await violations(house) == []


async def test_three_tickets_that_are_merged_one_after_another_are_one(house: House) -> None:
    await house.receive(*(message(EVE.address, word) for word in ("one", "two", "three")))
    await house.act(A, Verb.MERGE, str(B))
    await house.act(B, Verb.MERGE, str(C))
    (reply,) = await house.receive(message(EVE.address, "Re: one [TICK-1001]", "again"))

    assert reply.ticket is not None
    assert reply.ticket.number == C
    assert set((await where(house, EntryKind.MESSAGE)).values()) == {C}
    assert await violations(house) == []


# --- the latest tickets of somebody -------------------------------------------------------------


async def test_the_latest_tickets_of_a_requester_are_known_newest_first(house: House) -> None:
    for batch in range(5):
        await house.receive(*(message(EVE.address, f"{batch} {n}") for n in range(5)))
    await house.receive(message(ANA.address, "another's"))
    await delete_ticket(house.engine, house.objects, TicketNumber(1024), LATER)
    eve = frozenset({EVE.address})

    few = await house.known(addresses=eve, authors=eve)
    many = await house.known(addresses=eve, authors=eve, lists=eve)
    none = await house.known(addresses=eve)

    numbers = [[t.number for t in mine] for mine in few.recent.values()]
    assert numbers == [[n for n in range(1025, 1025 - MOST_RECENT, -1) if n != 1024]]
    assert [len(mine) for mine in many.recent.values()] == [24]
    assert none.recent == {}


async def test_a_ticket_of_the_same_work_is_the_latest_one(house: House) -> None:
    await house.receive(message(EVE.address, "one"))
    eve = frozenset({EVE.address})
    keys = Keys("", addresses=eve, authors=eve)
    (incoming,) = await house.keep(message(EVE.address, "two"))
    async with house.tickets.work() as work:
        await work.load([incoming.keys, keys])
        decide_in(work, incoming)
        known = work.known(keys)

    assert [[t.number for t in mine] for mine in known.recent.values()] == [[B, A]]


async def test_agents_have_no_list_of_latest_tickets(house: House) -> None:
    known = await house.known(addresses=AGENTS, authors=AGENTS, lists=AGENTS)

    assert all(not mine for mine in known.recent.values())


async def test_the_latest_tickets_are_found_by_walking_down_an_index(
    house: House, engine: AsyncEngine
) -> None:
    await house.receive(message(EVE.address, "one"))
    asked: list[tuple[str, Any]] = []
    event.listen(writer_of(engine), "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    await house.known(authors=frozenset({EVE.address}), addresses=frozenset({EVE.address}))
    (found,) = [each for each in asked if "AS mine" in each[0]]
    plan = await plan_of(engine, *found)

    assert plan.count("tickets_requester_number") == 2
    assert "number>?" in plan or "number >=" in plan


async def plan_of(engine: AsyncEngine, statement: str, values: Any) -> str:
    is_server = engine.dialect.name == "postgresql"
    async with engine.connect() as connection:
        if is_server:
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        how = "EXPLAIN" if is_server else "EXPLAIN QUERY PLAN"
        rows = await connection.exec_driver_sql(f"{how} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


# --- time ---------------------------------------------------------------------------------------


async def open_at(house: House, *due: datetime | None) -> None:
    for number, due_at in enumerate(due, start=A):
        decision = Decision(
            Verdict.RECORDED,
            "test",
            ticket=ticket(number, KIM, due_at=due_at),
            is_new=True,
            people=(KIM,) if number == A else (),
            participants=(Participant(KIM, Role.REQUESTER),),
        )
        await house.apply(decision)


async def test_tickets_are_due_in_their_order_and_only_when_it_is_time(house: House) -> None:
    hour = timedelta(hours=1)
    await open_at(house, NOW, None, NOW - hour, NOW + hour)
    timers = SqlTimers(house.engine)

    assert await timers.due(NOW, 9) == [C, A]
    assert await timers.due(NOW, 1) == [C]
    assert await timers.due(NOW - 2 * hour, 9) == []
    assert await timers.next_due() == NOW - hour


async def test_nothing_is_due_where_nothing_will_happen(house: House) -> None:
    await open_at(house, None)

    assert await SqlTimers(house.engine).next_due() is None


async def test_what_is_due_is_found_in_an_index(engine: AsyncEngine) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(*args: Any) -> None:
        asked.append((args[2], args[3]))

    event.listen(engine.sync_engine, "before_cursor_execute", listen)
    timers = SqlTimers(engine)
    await timers.due(NOW, 9)
    await timers.next_due()
    event.remove(engine.sync_engine, "before_cursor_execute", listen)
    found = [each for each in asked if "due_at" in each[0]]

    assert len(found) == 2
    for statement, values in found:
        assert "tickets_due" in await plan_of(engine, statement, values)


async def test_clocks_and_times_of_a_ticket_are_read_as_they_were_written(house: House) -> None:
    house.rules = WITH_LEVELS
    (opened,) = await house.receive(message(EVE.address, "one"))
    await house.act(A, Verb.SNOOZE, "2d")
    assert opened.ticket is not None
    read = (await talk(house, A)).ticket

    assert opened.ticket.clocks
    assert read.clocks == opened.ticket.clocks
    assert read.target_at == opened.ticket.target_at == NOW + timedelta(hours=24)
    assert read.snoozed_until == NOW + timedelta(days=2, hours=-1)  # at nine
    assert read.status_since == opened.ticket.status_since == NOW
    (row,) = await house.rows(TICKETS)
    assert (row.target_at, row.due_at) == (read.target_at, read.due_at)


async def test_time_that_two_let_pass_at_once_passes_once(house: House, url: str) -> None:
    house.rules = WITH_LEVELS
    await house.receive(message(EVE.address, "one"), message(ANA.address, "two"))
    mails = len(await house.rows(OUTBOX))
    other = House(open_engine(url), house.objects, WITH_LEVELS)
    late = NOW + timedelta(hours=25)

    await asyncio.gather(house.ticker(late).run_once(), other.ticker(late).run_once())

    await other.engine.dispose()
    events = [row.reason for row in await house.rows(ENTRIES) if row.kind == "event"]
    assert events.count("target_missed") == 2
    told = [(row.person, row.ticket) for row in (await house.rows(OUTBOX))[mails:]]
    assert len(told) == len(set(told)) == 4  # two agents, two tickets
    assert await SqlTimers(house.engine).due(late, 9) == []
    assert await violations(house) == []


# --- who gets tickets ---------------------------------------------------------------------------


def agent(known: Known, address: str = BOB.address) -> Person:
    return next(each for each in known.agents["support"] if each.address == address)


async def test_who_got_a_ticket_last_and_how_many_he_has_is_known(house: House) -> None:
    await open_two(house)
    assert (
        agent(await house.known()).open_tickets,
        agent(await house.known()).last_assigned_at,
    ) == (
        0,
        None,
    )
    await house.act(A, Verb.TAKE, agent=BOB.address)
    await house.act(B, Verb.ASSIGN, BOB.address, agent=CARL.address, now=LATER)

    bob = agent(await house.known())
    assert (bob.open_tickets, bob.last_assigned_at) == (2, LATER)
    assert agent(await house.known(), CARL.address).last_assigned_at is None
    await house.act(A, Verb.RESOLVE, agent=BOB.address)
    assert agent(await house.known()).open_tickets == 1


async def test_what_an_agent_has_in_hand_is_counted_within_one_work(house: House) -> None:
    await open_two(house)
    keys = Keys("", tickets=frozenset({A, B}))
    async with house.tickets.work() as work:
        await work.load([keys])
        counts = []
        for number, order in (
            (A, Order(Verb.ASSIGN, BOB.address)),
            (B, Order(Verb.ASSIGN, BOB.address)),
            (B, Order(Verb.ASSIGN, CARL.address)),
            (A, Order(Verb.RESOLVE)),
            (A, Order(Verb.REOPEN)),
            (A, Order(Verb.ASSIGN, "nobody")),
        ):
            do(work, number, order, keys)
            known = work.known(keys)
            counts.append((agent(known).open_tickets, agent(known, CARL.address).open_tickets))
        last, last_of_carl = [agent(known, each.address).last_assigned_at for each in (BOB, CARL)]
        assert last is not None
        assert last_of_carl is not None
        assert NOW <= last < last_of_carl  # in the order in which they got them
        await work.commit()

    assert counts == [(1, 0), (2, 0), (1, 1), (0, 1), (1, 1), (0, 1)]
    after = await house.known()
    assert (agent(after).open_tickets, agent(after, CARL.address).open_tickets) == (0, 1)


async def test_teams_and_absences_of_agents_are_known(house: House) -> None:
    setting = AgentSetting(
        "Dan", ("dan@example.test",), ("support",), ("night",), away=((MONDAY, FRIDAY),)
    )
    await add_agent(house.engine, setting)

    dan = agent(await house.known(), "dan@example.test")
    assert dan.teams == {"night"}
    assert dan.away == ((MONDAY, FRIDAY),)
    assert dan.is_away(NOW)
    assert not agent(await house.known()).is_away(NOW)


async def away(house: House) -> tuple[tuple[date, date], ...]:
    return agent(await house.known()).away


async def test_an_absence_that_is_said_takes_the_place_of_those_to_come(house: House) -> None:
    await set_absence(house.engine, BOB.address, (MONDAY, MONDAY), NOW - timedelta(days=9))
    await set_absence(house.engine, BOB.address, (FRIDAY, FRIDAY), NOW)
    await set_absence(house.engine, BOB.address, (FRIDAY, SUNDAY), NOW)
    assert await away(house) == ((MONDAY, MONDAY), (FRIDAY, SUNDAY))

    await set_absence(house.engine, BOB.address, None, NOW)

    assert await away(house) == ((MONDAY, MONDAY),)
    assert not agent(await house.known()).is_away(NOW)


async def test_a_start_keeps_absences_that_were_said_and_takes_the_settings_own(
    house: House,
) -> None:
    bobs = AgentSetting(BOB.name, (BOB.address,), ("support",), away=((MONDAY, MONDAY),))
    await sync(house.engine, (SUPPORT, SALES), (bobs,))
    await set_absence(house.engine, BOB.address, (FRIDAY, SUNDAY), NOW)
    await sync(house.engine, (SUPPORT, SALES), (bobs,))
    assert await away(house) == ((MONDAY, MONDAY), (FRIDAY, SUNDAY))

    await sync(house.engine, (SUPPORT, SALES), (replace(bobs, away=()),))

    assert await away(house) == ((FRIDAY, SUNDAY),)
    assert [row.source for row in await house.rows(ABSENCES)] == ["command"]


async def test_an_absence_that_is_said_leaves_one_of_the_settings_that_begins_on_the_same_day(
    house: House,
) -> None:
    longest = ((FRIDAY, SUNDAY), (FRIDAY, FRIDAY))
    bobs = AgentSetting(BOB.name, (BOB.address,), ("support",), away=longest)
    await sync(house.engine, (SUPPORT, SALES), (bobs,))
    await set_absence(house.engine, BOB.address, (FRIDAY, FRIDAY), NOW)
    await sync(house.engine, (SUPPORT, SALES), (bobs,))
    assert sorted(await away(house)) == [(FRIDAY, FRIDAY), (FRIDAY, SUNDAY)]

    await set_absence(house.engine, BOB.address, None, NOW)

    assert await away(house) == ((FRIDAY, SUNDAY),)


async def test_an_absence_that_is_over_goes_on(house: House) -> None:
    await set_absence(house.engine, BOB.address, (MONDAY, MONDAY), NOW - timedelta(days=9))
    await set_absence(house.engine, BOB.address, (MONDAY, SUNDAY), NOW)

    assert await away(house) == ((MONDAY, SUNDAY),)


async def test_a_ticket_gets_the_times_of_other_settings_also_if_it_had_none(house: House) -> None:
    house.rules = rules(close_after=None)
    await house.receive(message())
    await house.act(1001, Verb.RESOLVE)
    assert (await house.rows(TICKETS))[0].due_at is None

    house.rules = rules()
    one = replace(house.ticker(NOW + timedelta(days=3)), settings="with times")
    await one.agree()
    assert await one.run_once() == 1

    (row,) = await house.rows(TICKETS)
    assert row.due_at == NOW + timedelta(days=5)
    await one.agree()
    assert await one.run_once() == 0


async def test_what_waits_for_somebody_to_change_its_status_is_not_woken(house: House) -> None:
    await house.receive(message(), message(subject="Another"))
    await house.act(1001, Verb.CLOSE)
    async with writing(house.engine) as connection:
        statement = update(TICKETS).where(TICKETS.c.number == 1002)
        await connection.execute(statement.values(status_since=None))

    timers = SqlTimers(house.engine)

    assert await timers.agree("one", NOW) == 0
    assert await timers.agree("one", NOW) == 0
    assert await timers.due(NOW, 9) == []


async def test_only_an_agent_can_be_away_and_not_backwards(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError, match="is no agent"):
        await set_absence(engine, EVE.address, (MONDAY, FRIDAY), NOW)
    with pytest.raises(StoreError, match="ends before it begins"):
        await set_absence(engine, BOB.address, (FRIDAY, MONDAY), NOW)


# --- what people want ---------------------------------------------------------------------------


async def eve(house: House) -> Person:
    return (await house.known(addresses=frozenset({EVE.address}))).people[EVE.address]


async def test_wishes_that_were_set_are_known(house: House) -> None:
    await house.receive(message(EVE.address))
    wishes = {"language": "de", "zone": "Europe/Madrid", "muted_json": '["reminder"]'}
    await set_wishes(house.engine, EVE.address, wishes)
    await set_wishes(house.engine, EVE.address, {"zone": "Europe/Berlin"})

    found = await eve(house)
    assert (found.language, found.zone) == ("de", "Europe/Berlin")
    assert found.muted == {"reminder"}
    with pytest.raises(StoreError, match="nobody has the address"):
        await set_wishes(house.engine, "nobody@x.example", wishes)


async def test_wishes_of_a_decision_hold_in_the_same_work_and_after_it(house: House) -> None:
    await house.receive(message(EVE.address))
    wanted = replace(await eve(house), language="de", muted=frozenset({"resolved", "closed"}))
    wanted = replace(wanted, away_until=date(2027, 1, 5))
    keys = Keys("", addresses=frozenset({EVE.address}))
    async with house.tickets.work() as work:
        await work.load([keys])
        work.apply(None, Decision(Verdict.RECORDED, "test", changed_people=(wanted,)), NOW)
        assert work.known(keys).people[EVE.address] == wanted
        await work.commit()

    assert await eve(house) == wanted


async def test_somebody_new_is_remembered_with_his_wishes(house: House) -> None:
    lee = Person(PersonId(5), "lee@x.example", "Lee", frozenset({"lee@x.example"}), language="de")
    await house.apply(Decision(Verdict.RECORDED, "test", people=(lee,)))

    known = await house.known(addresses=lee.keys)
    assert known.people["lee@x.example"] == lee


async def test_a_start_changes_no_wish_that_the_settings_leave_open(house: House) -> None:
    await set_wishes(house.engine, BOB.address, {"language": "de", "zone": "Europe/Berlin"})
    bobs = AgentSetting(BOB.name, (BOB.address,), ("support",), zone="Europe/Madrid")
    await sync(house.engine, (SUPPORT, SALES), (bobs,))

    bob = agent(await house.known())
    assert (bob.language, bob.zone) == ("de", "Europe/Madrid")


async def test_minutes_that_were_booked_are_kept(house: House) -> None:
    await open_two(house)
    await house.act(A, Verb.TIME, "20m", agent=BOB.address)
    await house.act(A, Verb.TIME, "1h", agent=BOB.address)

    minutes = [each.minutes for each in (await talk(house, A)).entries if each.minutes]
    assert minutes == [20, 60]
