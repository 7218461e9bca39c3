"""What must fit together between the sections of the configuration."""

import difflib
import os
from collections.abc import Iterator, Sequence

from helpdesk.config.desk_checks import life_problems, life_warnings
from helpdesk.config.licenses import license_problems
from helpdesk.config.service_levels import calendar_problems, level_problems, no_such_level
from helpdesk.config.settings import ListenerSettings, Settings, TransportKind
from helpdesk.config.source import LONGEST_SOCKET
from helpdesk.config.values import spelled
from helpdesk.config.views import view_problems
from helpdesk.core.address import lookup_key
from helpdesk.core.policy import ReplyAddress

# RFC 5321 §4.5.3.1.1 gives a local part 64 octets; a reply token has 37 and its separator one.
LONGEST_DESK = 26
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- to find who listens on it


def contradictions(settings: Settings) -> Iterator[str]:
    yield from _desk_problems(settings)
    yield from _agent_problems(settings)
    yield from life_problems(settings)
    yield from _listener_problems(settings)
    yield from _mailbox_problems(settings)
    ours = {lookup_key(each.address) for each in settings.desks}
    for index, address in enumerate(settings.operator.addresses):
        if lookup_key(address) in ours:
            key = spelled(("operator", "addresses", index))
            yield f"{key}: {address} is a desk (give an address that somebody reads)"
    if settings.outgoing.transport is TransportKind.SMTP and not settings.relay.host:
        yield 'relay.host: is missing (transport = smtp needs it: add host = "mail.example.com")'
    if settings.operator.relay is not None and not settings.operator.relay.host:
        yield 'operator.relay.host: is missing (add host = "mail.example.com")'
    yield from _metrics_problems(settings)
    yield from _service_level_problems(settings)
    names = [each.name for each in settings.licenses.providers]
    yield from _duplicates("licenses.providers", "name", names)
    yield from license_problems(settings.licenses)
    yield from _duplicates("views", "name", [each.name for each in settings.views])
    for place, problem in view_problems(settings.views, settings.desks):
        yield f"{place}: {problem}"


def warnings(settings: Settings) -> Iterator[str]:
    """What works, but may not be what the operator wants."""
    if settings.outgoing.transport is TransportKind.SMTP and settings.relay.is_readable:
        yield f"mail goes to {settings.relay.host} without encryption"
    yield from life_warnings(settings)


def _desk_problems(settings: Settings) -> Iterator[str]:
    has_token = settings.outgoing.reply_address is ReplyAddress.SUBADDRESS
    for index, each in enumerate(settings.desks):
        local_part = each.address.partition("@")[0]
        key = spelled(("desks", index, "address"))
        if has_token and len(local_part) > LONGEST_DESK:
            yield (
                f"{key}: {local_part} is longer than {LONGEST_DESK} characters, so no reply token "
                "fits behind it (take a shorter one, or reply_address = subdomain)"
            )
    yield from _duplicates("desks", "address", [each.address for each in settings.desks])
    yield from _duplicates("desks", "name", [each.name for each in settings.desks])
    desks = {lookup_key(each.address) for each in settings.desks}
    if lookup_key(settings.notifications_address) in desks:
        yield (
            "outgoing.notifications_address: is the address of a desk, so notifications would come "
            "back as tickets (take an address that nobody reads)"
        )


def _agent_problems(settings: Settings) -> Iterator[str]:
    names = [each.name for each in settings.desks]
    desks = {lookup_key(each.address) for each in settings.desks}
    notifications = lookup_key(settings.notifications_address)
    owners: dict[str, str] = {}
    for index, agent in enumerate(settings.agents):
        for desk in agent.desks:
            if desk not in names:
                yield _no_desk(spelled(("agents", index, "desks")), desk, names)
        for address in agent.addresses:
            key = spelled(("agents", index, "addresses"))
            found = lookup_key(address)
            if found in desks:
                yield f"{key}: {address} is a desk (give the agent's own address)"
            if found == notifications:
                yield (
                    f"{key}: {address} is where notifications come from "
                    "(set another notifications_address)"
                )
            if found in owners:
                yield f"{key}: {address} is also an address of {owners[found]} (remove one)"
            owners[found] = agent.name


