"""Around every activity: converts PodiumErrors into ApplicationErrors, and adds the run's id to log lines.

Temporal receives the error's code, whether a retry may help, and a message without NUL and of bounded length. Nothing
branches on the message.
"""

from datetime import timedelta
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.errors import PodiumError, RunnerFailed
from runtime.database import long_statements
from runtime.security.revealed_secrets import scrubbed, scrubbed_text, scrubbing

_MAX_MESSAGE_CHARACTERS = 2000
_MAX_RETRY_DELAY_SECONDS = 3600.0


class PodiumInterceptor(Interceptor):
    """The interceptor that the worker installs."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next)


class _Inbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        with structlog.contextvars.bound_contextvars(**_facts(input.args)), scrubbing():
            try:
                return await super().execute_activity(input)
            except ApplicationError as error:
                raise _scrubbed(error) from None
            except PodiumError as error:
                # Without the cause, whose message Temporal would store and traces would show.
                raise _scrubbed(as_application_error(error)) from None
            except Exception as error:
                if scrubbed_text(str(error)) == str(error):
                    raise
                raise ApplicationError(scrubbed_text(str(error)), type=type(error).__name__) from None


class LongStatements(Interceptor):
    """Allows the statements of activities to take longer: the sweep reads whole tables."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Long(next)


class _Long(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        with long_statements():
            return await super().execute_activity(input)


def _scrubbed(error: ApplicationError) -> ApplicationError:
    return ApplicationError(
        scrubbed_text(error.message),
        *(scrubbed(detail) for detail in error.details),
        type=error.type,
        non_retryable=error.non_retryable,
        next_retry_delay=error.next_retry_delay,
    )


def as_application_error(
    error: PodiumError, *, final: bool = False, delay_seconds: float | None = None
) -> ApplicationError:
    """Convert a PodiumError into an ApplicationError; its details are `{detail, field, hint}`.

    A final one is not retried, whatever the error's class says. The next attempt waits as long as the called service
    has asked for, or else `delay_seconds`.
    """
    message = scrubbed_text(error.detail).replace("\x00", "�")[:_MAX_MESSAGE_CHARACTERS]
    asked = error.retry_after_seconds if isinstance(error, RunnerFailed) else None
    wait = delay_seconds if asked is None else asked
    return ApplicationError(
        message,
        {"detail": message, "field": error.field, "hint": error.hint},
        type=error.code,
        non_retryable=final or not error.retryable,
        next_retry_delay=None if wait is None else timedelta(seconds=min(wait, _MAX_RETRY_DELAY_SECONDS)),
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
