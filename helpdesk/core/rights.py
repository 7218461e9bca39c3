"""Who holds a right to support, and what gives one: agreements, products, prepaid credits."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum

from helpdesk.core.address import display_name, domain_of, lookup_key, normalize, normalize_domain
from helpdesk.core.ledger import Balance, LedgerLine, balance_of, by_holder
from helpdesk.core.license import (
    LicenseAnswer,
    LicenseRecord,
    LicenseState,
    LookupOutcome,
    owner_is,
)
from helpdesk.core.sentences import Sentence, say
from helpdesk.core.ticket import RightState

_FREE_MAIL = (
    "aol.com freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hotmail.com "
    "hotmail.de icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru mailbox.org "
    "me.com msn.com orange.fr outlook.com outlook.de posteo.de proton.me protonmail.com qq.com "
    "t-online.de web.de yahoo.com yahoo.co.uk yahoo.de yandex.ru ymail.com zoho.com 163.com"
)
FREE_MAIL = frozenset(_FREE_MAIL.split())
"""Where everybody gets an address: such a domain is nobody's."""


class HolderKind(StrEnum):
    PERSON = "person"
    DOMAIN = "domain"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Holder:
    """`key` is the same for all ways to write it: `ana@example.com`, `@example.com` or `acme`."""

    key: str
    name: str
    """As it is shown."""

    @property
    def kind(self) -> HolderKind:
        if self.key.startswith("@"):
            return HolderKind.DOMAIN
        return HolderKind.PERSON if "@" in self.key else HolderKind.ACCOUNT


class NotAHolder(ValueError):  # noqa: N818 -- it names what was written
    """What is wrong with the text, and what to write."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(f"{problem}: {next_step}")
        self.problem = problem
        self.next_step = next_step


def holder_of(text: str) -> Holder:
    """A person by an address, a domain behind "@", else an account. Raises NotAHolder."""
    said = text.strip()
    if said.startswith("@"):
        return _domain(said)
    if "@" in said:
        if not normalize(said):
            raise NotAHolder(f"{said[:80]!r} is no address", "write it as name@domain")
        return Holder(lookup_key(said), normalize(said))
    return account_of(said)


def account_of(text: str) -> Holder:
    """Raises NotAHolder."""
    name = display_name(text)
    if not name or "@" in name or name != " ".join(text.split()):
        raise NotAHolder(
            f"{text[:80]!r} cannot be the name of an account",
            "write up to 80 letters that can be printed, without @",
        )
    return Holder(name.casefold(), name)


def _domain(said: str) -> Holder:
    domain = normalize_domain(said[1:])
    if not domain or "." not in domain:
        raise NotAHolder(f"{said[:80]!r} is no domain", "write it like @example.com")
    if domain in FREE_MAIL:
        raise NotAHolder(
            f"everybody can have an address at {domain}",
            "name the person's whole address, or make an account of several addresses",
        )
    return Holder(f"@{domain}", f"@{domain}")


def holders_of(
    addresses: Iterable[str], accounts: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """The keys of all holders whose rights these addresses have: the persons, then their domains,
    then accounts. `accounts`: of each the keys of its members.
    """
    known = [each for each in addresses if normalize(each)]
    persons = [lookup_key(each) for each in known]
    domains = [f"@{domain_of(each)}" for each in known if domain_of(each) not in FREE_MAIL]
    direct = dict.fromkeys((*persons, *domains))
    named = sorted(
        key for key, members in accounts.items() if not direct.keys().isdisjoint(members)
    )
    return (*direct, *named)


class AgreementKind(StrEnum):
    CONTRACT = "contract"
    TOOLKIT = "toolkit"
    OEM = "oem"
    END_USER = "end_user"


_KINDS: Mapping[AgreementKind, Sentence] = {
    AgreementKind.CONTRACT: say("contract"),
    AgreementKind.TOOLKIT: say("toolkit"),
    AgreementKind.OEM: say("OEM contract"),
    AgreementKind.END_USER: say("end user"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    id: int
    holder: str
    kind: AgreementKind
    first: date | None = None
    """None: it has held ever since."""
    last: date | None = None
    """Included. None: it holds until somebody ends it."""
    desk: str = ""
    """Empty: all desks."""

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def covers(self, desk: str) -> bool:
        return self.desk in ("", desk)


# --- what gives a right ---------------------------------------------------------------------------


class Source(StrEnum):
    """What a right to support can come from."""

    AGREEMENT = "agreement"
    PRODUCT = "product"
    """A license of a product that includes support."""
    CREDIT = "credit"


class Inclusion(StrEnum):
    INCLUDED = "included"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Product:
    """What a license, or a question, can be about."""

    name: str
    support: Inclusion
    also: tuple[str, ...] = ()
    """Names and ids by which license providers call it; `*`: each of their products."""
    maker: str = ""
    """Of a product of another maker: where its questions go, in one line."""
    without_owner: bool = False
    """A license counts whose provider does not say whom it belongs to: its key is enough."""

    def is_meant(self, record: LicenseRecord) -> bool:
        names = {each.casefold() for each in (self.name, *self.also)}
        said = {each.casefold() for each in (record.product, record.product_id) if each}
        return "*" in names or not names.isdisjoint(said)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record for one requester."""

    holders: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    lines: tuple[LedgerLine, ...] = ()

    @property
    def available(self) -> int:
        return sum(balance.available for balance in self.balances().values())

    def balances(self) -> dict[str, Balance]:
        lines = by_holder(self.lines)
        return {holder: balance_of(lines[holder]) for holder in self.holders if holder in lines}

    def who_has(self, credits_: int) -> str:
        """The first holder with so many credits to spend; empty: none has."""
        found = (key for key, balance in self.balances().items() if balance.available >= credits_)
        return next(found, "")


