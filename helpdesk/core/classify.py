"""What kind of mail this is, by an ordered list of small opinions.

Standards: RFC 3834 (automatic responses), RFC 6522 (reports), RFC 2919 and RFC 2369 (lists).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from helpdesk.core.address import lookup_key
from helpdesk.core.automatic_subjects import (
    RECEIPT_SUBJECTS,
    SURE_SUBJECTS,
    UNTIL,
    VAGUE_SUBJECTS,
)
from helpdesk.core.dsn import is_report_author, is_report_subject
from helpdesk.core.mail import Mail

LOOP_RECEIVED = 50
MANY_RECEIVED = 25


class Kind(StrEnum):
    HUMAN = "human"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    BULK = "bulk"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class AutomaticPolicy:
    """What the configuration says about mail that programs send. Addresses in any case."""

    own_addresses: frozenset[str] = frozenset()
    """The desks."""
    own_list_ids: frozenset[str] = frozenset()
    """Lists that hand our desks' mail on: List-Id without brackets."""
    automatic_senders: frozenset[str] = frozenset()
    """Programs whose mail is work, such as monitoring: addresses, or `@domain` for all of one."""
    opens_for_generated: bool = True
    """Bulk and generated mail without a ticket opens one (web forms, shops)."""


@dataclass(frozen=True, slots=True)
class Classification:
    """Kind and reason, and the three answers: store where, confirm, move the status?"""

    kind: Kind
    reason: str
    """Which rule decided; one of few constant words, nothing of the mail."""
    may_confirm: bool = False
    moves_status: bool = False
    opens_ticket: bool = False
    """Without a ticket it may open one; else it is only recorded. A loop goes to quarantine."""
    is_reply: bool = False
    """An automatic answer to a mail: out of office, challenge, receipt."""

    @property
    def may_auto_respond(self) -> bool:
        return self.may_confirm


@dataclass(frozen=True, slots=True)
class _Context:
    mail: Mail
    policy: AutomaticPolicy
    own_message_id: Callable[[str], bool]

    def values(self, *names: str) -> list[tuple[str, str]]:
        """Name and plain value of all fields of these names, in their order."""
        fields = self.mail.message.fields
        return [(name, plain_value(value)) for name, value in fields if name in names]

    @property
    def received(self) -> int:
        return [name for name, _ in self.mail.message.fields].count("received")

    @property
    def author_key(self) -> str:
        author = self.mail.message.author
        return lookup_key(author.address) if author else ""

    @property
    def has_null_reverse_path(self) -> bool:
        """A mail without recipients came without an envelope (IMAP, pipe): there the Return-Path
        field of the final delivery stands in for it (RFC 5321 §4.4).
        """
        if self.mail.envelope.recipients or self.mail.envelope.reverse_path:
            return not self.mail.envelope.reverse_path
        return "".join(self.mail.message.field("return-path").split()) == "<>"

    @property
    def answers_us(self) -> bool:
        """It is a reply to a mail of ours."""
        message = self.mail.message
        return any(map(self.own_message_id, (*message.in_reply_to, *message.references)))

    @property
    def came_by_own_list(self) -> bool:
        """RFC 2919 §2: a List-Id is written like a domain name, Google Groups make one of the
        group's address.
        """
        stated = self.mail.message.field("list-id")
        list_id = stated.rpartition("<")[2].partition(">")[0].strip().lower()
        own = {own.strip(" <>").lower() for own in self.policy.own_list_ids}
        own |= {address.lower().replace("@", ".") for address in self.policy.own_addresses}
        return list_id != "" and list_id in own


Check = Callable[[_Context], Classification | None]


# --- values of fields ---------------------------------------------------------------------------


def plain_value(value: str) -> str:
    """What a one-word field says: RFC 3834 §5 allows comments and parameters, which mean nothing
    to us, and programs differ in case.
    """
    return _without_comments(value).partition(";")[0].strip().lower()


def _without_comments(value: str) -> str:
    kept = []
    depth = 0
    for char in value:
        depth += char == "("
        if depth == 0:
            kept.append(char)
        depth -= char == ")" and depth > 0
    return "".join(kept)


_SAYS_NO = frozenset({"no", "none", "false", "0", "off"})


