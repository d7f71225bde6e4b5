"""How automations are set, and what their runs have cost, as far as a what-if needs it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl
from models.contracts.outlook.what_if import Assumptions
from models.rules.admission.keys import AdmissionKeys
from models.rules.projection.portfolio import ProjectedAutomation
from models.store.ids import among
from models.store.stats.folding import count_outcomes, known_costs
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats


@dataclass(frozen=True, slots=True)
class StoredSetting:
    """How an automation is set now; `schedule_keys` are those of a schedule's runs."""

    control: FlowControl | None
    budget_usd: Decimal | None
    jitter_seconds: int
    schedule_keys: AdmissionKeys | None
    primitive_runs: bool
    created_at: datetime
    success_rate: float
    costs: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class EditedSetting:
    """How an automation would be set."""

    control: FlowControl | None
    budget_usd: Decimal | None
    jitter_seconds: int
    schedule_keys: AdmissionKeys | None
    primitive_runs: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """An automation as an edit would leave it.

    Attributes:
        automation_id: None: it is new.
        projected: It as the portfolio would list it.
        assume: What to take instead of what is measured.
        setting: How it would be set; None: as it is.
    """

    automation_id: UUID | None
    projected: ProjectedAutomation
    assume: Assumptions
    setting: EditedSetting | None = None


async def stored_settings(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, StoredSetting]:
    """Return how these automations are set."""
    row, stats = Automation, AutomationStats
    query = (
        select(
            *(row.id, row.flow_control, row.budget_usd_month, row.jitter_seconds, row.schedule_keys, row.created_at),
            *(Primitive.can_run, stats.recent_outcomes, stats.recent_costs),
        )
        .join(Primitive, Primitive.id == row.primitive_id)
        .outerjoin(stats, stats.automation_id == row.id)
        .where(among(row.id, ids))
    )
    return {
        key: StoredSetting(
            control=FlowControl.model_validate(control) if control else None,
            budget_usd=budget,
            jitter_seconds=jitter,
            schedule_keys=AdmissionKeys(**keys) if keys else None,
            primitive_runs=can_run,
            created_at=created_at,
            success_rate=_success_rate(outcomes or ""),
            costs=tuple(known_costs(costs or [])),
        )
        for key, control, budget, jitter, keys, created_at, can_run, outcomes, costs in await session.execute(query)
    }


def _success_rate(outcomes: str) -> float:
    completed, failed = count_outcomes(outcomes)
    return completed / (completed + failed) if outcomes else 1.0
