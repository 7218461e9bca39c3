"""Listeners that cannot be together are named before the daemon starts."""

from pathlib import Path

import pytest

from helpdesk.config import ConfigurationError, load

DESK = '[[desks]]\naddress = "support@example.com"\n'


def problems(folder: Path, *listeners: str) -> list[str]:
    path = folder / "config.toml"
    sections = [f"[[listeners]]\nname = 'l{n}'\n{text}\n" for n, text in enumerate(listeners)]
    path.write_text(DESK + "".join(sections), encoding="utf-8")
    try:
        load(path)
    except ConfigurationError as error:
        return [line.removeprefix(f"{path}: ") for line in error.problems]
    return []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("::", "::1"),
        ("localhost", "LOCALHOST"),
    ],
)
def test_two_listeners_cannot_share_a_port_of_one_address(
    tmp_path: Path, one: str, other: str
) -> None:
    found = problems(tmp_path, f"host = '{one}'\nport = 25", f"host = '{other}'\nport = 25")

    assert found == [f"listeners#2.port: {other}:25 is already taken by listeners#1 (change one)"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("host = '0.0.0.0'\nport = 25", "host = '::'\nport = 25"),
        ("host = '127.0.0.1'\nport = 25", "host = '127.0.0.2'\nport = 25"),
        ("host = '0.0.0.0'\nport = 25", "host = '127.0.0.1'\nport = 587"),
        ("port = 0", "port = 0"),
        ("socket = 'a'", "port = 8025"),
        ("socket = 'a'", "socket = 'b'"),
    ],
)
def test_listeners_in_different_places_can_be_together(
    tmp_path: Path, one: str, other: str
) -> None:
    assert problems(tmp_path, one, other) == []


def test_two_listeners_cannot_share_a_socket(tmp_path: Path) -> None:
    assert problems(tmp_path, "socket = 'a'", "socket = 'a'") == [
        f"listeners#2.socket: {tmp_path / 'a'} is already taken by listeners#1 (change one)"
    ]


def test_a_socket_has_no_long_name(tmp_path: Path) -> None:
    assert problems(tmp_path, f"socket = '/run/{'x' * 103}'") == [
        "listeners#1.socket: is longer than 107 characters (take a shorter path)"
    ]


def test_nobody_on_a_unix_socket_is_in_a_network(tmp_path: Path) -> None:
    assert problems(tmp_path, "socket = 'a'\ntrust_network = ['127.0.0.0/8']") == [
        (
            "listeners#1.trust_network: names IP addresses, and peers on a unix socket have none "
            "(remove it, or listen on host and port)"
        )
    ]
