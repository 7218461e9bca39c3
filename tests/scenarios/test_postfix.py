"""A real Postfix hands mail to a real daemon: by LMTP, by SMTP, and through the pipe."""

import json
import os
import signal
import smtplib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import cast

import pytest

from tests.scenarios.postfix import BY_ALIAS, BY_LMTP, BY_PIPE, BY_SMTP, CUSTOMERS, WAYS, Postfix
from tests.scenarios.servers import wait_until

pytestmark = pytest.mark.timeout(180)

# All kinds of envelopes and contents, and a large one. The pipe starts a command for each.
IS_LONG = os.environ.get("HELPDESK_LONG_FAULTS") == "1"
LOT = range(200) if IS_LONG else (*range(60), 100)
SMALL_LOT = range(200) if IS_LONG else (*range(20), 100)
TOKEN = "AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGA"[:37]
BODIES = (
    "Grüße aus Köln, 東京\n".encode(),
    b"x" * 5_000 + b"\n" + b"y" * 1_500 + b"\n",
    b".\n..\n.hidden\n\n.\nMAIL FROM:<evil@example.org>\n",
    b"ordinary words\n\nwithout anything\n",
)
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str
    reverse_path: str
    ours: tuple[str, ...]
    unknown: tuple[str, ...]
    raw: bytes

    @property
    def recipients(self) -> list[str]:
        return [*self.ours, *self.unknown]


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    postfix = Postfix()
    try:
        postfix.daemon.start()
        postfix.start()
        yield postfix
    finally:
        postfix.stop()


