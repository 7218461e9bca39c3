"""A mail as the rules see it: the envelope of RFC 5321 and what the reader made of the message."""

from dataclasses import dataclass
from datetime import datetime

COULD_NOT_BE_READ = "could not be read fully"
"""The defect of a message of which the reader saw no more than the header section."""
ENCRYPTED = "This message is encrypted; its words cannot be shown here."
"""The text of an encrypted message that has no other."""
HIDDEN_LEFT_OUT = "hidden text left out"
TWO_TYPES = "a part states two media types"
TWO_ENCODINGS = "a part states two transfer encodings"
TWO_DISPOSITIONS = "a part states two dispositions"
TWO_BOUNDARIES = "a part states two boundaries"
PARTS_AFTER_END = "parts after the closing delimiter"
AMBIGUOUS = frozenset({TWO_TYPES, TWO_ENCODINGS, TWO_DISPOSITIONS, TWO_BOUNDARIES, PARTS_AFTER_END})
"""Defects with which another program may show other words or files."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the SMTP client said (RFC 5321 §2.3.1)."""

    reverse_path: str
    """Empty for the null reverse-path `<>` (RFC 5321 §4.5.5)."""
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about the peer that handed a mail in; nothing of it comes from the mail."""

    peer: str = ""
    """IP address of the client, or empty for a unix socket, a pipe or a mailbox."""
    authserv_id: str = ""
    """The one authserv-id whose Authentication-Results count from this peer; empty: none does."""
    network: bool = False
    """The peer is in `trust_network`."""
    user: str = ""
    """Who logged in by SMTP AUTH."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail at the door: everything intake keeps of it beside the raw bytes."""

    envelope: Envelope
    source: str
    """How it came in: the listener's or fetcher's name."""
    received_at: datetime
    trust: Trust = Trust()
    origin: str = ""
    """What names it where it was fetched from, for ever and uniquely; the same origin is kept once.
    Empty: nothing does."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown beside it (RFC 5322 §3.4)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known about an attached file; its content stays in the raw message."""

    filename: str
    """Safe to show and to save: no path, no control or invisible characters, never empty."""
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    part: str = ""
    """Where the raw message has it, in a form that only helpdesk.inbound.parse reads."""
    stated_name: bool = True
    """The message itself named the file."""
    quoted: bool = False
    """An image that only the quoted history or the signature shows; or the mail's own signature."""
    executable: str = ""
    """Why it counts as a program, in a few constant words; empty: nothing says so."""
    in_archive: tuple[str, ...] = ()
    """The names that an archive lists, as far as they were read."""
    recurs: bool = False
    """A small image that came with earlier mails of its sender: it says nothing new."""
    refused: str = ""
    """Why it is not passed on to anybody; empty: it is."""
    summary: str = ""
    """What people see of it without opening it: an invitation, an attached message."""

    @property
    def is_folded(self) -> bool:
        """Whether it only belongs to a signature or a quotation: it is kept and not listed."""
        return self.quoted or self.recurs


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text and what it is."""

    start: int
    """In characters; `end` is the first after it."""
    end: int
    kind: str
    """One of new, quoted, signature, banner."""


@dataclass(frozen=True, slots=True)
class Words:
    """The visible text of a message, and what of it is new.

    Nothing is lost by telling the parts apart: `text` has everything.
    """

    text: str = ""
    new: str = ""
    signature: str = ""
    quoted: str = ""
    banner: str = ""
    """What mail systems put in: "this mail comes from outside", disclaimers, scanners' notes."""
    spans: tuple[Span, ...] = ()
    """What each piece of `text` is, in order; together they are all of it."""


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What a delivery report says of one recipient (RFC 3464 §2.3)."""

    address: str
    status: str = ""
    """Enhanced status code (RFC 3463), e.g. `5.1.1`."""
    action: str = "failed"
    """One of failed, delayed, delivered, relayed, expanded."""
    smtp_code: str = ""
    diagnostic: str = ""

    @property
    def is_permanent(self) -> bool:
        return self.action == "failed" and not self.status.startswith("4")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery report, in the form of RFC 3464 or in plain words."""

    recipients: tuple[ReportedRecipient, ...] = ()
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A message that somebody forwarded in the text of another."""

    author: Mailbox | None
    subject: str
    text: str
    note: str
    """The words above it."""
    date: str = ""
    """As the text states it: in the words of a client and a language."""
    below: str = ""
    """The words below it that are not of it, where quote marks say so."""


@dataclass(frozen=True, slots=True)
class AttachedMessage:
    """A message attached to another (message/rfc822), as far as people want to see it."""

    author: Mailbox | None
    subject: str
    date: datetime | None
    text: str
    message_id: str = ""
    filenames: tuple[str, ...] = ()
    """Of the files attached to it."""


@dataclass(frozen=True, slots=True)
class Protection:
    """That a message is signed or encrypted; nothing is ever verified or decrypted."""

    scheme: str
    """S/MIME or OpenPGP."""
    is_encrypted: bool = False
    is_signed: bool = False
    """The signature is unverified: it proves nothing."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """An abuse report (RFC 5965)."""

    kind: str
    """The Feedback-Type, in lower case: abuse, fraud, virus, not-spam, other, ..."""
    recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    reporter: str = ""
    source: str = ""
    """The IP address that the reported message came from."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What became of a message, as its recipient's program says (RFC 8098)."""

    kind: str
    """displayed, deleted, dispatched, processed, denied or failed."""
    recipient: str = ""
    original_message_id: str = ""
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A license key in a mail, in its provider's normal form."""

    key: str
    provider: str
    quoted: bool = False
    """Found only in quoted history."""


