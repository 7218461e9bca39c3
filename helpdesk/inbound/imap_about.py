"""Which mail it is, in the words of its header, for a person who shall look for it.

Standards: RFC 5322 §3.6 (fields), RFC 2047 (encoded words).
"""

from helpdesk.inbound.decode import decode_field
from helpdesk.inbound.header import read_header

LONGEST = 80
_FIELDS = ((b"from", "from"), (b"subject", "subject"), (b"date", "date"))


def about(header: bytes) -> str:
    """As a clause to be put after the number of the mail; empty if nothing is known."""
    stated = dict(reversed(read_header(header).fields))
    found = []
    for name, word in _FIELDS:
        value = decode_field(stated.get(name, b"").decode("utf-8", "surrogateescape"))
        if text := value[:LONGEST].strip():
            found.append(f"{word} {text}")
    return f" ({', '.join(found)})" if found else ""
