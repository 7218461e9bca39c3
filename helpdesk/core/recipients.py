"""Who among the agents has to know about a ticket."""

from helpdesk.core.draft import Draft
from helpdesk.core.ticket import Person


def agents_of(draft: Draft) -> tuple[Person, ...]:
    """The active agents of the ticket's desk; of the first one if that desk is gone."""
    return draft.known.agents.get(draft.desk.name, ())


def agent_of(draft: Draft, number: int | None) -> Person | None:
    """The active agent with that number, if he has a right to the desk of the ticket."""
    return next((agent for agent in agents_of(draft) if agent.id == number), None)


def in_charge(draft: Draft) -> list[Person]:
    """The assignee; if he is away the others, too; without one all agents of the desk who are
    there, and if nobody is, all of them."""
    agents = agents_of(draft)
    assignee = agent_of(draft, draft.the_ticket.assignee)
    if assignee is not None and not assignee.is_away(draft.now):
        return [assignee]
    found = [agent for agent in agents if not agent.is_away(draft.now)] or list(agents)
    return found if assignee is None or assignee in found else [assignee, *found]


def leads_of(draft: Draft) -> list[Person]:
    wanted = {address.casefold() for address in draft.desk.leads}
    return [agent for agent in agents_of(draft) if not wanted.isdisjoint(agent.keys)]
