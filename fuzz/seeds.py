"""Small inputs to begin with, one for each thing that the reader knows."""

import base64
import gzip
import io
import tarfile
from collections.abc import Iterator

from benchmarks.workload import Options, letters
from tests.inbound.tnef_file import attribute, file, packed_rtf, properties, text, winmail

_HEAD = (
    b"From: Ana Ruiz <ana@customer.example>\nTo: support@example.test\nSubject: License fails\n"
    b"Date: Mon, 6 Oct 2025 12:00:00 +0200\nMessage-ID: <1@customer.example>\nMIME-Version: 1.0\n"
)
_REPLY = """\
It still fails.

-- \n
Ana Ruiz
+1 555 0100

On Mon, 6 Oct 2025 at 10:00, Support <support@example.test> wrote:
> Please try again.
>> My key is H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U.
"""
_OUTLOOK = """\
Danke, erledigt.

Von: Support <support@example.test>
Gesendet: Montag, 6. Oktober 2025 10:00
An: Ana Ruiz
Betreff: AW: Lizenz

Bitte noch einmal.
"""
_FORWARD = """\
See below.

---------- Forwarded message ---------
From: Bob <bob@elsewhere.example>
Date: Mon, 6 Oct 2025
Subject: Question
To: Ana

How do I renew?
"""
_PAGE = """\
<html><head><style>p{}</style></head><body><p>It <b>fails</b>&nbsp;again &#8211; see<br>
<img src="cid:a@b"></p><table><tr><td>1<td>2</table><pre>x
 y</pre><ul><li>a</ul><div class="gmail_quote">On Monday Support wrote:<blockquote type=cite>
Please try.</blockquote></div><div id="appendonsend"></div>old</body></html>
"""
_STATUS = """\
Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;gone@customer.example
Final-Recipient: rfc822; gone@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <gone@customer.example>: unknown user
"""


