"""Programs that people send mail with, each once against a real daemon."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.machine import need
from tests.scenarios.servers import ENVIRONMENT, Daemon, free_port, wait_until

DESK = "support@example.test"
UNKNOWN = "nobody@example.test"
AUTHOR = "ana@customer.test"
REFUSAL = "5.1.1 No such recipient here"
WORDS = "Grüße, it burns.\n.\n.hidden dot\n"
CONFIG = f"""
[[desks]]
address = "{DESK}"

[[listeners]]
port = {{port}}

[reader]
workers = 1
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    config = tmp_path_factory.mktemp("clients") / "config.toml"
    port = free_port()
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    daemon = Daemon(config, port)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()


@pytest.fixture
def port(daemon: Daemon) -> int:
    assert isinstance(daemon.door, int)
    return daemon.door


def message(name: str, to: str) -> str:
    return (
        f"From: Ana <{AUTHOR}>\nTo: {to}\nSubject: By {name}\n"
        f"Date: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: <{name}@customer.test>\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{WORDS}"
    )


def run(*words: str | Path, given: str = "") -> tuple[int, str]:
    """The exit status, and all that was said."""
    done = subprocess.run(
        list(map(str, words)),
        input=given.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT | {"LC_ALL": "C.UTF-8", "HOME": os.devnull},
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def by_swaks(port: int, to: str, folder: Path) -> tuple[int, str]:
    mail = folder / "mail.eml"
    mail.write_text(message("swaks", to), encoding="utf-8")
    return run(
        *(need("swaks"), "--server", f"127.0.0.1:{port}", "--from", AUTHOR, "--to", to),
        *("--data", f"@{mail}"),
    )


def by_msmtp(port: int, to: str, folder: Path) -> tuple[int, str]:
    """As programs call /usr/sbin/sendmail."""
    settings = folder / "msmtprc"
    settings.write_text(
        f"account default\nhost 127.0.0.1\nport {port}\ntls off\nauth off\nfrom {AUTHOR}\n"
    )
    settings.chmod(0o600)
    return run(
        *(need("msmtp"), "--debug", "-C", settings, "-i", "--", to), given=message("msmtp", to)
    )


def by_curl(port: int, to: str, folder: Path) -> tuple[int, str]:
    mail = folder / "mail.eml"
    mail.write_text(message("curl", to).replace("\n", "\r\n"), encoding="utf-8", newline="")
    return run(
        *(need("curl"), "--verbose", f"smtp://127.0.0.1:{port}", "--mail-from", AUTHOR),
        *("--mail-rcpt", to, "--upload-file", mail),
    )


def by_mutt(port: int, to: str, folder: Path) -> tuple[int, str]:
    """Without a terminal, with a file attached."""
    attached = folder / "start.log"
    attached.write_text("12:00:02 license not valid\n")
    settings = folder / "muttrc"
    settings.write_text(
        f'set smtp_url="smtp://127.0.0.1:{port}"\nset ssl_starttls=no\nset ssl_force_tls=no\n'
        f'set from="Ana <{AUTHOR}>"\nset use_from\nset copy=no\nset hostname="customer.test"\n'
    )
    return run(
        *(need("mutt"), "-n", "-F", settings, "-s", "By mutt", "-a", attached, "--", to),
        given=WORDS,
    )


def by_python(port: int, to: str, _: Path) -> tuple[int, str]:
    program = (
        "import smtplib, sys; client = smtplib.SMTP('127.0.0.1', int(sys.argv[1]));"
        "client.set_debuglevel(1); mail = sys.stdin.buffer.read();"
        "client.sendmail(sys.argv[2], [sys.argv[3]], mail, ['BODY=8BITMIME']); client.quit()"
    )
    words = (sys.executable, "-c", program, str(port), AUTHOR, to)
    return run(*words, given=message("python", to).replace("\n", "\r\n"))


Send = Callable[[int, str, Path], tuple[int, str]]
CLIENTS: dict[str, Send] = {
    "swaks": by_swaks,
    "msmtp": by_msmtp,
    "curl": by_curl,
    "mutt": by_mutt,
    "python": by_python,
}
TELLS = {name for name in CLIENTS if name != "mutt"}
"""Mutt in a batch shows no conversation."""


@pytest.mark.parametrize("name", CLIENTS)
def test_its_mail_becomes_a_ticket(name: str, daemon: Daemon, port: int, tmp_path: Path) -> None:
    status, said = CLIENTS[name](port, DESK, tmp_path)
    assert status == 0, said
    wait_until(daemon.is_idle, "everything is decided")

    found = daemon.rows(
        "SELECT entries.text AS text, intake.verdict AS verdict FROM tickets "
        "JOIN entries ON entries.ticket = tickets.number "
        "JOIN intake ON intake.id = entries.intake "
        f"WHERE tickets.subject = 'By {name}'"
    )
    assert [row["verdict"] for row in found] == ["opened"], said
    assert found[0]["text"].strip() == WORDS.strip()
    if name in TELLS:
        assert "250 2.0.0 Message accepted" in said.replace("b'2.0.0", "250 2.0.0")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_refused_recipient_is_a_clear_error(name: str, port: int, tmp_path: Path) -> None:
    status, said = CLIENTS[name](port, UNKNOWN, tmp_path)

    assert status != 0
    assert REFUSAL in said
