"""What the workflows record of runs and steps, beside results, so that a page can explain them later.

Stored as JSON on the row: a run of an older version has none of it, and every reader says so.
"""

import uuid
from typing import Annotated, Literal

from pydantic import Field

from models.contracts.base import Instant, Stored
from models.contracts.workflows.pulses import CapacityChange, MemberRecord, Ranking, Standing

LONGEST_REASON = 1000


class PlannedStep(Stored):
    """What a step of a workflow was to do, by the spec that its run began with."""

    type: Literal["planned"] = "planned"
    """Always `planned`."""
    needs: tuple[str, ...] = ()
    """Keys of the steps that had to end first."""
    when: str | None = None
    """Its condition."""
    does: str = ""
    """What it does: the slug of its agent, or `POST https://...`."""
    continues: bool = False
    """Whether the run goes on where it fails."""
    seconds: float | None = None
    """How long it waits: for its timer, or for a decision."""
    items: int | None = None
    """Of a map: the number of items, known once it has started."""


class Routing(Stored):
    """Why the router of a network chose a member, or ended the run."""

    type: Literal["routing"] = "routing"
    """Always `routing`."""
    router: Literal["sequence", "rules", "agent"]
    """Type of the router."""
    because: Literal["next", "first", "rule", "no_rule", "chosen", "done", "hops"]
    """`next` in the order of the members, or their `first`; a `rule`, or `no_rule` that held; `chosen` or `done` by the
    agent; out of `hops`."""
    rule: int | None = None
    """Number of the rule, from 1."""
    when: str | None = None
    """The rule's condition."""
    reason: str | None = None
    """What the agent gave as its reason."""
    run_id: uuid.UUID | None = None
    """The run in which the agent decided."""


StepFacts = Annotated[PlannedStep | Routing, Field(discriminator="type")]


class NetworkFacts(Stored):
    """How a network's run was routed."""

    type: Literal["network"] = "network"
    """Always `network`."""
    max_hops: int
    """Most hops that it could have."""
    ended: Routing | None = None
    """Why it ended. null: it failed or was cancelled before."""


class CampaignFacts(Stored):
    """What a campaign's run was to achieve, by the spec that it began with."""

    type: Literal["campaign"] = "campaign"
    """Always `campaign`."""
    objective: str
    """Its objective."""
    min_success_rate: float
    """Percentage of tasks that had to complete."""


class PulseFacts(Stored):
    """What an evaluation found and changed."""

    type: Literal["pulse"] = "pulse"
    """Always `pulse`."""
    goal: str
    """What the members work towards."""
    since: Instant | None
    """The end of the evaluation before. null: it is the first."""
    until: Instant
    """Runs that ended until then count."""
    open_runs: int
    """Runs of members that were still open, and are left to the next evaluation."""
    members: tuple[MemberRecord, ...]
    """What each member has achieved since."""
    before: tuple[Standing, ...] | None
    """The ranking of the evaluation before. null: there is none."""
    rankings: tuple[Ranking, ...] = ()
    """The ranking; empty if it failed before."""
    changes: tuple[CapacityChange, ...] = ()
    """The capacities that it changed."""


RunFacts = Annotated[NetworkFacts | CampaignFacts | PulseFacts, Field(discriminator="type")]
