"""Asks for access tokens also while nobody needs one, and looks at the calendar: whoever stands
logged in for weeks would notice a dead login only when the connection ends.

Failures: none; what is wrong is told to the operator, by the relay, while mail still comes in.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdesk.app.oauth import MARGIN, OPERATOR_RELAY, RELAY, Tokens
from helpdesk.ports import Alarms, Clock, TokenRefused

INTERVAL = MARGIN
"""So that a new token is asked for while the last one holds."""
PATIENCE = timedelta(minutes=15)
"""So long the token server may be away before the operator hears of it."""
WARNED_BEFORE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TokenWatch:
    sources: Mapping[str, Tokens]
    alarms: Alarms
    clock: Clock
    interval: timedelta = INTERVAL

    @property
    def causes(self) -> frozenset[str]:
        """Of all alarms that it may tell."""
        names = [tokens.name for tokens in self.sources.values()]
        return frozenset(map(token_cause, names)) | set(map(secret_cause, names))

    async def run(self, stop: asyncio.Event, roles: Collection[str]) -> None:
        """Until `stop`, for those roles that use the tokens."""
        watched = {self.sources[name] for name in self.sources if _role_of(name) in roles}
        away: dict[Tokens, datetime] = {}
        while watched and not stop.is_set():
            for tokens in watched:
                await self._look(tokens, away)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.interval.total_seconds())

    async def _look(self, tokens: Tokens, away: dict[Tokens, datetime]) -> None:
        cause = token_cause(tokens.name)
        try:
            await tokens.token()
        except TokenRefused as refusal:
            now = self.clock.now()
            since = away.setdefault(tokens, now)
            if not refusal.is_temporary or now - since >= PATIENCE:
                words = f"{tokens.name}: mail stops with the next login: {refusal}"
                self.alarms.tell(cause, words)
        else:
            away.pop(tokens, None)
            self.alarms.over(cause)
        self._look_at_the_calendar(tokens)

    def _look_at_the_calendar(self, tokens: Tokens) -> None:
        end, cause = tokens.login_ends_at, secret_cause(tokens.name)
        if end is None or end - self.clock.now() > WARNED_BEFORE:
            self.alarms.over(cause)
            return
        self.alarms.tell(
            cause,
            f"{tokens.name}: the login at the provider of access tokens ends on {end:%Y-%m-%d} "
            "(get a new client secret or refresh token, put it into its file, and correct "
            "secret_ends_on)",
        )


def token_cause(name: str) -> str:
    return f"token {name}"


def secret_cause(name: str) -> str:
    return f"secret {name}"


def _role_of(name: str) -> str:
    return "send" if name in {RELAY, OPERATOR_RELAY} else "fetch"
