"""The capacity of an agent: how many of its runs may be open at once, whoever calls it, as in
`models/store/admission/capacity.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from models.rules.simulation.tally import AgentTally, Level

Starts = Callable[[int], None]
"""Called with the instant at which a call gets its place."""


@dataclass(slots=True)
class AgentPlaces:
    """The places of one agent, and the calls that wait for one, in order."""

    capacity: int
    level: Level
    tally: AgentTally
    taken: int = 0
    _waiting: dict[int, tuple[int, Starts]] = field(default_factory=dict)
    _next: int = 0

    def take(self, now: int, starts: Starts) -> int | None:
        """Take a place and start; with none free, wait for one and return the number to withdraw with."""
        self.tally.calls += 1
        # Those that wait already go first.
        if self.taken + len(self._waiting) >= self.capacity:
            return self.wait(now, starts)
        self.occupy(now)
        self.tally.waits.append(0)
        starts(now)
        return None

    def wait(self, since: int, starts: Starts) -> int:
        self._next += 1
        self._waiting[self._next] = (since, starts)
        return self._next

    def withdraw(self, number: int) -> None:
        """Take out a call that waits."""
        self._waiting.pop(number, None)

    def occupy(self, now: int) -> None:
        self.taken += 1
        self.level.change(now, 1)

    def release(self, now: int) -> None:
        """Give a place back, and let in who waits for it."""
        self.taken -= 1
        self.level.change(now, -1)
        self.let_in(now)

    def let_in(self, now: int) -> None:
        while self._waiting and self.taken < self.capacity:
            since, starts = self._waiting.pop(next(iter(self._waiting)))
            self.occupy(now)
            self.tally.waits.append(now - since)
            starts(now)

    def end(self, now: int) -> None:
        """Count what still waits at the end."""
        self.tally.waiting = len(self._waiting)
        for since, _ in self._waiting.values():
            self.tally.waits.append(now - since)
        self.level.pass_to(now - 1)
