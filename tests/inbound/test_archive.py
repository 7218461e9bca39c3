"""Mail that lies in files, found and read as it stands there."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.inbound import archive
from helpdesk.inbound.archive import Fault, Kind, Place, find, heading, places, read

FROM = b"From ana@customer.example Fri Mar  1 09:30:00 2024\n"
ONE = b"From: ana@customer.example\nSubject: one\n\nFirst.\n"
TWO = b"From: ana@customer.example\nSubject: two\n\nSecond.\n"


def mbox(*mails: bytes, start: bytes = b"") -> bytes:
    return start + b"".join(FROM + mail + b"\n" for mail in mails)


def written(folder: Path, content: bytes, name: str = "support.mbox") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def everything(*paths: Path, recursive: bool = False) -> tuple[list[bytes], list[Fault]]:
    """The mails and the faults, in their order."""
    mails, faults = [], []
    for source in find(paths, recursive=recursive):
        found = [source] if isinstance(source, Fault) else list(places(source))
        for each in found:
            if isinstance(each, Place):
                mails.append(read(each))
            else:
                faults.append(each)
    return mails, faults


def only_fault(*paths: Path, recursive: bool = False) -> Fault:
    mails, [fault] = everything(*paths, recursive=recursive)
    assert mails == []
    return fault


# --- mbox -----------------------------------------------------------------------------------------


def test_an_mbox_gives_its_mails_as_they_are(tmp_path: Path) -> None:
    assert everything(written(tmp_path, mbox(ONE, TWO))) == ([ONE, TWO], [])


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    crlf = [each.replace(b"\n", b"\r\n") for each in (ONE, TWO)]
    content = b"".join(FROM.replace(b"\n", b"\r\n") + each + b"\r\n" for each in crlf)

    assert everything(written(tmp_path, content)) == (crlf, [])


@pytest.mark.parametrize("block", [1, 7, 16, 61, 1000])
def test_no_mail_is_cut_where_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(archive, "BLOCK", block)
    mails = [ONE + b"x" * length + b"\n" for length in range(40)]

    assert everything(written(tmp_path, mbox(*mails))) == (mails, [])


def test_a_line_that_begins_with_from_in_a_body_divides_nothing(tmp_path: Path) -> None:
    body = ONE + b"\nFrom here on it burns.\nFrom x Fri Mar  1 09:30:00 2024\n"
    body += b"\nFrom the beginning at 10:30 in 2024 it burnt.\n"

    assert everything(written(tmp_path, mbox(body, TWO))) == ([body, TWO], [])


@pytest.mark.parametrize(
    "line",
    [
        b"From - Fri Mar 01 09:30:00 2024",
        b"From 123@xxx Fri Mar 01 09:30:00 +0000 2024",
        b"From MAILER-DAEMON Fri Mar  1 09:30 2024",
        b"From ana@example.com 2024-03-01 09:30:00",
        b"From ",
        b"From -",
    ],
)
def test_a_from_line_is_known_in_the_forms_of_many_programs(tmp_path: Path, line: bytes) -> None:
    content = line + b"\n" + ONE + b"\n" + line + b"\n" + TWO + b"\n"

    assert everything(written(tmp_path, content)) == ([ONE, TWO], [])


def test_what_the_mbox_put_before_from_is_taken_away(tmp_path: Path) -> None:
    stored = ONE + b"\n>From me\n>>From him\n> From her\n"

    [mail], _ = everything(written(tmp_path, mbox(stored)))

    assert mail == ONE + b"\nFrom me\n>From him\n> From her\n"


def test_a_mail_is_the_same_when_another_one_comes_behind_it(tmp_path: Path) -> None:
    before, _ = everything(written(tmp_path, mbox(ONE), "a.mbox"))
    behind, _ = everything(written(tmp_path, mbox(ONE, TWO), "b.mbox"))

    assert before[0] == behind[0]


def test_a_last_mail_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    assert everything(written(tmp_path, mbox(ONE, TWO)[:-10])) == ([ONE, TWO[:-9]], [])


def test_an_mbox_that_ends_with_a_from_line_says_so(tmp_path: Path) -> None:
    mails, [fault] = everything(written(tmp_path, mbox(ONE) + FROM))

    assert mails == [ONE]
    assert "last mail" in fault.problem


def test_lines_before_the_first_mail_are_told_and_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, mbox(ONE, start=b"\x00\x01 rubbish\nof three\n\nlines\n"))

    mails, [fault] = everything(path)

    assert mails == [ONE]
    assert fault.problem == "27 octets before the first mail belong to none"
    assert not fault.is_loss


@pytest.mark.parametrize("content", [b"", b"\n\r\n\n"])
def test_an_empty_file_is_no_loss(tmp_path: Path, content: bytes) -> None:
    fault = only_fault(written(tmp_path, content))

    assert (fault.problem, fault.is_loss) == ("is empty", False)


@pytest.mark.parametrize(
    "content", [b"Dear reader,\nthis is no mail.\n", b"\x89PNG\r\n\x1a\n\0\0", b"From nowhere\n"]
)
def test_a_file_without_mail_is_told(tmp_path: Path, content: bytes) -> None:
    fault = only_fault(written(tmp_path, content))

    assert fault.problem.startswith("is no mail")
    assert fault.is_loss


def test_a_compressed_archive_is_told(tmp_path: Path) -> None:
    assert "unpack" in only_fault(written(tmp_path, b"\x1f\x8b\x08\0rest")).problem


def test_the_from_line_says_when_it_came(tmp_path: Path) -> None:
    [source] = find([written(tmp_path, mbox(ONE))], recursive=False)
    assert not isinstance(source, Fault)
    [place] = places(source)

    assert isinstance(place, Place)
    assert place.noted_at == datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def test_without_a_date_in_the_from_line_the_files_time_counts(tmp_path: Path) -> None:
    path = written(tmp_path, b"From \n" + ONE)
    at = datetime(2020, 1, 2, tzinfo=UTC)
    os.utime(path, (at.timestamp(), at.timestamp()))
    [source] = find([path], recursive=False)
    assert not isinstance(source, Fault)
    [place] = places(source)

    assert isinstance(place, Place)
    assert place.noted_at == at


@pytest.mark.parametrize("seconds", [-1e12, 0.0, 2.0**40, 1e18])
def test_a_files_time_that_no_calendar_has_is_no_fault(seconds: float) -> None:
    assert 1970 <= archive._time_of(seconds).year <= 9999


def test_what_is_larger_than_any_mail_is_told_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.inbound.archive.LARGEST", 2**20)
    content = mbox(ONE, TWO)
    path = written(tmp_path, content)
    os.truncate(path, len(content) + 2**20)  # a machine that crashed leaves such files
    [source] = find([path], recursive=False)
    assert not isinstance(source, Fault)
    first, second = places(source)

    assert isinstance(first, Place)
    assert isinstance(second, Fault)
    assert second.problem.startswith(f"has more than 1 MiB at octet {content.index(TWO)}")
    assert second.is_loss


# --- files and folders ----------------------------------------------------------------------------


def test_a_single_mail_is_read_whole(tmp_path: Path) -> None:
    mail = ONE + b"\n\nFrom x Fri Mar  1 09:30:00 2024\n>From y\n\n"

    assert everything(written(tmp_path, mail, "one.eml")) == ([mail], [])


def test_a_folder_of_mails_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    written(tmp_path, TWO, "b.eml")
    written(tmp_path, ONE, "a.EML")
    written(tmp_path, b"notes", "readme.txt")

    assert everything(tmp_path) == ([ONE, TWO], [])


def test_a_maildir_gives_cur_and_new_but_not_tmp(tmp_path: Path) -> None:
    written(tmp_path, ONE, "cur/1.host:2,S")
    written(tmp_path, TWO, "new/2.host")
    written(tmp_path, b"From: half\n", "tmp/3.host")
    written(tmp_path, b"1", "dovecot-uidlist")

    assert everything(tmp_path) == ([ONE, TWO], [])


def test_folders_in_a_maildir_are_read_when_asked_for(tmp_path: Path) -> None:
    written(tmp_path, ONE, "cur/1.host:2,S")
    (tmp_path / "new").mkdir()
    written(tmp_path, TWO, ".Sent/cur/2.host:2,S")
    (tmp_path / ".Sent" / "new").mkdir()

    assert everything(tmp_path)[0] == [ONE]
    assert everything(tmp_path, recursive=True)[0] == [TWO, ONE]


def test_an_mbox_in_a_folder_is_read_when_asked_for(tmp_path: Path) -> None:
    written(tmp_path, mbox(ONE, TWO), "old/2024.mbox")

    assert everything(tmp_path, recursive=True) == ([ONE, TWO], [])


def test_a_maildir_without_mail_is_no_fault(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()

    assert everything(tmp_path) == ([], [])


def test_a_folder_without_mail_says_what_to_do(tmp_path: Path) -> None:
    written(tmp_path, ONE, "deeper/one.eml")

    assert "--recursive" in only_fault(tmp_path).problem


def test_links_that_lead_back_are_not_followed(tmp_path: Path) -> None:
    written(tmp_path, ONE, "one.eml")
    (tmp_path / "again").symlink_to(tmp_path)

    assert everything(tmp_path, recursive=True) == ([ONE], [])


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop.eml").symlink_to(tmp_path / "loop.eml")

    assert "symbolic links" in only_fault(tmp_path).problem


def test_a_folder_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    written(tmp_path, ONE, "one.eml")

    assert everything(tmp_path, tmp_path / ".") == ([ONE], [])


def test_a_path_that_is_not_there_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    mails, [fault] = everything(tmp_path / "gone.mbox", written(tmp_path, mbox(ONE)))

    assert mails == [ONE]
    assert fault.problem == "no such file or directory"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mbox")

    assert only_fault(tmp_path / "pipe.mbox").problem == "is no ordinary file"


# --- header sections ------------------------------------------------------------------------------


def test_the_header_section_names_the_mail_and_its_ancestors() -> None:
    found = heading(
        b"Message-ID: <own@a>\nReferences: <first@a>\n <second@a>\nIn-Reply-To: <second@a>\n\n"
    )

    assert (found.message_id, found.named) == ("own@a", ("first@a", "second@a"))


def test_the_topmost_received_field_stands_in_for_a_date() -> None:
    found = heading(
        b"Received: from a by b; Fri, 01 Mar 2024 09:30:00 +0000\n"
        b"Received: from x by a; Fri, 01 Mar 2024 09:29:00 +0000\nDate: yesterday\n\n"
    )

    assert found.dates == (datetime(2024, 3, 1, 9, 30, tzinfo=UTC),)


def test_the_date_field_comes_first() -> None:
    found = heading(
        b"Received: by b; Fri, 01 Mar 2024 09:30:00 +0000\n"
        b"Date: Thu, 29 Feb 2024 08:00:00 +0000\n\n"
    )

    assert found.dates[0] == datetime(2024, 2, 29, 8, tzinfo=UTC)


def test_a_kind_is_told_by_what_stands_in_the_file(tmp_path: Path) -> None:
    mail, box = written(tmp_path, ONE, "a.mbox"), written(tmp_path, mbox(ONE), "b.eml")

    kinds = [
        each.kind for each in find([mail, box], recursive=False) if not isinstance(each, Fault)
    ]

    assert kinds == [Kind.FILE, Kind.MBOX]
