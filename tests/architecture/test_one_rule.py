"""Timeouts, retry policies, Temporal ids and secret contexts are each defined in one file."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import PACKAGES, ROOT

OPTIONS = {"workflows/options.py", "runtime/temporal/deadlines.py"}
NAMES = "models/names.py"
SPELLED_OUT = {"ActivityConfig", "LocalActivityConfig", "RetryConfig", "RetryPolicy"}
TIMEOUTS = {
    "connect_timeout",
    "graceful_shutdown_timeout",
    "heartbeat_timeout",
    "max_heartbeat_throttle_interval",
    "rpc_timeout",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
}
# The first argument of these, or `id`, names something in Temporal.
NAMED_FIRST = {"create_schedule", "get_schedule_handle", "get_workflow_handle", "get_workflow_handle_for"}
NAMED_BY_ID = {"execute_child_workflow", "execute_workflow", "start_child_workflow", "start_workflow"}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield each call in our source as its file, the function's name and the call."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    for path in [*files, ROOT / "worker.py", ROOT / "cli.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield str(path.relative_to(ROOT)), ast.unparse(node.func).rpartition(".")[2], node


def keyword(call: ast.Call, *names: str) -> list[ast.expr]:
    return [one.value for one in call.keywords if one.arg in names]


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and node.value is not None)


def test_timeouts_and_retry_policies_are_defined_in_two_files() -> None:
    elsewhere = [
        f"{file}:{call.lineno}"
        for file, name, call in calls()
        if file not in OPTIONS
        and (name in SPELLED_OUT or any(isinstance(value, ast.Call) for value in keyword(call, *TIMEOUTS)))
    ]
    assert elsewhere == []


def test_temporal_ids_types_and_task_queues_come_from_names() -> None:
    found = []
    for file, name, call in calls():
        named = keyword(call, "task_queue", "workflow_id", "schedule_id")
        named += keyword(call, "id") if name in NAMED_BY_ID else []
        named += call.args[:1] if name in NAMED_FIRST | {"start_workflow"} else []
        named += keyword(call, "name") if name == "defn" and "workflow" in ast.unparse(call.func) else []
        if file != NAMES and any(is_literal(one) for one in named):
            found.append(f"{file}:{call.lineno}")
    assert found == []


def test_secret_contexts_are_named_once() -> None:
    found = [f"{file}:{call.lineno}" for file, _, call in calls() if any(map(is_literal, keyword(call, "context")))]
    assert found == []


def test_only_one_file_builds_standard_webhooks_keys_and_token_signers() -> None:
    builders = {"Webhook", "URLSafeSerializer", "URLSafeTimedSerializer"}
    assert {file for file, name, _ in calls() if name in builders} == {str(Path("runtime/security/signing.py"))}


def test_no_private_name_of_the_temporal_sdk_is_used() -> None:
    found = []
    for package in ("activities", "api", "runtime", "workflows"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in {"_to_proto", "_from_proto", "_with_contexts"}:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("temporalio"):
                    found += [f"{path}:{node.lineno}" for alias in node.names if alias.name.startswith("_")]
    assert found == []


def test_local_activities_of_workflows_are_repeated_where_the_sdk_cancels_them() -> None:
    found = []
    for path in sorted((ROOT / "workflows").rglob("*.py")):
        tree = ast.parse(path.read_text())
        repeated = {
            id(inside)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "until_done"
            for inside in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and "_local_activity" in node.attr and id(node) not in repeated:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found, "wrap it in `until_done` of workflows/runs/failures.py"


def test_locked_rows_can_be_referred_to() -> None:
    """A lock without `key_share` makes whoever inserts a row that refers to this one wait, such as a run of an agent.

    Retention deletes what it locks.
    """
    locking = [
        (file, call, keyword(call, "with_for_update") or [call])
        for file, name, call in calls()
        if name == "with_for_update" or keyword(call, "with_for_update")
    ]
    assert locking
    found = [
        f"{file}:{call.lineno}"
        for file, call, given in locking
        if file != "models/store/retention.py" and not all("key_share" in ast.unparse(one) for one in given)
    ]
    assert found == []
