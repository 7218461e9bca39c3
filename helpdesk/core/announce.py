"""Who is told of what happened to a ticket; docs/notices.md has the same as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from helpdesk.core.draft import Draft, Letter
from helpdesk.core.notices import (
    MAX_TEXT,
    clicks_of,
    cut,
    files_that_fit,
    from_of,
    moment,
    said_lately,
    variables,
)
from helpdesk.core.outgoing import Notice
from helpdesk.core.recipients import agent_of, in_charge, leads_of
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation, Entry, EntryKind, Person, Status, Visibility
from helpdesk.core.token import Purpose

_DONE = (Status.RESOLVED, Status.CLOSED)


def announce(draft: Draft, conversation: Conversation, actor: Person | None, name: str) -> None:
    """After all that an agent or the time did in this decision: at most one mail for each person,
    and none for the one who did it."""
    draft.run_clocks()
    _tell_requester(draft, conversation, actor, name)
    _tell_assignee(draft, conversation, actor, name)


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
        variables(draft, requester, requester, event=dict(event), can_mute=True, **more),
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


def _tell_assignee(
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
