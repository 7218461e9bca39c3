"""Whether a mail's author is proved, by what the peers that we trust say of it.

Standards: RFC 8601 §2.2 (the field), §5 (which fields count), RFC 7489 §6 (DMARC).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from helpdesk.core.address import domain_of, lookup_key, normalize_domain
from helpdesk.core.mail import Mail, Message
from helpdesk.core.sentences import say

FIELD = "authentication-results"
MAX_VALUE = 50_000
MAX_RESULTS = 200


class AuthenticationState(StrEnum):
    PROVED = "proved"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Authentication:
    state: AuthenticationState
    method: str
    """dmarc, smtp-auth, trust_network, or empty when nothing spoke for or against the author."""
    detail: str
    """For the evidence on the ticket."""

    @property
    def is_proved(self) -> bool:
        return self.state is AuthenticationState.PROVED


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One resinfo: what one method found. Names are in lower case."""

    method: str
    result: str
    reason: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    """By `ptype.property`, e.g. `header.from`; the first one where a field repeats it."""


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    authserv_id: str
    version: str = "1"
    results: tuple[MethodResult, ...] = ()

    def of(self, method: str) -> tuple[MethodResult, ...]:
        return tuple(result for result in self.results if result.method == method)


# --- the grammar --------------------------------------------------------------------------------

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_DIGITS = re.compile(r"[0-9]+")
# RFC 8601 wants a token here or quotes, but edges print base64 with "/", IPv6 addresses and
# reverse-paths with "=" bare. All of these end at white space, ";" or a comment like a token.
_PROPERTY_VALUE = re.compile(r"[A-Za-z0-9!#$%&'*+./:=?@^_`{|}~-]+")
_SPACE = re.compile(r"[ \t]*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class _OutsideGrammarError(Exception):
    """The value is not what RFC 8601 allows; nothing of it counts."""


class _Scanner:
    def __init__(self, value: str) -> None:
        self._value = value
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at >= len(self._value)

    def skip(self) -> bool:
        """Skip white space and comments (CFWS); whether there was any."""
        start = self._at
        while True:
            before = self._at
            match = _SPACE.match(self._value, self._at)
            self._at = match.end() if match else self._at
            if self.is_next("("):
                self._skip_comment()
            if self._at == before:
                return self._at > start

    def _skip_comment(self) -> None:
        depth = 0
        while self._at < len(self._value):
            char = self._value[self._at]
            self._at += 2 if char == "\\" else 1
            depth += (char == "(") - (char == ")")
            if depth == 0 and char == ")":
                return
        raise _OutsideGrammarError

    def is_next(self, char: str) -> bool:
        return self._value[self._at : self._at + 1] == char

    def take(self, char: str) -> bool:
        if not self.is_next(char):
            return False
        self._at += 1
        return True

    def expect(self, char: str) -> None:
        if not self.take(char):
            raise _OutsideGrammarError

    def match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._value, self._at)
        if match is None:
            raise _OutsideGrammarError
        self._at = match.end()
        return match.group()

    def value(self, pattern: re.Pattern[str] = _TOKEN) -> str:
        """A quoted string, or else what the pattern matches."""
        if not self.take('"'):
            return self.match(pattern)
        text = []
        while not self.take('"'):
            self.take("\\")
            if self.is_at_end:
                raise _OutsideGrammarError
            text.append(self._value[self._at])
            self._at += 1
        return "".join(text)


def parse_results(value: str) -> AuthenticationResults | None:
    """Read an unfolded Authentication-Results value; None if it is outside of the grammar.

    The value must not have been decoded by RFC 2047: the edge repeats words of the sender in it.
    """
    if len(value) > MAX_VALUE or _CONTROL.search(value):
        return None
    try:
        return _payload(_Scanner(value))
    except _OutsideGrammarError:
        return None


def _payload(scan: _Scanner) -> AuthenticationResults:
    scan.skip()
    authserv_id = scan.value().lower()
    scan.skip()
    version = "1" if scan.is_next(";") else scan.match(_DIGITS)
    scan.skip()
    results: list[MethodResult] = []
    is_none = False
    while scan.take(";"):
        result = _resinfo(scan)
        if is_none or (result is None and results) or len(results) >= MAX_RESULTS:
            raise _OutsideGrammarError
        is_none = result is None
        results += [result] if result else []
    if not scan.is_at_end or not (results or is_none):
        raise _OutsideGrammarError
    return AuthenticationResults(authserv_id, version, tuple(results))


