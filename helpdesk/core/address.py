"""Mail addresses: which texts are one, which two are the same, and who a From field names.

Standards: RFC 5321 §4.1.2 (addr-spec), RFC 5322 §3.4 (mailboxes), RFC 5890 (A-labels).
"""

import base64
import binascii
import encodings.idna
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from helpdesk.core.mail import Mailbox

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3: a path has 256 octets with its brackets.
MAX_LOCAL_PART = 64
MAX_DOMAIN = 253
MAX_LABEL = 63
MAX_MAILBOXES = 1_000
MAX_LIST = 100_000
MAX_AUTHOR_FIELD = 2_000
MAX_NAME = 80
MAX_SURNAME = 3  # words before the comma of an unquoted "Surname, Name"

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LOCAL_PART = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


# --- one address --------------------------------------------------------------------------------


def is_address(text: str) -> bool:
    return normalize(text) != ""


def normalize(address: str) -> str:
    """The address with its domain in lower-case A-labels; empty if it is no address.

    Narrower than RFC 5321: no quoted local part, no domain literal, no SMTPUTF8 local part.
    Nobody who writes to us has one, and each of them is read differently by some program.
    """
    local_part, at, domain = address.rpartition("@")
    if not at or len(local_part) > MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local_part):
        return ""
    domain = normalize_domain(domain)
    normal = f"{local_part}@{domain}"
    return normal if domain and len(normal) <= MAX_ADDRESS else ""


def normalize_domain(domain: str) -> str:
    """The domain in lower-case A-labels; empty if it is no domain name."""
    if len(domain) > MAX_DOMAIN:
        return ""
    labels = [_a_label(label) for label in domain.split(".")]
    normal = ".".join(labels)
    return normal if all(labels) and len(normal) <= MAX_DOMAIN else ""


def _a_label(label: str) -> str:
    if not 0 < len(label) <= MAX_LABEL:  # also keeps the codec below from its slow inputs
        return ""
    if label.isascii():
        return label.lower() if _LABEL.fullmatch(label) else ""
    if not all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in label):
        return ""
    try:
        encoded = encodings.idna.ToASCII(label)
        decoded = encodings.idna.ToUnicode(encoded)
    except UnicodeError:
        return ""
    # IDNA2003 maps what IDNA2008 keeps apart or forbids (ß to ss, full-width letters to ASCII):
    # a label that does not come back as it was would name somebody else to another reader.
    if encoded.isalnum() or decoded != unicodedata.normalize("NFC", label).lower():
        return ""
    return encoded.decode("ascii").lower()


@lru_cache(maxsize=4096)
def lookup_key(address: str) -> str:
    """Under what an address is stored: all of it in lower case, for local parts are written both
    ways by their owners. A text that is no address never gets the key of one.
    """
    # Only ASCII is folded: str.lower turns the Kelvin sign into "k".
    return (normalize(address) or address).translate(_ASCII_LOWER)


def domain_of(address: str) -> str:
    return normalize(address).rpartition("@")[2]


# --- names to print -----------------------------------------------------------------------------

# Letters and symbols by category, but blank to the eye.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")


def display_name(text: str) -> str:
    """A name that can be printed in a header field: one line, nothing invisible, short."""
    visible = "".join(" " if char.isspace() else char for char in text[: 10 * MAX_NAME])
    visible = "".join(char for char in visible if _is_visible(char))
    return " ".join(visible.split())[:MAX_NAME].rstrip()


def _is_visible(char: str) -> bool:
    """Not a control, format (bidi, zero width), surrogate, private or line separator character."""
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


# --- address lists, tolerantly ------------------------------------------------------------------