@dataclass(frozen=True, slots=True)
class Message:
    """What the reader made of a message (RFC 5322). Every string is clean text, ready to be stored:
    decoded, without lone surrogates and NUL.
    """

    fields: tuple[tuple[str, str], ...] = ()
    """Header fields in their order: name in lower case, value unfolded and decoded."""
    subject: str = ""
    authors: tuple[Mailbox, ...] = ()
    clean_author: str = ""
    """The author's address if there is exactly one From field with exactly one mailbox that no two
    readers could understand differently; else empty. The domain is in A-labels and lower case."""
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    content_type: str = "text/plain"
    """Of the message as a whole; lower case, without parameters."""
    report_type: str = ""
    """The report-type parameter of multipart/report (RFC 6522 §3), lower case."""
    words: Words = Words()
    attachments: tuple[Attachment, ...] = ()
    report: DeliveryReport | None = None
    forwarded: Forwarded | None = None
    attached: tuple[AttachedMessage, ...] = ()
    protection: Protection | None = None
    feedback: Feedback | None = None
    disposition: Disposition | None = None
    keys: tuple[FoundKey, ...] = ()
    defects: tuple[str, ...] = ()
    digest: str = ""
    """SHA-256 (hex) of what stays the same on every way a mail can come to us:
    From, To, Cc, Date, Subject and the body with line ends folded; not trace or list fields."""

    def field(self, name: str) -> str:
        """The first field of that name, or empty."""
        return next((value for key, value in self.fields if key == name), "")

    def all_fields(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.fields if key == name)

    def has_field(self, *names: str) -> bool:
        return any(key in names for key, _ in self.fields)

    @property
    def author(self) -> Mailbox | None:
        return self.authors[0] if self.authors else None

    @property
    def is_encrypted(self) -> bool:
        return self.protection is not None and self.protection.is_encrypted


@dataclass(frozen=True, slots=True)
class Mail:
    """Envelope, message and what is known about the peer, together."""

    arrival: Arrival
    message: Message
    size: int = 0
    """Octets of the raw message."""
    sha256: str = ""
    """Of the raw message."""

    @property
    def envelope(self) -> Envelope:
        return self.arrival.envelope
