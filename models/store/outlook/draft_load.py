"""The density with and without a draft."""

from datetime import UTC, datetime

import numpy as np

from models.contracts.outlook.preview import HourAhead, PeakChange
from models.rules.projection.hours import hour_edges, start_counts
from models.rules.projection.portfolio import Portfolio, RunAverages, held_back
from models.store.outlook.density import peak_of
from models.store.outlook.drafts import Draft

DAY_HOURS = 24


def peak_change(portfolio: Portfolio, known: RunAverages, draft: Draft, hours: int, now: datetime) -> PeakChange:
    """Return the peak of the coming hours with and without the draft."""
    edges = hour_edges(now, draft.tz, hours)
    at = [datetime.fromtimestamp(edge, UTC).astimezone(draft.tz) for edge in edges[:-1].tolist()]
    window = int(edges[0]), int(edges[-1])
    starts = start_counts(portfolio, held_back(portfolio, known, *window), edges)
    before = peak_of(portfolio, starts, at)
    if draft.listed is None:
        return PeakChange(hours=hours, before=before, after=before)
    alone = Portfolio((draft.listed,))
    added = start_counts(alone, held_back(alone, draft.known, *window), edges)
    if draft.edited_index is not None:
        starts[draft.edited_index] = 0
    together = Portfolio((*portfolio.automations, draft.listed))
    return PeakChange(hours=hours, before=before, after=peak_of(together, np.vstack([starts, added]), at))


def hours_ahead(portfolio: Portfolio, known: RunAverages, draft: Draft, now: datetime) -> tuple[HourAhead, ...]:
    """Return the starts in each of the coming 24 hours, the draft's own counted separately."""
    if draft.listed is None:
        return ()
    edges = hour_edges(now, draft.tz, DAY_HOURS)
    window = int(edges[0]), int(edges[-1])
    starts = start_counts(portfolio, held_back(portfolio, known, *window), edges)
    if draft.edited_index is not None:
        starts[draft.edited_index] = 0
    alone = Portfolio((draft.listed,))
    added = start_counts(alone, held_back(alone, draft.known, *window), edges)
    return tuple(
        HourAhead(start=datetime.fromtimestamp(edge, UTC).astimezone(draft.tz), others=others, added=own)
        for edge, others, own in zip(edges[:-1].tolist(), starts.sum(axis=0).tolist(), added[0].tolist(), strict=True)
    )
