"""Reads everything that a what-if is computed from."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl
from models.contracts.outlook.what_if import Figure
from models.rules.admission.keys import AdmissionKeys
from models.rules.cost import this_month
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.rules.simulation.keys import key_source
from models.rules.simulation.world import SECOND
from models.rules.what_if.cases import AgentCase, Case, FiringEdge, Keys, Question, Side
from models.rules.what_if.coupling import reached
from models.states import Source
from models.store.outlook.portfolio import PortfolioCache
from models.store.outlook.run_averages import run_averages, spent_since
from models.store.what_if.cases import CaseBuilder
from models.store.what_if.inputs import latest_inputs
from models.store.what_if.openings import queues_of
from models.store.what_if.queues import open_now
from models.store.what_if.rates import arrival_rates, followed
from models.store.what_if.settings import Edit, stored_settings
from models.store.what_if.sharing import FiringDependency, SharedAgent, callers, firing_dependencies, shared_agents
from models.store.what_if.works import read_experience

HOUR = timedelta(hours=1)
MINUTE_SECONDS = 60
MOST_EVALUATED = 40
"""Automations whose expressions are evaluated on the inputs of their latest deliveries; those that are edited first."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """Expressions to be evaluated on inputs, for these sides of a case."""

    number: int
    sides: tuple[Side, ...]
    control: FlowControl
    inputs: Sequence[JsonValue]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the question, still without the keys that `key_requests` ask for."""

    question: Question
    key_requests: tuple[KeyRequest, ...]
    portfolio: Portfolio
    averages: RunAverages
    queue_left_out: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is simulated: automations by their index in the portfolio, new ones, and what they share."""

    rows: Sequence[int]
    edits: Mapping[int, Edit]
    new: Sequence[Edit]
    agents: Sequence[SharedAgent]
    callers: Mapping[UUID, frozenset[UUID]]
    edges: Sequence[FiringDependency]


async def read_question(
    session: AsyncSession,
    cache: PortfolioCache,
    portfolio: Portfolio,
    edits: Sequence[Edit],
    capacities: Mapping[UUID, int | None],
    slots: Sequence[datetime],
    tz: ZoneInfo,
    now: datetime,
) -> Reading:
    """Read the automations that the edits touch, and those that they act on.

    Args:
        session: A transaction.
        cache: Of averages and sums.
        portfolio: The one that the edits were read with.
        edits: Each automation at most once.
        capacities: Other capacities, by agent.
        slots: The start of each hour.
        tz: Zone of the hours.
        now: The simulation begins with its minute.
    """
    averages = await run_averages(session, cache, portfolio)
    chosen = await _choose(session, portfolio, edits, capacities)
    listed = [portfolio.automations[row] for row in chosen.rows]
    ids = [one.id for one in listed]
    agents = {agent.id: number for number, agent in enumerate(chosen.agents)}
    stored = await stored_settings(session, ids)
    changed = [edit.projected for edit in (*chosen.edits.values(), *chosen.new)]
    experience = await read_experience(session, [*listed, *changed], agents, chosen.callers)
    triggers = {one.id: stored[one.id].created_at for one in listed if one.source is not Source.SCHEDULE}
    fired = [edge for edge in chosen.edges if edge.child in triggers]
    build = CaseBuilder(
        portfolio=portfolio,
        averages=averages,
        stored=stored,
        experience=experience,
        rates=await arrival_rates(session, triggers, slots, tz, now),
        caused=await followed(session, fired, slots, tz, now),
        spent_usd=await spent_since(session, cache, this_month(now)[0]),
        hours=len(slots),
    )
    opened = await open_now(session, ids, list(agents))
    # Thousands of cases take a moment: keep the event loop free.
    cases = await asyncio.to_thread(build.all, chosen.rows, chosen.edits, chosen.new)
    numbers = {key: number for number, key in enumerate(ids)}
    start = int(now.timestamp()) // MINUTE_SECONDS * MINUTE_SECONDS
    question = Question(
        start=start,
        end=int((slots[-1] + HOUR).timestamp()),
        slots=tuple(int(slot.timestamp()) for slot in slots),
        resets=_months_until(now, slots[-1] + HOUR),
        cases=tuple(cases),
        agents=tuple(
            AgentCase(one.id, one.slug, one.name, one.capacity, capacities.get(one.id, one.capacity))
            for one in chosen.agents
        ),
        edges=tuple(
            FiringEdge(numbers[edge.parent], numbers[edge.child], edge.when)
            for edge in chosen.edges
            if edge.parent in numbers and edge.child in numbers
        ),
        queues=queues_of(opened, cases, numbers, agents, experience, start * SECOND),
    )
    return Reading(question, await _key_requests(session, portfolio, cases), portfolio, averages, opened.left_out)


def with_keys(question: Question, found: Mapping[tuple[int, Side], Sequence[AdmissionKeys]]) -> Question:
    """Return the question with keys that were evaluated."""
    cases = list(question.cases)
    for (number, side), values in found.items():
        setting = cases[number].setting(side)
        if setting is not None and values:
            filled = replace(setting, keys=Keys(key_source(values), Figure.MEASURED, len(values)))
            case = cases[number]
            cases[number] = replace(case, before=filled) if side is Side.BEFORE else replace(case, after=filled)
    return replace(question, cases=tuple(cases))


async def _choose(
    session: AsyncSession, portfolio: Portfolio, edits: Sequence[Edit], capacities: Mapping[UUID, int | None]
) -> _Chosen:
    shared = await shared_agents(session, capacities)
    called = await callers(session, [one.id for one in shared])
    indices, size = portfolio.indices, len(portfolio.automations)
    edges = [edge for edge in await firing_dependencies(session) if edge.parent in indices and edge.child in indices]
    by_row = {indices[edit.automation_id]: edit for edit in edits if edit.automation_id is not None}
    new = [edit for edit in edits if edit.automation_id is None]
    users: dict[UUID, set[int]] = {one.id: set() for one in shared}
    runs = [(row, one) for row, one in enumerate(portfolio.automations) if one.active]
    edited = [(row, edit.projected) for row, edit in by_row.items()]
    for row, one in [*runs, *edited, *((size + place, edit.projected) for place, edit in enumerate(new))]:
        for agent in called.get(one.primitive_id, ()):
            users[agent].add(row)
    touched = {*by_row, *range(size, size + len(new))}.union(*(users[agent] for agent in capacities))
    rows = reached(touched, [*users.values(), *((indices[edge.parent], indices[edge.child]) for edge in edges)])
    kept = [one for one in shared if users[one.id].intersection(rows)]
    return _Chosen([row for row in rows if row < size], by_row, new, kept, called, edges)


def _months_until(now: datetime, end: datetime) -> tuple[int, ...]:
    """Return the starts of the calendar months in (now, end]."""
    found, at = list[int](), now
    while (at := this_month(at)[1]) <= end:
        found.append(int(at.timestamp()))
    return tuple(found)


async def _key_requests(session: AsyncSession, portfolio: Portfolio, cases: Sequence[Case]) -> tuple[KeyRequest, ...]:
    found = list[KeyRequest]()
    asking = [(case, wanted) for case in cases if case.row is not None and (wanted := _sides_by_control(case))]
    for case, wanted in sorted(asking, key=lambda pair: not pair[0].edited)[:MOST_EVALUATED]:
        assert case.row is not None
        inputs = await latest_inputs(session, portfolio.automations[case.row].id)
        found += [KeyRequest(case.number, sides, control, inputs) for control, sides in wanted if inputs]
    return tuple(found)


def _sides_by_control(case: Case) -> list[tuple[FlowControl, tuple[Side, ...]]]:
    """Return each flow control whose expressions must be evaluated, with the sides that have it."""
    found = list[tuple[FlowControl, tuple[Side, ...]]]()
    for side in Side:
        setting = case.setting(side)
        if setting is None or setting.control is None or setting.keys.figure is not Figure.ASSUMED:
            continue
        if found and found[-1][0] == setting.control:
            found[-1] = setting.control, (*found[-1][1], side)
        else:
            found.append((setting.control, (side,)))
    return found
