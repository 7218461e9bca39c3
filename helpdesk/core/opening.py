"""What a new ticket is, beside its words: priority, category, tags, service level, assignee, and
whether it was asked before."""

import re
from datetime import timedelta

from helpdesk.core.acts import add_tags, assign, set_field
from helpdesk.core.assignment import Candidate, choose, find_agent
from helpdesk.core.commands import Fields, read_fields
from helpdesk.core.draft import Draft
from helpdesk.core.entitle import set_free
from helpdesk.core.license_keys import forms_of, mask
from helpdesk.core.mail import Message
from helpdesk.core.named_keys import keys_in_words
from helpdesk.core.notices import called
from helpdesk.core.policy import Desk
from helpdesk.core.rules import Effects, apply_rules, facts_of
from helpdesk.core.sentences import say
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import LinkKind, Person, Status, Ticket

MOST_DUPLICATES = 3
LOOKED_BACK = timedelta(days=30)
SIMILAR = 0.6
"""So much of the words of two subjects must be the same."""
_WORD = re.compile(r"\w+")


def stated_fields(draft: Draft, desk: Desk) -> Fields:
    """`Priority: High` and the like in a customer's first lines, where the desk allows it."""
    said = draft.message.words.new
    return read_fields(said) if desk.customer_fields else Fields(rest=said)


def settle_new(draft: Draft, fields: Fields) -> Effects:
    """The customer's own words first, then the rules of the operator, which have the last word."""
    _take_fields(draft, fields)
    ticket, desk = draft.the_ticket, draft.desk
    facts = facts_of(draft.message, desk.name, priority=ticket.priority, category=ticket.category)
    found = apply_rules(draft.policy.rules, facts)
    draft.evidence.extend(found.evidence)
    _take_effects(draft, found.then)
    _give_away(draft, found.then)
    return found.then


def settle_products(draft: Draft, message: Message, product: str, *, is_his: bool) -> None:
    """By the rules that name this product, of a license that was looked up by now; `message` is the
    mail that names its key.

    Only whose license it is may see the difference: of all others tickets are tagged, which no
    customer sees. What an agent answered stays as it is.
    """
    rules = draft.policy.rules
    ticket = draft.the_ticket
    if ticket.first_response_at is not None or not any(rule.when.products for rule in rules):
        return
    facts = facts_of(message, ticket.desk, priority=ticket.priority, category=ticket.category)
    found = apply_rules(rules, facts, product)
    draft.evidence.extend(found.evidence)
    _take_effects(draft, found.then if is_his else Effects(tags=found.then.tags))
    if is_his and (found.then.assignee or found.then.team):
        _give_away(draft, found.then, is_turn=False)
    if is_his and found.then.free and draft.desk.support.required:
        set_free(draft, say("by a rule"))


def _take_fields(draft: Draft, fields: Fields) -> None:
    vocabulary = draft.desk.vocabulary
    priority = vocabulary.priority_of(fields.priority) if fields.priority else None
    category = vocabulary.category_of(fields.category) if fields.category else None
    _set(draft, "priority", priority, "as the customer wrote")
    _set(draft, "category", category, "as the customer wrote")
    for stated, known in ((fields.priority, priority), (fields.category, category)):
        if stated and known is None:
            draft.event(f"The customer stated {stated!r}, which is none here", reason="stated")
    forms = forms_of(fields.license)
    if not any(form in found.key for found in draft.message.keys for form in forms):
        draft.stated_keys = keys_in_words(fields.license, draft.policy)
        if fields.license and not draft.stated_keys:
            shown = mask(fields.license)
            draft.event(
                f"The customer stated the license {shown!r}, which looks like no key",
                reason="stated",
            )


def _set(draft: Draft, field: str, value: str | None, why: str) -> None:
    if value and getattr(draft.the_ticket, field) != value:
        set_field(draft, field, value, why)


def _take_effects(draft: Draft, then: Effects) -> None:
    _set(draft, "priority", then.priority, "by a rule")
    _set(draft, "category", then.category, "by a rule")
    tags = [tag for tag in then.tags if tag not in draft.the_ticket.tags]
    if tags:
        add_tags(draft, tags, "by a rule")
    if then.service_level:
        draft.change(service_level=then.service_level)


def _give_away(draft: Draft, then: Effects, *, is_turn: bool = True) -> None:
    """To whom a rule says, else to the next one of the desk if it `is_turn`, else to nobody."""
    desk = draft.desk
    agents = draft.known.agents.get(desk.name, ())
    named: Person | str | None = None
    if then.assignee or then.team:
        wanted = then.assignee or then.team
        named = find_agent(wanted, agents, draft.now, strategy=desk.assign)
    if isinstance(named, str):
        draft.event(f"A rule could not assign the ticket: {named}", reason="not assigned")
        named = None
    if named is not None and named.id != draft.the_ticket.assignee:
        assign(draft, named, f"Assigned to {named.display} by a rule", "assigned")
        return
    if named is not None or not is_turn:
        return
    chosen = choose(
        desk.assign, map(Candidate.of, agents), draft.now, desk=desk.name, team=desk.team
    )
    if chosen is not None:
        how = desk.assign.value.replace("_", " ")
        assign(draft, chosen, f"Assigned to {chosen.display} ({how})", "assigned")


# --- asked before -------------------------------------------------------------------------------


def note_duplicates(draft: Draft) -> list[dict[str, str]]:
    """Tickets of the same requester with a similar subject that are not over: linked, and shown to
    agents, who may merge them."""
    ticket = draft.the_ticket
    found = [
        other
        for other in draft.known.recent.get(ticket.requester, ())
        if other.number != ticket.number and _may_be_same(draft, ticket, other)
    ][:MOST_DUPLICATES]
    for other in found:
        draft.link(other.number, LinkKind.DUPLICATE)
        draft.event(
            f"Possibly the same as {draft.policy.tag(other.number)}: {other.subject}",
            reason="possible duplicate",
        )
    return [
        {
            "tag": draft.policy.tag(other.number),
            "subject": called(other.subject),
            "status": other.status.value,
        }
        for other in found
    ]


def _may_be_same(draft: Draft, ticket: Ticket, other: Ticket) -> bool:
    is_over = other.status is Status.CLOSED or other.merged_into is not None
    if is_over or other.created_at < draft.now - LOOKED_BACK:
        return False
    prefix = draft.policy.ticket_prefix
    return is_similar(base_subject(ticket.subject, prefix), base_subject(other.subject, prefix))


def is_similar(one: str, other: str) -> bool:
    """Whether two subjects have most of their words in common."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    return len(first & second) / len(first | second) >= SIMILAR


def _words(subject: str) -> frozenset[str]:
    return frozenset(_WORD.findall(subject.casefold()))
