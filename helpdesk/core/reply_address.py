"""Which addresses are ours, and the reply tokens in them.

Standards: RFC 5233 (subaddresses), RFC 5321 §4.5.1 (postmaster).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from helpdesk.core.address import MAX_LOCAL_PART, lookup_key
from helpdesk.core.mail import Mail, Message
from helpdesk.core.policy import Desk, Policy, ReplyAddress
from helpdesk.core.token import Keyring, Purpose, Token, reply_token
from helpdesk.core.token import find_tokens as tokens_in

# Where mail systems note the envelope recipient for those who never see the envelope.
RECIPIENT_FIELDS = ("x-original-to", "delivered-to", "envelope-to")
MOST_ADDRESSES = 1_000


def reply_address(
    policy: Policy, keyring: Keyring, desk: Desk, purpose: Purpose, outbox_id: int
) -> str:
    """Where the reader of one outgoing mail replies to."""
    if policy.reply_address is ReplyAddress.PLAIN:
        return desk.address
    token = reply_token(keyring, purpose, outbox_id)
    if policy.reply_address is ReplyAddress.SUBDOMAIN:
        return f"{token}@{policy.reply_domain}"
    local_part, _, domain = desk.address.rpartition("@")
    return f"{local_part}{policy.separator}{token}@{domain}"


def reverse_path(policy: Policy, keyring: Keyring, desk: Desk, outbox_id: int) -> str:
    """Where delivery reports about one outgoing mail go."""
    return reply_address(policy, keyring, desk, Purpose.BOUNCE, outbox_id)


def find_tokens(
    policy: Policy, keyring: Keyring, envelope_recipients: Sequence[str], message: Message
) -> tuple[Token, ...]:
    """The verified tokens that a mail was sent to, each once; the envelope's if it has any."""
    found = tokens_in(keyring, envelope_recipients[:MOST_ADDRESSES])
    if found:
        return found
    stated = tuple(_stated_recipients(message))[:MOST_ADDRESSES]
    return tokens_in(keyring, (address for address in stated if is_ours(policy, address)))


def _stated_recipients(message: Message) -> Iterator[str]:
    for name in RECIPIENT_FIELDS:
        for value in message.all_fields(name):
            yield value.strip(" \t<>")
    for mailbox in (*message.to, *message.cc):
        yield mailbox.address


def is_ours(policy: Policy, address: str) -> bool:
    """Whether mail to this address is for us: a desk or a subaddress of one, the domain of reply
    tokens, the address of notifications, or the bare postmaster.
    """
    key = lookup_key(address)
    return (
        key == "postmaster"
        or _desk_of(policy, address) is not None
        or (policy.notifications_address != "" and key == lookup_key(policy.notifications_address))
        or (policy.reply_domain != "" and key.rpartition("@")[2] == policy.reply_domain.lower())
    )


def desks_of(policy: Policy, addresses: Iterable[str]) -> tuple[Desk, ...]:
    """The desks that these addresses and subaddresses name, in the order of the configuration."""
    named = {desk.name for desk in (_desk_of(policy, a) for a in addresses) if desk is not None}
    return tuple(desk for desk in policy.desks if desk.name in named)


def desks_for(policy: Policy, mail: Mail) -> tuple[Desk, ...]:
    """The desks that a mail is for. Without an envelope (IMAP, pipe) those that the message states,
    else the desk of the source that it came from; at last the first one.
    """
    recipients: Iterable[str] = mail.envelope.recipients
    stated = recipients or islice(_stated_recipients(mail.message), MOST_ADDRESSES)
    source = policy.desk_of_source.get(mail.arrival.source, "")
    return desks_of(policy, stated) or (policy.desk(source),)


def _desk_of(policy: Policy, address: str) -> Desk | None:
    desk = policy.desk_at(address)
    if desk is not None:
        return desk
    # A desk may have the separator in its own name, so every place is tried: a-b-token with "-".
    local_part, at, domain = address.rpartition("@")
    end = local_part.rfind(policy.separator)
    while at and 0 < end <= MAX_LOCAL_PART:
        desk = policy.desk_at(f"{local_part[:end]}@{domain}")
        if desk is not None:
            return desk
        end = local_part.rfind(policy.separator, 0, end)
    return None
