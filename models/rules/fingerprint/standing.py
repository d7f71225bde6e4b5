"""What is to be thought of a group of errors: what people have decided, and what has happened since."""

from datetime import datetime

from models.states import ErrorGroupState, GroupStanding


def standing(
    state: ErrorGroupState,
    *,
    seen_since: bool,
    ignored_until: datetime | None,
    ignored_up_to: int | None,
    total: int,
    now: datetime,
) -> GroupStanding:
    """Judge a group.

    Args:
        state: What was decided last.
        seen_since: Whether a run that started after that ended with it.
        ignored_until: Until when it is ignored; None: for ever.
        ignored_up_to: Up to how many runs, of all times, it is ignored; None: however many.
        total: Runs of all times that ended with it.
        now: This moment.
    """
    if state is ErrorGroupState.RESOLVED:
        return GroupStanding.REGRESSED if seen_since else GroupStanding.RESOLVED
    if state is ErrorGroupState.IGNORED:
        is_over = (ignored_until is not None and now >= ignored_until) or (
            ignored_up_to is not None and total > ignored_up_to
        )
        return GroupStanding.OPEN if is_over else GroupStanding.IGNORED
    return GroupStanding.OPEN
