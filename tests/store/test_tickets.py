"""A unit of work sees what it decided, writes all of it or nothing, and forgets nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.decision import Decision, DeliveryNews, Incoming, Keys, Step, Verdict
from helpdesk.core.mail import Attachment
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutboxState, OutgoingMail, Rendered
from helpdesk.core.ticket import (
    COMMANDED,
    Entry,
    EntryId,
    EntryKind,
    IntakeId,
    License,
    OutboxId,
    Participant,
    Person,
    PersonId,
    Role,
    Status,
    Ticket,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose
from helpdesk.ports import Work
from helpdesk.store.engine import writer_of, writing
from helpdesk.store.loading import MAX_BUDGET
from helpdesk.store.memory import TAIL, TAIL_TEXT
from helpdesk.store.tables import (
    ADDRESSES,
    COUNTERS,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    TICKETS,
)
from tests.builders import ANA, BOB, CARL, EVE, NOW, entry, mail, message, ticket
from tests.store.house import LATER, House, decide_in

KIM = replace(ANA, id=PersonId(11), address="Kim@Customer.example", name="Kim")
KEY = "kim@customer.example"
KIM = replace(KIM, keys=frozenset({KEY}))
BOBBY = replace(BOB, id=PersonId(1))  # as the first agent of the configuration
T1001 = TicketNumber(1001)
TABLES = (PEOPLE, ADDRESSES, TICKETS, PARTICIPANTS, ENTRIES, OUTBOX, EVIDENCE, COUNTERS, INTAKE)


def opened(**more: Any) -> Decision:
    values: dict[str, Any] = {
        "verdict": Verdict.RECORDED,
        "reason": "test",
        "ticket": ticket(requester=KIM),
        "is_new": True,
        "people": (KIM,),
        "participants": (Participant(KIM, Role.REQUESTER),),
        "entries": (entry(1, KIM),),
    }
    return Decision(**(values | more))


def changed(**more: Any) -> Decision:
    return Decision(Verdict.RECORDED, "test", ticket=ticket(requester=KIM), **more)


def outgoing(number: int, **more: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "id": OutboxId(number),
        "message_id": f"out-{number}@example.test",
        "notice": Notice.CONFIRMATION,
        "desk": "support",
        "recipient": KIM.address,
        "person": KIM.id,
        "created_at": NOW,
        "variables": {},
        "ticket": T1001,
        "auto_submitted": AutoSubmitted.REPLIED,
    }
    return OutgoingMail(**(values | more))


# --- together -----------------------------------------------------------------------------------


async def test_a_mail_opens_a_ticket_and_a_reply_joins_it_in_the_same_batch(house: House) -> None:
    first = message(EVE.address, "Printer")
    reply = message(EVE.address, "Re: Printer", in_reply_to=(first.message_id,))

    decisions = await house.receive(first, reply)

    assert [each.verdict for each in decisions] == [Verdict.OPENED, Verdict.APPENDED]
    (row,) = await house.rows(TICKETS)
    assert row.number == 1001
    assert [(e.ticket, e.intake) for e in await house.rows(ENTRIES)][-2:] == [(1001, 1), (1001, 2)]


async def test_a_reply_joins_the_ticket_of_an_earlier_batch(house: House) -> None:
    first = message(EVE.address, "Printer")
    await house.receive(first)

    (second,) = await house.receive(
        message(EVE.address, "Re: Printer", in_reply_to=(first.message_id,))
    )

    assert second.verdict is Verdict.APPENDED
    assert len(await house.rows(PEOPLE)) == 3  # two agents and Eve
    assert len(await house.rows(TICKETS)) == 1


async def test_the_same_mail_twice_makes_one_ticket(house: House) -> None:
    same = message(EVE.address)

    batch = await house.receive(same, same)
    (third,) = await house.receive(same)

    verdicts = [each.verdict for each in (*batch, third)]
    assert verdicts == [Verdict.OPENED, Verdict.DUPLICATE, Verdict.DUPLICATE]
    assert len(await house.rows(TICKETS)) == 1
    identities = [row.identity for row in await house.rows(INTAKE)]
    assert identities[0]
    assert identities[1:] == [None, None]


async def test_every_decision_is_finished_and_explained(house: House) -> None:
    (decision,) = await house.receive(message(EVE.address))

    (row,) = await house.rows(INTAKE)
    assert (row.state, row.verdict, row.due_at, row.claimed) == ("done", "opened", None, False)
    assert (row.ticket, row.reason, row.finished_at) == (1001, decision.reason, NOW)
    (why,) = await house.rows(EVIDENCE)
    assert (why.intake, why.ticket, why.verdict) == (1, 1001, "opened")
    assert decision.evidence[0].step in why.steps_json


async def test_a_loop_is_kept_in_quarantine_until_it_is_freed(house: House) -> None:
    (incoming,) = await house.keep(message())
    loop = Decision(Verdict.QUARANTINED, "loop", (Step("classify", "loop"),))
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        work.apply(incoming, loop, NOW)
        await work.commit()
    (row,) = await house.rows(INTAKE)
    assert (row.state, row.verdict, row.reason) == ("quarantined", "quarantined", "loop")

    await house.intake.free(incoming.intake, NOW)
    (claimed,) = await house.intake.claim(LATER, 1)

    assert claimed.released
    known = await house.known(identity=incoming.keys.identity)
    assert known.seen is None  # else it would be a duplicate of itself


# --- all or nothing -----------------------------------------------------------------------------


async def test_without_commit_nothing_happens(house: House) -> None:
    (incoming,) = await house.keep(message(EVE.address))
    before = [await house.rows(table) for table in TABLES]

    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        decide_in(work, incoming)

    assert [await house.rows(table) for table in TABLES] == before


async def test_an_error_in_a_batch_undoes_all_of_it(house: House) -> None:
    batch = await house.keep(message(EVE.address), message(ANA.address))
    before = [await house.rows(table) for table in TABLES]

    async def fail() -> None:
        async with house.tickets.work() as work:
            await work.load([each.keys for each in batch])
            decide_in(work, batch[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert [await house.rows(table) for table in TABLES] == before
    assert [each.verdict for each in await house.receive(message())] == [Verdict.OPENED]


async def test_a_commit_that_fails_half_way_leaves_nothing(house: House) -> None:
    await house.apply(opened(outbox=(outgoing(1),)))
    before = [await house.rows(table) for table in TABLES]
    again = outgoing(2, message_id="out-1@example.test")

    with pytest.raises(IntegrityError):
        await house.apply(changed(entries=(entry(2),), outbox=(again,)))

    assert [await house.rows(table) for table in TABLES] == before


async def test_an_entry_is_decided_once(house: House) -> None:
    (incoming,) = await house.keep(message(EVE.address))

    async def process() -> None:
        async with house.tickets.work() as work:
            await work.load([incoming.keys])
            work.apply(incoming, Decision(Verdict.RECORDED, "test"), NOW)
            await work.commit()

    await process()
    with pytest.raises(RuntimeError, match="decided before"):
        await process()


async def test_one_identity_cannot_be_two_tickets(house: House) -> None:
    batch = await house.keep(message(EVE.address), message(EVE.address))

    async with house.tickets.work() as work:
        await work.load([each.keys for each in batch])
        for each in batch:
            work.apply(each, Decision(Verdict.RECORDED, "a rule that looked at nothing"), NOW)
        with pytest.raises(IntegrityError):
            await work.commit()

    assert {row.state for row in await house.rows(INTAKE)} == {"pending"}


async def test_numbers_go_on_and_are_never_given_twice(house: House) -> None:
    await house.receive(message(EVE.address, "one"), message(EVE.address, "two"))
    await house.receive(message(EVE.address, "three"))

    assert [row.number for row in await house.rows(TICKETS)] == [1001, 1002, 1003]


async def test_a_work_loads_once(house: House) -> None:
    async with house.tickets.work() as work:
        await work.load([])
        with pytest.raises(RuntimeError, match="once"):
            await work.load([])


# --- what is known ------------------------------------------------------------------------------


async def test_known_sees_what_was_decided_in_the_same_work(house: House) -> None:
    sent = outgoing(1)
    async with house.tickets.work() as work:
        keys = Keys(
            "ab",
            outbox=frozenset({sent.id}),
            message_ids=("entry-1@mua.example", sent.message_id, "other@x"),
            addresses=frozenset({KEY}),
        )
        await work.load([keys])
        assert work.known(keys).conversations == {}
        incoming = Incoming(IntakeId(1), mail(message()), keys)
        work.apply(incoming, opened(outbox=(sent,), desks=("support",)), NOW)
        known = work.known(keys)

    assert known.seen is not None
    assert (known.seen.intake, known.seen.ticket, known.seen.desks) == (1, T1001, ("support",))
    assert known.sent[sent.id].state is OutboxState.QUEUED
    assert known.located == (("entry-1@mua.example", T1001), (sent.message_id, T1001))
    assert known.conversations[T1001].requester == KIM
    assert known.conversations[T1001].tail == (entry(1, KIM),)
    assert known.people == {KEY: KIM}
    assert known.automatic == {KEY: ((NOW, T1001),)}


async def test_agents_are_known_by_desk(house: House) -> None:
    known = await house.known(addresses=frozenset({"bob@example.test"}))

    assert [agent.address for agent in known.agents["support"]] == [BOB.address, CARL.address]
    assert [agent.address for agent in known.agents["sales"]] == [BOB.address]
    assert known.people["bob@example.test"].desks == {"support", "sales"}


async def test_the_number_of_queries_does_not_grow_with_the_batch(
    house: House, engine: AsyncEngine
) -> None:
    mails = [message(f"c{n}@x.example", f"subject {n}") for n in range(30)]
    await house.receive(*mails)
    statements: list[str] = []
    event.listen(writer_of(engine), "before_cursor_execute", lambda *a: statements.append(a[2]))
    counts = []
    for number in (1, 30):
        replies = [replace(m, digest=m.digest[::-1] + str(number)) for m in mails[:number]]
        keys = [
            Keys(
                m.digest,
                message_ids=(m.message_id,),
                addresses=frozenset({m.clean_author}),
                authors=frozenset({m.clean_author}),
            )
            for m in replies
        ]
        statements.clear()
        async with house.tickets.work() as work:
            await work.load(keys)
            assert len(work.known(keys[-1]).conversations) == 1
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 21


async def test_no_query_of_a_work_walks_over_a_whole_table(
    house: House, engine: AsyncEngine
) -> None:
    """Else the cost of a mail would grow with the number of tickets."""
    await house.receive(*(message(f"c{n}@x.example", f"subject {n}") for n in range(20)))
    (batch,) = [await house.keep(message("c1@x.example", "again"))]
    asked: list[tuple[str, Any]] = []
    event.listen(writer_of(engine), "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    async with house.tickets.work() as work:
        await work.load(
            [
                Keys(
                    "ab",
                    frozenset({OutboxId(1), OutboxId(2)}),
                    ("out@x", "in@x"),
                    frozenset({T1001}),
                    addresses=frozenset({"c1@x.example"}),
                    authors=frozenset({"c1@x.example"}),
                    lists=frozenset({"c1@x.example"}),
                )
            ]
        )
        decide_in(work, replace(batch[0], keys=Keys("ab")))
        await work.commit()
    await house.outbox.claim(LATER, 9, LATER)
    await house.outbox.next_due()
    is_server = engine.dialect.name == "postgresql"
    explain = "EXPLAIN" if is_server else "EXPLAIN QUERY PLAN"
    plans: dict[str, list[str]] = {}
    async with engine.connect() as connection:
        if is_server:  # the tables are small: without this it would not look for an index
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in asked:
            if not statement.startswith(("SELECT", "UPDATE")):
                continue
            one = values[0] if isinstance(values, list) else values
            plan = await connection.exec_driver_sql(f"{explain} {statement}", one)
            plans[statement] = [str(row[-1]) for row in plan]

    assert len(plans) > 20
    # Only those who work here have teams and absences; the rows of the subquery are counted.
    small = ["SCAN counters", "SCAN agent", "SCAN later", "USING INDEX outbox_due", "SCAN anon"]
    small += ["Scan on counters", "Scan on agent", "SCAN absences", "Scan on absences"]
    scan = "Seq Scan" if is_server else "SCAN"
    scans = {
        statement: steps
        for statement, steps in plans.items()
        if any(scan in step and not any(s in step for s in small) for step in steps)
    }
    assert scans == {}
    (in_hand,) = [
        steps
        for statement, steps in plans.items()
        if "agents.person AND tickets.assignee" in statement
    ]
    assert any("tickets_in_hand" in step for step in in_hand)


async def test_a_merged_ticket_leads_to_its_target(house: House) -> None:
    await house.apply(opened())
    for number in (1002, 1003):
        other = ticket(number, KIM)
        await house.apply(
            opened(ticket=other, people=(), entries=(entry(number, KIM, ticket=other.number),))
        )
    async with writing(house.engine) as connection:
        for source, target in ((1001, 1002), (1002, 1003)):
            await connection.execute(
                update(TICKETS).where(TICKETS.c.number == source).values(merged_into=target)
            )

    known = await house.known(tickets=frozenset({T1001}))

    assert set(known.conversations) == {1001, 1002, 1003}
    assert known.conversations[T1001].ticket.merged_into == 1002


async def test_merges_in_a_circle_end(house: House) -> None:
    await house.apply(opened())
    async with writing(house.engine) as connection:
        await connection.execute(update(TICKETS).values(merged_into=1001))

    assert set((await house.known(tickets=frozenset({T1001}))).conversations) == {1001}


async def test_the_tail_is_short_and_its_texts_are_cut(house: House) -> None:
    long = "x" * (TAIL_TEXT + 5)
    entries = tuple(entry(n, KIM, text=long, full_text=long) for n in range(1, TAIL + 4))
    await house.apply(opened(entries=entries))

    conversation = (await house.known(tickets=frozenset({T1001}))).conversations[T1001]

    assert [each.id for each in conversation.tail] == list(range(4, TAIL + 4))
    assert {len(each.text) for each in conversation.tail} == {TAIL_TEXT}
    assert {len(row.text) for row in await house.rows(ENTRIES)} == {TAIL_TEXT + 5}


async def test_what_only_agents_need_is_loaded_for_their_tokens_only(house: House) -> None:
    file = Attachment("a.pdf", "application/pdf", 3, "5" * 64)
    parked = entry(2, BOBBY, kind=EntryKind.ANSWER, parked="collision", text="y" * (TAIL_TEXT + 1))
    await house.apply(
        opened(
            entries=(entry(1, KIM, attachments=(file,)), parked),
            outbox=(
                outgoing(1, purpose=Purpose.CUSTOMER),
                outgoing(2, purpose=Purpose.ANSWER, notice=Notice.NEW_TICKET),
                outgoing(3, purpose=Purpose.ANSWER, notice=Notice.CUSTOMER_REPLIED),
                outgoing(4, purpose=Purpose.PARKED, notice=Notice.ANSWER_PARKED),
            ),
        )
    )
    for number in (1, 2, 3, 4):
        await house.outbox.keep_rendered([(OutboxId(number), Rendered("s", f"text {number}", ""))])

    customers = (await house.known(outbox=frozenset({OutboxId(1)}))).conversations[T1001]
    agents = (await house.known(outbox=frozenset({OutboxId(2)}))).conversations[T1001]
    named = await house.known(addresses=frozenset({"bob@example.test"}), tickets=frozenset({T1001}))

    assert named.conversations[T1001].parked == (parked,)
    assert (customers.parked, customers.files, customers.sent_texts) == ((), frozenset(), ())
    assert agents.parked == (parked,)
    assert agents.files == {file.sha256}
    assert agents.sent_texts == ("text 2", "text 3")
    assert agents.tail[0].attachments == (file,)


async def test_what_a_mail_said_is_known_to_its_answers_alone(house: House) -> None:
    await house.apply(opened(outbox=(outgoing(1), outgoing(2), outgoing(3))))
    await house.outbox.keep_rendered(
        [(OutboxId(n), Rendered("s", f"text {n}", "")) for n in (1, 2)]
    )
    numbers = frozenset(map(OutboxId, (1, 2, 3)))

    known = await house.known(outbox=numbers, answered=frozenset(map(OutboxId, (1, 3))))

    assert {number: sent.text for number, sent in known.sent.items()} == {1: "text 1", 2: "", 3: ""}


async def test_an_agent_s_mail_is_compared_with_what_lies_far_back(house: House) -> None:
    note = entry(1, BOBBY, "a secret", kind=EntryKind.NOTE, visibility=Visibility.INTERNAL)
    said = entry(2, KIM, "the first words")
    word = entry(3, BOBBY, "said", kind=EntryKind.EVENT, reason=COMMANDED)
    events = [entry(n, KIM, "noise", kind=EntryKind.EVENT) for n in range(4, 24)]
    await house.apply(
        opened(entries=(note, said, word, *events), outbox=(outgoing(1, purpose=Purpose.ANSWER),))
    )

    agents = (await house.known(outbox=frozenset({OutboxId(1)}))).conversations[T1001]
    customers = (await house.known(tickets=frozenset({T1001}))).conversations[T1001]

    assert [e.text for e in agents.entries[:3]] == ["a secret", "the first words", "said"]
    assert len(agents.entries) == 3 + len(agents.tail)
    assert customers.older == ()


async def test_a_parked_answer_is_released_in_place(house: House) -> None:
    file = Attachment("a.pdf", "application/pdf", 3, "5" * 64)
    parked = entry(
        2, BOBBY, parked="collision", visibility=Visibility.INTERNAL, attachments=(file,)
    )
    await house.apply(opened(entries=(entry(1, KIM), parked)))
    released = replace(parked, parked="", visibility=Visibility.PUBLIC, version=7)

    await house.apply(changed(entries=(released,)), tickets=frozenset({T1001}))

    conversation = (await house.known(tickets=frozenset({T1001}))).conversations[T1001]
    assert conversation.tail == (entry(1, KIM), released)
    assert len(await house.rows(ENTRIES)) == 2


async def test_a_message_id_in_many_tickets_leads_to_the_first_and_the_last(house: House) -> None:
    await house.apply(opened(entries=(entry(1, KIM, message_id="same@x"),)))
    for number in (1002, 1003, 1004):
        other = ticket(number, KIM)
        same = entry(number, KIM, ticket=other.number, message_id="same@x")
        await house.apply(opened(ticket=other, people=(), entries=(same,)))

    known = await house.known(message_ids=("none@x", "same@x"))

    assert known.located == (("same@x", 1004), ("same@x", 1001))


async def test_automatic_mail_is_counted_for_customers_and_not_loaded_for_agents(
    house: House,
) -> None:
    many = [outgoing(n, created_at=NOW + timedelta(minutes=n)) for n in range(1, MAX_BUDGET + 11)]
    to_bob = outgoing(9000, recipient=BOB.address, person=PersonId(1))
    by_hand = outgoing(9001, auto_submitted=AutoSubmitted.NONE)
    await house.apply(opened(outbox=(*many, to_bob, by_hand)))

    known = await house.known(addresses=frozenset({KEY, "bob@example.test"}))

    assert set(known.automatic) == {KEY}
    assert sorted(known.automatic[KEY]) == [(m.created_at, T1001) for m in many[10:]]


# --- people -------------------------------------------------------------------------------------


async def news(house: House, number: int, suppresses: PersonId = KIM.id) -> None:
    report = DeliveryNews(OutboxId(number), OutboxState.FAILED, "5.1.1 no such user", suppresses)
    await house.apply(
        Decision(Verdict.RECORDED, "report", deliveries=(report,)),
        outbox=frozenset({OutboxId(number)}),
    )


async def is_suppressed(house: House) -> bool:
    return (await house.known(addresses=frozenset({KEY}))).people[KEY].suppressed


async def test_an_address_is_suppressed_by_its_second_failed_mail(house: House) -> None:
    await house.apply(opened(outbox=(outgoing(1), outgoing(2))))
    await news(house, 1)
    await news(house, 1)  # two reports about one mail
    assert not await is_suppressed(house)

    await news(house, 2)

    assert await is_suppressed(house)
    assert [row.state for row in await house.rows(OUTBOX)] == ["failed", "failed"]


async def test_two_failures_in_one_batch_suppress_too(house: House) -> None:
    await house.apply(opened(outbox=(outgoing(1), outgoing(2))))
    keys = Keys("", outbox=frozenset({OutboxId(1), OutboxId(2)}))
    async with house.tickets.work() as work:
        await work.load([keys])
        for number in (1, 2):
            failed = DeliveryNews(OutboxId(number), OutboxState.FAILED, "5.1.1", KIM.id)
            work.apply(None, Decision(Verdict.RECORDED, "r", deliveries=(failed,)), NOW)
        assert work.known(keys).people[KEY].suppressed
        assert work.known(keys).sent[OutboxId(1)].state is OutboxState.FAILED
        await work.commit()

    assert await is_suppressed(house)


async def test_who_writes_again_is_suppressed_no_longer(house: House) -> None:
    await house.apply(opened(outbox=(outgoing(1), outgoing(2))))
    await news(house, 1)
    await news(house, 2)
    proof = Decision(Verdict.RECORDED, "test", proved=(KIM.id,))
    (incoming,) = await house.keep(message(KIM.address))
    async with house.tickets.work() as work:
        await work.load([incoming.keys])
        work.apply(incoming, proof, LATER)
        await work.commit()

    assert not await is_suppressed(house)
    row = next(row for row in await house.rows(ADDRESSES) if row.key == KEY)
    assert (row.failures, row.proved_at) == (0, LATER)


async def test_an_address_that_somebody_has_by_now_stays_theirs(house: House) -> None:
    await house.apply(opened())
    twin = replace(KIM, id=PersonId(12), keys=frozenset({KEY, "twin@customer.example"}))

    await house.apply(Decision(Verdict.RECORDED, "test", people=(twin,)))

    owners = {row.key: row.person for row in await house.rows(ADDRESSES)}
    assert (owners[KEY], owners["twin@customer.example"]) == (11, 12)


async def test_a_role_can_change_and_nobody_takes_part_twice(house: House) -> None:
    lee = Person(PersonId(12), "lee@x.example", keys=frozenset({"lee@x.example"}))
    await house.apply(opened())
    for role in (Role.COPIED, Role.COPIED, Role.REQUESTER):
        known_people = (lee,) if role is Role.COPIED and not await has_person(house, 12) else ()
        await house.apply(
            changed(people=known_people, participants=(Participant(lee, role),)),
            tickets=frozenset({T1001}),
        )

    roles = {row.person: row.role for row in await house.rows(PARTICIPANTS)}
    assert roles == {11: "requester", 12: "requester"}


async def has_person(house: House, number: int) -> bool:
    return number in {row.id for row in await house.rows(PEOPLE)}


async def test_a_license_is_named_once_and_may_change(house: House) -> None:
    found = License("csv", "****-1234", "f1")
    await house.apply(opened(licenses=(found, License("csv", "****-9", "f2"))))
    quoted = replace(found, quoted=True)

    await house.apply(changed(licenses=(quoted,)), tickets=frozenset({T1001}))

    conversation = (await house.known(tickets=frozenset({T1001}))).conversations[T1001]
    assert conversation.licenses == (quoted, License("csv", "****-9", "f2"))


# --- round trip ---------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TIME = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_a_ticket_and_its_entries_survive_the_store(
    house: House, data: st.DataObject
) -> None:
    async with house.tickets.work() as work:
        await work.load([])
        conversation = draw_conversation(work, data)
        ours, entries = conversation
        author = Person(work.ids.person(), "a@b.example", keys=frozenset())
        ours = replace(ours, requester=author.id, assignee=PersonId(1))
        entries = tuple(replace(each, author=author.id) for each in entries)
        work.apply(
            None,
            Decision(
                Verdict.RECORDED,
                "test",
                ticket=ours,
                is_new=True,
                people=(author,),
                participants=(Participant(author, Role.REQUESTER),),
                entries=entries,
            ),
            NOW,
        )
        await work.commit()

    known = (await house.known(tickets=frozenset({ours.number}))).conversations[ours.number]

    assert known.ticket == ours
    assert known.tail == entries
    assert known.assignee is not None
    assert known.assignee.address == BOB.address


def draw_conversation(work: Work, data: st.DataObject) -> tuple[Ticket, tuple[Entry, ...]]:
    ours = data.draw(
        st.builds(
            Ticket,
            number=st.just(work.ids.ticket()),
            desk=TEXT,
            subject=TEXT,
            requester=st.just(PersonId(1)),
            created_at=TIME,
            updated_at=TIME,
            status=st.sampled_from(Status),
            priority=TEXT,
            category=TEXT,
            assignee=st.none(),
            version=st.integers(0, 2**31 - 1),
            first_response_at=st.none() | TIME,
            closed_at=st.none() | TIME,
            merged_into=st.none(),
            possibly_about=st.none(),
            references=st.lists(TEXT, max_size=3).map(tuple),
        )
    )
    attachment = st.builds(
        Attachment,
        filename=TEXT,
        content_type=TEXT,
        size=st.integers(0, 2**40),
        sha256=TEXT,
        inline=st.booleans(),
        content_id=TEXT,
        part=TEXT,
        stated_name=st.booleans(),
        quoted=st.booleans(),
    )
    entries = []
    for _ in range(data.draw(st.integers(0, 3))):
        values = st.builds(
            Entry,
            id=st.just(EntryId(work.ids.entry())),
            ticket=st.just(ours.number),
            kind=st.sampled_from(EntryKind),
            at=TIME,
            visibility=st.sampled_from(Visibility),
            author=st.none(),
            author_address=TEXT,
            author_name=TEXT,
            text=TEXT,
            full_text=TEXT,
            message_id=TEXT,
            intake=st.none(),
            attachments=st.lists(attachment, max_size=2).map(tuple),
            parked=TEXT,
            reason=TEXT,
            version=st.integers(0, 2**31 - 1),
        )
        entries.append(data.draw(values))
    return ours, tuple(entries)
