import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.config import load
from helpdesk.inbound.data import DataScanner
from helpdesk.inbound.lmtp_client import (
    CONFIGURATION,
    DELIVERED,
    TRY_AGAIN,
    UNUSABLE,
    stuffed,
    with_crlf,
)
from helpdesk.inbound.pipe import Options, place_of
from tests.inbound.lmtp_script import (
    CUT,
    ENVIRONMENT,
    SILENCE,
    STEPS,
    Result,
    Script,
    deliver,
    ended,
    playing,
    somebody_else,
    start,
)
from tests.machine import ROOT

MAIL = b"Subject: hello\n\nwords\n"
DESK = "support@example.com"
SALES = "sales@example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lmtp"


async def hand_in(
    path: Path,
    *arguments: str,
    mail: bytes = MAIL,
    recipients: Sequence[str] = (DESK,),
    environment: dict[str, str] | None = None,
) -> Result:
    return await deliver(
        mail, "--socket", path, *arguments, "--", *recipients, environment=environment
    )


def one_line(result: Result) -> str:
    """What it says on standard error: one line, and nothing of our insides."""
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
    return result.err.strip()


# What goes over the wire


async def test_a_mail_arrives_with_its_envelope(path: Path) -> None:
    async with playing(path) as script:
        result = await hand_in(path, "--from", "ana@example.org", recipients=[DESK, SALES])

    assert result == Result(DELIVERED, "", "")
    assert script.commands[:5] == [
        "LHLO localhost",
        "MAIL FROM:<ana@example.org> BODY=8BITMIME",
        f"RCPT TO:<{DESK}>",
        f"RCPT TO:<{SALES}>",
        "DATA",
    ]
    assert script.mails == [b"Subject: hello\r\n\r\nwords\r\n.\r\n"]


@pytest.mark.parametrize(
    ("mail", "wire"),
    [
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\nb", b"a\r\nb\r\n"),
        (b"a\rb\n", b"a\rb\r\n"),
        (b"a\n\r", b"a\r\n\r\r\n"),
        (b"\n.\n..\n.a\n", b"\r\n..\r\n...\r\n..a\r\n"),
        (b".\n", b"..\r\n"),
        (b"a\0b\xff\xfe\n", b"a\0b\xff\xfe\r\n"),
        (
            b"From ana@example.org Sat Nov 21 12:00:00 2026\na: b\n\nFrom c\n",
            b"a: b\r\n\r\nFrom c\r\n",
        ),
        (b"From : ana@example.org\n\nx\n", b"From : ana@example.org\r\n\r\nx\r\n"),
        (b"x" * 200_000 + b"\n.", b"x" * 200_000 + b"\r\n..\r\n"),
    ],
    ids=range(11),
)
async def test_lines_get_their_end_and_dots_are_doubled(
    path: Path, mail: bytes, wire: bytes
) -> None:
    async with playing(path) as script:
        assert (await hand_in(path, mail=mail)).status == DELIVERED

    assert script.mails == [wire + b".\r\n"]


@given(st.lists(st.lists(st.sampled_from([b"\r", b"\n", b".", b"a"])).map(b"".join)))
def test_the_daemon_reads_what_was_meant_however_it_is_cut(chunks: list[bytes]) -> None:
    scanner = DataScanner()
    read, rest = scanner.feed(b"".join(stuffed(with_crlf(iter(chunks)))))

    meant = b"".join(chunks).replace(b"\r\n", b"\n")
    meant += b"" if meant.endswith(b"\n") else b"\n"
    assert read == meant.replace(b"\n", b"\r\n")
    assert rest == b""


