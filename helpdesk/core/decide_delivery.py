"""What follows when a mail of ours did not arrive: a report says so, or the relay.

Standards: RFC 3464 (delivery reports).
"""

from datetime import datetime

from helpdesk.core.authentication import Authentication
from helpdesk.core.classify import Classification
from helpdesk.core.decide_automatic import record_automatic
from helpdesk.core.decision import Decision, DeliveryNews, Ids, Known, Verdict
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.notices import tell_trouble
from helpdesk.core.outgoing import Notice, OutboxState, SentMail
from helpdesk.core.route import Route, follow_merges
from helpdesk.core.ticket import Conversation, Person
from helpdesk.core.token import read_message_id


def delivery_reported(
    draft: Draft, found: Route, classification: Classification, authentication: Authentication
) -> Decision:
    """Belongs to the outbox entry that it is about; never answered, moves nothing."""
    report = draft.message.report
    original = report.original_message_id if report is not None else ""
    number = read_message_id(draft.rules.keyring, original) if original else None
    sent = found.bounce or next(
        (mail for key, mail in draft.known.sent.items() if key == number), None
    )
    if sent is None:
        return draft.decision(Verdict.RECORDED, "delivery report on nothing we sent")
    draft.note("delivery report", "found", f"outbox {sent.id}")
    conversation = follow_merges(draft.known, sent.ticket)
    if report is None:
        if conversation is not None:
            record_automatic(draft, conversation, classification, authentication, found)
        # It is recorded, never answered.
        return draft.decision(Verdict.RECORDED, "mail to the reverse-path")
    failed = [r for r in report.recipients if r.is_permanent]
    late = [r for r in report.recipients if r.action in {"failed", "delayed"} and r not in failed]
    if not failed and not late:
        return draft.decision(Verdict.RECORDED, "report of success")
    worst = (failed or late)[0]
    detail = " ".join(part for part in (worst.status, worst.diagnostic) if part)[:500]
    is_news = sent.state is not OutboxState.FAILED
    if failed:
        # Only the signed reverse-path may mute somebody: anybody can invent a report.
        suppresses = sent.person if found.bounce is not None else None
        draft.deliveries.append(DeliveryNews(sent.id, OutboxState.FAILED, detail, suppresses))
    if conversation is not None and is_news:
        _trouble(draft, conversation, sent, detail, delayed=not failed, status=worst.status)
    return draft.decision(Verdict.RECORDED, "delivery failed" if failed else "delivery delayed")


def _trouble(
    draft: Draft,
    conversation: Conversation,
    sent: SentMail,
    detail: str,
    *,
    delayed: bool,
    status: str = "",
) -> None:
    if draft.ticket is None:
        draft.about(conversation)
    verb = "is delayed" if delayed else "could not be delivered"
    entry = draft.event(
        f"Mail to {sent.recipient} {verb}" + (f": {detail}" if detail else ""),
        reason="delivery delayed" if delayed else "delivery failed",
        intake=draft.incoming.intake if draft.incoming else None,
    )
    if not delayed and sent.notice is not Notice.DELIVERY_TROUBLE:
        report = {
            "recipient": sent.recipient,
            "status": status,
            "diagnostic": detail,
            "delayed": False,
        }
        failed = next(
            (p.person for p in conversation.participants if p.person.id == sent.person), None
        ) or next((a for a in all_agents(draft.known) if a.id == sent.person), None)
        tell_trouble(draft, conversation, failed, entry, report)


def delivery_failed(
    sent: SentMail, news: DeliveryNews, known: Known, rules: Rules, ids: Ids, now: datetime
) -> Decision:
    """The relay refused a recipient for good, or we gave up: what follows on its ticket."""
    draft = Draft(rules, known, ids, now)
    draft.deliveries.append(news)
    conversation = follow_merges(known, sent.ticket)
    if conversation is not None:
        _trouble(draft, conversation, sent, news.detail, delayed=False)
    return draft.decision(Verdict.RECORDED, "delivery failed")


def all_agents(known: Known) -> list[Person]:
    return [agent for agents in known.agents.values() for agent in agents]
