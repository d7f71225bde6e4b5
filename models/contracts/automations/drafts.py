"""Automations as people send them: drafts, patches and requests to fire."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from models.contracts.automations.dependencies import MOST_OWN, OwnDependency
from models.contracts.automations.flow_control import FlowControl
from models.contracts.automations.health_policies import HealthPolicyConfig
from models.contracts.base import (
    Contract,
    Expression,
    Instant,
    JsonObject,
    Money,
    Name,
    NewSlug,
    OneLine,
    Secret,
    refusal,
)
from models.contracts.primitives.views import ManagedBy, PrimitiveRef
from models.states import Catchup, Source

PATH_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$"
HEADER_PATTERN = r"^[A-Za-z0-9-]{1,100}$"
COMMAND_PATTERN = r"^/[a-z0-9_-]{1,32}$"
MOST_SPREAD_MINUTES = 720


class Overlap(StrEnum):
    """The policy for a due time while an earlier run is still open. The same six policies as Temporal's."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


class Verification(StrEnum):
    """How a webhook's sender is verified."""

    STANDARD = "standard"
    GITHUB = "github"
    SLACK = "slack"
    HEADER = "header"
    NONE = "none"


class ScheduleConfig(Contract):
    """When a schedule fires: five cron fields in a time zone, with the meaning of Debian's cron."""

    cron_expr: str = Field(min_length=1, max_length=200, examples=["0 22 * * *"])
    """Five cron fields: minute, hour, day of month, month, day of week.

    If both day fields are restricted, a day that matches either fires. `L`, `LW`, `5L` and `1#2` work.
    """
    timezone: str = "UTC"
    """IANA time zone, such as `America/New_York`."""
    overlap: Overlap = Overlap.SKIP
    """What happens at a due time while an earlier run is still open.

    `skip` records it as missed; `buffer_one` starts one more run when the earlier one ends, `buffer_all` one for each
    due time; `cancel_other` and `terminate_other` stop the earlier run first; `allow_all` runs both.
    """
    catchup_seconds: int = Field(60, ge=10, le=31_536_000)
    """How late, in seconds, a due time may still start after an outage. Later ones are recorded as missed."""
    catchup: Catchup = Catchup.NONE
    """What happens to due times that were missed later than that, or while it was paused: `none`: they stay missed;
    `last`: the newest of them runs; `all`: they run one after another, at most the newest 1000. They start as soon as
    it is running again, behind due times of their own time."""
    jitter_seconds: int = Field(0, ge=0, le=86_400)
    """Each start is delayed by a random time up to this many seconds."""


class WebhookConfig(Contract):
    """Where a webhook arrives, and how its sender is verified."""

    path: Annotated[str, Field(pattern=PATH_PATTERN, examples=["orders"])]
    """The webhook is received at `POST /api/webhooks/{path}`. Unique among automations that are not archived."""
    verification: Verification = Verification.STANDARD
    """How the sender is verified: `standard` (Standard Webhooks signature), `github` (`X-Hub-Signature-256`), `slack`
    (Slack's v0 signature), `header` (a shared secret in `header`) or `none`."""
    secret: Secret | None = None
    """The shared secret, stored encrypted, or `env:NAME`. Required unless `verification` is `none`."""
    previous_secret: Secret | None = None
    """The secret being rotated out; both are accepted. A change of `secret` sets it, null removes it."""
    header: str = Field("X-Podium-Secret", pattern=HEADER_PATTERN)
    """The header that carries the secret if `verification` is `header`; one that is stored or logged is refused."""
    pings: bool = False
    """Whether GitHub's `ping` fires too. false: it is recorded as ignored."""
    bots: bool = False
    """Whether Slack messages written by bots fire too. false: they are recorded as ignored."""
    filter: Expression | None = None
    """CEL over `payload` and `headers` that yields true or false. false stores the delivery and fires nothing."""

    @model_validator(mode="after")
    def _secret_is_there(self) -> Self:
        if self.verification is not Verification.NONE and not self.secret:
            raise refusal("secret", f"verification {self.verification.value!r} needs a secret")
        return self


class EventConfig(Contract):
    """Which event fires the automation. Events arrive at `POST /api/triggers/event`."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["order.created"]), OneLine]
    """The event's name, compared exactly."""
    filter: Expression | None = None
    """CEL over `payload` and `name` that yields true or false. false stores the delivery and fires nothing."""


class SlackConfig(Contract):
    """Which Slack events or slash command fire the automation. At least one of `events` and `command`."""

    events: tuple[str, ...] = ()
    """Event types of the Events API, such as `app_mention`."""
    command: Annotated[str, Field(pattern=COMMAND_PATTERN, examples=["/digest"])] | None = None
    """A slash command, with its slash."""
    channel: str | None = None
    """Only messages of this channel: its id, or for commands also its name. null: every channel."""
    bots: bool = False
    """Whether messages written by bots fire too, those of your own app included. false: they are recorded as
    ignored."""
    secret: Secret | None = None
    """The Slack app's signing secret. null: the secrets in `PODIUM_SLACK_SIGNING_SECRETS`."""
    previous_secret: Secret | None = None
    """The secret being rotated out; both are accepted. A change of `secret` sets it, null removes it."""
    filter: Expression | None = None
    """CEL over `payload` and `name` (event type or command) that yields true or false. false stores the delivery and
    fires nothing."""

    @model_validator(mode="after")
    def _something_to_listen_to(self) -> Self:
        if not self.events and not self.command:
            raise refusal("events", "name at least one event or a command")
        return self


