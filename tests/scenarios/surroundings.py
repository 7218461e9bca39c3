"""A gateway between real servers: Postfix as relay and edge, Dovecot with a mailbox and the logins.

One desk's mail comes by LMTP, the other's is fetched. A name server tells of both domains.
"""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme

from tests.app.doctor.nameserver import NameServer, Zone, texts
from tests.machine import NOBODY, need_code_for_nobody
from tests.scenarios.dovecot import PASSWORD, Dovecot, dovecot
from tests.scenarios.postfix import CONTRIB, SOCKET, PrivatePostfix
from tests.scenarios.servers import Daemon, free_port

DOMAIN, BOX_DOMAIN = "acme.example", "box.example"
DESK, BOX_DESK = f"support@{DOMAIN}", f"sales@{BOX_DOMAIN}"
EDGE = f"mx.{DOMAIN}"
ZONE: Zone = {
    (EDGE, "A"): ["192.0.2.1"],
    **{
        record: values
        for domain in (DOMAIN, BOX_DOMAIN)
        for record, values in {
            (domain, "MX"): [f"10 {EDGE}."],
            (domain, "TXT"): texts("v=spf1 mx -all"),
            (f"_dmarc.{domain}", "TXT"): texts("v=DMARC1; p=reject"),
        }.items()
    },
}
# The results are those of a DMARC filter: on top of the field that the edge writes.
MAIN = f"""
myhostname = {EDGE}
mydestination =
local_recipient_maps =
alias_maps =
relay_domains = {DOMAIN}
relay_recipient_maps = inline:{{{{ {DESK}=known }}}}
virtual_mailbox_domains = {BOX_DOMAIN}
virtual_mailbox_base = {{mail}}
virtual_mailbox_maps = inline:{{{{ {BOX_DESK}={BOX_DESK}/Maildir/ }}}}
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
transport_maps = inline:{{{{
  {{{{ {DOMAIN} = helpdesk:unix:{SOCKET} }}}}
  {{{{ {BOX_DOMAIN} = filter:[127.0.0.1]:{{back}} }}}} }}}}
header_checks = regexp:{{folder}}/conf/header_checks
smtpd_tls_security_level = may
smtpd_tls_chain_files = {{folder}}/conf/edge.pem
smtpd_tls_session_cache_database =
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{{logins}}
smtpd_sasl_auth_enable = yes
"""
MASTER = """\
127.0.0.1:{port} inet n - n - 200 smtpd
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{back} inet n - n - 200 smtpd
  -o cleanup_service_name=plain
  -o content_filter=virtual:{box}
plain unix n - n - 0 cleanup
  -o header_checks=
filter unix - - n - - smtp
  -o smtp_header_checks=regexp:{folder}/conf/results
helpdesk unix - - n - - lmtp
  -o lmtp_header_checks=regexp:{folder}/conf/results
  -o lmtp_line_length_limit=0
"""
RESULTS = f"/^Received: .*by {EDGE}/ PREPEND Authentication-Results: {EDGE}; dmarc=pass\n"
LOGINS = """
service auth {{
  inet_listener {{
    port = {logins}
  }}
}}
ssl = yes
ssl_cert = <{pem}
ssl_key = <{pem}
service imap-login {{
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""
CONFIG = """
[[desks]]
address = "{desk}"
name = "support"

[[desks]]
address = "{box}"
name = "sales"

[[agents]]
name = "Bob Agent"
addresses = ["bob@{domain}"]

[outgoing]
transport = "smtp"

[relay]
host = "localhost"
port = {relay}
tls = "starttls"
user = "helpdesk"
password_file = "password"
ca_file = "ca.pem"
reverse_path = "verp"

[[listeners]]
name = "edge"
protocol = "lmtp"
socket = "{socket}"
socket_mode = "660"
authserv_id = "{edge}"

[[listeners]]
name = "submission"
port = {submission}
tls_certificate = "listener.pem"
tls_key = "listener.key"
login = "required"

[[mailboxes]]
name = "sales"
host = "localhost"
port = {imaps}
user = "{box}"
password_file = "password"
ca_file = "ca.pem"
authserv_id = "{edge}"
done_folder = "Done"
poll = 1

[reader]
workers = 1
"""


@dataclass
class Surroundings:
    postfix: PrivatePostfix
    dovecot: Dovecot
    daemon: Daemon
    authority: trustme.CA
    submission: int

    @property
    def home(self) -> Path:
        return self.daemon.config.parent

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> Path:
        """A file beside the settings, of the daemon's user."""
        path = self.home / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        shutil.chown(path, NOBODY, NOBODY)
        return path

    def certify(self, *names: str, not_after: datetime | None = None) -> None:
        """A new certificate for the listener."""
        issued = self.authority.issue_cert(*names, not_after=not_after)
        self.write("listener.pem", b"".join(each.bytes() for each in issued.cert_chain_pems))
        self.write("listener.key", issued.private_key_pem.bytes())


@dataclass(frozen=True, slots=True)
class Examined:
    status: int
    findings: list[dict[str, str]]

    def lines(self, *levels: str) -> list[str]:
        return [
            f"{each['level']} {each['check']} {each['subject']}: {each['problem']}"
            for each in self.findings
            if each["level"] in (levels or ("warning", "error"))
        ]


def examined(daemon: Daemon, names: NameServer, *options: str) -> Examined:
    said = daemon.say("doctor", "--json", "--nameserver", names.place, *options)
    assert not said.stderr, said.stderr
    return Examined(said.returncode, [json.loads(line) for line in said.stdout.splitlines()])


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    with ExitStack() as ends:
        postfix = PrivatePostfix()
        ends.callback(postfix.remove)
        need_code_for_nobody()
        authority = trustme.CA()
        pem = postfix.folder / "conf/edge.pem"
        pem.write_bytes(
            authority.issue_cert("localhost", EDGE).private_key_and_cert_chain_pem.bytes()
        )
        logins, imaps, back, submission = (free_port() for _ in range(4))
        mail = ends.enter_context(dovecot(LOGINS.format(logins=logins, imaps=imaps, pem=pem)))
        values = {
            "folder": postfix.folder,
            "logins": logins,
            "back": back,
            "mail": mail.home / "mail",
        }
        shutil.copy(CONTRIB / "header_checks", postfix.folder / "conf")
        (postfix.folder / "conf/results").write_text(RESULTS)
        postfix.configure(
            MAIN.format(**values), MASTER.format(**values, port=postfix.port, box=BOX_DOMAIN)
        )
        door = postfix.socket_for(NOBODY)
        home = postfix.folder / "gateway"
        home.mkdir(mode=0o700)
        shutil.chown(home, NOBODY, NOBODY)
        found = Surroundings(
            postfix, mail, Daemon(home / "config.toml", door, user=NOBODY), authority, submission
        )
        found.write("password", f"{PASSWORD}\n")
        found.write("ca.pem", authority.cert_pem.bytes())
        found.certify(EDGE)
        config = CONFIG.format(
            desk=DESK,
            box=BOX_DESK,
            domain=DOMAIN,
            edge=EDGE,
            socket=door,
            relay=postfix.port,
            submission=submission,
            imaps=imaps,
        )
        found.write("config.toml", config)
        mail.fill(BOX_DESK, [])
        postfix.start()
        ends.callback(postfix.stop)
        found.daemon.start()
        ends.callback(found.daemon.stop)
        yield found


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    async with NameServer(dict(ZONE)).listening() as names:
        yield names
