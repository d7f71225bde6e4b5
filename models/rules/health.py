"""Success rates, and what a health policy does after a run has closed."""

from dataclasses import dataclass

from models.contracts.automations.health_policies import HealthAction
from models.rules.number_format import percent

COMPLETED, FAILED = "C", "F"
OUTCOMES_KEPT = 200
SLOWDOWNS = (None, 2, 4, 8)
HYSTERESIS = 5
"""Points above the threshold that a rate must reach to count as recovered: one that hovers at it does not flap."""


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """The health policy of one automation, and what it has done so far."""

    enabled: bool
    threshold: int
    window: int
    min_runs: int
    action: HealthAction
    triggered: bool
    slowdown: int | None
    recover_threshold: int | None = None

    @property
    def recovers_at(self) -> int:
        """The success rate in percent from which it counts as recovered."""
        return self.recover_threshold or min(self.threshold + HYSTERESIS, 100)


@dataclass(frozen=True, slots=True)
class HealthDecision:
    """The decision of a health policy.

    Attributes:
        action: What it does; None: it takes back what it did, one step of a slowdown at a time.
        rate: The unrounded percentage of `sample` runs.
        slowdown: The slowdown from now on.
    """

    action: HealthAction | None
    rate: float
    sample: int
    slowdown: int | None = None

    @property
    def reason(self) -> str:
        return f"{percent(self.rate)} of the last {self.sample} runs completed"


def success_rate(completed: int, failed: int) -> float | None:
    """Return completed / (completed + failed) in percent, unrounded; None before the first finished run."""
    finished = completed + failed
    return 100.0 * completed / finished if finished else None


def decide(policy: HealthPolicy, outcomes: str, finished_since_reset: int) -> HealthDecision | None:
    """Decide by the newest outcomes (oldest first, C or F); None means nothing to do.

    Only outcomes since the last resume, edit or step count, at most the policy's window of them, and only from its
    minimum number of runs on. An alert is raised once until the rate recovers. A slowdown doubles each time that it has
    not helped, and halves after each healthy window: full speed at once would bring the failures back at full speed.
    """
    if not policy.enabled or finished_since_reset < policy.min_runs:
        return None
    seen = outcomes[-min(policy.window, finished_since_reset) :]
    rate = success_rate(seen.count(COMPLETED), seen.count(FAILED))
    if rate is None:
        return None
    if rate >= policy.threshold:
        recovers = policy.triggered and rate >= policy.recovers_at
        return HealthDecision(None, rate, len(seen), _paced(policy.slowdown, -1)) if recovers else None
    match policy.action:
        case HealthAction.ALERT:
            return None if policy.triggered else HealthDecision(HealthAction.ALERT, rate, len(seen), policy.slowdown)
        case HealthAction.DISABLE:
            return HealthDecision(HealthAction.DISABLE, rate, len(seen), policy.slowdown)
        case HealthAction.REDUCE_FREQUENCY:
            slower = _paced(policy.slowdown, 1)
            if slower == policy.slowdown:
                return None
            return HealthDecision(HealthAction.REDUCE_FREQUENCY, rate, len(seen), slower)


def _paced(slowdown: int | None, steps: int) -> int | None:
    """Return the slowdown that is so many steps slower (or faster), within the known ones."""
    return SLOWDOWNS[min(max(SLOWDOWNS.index(slowdown) + steps, 0), len(SLOWDOWNS) - 1)]
