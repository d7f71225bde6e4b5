"""Around every activity: our errors become Temporal's in one place, and log lines carry the run's id.

The rule kept here: what Temporal learns of an error is its code, whether another try may help, and words without NUL
or endless length; nobody reads the words to decide.
"""

from datetime import timedelta
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.errors import PodiumError, RunnerFailed

_SHOWN = 2000
_LONGEST_WAIT_SECONDS = 3600.0


class PodiumInterceptor(Interceptor):
    """What the worker is given."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next)


class _Inbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        with structlog.contextvars.bound_contextvars(**_facts(input.args)):
            try:
                return await super().execute_activity(input)
            except PodiumError as error:
                raise as_application_error(error) from error


def as_application_error(error: PodiumError) -> ApplicationError:
    """Say one of our errors in Temporal's words; the details are `{detail, field, hint}`."""
    words = error.detail.replace("\x00", "�")[:_SHOWN]
    wait = error.retry_after_seconds if isinstance(error, RunnerFailed) else None
    return ApplicationError(
        words,
        {"detail": words, "field": error.field, "hint": error.hint},
        type=error.code,
        non_retryable=not error.retryable,
        next_retry_delay=None if wait is None else timedelta(seconds=min(wait, _LONGEST_WAIT_SECONDS)),
    )


def _facts(arguments: Any) -> dict[str, object]:
    info = activity.info()
    facts: dict[str, object] = {"activity": info.activity_type, "attempt": info.attempt}
    argument = arguments[0] if arguments else None
    for name in ("run_id", "root_run_id", "automation_id"):
        value = getattr(argument, name, None)
        if value is not None:
            facts[name] = str(value)
    return facts
