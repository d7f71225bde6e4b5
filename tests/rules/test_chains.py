"""What follows a run by dependencies that fire is bounded in length and in number."""

from itertools import pairwise
from uuid import UUID

import pytest

from models.errors import LimitExceeded
from models.limits import MAX_CHAIN_LENGTH, MAX_CHAIN_RUNS
from models.rules.chains import Chain, FiringEdge, chains, check_chain
from models.states import FireWhen


def edge(first: int, follower: int, when: FireWhen = FireWhen.COMPLETED) -> FiringEdge:
    return FiringEdge(UUID(int=first), UUID(int=follower), when)


def layers(width: int, depth: int) -> list[FiringEdge]:
    """Return a graph in which everything of a layer follows everything of the layer before; 0 is the first."""
    places = [[0], *([1 + layer * width + place for place in range(width)] for layer in range(depth))]
    return [edge(one, other) for before, after in pairwise(places) for one in before for other in after]


def follows(edges: list[FiringEdge], first: int = 0) -> Chain:
    return chains(edges, [UUID(int=first)])[UUID(int=first)]


def test_an_automation_runs_once_for_each_way_that_leads_to_it() -> None:
    assert follows([]) == Chain(0, 0)
    assert follows([edge(0, 1), edge(1, 2)]) == Chain(2, 2)
    assert follows([edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3)]) == Chain(2, 4)
    assert follows(layers(3, 4)) == Chain(4, 3 + 9 + 27 + 81)
    assert follows(layers(40, 10)).runs == sum(40**layer for layer in range(1, 11)), "in no time, though astronomical"


def test_of_completed_and_failed_only_one_counts() -> None:
    edges = [edge(0, 1), edge(0, 2), edge(0, 3, FireWhen.FAILED), edge(0, 4, FireWhen.FINISHED)]
    assert follows(edges) == Chain(1, 3)


def test_a_long_chain_is_followed_without_recursion() -> None:
    assert follows([edge(place, place + 1) for place in range(5000)]) == Chain(5000, 5000)


def check(edges: list[FiringEdge], new: FiringEdge) -> None:
    check_chain(edges, new, {UUID(int=0): "first"})


def test_the_bounds_hold_for_whatever_leads_to_the_new_edge() -> None:
    row = [edge(place, place + 1) for place in range(MAX_CHAIN_LENGTH)]
    check(row, row[-1])
    longer = [*row, edge(MAX_CHAIN_LENGTH, 999)]
    with pytest.raises(LimitExceeded, match=r"a run of first would be followed by 11 automations in a row"):
        check(longer, longer[-1])
    fan = [edge(0, place) for place in range(1, MAX_CHAIN_RUNS + 1)]
    check(fan, fan[-1])
    wider = [*fan, edge(1, 99_999)]
    with pytest.raises(LimitExceeded, match=r"a run of first would start up to 1,001 runs"):
        check(wider, wider[-1])


def test_what_is_too_much_elsewhere_refuses_nothing_here() -> None:
    fan = [edge(0, place) for place in range(1, MAX_CHAIN_RUNS + 2)]
    check([*fan, edge(70_000, 70_001)], edge(70_000, 70_001))
