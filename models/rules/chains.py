"""What the end of one run sets off, by dependencies that fire: how long the longest chain is, and how many runs it has.

The graph has no cycles. An automation that is reached in several ways runs once for each, so a small graph can start
millions of runs: bounds are checked when a dependency is saved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.errors import LimitExceeded
from models.limits import MAX_CHAIN_LENGTH, MAX_CHAIN_RUNS
from models.states import FireWhen


@dataclass(frozen=True, slots=True)
class FiringEdge:
    """`follower` runs when a run of `first` ends as `when` says."""

    first: UUID
    follower: UUID
    when: FireWhen


@dataclass(frozen=True, slots=True)
class Chain:
    """What follows a run: the most automations in a row, and the most runs in all."""

    length: int = 0
    runs: int = 0


def chains(edges: Iterable[FiringEdge], firsts: Iterable[UUID]) -> Mapping[UUID, Chain]:
    """Return what follows a run of each of these automations, and of those after them.

    A run completes or fails: of the edges that wait for one of both, those that lead to more runs count.
    """
    after: dict[UUID, list[FiringEdge]] = {}
    for edge in edges:
        after.setdefault(edge.first, []).append(edge)
    found: dict[UUID, Chain] = {}
    for one in _followers_first(after, firsts):
        found[one] = _chain([(edge, found[edge.follower]) for edge in after.get(one, ())])
    return found


def check_chain(edges: Sequence[FiringEdge], new: FiringEdge, names: Mapping[UUID, str]) -> None:
    """Check the chains that a new edge, which is among `edges`, is a part of.

    Raises:
        LimitExceeded: a run would be followed by more than `MAX_CHAIN_LENGTH` automations in a row, or by more than
            `MAX_CHAIN_RUNS` runs.
    """
    before: dict[UUID, list[FiringEdge]] = {}
    for edge in edges:
        before.setdefault(edge.follower, []).append(edge)
    above, left = {new.first}, [new.first]
    while left:
        earlier = {edge.first for edge in before.get(left.pop(), ())} - above
        above |= earlier
        left += earlier
    found = chains(edges, above)
    for one in sorted(above, key=lambda key: names.get(key, "")):
        chain = found[one]
        if chain.length > MAX_CHAIN_LENGTH:
            raise LimitExceeded(
                f"a run of {names.get(one, one)} would be followed by {chain.length:,} automations in a row; "
                f"at most {MAX_CHAIN_LENGTH} are allowed",
                field="fireWhen",
            )
        if chain.runs > MAX_CHAIN_RUNS:
            raise LimitExceeded(
                f"a run of {names.get(one, one)} would start up to {chain.runs:,} runs by the dependencies that follow "
                f"it; at most {MAX_CHAIN_RUNS:,} are allowed",
                field="fireWhen",
                hint="An automation that is reached in several ways runs once for each.",
            )


def _chain(followers: Sequence[tuple[FiringEdge, Chain]]) -> Chain:
    runs = {
        end: sum(1 + chain.runs for edge, chain in followers if edge.when in (end, FireWhen.FINISHED))
        for end in (FireWhen.COMPLETED, FireWhen.FAILED)
    }
    return Chain(max((1 + chain.length for _, chain in followers), default=0), max(runs.values()))


def _followers_first(after: Mapping[UUID, Sequence[FiringEdge]], firsts: Iterable[UUID]) -> Iterator[UUID]:
    """Yield what is reached from `firsts`, each after all that follow it; not by recursion, which is bounded."""
    done: set[UUID] = set()
    for first in firsts:
        stack = [(first, False)]
        while stack:
            one, is_expanded = stack.pop()
            if one in done:
                continue
            if is_expanded:
                done.add(one)
                yield one
                continue
            stack.append((one, True))
            stack += [(edge.follower, False) for edge in after.get(one, ())]
