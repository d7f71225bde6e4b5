"""Code does not branch on the kind outside of the kind table; the tests list what a new kind needs."""

import ast
from pathlib import Path

import pytest

from models.contracts.primitives.specs import SPECS
from models.kinds import KIND_BY_PLURAL, KINDS, Kind
from tests.architecture.source import ROOT, modules
from worker import WORKFLOWS

DISPATCHERS = {
    "models/kinds.py",
    "workflows/agent.py",
    "workflows/pipeline.py",
    "workflows/network.py",
    "workflows/campaign.py",
    "workflows/pulse.py",
}


def decisions(tree: ast.Module) -> list[ast.expr]:
    """Return the expressions that branches in the code depend on. Conditions inside queries do not count."""
    tests: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                tests.append(test)
            case ast.comprehension(ifs=ifs):
                tests.extend(ifs)
            case ast.match_case(pattern=ast.MatchValue(value=value)):
                tests.append(value)
    return tests


def names_a_kind(expression: ast.expr) -> bool:
    members = {member.name for member in Kind}
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in members
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
        for node in ast.walk(expression)
    )


def test_nothing_dispatches_on_the_kind_elsewhere() -> None:
    found = [
        f"{path}:{test.lineno}"
        for path, tree in modules()
        if path not in DISPATCHERS
        for test in decisions(tree)
        if names_a_kind(test)
    ]
    assert not found, "put the difference into the table of models/kinds.py"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_complete(kind: Kind) -> None:
    facts = KINDS[kind]
    assert KIND_BY_PLURAL[facts.plural] is kind
    assert SPECS[kind]
    types = [getattr(workflow, "__temporal_workflow_definition").name for workflow in WORKFLOWS]
    assert types.count(facts.temporal_type) == 1, f"no Temporal workflow is named {facts.temporal_type}"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_handles_the_signals_in_its_row(kind: Kind) -> None:
    definitions = [getattr(workflow, "__temporal_workflow_definition") for workflow in WORKFLOWS]
    (mine,) = [definition for definition in definitions if definition.name == KINDS[kind].temporal_type]
    assert set(mine.signals) == KINDS[kind].signals


def test_no_name_is_a_bare_workflow_id() -> None:
    found = []
    for path, tree in modules():
        for node in ast.walk(tree):
            name = node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""
            if name == "workflow_id":
                found.append(f"{path}:{node.lineno}")  # type: ignore[attr-defined]
    assert not found, "say temporal_workflow_id"


def test_every_kind_has_a_workflow_file_of_its_own() -> None:
    missing = [path for path in DISPATCHERS if not Path(ROOT, path).exists()]
    assert not missing
