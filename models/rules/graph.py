"""The order of a pipeline's steps: what may start now, and whether there is an order at all."""

from collections.abc import Collection, Mapping

from models.contracts.specs import PipelineSpec, StepSpec


def ready_steps(spec: PipelineSpec, done: Collection[str], started: Collection[str] = ()) -> tuple[StepSpec, ...]:
    """Give the steps that wait for nothing any more, in the order of the spec; `started` and `done` are keys."""
    return tuple(
        step
        for step in spec.steps
        if step.key not in done and step.key not in started and all(need in done for need in step.needs)
    )


def ancestors(spec: PipelineSpec, key: str) -> frozenset[str]:
    """Give the keys of all steps that a step needs, directly or through others."""
    needs = {step.key: step.needs for step in spec.steps}
    found: set[str] = set()
    left = list(needs[key])
    while left:
        need = left.pop()
        if need not in found:
            found.add(need)
            left.extend(needs[need])
    return frozenset(found)


def find_cycle(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Give the keys of one circle, its first key again at the end; empty where there is none."""
    finished: set[str] = set()
    for start in needs:
        trail: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                finished.add(trail.pop())
            elif key in trail:
                return (*trail[trail.index(key) :], key)
            elif key not in finished:
                trail.append(key)
                stack.append((key, True))
                stack.extend((need, False) for need in reversed(list(needs.get(key, ()))))
    return ()
