"""SIGKILL under load: a short campaign of benchmarks.crash, and proof that it would notice."""

from pathlib import Path

import pytest

from benchmarks.crash import POSTGRESQL, Options, campaign
from tests.postgresql import NoServer, unavailable

pytestmark = pytest.mark.timeout(120)


def test_kills_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    outcome = campaign(Options(tmp_path, mails=40, kills=2, seed=1, connections=8))

    assert outcome.violations == []
    assert outcome.figures["accepted"] == 40


def test_a_server_that_crashes_under_load_loses_nothing_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    options = Options(
        tmp_path, mails=40, kills=1, seed=1, connections=8, database=POSTGRESQL, crashes=1
    )
    try:
        outcome = campaign(options)
    except NoServer as error:
        unavailable(error)
        raise

    assert outcome.violations == []
    assert outcome.figures["accepted"] == 40


def test_a_daemon_that_says_250_too_early_is_found_out(tmp_path: Path) -> None:
    weak = Options(tmp_path, mails=40, kills=2, connections=8, weakness="accept-before-kept")

    assert campaign(weak).violations
