"""Which ticket a mail belongs to: by reply token, else threading fields, else subject tag."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from helpdesk.core.address import lookup_key
from helpdesk.core.commands import (
    CustomerLine,
    CustomerVerb,
    Verb,
    addresses_of,
    number_of,
    read_commands,
    read_customer_command,
)
from helpdesk.core.decision import Keys, Known, Step
from helpdesk.core.files import CountPer, counts, logos
from helpdesk.core.forward import forwarded_message
from helpdesk.core.license import fingerprint_of
from helpdesk.core.mail import Mail, Message
from helpdesk.core.named_keys import written_keys
from helpdesk.core.outgoing import SentMail
from helpdesk.core.policy import Policy, ReplyAddress
from helpdesk.core.reply_address import find_tokens
from helpdesk.core.subject import base_subject, ticket_tags
from helpdesk.core.ticket import Conversation, OutboxId, Person, TicketNumber
from helpdesk.core.token import Keyring, Purpose, Token, read_message_id
from helpdesk.core.token import find_tokens as find_in

AGENT_PURPOSES = (Purpose.ANSWER, Purpose.NOTE, Purpose.PARKED, Purpose.TAKE)
MAX_REFERENCES = 30
MAX_TAGS = 3
MAX_MERGES = 10


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mail leads, and by what."""

    by: str = "new"
    """token, references, subject tag, or new."""
    conversation: Conversation | None = None
    token: SentMail | None = None
    """What the reply token of the mail stands for; None without a valid one."""
    click: Purpose | None = None
    """The mail came to the address of a one-click act, of the mail that `token` stands for."""
    bounce: SentMail | None = None
    """The outbox entry whose reverse-path the mail was sent to."""
    reference: SentMail | None = None
    """The newest of our own Message-IDs, verified by its MAC, that the mail names."""
    evidence: tuple[Step, ...] = ()


def named_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs that it names: the one that it reports on or answers first, then the newest
    reference."""
    # RFC 5322 §3.6.4 allows one In-Reply-To id to matter; some clients send several.
    reports = (message.feedback, message.disposition)
    reported = [each.original_message_id for each in reports if each is not None]
    ids = [*filter(None, reported), *message.in_reply_to, *reversed(message.references)]
    return tuple(dict.fromkeys(ids))[:MAX_REFERENCES]


def own_ids(keyring: Keyring, message: Message) -> tuple[OutboxId, ...]:
    found = (read_message_id(keyring, text) for text in named_ids(message))
    return tuple(OutboxId(number) for number in found if number is not None)


def keys_of(mail: Mail, identity: str, policy: Policy, keyring: Keyring) -> Keys:
    """What must be looked up before this mail can be decided."""
    message = mail.message
    tokens = find_tokens(policy, keyring, mail.envelope.recipients, message)
    named = own_ids(keyring, message)
    answered = {OutboxId(token.outbox_id) for token in tokens} | set(named[:1])
    outbox = answered | set(named)
    if message.report is not None and message.report.original_message_id:
        original = read_message_id(keyring, message.report.original_message_id)
        outbox |= {OutboxId(original)} if original is not None else set()
    asking = [*message.authors[:1], *message.reply_to[:1]]
    forwarded = forwarded_message(message)
    if forwarded is not None and forwarded.author is not None:
        asking.append(forwarded.author)
    people = [*asking, *message.to[:20], *message.cc[:20]]
    addresses = {lookup_key(person.address) for person in people if person.address}
    authors = {lookup_key(person.address) for person in asking if person.address}
    if message.clean_author:
        authors.add(lookup_key(message.clean_author))
    addresses |= authors
    numbers = ticket_tags(message.subject, policy.ticket_prefix)[:MAX_TAGS]
    tickets = {TicketNumber(number) for number in numbers}
    is_plain = policy.reply_address is ReplyAddress.PLAIN and bool(outbox)
    if is_plain or any(token.purpose in AGENT_PURPOSES for token in tokens):
        others, people_named = named_in_commands(message.words.new)
        tickets |= others
        addresses |= people_named
    return Keys(
        identity=identity,
        outbox=frozenset(outbox),
        answered=frozenset(answered),
        message_ids=named_ids(message),
        tickets=frozenset(tickets),
        addresses=frozenset(addresses),
        authors=frozenset(authors),
        licenses=frozenset(fingerprint_of(key, keyring) for key in written_keys(message)),
        rights=policy.asks_for_rights,
        logos=logos(message.attachments),
        files=_counts_files(message, policy),
        lists=frozenset(authors) if _wants_list(message) else frozenset(),
    )


def _counts_files(message: Message, policy: Policy) -> bool:
    """Whether it matters how many files a ticket has already."""
    is_limited = any(desk.files.count_per is CountPer.TICKET for desk in policy.desks)
    return is_limited and any(map(counts, message.attachments))


def customer_line(message: Message) -> CustomerLine | None:
    """What its first line asks for; of a mail without words its subject."""
    said = message.words.new
    return read_customer_command(said if said.strip() else message.subject)


def _wants_list(message: Message) -> bool:
    line = customer_line(message)
    return line is not None and line.verb is CustomerVerb.TICKETS


def named_in_commands(said: str) -> tuple[set[TicketNumber], set[str]]:
    """Tickets, and lookup keys of people, that an agent's words may be about beside their own."""
    tickets: set[TicketNumber] = set()
    addresses: set[str] = set()
    for line in read_commands(said).lines:
        if line.problem:
            continue
        if line.verb in (Verb.MERGE, Verb.LINK):
            tickets.add(number_of(line.argument))
        if line.verb is Verb.CC:
            addresses |= {lookup_key(box.address) for box in addresses_of(line.argument)}
    return tickets, addresses


