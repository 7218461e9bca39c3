"""Names of files as clients write them, and structures that two readers could read differently."""

import base64
import os
import time

import pytest

from helpdesk.core.filenames import better_name, type_of_name
from helpdesk.inbound.ballast import lighten
from helpdesk.inbound.decode import read_parameters
from helpdesk.inbound.parse import open_part, parse
from tests.folded import for_each

HEAD = "From: a@b.example\nSubject: x\n"


@for_each(
    ("written", "name"),
    [
        ("filename=two words.pdf; size=3", "two words.pdf"),
        ("filename*=utf-8''a%20b.pdf", "a b.pdf"),
        ("filename*=\"utf-8''a%20b.pdf\"", "a b.pdf"),
        ("filename*=utf-8''\"a%20b.pdf\"", "a b.pdf"),
        ("filename*='utf-8''a%20b.pdf'", "a b.pdf"),
        ("filename=\"utf-8''Pr%C3%BCf.pdf\"", "Prüf.pdf"),
        ("filename=UTF-8''Pr%C3%BCf.pdf", "Prüf.pdf"),
        ("filename*0=utf-8''Pr%C3%BC; filename*1=f.pdf", "Prüf.pdf"),
        ("filename*=Pr%C3%BCf.pdf", "Prüf.pdf"),
        ("filename*=utf-8''100%.pdf", "100%.pdf"),
        ("filename*=x-none''Pr%C3%BCf.pdf", "Prüf.pdf"),
        ("filename*=utf-8''Pr%FCf.pdf", "Prüf.pdf"),
        ('filename*0="a"; filename*2="c.pdf"', "ac.pdf"),
        ('filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        ("filename*0*=utf-8''Pr%C3; filename*1*=%BC; filename*2=\"f %41.pdf\"", "Prüf %41.pdf"),
        ('filename="=?utf-8?Q?Pr=C3?= =?utf-8?Q?=BCf.pdf?="', "Prüf.pdf"),
        ("filename==?utf-8?B?UHLDvGYucGRm?=", "Prüf.pdf"),
        ('filename="=?utf-8?Q?=3D=3Futf-8=3FQ=3FPr=3DC3=3DBCf=2Epdf=3F=3D?="', "Prüf.pdf"),
        ('filename="=?utf-8?B?UHLDvGYucGRm"', "Prüf.pdf"),
        ('filename*0="=?utf-8?Q?Pr=C3=BC"; filename*1="f.pdf?="', "Prüf.pdf"),
        (r'filename="a\"b.pdf"', 'a"b.pdf'),
        (r'filename="C:\new\temp.pdf"', r"C:\new\temp.pdf"),
        ('filename="unclosed.pdf', "unclosed.pdf"),
        ("filename=a;b.pdf", "a;b.pdf"),
        ("filename=a.pdf; b.pdf", "a.pdf"),
        ('filename="a.pdf" size=3', "a.pdf"),
        ('filename="first.pdf"; filename="second.pdf"', "first.pdf"),
        ("filename=\"plain.pdf\"; filename*=utf-8''Pr%C3%BCf.pdf", "Prüf.pdf"),
        ('filename="Pr%C3%BCf.pdf"', "Pr%C3%BCf.pdf"),
        ("filename='single.pdf'", "'single.pdf'"),
        ('filename="a\n b.pdf"', "a b.pdf"),
        ("filename=", ""),
    ],
)
def test_the_name_of_a_file_is_read_as_its_writer_meant_it(written: str, name: str) -> None:
    for between in ("; ", ";", " ;\n\t", " "):
        disposition, parameters = read_parameters(f"attachment{between}{written}")

        assert (disposition, parameters["filename"]) == ("attachment", name)


@pytest.mark.parametrize(
    "value",
    ['x; a="' * 10_000, "x; a='\"" * 10_000, "x; " + "a" * 60_000, "x; f=" + "'" * 60_000,
     "a " * 30_000 + "=", "x; f=utf-8''" + "%" * 60_000, 'x; name="' + "=?utf-8?q?a" * 6_000,
     "x; f=" + "a" * 60_000 + "'", "x;" + ";name=a;b" * 7_000, "x; f=" + "\\" * 60_000],
)  # fmt: skip
def test_hostile_parameters_take_time_by_their_length_only(value: str) -> None:
    started = time.process_time()
    read_parameters(value)

    assert time.process_time() - started < 1


def test_of_two_names_the_one_that_kept_its_letters_is_taken() -> None:
    assert better_name("????.txt", "Прив.txt") == "Прив.txt"
    assert better_name("why?.txt", "other.txt") == "why?.txt"
    assert better_name("", "name.txt") == "name.txt"


def test_a_name_tells_a_type() -> None:
    assert type_of_name("A.PDF") == "application/pdf"
    assert type_of_name("a.txt") == "text/plain"
    assert type_of_name("exe") == type_of_name("") == "application/octet-stream"


# ---------------------------------------------------------------- inline


@pytest.mark.parametrize(
    ("reference", "header"),
    [
        ('<img src="cid:pic@x">', "Content-ID: <pic@x>"),
        ("<img src=cid:pic%40x>", "Content-ID: <pic@x>"),
        ('<img src="pic@x">', "Content-ID: <pic@x>"),
        ('<td background="cid:PIC@x">', "Content-ID: pic@x"),
        ('<img src="images/pic.png">', "Content-Location: images/pic.png"),
        ('<img src="cid:pic@x">', "Content-ID: <pic@x>\nContent-Disposition: attachment"),
    ],
)
def test_an_image_that_the_html_shows_is_inline(reference: str, header: str) -> None:
    raw = (
        f"{HEAD}Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n"
        f"<p>a{reference}\n--b\nContent-Type: image/png; name=p.png\n{header}\n\nx\n"
        "--b\nContent-Type: image/png; name=q.png\nContent-ID: <other@x>\n\ny\n--b--\n"
    )
    shown, other = parse(raw.encode()).attachments

    assert (shown.inline, other.inline) == (True, False)


# ---------------------------------------------------------------- defects


def mixed(*parts: str, before: str = "", after: str = "", head: str = "") -> bytes:
    body = "".join(f"--b\n{part}\n" for part in parts)
    field = head or "Content-Type: multipart/mixed; boundary=b"
    return f"{HEAD}{field}\n\n{before}\n{body}--b--\n{after}".encode()


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (mixed("Content-Type: text/html\nContent-Type: text/plain\n\nx"),
         "a part states two media types"),
        (mixed("Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 8bit\n\nYWJj"),
         "a part states two transfer encodings"),
        (mixed("Content-Disposition: inline\nContent-Disposition: attachment\n\nx"),
         "a part states two dispositions"),
        (mixed("\nx", head="Content-Type: multipart/mixed; boundary=b; boundary=c"),
         "a part states two boundaries"),
        (mixed("Content-Type: a/b; name=a.txt\nContent-Disposition: inline; filename=a.exe\n\nx"),
         "a part states two names"),
        (mixed("Content-Type: text/plain\nContent-Disposition: attachment\n\nx"),
         "a text without a name is marked as a file"),
        (mixed("\nx", before="Dear desk"), "text before the first part"),
        (mixed("\nx", after="Dear desk"), "text after the last part"),
        (mixed("\nx", after="--b\n\nhidden\n--b--\n"), "parts after the closing delimiter"),
        (mixed("\nx").replace(b"--b--\n", b""), "CloseBoundaryNotFoundDefect"),
    ],
)  # fmt: skip
def test_what_two_readers_may_read_differently_is_told(raw: bytes, defect: str) -> None:
    assert defect in parse(raw).defects


