"""Makes the message of an outgoing mail, and compares the finished bytes with what was planned.

Standards: RFC 5322 (fields, lines), RFC 2045 to 2047 and 2231 (MIME), RFC 2392 (Content-ID),
RFC 3834 §5 (Auto-Submitted).
Failures: a mail that cannot be written as planned is Unprocessable.
"""

import binascii
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import quote

from helpdesk.core.address import display_name, normalize
from helpdesk.core.outgoing import (
    MAX_REFERENCES,
    TO_CUSTOMERS,
    Notice,
    OutgoingFile,
    OutgoingMail,
    Rendered,
)
from helpdesk.core.policy import Desk, Policy, ReversePath
from helpdesk.core.reply_address import reply_address, reverse_path
from helpdesk.core.token import Keyring, Purpose
from helpdesk.ports import Delivery, Unprocessable

LINE_WIDTH = 78  # RFC 5322 §2.1.1 asks for this …
LONGEST_LINE = 998  # … and demands this.
LONGEST_REFERENCES = 3_800
"""Octets; some servers refuse fields of more than 4096."""
LONGEST_ID = 250
LONGEST_SUBJECT = 400

# --- header fields ------------------------------------------------------------------------------

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb\ufffe\uffff]+"
)
_WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ID = re.compile(r"[!-;=?A-Z\[-~]+@[!-;=?A-Z\[-~]+")
_MEDIA_TYPE = re.compile(r"[a-z]{1,40}/[a-z0-9][a-z0-9.+_-]{0,100}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._+-]{1,80}(?:@[A-Za-z0-9.-]{1,80})?")
_ENCODED_WORD_OCTETS = 45  # 60 characters of base64, 72 with what is around them
_ENCODED_WORD = re.compile(r"=\?")


def clean_line(text: str, limit: int = LONGEST_SUBJECT) -> str:
    """One line for a header field: no control, format or line separator character."""
    return " ".join(_UNPRINTABLE.sub(" ", text[: 4 * limit]).split())[:limit].rstrip()


def _encoded_words(text: str) -> list[str]:
    """UTF-8 in encoded words, none of which ends inside of a character (RFC 2047 §5)."""
    chunks: list[bytes] = [b""]
    for char in text:
        octets = char.encode()
        if len(chunks[-1]) + len(octets) > _ENCODED_WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return [f"=?utf-8?B?{_base64_line(chunk)}?=" for chunk in chunks]


