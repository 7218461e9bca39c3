"""The parts of a message: what is shown, what is attached, what reports delivery.

Standards: RFC 2045 to 2047, RFC 2183 (dispositions), RFC 2392 (cid:), RFC 3676 (flowed text). What
is wrapped up in a part (winmail.dat, signed messages, uuencoded files) has files of its own.
Failures: none but MemoryError.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import unquote

from helpdesk.core.dsn import read_delivery_report
from helpdesk.core.filenames import better_name, safe_filename, type_of_name
from helpdesk.core.mail import (
    ENCRYPTED,
    Attachment,
    DeliveryReport,
    Disposition,
    Feedback,
    Protection,
)
from helpdesk.core.other_reports import read_disposition, read_feedback
from helpdesk.core.quoting import split
from helpdesk.core.report_parts import ReportPart
from helpdesk.inbound.alternatives import best_alternative
from helpdesk.inbound.armor import unarmor
from helpdesk.inbound.charset import charset_of_markup, codec_of, decode_bytes
from helpdesk.inbound.cms import signed_content
from helpdesk.inbound.decode import (
    clean_field,
    clean_text,
    decode_field,
    first_word,
    read_parameters,
    unbase64,
    unflow,
)
from helpdesk.inbound.enriched import ENRICHED, read_enriched
from helpdesk.inbound.files import (
    ENCRYPTED_FILE,
    MESSAGES,
    NOTHING,
    OPENPGP,
    Look,
    Wrap,
    look_at,
    together,
)
from helpdesk.inbound.header import read_header
from helpdesk.inbound.inspect import inspect, stated_names
from helpdesk.inbound.leftovers import undo_leftovers
from helpdesk.inbound.markup import images_in, read_markup
from helpdesk.inbound.parts import IN_CMS, MEANT, STEP, Slices, open_place, remember
from helpdesk.inbound.structure import oddities
from helpdesk.inbound.tnef import Packed, read_tnef
from helpdesk.inbound.tree import (
    DEEPEST_NESTING,
    MOST_PARTS,
    Root,
    Tree,
    children_of,
    is_container,
    raw_body,
    raw_field,
    read_tree,
)
from helpdesk.inbound.uuencode import EncodedFile, take_out_files

SHOWN = {"text/plain", "text/html", *ENRICHED}
ENCODED = {"base64", "quoted-printable"}
LONGEST_TEXT = 1_000_000  # characters of visible text; the rest is in the original only
MOST_ATTACHED = 20
DEEPEST_SIGNED = 3
LONGEST_COMPARED = 100_000  # characters
SAME_WORDS = 0.8

_REFERENCE = re.compile(
    rb"(?i)\bcid:([^\"'\s<>)]{1,998})|\bsrc\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,998})"
)
_MAY_REFER = re.compile(rb"cid:|src")
_WORD = re.compile(r"\w+")


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
    text = raw_body(part)
    if text.isascii() or first_word(stated) == "base64":
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
    return raw_body(part).encode("utf-8", "surrogateescape")


def _stands_there(part: Tree, octets: bytes) -> bool:
    """Whether the tree has for this part exactly these octets."""
    return not part.is_multipart() and raw_body(part).encode("utf-8", "surrogateescape") == octets


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A part that contains no others, and what its header says."""

    part: Tree
    path: str
    content_type: str
    parameters: Mapping[str, str]
    disposition: str
    name: str

    def says(self, parameter: str, value: str) -> bool:
        return self.parameters.get(parameter, "").lower() == value