# --- opinions about the kind --------------------------------------------------------------------


def loop(context: _Context) -> Classification | None:
    """Only the Message-ID field counts: every reply to us names one of our ids elsewhere."""
    if context.own_message_id(context.mail.message.message_id):
        return Classification(Kind.LOOP, "own message-id")
    if context.received >= LOOP_RECEIVED:
        return Classification(Kind.LOOP, f"received>={LOOP_RECEIVED}")
    return None


def delivery_report(context: _Context) -> Classification | None:
    """RFC 3464, or in plain words from somebody who writes reports: a person may pass one on."""
    report = context.mail.message.report
    is_standard = _is_standard_report(context)
    if not (is_standard or (report and _is_from_mail_system(context))):
        return None
    actions = {recipient.action for recipient in report.recipients} if report else set()
    if actions and not actions & {"failed", "delayed"}:
        return Classification(Kind.AUTOMATIC, "report of success", is_reply=True)
    return Classification(Kind.BOUNCE, "delivery report")


def _is_standard_report(context: _Context) -> bool:
    message = context.mail.message
    if message.content_type != "multipart/report":
        return False
    return message.report_type == "delivery-status" or message.report is not None


def _is_from_mail_system(context: _Context) -> bool:
    message = context.mail.message
    author = message.author
    if context.has_null_reverse_path or author is None:
        return True
    return (
        is_report_author(f"{author.name} <{author.address}>")
        or is_report_subject(message.subject)
        or _unanswered_author(context) != ""
    )


_NO_DELIVERY = frozenset({"feedback-report", "tlsrpt"})


def other_report(context: _Context) -> Classification | None:
    """RFC 6522 §3: a report on something else, such as a read receipt or an abuse report."""
    message = context.mail.message
    kind = message.report_type
    if message.content_type != "multipart/report" or kind in {"", "delivery-status"}:
        return None
    if message.report is not None and kind not in _NO_DELIVERY:
        return None
    word = kind if kind in _NO_DELIVERY or kind == "disposition-notification" else "other"
    return Classification(Kind.AUTOMATIC, f"report-type={word}", is_reply=True)


def auto_replied(context: _Context) -> Classification | None:
    """RFC 3834 §5. A value beyond "no" and "auto-generated" is taken for an answer: that opens
    nothing.
    """
    for name, value in context.values("auto-submitted"):
        if value and value not in {"no", "auto-generated", "auto-notified"}:
            word = value if value == "auto-replied" else "other"
            return Classification(Kind.AUTOMATIC, f"{name}={word}", is_reply=True)
    return None


_REPLY_FIELDS = frozenset(
    {
        "x-autoreply",
        "x-auto-reply",
        "x-autorespond",
        "x-auto-respond",
        "x-autoresponder",
        "x-auto-response",
        "x-autoresponse",
        "x-auto-response-from",
        "x-autoreply-from",
        "x-autoreply-domain",
        "x-mail-autoreply",
        "x-fc-machinegenerated",
        "x-vacation",
    }
)


def responder_field(context: _Context) -> Classification | None:
    """Fields of programs that never heard of RFC 3834."""
    for name, value in context.values(*_REPLY_FIELDS):
        if value not in _SAYS_NO:
            return Classification(Kind.AUTOMATIC, name, is_reply=True)
    for name, value in context.values("precedence", "x-precedence"):
        if value.replace("-", "_") == "auto_reply":
            return Classification(Kind.AUTOMATIC, f"{name}=auto_reply", is_reply=True)
    for name, written in context.mail.message.fields:
        # The whole value: "9; Autoresponder" says it behind the semicolon.
        telling = _TELLING_WORDS.get(name, ())
        if telling and any(word in written.lower() for word in telling):
            return Classification(Kind.AUTOMATIC, name, is_reply=True)
    return None


_TELLING_WORDS = {
    "x-autogenerated": ("reply",),
    "x-post-messageclass": ("autoresponder",),
    "delivered-to": ("autoresponder",),
    "x-mailer": ("vacation", "autoresponder", "autoreply"),
}

