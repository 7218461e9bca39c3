"""What becomes of a ticket's right to support: looked for, on hold, released, spent, given back.

Nothing is sent here; helpdesk.core.announce tells people what changed.
"""

from collections.abc import Callable, Iterable

from helpdesk.core import ledger
from helpdesk.core.draft import GATEWAY, LOOKUP_PATIENCE, Draft
from helpdesk.core.ledger import Refusal, number_of
from helpdesk.core.license import NOTHING_KNOWN, LicenseAnswer
from helpdesk.core.rights import Found, Product, Question, find_right
from helpdesk.core.rules import Effects
from helpdesk.core.sentences import say
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation, License, Person, Right, RightState, Status

FULL = 100
_DONE = (Status.RESOLVED, Status.CLOSED)
_SPENT = (RightState.RESERVED, RightState.CONSUMED)


# --- a new ticket ---------------------------------------------------------------------------------


def settle_right(
    draft: Draft, then: Effects, requester: Person, *, proved: bool, can_tell: bool
) -> None:
    """`then`: what the rules say; `can_tell`: whether the requester may be written to."""
    product = third_party(draft, then.third_party)
    if product is None and not draft.desk.support.required:
        return
    draft.set_right(proved=proved)
    if product is not None:
        _send_away(draft, product, can_tell=can_tell)
    elif then.free:
        set_free(draft, say("by a rule"))
    elif draft.the_ticket.category in draft.desk.support.free_categories:
        set_free(draft, _category(draft))
    else:
        found = find_right(_question(draft, requester, draft.licenses, is_new=True))
        if found.state is RightState.RESERVED and others_wait(draft, requester):
            found = Found(RightState.PENDING, say("an earlier ticket waits for a credit, too"))
        _take(draft, found, can_tell=can_tell)
        if draft.the_ticket.right.state is RightState.PENDING:
            # Known or unknown, a key makes the same difference: none before this moment.
            draft.set_right(check_at=draft.now + LOOKUP_PATIENCE)


def others_wait(draft: Draft, requester: Person) -> bool:
    """Whether earlier tickets of the requester are on hold: what there is belongs to them."""
    earlier = draft.known.recent.get(requester.id, ())
    return any(each.right.is_held and each.status not in _DONE for each in earlier)


def third_party(draft: Draft, name: str) -> Product | None:
    return next((each for each in draft.policy.products if name and each.name == name), None)


def _send_away(draft: Draft, product: Product, *, can_tell: bool) -> None:
    if not can_tell:
        why = say("about {product}, but nobody can be told where to ask", product=product.name)
        _set(draft, Found(RightState.UNCLEAR, why))
        return
    _set(draft, Found(RightState.THIRD_PARTY, product.name))
    draft.trigger(Trigger.AGENT_RESOLVED, f"about {product.name}, which has another maker")


# --- looked for again -----------------------------------------------------------------------------


def look_again(draft: Draft, conversation: Conversation) -> None:
    """The time has come to look whether there is a right."""
    right = draft.the_ticket.right
    is_open = right.state in (RightState.PENDING, RightState.MISSING)
    if is_open and not draft.desk.support.required:
        _set(draft, Found(RightState.NONE))
    elif not is_open or draft.the_ticket.status in _DONE:
        draft.set_right(check_at=None)
    else:
        requester = conversation.requester
        _take(draft, find_right(_question(draft, requester, conversation.licenses)))


def license_known(draft: Draft, conversation: Conversation) -> None:
    """A provider answered after the agents were told of the ticket: it stays with them."""
    right = draft.the_ticket.right
    if right.is_held:
        look_again(draft, conversation)
    if right.state is not RightState.PENDING or right.check_at is not None:
        return
    found = find_right(_question(draft, conversation.requester, conversation.licenses))
    if found.state is RightState.MISSING:
        found = Found(RightState.UNCLEAR, found.source)
    _take(draft, found)


def requester_proved(draft: Draft, conversation: Conversation) -> None:
    """The requester wrote again, and it was he: what could not be told can be told now."""
    right = draft.the_ticket.right
    if not draft.desk.support.required or right.state is RightState.NONE:
        return
    draft.set_right(proved=True)
    is_news = right.state is RightState.UNCLEAR or (right.is_held and not right.proved)
    if not is_news:
        return
    found = find_right(_question(draft, conversation.requester, conversation.licenses))
    if found.state in (RightState.COVERED, RightState.RESERVED):
        _take(draft, found)


