"""What follows for a ticket when a provider said something about a license in it.

Nothing of it is told to the customer: nobody shall learn by mail whether a key exists. What he sees
of the ticket depends on it only if the license is his own.
"""

from collections.abc import Collection
from datetime import timedelta

from helpdesk.core.announce import tell_assignee, tell_of_license, tell_of_right
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import Draft
from helpdesk.core.entitle import license_known
from helpdesk.core.license import (
    NOTHING_KNOWN,
    LicenseAnswer,
    LicenseRecord,
    LookupOutcome,
    is_his,
    product_of,
)
from helpdesk.core.mail import Message
from helpdesk.core.opening import settle_products
from helpdesk.core.recipients import in_charge
from helpdesk.core.ticket import Conversation, License, PersonId, Status

GATHERING = timedelta(minutes=1)
"""So long a mail about a late answer waits for those about other licenses of the ticket."""
_OVER = (Status.RESOLVED, Status.CLOSED)
_SAID = {
    LookupOutcome.NOT_FOUND: "is not known to its provider",
    LookupOutcome.AMBIGUOUS: "may be one of several",
}


def answered(
    draft: Draft,
    conversation: Conversation,
    which: tuple[str, str],
    *,
    before: LicenseAnswer = NOTHING_KNOWN,
    told: Collection[PersonId] = (),
    message: Message | None = None,
) -> Decision | None:
    """`which` is provider and fingerprint; `told` are the agents who were told of the ticket before
    this was known; `message` is the mail that names the key, for rules that name products. None: it
    does not matter here."""
    license_ = next(
        (each for each in conversation.licenses if (each.provider, each.fingerprint) == which), None
    )
    answer = draft.known.answers.get(which)
    if license_ is None or answer is None or answer.outcome is None:
        return None
    draft.about(conversation)
    if said(license_, answer) != said(license_, before) or before.outcome is None:
        draft.event(
            f"License {license_.masked} {said(license_, answer)}", reason="license looked up"
        )
    if message is not None and not license_.quoted:
        _settle(draft, conversation, message, (before, answer))
    license_known(draft, conversation)
    if not draft.entries:
        return None
    tell_of_right(draft, conversation, None)
    draft.note("license", answer.outcome, license_.masked)
    if _is_news(before, answer):
        _tell_agents(draft, conversation, told)
    if not is_his(answer, conversation.requester.keys):
        # A list of tickets says when each was changed.
        draft.keep_time()
    return draft.decision(Verdict.RECORDED, f"license {answer.outcome}")


def _settle(
    draft: Draft,
    conversation: Conversation,
    message: Message,
    answers: tuple[LicenseAnswer, LicenseAnswer],
) -> None:
    before, now = (product_of(each) for each in answers)
    if not now or now == before or conversation.ticket.merged_into is not None:
        return
    assignee = draft.the_ticket.assignee
    owned = is_his(answers[1], conversation.requester.keys)
    settle_products(draft, message, now, is_his=owned)
    if draft.the_ticket.assignee != assignee:
        tell_assignee(draft, conversation, None, "")


def _is_news(before: LicenseAnswer, now: LicenseAnswer) -> bool:
    """A first answer, or another state; how often it is used by now is none."""
    return (before.outcome, _state(before)) != (now.outcome, _state(now))


def _state(answer: LicenseAnswer) -> str:
    return answer.record.state if answer.record is not None else ""


def _tell_agents(draft: Draft, conversation: Conversation, told: Collection[PersonId]) -> None:
    """Those who were told of the ticket and have it in hand; one mail for all its licenses."""
    ticket = draft.the_ticket
    if ticket.status in _OVER or ticket.merged_into is not None:
        return
    waits = any(
        answer is not None and (answer.outcome is None or answer.trouble is not None)
        for answer in (
            draft.known.answers.get((each.provider, each.fingerprint))
            for each in conversation.licenses
        )
    )
    agents = [agent for agent in in_charge(draft) if agent.id in told]
    tell_of_license(draft, conversation, agents, draft.now + GATHERING if waits else None)


def said(license_: License, answer: LicenseAnswer) -> str:
    """In one line, for the conversation."""
    if answer.outcome is not LookupOutcome.FOUND or answer.record is None:
        words = _SAID.get(answer.outcome) if answer.outcome else None
        return f"{words or 'was not looked up'} ({license_.provider})"
    return f"is {_record(answer.record)} ({license_.provider})"


def _record(record: LicenseRecord) -> str:
    parts = [
        record.state.value,
        record.product or record.product_id,
        record.plan,
        f"until {record.expires_at:%Y-%m-%d}" if record.expires_at else "",
        f"support until {record.support_until:%Y-%m-%d}" if record.support_until else "",
        activations(record.activations_used, record.activations_max),
    ]
    return ", ".join(part for part in parts if part)


def activations(used: int | None, most: int | None) -> str:
    if used is None:
        return ""
    return f"{used} of {most} activations" if most is not None else f"{used} activations"
