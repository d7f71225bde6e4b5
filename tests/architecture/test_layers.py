"""The dependencies between our packages point in one direction."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import PACKAGES, ROOT, modules


def test_import_linter_keeps_every_contract() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_files_stay_empty() -> None:
    filled = [
        str(path) for package in PACKAGES for path in (ROOT / package).rglob("__init__.py") if path.read_text().strip()
    ]
    assert not filled, "an import in an __init__.py drags its package into Temporal's sandbox"


def test_every_module_has_a_docstring() -> None:
    silent = [
        path
        for path, tree in modules()
        if not path.endswith("__init__.py") and "migrations" not in path and not ast.get_docstring(tree)
    ]
    assert not silent
