"""Access tokens from commands and from a token server."""

import asyncio
import fcntl
import gzip
import json
import os
import select
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from helpdesk.app.oauth import Tokens, scope, token_sources, token_url
from helpdesk.config import load
from helpdesk.config.settings import OAuthSettings
from helpdesk.ports import TokenRefused
from tests.app.token_server import FIRST, GOOD, SECRET, TokenServer
from tests.fakes import FakeClock
from tests.machine import NOBODY


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as logs:
        yield logs


def from_server(server: TokenServer, tmp_path: Path, **more: Any) -> Tokens:
    return Tokens("relay", server.settings(tmp_path, **more), FakeClock(), seconds=5)


async def refusal(tokens: Tokens) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        await tokens.token()
    return caught.value


# --- what is asked --------------------------------------------------------------------------------


async def test_a_refresh_token_is_sent_as_the_standard_says(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = from_server(server, tmp_path, scope="mail")

        assert await tokens.token() == "ya29.token"
        assert server.forms == [
            {
                "grant_type": "refresh_token",
                "refresh_token": FIRST,
                "client_id": "our-client",
                "client_secret": SECRET,
                "scope": "mail",
            }
        ]


async def test_without_a_refresh_token_the_application_logs_in_itself(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = from_server(server, tmp_path, refresh_token_file=None)
        await tokens.token()

        assert server.forms == [
            {
                "grant_type": "client_credentials",
                "client_id": "our-client",
                "client_secret": SECRET,
            }
        ]


@pytest.mark.parametrize(
    ("settings", "url", "asks_for"),
    [
        (
            {"provider": "google", "refresh_token_file": "/dev/null"},
            "https://oauth2.googleapis.com/token",
            "https://mail.google.com/",
        ),
        (
            {"provider": "microsoft", "tenant": "contoso.test"},
            "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token",
            "https://outlook.office365.com/.default",
        ),
        (
            {"provider": "microsoft", "refresh_token_file": "/dev/null"},
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            (
                "https://outlook.office365.com/IMAP.AccessAsUser.All "
                "https://outlook.office365.com/SMTP.Send offline_access"
            ),
        ),
        ({"token_url": "https://id.test/token"}, "https://id.test/token", ""),
    ],
)
def test_google_and_microsoft_need_neither_url_nor_scope(
    settings: dict[str, str], url: str, asks_for: str, tmp_path: Path
) -> None:
    if "refresh_token_file" in settings:
        (tmp_path / "refresh").write_text(FIRST)
        settings = settings | {"refresh_token_file": str(tmp_path / "refresh")}
    oauth = OAuthSettings.model_validate(settings | {"client_id": "c"})

    assert (token_url(oauth), scope(oauth)) == (url, asks_for)


@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_what_a_provider_cannot_do_is_said_when_the_settings_are_read(provider: str) -> None:
    with pytest.raises(ValidationError, match="refresh_token_file"):
        OAuthSettings.model_validate({"provider": provider, "client_id": "c"})


# --- how long it is kept --------------------------------------------------------------------------


async def test_a_token_is_used_until_five_minutes_before_its_end(tmp_path: Path) -> None:
    clock = FakeClock()
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = Tokens("relay", server.settings(tmp_path), clock)
        for step in (0, 54, 1):
            clock.tick(timedelta(minutes=step) - timedelta(seconds=step == 54))
            await tokens.token()

        assert len(server.forms) == 1
        assert tokens.expires_at == clock.at + timedelta(minutes=5, seconds=1)
        clock.tick(timedelta(seconds=1))
        await tokens.token()
        assert len(server.forms) == 2


@pytest.mark.parametrize(
    ("expires_in", "minutes", "is_known"),
    [("1200", 15, True), (120, 1, True), (None, 5, False), ("soon", 5, False), (-1, 5, False)],
)
async def test_lifetimes_are_read_however_they_are_written(
    expires_in: object, minutes: int, tmp_path: Path, *, is_known: bool
) -> None:
    clock = FakeClock()
    answer = (200, GOOD | {"expires_in": expires_in})
    async with TokenServer([answer]).listening() as server:
        tokens = Tokens("relay", server.settings(tmp_path), clock)
        await tokens.token()
        clock.tick(timedelta(minutes=minutes, seconds=-1))
        await tokens.token()
        assert len(server.forms) == 1
        clock.tick(timedelta(seconds=1))
        await tokens.token()

        assert len(server.forms) == 2
        assert (tokens.expires_at is not None) is is_known


async def test_a_token_that_was_not_taken_is_not_used_again(tmp_path: Path) -> None:
    answers = [(200, GOOD), (200, GOOD | {"access_token": "ya29.second"})]
    async with TokenServer(answers).listening() as server:
        tokens = from_server(server, tmp_path)
        await tokens.token()
        tokens.forget()

        assert await tokens.token() == "ya29.second"


async def test_who_asks_at_the_same_time_shares_one_request(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = from_server(server, tmp_path)

        assert set(await asyncio.gather(*(tokens.token() for _ in range(10)))) == {"ya29.token"}
        assert len(server.forms) == 1


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "refresh"]


# --- rotation -------------------------------------------------------------------------------------


async def test_a_new_refresh_token_replaces_the_old_one_for_its_owner_only(tmp_path: Path) -> None:
    answers = [(200, GOOD | {"refresh_token": "1//second"}), (200, GOOD)]
    async with TokenServer(answers).listening() as server:
        tokens = from_server(server, tmp_path)
        path = tmp_path / "refresh"
        path.chmod(0o604)
        await tokens.token()
        tokens.forget()
        await tokens.token()

        assert path.read_text() == "1//second\n"
        assert path.stat().st_mode & 0o777 == 0o600
        assert [form["refresh_token"] for form in server.forms] == [FIRST, "1//second"]
        assert leftovers(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take a file from others")
async def test_a_doctor_of_root_leaves_the_refresh_token_to_the_daemon(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD | {"refresh_token": "1//second"})]).listening() as server:
        tokens = from_server(server, tmp_path)
        path = tmp_path / "refresh"
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o640)
        await tokens.token()

        found = path.stat()
        assert path.read_text() == "1//second\n"
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (NOBODY, NOBODY, 0o640)


