"""Files and messages that stand inside others: uuencoded, signed, encrypted, attached."""

import base64
import binascii
import hashlib
import pickle
import random
import time
from datetime import UTC, datetime

import pytest

from helpdesk.core.mail import ENCRYPTED, Mailbox, Message, Protection
from helpdesk.core.notices import ENCRYPTED_TEXT
from helpdesk.inbound.armor import unarmor
from helpdesk.inbound.cms import Kind, kind_of, signed_content
from helpdesk.inbound.parse import open_part, parse
from helpdesk.inbound.reader import _message_of
from helpdesk.inbound.uuencode import take_out_files

HEAD = "From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"


def mail(head: str, body: str) -> bytes:
    return f"{HEAD}{head}\n\n{body}".replace("\n", "\r\n").encode()


def mixed(*parts: str, subtype: str = "mixed") -> bytes:
    body = "".join(f"--=b\n{part}\n" for part in parts)
    return mail(f'Content-Type: multipart/{subtype}; boundary="=b"', f"{body}--=b--\n")


def opens_all(raw: bytes) -> Message:
    """The message, each attachment of which was opened again."""
    message = parse(raw)
    for attachment in message.attachments:
        content = open_part(raw, attachment.part)
        assert hashlib.sha256(content).hexdigest() == attachment.sha256
    return message


def test_what_is_read_comes_through_the_pipe_of_the_worker() -> None:
    inner = "Content-Type: message/rfc822\n\nSubject: inner\n\nwords"
    signature = "Content-Type: application/pgp-signature\n\nx"
    message = parse(mixed("\nouter", inner, signature, subtype="signed"))

    assert message.attached
    assert message.protection
    assert _message_of(pickle.dumps(message)) == message


# ---------------------------------------------------------------- uuencode


def uuencoded(name: str, content: bytes) -> str:
    lines = [content[at : at + 45] for at in range(0, len(content), 45)]
    shown = "".join(binascii.b2a_uu(line).decode() for line in lines)
    return f"begin 644 {name}\n{shown}`\nend\n"


@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_uuencoded_files_are_attachments_and_no_words(encoding: str) -> None:
    first, second = bytes(range(256)) * 3, b"two"
    body = f"Hello,\n{uuencoded('a b.pdf', first)}\nand\n{uuencoded('c.bin', second)}Bye"
    shown = base64.encodebytes(body.encode()).decode() if encoding == "base64" else body
    raw = mail(f"Content-Transfer-Encoding: {encoding}", shown)
    message = opens_all(raw)

    assert message.words.text.split() == ["Hello,", "and", "Bye"]
    assert [(a.filename, a.content_type, a.size) for a in message.attachments] == [
        ("a b.pdf", "application/pdf", 768),
        ("c.bin", "application/octet-stream", 3),
    ]
    assert open_part(raw, message.attachments[0].part) == first


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_between_empty_lines_leaves_one_of_them(end: str) -> None:
    text = f"Hello\n\n{uuencoded('a', b'one')}\nBye\n".replace("\n", end)

    assert take_out_files(text.encode())[0].decode() == f"Hello{end}{end}Bye{end}"


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 a\n",
        b"begin 644 a\n#86)C\n",
        b"begin 644 a\n#86)C\n`\n",
        b"begin 644 a\n#86)C\nwords\n`\nend\n",
        b"begin 644 a\n#86\n\nmore words\nend\n",
        b"begin 644 a\nM86)C and much more than a line may hold, in small letters too\n`\nend\n",
        b"begin 644 \n#86)C\n`\nend\n",
        b"begin the day with\n644 words\nend\n",
        b" begin 644 a\n#86)C\n`\nend\n",
        b"=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3\n",
    ],
)
def test_what_is_no_whole_file_stays_text(text: bytes) -> None:
    assert take_out_files(text) == (text, ())


def test_lines_may_have_lost_their_last_spaces_or_have_a_checksum() -> None:
    text = b"begin 644 a\n$86)C\n#86)Cx\n\nend\n".replace(b"x", b"X")

    assert take_out_files(text)[1][0].content == b"abc\0abc"


def test_many_beginnings_without_an_end_are_read_once() -> None:
    started = time.process_time()
    take_out_files(b"begin 644 a\n" * 100_000)
    take_out_files((b"begin 644 a\n" + b"#86)C\n" * 20) * 5_000)

    assert time.process_time() - started < 2


# ---------------------------------------------------------------- attached messages

