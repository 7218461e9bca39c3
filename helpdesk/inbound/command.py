"""The grammar of MAIL and RCPT: which address, which parameters.

Standards: RFC 5321 §4.1.2 (the grammar), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8).
Failures: `Refused`, with the reply to the command.
"""

import re

from helpdesk.core import reply as replies
from helpdesk.core.reply import Reply

ADDRESS_OCTETS = 512
"""RFC 5321 §4.5.3.1.3 allows 256; reverse-paths that hold another address are longer."""
SIZE_DIGITS = 20

# More generous than RFC 5321 §4.1.2: phones in Japan write from `a..b.@`, hosts have underscores.
_LOCAL_PART = r'(?:"(?:[^"\\]|\\.)*"|[^ "(),:;<>@\[\\\]]+)'
_DOMAIN = r"(?:\[[^ <>@\[\\\]]+\]|[^\x00-,/:-@\[-^`{-\x7f]+)"
# RFC 3461 §4: xtext.
XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")
# RFC 5321 §4.1.1.3: a source route is accepted and ignored.
PATH = re.compile(
    rf" *(?:<(?:@[^ <>:]*:)?(?P<path>{_LOCAL_PART}@{_DOMAIN}|(?i:postmaster)|)>"
    rf"|(?P<bare>{_LOCAL_PART}@{_DOMAIN}))(?P<parameters>(?: .*)?)"
)


class Refused(Exception):  # noqa: N818 -- it names what was done to the command, as in the docs
    """A command is answered with this reply and nothing else happens."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


def read_path(argument: str, keyword: str, wrong: Reply) -> tuple[str, dict[str, str]]:
    """The address and the parameters of MAIL or RCPT (RFC 5321 §4.1.2); empty for `<>`."""
    if argument[: len(keyword)].upper() != keyword:
        raise Refused(replies.BAD_SYNTAX)
    found = PATH.fullmatch(argument, len(keyword))
    if found is None:
        raise Refused(wrong)
    address = found["path"] if found["bare"] is None else found["bare"]
    # A lone surrogate cannot come this far; what is invisible would be read differently elsewhere.
    if not address.isprintable() or len(address.encode()) > ADDRESS_OCTETS:
        raise Refused(wrong)
    parameters: dict[str, str] = {}
    for parameter in found["parameters"].split():
        name, _, value = parameter.partition("=")
        parameters[name.upper()] = value
    return address, parameters


def read_mail(argument: str, size_limit: int) -> tuple[str, dict[str, str]]:
    """The reverse-path of MAIL, and the parameters that are left to the listener."""
    address, parameters = read_path(argument, "FROM:", replies.BAD_REVERSE_PATH)
    if address and "@" not in address:
        raise Refused(replies.BAD_REVERSE_PATH)
    size = parameters.pop("SIZE", "0")
    if not (size.isascii() and size.isdigit() and len(size) <= SIZE_DIGITS):
        raise Refused(replies.BAD_SYNTAX)
    if int(size) > size_limit:
        raise Refused(replies.TOO_BIG)
    if parameters.pop("BODY", "7BIT").upper() not in {"7BIT", "8BITMIME"}:
        raise Refused(replies.BAD_SYNTAX)
    if parameters.pop("SMTPUTF8", ""):
        raise Refused(replies.BAD_SYNTAX)
    return address, parameters
