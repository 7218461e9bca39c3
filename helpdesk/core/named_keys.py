"""License keys on their way into a ticket: what is kept of them, and who is asked."""

import re
from collections.abc import Iterable, Iterator

from helpdesk.core.commands import Line, Verb, read_commands, read_fields
from helpdesk.core.draft import DAY, Draft
from helpdesk.core.license import NOTHING_KNOWN, as_license, fingerprint_of
from helpdesk.core.license_keys import STATED, forms_of, keys_named, mask
from helpdesk.core.mail import FoundKey, Message
from helpdesk.core.policy import Policy
from helpdesk.core.ticket import Conversation, License
from helpdesk.core.token import Keyring
from helpdesk.core.written import visible_line

MOST_LOOKUPS = 5
"""License keys of one mail that providers are asked for."""
MOST_LOOKUPS_A_DAY = 20
"""License keys of one requester within a day that providers are asked for: nobody tries keys out
by writing to us."""


def keys_in_words(written: str, policy: Policy) -> tuple[FoundKey, ...]:
    """What somebody says is a key, for each provider that can be asked about it, else for whose it
    looks like. Empty: it cannot be one."""
    patterns = policy.key_patterns
    asked = [each for each in patterns if each.provider in policy.providers]
    named = {each.provider for each in asked}
    without = [name for name in policy.providers if name not in named]
    found = keys_named(written, asked, without)
    is_only_stated = {each.provider for each in found} == {STATED}
    return keys_named(written, patterns) if is_only_stated or not found else found


def written_keys(message: Message) -> Iterator[str]:
    """All that may be a key in a mail: found by its shape, stated, or named by a command."""
    yield from (found.key for found in message.keys)
    said = message.words.new
    yield from forms_of(read_fields(said).license)
    for line in _commands(said):
        yield from forms_of(line.argument)


_COMMAND = re.compile(r"[#＃﹟/／] ?(?:licen|lizenz)", re.IGNORECASE)


def _commands(said: str) -> list[Line]:
    if not _COMMAND.search(said):
        return []
    return [each for each in read_commands(said).lines if each.verb is Verb.LICENSE]


def key_of(fingerprint: str, message: Message, keyring: Keyring) -> str | None:
    """The key with that fingerprint, as it stands in a mail."""
    keys = written_keys(message)
    return next((key for key in keys if fingerprint_of(key, keyring) == fingerprint), None)


def remember(
    draft: Draft, keys: Iterable[FoundKey], conversation: Conversation | None
) -> list[License]:
    """Those that are new to the ticket, of which something is kept, and never the key itself."""
    known = {each.fingerprint for each in conversation.licenses} if conversation else set()
    found = [as_license(key, draft.rules.keyring, draft.mail_intake) for key in keys]
    new = [each for each in found if each.fingerprint not in known]
    draft.licenses += new
    return new


def ask_providers(draft: Draft, licenses: Iterable[License], most: int) -> int:
    """After the commit, and only for what is not known well enough by an earlier answer; how many
    had to be left."""
    asked, left = 0, 0
    for found in licenses:
        terms = draft.policy.providers.get(found.provider)
        # A key that is in no mail cannot be read again: whoever has it asks himself.
        if terms is None or found.intake is None:
            continue
        key = (found.provider, found.fingerprint)
        answer = draft.known.answers.get(key, NOTHING_KNOWN)
        if terms.is_fresh(answer, draft.now) or key in draft.lookups:
            continue
        if asked < most:
            draft.lookups.append(key)
            asked += 1
        else:
            left += 1
    return left


def lookups_left(draft: Draft) -> int:
    """How many keys of this requester may still be asked for today."""
    requester = draft.the_ticket.requester
    since = draft.now - DAY
    named = draft.known.named_keys.get(requester, ())
    lately = {
        fingerprint
        for at, provider, fingerprint in named
        if at > since and provider in draft.policy.providers
    }
    return max(MOST_LOOKUPS_A_DAY - len(lately), 0)


# --- an agent's command ---------------------------------------------------------------------------


def hide_keys(draft: Draft) -> None:
    """Take the keys of `#license` out of an agent's mail: what is stored and sent of it has only
    their ends, and the command finds the keys in the draft."""
    words = draft.message.words
    for line in _commands(words.new):
        if line.argument:
            hidden = hide(draft, line.argument)
            draft.put_words(
                new=_replaced(words.new, line.argument, hidden),
                text=_replaced(words.text, line.argument, hidden),
            )
            words = draft.message.words


def hide(draft: Draft, written: str) -> str:
    """What stands for a key from now on."""
    found = keys_in_words(written, draft.policy)
    hidden = mask(found[0].key if found else written)
    draft.named_keys[hidden] = (*draft.named_keys.get(hidden, ()), *found)
    return hidden


def _replaced(text: str, key: str, hidden: str) -> str:
    return "".join(
        visible_line(line).replace(key, hidden) + line[len(line.rstrip("\r\n")) :]
        if key in visible_line(line)
        else line
        for line in text.splitlines(keepends=True)
    )
