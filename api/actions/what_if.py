"""Answers what a set of edits would change. Nothing is saved.

Everything is read in one transaction; expressions are evaluated and queues simulated after it, so that no connection is
held meanwhile.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.actions.what_if_edits import (
    read_additions,
    read_capacities,
    read_changes,
    read_moves,
    refuse_doubles,
)
from api.lists.live_filters import read_zone
from api.state import State
from models.contracts.outlook.what_if import WhatIf, WhatIfRequest
from models.rules.admission.keys import AdmissionKeys
from models.rules.projection.hours import hour_edges
from models.rules.what_if.cases import Side
from models.store.outlook.portfolio import current_portfolio
from models.store.outlook.run_averages import trailing_starts
from models.store.what_if.answer import answer
from models.store.what_if.question import KeyRequest, read_question, with_keys
from models.store.what_if.queues import MOST_OPEN
from runtime.expressions.evaluation import admission_keys
from runtime.simulating import simulate_both

EVALUATION_SECONDS = 4.0
"""For the expressions of all automations together; what is left is simulated with the keys that are known by then."""


async def ask(session: AsyncSession, state: State, wanted: WhatIfRequest) -> WhatIf:
    """Return the load, waits, cost and budget dates without and with the edits.

    Raises:
        Invalid: an edit is not valid; the field says which.
        LimitExceeded: there is too much to simulate.
        NotFound: there is no such plan of spreading.
        PlanOutdated: a schedule has changed since that plan was made.
    """
    tz, now = read_zone(wanted.tz), datetime.now(UTC)
    portfolio = await current_portfolio(session, state.portfolios)
    changes = await read_changes(session, portfolio, wanted.changes)
    moves = await read_moves(session, portfolio, wanted.spread_plan) if wanted.spread_plan else []
    refuse_doubles(changes, moves)
    edits = [*changes, *moves, *await read_additions(session, wanted.additions)]
    capacities = await read_capacities(session, wanted.capacities)
    slots = [datetime.fromtimestamp(edge, tz) for edge in hour_edges(now, tz, wanted.hours)[:-1].tolist()]
    found = await read_question(session, state.portfolios, portfolio, edits, capacities, slots, tz, now)
    trailing = await trailing_starts(session, state.portfolios, found.portfolio, now)
    await session.commit()
    keys, notes = await _evaluated(found.key_requests)
    question = with_keys(found.question, keys)
    if found.queue_left_out:
        notes.append(f"The simulation starts with the oldest {MOST_OPEN:,} open and waiting runs; there are more.")
    async with state.simulating:
        outcomes, end = await simulate_both(question)
    return await asyncio.to_thread(
        answer, question, found.portfolio, found.averages, trailing, outcomes, end, tz, now, notes
    )


async def _evaluated(
    requests: Sequence[KeyRequest],
) -> tuple[dict[tuple[int, Side], list[AdmissionKeys]], list[str]]:
    """Evaluate expressions one after the other, so that filters of deliveries that arrive meanwhile come between."""
    deadline = time.monotonic() + EVALUATION_SECONDS
    found: dict[tuple[int, Side], list[AdmissionKeys]] = {}
    for request in requests:
        keys = list[AdmissionKeys]()
        for given in request.inputs:
            if time.monotonic() > deadline:
                return found, ["Evaluating the expressions of flow control took too long; some keys are assumed."]
            keys.append(await admission_keys(request.control, given))
        found |= {(request.number, side): keys for side in request.sides}
    return found, []
