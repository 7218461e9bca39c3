"""The machine below the gateway: disks, clock, permissions, user."""

import ctypes
import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from helpdesk.app.doctor.examination import Examination, Space, in_thread, is_there
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.config.settings import OAuthSettings, Settings, TransportKind
from helpdesk.config.source import CREDENTIALS
from helpdesk.ports import Unavailable
from helpdesk.store.health import newest_arrival

LITTLE = 2**30
LITTLE_SHARE = 0.1
FEW_INODES = 0.05
MAILS_AT_ONCE = 3
"""So many of the largest mails must fit, or mail is refused."""
BACK_IN_TIME = timedelta(minutes=5)
TIMESYNC = Path("/run/systemd/timesync/synchronized")
_UNSYNCHRONIZED = 0x40
_WORLD_READABLE = stat.S_IROTH
_ANYBODY = 0o007


async def check(examination: Examination, say: Say) -> None:
    for finding in await in_thread(lambda: list(_disks(examination))):
        say(finding)
    for finding in await in_thread(lambda: list(_permissions(examination.settings))):
        say(finding)
    say(await in_thread(partial(_user, examination.settings)))
    say(await _clock(examination))


# --- disks --------------------------------------------------------------------------------------


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    if settings.store.file is not None:
        yield "database", settings.store.file.parent
    yield "objects", settings.store.objects
    if settings.outgoing.transport is TransportKind.MAILDIR:
        yield "outgoing mail", settings.outgoing.maildir
    yield "temporary files", Path(tempfile.gettempdir())


def _disks(examination: Examination) -> Iterator[Finding]:
    """Each file system once, whatever we keep on it."""
    found: dict[int, tuple[Space, list[str]]] = {}
    for name, path in _places(examination.settings):
        try:
            space = examination.space(path)
        except OSError as failure:
            step = f"check {path} and what is mounted there"
            yield error("machine.disk", name, f"cannot be looked at ({failure.strerror})", step)
            continue
        found.setdefault(space.device, (space, []))[1].append(name)
    largest = max((each.size_limit for each in examination.settings.listeners), default=0)
    for space, names in found.values():
        yield _disk(space, ", ".join(names), MAILS_AT_ONCE * largest)


def _disk(space: Space, names: str, needed: int) -> Finding:
    step = "make room, or move it to a larger disk"
    free = f"{space.free / 2**30:.1f} GiB free"
    if space.free < needed:
        problem = f"{free}, too little for {MAILS_AT_ONCE} of the largest mails"
        return error("machine.disk", names, problem, step)
    if space.inodes and space.free_inodes < FEW_INODES * space.inodes:
        problem = f"{space.free_inodes} inodes free of {space.inodes}"
        return warning("machine.disk", names, problem, "remove small files that nobody needs")
    if space.free < LITTLE or space.free < LITTLE_SHARE * space.total:
        return warning("machine.disk", names, f"{free} of {space.total / 2**30:.1f} GiB", step)
    return ok("machine.disk", names, free)


# --- permissions --------------------------------------------------------------------------------


