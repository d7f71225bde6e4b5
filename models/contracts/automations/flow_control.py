"""Flow control of an automation: which of its runs may start, when, and which are dropped or folded into another."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Expression, refusal

LONGEST_PERIOD_SECONDS = 7 * 86_400
MOST_IN_A_BATCH = 1000
MOST_AT_ONCE = 100_000


class SingletonMode(StrEnum):
    """What happens to a delivery while a run of the same key is open."""

    SKIP = "skip"
    CANCEL = "cancel"
    QUEUE_LATEST = "queueLatest"


class DebounceKeep(StrEnum):
    """Which of the deliveries within a debounce window the run sees."""

    LAST = "last"
    ALL = "all"


class Concurrency(Contract):
    """How many runs may be open at once. A run counts from its admission until it closes, also while it waits."""

    limit: int | None = Field(None, ge=1, le=MOST_AT_ONCE)
    """Most open runs in all. null: only `perKey` limits."""
    key: Expression | None = None
    """CEL over `payload`: runs with the same value share `perKey`."""
    per_key: int | None = Field(None, ge=1, le=MOST_AT_ONCE)
    """Most open runs of one key; at most `limit`. Requires `key`."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.limit is None and self.per_key is None:
            raise refusal("limit", "give limit, or key and perKey")
        if (self.key is None) != (self.per_key is None):
            missing = "perKey" if self.per_key is None else "key"
            raise refusal(missing, "key and perKey belong together")
        if self.limit is not None and self.per_key is not None and self.per_key > self.limit:
            raise refusal("perKey", f"perKey must not be more than limit, which is {self.limit}")
        return self


class Throttle(Contract):
    """How fast runs start: more wait. After a quiet time `burst + 1` start at once, then one each period / limit."""

    limit: int = Field(ge=1, le=MOST_AT_ONCE)
    """Starts per period."""
    period_seconds: int = Field(ge=1, le=LONGEST_PERIOD_SECONDS)
    """Length of the period in seconds."""
    burst: int = Field(0, ge=0, le=MOST_AT_ONCE)
    """How many more may start at once after a quiet time."""
    key: Expression | None = None
    """CEL over `payload`: each value has a rate of its own."""


class RateLimit(Contract):
    """How many deliveries are accepted: more are skipped. `limit` at once, then one each period / limit."""

    limit: int = Field(ge=1, le=MOST_AT_ONCE)
    """Deliveries per period."""
    period_seconds: int = Field(ge=1, le=LONGEST_PERIOD_SECONDS)
    """Length of the period in seconds."""
    key: Expression | None = None
    """CEL over `payload`: each value has a limit of its own."""


class Debounce(Contract):
    """Wait until deliveries have stopped for a while, then run once."""

    period_seconds: int = Field(ge=1, le=LONGEST_PERIOD_SECONDS)
    """How long no delivery of the same key must have come."""
    max_seconds: int | None = Field(None, ge=1, le=LONGEST_PERIOD_SECONDS)
    """Longest wait from the first delivery. null: as long as more come."""
    key: Expression | None = None
    """CEL over `payload`: each value waits on its own."""
    keep: DebounceKeep = DebounceKeep.LAST
    """`last`: the run's input is the last payload. `all`: it is `{"events": [...]}`, oldest first."""

    @model_validator(mode="after")
    def _max_is_longer(self) -> Self:
        if self.max_seconds is not None and self.max_seconds < self.period_seconds:
            raise refusal("maxSeconds", "maxSeconds must not be less than periodSeconds")
        return self


class Batch(Contract):
    """Gather deliveries into one run, whose input is `{"events": [...]}`, oldest first."""

    max_size: int = Field(ge=1, le=MOST_IN_A_BATCH)
    """With so many deliveries the run starts."""
    timeout_seconds: int = Field(ge=1, le=LONGEST_PERIOD_SECONDS)
    """So long after its first delivery the run starts in any case."""
    key: Expression | None = None
    """CEL over `payload`: each value is gathered on its own."""


class Singleton(Contract):
    """At most one open run per key."""

    mode: SingletonMode
    """While one is open, a delivery is skipped (`skip`), cancels it and runs instead (`cancel`), or waits for its end
    in place of the one that waited before (`queueLatest`)."""
    key: Expression | None = None
    """CEL over `payload`: one run for each value. null: one in all."""


class Idempotency(Contract):
    """Deliveries of which the automation runs only the first."""

    expression: Expression
    """CEL over `payload`: deliveries with the same value are duplicates."""
    ttl_seconds: int = Field(86_400, ge=1, le=30 * 86_400)
    """How long a value is remembered."""


class FlowControl(Contract):
    """Which runs may start. Each part is optional; null is no limit.

    They are applied in this order: `idempotency`, `rateLimit` and `singleton` skip; `debounce` and `batch` fold
    deliveries into one run; then runs wait for `throttle` and `concurrency`, in order of arrival and priority.
    """

    concurrency: Concurrency | None = None
    """How many runs may be open at once; more wait."""
    throttle: Throttle | None = None
    """How fast runs start; more wait."""
    rate_limit: RateLimit | None = None
    """How many deliveries are accepted; more are skipped as `rate_limited`."""
    debounce: Debounce | None = None
    """Run once after deliveries have stopped; the earlier ones are skipped as `debounced`."""
    batch: Batch | None = None
    """Gather deliveries into one run; those folded into it are skipped as `batched`."""
    priority: Expression | None = None
    """CEL over `payload` that yields seconds, at most 600 either way: a waiting run goes before those that arrived up
    to so many seconds earlier."""
    singleton: Singleton | None = None
    """At most one open run per key."""
    idempotency: Idempotency | None = None
    """Skip deliveries that repeat an earlier one, as `duplicate`."""
    max_queue: int = Field(10_000, ge=1, le=MOST_AT_ONCE)
    """Most waiting runs; more are skipped as `queue_full`."""
    max_wait_seconds: int | None = Field(None, ge=1, le=30 * 86_400)
    """A run that has waited longer is skipped as `expired`. null: it waits as long as it takes."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.debounce and self.batch:
            raise refusal("batch", "debounce and batch exclude each other: both fold deliveries into one run")
        if self.singleton and (self.batch or self.debounce):
            folds = "batch" if self.batch else "debounce"
            raise refusal("singleton", f"{folds} and singleton exclude each other: what is folded would be dropped")
        if self.singleton and self.concurrency:
            raise refusal("concurrency", "singleton is concurrency of one; give one of the two")
        return self

    @property
    def waits_for_instants(self) -> bool:
        """Whether waiting runs have instants of their own: the end of a window, or of their patience."""
        return bool(self.debounce or self.batch or self.max_wait_seconds)