async def test_two_processes_do_not_use_one_refresh_token_at_the_same_time(tmp_path: Path) -> None:
    answers = [(200, GOOD | {"refresh_token": "1//second"}), (200, GOOD)]
    async with TokenServer(answers).listening() as server:
        server.may_answer.clear()
        # As in two processes: what locks a file does not know who shares a process.
        first, second = from_server(server, tmp_path), from_server(server, tmp_path)
        asking = [asyncio.create_task(each.token()) for each in (first, second)]
        await server.asked.wait()
        server.may_answer.set()
        await asyncio.gather(*asking)

        assert [form["refresh_token"] for form in server.forms] == [FIRST, "1//second"]


async def test_a_refresh_token_that_stays_in_use_is_waited_for_only_so_long(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = Tokens("relay", server.settings(tmp_path), FakeClock(), seconds=0.1)
        with (tmp_path / "refresh").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            refused = await refusal(tokens)

        assert "in use by another process" in str(refused)
        assert refused.is_temporary
        assert await tokens.token() == "ya29.token"


async def test_an_answer_that_unpacks_to_much_is_not_unpacked(tmp_path: Path) -> None:
    bomb = gzip.compress(json.dumps(GOOD | {"more": "x" * 30_000_000}).encode())
    assert len(bomb) < 64 * 1024
    async with TokenServer([(200, bomb)], coding="gzip").listening() as server:
        refused = await refusal(from_server(server, tmp_path))

        assert "holds no token" in str(refused)


async def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text(FIRST)
    (tmp_path / "refresh").symlink_to("real")
    async with TokenServer([(200, GOOD | {"refresh_token": "1//second"})]).listening() as server:
        await from_server(server, tmp_path).token()

        assert (tmp_path / "refresh").is_symlink()
        assert (tmp_path / "real").read_text() == "1//second\n"


async def test_a_new_refresh_token_that_cannot_be_written_is_remembered_and_told_once(
    tmp_path: Path, logged: list[structlog.typing.EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("helpdesk.app.oauth._write_secret", full)
    answers = [(200, GOOD | {"refresh_token": f"1//{n}"}) for n in range(3)]
    async with TokenServer(answers).listening() as server:
        tokens = from_server(server, tmp_path)
        for _ in range(3):
            tokens.forget()
            await tokens.token()

        assert [form["refresh_token"] for form in server.forms] == [FIRST, "1//0", "1//1"]
        assert [each["event"] for each in logged] == ["new refresh token not written"]
        assert "1//" not in str(logged)

        (tmp_path / "refresh").write_text("1//from-the-operator\n")
        tokens.forget()
        await tokens.token()
        assert server.forms[-1]["refresh_token"] == "1//from-the-operator"


async def test_a_caller_that_goes_away_does_not_lose_the_new_refresh_token(tmp_path: Path) -> None:
    answer = (200, GOOD | {"refresh_token": "1//second"})
    async with TokenServer([answer]).listening() as server:
        server.may_answer.clear()
        tokens = from_server(server, tmp_path)
        caller = asyncio.create_task(tokens.token())
        await server.asked.wait()
        caller.cancel()
        await asyncio.wait([caller])
        server.may_answer.set()
        await tokens.close()

        assert (tmp_path / "refresh").read_text() == "1//second\n"


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer", "is_temporary", "words"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
            False,
            "invalid_grant Token has been expired or revoked.",
        ),
        (
            401,
            {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret provided.\r\n"
                "Trace ID: 0d3f2b1c-7a6d-4c54-a8a5-3d9c0a5b5f00",
                "error_codes": [7000215],
            },
            False,
            "AADSTS7000215: Invalid client secret provided. Trace ID: (left out)",
        ),
        (400, {"error": "slow_down"}, True, "slow_down"),
        (429, {"error": "invalid_grant"}, True, "429"),
        (503, {"error": "temporarily_unavailable"}, True, "503"),
        (500, b"<html>oops", True, "500: no reason given"),
        (302, b"", True, "302"),
        (200, b"\xff\xfe garbage", True, "holds no token"),
        (200, b"[" * 50_000, True, "holds no token"),
        (200, {"access_token": "two words"}, True, "holds no token"),
        (200, {"access_token": "line\nbreak"}, True, "holds no token"),
        (200, {"access_token": 7}, True, "holds no token"),
        (200, {"access_token": "x", "token_type": "mac"}, False, "no bearer tokens"),
        (200, b"x" * 100_000, True, "says too much"),
        (
            400,
            {
                "error": "invalid_grant",
                "error_description": f"{SECRET} {FIRST} \x1b[31m" + "x " * 999,
            },
            False,
            "invalid_grant (secret) (secret) [31mx x",
        ),
    ],
)
async def test_every_refusal_is_one_line_without_secrets(
    status: int, answer: Any, words: str, tmp_path: Path, *, is_temporary: bool
) -> None:
    async with TokenServer([(status, answer)]).listening() as server:
        tokens = from_server(server, tmp_path)
        refused = await refusal(tokens)

        assert words in str(refused)
        assert refused.is_temporary is is_temporary
        assert str(refused).isprintable()
        assert len(str(refused)) < 320
        assert tokens.refused == str(refused)
        for secret in (SECRET, FIRST):
            assert secret not in str(refused)


