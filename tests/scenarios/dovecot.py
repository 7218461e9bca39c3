"""A private Dovecot with its mail in Maildirs, and a network in front of it that can fail."""

import asyncio
import contextlib
import getpass
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.machine import need
from tests.scenarios.servers import PATIENCE, free_port

PASSWORD = "sesame"
CONFIG = """
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
auth_failure_delay = 0
mail_max_userip_connections = 100
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


@dataclass
class Dovecot:
    home: Path
    port: int
    user: str
    tokens: dict[str, str] = field(default_factory=dict)
    """Access tokens that hold, and whose they are."""

    def maildir(self, user: str, folder: str = "") -> Path:
        path = self.home / "mail" / user / "Maildir"
        return path / f".{folder}" if folder else path

    def fill(self, user: str, contents: list[bytes], *, start: int = 0, new: bool = True) -> None:
        """Mails as a delivery leaves them; Dovecot numbers them in the order of their names."""
        target = self.maildir(user)
        for name in ("cur", "new", "tmp"):
            (target / name).mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents, start):
            sizes = f"S={len(content)},W={len(content)}"  # or it would read each for its size
            name = f"{1_700_000_000 + number}.M{number}P1.test,{sizes}"
            path = target / ("new" if new else "cur") / (name if new else f"{name}:2,")
            path.write_bytes(content)
        self.own(self.home / "mail" / user)

    def own(self, path: Path) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", self.user, str(path)], check=True)

    def files(self, user: str, folder: str = "") -> list[str]:
        target = self.maildir(user, folder)
        return [path.name for sub in ("cur", "new") for path in (target / sub).iterdir()]

    def flagged(self, user: str, letter: str) -> int:
        return sum(
            letter in name.rpartition(":2,")[2] for name in self.files(user) if ":2," in name
        )

    def renumber(self, user: str, uidvalidity: int) -> None:
        """As after a restore: all mail is there, its numbers are others."""
        target = self.maildir(user)
        for path in target.glob("dovecot*"):
            path.unlink()
        (target / "dovecot-uidlist").write_text(f"3 V{uidvalidity} N1 G{'ab' * 16}\n")
        self.own(target)


class _Issuer(BaseHTTPRequestHandler):
    """Says to whom an access token was given."""

    def __init__(self, tokens: dict[str, str], *arguments: Any) -> None:
        self._tokens = tokens
        super().__init__(*arguments)

    def do_GET(self) -> None:
        owner = self._tokens.get(self.path.rpartition("=")[2])
        answer = json.dumps({"email": owner} if owner else {"error": "invalid_token"}).encode()
        self.send_response(200 if owner else 401)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: it is seen in the answers."""


@contextmanager
def dovecot(more: str = "") -> Iterator[Dovecot]:
    """Started as whoever runs the tests; mail is never handled as root. `more` are settings."""
    program = need("dovecot")
    home = Path(tempfile.mkdtemp(prefix="dv-"))  # socket names have room for 100 characters
    home.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    (home / "mail").mkdir()
    tokens: dict[str, str] = {}
    issuer = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Issuer, tokens))
    threading.Thread(target=issuer.serve_forever, daemon=True).start()
    (home / "oauth2.conf").write_text(
        f"tokeninfo_url = http://127.0.0.1:{issuer.server_port}/?access_token=\n"
        "username_attribute = email\n"
    )
    process: subprocess.Popen[bytes] | None = None
    try:
        for _ in range(5):  # somebody else may take the port first
            server = Dovecot(home, free_port(), user, tokens)
            values = {"home": home, "user": user, "group": group, "port": server.port}
            config = home / "dovecot.conf"
            config.write_text(CONFIG.format(password=PASSWORD, **values) + more)
            process = subprocess.Popen(
                [program, "-F", "-c", str(config)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            if _greets(process, server.port):
                break
        else:
            assert process is not None
            raise AssertionError(f"dovecot does not start: {(home / 'log').read_text()}")
        server.own(home / "mail")
        yield server
    finally:
        issuer.shutdown()
        issuer.server_close()
        if process is not None:
            process.terminate()
            process.communicate(timeout=PATIENCE)
        shutil.rmtree(home, ignore_errors=True)


def _greets(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
            client.settimeout(5)
            if b"ready" in client.recv(1000):
                return True
        time.sleep(0.02)
    return False


@dataclass
class Network:
    """A TCP proxy. It cuts the first connection when so many octets went by, or swallows all."""

    target: int
    cut_after: int | None = None
    cuts_what_the_client_says: bool = False
    is_black_hole: bool = False
    port: int = 0
    connections: int = 0
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Network"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        is_first = self.connections == 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        limit = self.cut_after if is_first else None
        limits = (limit, None) if self.cuts_what_the_client_says else (None, limit)
        ways = [
            asyncio.create_task(self._pass_on(reader, back, limits[0], is_first=is_first)),
            asyncio.create_task(self._pass_on(there, writer, limits[1], is_first=is_first)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for each in (writer, back):
                each.transport.abort()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limit: int | None,
        *,
        is_first: bool,
    ) -> None:
        passed = 0
        while data := await reader.read(65536):
            if self.is_black_hole and is_first:
                continue
            if limit is not None:
                data = data[: limit - passed]
            writer.write(data)
            await writer.drain()
            passed += len(data)
            if passed == limit:
                return
