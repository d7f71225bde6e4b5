"""Automations on the wire: drafts that people send, and the parts they are made of."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from models.contracts.base import Contract, JsonObject, Money, Name, Secret, Slug, refusal
from models.contracts.primitives import ManagedBy, PrimitiveRef
from models.contracts.specs import Expression
from models.states import Source

PATH_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$"
HEADER_PATTERN = r"^[A-Za-z0-9-]{1,100}$"
COMMAND_PATTERN = r"^/[a-z0-9_-]{1,32}$"


class Overlap(StrEnum):
    """What a due time does while an earlier run still holds the place; Temporal's own six policies."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


class Verification(StrEnum):
    """How a webhook proves who sent it."""

    STANDARD = "standard"
    GITHUB = "github"
    SLACK = "slack"
    HEADER = "header"
    NONE = "none"


class HealthAction(StrEnum):
    """What a health policy does about a rate below its threshold."""

    DISABLE = "disable"
    REDUCE_FREQUENCY = "reduce_frequency"
    ALERT = "alert"


class ScheduleConfig(Contract):
    """When: five cron fields in a zone, read as Debian's cron reads them."""

    cron_expr: str = Field(min_length=1, max_length=200)
    timezone: str = "UTC"
    overlap: Overlap = Overlap.SKIP
    catchup_seconds: int = Field(60, ge=10, le=31_536_000)
    """How late a due time may still start after an outage; older ones are recorded as missed."""
    jitter_seconds: int = Field(0, ge=0, le=86_400)


class WebhookConfig(Contract):
    """Where a webhook arrives and how it is verified."""

    path: Annotated[str, Field(pattern=PATH_PATTERN)]
    verification: Verification = Verification.STANDARD
    secret: Secret | None = None
    previous_secret: Secret | None = None
    """The secret being rotated out; both are accepted."""
    header: str = Field("X-Podium-Secret", pattern=HEADER_PATTERN)
    """The header that carries the shared secret when `verification` is `header`."""
    filter: Expression | None = None
    """CEL over `payload` and `headers`; false records the delivery and fires nothing."""

    @model_validator(mode="after")
    def _secret_is_there(self) -> Self:
        if self.verification is not Verification.NONE and not self.secret:
            raise refusal("secret", f"verification {self.verification.value!r} needs a secret")
        return self


class EventConfig(Contract):
    """Which event, and a CEL filter over `payload` and `name`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    filter: Expression | None = None


class SlackConfig(Contract):
    """Which Slack events or slash command, in which channel."""

    events: tuple[str, ...] = ()
    command: Annotated[str, Field(pattern=COMMAND_PATTERN)] | None = None
    channel: str | None = None
    secret: Secret | None = None
    """The app's signing secret; None where the server is given one by its environment."""
    previous_secret: Secret | None = None
    filter: Expression | None = None

    @model_validator(mode="after")
    def _something_to_listen_to(self) -> Self:
        if not self.events and not self.command:
            raise refusal("events", "name at least one event or a command")
        return self


class HealthPolicyConfig(Contract):
    """When an automation counts as sick, and what is done about it."""

    enabled: bool = False
    threshold: int = Field(60, ge=1, le=100)
    window: int = Field(50, ge=1, le=200)
    min_runs: int = Field(10, ge=1, le=200)
    action: HealthAction = HealthAction.DISABLE

    @model_validator(mode="after")
    def _the_window_can_fill(self) -> Self:
        if self.min_runs > self.window:
            raise refusal("minRuns", "minRuns must not be more than window, else the policy never decides")
        return self


class AutomationDraft(Contract):
    """An automation as it is declared: one primitive, one source, and the config of that source."""

    slug: Slug
    name: Name
    description: str = ""
    primitive: PrimitiveRef
    source: Source
    schedule: ScheduleConfig | None = None
    webhook: WebhookConfig | None = None
    event: EventConfig | None = None
    slack: SlackConfig | None = None
    payload: JsonValue = None
    """The run's input where the fire brings none."""
    health_policy: HealthPolicyConfig = HealthPolicyConfig()
    budget_usd_month: Money | None = Field(None, ge=0)
    is_active: bool = True
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it; None where a person created it."""

    @model_validator(mode="after")
    def _config_fits_source(self) -> Self:
        for source in CONFIGURED_SOURCES:
            given = getattr(self, source.value) is not None
            if given and source is not self.source:
                raise refusal(
                    source.value, f"{source.value} does not belong to an automation whose source is {self.source.value}"
                )
            if not given and source is self.source:
                raise refusal(source.value, f"an automation whose source is {source.value} needs {source.value}")
        return self


CONFIGURED_SOURCES = (Source.SCHEDULE, Source.WEBHOOK, Source.EVENT, Source.SLACK)


class AutomationPatch(Contract):
    """The fields to change. An object is merged into what is there (RFC 7396); `payload` is replaced whole."""

    name: Name | None = None
    description: str | None = None
    primitive: PrimitiveRef | None = None
    schedule: JsonObject | None = None
    """Fields of `ScheduleConfig`, and so on for the other sources."""
    webhook: JsonObject | None = None
    event: JsonObject | None = None
    slack: JsonObject | None = None
    payload: JsonValue = None
    health_policy: JsonObject | None = None
    budget_usd_month: Money | None = Field(None, ge=0)
    """null takes the budget away."""
    is_active: bool | None = None
    managed_by: ManagedBy | None = None


class FireRequest(Contract):
    """A manual fire."""

    payload: JsonValue = None
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    force: bool = False


class EventRequest(Contract):
    """An event of the platform's own."""

    event_name: str = Field(min_length=1, max_length=200)
    payload: JsonValue = None
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)


class ExecuteRequest(Contract):
    """A direct run of a primitive, without an automation."""

    payload: JsonValue = None
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)


class ReasonRequest(Contract):
    """Why somebody pauses, cancels or archives."""

    reason: str = Field("", max_length=1000)