def _resinfo(scan: _Scanner) -> MethodResult | None:
    """One result with the white space behind it; None for the word "none" (no-result)."""
    scan.skip()
    method = scan.match(_KEYWORD).lower()
    scan.skip()
    if scan.take("/"):
        scan.skip()
        scan.match(_DIGITS)
        scan.skip()
    elif method == "none" and (scan.is_at_end or scan.is_next(";")):
        return None
    scan.expect("=")
    scan.skip()
    result = scan.match(_KEYWORD).lower()
    reason = ""
    properties: dict[str, str] = {}
    while scan.skip() and not scan.is_at_end and not scan.is_next(";"):
        name = scan.match(_KEYWORD).lower()
        scan.skip()
        if name == "reason" and not properties and scan.take("="):
            scan.skip()
            reason = scan.value()
            continue
        scan.expect(".")
        scan.skip()
        name = f"{name}.{scan.match(_KEYWORD).lower()}"
        scan.skip()
        scan.expect("=")
        scan.skip()
        properties.setdefault(name, _property_value(scan))
    return MethodResult(method, result, reason, properties)


def _property_value(scan: _Scanner) -> str:
    is_quoted = scan.is_next('"')
    value = scan.value(_PROPERTY_VALUE)
    if is_quoted and scan.take("@"):  # a quoted local part
        value += "@" + scan.match(_PROPERTY_VALUE)
    # RFC 8601 lets a comment touch a value. Some edges copy a domain of the sender's making here:
    # "example.com(.attacker.example" must not become example.com.
    if scan.is_next("("):
        raise _OutsideGrammarError
    return value


# --- the decision -------------------------------------------------------------------------------


def authenticate(mail: Mail) -> Authentication:
    """Whether the one clean author of the mail is proved, unverified or refuted."""
    trust = mail.arrival.trust
    author = mail.message.clean_author
    if not author:
        return _unverified(say("author ambiguous"))
    if trust.user:
        return _logged_in(trust.user, author)
    if trust.network and not mail.message.has_field("received"):
        return Authentication(
            AuthenticationState.PROVED, "trust_network", say("peer {peer}", peer=trust.peer)
        )
    if trust.authserv_id:
        return _judge(mail, trust.authserv_id, author)
    return _unverified(say("no trusted peer vouches"))


def _unverified(detail: str) -> Authentication:
    return Authentication(AuthenticationState.UNVERIFIED, "", detail)


def _logged_in(user: str, author: str) -> Authentication:
    """Who logged in speaks for his own address only."""
    if lookup_key(user) != lookup_key(author):
        return _unverified(say("logged in as {user}, which is not the author", user=user))
    detail = say("logged in as {user}", user=user)
    return Authentication(AuthenticationState.PROVED, "smtp-auth", detail)


def _judge(mail: Mail, authserv_id: str, author: str) -> Authentication:
    message = mail.message
    has_envelope = bool(mail.envelope.recipients)
    for value in _values_of_the_edge(message) if has_envelope else _value_on_top(message):
        results = parse_results(value)
        if results is None and _mentions(value, authserv_id):
            return _unverified(
                say("unreadable {field} of {server}", field=FIELD, server=authserv_id)
            )
        if results is None or not _same_id(results.authserv_id, authserv_id):
            continue
        found = results.of("dmarc")
        if len(found) > 1:
            return _unverified(say("more than one dmarc result"))
        if found:
            return _dmarc(found[0], domain_of(author))
        # RFC 8601 §2.7.4: what somebody submits to the edge itself is judged by his login.
        logins = results.of("auth")
        if len(logins) == 1 and logins[0].result == "pass" and "smtp.auth" in logins[0].properties:
            return _logged_in(logins[0].properties["smtp.auth"], author)
        # What stands below may be the sender's own, should the edge let it through: the topmost
        # field of that name decides alone.
        break
    return _unverified(say("no dmarc result of {server}", server=authserv_id))


def _values_of_the_edge(message: Message) -> Iterator[str]:
    """RFC 8601 §5: the edge puts its fields on top; what stands below the second Received field
    came in from outside.
    """
    received = 0
    for name, value in message.fields:
        received += name == "received"
        if received > 1:
            return
        if name == FIELD:
            yield value


def _value_on_top(message: Message) -> Iterator[str]:
    """In a mailbox the hops within the provider stand above its field, and nobody can tell from
    their number where it ends. So the topmost field alone counts, whoever wrote it: a forged one
    stands below.
    """
    yield from message.all_fields(FIELD)[:1]


def _same_id(first: str, second: str) -> bool:
    """An authserv-id is compared as a domain name where it is one (RFC 8601 §2.5)."""
    normal = normalize_domain(first)
    return first.lower() == second.lower() or (normal != "" and normal == normalize_domain(second))


def _mentions(value: str, authserv_id: str) -> bool:
    return authserv_id.lower() in value.lower()


def _dmarc(result: MethodResult, author_domain: str) -> Authentication:
    judged = result.properties.get("header.from", "")
    detail = f"dmarc={result.result} header.from={judged}"
    if result.result == "fail":
        return Authentication(AuthenticationState.FAILED, "dmarc", detail)
    if result.result != "pass":
        return _unverified(detail)
    if normalize_domain(judged.rpartition("@")[2]) != author_domain:
        return _unverified(say("{detail} is not the author's domain", detail=detail))
    return Authentication(AuthenticationState.PROVED, "dmarc", detail)
