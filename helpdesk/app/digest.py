"""What waits for an agent, for whoever asks at the command line."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.clock import SystemClock
from helpdesk.config import Settings
from helpdesk.core.address import lookup_key
from helpdesk.core.decision import Keys
from helpdesk.core.digest import digest_now, overdue_since
from helpdesk.store.engine import StoreError
from helpdesk.store.tickets import SqlTickets


async def digest_of(
    engine: AsyncEngine, settings: Settings, address: str
) -> tuple[Sequence[Mapping[str, Any]], int]:
    """The tickets that a digest of all his desks would list now, and how many more there are.

    Raises StoreError for who is no agent.
    """
    policy, now, key = settings.policy(), SystemClock().now(), lookup_key(address)
    keys = Keys(
        identity="",
        addresses=frozenset({key}),
        queues=frozenset(desk.name for desk in policy.desks),
    )
    async with SqlTickets(engine).work() as work:
        await work.load([keys])
        known = work.known(keys)
    agent = known.people.get(key)
    if agent is None or not agent.is_agent:
        raise StoreError(f"{address} is no agent", "see `helpdesk agents list`")
    queue = digest_now(known, policy, agent, now)
    lines = [
        {
            "ticket": policy.tag(each.ticket.number),
            "subject": each.ticket.subject,
            "customer": each.customer,
            "desk": each.ticket.desk,
            "status": each.ticket.status.value,
            "priority": each.ticket.priority,
            "yours": each.ticket.assignee == agent.id,
            "overdue": overdue_since(each, now) is not None,
            "target_at": each.ticket.target_at and each.ticket.target_at.isoformat(),
            "created_at": each.ticket.created_at.isoformat(),
        }
        for each in queue.listed
    ]
    return lines, queue.more
