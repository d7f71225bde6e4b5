"""Decides what a health policy does after a run has closed. Source: design section 6, "Health policy"."""

from dataclasses import dataclass

from models.contracts.automations import HealthAction

COMPLETED, FAILED = "C", "F"
OUTCOMES_KEPT = 200
SLOWDOWNS = (None, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """The policy of one automation, and what it has done so far."""

    enabled: bool
    threshold: int
    window: int
    min_runs: int
    action: HealthAction
    triggered: bool
    slowdown: int | None


@dataclass(frozen=True, slots=True)
class HealthDecision:
    """What to do: `action` None is the return to health; `rate` is a percentage, unrounded, over `sample` runs."""

    action: HealthAction | None
    rate: float
    sample: int
    slowdown: int | None = None

    @property
    def reason(self) -> str:
        """Say why, for people."""
        return f"{self.rate:.0f} % of the last {self.sample} runs completed"


def success_rate(outcomes: str) -> float:
    """Give the share of completed outcomes in percent, unrounded; `outcomes` must not be empty."""
    return 100 * outcomes.count(COMPLETED) / len(outcomes)


def decide(policy: HealthPolicy, outcomes: str, finished_since_reset: int) -> HealthDecision | None:
    """Judge the newest outcomes (oldest first, C or F); None is: nothing to do.

    Only outcomes since the last resume or edit count, at most the policy's window of them, and only from its
    minimum of runs on. An alert is given once until the rate has recovered; a slowdown doubles each time that
    it has not helped, and ends after a healthy window.
    """
    if not policy.enabled or finished_since_reset < policy.min_runs:
        return None
    seen = outcomes[-min(policy.window, finished_since_reset) :]
    rate = success_rate(seen)
    if rate >= policy.threshold:
        return HealthDecision(None, rate, len(seen)) if policy.triggered else None
    match policy.action:
        case HealthAction.ALERT:
            return None if policy.triggered else HealthDecision(HealthAction.ALERT, rate, len(seen))
        case HealthAction.DISABLE:
            return HealthDecision(HealthAction.DISABLE, rate, len(seen))
        case HealthAction.REDUCE_FREQUENCY:
            slower = SLOWDOWNS[min(SLOWDOWNS.index(policy.slowdown) + 1, len(SLOWDOWNS) - 1)]
            if slower == policy.slowdown:
                return None
            return HealthDecision(HealthAction.REDUCE_FREQUENCY, rate, len(seen), slower)
