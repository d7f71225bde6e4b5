"""How runs that match a filter are best read from the newest on.

PostgreSQL is not left to choose: it takes the values of a filter for independent of each other and of time, and was
measured to walk 500,000 runs, for 12 s, where the newest of each value could have been merged in 0.1 ms.
"""

from dataclasses import dataclass

ROW_IN_ENTRIES = 3
"""A run that is read takes as long as so many entries of an index."""


@dataclass(frozen=True, slots=True)
class Share:
    """Among the latest runs, how many match what an index knows of a filter."""

    matching: int
    runs: int


@dataclass(frozen=True, slots=True)
class Merge:
    """The newest of each value, merged: how many values, and how many runs can be read in one request."""

    branches: int
    most: int


def walks(share: Share, merge: Merge, wanted: int, most: int, *, is_filtered: bool) -> bool:
    """Return whether all runs are better walked, and those that do not match thrown away, than the values merged.

    Args:
        share: How many of the latest runs match.
        merge: What a merge would take.
        wanted: Runs of a page.
        most: The most that a walk may read in one request.
        is_filtered: Whether what is read has to be filtered further.
    """
    if share.matching < wanted:
        # A walk would go on into times of which nothing is known.
        return False
    walked = wanted * share.runs / share.matching
    if is_filtered:
        # Whichever looks at more of what matches.
        return most * share.matching / share.runs >= merge.most
    return walked <= most and ROW_IN_ENTRIES * walked <= merge.branches * wanted
