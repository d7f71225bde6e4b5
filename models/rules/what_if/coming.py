"""What is to come on one side of a question: how much of it in each hour, and every arrival."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Counts, Instants, Mask
from models.rules.projection.counts import slot_counts
from models.rules.projection.portfolio import Portfolio
from models.rules.simulation.arrivals import deliveries, due_times, together
from models.rules.simulation.draws import Bits, Floats
from models.rules.simulation.world import HOUR, SECOND, Arrivals
from models.rules.what_if.cases import Question, Setting, Side
from models.states import Source


@dataclass(frozen=True)
class Coming:
    """The due times and the expected deliveries of one side. What is worked out once is kept."""

    question: Question
    side: Side

    @cached_property
    def _scheduled(self) -> list[tuple[int, Setting]]:
        """The schedules, with the number of their case."""
        return [
            (case.number, setting)
            for case in self.question.cases
            if (setting := case.setting(self.side)) is not None and setting.projected.source is Source.SCHEDULE
        ]

    @cached_property
    def _numbers(self) -> Instants:
        return np.array([number for number, _ in self._scheduled], dtype=np.int64)

    @cached_property
    def _portfolio(self) -> Portfolio:
        return Portfolio(tuple(setting.projected for _, setting in self._scheduled))

    @cached_property
    def _rates(self) -> Floats:
        """The deliveries expected at each case in each hour."""
        rates = np.zeros((len(self.question.cases), len(self.question.slots)))
        for case in self.question.cases:
            if case.deliveries.by_hour is not None and case.setting(self.side) is not None:
                rates[case.number] = case.deliveries.by_hour
        return rates

    @cached_property
    def _due(self) -> Counts:
        return slot_counts(self._portfolio.plan, self._edges)

    @cached_property
    def _edges(self) -> Instants:
        edges = np.array([*self.question.slots, self.question.end], dtype=np.int64)
        # The first hour has begun.
        edges[0] = self.question.start
        return edges

    @cached_property
    def _seeds(self) -> Bits:
        return np.array([case.seed for case in self.question.cases], dtype=np.uint64)

    @cached_property
    def limited(self) -> Mask:
        """Which cases have a limit that may make runs wait."""
        agents = {agent.id for agent in self.question.agents}
        settings = [case.setting(self.side) for case in self.question.cases]
        return np.array([one is not None and one.is_limited(agents) for one in settings], dtype=np.bool_)

    def expected_by_hour(self, chosen: Mask) -> Floats:
        """Return how much is expected of these cases in each hour, without listing it."""
        shares: npt.NDArray[np.float64] = np.diff(self._edges) / (HOUR // SECOND)
        expected: Floats = self._rates[chosen].sum(axis=0) * shares + self._due[chosen[self._numbers]].sum(axis=0)
        return expected

    def arrivals(self, end: int) -> Arrivals:
        """Return what arrives up to `end` (seconds since 1970).

        It is the same on both sides but for what the edits change.
        """
        question, numbers = self.question, self._numbers
        jitter = np.array([setting.jitter_seconds for _, setting in self._scheduled], dtype=np.int64)
        due = due_times(self._portfolio, question.start, end, self._seeds[numbers], jitter)
        due = Arrivals(due.at, numbers[due.automation] if due.at.size else due.automation, due.bits)
        slots = np.array(question.slots, dtype=np.int64)
        hours = slots < end
        came = deliveries(self._rates[:, hours], slots[hours], self._seeds)
        return together([due, came]).within(question.start * SECOND, end * SECOND)
