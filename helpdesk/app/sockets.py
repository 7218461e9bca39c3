"""The listening sockets of a daemon: bound by us or passed by systemd, and kept over a reload.

Standards: sd_listen_fds(3).
Failures: SetupError, one line with the next step.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterable, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from helpdesk.app.prepare import SetupError, Taken
from helpdesk.config.settings import ListenerSettings

BACKLOG = 512
FIRST_PASSED = 3
"""The first descriptor that systemd passes."""

log = structlog.get_logger("sockets")

Place = tuple[str, ...]


class Sockets:
    """Each place where listeners listen is bound once, whatever comes and goes behind it."""

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        self._passed = _take_passed({} if environment is None else environment)
        self._bound: dict[Place, list[socket.socket]] = {}
        self._anew: set[Place] = set()
        """Bound again for settings that are not taken yet."""

    def listen_ahead(self, listeners: Iterable[ListenerSettings]) -> None:
        """For settings that may be taken: `keep_only` follows if they are, else `give_up`."""
        self._anew.clear()
        for each in listeners:
            self.listen(each)

    def give_up(self, listeners: Iterable[ListenerSettings]) -> None:
        """Close what only others than these were to have. Nobody would answer on what was bound
        again, for whoever runs has the one before.
        """
        for place in self._anew & self._bound.keys():
            self._close(place)
        self.keep_only(listeners)

    def listen(self, settings: ListenerSettings) -> Sequence[socket.socket]:
        """The sockets of a listener, bound at the first time, or anew if a file was removed."""
        if passed := self._passed.get(settings.name):
            _check_kind(settings, passed)
            return passed
        place = _place(settings)
        if place in self._bound and not _can_be_found(settings):
            self._close(place)
            self._anew.add(place)
        if place not in self._bound:
            try:
                self._bound[place] = (
                    _bind_internet(settings, has_port=self._has_port(settings.port))
                    if settings.socket is None
                    else [_bind_unix(settings, settings.socket)]
                )
            except SetupError:
                self._explain(settings)
                raise
        return self._bound[place]

    def _explain(self, settings: ListenerSettings) -> None:
        """Whoever has the place of this listener may be systemd, for us but by another name."""
        for name, passed in self._passed.items():
            if any(_is_place_of(settings, each) for each in passed):
                raise SetupError(
                    f"[[listeners]] {settings.name} is where systemd passes a socket named {name} "
                    f"(write FileDescriptorName={settings.name} in its unit)"
                ) from None

    def _has_port(self, port: int) -> bool:
        names = (each.getsockname() for bound in self._bound.values() for each in bound)
        return any(isinstance(name, tuple) and name[1] == port for name in names)

    def unclaimed(self, listeners: Iterable[ListenerSettings]) -> list[str]:
        """Names of sockets that systemd passed and that no listener has."""
        return sorted(self._passed.keys() - {each.name for each in listeners})

    def keep_only(self, listeners: Iterable[ListenerSettings]) -> None:
        """Close what none of them listens on any more; the others get the permissions they want."""
        wanted = {_place(each): each for each in listeners}
        for place in self._bound.keys() - wanted:
            self._close(place)
        for place in self._bound:
            _set_mode(wanted[place])

    def close(self) -> None:
        """Close what we bound; systemd keeps its own."""
        for place in tuple(self._bound):
            self._close(place)

    def _close(self, place: Place) -> None:
        for each in self._bound.pop(place):
            name = each.getsockname()
            each.close()
            if isinstance(name, str):
                with suppress(OSError):
                    Path(name).unlink()


def _place(settings: ListenerSettings) -> Place:
    if settings.socket is not None:
        return (str(settings.socket),)
    # Two listeners on any free port are two places.
    name = () if settings.port else (settings.name,)
    return (settings.host, str(settings.port), *name)


def _can_be_found(settings: ListenerSettings) -> bool:
    return settings.socket is None or os.path.lexists(settings.socket)


def _is_place_of(settings: ListenerSettings, bound: socket.socket) -> bool:
    name = bound.getsockname()
    if settings.socket is not None:
        return bool(name == str(settings.socket))
    return isinstance(name, tuple) and name[1] == settings.port


def _take_passed(environment: MutableMapping[str, str]) -> dict[str, list[socket.socket]]:
    """By name; taken out of the environment, so that no child takes them for its own."""
    if environment.pop("LISTEN_PID", "") != str(os.getpid()):
        return {}
    number = int(environment.pop("LISTEN_FDS", "0") or 0)
    names = environment.pop("LISTEN_FDNAMES", "").split(":")
    found: dict[str, list[socket.socket]] = {}
    for index in range(number):
        descriptor = FIRST_PASSED + index
        os.set_inheritable(descriptor, False)  # noqa: FBT003 -- as os gives it
        name = names[index] if index < len(names) else ""
        passed = socket.socket(fileno=descriptor)
        if passed.type != socket.SOCK_STREAM or not passed.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            raise SetupError(
                f"the socket {name} that systemd passes does not listen for streams "
                "(use ListenStream= in its unit)"
            )
        passed.setblocking(False)  # noqa: FBT003 -- as socket gives it
        found.setdefault(name, []).append(passed)
    return found


def _check_kind(settings: ListenerSettings, passed: Iterable[socket.socket]) -> None:
    """Whoever may open a unix socket is believed, so it had better be one."""
    is_unix = settings.socket is not None
    if any((each.family == socket.AF_UNIX) != is_unix for each in passed):
        kind, other = ("socket", "host and port") if is_unix else ("host and port", "socket")
        raise SetupError(
            f"[[listeners]] {settings.name} has {kind}, but systemd passes {other} "
            "(say the same in both, see ListenStream= in its unit)"
        )


def _bind_internet(settings: ListenerSettings, *, has_port: bool) -> list[socket.socket]:
    where = f"{settings.host}:{settings.port}"
    advice = f"change host or port of [[listeners]] {settings.name}"
    try:
        infos = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise SetupError(f"cannot listen on {where}: {error.strerror} ({advice})") from None
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(infos):
            new = socket.socket(family, kind, protocol)
            bound.append(new)
            new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            new.bind(address)
            new.listen(BACKLOG)
            new.setblocking(False)  # noqa: FBT003 -- as socket gives it
    except OSError as error:
        for each in bound:
            each.close()
        next_step = (
            "we have that port at another address: restart the daemon to change host"
            if has_port
            else f"is another program there? else {advice}"
        )
        raise refusal_to_listen(where, error, next_step) from None
    return bound


def _bind_unix(settings: ListenerSettings, path: Path) -> socket.socket:
    _remove_stale(path)
    new = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        new.bind(str(path))
        path.chmod(int(settings.socket_mode, 8))
        new.listen(BACKLOG)
    except OSError as error:
        new.close()
        raise SetupError(
            f"cannot listen on {path}: {_words(error)} "
            "(the folder must exist and be writable for this user)"
        ) from None
    new.setblocking(False)  # noqa: FBT003 -- as socket gives it
    return new


def _set_mode(settings: ListenerSettings) -> None:
    if settings.socket is None:
        return
    wanted = int(settings.socket_mode, 8)
    try:
        if stat.S_IMODE(settings.socket.lstat().st_mode) != wanted:
            settings.socket.chmod(wanted)
    except OSError as error:
        log.warning("permissions not set", socket=str(settings.socket), problem=_words(error))


def _remove_stale(path: Path) -> None:
    """A socket that nobody listens on is what a killed daemon left behind."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # nothing is there, or bind will say why not
    if not stat.S_ISSOCK(mode):
        raise SetupError(f"cannot listen on {path}: it is no socket (remove it, or name another)")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            _remove(path)
            return
        except FileNotFoundError:
            return
        except PermissionError:
            raise SetupError(
                f"cannot listen on {path}: a socket of another user is there (remove it)"
            ) from None
        except OSError:
            pass  # too busy to answer, or of another kind
    raise Taken(f"cannot listen on {path}: another program does (stop it, or name another)")


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(
            f"cannot listen on {path}: what is left there cannot be removed: {_words(error)} "
            "(remove it; the folder must be writable for this user)"
        ) from None


def refusal_to_listen(where: str, error: OSError, next_step: str) -> SetupError:
    kind = Taken if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL} else SetupError
    return kind(f"cannot listen on {where}: {_words(error)} ({next_step})")


def _words(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)
