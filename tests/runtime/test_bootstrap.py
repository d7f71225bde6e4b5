"""`make setup` and `make dev` on a fresh machine, without installing everything again."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "tools.lock")


def make(*words: str, cwd: Path = ROOT, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ("make", *words), cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_hashes_and_contains_no_registry_url(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[a-z0-9._-]+(\[.+\])?==\S+", pin) and "--hash=sha256:" in pin for pin in pins)


def test_the_lock_contains_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    named = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["embedded"],
        *groups["test"],
        *groups["build"],
        *project["build-system"]["requires"],
    ]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    assert {re.split(r"[\[=<>]", name)[0] for name in named} <= locked


def test_help_is_the_default_target_and_lists_every_target() -> None:
    told = make().stdout
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.M)
    assert targets
    assert all(f"make {target} " in told for target in targets.group(1).split())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a directory with the files that the bootstrap reads."""
    (tmp_path / "web").mkdir()
    for name in ("Makefile", "pyproject.toml", *LOCKS, "web/package-lock.json", "web/.npmrc"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_an_old_python_is_reported(clone: Path) -> None:
    done = make("setup", "PYTHON=", cwd=clone)
    assert done.returncode != 0
    assert "Podium needs Python 3.11 or newer" in done.stderr
    assert not (clone / ".venv").exists()


def test_dependencies_are_reinstalled_only_when_a_lock_changes_or_the_clone_moves(clone: Path) -> None:
    made = {
        ".tools/bin/uv": "",
        ".venv/.synced": f"{clone}\n",
        "web/node_modules/.package-lock.json": "",
        "api/pages/built/index.html": "",
    }
    for file, content in made.items():
        (clone / file).parent.mkdir(parents=True)
        (clone / file).write_text(content)
    assert make("--question", "setup", cwd=clone).returncode == 0

    (clone / ".venv/.synced").write_text("/somewhere/else\n")
    assert make("--question", "setup", cwd=clone).returncode == 1
    (clone / ".venv/.synced").write_text(f"{clone}\n")
    assert make("--question", "setup", cwd=clone).returncode == 0

    later = (clone / ".venv/.synced").stat().st_mtime + 5
    os.utime(clone / "requirements.lock", (later, later))
    assert make("--question", "setup", cwd=clone).returncode == 1


def test_uv_uses_the_package_index_of_pip(clone: Path) -> None:
    (clone / ".tools/bin").mkdir(parents=True)
    (clone / ".tools/bin/uv").write_text("")
    told = make(
        "--dry-run", "setup", cwd=clone, PIP_INDEX_URL="https://packages.example/simple", PIP_CERT="/certificates.pem"
    ).stdout
    assert "UV_DEFAULT_INDEX=https://packages.example/simple" in told
    assert "SSL_CERT_FILE=" in told


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_help_imports_little() -> None:
    """Checks the imported modules, because the time depends on the machine."""
    code = "import sys, cli; print([m for m in sys.modules if m.partition('.')[0] in "
    code += "{'temporalio', 'sqlalchemy', 'pydantic', 'fastapi', 'psycopg'}])"
    done = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
