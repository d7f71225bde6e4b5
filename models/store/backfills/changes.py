"""Audit entries about backfills: of their automation if they have one, so that its activity shows them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.store.governance import audit
from models.store.tables.backfills import Backfill


async def record(
    session: AsyncSession,
    backfill: Backfill,
    verb: str,
    by: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Record what was done with a backfill, which `after` names."""
    of_automation = backfill.automation_id is not None
    await audit.record(
        session,
        actor=by,
        action=f"backfill.{verb}",
        subject_type="automation" if of_automation else "backfill",
        subject_id=backfill.automation_id or backfill.id,
        before=before,
        after={"backfill": str(backfill.id), **(after or {})},
        reason=reason or None,
    )