@pytest.mark.parametrize(
    ("given", "environment", "head", "path_said"),
    [
        (["--from", "ana@example.org"], {"SENDER": "no@example.org"}, "", "ana@example.org"),
        ([], {"SENDER": "ana@example.org"}, "Return-Path: <no@example.org>\n", "ana@example.org"),
        ([], {}, "Return-Path: <ana@example.org>\n", "ana@example.org"),
        ([], {}, "Delivered-To: x@y\nReturn-path:\n <ana@example.org>\n", "ana@example.org"),
        ([], {}, "Received: by x\nReturn-Path: <evil@example.org>\n", ""),
        ([], {}, "Return-Path: <root>\n", ""),
        ([], {}, "Return-Path: <ana ruiz@example.org>\n", ""),
        ([], {}, "Return-Path: <ana\x01@example.org>\n", ""),
        ([], {}, "", ""),
        (["--from", ""], {"SENDER": "no@example.org"}, "", ""),
        (["--from=<>"], {}, "", ""),
        (["--from", "<ana@example.org>"], {}, "", "ana@example.org"),
        (["--from", "MAILER-DAEMON"], {}, "", ""),
        ([], {"SENDER": "mailer-daemon"}, "", ""),
        ([], {"SENDER": ""}, "Return-Path: <no@example.org>\n", ""),
    ],
)
async def test_the_nearest_word_about_the_reverse_path_counts(
    path: Path, given: list[str], environment: dict[str, str], head: str, path_said: str
) -> None:
    async with playing(path) as script:
        mail = head.encode() + MAIL
        assert (await hand_in(path, *given, mail=mail, environment=environment)).status == DELIVERED

    assert script.commands[1] == f"MAIL FROM:<{path_said}> BODY=8BITMIME"


async def test_without_arguments_the_environment_names_the_recipient(path: Path) -> None:
    async with playing(path) as script:
        result = await hand_in(path, recipients=[], environment={"RECIPIENT": DESK})

    assert result.status == DELIVERED
    assert f"RCPT TO:<{DESK}>" in script.commands


async def test_the_address_written_to_goes_before_what_an_alias_made_of_it(path: Path) -> None:
    names = {"ORIGINAL_RECIPIENT": SALES, "RECIPIENT": DESK}
    async with playing(path) as script:
        assert (await hand_in(path, recipients=[], environment=names)).status == DELIVERED

    assert [each for each in script.commands if "RCPT" in each] == [f"RCPT TO:<{SALES}>"]


async def test_an_alias_that_is_no_desk_leads_to_its_target(path: Path) -> None:
    names = {"ORIGINAL_RECIPIENT": "help@example.com", "RECIPIENT": DESK}
    refusal = {"RCPT help@example.com": b"550 5.1.1 No such recipient here\r\n"}
    async with playing(path) as script:
        script.says.update(refusal)
        script.says["dot"] = b"250 2.0.0 Kept\r\n"
        result = await hand_in(path, recipients=[], environment=names)

    assert result.status == DELIVERED
    assert len(script.mails) == 1


@pytest.mark.parametrize(
    ("address", "extensions", "status"),
    [
        ("ünal@example.com", b"250-mx\r\n250 SMTPUTF8\r\n", DELIVERED),
        ("ünal@example.com", b"250-mx\r\n250 8BITMIME\r\n", UNUSABLE),
    ],
)
async def test_an_address_beyond_ascii_needs_smtputf8(
    path: Path, address: str, extensions: bytes, status: int
) -> None:
    async with playing(path, LHLO=extensions) as script:
        result = await hand_in(path, "--from", "ana@example.org", recipients=[address])

    assert result.status == status
    taken = "MAIL FROM:<ana@example.org> SMTPUTF8" in script.commands
    assert taken is (status == DELIVERED)


@pytest.mark.parametrize("where", ["--from", "recipient"])
async def test_no_address_can_hold_a_command(path: Path, where: str) -> None:
    evil = "a@example.org>\r\nRCPT TO:<b@example.org"
    async with playing(path) as script:
        given = ["--from", evil] if where == "--from" else []
        result = await hand_in(path, *given, recipients=[DESK if given else evil])

    assert result.status == UNUSABLE
    assert "is not an address" in one_line(result)
    assert script.commands == []


async def test_bytes_that_are_no_utf_8_are_no_address(path: Path) -> None:
    async with playing(path):
        result = await hand_in(path, recipients=[os.fsdecode(b"a\xff@example.com")])

    assert result.status == UNUSABLE
    one_line(result)


# What the daemon may answer


@pytest.mark.parametrize("step", STEPS)
async def test_silence_leaves_the_mail_with_the_mail_system(path: Path, step: str) -> None:
    async with playing(path, **{step: SILENCE}):
        result = await hand_in(path, "--timeout", "0.3")

    assert result.status == TRY_AGAIN
    assert "within 0.3 s" in one_line(result)


