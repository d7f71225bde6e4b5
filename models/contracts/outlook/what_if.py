"""What-if: a set of edits, and the load, waits, cost and budget dates without and with them."""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from models.contracts.automations.drafts import ScheduleConfig, check_flow_control_fits
from models.contracts.automations.flow_control import FlowControl
from models.contracts.base import Contract, Exact, Instant, JsonObject, Money, Name, refusal
from models.contracts.outlook.density import DensityPeak
from models.contracts.primitives.views import PrimitiveRef
from models.contracts.queries import MAX_HOURS
from models.contracts.runs.views import AutomationRef
from models.states import SkipReason, Source

MOST_CHANGES = 1000
MOST_ADDITIONS = 100
MOST_CAPACITIES = 200
NameOrId = Annotated[str, Field(min_length=1, max_length=63)]


class Assumptions(Contract):
    """Figures to take instead of what is measured, or where nothing is."""

    arrivals_per_hour: float | None = Field(None, ge=0, le=100_000)
    """Deliveries per hour of a trigger. null: as measured."""
    duration_seconds: float | None = Field(None, ge=0, le=604_800)
    """How long each run takes. null: as measured."""
    cost_usd: Money | None = None
    """What a run costs, in US dollars. null: as measured."""
    keys: int | None = Field(None, ge=1, le=10_000)
    """How many different values the expressions of flow control yield, all equally often. null: as in the latest
    deliveries."""


class AutomationChange(Contract):
    """An edit of an automation; objects are merged as in `PATCH /api/automations/{id}`, null removes."""

    automation: NameOrId
    """Its id or slug. Without further fields it is simulated as it is."""
    primitive: PrimitiveRef | None = None
    """Another primitive to run."""
    schedule: JsonObject | None = None
    """Fields of `ScheduleConfig` to change."""
    payload: JsonValue = None
    """New default input."""
    flow_control: JsonObject | None = None
    """Fields of `FlowControl` to change; null removes all of it."""
    budget_usd_month: Money | None = Field(None, ge=0)
    """New budget; null removes it."""
    is_active: bool | None = None
    """false: paused for the whole time; true: resumed now."""
    assume: Assumptions = Assumptions()
    """What to take instead of what is measured, without the edit as well as with it."""


class NewAutomation(Contract):
    """An automation that does not exist yet."""

    name: Name = "New automation"
    """How it is named in the answer."""
    primitive: PrimitiveRef
    """What it runs."""
    source: Source
    """What fires it."""
    schedule: ScheduleConfig | None = None
    """Required if `source` is `schedule`."""
    payload: JsonValue = None
    """Input of its runs if the fire has none."""
    flow_control: FlowControl | None = None
    """Which of its runs may start, and when."""
    budget_usd_month: Money | None = Field(None, ge=0)
    """Maximum spending per calendar month (UTC), in US dollars."""
    is_active: bool = True
    """false: it fires nothing."""
    assume: Assumptions = Assumptions()
    """What to take where nothing is measured. A new trigger has no deliveries unless `arrivalsPerHour` says so."""

    @model_validator(mode="after")
    def _config_fits_source(self) -> Self:
        if (self.schedule is None) is (self.source is Source.SCHEDULE):
            needs = "needs" if self.schedule is None else "does not have"
            raise refusal("schedule", f"an automation whose source is {self.source.value} {needs} a schedule")
        check_flow_control_fits(self.source, self.flow_control)
        return self


class CapacityChange(Contract):
    """Another capacity of an agent."""

    agent: NameOrId
    """Its id or slug."""
    capacity: int | None = Field(ge=1, le=1000)
    """Most runs of it at once. null: no limit."""


class WhatIfRequest(Contract):
    """A set of edits, none of which is made. At least one."""

    changes: tuple[AutomationChange, ...] = Field((), max_length=MOST_CHANGES)
    """Edits of automations."""
    additions: tuple[NewAutomation, ...] = Field((), max_length=MOST_ADDITIONS)
    """New automations."""
    capacities: tuple[CapacityChange, ...] = Field((), max_length=MOST_CAPACITIES)
    """Other capacities of agents."""
    spread_plan: uuid.UUID | None = None
    """A plan of `POST /api/load/spread` that is not applied: its moves are edits, too."""
    hours: int = Field(24, ge=1, le=MAX_HOURS)
    """How far to look ahead."""
    tz: str = Field("UTC", max_length=80)
    """Time zone of the hours."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.changes or self.additions or self.capacities or self.spread_plan):
            raise refusal("changes", "give at least one of changes, additions, capacities and spreadPlan")
        return self


class WaitFigures(Contract):
    """How long runs wait from their arrival, or due time, until they start; in milliseconds.

    Runs that still wait at the end of the simulation count with the time until then, which is too short.
    """

    runs: int
    """Runs that started or still wait."""
    waited: int
    """Those of them that did not start at once."""
    p50_ms: int | None
    """Half of the runs wait at most so long. null: there are none."""
    p95_ms: int | None
    """95 of 100 runs wait at most so long."""
    longest_ms: int | None
    """The longest wait."""
    still_waiting: int
    """Runs that wait at the end."""


class FlowFigures(Contract):
    """What becomes of what arrives: `arrivals + waitingAtStart = started + missed + skipped + folded + stillWaiting +
    cancelled`.
    """

    arrivals: int
    """Due times and deliveries within the simulated time."""
    waiting_at_start: int
    """Runs that wait now."""
    started: int
    """Runs that start."""
    missed: int
    """Due times that are dropped because an earlier run is still open."""
    skipped: Mapping[SkipReason, int]
    """Runs that are dropped, by reason."""
    folded: Mapping[SkipReason, int]
    """Deliveries for which another run stands, by reason: `debounced`, `batched`, `superseded`."""
    still_waiting: int
    """Runs that wait at the end."""
    cancelled: int
    """Runs that are cancelled before they start."""


class BudgetDate(Contract):
    """When a budget will be spent."""

    limit_usd: Exact
    spent_usd: Exact
    """Spent this calendar month (UTC)."""
    ends_at: Instant | None
    """When it will be spent, within this month or the next. null: it lasts, or the cost of a run is unknown."""
    p90_ends_at: Instant | None
    """The same if each run cost as much as the 90th percentile."""


class AutomationSide(Contract):
    """One automation without, or with, the edits."""

    waits: WaitFigures
    flow: FlowFigures
    month_runs: int
    """Runs in the coming month that start, as far as flow control lets them."""
    month_usd: Exact | None
    """Cost of the coming month, as if no budget stopped it. null: the cost of a run is unknown."""
    budget: BudgetDate | None
    """null: it has none."""


class Figure(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    """From the automation's own runs or deliveries."""
    PRIMITIVE = "primitive"
    """From runs of the same primitive that others have started."""
    MEMBERS = "members"
    """Added up from the runs of the agents that it calls, one after the other."""
    SPEC = "spec"
    """From the spec of the simulated agent."""
    GIVEN = "given"
    """From `assume` of the question."""
    ASSUMED = "assumed"
    """Nothing is known: a value is assumed, and said."""
    NONE = "none"
    """It is not needed, or unknown."""