async def test_after_a_refusal_the_next_call_asks_again(tmp_path: Path) -> None:
    async with TokenServer([(503, b""), (200, GOOD)]).listening() as server:
        tokens = from_server(server, tmp_path)
        await refusal(tokens)

        assert await tokens.token() == "ya29.token"
        assert tokens.refused == ""


async def test_a_server_that_is_slow_is_given_up(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        server.may_answer.clear()
        tokens = Tokens("relay", server.settings(tmp_path), FakeClock(), seconds=0.1)
        refused = await refusal(tokens)

        assert "did not answer within 0.1 seconds" in str(refused)
        assert refused.is_temporary


async def test_a_server_that_is_away_is_temporary(tmp_path: Path) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        pass
    refused = await refusal(from_server(server, tmp_path))

    assert "cannot be asked" in str(refused)
    assert refused.is_temporary


@pytest.mark.parametrize(
    ("content", "words"), [("\n", "holds no refresh token"), (None, "No such file")]
)
async def test_a_refresh_token_that_is_not_there_is_the_operator_s_to_mend(
    content: str | None, words: str, tmp_path: Path
) -> None:
    async with TokenServer([(200, GOOD)]).listening() as server:
        tokens = from_server(server, tmp_path)
        path = tmp_path / "refresh"
        path.unlink() if content is None else path.write_text(content)
        refused = await refusal(tokens)

        assert words in str(refused)
        assert not refused.is_temporary
        assert server.forms == []


# --- from a command -------------------------------------------------------------------------------


def from_command(code: str, seconds: float = 10) -> Tokens:
    command = (sys.executable, "-c", code, "; echo $HOME")
    return Tokens("relay", OAuthSettings(command=command), FakeClock(), seconds=seconds)


async def test_the_first_line_of_a_command_is_the_token() -> None:
    tokens = from_command("import sys; print('tok.en', sys.argv[1], sep='\\n')")

    assert await tokens.token() == "tok.en"


async def test_no_shell_reads_the_command() -> None:
    tokens = from_command("import sys; print(sys.argv[1].replace(' ', '_'))")

    assert await tokens.token() == ";_echo_$HOME"


async def test_a_command_is_asked_again_after_a_minute(tmp_path: Path) -> None:
    tokens = from_command(f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); print('token')")
    clock = tokens._clock
    assert isinstance(clock, FakeClock)
    for step in (0, 59, 1):
        clock.tick(timedelta(seconds=step))
        await tokens.token()

    assert (tmp_path / "runs").read_text() == "xx"
    assert tokens.expires_at is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"import sys; print('x'); print({SECRET!r}, file=sys.stderr); sys.exit(3)", "status 3"),
        ("print()", "printed no token"),
        ("print('two words')", "printed no token"),
        ("print('x' * 200_000)", "prints too much"),
    ],
)
async def test_a_command_that_fails_is_refused_without_its_words(code: str, words: str) -> None:
    refused = await refusal(from_command(code))

    assert words in str(refused)
    assert SECRET not in str(refused)
    assert refused.is_temporary


