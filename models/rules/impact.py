"""What stops, or goes on without something, when automations no longer fire.

Two kinds of edges lead on: dependencies that people have declared, and structure: the agents that a spec names.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar
from uuid import UUID

from models.contracts.automations.impact import ImpactEffect
from models.kinds import KINDS, Kind
from models.rules.dependencies import Edge, Step, dependents
from models.states import FireWhen

Item = TypeVar("Item")

MOST_LINKS = 3
"""How many steps a text tells before it is cut short."""
ORDER = (
    ImpactEffect.SKIPPED,
    ImpactEffect.NOT_FIRED,
    ImpactEffect.NEEDS,
    ImpactEffect.CALLS,
    ImpactEffect.EVALUATES,
    ImpactEffect.SHARES,
)
FIRED = {
    FireWhen.COMPLETED: "is fired when {} has completed",
    FireWhen.FAILED: "is fired when {} has failed",
    FireWhen.FINISHED: "is fired when {} has finished",
}


class Use(NamedTuple):
    """A live primitive that names an agent in its spec."""

    primitive: UUID
    kind: Kind
    agent: UUID
    adjusts: bool = False
    """Whether it changes the agent's capacity."""


class Runs(NamedTuple):
    """A live automation, and what it runs."""

    automation: UUID
    primitive: UUID
    kind: Kind
    is_active: bool


@dataclass(frozen=True)
class Surroundings:
    """What surrounds the automations that stop.

    Attributes:
        edges: The dependencies below them.
        uses: Who uses the agents that they run.
        runs: Every live automation.
        names: Names of automations and primitives by id.
    """

    edges: Sequence[Edge]
    uses: Sequence[Use]
    runs: Sequence[Runs]
    names: Mapping[UUID, str]

    @cached_property
    def runs_of(self) -> Mapping[UUID, Sequence[Runs]]:
        """The automations that run a primitive."""
        return _grouped((one.primitive, one) for one in self.runs)

    @cached_property
    def users_of(self) -> Mapping[UUID, Sequence[Use]]:
        """The primitives that use an agent."""
        return _grouped((one.agent, one) for one in self.uses)


@dataclass(frozen=True, slots=True)
class Touched:
    """An automation that is touched, by which step, and in which words."""

    automation: UUID
    effect: ImpactEffect
    distance: int
    text: str

    @property
    def structural(self) -> bool:
        return self.effect not in (ImpactEffect.NOT_FIRED, ImpactEffect.NEEDS)


@dataclass(slots=True)
class Findings:
    """What was found; each automation once, by its worst effect."""

    touched: dict[UUID, Touched] = field(default_factory=dict)
    fired_by: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    """By automation that is no longer fired: whose runs would have fired it."""

    def add(self, one: Touched) -> None:
        known = self.touched.get(one.automation)
        if known is None or ORDER.index(one.effect) < ORDER.index(known.effect):
            self.touched[one.automation] = one

    def in_order(self) -> list[Touched]:
        """Return the worst and nearest first."""
        return sorted(self.touched.values(), key=lambda one: (ORDER.index(one.effect), one.distance))


def of_stopped(stopped: Set[UUID], around: Surroundings) -> Findings:
    """Return what is touched when these automations no longer fire."""
    found = Findings()
    _follow_edges(found, stopped, around)
    for agent in _called([one for one in around.runs if one.automation in stopped], around.uses):
        _share(found, agent, stopped, around)
    return found


def of_disabled(primitive: UUID, around: Surroundings) -> Findings:
    """Return what is touched when a primitive no longer runs."""
    found, name = Findings(), around.names[primitive]
    own = around.runs_of.get(primitive, ())
    for one in own:
        found.add(Touched(one.automation, ImpactEffect.SKIPPED, 1, f"runs {name}"))
    for use in around.users_of.get(primitive, ()):
        calls = KINDS[use.kind].runs_members
        effect, verb = (ImpactEffect.CALLS, "calls") if calls else (ImpactEffect.EVALUATES, "evaluates")
        for one in around.runs_of.get(use.primitive, ()):
            found.add(Touched(one.automation, effect, 2, f"runs {around.names[use.primitive]}, which {verb} {name}"))
    _follow_edges(found, {one.automation for one in own}, around)
    return found


def unadjusted(stopped: Set[UUID], around: Surroundings) -> list[tuple[UUID, str]]:
    """Return the agents whose capacity nothing adjusts any more, and in words why."""
    found: dict[UUID, str] = {}
    for use in around.uses:
        own = [one for one in around.runs_of.get(use.primitive, ()) if one.is_active]
        if use.adjusts and own and all(one.automation in stopped for one in own):
            found.setdefault(use.agent, f"keeps its capacity, which {around.names[use.primitive]} adjusts")
    return list(found.items())


def _follow_edges(found: Findings, stopped: Set[UUID], around: Surroundings) -> None:
    """Add what is no longer fired, and then what else depends on what stops."""
    firing = [edge for edge in around.edges if edge.fire_when is not None]
    silent = dependents(firing, stopped)
    found.fired_by = _grouped((edge.automation, edge.depends_on) for edge in firing if edge.automation in silent)
    for effect, steps in ((ImpactEffect.NOT_FIRED, silent), (ImpactEffect.NEEDS, dependents(around.edges, stopped))):
        for automation, step in steps.items():
            found.add(Touched(automation, effect, step.distance, _in_words(automation, steps, around.names)))


def _in_words(automation: UUID, steps: Mapping[UUID, Step], names: Mapping[UUID, str]) -> str:
    links: list[str] = []
    while automation in steps and len(links) < MOST_LINKS:
        edge = steps[automation].edge
        says = "depends on {}" if edge.fire_when is None else FIRED[edge.fire_when]
        links.append(says.format(names[edge.depends_on]))
        automation = edge.depends_on
    return ", which ".join(links) + (", and so on" if automation in steps else "")


def _called(stopped: Sequence[Runs], uses: Sequence[Use]) -> list[UUID]:
    """Return the agents that these automations run: as what they run, or as what that calls."""
    primitives = {one.primitive for one in stopped}
    own = [one.primitive for one in stopped if KINDS[one.kind].calls_agent]
    called = [use.agent for use in uses if use.primitive in primitives and KINDS[use.kind].runs_members]
    return list(dict.fromkeys(own + called))


def _share(found: Findings, agent: UUID, stopped: Set[UUID], around: Surroundings) -> None:
    """Add who else runs the agent, and the pulses that evaluate it and would see no run of it any more."""
    name, users = around.names[agent], around.users_of.get(agent, ())
    callers = [agent, *(use.primitive for use in users if KINDS[use.kind].runs_members)]
    others = [
        one
        for primitive in callers
        for one in around.runs_of.get(primitive, ())
        if one.automation not in stopped and one.is_active
    ]
    for one in others:
        by = "runs" if one.primitive == agent else f"runs {around.names[one.primitive]}, which calls"
        found.add(Touched(one.automation, ImpactEffect.SHARES, 2, f"{by} {name} too, and goes on"))
    for use in users if not others else ():
        for one in () if KINDS[use.kind].runs_members else around.runs_of.get(use.primitive, ()):
            if one.automation not in stopped:
                text = f"evaluates {name}, which no other automation runs"
                found.add(Touched(one.automation, ImpactEffect.EVALUATES, 2, text))


def _grouped(pairs: Iterable[tuple[UUID, Item]]) -> dict[UUID, list[Item]]:
    found: dict[UUID, list[Item]] = defaultdict(list)
    for key, item in pairs:
        found[key].append(item)
    return dict(found)
