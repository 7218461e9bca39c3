"""What a part is when it is no text: told apart by media type, file name and first octets.

Standards: RFC 2046 §5.2.1 (attached messages), RFC 3156 and RFC 8551 (signed and encrypted mail).
Failures: none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from helpdesk.core.mail import Protection
from helpdesk.inbound import cms
from helpdesk.inbound.charset import decode_bytes
from helpdesk.inbound.decode import clean_text
from helpdesk.inbound.invitation import summarize
from helpdesk.inbound.tnef import is_tnef

MESSAGES = frozenset({"message/rfc822", "message/global", "message/rfc-822", "message/news"})
SMIME, OPENPGP = "S/MIME", "OpenPGP"
SIGNATURE = "signature, not verified"
SIGNED = "signed message, signature not verified"
VERSION = "note on how this mail is encrypted"
ENCRYPTED_FILE = "encrypted message, cannot be read here"

_SIGNATURES = {
    "application/pgp-signature": OPENPGP,
    "application/pkcs7-signature": SMIME,
    "application/x-pkcs7-signature": SMIME,
}
_CMS = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_UNTOLD = frozenset({"application/octet-stream", "application/octetstream", "application/unknown"})
_TNEF_NAME = re.compile(r"(?i)(?:winmail|win)\d{0,3}\.dat|part\.tnef|.{1,100}\.tnef")
_ARMOR = b"-----BEGIN PGP MESSAGE-----"
_FIELD = re.compile(rb"[!-9;-~]{1,60}[ \t]{0,9}:")


class Wrap(StrEnum):
    """What a file is wrapped up as."""

    NONE = "none"
    TNEF = "tnef"
    SIGNED = "signed"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file says."""

    wrap: Wrap = Wrap.NONE
    summary: str = ""
    protection: Protection | None = None

    @property
    def belongs_to_mail(self) -> bool:
        """It is how the mail is signed or encrypted, and no file that somebody wants to show."""
        return self.summary in {SIGNATURE, SIGNED, VERSION}


NOTHING = Look()


def look_at(content: bytes, content_type: str, parameters: Mapping[str, str], name: str) -> Look:
    if content_type in _SIGNATURES:
        scheme = _SIGNATURES[content_type]
        return Look(Wrap.NONE, SIGNATURE, Protection(scheme, is_signed=True))
    if content_type == "application/pgp-encrypted":
        return Look(Wrap.NONE, VERSION, Protection(OPENPGP, is_encrypted=True))
    low, is_untold = name.lower(), content_type in _UNTOLD
    if (content_type in _TNEF or (is_untold and _TNEF_NAME.fullmatch(low))) and is_tnef(content):
        return Look(Wrap.TNEF)
    if content_type in _CMS or (is_untold and low.endswith((".p7m", ".p7s"))):
        return _look_at_cms(content, parameters.get("smime-type", "").lower())
    if content_type == "text/calendar" or low.endswith(".ics"):
        charset = parameters.get("charset", "utf-8")
        return Look(summary=summarize(clean_text(decode_bytes(content[:1_000_000], charset)[0])))
    if content.lstrip()[: len(_ARMOR)] == _ARMOR:
        return Look(summary=ENCRYPTED_FILE)
    is_file = content_type not in MESSAGES and low.endswith(".eml")
    if is_file and _FIELD.match(content):
        return Look(Wrap.MESSAGE)
    return NOTHING


def _look_at_cms(content: bytes, stated: str) -> Look:
    """The octets are believed, and where they say nothing the smime-type (RFC 8551 §3.2.2)."""
    kind = cms.kind_of(content)
    if kind is cms.Kind.SIGNED:
        protection = Protection(SMIME, is_signed=True)
        if cms.signed_content(content) is None:
            return Look(Wrap.NONE, SIGNATURE, protection)
        return Look(Wrap.SIGNED, SIGNED, protection)
    if kind is cms.Kind.ENCRYPTED or stated in {"enveloped-data", "authenveloped-data"}:
        return Look(Wrap.NONE, ENCRYPTED_FILE, Protection(SMIME, is_encrypted=True))
    return NOTHING


def together(first: Protection | None, other: Protection | None) -> Protection | None:
    """The protection of a message some parts of which have one each."""
    if first is None or other is None:
        return first or other
    return Protection(
        first.scheme,
        is_encrypted=first.is_encrypted or other.is_encrypted,
        is_signed=first.is_signed or other.is_signed,
    )
