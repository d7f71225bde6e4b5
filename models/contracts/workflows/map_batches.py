"""Arguments and results of the Temporal workflow that runs a batch of a large map."""

from pydantic import JsonValue

from models.contracts.base import Stored
from models.contracts.primitives.pipelines import StepSpec
from models.contracts.workflows.lifecycle import OpenedRun, StepChange


class MapBatchRequest(Stored):
    """Consecutive items of one map step of a run."""

    run: OpenedRun
    """The pipeline's run, without input and spec."""
    step: StepSpec
    change: StepChange
    """The map step as it is stored while it runs."""
    items: tuple[JsonValue, ...]
    first: int
    """Index of the first item in the whole list."""
    variables: dict[str, JsonValue]
    """`input` and `steps` for the step's `input` expression; empty where it has none."""
    slots: int
    """Maximum concurrent items."""


class MapBatchResult(Stored):
    """The outputs of the items, in order; null for one that failed."""

    outputs: tuple[JsonValue, ...]
    failed: int
