"""From the settings of a relay to the transport that speaks to it, and to the operator's alarms."""

import socket
import ssl
from pathlib import Path

from helpdesk.app.alarms import Letterhead, OperatorAlarms
from helpdesk.app.oauth import OPERATOR_RELAY, RELAY
from helpdesk.app.prepare import SetupError
from helpdesk.app.token_watch import token_cause
from helpdesk.config.settings import RelaySettings, Settings, Tls, TransportKind
from helpdesk.core.policy import ReversePath
from helpdesk.outbound import transport
from helpdesk.outbound.refusal import TROUBLES
from helpdesk.ports import Alarms, Clock, TokenSource

_KINDS = {
    Tls.STARTTLS: transport.Tls.REQUIRED,
    Tls.TLS: transport.Tls.IMPLICIT,
    Tls.NONE: transport.Tls.NONE,
}


def build_relay(
    settings: RelaySettings, tokens: TokenSource | None, alarms: Alarms | None = None
) -> transport.SmtpTransport:
    seconds = settings.timeout.total_seconds()
    relay = transport.Relay(
        host=settings.host,
        port=settings.real_port,
        tls=_KINDS[settings.tls],
        user=settings.user,
        password=settings.read_password(),
        tokens=tokens,
        name=socket.gethostname(),
        ca_file=settings.ca_file,
        connections=settings.max_connections,
        timeouts=transport.Timeouts(connect=min(seconds, 30), command=seconds, data=seconds),
    )
    try:
        return transport.SmtpTransport(relay, alarms=alarms)
    except (ssl.SSLError, OSError) as error:
        raise _untrusting(settings.ca_file, error) from None


def check_trust(settings: RelaySettings) -> None:
    """What `build_relay` refuses, for those who may not read its password."""
    if settings.tls is not Tls.NONE and settings.ca_file is not None:
        trusting(settings.ca_file)


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Trusts whom this file says, else whom this machine does."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (ssl.SSLError, OSError) as error:
        raise _untrusting(ca_file, error) from None


def _untrusting(ca_file: Path | None, error: OSError) -> SetupError:
    """Of a file that shall say whom to trust."""
    return SetupError(
        f"{ca_file}: no certificates to trust in it: {error.strerror} (a file in PEM)"
    )


def build_alarms(settings: Settings, clock: Clock) -> OperatorAlarms:
    """They cannot tell by mail that the only relay which they have is in trouble."""
    own = settings.operator.relay
    goes_by_smtp = settings.outgoing.transport is TransportKind.SMTP
    takes_only_its_login = (
        own.reverse_path is ReversePath.DESK
        if own
        else (goes_by_smtp and settings.relay.reverse_path is ReversePath.DESK)
    )
    head = Letterhead(
        addresses=settings.operator.addresses,
        author=settings.notifications_address,
        reverse_path=settings.desks[0].address if takes_only_its_login else "",
        host=socket.gethostname(),
    )
    only_way = {token_cause(OPERATOR_RELAY)} if own else {*TROUBLES, token_cause(RELAY)}
    return OperatorAlarms(head, clock, without_mail=only_way)
