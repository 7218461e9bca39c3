"""Access tokens for mail servers that want OAuth 2: asked for, kept while they hold, never shown.

Standards: RFC 6749 §4.4 (client credentials), §5 (answers), §6 (refresh tokens).
Failures: TokenRefused, one line without any secret. It is temporary when the server is away or says
something unknown, or the command fails; for good when the server names what is wrong with us.
"""

import asyncio
import fcntl
import json
import os
import re
import signal
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from helpdesk.config import ConfigurationError
from helpdesk.config.settings import OAuthProvider, OAuthSettings, Settings
from helpdesk.ports import Clock, TokenRefused

if TYPE_CHECKING:
    import httpx2

log = structlog.get_logger("oauth")

SECONDS = 30.0
"""So long a command or a server may take."""
MARGIN = timedelta(minutes=5)
"""A token is not used any more so long before its end."""
UNKNOWN_LIFETIME = timedelta(minutes=10)
"""Of a token whose server does not tell it (RFC 6749 §5.1 only recommends that)."""
COMMAND_LIFETIME = timedelta(minutes=1)
"""So long the answer of a command is used again; how long the token holds is not known."""
LARGEST_ANSWER = 64 * 1024
LONGEST_REASON = 200
LOOK_AGAIN = 0.05
"""Seconds between two looks whether another process is done with a refresh token."""

_TOKEN = re.compile(r"[!-~]{1,16384}")
_LONG_WORD = re.compile(r"[A-Za-z0-9._~+/=%-]{24,}")
"""May be a token or a secret that a server repeats."""
_OURS_TO_MEND = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "consent_required",
        "interaction_required",
        "login_required",
    }
)
_GOOGLE_URL = "https://oauth2.googleapis.com/token"
_GOOGLE_SCOPE = "https://mail.google.com/"
_MICROSOFT_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_MICROSOFT_SCOPE = (
    "https://outlook.office365.com/IMAP.AccessAsUser.All "
    "https://outlook.office365.com/SMTP.Send offline_access"
)
_MICROSOFT_OWN_SCOPE = "https://outlook.office365.com/.default"


@dataclass(frozen=True, slots=True)
class Given:
    """A token, and until when it is used."""

    token: str
    use_until: datetime
    expires_at: datetime | None
    """Empty: not known."""


def token_url(settings: OAuthSettings) -> str:
    if settings.token_url:
        return settings.token_url
    if settings.provider is OAuthProvider.GOOGLE:
        return _GOOGLE_URL
    return _MICROSOFT_URL.format(tenant=settings.tenant)


def scope(settings: OAuthSettings) -> str:
    if settings.scope:
        return settings.scope
    if settings.provider is OAuthProvider.GOOGLE:
        return _GOOGLE_SCOPE
    if settings.provider is OAuthProvider.MICROSOFT:
        return _MICROSOFT_SCOPE if settings.refresh_token_file else _MICROSOFT_OWN_SCOPE
    return ""