_SURE_SUBJECT = re.compile(
    rf"\W*(?:{SURE_SUBJECTS})\s*(?:[:：\]\"'»]|$|(?:[,;(\[–-]\s?)?(?:{UNTIL})\b)", re.IGNORECASE
)
_RECEIPT_SUBJECT = re.compile(
    rf"\W*(?:\[[^\]]{{1,60}}\]\W*)?(?:{RECEIPT_SUBJECTS})"
    r"|\W*\[[^\]]{1,60}\]\s*(?:received|opened|created|registered)\W*$",
    re.IGNORECASE,
)
_VAGUE_SUBJECT = re.compile(rf"\W*(?:{SURE_SUBJECTS}|{VAGUE_SUBJECTS})(?!\w)", re.IGNORECASE)
_SUBJECT_LENGTH = 200


def out_of_office(context: _Context) -> Classification | None:
    subject = context.mail.message.subject[:_SUBJECT_LENGTH]
    if _SURE_SUBJECT.match(subject):
        return Classification(Kind.AUTOMATIC, "subject of an automatic reply", is_reply=True)
    if _VAGUE_SUBJECT.match(subject) and _has_weak_sign(context):
        return Classification(Kind.AUTOMATIC, "subject of an absence notice", is_reply=True)
    return None


def receipt(context: _Context) -> Classification | None:
    """Another helpdesk got our mail, or a filter wants it confirmed: to answer begins a loop."""
    subject = context.mail.message.subject[:_SUBJECT_LENGTH]
    if not _RECEIPT_SUBJECT.match(subject):
        return None
    message = context.mail.message
    is_tagged = "#" in subject or subject.lstrip().startswith("[")
    answers = bool(message.in_reply_to or message.references) and is_tagged
    if answers or _has_weak_sign(context) or _loop_field(context) or _unanswered_author(context):
        return Classification(Kind.AUTOMATIC, "subject of a receipt", is_reply=True)
    return None


def _has_weak_sign(context: _Context) -> bool:
    """Something beside the subject speaks of a program, though not for itself."""
    message = context.mail.message
    answers = bool(message.in_reply_to or message.references)
    return (
        context.has_null_reverse_path
        or any(value != "no" for _, value in context.values("auto-submitted"))
        or any(value for _, value in context.values("precedence", "x-precedence"))
        # People's mail through Exchange has this field, too, and so have their answers:
        # but these begin with "RE:".
        or (answers and message.has_field("x-auto-response-suppress"))
    )


def automatic_sender(context: _Context) -> Classification | None:
    """Programs whose mail is work, by the operator's word."""
    key = context.author_key
    known = {sender.lower() for sender in context.policy.automatic_senders}
    if key in known or "@" + key.rpartition("@")[2] in known:
        return Classification(
            Kind.AUTOMATIC, "automatic sender", moves_status=True, opens_ticket=True
        )
    return None


_GENERATED_FIELDS = (
    "x-auto-generated",
    "x-autogenerated",
    "x-cron-env",
    "x-amazon-mail-relay-type",
)


def generated(context: _Context) -> Classification | None:
    """RFC 3834 §5: written by a program, but not in answer to a mail."""
    for name, value in context.values("auto-submitted"):
        if value in {"auto-generated", "auto-notified"}:
            return _generated(context, f"{name}={value}")
    for name, value in context.values(*_GENERATED_FIELDS):
        if value not in _SAYS_NO:
            return _generated(context, name)
    return None


def _generated(context: _Context, reason: str, kind: Kind = Kind.AUTOMATIC) -> Classification:
    """A mail system that tells us something never opens a ticket."""
    opens = context.policy.opens_for_generated and not _is_daemon(context.author_key)
    return Classification(kind, reason, opens_ticket=opens)


_DAEMON = re.compile(r"(?:mailer-?daemon|mail-?daemon)(?:@.*)?")


def _is_daemon(author_key: str) -> bool:
    return _DAEMON.fullmatch(author_key) is not None


_LIST_FIELDS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-subscribe",
    "list-owner",
    "list-help",
    "list-archive",
    "mailing-list",
    "x-mailing-list",
)


