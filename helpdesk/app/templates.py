"""Where the templates are."""

from pathlib import Path

import helpdesk


def templates_folder(of: str = "mail") -> Path:
    """Of mail or of pages: in an installed package beside the code, in a checkout above it."""
    package = Path(helpdesk.__file__).parent
    installed = package / "templates"
    return (installed if installed.is_dir() else package.parent / "templates") / of
