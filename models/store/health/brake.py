"""The brake: where health policies would disable too many automations within an hour, no further one is disabled."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.health_policies import HealthAction
from models.rules.damping import BRAKE_WITHIN, brakes
from models.rules.health_notices import brake_notice
from models.store.governance import audit
from models.store.governance.notices import add_notice
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice

ACTOR = "health policy"
KIND = "health.brake"
PERCENT = "health_brake_percent"
"""The share that may be disabled in an hour, in the session's `info`."""
DEFAULT_PERCENT = 30
_LOCK = 7_203_411


async def is_braked(session: AsyncSession, automation: Automation, at: datetime) -> bool:
    """Return whether the locked automation must not be disabled; the first refusal of an hour is told and audited.

    Disabling is serialised by a lock, the last that its transaction takes, so that many that fail at once are counted.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    disabled, automations = await _counts(session, at - BRAKE_WITHIN)
    if not brakes(disabled, automations, session.info.get(PERCENT, DEFAULT_PERCENT)):
        return False
    told = select(Notice.id).where(Notice.kind == KIND, Notice.at > at - BRAKE_WITHIN).limit(1)
    if await session.scalar(told) is None:
        notice = brake_notice(automation.name, disabled, automations)
        await add_notice(session, KIND, notice, at)
        after = {"disabled": disabled, "automations": automations}
        await audit.record(
            session,
            actor=ACTOR,
            action=KIND,
            subject_type="platform",
            subject_id=None,
            after=after,
            reason=notice.text,
        )
    return True


async def _counts(session: AsyncSession, since: datetime) -> tuple[int, int]:
    """Return how many automations were disabled since then and still are, and how many could be, those included."""
    lately = (~Automation.is_active) & (Automation.health_triggered_at > since)
    query = select(func.count().filter(lately), func.count()).where(
        Automation.health_enabled,
        Automation.health_action == HealthAction.DISABLE,
        Automation.archived_at.is_(None),
        or_(Automation.is_active, lately),
    )
    row = (await session.execute(query)).one()
    return row[0], row[1]
