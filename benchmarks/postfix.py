"""A private Postfix that holds all it takes: durable accept and nothing after it, as a yardstick.

It answers 250 when a mail is synced to disk. It lives in a temporary folder, listens on loopback,
and needs root; the machine's own Postfix is not touched.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.gateway import await_greeting, free_port

FOUNDATION = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
message_size_limit = 52428800
smtpd_client_connection_count_limit = 0
"""
MAIN = """\
myhostname = mx.example.test
mydestination =
local_recipient_maps =
alias_maps =
relay_domains = example.test
smtpd_recipient_restrictions = check_recipient_access static:HOLD, permit_mynetworks, reject
"""
SERVICES = """\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MASTER = "127.0.0.1:{port} inet n - n - 200 smtpd\nrelay unix - - n - - smtp\n"


def missing() -> str:
    """Why there is no yardstick here; empty if there is one."""
    if os.geteuid() != 0:
        return "not root"
    return "" if shutil.which("postfix") else "postfix is not installed"


class Postfix:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bench-postfix-", dir="/var/tmp"))
        # Its daemons are other users, and must be able to walk in.
        self._folder.chmod(0o755)
        self.port = free_port()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        for name in ("conf", "queue", "data"):
            (self._folder / name).mkdir()
        shutil.chown(self._folder / "data", "postfix")
        (self._folder / "conf/main.cf").write_text(FOUNDATION.format(folder=self._folder) + MAIN)
        (self._folder / "conf/master.cf").write_text(SERVICES + MASTER.format(port=self.port))
        self._say("postfix", "start")
        if not await_greeting(self.port, 20):
            log = self._folder / "postfix.log"
            raise RuntimeError(f"Postfix did not start:\n{log.read_text() if log.exists() else ''}")

    def empty(self) -> None:
        self._say("postsuper", "-d", "ALL")

    def stop(self) -> None:
        self._say("postfix", "stop")
        shutil.rmtree(self._folder)

    def _say(self, program: str, *words: str) -> None:
        subprocess.run(
            [program, "-c", str(self._folder / "conf"), *words], capture_output=True, check=False
        )
