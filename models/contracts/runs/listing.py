"""Lists of runs as the API returns them."""

from models.contracts.base import SearchedPage
from models.contracts.runs.views import RunRow
from models.states import FoundBy


class RunListed(RunRow):
    """A run in a list."""

    preview: str | None
    """The beginning of its output, in one line. null: there is none, or it is large."""


class RunPage(SearchedPage[RunListed]):
    """One page of runs, newest first, without their values."""

    found_by: FoundBy | None = None
    """What `q` was taken for. null: there is none."""
