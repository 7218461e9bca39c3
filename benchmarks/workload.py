"""Mails as a support desk gets them, made from a seed: same options, same bytes.

Four languages in three charsets, plain, alternative and related bodies, attachments, quoted
history, license keys, and trace fields of the mail server in front. A reply names an earlier mail
of the same sender in In-Reply-To, References and subject, so it belongs to that mail's ticket.
"""

import argparse
import base64
import json
import quopri
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

EDGE = "mx.example.test"
DESK = "support@example.test"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ATTACHED = 100_000
LARGE = (300_000, 1_200_000)
"""Octets of the files in `large` mails: too big for memory, too big for the database."""
KEY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LINE_LIMIT = 998  # RFC 5322 §2.1.1


@dataclass(frozen=True, slots=True)
class Tongue:
    """How the customers of one country write."""

    charset: str
    names: tuple[str, ...]
    subjects: tuple[str, ...]
    phrases: tuple[str, ...]
    key_label: str
    attribution: str
    space: str = " "


ENGLISH = Tongue(
    "utf-8",
    ("Ann Walker", "Bill Reed", "Cathy Stone", "Dan Hughes", "Zoë Clarke"),
    ("Activation refused", "Export stops half way", "Renewal of our seats", "Crash on start"),
    (
        "since the update of last night",
        "the server does not start any more",
        "we moved to a new machine",
        "the log says connection refused",
        "could you please look at it today",
        "our invoice names another product",
        "all users in the office wait for it",
        "I have tried it twice with the same result",
    ),
    "License key:",
    "On {date:%d %b %Y}, {name} wrote:",
)
GERMAN = Tongue(
    "windows-1252",
    ("Jörg Förster", "Käthe Groß", "Sönke Bär", "Ute Lärche"),
    ("Schlüssel ungültig", "Lizenz für größeren Rechner", "Rückfrage zur Verlängerung"),
    (
        "seit der Umstellung läuft das Programm nicht mehr",
        "wir benötigen schnellstmöglich Rückmeldung",
        "die Lizenz wurde für das Büro in München gekauft",
        "der Schlüssel lässt sich nicht eingeben",
        "für Ihre Mühe danken wir schön im Voraus",
    ),
    "Lizenzschlüssel:",
    "Am {date:%d.%m.%Y} schrieb {name}:",
)
FRENCH = Tongue(
    "windows-1252",
    ("Renée Lemaître", "Gaël Béranger", "Noël Hébert"),
    ("Clé refusée à l’activation", "Problème après la mise à jour", "Numéro de série égaré"),
    (
        "depuis la mise à jour le logiciel ne démarre plus",
        "nous avons changé d’ordinateur la semaine passée",
        "le numéro reçu n’est pas accepté",
        "merci de nous répondre dès que possible",
    ),
    "Clé de licence :",
    "Le {date:%d/%m/%Y}, {name} a écrit :",
)
JAPANESE = Tongue(
    "iso-2022-jp",
    ("山本 直子", "小林 誠", "中村 翔太"),
    ("起動できません", "ライセンスの移行について", "更新手続きのご相談"),
    (
        "新しいパソコンに入れ替えました。",
        "起動時にエラーが表示されます。",
        "お手数ですがご確認をお願いいたします。",
        "ライセンスキーが認識されません。",
        "至急ご返答いただけますと幸いです。",
    ),
    "ライセンスキー:",
    "{date:%Y/%m/%d} {name}:",
    space="",
)
TONGUES = (ENGLISH, GERMAN, FRENCH, JAPANESE)
SHARES = (40, 25, 15, 20)


@dataclass(frozen=True, slots=True)
class Options:
    count: int
    seed: int = 1
    seed_mails: int = 0
    """So many first mails are all new; send them first, and the others find their tickets."""
    reply_share: float = 0.4
    reply_distance: int = 1
    """A reply names a seed mail or one at least so many mails before it."""
    attachment_share: float = 0.2
    long_line_share: float = 0.02
    large_share: float = 0.0
    senders: int = 400


