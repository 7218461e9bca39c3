"""Reply tokens and Message-IDs of ours: short texts that only we can have written."""

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

VERSION = 1
MIN_KEY = 32
MAX_KEY_ID = 15
MAX_ID = 2**40 - 1
_HEAD = 7
_MAC = 16
LENGTH = 37
"""Characters of a token: 23 bytes in base32."""

# Each label keeps what was signed for one use from being taken for another.
_TOKEN = b"helpdesk reply token\0"
_MESSAGE_ID = b"helpdesk message-id\0"
_MESSAGE_ID_PURPOSE = "m"
_MARK = b"helpdesk reply mark\0"
_MARK_BYTES = 10
_TEXT = re.compile(rf"[A-Za-z2-7]{{{LENGTH}}}")
_AT_END = re.compile(rf"(?:^|[^A-Za-z0-9])([A-Za-z2-7]{{{LENGTH}}})$")


class Purpose(StrEnum):
    """What a mail to the token's address is."""

    CUSTOMER = "c"
    ANSWER = "a"
    NOTE = "n"
    BOUNCE = "b"
    PARKED = "p"
    CANARY = "k"
    CLOSE = "x"
    REOPEN = "o"
    RAISE = "r"
    TAKE = "t"

    @property
    def is_click(self) -> bool:
        """Whether a mail to it is one act, offered as a link in a mail that has another purpose."""
        return self in _CLICKS


_CLICKS = frozenset({Purpose.CLOSE, Purpose.REOPEN, Purpose.RAISE, Purpose.TAKE})


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets that we sign with; `current` signs, all of them verify."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"there is no key {self.current}")
        if not all(0 <= key_id <= MAX_KEY_ID for key_id in self.keys):
            raise ValueError(f"key ids are 0 to {MAX_KEY_ID}")
        if any(len(key) < MIN_KEY for key in self.keys.values()):
            raise ValueError(f"keys have at least {MIN_KEY} bytes")


@dataclass(frozen=True, slots=True)
class Token:
    purpose: Purpose
    outbox_id: int


def reply_token(keyring: Keyring, purpose: Purpose, outbox_id: int) -> str:
    return _sign(keyring, _TOKEN, purpose.value, outbox_id)


def read_token(keyring: Keyring, text: str) -> Token | None:
    """The token if we made it. Mail systems fold case, so case does not count."""
    verified = _verify(keyring, _TOKEN, text)
    if verified is None or verified[0] not in set(Purpose):
        return None
    return Token(Purpose(verified[0]), verified[1])


def find_tokens(keyring: Keyring, addresses: Iterable[str]) -> tuple[Token, ...]:
    """The tokens in the addresses, each once: as subaddress with any separator, or as the whole
    local part.
    """
    found: dict[Token, None] = {}
    for address in addresses:
        local_part = address.strip(" <>").rpartition("@")[0]
        match = _AT_END.search(local_part[-LENGTH - 1 :])
        token = read_token(keyring, match[1]) if match else None
        if token is not None:
            found[token] = None
    return tuple(found)


def message_id(keyring: Keyring, outbox_id: int, domain: str) -> str:
    """The Message-ID of an outbox entry, without brackets; the same one every time."""
    return f"{_sign(keyring, _MESSAGE_ID, _MESSAGE_ID_PURPOSE, outbox_id)}@{domain}"


def read_message_id(keyring: Keyring, text: str) -> int | None:
    """The outbox entry whose Message-ID this is, if it is one of ours."""
    local_part = text.strip(" \t<>").partition("@")[0]
    verified = _verify(keyring, _MESSAGE_ID, local_part)
    if verified is None or verified[0] != _MESSAGE_ID_PURPOSE:
        return None
    return verified[1]


def reply_mark(keyring: Keyring, outbox_id: int) -> str:
    """What stands in the line of an outgoing mail above which one answers: 16 characters."""
    return _mark(keyring.keys[keyring.current], outbox_id)


def reply_marks(keyring: Keyring, outbox_id: int) -> tuple[str, ...]:
    """All that we may have written there, for keys rotate."""
    return tuple(_mark(key, outbox_id) for key in keyring.keys.values())


def _mark(key: bytes, outbox_id: int) -> str:
    return _base32(_mac(key, _MARK, outbox_id.to_bytes(5, "big"))[:_MARK_BYTES])


def _sign(keyring: Keyring, label: bytes, purpose: str, outbox_id: int) -> str:
    if not 0 <= outbox_id <= MAX_ID:
        raise ValueError(f"outbox entry {outbox_id} has no place in a token")
    head = bytes([VERSION << 4 | keyring.current]) + purpose.encode() + outbox_id.to_bytes(5, "big")
    return _base32(head + _mac(keyring.keys[keyring.current], label, head))


def _verify(keyring: Keyring, label: bytes, text: str) -> tuple[str, int] | None:
    """Purpose and outbox entry of a text that we signed under this label."""
    if not _TEXT.fullmatch(text):
        return None
    content = base64.b32decode(text.upper() + "===")
    # 37 characters have one bit more than 23 bytes: without this there were two texts per token.
    if _base32(content) != text.lower():
        return None
    head, mac = content[:_HEAD], content[_HEAD:]
    version, key_id = head[0] >> 4, head[0] & 15
    key = keyring.keys.get(key_id)
    if version != VERSION or key is None:
        return None
    if not hmac.compare_digest(mac, _mac(key, label, head)):
        return None
    return chr(head[1]), int.from_bytes(head[2:], "big")


def _mac(key: bytes, label: bytes, head: bytes) -> bytes:
    return hmac.digest(key, label + head, "sha256")[:_MAC]


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode("ascii").rstrip("=").lower()
