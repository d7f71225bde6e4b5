"""`/api/stats`: checks the stored statistics against the runs."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.deps import Admin, StateDep
from api.http.bodies import JsonRoute
from models.contracts.outlook.stats import StatsDifference, StatsReport, StatsVerification
from models.store.automations import queries as automations
from models.store.budgets.recount import recount_soon
from models.store.live_list.entries import all_ids
from models.store.stats.verification import differing, verify_locked
from runtime.database import long_statements, transaction

router = APIRouter(prefix="/api/stats", tags=["stats"], route_class=JsonRoute)

COUNTED_AT_ONCE = 200


@router.post("/verify")
async def verify(asked: StatsVerification, state: StateDep, actor: Admin) -> StatsReport:
    """Recount the runs, report differing statistics and, with `repair`, correct them; blocks no other request."""
    async with transaction(state.sessions) as session:
        if asked.automation is None:
            ids = sorted(await all_ids(session))
        else:
            ids = [(await automations.by_name(session, asked.automation)).id]
    differences: list[StatsDifference] = []
    with long_statements():
        for start in range(0, len(ids), COUNTED_AT_ONCE):
            # No transaction lasts for the whole recount: an old snapshot would keep dead rows from being vacuumed.
            async with transaction(state.sessions) as session:
                suspects = await differing(session, ids[start : start + COUNTED_AT_ONCE])
            for key in suspects:
                # One transaction per automation: each lock is held only while it is compared.
                async with transaction(state.sessions) as alone:
                    differences += await verify_locked(alone, key, repair=asked.repair, actor=actor.name)
    if asked.repair and differences:
        async with transaction(state.sessions) as session:
            await recount_soon(session, datetime.now(UTC))
    return StatsReport(checked=len(ids), differences=tuple(differences), repaired=asked.repair and bool(differences))
