"""The five kinds of things that run, and the one table of facts that differ between them.

Outside this file and the five workflow files nothing dispatches on a kind: what differs is a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of a primitive. Our code's word for the kind `workflow` is *pipeline*."""

    AGENT = "agent"
    WORKFLOW = "workflow"
    NETWORK = "network"
    CAMPAIGN = "campaign"
    PULSE = "pulse"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """The facts about one kind.

    Attributes:
        label: The name that people read.
        plural: The word in a path: `/api/{plural}/{slug}/execute`.
        temporal_type: The Temporal workflow type of its runs; frozen, histories name it.
        signals: The signals that its runs accept.
        calls_agent: Whether a run is one call of an agent, rather than made of other runs.
        runs_members: Whether a run starts runs of the primitive's members; a pulse only evaluates them.
    """

    label: str
    plural: str
    temporal_type: str
    signals: frozenset[str] = frozenset({"pause", "resume"})
    calls_agent: bool = False
    runs_members: bool = True


def _signals(*names: str) -> frozenset[str]:
    return frozenset({"pause", "resume", *names})


KINDS: Mapping[Kind, KindFacts] = {
    Kind.AGENT: KindFacts("Agent", "agents", "agent-run", calls_agent=True),
    Kind.WORKFLOW: KindFacts("Workflow", "workflows", "workflow-run", _signals("approve", "reject")),
    Kind.NETWORK: KindFacts("Network", "networks", "network-run"),
    Kind.CAMPAIGN: KindFacts("Campaign", "campaigns", "campaign-run", _signals("add_task", "skip_task")),
    Kind.PULSE: KindFacts("Pulse", "pulses", "pulse-evaluation", _signals("evaluate_now"), runs_members=False),
}

KIND_BY_PLURAL: Mapping[str, Kind] = {facts.plural: kind for kind, facts in KINDS.items()}
