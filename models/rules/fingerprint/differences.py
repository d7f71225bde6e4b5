"""What sets the runs of a group apart: values that are much more frequent among them than among all other runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.contracts.runs.errors import Difference
from models.rules.number_format import percent

FEWEST = 5
"""Runs of the group below which nothing is said."""
SMALLEST = 20.0
"""Percentage points by which a share must differ to be worth a sentence."""
MOST = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs by the values of one field: those of the group, and all of the span that have the field."""

    field: str
    group: Mapping[str, int]
    all: Mapping[str, int]
    """The group's runs are among them."""
    names: Mapping[str, str]
    """A value in words, such as "of Scout" or "started by a schedule"."""


def differences(fields: list[Compared]) -> tuple[Difference, ...]:
    """Return the values whose share differs most, the largest difference first: at most one a field, and five."""
    found = [one for field in fields if (one := _largest(field)) is not None]
    return tuple(sorted(found, key=lambda one: one.share_elsewhere - one.share)[:MOST])


def _largest(compared: Compared) -> Difference | None:
    inside = sum(compared.group.values())
    # Runs are counted a moment after the group's were read: none may be missing.
    elsewhere = {value: max(count - compared.group.get(value, 0), 0) for value, count in compared.all.items()}
    outside = sum(elsewhere.values())
    if inside < FEWEST or outside < FEWEST:
        return None
    value, count = max(compared.group.items(), key=lambda one: one[1] / inside - elsewhere.get(one[0], 0) / outside)
    share, other = 100 * count / inside, 100 * elsewhere.get(value, 0) / outside
    if share - other < SMALLEST:
        return None
    name = compared.names.get(value, value)
    text = f"{percent(share)} of them are {name}; of other runs {percent(other)}"
    return Difference(field=compared.field, value=value, text=text, share=share, share_elsewhere=other)
