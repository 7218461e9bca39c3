"""Who may import whom. Change this table only together with docs/design.md."""

import ast
from pathlib import Path

from tests.folded import for_each

ROOT = Path(__file__).parent.parent / "helpdesk"
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "config": {"core"},
    "ports": {"core"},
    "flow": {"core", "ports"},
    "inbound": {"core", "ports", "config"},
    "outbound": {"core", "ports", "config"},
    "store": {"core", "ports", "config"},
    "license": {"core", "ports", "config"},
    "app": {"core", "ports", "config", "flow", "inbound", "outbound", "store", "license"},
    "cli": {"core", "ports", "config", "flow", "app"},
}
BARRED_FROM_CORE = {"asyncio", "logging", "os", "random", "smtplib", "socket", "sqlmodel", "time"}


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@for_each("path", sorted(ROOT.rglob("*.py")))
def test_imports_point_inwards(path: Path) -> None:
    layer = layer_of(path)
    if layer in {"__init__", "__main__"}:
        return
    modules = imported_modules(path)
    # `from helpdesk import x` names no layer but the package itself: only its version is there.
    ours = {name.split(".")[1] for name in modules if name.startswith("helpdesk.")} - {
        "__version__"
    }

    assert ours - {layer} <= MAY_IMPORT[layer]
    if layer == "core":
        assert not {name.split(".")[0] for name in modules} & BARRED_FROM_CORE
