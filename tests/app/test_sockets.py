"""Where the daemon listens."""

import errno
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.app.prepare import SetupError, Taken
from helpdesk.app.sockets import Sockets
from helpdesk.config.settings import ListenerSettings


def listener(**values: object) -> ListenerSettings:
    return ListenerSettings.model_validate({"port": 0, **values})


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    made = Sockets()
    yield made
    made.close()


def test_a_place_is_bound_once_however_often_a_gateway_is_built(sockets: Sockets) -> None:
    first = sockets.listen(listener())

    assert sockets.listen(listener()) is first


def test_two_listeners_on_any_free_port_get_two_ports(sockets: Sockets) -> None:
    ports = {sockets.listen(listener(name=name))[0].getsockname()[1] for name in ("a", "b")}

    assert len(ports) == 2


def test_a_port_that_is_taken_is_one_line_with_a_next_step(sockets: Sockets) -> None:
    port = sockets.listen(listener())[0].getsockname()[1]

    with pytest.raises(Taken, match=r"already in use \(is another program there\?"):
        Sockets().listen(listener(port=port))


def test_a_host_that_is_not_ours_is_one_line_with_a_next_step() -> None:
    with pytest.raises(Taken, match=r"cannot listen on 192\.0\.2\.1:0.*change host or port"):
        Sockets().listen(listener(host="192.0.2.1"))


def test_a_unix_socket_has_the_permissions_of_the_settings(
    sockets: Sockets, tmp_path: Path
) -> None:
    path = tmp_path / "lmtp.sock"

    sockets.listen(listener(socket=path, socket_mode="600"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_daemon_left_behind_is_replaced(sockets: Sockets, tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))

    assert sockets.listen(listener(socket=path))


@pytest.mark.parametrize(
    ("kind", "method", "words"),
    [
        (socket.socket, "connect", r"a socket of another user is there \(remove it\)"),
        (Path, "unlink", r"cannot be removed: permission denied \(remove it; the folder"),
    ],
)
def test_what_another_user_left_behind_is_one_line_with_a_next_step(
    sockets: Sockets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    method: str,
    words: str,
) -> None:
    path = tmp_path / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(kind, method, forbidden)
        with pytest.raises(SetupError, match=words):
            sockets.listen(listener(socket=path))


def test_the_socket_of_a_daemon_that_runs_is_left_alone(sockets: Sockets, tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    sockets.listen(listener(socket=path))

    with pytest.raises(SetupError, match="another program does"):
        Sockets().listen(listener(socket=path))


def test_a_file_in_the_place_of_a_socket_is_never_removed(sockets: Sockets, tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_text("important")

    with pytest.raises(SetupError, match="it is no socket"):
        sockets.listen(listener(socket=path))

    assert path.read_text() == "important"


@pytest.mark.parametrize("path", ["missing/lmtp.sock", "x" * 120])
def test_a_place_that_cannot_be_is_one_line(sockets: Sockets, tmp_path: Path, path: str) -> None:
    with pytest.raises(SetupError, match=r"cannot listen on .* \(.*\)"):
        sockets.listen(listener(socket=tmp_path / path))


def test_a_socket_that_no_listener_has_any_more_is_closed_and_removed(
    sockets: Sockets, tmp_path: Path
) -> None:
    path = tmp_path / "lmtp.sock"
    old, kept = listener(socket=path), listener(name="kept")
    sockets.listen(old)
    staying = sockets.listen(kept)[0]

    sockets.keep_only([kept])

    assert not path.exists()
    assert staying.fileno() >= 0


def test_a_socket_that_somebody_removed_is_made_again(sockets: Sockets, tmp_path: Path) -> None:
    wanted = listener(socket=tmp_path / "lmtp.sock")
    sockets.listen(wanted)
    (tmp_path / "lmtp.sock").unlink()

    sockets.listen(wanted)

    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "lmtp.sock"))


def test_a_socket_made_again_for_settings_that_are_not_taken_lets_nobody_wait(
    sockets: Sockets, tmp_path: Path
) -> None:
    wanted, kept = listener(socket=tmp_path / "lmtp.sock"), listener(name="kept")
    sockets.listen(wanted)
    staying = sockets.listen(kept)[0]
    (tmp_path / "lmtp.sock").unlink()

    sockets.listen_ahead([wanted, kept])
    sockets.give_up([wanted, kept])

    assert not (tmp_path / "lmtp.sock").exists()
    assert staying.fileno() >= 0
    assert sockets.listen(wanted)[0].fileno() >= 0


def test_permissions_follow_the_settings_once_they_are_taken(
    sockets: Sockets, tmp_path: Path
) -> None:
    path = tmp_path / "lmtp.sock"
    before = sockets.listen(listener(socket=path))[0]
    closed_to_others = listener(socket=path, socket_mode="600")

    now = sockets.listen(closed_to_others)[0]
    unchanged = stat.S_IMODE(path.stat().st_mode)
    sockets.keep_only([closed_to_others])

    assert now is before
    assert unchanged == 0o660
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_port_that_is_ours_at_another_address_needs_a_restart(sockets: Sockets) -> None:
    port = sockets.listen(listener())[0].getsockname()[1]

    with pytest.raises(SetupError, match="restart the daemon to change host"):
        sockets.listen(listener(host="0.0.0.0", port=port))


PASS = """
import os, socket, sys
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "lmtp"}
os.dup2(int(sys.argv[1]), 3)
from helpdesk.app.sockets import Sockets
from helpdesk.config.settings import ListenerSettings
sockets = Sockets(os.environ)
wanted = ListenerSettings(name="lmtp", protocol="lmtp", port=0)
print(sockets.listen(wanted)[0].getsockname()[1], "LISTEN_FDS" in os.environ,
      os.get_inheritable(3), sockets.unclaimed([ListenerSettings(name="other", port=0)]))
"""


def test_a_socket_that_systemd_passes_is_used_and_hidden_from_children() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", PASS, str(server.fileno())],
            pass_fds=[server.fileno()],
            capture_output=True,
            text=True,
            check=True,
        )

    assert done.stdout.split() == [str(port), "False", "False", "['lmtp']"]


