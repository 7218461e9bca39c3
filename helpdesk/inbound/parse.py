"""Raw bytes to a core Message.

Standards: RFC 5322, RFC 2045 to 2047, RFC 2183 (dispositions), RFC 3676 (flowed text).
Failures: none but MemoryError; whatever the bytes are, there is a Message, and its defects say what
is missing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from helpdesk.core.address import clean_author, parse_mailboxes
from helpdesk.core.filenames import safe_filename
from helpdesk.core.forward import fold_forwarded, read_forward
from helpdesk.core.license_keys import find_keys
from helpdesk.core.mail import (
    COULD_NOT_BE_READ,
    AttachedMessage,
    Attachment,
    Mailbox,
    Message,
)
from helpdesk.core.quoting import split
from helpdesk.inbound.body import Body, content_of
from helpdesk.inbound.decode import (
    as_written,
    clean_field,
    decode_field,
    decode_words,
    read_parameters,
    repair,
)
from helpdesk.inbound.header import (
    digest,
    message_id,
    message_ids,
    names_with_spaces,
    read_date,
    read_header,
)
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parts import IN_CMS, MOST_STEPS, STEP, Slices, open_place, open_step
from helpdesk.inbound.tnef import Packed
from helpdesk.inbound.tree import (
    Tree,
    children_of,
    is_container,
    raw_field,
    read_tree,
)

__all__ = ["ReaderOptions", "open_part", "parse"]

REPORT = "multipart/report"
MOST_ADDRESSES = 1_000
MOST_DEFECTS = 50
LONGEST_SUBJECT = 200  # in one line about an attached message
LONGEST_REMEMBERED = 500
LONGEST_ATTACHED = 20_000  # characters of the text of an attached message

_LETTERS = re.compile(r"[\W_]+")
_STEP = re.compile(r"[0-9]{1,9}")


_DEFAULTS = ReaderOptions()


def parse(raw: bytes, options: ReaderOptions = _DEFAULTS) -> Message:
    """What a message says."""
    header = read_header(raw)
    root = read_tree(raw, header)
    tree = root.tree
    fields = _Fields(tree)
    body = Body(raw, root)
    try:
        body.read(tree, "", 0)
    except RecursionError:
        body.defects.append(COULD_NOT_BE_READ)
    text = body.visible_text()
    subject = fields.text("subject")
    authors = fields.mailboxes("from")
    author = f"{authors[0].name} <{authors[0].address}>" if authors else ""
    report = body.report(subject=subject, author=author, text=text)
    signer = f"{authors[0].name} {authors[0].address.partition('@')[0]}" if authors else ""
    words = split(text, signer)
    forwarded = read_forward(subject, words.text)
    if forwarded is not None:
        words = fold_forwarded(words, forwarded, signer)
    body.find_quoted_images(signer)
    attached = tuple(_read_attached(each) for _, each in body.attached)
    for (at, _), each in zip(body.attached, attached, strict=True):
        about = _about(each, body.attachments[at].filename)
        body.attachments[at] = replace(body.attachments[at], summary=about)
    attachments = tuple(body.attachments)
    history = [words.quoted, *(text for each in attached for text in (each.subject, each.text))]
    content_type, parameters = read_parameters(raw_field(tree, "content-type"))
    # Not every server on the way takes "From :" for a From field, so it proves nobody.
    is_plain = b"from" not in names_with_spaces(raw, header)
    return Message(
        fields=fields.decoded,
        subject=subject,
        authors=authors,
        clean_author=clean_author(fields.octets("from")) if is_plain else "",
        sender=next(iter(fields.mailboxes("sender")), None),
        reply_to=fields.mailboxes("reply-to"),
        to=fields.mailboxes("to"),
        cc=fields.mailboxes("cc"),
        date=read_date(fields.text("date")),
        message_id=message_id(fields.text("message-id")),
        in_reply_to=message_ids(fields.text("in-reply-to")),
        references=message_ids(fields.text("references")),
        content_type=content_type if content_type.count("/") == 1 else "text/plain",
        report_type=parameters.get("report-type", "").lower(),
        words=words,
        attachments=attachments,
        report=report,
        feedback=body.feedback() if content_type == REPORT else None,
        disposition=body.disposition() if content_type == REPORT else None,
        forwarded=forwarded,
        attached=attached,
        protection=body.protection,
        keys=find_keys(
            (subject, words.new, words.signature, words.banner, *_names(attachments)),
            (*history, words.text) if words.new == words.quoted else history,
            options.key_patterns,
        ),
        defects=tuple(dict.fromkeys([*root.defects, *body.defects]))[:MOST_DEFECTS],
        digest=digest(raw, header),
    )


def _read_attached(attached: Tree | Packed) -> AttachedMessage:
    """An attached message, as far as people want to see it; what is attached to it is named."""
    body = Body(b"", names_only=True)
    if isinstance(attached, Packed):
        body.take_packed(attached)
        names = tuple(safe_filename(file.name, file.content_type) for file in attached.files)
        text = body.visible_text()[:LONGEST_ATTACHED]
        return AttachedMessage(None, attached.subject, None, text, filenames=names)
    fields = _Fields(attached)
    try:
        body.read(attached, "", 0)
    except RecursionError:
        body.defects.append(COULD_NOT_BE_READ)
    return AttachedMessage(
        author=next(iter(fields.mailboxes("from")), None),
        subject=fields.text("subject"),
        date=read_date(fields.text("date")),
        text=body.visible_text()[:LONGEST_ATTACHED],
        message_id=message_id(fields.text("message-id")),
        filenames=tuple(a.filename for a in body.attachments),
    )


def _about(attached: AttachedMessage, filename: str) -> str:
    """In one line; what the file is named by, mostly the subject, is not said again."""
    author = attached.author
    who = _shown(author) if author is not None else ""
    of = f"message from {who}" if who else "message"
    at = f", {attached.date:%Y-%m-%d %H:%M %z}".rstrip() if attached.date else ""
    is_said = _LETTERS.sub("", attached.subject) in _LETTERS.sub("", filename)
    subject = "" if is_said else f": {' '.join(attached.subject.split())[:LONGEST_SUBJECT]}"
    return f"{of}{at}{subject}" if who or at or subject else ""


def _shown(author: Mailbox) -> str:
    name = " ".join(author.name.split())[:LONGEST_SUBJECT]
    return f"{name} <{author.address}>" if name else author.address


def _names(attachments: Sequence[Attachment]) -> list[str]:
    """The stated names, with what separates words in them as spaces."""
    return [re.sub(r"[_.]", " ", a.filename) for a in attachments if a.stated_name]


def open_part(raw: bytes, part: str) -> bytes:
    """The decoded content of an attachment, by the place or the path that `parse` stated; the
    message itself by the empty one. Raises KeyError if there is no such part."""
    if not part:
        return raw
    first, *steps = part.split(STEP)
    if len(steps) > MOST_STEPS:
        raise KeyError(part)
    found = open_place(raw, first)
    content = _open_path(raw, first) if found is None else found
    is_message = False
    for step in steps:
        found = open_step(content, step)
        if found is None and is_message:
            found = _open_path(content, step)
        if found is None:
            raise KeyError(part)
        content, is_message = found, step == IN_CMS
    return content


def _open_path(raw: bytes, part: str) -> bytes:
    """For parts that stand in no one place as they are; reads the whole message again."""
    root = read_tree(raw, read_header(raw))
    node = root.tree
    slices = Slices(root.raw)
    steps = part.split(".")
    if not all(map(_STEP.fullmatch, steps)):
        raise KeyError(part)
    for step in map(int, steps):
        if is_container(node):
            children = children_of(node)
            if not 0 < step <= len(children):
                raise KeyError(part)
            node = children[step - 1]
        elif step != 1:
            raise KeyError(part)
    return content_of(node, part, slices)


# ---------------------------------------------------------------- header fields


# Encoded words mean nothing in these; decoded they could forge what another server says, for it
# repeats words of the sender there.
VERBATIM = frozenset(
    {
        "authentication-results",
        "arc-authentication-results",
        "arc-message-signature",
        "arc-seal",
        "auto-submitted",
        "dkim-signature",
        "in-reply-to",
        "list-id",
        "message-id",
        "precedence",
        "received",
        "references",
        "return-path",
    }
)


class _Fields:
    """The header fields of a tree, decoded once."""

    def __init__(self, tree: Tree) -> None:
        self._raw = [(name.lower(), str(value)) for name, value in tree.raw_items()]
        self.decoded = tuple(
            (clean_field(name), as_written(value) if name in VERBATIM else decode_field(value))
            for name, value in self._raw
        )

    def text(self, name: str) -> str:
        return next((value for key, value in self.decoded if key == name), "")

    def octets(self, name: str) -> list[bytes]:
        return [value.encode("utf-8", "surrogateescape") for key, value in self._raw if key == name]

    def mailboxes(self, name: str) -> tuple[Mailbox, ...]:
        found: list[Mailbox] = []
        for key, value in self._raw:
            if key == name and len(found) < MOST_ADDRESSES:
                # Most mails are to the same few addresses.
                is_short = len(value) <= LONGEST_REMEMBERED
                found.extend((_remembered_mailboxes if is_short else _mailboxes)(value))
        return tuple(found[:MOST_ADDRESSES])


def _mailboxes(value: str) -> tuple[Mailbox, ...]:
    return tuple(
        Mailbox(clean_field(mailbox.address), clean_field(mailbox.name))
        for mailbox in parse_mailboxes(repair(value), _decode_name)
    )


_remembered_mailboxes = lru_cache(maxsize=512)(_mailboxes)


def _decode_name(name: str) -> str:
    return clean_field(decode_words(name)) if "=?" in name else name
