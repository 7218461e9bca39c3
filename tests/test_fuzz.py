"""The fuzz harness without its engine: every target runs, and a fault would be seen."""

import itertools
import random
from pathlib import Path

import pytest

from fuzz import oracle
from fuzz.__main__ import again, main
from fuzz.mutate import OF_MAILS, OF_TEXTS, mutate
from fuzz.plain import changed
from fuzz.targets import TARGETS, Target
from fuzz.watch import Watch
from helpdesk.core.mail import Span, Words

LONGEST = 4_096


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_target_takes_its_seeds_and_what_mutation_makes_of_them(target: Target) -> None:
    changes = OF_MAILS if target.is_mime else OF_TEXTS
    for number, seed in enumerate(itertools.islice(target.seeds(), 12)):
        target.run(seed)
        target.run(mutate(seed, LONGEST, number, changes))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe", b"\n\n", b"=?", b"a" * 3_000])
def test_a_target_takes_hardly_anything(target: Target, data: bytes) -> None:
    target.run(data)


@pytest.mark.parametrize("change", OF_MAILS, ids=lambda change: change.__name__)
def test_every_change_alters_some_mail_and_takes_any_bytes(change: object) -> None:
    assert callable(change)
    seeds = list(TARGETS["reader"].seeds())
    for data in (b"", b"\n", b"x", b"\r\n\r\n"):
        change(random.Random(1), data)

    assert any(change(random.Random(number), seed) != seed for number, seed in enumerate(seeds))


def test_a_mutation_is_bounded_and_can_be_repeated() -> None:
    seed = max(TARGETS["reader"].seeds(), key=len)
    changed = [mutate(seed, LONGEST, number, OF_MAILS) for number in range(50)]

    assert max(map(len, changed)) <= LONGEST
    assert len(set(changed)) > 40
    assert changed == [mutate(seed, LONGEST, number, OF_MAILS) for number in range(50)]


def _faulty(data: bytes) -> None:
    oracle.clean(data.decode("utf-8", "surrogateescape"))


def test_a_fault_is_counted_once_and_kept_with_the_command_that_shows_it(tmp_path: Path) -> None:
    target = Target("reader", _faulty, lambda: iter(()))
    watch = Watch(target, tmp_path)
    for data in (b"good", b"\xff", b"\xfe\xff"):
        watch.run(data)
    inputs = [path for path in tmp_path.iterdir() if not path.suffix]

    assert watch.counters.executions == 3
    assert watch.counters.findings == 1
    assert [path.read_bytes() for path in inputs] == [b"\xff"]
    first = inputs[0].with_suffix(".txt").read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"python -m fuzz reader --again {inputs[0]}"
    with pytest.raises(oracle.BrokenPromiseError):
        again(target, inputs[0])


def test_a_call_beyond_the_limit_is_a_finding(tmp_path: Path) -> None:
    clock = itertools.count(0.0, 1.5)
    watch = Watch(TARGETS["keys"], tmp_path, clock=lambda: next(clock))
    watch.run(b"x")

    assert (watch.counters.slow, watch.counters.slowest) == (1, 1.5)


@pytest.mark.parametrize(
    ("words", "promise"),
    [
        (Words("It fails", ""), "no new words"),
        (Words("ab", "ab", spans=(Span(0, 1, "new"),)), "spans end"),
        (Words("ab", "ab", spans=(Span(1, 2, "new"),)), "a gap"),
    ],
)
def test_broken_promises_about_words_are_noticed(words: Words, promise: str) -> None:
    with pytest.raises(oracle.BrokenPromiseError, match=promise):
        oracle.words(words)


def test_the_spans_of_a_text_may_be_missing_or_whole() -> None:
    oracle.words(Words("ab", "a", spans=(Span(0, 1, "new"), Span(1, 2, "quoted"))))
    oracle.words(Words("ab", "a"))
    oracle.words(Words("--", ""))


def test_a_campaign_without_the_engine_makes_other_mails_every_time() -> None:
    pool = list(TARGETS["reader"].seeds())
    made = changed(list(pool), random.Random(1), 1_024, is_mime=True)
    again = changed(list(pool), random.Random(1), 1_024, is_mime=True)
    first = list(itertools.islice(made, 200))

    assert first == list(itertools.islice(again, 200))
    assert len(set(first)) > 150
    assert max(map(len, first)) <= 1_024


def test_a_campaign_without_the_engine_counts_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fuzz.__main__.FINDINGS", tmp_path / "findings")
    monkeypatch.setattr("fuzz.__main__.CORPUS", tmp_path / "corpus")

    assert main(["address", "--plain", "--runs", "60"]) == 0
    assert capsys.readouterr().out.startswith("address         60 executions")
