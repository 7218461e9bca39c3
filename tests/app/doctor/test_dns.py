"""What is wrong with a zone is one line each; a name server that is away is one line in all."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.doctor import Finding, Options, dns
from helpdesk.app.doctor.finding import Level
from tests.app.doctor.house import DOMAIN, EDGE, LIMITS, ZONE, examination, lines, settings_in
from tests.app.doctor.nameserver import NameServer, Zone, changed, texts

KEY = f"mail2026._domainkey.{DOMAIN}"
SMTP = '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "127.0.0.1"\n'


async def looked_up(
    folder: Path,
    zone: Mapping[tuple[str, str], list[str]],
    config: str = SMTP,
    selectors: Mapping[str, Sequence[str]] | None = None,
    **server: Any,
) -> list[Finding]:
    found: list[Finding] = []
    async with NameServer(dict(zone), **server).listening() as own:
        options = Options(nameserver=own.place, limits=LIMITS)
        selectors = {DOMAIN: ["mail2026"]} if selectors is None else selectors
        await dns.check(
            examination(settings_in(folder, config), options=options), found.append, selectors
        )
    return found


async def test_a_healthy_zone_has_no_finding(tmp_path: Path) -> None:
    found = await looked_up(tmp_path, ZONE)

    assert lines(found) == []
    assert lines(found, Level.OK) == [
        f"ok dns.mx {DOMAIN}: mail goes to {EDGE}",
        f"ok dns.spf {DOMAIN}: one record, 2 of 10 lookups",
        f"ok dns.dmarc {DOMAIN}: p=reject",
        f"ok dns.dkim {DOMAIN}: key at {KEY}",
    ]


MANY = {f"i{number}.example": texts("v=spf1 a -all") for number in range(6)}
BROKEN: dict[str, tuple[Zone, str]] = {
    "no MX": (
        {(DOMAIN, "MX"): []},
        f"error dns.mx {DOMAIN}: has no MX record, so no mail can come",
    ),
    "no MX but an address": (
        {(DOMAIN, "MX"): [], (DOMAIN, "A"): ["192.0.2.9"]},
        f"warning dns.mx {DOMAIN}: has no MX record; mail goes to the domain's own address",
    ),
    "null MX": (
        {(DOMAIN, "MX"): ["0 ."]},
        f"error dns.mx {DOMAIN}: says that it takes no mail (null MX)",
    ),
    "MX without an address": (
        {(EDGE, "A"): []},
        f"error dns.mx {DOMAIN}: goes to {EDGE}, which has no address",
    ),
    "MX on loopback": (
        {(EDGE, "A"): ["127.0.0.1"]},
        f"error dns.mx {DOMAIN}: goes to {EDGE}, whose address 127.0.0.1 nobody else can reach",
    ),
    "MX is an alias": (
        {(EDGE, "A"): [], (EDGE, "CNAME"): ["real.example."], ("real.example", "A"): ["192.0.2.1"]},
        f"warning dns.mx {DOMAIN}: goes to {EDGE}, which is an alias (CNAME)",
    ),
    "one of two MX is dead": (
        {(DOMAIN, "MX"): [f"10 {EDGE}.", "20 gone.example."]},
        f"warning dns.mx {DOMAIN}: goes to gone.example, which has no address",
    ),
    "no SPF": (
        {(DOMAIN, "TXT"): texts("unrelated")},
        f"warning dns.spf {DOMAIN}: has no SPF record; mail may be taken for spam",
    ),
    "two SPF records": (
        {(DOMAIN, "TXT"): texts("v=spf1 mx -all", "v=spf1 a -all")},
        f"error dns.spf {DOMAIN}: has 2 SPF records, so they count as broken",
    ),
    "too many lookups": (
        {
            (DOMAIN, "TXT"): texts(
                "v=spf1 " + " ".join(f"include:{name}" for name in MANY) + " -all"
            ),
            **{(name, "TXT"): record for name, record in MANY.items()},
        },
        f"error dns.spf {DOMAIN}: needs more than 10 lookups, so it counts as broken",
    ),
    "an include that is not there": (
        {("relay.example", "TXT"): []},
        f"error dns.spf {DOMAIN}: includes relay.example, which has no SPF record",
    ),
    "includes in a circle": (
        {("relay.example", "TXT"): texts(f"v=spf1 include:{DOMAIN} -all")},
        f"error dns.spf {DOMAIN}: includes itself by way of {DOMAIN}",
    ),
    "everybody may send": (
        {(DOMAIN, "TXT"): texts("v=spf1 mx +all")},
        f"error dns.spf {DOMAIN}: lets everybody send mail as this domain (+all)",
    ),
    "everybody may send by an include": (
        {("relay.example", "TXT"): texts("v=spf1 +all")},
        f"error dns.spf {DOMAIN}: lets everybody send mail as this domain (+all of relay.example)",
    ),
    "every network may send": (
        {(DOMAIN, "TXT"): texts("v=spf1 ip4:0.0.0.0/0 -all")},
        f"error dns.spf {DOMAIN}: lets everybody send mail as this domain (+all)",
    ),
    "nobody may send": (
        {(DOMAIN, "TXT"): texts("v=spf1 -all")},
        f"error dns.spf {DOMAIN}: lets nobody send mail as this domain",
    ),
    "SPF with a slip": (
        {(DOMAIN, "TXT"): texts("v=spf1 ipv4:192.0.2.1 -all")},
        f'error dns.spf {DOMAIN}: has "ipv4:192.0.2.1", which means nothing in SPF',
    ),
    "no DMARC": (
        {(f"_dmarc.{DOMAIN}", "TXT"): []},
        f"warning dns.dmarc {DOMAIN}: has no DMARC record; anybody can write as it",
    ),
    "DMARC without a policy": (
        {(f"_dmarc.{DOMAIN}", "TXT"): texts("v=DMARC1; rua=mailto:post@acme.example")},
        f"error dns.dmarc {DOMAIN}: has a DMARC record that says no p=",
    ),
    "two DMARC records": (
        {(f"_dmarc.{DOMAIN}", "TXT"): texts("v=DMARC1; p=none", "v=DMARC1; p=reject")},
        f"error dns.dmarc {DOMAIN}: has 2 DMARC records",
    ),
    "no DKIM key": (
        {(KEY, "TXT"): []},
        f"error dns.dkim {DOMAIN}: has no key at {KEY}, so no signature counts",
    ),
    "revoked DKIM key": (
        {(KEY, "TXT"): texts("v=DKIM1; p=")},
        f"error dns.dkim {DOMAIN}: has revoked the key at {KEY} (p= is empty)",
    ),
    "garbled DKIM key": (
        {(KEY, "TXT"): texts("v=DKIM1; p=QUJ*")},
        f"error dns.dkim {DOMAIN}: has a key at {KEY} that is no base64",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_fault_in_the_zone_is_exactly_its_line(tmp_path: Path, name: str) -> None:
    changes, line = BROKEN[name]

    assert lines(await looked_up(tmp_path, changed(ZONE, changes))) == [line]


async def test_ten_lookups_are_not_too_many(tmp_path: Path) -> None:
    record = texts("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(10)) + " -all")
    found = await looked_up(tmp_path, changed(ZONE, {(DOMAIN, "TXT"): record}))

    assert f"ok dns.spf {DOMAIN}: one record, 10 of 10 lookups" in lines(found, Level.OK)


async def test_a_name_server_that_is_silent_is_one_warning(tmp_path: Path) -> None:
    desks = '[[desks]]\naddress = "sales@other.example"\n'
    found = await looked_up(tmp_path, ZONE, desks + SMTP, silent=True)

    (line,) = lines(found)
    assert line.startswith("warning dns.resolver 127.0.0.1:")
    assert line.endswith(": no answer within 1 s, so nothing of DNS was checked")


async def test_a_name_server_that_is_not_there_is_one_warning(tmp_path: Path) -> None:
    async with NameServer({}).listening() as gone:
        place = gone.place
    found: list[Finding] = []
    options = Options(nameserver=place, limits=LIMITS)
    await dns.check(
        examination(settings_in(tmp_path, SMTP), options=options), found.append, {DOMAIN: ["s"]}
    )

    assert lines(found) == [
        f"warning dns.resolver {place}: no answer within 1 s, so nothing of DNS was checked"
    ]


async def test_a_zone_that_fails_is_one_warning_and_spares_the_others(tmp_path: Path) -> None:
    zone = changed(ZONE, {("other.example", "MX"): [f"10 {EDGE}."]})
    desks = '[[desks]]\naddress = "sales@other.example"\n'
    failing = {"other.example", "_dmarc.other.example"}
    found = await looked_up(tmp_path, zone, desks + SMTP, failing=failing)

    assert lines(found) == [
        "warning dns.resolver other.example: the name servers fail on other.example",
        "warning dns.resolver other.example: the name servers fail on _dmarc.other.example",
    ]
    assert f"ok dns.mx {DOMAIN}: mail goes to {EDGE}" in lines(found, Level.OK)


async def test_an_include_whose_zone_fails_spares_the_other_records(tmp_path: Path) -> None:
    found = await looked_up(tmp_path, ZONE, failing={"relay.example"})

    assert lines(found) == [
        f"warning dns.resolver {DOMAIN}: the name servers fail on relay.example"
    ]
    assert found[-1].next_step == "look at the zone of relay.example"
    assert {f"ok dns.dmarc {DOMAIN}: p=reject", f"ok dns.dkim {DOMAIN}: key at {KEY}"} <= set(
        lines(found, Level.OK)
    )


async def test_a_zone_that_is_silent_is_not_taken_for_the_name_server(tmp_path: Path) -> None:
    found = await looked_up(tmp_path, ZONE, mute={"relay.example"})

    assert lines(found) == [
        f"warning dns.resolver {DOMAIN}: no answer within 1 s about relay.example"
    ]


async def test_the_policy_of_the_domain_above_holds(tmp_path: Path) -> None:
    moved = {
        ("_dmarc.example", "TXT"): texts("v=DMARC1; p=none"),
        (f"_dmarc.{DOMAIN}", "TXT"): texts("v=DMARC1; p=reject; sp=quarantine"),
        ("desk.acme.example", "MX"): [f"10 {EDGE}."],
        ("desk.acme.example", "TXT"): texts("v=spf1 mx -all"),
    }
    config = '[[desks]]\naddress = "help@desk.acme.example"\n'
    found = await looked_up(tmp_path, changed(ZONE, moved), config + SMTP)

    assert "ok dns.dmarc desk.acme.example: p=quarantine (of acme.example)" in lines(
        found, Level.OK
    )


async def test_the_domain_of_reply_tokens_is_looked_at_too(tmp_path: Path) -> None:
    config = f"{SMTP}".replace(
        'transport = "smtp"',
        'transport = "smtp"\nreply_address = "subdomain"\nreply_domain = "reply.acme.example"',
    )
    found = await looked_up(tmp_path, ZONE, config)

    assert lines(found) == [
        "error dns.mx reply.acme.example: has no MX record, so no mail can come",
        "warning dns.spf reply.acme.example: has no SPF record; mail may be taken for spam",
    ]


async def test_without_a_selector_nothing_is_said_of_dkim(tmp_path: Path) -> None:
    found = await looked_up(tmp_path, changed(ZONE, {(KEY, "TXT"): []}), selectors={})

    assert lines(found) == []
    assert f"skipped dns.dkim {DOMAIN}: not checked: no selector known" in lines(
        found, Level.SKIPPED
    )


async def test_an_answer_that_is_too_long_for_udp_is_asked_for_again(tmp_path: Path) -> None:
    long = texts(*(f"filler {'x' * 200} {number}" for number in range(10)), "v=spf1 mx -all")
    async with NameServer(changed(ZONE, {(DOMAIN, "TXT"): long})).listening() as own:
        options = Options(nameserver=own.place, limits=LIMITS)
        names = dns.Names(examination(settings_in(tmp_path), options=options))
        found = await dns.sender_policy(names, DOMAIN)

    assert found.level is Level.OK
    assert [transport for transport, _, kind in own.asked if kind == "TXT"] == ["udp", "tcp"]


async def test_all_domains_are_asked_at_once(tmp_path: Path) -> None:
    """Twenty silent domains take as long as one."""
    desks = "".join(
        f'[[desks]]\naddress = "desk{n}@d{n}.example"\nname = "d{n}"\n' for n in range(20)
    )
    async with asyncio.timeout(2 * LIMITS.dns + 2):
        found = await looked_up(tmp_path, ZONE, desks + SMTP, silent=True)

    assert len(lines(found)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("ns.example:5353", ("ns.example", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_name_server_is_given_as_people_write_it(text: str, expected: tuple[str, int]) -> None:
    assert dns.host_and_port(text) == expected


async def test_a_name_server_can_be_given_by_its_name(tmp_path: Path) -> None:
    async with NameServer(ZONE).listening() as own:
        options = Options(nameserver=f"localhost:{own.port}", limits=LIMITS)
        names = dns.Names(examination(settings_in(tmp_path), options=options))

        assert await names.mail_servers(DOMAIN) == [EDGE]
