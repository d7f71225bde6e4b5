"""Puts the answer to a what-if together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from models.contracts.automations.flow_control import DebounceKeep, FlowControl
from models.contracts.outlook.what_if import (
    AgentSide,
    AutomationSide,
    Figure,
    LoadFigures,
    WhatIf,
    WhatIfAgent,
    WhatIfAutomation,
    WhatIfBasis,
    WhatIfHour,
    WhatIfTotals,
)
from models.contracts.runs.views import AutomationRef
from models.rules.arrays import Instants
from models.rules.projection.hours import Slots, fill_slots
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.rules.simulation.tally import Outcome
from models.rules.what_if.basis import assumed, basis_of
from models.rules.what_if.cases import AgentCase, Case, Question, Side
from models.rules.what_if.figures import flow_of, longest_wait, started_share, wait_figures, waits_of
from models.rules.what_if.monthly import MonthFigures, budget_dates, month_figures, trailing_with, with_edits
from models.rules.what_if.projected import as_on
from models.store.outlook.density import peak_of

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class _SideFigures:
    portfolio: Portfolio
    averages: RunAverages
    slots: Slots
    outcome: Outcome
    trailing: Mapping[UUID, int]
    shares: Mapping[int, float]
    month: MonthFigures


def answer(
    question: Question,
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    outcomes: Mapping[Side, Outcome],
    simulated_to: int,
    tz: ZoneInfo,
    now: datetime,
    notes: Sequence[str],
) -> WhatIf:
    """Return the answer.

    Args:
        question: What was asked.
        portfolio: All automations as they are.
        averages: Their runs.
        trailing: How often triggers have run within 30 days.
        outcomes: The simulation of both sides.
        simulated_to: Its end, in seconds since 1970.
        tz: Zone of the hours.
        now: Where the coming month begins.
        notes: What the figures do not cover.
    """
    edges = np.array([*question.slots, question.end], dtype=np.int64)
    shares = _shares(question.cases, outcomes)
    before = _before(question, portfolio, averages, trailing, edges, outcomes[Side.BEFORE], now)
    after = _after(question, before, portfolio, averages, trailing, edges, outcomes[Side.AFTER], shares, now)
    sides = {Side.BEFORE: before, Side.AFTER: after}
    at = [datetime.fromtimestamp(slot, UTC).astimezone(tz) for slot in question.slots]
    shown = sorted(
        question.cases, key=lambda case: (not case.edited, -longest_wait(after.outcome.automations[case.number]))
    )[:MOST_SHOWN]
    figures = {side: _automation_sides(shown, side, one, now) for side, one in sides.items()}
    return WhatIf(
        timezone=tz.key,
        hours=tuple(
            WhatIfHour(start=start, before=_load(before, place), after=_load(after, place))
            for place, start in enumerate(at)
        ),
        before=_totals(question.cases, before, at),
        after=_totals(question.cases, after, at),
        automations=tuple(
            WhatIfAutomation(
                automation=_ref(portfolio, case),
                name=case.name,
                edited=case.edited,
                before=figures[Side.BEFORE].get(case.number),
                after=figures[Side.AFTER][case.number],
                basis=basis_of(case),
            )
            for case in shown
        ),
        automations_left_out=len(question.cases) - len(shown),
        agents=tuple(
            WhatIfAgent(
                agent=agent.slug,
                name=agent.name,
                before=_agent(number, agent, Side.BEFORE, before.outcome),
                after=_agent(number, agent, Side.AFTER, after.outcome),
            )
            for number, agent in enumerate(question.agents)
        ),
        basis=_basis(question, simulated_to, tz, notes),
    )


def _shares(cases: Sequence[Case], outcomes: Mapping[Side, Outcome]) -> dict[int, float]:
    """Return, for each case whose edit changes it, which share of the runs that start now starts with the edits."""
    found = {}
    for case in cases:
        before, after = (started_share(outcomes[side].automations[case.number]) for side in Side)
        if after is not None and after != before:
            found[case.number] = after / before if before else after
    return found


def _before(
    question: Question,
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    edges: Instants,
    outcome: Outcome,
    now: datetime,
) -> _SideFigures:
    listed, known = as_on(Side.BEFORE, portfolio, averages, question.cases)
    rates = trailing_with(trailing, question.cases, Side.BEFORE)
    month = month_figures(listed, known, rates, question.cases, now)
    return _SideFigures(listed, known, _slots(listed, known, edges), outcome, rates, {}, month)


def _after(
    question: Question,
    before: _SideFigures,
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    edges: Instants,
    outcome: Outcome,
    shares: Mapping[int, float],
    now: datetime,
) -> _SideFigures:
    listed, known = as_on(Side.AFTER, portfolio, averages, question.cases)
    rates = trailing_with(trailing, question.cases, Side.AFTER)
    month = with_edits(before.month, listed, known, rates, question.cases, shares, now)
    same = listed is before.portfolio and known is before.averages
    slots = before.slots if same else _slots(listed, known, edges)
    return _SideFigures(listed, known, slots, outcome, rates, shares, month)


def _slots(portfolio: Portfolio, averages: RunAverages, edges: Instants) -> Slots:
    return fill_slots(portfolio, averages, np.ones(len(portfolio.automations), dtype=np.bool_), edges)


def _automation_sides(
    cases: Sequence[Case], side: Side, figures: _SideFigures, now: datetime
) -> dict[int, AutomationSide]:
    dates = budget_dates(figures.portfolio, figures.averages, figures.trailing, cases, side, figures.shares, now)
    found = {}
    for case in cases:
        if case.setting(side) is None:
            continue
        tally = figures.outcome.automations[case.number]
        found[case.number] = AutomationSide(
            waits=waits_of([tally]),
            flow=flow_of([tally]),
            month_runs=figures.month.runs[case.number],
            month_usd=figures.month.usd[case.number],
            budget=dates.get(case.number),
        )
    return found


def _totals(cases: Sequence[Case], figures: _SideFigures, at: Sequence[datetime]) -> WhatIfTotals:
    tallies = figures.outcome.automations
    longest = max(cases, key=lambda case: longest_wait(tallies[case.number]), default=None)
    return WhatIfTotals(
        peak=peak_of(figures.portfolio, figures.slots.starts, at),
        peak_concurrency=max(figures.slots.concurrency, default=0),
        waits=waits_of(tallies),
        flow=flow_of(tallies),
        longest=longest.name if longest and longest_wait(tallies[longest.number]) else None,
        month_usd=figures.month.total_usd,
        unknown=figures.month.unknown,
    )


def _load(figures: _SideFigures, place: int) -> LoadFigures:
    waiting = figures.outcome.waiting
    return LoadFigures(
        starts=int(figures.slots.starts[:, place].sum()),
        weighted_starts=round(float(figures.slots.weighted[place]), 2),
        peak_concurrency=figures.slots.concurrency[place],
        waiting=waiting[place] if place < len(waiting) else None,
    )


def _agent(number: int, agent: AgentCase, side: Side, outcome: Outcome) -> AgentSide:
    tally = outcome.agents[number]
    return AgentSide(
        capacity=agent.capacity(side),
        calls=tally.calls,
        peak=max(outcome.used[number], default=0),
        waits=wait_figures([tally.waits], tally.waiting),
    )


def _ref(portfolio: Portfolio, case: Case) -> AutomationRef | None:
    if case.row is None:
        return None
    one = portfolio.automations[case.row]
    return AutomationRef(id=one.id, slug=one.slug, name=one.name)


def _basis(question: Question, simulated_to: int, tz: ZoneInfo, notes: Sequence[str]) -> WhatIfBasis:
    # Runs of one primitive that stand for those of several automations count once.
    samples = {id(case.after.works.sample): case.after.works for case in question.cases}
    counted = [one for one in samples.values() if one.figure in (Figure.MEASURED, Figure.PRIMITIVE)]
    firsts = [one.sample.first_at for one in counted if one.sample.first_at]
    lasts = [one.sample.last_at for one in counted if one.sample.last_at]
    until = datetime.fromtimestamp(simulated_to, UTC).astimezone(tz)
    told = [*notes]
    if simulated_to < question.end:
        told.append(f"Waits are simulated up to {until:%a %H:%M} only: there are too many arrivals.")
    if any(_begins_to_gather(case) for case in question.cases):
        told.append(
            "A run that stands for several deliveries is taken to last and to cost as much as for a single one."
        )
    return WhatIfBasis(
        simulated=len(question.cases),
        simulated_from=datetime.fromtimestamp(question.start, UTC).astimezone(tz),
        simulated_to=until,
        runs=sum(len(one.sample.durations_ms) for one in counted),
        deliveries=sum(case.deliveries.count for case in question.cases),
        measured_from=min(firsts, default=None),
        measured_to=max(lasts, default=None),
        assumed=tuple(assumed(question.cases)),
        notes=tuple(told),
    )


def _begins_to_gather(case: Case) -> bool:
    return _gathers(case.after.control) and not (case.before and _gathers(case.before.control))


def _gathers(control: FlowControl | None) -> bool:
    if control is None:
        return False
    return control.batch is not None or (control.debounce is not None and control.debounce.keep is DebounceKeep.ALL)
