"""Canaries: mails of `helpdesk doctor` to a desk, which show that replies find their way back."""

from datetime import UTC, datetime, timedelta

from helpdesk.core.mail import Mail
from helpdesk.core.policy import Policy
from helpdesk.core.reply_address import MOST_ADDRESSES, find_tokens, is_ours
from helpdesk.core.token import Keyring, Purpose
from helpdesk.core.token import find_tokens as find_in

LIFETIME = timedelta(days=1)
_SALT = 256


def canary_number(now: datetime, salt: int) -> int:
    """What stands in a canary's token instead of an outbox entry: when it was sent, and a byte that
    tells those of one second apart. So no row is needed to know its age.
    """
    return int(now.timestamp()) * _SALT + salt % _SALT


def is_canary(mail: Mail, policy: Policy, keyring: Keyring, now: datetime) -> bool:
    """Whether the mail came to nobody of ours but fresh canaries. A mail that came to a desk, too,
    or to another token, is somebody's mail.
    """
    message, recipients = mail.message, mail.envelope.recipients
    named = recipients or tuple(each.address for each in (*message.to, *message.cc))
    ours = [each for each in named[:MOST_ADDRESSES] if is_ours(policy, each)]
    tokens = find_tokens(policy, keyring, recipients, message)
    if not all(find_in(keyring, [each]) for each in ours):
        return False
    return bool(tokens) and all(
        token.purpose is Purpose.CANARY and _is_fresh(token.outbox_id, now) for token in tokens
    )


def _is_fresh(number: int, now: datetime) -> bool:
    seconds = number // _SALT
    if seconds > now.timestamp() + LIFETIME.total_seconds():
        return False
    return now - datetime.fromtimestamp(seconds, UTC) <= LIFETIME
