"""Who is told of what happened to a ticket; docs/notices.md has the same as a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from helpdesk.core.draft import Draft, Letter
from helpdesk.core.entitle import FULL, cannot_tell
from helpdesk.core.notices import (
    MAX_TEXT,
    author_of,
    clicks_of,
    cut,
    files_of,
    files_that_fit,
    from_of,
    moment,
    right_of_customer,
    said_lately,
    variables,
)
from helpdesk.core.outgoing import Notice
from helpdesk.core.recipients import agent_of, in_charge, leads_of
from helpdesk.core.sentences import say
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    Person,
    Right,
    RightState,
    Status,
    Visibility,
)
from helpdesk.core.token import Purpose

_DONE = (Status.RESOLVED, Status.CLOSED)


def announce(draft: Draft, conversation: Conversation, actor: Person | None, name: str) -> None:
    """After all that an agent or the time did in this decision: at most one mail for each person,
    and none for the one who did it."""
    draft.run_clocks()
    tell_of_right(draft, conversation, actor)
    _tell_requester(draft, conversation, actor, name)
    tell_assignee(draft, conversation, actor, name)


def tell_of_right(draft: Draft, conversation: Conversation, actor: Person | None) -> None:
    """What became of the right to support; a hold that its customer cannot hear of is none."""
    if draft.before is None:
        return
    draft.run_clocks()
    before, requester = draft.before.right, conversation.requester
    kind = _kind_of_right(draft, before)
    if kind:
        returned = max(before.credits - draft.the_ticket.right.credits, 0)
        told = right_of_customer(draft, kind, requester, returned=returned)
        letter = _to_requester(draft, requester, Notice.RIGHT, {}, right=told, can_mute=False)
        # An agent who holds the ticket with an answer says so in that.
        is_answered = any(mail.person == requester.id for mail in draft.outbox)
        sent = draft.send(requester, letter)
        if sent is None and kind == "missing" and not is_answered:
            cannot_tell(draft)
            draft.run_clocks()
    right = draft.the_ticket.right
    is_released = before.is_quiet and not right.is_quiet
    if is_released and draft.the_ticket.status not in _DONE:
        _tell_of_new(draft, conversation, actor)
    elif right.told > before.told:
        _tell_of_budget(draft, conversation, actor)


def _kind_of_right(draft: Draft, before: Right) -> str:
    """What the requester is told of it; empty: nothing."""
    right, is_done = draft.the_ticket.right, draft.the_ticket.status in _DONE
    if right.is_held and not before.is_held:
        return "missing"
    if before.is_held and not right.is_held and not is_done:
        return "given" if right.state is not RightState.UNCLEAR else ""
    if right.credits < before.credits:
        return "refunded"
    is_used_up = right.told >= FULL > before.told
    return "budget" if is_used_up and not is_done else ""


def _tell_of_new(draft: Draft, conversation: Conversation, actor: Person | None) -> None:
    """The agents hear of a ticket of which they did not know."""
    first = next((e for e in conversation.entries if e.kind is EntryKind.MESSAGE), None)
    proved = draft.the_ticket.right.proved
    warnings = [] if proved else [say("The sender's address is not verified.")]
    for agent in _others(in_charge(draft), actor):
        letter = _to_agent(
            draft,
            agent,
            conversation,
            Notice.NEW_TICKET,
            entry=first,
            text=cut(first.text, MAX_TEXT) if first is not None else "",
            author=author_of(first) if first is not None else None,
            attachments=files_of(first) if first is not None else [],
            keys=[
                {"masked": each.masked, "provider": each.provider, "quoted": each.quoted}
                for each in conversation.licenses
            ],
            warnings=warnings,
        )
        draft.send(agent, letter)


def _tell_of_budget(draft: Draft, conversation: Conversation, actor: Person | None) -> None:
    """Most of the paid work was done, or all; who booked it read that in his receipt."""
    for agent in _others([*in_charge(draft), *leads_of(draft)], actor):
        draft.send(agent, _to_agent(draft, agent, conversation, Notice.BUDGET))


def _others(agents: Iterable[Person], actor: Person | None) -> list[Person]:
    return [agent for agent in agents if actor is None or agent.id != actor.id]


def _tell_requester(
    draft: Draft, conversation: Conversation, actor: Person | None, name: str
) -> None:
    requester = conversation.requester
    notice = _notice_of(draft, name)
    if notice is None or (actor is not None and actor.id == requester.id):
        return
    by = {"name": name} if name else None
    draft.send(requester, _to_requester(draft, requester, notice, _event(draft, notice), by=by))


def _to_requester(
    draft: Draft, requester: Person, notice: Notice, event: Mapping[str, Any], **more: Any
) -> Letter:
    """A notice that he may switch off, with what he may do by a click."""
    return Letter(
        notice,
        variables(draft, requester, requester, **{"event": dict(event), "can_mute": True, **more}),
        purpose=Purpose.CUSTOMER,
        clicks=clicks_of(draft),
    )


def _notice_of(draft: Draft, name: str) -> Notice | None:
    """The one thing that matters most to the customer."""
    ticket, before = draft.the_ticket, draft.before
    if before is None:
        return None
    if ticket.status is not before.status:
        if ticket.status is Status.CLOSED:
            return Notice.CLOSED
        if ticket.status is Status.RESOLVED:
            return Notice.RESOLVED
        if before.status in _DONE and name:
            return Notice.REOPENED
    is_new_assignee = ticket.assignee is not None and ticket.assignee != before.assignee
    if is_new_assignee and ticket.status not in _DONE:
        return Notice.TICKET_ASSIGNED
    return Notice.STATUS_CHANGED if ticket.status is not before.status else None


def _event(draft: Draft, notice: Notice) -> dict[str, Any]:
    ticket, desk = draft.the_ticket, draft.desk
    if notice is Notice.RESOLVED and desk.close_after:
        return {"at": moment(draft.now + desk.close_after), "zone": draft.zone}
    if notice is Notice.CLOSED:
        until = (ticket.closed_at or draft.now) + draft.policy.reopen_within
        return {"until": moment(until), "zone": draft.zone}
    return {}


def tell_assignee(
    draft: Draft, conversation: Conversation, actor: Person | None, name: str
) -> None:
    ticket, before = draft.the_ticket, draft.before
    if ticket.assignee is None or (before is not None and ticket.assignee == before.assignee):
        return
    agent = agent_of(draft, ticket.assignee)
    if agent is None or (actor is not None and actor.id == agent.id):
        return
    last = _last_message(conversation)
    draft.send(
        agent,
        _to_agent(
            draft,
            agent,
            _as_it_is_now(draft, conversation),
            Notice.ASSIGNED,
            entry=last,
            text=cut(last.text, MAX_TEXT) if last is not None else "",
            by={"name": name} if name else None,
        ),
    )


def _as_it_is_now(draft: Draft, conversation: Conversation) -> Conversation:
    """With what this very decision wrote: a note says why the ticket is given away."""
    mine = (entry for entry in draft.entries if entry.ticket == conversation.ticket.number)
    new = [entry for entry in mine if entry.kind is not EntryKind.EVENT and not entry.parked]
    known = [entry for entry in conversation.tail if entry.id not in {each.id for each in new}]
    return replace(conversation, tail=(*known, *new))


def _last_message(conversation: Conversation) -> Entry | None:
    messages = [e for e in conversation.entries if e.kind is EntryKind.MESSAGE]
    return messages[-1] if messages else None


def last_answer(conversation: Conversation) -> Entry | None:
    answers = [
        e
        for e in conversation.entries
        if e.kind is EntryKind.ANSWER and e.visibility is Visibility.PUBLIC
    ]
    return answers[-1] if answers else None


def _to_agent(
    draft: Draft,
    agent: Person,
    conversation: Conversation,
    notice: Notice,
    *,
    entry: Entry | None = None,
    **more: Any,
) -> Letter:
    """A notice to an agent, whose reply is an answer to the customer."""
    files = files_that_fit(entry) if entry is not None and entry.attachments else ()
    values: Mapping[str, Any] = {
        "reply_does": "answer",
        "history": said_lately(conversation, without=entry),
        **more,
    }
    return Letter(
        notice,
        variables(draft, agent, conversation.requester, **values),
        purpose=Purpose.ANSWER,
        from_name=from_of(draft, conversation),
        from_address=draft.policy.notifications_address,
        files=files,
        entry=entry,
        clicks=(Purpose.TAKE,) if draft.the_ticket.assignee is None else (),
    )


def tell_of_target(
    draft: Draft, conversation: Conversation, notice: Notice, event: Mapping[str, Any]
) -> None:
    """A target is near or was missed: the assignee and the leads, or everybody."""
    last = _last_message(conversation)
    told = {agent.id: agent for agent in (*in_charge(draft), *leads_of(draft))}
    for agent in told.values():
        letter = _to_agent(
            draft,
            agent,
            conversation,
            notice,
            text=cut(last.text, MAX_TEXT) if last is not None else "",
            event=dict(event),
        )
        draft.send(agent, letter)


def tell_of_customer(
    draft: Draft,
    conversation: Conversation,
    kind: str,
    *,
    entry: Entry | None = None,
    warnings: Sequence[str] = (),
) -> None:
    """The customer did something by a click or a word: closed, reopened, thanked, raised."""
    for agent in in_charge(draft):
        letter = _to_agent(
            draft,
            agent,
            conversation,
            Notice.CUSTOMER_ACTED,
            entry=entry,
            text=cut(entry.text, MAX_TEXT) if entry is not None else "",
            event={"kind": kind},
            warnings=list(warnings),
        )
        draft.send(agent, letter)


def tell_awake(draft: Draft, conversation: Conversation) -> None:
    last = _last_message(conversation)
    for agent in in_charge(draft):
        text = cut(last.text, MAX_TEXT) if last is not None else ""
        letter = _to_agent(draft, agent, conversation, Notice.AWAKE, entry=last, text=text)
        draft.send(agent, letter)


def tell_of_license(
    draft: Draft, conversation: Conversation, agents: Iterable[Person], not_before: datetime | None
) -> None:
    """What a provider said about a license after they were told of the ticket; the mail has all
    that is known when it goes out."""
    for agent in agents:
        letter = _to_agent(draft, agent, conversation, Notice.LICENSE_KNOWN, history=[])
        draft.send(agent, replace(letter, not_before=not_before))


def tell_of_note(
    draft: Draft, conversation: Conversation, actor: Person | None, note: Entry
) -> None:
    """The assignee reads what another agent noted; his reply is a note, too."""
    agent = agent_of(draft, draft.the_ticket.assignee)
    if agent is None or (actor is not None and agent.id == actor.id):
        return
    letter = _to_agent(
        draft,
        agent,
        conversation,
        Notice.NOTE_ADDED,
        entry=note,
        text=cut(note.text, MAX_TEXT),
        reply_does="note",
        author={"name": note.author_name, "address": note.author_address},
    )
    draft.send(agent, replace(letter, purpose=Purpose.NOTE))


def remind(draft: Draft, conversation: Conversation, notice: Notice) -> None:
    """The time speaks to the customer: it waits for him, or will close."""
    requester, desk, ticket = conversation.requester, draft.desk, draft.the_ticket
    answer = last_answer(conversation)
    event: dict[str, Any] = {"zone": draft.zone}
    since = ticket.status_since or ticket.updated_at
    if notice is Notice.REMINDER:
        event["since"] = moment(since)
    elif desk.close_after:
        event["at"] = moment(since + desk.close_after)
    draft.trigger(Trigger.REMINDED)
    draft.change(reminded_at=draft.now)
    text = cut(answer.text, MAX_TEXT) if answer is not None else ""
    sent = draft.send(requester, _to_requester(draft, requester, notice, event, text=text))
    what = "that we wait for an answer" if notice is Notice.REMINDER else "that it will close"
    if sent is not None:
        draft.event(f"{requester.display} was reminded {what}", reason=notice.value)