def _base64_line(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode("ascii")


def _is_plain(text: str) -> bool:
    return (
        text.isascii()
        and not _ENCODED_WORD.search(text)
        and all(len(word) < LINE_WIDTH - 10 for word in text.split(" "))
    )


def _words(text: str) -> list[str]:
    return text.split(" ") if _is_plain(text) else _encoded_words(text)


def _phrase(name: str) -> list[str]:
    """A display name (RFC 5322 §3.2.5) in pieces that a line may be broken between."""
    if not name:
        return []
    if not _is_plain(name):
        return _encoded_words(name)
    if _WORDS.fullmatch(name):
        return name.split(" ")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _field(name: str, pieces: Iterable[str]) -> str:
    """A field, broken into lines of at most 78 characters where its pieces allow it."""
    lines: list[str] = []
    line = f"{name}:"
    for piece in pieces:
        if len(line) + 1 + len(piece) > LINE_WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line = f"{line} {piece}"
    return "\r\n".join([*lines, line])


def _mailbox(name: str, address: str) -> list[str]:
    return [*_phrase(display_name(name)), f"<{address}>"]


def _ids(message_ids: Iterable[str]) -> list[str]:
    """The Message-IDs that are such, each once: at most 20, the first and the latest kept."""
    good = [i for i in dict.fromkeys(message_ids) if len(i) <= LONGEST_ID and _ID.fullmatch(i)]
    if len(good) > MAX_REFERENCES:
        good = [good[0], *good[1 - MAX_REFERENCES :]]
    while sum(len(i) + 4 for i in good) > LONGEST_REFERENCES:
        del good[1]
    return [f"<{i}>" for i in good]


# --- parts --------------------------------------------------------------------------------------

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_FROM_LINE = re.compile(rb"(?m)^From ")
_SPACE_AT_END = re.compile(r"[ \t](?:\n|\Z)")


class _Base64(bytes):
    """Lines of base64, and nothing else."""


_Part = tuple[bytes, ...]
"""A part in pieces, so that nothing large is copied or searched without need."""


def _text_part(subtype: str, text: str) -> _Part:
    """A text part; as it is when every mail system leaves it alone, else quoted-printable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    text = _CONTROL.sub("", text)
    as_it_is = (
        text.isascii()
        and "=_" not in text  # a boundary could begin so
        and max(map(len, text.split("\n"))) <= LINE_WIDTH
        and not _SPACE_AT_END.search(text)
        and not text.startswith("From ")
        and "\nFrom " not in text
    )
    content = text.encode("utf-8", "replace").replace(b"\n", b"\r\n")
    if as_it_is:
        head = f'Content-Type: text/{subtype}; charset="us-ascii"\r\n'
        return f"{head}Content-Transfer-Encoding: 7bit\r\n\r\n".encode(), content
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    quoted = binascii.b2a_qp(content, istext=True)
    quoted = _FROM_LINE.sub(b"=46rom ", quoted)
    return f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode(), quoted


def _file_part(file: OutgoingFile, content: bytes, content_id: str) -> _Part:
    content_type = file.content_type.lower()
    # RFC 2046 §5: these may not be encoded, and are not trusted to be what they say.
    if not _MEDIA_TYPE.fullmatch(content_type) or content_type.startswith(
        ("message/", "multipart/")
    ):
        content_type = "application/octet-stream"
    lines = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64"]
    if content_id:
        lines.append(f"Content-ID: <{content_id}>")
    disposition = "inline" if content_id else "attachment"
    lines.append(";\r\n ".join([f"Content-Disposition: {disposition}", *_filename(file.filename)]))
    return "\r\n".join([*lines, "", ""]).encode(), _base64(content)


def _filename(name: str) -> list[str]:
    """The filename parameter; in sections if long, encoded if it must be (RFC 2231 §3, §4)."""
    name = clean_line(name, 255) or "attachment"
    if name.isascii() and len(name) <= LINE_WIDTH - 20:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'filename="{escaped}"']
    encoded = [quote(char, safe="-._~") for char in name]
    sections = [""]
    for octets in encoded:
        if len(sections[-1]) + len(octets) > LINE_WIDTH - 25:
            sections.append("")
        sections[-1] += octets
    if len(sections) == 1:
        return [f"filename*=utf-8''{sections[0]}"]
    first, *others = sections
    continued = [f"filename*{number}*={octets}" for number, octets in enumerate(others, start=1)]
    return [f"filename*0*=utf-8''{first}", *continued]


_BASE64_WIDTH = 76


def _base64(content: bytes) -> _Base64:
    letters = binascii.b2a_base64(content, newline=False)
    starts = range(0, len(letters), _BASE64_WIDTH)
    return _Base64(b"\r\n".join([letters[start : start + _BASE64_WIDTH] for start in starts]))


def _multipart(subtype: str, boundary: str, parts: Sequence[_Part]) -> _Part:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    delimiter = f"--{boundary}\r\n".encode()
    body = itertools.chain.from_iterable((delimiter, *part, b"\r\n") for part in parts)
    return head, *body, f"--{boundary}--\r\n".encode()


# SVG is a program as much as a picture.
_SHOWN = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})


def images_of(mail: OutgoingMail) -> list[tuple[OutgoingFile, str]]:
    """The pictures that can be shown within the words, with the Content-IDs they get."""
    return [(file, content_id) for file, content_id in _with_content_ids(mail) if content_id]


def _with_content_ids(mail: OutgoingMail) -> Iterator[tuple[OutgoingFile, str]]:
    seen: set[str] = set()
    for number, file in enumerate(mail.files, start=1):
        content_id = ""
        if file.inline and file.content_type.lower() in _SHOWN:
            content_id = file.content_id
            if not _CONTENT_ID.fullmatch(content_id) or content_id in seen:
                content_id = f"image{number}.{mail.message_id}"
            seen.add(content_id)
        yield file, content_id


# --- the message --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What must be found in the finished bytes."""

    names: tuple[str, ...]
    addresses: dict[str, str]
    boundaries: dict[str, int]
    """Every boundary, with the number of its delimiter lines."""


def _reply_name(mail: OutgoingMail, desk: Desk) -> str:
    """What a mail client remembers the address by: an agent's should not look like the desk's."""
    ticket, customer = mail.variables.get("ticket"), mail.variables.get("requester")
    if mail.purpose is Purpose.TAKE:
        return f"{desk.display_name} (list)"
    if mail.purpose in (None, Purpose.CUSTOMER) or not ticket:
        return desk.display_name
    if mail.purpose is Purpose.ANSWER and customer:
        return f"Answer {customer['name'].partition('@')[0]}, {ticket['tag']}"
    return f"{desk.display_name}, {ticket['tag']}"


class MailComposer:
    def __init__(self, policy: Policy, keyring: Keyring) -> None:
        self._policy = policy
        self._keyring = keyring

    def compose(self, mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]) -> Delivery:
        """Raises Unprocessable when the bytes would not be what was planned."""
        if len(files) != len(mail.files):
            raise Unprocessable(f"{len(mail.files)} files were planned, {len(files)} are here")
        desk = self._policy.desk(mail.desk)
        recipient = _address(mail.recipient, "recipient")
        fields, addresses = self._fields(mail, rendered, desk, recipient)
        body, boundaries = _body(mail, rendered, files)
        head = "\r\n".join([*fields, "MIME-Version: 1.0", ""]).encode("ascii")
        names = (*(field.partition(":")[0] for field in fields), "MIME-Version", "Content-Type")
        if not rendered.html and not mail.files:
            names += ("Content-Transfer-Encoding",)
        # Lines of base64 are what they are by the way they were made.
        small = b"".join(p for p in (head, *body) if not isinstance(p, _Base64))
        _check(small, _Plan(names, addresses, boundaries))
        return Delivery(self._reverse_path(mail, desk), recipient, b"".join((head, *body)))

    def _reverse_path(self, mail: OutgoingMail, desk: Desk) -> str:
        if self._policy.reverse_path is ReversePath.DESK:
            return _address(desk.address, "reverse-path")
        if mail.null_reverse_path:
            return ""
        path = reverse_path(self._policy, self._keyring, desk, mail.id)
        return _address(path, "reverse-path")

    def _fields(
        self, mail: OutgoingMail, rendered: Rendered, desk: Desk, recipient: str
    ) -> tuple[list[str], dict[str, str]]:
        """The fields, and the one address that each address field must have."""
        author = _address(self._author(mail, desk), "From")
        addresses = {"From": author, "To": recipient}
        # A confirmation to somebody unproved has no word of his, his name included.
        is_anonymous = mail.notice is Notice.CONFIRMATION and not mail.variables.get("echo")
        name = "" if is_anonymous else mail.recipient_name
        fields = [
            _field("From", _mailbox(mail.from_name or desk.display_name, author)),
            _field("To", _mailbox(name, recipient)),
        ]
        if mail.purpose is not None:
            reply_to = reply_address(self._policy, self._keyring, desk, mail.purpose, mail.id)
            addresses["Reply-To"] = _address(reply_to, "Reply-To")
            fields.append(
                _field("Reply-To", _mailbox(_reply_name(mail, desk), addresses["Reply-To"]))
            )
        own_id = _ids([mail.message_id])
        if not own_id:
            raise Unprocessable("Message-ID is not valid")
        fields += [
            _field("Subject", _words(clean_line(rendered.subject))),
            f"Date: {format_datetime(mail.created_at)}",
            _field("Message-ID", own_id),
        ]
        in_reply_to, references = _ids([mail.in_reply_to]), _ids(mail.references)
        if in_reply_to:
            fields.append(_field("In-Reply-To", in_reply_to))
        if references:
            fields.append(_field("References", references))
        if mail.auto_submitted:
            fields.append(f"Auto-Submitted: {mail.auto_submitted.value}")
            # Exchange answers automatic mail too, unless it is told not to.
            fields.append("X-Auto-Response-Suppress: All")
        return fields, addresses

    def _author(self, mail: OutgoingMail, desk: Desk) -> str:
        if mail.from_address:
            return mail.from_address
        if mail.notice in TO_CUSTOMERS:
            return desk.address
        return self._policy.notifications_address or desk.address


