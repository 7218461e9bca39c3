"""Which files of a mail are passed on to the agents, and which images only belong to a signature.

A file that is refused costs nobody his ticket, and nothing is thrown away: the mail is kept as it
came, and the entry says what was refused and why.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

from helpdesk.core.mail import Attachment
from helpdesk.core.sentences import Sentence, say
from helpdesk.core.ticket import Person, PersonId

MEBI, MEGA = 2**20, 10**6
LARGEST_LOGO = 100_000
"""Octets; a larger image is something to look at."""
SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_OF_THE_MAIL = SIGNATURES | {
    *("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"),
    *("text/calendar", "text/rfc822-headers", "text/x-amp-html"),
}
"""What mail programs attach by themselves."""
_SIGNATURE_NAMES = (".asc", ".p7s", ".sig")


class CountPer(StrEnum):
    """Of what the files are counted."""

    MAIL = "mail"
    TICKET = "ticket"


class Refusal(StrEnum):
    """Why a file is not passed on; the templates have the words for customers."""

    PROGRAM = "program"
    SIZE = "size"
    KIND = "kind"
    NUMBER = "number"
    """In one mail."""
    TICKET = "ticket"
    """In one ticket."""


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """What a desk takes of the files of its customers."""

    max_size: int = 10 * MEBI
    """Octets of one file; 0: any."""
    max_count: int = 5
    """0: any number."""
    count_per: CountPer = CountPer.MAIL
    allowed: frozenset[str] = frozenset()
    """Extensions with their dot and media types, in lower case, `image/*` for a whole group;
    empty: all."""
    refuse_executables: bool = True


USUAL_FILES = FilePolicy()


def size_words(octets: int) -> str:
    """A limit as people write it: 10 MiB is called 10 MB, too."""
    for unit, name in ((MEBI, "MB"), (MEGA, "MB"), (1024, "kB"), (1000, "kB")):
        if octets % unit == 0 and octets >= unit:
            return f"{octets // unit} {name}"
    return f"{octets / MEGA:.2f} MB"


def counts(file: Attachment) -> bool:
    """Whether somebody attached it: images of a signature or a quotation, signatures and attached
    messages come along by themselves."""
    is_mails_own = (
        file.content_type in _OF_THE_MAIL
        or file.content_type.startswith("message/")
        or file.filename.lower().endswith(_SIGNATURE_NAMES)
    )
    return not (file.quoted or file.recurs or is_mails_own)


def is_counted(file: Attachment) -> bool:
    """Whether it takes the place of another one in its ticket."""
    return counts(file) and not file.refused


def judged(
    files: Iterable[Attachment], policy: FilePolicy, already: int = 0
) -> tuple[Attachment, ...]:
    """The files with the reasons of those that are refused; `already` counted ones are in the
    ticket. The first ones that fit are kept."""
    room = policy.max_count - (already if policy.count_per is CountPer.TICKET else 0)
    result = []
    for file in files:
        why = _why(file, policy)
        if why is None and counts(file) and policy.max_count:
            room -= 1
            if room < 0:
                why = _too_many(policy)
        result.append(replace(file, refused=_words(file, why, policy)) if why else file)
    return tuple(result)


def _why(file: Attachment, policy: FilePolicy) -> Refusal | None:
    """Why it is refused for itself."""
    if file.executable and policy.refuse_executables:
        return Refusal.PROGRAM
    if policy.max_size and file.size > policy.max_size:
        return Refusal.SIZE
    if policy.allowed and counts(file) and not _is_allowed(file, policy.allowed):
        return Refusal.KIND
    return None


def _too_many(policy: FilePolicy) -> Refusal:
    return Refusal.TICKET if policy.count_per is CountPer.TICKET else Refusal.NUMBER


def _is_allowed(file: Attachment, allowed: AbstractSet[str]) -> bool:
    group = file.content_type.partition("/")[0]
    extension = "." + file.filename.lower().rpartition(".")[2]
    return not allowed.isdisjoint({extension, file.content_type, f"{group}/*"})


def _words(file: Attachment, why: Refusal, policy: FilePolicy) -> Sentence | str:
    """As agents read it; it is stored."""
    match why:
        case Refusal.PROGRAM:
            return file.executable
        case Refusal.SIZE:
            return say("larger than {size}", size=size_words(policy.max_size))
        case Refusal.KIND:
            return say("not a kind of file that this desk takes")
        case Refusal.NUMBER:
            return say("more than {number} in one mail", number=policy.max_count)
        case Refusal.TICKET:
            return say("more than {number} in one ticket", number=policy.max_count)


def refused(files: Iterable[Attachment]) -> list[Attachment]:
    return [file for file in files if file.refused]


def told(files: Iterable[Attachment], policy: FilePolicy, *, echo: bool) -> list[dict[str, str]]:
    """What their sender reads of the refused ones; without `echo` no word of his."""
    limits = {
        Refusal.SIZE: size_words(policy.max_size),
        Refusal.KIND: ", ".join(sorted(each.lstrip(".") for each in policy.allowed)),
    }
    found = []
    for file in refused(files):
        why = _why(file, policy) or _too_many(policy)
        limit = limits.get(why, str(policy.max_count))
        found.append({"filename": file.filename if echo else "", "kind": why, "limit": limit})
    return [{name: str(value) for name, value in each.items()} for each in found]


# --- images that come with every mail -------------------------------------------------------------


def may_be_logo(file: Attachment) -> bool:
    return file.content_type.startswith("image/") and 0 < file.size < LARGEST_LOGO


def is_new_logo(file: Attachment) -> bool:
    """Whether to remember that it came; what is known to recur needs no more proof."""
    return may_be_logo(file) and not file.recurs


def logos(files: Iterable[Attachment]) -> frozenset[str]:
    """SHA-256 of those that may have come before."""
    return frozenset(file.sha256 for file in files if may_be_logo(file))


def folded(
    files: Sequence[Attachment], author: Person | None, known: AbstractSet[tuple[PersonId, str]]
) -> tuple[Attachment, ...]:
    """The files, with those marked that came with at least two earlier mails of their sender."""
    if author is None:
        return tuple(files)
    return tuple(
        replace(file, recurs=True)
        if may_be_logo(file) and (author.id, file.sha256) in known
        else file
        for file in files
    )
