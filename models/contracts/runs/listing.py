"""Lists of runs as the API returns them."""

from models.contracts.base import Contract, SearchedPage
from models.contracts.runs.views import RunRow
from models.states import Exactness, FoundBy


class RunListed(RunRow):
    """A run in a list."""

    preview: str | None
    """The beginning of its output, in one line. null: there is none, or it is large."""


class RunPage(SearchedPage[RunListed]):
    """One page of runs, newest first, without their values."""

    found_by: FoundBy | None = None
    """What `q` was taken for. null: there is none."""


class RunCount(Contract):
    """How many runs there are."""

    count: int
    """How many."""
    exactness: Exactness
    """Whether that is all."""


class RunFacet(RunCount):
    """How many runs have a value, under all other filters."""

    value: str
    """The value, as the filter takes it."""
    label: str | None = None
    """The name of a primitive, or the template of an error. null: the value says it."""
    detail: str | None = None
    """The slug of a primitive, or the code of an error."""


class RunFacets(Contract):
    """Counts of the values that runs have, most frequent first, each under all filters but its own."""

    total: RunCount
    """Runs that match all filters."""
    status: tuple[RunFacet, ...]
    kind: tuple[RunFacet, ...]
    source: tuple[RunFacet, ...]
    primitive: tuple[RunFacet, ...]
    """The most frequent 20; `value` is the id."""
    error: tuple[RunFacet, ...]
    """Groups of errors, the most frequent 20."""
