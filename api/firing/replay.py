"""Who listens now to something that arrived before."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from api.firing import fire as firing
from api.firing import slack
from models.endpoints import EndpointKind, parse_endpoint
from models.errors import Conflict, NotFound
from models.rules.expressions.filters import Arrived
from models.states import Source
from models.store.automations import queries as automations
from models.store.primitives import queries as primitives
from models.store.runs import queries as runs
from models.store.runs.deliveries import Target
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery


async def listeners(session: AsyncSession, delivery: Delivery) -> tuple[int, list[Target]]:
    """Give how many automations listen to a stored delivery, and what it would run now.

    Raises:
        Conflict: what it was for is gone.
    """
    kind, name = parse_endpoint(delivery.endpoint)
    if kind is EndpointKind.RUN:
        return 1, [await _rerun(session, name, delivery)]
    if kind is EndpointKind.PRIMITIVE:
        primitive = await primitives.by_name(session, name)
        if primitive.archived_at is not None:
            raise Conflict(f"{primitive.slug} is archived")
        return 1, [Target(primitive, delivery.payload)]
    rows = await _rows(session, delivery, kind, name)
    arrived = Arrived(delivery.payload, delivery.headers, name)
    # By hand is by hand: a filter is for what arrives.
    matched = rows if delivery.source is Source.MANUAL else firing.matching(rows, arrived)
    return len(rows), [firing.target(row, delivery.payload) for row in matched]


async def _rerun(session: AsyncSession, name: str, delivery: Delivery) -> Target:
    row = await runs.by_id(session, uuid.UUID(name))
    automation = await automations.by_name(session, str(row.automation_id)) if row.automation_id else None
    if (automation and automation.archived_at) or row.primitive.archived_at:
        raise Conflict("what it ran is archived")
    forced = automation is not None and not automation.is_active
    return Target(row.primitive, delivery.payload, automation, forced=forced, rerun_of=row.id)


async def _rows(session: AsyncSession, delivery: Delivery, kind: EndpointKind, name: str) -> list[Automation]:
    try:
        match kind:
            case EndpointKind.WEBHOOK:
                return [await automations.by_webhook_path(session, name)]
            case EndpointKind.EVENT:
                return list(await automations.by_event(session, name))
            case EndpointKind.SLACK:
                payload = delivery.payload if isinstance(delivery.payload, dict) else {}
                message = slack.stored_message(name, payload)
                return slack.listening(await automations.by_slack(session), message)
            case _:
                row = await automations.by_name(session, name)
    except NotFound as error:
        raise Conflict(f"what it was for is gone: {error.detail}") from None
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived")
    return [row]
