"""What the domain name system says of our domains: where their mail goes, and who may send it.

Standards: RFC 5321 §5.1 (MX), RFC 7505 §3 (null MX), RFC 7208 §3.2 (SPF), RFC 6376 §3.6.1 (DKIM
keys), RFC 7489 §6.6.3 (DMARC).
Failures: a name server that does not answer is one warning, however many questions were asked.
"""

import asyncio
import binascii
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import dns.asyncresolver
import dns.exception
import dns.resolver

from helpdesk.app.doctor import spf
from helpdesk.app.doctor.examination import Examination
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.app.doctor.wire import Trouble, resolved
from helpdesk.config.settings import TransportKind

DNS_PORT = 53
MOST_MX = 10
DMARC_POLICIES = frozenset({"none", "quarantine", "reject"})


Kind = Callable[[], Awaitable[Finding | list[Finding]]]
"""Looks at one kind of record."""


class Down(Exception):  # noqa: N818 -- the word of the table, as in the docs
    """No name server answers at all."""


class Broken(Exception):  # noqa: N818
    """The name servers of one domain do not answer rightly."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(problem)
        self.name = name


class Names:
    """Asks the system's name servers, or the one that the operator named."""

    def __init__(self, examination: Examination) -> None:
        self._seconds = examination.limits.dns
        self._nameserver = examination.options.nameserver
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._answered = False

    async def _opened(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            try:
                resolver = dns.asyncresolver.Resolver(configure=not self._nameserver)
            except dns.resolver.NoResolverConfiguration:
                raise Down("/etc/resolv.conf names no name server") from None
            if self._nameserver:
                host, port = host_and_port(self._nameserver)
                try:
                    resolver.nameservers = list(await resolved(host, port, self._seconds))
                except Trouble as trouble:
                    raise Down(trouble.problem) from None
                resolver.port = port
            resolver.lifetime = self._seconds
            resolver.timeout = min(2.0, self._seconds)
            self._resolver = resolver
        return self._resolver

    async def ask(self, name: str, kind: str) -> dns.resolver.Answer | None:
        """None: there is no such record."""
        try:
            resolver = await self._opened()
            answer = await resolver.resolve(f"{name.rstrip('.')}.", kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            answer = None
        except dns.resolver.NoNameservers as refusal:
            if _nobody_spoke(refusal):
                raise self._silent(name) from None
            raise Broken(name, f"the name servers fail on {name}") from None
        except (dns.resolver.LifetimeTimeout, OSError):
            raise self._silent(name) from None
        except (dns.exception.DNSException, UnicodeError):
            raise Broken(name, f"{name} gives no usable answer") from None
        self._answered = True
        return answer

    def _silent(self, name: str) -> Down | Broken:
        """Where others were answered, it is the zone that is silent."""
        words = f"no answer within {self._seconds:g} s"
        return Broken(name, f"{words} about {name}") if self._answered else Down(words)

    async def texts(self, name: str) -> list[str]:
        answer = await self.ask(name, "TXT")
        found: Iterable[object] = answer if answer is not None else ()
        return [b"".join(getattr(each, "strings", ())).decode("ascii", "replace") for each in found]

    async def mail_servers(self, domain: str) -> list[str]:
        """The hosts of its MX records, best first; an empty name is the null MX."""
        answer = await self.ask(domain, "MX")
        if answer is None:
            return []
        found = sorted((int(each.preference), str(each.exchange)) for each in answer)
        return [host.rstrip(".") for _, host in found[:MOST_MX]]

    async def addresses(self, host: str) -> tuple[list[str], bool]:
        """The addresses of a host, and whether its name is an alias (CNAME)."""
        found: list[str] = []
        is_alias = False
        for answer in await asyncio.gather(self.ask(host, "A"), self.ask(host, "AAAA")):
            if answer is not None:
                found += [str(each) for each in answer]
                is_alias = is_alias or answer.canonical_name != answer.qname
        return found, is_alias


def host_and_port(text: str) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPV6]:PORT; raises ValueError for anything else."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    number = int(port or DNS_PORT)
    if not host or not 0 < number < 65_536:  # noqa: PLR2004 -- ports end there
        raise ValueError(f"{text} is no host and port")
    return host, number


def _nobody_spoke(refusal: dns.resolver.NoNameservers) -> bool:
    """Every attempt ended in an error of the network, none in a reply."""
    attempts = refusal.kwargs.get("errors") or []
    return all(isinstance(each[3], OSError | dns.exception.Timeout) for each in attempts)


# --- all domains --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    receives: bool
    """Mail comes to it: desks and reply tokens."""
    authors: bool
    """It stands in From."""


def domains_of(examination: Examination) -> list[Domain]:
    settings = examination.settings
    desks = dict.fromkeys(each.address.rpartition("@")[2] for each in settings.desks)
    found = {name: Domain(name, receives=True, authors=True) for name in desks}
    notifications = settings.notifications_address.rpartition("@")[2]
    found.setdefault(notifications, Domain(notifications, receives=False, authors=True))
    reply = settings.outgoing.reply_domain
    if reply and reply not in desks:
        found[reply] = Domain(reply, receives=True, authors=reply == notifications)
    return list(found.values())


async def check(
    examination: Examination, say: Say, selectors: Mapping[str, Iterable[str]] | None
) -> None:
    """`selectors` of DKIM by their domain; None: the canary will tell them."""
    names = Names(examination)
    sends = examination.settings.outgoing.transport is TransportKind.SMTP
    domains = domains_of(examination)
    results = await asyncio.gather(
        *(_domain(names, each, say, selectors, sends=sends) for each in domains)
    )
    downs = [each for found in results for each in found if isinstance(each, Down)]
    for domain, found in zip(domains, results, strict=True):
        broken = {str(each): each.name for each in found if isinstance(each, Broken)}
        for problem, name in broken.items():
            say(warning("dns.resolver", domain.name, problem, f"look at the zone of {name}"))
    if downs:
        down = downs[0]
        server = examination.options.nameserver or "the system's name servers"
        step = "check /etc/resolv.conf, or name another: --nameserver HOST"
        say(warning("dns.resolver", server, f"{down}, so nothing of DNS was checked", step))


async def _domain(
    names: Names,
    domain: Domain,
    say: Say,
    selectors: Mapping[str, Iterable[str]] | None,
    *,
    sends: bool,
) -> list[Down | Broken]:
    """Each kind of record by itself; what kept some from being looked at."""
    kinds: list[Kind] = []
    if domain.receives:
        kinds.append(partial(mail_exchange, names, domain.name))
    if sends:
        kinds.append(partial(sender_policy, names, domain.name))
    if sends and domain.authors:
        kinds.append(partial(receiver_policy, names, domain.name))
        if selectors is not None:
            kinds.append(partial(keys_of, names, domain.name, selectors))
    faults = await _each(kinds, say)
    if not sends:
        say(skipped("dns.spf", domain.name, "not checked: mail goes into a folder"))
    return faults


async def _each(kinds: Iterable[Kind], say: Say) -> list[Down | Broken]:
    faults: list[Down | Broken] = []
    for kind in kinds:
        try:
            found = await kind()
        except Broken as fault:
            faults.append(fault)
        except Down as fault:
            return [*faults, fault]
        else:
            for finding in found if isinstance(found, list) else [found]:
                say(finding)
    return faults


# --- one kind of record -------------------------------------------------------------------------


async def mail_exchange(names: Names, domain: str) -> list[Finding]:
    hosts = await names.mail_servers(domain)
    if hosts == [""]:
        # RFC 7505 §3: a single "." says that the domain takes no mail.
        step = "replace the null MX record by one that names your mail server"
        return [error("dns.mx", domain, "says that it takes no mail (null MX)", step)]
    if not hosts:
        # RFC 5321 §5.1: without MX the domain's own address counts.
        own, _ = await names.addresses(domain)
        if not own:
            step = f"add an MX record for {domain} that names your mail server"
            return [error("dns.mx", domain, "has no MX record, so no mail can come", step)]
        step = f"add an MX record for {domain}"
        problem = "has no MX record; mail goes to the domain's own address"
        return [warning("dns.mx", domain, problem, step)]
    found = [await _mail_server(names, domain, host) for host in hosts]
    faults = [finding for _, finding in found if finding is not None]
    good = [
        host
        for is_usable, host in ((u, h) for (u, _), h in zip(found, hosts, strict=True))
        if is_usable
    ]
    if not good:
        return faults
    # One of several that is down only slows mail.
    faults = [warning(e.check, e.subject, e.problem, e.next_step) for e in faults]
    return [*faults, ok("dns.mx", domain, f"mail goes to {', '.join(good)}")]


async def _mail_server(names: Names, domain: str, host: str) -> tuple[bool, Finding | None]:
    """Whether mail can go there, and what is wrong with it."""
    addresses, is_alias = await names.addresses(host) if host else ([], False)
    if not addresses:
        step = f"give {host or 'it'} an address, or name another host in the MX record"
        return False, error("dns.mx", domain, f"goes to {host}, which has no address", step)
    inward = next((each for each in addresses if _is_inward(each)), "")
    if inward:
        step = f"correct the address of {host}"
        problem = f"goes to {host}, whose address {inward} nobody else can reach"
        return False, error("dns.mx", domain, problem, step)
    if is_alias:
        # RFC 5321 §5.1: the name must not be an alias; some senders refuse to follow it.
        step = "name in the MX record the host that the alias stands for"
        return True, warning("dns.mx", domain, f"goes to {host}, which is an alias (CNAME)", step)
    return True, None


def _is_inward(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_loopback or found.is_unspecified or found.is_link_local


async def sender_policy(names: Names, domain: str) -> Finding:
    records = spf.records_in(await names.texts(domain))
    if not records:
        step = f'add a TXT record for {domain}, like "v=spf1 mx include:RELAY -all"'
        return warning("dns.spf", domain, "has no SPF record; mail may be taken for spam", step)
    if len(records) > 1:
        step = "put all into one TXT record and remove the others"
        problem = f"has {len(records)} SPF records, so they count as broken"
        return error("dns.spf", domain, problem, step)
    if spf.lets_everybody(records[0]):
        step = "end the record with -all or ~all"
        return error("dns.spf", domain, "lets everybody send mail as this domain (+all)", step)
    if spf.lets_nobody(records[0]):
        step = "name your relay in the record, like include:RELAY before the -all"
        return error("dns.spf", domain, "lets nobody send mail as this domain", step)
    try:
        count = await spf.count_lookups(domain, records[0], names.texts)
    except spf.SpfFault as fault:
        return error("dns.spf", domain, fault.problem, fault.next_step)
    return ok("dns.spf", domain, f"one record, {count} of {spf.MOST_LOOKUPS} lookups")


async def receiver_policy(names: Names, domain: str) -> Finding:
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        place = ".".join(labels[start:])
        texts = await names.texts(f"_dmarc.{place}")
        records = [each for each in texts if each.replace(" ", "").lower().startswith("v=dmarc1")]
        # RFC 7489 §6.6.3: more than one is none.
        if len(records) > 1:
            step = f"leave one TXT record at _dmarc.{place}"
            return error("dns.dmarc", domain, f"has {len(records)} DMARC records", step)
        if records:
            return _judged(domain, place, records[0])
    step = f'add a TXT record at _dmarc.{domain}, like "v=DMARC1; p=none; rua=mailto:ADDRESS"'
    return warning("dns.dmarc", domain, "has no DMARC record; anybody can write as it", step)


def _judged(domain: str, place: str, record: str) -> Finding:
    tags = tags_of(record)
    policy = tags.get("p", "").lower()
    if policy not in DMARC_POLICIES:
        step = f"write p=none, p=quarantine or p=reject into the record at _dmarc.{place}"
        said = f"p={policy[:40]}" if policy else "no p="
        return error("dns.dmarc", domain, f"has a DMARC record that says {said}", step)
    if place != domain:
        policy = tags.get("sp", policy).lower()
    return ok("dns.dmarc", domain, f"p={policy}" + ("" if place == domain else f" (of {place})"))


async def keys_of(
    names: Names, domain: str, selectors: Mapping[str, Iterable[str]]
) -> list[Finding]:
    """Of the signatures with this domain or one that it lies in."""
    found = [
        await signing_key(names, domain, f"{selector}._domainkey.{signer}")
        for signer in selectors
        if domain == signer or domain.endswith(f".{signer}")
        for selector in selectors[signer]
    ]
    if not found:
        step = "name it with --selector NAME, or let the canary find it"
        return [skipped("dns.dkim", domain, "not checked: no selector known", step)]
    return found


async def signing_key(names: Names, domain: str, place: str) -> Finding:
    texts = await names.texts(place)
    records = [each for each in texts if "p" in tags_of(each)]
    if not records:
        step = f"publish the key of your relay at {place}"
        return error("dns.dkim", domain, f"has no key at {place}, so no signature counts", step)
    key = tags_of(records[0])["p"]
    # RFC 6376 §3.6.1: an empty key was revoked.
    if not key:
        step = f"publish the key that your relay signs with at {place}"
        return error("dns.dkim", domain, f"has revoked the key at {place} (p= is empty)", step)
    try:
        binascii.a2b_base64(key, strict_mode=True)
    except binascii.Error:
        step = "publish it again, in one TXT record without line breaks"
        return error("dns.dkim", domain, f"has a key at {place} that is no base64", step)
    return ok("dns.dkim", domain, f"key at {place}")


def tags_of(record: str) -> dict[str, str]:
    """`k=v; k=v`, without white space."""
    pairs = ("".join(each.split()).partition("=") for each in record.split(";"))
    return {name.lower(): value for name, equals, value in pairs if equals}
