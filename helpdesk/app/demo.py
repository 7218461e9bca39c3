"""A real conversation between a customer and an agent, with the real daemon on loopback.

Failures: `DemoError` with the last words of the daemon.
"""

import email
import itertools
import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from email.utils import formatdate, make_msgid
from pathlib import Path

from helpdesk.app.example import first_file

DESK = "support@example.test"
CUSTOMER = "Ana Ruiz <ana@customer.test>"
AGENT = "Ben Okafor <agent@example.test>"
PATIENCE = 45.0
TICKET = "TICK-1001"
LOG = "daemon.log"

QUESTION = """\
Hello,

since the update the program says "license not valid" and ends.
My key is JKLMN-OPQRS-TUVWX-YZABC. The log is attached.

Thanks,
Ana
"""
ANSWER = """\
Hello Ana,

your key is fine; version 4.2 reads it wrongly. Please install 4.2.1, it is out
since this morning.

Best regards,
Ben
"""
THANKS = """\
It works again, that was quick!

Ana
"""
FILE = b"12:00:01 starting version 4.2\n12:00:02 license not valid\n"


class DemoError(Exception):
    """What did not happen."""


@dataclass(frozen=True, slots=True)
class Step:
    """What just happened, for people."""

    title: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Stage:
    """The daemon and the two mail programs that talk to it."""

    folder: Path
    port: int
    _seen: set[Path] = field(default_factory=set)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def send(self, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:  # noqa: TID251 -- it plays the mail programs of others
            client.send_message(message)

    def receive(self, recipient: str) -> EmailMessage:
        """The next mail for somebody, from the Maildir that the daemon writes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for path in sorted((self.folder / "outbox" / "new").glob("*")):
                if path in self._seen:
                    continue
                message = email.message_from_bytes(path.read_bytes(), policy=default)
                if str(message["Delivered-To"]) in recipient:
                    self._seen.add(path)
                    return message
            time.sleep(0.02)
        raise DemoError(f"no mail came for {recipient}: {_last_words(self.folder)}")


def play(folder: Path, tell: Callable[[Step], None]) -> Path:
    """Play all steps in an empty folder; the configuration file, to look around with."""
    with daemon(folder) as stage:
        tell(Step("The daemon runs", (f"in {folder}, SMTP on 127.0.0.1:{stage.port}",)))
        question = _new(CUSTOMER, DESK, "License not valid since the update", QUESTION)
        question.add_attachment(FILE, maintype="text", subtype="plain", filename="start.log")
        stage.send(question)
        tell(_step("Ana writes to support, with her license key and a file", question))
        tell(_step("Ana gets a confirmation with a number", stage.receive(CUSTOMER)))
        notification = stage.receive(AGENT)
        tell(_step("Ben, the agent, is notified in his own mail program", notification))
        answer = _reply(notification, AGENT, ANSWER)
        stage.send(answer)
        tell(_step("Ben simply replies", answer))
        answered = stage.receive(CUSTOMER)
        tell(_step("Ana gets the answer", answered))
        thanks = _reply(answered, CUSTOMER, THANKS)
        stage.send(thanks)
        tell(_step("Ana replies", thanks))
        tell(_step("Ben is notified again", stage.receive(AGENT)))
        return stage.config


@contextmanager
def daemon(folder: Path) -> Iterator[Stage]:
    """The daemon in a process of its own, on a free port."""
    config = folder / "config.toml"
    text = first_file(desk=DESK, agent=AGENT.partition("<")[2].rstrip(">"))
    text = text.replace('name = "Agent"', 'name = "Ben Okafor"').replace("port = 8025", "port = 0")
    config.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "helpdesk", "run", "--config", str(config)]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603 -- our own command
    try:
        yield Stage(folder, _port_of(folder, process))
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port_of(folder: Path, process: "subprocess.Popen[bytes]") -> int:
    """From the daemon's log, as soon as it listens."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for line in (folder / LOG).read_text(encoding="utf-8").splitlines():
            event = json.loads(line) if line.startswith("{") and line.endswith("}") else {}
            if event.get("event") == "started":
                return int(event["listening"][0].rpartition(":")[2])
        time.sleep(0.02)
    raise DemoError(f"the daemon did not start: {_last_words(folder)}")


def _last_words(folder: Path) -> str:
    lines = (folder / LOG).read_text(encoding="utf-8").splitlines()
    return lines[-1] if lines else "it said nothing"


def _new(author: str, recipient: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = author
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="customer.test")
    message.set_content(text)
    return message


def _reply(to: EmailMessage, author: str, text: str) -> EmailMessage:
    """As mail programs do: to Reply-To, with the identification fields and the quoted text."""
    subject = str(to["Subject"])
    quoted = "".join(f"> {line}\n" for line in _text(to).splitlines())
    intro = f"On {to['Date']}, {to['From']} wrote:"
    again = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    message = _new(author, str(to["Reply-To"]), again, f"{text}\n{intro}\n{quoted}")
    message["In-Reply-To"] = str(to["Message-ID"])
    references = str(to.get("References", ""))
    message["References"] = f"{references} {to['Message-ID']}".strip()
    return message


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return "" if body is None else str(body.get_content())


def _without_quotes(text: str) -> Iterator[str]:
    """The lines of a text, each quotation as one line."""
    for is_quoted, lines in itertools.groupby(text.splitlines(), lambda line: line[:1] == ">"):
        yield from ["[quoted text]"] if is_quoted else lines


def _step(title: str, message: EmailMessage) -> Step:
    lines = [f"{name}: {message[name]}" for name in ("From", "To", "Reply-To", "Subject")]
    lines = [line for line in lines if not line.endswith(": None")]
    lines.append("")
    lines += _without_quotes(_text(message))
    lines += [f"[file {part.get_filename()}]" for part in message.iter_attachments()]
    return Step(title, tuple(lines))
