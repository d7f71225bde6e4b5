"""Every error that Podium raises on purpose, as one tree.

    PodiumError                          code, status and retryable are data on the class
    ├─ Invalid              422          BadCron, UnknownTimezone, BadExpression (ExpressionTooCostly), PayloadTooLarge,
    │                                LimitExceeded, NotStorable
    │  ├─ UnsupportedBody   415
    │  └─ SecretKeyMissing  503          retryable
    ├─ NotFound             404          a path, id or slug that names nothing
    ├─ Conflict             409          SlugTaken, Ambiguous, InUse, AlreadyFinished, AutomationPaused, ...
    │  └─ StaleRevision     412
    ├─ Unauthenticated      401          BadSignature, BadSignInLink
    │  └─ Forbidden         403
    ├─ UntrustedHost        421
    ├─ RequestTimedOut      408
    ├─ TooManyRequests      429          retryable
    ├─ RunnerFailed         502          AgentTimedOut, AgentRefused, AgentAnswerInvalid, AddressRefused
    └─ Unavailable          503          TemporalUnavailable, DatabaseUnavailable; retryable

One handler in `api/http/errors.py` renders them as problem+json; one interceptor in `activities/interceptors.py`
turns them into `ApplicationError(type=code)`. Nobody branches on the text of a message.
"""

from typing import ClassVar


class PodiumError(Exception):
    """Something went wrong inside Podium."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, field: str | None = None, hint: str | None = None) -> None:
        """Store what happened, the field at fault (a dotted path) and what to do next."""
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.hint = hint


class Invalid(PodiumError):
    """A value that is not valid."""

    code, status, title = "invalid", 422, "The request is not valid"


class BadCron(Invalid):
    """A cron expression that is not valid or never fires."""

    code, title = "bad_cron", "The cron expression is not valid"


class UnknownTimezone(Invalid):
    """A time zone that the zone database does not know."""

    code, title = "unknown_timezone", "The time zone is not known"


class BadExpression(Invalid):
    """A CEL expression that does not compile or does not yield what is needed."""

    code, title = "bad_expression", "The expression is not valid"


class ExpressionTooCostly(BadExpression):
    """A CEL expression that needs more time, memory, data or room for its result than one evaluation may."""

    code, title = "expression_too_costly", "The expression costs too much"


class FilterTooCostly(ExpressionTooCostly):
    """A filter that needs more than one evaluation may."""

    code, title = "filter_too_costly", "The filter costs too much"


class PayloadTooLarge(Invalid):
    """A request body, or a value that a run would pass on, over the limit."""

    code, title = "payload_too_large", "The payload is too large"


class UnsupportedBody(Invalid):
    """A body whose content encoding, charset or media type is not supported."""

    code, status, title = "unsupported_body", 415, "The body's format is not supported"


class SecretKeyMissing(Invalid):
    """A stored secret whose key this process does not have; another process may have it."""

    code, status, retryable, title = "secret_key_missing", 503, True, "The key of a stored secret is missing"


class LimitExceeded(Invalid):
    """More parts (tasks, items, steps) than are allowed."""

    code, title = "limit_exceeded", "There are too many"


class NotStorable(Invalid):
    """A value that PostgreSQL cannot hold, however often it is sent."""

    code, title = "not_storable", "The value cannot be stored"


class NotFound(PodiumError):
    """An id, slug or path that names nothing."""

    code, status, title = "not_found", 404, "Not found"


class Conflict(PodiumError):
    """A request that conflicts with the current state."""

    code, status, title = "conflict", 409, "Conflict"


class ManagedElsewhere(Conflict):
    """A declaration names what another project, or a person, manages."""

    code, title = "managed_elsewhere", "Something else manages this already"


class SlugTaken(Conflict):
    """A slug or webhook path that is already used."""

    code, title = "slug_taken", "That name is taken"


class Ambiguous(Conflict):
    """A slug that several primitives of different kinds have."""

    code, title = "ambiguous", "The name fits several things"


class InUse(Conflict):
    """Something that others still use."""

    code, title = "in_use", "Others still need it"


class AlreadyFinished(Conflict):
    """A run that has ended cannot be cancelled or signalled."""

    code, title = "already_finished", "The run has finished"


class AlreadyAnswered(Conflict):
    """A run whose agent has given another answer before."""

    code, title = "already_answered", "The agent has answered already"


class AutomationPaused(Conflict):
    """A paused automation fires manually only with `force`."""

    code, title = "automation_paused", "The automation is paused"


class CallSuperseded(Conflict):
    """An attempt to call an agent that has answered, or that a later attempt is calling."""

    code, title = "call_superseded", "The call is no longer this attempt's"


class DoesNotBelong(Conflict):
    """A process whose schema version, secret key or Temporal namespace is not that of the database."""

    code, title = "does_not_belong", "The process does not belong to this installation"


class PlanOutdated(Conflict):
    """A plan of moves that no longer fits: schedules have changed since it was made, or it was applied already."""

    code, title = "plan_outdated", "The plan no longer fits"


class DependencyCycle(Conflict):
    """A dependency that would create a cycle."""

    code, title = "dependency_cycle", "The dependency would create a cycle"


class StaleRevision(Conflict):
    """The row has changed since it was read."""

    code, status, title = "stale_revision", 412, "The automation has changed"


class Unauthenticated(PodiumError):
    """No valid key or session."""

    code, status, title = "unauthenticated", 401, "Sign in or send an API key"


class BadSignInLink(Unauthenticated):
    """A sign-in link that this server did not issue, or that is incomplete."""

    code, title = "bad_sign_in_link", "The sign-in link is not valid"


class SignInLinkUsed(BadSignInLink):
    """A sign-in link that was used before."""

    code, title = "sign_in_link_used", "The sign-in link has been used"


class SignInLinkExpired(BadSignInLink):
    """A sign-in link that has expired."""

    code, title = "sign_in_link_expired", "The sign-in link is too old"


class BadSignature(Unauthenticated):
    """A webhook whose signature or timestamp is not valid."""

    code, title = "bad_signature", "The signature is not valid"


class CallbackExpired(BadSignature):
    """A callback address that is used after the call's time limit."""

    code, title = "callback_expired", "The callback address has expired"