@dataclass(frozen=True, slots=True)
class Sender:
    name: str
    address: str
    tongue: Tongue
    key: str

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: who writes what to whom, and the bytes of it."""

    message_id: str
    sender: Sender
    subject: str
    answers: "Letter | None" = None
    content: bytes = b""


def letters(options: Options) -> Iterator[Letter]:
    rng = random.Random(f"letters {options.seed}")
    senders = [_sender(rng, number) for number in range(options.senders)]
    originals: list[tuple[int, Letter]] = []
    for number in range(options.count):
        answered = _answered(rng, options, number, originals)
        sender = answered.sender if answered else rng.choice(senders)
        fresh = f"{rng.choice(sender.tongue.subjects)} {rng.randrange(10**6)}"
        letter = Letter(
            message_id=f"{number}.{rng.getrandbits(64):016x}@{sender.domain}",
            sender=sender,
            subject=answered.subject if answered else fresh,
            answers=answered,
        )
        if answered is None:
            originals.append((number, letter))
        content = _write(rng, options, number, letter)
        yield Letter(letter.message_id, sender, letter.subject, answered, content)


def _sender(rng: random.Random, number: int) -> Sender:
    tongue = rng.choices(TONGUES, SHARES)[0]
    key = "-".join("".join(rng.choices(KEY_LETTERS, k=5)) for _ in range(5))
    return Sender(rng.choice(tongue.names), f"c{number}@firm{number % 40}.example", tongue, key)


def _answered(
    rng: random.Random, options: Options, number: int, originals: Sequence[tuple[int, Letter]]
) -> Letter | None:
    if number < options.seed_mails or rng.random() >= options.reply_share:
        return None
    newest = max(options.seed_mails - 1, number - options.reply_distance)
    index = rng.randrange(len(originals)) if originals else 0
    return originals[index][1] if originals and originals[index][0] <= newest else None


# --- words ----------------------------------------------------------------------------------------


def _paragraph(rng: random.Random, tongue: Tongue, phrases: int) -> str:
    if not tongue.space:
        return "".join(rng.choices(tongue.phrases, k=phrases))
    said = rng.choices(tongue.phrases, k=phrases)
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in said)


def _folded(text: str, width: int = 72) -> str:
    """Lines as a mail client breaks them; Japanese breaks anywhere."""
    if " " not in text:
        return "\n".join(text[at : at + width // 2] for at in range(0, len(text), width // 2))
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def _words(rng: random.Random, letter: Letter, *, in_one_line: bool) -> list[str]:
    tongue = letter.sender.tongue
    words = [_paragraph(rng, tongue, rng.randrange(5, 18)) for _ in range(rng.randrange(2, 6))]
    if in_one_line:
        words = [tongue.space.join([*words, _paragraph(rng, tongue, 60)])]
    if rng.random() < 0.5:
        words.append(f"{tongue.key_label} {letter.sender.key}")
    return words


def _history(rng: random.Random, letter: Letter) -> list[str]:
    """What the sender's client quotes: our mail, below it perhaps his own."""
    tongue = letter.sender.tongue
    count = rng.randrange(3, 9)
    return [_paragraph(rng, tongue, rng.randrange(6, 14)) for _ in range(count)]


def _plain(letter: Letter, words: Sequence[str], quoted: Sequence[str], date: datetime) -> str:
    blocks = [*words, f"-- \n{letter.sender.name}\n{letter.sender.domain}"]
    if quoted:
        said = letter.sender.tongue.attribution.format(date=date, name=f"Support <{DESK}>")
        lines = "\n\n".join(map(_folded, quoted)).split("\n")
        blocks.append("\n".join([said, "", *(f"> {line}".rstrip() for line in lines)]))
    return "\n\n".join(blocks) + "\n"


def _page(letter: Letter, words: Sequence[str], quoted: Sequence[str], image: str) -> str:
    style = 'class="MsoNormal" style="margin:0cm;font-size:11pt;font-family:Calibri,sans-serif"'
    charset = letter.sender.tongue.charset
    picture = f'<p {style}><img src="cid:{image}" width="32" height="32" alt=""></p>\n'
    quote = "".join(f"<p {style}>{_folded(text)}</p>\n" for text in quoted)
    return (
        '<html><head><meta http-equiv="Content-Type" '
        f'content="text/html; charset={charset}"></head><body>\n'
        + "".join(f"<p {style}>{text}</p>\n" for text in words)
        + (picture if image else "")
        + f"<p {style}>--<br>{letter.sender.name}<br>{letter.sender.domain}</p>\n"
        + (f'<blockquote type="cite" class="gmail_quote">\n{quote}</blockquote>\n' if quote else "")
        + "</body></html>\n"
    )


# --- bytes ----------------------------------------------------------------------------------------


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _text_part(rng: random.Random, subtype: str, text: str, charset: str, *, as_is: bool) -> bytes:
    content = text.encode(charset)
    if as_is or charset == "iso-2022-jp":
        encoding = "7bit" if content.isascii() else "8bit"
    elif rng.random() < 0.3:
        encoding, content = "base64", base64.encodebytes(_crlf(content))
    else:
        encoding, content = "quoted-printable", quopri.encodestring(content)
    head = f"Content-Type: text/{subtype}; charset={charset}\n"
    return _crlf(f"{head}Content-Transfer-Encoding: {encoding}\n\n".encode() + content)


def _file_part(kind: str, name: str, content: bytes, content_id: str = "") -> bytes:
    head = (
        f'Content-Type: {kind}; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: {"inline" if content_id else "attachment"}; filename="{name}"\n'
    )
    head += f"Content-ID: <{content_id}>\n" if content_id else ""
    return _crlf(f"{head}\n".encode() + base64.encodebytes(content))


def _multipart(rng: random.Random, subtype: str, *parts: bytes) -> bytes:
    mark = f"=_{rng.getrandbits(96):024x}"
    head = f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'.encode()
    body = b"".join(b"--%b\r\n%b\r\n" % (mark.encode(), part) for part in parts)
    return head + body + b"--%b--\r\n" % mark.encode()


