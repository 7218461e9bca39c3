"""What is shipped for the systems around us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helpdesk.app.example import example

SYSTEMD = Path(__file__).parent.parent / "contrib" / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.iterdir())


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None and os.environ.get("HELPDESK_REQUIRE_SERVERS") == "1":
        pytest.fail("systemd-analyze is missing (apt install systemd)")
    if found is None:
        pytest.skip("systemd-analyze is missing (apt install systemd)")
    return found


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_service_may_do_little_more_than_its_work(analyze: str, name: str) -> None:
    """At most 2.0 on systemd's scale of exposure."""
    unit = SYSTEMD / name
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_systemd_understands_every_line_of_the_units(analyze: str) -> None:
    done = subprocess.run(
        [analyze, "verify", "--man=no", *(SYSTEMD / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in done.stderr.splitlines() if any(name in line for name in UNITS)]
    assert [line for line in ours if "is not executable" not in line] == []


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".socket")])
def test_a_socket_unit_names_the_listener_that_takes_it(name: str) -> None:
    text = (SYSTEMD / name).read_text()
    (descriptor,) = [
        line.partition("=")[2] for line in text.splitlines() if line.startswith("FileDescriptorNa")
    ]

    assert f'name = "{descriptor}"' in text


def test_the_units_name_only_settings_that_exist() -> None:
    text = "".join((SYSTEMD / name).read_text() for name in UNITS)

    assert "password_file = " in text
    assert "password_file = " in example()