def secret_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Files that hold nothing but a secret."""
    for name, relay in (("relay", settings.relay), ("operator.relay", settings.operator.relay)):
        if relay is not None:
            if relay.password_file is not None:
                yield f"{name}.password_file", relay.password_file
            yield from _of_oauth(f"{name}.oauth", relay.oauth)
    for mailbox in settings.mailboxes:
        if mailbox.password_file is not None:
            yield f"password_file of mailbox {mailbox.name}", mailbox.password_file
        yield from _of_oauth(f"oauth of mailbox {mailbox.name}", mailbox.oauth)
    for listener in settings.listeners:
        if listener.tls_key is not None:
            yield f"tls_key of listener {listener.name}", listener.tls_key


def _of_oauth(name: str, oauth: OAuthSettings | None) -> Iterator[tuple[str, Path]]:
    if oauth is None:
        return
    for path in (oauth.client_secret_file, oauth.refresh_token_file):
        if path is not None:
            yield name, path


def has_secrets(settings: Settings) -> bool:
    """Whether the configuration file itself may hold a password."""
    oauths = [settings.relay.oauth, *(each.oauth for each in settings.mailboxes)]
    secrets = [settings.relay.password, *(each.password for each in settings.mailboxes)]
    if settings.operator.relay is not None:
        secrets.append(settings.operator.relay.password)
        oauths.append(settings.operator.relay.oauth)
    secrets += [each.client_secret for each in oauths if each is not None]
    return any(each.get_secret_value() for each in secrets)


def _permissions(settings: Settings) -> Iterator[Finding]:
    name = "machine.permissions"
    faults = [*_readable_secrets(settings), *_readable_mail(settings), *_unwritable(settings)]
    yield from faults
    if not faults:
        yield ok(name, str(settings.path), "secrets and mail are for their owner only")


def _readable_secrets(settings: Settings) -> Iterator[Finding]:
    name = "machine.permissions"
    if has_secrets(settings) and _mode(settings.path) & _WORLD_READABLE:
        step = f"chmod o-rwx {settings.path}"
        yield error(name, str(settings.path), "everybody can read the passwords in it", step)
    if keys_are_readable(settings):
        step = f"chmod 600 {settings.store.keys}"
        yield error(name, str(settings.store.keys), "others can read the keys in it", step)
    uses: dict[Path, list[str]] = {}
    for what, path in secret_files(settings):
        uses.setdefault(path, []).append(what)
    for path, whats in uses.items():
        if not str(path).startswith(CREDENTIALS) and _mode(path) & _WORLD_READABLE:
            problem = f"everybody can read it ({', '.join(whats)})"
            yield error(name, str(path), problem, f"chmod o-rwx {path}")


def keys_are_readable(settings: Settings) -> bool:
    return _mode(settings.store.keys) & 0o077 != 0


def _readable_mail(settings: Settings) -> Iterator[Finding]:
    kept = [settings.store.objects]
    if settings.store.file is not None:
        kept.append(settings.store.file)
    if settings.outgoing.transport is TransportKind.MAILDIR:
        kept.append(settings.outgoing.maildir)
    for path in kept:
        # What stands in a folder that nobody else may enter is not for others either.
        if _mode(path) & _ANYBODY and _mode(path.parent) & _ANYBODY:
            step = f"chmod -R o-rwx {path}"
            problem = "everybody can read the mail in it"
            yield warning("machine.permissions", str(path), problem, step)


def _unwritable(settings: Settings) -> Iterator[Finding]:
    path = settings.store.objects
    if is_there(path) and not os.access(path, os.W_OK | os.X_OK):
        step = f"give the user who runs the daemon the right to write into {path}"
        problem = "large mail cannot be kept in it, so it is refused"
        yield error("machine.permissions", str(path), problem, step)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


# --- user ---------------------------------------------------------------------------------------


def _user(settings: Settings) -> Finding:
    """The database belongs to whoever runs the daemon; whoever else writes to it leaves files that
    the daemon cannot write.
    """
    me = os.geteuid()
    database = settings.store.file
    owner = owner_of(database) if database is not None and is_there(database) else me
    if owner != me:
        problem = f"{database} belongs to {_name(owner)}, and this is {_name(me)}"
        step = f"run helpdesk as {_name(owner)}: sudo -u {_name(owner)} helpdesk ..."
        return warning("machine.user", _name(me), problem, step)
    if me == 0:
        step = "run the gateway as a user of its own"
        return warning("machine.user", "root", "the gateway needs no rights of root", step)
    return ok("machine.user", _name(me), "owns the database")


def owner_of(path: Path) -> int:
    return path.stat().st_uid


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


# --- clock --------------------------------------------------------------------------------------


async def _clock(examination: Examination) -> Finding:
    name, here = "machine.clock", "clock"
    newest, now = await _newest(examination), examination.now()
    if newest is not None and newest - now > BACK_IN_TIME:
        minutes = int((newest - now).total_seconds() // 60)
        problem = f"is {minutes} minutes behind the newest mail"
        return error(name, here, problem, "set the clock, and let it be kept: timedatectl")
    synchronized = await in_thread(is_kept_right)
    if synchronized is None:
        return skipped(name, here, "not checked: the kernel does not tell")
    if not synchronized:
        step = "let it be set from the network: timedatectl set-ntp true"
        return warning(name, here, "nothing keeps it right, the kernel says", step)
    return ok(name, here, "kept right, the kernel says, and not behind the newest mail")


async def _newest(examination: Examination) -> datetime | None:
    if examination.engine is None:
        return None
    try:
        return await newest_arrival(examination.engine)
    except (SQLAlchemyError, Unavailable):
        return None  # the checks of the database say why


class _Timex(ctypes.Structure):
    """What adjtimex(2) fills in, up to the status; the rest is room for it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def is_kept_right() -> bool | None:
    return TIMESYNC.exists() or kernel_is_synchronized()


def kernel_is_synchronized() -> bool | None:
    """Whether the kernel thinks that somebody keeps its clock right; None if it does not tell."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        found = _Timex()
        result: int = library.adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        return None
    return None if result < 0 else not found.status & _UNSYNCHRONIZED
