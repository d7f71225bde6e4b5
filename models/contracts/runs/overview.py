"""A run with all that is to say about it: with its values, or as its page shows it, bounded whatever the run is."""

from pydantic import JsonValue

from models.contracts.base import Contract, Exact, Instant
from models.contracts.runs.details import KindDetails
from models.contracts.runs.parts import CostView
from models.contracts.runs.views import RunOrigin, RunRow, RunView, StepView


class SameError(Contract):
    """Other runs that failed in the same way."""

    others: int
    """How many."""
    is_least: bool
    """Whether there may be more."""


class TemporalHistory(Contract):
    """The history of a run in Temporal."""

    url: str | None
    """Its page in Temporal's UI. null: there is none, or not any more."""
    kept_until: Instant | None
    """Until when Temporal keeps it. null: the run is open, or Temporal has not told yet."""
    is_gone: bool
    """Whether Temporal has deleted it, because the run ended too long ago."""


class RunSummary(Contract):
    """What there is to say about a run of its kind."""

    sentence: str
    """What happened, in one sentence."""
    tells_error: bool
    """Whether the sentence and the details tell all that the run's error does; else its message has more."""
    details: KindDetails
    """What a run of its kind shows."""
    signals: tuple[str, ...]
    """Signals that it takes now."""
    waited_ms: int | None
    """How long it waited: for its start, and while nothing below it worked. null: it has not started."""
    worked_ms: int | None
    """How long it worked. null: it has not started."""
    cost: CostView
    """Its cost, child runs included, as far as it is known."""
    late_cost_usd: Exact | None
    """The part of it that came from child runs which ended after the run. null: none."""
    child_runs: int
    """Its direct child runs."""
    history: TemporalHistory
    """Its history in Temporal."""
    trace_url: str | None
    """Its page in the trace viewer of `PODIUM_TRACE_URL`. null: none is set, or it has not started."""
    now: Instant
    """The server's time."""


class RunDetail(RunView, RunSummary):
    """A run with its values, its steps and its child runs, and with all that is to say about it."""

    origin: RunOrigin | None
    """What fired it. null: a child run."""
    steps: tuple[StepView, ...]
    """Its steps, as a tree."""
    children: tuple[RunView, ...]
    """Its first 500 direct child runs; `/api/runs?parent=` lists all, `/api/runs/{id}/tree` with their steps."""


class RunOverview(RunRow, RunSummary):
    """A run without its values, with all that is to say about it."""

    origin: RunOrigin | None
    """What fired it. null: a child run."""


class ValueView(Contract):
    """A value of a run: whole if it is small, else its beginning."""

    bytes: int
    """Its size as JSON text. 0: there is no value."""
    value: JsonValue
    """The value. null: there is none, or it is too large to be shown whole."""
    beginning: str | None
    """The beginning of its JSON text. null: it is shown whole."""


class RunValues(Contract):
    """Input and output of a run, as a page can show them. `/api/runs/{id}/input` and `/output` have them whole."""

    input: ValueView
    """Its input."""
    output: ValueView
    """Its output."""
