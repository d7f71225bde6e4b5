"""What a stored delivery fires when it is replayed: the automations that listen now, by their present filters."""

import uuid
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from models.endpoints import EndpointKind, parse_endpoint
from models.errors import Conflict, NotFound
from models.states import DeliveryOutcome, Source
from models.store.automations import queries as automations
from models.store.deliveries.new_deliveries import NewDelivery
from models.store.deliveries.queries import Arrival, Target
from models.store.primitives import queries as primitives
from models.store.runs import queries as runs
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import Dependency
from runtime.firing import slack_messages
from runtime.firing.matching import evaluated, new_delivery, target
from runtime.firing.rerun import rerun_target


@dataclass(frozen=True, slots=True)
class ReplaySender:
    """Who replays a delivery, and how a repetition of that is recognised."""

    sent_by: str
    sender_id: uuid.UUID | None
    key: str | None = None
    """Its idempotency key; that of the delivery itself stays with it."""
    only: uuid.UUID | None = None
    """Fire no automation but this one."""
    replay_id: uuid.UUID | None = None
    """The replay of many deliveries that it is part of."""


async def replayed(session: AsyncSession, delivery: Delivery, given: ReplaySender) -> NewDelivery:
    """Return the replay of a delivery; it is not stored yet.

    Raises:
        Conflict: there is nothing to replay, or the delivery's endpoint is archived or gone.
        Invalid: what was sent cannot be an input any more.
    """
    refuse_empty(delivery)
    arrival = Arrival(
        delivery.source,
        delivery.endpoint,
        delivery.payload,
        delivery.body,
        delivery.headers,
        given.key,
        replay_of=delivery.id,
        replay_id=given.replay_id,
        sent_by=given.sent_by,
        sender_id=given.sender_id,
    )
    kind, name = parse_endpoint(delivery.endpoint)
    if kind is EndpointKind.RUN:
        found = await rerun_target(session, await runs.by_id(session, uuid.UUID(name)), delivery.payload)
        return await new_delivery(arrival, [found], 1)
    if kind is EndpointKind.PRIMITIVE:
        primitive = await primitives.by_name(session, name)
        if primitive.archived_at is not None:
            raise Conflict(f"{primitive.slug} is archived")
        return await new_delivery(arrival, [Target(primitive, delivery.payload)], 1)
    listeners = await _listeners(session, delivery, kind, name)
    if given.only is not None:
        listeners = [row for row in listeners if row.id == given.only]
        if not listeners:
            raise Conflict("the automation does not listen to it any more")
    if delivery.source is Source.MANUAL:
        # Filters apply to what arrives from outside, not to manual fires.
        return await new_delivery(arrival, [target(row, delivery.payload) for row in listeners], len(listeners))
    return await evaluated(arrival, listeners)


def refuse_empty(delivery: Delivery) -> None:
    """Raise `Conflict` for a delivery of which nothing is stored that could be replayed."""
    if delivery.outcome == DeliveryOutcome.REJECTED:
        raise Conflict("the delivery was unreadable, so there is nothing to replay")
    if delivery.content_deleted_at is not None:
        raise Conflict(
            "the delivery's content has expired and was deleted, so there is nothing to replay",
            hint="PODIUM_KEEP_DELIVERIES_DAYS says how long contents are kept.",
        )


async def _listeners(session: AsyncSession, delivery: Delivery, kind: EndpointKind, name: str) -> list[Automation]:
    try:
        match kind:
            case EndpointKind.WEBHOOK:
                return [await automations.by_webhook_path(session, name)]
            case EndpointKind.EVENT:
                return list(await automations.by_event(session, name))
            case EndpointKind.SLACK:
                payload = delivery.payload if isinstance(delivery.payload, dict) else {}
                message = slack_messages.stored_message(name, payload)
                return slack_messages.listeners(await automations.by_slack(session), message)
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
