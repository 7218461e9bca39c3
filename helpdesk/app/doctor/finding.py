"""What `helpdesk doctor` says: one line for each thing that it looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"
    """Not looked at, and why."""
    WARNING = "warning"
    ERROR = "error"


CHECKS = {
    "config.settings": "the settings and the files they name",
    "dns.resolver": "whether any name server answers",
    "dns.mx": "where mail to the domain goes",
    "dns.spf": "who may send mail of the domain",
    "dns.dkim": "the public key of the domain's signatures",
    "dns.dmarc": "what others do with mail that fails both",
    "relay.connection": "the way to the relay, and its certificate",
    "relay.login": "whether the relay takes our login",
    "relay.reverse-path": "whether the relay takes the address that delivery reports go to",
    "relay.size": "the largest mail that the relay takes",
    "relay.folder": "the Maildir, if mail goes into one",
    "mailbox.connection": "the way to a mailbox's server, and its certificate",
    "mailbox.login": "whether the server takes the login",
    "mailbox.folder": "the folders that mail is taken from and put into",
    "mailbox.capability": "what the server cannot do",
    "canary.return": "whether a mail to a reply address comes back to us",
    "canary.subaddress": "whether it still has its reply token",
    "canary.fields": "whether its Message-ID and Reply-To are as we wrote them",
    "canary.forged": "whether the mail server in front removes forged results",
    "canary.results": "what that server says about our own mail",
    "certificate.files": "whether certificate and key of a listener belong together",
    "certificate.validity": "how long the certificate is valid",
    "certificate.names": "whether it is for a name that others know us by",
    "certificate.served": "whether the daemon presents the certificate in the file",
    "machine.disk": "free space and inodes",
    "machine.clock": "whether the clock is right",
    "machine.permissions": "who can read secrets and mail",
    "machine.user": "as whom the gateway runs",
    "database.settings": "whether the database keeps what it commits, and its schema",
    "database.promises": "the promises on this database, as far as there is time",
    "database.wal": "the size of what SQLite has not yet put into the file",
    "database.intake": "accepted mail that waits, or is in quarantine",
    "database.outbox": "outgoing mail that is held or failed",
    "daemon.running": "whether a daemon runs on this database",
    "daemon.listener": "whether the listeners answer",
    "daemon.health": "whether /healthz is well, if it is served",
}
"""Every check by its name, with what it looks at; docs/doctor.md has a row for each."""


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    check: str
    """One of CHECKS."""
    subject: str
    """What was looked at: a domain, a host, a file, a desk."""
    problem: str
    """For people; of a finding without one, what is well."""
    next_step: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "level": self.level.value,
            "check": self.check,
            "subject": self.subject,
            "problem": self.problem,
            "next_step": self.next_step,
        }


Say = Callable[[Finding], None]
"""Takes a finding as soon as there is one, so that a deadline takes nothing back."""


def ok(check: str, subject: str, words: str) -> Finding:
    return Finding(Level.OK, check, subject, words)


def skipped(check: str, subject: str, why: str, next_step: str = "") -> Finding:
    return Finding(Level.SKIPPED, check, subject, why, next_step)


def warning(check: str, subject: str, problem: str, next_step: str) -> Finding:
    return Finding(Level.WARNING, check, subject, problem, next_step)


def error(check: str, subject: str, problem: str, next_step: str) -> Finding:
    return Finding(Level.ERROR, check, subject, problem, next_step)