def follow_merges(known: Known, number: TicketNumber | None) -> Conversation | None:
    """The conversation of that number, or the one that it was merged into."""
    for _ in range(MAX_MERGES):
        conversation = known.conversations.get(number) if number is not None else None
        if conversation is None or conversation.ticket.merged_into is None:
            return conversation
        number = conversation.ticket.merged_into
    return None


def route(mail: Mail, known: Known, policy: Policy, keyring: Keyring, now: datetime) -> Route:
    """First match wins; every step leaves evidence."""
    message = mail.message
    evidence: list[Step] = []
    tokens = find_tokens(policy, keyring, mail.envelope.recipients, message)
    token, bounce, click = _from_tokens(tokens, known, policy, now, evidence)
    author = known.people.get(lookup_key(message.clean_author)) if message.clean_author else None
    recipients = mail.envelope.recipients
    is_his = token is not None and author is not None and token.person == author.id
    if token is not None and not is_his and recipients and not find_in(keyring, recipients):
        # The mail did not come to that address, its field only names it: somebody who replies to
        # all, or forwards, must not be taken for the one it was made for.
        evidence.append(Step("token", "only named, by somebody else", f"outbox {token.id}"))
        token = click = None
    reference = next(
        (known.sent[number] for number in own_ids(keyring, message) if number in known.sent), None
    )
    if (
        policy.reply_address is ReplyAddress.PLAIN
        and token is None
        and reference is not None
        and reference.purpose is not None
        and reference.created_at + policy.token_lifetime >= now
    ):
        # Where the mail system knows no subaddresses, the MAC of our Message-ID is the token.
        token = reference
        evidence.append(Step("token", "message-id stands in", f"outbox {reference.id}"))
    found = Route(token=token, click=click, bounce=bounce, reference=reference)
    for by, number, detail in _candidates(found, known, policy, message, author):
        conversation = follow_merges(known, number)
        if conversation is None:
            evidence.append(Step(by, "names no ticket", detail))
            continue
        target = policy.tag(conversation.ticket.number)
        merged = "" if conversation.ticket.number == number else f", merged into {target}"
        evidence.append(Step(by, policy.tag(number), detail + merged))
        return Route(by, conversation, token, click, bounce, reference, tuple(evidence))
    evidence.append(Step("route", "no earlier ticket"))
    return Route("new", None, token, click, bounce, reference, tuple(evidence))