def bulk(context: _Context) -> Classification | None:
    """List and marketing mail, but not through a list that hands our own mail on: it puts the same
    fields on what customers write.
    """
    precedence = {value for _, value in context.values("precedence", "x-precedence")}
    if "junk" in precedence:
        return _generated(context, "precedence=junk", Kind.BULK)
    if context.came_by_own_list:
        return None
    if "bulk" in precedence:
        return _generated(context, "precedence=bulk", Kind.BULK)
    reason = "precedence=list" if "list" in precedence else ""
    reason = reason or next((name for name, _ in context.values(*_LIST_FIELDS)), "")
    if reason and context.answers_us:  # a person, whose copy of our mail a list handed on
        return Classification(
            Kind.HUMAN, f"{reason}, but answers us", moves_status=True, opens_ticket=True
        )
    return _generated(context, reason, Kind.BULK) if reason else None


def null_reverse_path(context: _Context) -> Classification | None:
    """RFC 3834 §3.1 and RFC 5321 §4.5.5: who sends from nowhere wants no answer."""
    if context.has_null_reverse_path:
        return _generated(context, "null reverse-path")
    return None


def mail_system(context: _Context) -> Classification | None:
    if _is_daemon(context.author_key):
        return _generated(context, "author is a mail system")
    return None


# The first check with an opinion wins, so this order is policy.
CHECKS: tuple[Check, ...] = (
    loop,
    other_report,
    delivery_report,
    auto_replied,
    responder_field,
    out_of_office,
    receipt,
    automatic_sender,
    generated,
    bulk,
    null_reverse_path,
    mail_system,
)


# --- what a person's mail can still forbid ------------------------------------------------------

_UNANSWERED = re.compile(
    r"(?:.*[._+-])?(?:no|not|non|do-?not|don-?t|ne-?pas|nicht)[._-]?(?:reply|respond|repondre"
    r"|antworten|responder|responda|rispondere)(?:[._+-].*)?|post-?master|hostmaster-noreply"
    r"|bounces?(?:[+._-].*)?|mail-?system|auto-?(?:reply|responder|mailer|confirm)"
)
_SUPPRESS = frozenset({"all", "autoreply", "oof"})
_LOOP_FIELDS = (
    "x-loop",
    "x-no-loop",
    "x-otrs-loop",
    "x-otobo-loop",
    "x-znuny-loop",
    "x-rt-loop-prevention",
    "x-roundup-loop",
    "x-ms-exchange-inbox-rules-loop",
)


def _unanswered_author(context: _Context) -> str:
    local_part = context.author_key.rpartition("@")[0] or context.author_key
    if not context.author_key:
        return "no author"
    return "author wants no answer" if _UNANSWERED.fullmatch(local_part[:64]) else ""


def _own_author(context: _Context) -> str:
    own = {lookup_key(address) for address in context.policy.own_addresses}
    return "author is a desk" if context.author_key in own else ""


def _suppressed(context: _Context) -> str:
    """People's mail through Exchange carries this field, too: it says nothing about the kind."""
    for value in context.mail.message.all_fields("x-auto-response-suppress"):
        if _SUPPRESS & set(re.split(r"[\s,;]+", value.lower())):
            return "x-auto-response-suppress"
    return ""


def _loop_field(context: _Context) -> str:
    return next((name for name, _ in context.values(*_LOOP_FIELDS)), "")


def _many_received(context: _Context) -> str:
    return f"received>={MANY_RECEIVED}" if context.received >= MANY_RECEIVED else ""


FORBIDS: tuple[Callable[[_Context], str], ...] = (
    _many_received,
    _own_author,
    _unanswered_author,
    _suppressed,
    _loop_field,
)


def classify(
    mail: Mail, policy: AutomaticPolicy, own_message_id: Callable[[str], bool]
) -> Classification:
    """Say what kind of mail this is. `own_message_id` verifies that an id was made by us."""
    context = _Context(mail, policy, own_message_id)
    for check in CHECKS:
        classification = check(context)
        if classification is not None:
            return classification
    forbidden = next((reason for forbids in FORBIDS if (reason := forbids(context))), "")
    return Classification(
        Kind.HUMAN,
        forbidden or ("own list" if context.came_by_own_list else "human"),
        may_confirm=not forbidden,
        moves_status=True,
        opens_ticket=True,
    )
