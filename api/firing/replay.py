"""Replays stored deliveries with the automations that listen now."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing import fire as firing
from api.firing import slack
from api.firing.rerun import rerun_target
from api.http.auth import Actor
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind, parse_endpoint
from models.errors import Conflict, NotFound
from models.states import Source
from models.store.automations import queries as automations
from models.store.deliveries.queries import Arrival, Outcome, Target
from models.store.primitives import queries as primitives
from models.store.runs import queries as runs
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import Dependency


async def replay(session: AsyncSession, after: AfterCommit, delivery: Delivery, actor: Actor) -> Fired:
    """Raise `Conflict` if the delivery's endpoint is archived or gone."""
    if delivery.outcome == Outcome.REJECTED:
        raise Conflict("the delivery was unreadable, so there is nothing to replay")
    if delivery.content_deleted_at is not None:
        raise Conflict(
            "the delivery's content has expired and was deleted, so there is nothing to replay",
            hint="PODIUM_KEEP_DELIVERIES_DAYS says how long contents are kept.",
        )
    arrival = Arrival(
        delivery.source,
        delivery.endpoint,
        delivery.payload,
        delivery.body,
        delivery.headers,
        replay_of=delivery.id,
        sent_by=actor.name,
        sender_id=actor.key_id,
    )
    kind, name = parse_endpoint(delivery.endpoint)
    if kind is EndpointKind.RUN:
        target = await rerun_target(session, await runs.by_id(session, uuid.UUID(name)), delivery.payload)
        return await firing.fire(session, after, arrival, [target], candidates=1)
    if kind is EndpointKind.PRIMITIVE:
        primitive = await primitives.by_name(session, name)
        if primitive.archived_at is not None:
            raise Conflict(f"{primitive.slug} is archived")
        return await firing.fire(session, after, arrival, [Target(primitive, delivery.payload)], candidates=1)
    listeners = await _listeners(session, delivery, kind, name)
    if delivery.source is Source.MANUAL:
        # Filters apply to what arrives from outside, not to manual fires.
        targets = [firing.target(row, delivery.payload) for row in listeners]
        return await firing.fire(session, after, arrival, targets, candidates=len(listeners))
    return await firing.deliver(session, after, arrival, listeners)


async def _listeners(session: AsyncSession, delivery: Delivery, kind: EndpointKind, name: str) -> list[Automation]:
    try:
        match kind:
            case EndpointKind.WEBHOOK:
                return [await automations.by_webhook_path(session, name)]
            case EndpointKind.EVENT:
                return list(await automations.by_event(session, name))
            case EndpointKind.SLACK:
                payload = delivery.payload if isinstance(delivery.payload, dict) else {}
                message = slack.stored_message(name, payload)
                return slack.listeners(await automations.by_slack(session), message)
            case EndpointKind.DEPENDENCY:
                edge = await session.get(Dependency, uuid.UUID(name))
                if edge is None:
                    raise NotFound("the dependency is gone")
                row = await automations.by_name(session, str(edge.automation_id))
            case _:
                row = await automations.by_name(session, name)
    except NotFound as error:
        raise Conflict(f"its endpoint no longer exists: {error.detail}") from None
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived")
    return [row]
