"""Our errors reach Temporal with their code, message and whether they are retryable."""

from datetime import timedelta

import pytest

from activities.interceptors import as_application_error
from models.errors import AgentRefused, DatabaseUnavailable, Invalid, PodiumError, RunnerFailed


@pytest.mark.parametrize(
    ("error", "code", "final"),
    [
        (RunnerFailed("x"), "runner_failed", False),
        (AgentRefused("x"), "agent_refused", True),
        (Invalid("x"), "invalid", True),
        (DatabaseUnavailable("x"), "database_unavailable", False),
    ],
)
def test_an_error_keeps_its_code_and_whether_it_is_retryable(error: PodiumError, code: str, final: bool) -> None:
    failure = as_application_error(error)
    assert (failure.type, failure.non_retryable) == (code, final)


def test_a_requested_retry_delay_is_limited_to_an_hour() -> None:
    assert as_application_error(RunnerFailed("x")).next_retry_delay is None
    assert as_application_error(RunnerFailed("x", retry_after_seconds=7)).next_retry_delay == timedelta(seconds=7)
    late = as_application_error(RunnerFailed("x", retry_after_seconds=10**9))
    assert late.next_retry_delay == timedelta(hours=1)


def test_error_messages_can_be_stored() -> None:
    failure = as_application_error(Invalid("a\x00b" + "x" * 9000, field="f", hint="h"))
    assert len(failure.message) == 2000
    assert "\x00" not in failure.message
    assert failure.details[0]["field"] == "f"