def _joined(subtype: str, *parts: bytes) -> bytes:
    body = b"".join(b"--=b\n" + part + b"\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="=b"\n\n'.encode() + body + b"--=b--\n"


def _part(kind: str, content: bytes, more: str = "") -> bytes:
    return f"Content-Type: {kind}\n{more}\n".encode() + content


def _file(name: str, kind: str, content: bytes) -> bytes:
    more = (
        f'Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="{name}"\n'
    )
    return _part(kind, base64.encodebytes(content), more)


def mails() -> Iterator[bytes]:
    plain = _part("text/plain; charset=utf-8", _REPLY.encode())
    page = _part("text/html; charset=utf-8", _PAGE.encode())
    image = _part(
        "image/png",
        base64.encodebytes(b"\x89PNG fake"),
        "Content-ID: <a@b>\nContent-Transfer-Encoding: base64\n",
    )
    attached = _part("message/rfc822", _HEAD + b"\n" + _FORWARD.encode())
    bodies = [
        plain,
        page,
        _part(
            "text/plain; charset=windows-1252; format=flowed; delsp=yes", b"Gr\xf6\xdfe \n\x96\n"
        ),
        _part("text/plain; charset=utf-16", "Größe".encode("utf-16")),
        _part("text/plain", _OUTLOOK.encode(), "Content-Transfer-Encoding: quoted-printable\n"),
        _part("text/plain; charset=iso-2022-jp", "起動".encode("iso2022_jp")),
        _joined("alternative", plain, page),
        _joined("related", page, image),
        _joined("mixed", plain, _file("log.txt", "text/plain", b"line\n"), attached),
        _joined("mixed", _joined("alternative", plain, page).replace(b"=b", b"=inner"), image),
        _joined("report; report-type=delivery-status", plain, *_report_parts()),
        _joined("report; report-type=disposition-notification", plain, _disposition()),
        _joined("report; report-type=feedback-report", plain, _feedback(), attached),
        _joined(
            "signed; protocol=x", plain, _file("smime.p7s", "application/pkcs7-signature", b"0")
        ),
        _joined("digest", _part("message/rfc822", _HEAD + b"\none"), _HEAD + b"\ntwo"),
        _joined("mixed", plain, _calendar(), _file("winmail.dat", "application/ms-tnef", _TNEF)),
        _joined("mixed", plain, _file("a.zip", "application/zip", _ZIP)),
        _part("text/plain", b"begin 644 a.txt\n#86)C\n`\nend\n=ybegin line=128 size=1 name=a\n"),
    ]
    for body in bodies:
        yield (_HEAD + body).replace(b"\n", b"\r\n")
    for field in _FIELDS:
        yield _HEAD + field + b"\n\nIt fails.\n"
    for letter in letters(Options(count=4, seed=7, attachment_share=0, long_line_share=0)):
        yield letter.content


_TNEF = b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\x01"
_ZIP = (
    b"PK\x03\x04\x0a" + bytes(21) + b"\x05\x00\x00\x00a.exePK\x01\x02\x1e\x03\x0a" + bytes(21)
    + b"\x05" + bytes(17) + b"a.exePK\x05\x06" + bytes(4) + b"\x01\x00\x01\x00\x33\x00\x00\x00\x23"
    + bytes(5)
)  # fmt: skip
_FIELDS = (
    b"Auto-Submitted: auto-replied (vacation)",
    b"Precedence: bulk\nList-Id: <list.example>",
    b"Subject: =?utf-8?q?Pr=C3=BCfung?= =?iso-2022-jp?B?GyRCNS9GMBsoQg==?=",
    b"Authentication-Results: mx.example.test; dmarc=pass header.from=customer.example",
    b"Content-Type: text/plain; name*0*=utf-8''a%C3; name*1*=%BC.txt; charset=\"utf-8",
    b'Cc: a, "b, c" <b@x.example>, group: d@x.example, e@x.example;, (note) f@x.example',
    b"References: <a@b> <c@d>\nIn-Reply-To: <c@d> (of Monday)",
)


def _report_parts() -> tuple[bytes, bytes]:
    status = _part("message/delivery-status", _STATUS.encode())
    return status, _part("text/rfc822-headers", _HEAD)


def _disposition() -> bytes:
    return _part(
        "message/disposition-notification",
        b"Final-Recipient: rfc822;a@b.example\nOriginal-Message-ID: <1@b.example>\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\n",
    )


def _feedback() -> bytes:
    return _part(
        "message/feedback-report",
        b"Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nSource-IP: 192.0.2.1\n",
    )


def _calendar() -> bytes:
    return _part(
        "text/calendar; method=REQUEST; charset=utf-8",
        b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Review\n"
        b"DTSTART;TZID=Europe/Berlin:20251006T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY\n"
        b"ORGANIZER;CN=Ana:mailto:ana@customer.example\nEND:VEVENT\nEND:VCALENDAR\n",
    )


def heavy_mails() -> Iterator[bytes]:
    """With bodies that are taken out, or must not be."""
    plain = _part("text/plain", b"It fails.\n")
    file = _file("a.bin", "application/octet-stream", bytes(range(256)) * 4)
    run = base64.encodebytes(bytes(range(256)) * 4)
    yield _HEAD + _joined("mixed", plain, file)
    yield (_HEAD + _joined("mixed", file, plain, file)).replace(b"\n", b"\r\n")
    yield _HEAD + _joined("mixed", plain, _part("message/rfc822", _HEAD + file))
    yield _HEAD + file
    yield _HEAD + b"\n" + run
    yield run + b"\n" + run
    yield _HEAD + run + b"~taken-out~0~\n\n" + run
    yield _HEAD + _joined("digest", _part("message/rfc822", _HEAD + plain), plain)
    fields = b"--x\n" + _part("text/plain", b"Final-Recipient: a\nAction: failed\n\nB: c\n")
    yield _HEAD + _joined("report", plain, _part("message/delivery-status", b"A: b\n\n" + fields))
    yield _joined("mixed", plain, file).replace(b"\n--", b"\n--x\nContent-Type: a/b\n\nx\n--", 1)
    yield _HEAD + _joined("mixed", plain, file) + plain + file


def files() -> Iterator[bytes]:
    """One of each kind that is looked into."""
    rich = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}It {\b fails}.\par \'fc\u8364?{\*\x y}}"
    yield winmail(attribute(1, 0x9003, properties((0x1009, 0x102, packed_rtf(rich)))))
    yield winmail(attribute(1, 0x9003, properties(text(0x1000, "It fails."))), file("a.txt", b"b"))
    yield rich
    yield packed_rtf(rich)
    yield _ZIP
    yield gzip.compress(b"MZ" + bytes(20), mtime=0)
    yield _tar()
    yield _calendar()
    yield _signed(_part("text/plain", b"It fails.\n"))
    yield _HEAD + _joined("mixed", _file("a.exe", "a/b", b"MZ"))
    yield b"begin 644 a.txt\n#86)C\n`\nend\nbegin-base64 644 b\nYWJj\n====\n"
    yield b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -- \nIt fails.\n-----BEGIN PGP"
    yield b"<bold>It</bold> <nofill>fails</nofill><param>x</param> <<a>\n\n<excerpt>old</excerpt>"
    yield b"It=20fails=\n =C3=BC=\n" * 5
    yield b"SXQgZmFpbHMuIEl0IGZhaWxzLiBJdCBmYWlscy4=\n" * 3
    yield b"MZ" + bytes(60) + b"PE\0\0"
    yield b"#!/bin/sh\necho\n"