class Tokens:
    """The tokens of one account: one request at a time, whoever asks meanwhile waits for it."""

    def __init__(
        self, name: str, settings: OAuthSettings, clock: Clock, *, seconds: float = SECONDS
    ) -> None:
        self.name = name
        """For the log."""
        self.refused = ""
        """Why the last request gave no token; empty after one that did."""
        self._settings = settings
        self._clock = clock
        self._seconds = seconds
        self._given: Given | None = None
        self._login_ends_at: datetime | None = None
        """As the server said; few do."""
        self._asking: asyncio.Task[Given] | None = None
        self._unwritten: tuple[str, str] | None = None
        """The refresh token of the file, and the newer one that could not be written there."""

    def is_for(self, name: str, settings: OAuthSettings) -> bool:
        return (self.name, self._settings) == (name, settings)

    @property
    def expires_at(self) -> datetime | None:
        """Of the last token; None when there was none or nobody tells."""
        return self._given.expires_at if self._given else None

    @property
    def login_ends_at(self) -> datetime | None:
        """When no new token is given any more, and a person must log in anew; None: not known."""
        day = self._settings.secret_ends_on
        stated = datetime.combine(day, time(), UTC) if day else None
        return min(filter(None, (stated, self._login_ends_at)), default=None)

    async def token(self) -> str:
        given = self._given
        if given is not None and self._clock.now() < given.use_until:
            return given.token
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name=f"token {self.name}")
            self._asking.add_done_callback(self._asked)
        # A request that was begun is finished: its answer may hold the only new refresh token.
        return (await asyncio.shield(self._asking)).token

    def forget(self) -> None:
        self._given = None

    async def close(self) -> None:
        """End after the request that is under way; it has its own deadline."""
        if self._asking is not None:
            await asyncio.wait([self._asking])

    def _asked(self, task: asyncio.Task[Given]) -> None:
        self._asking = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._given, self.refused = task.result(), ""
        else:
            self.refused = str(error)
            log.warning("no access token", source=self.name, reason=self.refused)

    async def _ask(self) -> Given:
        """Raises TokenRefused and nothing else."""
        try:
            if self._settings.command:
                return await self._from_command()
            return await self._from_server()
        except TokenRefused:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, callers know one kind of fault
            raise TokenRefused(
                f"no access token: {type(error).__name__} (see the settings of oauth)",
                is_temporary=True,
            ) from None

    # --- from a command ---------------------------------------------------------------------------

    async def _from_command(self) -> Given:
        program = self._settings.command[0]
        async with _pipe() as (output, end):
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._settings.command,
                    stdin=DEVNULL,
                    stdout=end,
                    # What it says there may quote a secret.
                    stderr=DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                raise TokenRefused(
                    f"the command {program} cannot be started: {error.strerror} (correct command)"
                ) from None
            finally:
                os.close(end)
            try:
                async with asyncio.timeout(self._seconds):
                    printed = await _read_capped(output)
                    if len(printed) > LARGEST_ANSWER:
                        raise TokenRefused(
                            f"the command {program} prints too much (try it by hand)",
                            is_temporary=True,
                        )
                    status = await process.wait()
            except TimeoutError:
                raise TokenRefused(
                    f"the command {program} took more than {self._seconds:g} seconds",
                    is_temporary=True,
                ) from None
            finally:
                # What it started may hold the pipe, and so may it.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if status:
            raise TokenRefused(
                f"the command {program} ended with status {status} (try it by hand)",
                is_temporary=True,
            )
        lines = printed.decode("utf-8", "replace").splitlines()
        token = lines[0].strip() if lines else ""
        if not _TOKEN.fullmatch(token):
            raise TokenRefused(
                f"the command {program} printed no token in its first line (try it by hand)",
                is_temporary=True,
            )
        return Given(token, self._clock.now() + COMMAND_LIFETIME, None)

    # --- from a server ----------------------------------------------------------------------------

    async def _from_server(self) -> Given:
        async with _alone_with(self._settings.refresh_token_file, self._seconds):
            return await self._renewed()

    async def _renewed(self) -> Given:
        form, secrets = await asyncio.to_thread(self._request)
        asked_at = self._clock.now()
        try:
            async with asyncio.timeout(self._seconds):
                status, content = await _post(token_url(self._settings), form)
        except TimeoutError:
            raise TokenRefused(
                f"the token server did not answer within {self._seconds:g} seconds",
                is_temporary=True,
            ) from None
        answer = _answer(content)
        if status != 200:  # noqa: PLR2004 -- RFC 6749 §5.1: anything else is a refusal
            raise _refusal(status, answer, secrets)
        token = answer.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise TokenRefused("the token server's answer holds no token", is_temporary=True)
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise TokenRefused("the token server gives no bearer tokens (correct token_url)")
        renewed = answer.get("refresh_token")
        if isinstance(renewed, str) and _TOKEN.fullmatch(renewed):
            await asyncio.to_thread(self._keep_refresh_token, form.get("refresh_token"), renewed)
        # No standard has it; Google and others say it where they limit a refresh token.
        left = _lifetime(answer.get("refresh_token_expires_in"))
        self._login_ends_at = asked_at + left if left else None
        lifetime = _lifetime(answer.get("expires_in"))
        expires_at = asked_at + (lifetime or UNKNOWN_LIFETIME)
        margin = min(MARGIN, (expires_at - asked_at) / 2)
        return Given(token, expires_at - margin, expires_at if lifetime else None)

    def _request(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """The form, and what of it must never be shown."""
        settings = self._settings
        try:
            secret = settings.read_client_secret()
            form = {"client_id": settings.client_id}
            if secret:
                form["client_secret"] = secret
            if settings.refresh_token_file is None:
                form["grant_type"] = "client_credentials"
            else:
                form["grant_type"] = "refresh_token"
                form["refresh_token"] = self._refresh_token(settings.refresh_token_file)
        except ConfigurationError as unread:
            raise TokenRefused(unread.problems[0]) from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            path = getattr(error, "filename", None) or "a file of oauth"
            raise TokenRefused(f"{path} cannot be read: {reason} (correct it)") from None
        if wanted := scope(settings):
            form["scope"] = wanted
        return form, (secret, form.get("refresh_token", ""))

    def _refresh_token(self, path: Path) -> str:
        lines = path.read_text(encoding="utf-8").splitlines()
        token = lines[0].strip() if lines else ""
        if self._unwritten is not None and token == self._unwritten[0]:
            return self._unwritten[1]
        if not token:
            raise TokenRefused(f"{path} holds no refresh token (put it into its first line)")
        return token

    def _keep_refresh_token(self, used: str | None, renewed: str) -> None:
        path = self._settings.refresh_token_file
        if path is None or renewed == used:
            return
        try:
            _write_secret(path, renewed)
        except OSError as error:
            was_told = self._unwritten is not None
            on_file = self._unwritten[0] if self._unwritten is not None else used or ""
            self._unwritten = (on_file, renewed)
            if not was_told:
                log.warning(
                    "new refresh token not written",
                    source=self.name,
                    path=str(path),
                    reason=error.strerror,
                    next_step="make file and folder writable, or it is lost when the daemon ends",
                )
        else:
            self._unwritten = None


def _write_secret(path: Path, secret: str) -> None:
    """Replace the first line of the file, durably; whoever reads it sees the old or the new one."""
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _keep_owner(descriptor, path)
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_owner(descriptor: int, path: Path) -> None:
    """Root, as whom somebody runs the doctor, must not take the file from the daemon."""
    if os.geteuid() == 0:
        before = path.stat()
        os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, before.st_mode & 0o660)