async def test_a_command_that_is_not_there_is_the_operator_s_to_mend() -> None:
    tokens = Tokens("relay", OAuthSettings(command=("/nonexistent/token",)), FakeClock())
    refused = await refusal(tokens)

    assert "No such file" in str(refused)
    assert not refused.is_temporary


async def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)"
    )
    refused = await refusal(from_command(code, seconds=2))

    assert "took more than 2 seconds" in str(refused)
    for pid in map(int, pids.read_text().split()):
        assert is_gone_soon(pid)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "code",
    [
        "while True: print('x' * 1000)",
        # In a session of its own, so that nothing but itself ends it.
        "import os, time; os.fork() and time.sleep(600); os.setsid(); time.sleep(15)",
    ],
)
async def test_whatever_a_command_does_with_its_output_it_is_left_in_time(code: str) -> None:
    tokens = from_command(code, seconds=1)
    async with asyncio.timeout(8):
        refused = await refusal(tokens)

    assert refused.is_temporary


def is_gone_soon(pid: int) -> bool:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([process], [], [], 5)
        return bool(ready)
    finally:
        os.close(process)


# --- all of them ----------------------------------------------------------------------------------


def test_equal_settings_share_one_source_so_that_rotation_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "refresh").write_text(FIRST)
    (tmp_path / "config.toml").write_text(
        """
[[desks]]
address = "support@example.test"

[[mailboxes]]
name = "support"
host = "imap.gmail.com"
user = "support@example.test"
oauth = { provider = "google", client_id = "c", refresh_token_file = "refresh" }

[[mailboxes]]
name = "old"
host = "imap.example.test"
user = "old@example.test"
oauth = { command = ["/usr/bin/token", "old"] }

[relay]
host = "smtp.gmail.com"
user = "support@example.test"
oauth = { provider = "google", client_id = "c", refresh_token_file = "refresh" }
"""
    )
    sources = token_sources(load(tmp_path / "config.toml"), FakeClock())

    assert set(sources) == {"relay", "mailbox support", "mailbox old"}
    assert sources["relay"] is sources["mailbox support"]
    assert sources["relay"] is not sources["mailbox old"]
