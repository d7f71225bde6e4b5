"""Functions that add rows with sensible defaults, as the API would."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.dependencies import DependencyView, OwnDependency
from models.contracts.primitives.specs import SPECS, AgentSpec
from models.kinds import Kind
from models.rules.specs.references import members
from models.states import RunSource, RunStatus, Source
from models.store.automations import dependencies
from models.store.budgets.changes import follow_automation
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember
from models.store.tables.runs import Run

SIMULATED = {"type": "simulated", "durationMs": 1, "costUsd": "0.01", "tokens": 10}


async def make_primitive(session: AsyncSession, kind: Kind, spec: dict[str, Any], slug: str | None = None) -> Primitive:
    """Add a primitive and its members; the agents that it names must exist."""
    parsed = SPECS[kind].model_validate(spec)
    slug = slug or f"{kind.value}-{uuid.uuid4().hex[:8]}"
    primitive = Primitive(id=fresh_id(), kind=kind, slug=slug, name=slug.title(), spec=parsed.wire())
    if isinstance(parsed, AgentSpec):
        primitive.capacity = parsed.capacity
        primitive.simulated = parsed.runner.type == "simulated"
    session.add(primitive)
    await session.flush()
    for position, member in enumerate(members(parsed)):
        query = select(Primitive.id).where(Primitive.kind == Kind.AGENT, Primitive.slug == member.agent)
        agent_id = (await session.scalars(query)).one()
        session.add(
            PrimitiveMember(
                primitive_id=primitive.id,
                agent_id=agent_id,
                role=member.role,
                weight=member.weight,
                position=position,
            )
        )
    await session.flush()
    return primitive


async def make_agent(session: AsyncSession, slug: str | None = None, **runner: Any) -> Primitive:
    """Add a simulated agent. Keywords change its runner; `capacity`, `retry` and `timeoutSeconds` the agent."""
    spec: dict[str, Any] = {
        name: runner.pop(name) for name in ("capacity", "retry", "timeoutSeconds") if name in runner
    }
    return await make_primitive(session, Kind.AGENT, {"runner": {**SIMULATED, **runner}, **spec}, slug)


async def make_automation(
    session: AsyncSession, primitive: Primitive, source: Source = Source.MANUAL, **columns: Any
) -> Automation:
    slug = f"automation-{uuid.uuid4().hex[:8]}"
    automation = Automation(
        id=fresh_id(),
        slug=slug,
        name=slug.title(),
        primitive_id=primitive.id,
        kind=primitive.kind,
        source=source,
        created_at=datetime.now(UTC),
        **columns,
    )
    session.add(automation)
    await session.flush()
    if automation.budget_usd_month is not None:
        await follow_automation(session, automation, None, datetime.now(UTC))
    return automation


async def make_dependency(
    session: AsyncSession,
    automation: Automation,
    needs: Automation,
    note: str = "",
    *,
    created_by: str | None = None,
    **fields: Any,
) -> DependencyView:
    """Let one automation depend on another; keywords say when that fires it."""
    wanted = OwnDependency(depends_on=needs.slug, note=note, **fields)
    return await dependencies.add(session, automation, needs, wanted, "ann", created_by=created_by)


async def queue_run(
    session: AsyncSession, primitive: Primitive, automation: Automation | None = None, **columns: Any
) -> Run:
    run_id = fresh_id()
    by_hand = RunSource.MANUAL if automation else RunSource.DIRECT
    source = RunSource.PARENT if columns.get("parent_run_id") else by_hand
    run = Run(
        id=run_id,
        root_run_id=run_id,
        kind=primitive.kind,
        primitive_id=primitive.id,
        automation_id=automation.id if automation else None,
        simulated=primitive.simulated,
        **{"status": RunStatus.QUEUED, "queued_at": datetime.now(UTC), "source": source, **columns},
    )
    session.add(run)
    await session.flush()
    return run
