"""The list that each agent gets once on a working day: what waits for him, or for anybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from helpdesk.core.decision import Decision, Ids, Known, Verdict, Waiting
from helpdesk.core.draft import Draft, Letter, Rules
from helpdesk.core.notices import called, language_of, moment, variables
from helpdesk.core.outgoing import Notice
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.queue import digest_mark, digests_due, waits_for_an_agent
from helpdesk.core.reckoning import spelled
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import Person, PersonId, TicketNumber
from helpdesk.core.token import Purpose

MOST_LISTED = 50
USUAL_PRIORITY = "normal"


def digests(known: Known, rules: Rules, ids: Ids, now: datetime) -> Decision | None:
    """One mail for each agent of the desks whose time has come, about all of these together; none
    without a ticket in it. None: no desk's time has come, or somebody else was faster."""
    due = dict(digests_due(rules.policy, known.marks, now))
    if not due:
        return None
    draft = Draft(rules, known, ids, now)
    draft.marks = {digest_mark(desk.name): day.isoformat() for desk, day in due.items()}
    for agent in _agents(known, list(due)):
        draft.desks = tuple(desk for desk in due if desk.name in agent.desks)
        _send(draft, agent, due[draft.desk])
    draft.desks = tuple(due)
    return draft.decision(Verdict.RECORDED, "digest")


def digest_now(known: Known, policy: Policy, agent: Person, now: datetime) -> "Queue":
    """What a digest would tell this agent about all of his desks, at whatever time."""
    desks = [desk for desk in policy.desks if desk.name in agent.desks]
    return queue_of(agent, desks, known, policy, now)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one agent: overdue first, the longest first, then in order of entry; where a
    desk wants it, in order of entry only."""

    listed: tuple[Waiting, ...]
    more: int
    overdue: int
    """Of all, those that are listed and those that are not."""

    @property
    def number(self) -> int:
        return len(self.listed) + self.more


def queue_of(
    agent: Person, desks: Sequence[Desk], known: Known, policy: Policy, now: datetime
) -> Queue:
    his = [
        each
        for each in known.waiting
        if policy.desk(each.ticket.desk) in desks
        and waits_for_an_agent(each.ticket, now)
        and (each.ticket.assignee == agent.id or is_free(each, known, policy))
    ]
    his.sort(key=lambda each: _order(each, policy.desk(each.ticket.desk), now))
    overdue = sum(overdue_since(each, now) is not None for each in his)
    listed = tuple(his[:MOST_LISTED])
    return Queue(listed, len(his) - len(listed), overdue)


def is_free(waiting: Waiting, known: Known, policy: Policy) -> bool:
    """Whether nobody has it, or somebody who is no agent of its desk any more."""
    assignee = waiting.ticket.assignee
    agents = known.agents.get(policy.desk(waiting.ticket.desk).name, ())
    return assignee is None or all(agent.id != assignee for agent in agents)


def overdue_since(waiting: Waiting, now: datetime) -> datetime | None:
    due = waiting.ticket.target_at
    return due if due is not None and due <= now else None


def _order(waiting: Waiting, desk: Desk, now: datetime) -> tuple[bool, datetime, TicketNumber]:
    since = None if desk.in_entry_order else overdue_since(waiting, now)
    return (since is None, since or waiting.ticket.created_at, waiting.ticket.number)


def _agents(known: Known, desks: Sequence[Desk]) -> Iterator[Person]:
    """Each once, in the order in which they became agents."""
    found: dict[PersonId, Person] = {}
    for desk in desks:
        found |= {agent.id: agent for agent in known.agents.get(desk.name, ())}
    return (found[number] for number in sorted(found))


def _send(draft: Draft, agent: Person, today: date) -> None:
    if agent.is_away(draft.now):
        draft.note("digest", "away", f"person {agent.id}")
        return
    wakes = draft.quiet_until(agent)
    if wakes is not None and wakes.astimezone(ZoneInfo(draft.desk.zone)).date() > today:
        # It would come together with that of the next day.
        draft.note("digest", "too late", f"person {agent.id}")
        return
    known, policy = draft.known, draft.policy
    queue = queue_of(agent, draft.desks, known, policy, draft.now)
    if not queue.listed:
        draft.note("digest", "nothing waits", f"person {agent.id}")
        return
    free = [each.ticket.number for each in queue.listed if is_free(each, known, policy)]
    draft.send(
        agent,
        Letter(
            Notice.DIGEST,
            variables(
                draft,
                agent,
                None,
                tickets=[_line(draft, agent, each) for each in queue.listed],
                more=queue.more,
                figures={"waiting": queue.number, "overdue": queue.overdue},
                event={"at": moment(draft.now), "zone": draft.desk.zone},
                can_mute=True,
            ),
            purpose=Purpose.TAKE,
            from_address=draft.policy.notifications_address,
            offers=free,
        ),
    )


def _line(draft: Draft, agent: Person, waiting: Waiting) -> dict[str, object]:
    ticket, since = waiting.ticket, overdue_since(waiting, draft.now)
    desk, language = draft.policy.desk(ticket.desk), language_of(draft, agent)
    is_usual = ticket.priority == USUAL_PRIORITY
    return {
        "number": ticket.number,
        "tag": draft.policy.tag(ticket.number),
        "subject": called(base_subject(ticket.subject, draft.policy.ticket_prefix)),
        "customer": called(waiting.customer),
        "desk": desk.display_name if len(draft.desks) > 1 else "",
        "status": desk.vocabulary.status_label(ticket.status, language, to_agent=True),
        "color": desk.vocabulary.status_color(ticket.status),
        "priority": "" if is_usual else desk.vocabulary.priority_label(ticket.priority, language),
        "opened_at": moment(ticket.created_at),
        "due_at": moment(ticket.target_at) if ticket.target_at is not None else "",
        "overdue": spelled(draft.now - since) if since is not None else "",
        "is_mine": ticket.assignee == agent.id,
        "take": "",
    }