@pytest.mark.parametrize("step", STEPS)
async def test_a_cut_leaves_the_mail_with_the_mail_system(path: Path, step: str) -> None:
    async with playing(path, **{step: CUT}):
        result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert "connection to the daemon broke" in one_line(result)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "garbage",
    [b"HTTP/1.1 400 Bad Request\r\n", b"\r\n", b"999 what\r\n", b"25\xb2 x\r\n", b"x" * 100_000],
    ids=["http", "empty", "999", "digits", "endless"],
)
async def test_nonsense_leaves_the_mail_with_the_mail_system(
    path: Path, step: str, garbage: bytes
) -> None:
    async with playing(path, **{step: garbage}):
        result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert "nonsense" in one_line(result)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [421, 451])
async def test_a_temporary_reply_is_temporary(path: Path, step: str, code: int) -> None:
    async with playing(path, **{step: b"%d 4.3.0 Not now\r\n" % code}):
        result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert f"{code} 4.3.0 Not now" in one_line(result)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
async def test_a_permanent_reply_is_permanent(path: Path, step: str) -> None:
    async with playing(path, **{step: b"554 5.6.0 Never\r\n"}):
        result = await hand_in(path)

    assert result.status == UNUSABLE
    assert "554 5.6.0 Never" in one_line(result)


@pytest.mark.parametrize("step", ["greeting", "LHLO"])
async def test_a_refusal_that_is_not_about_the_mail_does_not_bounce_it(
    path: Path, step: str
) -> None:
    async with playing(path, **{step: b"500 5.5.1 Command is not known\r\n"}):
        result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert "does not serve us" in one_line(result)


async def test_an_unexpected_success_is_not_taken_for_one(path: Path) -> None:
    async with playing(path, DATA=b"250 2.0.0 Yes\r\n") as script:
        result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert script.mails == []


async def test_one_refused_recipient_keeps_the_mail_from_all(path: Path) -> None:
    async with playing(path) as script:
        script.says[f"RCPT {SALES}"] = b"550 5.1.1 No such recipient here\r\n"
        result = await hand_in(path, recipients=[DESK, SALES])

    assert result.status == UNUSABLE
    assert f"{SALES} was refused: 550 5.1.1 No such recipient here" in one_line(result)
    assert "DATA" not in script.commands


async def test_trouble_that_may_pass_comes_before_a_refusal(path: Path) -> None:
    async with playing(path) as script:
        script.says[f"RCPT {DESK}"] = b"550 5.1.1 No such recipient here\r\n"
        script.says[f"RCPT {SALES}"] = b"451 4.3.0 Not now\r\n"
        result = await hand_in(path, recipients=[DESK, SALES])

    assert result.status == TRY_AGAIN
    assert "DATA" not in script.commands


@pytest.mark.parametrize(
    ("replies", "status", "words"),
    [
        (b"250 ok\r\n250 ok\r\n", DELIVERED, ""),
        (b"250 ok\r\n451 not now\r\n", TRY_AGAIN, "will know the second copy"),
        (b"451 not now\r\n250 ok\r\n", TRY_AGAIN, f"not taken for {DESK} now"),
        (b"250 ok\r\n554 never\r\n", UNUSABLE, f"{SALES} was refused"),
        (b"554 never\r\n451 not now\r\n", TRY_AGAIN, f"not taken for {SALES} now"),
        (b"554 never\r\n554 never\r\n", UNUSABLE, "(and 1 more)"),
        (b"250 ok\r\n", TRY_AGAIN, "within 0.5 s"),
    ],
)
async def test_after_the_dot_each_recipient_has_its_reply(
    path: Path, replies: bytes, status: int, words: str
) -> None:
    async with playing(path, dot=replies):
        result = await hand_in(path, "--timeout", "0.5", recipients=[DESK, SALES])

    assert result.status == status
    assert words in result.err


async def test_what_the_daemon_says_cannot_play_with_a_terminal(path: Path) -> None:
    async with playing(path, RCPT=b"550 \x1b[2J\x07gone \xff\r\n"):
        result = await hand_in(path)

    assert "\x1b" not in one_line(result)


# Size


async def test_a_mail_larger_than_announced_is_not_sent_to_its_end(path: Path) -> None:
    async with playing(path) as script:
        result = await hand_in(path, mail=b"x" * 1_000_001)

    assert result.status == UNUSABLE
    assert "larger than 1000000 octets" in one_line(result)
    assert script.mails == []


