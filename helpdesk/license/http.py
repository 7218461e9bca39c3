"""License servers that are asked over HTTPS.

Standards: RFC 9110 §10.2.3 (Retry-After), §15 (status codes).
Failures: 401 and 403 are FORBIDDEN, 429 is RATE_LIMITED; whatever says nothing of the key is DOWN.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from helpdesk.config.licenses import ProviderSettings
from helpdesk.core.license import LookupOutcome, LookupResult
from helpdesk.license.dialects import DIALECTS, NoAnswer, Request
from helpdesk.license.mappings import Unreadable, down, without_key

if TYPE_CHECKING:
    import httpx2

LARGEST_ANSWER = 1024 * 1024
LONGEST_WAIT = timedelta(days=1)
"""A server that names a longer time is asked again after this one."""

_OK = 200
_REDIRECTS = range(300, 400)
_OUTCOMES: Mapping[int, tuple[LookupOutcome, str]] = {
    401: (LookupOutcome.FORBIDDEN, "the server refuses our login (see token)"),
    403: (LookupOutcome.FORBIDDEN, "the server does not let us ask (see the rights of the token)"),
    404: (LookupOutcome.NOT_FOUND, ""),
    429: (LookupOutcome.RATE_LIMITED, "the server wants fewer lookups (see max_per_minute)"),
}


@dataclass(slots=True)
class HttpProvider:
    """One license server, with one client for all lookups."""

    settings: ProviderSettings
    now: Callable[[], datetime]
    name: str = field(init=False)
    _token: str = field(init=False, repr=False)
    _client: "httpx2.AsyncClient | None" = field(init=False, default=None)
    _opening: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.name = self.settings.name
        self._token = self.settings.read_token()

    async def lookup(self, key: str) -> LookupResult:
        seconds = self.settings.timeout.total_seconds()
        dialect = DIALECTS[self.settings.kind](self.settings, self._token, self._ask, self.now)
        try:
            async with asyncio.timeout(seconds):
                return without_key(await dialect.lookup(key), key)
        except TimeoutError:
            return down(f"the server did not answer within {seconds:g} seconds")
        except NoAnswer as answer:
            return without_key(answer.result, key)
        except Unreadable as error:
            return down(f"the server's answer makes no sense: {error}")

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _ask(self, request: Request) -> Any:
        """The JSON of an answer with status 200. Raises NoAnswer."""
        import httpx2

        try:
            client = await self._opened()
            async with client.stream(
                request.method,
                request.url,
                headers={"Accept-Encoding": "identity", **request.headers},
                content=request.content,
            ) as response:
                self._check(response)
                content = await _read(response)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            # Their words may hold the URL, and with it the key.
            raise NoAnswer(down(f"the server cannot be asked: {type(error).__name__}")) from None
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise NoAnswer(down("the server's answer is no JSON (see url)")) from None

    async def _opened(self) -> "httpx2.AsyncClient":
        async with self._opening:
            if self._client is None:
                # Takes a moment: modules, and the certificates of this machine.
                self._client = await asyncio.to_thread(_new_client, self.settings.base_url)
            return self._client

    def _check(self, response: "httpx2.Response") -> None:
        status = response.status_code
        if status == _OK:
            return
        if status in _REDIRECTS:
            raise NoAnswer(down("the server sends us elsewhere, where no key goes (correct url)"))
        if status not in _OUTCOMES:
            raise NoAnswer(down(f"the server answered with status {status}"))
        outcome, detail = _OUTCOMES[status]
        wait = retry_after(response.headers.get("Retry-After", ""), self.now())
        raise NoAnswer(LookupResult(outcome, detail=detail, retry_after=wait))


def _new_client(url: str) -> "httpx2.AsyncClient":
    """Without timeouts of its own: the lookup has a deadline for all of it."""
    import httpx2

    for name in ("httpx2", "httpcore2"):  # they log URLs, and these may hold keys
        logging.getLogger(name).setLevel(logging.WARNING)
    # A program on this machine has no certificate, and is not behind the proxy of the environment.
    is_local = url.startswith("http://")
    return httpx2.AsyncClient(
        timeout=None, follow_redirects=False, verify=not is_local, trust_env=not is_local
    )


async def _read(response: "httpx2.Response") -> bytes:
    """As it comes: what is packed may be large."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise NoAnswer(down("the server's answer is larger than 1 MB"))
    return bytes(content)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110 §10.2.3); None for anything else."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return min(timedelta(seconds=int(value)), LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    then = then.replace(tzinfo=then.tzinfo or UTC)
    return min(max(then - now, timedelta(0)), LONGEST_WAIT)
