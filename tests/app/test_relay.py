"""From settings to the wire; what the documents show works as it is shown."""

import re
from pathlib import Path

import pytest

from helpdesk.app.build import faults
from helpdesk.app.oauth import RELAY, token_sources
from helpdesk.app.prepare import SetupError
from helpdesk.app.relay import build_alarms, build_relay
from helpdesk.app.token_watch import token_cause
from helpdesk.config import Settings, load
from helpdesk.outbound.refusal import TROUBLES
from helpdesk.outbound.transport import Tls
from tests.fakes import FakeClock, RecordingTransport

ROOT = Path(__file__).parent.parent.parent
DESK = '[[desks]]\naddress = "support@example.test"\n'
SECRETS = ("relay-password", "ops-password", "client-secret", "refresh-token")


def settings(tmp_path: Path, text: str) -> Settings:
    for name in SECRETS:
        (tmp_path / name).write_text("secret\n")
    path = tmp_path / "config.toml"
    path.write_text(f"{DESK}\n{text}")
    return load(path)


def shown(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("text", shown("relay.md") + shown("monitoring.md"))
async def test_what_the_documents_show_is_a_configuration(text: str, tmp_path: Path) -> None:
    read = settings(tmp_path, text.replace("/var/lib/helpdesk/", ""))
    sources = token_sources(read, FakeClock())

    if read.relay.host:
        transport = build_relay(read.relay, sources.get("relay"))
        assert (transport._relay.tokens is not None) is (read.relay.oauth is not None)
        assert transport._relay.user == read.relay.user
        await transport.close()


async def test_the_relay_is_spoken_to_as_the_settings_say(tmp_path: Path) -> None:
    text = '[relay]\nhost = "r.test"\ntls = "tls"\nmax_connections = 2\ntimeout = 12\n'
    relay = build_relay(settings(tmp_path, text).relay, None)._relay

    assert (relay.host, relay.port, relay.tls, relay.connections) == (
        "r.test",
        465,
        Tls.IMPLICIT,
        2,
    )
    assert (relay.timeouts.connect, relay.timeouts.command) == (12, 12)


@pytest.mark.parametrize(
    "text",
    [
        '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "r.test"\nca_file = "relay-password"\n',
        (
            '[operator]\naddresses = ["ops@example.test"]\n'
            '[operator.relay]\nhost = "r.test"\nca_file = "ops-password"\n'
        ),
    ],
)
def test_certificates_that_are_none_are_found_before_the_start(text: str, tmp_path: Path) -> None:
    found = faults(settings(tmp_path, text))

    assert len(found) == 1
    assert "no certificates to trust in it" in found[0]


async def test_certificates_that_are_none_are_said(tmp_path: Path) -> None:
    text = '[relay]\nhost = "r.test"\nca_file = "relay-password"\n'
    with pytest.raises(SetupError, match="no certificates to trust"):
        build_relay(settings(tmp_path, text).relay, None)


@pytest.mark.parametrize("cause", [*sorted(TROUBLES), token_cause(RELAY)])
async def test_only_with_a_way_of_its_own_trouble_of_the_relay_is_mailed(
    cause: str, tmp_path: Path
) -> None:
    operator = '[operator]\naddresses = ["ops@elsewhere.test"]\n'
    for more, mails in (("", 0), ('[operator.relay]\nhost = "other.test"\n', 1)):
        alarms, way = (
            build_alarms(settings(tmp_path, operator + more), FakeClock()),
            RecordingTransport(),
        )
        alarms.goes_by(way)
        alarms.tell(cause, "It is broken.")
        await alarms.send_due()

        assert len(way.deliveries) == mails


@pytest.mark.parametrize(
    ("text", "reverse_path"),
    [
        ("", ""),
        ('[relay]\nreverse_path = "desk"\n', ""),
        (
            '[outgoing]\ntransport = "smtp"\n[relay]\nhost = "r.test"\nreverse_path = "desk"\n',
            "support@example.test",
        ),
        ('[operator.relay]\nhost = "r.test"\nreverse_path = "desk"\n', "support@example.test"),
    ],
)
async def test_alarms_have_a_reverse_path_that_their_relay_takes(
    text: str, reverse_path: str, tmp_path: Path
) -> None:
    operator = '[operator]\naddresses = ["ops@elsewhere.test"]\n'
    alarms, way = (
        build_alarms(settings(tmp_path, operator + text), FakeClock()),
        RecordingTransport(),
    )
    alarms.goes_by(way)
    alarms.tell("store", "The disk is full.")
    await alarms.send_due()

    assert [mail.reverse_path for mail in way.deliveries] == [reverse_path]
