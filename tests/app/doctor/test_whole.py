"""A whole gateway that is well has no error, and each fault on a canary's way is its own line."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from helpdesk.app.doctor import Finding, Options, examine
from helpdesk.app.doctor.examination import AS_DAEMON, Examination, Space
from helpdesk.app.doctor.finding import Level, Say
from helpdesk.config import Settings
from helpdesk.config.settings import Tls
from helpdesk.store.engine import writing
from tests.app.doctor.house import (
    DESK,
    DOMAIN,
    EDGE,
    LIMITS,
    ZONE,
    lines,
    mailbox_config,
    settings_in,
    write_certificate,
)
from tests.app.doctor.imap_server import ImapServer
from tests.app.doctor.nameserver import NameServer, changed
from tests.app.doctor.office import Edge, Office, good_edge, office, stamped, without
from tests.outbound.relay import SILENCE, Received

NOBODY = f"{'x' * 64}.example"
"""No name server: a label is never so long."""
ROOMY = Space(device=1, total=100 * 2**30, free=50 * 2**30, inodes=1000, free_inodes=900)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as found:
        yield found


async def examined(settings: Settings, options: Options) -> dict[str, list[Finding]]:
    async with aclosing(examine(settings, options, space=lambda _: ROOMY)) as groups:
        return {name: list(found) async for name, found in groups}


def all_of(groups: dict[str, list[Finding]]) -> list[Finding]:
    return [finding for found in groups.values() for finding in found]


# --- all is well --------------------------------------------------------------------------------


@pytest.mark.timeout(60)
async def test_a_gateway_that_is_well_has_no_error(
    tmp_path: Path, authority: trustme.CA, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    certificate, key = write_certificate(authority, tmp_path, EDGE)
    tls = f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
    door = f'[[listeners]]\nname = "smtp"\nport = 0\n{tls}'
    imap = ImapServer(tls=server_tls)
    async with (
        office(tmp_path, door) as running,
        NameServer(ZONE).listening() as names,
        imap.listening(),
    ):
        box = mailbox_config(imap.port, password="right", ca_file=ca_file)
        (tmp_path / "box").mkdir(mode=0o700)
        mailboxes = settings_in(tmp_path / "box", box).mailboxes
        settings = running.settings.model_copy(update={"mailboxes": mailboxes})
        options = Options(nameserver=names.place, wait=20, limits=LIMITS)
        groups = await examined(settings, options)
        await running.settled()
        tickets = await running.count("SELECT count(*) FROM tickets")
        outbox = await running.count("SELECT count(*) FROM outbox")
        recorded = await running.count(
            "SELECT count(*) FROM intake WHERE verdict = 'recorded' AND reason = 'canary'"
        )

    found = all_of(groups)
    assert lines(found, Level.ERROR) == []
    # The user and the clock are those of whoever runs the tests.
    assert [
        line
        for line in lines(found, Level.WARNING)
        if not line.startswith(("warning machine.user", "warning machine.clock"))
    ] == []
    assert (tickets, outbox, recorded) == (0, 0, 1)
    assert lines(groups["canary"], Level.OK) == [
        f"ok canary.return {DESK}: came back by edge",
        f"ok canary.subaddress {DESK}: came with its reply token",
        f"ok canary.fields {DESK}: Message-ID and Reply-To are as we wrote them",
        f"ok canary.forged {DESK}: forged results are removed",
        f"ok canary.results {DESK}: {EDGE} says spf=pass dmarc=pass",
        f"ok dns.dkim {DOMAIN}: key at mail2026._domainkey.{DOMAIN}",
    ]


# --- each fault on the way ----------------------------------------------------------------------


def lost(_mail: Received) -> None:
    return None


def reply_to_rewritten(mail: Received) -> Received:
    mail = good_edge(without(mail, "Reply-To"))
    return replace(mail, content=b"Reply-To: <post@other.example>\r\n" + mail.content)


def reply_to_removed(mail: Received) -> Received:
    return good_edge(without(mail, "Reply-To"))


def message_id_rewritten(mail: Received) -> Received:
    mail = good_edge(without(mail, "Message-ID"))
    return replace(mail, content=b"Message-ID: <1@relay.example>\r\n" + mail.content)


def subaddress_stripped(mail: Received) -> Received:
    return replace(good_edge(mail), recipient=DESK)


def forged_kept(mail: Received) -> Received:
    return stamped(mail)


def no_results(mail: Received) -> Received:
    return stamped(without(mail, "Authentication-Results"), results="")


def no_dmarc(mail: Received) -> Received:
    return stamped(without(mail, "Authentication-Results"), results="dkim=none")


def dmarc_failed(mail: Received) -> Received:
    return stamped(
        without(mail, "Authentication-Results"), results=f"dmarc=fail header.from={DOMAIN}"
    )


def returned(mail: Received) -> Received:
    """A delivery report to its reverse-path."""
    report = (
        f"From: MAILER-DAEMON@relay.example\r\nTo: <{mail.reverse_path}>\r\nSubject: Sorry\r\n"
        "Message-ID: <dsn@relay.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; x@acme.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    content = report.encode() + mail.content + b"\r\n--b--\r\n"
    return Received("", mail.reverse_path, content)


BROKEN: dict[str, tuple[Edge, str]] = {
    "never comes back": (
        lost,
        f"error canary.return {DESK}: did not come back within 1 s",
    ),
    "returned as undeliverable": (
        returned,
        f"error canary.return {DESK}: was returned as undeliverable: 5.1.1 550 5.1.1 unknown",
    ),
    "Reply-To rewritten": (
        reply_to_rewritten,
        f"error canary.fields {DESK}: Reply-To was rewritten to post@other.example on the way",
    ),
    "Reply-To removed": (
        reply_to_removed,
        f"error canary.fields {DESK}: Reply-To was removed on the way",
    ),
    "Message-ID rewritten": (
        message_id_rewritten,
        f"warning canary.fields {DESK}: Message-ID was rewritten on the way",
    ),
    "subaddress stripped": (
        subaddress_stripped,
        f"error canary.subaddress {DESK}: came to {DESK}, without the reply token",
    ),
    "forged results kept": (
        forged_kept,
        f"error canary.forged {DESK}: a forged result of {EDGE} came through",
    ),
    "no results": (
        no_results,
        f"warning canary.results {DESK}: {EDGE} says nothing, so only a login proves an author",
    ),
    "no dmarc": (
        no_dmarc,
        f"warning canary.results {DESK}: {EDGE} says spf=pass dkim=none but nothing of dmarc",
    ),
    "dmarc failed": (
        dmarc_failed,
        f"warning canary.results {DESK}: {EDGE} says spf=pass dmarc=fail of our own mail",
    ),
}


async def sent(running: Office, edge: Edge, *, wait: float) -> list[Finding]:
    running.edge = edge
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, wait=wait, limits=LIMITS)
        groups = await examined(running.settings, options)
    return groups["canary"]


@pytest.mark.parametrize("name", BROKEN)
async def test_a_fault_on_a_canarys_way_is_exactly_its_line(running: Office, name: str) -> None:
    edge, line = BROKEN[name]
    found = await sent(running, edge, wait=1 if edge is lost else 20)
    await running.settled()
    tickets = await running.count("SELECT count(*) FROM tickets")
    outbox = await running.count("SELECT count(*) FROM outbox")

    (said,) = lines(found)
    assert said.startswith(line)
    assert (tickets, outbox) == (0, 0)


async def test_a_relay_that_is_a_login_at_the_edge_shows_nothing_of_mail_from_outside(
    running: Office,
) -> None:
    def submitted(mail: Received) -> Received:
        field = f"Authentication-Results: {EDGE}; auth=pass smtp.auth={DESK}\r\n"
        return stamped(replace(mail, content=field.encode() + mail.content), results="")

    found = await sent(running, submitted, wait=20)

    assert lines(found) == []
    assert [each.check for each in found if each.level is Level.SKIPPED] == ["canary.forged"]
    assert f"ok canary.results {DESK}: {EDGE} says auth=pass of our login there" in lines(
        found, Level.OK
    )


async def test_a_relay_that_refuses_a_reply_address_is_one_line(running: Office) -> None:
    running.relay.script["rcpt"] = "550 5.1.1 unknown"
    (found,) = await sent(running, good_edge, wait=20)

    assert lines([found]) == [
        (
            f"error canary.return {DESK}: the relay does not take a mail to a reply address: "
            "recipient: 550 5.1.1 unknown"
        )
    ]
    assert "recipient_delimiter = +" in found.next_step


@pytest.mark.parametrize("phase", ["greeting", "content"])
async def test_a_relay_that_falls_silent_is_one_line_for_the_canary(
    running: Office, phase: str
) -> None:
    running.relay.script[phase] = SILENCE

    assert lines(await sent(running, good_edge, wait=1)) == [
        f"error canary.return {DESK}: the relay did not take it within 1 s"
    ]


async def test_a_sender_that_is_refused_is_told_by_the_check_of_the_relay(running: Office) -> None:
    running.relay.script["rcpt"] = "554 5.7.1 <x>: Sender address rejected: Access denied"

    assert lines(await sent(running, good_edge, wait=20)) == []


async def test_a_rule_of_the_relay_is_not_taken_for_an_unknown_subaddress(running: Office) -> None:
    running.relay.script["rcpt"] = "554 5.7.1 client rejected"
    (found,) = await sent(running, good_edge, wait=20)

    assert "recipient_delimiter" not in found.next_step


async def test_a_relay_that_does_not_take_a_reply_address_now_is_a_warning(running: Office) -> None:
    running.relay.script["rcpt"] = "450 4.2.0 greylisted"
    (line,) = lines(await sent(running, good_edge, wait=20))

    assert line.startswith(
        f"warning canary.return {DESK}: the relay does not take a mail to a reply address now: "
    )


@pytest.mark.parametrize("field", ["X-Helpdesk-Canary", "Message-ID"])
async def test_a_canary_that_lost_one_of_its_marks_is_no_report(
    running: Office, field: str
) -> None:
    found = await sent(running, lambda mail: good_edge(without(mail, field)), wait=20)

    assert f"ok canary.return {DESK}: came back by edge" in lines(found, Level.OK)


async def test_a_relay_that_cannot_even_be_asked_is_told_of_once(
    running: Office, tmp_path: Path
) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("nothing\n")
    relay = running.settings.relay.model_copy(update={"ca_file": nothing, "tls": Tls.STARTTLS})
    running.settings = running.settings.model_copy(update={"relay": relay})
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, wait=20, limits=LIMITS)
        groups = await examined(running.settings, options)

    assert len(lines(groups["relay"], Level.ERROR)) == 1
    assert lines(groups["canary"]) == []


@pytest.mark.timeout(60)
async def test_what_we_may_not_look_at_hides_nothing_else(tmp_path: Path) -> None:
    """As a folder of another user does; this one hides from root, too."""
    hidden = "x" * 300
    store = f'[store]\ndatabase = "{hidden}/d"\nobjects = "{hidden}/o"\nkeys = "{hidden}/k"\n'
    settings = settings_in(tmp_path, f'{store}[outgoing]\nmaildir = "{hidden}/m"\n')
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, wait=1, limits=LIMITS)
        found = all_of(await examined(settings, options))

    assert not [each for each in found if "mistake of ours" in each.problem]
    assert {each.check for each in found if each.next_step == AS_DAEMON} == {
        "config.settings",
        "daemon.running",
        "database.settings",
        "relay.folder",
    }
    assert f"ok dns.mx {DOMAIN}: mail goes to {EDGE}" in lines(found, Level.OK)


async def test_a_password_that_the_daemon_cannot_read_is_an_error(running: Office) -> None:
    empty = running.settings.path.with_name("password")
    empty.touch(mode=0o600)
    relay = running.settings.relay.model_copy(update={"password_file": empty})
    running.settings = running.settings.model_copy(update={"relay": relay})
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, wait=1, limits=LIMITS)
        groups = await examined(running.settings, options)

    assert lines(groups["settings"]) == [
        f"error config.settings {running.settings.path}: {empty}: its first line is empty"
    ]


async def test_no_canary_is_sent_while_nothing_can_be_written(running: Office) -> None:
    engine = running.gateway.engine
    limits = replace(LIMITS, lock=0.1)
    async with NameServer(ZONE).listening() as names, writing(engine):
        options = Options(nameserver=names.place, wait=20, limits=limits)
        groups = await examined(running.settings, options)

    assert len(lines(groups["database"], Level.ERROR)) == 1
    assert lines(groups["canary"], Level.SKIPPED) == [
        "skipped canary.return canary: not checked: nothing can be written to the database"
    ]


async def test_a_relay_that_does_not_let_us_in_is_told_of_once(running: Office) -> None:
    running.relay.script["greeting"] = "554 5.7.1 go away"
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, wait=20, limits=LIMITS)
        groups = await examined(running.settings, options)

    assert len(lines(groups["relay"], Level.ERROR)) == 1
    assert lines(groups["canary"]) == []
    assert lines(groups["canary"], Level.SKIPPED) == [
        f"skipped canary.return {DESK}: not checked: the relay does not let us so far (see relay)"
    ]


async def test_without_tokens_only_the_message_id_must_come_back(tmp_path: Path) -> None:
    async with office(tmp_path, reply_address="plain") as running:
        well = await sent(running, good_edge, wait=20)
        rewritten = await sent(running, message_id_rewritten, wait=20)
        await running.settled()
        tickets = await running.count("SELECT count(*) FROM tickets")

    assert lines(well) == []
    (line,) = lines(rewritten)
    assert line.startswith(f"error canary.fields {DESK}: Message-ID was rewritten on the way")
    assert tickets == 0


async def test_the_key_of_the_signature_is_looked_up(running: Office) -> None:
    zone = changed(ZONE, {(f"mail2026._domainkey.{DOMAIN}", "TXT"): []})
    async with NameServer(zone).listening() as names:
        options = Options(nameserver=names.place, wait=20, limits=LIMITS)
        groups = await examined(running.settings, options)

    place = f"mail2026._domainkey.{DOMAIN}"
    assert lines(groups["canary"]) == [
        f"error dns.dkim {DOMAIN}: has no key at {place}, so no signature counts"
    ]


async def test_an_earlier_canary_tells_the_selector(running: Office) -> None:
    await sent(running, good_edge, wait=20)
    await running.settled()
    async with NameServer(ZONE).listening() as names:
        options = Options(nameserver=names.place, canary=False, limits=LIMITS)
        groups = await examined(running.settings, options)

    assert f"ok dns.dkim {DOMAIN}: key at mail2026._domainkey.{DOMAIN}" in lines(
        groups["dns"], Level.OK
    )
    assert lines(groups["canary"], Level.SKIPPED) == [
        "skipped canary.return canary: not checked: as asked for"
    ]


# --- reasons not to send one --------------------------------------------------------------------


async def test_a_canary_is_not_sent_into_a_folder(tmp_path: Path) -> None:
    groups = await examined(settings_in(tmp_path), Options(nameserver=NOBODY, limits=LIMITS))

    assert lines(groups["canary"], Level.SKIPPED) == [
        "skipped canary.return canary: not checked: mail goes into a folder"
    ]


# --- nothing hangs ------------------------------------------------------------------------------


async def test_a_check_that_hangs_is_one_line_and_keeps_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_examination: Examination, say: Say) -> None:
        say(Finding(Level.OK, "relay.connection", "relay", "answers"))
        await asyncio.Event().wait()

    monkeypatch.setattr("helpdesk.app.doctor.relay.check", hang)
    limits = replace(LIMITS, group=0.5)
    groups = await examined(settings_in(tmp_path), Options(nameserver=NOBODY, limits=limits))

    assert [each.level for each in groups["relay"]] == [Level.OK, Level.ERROR]
    assert lines(groups["relay"]) == [
        "error relay.connection relay: not all could be checked within 0.5 s"
    ]


async def test_a_check_that_breaks_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def boom(_examination: Examination, _say: Say) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("helpdesk.app.doctor.relay.check", boom)
    groups = await examined(settings_in(tmp_path), Options(nameserver=NOBODY, limits=LIMITS))

    assert lines(groups["relay"]) == [
        "error relay.connection relay: the check itself failed: RuntimeError (a mistake of ours)"
    ]
    assert groups["machine"]
