"""Whether a graph of steps has an order at all."""

from collections.abc import Collection, Mapping


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
