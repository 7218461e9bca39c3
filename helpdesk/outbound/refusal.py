"""What a relay's refusal means: for the mail, and for the operator.

Standards: RFC 5321 §4.2 (replies), RFC 3463 §3 (enhanced status codes), RFC 1870 (SIZE).
Failures: 5xx for the recipient or the content is failed; 5xx for the reverse-path, the login or the
size is held, for only the operator can mend it; 4xx and everything unknown is deferred.
"""

import re
from enum import StrEnum

from helpdesk.core.address import normalize
from helpdesk.ports import Attempt, Delivery, Outcome

LONGEST_DETAIL = 400

TROUBLE = "relay"
LOGIN_TROUBLE = "relay login"
REVERSE_PATH_TROUBLE = "relay reverse-path"
NULL_PATH_TROUBLE = "relay null reverse-path"
TROUBLES = frozenset({TROUBLE, LOGIN_TROUBLE, REVERSE_PATH_TROUBLE, NULL_PATH_TROUBLE})
"""Causes of which the operator is told."""


class Phase(StrEnum):
    CONNECT = "connect"
    LOGIN = "login"
    REVERSE_PATH = "reverse-path"
    RECIPIENT = "recipient"
    DATA = "data"
    CONTENT = "content"


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_OF_CLIENT = re.compile(r"(?i)\brelay(?:ing)?\b|\bclient host\b|\bhelo command rejected\b")
_OF_SENDER = re.compile(
    r"(?i)\bsender address rejected\b|\bsender verify failed\b|\bsend ?as ?denied\b"
    r"|\b(?:permissions?|allowed) to send as\b"
)
"""So Postfix (smtpd_delay_reject), Exim and Exchange refuse whom a mail is from, no sooner than at
its recipient or at its end."""
_STATUS_OF_RECIPIENT = re.compile(r"\s*5\.1\.(?:[0-6]|10)\b")
_STATUS_OF_SENDER = re.compile(r"\s*5\.1\.[78]\b")
"""RFC 3463 §3.2."""
_NEEDS_LOGIN = frozenset({530, 534, 535, 538})
_SIZE_EXCEEDED = 552
CLOSING = 421
POSITIVE = range(250, 260)
START_INPUT = range(354, 355)
NEGATIVE = range(400, 600)
_PERMANENT = range(500, 600)


def outcome_of(phase: Phase, code: int, text: str) -> Outcome:
    """What a refusal in this phase means for the mail."""
    if code not in _PERMANENT:
        return Outcome.DEFERRED
    if phase is Phase.CONNECT:
        return Outcome.DEFERRED  # It says nothing about this mail, and may pass.
    if phase in {Phase.LOGIN, Phase.REVERSE_PATH} or code in _NEEDS_LOGIN or is_of_sender(text):
        return Outcome.HELD
    status = _ENHANCED.match(text)
    enhanced = status[1] if status else ""
    # RFC 3463 §3.4: 5.3.4 is the relay's own limit, 5.2.2 and 5.2.3 are the recipient's. Without a
    # status, 552 to RCPT is a full mailbox and 552 to the content is its size (RFC 5321 §4.2.3).
    if enhanced == "5.3.4" or (
        code == _SIZE_EXCEEDED and not enhanced and phase is not Phase.RECIPIENT
    ):
        return Outcome.HELD
    # A relay that knows neither us nor the recipient refuses each RCPT: no fault of the recipient.
    if phase is Phase.RECIPIENT and is_of_client(text):
        return Outcome.HELD
    return Outcome.FAILED


def is_of_client(text: str) -> bool:
    """Whether a refusal is about us, who hand the mail in."""
    # Postfix: "5.1.1 ... User unknown in relay recipient table".
    return _OF_CLIENT.search(text) is not None and not _STATUS_OF_RECIPIENT.match(text)


def is_of_sender(text: str) -> bool:
    """Whether a refusal is about whom the mail is from."""
    return bool(_OF_SENDER.search(text) or _STATUS_OF_SENDER.match(text))


def trouble_of(phase: Phase, code: int, text: str, *, is_null: bool) -> str:
    """What the operator has to mend after this refusal, if there is anything."""
    if code not in _PERMANENT:
        return ""
    if code in _NEEDS_LOGIN or (phase is Phase.RECIPIENT and is_of_client(text)):
        return LOGIN_TROUBLE
    if is_of_sender(text):
        return path_trouble(is_null=is_null)
    if phase is Phase.REVERSE_PATH and outcome_of(phase, code, text) is Outcome.HELD:
        is_size = code == _SIZE_EXCEEDED or text.lstrip().startswith("5.3.4")
        return "" if is_size else path_trouble(is_null=is_null)
    return ""


def path_trouble(*, is_null: bool) -> str:
    return NULL_PATH_TROUBLE if is_null else REVERSE_PATH_TROUBLE


_ADDRESS = re.compile(r"[^\s<>@\"'(),:;]{1,256}@[^\s<>@\"'(),:;]{1,256}")


def detail_of(phase: Phase, words: str, recipient: str = "") -> str:
    """One printable line for the operator; of all addresses only the recipient's may stay."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words[:4000]).split())

    def hide(match: re.Match[str]) -> str:
        return match[0] if match[0].lower() == recipient.lower() else "(address)"

    return f"{phase}: {_ADDRESS.sub(hide, line)}"[:LONGEST_DETAIL]


class Refused(Exception):  # noqa: N818 -- the word of the table, as in the docs
    """The relay said no, said nothing, or said something that is no reply."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        lost: bool = False,
        nothing_sent: bool = False,
        trouble: str = "",
        phase: Phase = Phase.CONNECT,
    ) -> None:
        super().__init__(attempt.detail)
        self.attempt = attempt
        self.phase = phase
        self.trouble = trouble
        """What the operator has to mend."""
        self.lost = lost
        """The connection is of no more use."""
        self.nothing_sent = nothing_sent
        """The relay had closed the connection before it heard of this mail."""


# --- before the wire -----------------------------------------------------------------------------


def _is_ready(address: str) -> bool:
    """Whether it can stand between angle brackets: one address, its domain in A-labels."""
    return address.isascii() and normalize(address) != ""


def fault_of(delivery: Delivery) -> Attempt | None:
    """Why a delivery must not reach the wire at all."""
    reverse_path, recipient = delivery.reverse_path, delivery.recipient
    if reverse_path and not _is_ready(reverse_path):
        return Attempt(Outcome.HELD, "our reverse-path is not an address")
    if not _is_ready(recipient):
        return Attempt(Outcome.FAILED, "recipient is not an address")
    # A bare CR or LF is the end of a line to some servers only: smuggled mail.
    rest = delivery.content.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        return Attempt(Outcome.HELD, "the mail has a bare CR or LF")
    return None
