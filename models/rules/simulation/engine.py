"""A discrete-event simulation of the queues: what arrives is admitted, waits, runs and ends as in Podium itself.

At one instant ends come first, then what was due to be looked at, then arrivals: a run that ends makes room for the one
that arrives. Nothing here takes time but what was measured: Temporal's and the workers' own milliseconds are left out.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count

from models.rules.admission.keys import AdmissionKeys
from models.rules.cost import expected_cost
from models.rules.simulation.agents import AgentPlaces
from models.rules.simulation.budgets import BudgetState
from models.rules.simulation.calls import RunCalls
from models.rules.simulation.draws import mixed, uniform
from models.rules.simulation.keys import keys_at
from models.rules.simulation.overlap import Due, ScheduleRuns
from models.rules.simulation.queue import AdmissionQueue
from models.rules.simulation.restore import restore
from models.rules.simulation.runs import SimulatedRun, Stage
from models.rules.simulation.tally import AgentTally, Level, Outcome, Tally
from models.rules.simulation.world import HOUR, Arrivals, UsedRates, World
from models.states import SkipReason

Event = Callable[[int], None]

ENDS, LOOKS = 0, 1
_OUTCOME_DRAW, _COST_DRAW = 1, 2


def simulate(world: World, arrivals: Arrivals, *, logs: bool = False) -> Outcome:
    """Simulate from `world.start` to `world.end`; the same input has the same outcome."""
    return Engine(world, logs=logs).run(arrivals)


class Engine:
    """The state of a simulation."""

    def __init__(self, world: World, *, logs: bool = False) -> None:
        self.world = world
        origin = world.start if world.origin is None else world.origin
        hours = max(1, -(-(world.end - origin) // HOUR))
        self.tallies = [Tally() for _ in world.automations]
        self.waiting = Level(origin, hours)
        self.agents = [AgentPlaces(one, Level(origin, hours), AgentTally()) for one in world.capacities]
        self.budgets = [BudgetState.of(one) for one in world.budgets]
        self.queues = [
            AdmissionQueue(
                one.control,
                world.used.get(index) or UsedRates(),
                cost_known=one.budget is None or one.expected_usd is not None,
            )
            for index, one in enumerate(world.automations)
        ]
        self.schedules = [ScheduleRuns(one.overlap) if one.overlap else None for one in world.automations]
        self.log: list[tuple[int, int, str]] | None = [] if logs else None
        self._arrived = [0] * len(world.automations)
        self._looks: list[int | None] = [None] * len(world.automations)
        self._events: list[tuple[int, int, int, Event]] = []
        self._order, self._numbers = count(), count()
        self._calls: dict[int, RunCalls] = {}
        self._places: dict[int, tuple[int, SimulatedRun]] = {}
        """The runs that wait for their agent, each with the number to withdraw with."""
        self._to_admit: deque[int] = deque()
        self._to_enter: deque[SimulatedRun] = deque()
        self._expected = [one.expected_usd for one in world.automations]
        restore(self)

    def run(self, arrivals: Arrivals) -> Outcome:
        times, whose, bits = arrivals.at.tolist(), arrivals.automation.tolist(), arrivals.bits.tolist()
        events, index, size = self._events, 0, len(times)
        for agent in self.agents:
            agent.let_in(self.world.start)
        self._settle(self.world.start)
        while True:
            arrives_at = times[index] if index < size else self.world.end
            if events and events[0][0] <= arrives_at:
                at, _, _, event = heappop(events)
                if at >= self.world.end:
                    break
                event(at)
            elif index < size:
                self.arrive(whose[index], arrives_at, bits[index])
                index += 1
            else:
                break
        return self._result()

    def at(self, instant: int, rank: int, event: Event) -> None:
        """Have something happen at an instant."""
        heappush(self._events, (instant, rank, next(self._order), event))

    def new_run(self, automation: int, arrived_at: int, bits: int) -> SimulatedRun:
        return SimulatedRun(next(self._numbers), automation, arrived_at, bits)

    def admit_later(self, automation: int) -> None:
        """Look at an automation's queue once what happens now is done."""
        self._to_admit.append(automation)

    def arrive(self, automation: int, now: int, bits: int) -> None:
        """Let a due time or a delivery arrive."""
        self.tallies[automation].arrivals += 1
        run = self.new_run(automation, now, bits)
        schedule = self.schedules[automation]
        if schedule is not None:
            match schedule.due(run):
                case Due.MISSED:
                    self.tallies[automation].missed += 1
                    return
                case Due.BUFFERED:
                    return
                case Due.REPLACES:
                    for other in list(schedule.open.values()):
                        self._cancel(other, now)
                    schedule.open[run.number] = run
        self._enter(run, now)
        self._settle(now)

    def _enter(self, run: SimulatedRun, now: int) -> None:
        one, queue = self.world.automations[run.automation], self.queues[run.automation]
        if one.active_from is None or now < one.active_from:
            self._skip(run, one.refused_as, now)
            return
        if queue.is_free:
            run.stage = Stage.ADMITTED
            self._note(now, run, "admitted")
            self._open(run, now)
            return
        run.keys = self._keys(run)
        arrived = queue.arrive(run, now)
        if arrived.skipped is not None:
            self._skip(run, arrived.skipped, now)
            # It may have filled a batch.
            self._to_admit.append(run.automation)
            return
        self._note(now, run, "waits")
        self.waiting.change(now, 1)
        for older in arrived.replaces:
            queue.leave(older)
            self.waiting.change(now, -1)
            self._skip(older, arrived.replaced_as, now)
        for older in arrived.cancels:
            self._cancel(older, now)
        self._to_admit.append(run.automation)

    def _keys(self, run: SimulatedRun) -> AdmissionKeys:
        self._arrived[run.automation] += 1
        return keys_at(self.world.automations[run.automation].keys, self._arrived[run.automation] - 1)

    def _settle(self, now: int) -> None:
        """Admit what may start after something has changed, then let in the due times that waited for an end."""
        while self._to_admit or self._to_enter:
            if self._to_admit:
                self._admit(self._to_admit.popleft(), now)
            else:
                self._enter(self._to_enter.popleft(), now)

    def _admit(self, automation: int, now: int) -> None:
        one, queue = self.world.automations[automation], self.queues[automation]
        if one.active_from is None or now < one.active_from:
            # What waits goes on waiting until somebody resumes it.
            return
        for run in queue.expired(now):
            self.waiting.change(now, -1)
            self._skip(run, SkipReason.EXPIRED, now)
        for run in queue.admit(now):
            self.waiting.change(now, -1)
            self._note(now, run, "admitted")
            self._open(run, now)
        planned, before = queue.look_at, self._looks[automation]
        if planned is not None and (before is None or planned < before):
            self._looks[automation] = planned
            self.at(planned, LOOKS, partial(self.look, automation))

    def look(self, automation: int, now: int) -> None:
        """Drop what has waited for too long, and admit what may start as time passes."""
        self._looks[automation] = None
        self._to_admit.append(automation)
        self._settle(now)

    def _open(self, run: SimulatedRun, now: int) -> None:
        one = self.world.automations[run.automation]
        if one.budget is not None and self.budgets[one.budget].is_over(now):
            self.queues[run.automation].leave(run)
            self._skip(run, SkipReason.OVER_BUDGET, now)
            self._to_admit.append(run.automation)
            return
        if one.agent is None:
            self._start(run, now)
            return
        number = self.agents[one.agent].take(now, partial(self._start, run))
        if number is not None:
            self._places[run.number] = (number, run)

    def wait_for_agent(self, run: SimulatedRun, agent: int) -> None:
        """Have an open run wait for its agent from the start on."""
        self._places[run.number] = (self.agents[agent].wait(run.arrived_at, partial(self._start, run)), run)

    def reserve(self, run: SimulatedRun) -> None:
        """Count an open run against its budget, at what it is expected to cost."""
        budget = self.world.automations[run.automation].budget
        if budget is not None:
            self.budgets[budget].reserve(run.number, self._expected[run.automation])

    def _start(self, run: SimulatedRun, now: int) -> None:
        one = self.world.automations[run.automation]
        self._places.pop(run.number, None)
        run.started_at = now
        tally = self.tallies[run.automation]
        tally.started += 1
        tally.waits.append(now - run.arrived_at)
        self._note(now, run, "starts")
        run.takes_place = one.agent is not None
        self.reserve(run)
        chance = uniform(run.bits)
        if one.works:
            calls = RunCalls(one.works[int(chance * len(one.works))], self.agents, self.at, partial(self._end, run))
            self._calls[run.number] = calls
            calls.begin(now)
        else:
            lasts = one.durations[int(chance * len(one.durations))]
            self.at(now + lasts, ENDS, partial(self._end, run))

    def _end(self, run: SimulatedRun, now: int) -> None:
        if run.stage is Stage.CLOSED:
            return
        one = self.world.automations[run.automation]
        self._note(now, run, "ends")
        self._close(run, now)
        self._settle(now)
        if one.followers and run.started_at is not None:
            success = uniform(mixed(run.bits, _OUTCOME_DRAW)) < one.success_rate
            for follower in one.followers:
                if follower.on_success if success else follower.on_failure:
                    seed = self.world.automations[follower.automation].seed
                    self.arrive(follower.automation, now, mixed(seed, run.bits))

    def end_event(self, run: SimulatedRun) -> Event:
        return partial(self._end, run)

    def _cancel(self, run: SimulatedRun, now: int) -> None:
        tally, queue = self.tallies[run.automation], self.queues[run.automation]
        self._note(now, run, "cancelled")
        tally.cancelled += 1
        if run.started_at is None:
            tally.cancelled_unstarted += 1
        if run.stage is Stage.WAITING:
            queue.leave(run)
            self.waiting.change(now, -1)
        self._close(run, now)

    def _close(self, run: SimulatedRun, now: int) -> None:
        one, queue = self.world.automations[run.automation], self.queues[run.automation]
        if run.stage is not Stage.CLOSED:
            queue.leave(run)
        if one.budget is not None and run.started_at is not None:
            self._pay(run, self.budgets[one.budget], run.started_at, now)
        if (calls := self._calls.pop(run.number, None)) is not None:
            calls.stop(now)
        elif one.agent is not None and run.takes_place:
            self.agents[one.agent].release(now)
        elif (place := self._places.pop(run.number, None)) is not None and one.agent is not None:
            self.agents[one.agent].withdraw(place[0])
        self._free_schedule(run)
        if queue.waiting:
            self._to_admit.append(run.automation)

    def _pay(self, run: SimulatedRun, budget: BudgetState, started_at: int, now: int) -> None:
        costs = self.world.automations[run.automation].costs
        cost = costs[int(uniform(mixed(run.bits, _COST_DRAW)) * len(costs))] if costs else None
        budget.settle(run.number, now, started_at, cost)
        if cost is not None and self._expected[run.automation] is None:
            self._expected[run.automation] = expected_cost(costs)
            self.queues[run.automation].cost_is_known()

    def _skip(self, run: SimulatedRun, reason: SkipReason, now: int) -> None:
        run.stage = Stage.CLOSED
        self.tallies[run.automation].skipped[reason] += 1
        self._note(now, run, reason.value)
        self._free_schedule(run)

    def _free_schedule(self, run: SimulatedRun) -> None:
        schedule = self.schedules[run.automation]
        following = schedule.closed(run) if schedule is not None else None
        if following is not None:
            self._to_enter.append(following)

    def _note(self, now: int, run: SimulatedRun, what: str) -> None:
        if self.log is not None:
            self.log.append((now, run.number, what))

    def _result(self) -> Outcome:
        end = self.world.end
        for index, queue in enumerate(self.queues):
            tally, schedule = self.tallies[index], self.schedules[index]
            tally.held = len(queue.waiting)
            tally.buffered = len(schedule.buffer) if schedule else 0
            late = [*queue.waiting.values(), *(schedule.buffer if schedule else ())]
            tally.waits.extend(end - run.arrived_at for run in late)
        for _, run in self._places.values():
            self.tallies[run.automation].waiting_calls += 1
            self.tallies[run.automation].waits.append(end - run.arrived_at)
        self.waiting.pass_to(end - 1)
        for agent in self.agents:
            agent.end(end)
        return Outcome(
            self.tallies,
            [agent.tally for agent in self.agents],
            self.waiting.peaks,
            [agent.level.peaks for agent in self.agents],
            self.log or [],
        )
