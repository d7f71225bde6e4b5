"""The graph of dependencies: who depends on whom, how far away, and by which way."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from models.states import FireWhen

MOST_NAMED = 8
"""How many automations of a cycle its refusal names."""


class Edge(NamedTuple):
    """A dependency, by the ids of its ends."""

    automation: UUID
    depends_on: UUID
    fire_when: FireWhen | None
    passes_payload: bool = False


class Step(NamedTuple):
    """How an automation was reached: at which distance, and by which dependency."""

    distance: int
    edge: Edge


def dependents(edges: Iterable[Edge], starts: Collection[UUID]) -> Mapping[UUID, Step]:
    """Return everything that depends on one of `starts`, directly or not, nearest first.

    Where several dependencies lead to an automation by as many steps, one that fires is told before one that does not.
    """
    by_needed: dict[UUID, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_needed[edge.depends_on].append(edge)
    for found in by_needed.values():
        found.sort(key=lambda edge: edge.fire_when is None)
    steps: dict[UUID, Step] = {}
    waiting = deque((start, 0) for start in starts)
    while waiting:
        needed, distance = waiting.popleft()
        for edge in by_needed[needed]:
            if edge.automation not in steps and edge.automation not in starts:
                steps[edge.automation] = Step(distance + 1, edge)
                waiting.append((edge.automation, distance + 1))
    return steps


def cycle(edges: Iterable[Edge], automation: UUID, needs: UUID) -> Sequence[UUID] | None:
    """Return the way on which `needs` depends on `automation` already, from the one to the other; None: it does not."""
    if automation == needs:
        return [needs]
    steps = dependents(edges, {automation})
    if needs not in steps:
        return None
    way = [needs]
    while way[-1] != automation:
        way.append(steps[way[-1]].edge.depends_on)
    return way


def cycle_in_words(names: Sequence[str]) -> str:
    """Say on which way the first name depends on the last."""
    if len(names) == 1:
        return f"{names[0]} cannot depend on itself"
    if len(names) > MOST_NAMED:
        left_out = f"{len(names) - MOST_NAMED} more"
        names = [*names[: MOST_NAMED // 2], left_out, *names[-MOST_NAMED // 2 :]]
    first, *rest = names
    return f"{names[-1]} cannot depend on {first}: {first} depends on {', which depends on '.join(rest)}"
