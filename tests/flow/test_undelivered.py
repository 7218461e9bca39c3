"""A relay refuses a recipient for good: the ticket and its agents learn of it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from helpdesk.core.outgoing import Notice, OutboxState
from helpdesk.core.ticket import TicketNumber
from helpdesk.flow.undelivered import TellingOutbox
from helpdesk.ports import Attempt, Due, Outcome, Sent
from helpdesk.store.engine import open_engine
from helpdesk.store.people import AgentSetting, sync
from helpdesk.store.reads import list_outbox, show_ticket
from helpdesk.store.schema import upgrade
from tests.builders import ANA, NOW, POLICY, RULES, SALES, SUPPORT, message
from tests.store.house import House

REFUSED = Attempt(Outcome.FAILED, "550 5.1.1 User unknown")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
async def office(tmp_path: Path) -> House:
    url = f"sqlite+aiosqlite:///{tmp_path / 'helpdesk.db'}"
    await upgrade(url)
    engine = open_engine(url)
    (tmp_path / "objects").mkdir()
    agents = [AgentSetting("Bob Agent", ("bob@example.test",), ("support",))]
    await sync(engine, [SUPPORT, SALES], agents)
    return House(engine, tmp_path / "objects")


async def due_mail(house: House) -> Sequence[Due]:
    return await house.outbox.claim(LATER, 64, LATER + timedelta(minutes=10))


async def states(house: House) -> dict[Notice, OutboxState]:
    return {
        Notice(line.notice): OutboxState(line.state) for line in await list_outbox(house.engine)
    }


async def refuse(house: House, attempt: Attempt = REFUSED) -> None:
    """Let the relay refuse every confirmation that is due, and take everything else."""
    outbox = TellingOutbox(house.outbox, house.tickets, RULES)
    sent = [
        Sent(
            due.mail.id,
            attempt
            if due.mail.notice is Notice.CONFIRMATION
            else Attempt(Outcome.DELIVERED, "250 2.0.0 Ok"),
            None,
        )
        for due in await due_mail(house)
    ]
    await outbox.finish(sent, LATER)


async def test_a_refused_recipient_is_an_event_and_a_notice_to_the_agent(office: House) -> None:
    await office.receive(message())

    await refuse(office)

    found = await states(office)
    assert found[Notice.CONFIRMATION] is OutboxState.FAILED
    assert found[Notice.NEW_TICKET] is OutboxState.DELIVERED
    (trouble,) = [d for d in await due_mail(office) if d.mail.notice is Notice.DELIVERY_TROUBLE]
    assert trouble.mail.recipient == "bob@example.test"
    assert "User unknown" in str(trouble.mail.variables["report"])
    shown = await show_ticket(office.engine, TicketNumber(1001))
    assert any("User unknown" in entry.text for entry in shown.entries)
    await office.engine.dispose()


async def test_a_second_refusal_suppresses_the_address(office: House) -> None:
    for subject in ("one", "two", "three"):
        (decision,) = await office.receive(message(subject=subject, dmarc="none"))
        await refuse(office)

    assert Notice.CONFIRMATION not in {out.notice for out in decision.outbox}
    assert any(entry.reason == "suppressed" for entry in decision.entries)
    assert POLICY.budget.per_hour > 2
    await office.engine.dispose()


async def test_our_own_giving_up_suppresses_nobody(office: House) -> None:
    gave_up = Attempt(Outcome.FAILED, "gave up after: 451", gave_up=True)
    for subject in ("one", "two", "three"):
        (decision,) = await office.receive(message(subject=subject, dmarc="none"))
        await refuse(office, gave_up)

    assert [out.recipient for out in decision.outbox if out.notice is Notice.CONFIRMATION] == [
        ANA.address
    ]
    await office.engine.dispose()
