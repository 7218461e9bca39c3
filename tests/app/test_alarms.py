"""The operator hears of a trouble once, in the log and by mail, and of its end."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import structlog

from helpdesk.app.alarms import MOST_TRIES, Letterhead, OperatorAlarms
from helpdesk.core.subject import ticket_tags
from helpdesk.core.token import read_message_id
from helpdesk.outbound.transport import Relay, SmtpTransport, Tls
from helpdesk.ports import Attempt, Delivery, Outcome
from tests.builders import KEYRING
from tests.fakes import FakeClock, RecordingTransport
from tests.outbound.relay import ScriptedRelay

OPS = "ops@elsewhere.test"
LATER = Attempt(Outcome.DEFERRED, "451 later")
DAY = timedelta(days=1)


class House:
    """Alarms with a clock and a transport that a test holds in its hands."""

    def __init__(
        self, *addresses: str, way: RecordingTransport | None = None, **more: tuple[str, ...]
    ) -> None:
        self.clock = FakeClock()
        self.way = way or RecordingTransport()
        head = Letterhead(addresses or (OPS,), "notifications@example.test", host="mail.test")
        self.alarms = OperatorAlarms(head, self.clock, **more)
        self.alarms.goes_by(self.way)

    async def after(self, step: timedelta) -> None:
        self.clock.tick(step)
        await self.alarms.send_due()

    @property
    def subjects(self) -> list[str]:
        return [parsed(each)["Subject"] for each in self.way.deliveries]


def parsed(delivery: Delivery) -> EmailMessage:
    return message_from_bytes(delivery.content, policy=policy.default)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as logs:
        yield logs


async def test_a_trouble_is_told_by_one_mail_however_often_it_is_seen() -> None:
    house = House()
    for _ in range(100):
        house.alarms.tell("relay login", "The relay refuses the login. Correct it.")
        await house.after(timedelta(minutes=5))

    (mail,) = house.way.deliveries
    assert (mail.reverse_path, mail.recipient) == ("", OPS)
    assert "The relay refuses the login. Correct it." in parsed(mail).get_content()


async def test_the_log_says_it_once_for_each_change(
    logged: list[structlog.typing.EventDict],
) -> None:
    house = House()
    for words in ("no login", "no login", "no route", "no route"):
        house.alarms.tell("mailbox support", words)
    house.alarms.over("mailbox support")
    house.alarms.over("mailbox support")

    told = [(each["log_level"], each.get("words")) for each in logged]
    assert told == [("error", "no login"), ("error", "no route"), ("warning", None)]


async def test_what_lasts_is_told_again_after_a_day() -> None:
    house = House()
    house.alarms.tell("store", "The disk is full.")
    await house.after(timedelta(0))
    for step in (DAY - timedelta(seconds=1), timedelta(seconds=1)):
        house.clock.tick(step)
        house.alarms.tell("store", "The disk is full.")
        await house.alarms.send_due()

    assert len(house.way.deliveries) == 2


async def test_what_became_different_within_the_day_is_told_when_it_is_over() -> None:
    house = House()
    house.alarms.tell("mail set aside", "One mail.")
    await house.after(timedelta(0))
    house.alarms.tell("mail set aside", "Two mails.")
    due_at = await house.alarms.send_due()
    assert due_at == house.clock.now() + DAY
    await house.after(DAY)

    first, second = map(parsed, house.way.deliveries)
    assert "One mail." in first.get_content()
    assert "Two mails." in second.get_content()
    assert await house.alarms.send_due() is None


async def test_who_follows_knows_what_was_told_and_tells_of_its_end() -> None:
    old, new = House(), House()
    old.alarms.tell("mailbox support", "No login.")
    old.alarms.tell("mailbox gone", "No login.")
    await old.alarms.send_due()
    new.alarms.take_over(old.alarms.hand_over(), {"mailbox gone"})
    new.alarms.tell("mailbox support", "No login.")
    await new.alarms.send_due()
    assert new.way.deliveries == []
    assert list(new.alarms.active) == ["mailbox support"]
    new.alarms.over("mailbox support")
    await old.alarms.send_due()
    await new.alarms.send_due()

    assert new.subjects == ["[helpdesk] mailbox support: is over"]
    assert len(old.way.deliveries) == 2


async def test_the_end_is_told_to_those_who_had_been_told() -> None:
    house = House()
    house.alarms.tell("store", "The disk is full.")
    await house.after(timedelta(0))
    house.alarms.over("store")
    await house.after(timedelta(minutes=1))
    await house.after(timedelta(minutes=1))

    assert house.subjects == ["[helpdesk] store: needs you", "[helpdesk] store: is over"]
    assert house.alarms.active == {}


async def test_a_trouble_that_is_over_before_its_mail_went_out_is_not_told() -> None:
    house = House()
    house.alarms.tell("store", "The disk is full.")
    house.alarms.over("store")
    await house.after(timedelta(0))

    assert house.way.deliveries == []


async def test_the_end_is_told_when_it_comes_while_the_mail_goes_out() -> None:
    house = House()

    def over(_: Delivery) -> Attempt:
        house.alarms.over("store")
        return Attempt(Outcome.DELIVERED)

    house.way.answer = over
    house.alarms.tell("store", "The disk is full.")
    await house.after(timedelta(0))
    await house.after(timedelta(0))

    assert house.subjects == ["[helpdesk] store: needs you", "[helpdesk] store: is over"]


async def test_a_trouble_that_comes_and_goes_is_told_once_a_day() -> None:
    house = House()
    for _ in range(20):
        house.alarms.tell("store", "The disk is full.")
        await house.after(timedelta(minutes=10))
        house.alarms.over("store")
        await house.after(timedelta(minutes=10))

    assert house.subjects == ["[helpdesk] store: needs you", "[helpdesk] store: is over"]


async def test_a_mail_that_could_not_go_is_tried_again_with_longer_pauses_and_then_left() -> None:
    house = House(way=RecordingTransport(lambda _: LATER))
    house.alarms.tell("store", "The disk is full.")
    due_at = await house.alarms.send_due()
    pauses = []
    while due_at is not None:
        pauses.append((due_at - house.clock.now()) / timedelta(minutes=1))
        house.clock.at = due_at
        due_at = await house.alarms.send_due()

    assert len(house.way.deliveries) == MOST_TRIES
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert len({parsed(each)["Message-ID"] for each in house.way.deliveries}) == 1


async def test_who_has_the_mail_does_not_get_it_again_for_another_s_sake() -> None:
    other = "other@elsewhere.test"
    refuses = [LATER]

    def answer(delivery: Delivery) -> Attempt:
        is_later = delivery.recipient == other and refuses
        return refuses.pop() if is_later else Attempt(Outcome.DELIVERED)

    house = House(OPS, other, way=RecordingTransport(answer))
    house.alarms.tell("store", "The disk is full.")
    await house.after(timedelta(0))
    await house.after(timedelta(minutes=2))

    assert [each.recipient for each in house.way.deliveries] == [OPS, other, other]


async def test_a_transport_that_raises_ends_nothing() -> None:
    def broken(_: Delivery) -> Attempt:
        raise RuntimeError("boom")

    house = House(way=RecordingTransport(broken))
    house.alarms.tell("store", "The disk is full.")

    assert await house.alarms.send_due() is not None
    assert list(house.alarms.active) == ["store"]


async def test_a_trouble_of_the_only_way_is_not_mailed_but_active() -> None:
    house = House(without_mail=("relay login",))
    house.alarms.tell("relay login", "The relay refuses the login.")
    await house.after(timedelta(0))

    assert house.way.deliveries == []
    assert house.alarms.active == {"relay login": house.clock.at}


async def test_nobody_could_take_the_mail_for_one_about_a_ticket_or_answer_it() -> None:
    house = House()
    house.alarms.tell("mailbox support", "No login.\r\nBcc: eve@evil.test\n\nx" + "y " * 5000)
    await house.after(timedelta(0))

    (mail,) = house.way.deliveries
    message = parsed(mail)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Bcc"] is None
    assert "Reply-To" not in message
    assert ticket_tags(message["Subject"], "TICK") == ()
    assert read_message_id(KEYRING, message["Message-ID"].strip("<>")) is None
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    assert len(mail.content) < 4000


async def test_it_goes_over_a_real_relay_as_soon_as_it_is_told() -> None:
    stop = asyncio.Event()
    async with ScriptedRelay().listening() as relay:
        way = SmtpTransport(Relay("127.0.0.1", relay.port, Tls.NONE))
        house = House()
        house.alarms.goes_by(way)
        running = asyncio.create_task(house.alarms.run(stop))
        house.alarms.tell("store", "Die Platte ist voll: größer wäre besser.")
        async with asyncio.timeout(5):
            await relay.came.wait()
        stop.set()
        await running
        await way.close()

    (mail,) = relay.mails
    assert "größer wäre" in message_from_bytes(mail.content, policy=policy.default).get_content()


async def test_it_ends_soon_although_the_relay_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.app.alarms.SECONDS_TO_CLOSE", 0.05)
    house = House(way=Silent())
    house.alarms.tell("store", "The disk is full.")

    async with asyncio.timeout(5):
        await house.alarms.close()


class Silent(RecordingTransport):
    async def deliver(self, delivery: Delivery) -> Attempt:
        await asyncio.Event().wait()
        return await super().deliver(delivery)


def test_without_a_running_loop_it_is_in_the_log(
    logged: list[structlog.typing.EventDict],
) -> None:
    House().alarms.tell("store", "The disk is full.")

    assert [each["cause"] for each in logged] == ["store"]
