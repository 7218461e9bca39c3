"""The daemon with one promise broken, so that a campaign can prove that it would notice.

Nothing of this is in the product: the parts are replaced in this process before it starts.
"""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Sequence
from dataclasses import replace

from helpdesk import cli
from helpdesk.core.mail import Arrival
from helpdesk.core.outgoing import OutgoingMail, Rendered
from helpdesk.core.reply import ACCEPTED, Reply
from helpdesk.flow import receive
from helpdesk.inbound.intake import Intake
from helpdesk.outbound.compose import MailComposer
from helpdesk.ports import Delivery, Raw

WINDOW = 0.02
"""Seconds by which the moments that matter are made longer, so that kills hit them."""

_accept = Intake.accept
_compose = MailComposer.compose
_background: set[asyncio.Task[Reply]] = set()


async def _accept_before_kept(self: Intake, arrival: Arrival, raw: Raw) -> Reply:
    async def keep_later() -> Reply:
        await asyncio.sleep(WINDOW)
        return await _accept(self, arrival, raw)

    task = asyncio.create_task(keep_later())
    _background.add(task)
    task.add_done_callback(_background.discard)
    return ACCEPTED


async def _answer_late(self: Intake, arrival: Arrival, raw: Raw) -> Reply:
    reply = await _accept(self, arrival, raw)
    await asyncio.sleep(WINDOW)
    return reply


def _compose_anew(
    self: MailComposer, mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]
) -> Delivery:
    domain = mail.message_id.partition("@")[2]
    return _compose(
        self, replace(mail, message_id=f"{secrets.token_hex(16)}@{domain}"), rendered, files
    )


def accept_before_kept() -> None:
    """250 is said before the mail is durable."""
    Intake.accept = _accept_before_kept  # type: ignore[method-assign]


def forget_identities() -> None:
    """A mail that comes again is not known."""
    Intake.accept = _answer_late  # type: ignore[method-assign]
    vars(receive)["identity_of"] = lambda _message: secrets.token_hex(32)


def new_message_ids() -> None:
    """Every attempt to send carries another Message-ID."""
    MailComposer.compose = _compose_anew  # type: ignore[method-assign]


WEAKNESSES = {
    "accept-before-kept": accept_before_kept,
    "forget-identities": forget_identities,
    "new-message-ids": new_message_ids,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.weakened", description=__doc__)
    parser.add_argument("weakness", choices=WEAKNESSES)
    given, options = parser.parse_known_args()
    WEAKNESSES[given.weakness]()
    return cli.run(["run", *options])


if __name__ == "__main__":
    sys.exit(main())
