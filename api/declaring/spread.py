"""A declared schedule that spreading has moved: the file has the time that was wanted, the row the time that it has."""

from typing import TypeVar

from models.contracts.automations.drafts import AutomationDraft
from models.errors import BadCron
from models.rules.cron.expression import parse
from models.rules.spread.places import wanted_shift
from models.store.tables.automations import Automation

Draft = TypeVar("Draft", bound=AutomationDraft)


def keep_spread(row: Automation, draft: Draft) -> tuple[Draft, tuple[str, ...]]:
    """Return the draft with the row's cron if the declared minutes still allow the move, and what to tell.

    Either way the plan names the move: nothing is moved back silently, and nothing stays moved silently.
    """
    schedule = draft.schedule
    if schedule is None or row.spread_from is None or row.cron_expr is None:
        return draft, ()
    try:
        declared = parse(schedule.cron_expr)
    except BadCron:
        return draft, ()
    if schedule.cron_expr == row.cron_expr or declared != parse(row.spread_from) or schedule.timezone != row.timezone:
        return draft, ()
    back = wanted_shift(parse(row.cron_expr), declared)
    minutes = abs(back) if back is not None else None
    moved = f"spreading moved it from {row.spread_from} to {row.cron_expr}"
    if minutes is None or minutes > draft.spread_minutes:
        return draft, (f"{moved}; applying moves it back, because spreadMinutes is {draft.spread_minutes}",)
    kept = schedule.model_copy(update={"cron_expr": row.cron_expr})
    told = f"{moved}; it stays there, because spreadMinutes allows {draft.spread_minutes} minutes"
    return draft.model_copy(update={"schedule": kept}), (told,)
