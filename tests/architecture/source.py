"""Reads our own source code for the architecture tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("activities", "api", "commands", "models", "runtime", "workflows")


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield each of our modules as (path from the root, syntax tree)."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    for path in sorted([*paths, ROOT / "worker.py", ROOT / "cli.py"]):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())
