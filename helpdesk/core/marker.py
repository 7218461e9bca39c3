"""The line above which one answers, in mails to agents.

It bears a MAC, so that what stands below it is history for certain: without the MAC anybody could
write such a line and hide what stands below it.
"""

import re

from helpdesk.core.token import Keyring, reply_mark

REPLY_MARKER = "##- Please type your reply above this line -##"
"""As it was sent before it had a MAC; one like it cuts nothing."""
_SHAPE = re.compile(
    r"#{1,2}-\s?(Please type your reply above this line)(?: · [a-z2-7]{16})?\s?-#{1,2}"
)


def marker_line(keyring: Keyring, outbox_id: int) -> str:
    """At most 70 characters, so that clients that quote do not wrap it."""
    mark = reply_mark(keyring, outbox_id)
    return REPLY_MARKER.replace(" -##", f" · {mark} -##")


def without_markers(text: str) -> str:
    """Somebody else's text for a mail of ours, in which there is one such line."""
    return _SHAPE.sub(r" \1", text)
