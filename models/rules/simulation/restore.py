"""Puts what is open and what waits at the start into a simulation."""

from functools import partial
from typing import TYPE_CHECKING

from models.rules.simulation.draws import mixed
from models.rules.simulation.runs import SimulatedRun
from models.rules.simulation.windows import Window
from models.rules.simulation.world import OpenRun, WaitingCall, WaitingRun

if TYPE_CHECKING:
    from models.rules.simulation.engine import Engine

ENDS = 0


def restore(engine: "Engine") -> None:
    """Put in open runs, then those that wait for their agent, then those that wait for their admission."""
    for one in engine.world.open_runs:
        _open(engine, one)
    for waiting_call in engine.world.waiting_calls:
        _wait_for_agent(engine, waiting_call)
    for waiting_run in engine.world.waiting_runs:
        _wait(engine, waiting_run)
    for index, automation in enumerate(engine.world.automations):
        engine.admit_later(index)
        if automation.active_from is not None and automation.active_from > engine.world.start:
            engine.at(automation.active_from, 1, partial(engine.look, index))


def _open(engine: "Engine", one: OpenRun) -> None:
    start = engine.world.start
    if one.agent is not None:
        engine.agents[one.agent].occupy(start)
    if one.automation is None:
        if one.agent is not None:
            engine.at(max(one.ends_at, start), ENDS, engine.agents[one.agent].release)
        return
    run = _new_run(engine, one.automation, start)
    run.key, run.started_at, run.takes_place = one.key, start, one.agent is not None
    engine.queues[one.automation].open_as(run)
    _hold_schedule(engine, run, one.scheduled)
    engine.reserve(run)
    engine.at(max(one.ends_at, start), ENDS, engine.end_event(run))


def _wait_for_agent(engine: "Engine", one: WaitingCall) -> None:
    if one.automation is None:
        places = engine.agents[one.agent]
        places.wait(one.arrived_at, lambda now: engine.at(now + one.lasts, ENDS, places.release))
        return
    run = _new_run(engine, one.automation, one.arrived_at)
    run.key = one.key
    engine.queues[one.automation].open_as(run)
    engine.tallies[one.automation].calls_at_start += 1
    _hold_schedule(engine, run, one.scheduled)
    engine.wait_for_agent(run, one.agent)


def _wait(engine: "Engine", one: WaitingRun) -> None:
    start = engine.world.start
    run = _new_run(engine, one.automation, one.arrived_at)
    run.key, run.throttle_key, run.ordered_at = one.key, one.throttle_key, one.ordered_at
    run.not_before, run.start_by = one.not_before, one.start_by
    window = None if one.fold_key is None else Window(run, one.since, one.deliveries)
    engine.queues[one.automation].put_back(run, start, window, one.fold_key or "")
    engine.tallies[one.automation].waiting_at_start += 1
    engine.waiting.change(start, 1)
    _hold_schedule(engine, run, one.scheduled)


def _new_run(engine: "Engine", automation: int, arrived_at: int) -> SimulatedRun:
    """Make a run with bits of its own, by its place among those that are there at the start."""
    run = engine.new_run(automation, arrived_at, 0)
    run.bits = mixed(engine.world.automations[automation].seed, run.number)
    return run


def _hold_schedule(engine: "Engine", run: SimulatedRun, scheduled: bool) -> None:
    schedule = engine.schedules[run.automation]
    if schedule is not None and scheduled:
        schedule.open[run.number] = run