def reopened(draft: Draft, conversation: Conversation) -> None:
    """Somebody opened again what was done: a credit that came back without an answer is looked for
    anew, and so is what was not known or not there by then. What an agent gave back stays so."""
    ticket, before = draft.the_ticket, draft.before
    is_reopened = before is not None and before.status in _DONE and ticket.status not in _DONE
    if not is_reopened or not draft.desk.support.required:
        return
    right = ticket.right
    is_returned = right.state is RightState.RETURNED and ticket.first_response_at is None
    is_unknown = right.state is RightState.PENDING and right.check_at is None
    if is_returned or is_unknown or right.is_held:
        requester = conversation.requester
        _take(draft, find_right(_question(draft, requester, conversation.licenses)))


def _question(
    draft: Draft, requester: Person, licenses: Iterable[License], *, is_new: bool = False
) -> Question:
    support = draft.desk.support
    return Question(
        desk=draft.desk.name,
        order=support.order,
        standing=draft.standing(requester),
        now=draft.now,
        proved=draft.the_ticket.right.proved,
        addresses=requester.keys,
        products=draft.policy.products,
        licenses=tuple(_answers(draft, licenses, is_new=is_new)),
        is_new=is_new,
    )


def _answers(draft: Draft, licenses: Iterable[License], *, is_new: bool) -> Iterable[LicenseAnswer]:
    """Of what a provider is asked for; what is asked of nobody is waited for by nobody."""
    for each in licenses:
        key = (each.provider, each.fingerprint)
        if key in draft.known.answers:
            yield draft.known.answers[key]
        elif is_new and each.provider in draft.policy.providers:
            yield NOTHING_KNOWN


def _take(draft: Draft, found: Found, *, can_tell: bool = True) -> None:
    if found.state is RightState.MISSING and not can_tell:
        found = Found(RightState.UNCLEAR, _untold(found.source))
    was_answered = _is_answered(draft)
    if found.state is RightState.RESERVED:
        line = draft.enter(ledger.reserve, found.holder, 1, found.source)
        if isinstance(line, Refusal):
            found = Found(RightState.UNCLEAR, line.reason)
        else:
            draft.set_right(holder=found.holder, credits=1)
    if found.state is not RightState.MISSING:
        _set(draft, found)
        if found.state is RightState.RESERVED and was_answered:
            answered(draft)
        return
    hold(draft, found)


def _is_answered(draft: Draft) -> bool:
    """Whether what a credit is for was done before there was one."""
    at, held_at = draft.the_ticket.first_response_at, draft.the_ticket.right.held_at
    return at is not None and (held_at is None or at >= held_at)


def _set(draft: Draft, found: Found) -> None:
    """From now on somebody may work on it."""
    before = draft.the_ticket.right
    draft.set_right(state=found.state, source=found.source, held_at=None, check_at=None)
    if (before.state, before.held_at) != (found.state, None):
        draft.event(_said(found, was_held=before.is_held), reason=f"right {found.state}".strip())
        draft.note("right", found.state.value.replace("_", " ") or "not asked for", found.source)
    if before.is_quiet and not draft.the_ticket.clocks and draft.the_ticket.status not in _DONE:
        draft.happened.opened = draft.happened.requester_wrote = True


def _said(found: Found, *, was_held: bool) -> str:
    words = f"Right to support: {found.state.value.replace('_', ' ') or 'not asked for'}"
    words += f" ({found.source})" if found.source else ""
    return f"No longer on hold. {words}" if was_held else words


# --- hold and release -----------------------------------------------------------------------------


def hold(draft: Draft, found: Found) -> None:
    """Until there is a right; the agents are not told of it until then."""
    is_new = not draft.the_ticket.right.is_held
    held_at = draft.the_ticket.right.held_at or draft.now
    draft.set_right(
        state=RightState.MISSING, source=found.source, held_at=held_at, check_at=found.check_at
    )
    if is_new:
        draft.event(f"On hold: {found.source}", reason="on hold")
        draft.note("right", "on hold", found.source)


def cannot_tell(draft: Draft) -> None:
    """Nobody hears that the ticket is on hold: so it is not."""
    _set(draft, Found(RightState.UNCLEAR, _untold(draft.the_ticket.right.source)))


def _untold(why: str) -> str:
    return say("{why}, and the requester cannot be told", why=why)


def _category(draft: Draft) -> str:
    return say("category {category}", category=draft.the_ticket.category)


