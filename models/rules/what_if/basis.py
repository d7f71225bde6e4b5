"""Says what the figures of a what-if rest on: what was measured, when and how often, and what was assumed."""

from collections.abc import Sequence
from datetime import datetime

from models.contracts.outlook.what_if import AutomationBasis, Figure
from models.kinds import KINDS
from models.rules.number_format import duration
from models.rules.what_if.cases import Case, Keys, Setting
from models.rules.what_if.samples import ASSUMED_MS, MILLISECOND
from models.states import Source

MOST_NAMED = 20
"""Automations of which it is said what was assumed; of more, only how many there are."""


def basis_of(case: Case) -> AutomationBasis:
    """Return what the figures of one automation rest on, with the edits."""
    setting = case.after
    works, costs, came = setting.works, setting.costs, case.deliveries
    lasts = [lasts // MILLISECOND for lasts in works.durations]
    return AutomationBasis(
        durations=works.figure,
        duration_runs=len(works.sample.durations_ms) if works.figure in _FROM_RUNS else 0,
        duration_p50_ms=lasts[(len(lasts) - 1) // 2],
        duration_p95_ms=lasts[-(-len(lasts) * 95 // 100) - 1],
        measured_from=works.sample.first_at,
        measured_to=works.sample.last_at,
        arrivals=came.figure,
        deliveries=came.count,
        deliveries_from=came.since,
        keys=setting.keys.figure,
        key_inputs=setting.keys.inputs,
        costs=costs.figure,
        cost_runs=costs.runs,
        text=" ".join([*_durations(setting, lasts), *_arrivals(case), *_keys(setting), *_costs(setting)]),
    )


def assumed(cases: Sequence[Case]) -> list[str]:
    """Return what was assumed or taken as given, automation by automation."""
    found = [(case.name, said) for case in cases if (said := _assumptions(case))]
    lines = [f"{name}: {', '.join(said)}" for name, said in found[:MOST_NAMED]]
    more = len(found) - MOST_NAMED
    return [*lines, f"and {more} more automations"] if more > 0 else lines


_FROM_RUNS = frozenset({Figure.MEASURED, Figure.PRIMITIVE})


def _assumptions(case: Case) -> list[str]:
    setting = case.after
    lasts = duration(setting.works.mean_ms)
    found = {
        Figure.ASSUMED: [f"{duration(ASSUMED_MS)} a run, because nothing is known of its runs"],
        Figure.MEMBERS: [f"{lasts} a run, from the runs of its agents one after the other"],
        Figure.SPEC: [f"{lasts} a run, as its simulated agent is set"],
        Figure.GIVEN: [f"{lasts} a run, as given"],
    }.get(setting.works.figure, [])
    if case.deliveries.figure is Figure.ASSUMED:
        found.append("no deliveries, because nothing is known of them")
    if case.deliveries.figure is Figure.GIVEN:
        found.append(f"{case.assume.arrivals_per_hour:,.6g} deliveries an hour, as given")
    if setting.keys.figure is Figure.ASSUMED:
        found.append("one key for all its runs, because its expressions could not be evaluated on any input")
    if setting.keys.figure is Figure.GIVEN:
        found.append(f"{case.assume.keys} different keys, as given")
    if setting.costs.figure is Figure.GIVEN:
        found.append("the cost of a run, as given")
    return found


def _durations(setting: Setting, lasts: Sequence[int]) -> list[str]:
    works = setting.works
    middle, most = duration(lasts[(len(lasts) - 1) // 2]), duration(lasts[-(-len(lasts) * 95 // 100) - 1])
    took = f"A run takes {middle}, 95 of 100 at most {most}" if middle != most else f"A run takes {middle}"
    count = len(works.sample.durations_ms)
    match works.figure:
        case Figure.MEASURED:
            return [f"{took}: its last {_many(count, 'run')}, {_days(works.sample.first_at, works.sample.last_at)}."]
        case Figure.PRIMITIVE:
            noun = KINDS[setting.projected.kind].label.lower()
            days = _days(works.sample.first_at, works.sample.last_at)
            return [f"{took}: the last {_many(count, 'run')} of the same {noun}, {days}."]
        case Figure.MEMBERS:
            return [f"{took}: assumed from the runs of its agents, one after the other."]
        case Figure.SPEC:
            return [f"{took}: as its simulated agent is set; it has not run yet."]
        case Figure.GIVEN:
            return [f"{took}, as given."]
    return [f"{took}: assumed, because nothing is known of its runs."]


def _arrivals(case: Case) -> list[str]:
    came = case.deliveries
    if case.after.projected.source is Source.SCHEDULE:
        return []
    match came.figure:
        case Figure.MEASURED:
            since = f" since {_day(came.since)}" if came.since else ""
            return [f"{_many(came.count, 'delivery', 'deliveries')}{since}, by the hour of the week."]
        case Figure.GIVEN:
            return [f"{case.assume.arrivals_per_hour:,.6g} deliveries an hour, as given."]
    return ["No deliveries: nothing is known of them."]


def _keys(setting: Setting) -> list[str]:
    keys: Keys = setting.keys
    match keys.figure:
        case Figure.MEASURED if setting.projected.source is not Source.SCHEDULE:
            return [f"Keys of the last {_many(keys.inputs, 'input')}."]
        case Figure.ASSUMED:
            return ["All its runs have the same key: there is no input to evaluate its expressions on."]
    return []


def _costs(setting: Setting) -> list[str]:
    match setting.costs.figure:
        case Figure.MEASURED:
            return [f"Cost of {_many(setting.costs.runs, 'run')}."]
        case Figure.PRIMITIVE:
            noun = KINDS[setting.projected.kind].label.lower()
            return [f"Cost of {_many(setting.costs.runs, 'run')} of the same {noun}."]
        case Figure.GIVEN:
            return ["Cost as given."]
    return ["The cost of a run is unknown."]


def _many(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _days(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "of unknown days"
    begin, end = _day(first), _day(last)
    return begin if begin == end else f"{begin} to {end}"


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%b}" if at else ""
