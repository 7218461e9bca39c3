"""Somebody acts on a ticket without a mail; the same rules as for a command in one."""

from dataclasses import dataclass

from helpdesk.core.acts import Done
from helpdesk.core.address import lookup_key
from helpdesk.core.commands import BadArgumentError, Verb, addresses_of, number_of
from helpdesk.core.decide_act import Order, acted
from helpdesk.core.decision import Keys
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.license import fingerprints_of
from helpdesk.core.route import follow_merges
from helpdesk.core.ticket import Person, TicketNumber
from helpdesk.ports import Clock, Tickets


class Refused(Exception):  # noqa: N818 -- it is an outcome, not a bug
    """What is wrong, and the next step."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step


@dataclass(slots=True)
class Acting:
    tickets: Tickets
    rules: Rules
    clock: Clock

    async def act(self, number: TicketNumber, order: Order, agent: str = "") -> Done:
        """In the name of the agent with this address; empty: of the operator. Raises Refused."""
        keys = self._keys(number, order, agent)
        now = self.clock.now()
        async with self.tickets.work() as work:
            await work.load([keys])
            known = work.known(keys)
            conversation = follow_merges(known, number)
            if conversation is None:
                raise Refused(f"there is no ticket {number}", "see `helpdesk tickets list`")
            desk = self.rules.policy.desk(conversation.ticket.desk).name
            by = _agent(known.people.get(lookup_key(agent)), desk, agent)
            draft = Draft(self.rules, known, work.ids, now)
            decision, result = acted(order, conversation, by, draft)
            work.apply(None, decision, now)
            await work.commit()
        return result

    def _keys(self, number: TicketNumber, order: Order, agent: str) -> Keys:
        tickets, addresses = {number}, {lookup_key(agent)} if agent else set()
        licenses: frozenset[str] = frozenset()
        if order.verb is Verb.LICENSE:
            patterns = self.rules.policy.key_patterns
            licenses = fingerprints_of(order.argument, self.rules.keyring, patterns)
        try:
            if order.verb in (Verb.MERGE, Verb.LINK):
                tickets.add(number_of(order.argument, self.rules.policy.ticket_prefix))
            if order.verb is Verb.CC:
                addresses |= {lookup_key(box.address) for box in addresses_of(order.argument)}
        except BadArgumentError:
            pass  # the act says what is wrong
        return Keys(
            identity="",
            tickets=frozenset(tickets),
            addresses=frozenset(addresses),
            rights=self.rules.policy.asks_for_rights,
            licenses=licenses,
            older=order.verb is Verb.SPLIT,
        )


def _agent(found: Person | None, desk: str, address: str) -> Person | None:
    if not address:
        return None
    if found is None or not found.is_agent:
        raise Refused(f"{address} is no agent", "see `helpdesk agents list`")
    if desk not in found.desks:
        raise Refused(f"{address} is no agent of the desk {desk}", "see `helpdesk agents list`")
    return found
