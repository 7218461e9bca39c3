"""The parts of a message: what is shown, what is attached, what reports delivery.

Standards: RFC 2045 to 2047, RFC 2183 (dispositions), RFC 2392 (cid:), RFC 3676 (flowed text).
Failures: none but MemoryError.
"""

import re
from dataclasses import dataclass, field, replace
from hashlib import sha256

from helpdesk.core.dsn import ReportPart, read_delivery_report
from helpdesk.core.filenames import safe_filename
from helpdesk.core.mail import Attachment, DeliveryReport
from helpdesk.core.quoting import split
from helpdesk.inbound.decode import (
    clean_text,
    decode_bytes,
    decode_field,
    first_word,
    read_parameters,
    unbase64,
    unflow,
)
from helpdesk.inbound.markup import images_in, read_markup
from helpdesk.inbound.parts import Slices, open_place, remember
from helpdesk.inbound.tree import DEEPEST_NESTING, MOST_PARTS, Tree, is_container, raw_field

LONGEST_TEXT = 1_000_000  # characters of visible text; the rest is in the original only


def content_of(part: Tree, path: str, slices: Slices) -> bytes:
    """The content of a leaf or of an attached message, with its transfer encoding undone."""
    if part.is_multipart():
        found = slices.content(path)
        if found is None:
            return b""
        header, content = found
        encoding = dict(reversed(header.fields)).get(b"content-transfer-encoding", b"")
        return _decoded(content.decode("ascii", "surrogateescape"), encoding.decode("latin-1"))
    stated = raw_field(part, "content-transfer-encoding")
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
class Body:
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
        if not is_container(part):
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
        content_type, parameters = read_parameters(raw_field(part, "content-type"))
        if content_type.count("/") != 1:
            content_type = part.get_content_type()
        disposition, named = read_parameters(raw_field(part, "content-disposition"))
        name = named.get("filename") or parameters.get("name") or ""
        if not self._cache:
            self._cache.append(Slices(self.bounded))
        content = content_of(part, path, self._cache[0])
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
            name_of = decode_field(raw_field(_first_child(part), "subject"))
            shown = safe_filename(f"{name_of}.eml" if name_of else "", content_type)
        else:
            shown = safe_filename(name, content_type)
        content_id = decode_field(raw_field(part, "content-id")).strip("<> ")[:998]
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


def _best_alternative(texts: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """RFC 2046 §5.1.4 prefers the last; for reading and quoting plain text serves better."""
    for several in texts:
        if any(kind == "text/plain" and text.strip() for kind, text in several):
            return several
    return next((several for several in reversed(texts) if several), [])