def check_flow_control_fits(source: Source, control: FlowControl | None) -> None:
    """Refuse the parts of flow control that are for deliveries, where there are none."""
    for name in ("debounce", "batch", "idempotency") if source is Source.SCHEDULE else ():
        if control and getattr(control, name):
            raise refusal(f"flowControl.{name}", f"a schedule has no deliveries; {name} is for triggers")


class AutomationDraft(Contract):
    """An automation as it is declared: one primitive, one source, and the config of that source.

    The fields `schedule`, `webhook`, `event` and `slack` belong to the source of the same name: exactly that one is
    given. The source `manual` has none.
    """

    slug: NewSlug
    """Name in YAML files, commands and paths. Unique among automations that are not archived."""
    name: Name
    """Name shown to people."""
    description: str = ""
    """Free text."""
    primitive: PrimitiveRef
    """What it runs."""
    source: Source
    """What fires it: `schedule`, `webhook`, `event`, `slack` or `manual`."""
    schedule: ScheduleConfig | None = None
    """Required if `source` is `schedule`."""
    webhook: WebhookConfig | None = None
    """Required if `source` is `webhook`."""
    event: EventConfig | None = None
    """Required if `source` is `event`."""
    slack: SlackConfig | None = None
    """Required if `source` is `slack`."""
    payload: JsonValue = None
    """Input of its runs if the fire has none. Scheduled runs always get it."""
    health_policy: HealthPolicyConfig = HealthPolicyConfig()
    """What happens when its runs fail too often."""
    flow_control: FlowControl | None = None
    """Which of its runs may start, and when. null: each starts at once."""
    budget_usd_month: Money | None = Field(None, ge=0)
    """Maximum spending per calendar month (UTC), in US dollars; further runs are skipped as `over_budget`. null: no
    limit."""
    spread_minutes: int = Field(0, ge=0, le=MOST_SPREAD_MINUTES)
    """By how many minutes, either way, spreading may move a schedule so that fewer start together. 0: only if somebody
    asks for it."""
    dependencies: Annotated[tuple[OwnDependency, ...], Field(max_length=MOST_OWN)] | None = None
    """The automations that it depends on: all of them. null: they stay as they are, and a new one has none."""
    is_active: bool = True
    """false: paused. It fires nothing, and deliveries are recorded as skipped."""
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it. null: a person created it."""

    @model_validator(mode="after")
    def _flow_control_fits_source(self) -> Self:
        check_flow_control_fits(self.source, self.flow_control)
        return self

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
        if self.spread_minutes and self.source is not Source.SCHEDULE:
            raise refusal("spreadMinutes", "only a schedule can be moved")
        return self


CONFIGURED_SOURCES = (Source.SCHEDULE, Source.WEBHOOK, Source.EVENT, Source.SLACK)


class AutomationPatch(Contract):
    """The fields to change. The object fields are merged one level deep; `payload` is replaced whole."""

    name: Name | None = None
    """New name."""
    description: str | None = None
    """New description."""
    primitive: PrimitiveRef | None = None
    """Another primitive to run."""
    schedule: JsonObject | None = None
    """Fields of `ScheduleConfig` to change."""
    webhook: JsonObject | None = None
    """Fields of `WebhookConfig` to change."""
    event: JsonObject | None = None
    """Fields of `EventConfig` to change."""
    slack: JsonObject | None = None
    """Fields of `SlackConfig` to change."""
    payload: JsonValue = None
    """New default input."""
    health_policy: JsonObject | None = None
    """Fields of `HealthPolicyConfig` to change."""
    flow_control: JsonObject | None = None
    """Fields of `FlowControl` to change; null removes all of it."""
    budget_usd_month: Money | None = Field(None, ge=0)
    """New budget; null removes it."""
    spread_minutes: int | None = Field(None, ge=0, le=MOST_SPREAD_MINUTES)
    """New minutes by which spreading may move the schedule."""
    dependencies: Annotated[tuple[OwnDependency, ...], Field(max_length=MOST_OWN)] | None = None
    """The automations that it depends on, replaced whole. null: they stay as they are."""
    is_active: bool | None = None
    """false pauses for good, true resumes; both end a snooze."""
    managed_by: ManagedBy | None = None
    """The project whose declaration owns it. null: none."""


class FireRequest(Contract):
    """A manual fire."""

    payload: JsonValue = None
    """Input of the run. null: the automation's own payload."""
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    """A repeated key returns the first answer and starts nothing."""
    force: bool = False
    """Fire even if the automation is paused."""


class EventRequest(Contract):
    """An event of your platform."""

    event_name: Annotated[str, Field(min_length=1, max_length=200), OneLine]
    """The event's name, such as `order.created`."""
    payload: JsonValue = None
    """The event's data: what filters see, and the input of the runs."""
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    """A repeated key returns the first answer and starts nothing."""


class ExecuteRequest(Contract):
    """A run of a primitive without an automation."""

    payload: JsonValue = None
    """Input of the run."""
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)
    """A repeated key returns the first answer and starts nothing."""


class PauseRequest(Contract):
    """Why and for how long an automation is paused."""

    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
    until: Instant | None = None
    """When it resumes, to the second, at most a year ahead. null: it stays paused until somebody resumes it."""


class ResumeRequest(Contract):
    """How an automation is resumed."""

    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
    catchup: Catchup | None = None
    """What happens to due times of a schedule that passed while it was paused. null: as its `schedule.catchup` says."""


class ReasonRequest(Contract):
    """Why something is paused, cancelled or archived."""

    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
