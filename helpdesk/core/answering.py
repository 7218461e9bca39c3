"""What of an agent's mail goes to the customer, and what in it makes us ask the agent first."""

import re
import unicodedata
from collections.abc import Iterable

from helpdesk.core.mail import Attachment
from helpdesk.core.sentences import say
from helpdesk.core.ticket import Conversation, Entry, EntryKind, PersonId, Visibility

SHINGLE_WORDS = 6
SHINGLE_CHARACTERS = 24
LINE_WORDS = 3
LINE_CHARACTERS = 16
MAX_COMPARED = 400_000
DROPPED = "dropped by its agent"
NOTE_IN_IT = say("it contains words of an internal note")
_WORD = re.compile(r"\w+")


def files_to_send(
    attachments: Iterable[Attachment], conversation: Conversation
) -> list[Attachment]:
    """The files that belong to an agent's new words: neither what the ticket has already, nor the
    images of his signature or of what he quotes."""
    return [
        file for file in attachments if not file.is_folded and file.sha256 not in conversation.files
    ]


def _words_of(text: str) -> list[str]:
    kept = text[:MAX_COMPARED]
    if not kept.isascii():
        unseen = [ord(char) for char in set(kept) if unicodedata.category(char) == "Cf"]
        kept = kept.translate(dict.fromkeys(unseen)) if unseen else kept
    return _WORD.findall(kept.casefold())


def _shingles(text: str) -> set[str]:
    """Every run of a few words; of longer unbroken words (Japanese) every run of characters."""
    words = _words_of(text)
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
    found = map(_words_of, text[:MAX_COMPARED].splitlines())
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
    entries = conversation.entries
    public = [e.full_text or e.text for e in entries if e.visibility is Visibility.PUBLIC]
    allowed = set().union(*map(_shingles, public), *map(_lines, public)) if public else set()
    mine = (_shingles(text) | _lines(text)) - allowed
    flat = f" {' '.join(_words_of(text))} "
    for entry in entries:
        # What was parked or dropped was meant for the customer: its author may well say it again.
        if entry.kind is not EntryKind.NOTE or entry.parked or entry.reason == DROPPED:
            continue
        words = entry.full_text or entry.text
        lines = _lines(words)
        if not mine.isdisjoint(_shingles(words) | lines):
            return NOTE_IN_IT
        # A short line has no run of words of its own; within another line it is still the same.
        if any(f" {line} " in flat for line in lines - allowed):
            return NOTE_IN_IT
    for sent in conversation.sent_texts:
        if not mine.isdisjoint(_shingles(sent) | _lines(sent)):
            return say("it contains a part of our notification to you")
    return ""


def written_since(conversation: Conversation, version: int, agent: PersonId) -> tuple[Entry, ...]:
    """Messages and answers of others since the state that the agent saw; a note is none."""
    return tuple(
        entry
        for entry in conversation.entries
        if entry.version > version
        and entry.author != agent
        and entry.kind in (EntryKind.MESSAGE, EntryKind.ANSWER)
        and entry.visibility is Visibility.PUBLIC
    )