class Forbidden(Unauthenticated):
    """A key whose scope does not allow the request."""

    code, status, title = "forbidden", 403, "The key's scope does not allow this"


class UntrustedHost(PodiumError):
    """A request for a host name that is not one of ours."""

    code, status, title = "untrusted_host", 421, "Not a host name of this server"


class RequestTimedOut(PodiumError):
    """A request that did not arrive completely in time."""

    code, status, title = "request_timed_out", 408, "The request took too long to arrive"


class TooManyRequests(PodiumError):
    """More requests than one key or address may make."""

    code, status, retryable, title = "too_many_requests", 429, True, "Too many requests"

    def __init__(
        self, detail: str, *, field: str | None = None, hint: str | None = None, retry_after_seconds: float
    ) -> None:
        """Store also when a retry may succeed."""
        super().__init__(detail, field=field, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class RunnerFailed(PodiumError):
    """An agent's runner failed; a retry may succeed."""

    code, status, retryable, title = "runner_failed", 502, True, "The agent's runner failed"

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        hint: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Store also how long the other side asks to wait before the next attempt."""
        super().__init__(detail, field=field, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class AgentTimedOut(RunnerFailed):
    """An agent that did not answer within its time limit."""

    code, title = "agent_timed_out", "The agent did not answer in time"


class AgentRefused(RunnerFailed):
    """An agent that refused; a retry cannot succeed."""

    code, retryable, title = "agent_refused", False, "The agent refused"


class AgentAnswerInvalid(RunnerFailed):
    """An agent that answered something that cannot be read."""

    code, title = "agent_answer_invalid", "The agent's answer cannot be read"


class AddressRefused(RunnerFailed):
    """An outgoing call to an address that is not allowed."""

    code, retryable, title = "address_refused", False, "The address is not allowed"


class Unavailable(PodiumError):
    """A dependency such as PostgreSQL or Temporal is temporarily unavailable."""

    code, status, retryable, title = "unavailable", 503, True, "Temporarily unavailable"


class TemporalUnavailable(Unavailable):
    """Temporal cannot be reached."""

    code, title = "temporal_unavailable", "Temporal cannot be reached"


class DatabaseUnavailable(Unavailable):
    """PostgreSQL cannot be reached."""

    code, title = "database_unavailable", "PostgreSQL cannot be reached"


class DatabaseBusy(DatabaseUnavailable):
    """A statement took too long, or waited too long for a lock."""

    code, title = "database_busy", "PostgreSQL took too long"
