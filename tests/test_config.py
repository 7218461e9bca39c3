"""Every mistake in the settings is one line that says what to do."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from helpdesk.app.build import faults
from helpdesk.app.example import as_toml, changed, example, first_file, plain
from helpdesk.config import (
    ConfigurationError,
    Settings,
    create_keys,
    find,
    load,
    load_keyring,
)
from helpdesk.core.policy import ReplyAddress

DESK = '[[desks]]\naddress = "support@example.com"\n'


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPDESK_CONFIG", raising=False)


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    start = f"{folder / 'config.toml'}: "
    assert all(line.startswith(start) and "\n" not in line for line in caught.value.problems)
    return [line.removeprefix(start) for line in caught.value.problems]


BOX = """[[mailboxes]]
name = 'support'
host = 'imap.example.com'
user = 'support@example.com'
"""
PAIR = "tls_certificate = 'config.toml'\ntls_key = 'config.toml'"
MISTAKES = {
    "unknown key": (
        DESK + "confrim = 'all'",
        "desks#1.confrim: unknown key (did you mean confirm?)",
    ),
    "unknown section": (
        DESK + "[relais]\nhost = 'x'",
        "relais: unknown key (did you mean relay?)",
    ),
    "relay with its port": (
        DESK + "[relay]\nhost = 'smtp.example.com:587'",
        ("relay.host: is not a host (write only its name or IP address, the port stands in port)"),
    ),
    "relay as URL": (
        DESK + "[operator.relay]\nhost = 'smtps://smtp.example.com'",
        (
            "operator.relay.host: is not a host (write only its name or IP address, the port "
            "stands in port)"
        ),
    ),
    "listener's host with two dots": (
        DESK + "[[listeners]]\nhost = 'mail..example.com'",
        "listeners#1.host: is not a host (each part between the dots has 1 to 63 characters)",
    ),
    "operator's relay without host": (
        DESK + "[operator.relay]\nport = 25",
        'operator.relay.host: is missing (add host = "mail.example.com")',
    ),
    "one desk in single brackets": (
        DESK.replace("[[", "[").replace("]]", "]"),
        "desks: must be tables that begin with [[desks]]",
    ),
    "metrics where mail comes in": (
        DESK + "[metrics]\nport = 8025",
        "metrics.port: 127.0.0.1:8025 is already taken by listeners#1 (change one)",
    ),
    "home of nobody": (
        DESK + "[store]\nkeys = '~nobody-here/keys'",
        "store.keys: nobody has the folder ~nobody-here (write the whole path)",
    ),
    "path with a NUL": (
        DESK + '[store]\ndatabase = "a\\u0000b"',
        "store.database: has a character that no path has (remove it)",
    ),
    "number without end": (
        DESK + f"[metrics]\nport = {'9' * 5000}",
        "has a number that is too long, or too many brackets in each other (correct it)",
    ),
    "brackets without end": (
        f"x = {'[' * 5000}",
        "has a number that is too long, or too many brackets in each other (correct it)",
    ),
    "key of nothing near": (
        DESK + "[tickets]\nzzz = 1",
        "tickets.zzz: unknown key (known here: prefix, reopen_within_days)",
    ),
    "no desk": ("", 'desks: is missing (add [[desks]] with address = "support@example.com")'),
    "no address": (
        "[[desks]]\nname = 'support'",
        'desks#1.address: is missing (write it like address = "support@example.com")',
    ),
    "bad address": (
        "[[desks]]\naddress = 'support'",
        "desks#1.address: is not a mail address (write it like support@example.com)",
    ),
    "desk too long": (
        "[[desks]]\naddress = 'abcdefghijklmnopqrstuvwxyza@example.com'",
        (
            "desks#1.address: abcdefghijklmnopqrstuvwxyza is longer than 26 characters, so no "
            "reply token fits behind it (take a shorter one, or reply_address = subdomain)"
        ),
    ),
    "same address twice": (
        DESK
        + "name = 'one'\n"
        + DESK.upper().replace("DESKS", "desks").replace("ADDRESS", "address"),
        "desks#2.address: SUPPORT@example.com is already taken by desks#1 (change one)",
    ),
    "same name twice": (
        DESK + "[[desks]]\naddress = 'support@example.org'",
        "desks#2.name: support is already taken by desks#1 (change one)",
    ),
    "a name with a space": (
        DESK + "name = 'my desk'",
        (
            'desks#1.name: has a character or a form that is not allowed, not "my desk" '
            "(Short name; the part before the @ unless it is given)"
        ),
    ),
    "one of three": (
        DESK + "confirm = 'some'",
        'desks#1.confirm: must be all, proved or none, not "some"',
    ),
    "no boolean": (
        DESK + "opens_for_generated = 'perhaps'",
        'desks#1.opens_for_generated: must be true or false, not "perhaps"',
    ),
    "no list": (
        DESK + "form_senders = 'web@example.com'",
        'desks#1.form_senders: must be a list such as ["one", "two"], not "web@example.com"',
    ),
    "agent without address": (
        DESK + "[[agents]]\nname = 'Ana'\naddresses = []",
        'agents#1.addresses: must not be empty (write it like addresses = ["ana@example.com"])',
    ),
    "agent is a desk": (
        DESK + "[[agents]]\nname = 'Ana'\naddresses = ['Support@example.com']",
        "agents#1.addresses: Support@example.com is a desk (give the agent's own address)",
    ),
    "agent gets notifications from himself": (
        DESK + "[[agents]]\nname = 'Ana'\naddresses = ['notifications@example.com']",
        (
            "agents#1.addresses: notifications@example.com is where notifications come from "
            "(set another notifications_address)"
        ),
    ),
    "agent of no desk": (
        DESK + "[[agents]]\nname = 'Ana'\naddresses = ['ana@example.com']\ndesks = ['suport']",
        "agents#1.desks: there is no desk suport (did you mean support?)",
    ),
    "two agents with one address": (
        DESK + "[[agents]]\nname = 'Ana'\naddresses = ['a@example.com']\n"
        "[[agents]]\nname = 'Ben'\naddresses = ['A@example.com']",
        "agents#2.addresses: A@example.com is also an address of Ana (remove one)",
    ),
    "notifications from a desk": (
        DESK + "[outgoing]\nnotifications_address = 'support@example.com'",
        (
            "outgoing.notifications_address: is the address of a desk, so notifications would come "
            "back as tickets (take an address that nobody reads)"
        ),
    ),
    "port too high": (
        DESK + "[[listeners]]\nport = 70000",
        "listeners#1.port: must be less than or equal to 65535, not 70000",
    ),
    "port in words": (
        DESK + "[[listeners]]\nport = 'smtp'",
        'listeners#1.port: must be a whole number, not "smtp"',
    ),
    "unknown protocol": (
        DESK + "[[listeners]]\nname = 'a'\nprotocol = 'imap'",
        'listeners#1.protocol: must be smtp or lmtp, not "imap"',
    ),
    "no way in": (
        "listeners = []\n" + DESK,
        "listeners: no mail can come in (add [[listeners]] or [[mailboxes]])",
    ),
    "two listeners on one port": (
        DESK + "[[listeners]]\nname = 'a'\n[[listeners]]\nname = 'b'",
        "listeners#2.port: 127.0.0.1:8025 is already taken by listeners#1 (change one)",
    ),
    "network with host bits": (
        DESK + "[[listeners]]\ntrust_network = ['10.1.2.3/8']",
        "listeners#1.trust_network#1: has host bits set (write 10.0.0.0/8)",
    ),
    "no network": (
        DESK + "[[listeners]]\ntrusted_peers = ['mail.example.com']",
        "listeners#1.trusted_peers#1: is not a network (write it like 10.0.0.0/8 or 192.0.2.7)",
    ),
    "trust behind a mail server": (
        DESK + "[[listeners]]\nauthserv_id = 'mx.example.com'\ntrust_network = ['127.0.0.0/8']",
        (
            "listeners#1: trust_network and authserv_id exclude each other: behind a mail server "
            "the whole Internet would be trusted (remove one of them)"
        ),
    ),
    "certificate without key": (
        DESK + "[[listeners]]\ntls_certificate = 'config.toml'",
        "listeners#1: tls_certificate and tls_key go together (give both or none)",
    ),
    "size in fruit": (
        DESK + "[[listeners]]\nsize_limit = '7 bananas'",
        'listeners#1.size_limit: must be a size such as "25 MiB", not "7 bananas"',
    ),
    "time in words": (
        DESK + "[[listeners]]\nidle_timeout = 'soon'",
        'listeners#1.idle_timeout: must be a number of seconds, not "soon"',
    ),
    "subdomain without domain": (
        DESK + "[outgoing]\nreply_address = 'subdomain'",
        (
            "outgoing: reply_address = subdomain needs reply_domain "
            '(add reply_domain = "reply.example.com")'
        ),
    ),
    "domain without subdomain": (
        DESK + "[outgoing]\nreply_domain = 'reply.example.com'",
        "outgoing: reply_domain is used only with reply_address = subdomain (remove one of them)",
    ),
    "no domain": (
        DESK + "[outgoing]\nreply_address = 'subdomain'\nreply_domain = 'reply'",
        "outgoing.reply_domain: is not a domain name (write it like reply.example.com)",
    ),
    "separator of two characters": (
        DESK + "[outgoing]\nseparator = '+-'",
        (
            'outgoing.separator: has a character or a form that is not allowed, not "+-" '
            "(The character before the token of a subaddress)"
        ),
    ),
    "smtp without relay": (
        DESK + "[outgoing]\ntransport = 'smtp'",
        'relay.host: is missing (transport = smtp needs it: add host = "mail.example.com")',
    ),
    "password in the clear": (
        DESK + "[relay]\nhost = 'mail.example.com'\ntls = 'none'\nuser = 'u'\npassword = 'p'",
        "relay: tls = none would send the password readable by anybody (use starttls or tls)",
    ),
    "user without password": (
        DESK + "[relay]\nuser = 'u'",
        "relay: user and password (or oauth) go together (give both or none)",
    ),
    "password that is a number": (
        DESK + "[relay]\npassword = 12345",
        "relay.password: must be text in quotes",
    ),
    "small letters in the prefix": (
        DESK + "[tickets]\nprefix = 'tick'",
        (
            'tickets.prefix: has a character or a form that is not allowed, not "tick" '
            "(Stands before the number: TICK-1001)"
        ),
    ),
    "day smaller than hour": (
        DESK + "[budget]\nper_hour = 20",
        "budget: per_day is less than per_hour (raise per_day or lower per_hour)",
    ),
    "pattern without end": (
        DESK + "[[licenses.patterns]]\nprovider = 'own'\nregex = '(A+)+B'",
        (
            "licenses.patterns#1.regex: may match in too many ways "
            "(give every repetition its bounds, like [A-Z0-9]{5,8})"
        ),
    ),
    "pattern in too many ways": (
        DESK + "[[licenses.patterns]]\nprovider = 'own'\nregex = '(?:A{1,9}){1,9}B'",
        (
            "licenses.patterns#1.regex: may match in too many ways "
            "(give every repetition its bounds, like [A-Z0-9]{5,8})"
        ),
    ),
    "no pattern": (
        DESK + "[[licenses.patterns]]\nprovider = 'own'\nregex = '(A'",
        (
            "licenses.patterns#1.regex: is not a regular expression: missing ), unterminated "
            "subpattern at position 0 (see the example)"
        ),
    ),
    "provider without its file": (
        DESK + "[[licenses.providers]]\nname = 'own'\nkind = 'csv'",
        "licenses.providers#1: kind = csv needs file (add it)",
    ),
    "provider with another's key": (
        DESK + "[[licenses.providers]]\nname = 'own'\nkind = 'csv'\nfile = 'x'\nquery = 'x'",
        "licenses.providers#1: query is not for kind = csv (remove it)",
    ),
    "provider without keys": (
        DESK + "[[licenses.providers]]\nname = 'own'\nkind = 'csv'\nfile = 'x'",
        (
            "licenses.providers#1.patterns: is missing, so no key of own is found "
            '(write it like patterns = ["ACME-[0-9]{4}-[0-9]{4}"], or [] for keys that '
            "customers and agents call so)"
        ),
    ),
    "provider in the clear": (
        DESK + "[[licenses.providers]]\nname = 'own'\nkind = 'keygen'\naccount = 'a'\n"
        "url = 'http://keys.example.com'",
        ("licenses.providers#1: url must begin with https://, or be on this machine (correct it)"),
    ),
    "provider with a field that is none": (
        DESK + "[[licenses.providers]]\nname = 'own'\nkind = 'csv'\nfile = 'x'\n"
        "columns = { expiry = 'x' }",
        "licenses.providers#1.columns: there is no field 'expiry' (did you mean expires?)",
    ),
    "half a worker": (
        DESK + "[reader]\nworkers = 1.5",
        "reader.workers: must be a whole number, not 1.5",
    ),
    "a section that is no table": (
        "relay = 'x'\n" + DESK,
        'relay: must be a table such as [relay], not "x"',
    ),
    "unknown database": (
        DESK + "[store]\ndatabase = 'mysql://x'",
        "store.database: is neither a file name nor a URL that we know (write it like helpdesk.db)",
    ),
    "a server without a database": (
        DESK + "[store]\ndatabase = 'postgresql://u:secret@db'",
        (
            "store.database: names no database on a server "
            "(write it like postgresql://helpdesk@localhost/helpdesk)"
        ),
    ),
    "log level": (
        DESK + "[logging]\nlevel = 'chatty'",
        'logging.level: must be debug, info, warning or error, not "chatty"',
    ),
    "mailbox without a password": (
        DESK + BOX,
        "mailboxes#1: needs one of password, password_file and oauth (give exactly one)",
    ),
    "mailbox twice": (
        DESK + (BOX + "password='x'\n") * 2,
        "mailboxes#2.name: support is already taken by mailboxes#1 (change one)",
    ),
    "mailbox of no desk": (
        DESK + BOX + "password='x'\ndesk='suport'",
        "mailboxes#1.desk: there is no desk suport (did you mean support?)",
    ),
    "mailbox that moves its mail to where it is": (
        DESK + BOX + "password='x'\ndone_folder='INBOX'",
        "mailboxes#1.folder: INBOX is also where mail is moved to (take another folder for it)",
    ),
    "mailbox that moves its mail to where it is, spelled otherwise": (
        DESK + BOX + "password='x'\nfailed_folder='Inbox'",
        "mailboxes#1.folder: INBOX is also where mail is moved to (take another folder for it)",
    ),
    "mailbox under two names": (
        DESK + BOX + "password='x'\n" + BOX.replace("'support'", "'sales'") + "password='x'\n",
        (
            "mailboxes#2.folder: INBOX of support@example.com is already fetched as support "
            "(remove one)"
        ),
    ),
    "mailbox whose server may be silent for long": (
        DESK + BOX + "password='x'\ntimeout=300",
        "mailboxes#1.timeout: must be less than or equal to 4 minutes, not 0:05:00",
    ),
    "mailbox with two ways to log in": (
        DESK + BOX + "password='x'\noauth={command=['x']}",
        "mailboxes#1: needs one of password, password_file and oauth (give exactly one)",
    ),
    "mailbox readable on the way": (
        DESK + BOX + "password='x'\ntls='none'",
        "mailboxes#1: tls = none is for this machine only (remove it)",
    ),
    "mailbox without a host": (
        DESK + "[[mailboxes]]\nname='a'\nuser='b'\npassword='x'",
        'mailboxes#1.host: is missing (write it like host = "imap.example.com")',
    ),
    "first of what": (
        DESK + BOX + "password='x'\nfirst='seen'",
        'mailboxes#1.first: must be unseen, all or new, not "seen"',
    ),
    "poll of nothing": (
        DESK + BOX + "password='x'\npoll=0",
        "mailboxes#1.poll: must be greater than 0 seconds, not 0:00:00",
    ),
    "oauth without anything": (
        DESK + BOX + "oauth={}",
        "mailboxes#1.oauth: needs command or client_id (see the example)",
    ),
    "oauth of an unknown provider": (
        DESK + BOX + "oauth={provider='gogle', client_id='x'}",
        'mailboxes#1.oauth.provider: must be google, microsoft or other, not "gogle"',
    ),
    "oauth without token_url": (
        DESK + BOX + "oauth={client_id='x'}",
        "mailboxes#1.oauth: provider = other needs token_url (add it, or name the provider)",
    ),
    "oauth in the clear": (
        DESK + BOX + "oauth={client_id='x', token_url='http://example.com/token'}",
        "mailboxes#1.oauth: token_url must begin with https:// (correct it)",
    ),
    "oauth two ways": (
        DESK + BOX + "oauth={client_id='x', command=['x']}",
        "mailboxes#1.oauth: command and client_id exclude each other (remove one of them)",
    ),
    "oauth command as text": (
        DESK + BOX + "oauth={command='print token'}",
        'mailboxes#1.oauth.command: must be a list such as ["one", "two"], not "print token"',
    ),
    "oauth that ends some day": (
        DESK + BOX + "oauth={command=['x'], secret_ends_on='30.11.2027'}",
        "mailboxes#1.oauth.secret_ends_on: is not a day (write it like 2027-11-30)",
    ),
    "relay with two ways to log in": (
        DESK + "[relay]\nhost='x'\nuser='u'\npassword='p'\noauth={command=['x']}",
        "relay: password and oauth exclude each other (remove one of them)",
    ),
    "relay reverse path": (
        DESK + "[relay]\nreverse_path='login'",
        'relay.reverse_path: must be verp or desk, not "login"',
    ),
    "relay rate": (
        DESK + "[relay]\nmax_per_minute=-1",
        "relay.max_per_minute: must be greater than or equal to 0, not -1",
    ),
    "implicit tls without certificate": (
        DESK + "[[listeners]]\nimplicit_tls=true",
        "listeners#1: implicit_tls needs a certificate (give tls_certificate and tls_key)",
    ),
    "login without tls": (
        DESK + "[[listeners]]\nlogin='required'",
        (
            "listeners#1: login needs TLS, or passwords could be read "
            "(give tls_certificate and tls_key)"
        ),
    ),
    "socket and tls": (
        DESK + "[[listeners]]\nsocket='x'\nimplicit_tls=true\n" + PAIR,
        "listeners#1: a unix socket needs no TLS (remove implicit_tls)",
    ),
    "socket mode": (
        DESK + "[[listeners]]\nsocket='x'\nsocket_mode='rw'",
        (
            'listeners#1.socket_mode: has a character or a form that is not allowed, not "rw" '
            "(Permissions of that socket, in octal digits)"
        ),
    ),
    "login on lmtp": (
        DESK + "[[listeners]]\nprotocol='lmtp'\nlogin='offered'\n" + PAIR,
        "listeners#1: login is for smtp (remove it from this lmtp listener)",
    ),
    "operator": (
        DESK + "[operator]\naddresses=['root']",
        "operator.addresses#1: is not a mail address (write it like support@example.com)",
    ),
    "operator relay": (
        DESK + "[operator.relay]\nhots='x'",
        "operator.relay.hots: unknown key (did you mean host?)",
    ),
    "metrics port": (
        DESK + "[metrics]\nport=99999",
        "metrics.port: must be less than or equal to 65535, not 99999",
    ),
    "credential twice": (
        DESK + "[relay]\nuser='u'\nhost='x'\npassword_file='/nope'",
        (
            "relay.password_file: there is no readable file /nope "
            "(correct the path or its permissions)"
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(mistake: str, tmp_path: Path) -> None:
    text, line = MISTAKES[mistake]

    assert problems(tmp_path, text) == [line]


def test_a_folder_of_templates_that_is_missing_is_named(tmp_path: Path) -> None:
    lines = problems(tmp_path, DESK + "[templates]\noverrides = 'mine'")

    assert lines == [
        (
            f"templates.overrides: there is no folder {tmp_path / 'mine'} "
            "(create it or remove this line)"
        )
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lines = problems(tmp_path, DESK + "[relay]\nuser = 'u'\npassword_file = 'secret'")

    assert lines == [
        (
            f"relay.password_file: there is no readable file {tmp_path / 'secret'} "
            "(correct the path or its permissions)"
        )
    ]


@pytest.mark.parametrize("name", ["HELPDESK_STORE_DATABASE", "helpdesk_store_database"])
def test_a_variable_that_nobody_would_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "postgresql://helpdesk@localhost/helpdesk")
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, DESK)

    assert caught.value.problems == (
        f"environment: {name}: is no setting (did you mean HELPDESK_STORE__DATABASE?)",
    )


def test_a_variable_about_a_service_of_kubernetes_is_no_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPDESK_METRICS_PORT", "tcp://10.96.0.7:9120")

    assert read(tmp_path, DESK).metrics.port == 0


@pytest.mark.parametrize(
    "host",
    [
        "::1",
        "fe80::1%eth0",
        "mail_1.example.com",
        "xn--mller-kva.example",
        "müller.example",
        "mail.example.com.",
    ],
)
def test_a_host_may_be(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, DESK + f"[relay]\nhost = '{host}'").relay.host == host


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + DESK).desks[0].address == "support@example.com"


def test_the_secret_of_a_relay_that_is_not_used_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("")
    settings = read(tmp_path, DESK + "[relay]\nuser = 'u'\npassword_file = 'secret'")

    assert faults(settings) == []


@pytest.mark.parametrize("content", ["", "\npassword\n"])
def test_a_secret_that_is_empty_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    smtp = "[outgoing]\ntransport = 'smtp'\n"
    relay = "[relay]\nhost = 'r.test'\nuser = 'u'\npassword_file = 'secret'"
    settings = read(tmp_path, DESK + smtp + relay)

    assert faults(settings) == [
        f"{tmp_path / 'secret'}: its first line is empty (put the secret there)"
    ]


def test_a_relay_whose_authority_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca").touch()
    settings = read(tmp_path, DESK + "[operator.relay]\nhost = 'localhost'\nca_file = 'ca'")

    assert [line.partition(":")[0] for line in faults(settings)] == [str(tmp_path / "ca")]


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = "x = 1\n[[desks]]\naddress = 'nowhere'\n[reader]\nworkers = -1\n[tickets]\nprefix = 7"

    assert [line.partition(":")[0] for line in problems(tmp_path, text)] == [
        "desks#1.address",
        "tickets.prefix",
        "reader.workers",
        "x",
    ]


def test_what_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    [line] = problems(tmp_path, "[store]\ndatabase = helpdesk.db\n")

    assert "is not TOML" in line
    assert "line 2" in line


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no such file \(.*helpdesk init\)"):
        load(tmp_path / "config.toml")


def test_a_control_character_in_a_value_is_not_printed(tmp_path: Path) -> None:
    [line] = problems(tmp_path, DESK + '[outgoing]\nseparator = "\\u001b[2J"')

    assert line.isprintable()


# --- what is taken --------------------------------------------------------------------------------


def test_the_least_file_is_one_desk(tmp_path: Path) -> None:
    policy = read(tmp_path, DESK).policy()

    assert [(d.name, d.address, d.display_name) for d in policy.desks] == [
        ("support", "support@example.com", "Support")
    ]
    assert policy.notifications_address == "notifications@example.com"
    assert policy.reopen_within == timedelta(days=30)


def test_paths_start_at_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    settings = read(tmp_path, DESK + "[outgoing]\nmaildir = 'out/box'")

    assert settings.outgoing.maildir == tmp_path / "out/box"
    assert settings.store.file == tmp_path / "helpdesk.db"
    assert settings.store.keys == tmp_path / "keys"


def test_a_long_desk_is_taken_where_its_name_carries_no_token(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "[[desks]]\naddress = 'abcdefghijklmnopqrstuvwxyza@example.com'\n"
        "[outgoing]\nreply_address = 'subdomain'\nreply_domain = 'Reply.Example.com'",
    )

    assert settings.policy().reply_address is ReplyAddress.SUBDOMAIN
    assert settings.policy().reply_domain == "reply.example.com"


def test_the_environment_overrides_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPDESK_RELAY__PASSWORD", "from the environment")
    settings = read(tmp_path, DESK + "[relay]\nuser = 'u'\npassword = 'from the file'")

    assert settings.relay.read_password() == "from the environment"


def test_a_mistake_in_the_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPDESK_RELAY__PASWORD", "x")

    assert problems(tmp_path, DESK) == ["relay.pasword: unknown key (did you mean password?)"]


def test_a_list_in_the_environment_that_is_no_json_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPDESK_DESKS", "support@example.com")
    (tmp_path / "config.toml").write_text(DESK)

    with pytest.raises(ConfigurationError, match=r"^environment: .*desks.* \(write lists .*JSON\)"):
        load(tmp_path / "config.toml")


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("pass word\nmore\n")
    settings = read(tmp_path, DESK + "[relay]\nuser = 'u'\npassword_file = 'secret'")

    assert settings.relay.read_password() == "pass word"


def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    settings = read(tmp_path, DESK + "[relay]\nuser = 'u'\npassword = 'swordfish'")
    printed = [repr(settings), as_toml(plain(settings)), json.dumps(changed(settings))]

    assert not [text for text in printed if "swordfish" in text]
    assert "********" in printed[1]
    assert "********" in printed[2]


def test_only_what_was_changed_is_shown_as_changed(tmp_path: Path) -> None:
    settings = read(tmp_path, DESK + "confirm = 'all'\n[tickets]\nprefix = 'HELP'")

    assert changed(settings)["tickets"] == {"prefix": "HELP"}
    assert "confirm" not in changed(settings)["desks"][0]
    assert "store" not in changed(settings)


def test_what_is_shown_can_be_read_again(tmp_path: Path) -> None:
    settings = read(tmp_path, DESK + "[tickets]\nprefix = 'HELP'")

    again = read(tmp_path, as_toml(plain(settings)))

    assert plain(again) == plain(settings)


def test_the_example_says_what_holds_anyway(tmp_path: Path) -> None:
    (tmp_path / "least").mkdir()
    least = read(tmp_path, DESK)

    assert plain(read(tmp_path, example())) == plain(least)


def test_every_line_of_the_example_may_be_uncommented(tmp_path: Path) -> None:
    lines = []
    shown = example().splitlines()
    for line, below in zip(shown, [*shown[1:], ""], strict=True):
        words = line.removeprefix("# ")
        # A table with nothing below refers to another one.
        is_key = (words.startswith("[") and below != "") or (
            " = " in words and words.split(" = ")[0].isidentifier()
        )
        lines.append(words if is_key else line)

    settings = read(tmp_path, "\n".join(lines))

    assert settings.agents[0].name == "Ana Ruiz"
    assert settings.licenses.key_patterns()[0].provider == "own"


def test_a_ready_made_provider_takes_over_the_known_keys_of_its_kind(tmp_path: Path) -> None:
    provider = "[[licenses.providers]]\nname = 'ours'\nkind = 'keygen'\naccount = 'acme'\n"

    names = [each.provider for each in read(tmp_path, DESK + provider).licenses.key_patterns()]

    assert names[:2] == ["ours", "ours"]
    assert "keygen" not in names
    assert "cryptolens" in names


def test_every_setting_is_described() -> None:
    sections = (get_args(i.annotation) or (i.annotation,) for i in Settings.model_fields.values())
    missing = [
        (section, key)
        for section, *_ in sections
        for key, field in cast(Any, section).model_fields.items()
        if not (field.description or "").endswith(".")
    ]

    assert missing == []


def test_the_first_file_works_as_it_is(tmp_path: Path) -> None:
    settings = read(tmp_path, first_file(desk="support@example.test", agent="agent@example.test"))

    assert settings.outgoing.maildir == tmp_path / "outbox"
    assert str(settings.listeners[0].trust_network[0]) == "127.0.0.0/8"


# --- where it is ----------------------------------------------------------------------------------


def test_the_first_file_that_is_there_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var/config.toml").touch()
    in_var = find()
    (tmp_path / "config.toml").touch()
    here = find()
    monkeypatch.setenv("HELPDESK_CONFIG", "/named.toml")

    assert (in_var, here) == (Path("var/config.toml"), Path("config.toml"))
    assert find() == Path("/named.toml")
    assert find(Path("given.toml")) == Path("given.toml")


def test_who_may_not_look_at_a_configuration_is_not_told_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path) -> bool:
        if path.is_absolute():
            raise PermissionError
        return False

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPDESK_CONFIG", raising=False)
    monkeypatch.setattr(Path, "is_file", closed)

    with pytest.raises(ConfigurationError) as caught:
        find()

    assert "may not look at /etc/helpdesk/config.toml" in str(caught.value)
    assert "helpdesk init" not in str(caught.value)
    assert "run it as the user of the daemon (sudo -u helpdesk)" in str(caught.value)


# --- keys -----------------------------------------------------------------------------------------


def test_new_keys_are_secret_and_never_twice_the_same(tmp_path: Path) -> None:
    create_keys(tmp_path / "one")
    create_keys(tmp_path / "two")

    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert load_keyring(tmp_path / "one").keys != load_keyring(tmp_path / "two").keys
    assert len(load_keyring(tmp_path / "one").keys[0]) == 32


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")

    with pytest.raises(FileExistsError):
        create_keys(tmp_path / "keys")


def test_the_last_key_signs_and_all_verify(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    create_keys(path)
    with path.open("a") as file:
        file.write("1 " + "ab" * 32 + "\n")

    assert load_keyring(path).current == 1
    assert set(load_keyring(path).keys) == {0, 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no key"),
        ("0 abc\n", "line 1 is no key"),
        ("0 " + "ab" * 31 + "\n", "line 1 is no key"),
        ("16 " + "ab" * 32 + "\n", "line 1 has a number that is taken or above 15"),
        (2 * ("3 " + "ab" * 32 + "\n"), "line 2 has a number that is taken or above 15"),
    ],
)
def test_a_damaged_file_of_keys_is_named(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(content)

    with pytest.raises(ConfigurationError, match=said):
        load_keyring(path)


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o640)

    with pytest.raises(ConfigurationError, match=r"others can read .* \(chmod 600"):
        load_keyring(tmp_path / "keys")


def test_the_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        DESK + "[store]\ndatabase = 'postgresql://u:s3cr:et@db/helpdesk?password=s3cret'",
        encoding="utf-8",
    )

    settings = load(path)

    assert settings.store.database.startswith("postgresql+asyncpg://u:s3cr:et@db/helpdesk")
    assert settings.store.file is None
    assert plain(settings)["store"]["database"] == (
        "postgresql+asyncpg://u:***@db/helpdesk?password=***"
    )


def test_who_fetches_mail_and_names_no_listener_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, DESK + BOX + "password = 'x'").listeners == ()
    assert len(read(tmp_path, DESK).listeners) == 1


def test_a_secret_that_only_the_daemon_gets_is_one_line_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    secret = "password_file = '$CREDENTIALS_DIRECTORY/imap'"
    settings = read(tmp_path, DESK + BOX + secret)

    with pytest.raises(ConfigurationError, match=r"only the daemon gets it \(start it with"):
        settings.mailboxes[0].read_password()


def test_a_secret_that_systemd_passes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imap").write_text("open sesame\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    secret = "password_file = '$CREDENTIALS_DIRECTORY/imap'"

    assert read(tmp_path, DESK + BOX + secret).mailboxes[0].read_password() == "open sesame"
