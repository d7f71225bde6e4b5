"""Puts what is open and what waits now into the terms of a simulation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.rules.simulation.draws import seed_of
from models.rules.simulation.lines import as_micros
from models.rules.simulation.world import OpenRun, WaitingCall, WaitingRun
from models.rules.what_if.cases import Case, Queues
from models.rules.what_if.openings import remaining
from models.store.what_if.queues import OpenNow, OpenRow
from models.store.what_if.works import Experience

MICROS_IN_MS = 1_000


def queues_of(
    opened: OpenNow,
    cases: Sequence[Case],
    numbers: Mapping[UUID, int],
    agents: Mapping[UUID, int],
    experience: Experience,
    start: int,
) -> Queues:
    """Return the queues at the start.

    Args:
        opened: The rows.
        cases: The automations that are simulated.
        numbers: Their numbers by id.
        agents: The numbers of the agents whose capacity counts.
        experience: What is known of runs.
        start: In microseconds since 1970.
    """
    open_runs, waiting_runs, waiting_calls = list[OpenRun](), list[WaitingRun](), list[WaitingCall]()
    for row in opened.rows:
        number = numbers.get(row.automation_id) if row.automation_id and row.is_root else None
        agent = agents.get(row.primitive_id)
        case = cases[number] if number is not None else None
        setting = case.before if case else None
        durations = (
            [lasts // MICROS_IN_MS for lasts in setting.works.durations]
            if setting
            else experience.durations_ms(row.primitive_id)
        )
        scheduled = row.due_at is not None
        if row.held_by is not None:
            if number is not None:
                waiting_runs.append(_waiting(row, number, opened))
        elif row.agent_held_at is not None:
            if agent is not None:
                lasts = durations[len(durations) // 2] * MICROS_IN_MS
                waiting_calls.append(
                    WaitingCall(agent, _at(row.queued_at), lasts, number, row.key, scheduled=scheduled)
                )
        elif number is not None or row.takes_capacity:
            elapsed = max(0, start - _at(row.started_at)) if row.started_at else 0
            ends_at = start + remaining(elapsed, durations, seed_of(row.id))
            place = agent if row.takes_capacity else None
            open_runs.append(OpenRun(number, ends_at, row.key, place, scheduled))
    used = {numbers[automation]: rates for automation, rates in opened.used.items() if automation in numbers}
    waiting_runs.sort(key=lambda run: run.ordered_at)
    return Queues(tuple(open_runs), tuple(waiting_runs), tuple(waiting_calls), used)


def _waiting(row: OpenRow, number: int, opened: OpenNow) -> WaitingRun:
    window = opened.windows.get(row.id)
    return WaitingRun(
        automation=number,
        arrived_at=_at(row.due_at or row.queued_at),
        ordered_at=_at(row.ordered_at),
        key=row.key,
        throttle_key=row.throttle_key,
        not_before=_at(row.not_before) if row.not_before else None,
        start_by=_at(row.start_by) if row.start_by else None,
        fold_key=window.key if window else None,
        since=_at(window.since) if window else 0,
        deliveries=window.deliveries if window else 1,
        scheduled=row.due_at is not None,
    )


def _at(moment: datetime) -> int:
    return as_micros(moment)
