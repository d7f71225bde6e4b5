"""Which child run has made a run fail."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from models.contracts.runs.views import RunError

COMPARED = 200


@dataclass(frozen=True, slots=True)
class FailedChild:
    """A child run that failed; `cause` is the run that failed first: itself, or one below it."""

    cause: UUID
    error_key: int | None
    error: RunError


def to_blame(error: RunError, children: Iterable[FailedChild]) -> FailedChild | None:
    """Return the child whose error a run failed with; None if the run failed by itself.

    A run that fails because of a child has its code and, after its own words, its message, which may be cut.
    """
    for child in children:
        if child.error.type == error.type and _ends_with(error.message, child.error.message):
            return child
    return None


def _ends_with(whole: str, message: str) -> bool:
    """Return whether a text ends with a message, or with the beginning of one where it was cut."""
    place = whole.find(message[:COMPARED])
    return place >= 0 and message.startswith(whole[place:])
