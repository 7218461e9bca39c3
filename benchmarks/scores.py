"""The table of docs/reading-mail.md: the reader on labelled mails that others made.

`python -m benchmarks.scores SCORER CORPUS`: two folders that are no part of this project. SCORER
has `score.py`, which runs a command on every mail and compares what it prints with the labels.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

COLUMNS = {
    "reply": ("reply",),
    "signature": ("signature",),
    "bounce detect / not": ("bounce_detect", "not_bounce"),
    "bounce recipient / status": ("bounce_recipient", "bounce_status"),
    "subject / from / to": ("parse_subject", "parse_from", "parse_to"),
    "text": ("parse_text",),
    "attachments": ("parse_attachments",),
    "automatic": ("autoreply",),
    "forwarded": ("forwarded",),
    "winmail.dat": ("tnef",),
    "robust": ("robustness",),
}


def score(scorer: Path, corpus: Path) -> dict[str, Any]:
    """What the scorer says of `helpdesk explain --json`."""
    explain = f"{sys.executable} -m helpdesk explain --json"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "scores.json"
        options = {
            "--corpus": corpus,
            "--truth": corpus / "truth",
            "--skip": scorer / "skip.txt",
            "--command": explain,
            "--json": result,
            "--jobs": 2,
        }
        words = [str(word) for pair in options.items() for word in pair]
        command = [sys.executable, str(scorer / "score.py"), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads(result.read_bytes())
        return found


def percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("scorer", type=Path)
    parser.add_argument("corpus", type=Path)
    given = parser.parse_args()
    found = score(given.scorer, given.corpus)
    capabilities = found["capabilities"]
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    cells = (
        " / ".join(percent(capabilities[name]["by_group"]) for name in names)
        for names in COLUMNS.values()
    )
    print("| " + " | ".join(cells) + " |\n")
    for miss in found["failures"]:
        print(f"{miss['capability']}: {miss['row']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
