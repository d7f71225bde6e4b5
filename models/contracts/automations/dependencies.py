"""Dependencies between automations, and the graph that they form."""

import uuid
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, IdOrSlug, Instant, refusal
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import FireWhen, Source

MOST_OWN = 100
"""On how many others one automation may depend."""
Note = Annotated[str, Field(max_length=1000)]


class OwnDependency(Contract):
    """What an automation depends on. Dependencies must not form a cycle."""

    depends_on: IdOrSlug
    """Id or slug of the automation that it needs."""
    fire_when: FireWhen | None = None
    """Starts a run of the automation whenever a run of the other one has `completed`, `failed` or `finished` (either).
    null: it is only known, for the impact of a change. Reruns and probes start nothing."""
    pass_payload: bool = False
    """Whether the output of the other's run is the run's input. false: the automation's own payload."""
    note: Note = ""
    """Why."""

    @model_validator(mode="after")
    def _passes_something(self) -> Self:
        if self.pass_payload and self.fire_when is None:
            raise refusal("passPayload", "only a dependency that fires passes an output on; give `fireWhen`")
        return self


class DependencyDraft(OwnDependency):
    """One automation depends on another. Dependencies must not form a cycle."""

    automation: IdOrSlug
    """Id or slug of the automation that depends on the other."""


class DependencyPatch(Contract):
    """The fields of a dependency to change."""

    fire_when: FireWhen | None = None
    """Which ends of the other's runs start a run. null: none."""
    pass_payload: bool = False
    """Whether the output of the other's run is the run's input."""
    note: Note = ""
    """Why."""


class DependencyView(Contract):
    """A dependency between two automations."""

    id: uuid.UUID
    """Id of the dependency."""
    automation: AutomationRef
    """The automation that depends on the other."""
    depends_on: AutomationRef
    """The automation that it needs."""
    fire_when: FireWhen | None
    """Which ends of the other's runs start a run. null: none."""
    pass_payload: bool
    """Whether the output of the other's run is the run's input."""
    note: str
    """Why."""
    created_at: Instant
    """When it was added."""
    created_by: str | None
    """Who added it."""


class DependencyRef(AutomationRef):
    """The automation at the other end of a dependency."""

    fire_when: FireWhen | None
    """Which ends of the needed automation's runs start a run of the one that needs it. null: none."""


class GraphNode(AutomationRef):
    """An automation or a primitive in the graph."""

    type: Literal["automation", "primitive"]
    kind: Kind
    """The kind of the primitive, or of what the automation runs."""
    source: Source | None
    """What fires the automation. null: it is a primitive."""
    is_active: bool
    """Whether it fires, or runs."""
    next_due_at: Instant | None
    """An automation's next due time. null: none is known, as for triggers."""


class GraphEdge(Contract):
    """An arrow of the graph, from what comes first to what needs it."""

    start: uuid.UUID
    """Id of the node where it begins: the automation that is needed, or what is run or called."""
    end: uuid.UUID
    """Id of the node where it ends."""
    type: Literal["dependency", "runs", "calls", "evaluates"]
    """A dependency, or structure: an automation runs a primitive, and a primitive calls or evaluates an agent."""
    fire_when: FireWhen | None
    """Of a dependency: which ends fire the automation."""
    pass_payload: bool
    """Of a dependency: whether it passes the output on."""


class DependencyGraph(Contract):
    """What depends on what: automations with dependencies, and on request what they run."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    nodes_left_out: int
    """How many nodes there are besides: a larger graph could not be read."""