# A word encoded by RFC 2047; some programs leave commas and brackets in it unencoded.
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?\s]*)\?=")
_PLAIN = re.compile(r"[^\s\"(<,;:=]+")
_BARE = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,253}")
_ROUTE = re.compile(r"(?:@[^:\s]*:|mailto:)", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    """A mailbox while it is being read."""

    words: list[str] = field(default_factory=list)
    """The phrase, or the address if there are no brackets; None of it is decoded."""
    quoted: set[int] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    address: str | None = None
    named: int = 0
    """How many words stood before the brackets of the address."""
    glue: bool = False
    """The next word follows without white space."""

    def add(self, word: str, *, is_quoted: bool = False) -> None:
        joined = (
            self.glue and self.words and not is_quoted and len(self.words) - 1 not in self.quoted
        )
        if joined:
            self.words[-1] += word
        else:
            self.words.append(word)
            if is_quoted:
                self.quoted.add(len(self.words) - 1)
        self.glue = True


class _Reader:
    """One pass over an address list; whatever is not closed is taken for plain text."""

    def __init__(self, value: str, decode: Callable[[str], str]) -> None:
        self._value = value[:MAX_LIST]
        self._decode = decode
        self._at = 0
        self._unclosed: set[str] = set()
        self._draft = _Draft()
        self._surname: list[str] = []
        self._has_group = False
        self.mailboxes: list[Mailbox] = []

    def read(self) -> tuple[Mailbox, ...]:
        while self._at < len(self._value) and len(self.mailboxes) < MAX_MAILBOXES:
            self._step(self._value[self._at])
        self._finish()
        return tuple(self.mailboxes[:MAX_MAILBOXES])

    def _step(self, char: str) -> None:
        if char.isspace():
            self._draft.glue = False
            self._at += 1
        elif char in ",;":
            self._separator(char)
        elif char == ":":
            self._colon()
        elif char in '"(<' and char not in self._unclosed and self._bracketed(char):
            pass
        else:
            self._plain()

    def _plain(self) -> None:
        match = _ENCODED_WORD.match(self._value, self._at) or _PLAIN.match(self._value, self._at)
        word = match.group() if match else self._value[self._at]
        self._draft.add(word)
        self._at += len(word)

    def _colon(self) -> None:
        """The end of a group's name (RFC 5322 §3.4), or of a scheme such as mailto."""
        if self._draft.address is None:
            self._draft = _Draft()
            self._has_group = True
        self._at += 1

    def _separator(self, char: str) -> None:
        """The end of a mailbox, or the comma of an unquoted "Ruiz, Ana <ana@example.com>"."""
        self._at += 1
        draft = self._draft
        is_name = draft.address is None and not any("@" in word for word in draft.words)
        if char == "," and is_name and 0 < len(draft.words) <= MAX_SURNAME:
            self._flush_surname()
            self._surname, self._draft = draft.words, _Draft()
        else:
            self._finish()

    def _flush_surname(self) -> None:
        """What looked like a name before a comma has no address behind it: it stands alone."""
        words, self._surname = self._surname, []
        if words:
            self._keep(_Draft(words=words))

    def _bracketed(self, char: str) -> bool:
        end, text = {'"': _quoted_string, "(": _comment, "<": _angle}[char](self._value, self._at)
        if end < 0:
            self._unclosed.add(char)
            return False
        self._at = end
        if char == '"':
            self._quoted(text)
        elif char == "(":
            self._draft.comments.append(text)
        else:
            self._in_brackets(text)
        return True

    def _in_brackets(self, text: str) -> None:
        draft = self._draft
        if draft.address and "@" in text:  # the comma between two mailboxes is missing
            rest = draft.words[draft.named :] if draft.named else draft.words
            draft.words = draft.words[: draft.named]
            self._finish()
            self._draft = draft = _Draft(words=rest)
        if not draft.address:
            draft.address, draft.named = text, len(draft.words)

    def _quoted(self, text: str) -> None:
        if self._value[self._at : self._at + 1] == "@":  # a quoted local part
            self._draft.add(f'"{text}"')
        else:
            self._draft.add(text, is_quoted=True)

    def _finish(self) -> None:
        draft, self._draft = self._draft, _Draft()
        if self._surname and draft.address and draft.words:
            draft.words[0] = f"{' '.join(self._surname)}, {draft.words[0]}"
            self._surname = []
        self._flush_surname()
        self._keep(draft)

    def _keep(self, draft: _Draft) -> None:
        if draft.address is None and not draft.words and self._has_group:
            return  # a comment behind a group
        if draft.address is None and (several := _addresses_alone(draft)):
            self.mailboxes.extend(Mailbox(_bare(address), "") for address in several)
            return
        address = _take_address(draft) if draft.address is None else draft.address
        name = " ".join(draft.words) or " ".join(draft.comments)
        name = " ".join(self._decode(name).split()) if name else ""
        if name.count('"') == 1:
            name = name.strip('"')
        address = _bare(address)
        if address or name:
            self.mailboxes.append(Mailbox(address, name))


def _addresses_alone(draft: _Draft) -> list[str]:
    """Several addresses with nothing but white space between them."""
    are_bare = not draft.quoted and all(map(_BARE.fullmatch, draft.words))
    return draft.words if are_bare and len(draft.words) > 1 else []


def _bare(address: str) -> str:
    """An address without the brackets and quotes that were not closed, or opened, before."""
    if '"' in address:
        return address
    address = address.lstrip("<[").rstrip(">.")
    if "[" not in address:
        address = address.rstrip("]>.")
    is_quoted = len(address) > 1 and address[0] == address[-1] == "'"
    return address[1:-1] if is_quoted else address


def _take_address(draft: _Draft) -> str:
    """Find the address among words without brackets, and leave the others as the name."""
    plain = [index for index in range(len(draft.words)) if index not in draft.quoted]
    found = [index for index in plain if "@" in draft.words[index]]
    whole = [index for index in found if "@" in draft.words[index].strip("@")]
    if found:
        return _joined_address(draft, (whole or found)[-1])
    if len(draft.words) == 1 and plain and "=?" not in draft.words[0]:
        return draft.words.pop()  # "root"
    return ""


def _joined_address(draft: _Draft, at: int) -> str:
    """RFC 5322 §4.4: once there was white space around "@" and dots."""
    words = draft.words
    first = last = at
    if words[at].startswith("@") and first - 1 not in draft.quoted:
        first = max(0, first - 1)
    while first > 0 and first - 1 not in draft.quoted and _touch(words[first - 1], words[first]):
        first -= 1
    if words[at].endswith("@"):
        last = min(len(words) - 1, last + 1)
    while last + 1 < len(words) and _touch(words[last], words[last + 1]):
        last += 1
    address = "".join(words[first : last + 1])
    del words[first : last + 1]
    return address


def _touch(before: str, behind: str) -> bool:
    """Whether a dot joins two words; that of "John Q. Public" does not."""
    return behind.startswith(".") or before == "."


def _quoted_string(value: str, start: int) -> tuple[int, str]:
    text: list[str] = []
    at = start + 1
    while at < len(value):
        char = value[at]
        if char == '"':
            return at + 1, "".join(text)
        if char == "\\" and at + 1 < len(value):
            at += 1
            char = value[at]
        text.append(char)
        at += 1
    return -1, ""


def _comment(value: str, start: int) -> tuple[int, str]:
    text: list[str] = []
    depth = 0
    at = start
    while at < len(value):
        char = value[at]
        if char == "\\" and at + 1 < len(value):
            at += 1
            text.append(value[at])
        else:
            depth += (char == "(") - (char == ")")
            if depth == 0:
                return at + 1, "".join(text[1:])
            text.append(char)
        at += 1
    return -1, ""


def _without_comments(text: str) -> str:
    pieces: list[str] = []
    at = 0
    while (start := text.find("(", at)) >= 0:
        end, _ = _comment(text, start)
        if end < 0:
            break
        pieces.append(text[at:start])
        at = end
    return "".join([*pieces, text[at:]])


def _angle(value: str, start: int) -> tuple[int, str]:
    """What stands in angle brackets; of several opened ones the innermost."""
    end = value.find(">", start)
    if end < 0:
        return -1, ""
    text = value[value.rfind("<", start, end) + 1 : end]
    route = _ROUTE.match(text.strip())
    text = text.strip()[route.end() :].partition("?")[0] if route else text
    while value[end + 1 : end + 2] == ">":
        end += 1
    if "(" in text and '"' not in text:
        text = _without_comments(text)
    return end + 1, "".join(text.split()) if '"' not in text else text.strip()


def parse_mailboxes(value: str, decode: Callable[[str], str]) -> tuple[Mailbox, ...]:
    """The mailboxes of an unfolded From, To, Cc or Reply-To value; groups are expanded.

    For reading and showing, not for knowing who wrote: that is `clean_author`. `decode` undoes
    RFC 2047 and is given names only: what stands encoded in an address is not an address.
    """
    return _Reader(value, decode).read()


# --- the author, strictly -----------------------------------------------------------------------

_STRICT_ADDRESS = rf"{_ATEXT}+(?:\.{_ATEXT}+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_BARE_AUTHOR = re.compile(rf"[ \t]*({_STRICT_ADDRESS})[ \t]*")
_QUOTED_ADDRESS = re.compile(rf"\"'?({_STRICT_ADDRESS})'?\"")
_NAMED_AUTHOR = re.compile(rf"([^<>]*)<({_STRICT_ADDRESS})>[ \t]*")
# Atoms, the dot of "John Q. Public", letters beyond ASCII, white space; and quoted strings. One
# character at a time: each can be taken in one way only, so a refusal costs one pass.
_PHRASE = re.compile(
    r"(?:[ \tA-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\U0010ffff-]"
    r'|"(?:[^"\\]|\\[\x20-\x7e])*")*'
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# Character sets in which nothing but itself can stand for "@" when it is not decoded rightly.
_KNOWN_CHARSET = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|iso-2022-(?:jp|kr)(?:-\d)?|windows-\d{3,4}|cp\d{3,4}"
    r"|koi8-[ru]|shift[_-]jis|sjis|euc-(?:jp|kr)|gb2312|gbk|gb18030|big5|ks_c_5601-1987|tis-620",
    re.IGNORECASE,
)


def clean_author(from_fields: Sequence[bytes]) -> str:
    """The normalized address of the author, if no two readers could understand the fields
    differently: one field, one mailbox, nothing in its name that looks like another. Else empty.
    """
    if len(from_fields) != 1 or len(from_fields[0]) > MAX_AUTHOR_FIELD:
        return ""
    try:
        body = _FOLD.sub(b"", from_fields[0].rstrip(b"\r\n")).decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if _CONTROL.search(body):
        return ""
    if match := _BARE_AUTHOR.fullmatch(body):
        name, address = "", normalize(match[1])
    elif match := _NAMED_AUTHOR.fullmatch(body):
        name, address = match[1].strip(" \t"), normalize(match[2])
    else:
        return ""
    if "=?" in address or not _is_harmless(name, address):
        return ""
    return address


def _is_harmless(name: str, address: str) -> bool:
    shown = _shown(name)
    if shown is None:
        return False
    # Many programs put the address where the name should be, in quotes or not.
    repeated = _QUOTED_ADDRESS.fullmatch(shown)
    if lookup_key(repeated[1] if repeated else shown) == lookup_key(address):
        return True
    is_phrase = _PHRASE.fullmatch(name) is not None
    compatible = unicodedata.normalize("NFKC", name + shown)
    return is_phrase and not any(char in compatible for char in "@<>")


def _shown(name: str) -> str | None:
    """The name with its encoded words decoded; None if that cannot be known."""
    shown = []
    at = 0
    for match in _ENCODED_WORD.finditer(name):
        word = _decoded(*match.groups())
        if word is None:
            return None
        shown += [name[at : match.start()], word]
        at = match.end()
    return "".join([*shown, name[at:]])


def _decoded(charset: str, encoding: str, text: str) -> str | None:
    charset = charset.partition("*")[0]  # RFC 2231 §5: a language may follow
    if not _KNOWN_CHARSET.fullmatch(charset):
        return None
    try:
        if encoding in "Bb":
            content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        else:
            content = binascii.a2b_qp(text.encode("ascii"), header=True)
        return content.decode(charset)
    except (ValueError, LookupError):  # binascii.Error and UnicodeError are ValueErrors
        return None
