"""The filter options of runs, named like the API's filters; commands that take a set of runs share them."""

from typing import Annotated, Any

import typer

from commands.console.instants import milliseconds, since
from models.kinds import Kind
from models.states import RunSource, RunStatus, StatusGroup

STATUSES = ", ".join(one.value for one in (*RunStatus, *StatusGroup))
Automations = Annotated[
    list[str] | None, typer.Option("--automation", help="Only of this automation (slug or id); repeatable.")
]
Primitives = Annotated[
    list[str] | None, typer.Option("--primitive", help="Only of this primitive (slug or id); repeatable.")
]
Kinds = Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind; repeatable.")]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", help=f"Only in this status; repeatable. One of {STATUSES} (not open)."),
]
Sources = Annotated[list[RunSource] | None, typer.Option("--source", help="Only started by this; repeatable.")]
Errors = Annotated[
    list[str] | None, typer.Option("--error", help="Only with an error of this group (errorKey); repeatable.")
]
ErrorTypes = Annotated[
    list[str] | None,
    typer.Option("--error-type", help="Only with an error of this code, such as agent_timed_out; repeatable."),
]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", help="Only skipped, missed or cancelled for this reason, such as paused; repeatable."),
]
Models = Annotated[list[str] | None, typer.Option("--model", help="Only answered by this model; repeatable.")]
Simulated = Annotated[
    bool | None, typer.Option("--simulated/--no-simulated", help="Whether a simulated agent took part.")
]
Intervened = Annotated[
    bool | None, typer.Option("--intervened/--no-intervened", help="Whether somebody touched, forced or reran it.")
]
Forced = Annotated[
    bool | None, typer.Option("--forced/--no-forced", help="Whether it was fired although its automation was paused.")
]
MinDuration = Annotated[
    str | None, typer.Option("--min-duration", help="Only that took at least so long, such as 90s.")
]
MaxDuration = Annotated[str | None, typer.Option("--max-duration", help="Only that took at most so long.")]
MinCost = Annotated[str | None, typer.Option("--min-cost", help="Only that cost at least so many US dollars.")]
MaxCost = Annotated[str | None, typer.Option("--max-cost", help="Only that are known to have cost at most so many.")]
Since = Annotated[
    str | None, typer.Option("--since", help="Arrived since then: an ISO 8601 time, or how long ago, such as 2h.")
]
Until = Annotated[str | None, typer.Option("--until", help="Arrived before then.")]
Root = Annotated[str | None, typer.Option(help="Only this root run and those below it.")]
Parent = Annotated[str | None, typer.Option(help="Only the child runs of this run.")]
Delivery = Annotated[str | None, typer.Option(help="Only those that this delivery started.")]
OfBackfill = Annotated[str | None, typer.Option("--backfill", help="Only of this backfill.")]
RerunOf = Annotated[str | None, typer.Option("--rerun-of", help="Only reruns of this run.")]
Held = Annotated[bool, typer.Option("--held", help="Only those that flow control holds.")]
Roots = Annotated[bool, typer.Option("--roots", help="Without child runs.")]
Find = Annotated[
    str,
    typer.Option(
        help="The id of a run (or its beginning), a Temporal workflow or a delivery, an idempotency key, or words in "
        "the name, the error or the reason."
    ),
]


def run_filters(
    *,
    automation: Automations = None,
    primitive: Primitives = None,
    kind: Kinds = None,
    status: Statuses = None,
    source: Sources = None,
    error: Errors = None,
    error_type: ErrorTypes = None,
    reason: Reasons = None,
    model: Models = None,
    simulated: Simulated = None,
    intervened: Intervened = None,
    forced: Forced = None,
    min_duration: MinDuration = None,
    max_duration: MaxDuration = None,
    min_cost: MinCost = None,
    max_cost: MaxCost = None,
    after: Since = None,
    before: Until = None,
    root: Root = None,
    parent: Parent = None,
    delivery: Delivery = None,
    backfill: OfBackfill = None,
    rerun_of: RerunOf = None,
    held: Held = False,
    roots: Roots = False,
    find: Find = "",
) -> dict[str, Any]:
    """Return the query parameters of the filters."""
    return {
        "automation": automation or [],
        "primitive": primitive or [],
        "kind": [one.value for one in kind or ()],
        "status": status or [],
        "source": [one.value for one in source or ()],
        "error": error or [],
        "errorType": error_type or [],
        "reason": reason or [],
        "model": model or [],
        "simulated": _yes_or_no(simulated),
        "intervened": _yes_or_no(intervened),
        "forced": _yes_or_no(forced),
        "minDurationMs": milliseconds(min_duration, "--min-duration"),
        "maxDurationMs": milliseconds(max_duration, "--max-duration"),
        "minCostUsd": min_cost,
        "maxCostUsd": max_cost,
        "from": since(after, "--since"),
        "to": since(before, "--until"),
        "root": root,
        "parent": parent,
        "delivery": delivery,
        "backfill": backfill,
        "rerunOf": rerun_of,
        "held": "true" if held else None,
        "rootsOnly": "true" if roots else None,
        "q": find or None,
    }


def _yes_or_no(chosen: bool | None) -> str | None:
    return None if chosen is None else str(chosen).lower()
