"""What follows for a ticket when a provider said something about a license in it."""

from helpdesk.core.announce import announce
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import Draft
from helpdesk.core.entitle import license_known
from helpdesk.core.license import LicenseAnswer, LicenseRecord, LookupOutcome
from helpdesk.core.ticket import Conversation, License

_SAID = {
    LookupOutcome.NOT_FOUND: "is not known to its provider",
    LookupOutcome.AMBIGUOUS: "may be one of several",
}


def answered(draft: Draft, conversation: Conversation, which: tuple[str, str]) -> Decision | None:
    """An event for agents; `which` is provider and fingerprint. None: it does not matter here."""
    license_ = next(
        (each for each in conversation.licenses if (each.provider, each.fingerprint) == which), None
    )
    answer = draft.known.answers.get(which)
    if license_ is None or answer is None or answer.outcome is None:
        return None
    draft.about(conversation)
    draft.event(f"License {license_.masked} {said(license_, answer)}", reason="license looked up")
    draft.note("license", answer.outcome, license_.masked)
    license_known(draft, conversation)
    announce(draft, conversation, None, "")
    return draft.decision(Verdict.RECORDED, f"license {answer.outcome}")


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
