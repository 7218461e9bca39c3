"""Private Postfixes on loopback, with queue, settings and log in a folder of their own.

The one with a gateway takes mail by SMTP and hands it on in three ways, by the recipient's domain;
what it bounces ends in a Maildir. The Postfix of the machine is not touched.
"""

import email
import email.policy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from benchmarks.postfix import FOUNDATION, SERVICES
from tests.machine import NOBODY, ROOT, need, need_code_for_nobody, unavailable
from tests.scenarios.servers import Daemon, free_port, greets, wait_until

BY_LMTP, BY_SMTP, BY_PIPE = WAYS = ("lmtp.test", "smtp.test", "pipe.test")
BY_ALIAS = "alias.test"
"""For a command in an alias file; it gets some fields more, so it is not in the lot."""
CUSTOMERS = "customer.test"
SOCKET = "helpdesk/lmtp"
"""Relative to the queue: seen from inside of the chroot, too."""
CONTRIB = ROOT / "contrib" / "postfix"
SETTINGS = """\
smtp_host_lookup = native
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
mailbox_size_limit = 0
default_privs = nobody
recipient_delimiter = +
"""
MAIN = f"""\
myhostname = mx.example.test
mydestination = {BY_ALIAS}
local_recipient_maps =
alias_maps = hash:{{folder}}/conf/aliases
relay_domains = {" ".join(WAYS)}
transport_maps = inline:{{{{
  {{{{ {BY_LMTP} = helpdesk:unix:{SOCKET} }}}}
  {{{{ {BY_SMTP} = smtp:[127.0.0.1]:{{port}} }}}}
  {{{{ {BY_PIPE} = helpdesk-pipe: }}}} }}}}
virtual_mailbox_domains = {CUSTOMERS}
virtual_mailbox_base = {{folder}}/bounces
virtual_mailbox_maps = static:Maildir/
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
export_environment = TZ MAIL_CONFIG LANG PYTHONPATH={ROOT}
"""
DELIVERY = """\
smtp unix - - n - - smtp
  -o smtp_line_length_limit=0
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
local unix - n n - - local
scache unix - - n - 1 scache
"""
GATEWAY = "\n".join(
    f"""
[[desks]]
address = "{desk}@{way}"
name = "{desk}-{way.partition(".")[0]}"
confirm = "none"
"""
    for way in (*WAYS, BY_ALIAS)
    for desk in ("support", "sales")
)
LISTENERS = """
[[listeners]]
protocol = "lmtp"
socket = "{socket}"
socket_mode = "660"

[[listeners]]
protocol = "smtp"
port = {port}
size_limit = "50 MiB"

[reader]
workers = 1
"""


class PrivatePostfix:
    """`main` and `master` are added to what every Postfix here has."""

    def __init__(self) -> None:
        for program in ("postfix", "postqueue", "postconf"):
            need(program)
        if os.geteuid() != 0:
            unavailable("Postfix is started by root only")
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-postfix-"))
        # Its daemons are other users, and must be able to walk in.
        self.folder.chmod(0o755)
        for name in ("conf", "data", "queue"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.port = free_port()

    def configure(self, main: str, master: str) -> None:
        foundation = FOUNDATION.format(folder=self.folder)
        (self.folder / "conf/main.cf").write_text(foundation + SETTINGS + main)
        (self.folder / "conf/main.cf").chmod(0o644)
        (self.folder / "conf/master.cf").write_text(SERVICES + DELIVERY + master)

    def start(self) -> None:
        self.say("postfix", "start")
        wait_until(lambda: greets(self.port), "Postfix listens")

    def stop(self) -> None:
        """All of it is gone when this returns."""
        pid_file = self.folder / "queue/pid/master.pid"
        pid = int(pid_file.read_text()) if pid_file.exists() else 0
        self.say("postfix", "stop")
        wait_until(lambda: not pid or not Path(f"/proc/{pid}").exists(), "the master is gone")

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def flush(self) -> None:
        """Try again at once what was deferred."""
        self.say("postqueue", "-f")

    def set(self, setting: str) -> None:
        self.say("postconf", "-e", setting)
        self.say("postfix", "reload")

    def queued(self, *queues: str) -> int:
        found = 0
        for name in queues or ("maildrop", "incoming", "active", "deferred", "hold", "corrupt"):
            for _, _, files in os.walk(self.folder / "queue" / name):
                found += len(files)
        return found

    @property
    def log(self) -> str:
        path = self.folder / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def say(self, program: str, *words: str) -> None:
        subprocess.run(
            [need(program), "-c", str(self.folder / "conf"), *words],
            capture_output=True,
            check=False,
        )

    def socket_for(self, user: int) -> Path:
        """Where a gateway may make its LMTP socket: the folder is its own, of the group postfix."""
        door = self.folder / "queue" / SOCKET
        door.parent.mkdir()
        shutil.chown(door.parent, user, "postfix")
        door.parent.chmod(0o2750)  # so that the socket gets the folder's group
        return door


class Postfix(PrivatePostfix):
    """With a gateway behind it."""

    def __init__(self) -> None:
        need("postalias")
        super().__init__()
        need_code_for_nobody()
        self.daemon = self._gateway()
        self._configure()

    def _gateway(self) -> Daemon:
        door = self.socket_for(NOBODY)
        home = self.folder / "gateway"
        home.mkdir(mode=0o700)
        self._gateway_port = free_port()
        config = home / "config.toml"
        config.write_text(GATEWAY + LISTENERS.format(socket=door, port=self._gateway_port))
        for path in (home, config):
            shutil.chown(path, NOBODY, NOBODY)
        return Daemon(config, door, user=NOBODY)

    def _configure(self) -> None:
        (self.folder / "bounces").mkdir()
        shutil.chown(self.folder / "bounces", NOBODY)
        main = MAIN.format(folder=self.folder, port=self._gateway_port)
        snippet = (CONTRIB / "main.cf").read_text(encoding="utf-8")
        main += "".join(
            f"{line}\n" for line in snippet.splitlines() if line.startswith("helpdesk-pipe_")
        )
        main += f"header_checks = regexp:{self.folder}/conf/header_checks\n"
        shutil.copy(CONTRIB / "header_checks", self.folder / "conf")
        deliver = f"{sys.executable} -m helpdesk deliver -c {self.daemon.config}"
        (self.folder / "conf/aliases").write_text(f'support: "|{deliver}"\n')
        services = (CONTRIB / "master.cf").read_text(encoding="utf-8")
        for written, here in (
            ("user=helpdesk", "user=nobody"),
            ("/usr/local/bin/helpdesk deliver", f"{sys.executable} -m helpdesk deliver"),
            ("/etc/helpdesk/config.toml", str(self.daemon.config)),
        ):
            assert written in services
            services = services.replace(written, here)
        self.configure(main, f"127.0.0.1:{self.port} inet n - n - 200 smtpd\n{services}")
        self.say("postalias", f"hash:{self.folder}/conf/aliases")

    def stop(self) -> None:
        super().stop()
        self.daemon.stop()
        self.remove()

    def bounces(self) -> Iterator[EmailMessage]:
        for path in sorted((self.folder / "bounces").glob("Maildir/new/*")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            yield message
