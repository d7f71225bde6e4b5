"""The graph of dependencies: distances, and cycles said in words."""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models.rules.dependencies import Edge, cycle, cycle_in_words, dependents
from models.states import FireWhen
from tests.rules.properties import examples

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def on(child: UUID, parent: UUID, fire_when: FireWhen | None = None) -> Edge:
    return Edge(child, parent, fire_when)


def test_each_dependent_is_found_once_by_the_shortest_way_and_the_one_that_fires() -> None:
    edges = [on(B, A), on(C, B), on(D, C), on(D, A), on(C, A), on(C, A, FireWhen.FAILED)]
    found = dependents(edges, {A})
    assert {key: step.distance for key, step in found.items()} == {B: 1, C: 1, D: 1}
    assert found[C].edge.fire_when is FireWhen.FAILED
    assert dependents(edges, {A, B}).keys() == {C, D}, "what is asked about is not its own dependent"
    assert dependents([*edges, on(A, D)], {A}).keys() == {B, C, D}, "a cycle ends"


def test_a_cycle_is_the_way_from_what_is_needed_back_to_the_automation() -> None:
    edges = [on(B, A), on(C, B), on(D, C)]
    assert cycle(edges, A, D) == [D, C, B, A]
    assert cycle(edges, A, A) == [A]
    assert cycle(edges, D, A) is None


def test_a_cycle_is_said_in_words_and_cut_short() -> None:
    assert cycle_in_words(["a"]) == "a cannot depend on itself"
    assert cycle_in_words(["b", "a"]) == "a cannot depend on b: b depends on a"
    assert cycle_in_words(["c", "b", "a"]) == "a cannot depend on c: c depends on b, which depends on a"
    long = cycle_in_words([str(number) for number in range(1000)])
    assert long.startswith("999 cannot depend on 0: 0 depends on 1, which depends on 2")
    assert "which depends on 992 more" in long
    assert len(long) < 300


@examples(30)
@given(st.permutations(range(8)), st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_edges_are_refused_exactly_if_they_close_a_cycle(order: Sequence[int], pairs: set[tuple[int, int]]) -> None:
    """Edges are added one by one; against the definition: a graph without cycles has an order."""
    edges: list[Edge] = []
    for one, other in sorted(pairs, key=lambda pair: order[pair[0]]):
        child, parent = UUID(int=one), UUID(int=other)
        way = cycle(edges, child, parent)
        assert (way is not None) == (not _has_order([*edges, on(child, parent)]))
        if way is None:
            edges.append(on(child, parent))
        elif child != parent:
            assert (way[0], way[-1]) == (parent, child)
            assert all(any(edge[:2] == pair for edge in edges) for pair in pairwise(way))


def _has_order(edges: Sequence[Edge]) -> bool:
    left = {one for edge in edges for one in edge[:2]}
    while left:
        free = {one for one in left if not any(edge.automation == one and edge.depends_on in left for edge in edges)}
        if not free:
            return False
        left -= free
    return True
