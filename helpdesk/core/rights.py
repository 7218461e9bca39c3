"""Who holds a right to support, and agreements that give one from a day until a day."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from helpdesk.core.address import display_name, domain_of, lookup_key, normalize, normalize_domain

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
