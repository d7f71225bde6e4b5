"""Reads which functions of a module are Python agents, from its source: nothing is imported."""

import ast
import sys
from collections.abc import Sequence
from pathlib import Path

MARK = "__podium_agents__"


def marked_functions(module: str, directories: Sequence[Path]) -> frozenset[str] | None:
    """Return the functions that a module defines and lists in `__podium_agents__`.

    None where its source is not on this machine, or the list is not a literal: then only the worker can tell.
    """
    source = _source(module, directories)
    if source is None:
        return None
    try:
        body = ast.parse(source.read_bytes()).body
        listed = frozenset(_listed(body))
    except (OSError, SyntaxError, ValueError, TypeError):
        return None
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return listed & defined


def _listed(body: list[ast.stmt]) -> Sequence[str]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == MARK:
                listed: Sequence[str] = ast.literal_eval(value)
                return listed
    return ()


def _source(module: str, directories: Sequence[Path]) -> Path | None:
    relative = Path(*module.split("."))
    for directory in (*directories, *map(Path, sys.path)):
        for candidate in (directory / relative.with_suffix(".py"), directory / relative / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None