@asynccontextmanager
async def _alone_with(path: Path | None, seconds: float) -> AsyncIterator[None]:
    """No other process (another daemon, the doctor) renews this refresh token meanwhile: it would
    send the one that ours makes worthless, and some providers then take back all of them.
    """
    held: int | None = None
    try:
        async with asyncio.timeout(seconds):
            while path is not None and (held := _lock(path)) is None:  # noqa: ASYNC110 -- no event tells it
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        raise TokenRefused(f"{path} is in use by another process", is_temporary=True) from None
    except OSError:
        pass  # What is wrong with the file is said by who reads it.
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock; None while somebody else does, or has just replaced it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except BlockingIOError:
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """Our end and the other one. The library's own pipes cannot be left: as long as they are not
    read to their end, it does not tell that the program has ended.
    """
    ours, other = os.pipe2(os.O_CLOEXEC)
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
    )
    try:
        yield reader, other
    finally:
        transport.close()


async def _read_capped(stream: asyncio.StreamReader) -> bytes:
    """All that a program prints, or so much of it that it cannot be a token."""
    printed = b""
    while len(printed) <= LARGEST_ANSWER:
        chunk = await stream.read(LARGEST_ANSWER)
        if not chunk:
            break
        printed += chunk
    return printed


async def _post(url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
    # Takes a moment: modules, and the certificates of this machine.
    client = await asyncio.to_thread(_client, url)
    import httpx2

    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    content = b""
    try:
        async with (
            client,
            client.stream("POST", url, data=dict(form), headers=headers) as response,
        ):
            # As it comes: what is packed may be large.
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise TokenRefused("the token server says too much", is_temporary=True)
            return response.status_code, content
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        words = f"{type(error).__name__} {error}"
        raise TokenRefused(
            f"the token server cannot be asked: {_shown(words, ())}", is_temporary=True
        ) from None


def _client(url: str) -> "httpx2.AsyncClient":
    """Without timeouts of its own: the caller has a deadline for all of it."""
    import httpx2

    # A program on this machine has no certificate, and is not behind the proxy of the environment.
    is_local = url.startswith("http://127.0.0.1:")
    return httpx2.AsyncClient(timeout=None, verify=not is_local, trust_env=not is_local)


def _answer(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(status: int, answer: Mapping[str, Any], secrets: tuple[str, ...]) -> TokenRefused:
    error = answer.get("error")
    error = error if isinstance(error, str) else ""
    description = answer.get("error_description")
    words = f"{error} {description}" if isinstance(description, str) else error
    reason = _shown(words, secrets) or "no reason given"
    is_ours = status in {400, 401, 403} and error in _OURS_TO_MEND
    next_step = " (log in anew, or correct oauth)" if is_ours else ""
    return TokenRefused(
        f"the token server refused with {status}: {reason}{next_step}", is_temporary=not is_ours
    )


def _shown(words: str, secrets: tuple[str, ...]) -> str:
    """One short printable line; what may be a secret is left out."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "(secret)")
    line = " ".join("".join(c if c.isprintable() else " " for c in words[:2000]).split())
    return _LONG_WORD.sub("(left out)", line)[:LONGEST_REASON]


def _lifetime(seconds: object) -> timedelta | None:
    """Some servers write the number as text."""
    try:
        number = int(str(seconds))
    except ValueError:
        return None
    return timedelta(seconds=number) if 0 < number < 10**8 else None


# --- all of them ----------------------------------------------------------------------------------

RELAY = "relay"
OPERATOR_RELAY = "operator relay"


def mailbox_source(name: str) -> str:
    return f"mailbox {name}"


def token_sources(
    settings: Settings, clock: Clock, before: Collection[Tokens] = ()
) -> dict[str, Tokens]:
    """By what they are for. Equal settings share one: two that renew one refresh token would
    make it worthless for each other. Those of `before` go on: what they hold may be in no file.
    """
    wanted = {RELAY: settings.relay.oauth}
    if settings.operator.relay is not None:
        wanted[OPERATOR_RELAY] = settings.operator.relay.oauth
    wanted |= {mailbox_source(each.name): each.oauth for each in settings.mailboxes}
    shared: dict[OAuthSettings, Tokens] = {}
    sources: dict[str, Tokens] = {}
    for name, oauth in wanted.items():
        if oauth is not None and oauth not in shared:
            known = (each for each in before if each.is_for(name, oauth))
            shared[oauth] = next(known, None) or Tokens(name, oauth, clock)
        if oauth is not None:
            sources[name] = shared[oauth]
    return sources