INNER = (
    'From: "Ana" <ana@customer.example>\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\n'
    "Date: Mon, 6 Oct 2025 12:00:00 +0200\nMessage-ID: <old@customer.example>\n"
    "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nold words\n--i\n"
    "Content-Type: a/b; name=old.bin\n\nx\n--i\nContent-Type: message/rfc822\n\n"
    "Subject: deeper\n\ndeep words\n--i--\n"
)


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: message/rfc822\n\n{INNER}",
        f"Content-Type: message/global; name=x.eml\n\n{INNER}",
        f"Content-Type: application/octet-stream; name=x.eml\n\n{INNER}",
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(INNER.encode()).decode(),
        "Content-Type: application/octet-stream; name=x.EML\nContent-Disposition: attachment\n"
        "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(INNER.encode()).decode(),
    ],
    ids=["rfc822", "global", "file", "base64", "base64 file"],
)
def test_an_attached_message_is_kept_whole_and_can_be_read(part: str) -> None:
    message = opens_all(mixed("\nsee below", part))

    assert message.words.text == "see below"
    assert len(message.attachments) == 1
    (attached,) = message.attached
    assert attached.author == Mailbox("ana@customer.example", "Ana")
    assert attached.subject == "Größe"
    assert attached.date == datetime(2025, 10, 6, 10, tzinfo=UTC)
    assert attached.message_id == "old@customer.example"
    assert attached.text == "old words"
    assert attached.filenames == ("old.bin", "deeper.eml")
    about = "message from Ana <ana@customer.example>, 2025-10-06 12:00 +0200"
    assert message.attachments[0].summary.startswith(about)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("Subject: Printer", ""),
        ("Subject: Printer: it burns!\nFrom: a@x.example", "message from a@x.example"),
        ("From: Ana\t <a@x.example>", "message from Ana <a@x.example>"),
        ("Date: Mon, 6 Oct 2025 12:00:00 +0200", "message, 2025-10-06 12:00 +0200"),
        ("X: y", ""),
    ],
)
def test_an_attached_message_is_told_in_one_line(fields: str, shown: str) -> None:
    """Its subject only where the file is not named by it."""
    plain = parse(mixed(f"Content-Type: message/rfc822\n\n{fields}\n\nwords"))
    named = parse(mixed(f"Content-Type: message/rfc822; name=1.eml\n\n{fields}\n\nwords"))
    subject = fields.partition("\n")[0].partition("Subject: ")[2]

    assert plain.attachments[0].summary == shown
    assert named.attachments[0].summary == (
        f"{shown or 'message'}: {subject}" if subject else shown
    )


def test_each_attached_message_is_told_at_its_own_file() -> None:
    parts = [f"Content-Type: message/rfc822; name={n}.eml\n\nSubject: s{n}\n\nw" for n in range(3)]
    message = parse(mixed(parts[0], "Content-Type: image/png; name=a.png\n\nx", *parts[1:]))

    assert [a.summary for a in message.attachments] == [
        "message: s0",
        "",
        "message: s1",
        "message: s2",
    ]


def test_a_license_key_in_an_attached_message_is_found_as_one_of_the_history() -> None:
    """Its subject may become that of a ticket, where no key may be read."""
    key, other = "1A2B3C-4D5E6F-7A8B9C-1D2E3F-4A5B6C-V3", "9A2B3C-4D5E6F-7A8B9C-1D2E3F-4A5B6C-V3"
    inner = f"Subject: {key} fails\n\nNor does {other}."

    message = parse(mixed("\nsee below", f"Content-Type: message/rfc822\n\n{inner}"))

    assert {(found.key, found.quoted) for found in message.keys} == {(key, True), (other, True)}


def test_of_many_attached_messages_the_first_are_read() -> None:
    part = "Content-Type: message/rfc822\n\nSubject: s\n\n" + "w" * 30_000
    message = parse(mixed(*[part] * 30))

    assert len(message.attachments) == 30
    assert len(message.attached) == 20
    assert {len(attached.text) for attached in message.attached} == {20_000}


def test_a_message_in_a_message_in_a_message_is_listed_only() -> None:
    whole = "Subject: 0\n\nend"
    for depth in range(1, 60):
        whole = f"Subject: {depth}\nContent-Type: message/rfc822\n\n{whole}"
    message = parse(whole.encode())

    assert [attached.subject for attached in message.attached] == ["58"]
    assert message.attached[0].filenames == ("57.eml",)


# ---------------------------------------------------------------- signed and encrypted


def ber(tag: int, *values: bytes, indefinite: bool = False) -> bytes:
    value = b"".join(values)
    if indefinite:
        return bytes([tag, 0x80]) + value + b"\0\0"
    if len(value) < 0x80:
        return bytes([tag, len(value)]) + value
    length = len(value).to_bytes(4, "big")
    return bytes([tag, 0x84]) + length + value