def letter(number: int, way: str, prefix: str = "m") -> Sent:
    """The n-th of a mixed lot."""
    support, sales, unknown = (f"{name}@{way}" for name in ("support", "sales", f"nobody-{prefix}"))
    token = f"support+{TOKEN}@{way}"
    ours, others = (
        ((support,), ()),
        ((sales,), ()),
        ((token,), ()),
        ((support, sales), ()),
        ((support,), (unknown,)),
        ((sales, token), ()),
        ((token,), ()),
        ((sales,), ()),
        ((support,), ()),
        ((token,), ()),
    )[number % 10]
    is_null = number % 10 == 2
    body = (
        BODIES[number % 4]
        if number != 100
        else b"z" * 76 + b"\n" + (b"0123456789" * 7 + b"\n") * (MIB // 71)
    )
    message_id = f"<{prefix}{number}@{way}.{CUSTOMERS}>"
    head = (
        f"From: Ana <ana{number}@{CUSTOMERS}>\nTo: {support}\nSubject: Question {number}\n"
        f"Date: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: {message_id}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n"
    )
    return Sent(
        message_id,
        "" if is_null else f"ana{number}@{CUSTOMERS}",
        ours,
        others,
        (head.encode() + body).replace(b"\n", b"\r\n"),
    )


def send(postfix: Postfix, lot: list[Sent]) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        for mail in lot:
            options = ["BODY=8BITMIME"]
            assert client.sendmail(mail.reverse_path, mail.recipients, mail.raw, options) == {}


def wait_for_all(postfix: Postfix) -> None:
    wait_until(lambda: not postfix.queued(), f"the queue is empty\n{postfix.log[-3000:]}")
    wait_until(postfix.daemon.is_idle, "the daemon has decided everything")


def message_id_of(raw: bytes) -> str:
    return raw.split(b"\r\nMessage-ID: ")[1].split(b"\r\n")[0].decode()


def without_trace(raw: bytes) -> bytes:
    """The message below the field that Postfix put on top."""
    assert raw.startswith(b"Received: from ")
    lines = raw.split(b"\r\n")
    end = next(n for n, line in enumerate(lines[1:], 1) if not line.startswith((b"\t", b" ")))
    return b"\r\n".join(lines[end:])


def assert_each_arrived_once(postfix: Postfix, lot: list[Sent], *, copies: bool) -> None:
    """One mail is kept for each (with `copies` one for each recipient), and opens one ticket."""
    expected = {mail.message_id: mail for mail in lot}
    rows: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    for row, raw in postfix.daemon.kept():
        message_id = message_id_of(raw)
        if message_id not in expected:
            continue
        mail = expected[message_id]
        assert without_trace(raw) == mail.raw
        assert row["reverse_path"] == mail.reverse_path
        rows[message_id] += 1
        decided[message_id] += row["verdict"] != "duplicate"
    assert rows == Counter({key: len(m.ours) if copies else 1 for key, m in expected.items()})
    assert set(decided.values()) == {1}


def recipients_in(postfix: Postfix, prefix: str) -> set[str]:
    return {
        address
        for row, raw in postfix.daemon.kept()
        if f"Message-ID: <{prefix}".encode() in raw
        for address in json.loads(row["recipients_json"])
    }


def bounced(postfix: Postfix) -> Counter[str]:
    """The recipients of which Postfix told that they got nothing."""
    reports = [
        block["Final-Recipient"]
        for message in postfix.bounces()
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in cast("list[EmailMessage]", part.get_payload())
    ]
    return Counter(str(each).partition(";")[2].strip() for each in reports if each)


@pytest.mark.parametrize("way", WAYS)
def test_of_a_mixed_lot_every_mail_arrives_once_and_only_the_unknown_bounce(
    postfix: Postfix, way: str
) -> None:
    lot = [letter(number, way) for number in (SMALL_LOT if way == BY_PIPE else LOT)]
    before = bounced(postfix)
    send(postfix, lot)
    wait_for_all(postfix)

    assert_each_arrived_once(postfix, lot, copies=way == BY_PIPE)
    assert bounced(postfix) - before == Counter(each for mail in lot for each in mail.unknown)
    assert f"support+{TOKEN}@{way}" in recipients_in(postfix, "m")
    checked = postfix.daemon.say("check")
    assert checked.returncode == 0, checked.stdout


def test_a_bounce_says_which_address_is_wrong_and_nothing_of_our_insides(postfix: Postfix) -> None:
    for way in WAYS:
        send(postfix, [letter(4, way, "b")])
    wait_for_all(postfix)

    reports = [
        message.as_string() for message in postfix.bounces() if "Message-ID: <b4@" in str(message)
    ]
    assert len(reports) == len(WAYS)
    for report in reports:
        assert "550 5.1.1 No such recipient here" in " ".join(report.split())
        assert "Traceback" not in report
        assert str(postfix.daemon.config.parent) not in report


def test_while_the_daemon_is_down_postfix_keeps_all(postfix: Postfix) -> None:
    lot = [letter(number, way, "d") for way in WAYS for number in range(0, 24, 2)]
    postfix.daemon.stop()
    send(postfix, lot)
    wait_until(lambda: postfix.queued("deferred") == len(lot), "all are deferred")
    assert postfix.queued("incoming", "active", "maildrop") == 0
    postfix.daemon.start()
    postfix.flush()
    wait_for_all(postfix)

    for way in WAYS:
        part = [mail for mail in lot if f"@{way}." in mail.message_id]
        assert_each_arrived_once(postfix, part, copies=way == BY_PIPE)


def test_a_daemon_killed_in_between_loses_nothing_and_doubles_no_ticket(postfix: Postfix) -> None:
    lot = [letter(number, way, "k") for number in range(0, 60, 2) for way in (BY_LMTP, BY_SMTP)]
    before = len(postfix.daemon.kept())
    send(postfix, lot[:30])
    wait_until(lambda: len(postfix.daemon.kept()) > before, "the first has come")
    postfix.daemon.stop(signal.SIGKILL)
    send(postfix, lot[30:])
    wait_until(lambda: postfix.queued() == postfix.queued("deferred"), "the others are deferred")
    assert postfix.queued("deferred") >= 30
    postfix.daemon.start()
    postfix.flush()
    wait_for_all(postfix)

    decided: Counter[str] = Counter()
    for row, raw in postfix.daemon.kept():
        decided[message_id_of(raw)] += row["verdict"] != "duplicate"
    assert {decided[mail.message_id] for mail in lot} == {1}


def test_a_command_in_an_alias_file_delivers_too(postfix: Postfix) -> None:
    mail = letter(2, BY_ALIAS, "a")
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail("ana@customer.test", f"support+{TOKEN}@{BY_ALIAS}", mail.raw)
    wait_for_all(postfix)

    [(row, raw)] = [
        (row, raw) for row, raw in postfix.daemon.kept() if mail.message_id.encode() in raw
    ]
    assert raw.endswith(mail.raw)
    assert not raw.startswith(b"From ")
    assert row["reverse_path"] == "ana@customer.test"
    assert json.loads(row["recipients_json"]) == [f"support+{TOKEN}@{BY_ALIAS}"]


def test_forged_results_do_not_come_in(postfix: Postfix) -> None:
    forged = (
        b"Authentication-Results: mx.example.test; dmarc=pass header.from=customer.test\r\n"
        b"authentication-results : (c) mx.example.test; dmarc=pass\r\n"
        b"Authentication-Results:\r\n mx.example.test; dmarc=pass\r\n"
        b"AUTHENTICATION-RESULTS:mx.example.test;\r\n\tdmarc=pass\r\n"
    )
    mail = letter(0, BY_LMTP, "f")
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail(mail.reverse_path, mail.recipients, forged + mail.raw)
    wait_for_all(postfix)

    assert_each_arrived_once(postfix, [mail], copies=False)


def test_while_it_is_set_up_soft_bounce_keeps_what_wrong_settings_would_bounce(
    postfix: Postfix,
) -> None:
    config = postfix.daemon.config
    aside = config.with_suffix(".aside")
    mail = letter(0, BY_PIPE, "c")
    postfix.set("soft_bounce=yes")
    config.rename(aside)
    try:
        send(postfix, [mail])
        wait_until(lambda: postfix.queued("deferred") == 1, "it is deferred")
    finally:
        aside.rename(config)
        postfix.set("soft_bounce=no")
    postfix.flush()
    wait_for_all(postfix)

    assert_each_arrived_once(postfix, [mail], copies=True)
