"""The graph of dependencies as it is drawn: automations, and on request the primitives and agents that they run."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.dependencies import DependencyGraph, GraphEdge, GraphNode
from models.kinds import KINDS
from models.rules.dependencies import Edge, dependents
from models.rules.projection.next_fire import next_fires
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.store.automations.dependency_graph import all_edges
from models.store.ids import among
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.tables.primitives import Primitive, PrimitiveMember

MOST_NODES = 300


async def dependency_graph(
    session: AsyncSession, cache: PortfolioCache, automation_id: UUID | None, now: datetime, *, structure: bool
) -> DependencyGraph:
    """Return what depends on what: around one automation, or everything that has a dependency.

    With `structure` what they run is added, and without an automation those that have no dependency as well.
    """
    portfolio = await current_portfolio(session, cache)
    edges = await all_edges(session)
    wanted = _chosen(portfolio, edges, automation_id, structure=structure)
    drawn = set(wanted[:MOST_NODES])
    automations = [one for one in portfolio.automations if one.id in drawn]
    nodes, arrows = _automations(portfolio, automations, now), _dependencies(edges)
    left_out = max(len(wanted) - MOST_NODES, 0)
    if structure:
        below, lines = await _structure(session, automations)
        room = MOST_NODES - len(nodes)
        left_out += max(len(below) - room, 0)
        nodes, arrows = [*nodes, *below[:room]], [*arrows, *lines]
    shown = {node.id for node in nodes}
    kept = tuple(arrow for arrow in arrows if arrow.start in shown and arrow.end in shown)
    return DependencyGraph(nodes=tuple(nodes), edges=kept, nodes_left_out=left_out)


def _chosen(portfolio: Portfolio, edges: Sequence[Edge], automation_id: UUID | None, *, structure: bool) -> list[UUID]:
    """Return the automations to draw, those with the most dependencies first."""
    if automation_id is not None:
        backwards = [Edge(edge.depends_on, edge.automation, edge.fire_when) for edge in edges]
        around = [*dependents(backwards, {automation_id}), *dependents(edges, {automation_id})]
        return [automation_id, *dict.fromkeys(around)]
    degree = Counter(end for edge in edges for end in (edge.automation, edge.depends_on))
    found = [one.id for one in portfolio.automations if structure or one.id in degree]
    return sorted(found, key=lambda one: -degree[one])


def _automations(portfolio: Portfolio, chosen: Sequence[ProjectedAutomation], now: datetime) -> list[GraphNode]:
    due = dict(zip((one.id for one in portfolio.automations), next_fires(portfolio.plan, now), strict=True))
    return [
        GraphNode(
            type="automation",
            id=one.id,
            slug=one.slug,
            name=one.name,
            kind=one.kind,
            source=one.source,
            is_active=one.active,
            next_due_at=due[one.id],
        )
        for one in chosen
    ]


def _dependencies(edges: Sequence[Edge]) -> list[GraphEdge]:
    return [
        GraphEdge(
            type="dependency",
            start=edge.depends_on,
            end=edge.automation,
            fire_when=edge.fire_when,
            pass_payload=edge.passes_payload,
        )
        for edge in edges
    ]


async def _structure(
    session: AsyncSession, automations: Sequence[ProjectedAutomation]
) -> tuple[list[GraphNode], list[GraphEdge]]:
    """Return what the automations run, and the agents that this calls or evaluates."""
    run = {one.primitive_id for one in automations}
    query = (
        select(PrimitiveMember.primitive_id, Primitive.kind, PrimitiveMember.agent_id)
        .join(Primitive, Primitive.id == PrimitiveMember.primitive_id)
        .where(among(PrimitiveMember.primitive_id, run))
        .distinct()
    )
    uses = (await session.execute(query)).all()
    named = select(Primitive).where(among(Primitive.id, run | {agent for _, _, agent in uses}))
    nodes = [
        GraphNode(
            type="primitive",
            id=row.id,
            slug=row.slug,
            name=row.name,
            kind=row.kind,
            source=None,
            is_active=row.can_run,
            next_due_at=None,
        )
        for row in await session.scalars(named.order_by(Primitive.name, Primitive.id))
    ]
    runs = [_line(one.primitive_id, one.id, "runs") for one in automations]
    members = [
        _line(agent, primitive, "calls" if KINDS[kind].runs_members else "evaluates") for primitive, kind, agent in uses
    ]
    return nodes, runs + members


def _line(start: UUID, end: UUID, type_: Literal["runs", "calls", "evaluates"]) -> GraphEdge:
    return GraphEdge(type=type_, start=start, end=end, fire_when=None, pass_payload=False)
