"""Folders for work that is half done."""

import threading
from pathlib import Path

from helpdesk.store.scratch import locked_folder, remove_left


def test_who_tidies_up_takes_no_folder_from_who_has_just_made_it(tmp_path: Path) -> None:
    over = threading.Event()

    def tidy() -> None:
        while not over.is_set():
            remove_left(tmp_path, ".half-*")

    tidying = threading.Thread(target=tidy)
    tidying.start()
    try:
        for _ in range(200):
            with locked_folder(tmp_path / ".half-done") as folder:
                (folder / "work").touch()
    finally:
        over.set()
        tidying.join()

    assert list(tmp_path.iterdir()) == []