def test_an_ordinary_mail_has_no_defects() -> None:
    notice = "This is a multi-part message in MIME format."
    part = "Content-Type: a/b; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\nx"

    assert parse(mixed("\nx", part, before=notice, after="\n")).defects == ()


def test_a_boundary_on_two_lines_is_one_boundary() -> None:
    raw = f'{HEAD}Content-Type: multipart/mixed; boundary="a\n b"\n\n--a b\n\nx\n--a b--\n'

    assert parse(raw.encode()).words.text == "x"


# ---------------------------------------------------------------- large files


def large(line_end: bytes = b"\r\n", length: int = 57) -> bytes:
    content = os.urandom(300_000)
    lines = [content[at : at + length] for at in range(0, len(content), length)]
    encoded = b"".join(base64.b64encode(line) + line_end for line in lines)
    head = b"--b\nContent-Type: a/b; name=%d\nContent-Transfer-Encoding: base64\n\n"
    parts = [head.replace(b"%d", b"%d" % n).replace(b"\n", line_end) + encoded for n in range(2)]
    whole = HEAD.encode() + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n"
    return whole.replace(b"\n", line_end) + b"".join(parts) + b"--b--" + line_end


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("length", [57, 45, 51])
def test_large_files_are_read_as_if_the_parser_had_seen_them(line_end: bytes, length: int) -> None:
    raw = large(line_end, length)
    message = parse(raw)

    assert len(lighten(raw, raw.index(b"--b"))[0]) < 1_000
    assert message.words.text == "words"
    assert [a.size for a in message.attachments] == [300_000, 300_000]
    assert len(open_part(raw, message.attachments[1].part)) == 300_000
    assert message.defects == ()


def test_a_delimiter_among_the_lines_is_seen() -> None:
    raw = large().replace(b"\r\n\r\n", b"\r\n\r\n" + b"QUJD" * 19 + b"\r\n", 3)
    lines = raw.split(b"\r\n")
    lines[2_000] = b"--b" + b" " * 73
    message = parse(b"\r\n".join(lines))

    assert len(message.attachments) == 2
    assert len(message.words.text) > 100_000  # what follows the delimiter is another part


def test_large_texts_and_damaged_parts_are_whole() -> None:
    encoded = (b"QUJD" * 19 + b"\r\n") * 4_000
    text = HEAD.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded
    plain = HEAD.encode() + b"\r\n" + encoded
    headless = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + encoded

    assert len(parse(text).words.text) == 4_000 * 57
    assert len(parse(plain).words.text) == 4_000 * 77 - 1
    assert parse(headless).words.text.count("QUJD") == 4_000 * 19


@pytest.mark.parametrize("line", [b"A" * 39 + b"\n\n", b"A" * 60 + b"\n", b"A" * 60 + b"\n\n!\n"])
def test_lines_that_look_like_many_files_take_time_by_their_length_only(line: bytes) -> None:
    raw = b"\n\n" + line * (3_000_000 // len(line))
    started = time.process_time()
    lighten(raw, 0)

    assert time.process_time() - started < 1
