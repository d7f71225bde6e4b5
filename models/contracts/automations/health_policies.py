"""Health policies as people send them."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, refusal

DEFAULT_MAX_PROBE_MINUTES = 1440


class HealthAction(StrEnum):
    """The action of a health policy when the success rate falls below its threshold."""

    DISABLE = "disable"
    REDUCE_FREQUENCY = "reduce_frequency"
    ALERT = "alert"


class ProbeConfig(Contract):
    """How an automation that its health policy has disabled is tried again: by a probe, a single run.

    A schedule is probed at a due time, a trigger by its next delivery. When a probe completes, the automation is
    enabled again; when it fails, the delay doubles.
    """

    after_minutes: int = Field(ge=1, le=43_200)
    """Minutes after which it is probed first."""
    max_minutes: int = Field(DEFAULT_MAX_PROBE_MINUTES, ge=1, le=43_200)
    """Longest delay, in minutes; at least `afterMinutes`."""
    successes: int = Field(1, ge=1, le=5)
    """How many probes in a row must complete."""

    @model_validator(mode="after")
    def _delays_are_in_order(self) -> Self:
        if self.max_minutes < self.after_minutes:
            raise refusal("maxMinutes", "maxMinutes must not be less than afterMinutes")
        return self


class HealthPolicyConfig(Contract):
    """The action on an automation whose recent runs fail too often.

    When fewer than `threshold` percent of the last `window` finished runs succeeded (and at least `minRuns` finished),
    `action` is taken.
    """

    enabled: bool = False
    """Whether the policy is applied."""
    threshold: int = Field(60, ge=1, le=100)
    """Success rate in percent below which `action` is taken."""
    window: int = Field(50, ge=1, le=200)
    """How many of the latest finished runs are counted. Severity uses the same window."""
    min_runs: int = Field(10, ge=1, le=200)
    """Fewest finished runs before the policy decides; at most `window`."""
    action: HealthAction = HealthAction.DISABLE
    """`disable` pauses the automation, `reduce_frequency` makes a schedule fire less often (half as often, and again if
    that does not help; twice as often again after each healthy window), `alert` only records it."""
    recover_threshold: int | None = Field(None, ge=1, le=100)
    """Success rate in percent from which an alert or a slowdown is taken back; at least `threshold`. null: 5 more than
    `threshold`, at most 100."""
    probe: ProbeConfig | None = None
    """How it is tried again after `disable`. null: it stays disabled until somebody resumes it."""

    @model_validator(mode="after")
    def _the_window_can_fill(self) -> Self:
        if self.min_runs > self.window:
            raise refusal("minRuns", "minRuns must not be more than window, else the policy never decides")
        return self

    @model_validator(mode="after")
    def _recovery_is_not_failure(self) -> Self:
        if self.recover_threshold is not None and self.recover_threshold < self.threshold:
            raise refusal("recoverThreshold", "recoverThreshold must not be below threshold")
        return self