@dataclass(slots=True)
class Body:
    """The walk over the parts: what is shown, what is attached, what reports delivery."""

    raw: bytes
    root: Root | None = None
    """None for what has no octets of its own."""
    names_only: bool = False
    """Of an attached message: its files are named, not read."""
    attachments: list[Attachment] = field(default_factory=list)
    attached: list[tuple[int, Tree | Packed]] = field(default_factory=list)
    """Attached messages, at most MOST_ATTACHED, each with its place among the attachments."""
    protection: Protection | None = None
    defects: list[str] = field(default_factory=list)
    _texts: list[tuple[str, str]] = field(default_factory=list)
    _packed: list[tuple[str, str]] = field(default_factory=list)
    """The texts of winmail.dat."""
    _markups: list[bytes] = field(default_factory=list)
    _locations: dict[int, str] = field(default_factory=dict)
    _reports: list[ReportPart] = field(default_factory=list)
    _count: int = 0
    _level: int = 0
    """How many signed messages this one stands in."""
    _cache: list[Slices] = field(default_factory=list)

    def read(self, part: Tree, path: str, depth: int) -> None:
        self._texts = self._read(part, path, depth)
        self._find_inline()

    def visible_text(self) -> str:
        """The texts in their order; HTML only where its message says nothing in plain text."""
        plain = [text for kind, text in self._texts if kind == "text/plain"]
        if any(text.strip() for text in plain):
            shown = "\n".join(text.rstrip("\n") for text in plain if text.strip())
        else:
            shown = "\n\n".join(
                self._shown(*each) for each in self._texts if each[0] == "text/html"
            )
        for kind, text in self._packed:
            words = self._shown(kind, text)
            if words.strip() and not _says(shown, words):
                shown = f"{words}\n\n{shown}" if shown.strip() else words
        return (shown if shown.strip() else self._instead() or shown)[:LONGEST_TEXT]

    def _shown(self, kind: str, text: str) -> str:
        if kind != "text/html":
            return text
        markup = read_markup(text)
        self.defects.extend(markup.defects)
        return markup.text

    def _instead(self) -> str:
        """What stands for the text of a message that has none."""
        invited = [a.summary for a in self.attachments if a.content_type == "text/calendar"]
        is_encrypted = self.protection is not None and self.protection.is_encrypted
        return "\n".join(filter(None, invited)) or (ENCRYPTED if is_encrypted else "")

    def report(self, *, subject: str, author: str, text: str) -> DeliveryReport | None:
        return read_delivery_report(self._reports, subject=subject, author=author, text=text)

    def feedback(self) -> Feedback | None:
        return read_feedback(self._reports)

    def disposition(self) -> Disposition | None:
        return read_disposition(self._reports)

    def _read(self, part: Tree, path: str, depth: int) -> list[tuple[str, str]]:
        self._count += 1
        if self._count > MOST_PARTS or depth > DEEPEST_NESTING:
            self.defects.append("too many parts, only the first were read")
            return []
        self.defects.extend(type(defect).__name__ for defect in part.defects)
        self.defects.extend(oddities(part))
        if not is_container(part):
            return self._read_leaf(part, path or "1")
        prefix = f"{path}." if path else ""
        texts = [
            self._read(child, f"{prefix}{number}", depth + 1)
            for number, child in enumerate(children_of(part), 1)
        ]
        if part.get_content_subtype() == "alternative":
            return best_alternative(texts)
        return [text for several in texts for text in several]

    def _read_leaf(self, part: Tree, path: str) -> list[tuple[str, str]]:
        content_type, parameters = read_parameters(raw_field(part, "content-type"))
        if content_type.count("/") != 1:
            content_type = clean_field(part.get_content_type())
        if content_type.startswith("multipart/") and not part.is_multipart():
            content_type = "text/plain"  # its boundary is nowhere: all that is there is for people
        disposition, named = read_parameters(raw_field(part, "content-disposition"))
        name = better_name(named.get("filename", ""), parameters.get("name", ""))
        leaf = _Leaf(part, path, content_type, parameters, disposition, name)
        is_text = content_type in SHOWN and not part.is_multipart()
        is_shown = is_text and not name and disposition != "attachment"
        if self.names_only and not is_shown:
            self._attach(leaf, b"", "")
            return []
        content, place = self._content_of(part, path)
        if _is_report_part(content_type) and not self.names_only:
            self._reports.append(ReportPart(content_type, content))
        if is_shown:
            if first_word(raw_field(part, "content-transfer-encoding")) not in ENCODED:
                stated, content = content, undo_leftovers(content)
                place += f"{STEP}{MEANT}" if content is not stated else ""
            kind = "text/html" if content_type == "text/html" else "text/plain"
            return [(kind, self._text(leaf, content, place))]
        return self._file(leaf, content, place)

    def _content_of(self, part: Tree, path: str) -> tuple[bytes, str]:
        """The content of a leaf, and the place or the path that opens it again."""
        root = self.root
        if root is not None and root.raw is self.raw and id(part) in root.places:
            stated = raw_field(part, "content-transfer-encoding")
            place = remember(*root.places[id(part)], stated)
            content = open_place(self.raw, place)
            if content is not None:
                return content, place
        if not self._cache:
            self._cache.append(Slices(root.raw if root is not None else b""))
        slices = self._cache[0]
        found = slices.find(path)
        place = ""
        if found is not None:
            header, start, end = found
            encoding = dict(reversed(header.fields)).get(b"content-transfer-encoding", b"")
            place = remember(start, end, encoding.decode("latin-1"))
        if place and found is not None and _stands_there(part, self.raw[found[1] : found[2]]):
            content = open_place(self.raw, place)
            if content is not None:
                return content, place
        content = content_of(part, path, slices)
        return content, place if place and open_place(self.raw, place) == content else path

    def _text(self, leaf: _Leaf, content: bytes, place: str) -> str:
        if leaf.content_type == "text/html":
            self._markups.append(content)
            return self._decoded(leaf, content)
        without, files = take_out_files(content)
        for number, file in enumerate(files):
            self._attach_uuencoded(file, f"{place}{STEP}uu:{number}")
        plain = unarmor(self._decoded(leaf, without))
        if plain.is_signed or plain.is_encrypted:
            found = Protection(OPENPGP, plain.is_encrypted, plain.is_signed)
            self.protection = together(self.protection, found)
        if plain.is_encrypted:
            self._attach(leaf, content, place, Look(summary=ENCRYPTED_FILE))
        if leaf.says("format", "flowed"):
            return unflow(plain.text, delete_space=leaf.says("delsp", "yes"))
        return plain.text

    def _decoded(self, leaf: _Leaf, content: bytes) -> str:
        charset = leaf.parameters.get("charset", "")
        if leaf.content_type == "text/html" and not codec_of(charset):
            charset = charset_of_markup(content) or charset
        text, as_stated = decode_bytes(content, charset)
        if not as_stated:
            self.defects.append("text is not in its stated character set")
        text = clean_text(text)
        return read_enriched(text, leaf.content_type) if leaf.content_type in ENRICHED else text

    def _attach_uuencoded(self, file: EncodedFile, place: str) -> None:
        name = decode_field(file.name.decode("ascii", "surrogateescape"))
        self._add(file.content, place, name=name, content_type=type_of_name(name))

    def _file(self, leaf: _Leaf, content: bytes, place: str) -> list[tuple[str, str]]:
        look = look_at(content, leaf.content_type, leaf.parameters, leaf.name)
        self.protection = together(self.protection, look.protection)
        if look.wrap is Wrap.TNEF:
            self._unpack(content, place)
            return []
        self._attach(leaf, content, place, look)
        if look.wrap is Wrap.SIGNED:
            return self._read_signed(content, place)
        if look.wrap is Wrap.MESSAGE or leaf.content_type in MESSAGES:
            self._keep_message(leaf.part, content)
        return []

    def _unpack(self, content: bytes, place: str) -> None:
        """The files in winmail.dat stand in its place."""
        packed = read_tnef(content)
        self.take_packed(packed)
        for number, file in enumerate(packed.files):
            content_type = file.content_type or type_of_name(file.name)
            within = f"{place}{STEP}tnef:{number}"
            self._add(file.content, within, name=file.name, content_type=content_type)
            self.attachments[-1] = replace(self.attachments[-1], content_id=file.content_id)
            if file.is_message and len(self.attached) < MOST_ATTACHED:
                self._keep(read_tnef(file.content))

    def take_packed(self, packed: Packed) -> None:
        """The words of winmail.dat, in their plainest form."""
        self.defects.extend(packed.defects)
        texts = [(kind, clean_text(text)) for kind, text in packed.texts if text.strip()]
        self._packed.extend(best_alternative([[each] for each in texts]))
        self._markups.extend(text.encode() for kind, text in texts if kind == "text/html")

    def _read_signed(self, content: bytes, place: str) -> list[tuple[str, str]]:
        """The message that stands inside its own signature, with its files."""
        inner = signed_content(content)
        if inner is None or self._level >= DEEPEST_SIGNED:
            return []
        root = read_tree(inner, read_header(inner))
        body = Body(inner, root, _count=self._count, _level=self._level + 1)
        body.read(root.tree, "", 0)
        self._count = body._count
        self.protection = together(self.protection, body.protection)
        self.defects += [*root.defects, *body.defects]
        self._markups += body._markups
        self._packed += body._packed
        self.attached += [(len(self.attachments) + at, each) for at, each in body.attached]
        before = f"{place}{STEP}{IN_CMS}{STEP}"
        self.attachments += [replace(a, part=before + a.part) for a in body.attachments]
        return body._texts

    def _keep_message(self, part: Tree, content: bytes) -> None:
        """RFC 2046 §5.2.1 allows no transfer encoding here; some programs use base64."""
        if len(self.attached) >= MOST_ATTACHED:
            return
        encoding = first_word(raw_field(part, "content-transfer-encoding"))
        if part.is_multipart() and encoding not in {"base64", "quoted-printable"}:
            self._keep(_first_child(part))
            return
        self._keep(read_tree(content, read_header(content)).tree)

    def _keep(self, attached: Tree | Packed) -> None:
        self.attached.append((len(self.attachments) - 1, attached))

    def _attach(self, leaf: _Leaf, content: bytes, place: str, look: Look = NOTHING) -> None:
        name, part = leaf.name, leaf.part
        if not name and leaf.content_type in MESSAGES:
            subject = decode_field(raw_field(_first_child(part), "subject"))
            name = f"{subject}.eml" if subject else ""
        names = tuple(stated_names(part))
        self._add(content, place, name=name, content_type=leaf.content_type, other_names=names)
        location = decode_field(raw_field(part, "content-location"))
        if location:
            self._locations[len(self.attachments) - 1] = location.lower()
        self.attachments[-1] = replace(
            self.attachments[-1],
            inline=leaf.disposition == "inline",
            content_id=decode_field(raw_field(part, "content-id")).strip("<> ")[:998],
            stated_name=bool(leaf.name),
            quoted=look.belongs_to_mail,
            summary=look.summary,
        )

    def _add(
        self,
        content: bytes,
        place: str,
        *,
        name: str,
        content_type: str,
        other_names: Sequence[str] = (),
    ) -> None:
        shown = safe_filename(name, content_type)
        found = Attachment(
            filename=shown,
            content_type=content_type,
            size=len(content),
            part=place,
            stated_name=bool(name),
            sha256="",
        )
        if not self.names_only:
            why, inside = inspect(content, (name, shown, *other_names), content_type)
            digest = sha256(content).hexdigest()
            found = replace(found, sha256=digest, executable=why, in_archive=inside)
        self.attachments.append(found)

    def _find_inline(self) -> None:
        """Images that the HTML refers to are inline, whatever they say themselves (RFC 2392); some
        programs refer by Content-Location (RFC 2557), or forget the `cid:`."""
        if not self._markups or all(a.inline for a in self.attachments):
            return
        referred: set[str] = set()
        for markup in self._markups:
            for match in _references(markup):
                shown = decode_bytes(match[1] or match[2], "utf-8")[0].strip().lower()
                shown = shown.removeprefix("cid:")
                referred |= {shown, unquote(shown)}
        for index, known in enumerate(self.attachments):
            names = {known.content_id.lower(), self._locations.get(index, "")} - {""}
            if names & referred:
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


def _references(markup: bytes) -> Iterator[re.Match[bytes]]:
    end = 0
    for place in _MAY_REFER.finditer(markup.lower()):
        match = _REFERENCE.match(markup, place.start()) if place.start() >= end else None
        if match is not None:
            end = match.end()
            yield match


def _says(text: str, other: str) -> bool:
    """Whether a text has most of the words of the other: it is another form of it."""
    words = set(_WORD.findall(other[:LONGEST_COMPARED]))
    return len(words & set(_WORD.findall(text))) >= SAME_WORDS * len(words)


def _first_child(part: Tree) -> Tree:
    return next(iter(children_of(part)), Tree())


def _is_report_part(content_type: str) -> bool:
    return content_type.startswith("message/") or content_type in {
        "text/plain",
        "text/html",
        "text/rfc822-headers",
    }