def _png(rng: random.Random, side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    pixels = b"".join(b"\0" + rng.randbytes(3 * side) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _attachment(rng: random.Random, octets: int) -> bytes:
    kind = rng.randrange(3)
    if kind == 0:
        return _file_part("application/pdf", "order.pdf", b"%PDF-1.4\n" + rng.randbytes(octets))
    if kind == 1:
        return _file_part("image/png", "screen.png", _png(rng, int((octets / 3) ** 0.5)))
    line = "{:08x} worker lost its connection and tries again, attempt {}\n"
    count = octets // 64
    log = "".join(line.format(rng.getrandbits(32), number) for number in range(count))
    return _file_part("text/plain", "server.log", log.encode())


def _field(name: str, text: str, charset: str) -> str:
    encoding = "us-ascii" if text.isascii() else charset
    return Header(text, encoding, header_name=name).encode(linesep="\n")


def _header(rng: random.Random, letter: Letter, date: datetime) -> bytes:
    sender = letter.sender
    charset, domain = sender.tongue.charset, sender.domain
    subject = f"Re: {letter.subject}" if letter.answers else letter.subject
    blob = base64.b64encode(rng.randbytes(192)).decode()
    lines = [
        f"Authentication-Results: {EDGE}; spf=pass smtp.mailfrom={domain};",
        f"\tdkim=pass header.d={domain}; dmarc=pass header.from={domain}",
        f"Received: from out.{domain} (out.{domain} [192.0.2.{rng.randrange(1, 255)}])",
        f"\tby {EDGE} with ESMTPS id {rng.getrandbits(40):010X}; {format_datetime(date)}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s2026;",
        f"\th=from:to:subject:date:message-id; bh={blob[:44]};",
        *(f"\t{'b=' if at == 0 else ''}{blob[at : at + 64]}" for at in range(0, 256, 64)),
        f"From: {_field('From', sender.name, charset)} <{sender.address}>",
        f"To: {DESK}",
        f"Subject: {_field('Subject', subject, charset)}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: <{letter.message_id}>",
        "MIME-Version: 1.0",
    ]
    if letter.answers:
        named = f"<{letter.answers.message_id}>"
        lines += [f"In-Reply-To: {named}", f"References: {named}"]
    return _crlf("\n".join(lines).encode() + b"\n")


def _write(rng: random.Random, options: Options, number: int, letter: Letter) -> bytes:
    date = START + timedelta(seconds=20 * number)
    shape = rng.choices(("plain", "alternative", "related"), (40, 45, 15))[0]
    is_long = rng.random() < options.long_line_share
    charset = letter.sender.tongue.charset
    words = _words(rng, letter, in_one_line=is_long)
    quoted = _history(rng, letter) if letter.answers else []
    folded = words if is_long else [_folded(text) for text in words]
    text = _plain(letter, folded, quoted, date)
    content = _text_part(rng, "plain", text, charset, as_is=is_long)
    if shape != "plain":
        image = f"{number}.{letter.sender.address}" if shape == "related" else ""
        # The 7bit charset is not encoded again, so its lines must be short as they are.
        html_words = folded if charset == "iso-2022-jp" else words
        page = _page(letter, html_words, quoted, image)
        html = _text_part(rng, "html", page, charset, as_is=is_long)
        content = _multipart(rng, "alternative", content, html)
        if image:
            picture = _file_part("image/png", "logo.png", _png(rng, 32), image)
            content = _multipart(rng, "related", content, picture)
    size = ATTACHED if rng.random() < options.attachment_share else 0
    size = rng.choice(LARGE) if rng.random() < options.large_share else size
    if size:
        content = _multipart(rng, "mixed", content, _attachment(rng, size))
    return _header(rng, letter, date) + content


# --- files ----------------------------------------------------------------------------------------


def write(folder: Path, options: Options) -> dict[str, int]:
    """One numbered .eml file per mail; what was written, in numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = []
    replies = long_lines = 0
    for number, letter in enumerate(letters(options)):
        (folder / f"{number:06d}.eml").write_bytes(letter.content)
        sizes.append(len(letter.content))
        replies += letter.answers is not None
        long_lines += any(len(line) > LINE_LIMIT for line in letter.content.split(b"\r\n"))
    ordered = sorted(sizes)
    return {
        "mails": len(sizes),
        "replies": replies,
        "long_lines": long_lines,
        "octets": sum(sizes),
        "median": ordered[len(sizes) // 2],
        "mean": sum(sizes) // len(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.workload", description=__doc__)
    parser.add_argument("folder", type=Path, help="the .eml files are written here")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seed-mails", type=int, default=0)
    parser.add_argument("--reply-distance", type=int, default=1)
    parser.add_argument("--large-share", type=float, default=0.0)
    parser.add_argument("--senders", type=int, default=400)
    given = vars(parser.parse_args())
    folder: Path = given.pop("folder")
    print(json.dumps(write(folder, Options(**given))))


if __name__ == "__main__":
    main()