class AutomationBasis(Contract):
    """What the figures of an automation rest on."""

    durations: Figure
    duration_runs: int
    """How many runs the durations are those of."""
    duration_p50_ms: int
    duration_p95_ms: int
    measured_from: Instant | None
    """Start of the earliest of these runs."""
    measured_to: Instant | None
    """Start of the latest of them."""
    arrivals: Figure
    """`none`: a schedule, whose due times are known."""
    deliveries: int
    """How many deliveries of the past four weeks the rates are made of."""
    deliveries_from: Instant | None
    """Since when deliveries are counted."""
    keys: Figure
    """`none`: no expression tells runs apart."""
    key_inputs: int
    """How many inputs the expressions were evaluated on."""
    costs: Figure
    cost_runs: int
    """How many runs have a known cost."""
    text: str
    """All of this in words."""


class WhatIfAutomation(Contract):
    """One automation that the edits touch, or that shares an agent, or a dependency that fires, with one."""

    automation: AutomationRef | None
    """null: a new one."""
    name: str
    edited: bool
    """Whether it is among the edits."""
    before: AutomationSide | None
    """null: a new one."""
    after: AutomationSide
    basis: AutomationBasis


class AgentSide(Contract):
    """One agent without, or with, the edits."""

    capacity: int | None
    """null: no limit."""
    calls: int
    """How often it is called by what is simulated."""
    peak: int
    """The most runs of it at once."""
    waits: WaitFigures
    """How long calls wait for a place."""


class WhatIfAgent(Contract):
    """One agent with a capacity that automations share."""

    agent: str
    """Its slug."""
    name: str
    before: AgentSide
    after: AgentSide


class LoadFigures(Contract):
    """The load of one hour without, or with, the edits."""

    starts: int
    """Due times of schedules, as in the density."""
    weighted_starts: float
    """Starts, weighted by the agent runs that a fire causes on average."""
    peak_concurrency: int
    """Maximum of runs open at the same time, estimated from mean durations; nothing waits."""
    waiting: int | None
    """Most runs of the simulated automations that wait at once. null: after the end of the simulation."""


class WhatIfHour(Contract):
    """One hour."""

    start: Instant
    """Start of the hour in the requested time zone."""
    before: LoadFigures
    after: LoadFigures


class WhatIfTotals(Contract):
    """All automations together without, or with, the edits; waits and flow of those that are simulated."""

    peak: DensityPeak | None
    """The hour with the most starts."""
    peak_concurrency: int
    """The most runs open at the same time."""
    waits: WaitFigures
    flow: FlowFigures
    longest: str | None
    """Name of the automation whose run waits the longest. null: none waits."""
    month_usd: Exact
    """Known cost of the coming month, all automations included."""
    unknown: int
    """Active automations without cost data, which are not part of it."""


class WhatIfBasis(Contract):
    """What the whole answer rests on."""

    simulated: int
    """Automations whose queues were simulated; the waits of all others do not change."""
    simulated_from: Instant
    simulated_to: Instant
    """End of the simulation; earlier than the last hour if there are too many arrivals."""
    runs: int
    """Runs whose durations were measured."""
    deliveries: int
    """Deliveries that the rates are made of."""
    measured_from: Instant | None
    """Start of the earliest run that was measured."""
    measured_to: Instant | None
    """Start of the latest one."""
    assumed: tuple[str, ...]
    """What was assumed because nothing is known, or taken as given, automation by automation."""
    notes: tuple[str, ...]
    """What the figures do not cover."""


class WhatIf(Contract):
    """The answer: what is, and what would be."""

    timezone: str
    hours: tuple[WhatIfHour, ...]
    """The coming hours, beginning with the whole current one."""
    before: WhatIfTotals
    after: WhatIfTotals
    automations: tuple[WhatIfAutomation, ...]
    """What is edited first, then what waits the longest; at most 100."""
    automations_left_out: int
    """Number of further automations that were simulated."""
    agents: tuple[WhatIfAgent, ...]
    """Agents with a capacity that the simulated automations call."""
    basis: WhatIfBasis
