"""What acts and their commands need to know is loaded, and what they change is written."""

from datetime import timedelta
from urllib.parse import unquote

from helpdesk.core.assignment import Strategy
from helpdesk.core.decide import decide
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.mail import Mail
from helpdesk.core.outgoing import Notice, OutgoingMail, Rendered
from helpdesk.core.reply_address import reply_address
from helpdesk.core.ticket import EntryKind, TicketNumber
from helpdesk.store.tables import ADDRESSES, ENTRIES, OUTBOX, PARTICIPANTS, PEOPLE, TICKETS
from tests.builders import (
    BOB,
    CARL,
    EVE,
    KEYRING,
    NOW,
    POLICY,
    SUPPORT,
    mail,
    message,
    only,
    rules,
)
from tests.store.house import House

T1001, T1002 = TicketNumber(1001), TicketNumber(1002)


def to_bob(decision: Decision, notice: Notice) -> OutgoingMail:
    return only((m for m in decision.outbox if m.recipient == BOB.address), notice)


def reply(to: OutgoingMail, text: str, subject: str = "Re: Printer [TICK-1001]") -> Mail:
    assert to.purpose is not None
    address = reply_address(POLICY, KEYRING, POLICY.desk(to.desk), to.purpose, to.id)
    return mail(message(BOB.address, subject, text), address)


async def two_tickets(house: House) -> OutgoingMail:
    """Eve asks twice; what Bob was told of the first."""
    first, _ = await house.receive(
        message(EVE.address, "Printer"), message(EVE.address, "Something else", "Scanner")
    )
    return to_bob(first, Notice.NEW_TICKET)


async def test_an_answer_goes_with_its_ticket_when_its_first_line_merges_it(house: House) -> None:
    told = await two_tickets(house)

    (decision,) = await house.receive(reply(told, "#merge TICK-1002\nBuy paper."))

    assert decision.reason == "answer"
    said = [row for row in await house.rows(ENTRIES) if row.kind != EntryKind.EVENT.value]
    assert {row.ticket for row in said} == {1002}
    merged = next(row for row in await house.rows(TICKETS) if row.number == T1001)
    assert (merged.merged_into, merged.due_at) == (1002, None)


async def test_send_carries_out_what_the_parked_answer_names(house: House) -> None:
    told = await two_tickets(house)
    tag = "Re: Printer [TICK-1001]"
    await house.receive(message(EVE.address, tag, "It smells, too."))
    commands = f"#cc {EVE.address.replace('eve', 'adam')}\n#merge TICK-1002\n#resolve"
    (parked,) = await house.receive(reply(told, f"{commands}\nBuy paper."))
    assert parked.reason == "parked"
    await house.receive(message("adam@elsewhere.example", "Hello", "I am Adam."))

    (sent,) = await house.receive(
        reply(to_bob(parked, Notice.ANSWER_PARKED), "#send"), now=NOW + timedelta(minutes=2)
    )

    receipt = to_bob(sent, Notice.RECEIPT)
    outcomes = [line["outcome"] for line in receipt.variables["lines"]]
    assert outcomes == ["done", "done", "done"], receipt.variables["lines"]
    people = {row.address for row in await house.rows(PEOPLE)}
    assert len(await house.rows(PEOPLE)) == len(people)
    answers = [row for row in await house.rows(ENTRIES) if row.kind == EntryKind.ANSWER.value]
    assert [(row.ticket, row.parked) for row in answers] == [(1002, "")]
    adam = next(r for r in await house.rows(ADDRESSES) if r.key == "adam@elsewhere.example").person
    roles = {(r.ticket, r.person): r.role for r in await house.rows(PARTICIPANTS)}
    assert roles[1002, adam] == "follower"
    assert {m.recipient for m in sent.outbox if m.notice is Notice.ANSWER} == {
        EVE.address,
        "adam@elsewhere.example",
    }


async def test_the_budget_of_a_customer_holds_for_what_time_and_agents_cause(house: House) -> None:
    told = await two_tickets(house)
    assert told.ticket == T1001

    known = await house.known(tickets=frozenset({T1001}))
    by_agent = await house.known(outbox=frozenset({told.id}))

    assert [len(known.automatic[EVE.address]), len(by_agent.automatic[EVE.address])] == [2, 2]


