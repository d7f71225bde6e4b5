"""A run that failed because of a child blames that child, and no other."""

import uuid

from models.contracts.runs.views import RunError
from models.rules.fingerprint.blame import FailedChild, to_blame


def child(error_type: str, message: str) -> FailedChild:
    return FailedChild(uuid.uuid4(), 1, RunError(type=error_type, message=message))


def test_the_child_whose_message_ends_the_runs_own_is_blamed() -> None:
    first, second = child("agent_failed", "HTTP 503"), child("agent_failed", "HTTP 500")
    assert to_blame(RunError(type="agent_failed", message="step 'x' failed: HTTP 500"), [first, second]) is second
    assert to_blame(RunError(type="agent_failed", message="hop-1 (scout): HTTP 503"), [first, second]) is first


def test_a_run_that_failed_by_itself_blames_nobody() -> None:
    children = [child("agent_failed", "HTTP 503"), child("rejected", "no")]
    assert to_blame(RunError(type="http_failed", message="step 'call' failed: HTTP 503"), children) is None
    assert to_blame(RunError(type="agent_failed", message="HTTP 503 was expected"), children) is None
    assert to_blame(RunError(type="agent_failed", message=""), children) is None


def test_a_message_that_was_cut_is_still_found() -> None:
    long = child("agent_failed", "x" * 5000)
    assert to_blame(RunError(type="agent_failed", message="step 'a' failed: " + "x" * 4000), [long]) is long
