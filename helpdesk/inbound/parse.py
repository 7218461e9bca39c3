"""Raw bytes to a core Message; the only file that knows mail-parser.

Standards: RFC 5322, RFC 2045 to 2047, RFC 2183 (dispositions), RFC 3676 (flowed text).
Failures: none but MemoryError; whatever the bytes are, there is a Message, and its defects say what
is missing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message as Tree
from hashlib import sha256

import mailparser

from helpdesk.core.address import clean_author, parse_mailboxes
from helpdesk.core.dsn import ReportPart, read_delivery_report
from helpdesk.core.filenames import safe_filename
from helpdesk.core.forward import read_forward
from helpdesk.core.license_keys import find_keys
from helpdesk.core.mail import (
    COULD_NOT_BE_READ,
    Attachment,
    DeliveryReport,
    Mailbox,
    Message,
    Words,
)
from helpdesk.core.quoting import split
from helpdesk.inbound.decode import (
    as_written,
    clean_field,
    clean_text,
    decode_bytes,
    decode_field,
    decode_words,
    first_word,
    read_parameters,
    repair,
    unbase64,
    unflow,
)
from helpdesk.inbound.header import (
    Header,
    digest,
    message_id,
    message_ids,
    read_date,
    read_header,
)
from helpdesk.inbound.markup import images_in, read_markup
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.parts import Slices, open_place, remember

__all__ = ["ReaderOptions", "open_part", "parse"]

DEEPEST_NESTING = 100
MOST_PARTS = 1_000
MOST_ADDRESSES = 1_000
LONGEST_TEXT = 1_000_000  # characters of visible text; the rest is in the original only
MOST_DEFECTS = 50

_BOUNDARY = re.compile(rb'(?i)boundary\s*=\s*"?([^"\r\n;]{1,200})')
_STEP = re.compile(r"[0-9]{1,9}")
_NESTING = re.compile(rb"(?im)^--[^\r\n]{1,220}|^content-type:[ \t\r\n]{0,9}(?:multipart|message)/")


_DEFAULTS = ReaderOptions()


def parse(raw: bytes, options: ReaderOptions = _DEFAULTS) -> Message:
    """What a message says."""
    header = read_header(raw)
    bounded, defects = _within_bounds(raw, header)
    tree = _read_tree(bounded, defects)
    fields = _Fields(tree)
    body = _Body(raw=raw, bounded=bounded)
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
    if forwarded is not None and words.text.startswith(forwarded.note):
        words = _without_forward(words, forwarded.note, signer)
    body.find_quoted_images(signer)
    attachments = tuple(body.attachments)
    content_type, parameters = read_parameters(_raw_field(tree, "content-type"))
    return Message(
        fields=fields.decoded,
        subject=subject,
        authors=authors,
        clean_author=clean_author(fields.octets("from")),
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
        forwarded=forwarded,
        keys=find_keys(
            (subject, words.new, words.signature, *_names(attachments)),
            (words.quoted, words.text) if words.new == words.quoted else (words.quoted,),
            options.key_patterns,
        ),
        defects=tuple(dict.fromkeys([*defects, *body.defects]))[:MOST_DEFECTS],
        digest=digest(raw, header),
    )


def _names(attachments: Sequence[Attachment]) -> list[str]:
    """The stated names, with what separates words in them as spaces."""
    return [re.sub(r"[_.]", " ", a.filename) for a in attachments if a.stated_name]


def _without_forward(words: Words, note: str, signer: str) -> Words:
    """A forwarded message is no new word; what stands above it is."""
    above = split(note, signer)
    rest = words.text[len(note) :].strip("\n")
    quoted = f"{above.quoted}\n\n{rest}".strip("\n")
    return Words(text=words.text, new=above.new, signature=above.signature, quoted=quoted)


def open_part(raw: bytes, part: str) -> bytes:
    """The decoded content of an attachment, by the place or the path that `parse` stated; the
    message itself by the empty one. Raises KeyError if there is no such part."""
    if not part:
        return raw
    content = open_place(raw, part)
    return _open_path(raw, part) if content is None else content


def _open_path(raw: bytes, part: str) -> bytes:
    """For parts that stand in no one place as they are; reads the whole message again."""
    bounded, defects = _within_bounds(raw, read_header(raw))
    node = _read_tree(bounded, defects)
    slices = Slices(bounded)
    steps = part.split(".")
    if not all(map(_STEP.fullmatch, steps)):
        raise KeyError(part)
    for step in map(int, steps):
        children = node.get_payload()
        if _is_container(node) and isinstance(children, list):
            if not 0 < step <= len(children):
                raise KeyError(part)
            child = children[step - 1]
            node = child if isinstance(child, Tree) else node
        elif step != 1:
            raise KeyError(part)
    return _content(node, part, slices)


# ---------------------------------------------------------------- the tree


class _TreeParser(mailparser.MailParser):  # type: ignore[misc]  # mail-parser has no types
    """mail-parser with its guards, but without its eager decoding of all parts, which costs more
    than all that we do."""

    def parse(self) -> "_TreeParser":
        return self


def _read_tree(raw: bytes, defects: list[str]) -> Tree:
    try:
        tree = _TreeParser.from_bytes(raw).message
        if isinstance(tree, Tree):
            return tree
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- a bug there must not lose a mail here
        defects.append("unusual structure")
    header = read_header(raw)
    try:
        return message_from_bytes(raw)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- the same for the standard library
        defects.append(COULD_NOT_BE_READ)
        tree = Tree()
        for name, value in header.fields:
            text = value.decode("ascii", "surrogateescape").strip()
            if name != b"content-type":
                tree[name.decode("ascii")] = text
        tree.set_payload("")
        return tree


def _is_container(part: Tree) -> bool:
    return part.is_multipart() and part.get_content_maintype() == "multipart"


def _within_bounds(raw: bytes, header: Header) -> tuple[bytes, list[str]]:
    """The message as far as it keeps the limits; checked before any parser sees the bytes."""
    defects: list[str] = []
    if header.too_long:
        defects.append("header section too long, only its beginning was read")
        kept = b"".join(name + b":" + value for name, value in header.fields)
        raw = kept.rstrip(b"\r\n") + b"\r\n\r\n" + raw[header.body :]
    # Every level of nesting has a header section, and that an empty line.
    if raw.count(b"\n\r\n") + raw.count(b"\n\n") + raw.count(b"\r\r") > DEEPEST_NESTING:
        end = _too_deep_at(raw)
        if end >= 0:
            defects.append("nested too deeply, only the outer parts were read")
            raw = raw[:end]
    if raw.count(b"\n--") + raw.count(b"\r--") > MOST_PARTS:
        end = _too_many_parts_at(raw)
        if end >= 0:
            defects.append("too many parts, only the first were read")
            raw = raw[:end]
    return raw, defects


def _too_deep_at(raw: bytes) -> int:
    """Where the nesting goes beyond the limit, or -1."""
    open_boundaries: list[bytes] = []
    for match in _NESTING.finditer(raw):
        line = match[0]
        if line.startswith(b"--"):
            name = line[2:].rstrip()
            for end in (name, name.removesuffix(b"--")):
                if end in open_boundaries:
                    del open_boundaries[open_boundaries.index(end) + 1 :]
                    break
            continue
        if len(open_boundaries) >= DEEPEST_NESTING:
            return match.start()
        stated = _BOUNDARY.search(raw, match.end(), match.end() + 1_000)
        is_multipart = b"multipart/" in line.lower()
        open_boundaries.append(stated[1].rstrip() if stated and is_multipart else b"")
    return -1


def _too_many_parts_at(raw: bytes) -> int:
    """Where the parts become too many, or -1."""
    names = {match[1].rstrip() for match in _BOUNDARY.finditer(raw)}
    count = 0
    for match in re.finditer(rb"(?m)^--([^\r\n]{1,220})", raw):
        name = match[1].rstrip()
        if name in names:
            count += 1
            if count > MOST_PARTS:
                return match.start()
    return -1


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
                found.extend(
                    Mailbox(clean_field(mailbox.address), clean_field(mailbox.name))
                    for mailbox in parse_mailboxes(repair(value), _decode_name)
                )
        return tuple(found[:MOST_ADDRESSES])


def _decode_name(name: str) -> str:
    return clean_field(decode_words(name)) if "=?" in name else name


# ---------------------------------------------------------------- the body


def _content(part: Tree, path: str, slices: Slices) -> bytes:
    """The content of a leaf or of an attached message, with its transfer encoding undone."""
    if part.is_multipart():
        found = slices.content(path)
        if found is None:
            return b""
        header, content = found
        encoding = dict(reversed(header.fields)).get(b"content-transfer-encoding", b"")
        return _decoded(content.decode("ascii", "surrogateescape"), encoding.decode("latin-1"))
    stated = _raw_field(part, "content-transfer-encoding")
    text = part.get_payload()
    if isinstance(text, str) and (text.isascii() or first_word(stated) == "base64"):
        return _decoded(text, stated)
    return _decoded_by_library(part)


def _decoded(text: str, stated: str) -> bytes:
    """The library takes no stray spaces in the name of the encoding, and no wrong padding."""
    encoding = first_word(stated)
    if encoding == "base64":
        return unbase64(text)
    leaf = Tree()
    leaf["Content-Transfer-Encoding"] = encoding
    leaf.set_payload(text)
    return _decoded_by_library(leaf)


def _decoded_by_library(part: Tree) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- its decoders raise whatever they like
        payload = None
    if isinstance(payload, bytes):
        return payload
    text = part.get_payload()
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


@dataclass(slots=True)
class _Body:
    """The walk over the parts: what is shown, what is attached, what reports delivery."""

    raw: bytes
    bounded: bytes
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    _texts: list[tuple[str, str]] = field(default_factory=list)
    _markups: list[bytes] = field(default_factory=list)
    _reports: list[ReportPart] = field(default_factory=list)
    _count: int = 0
    _cache: list[Slices] = field(default_factory=list)

    def read(self, part: Tree, path: str, depth: int) -> None:
        self._texts = self._read(part, path, depth)
        self._find_inline()

    def visible_text(self) -> str:
        """The texts in their order; HTML only where its message says nothing in plain text."""
        plain = [text for kind, text in self._texts if kind == "text/plain"]
        if any(text.strip() for text in plain):
            return "\n".join(text.rstrip("\n") for text in plain if text.strip())[:LONGEST_TEXT]
        shown: list[str] = []
        for kind, text in self._texts:
            if kind == "text/html":
                markup = read_markup(text)
                self.defects.extend(markup.defects)
                shown.append(markup.text)
        return "\n\n".join(shown)[:LONGEST_TEXT]

    def report(self, *, subject: str, author: str, text: str) -> DeliveryReport | None:
        return read_delivery_report(self._reports, subject=subject, author=author, text=text)

    def _read(self, part: Tree, path: str, depth: int) -> list[tuple[str, str]]:
        self._count += 1
        if self._count > MOST_PARTS or depth > DEEPEST_NESTING:
            self.defects.append("too many parts, only the first were read")
            return []
        self.defects.extend(type(defect).__name__ for defect in part.defects)
        if not _is_container(part):
            return self._read_leaf(part, path or "1")
        children = part.get_payload()
        prefix = f"{path}." if path else ""
        texts = [
            self._read(child, f"{prefix}{number}", depth + 1)
            for number, child in enumerate(children if isinstance(children, list) else (), 1)
            if isinstance(child, Tree)
        ]
        if part.get_content_subtype() == "alternative":
            return _best_alternative(texts)
        return [text for several in texts for text in several]

    def _read_leaf(self, part: Tree, path: str) -> list[tuple[str, str]]:
        content_type, parameters = read_parameters(_raw_field(part, "content-type"))
        if content_type.count("/") != 1:
            content_type = part.get_content_type()
        disposition, named = read_parameters(_raw_field(part, "content-disposition"))
        name = named.get("filename") or parameters.get("name") or ""
        if not self._cache:
            self._cache.append(Slices(self.bounded))
        content = _content(part, path, self._cache[0])
        if _is_report_part(content_type):
            self._reports.append(ReportPart(content_type, content))
        is_text = content_type in {"text/plain", "text/html"} and not part.is_multipart()
        if is_text and not name and disposition != "attachment":
            return [(content_type, self._text(content, content_type, parameters))]
        self._attach(part, path, content, content_type, disposition, name)
        return []

    def _text(self, content: bytes, content_type: str, parameters: dict[str, str]) -> str:
        charset = parameters.get("charset", "")
        if content_type == "text/html":
            self._markups.append(content)
        text, as_stated = decode_bytes(content, charset)
        if not as_stated:
            self.defects.append("text is not in its stated character set")
        text = clean_text(text)
        if content_type == "text/plain" and parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=parameters.get("delsp", "").lower() == "yes")
        return text

    def _attach(
        self, part: Tree, path: str, content: bytes, content_type: str, disposition: str, name: str
    ) -> None:
        if not name and content_type in {"message/rfc822", "message/global"}:
            name_of = decode_field(_raw_field(_first_child(part), "subject"))
            shown = safe_filename(f"{name_of}.eml" if name_of else "", content_type)
        else:
            shown = safe_filename(name, content_type)
        content_id = decode_field(_raw_field(part, "content-id")).strip("<> ")[:998]
        self.attachments.append(
            Attachment(
                filename=shown,
                content_type=content_type,
                size=len(content),
                sha256=sha256(content).hexdigest(),
                inline=disposition == "inline",
                content_id=content_id,
                part=self._place(path, content) or path,
                stated_name=bool(name),
            )
        )

    def _place(self, path: str, content: bytes) -> str:
        """Where the raw message has exactly this content; empty if that cannot be told."""
        found = self._cache[0].find(path)
        if found is None:
            return ""
        header, start, end = found
        encoding = dict(reversed(header.fields)).get(b"content-transfer-encoding", b"")
        place = remember(start, end, encoding.decode("latin-1"))
        return place if open_place(self.raw, place) == content else ""

    def _find_inline(self) -> None:
        """Images that the HTML refers to are inline, whatever they say themselves (RFC 2392)."""
        if not any(a.content_id and not a.inline for a in self.attachments):
            return
        referred = {
            match.decode("ascii", "replace").lower()
            for markup in self._markups
            for match in re.findall(rb"(?i)\bcid:([^\"'\s<>)]{1,998})", markup)
        }
        for index, known in enumerate(self.attachments):
            if known.content_id.lower() in referred:
                self.attachments[index] = replace(known, inline=True)

    def find_quoted_images(self, signer: str) -> None:
        """An image that no new words of the HTML show belongs to the history or to a signature."""
        images = {a.content_id.lower() for a in self.attachments if a.inline and a.content_id}
        if not images or not self._markups:
            return
        shown: set[str] = set()
        new: set[str] = set()
        for markup in self._markups:
            text = read_markup(markup.decode("utf-8", "replace"), with_images=True).text
            shown |= images_in(text)
            new |= images_in(split(text, signer).new)
        for index, known in enumerate(self.attachments):
            if known.inline and known.content_id.lower() in shown - new:
                self.attachments[index] = replace(known, quoted=True)


def _first_child(part: Tree) -> Tree:
    children = part.get_payload()
    found = children[0] if isinstance(children, list) and children else None
    return found if isinstance(found, Tree) else Tree()


def _is_report_part(content_type: str) -> bool:
    return content_type.startswith("message/") or content_type in {
        "text/plain",
        "text/html",
        "text/rfc822-headers",
    }


def _raw_field(part: Tree, name: str) -> str:
    """The first field of that name, as received; never decoded by the standard library."""
    return next((str(value) for key, value in part.raw_items() if key.lower() == name), "")


def _best_alternative(texts: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """RFC 2046 §5.1.4 prefers the last; for reading and quoting plain text serves better."""
    for several in texts:
        if any(kind == "text/plain" and text.strip() for kind, text in several):
            return several
    return next((several for several in reversed(texts) if several), [])
