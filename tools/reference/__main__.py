"""Writes `docs/reference` from the templates in `pages/`: `python -m tools.reference` (`make docs`).

In a template, a line `{{ NAME ARGUMENT }}` is replaced by what the function `NAME` below renders.
"""

import importlib
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from models.states import Scope
from tools.reference import commands, endpoints, examples, facts
from tools.reference.fields import FieldTables

TEMPLATES = Path(__file__).with_name("pages")
TARGET = Path(__file__).parents[2] / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from tools/reference/pages/{}. Do not edit here. -->\n"
DIRECTIVE = re.compile(r"^\{\{ (\w+)(?: ([\w.:]+))? \}\}$", re.MULTILINE)
RENDERERS: Mapping[str, Callable[[], str]] = {
    "commands": commands.render,
    "primitive": facts.primitive_draft,
    "settings": facts.settings,
    "errors": facts.errors,
    "signals": facts.signals,
    "expressions": examples.expressions,
    "open": lambda: endpoints.by_scope(None),
    "read": lambda: endpoints.by_scope(Scope.READ),
    "operate": lambda: endpoints.by_scope(Scope.OPERATE),
    "admin": lambda: endpoints.by_scope(Scope.ADMIN),
}


def pages() -> dict[str, str]:
    """Render every page: its file name and its text."""
    return {path.name: _page(path) for path in sorted(TEMPLATES.glob("*.md"))}


def write(target: Path = TARGET) -> None:
    """Write every page, and delete those that have no template."""
    target.mkdir(parents=True, exist_ok=True)
    written = pages()
    for name, text in written.items():
        (target / name).write_text(text)
    for path in target.glob("*.md"):
        if path.name not in written:
            path.unlink()


def _page(template: Path) -> str:
    tables = FieldTables(template.name)

    def render(found: re.Match[str]) -> str:
        name, argument = found.groups()
        if name == "fields":
            module, _, model = argument.partition(":")
            return tables.sections(getattr(importlib.import_module(f"models.contracts.{module}"), model)).strip()
        return RENDERERS[name]().strip()

    text = DIRECTIVE.sub(render, template.read_text())
    return NOTE.format(template.name) + "\n" + text


if __name__ == "__main__":
    write(*(Path(argument) for argument in sys.argv[1:]))