def _address(address: str, what: str) -> str:
    normal = normalize(address)
    if not normal:
        raise Unprocessable(f"{what} is not an address")
    return normal


def _body(
    mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]
) -> tuple[_Part, dict[str, int]]:
    """The Content fields with the body, and its boundaries.

    multipart/mixed [ multipart/alternative [ text, multipart/related [ HTML, images ] ], files ]
    where only what is needed is there.
    """
    images: list[_Part] = []
    attachments: list[_Part] = []
    for (file, content_id), content in zip(_with_content_ids(mail), files, strict=True):
        # A picture that no word refers to would not be shown by many clients.
        is_shown = content_id != "" and f"cid:{content_id}" in rendered.html
        part = _file_part(file, content, content_id if is_shown else "")
        (images if is_shown else attachments).append(part)
    seed = hashlib.sha256(f"{mail.id} {mail.message_id}".encode()).hexdigest()[:24]
    boundaries: dict[str, int] = {}

    def multipart(subtype: str, letter: str, parts: Sequence[_Part]) -> _Part:
        # "=_" occurs neither in base64 nor in quoted-printable (RFC 2045 §6.7).
        boundary = f"=_{letter}{seed}"
        boundaries[boundary] = len(parts) + 1
        return _multipart(subtype, boundary, parts)

    whole = _text_part("plain", rendered.text)
    if rendered.html:
        html = _text_part("html", rendered.html)
        if images:
            html = multipart("related", "r", [html, *images])
        whole = multipart("alternative", "a", [whole, html])
    if attachments:
        whole = multipart("mixed", "m", [whole, *attachments])
    return whole, boundaries


