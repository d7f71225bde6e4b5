"""Spreading: a plan that moves schedules so that fewer start together, its load before and after, and what stays."""

import uuid
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.automations.drafts import MOST_SPREAD_MINUTES
from models.contracts.base import Contract, Instant, refusal
from models.contracts.queries import AutomationFilter
from models.contracts.runs.views import AutomationRef
from models.states import FixedReason, SpreadBecause

MOST_CHOSEN = 10_000
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
TimeOfDay = Annotated[str, Field(pattern=TIME_PATTERN, examples=["22:00"])]


class ForbiddenWindow(Contract):
    """A time of day into which nothing is moved, in the zone of each schedule."""

    start: TimeOfDay
    """Its first minute."""
    end: TimeOfDay
    """The minute after its last. Before `start`: it goes on past midnight."""


class SpreadRequest(Contract):
    """Which schedules may be moved, and how far."""

    automations: tuple[Annotated[str, Field(min_length=1, max_length=63)], ...] | None = Field(
        None, max_length=MOST_CHOSEN
    )
    """Ids or slugs. Neither this nor `filter`: every schedule. All others stay, but count as load."""
    filter: AutomationFilter | None = None
    """All automations that match."""
    tz: str = Field("UTC", max_length=80)
    """Time zone of the hours."""
    slack_minutes: int | None = Field(None, ge=0, le=MOST_SPREAD_MINUTES)
    """By how many minutes, either way, schedules whose own `spreadMinutes` is 0 may be moved. What a declaration owns
    moves only by what the declaration allows. null: by `PODIUM_SPREAD_MINUTES`."""
    target_hour: float | None = Field(None, gt=0)
    """The most agent runs that should start in an hour."""
    target_minute: float | None = Field(None, gt=0)
    """The most agent runs that should be going on in a minute. With only one target the other peak does not rise;
    without any, both are brought down as far as they go."""
    forbidden_windows: tuple[ForbiddenWindow, ...] = Field((), max_length=24)
    """Times of day into which nothing is moved."""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.automations is not None and self.filter is not None:
            raise refusal("automations", "name `automations` or give a `filter`, not both")
        return self


class SpreadPeaks(Contract):
    """The load of the coming week in agent runs: each fire counts as many as it causes on average."""

    peak_hour: float
    """Agent runs that start in the busiest hour."""
    peak_hour_at: Instant | None
    """That hour. null: nothing starts."""
    peak_minute: float
    """Agent runs that are going on in the busiest minute, by their mean durations."""
    peak_minute_at: Instant | None
    """That minute."""
    hours: tuple[float, ...]
    """What starts in each hour of the week."""
    minutes: tuple[float, ...]
    """What is going on in the busiest minute of each hour."""


class SpreadLimit(Contract):
    """A number for the busiest hour and for the busiest minute."""

    hour: float
    minute: float


class SpreadMove(Contract):
    """One schedule that moves."""

    automation_id: uuid.UUID
    slug: str
    name: str
    timezone: str
    cron_from: str
    """Its cron now."""
    cron_to: str
    """Its cron after the move."""
    text_from: str
    """The cron now, in words."""
    text_to: str
    """The cron after the move, in words."""
    shift_minutes: int
    """By how many minutes it moves; negative: earlier."""
    wanted: str
    """The cron that people wrote, from which `spreadMinutes` counts; `cronFrom`, unless it was moved before."""
    minutes_from_wanted: int
    """How far it will be from there."""
    because: SpreadBecause
    """Why it moves."""


class SpreadFixed(Contract):
    """One schedule that stays, although it was among the chosen."""

    automation_id: uuid.UUID
    slug: str
    name: str
    reason: FixedReason
    """Why it stays."""
    text: str
    """The same in words."""


class Changeover(Contract):
    """What applying the plan at that moment did to schedules that were due around then."""

    runs_twice: tuple[AutomationRef, ...]
    """Were due shortly before, and are due again at their new time."""
    skips_once: tuple[AutomationRef, ...]
    """Would have been due shortly after; their new time has passed already."""


class SpreadPlanView(Contract):
    """A plan of moves. Nothing changes until it is applied."""

    plan_id: uuid.UUID
    """Names the plan: a hash of everything that it was made from."""
    created_at: Instant
    """When it was made."""
    created_by: str
    """Who asked for it."""
    timezone: str
    """Time zone of the hours."""
    start: Instant
    """Start of the week that was looked at: the current hour. What fires less than weekly counts on its next day."""
    before: SpreadPeaks
    """The week as it is."""
    after: SpreadPeaks
    """The week with the moves."""
    lower_bound: SpreadLimit
    """No plan gets below this. The lowest that can be reached may be above it."""
    target: SpreadLimit
    """What was aimed at."""
    reached: bool
    """Whether nothing is above the target."""
    immovable_percent: float
    """How much of the busiest hour's load cannot leave that hour, whatever is planned."""
    total_shift_minutes: int
    """How far all schedules together will be from where people wanted them."""
    moves: tuple[SpreadMove, ...]
    """What moves, by slug."""
    unmovable: tuple[SpreadFixed, ...]
    """What of the chosen cannot move, by slug."""
    applied_at: Instant | None = None
    """When it was applied."""
    applied_by: str | None = None
    """Who applied it."""
    undone_at: Instant | None = None
    """When it was undone."""
    undone_by: str | None = None
    """Who undid it."""
    changeover: Changeover | None = None
    """After it was applied or undone: what was due around that moment."""