async def test_take_and_resolve_by_one_mail_are_written_with_one_mail_to_the_customer(
    house: House,
) -> None:
    told = await two_tickets(house)

    (decision,) = await house.receive(reply(told, "#take\n#resolve\n#tag paper\n#time 10m"))

    assert decision.verdict is Verdict.RECORDED
    mails = [row for row in await house.rows(OUTBOX) if row.recipient == EVE.address]
    assert [row.notice for row in mails] == ["confirmation", "confirmation", "resolved"]
    known = await house.known(tickets=frozenset({T1001}))
    found = known.conversations[T1001]
    assert (found.ticket.status, found.ticket.tags) == ("resolved", ("paper",))
    assert sum(entry.minutes for entry in found.entries) == 10


async def test_a_message_that_is_split_off_is_the_first_of_its_ticket(house: House) -> None:
    await two_tickets(house)
    (second,) = await house.receive(
        message(EVE.address, "Re: Printer [TICK-1001]", "And my mouse is dead.")
    )
    told = to_bob(second, Notice.CUSTOMER_REPLIED)

    (decision,) = await house.receive(reply(told, "#split Mouse"))

    assert decision.opened == (1003,)
    known = await house.known(tickets=frozenset({TicketNumber(1003), T1001}))
    new, old = known.conversations[TicketNumber(1003)], known.conversations[T1001]
    assert new.ticket.subject == "Mouse"
    assert new.requester.address == EVE.address
    assert [e.text for e in new.entries if e.kind is EntryKind.MESSAGE] == ["And my mouse is dead."]
    assert [e.text for e in old.entries if e.kind is EntryKind.MESSAGE] == ["It burns."]
    assert {link.other for link in new.links} == {1001}


async def test_a_click_finds_the_mail_that_it_belongs_to(house: House) -> None:
    told = await two_tickets(house)
    (click,) = [action["href"] for action in told.variables["actions"]]
    address = unquote(click.removeprefix("mailto:").partition("?")[0])

    (decision,) = await house.receive(
        mail(message(BOB.address, "Take [TICK-1001]", "#take"), address)
    )

    assert decision.ticket is not None
    bob = next(r for r in await house.rows(ADDRESSES) if r.key == BOB.address).person
    assert decision.ticket.assignee == bob


async def test_tickets_of_one_batch_are_given_to_agents_in_turn(house: House) -> None:
    in_turn = rules(assign=Strategy.ROUND_ROBIN)
    mails = [message(f"c{number}@customer.example", f"Subject {number}") for number in range(4)]
    batch = await house.keep(*mails)
    given = []
    async with house.tickets.work() as work:
        await work.load([incoming.keys for incoming in batch])
        for incoming in batch:
            decision = decide(incoming, work.known(incoming.keys), in_turn, work.ids, NOW)
            work.apply(incoming, decision, NOW)
            assert decision.ticket is not None
            given.append(decision.ticket.assignee)
        await work.commit()

    assert given[0] != given[1]
    assert given[:2] * 2 == given


async def test_a_notice_that_an_agent_quotes_does_not_reach_the_customer(house: House) -> None:
    told = await two_tickets(house)
    (noted,) = await house.receive(reply(told, "#assign carl\n#note\nHe is angry."))
    assigned = only((m for m in noted.outbox if m.recipient == CARL.address), Notice.ASSIGNED)
    quoted = "This part of our notification is for agents of the desk only."
    await house.outbox.keep_rendered([(assigned.id, Rendered("s", quoted, ""))])

    assert assigned.purpose is not None
    address = reply_address(POLICY, KEYRING, SUPPORT, assigned.purpose, assigned.id)
    answer = message(CARL.address, "Re: Printer [TICK-1001]", f"Use water.\n{quoted}")
    (decision,) = await house.receive(mail(answer, address))

    assert only(decision.outbox, Notice.ANSWER).variables["text"] == "Use water."