PASS_ANOTHER_KIND = """
import os, sys
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "lmtp"}
os.dup2(int(sys.argv[1]), 3)
from helpdesk.app.prepare import SetupError, Taken
from helpdesk.app.sockets import Sockets
from helpdesk.config.settings import ListenerSettings
try:
    Sockets(os.environ).listen(ListenerSettings.model_validate(eval(sys.argv[2])))
except SetupError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("family", "settings", "words"),
    [
        (socket.AF_INET, {"socket": "/run/lmtp"}, "has socket, but systemd passes host and port"),
        (socket.AF_UNIX, {"port": 25}, "has host and port, but systemd passes socket"),
    ],
)
def test_nobody_is_trusted_as_behind_a_unix_socket_who_comes_by_the_network(
    tmp_path: Path, family: socket.AddressFamily, settings: dict[str, object], words: str
) -> None:
    with socket.socket(family) as server:
        server.bind(str(tmp_path / "x") if family == socket.AF_UNIX else ("127.0.0.1", 0))
        server.listen()
        done = subprocess.run(
            [
                *(sys.executable, "-c", PASS_ANOTHER_KIND),
                *(str(server.fileno()), repr({"name": "lmtp", "protocol": "lmtp"} | settings)),
            ],
            pass_fds=[server.fileno()],
            capture_output=True,
            text=True,
            check=True,
        )

    assert words in done.stdout


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_a_socket_that_systemd_passes_by_another_name_is_no_other_program_s(
    tmp_path: Path, family: socket.AddressFamily
) -> None:
    path = tmp_path / "x"
    with socket.socket(family) as server:
        server.bind(str(path) if family == socket.AF_UNIX else ("127.0.0.1", 0))
        server.listen()
        name = server.getsockname()
        where = {"socket": name} if family == socket.AF_UNIX else {"port": name[1]}
        done = subprocess.run(
            [
                *(sys.executable, "-c", PASS_ANOTHER_KIND),
                *(str(server.fileno()), repr({"name": "mx", "protocol": "lmtp"} | where)),
            ],
            pass_fds=[server.fileno()],
            capture_output=True,
            text=True,
            check=True,
        )

    assert "systemd passes a socket named lmtp (write FileDescriptorName=mx in" in done.stdout


def test_sockets_that_were_passed_to_another_process_are_not_taken() -> None:
    environment = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "lmtp"}

    assert Sockets(environment).unclaimed([]) == []
