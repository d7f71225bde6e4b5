"""Which automations an edit can make wait: those that share an agent's places, or a dependency that fires, with it."""

from collections.abc import Iterable, Sequence


def reached(touched: Iterable[int], links: Sequence[Iterable[int]]) -> list[int]:
    """Return what can be reached from the touched ones, themselves included, in ascending order.

    Args:
        touched: Numbers of automations.
        links: Groups of automations that act on each other.
    """
    groups = [tuple(link) for link in links]
    of: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        for one in group:
            of.setdefault(one, []).append(number)
    found = set(touched)
    to_visit, visited = list(found), set[int]()
    while to_visit:
        for number in of.get(to_visit.pop(), ()):
            if number in visited:
                continue
            visited.add(number)
            more = set(groups[number]) - found
            found |= more
            to_visit += more
    return sorted(found)
