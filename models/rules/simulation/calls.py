"""The calls of agents inside a run: each follows what had ended before it, so one that waits delays the rest."""

from collections.abc import Callable, Sequence
from functools import partial

from models.rules.simulation.agents import AgentPlaces
from models.rules.simulation.world import Work

CALLS, ENDS = 1, 0
At = Callable[[int, int, Callable[[int], None]], None]


class RunCalls:
    """The calls of one open run."""

    def __init__(self, work: Work, agents: Sequence[AgentPlaces], at: At, ends: Callable[[int], None]) -> None:
        self._work, self._agents, self._at, self._ends = work, agents, at, ends
        self._waiting: dict[int, int] = {}
        self._running: set[int] = set()
        self._left = len(work.calls)
        self._rest_until = 0
        self._stopped = False

    def begin(self, now: int) -> None:
        if self._work.calls:
            self._follow(0, now)
        else:
            self._at(now + self._work.lasts, ENDS, self._ends)

    def stop(self, now: int) -> None:
        """End what is under way: the run has closed."""
        self._stopped = True
        for index, number in self._waiting.items():
            self._agents[self._work.calls[index].agent].withdraw(number)
        for index in sorted(self._running):
            self._agents[self._work.calls[index].agent].release(now)

    def _follow(self, place: int, now: int) -> None:
        for index in self._work.followers[place]:
            self._at(now + self._work.calls[index].gap, CALLS, partial(self._call, index))

    def _call(self, index: int, now: int) -> None:
        if self._stopped:
            return
        number = self._agents[self._work.calls[index].agent].take(now, partial(self._started, index))
        if number is not None:
            self._waiting[index] = number

    def _started(self, index: int, now: int) -> None:
        self._waiting.pop(index, None)
        self._running.add(index)
        self._at(now + self._work.calls[index].lasts, ENDS, partial(self._ended, index))

    def _ended(self, index: int, now: int) -> None:
        if self._stopped:
            return
        self._running.discard(index)
        self._agents[self._work.calls[index].agent].release(now)
        self._left -= 1
        if index == self._work.last:
            self._rest_until = now + self._work.rest
        if self._left:
            self._follow(index + 1, now)
        else:
            self._at(max(now, self._rest_until), ENDS, self._ends)