# --- the last gate ------------------------------------------------------------------------------

# One mailbox and nothing beside it (RFC 5322 §3.4): words or a quoted string, and the address.
_MAILBOX = re.compile(
    r"""(?:(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+) )?<([^\s<>"(),:;]+)>"""
)
_FIELD_LINE = re.compile(r"([A-Za-z][A-Za-z-]*):( [ -~]*)")


def _check(content: bytes, plan: _Plan) -> None:
    """Read the finished bytes as anybody will; they must say what was planned and nothing else."""
    lines = content.split(b"\r\n")
    rest = b"".join(lines)
    if b"\r" in rest or b"\n" in rest:
        raise Unprocessable("the finished mail has a bare CR or LF")
    if not rest.isascii() or b"\0" in rest:
        raise Unprocessable("the finished mail is not 7-bit text")
    if max(map(len, lines)) > LONGEST_LINE:
        raise Unprocessable("the finished mail has a line over 998 octets")
    fields = _read_fields(line.decode("ascii") for line in lines)
    if tuple(name for name, _ in fields) != plan.names:
        raise Unprocessable("the finished mail has other header fields than planned")
    values = dict(fields)
    for name, address in plan.addresses.items():
        mailbox = _MAILBOX.fullmatch(values[name].removeprefix(" "))
        if mailbox is None or mailbox[1] != address:
            raise Unprocessable(f"the finished mail has another {name} than planned")
    for boundary, count in plan.boundaries.items():
        if content.count(b"\r\n--" + boundary.encode()) != count:
            raise Unprocessable("the finished mail has other parts than planned")


def _read_fields(lines: Iterable[str]) -> list[tuple[str, str]]:
    """The fields above the first empty line, unfolded. They are of printable ASCII: no reader can
    see a line end where we see none."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        if not line:
            return fields
        if line.startswith(" ") and fields and line.strip(" ") and line.isprintable():
            name, value = fields[-1]
            fields[-1] = (name, value + line)
        elif match := _FIELD_LINE.fullmatch(line):
            fields.append((match[1], match[2]))
        else:
            raise Unprocessable("the finished mail has a line in its header that is no field")
    raise Unprocessable("the finished mail has no body")