def _from_tokens(
    tokens: tuple[Token, ...],
    known: Known,
    policy: Policy,
    now: datetime,
    evidence: list[Step],
) -> tuple[SentMail | None, SentMail | None, Purpose | None]:
    """What the first reply token and the first reverse-path stand for, and the act of a click."""
    reply: SentMail | None = None
    bounce: SentMail | None = None
    click: Purpose | None = None
    for token in tokens:
        sent = known.sent.get(OutboxId(token.outbox_id))
        name = f"outbox {token.outbox_id}, purpose {token.purpose}"
        if sent is None or not _fits(token.purpose, sent.purpose):
            evidence.append(Step("token", "stands for nothing", name))
        elif sent.created_at + policy.token_lifetime < now:
            evidence.append(Step("token", "expired", name))
        elif token.purpose is Purpose.BOUNCE:
            bounce = bounce or sent
            evidence.append(Step("token", "reverse-path of ours", name))
        elif reply is None:
            reply = sent
            click = token.purpose if token.purpose.is_click else None
    return reply, bounce, click


def _fits(purpose: Purpose, of_mail: Purpose | None) -> bool:
    """Whether a mail with the one purpose has addresses with the other: acts of customers stand in
    mails to customers, those of agents in notifications and in lists of what waits."""
    if purpose is Purpose.BOUNCE:
        return True
    if purpose is Purpose.TAKE:
        return of_mail in (Purpose.ANSWER, Purpose.TAKE)
    if purpose.is_click:
        return of_mail is Purpose.CUSTOMER
    return of_mail is purpose


def _his_first(known: Known, author: Person | None) -> list[tuple[str, TicketNumber]]:
    """Of the tickets in which one Message-ID occurs those of the author first: anybody can put
    another's Message-ID on a mail of his own.
    """

    def is_foreign(located: tuple[str, TicketNumber]) -> bool:
        conversation = follow_merges(known, located[1])
        return author is None or conversation is None or not conversation.participant(author.id)

    order = {message_id: place for place, (message_id, _) in enumerate(reversed(known.located))}
    return sorted(known.located, key=lambda each: (-order[each[0]], is_foreign(each)))


def _candidates(
    found: Route, known: Known, policy: Policy, message: Message, author: Person | None
) -> Iterator[tuple[str, TicketNumber, str]]:
    tags = [TicketNumber(n) for n in ticket_tags(message.subject, policy.ticket_prefix)[:MAX_TAGS]]
    if found.token is not None and found.token.purpose is Purpose.TAKE:
        # A list that names many tickets: its token is good for those alone that it offers.
        offered = found.token.offers
        yield from (("subject tag", tag, policy.tag(tag)) for tag in tags if tag in offered)
        return
    if found.token is not None and found.token.ticket is not None:
        yield "token", found.token.ticket, f"outbox {found.token.id}"
    if found.bounce is not None and found.bounce.ticket is not None:
        yield "token", found.bounce.ticket, f"outbox {found.bounce.id}"
    if found.reference is not None and found.reference.ticket is not None:
        yield "references", found.reference.ticket, f"our Message-ID, outbox {found.reference.id}"
    for message_id, number in _his_first(known, author):
        yield "references", number, f"Message-ID {message_id}"
    for tag in tags:
        yield "subject tag", tag, policy.tag(tag)


def is_reply_to(
    message: Message, conversation: Conversation, known: Known, found: Route, policy: Policy
) -> bool:
    """Whether a mail is a reply within that conversation, not a new mail to a remembered address.

    Mail clients complete old token addresses in new mails; such a mail names none of our
    Message-IDs of the ticket and has neither its tag nor its subject.
    """
    number = conversation.ticket.number
    if found.reference is not None and found.reference.ticket is not None:
        target = follow_merges(known, found.reference.ticket)
        if target is not None and target.ticket.number == number:
            return True
    for _, located in known.located:
        target = follow_merges(known, located)
        if target is not None and target.ticket.number == number:
            return True
    if number in ticket_tags(message.subject, policy.ticket_prefix):
        return True
    subject = base_subject(message.subject, policy.ticket_prefix)
    return bool(subject) and subject == base_subject(
        conversation.ticket.subject, policy.ticket_prefix
    )
