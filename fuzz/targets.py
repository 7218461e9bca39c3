"""What is fuzzed: each target is a function of bytes that raises if a promise is broken."""

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes

from fuzz import oracle, seeds
from helpdesk.core.address import clean_author, is_address, normalize, parse_mailboxes
from helpdesk.core.dsn import read_delivery_report
from helpdesk.core.explain import explain
from helpdesk.core.filenames import safe_filename
from helpdesk.core.forward import read_forward
from helpdesk.core.license_keys import MOST_KEYS, find_keys, keys_named, mask
from helpdesk.core.mail import Arrival, Envelope, Mail, Message
from helpdesk.core.quoting import split
from helpdesk.core.report_parts import ReportPart
from helpdesk.inbound.armor import unarmor
from helpdesk.inbound.ballast import lighten, load
from helpdesk.inbound.charset import decode_bytes
from helpdesk.inbound.cms import signed_content
from helpdesk.inbound.decode import (
    as_written,
    clean_field,
    clean_text,
    decode_field,
    decode_words,
    read_parameters,
    repair,
    unflow,
)
from helpdesk.inbound.enriched import read_enriched
from helpdesk.inbound.feed import build_tree
from helpdesk.inbound.files import look_at
from helpdesk.inbound.header import (
    for_parsers,
    message_ids,
    read_date,
    read_header,
    shallow_message,
)
from helpdesk.inbound.inspect import inspect
from helpdesk.inbound.leftovers import undo_leftovers
from helpdesk.inbound.markup import read_markup
from helpdesk.inbound.parse import MOST_ADDRESSES, MOST_DEFECTS, parse
from helpdesk.inbound.reader import _message_of
from helpdesk.inbound.rtf import decompress, read_rtf
from helpdesk.inbound.tnef import read_tnef
from helpdesk.inbound.tree import DEEPEST_TREE, MOST_IN_TREE, Tree, raw_body
from helpdesk.inbound.uuencode import take_out_files

