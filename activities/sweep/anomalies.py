"""The sweep's share in anomalies: it judges each hour once, some minutes after its end."""

import asyncio
from datetime import datetime

import structlog

from models.store.anomalies.hours import series_of_all
from models.store.anomalies.judging import claim_hour, hour_to_judge, judge_all, store
from runtime.database import Sessions, long_statements, transaction

log = structlog.get_logger(__name__)


async def judge_last_hour(sessions: Sessions, now: datetime) -> None:
    """Judge the last hour that has settled, unless it was judged before. A failure is logged and not tried again."""
    hour = hour_to_judge(now)
    async with transaction(sessions) as session:
        if not await claim_hour(session, hour, now):
            return
    try:
        with long_statements():
            async with transaction(sessions) as session:
                series = await series_of_all(session, hour)
        # Rules over numbers, for seconds where there are many primitives.
        found = await asyncio.to_thread(judge_all, series, hour)
        async with transaction(sessions) as session:
            new = await store(session, found, hour, now)
        for one in new:
            log.info("something is unusual", kind=one.kind, metric=one.metric, explained=one.explained)
    except Exception:
        log.exception("an hour could not be judged", hour=hour.isoformat())
