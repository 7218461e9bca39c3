"""Licenses at the command line: what providers said is asked for anew, or at once.

Failures: SetupError when a provider cannot be asked as it is configured.
"""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.build import build_providers, build_reader
from helpdesk.app.clock import SystemClock
from helpdesk.config import Settings
from helpdesk.core.draft import Rules
from helpdesk.core.license import NOTHING_KNOWN, fingerprint_of
from helpdesk.core.named_keys import keys_in_words
from helpdesk.core.ticket import TicketNumber
from helpdesk.flow.lookup import LookingUp
from helpdesk.ports import Asked, Unavailable
from helpdesk.store.licenses import SqlAnswers
from helpdesk.store.queues import SqlOutbox
from helpdesk.store.tickets import SqlTickets


async def look_again(
    engine: AsyncEngine, settings: Settings, number: TicketNumber, *, whatever: bool
) -> int:
    """Let the daemon ask about the licenses of a ticket whose answers are too old; `whatever` their
    age. How many: none while the store cannot be written to."""
    terms = settings.policy().providers
    if not terms:
        return 0
    with suppress(Unavailable):
        now = SystemClock().now()
        return await SqlAnswers(engine).refresh(number, terms, now, whatever=whatever)
    return 0


async def ask_now(
    engine: AsyncEngine, settings: Settings, rules: Rules, written: str
) -> Sequence[str]:
    """Ask about a key that is in no mail, and keep what is said of it, in the tickets that name it;
    the providers that gave no answer."""
    clock = SystemClock()
    providers = build_providers(settings)
    asking = LookingUp(
        answers=SqlAnswers(engine),
        tickets=SqlTickets(engine),
        providers=providers,
        reader=build_reader(settings),
        raw=SqlOutbox(engine, settings.store.objects).raw,
        rules=rules,
        clock=clock,
    )
    silent = []
    try:
        for found in keys_in_words(written, rules.policy):
            if found.provider in providers:
                fingerprint = fingerprint_of(found.key, rules.keyring)
                asked = Asked(found.provider, fingerprint, NOTHING_KNOWN, ())
                result = await asking.ask(asked, found.key)
                silent += [] if result.outcome.is_final else [found.provider]
    finally:
        for each in providers.values():
            await each.close()
    return silent