_ARRIVAL = Arrival(
    Envelope("ana@customer.example", ("support@example.test",)),
    "fuzz",
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes from strangers."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterator[bytes]]
    longest: int = 1_024
    """Octets of an input: longer ones are slower, and seldom find more."""
    is_mime: bool = False
    """Inputs are whole mails, so the mutator may take them apart."""


def read_mail(raw: bytes) -> None:
    """The whole reader, as a worker process and the gateway behind it run it."""
    message = parse(raw)
    oracle.promise(isinstance(message, Message), "no message but", type(message))
    oracle.clean(message)
    if message.forwarded is None or message.forwarded.note:  # else there are no new words
        oracle.words(message.words)
    oracle.attachments(raw, message)
    oracle.within(MOST_ADDRESSES, message.to, "recipients")
    oracle.within(MOST_DEFECTS, message.defects, "defects")
    copy = _message_of(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
    oracle.promise(copy == message, "another message behind the pipe")
    shown = explain(Mail(_ARRIVAL, message, len(raw), "0" * 64))
    json.dumps(shown, ensure_ascii=False).encode()
    shallow = shallow_message(raw)
    oracle.clean(shallow)
    oracle.promise(shallow.digest == message.digest, "the digest depends on who reads")


def _shape(tree: Tree) -> list[object]:
    """All that a tree holds, in its order."""
    shape: list[object] = []
    todo: list[object] = [tree]
    while todo:
        part = todo.pop()
        if not isinstance(part, Tree):
            shape.append(part)
            continue
        around = part.preamble, part.epilogue
        shape.append((part.items(), around, [type(defect) for defect in part.defects]))
        body = part.get_payload() if part.is_multipart() else raw_body(part)
        todo.extend(reversed(body) if isinstance(body, list) else [body])
    return shape


def ballast(raw: bytes) -> None:
    """The tree is the same, whether or not the bodies are taken out meanwhile."""
    raw = for_parsers(raw, section := read_header(raw))
    light, taken = lighten(raw, section.body)
    tree = build_tree(light, DEEPEST_TREE, MOST_IN_TREE)
    places = load(tree, taken)
    oracle.promise(_shape(tree) == _shape(message_from_bytes(raw)), "another tree without ballast")
    for part in tree.walk():
        if id(part) in places:
            start, end = places[id(part)]
            octets = raw_body(part).encode("utf-8", "surrogateescape")
            oracle.promise(octets == raw[start:end], "a body does not stand at", start, end)


def _text(data: bytes) -> str:
    return clean_text(data.decode("utf-8", "replace"))


def split_text(data: bytes) -> None:
    text = _text(data)
    words = split(text, "Ana Ruiz ana")
    oracle.clean(words)
    oracle.words(words)
    oracle.clean(read_forward("Fwd: a question", words.text) or ())
    oracle.clean(unflow(text, delete_space=len(data) % 2 == 0))


def markup(data: bytes) -> None:
    text = _text(data)
    for with_images in (False, True):
        oracle.clean(read_markup(text, with_images=with_images))


def header(data: bytes) -> None:
    value = data.decode("ascii", "surrogateescape")
    decoded = decode_field(value)
    oracle.promise("\n" not in decoded and "\r" not in decoded, "a line break in", ascii(decoded))
    main, parameters = read_parameters(value)
    oracle.clean([decoded, as_written(value), main, *parameters.values(), message_ids(decoded)])
    read_date(decoded)
    name = safe_filename(decoded, main)
    oracle.promise(name and "/" not in name and not name.startswith("."), "file name", ascii(name))
    charset, _, content = data.partition(b"\n")
    text, _ = decode_bytes(content, charset.decode("ascii", "replace"))
    oracle.clean(clean_text(text))
    section = read_header(data)
    oracle.promise(0 <= section.body <= len(data), "the body begins at", section.body)


def addresses(data: bytes) -> None:
    value = data.decode("ascii", "surrogateescape")
    for mailbox in parse_mailboxes(repair(value), lambda name: clean_field(decode_words(name))):
        oracle.clean((clean_field(mailbox.address), clean_field(mailbox.name)))
        if is_address(mailbox.address):
            normalize(mailbox.address)
    author = clean_author([data])
    oracle.clean(author)
    oracle.promise(not author or is_address(author), "no clean address:", ascii(author))


def report(data: bytes) -> None:
    """Parts of a report, divided by lines of a single tilde; the first is what people read."""
    said, *parts = data.split(b"\n~\n", 3)
    kinds = ("message/delivery-status", "message/rfc822", "text/rfc822-headers")
    subject, _, text = _text(said).partition("\n")
    found = read_delivery_report(
        [
            ReportPart("text/plain", said),
            *(ReportPart(kind, part) for kind, part in zip(kinds, parts, strict=False)),
        ],
        subject=subject,
        author="Mail Delivery System <mailer-daemon@mx.example>",
        text=text,
    )
    oracle.clean(found or ())


def keys(data: bytes) -> None:
    text = _text(data)
    half = len(text) // 2
    found = find_keys((text[:half],), (text[half:],))
    oracle.within(MOST_KEYS, found, "keys")
    oracle.clean(found)
    for each in found:
        oracle.promise(not any(map(str.isspace, each.key)), "a key with spaces:", each)
        oracle.promise(mask(each.key) != each.key, "a mask that hides nothing:", each)
    oracle.clean(keys_named(text[:200]))


def file(data: bytes) -> None:
    """A file, whatever its name and its type say it is."""
    for name, content_type in (("a.bin", "application/octet-stream"), ("a.eml", "message/rfc822")):
        oracle.clean(inspect(data, (name,), content_type))
    for name in ("winmail.dat", "smime.p7m", "a.ics", "a.eml"):
        oracle.clean(look_at(data, "application/octet-stream", {}, name).summary)
    packed = read_tnef(data)
    oracle.clean([clean_text(text) for _, text in packed.texts])
    signed_content(data)
    read_rtf(decompress(data) or data)
    without, files = take_out_files(data)
    oracle.promise(len(without) <= len(data), "more text than there was")
    oracle.promise(all(len(each.content) <= len(data) for each in files), "a file without octets")
    oracle.clean(clean_text(read_enriched(_text(data), "text/enriched")))
    unarmor(_text(data))
    undo_leftovers(data)


TARGETS = {
    target.name: target
    for target in (
        Target("reader", read_mail, seeds.mails, 2_048, is_mime=True),
        Target("ballast", ballast, seeds.heavy_mails, 8_192, is_mime=True),
        Target("file", file, seeds.files, 2_048),
        Target("text", split_text, seeds.texts, 2_048),
        Target("html", markup, seeds.markups, 2_048),
        Target("header", header, seeds.headers),
        Target("address", addresses, seeds.addresses),
        Target("report", report, seeds.reports, 2_048),
        Target("keys", keys, seeds.key_texts),
    )
}
