"""What of an agent's mail goes to the customer, and what in it makes us ask the agent first."""

import re
from collections.abc import Iterable
from enum import StrEnum

from helpdesk.core.mail import Attachment
from helpdesk.core.ticket import Conversation, Entry, EntryKind, PersonId, Visibility

SHINGLE_WORDS = 6
SHINGLE_CHARACTERS = 24
LINE_WORDS = 3
LINE_CHARACTERS = 16
MAX_COMPARED = 400_000
DROPPED = "dropped by its agent"
_WORD = re.compile(r"\w+")


class Command(StrEnum):
    """What an agent may say to an answer of his that is parked."""

    SEND = "send"
    NOTE = "note"
    DROP = "drop"


_LEADING = re.compile(r"[#/] ?([A-Za-z]+)(?:[ \t:]+(.*))?")


def leading_word(text: str) -> tuple[str, str]:
    """The command with which an answer begins, in lower case, and the text without it; no word and
    the whole text if it begins with none."""
    first, _, rest = text.strip().partition("\n")
    found = _LEADING.fullmatch(first.strip())
    if found is None:
        return "", text
    return found[1].lower(), f"{found[2] or ''}\n{rest}".strip()


def first_command(text: str) -> Command | None:
    """The command in the first line of the new words: `#send`, `/send` or `send`."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    word = first.lstrip("#/ ").rstrip(".! ").casefold()
    return next((command for command in Command if command.value == word), None)


def files_to_send(
    attachments: Iterable[Attachment], conversation: Conversation
) -> list[Attachment]:
    """The files that belong to an agent's new words: neither what the ticket has already, nor the
    images of his signature or of what he quotes."""
    return [
        file for file in attachments if not file.quoted and file.sha256 not in conversation.files
    ]


def _shingles(text: str) -> set[str]:
    """Every run of a few words; of longer unbroken words (Japanese) every run of characters."""
    words = _WORD.findall(text[:MAX_COMPARED].casefold())
    found = {
        " ".join(words[start : start + SHINGLE_WORDS])
        for start in range(len(words) - SHINGLE_WORDS + 1)
    }
    for word in words:
        found |= {
            word[start : start + SHINGLE_CHARACTERS]
            for start in range(len(word) - SHINGLE_CHARACTERS + 1)
        }
    return found


def _lines(text: str) -> set[str]:
    """Whole lines of some length, by their words."""
    found = (_WORD.findall(line.casefold()) for line in text[:MAX_COMPARED].splitlines())
    return {
        " ".join(words)
        for words in found
        if len(words) >= LINE_WORDS or sum(map(len, words)) >= LINE_CHARACTERS
    }


def leaks(text: str, conversation: Conversation) -> str:
    """Why this text must not go out unseen, or empty.

    Our notification and internal notes must not reach a customer because a quotation was not
    recognized; what the customer himself wrote or was told may be quoted back to him.
    """
    public = [e.full_text or e.text for e in conversation.tail if e.visibility is Visibility.PUBLIC]
    allowed = set().union(*map(_shingles, public), *map(_lines, public)) if public else set()
    mine = (_shingles(text) | _lines(text)) - allowed
    if not mine:
        return ""
    for entry in conversation.tail:
        # What was parked or dropped was meant for the customer: its author may well say it again.
        is_note = entry.kind is EntryKind.NOTE and not entry.parked and entry.reason != DROPPED
        words = entry.full_text or entry.text
        if is_note and not mine.isdisjoint(_shingles(words) | _lines(words)):
            return "it contains words of an internal note"
    for sent in conversation.sent_texts:
        if not mine.isdisjoint(_shingles(sent) | _lines(sent)):
            return "it contains a part of our notification to you"
    return ""


def written_since(conversation: Conversation, version: int, agent: PersonId) -> tuple[Entry, ...]:
    """Messages and answers of others since the state that the agent saw; a note is none."""
    return tuple(
        entry
        for entry in conversation.tail
        if entry.version > version
        and entry.author != agent
        and entry.kind in (EntryKind.MESSAGE, EntryKind.ANSWER)
        and entry.visibility is Visibility.PUBLIC
    )