SIGNED_DATA = ber(6, bytes.fromhex("2a864886f70d010702"))
ENVELOPED = ber(6, bytes.fromhex("2a864886f70d010703"))
AUTHENTICATED = ber(6, bytes.fromhex("2a864886f70d0109100117"))
DATA = ber(6, bytes.fromhex("2a864886f70d010701"))


def cms_signed(content: bytes, *, streamed: bool = False) -> bytes:
    pieces = [content[at : at + 100] for at in range(0, len(content), 100)]
    octets = (
        ber(0x24, *(ber(4, p) for p in pieces), indefinite=True) if streamed else ber(4, content)
    )
    inside = ber(0x30, DATA, ber(0xA0, octets, indefinite=streamed), indefinite=streamed)
    digests = ber(0x31, ber(0x30, ber(6, b"\1\2\3"), indefinite=streamed), indefinite=streamed)
    signers = ber(0x31, ber(0x30, b"\2\1\1"))
    data = ber(0x30, ber(2, b"\1"), digests, inside, signers, indefinite=streamed)
    return ber(0x30, SIGNED_DATA, ber(0xA0, data, indefinite=streamed), indefinite=streamed)


def smime(content: bytes, parameters: str = "") -> bytes:
    head = f"Content-Type: application/pkcs7-mime; name=smime.p7m{parameters}\n"
    encoded = base64.encodebytes(content).decode()
    return mail(f"{head}Content-Transfer-Encoding: base64", encoded)


ENTITY = (
    b"Content-Type: multipart/mixed; boundary=e\r\n\r\n--e\r\n\r\nsigned words\r\n--e\r\n"
    b"Content-Type: a/b; name=f.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--e--\r\n"
)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_message_inside_its_signature_is_read(streamed: bool) -> None:  # noqa: FBT001
    raw = smime(cms_signed(ENTITY, streamed=streamed), "; smime-type=signed-data")
    message = opens_all(raw)

    assert message.words.text == "signed words"
    assert message.protection == Protection("S/MIME", is_signed=True)
    wrapper, file = message.attachments
    assert (wrapper.filename, wrapper.quoted) == ("smime.p7m", True)
    assert (file.filename, file.quoted, open_part(raw, file.part)) == ("f.bin", False, b"abc")


def test_signed_messages_in_each_other_are_read_to_a_depth() -> None:
    entity = ENTITY
    for _ in range(10):
        entity = smime(cms_signed(entity))
    started = time.process_time()
    message = parse(entity)

    assert message.protection == Protection("S/MIME", is_signed=True)
    assert len(message.attachments) == 4
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("content", "parameters"),
    [
        (ber(0x30, ENVELOPED, ber(0xA0, b"x")), ""),
        (ber(0x30, AUTHENTICATED, ber(0xA0, b"x")), ""),
        (b"nonsense", "; smime-type=enveloped-data"),
    ],
)
def test_an_encrypted_mail_says_so_in_one_sentence(content: bytes, parameters: str) -> None:
    message = opens_all(smime(content, parameters))

    assert message.words.new == message.words.text == ENCRYPTED == ENCRYPTED_TEXT
    assert message.protection == Protection("S/MIME", is_encrypted=True)
    assert [a.filename for a in message.attachments] == ["smime.p7m"]


def test_pgp_mime_is_told_apart() -> None:
    encrypted = opens_all(
        mixed(
            "Content-Type: application/pgp-encrypted\n\nVersion: 1",
            "Content-Type: application/octet-stream; name=encrypted.asc\n\n"
            "-----BEGIN PGP MESSAGE-----\n\nxyz",
            subtype="encrypted; protocol=application/pgp-encrypted",
        )
    )
    signed = opens_all(
        mixed(
            "\nwords",
            "Content-Type: application/pgp-signature; name=signature.asc\n\nxyz",
            subtype="signed; protocol=application/pgp-signature",
        )
    )

    assert encrypted.protection == Protection("OpenPGP", is_encrypted=True)
    assert encrypted.words.text == ENCRYPTED
    assert [(a.is_folded, a.summary) for a in encrypted.attachments] == [
        (True, "note on how this mail is encrypted"),
        (False, "encrypted message, cannot be read here"),
    ]
    assert signed.protection == Protection("OpenPGP", is_signed=True)
    assert signed.words.text == "words"
    assert [(a.quoted, a.summary) for a in signed.attachments] == [
        (True, "signature, not verified")
    ]