async def test_the_size_of_a_file_is_said_before_it_is_sent(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(b"From ana\n" + MAIL)
    async with playing(path, MAIL=b"552 5.3.4 Too big\r\n") as script:
        with file.open("rb") as mail:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "helpdesk", "deliver", "--socket", path, DESK),
                stdin=mail,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
            )
            result = await ended(process)

    assert result.status == UNUSABLE
    assert "552 5.3.4 Too big" in one_line(result)
    assert f"SIZE={len(MAIL)}" in script.commands[1]


async def test_a_reply_within_the_data_is_heard(path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = Script({"dot": CUT})
        script.mails = [b""]
        writer.write(b"220 mx\r\n")
        for words in (b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(words)
        await reader.read(1000)
        writer.write(b"552 5.3.4 Message is larger than this server accepts\r\n")
        writer.close()

    server = await asyncio.start_unix_server(refuse, path)
    async with server:
        result = await hand_in(path, mail=b"x" * 5_000_000)

    assert result.status == UNUSABLE
    assert "552 5.3.4" in one_line(result)


async def test_a_large_mail_takes_little_memory(path: Path) -> None:
    size = 48 * 1024 * 1024
    measured = (
        "import re, sys; from helpdesk.inbound.pipe import main; status = main(sys.argv[1:]);"
        r"print(re.search(r'VmHWM:\s*(\d+) kB', open('/proc/self/status').read())[1]);"
        "sys.exit(status)"
    )
    async with playing(path, LHLO=b"250 mx\r\n"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", measured, "--socket", path, DESK),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        )
        result = await ended(process, b"." + b"x" * size)

    assert result.status == DELIVERED
    assert int(result.out) * 1024 < size * 2 // 3


# Input, signals, faults


@pytest.mark.parametrize("mail", [b"", b"From ana@example.org Sat Nov 21 12:00:00 2026\n"])
async def test_an_empty_mail_is_unusable(path: Path, mail: bytes) -> None:
    async with playing(path) as script:
        result = await hand_in(path, mail=mail)

    assert result.status == UNUSABLE
    assert "empty" in one_line(result)
    assert script.commands == []


async def test_without_standard_input_there_is_no_mail(path: Path) -> None:
    async with playing(path) as script:
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", f"exec {sys.executable} -m helpdesk deliver --socket {path} {DESK} <&-"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
        )
        result = await ended(process)

    assert result.status == UNUSABLE
    one_line(result)
    assert script.commands == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_ends_it_as_any_trouble_does(path: Path, number: int) -> None:
    async with playing(path, dot=SILENCE) as script:
        process = await start("--socket", path, DESK)
        assert process.stdin is not None
        process.stdin.write(MAIL)
        process.stdin.close()
        async with asyncio.timeout(20):
            await script.reached["dot"].wait()
        process.send_signal(number)
        result = await ended(process)

    assert result.status == TRY_AGAIN
    assert f"stopped by {signal.Signals(number).name}" in one_line(result)


async def test_a_mail_that_does_not_end_is_not_delivered(path: Path) -> None:
    async with playing(path) as script:
        process = await start("--timeout", "0.5", "--socket", path, DESK)
        assert process.stdin is not None
        process.stdin.write(MAIL)
        async with asyncio.timeout(20):
            assert await process.wait() == TRY_AGAIN

    assert script.mails == []


async def test_nobody_to_hear_the_error_changes_nothing(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f"exec {sys.executable} -m helpdesk deliver --socket {path} {DESK} 2>&- >&-"),
        stdin=subprocess.PIPE,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    process.stdin.write(MAIL)
    process.stdin.close()
    async with asyncio.timeout(20):
        assert await process.wait() == TRY_AGAIN


async def test_a_fault_of_ours_keeps_the_mail(path: Path) -> None:
    broken = (
        "import sys; from helpdesk.inbound import pipe; pipe.place_of = None;"
        "sys.exit(pipe.main(sys.argv[1:]))"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", broken, "--socket", path, DESK),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)},
    )
    result = await ended(process, MAIL)

    assert result.status == TRY_AGAIN
    assert "a mistake of ours" in one_line(result)


@pytest.mark.parametrize("has_file", [True, False])
async def test_without_a_daemon_the_mail_stays_with_the_mail_system(
    path: Path, *, has_file: bool
) -> None:
    if has_file:  # that nobody listens on, as a killed daemon leaves it
        with socket.socket(socket.AF_UNIX) as killed:
            killed.bind(str(path))
    result = await hand_in(path)

    assert result.status == TRY_AGAIN
    assert "start it: helpdesk run" in one_line(result)


async def test_a_socket_that_is_closed_to_us_leaves_the_mail_with_the_mail_system(
    path: Path,
) -> None:
    async with playing(path):
        await asyncio.to_thread(path.chmod, 0)
        process = await start("--socket", path, DESK, user=somebody_else())
        result = await ended(process, MAIL)

    assert result.status == TRY_AGAIN
    assert "must be in the group of its socket" in one_line(result)


# Which daemon


DESKS = f'[[desks]]\naddress = "{DESK}"\n'
LMTP = '[[listeners]]\nprotocol = "lmtp"\n'


@pytest.mark.parametrize(
    "listeners",
    [
        f'{LMTP}socket = "lmtp.sock"\n',
        f'{LMTP}socket = "run/lmtp"\n',
        f'{LMTP}socket = "/run/helpdesk/lmtp"\n',
        f'{LMTP}socket = "~/lmtp"\n',
        f'[[listeners]]\n{LMTP}name = "tcp"\nport = 8024\n{LMTP}name = "unix"\nsocket = "s"\n',
        f"{LMTP}",
        f"{LMTP}port = 24\n",
        f'{LMTP}host = "::1"\nport = 24\n',
        f'{LMTP}name = "secret"\nport = 24\nlogin = "off"\n{LMTP}name = "b"\nport = 25\n',
    ],
    ids=range(9),
)
def test_the_place_is_that_of_the_real_settings(tmp_path: Path, listeners: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"{DESKS}{listeners}", encoding="utf-8")
    doors = [each for each in load(path).listeners if each.protocol == "lmtp"]
    meant = next((each for each in doors if each.socket), doors[0])

    place = place_of(Options(config=path))
    assert place == (str(meant.socket) if meant.socket else (meant.host, meant.port))


@pytest.mark.parametrize(
    ("everywhere", "here"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.7", "192.0.2.7")]
)
def test_a_listener_on_all_addresses_is_reached_on_loopback(
    tmp_path: Path, everywhere: str, here: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{LMTP}host = "{everywhere}"\nport = 24\n', encoding="utf-8")

    assert place_of(Options(config=path)) == (here, 24)


def test_listeners_in_the_environment_stand_above_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{DESKS}{LMTP}socket = "a"\n', encoding="utf-8")
    monkeypatch.setenv("HELPDESK_LISTENERS", '[{"protocol": "lmtp", "socket": "b"}]')

    assert place_of(Options(config=path)) == str(load(path).listeners[0].socket)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (DESKS, 'add [[listeners]] with protocol = "lmtp"'),
        (f"{LMTP}port = 0\n", "no listener that we may use"),
        (f"{LMTP}implicit_tls = true\n", "no listener that we may use"),
        (f'{LMTP}login = "required"\n', "no listener that we may use"),
        ("listeners = 1\n", "no listener that we may use"),
        ("listeners = [\n", "is not TOML"),
        (f'{LMTP}socket = "{"x" * 108}"\n', "1 to 107 octets"),
    ],
    ids=range(8),
)
async def test_settings_that_lead_nowhere_are_a_matter_of_configuration(
    tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = await deliver(MAIL, "-c", path, DESK)

    assert result.status == CONFIGURATION
    assert words in one_line(result)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bogus", DESK], "see: helpdesk deliver --help"),
        (["--timeout", "soon", DESK], "--timeout 60"),
        (["--timeout", "nan", DESK], "--timeout 60"),
        (["--socket", "/run/x"], "no recipient (name it"),
        (["--socket", "", DESK], "1 to 107 octets"),
        (["--socket", "/run/x", "-c", "config.toml", DESK], "give one of them"),
    ],
)
async def test_bad_usage_is_a_matter_of_configuration(arguments: list[str], words: str) -> None:
    result = await deliver(MAIL, *arguments)

    assert result.status == CONFIGURATION
    assert words in one_line(result)
