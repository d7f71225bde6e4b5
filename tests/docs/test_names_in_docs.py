"""Names in README, CONTRIBUTING and docs exist: commands with their options, settings, make targets, paths.

Paths in docstrings and comments exist too.
"""

import ast
import io
import re
import shlex
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cli import app
from commands.declarations.yaml_reader import read_yaml
from models.contracts.automations.declarations import Declaration
from models.contracts.primitives.specs import SPECS
from models.rules.admission.keys import check_expressions
from models.states import BudgetScope, Catchup
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = TEXTS[0].read_text()
OURS = (
    "activities",
    "api",
    "bench",
    "commands",
    "demo",
    "deploy",
    "docs",
    "models",
    "runtime",
    "tests",
    "tools",
    "web",
    "workflows",
)
WRITTEN_LATER = ("tests/web/screenshots/", "docs/adr/NNNN")
SOURCES = sorted(
    [
        *ROOT.glob("*.py"),
        *(path for folder in OURS if folder != "web" for path in (ROOT / folder).rglob("*.py")),
        *(ROOT / "web" / "src").rglob("*.ts*"),
    ]
)


def shell_lines(text: str) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def podium_commands() -> list[str]:
    return [line for path in TEXTS for line in shell_lines(path.read_text()) if line.startswith("podium ")]


@pytest.mark.parametrize("line", podium_commands())
def test_a_podium_command_has_its_name_and_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = get_command(app)
    while isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`(?:\w+=\S+ )?make ([a-z][\w-]*)", path.read_text()))
    for line in shell_lines(path.read_text()):
        named |= set(re.findall(r"^make ([\w-]+)", line))
    assert named <= targets


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_settings_exist(path: Path) -> None:
    known = {f"PODIUM_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"`(PODIUM_[A-Z_]*[A-Z])`", path.read_text())) <= known


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_paths_exist(path: Path) -> None:
    named = {
        name for name in re.findall(r"`([\w./-]+)`", path.read_text()) if name.partition("/")[0] in OURS and "/" in name
    }
    missing = {name for name in named if not (ROOT / name).exists() and not name.startswith(WRITTEN_LATER)}
    assert not missing


def comments(path: Path) -> Iterator[str]:
    """Yield the comments of a source file, and the docstrings of a Python one."""
    text = path.read_text()
    if path.suffix != ".py":
        yield from re.findall(r"/\*.*?\*/|//[^\n]*", text, re.DOTALL)
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as docstring)):
                yield docstring
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_paths_in_docstrings_and_comments_exist() -> None:
    path_of_ours = re.compile(rf"(?<![\w./@-])(?:{'|'.join(OURS)})/[\w./-]*[\w/]")
    assert len(SOURCES) > 500
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for comment in comments(path)
        for name in path_of_ours.findall(comment)
        if not (ROOT / name).exists()
    }
    assert not missing


def test_links_in_the_readme_have_a_target() -> None:
    for path in TEXTS[:2]:
        links = [link for link in re.findall(r"\]\(([^)#\s]+)", path.read_text()) if not link.startswith("http")]
        assert links
        assert all((path.parent / link).exists() for link in links)


def test_the_declarations_in_the_readme_are_valid() -> None:
    found = [read_yaml(text).value for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]
    assert all(isinstance(value, dict) for value in found)
    document, limits, chain, missed, spending = (dict(value) for value in found)
    budgets = Declaration.model_validate({"project": document["project"], **spending}).budgets
    assert [budget.scope for budget in budgets] == [BudgetScope.ALL, BudgetScope.PRIMITIVE]
    (caught_up,) = Declaration.model_validate({"project": document["project"], **missed}).automations
    assert caught_up.schedule
    assert caught_up.schedule.catchup is Catchup.LAST
    (following,) = Declaration.model_validate({"project": document["project"], **chain}).dependencies
    assert following.fire_when
    (limited,) = Declaration.model_validate({"project": document["project"], **limits}).automations
    assert limited.flow_control
    check_expressions(limited.flow_control)
    declaration = Declaration.model_validate(document)
    for draft in declaration.primitives:
        SPECS[draft.kind].model_validate(draft.spec)
    assert {one.slug for one in declaration.automations} == {"nightly", "on-order"}
