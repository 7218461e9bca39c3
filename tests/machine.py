"""What tests need of the machine: where something is missing, a test is skipped and says so.

With HELPDESK_REQUIRE_SERVERS=1 it fails instead.
"""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
NOBODY = 65534


def unavailable(reason: str) -> None:
    if os.environ.get("HELPDESK_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str) -> str:
    """The path of a program; without it the test ends here."""
    found = shutil.which(program, path=PATH)
    if found is None:
        unavailable(f"{program} is missing (apt install it)")
    return str(found)


def need_code_for_nobody() -> None:
    """Mail systems start us as another user than root, who must be able to run what is tested."""
    if reason := _why_nobody_runs_this():
        unavailable(reason)


@functools.cache
def _why_nobody_runs_this() -> str:
    """Empty if all is well."""
    try:
        seen = subprocess.run(
            [sys.executable, "-c", "import helpdesk.cli"],
            env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            capture_output=True,
            check=False,
            user=NOBODY,
        )
    except PermissionError:
        python = Path(sys.executable).resolve()
        return f"only root may run {python} (make the .venv anew: make PYTHON=/usr/bin/python3)"
    return f"only root may read {ROOT} (have the checkout elsewhere)" if seen.returncode else ""