def _listener_problems(settings: Settings) -> Iterator[str]:
    listeners = settings.listeners
    if not listeners and not settings.mailboxes:
        yield "listeners: no mail can come in (add [[listeners]] or [[mailboxes]])"
    yield from _duplicates("listeners", "name", [each.name for each in listeners])
    sockets = [str(each.socket or index) for index, each in enumerate(listeners)]
    yield from _duplicates("listeners", "socket", sockets)
    for index, each in enumerate(listeners):
        if each.socket is not None:
            yield from _socket_problems(spelled(("listeners", index)), each)
        else:
            yield from _port_problems(index, listeners)


def _socket_problems(key: str, listener: ListenerSettings) -> Iterator[str]:
    if len(os.fsencode(str(listener.socket))) > LONGEST_SOCKET:
        yield f"{key}.socket: is longer than {LONGEST_SOCKET} characters (take a shorter path)"
    if listener.trust_network:
        yield (
            f"{key}.trust_network: names IP addresses, and peers on a unix socket have none "
            "(remove it, or listen on host and port)"
        )


def _port_problems(index: int, listeners: Sequence[ListenerSettings]) -> Iterator[str]:
    this = listeners[index]
    for number, other in enumerate(listeners[:index], 1):
        is_other = other.socket is not None or not this.port or other.port != this.port
        if not is_other and _overlap(this.host, other.host):
            key = spelled(("listeners", index, "port"))
            yield (
                f"{key}: {this.host}:{this.port} is already taken by listeners#{number} "
                "(change one)"
            )
            return


def _metrics_problems(settings: Settings) -> Iterator[str]:
    metrics = settings.metrics
    for number, each in enumerate(settings.listeners, 1):
        is_same = each.socket is None and metrics.port and each.port == metrics.port
        if is_same and _overlap(metrics.host, each.host):
            place = f"{metrics.host}:{metrics.port}"
            yield f"metrics.port: {place} is already taken by listeners#{number} (change one)"
            return


def _service_level_problems(settings: Settings) -> Iterator[str]:
    for section, values in (
        ("calendars", [each.name for each in settings.calendars]),
        ("service_levels", [each.name for each in settings.service_levels]),
    ):
        yield from _duplicates(section, "name", values)
    yield from calendar_problems(settings.calendars)
    yield from level_problems(settings.calendars, settings.service_levels)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("desks", n, "service_level"), d.service_level) for n, d in enumerate(settings.desks)
    ]
    named += [
        (("rules", n, "then", "service_level"), each.then.service_level)
        for n, each in enumerate(settings.rules)
    ]
    for place, name in named:
        problem = no_such_level(name, settings.service_levels) if name else ""
        if problem:
            yield f"{spelled(place)}: {problem}"


def _overlap(one: str, other: str) -> bool:
    """Whether both cannot be bound with the same port."""
    one, other = one.lower(), other.lower()
    if one == other:
        return True
    # An address of IPv6 is bound for IPv6 only.
    return any(
        first in ANY_ADDRESS and _is_ipv6(first) == _is_ipv6(second)
        for first, second in ((one, other), (other, one))
    )


def _is_ipv6(host: str) -> bool:
    return ":" in host


def _mailbox_problems(settings: Settings) -> Iterator[str]:
    yield from _duplicates("mailboxes", "name", [each.name for each in settings.mailboxes])
    names = [each.name for each in settings.desks]
    first: dict[tuple[str, int, str, str], str] = {}
    for index, each in enumerate(settings.mailboxes):
        if each.desk and each.desk not in names:
            yield _no_desk(spelled(("mailboxes", index, "desk")), each.desk, names)
        folder = _folder(each.folder)
        if folder in {_folder(each.done_folder), _folder(each.failed_folder)}:
            yield (
                f"{spelled(('mailboxes', index, 'folder'))}: {each.folder} is also where mail is "
                "moved to (take another folder for it)"
            )
        before = first.setdefault((each.host.lower(), each.port, each.user, folder), each.name)
        if before != each.name:
            yield (
                f"{spelled(('mailboxes', index, 'folder'))}: {each.folder} of {each.user} is "
                f"already fetched as {before} (remove one)"
            )


def _folder(name: str) -> str:
    """RFC 3501 §5.1: this one name may be written in any case."""
    return "INBOX" if name.upper() == "INBOX" else name


def _no_desk(key: str, desk: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(desk, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"desks: {', '.join(names)}"
    return f"{key}: there is no desk {desk} ({hint})"


def _duplicates(section: str, key: str, values: Sequence[str]) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        before = first.setdefault(lookup_key(value), index)
        if before != index:
            where = spelled((section, index, key))
            yield f"{where}: {value} is already taken by {section}#{before + 1} (change one)"