def test_a_file_that_is_encrypted_makes_no_encrypted_mail() -> None:
    part = "Content-Type: a/b; name=x.asc\n\n-----BEGIN PGP MESSAGE-----\n\nxyz"
    message = opens_all(mixed("\nwords", part))

    assert message.protection is None
    assert [a.summary for a in message.attachments] == ["encrypted message, cannot be read here"]


CLEARSIGNED = """\
Above
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Dear desk,
- - a list
- -----BEGIN PGP MESSAGE----- is only said
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCgAdFiEE
=abcd
-----END PGP SIGNATURE-----
below
"""
ARMORED = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"


def test_words_that_are_signed_in_the_text_are_read_without_the_signature() -> None:
    message = parse(mail("X: y", CLEARSIGNED))

    assert message.words.text == (
        "Above\nDear desk,\n- a list\n-----BEGIN PGP MESSAGE----- is only said\nbelow"
    )
    assert message.protection == Protection("OpenPGP", is_signed=True)


def test_words_that_are_encrypted_in_the_text_are_a_file() -> None:
    only, beside = opens_all(mail("X: y", ARMORED)), opens_all(mail("X: y", f"Hi\n{ARMORED}Bye"))

    assert (only.words.text, beside.words.text) == (ENCRYPTED, "Hi\nBye")
    for message in (only, beside):
        assert message.protection == Protection("OpenPGP", is_encrypted=True)
        assert [a.summary for a in message.attachments] == [
            "encrypted message, cannot be read here"
        ]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nwords\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\na\n-----BEGIN PGP SIGNATURE-----\nx\n",
        "-----BEGIN PGP MESSAGE-----\n\nabc\n",
        "-----END PGP MESSAGE-----\n-----BEGIN PGP MESSAGE-----\n",
        "> -----BEGIN PGP SIGNED MESSAGE-----\n> a\n",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\n",
    ],
)
def test_armor_without_an_end_stays_text(text: str) -> None:
    found = unarmor(text)

    assert (found.text, found.is_signed, found.is_encrypted) == (text, False, False)


@pytest.mark.parametrize(
    "line",
    ["-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP MESSAGE-----\n",
     "-----BEGIN PGP SIGNED MESSAGE-----\n\n-----BEGIN PGP SIGNATURE-----\n"],
)  # fmt: skip
def test_many_armors_take_time_by_their_length_only(line: str) -> None:
    started = time.process_time()
    for end in ("", "-----END PGP MESSAGE-----\n", "-----END PGP SIGNATURE-----\n"):
        unarmor(line * 30_000 + end)
        unarmor(end + line * 30_000)

    assert time.process_time() - started < 2


@pytest.mark.parametrize("streamed", [False, True])
def test_damaged_cms_is_nothing_or_a_part_of_it(streamed: bool) -> None:  # noqa: FBT001
    whole = cms_signed(ENTITY * 3, streamed=streamed)
    chance = random.Random(5)
    for _ in range(2_000):
        content = bytearray(whole)
        at = chance.randrange(len(content))
        content[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        kind_of(bytes(content))
        signed_content(bytes(content))
    for end in range(len(whole)):
        signed_content(whole[:end])


@pytest.mark.parametrize(
    "content",
    [b"\x30\x80" * 500_000, b"\x24\x80" * 500_000, b"\x30\x84\xff\xff\xff\xff", b"\x30\xff", b""],
)
def test_hostile_cms_costs_nothing(content: bytes) -> None:
    inside = ber(0x30, DATA, ber(0xA0, content))
    data = ber(0x30, ber(2, b"\1"), ber(0x31), inside)
    started = time.process_time()

    assert kind_of(content) is Kind.OTHER
    assert signed_content(content) is None
    signed_content(ber(0x30, SIGNED_DATA, ber(0xA0, data)))
    signed_content(ber(0x30, SIGNED_DATA, ber(0xA0, ber(0x30, content))))
    assert time.process_time() - started < 2


def test_a_file_in_a_text_whose_encoding_no_field_states_can_be_opened() -> None:
    """Its lines are there only when the base64 is undone."""
    text = b"Here is the file that you wanted.\r\n\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n"
    raw = b"From: a@b.example\r\nSubject: x\r\n\r\n" + base64.encodebytes(text * 3)
    message = parse(raw)

    assert [open_part(raw, file.part) for file in message.attachments] == [b"abc"] * 3


def test_a_part_of_a_text_in_a_strange_character_set_is_no_error() -> None:
    raw = b'Content-Type: text/plain; name=a; charset="idna\r\n\r\n\xfc\xfc ls.\r\n'

    for file in parse(raw).attachments:
        assert open_part(raw, file.part) == b"\xfc\xfc ls.\r\n"
    with pytest.raises(KeyError):
        open_part(raw, "2")
    assert open_part(raw, "1")