@dataclass(frozen=True, slots=True)
class Book:
    """The part of the agreements and the ledger that may matter, of several requesters."""

    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each account the keys of its members."""
    agreements: tuple[Agreement, ...] = ()
    lines: tuple[LedgerLine, ...] = ()

    def standing(self, addresses: Iterable[str], more: Iterable[LedgerLine] = ()) -> Standing:
        """Of the person with these addresses; `more`: lines that are not written yet."""
        holders = holders_of(addresses, self.accounts)
        return Standing(
            holders,
            tuple(each for each in self.agreements if each.holder in holders),
            tuple(each for each in (*self.lines, *more) if each.holder in holders),
        )


NOTHING_ON_RECORD = Book()


@dataclass(frozen=True, slots=True)
class Found:
    """What the first of the sources that gives a right says; see Right."""

    state: RightState
    source: str = ""
    holder: str = ""
    check_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Whether somebody has a right at this moment."""

    desk: str
    order: tuple[Source, ...]
    standing: Standing
    now: datetime
    proved: bool
    addresses: frozenset[str] = frozenset()
    """Lookup keys of the requester."""
    products: tuple[Product, ...] = ()
    licenses: tuple[LicenseAnswer, ...] = ()
    """What is known of each key of the ticket that a provider is asked for."""
    is_new: bool = False
    """Whatever is known of its keys, of a ticket that is new nothing is said by it yet: whoever
    tries keys must not see which of them others have named."""


def find_right(question: Question) -> Found:
    """COVERED, RESERVED (there is a credit to be reserved), PENDING, UNCLEAR or MISSING. What would
    be spent of somebody's has to be asked for by himself."""
    unclear = ""
    for source in question.order:
        found = _LOOK[source](question)
        if found is None:
            continue
        if found.state is not RightState.UNCLEAR:
            return found
        unclear = unclear or found.source
    if unclear:
        return Found(RightState.UNCLEAR, unclear)
    return Found(RightState.MISSING, say("no right was found"), check_at=_begins(question))


def _agreement(question: Question) -> Found | None:
    today = question.now.date()
    held = [
        each
        for each in question.standing.agreements
        if each.covers(question.desk) and each.holds_on(today)
    ]
    if not held:
        return None
    # The one that holds longest: it is not looked at again.
    best = max(held, key=lambda each: (each.last or date.max, -each.id))
    names = {"kind": _KINDS[best.kind], "holder": best.holder}
    if best.last is None:
        return Found(RightState.COVERED, say("agreement ({kind}) of {holder}", **names))
    until = say("agreement ({kind}) of {holder} until {day}", **names, day=str(best.last))
    return Found(RightState.COVERED, until)


def _product(question: Question) -> Found | None:
    included = [each for each in question.products if each.support is Inclusion.INCLUDED]
    if not included:
        return None
    for answer in question.licenses:
        product = next((each for each in included if _gives(each, answer, question)), None)
        if product is not None:
            return Found(
                RightState.COVERED, say("support is included in {product}", product=product.name)
            )
    if any(question.is_new or _is_open(answer) for answer in question.licenses):
        return Found(RightState.PENDING, say("a license provider has not answered yet"))
    return None


def _is_open(answer: LicenseAnswer) -> bool:
    """Whether its provider was asked in vain: what it said before proves nothing against the
    license, and nobody shall see by it which keys were ever asked for."""
    return answer.outcome is None or answer.trouble is not None


def _gives(product: Product, answer: LicenseAnswer, question: Question) -> bool:
    record = answer.record
    if record is None or answer.outcome is not LookupOutcome.FOUND:
        return False
    owner = owner_is(record, question.addresses)
    is_theirs = product.without_owner if owner is None else owner
    # What was said some time ago may have ended since.
    ends = (record.support_until, record.expires_at)
    is_over = any(each is not None and each < question.now for each in ends)
    return (
        question.proved
        and is_theirs
        and record.state is LicenseState.ACTIVE
        and not is_over
        and product.is_meant(record)
    )


def _credit(question: Question) -> Found | None:
    holder = question.standing.who_has(1)
    if not holder:
        return None
    if not question.proved:
        return Found(RightState.UNCLEAR, say("there are credits, but the address is not proved"))
    return Found(RightState.RESERVED, say("a credit of {holder}", holder=holder), holder)


def _begins(question: Question) -> datetime | None:
    """The beginning of an agreement that is still to come."""
    first = [
        each.first
        for each in question.standing.agreements
        if each.covers(question.desk) and each.first and each.first > question.now.date()
    ]
    return datetime.combine(min(first), time(), UTC) if first else None


_LOOK: Mapping[Source, Callable[[Question], Found | None]] = {
    Source.AGREEMENT: _agreement,
    Source.PRODUCT: _product,
    Source.CREDIT: _credit,
}