def _tar() -> bytes:
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("a.exe"))
        return stream.getvalue()[:1_024]


def _signed(content: bytes) -> bytes:
    """CMS signed data without a signature (RFC 5652 §5.1)."""

    def ber(tag: int, *values: bytes) -> bytes:
        value = b"".join(values)
        return bytes((tag, 0x82, *divmod(len(value), 256))) + value

    data = bytes.fromhex("06092a864886f70d010701")
    inner = ber(0x30, data, ber(0xA0, ber(0x04, content)))
    signed = ber(0x30, b"\x02\x01\x01", ber(0x31), inner, ber(0x31))
    return ber(0x30, bytes.fromhex("06092a864886f70d010702"), ber(0xA0, signed))


def texts() -> Iterator[bytes]:
    for words in (_REPLY, _OUTLOOK, _FORWARD):
        yield words.encode()
    yield "ご確認ください。\n\n2025/10/06 10:00 Support:\n> 更新\n".encode()
    yield b"Begin forwarded message:\n\n> Von: A <a@b.example>\n> Betreff: x\n>\n> y\n"
    yield b"\xef\xb7\x90\nold\n\xef\xb7\x91\nnew\n##- Please type your reply above this line -##\n"
    yield b"Sent from my phone\n\n________________________________\nOld\n"


def markups() -> Iterator[bytes]:
    yield _PAGE.encode()
    for letter in letters(Options(count=6, seed=3, attachment_share=0)):
        page = letter.content.find(b"<html>")
        if page >= 0:
            yield letter.content[page:]


def headers() -> Iterator[bytes]:
    for field in _FIELDS:
        yield field.partition(b": ")[2]
    yield b"utf-7\na+2AA-b"
    yield b'attachment; filename="a\\"b.txt"; size=1'


def addresses() -> Iterator[bytes]:
    yield _FIELDS[5].partition(b": ")[2]
    yield b"=?utf-8?q?J=C3=B6rg?= <joerg@b\xc3\xbccher.example>"
    yield b'"a\\"b"@x.example, <@relay.example:c@x.example>, d@[192.0.2.1] (e (f))'


def reports() -> Iterator[bytes]:
    said = b"Undeliverable: x\nDelivery to gone@customer.example failed: 550 5.1.1 unknown user\n"
    yield said
    yield said + b"\n~\n" + _STATUS.encode() + b"\n~\n" + _HEAD
    yield said + b"\n~\n" + _STATUS.replace("failed", "delayed").encode()


def key_texts() -> Iterator[bytes]:
    yield b"My key is H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U."
    yield b"license 0A1B2C-0A1B2C-0A1B2C-0A1B2C-0A1B2C-V3 or h7kq2-9zxcv-\n> b4n5m-qw3er-t8y6u"
    yield "Schlüssel １２３４–ABCD-EFGH-IJKL dongle 3-1234567".encode()
    yield b"key/" + b"A" * 30 + b"." + b"b" * 50 + b" eyJhbGciOiJub25lIn0.eyJhbGciOiJub25lIn0.c2ln"