def set_free(draft: Draft, why: str, by: str = "") -> None:
    right = draft.the_ticket.right
    if right.credits:
        draft.give_back(f"free, {why}", by or GATEWAY)
    _set(draft, Found(RightState.FREE, why))


def category_changed(draft: Draft) -> None:
    """A report that turns out to be one of those that are free."""
    support, ticket = draft.desk.support, draft.the_ticket
    is_free = support.required and ticket.category in support.free_categories
    if is_free and ticket.right.state not in (RightState.FREE, RightState.COVERED):
        set_free(draft, _category(draft))


# --- credits --------------------------------------------------------------------------------------


def answered(draft: Draft) -> None:
    """The first answer is what a credit was reserved for."""
    right = draft.the_ticket.right
    if right.state is not RightState.RESERVED:
        return
    line = draft.enter(ledger.consume, right.holder, right.credits, "first answer")
    if not isinstance(line, Refusal):
        draft.set_right(state=RightState.CONSUMED)
        draft.event(f"{number_of(right.credits)} of {right.holder} consumed", reason="consumed")


def add_credits(draft: Draft, requester: Person, amount: int, by: str) -> Refusal | None:
    """Reserve so many more for the ticket; what is answered already consumes them."""
    right, standing = draft.the_ticket.right, draft.standing(requester)
    holder = right.holder if right.credits else standing.who_has(amount)
    if not holder:
        return Refusal(f"{number_of(standing.available)} available")
    line = draft.enter(ledger.reserve, holder, amount, f"by {by}", by)
    if isinstance(line, Refusal):
        return Refusal(f"{line.reason} of {holder}, whose credits the ticket has")
    is_answered = draft.the_ticket.first_response_at is not None
    if is_answered:
        waiting = amount + (right.credits if right.state is RightState.RESERVED else 0)
        draft.enter(ledger.consume, holder, waiting, f"by {by}", by)
    draft.set_right(holder=holder, credits=right.credits + amount)
    state = RightState.CONSUMED if is_answered else RightState.RESERVED
    _set(draft, Found(state, say("a credit of {holder}", holder=holder)))
    draft.set_right(told=_level(draft, draft.the_ticket.right))
    draft.event(f"{number_of(amount)} of {holder} added by {by}", reason="credits added")
    return None


def bring_credits(draft: Draft, target: Conversation, by: str) -> Callable[[], None]:
    """Before a ticket is merged into `target`: what was paid for the one pays for work on the
    other, and nobody pays twice. Returns what is left to be done when the draft is about it."""
    old, there = draft.the_ticket.right, target.ticket.right
    tag = draft.policy.tag(target.ticket.number)
    if old.state is RightState.RESERVED:
        draft.give_back(f"merged into {tag}", by)
    is_same = old.state is RightState.CONSUMED and there.holder == old.holder
    if not is_same or there.state not in _SPENT:
        return lambda: None
    draft.give_back(f"goes on in {tag}", by)

    def bring() -> None:
        if draft.the_ticket.right.state is RightState.RESERVED:
            draft.give_back("paid in what was merged", by)
        draft.enter(ledger.reserve, old.holder, old.credits, "merged", by)
        draft.enter(ledger.consume, old.holder, old.credits, "merged", by)
        credits_ = draft.the_ticket.right.credits + old.credits
        source = say("a credit of {holder}", holder=old.holder)
        draft.set_right(
            state=RightState.CONSUMED, source=source, holder=old.holder, credits=credits_
        )
        draft.set_right(told=_level(draft, draft.the_ticket.right))

    return bring


# --- work -----------------------------------------------------------------------------------------


def budget(draft: Draft, right: Right) -> int:
    """Minutes of work that the credits of a ticket pay for; 0: no bound."""
    return right.credits * draft.desk.support.minutes_per_credit


def book(draft: Draft, minutes: int) -> None:
    right = draft.the_ticket.right
    if right.state is RightState.NONE:
        return
    right = draft.set_right(booked=right.booked + minutes)
    draft.set_right(told=max(right.told, _level(draft, right)))


def _level(draft: Draft, right: Right) -> int:
    """What is worth telling: 100, the percentage at which we warn, or 0."""
    minutes = budget(draft, right)
    if not minutes:
        return 0
    used = right.booked * FULL // minutes
    return next((each for each in (FULL, draft.desk.support.warn_at) if used >= each > 0), 0)
