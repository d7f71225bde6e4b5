"""Deletes stored values that no Temporal history refers to any more."""

from datetime import datetime, timedelta

import structlog
from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from models.errors import PodiumError
from models.store.payloads import PRUNED_AT_ONCE, prunable_before, prune_payloads
from runtime.database import Sessions, transaction
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import DESCRIBE

log = structlog.get_logger(__name__)

MARGIN = timedelta(days=2)
"""Temporal deletes a history some time after its retention; a person may reset a run until then."""
STEPS_PER_PASS = 10


async def prune_stored_payloads(sessions: Sessions, client: Client, now: datetime) -> int:
    """Delete stored payloads older than Temporal's retention in small steps; return how many.

    What cannot be done now is done by a later pass: an error here never stops the sweep.
    """
    pruned = 0
    try:
        horizon = now - await _retention(client) - MARGIN
        async with transaction(sessions) as session:
            before = await prunable_before(session, horizon)
        for _ in range(STEPS_PER_PASS):
            activity.heartbeat()
            async with transaction(sessions) as session:
                found = await prune_payloads(session, before)
            pruned += found
            if found < PRUNED_AT_ONCE:
                break
    except PodiumError as error:
        log.warning("stored payloads were not pruned", reason=error.detail)
    return pruned


async def _retention(client: Client) -> timedelta:
    """Return how long Temporal keeps the history of a closed workflow."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    with temporal_errors():
        found = await client.workflow_service.describe_namespace(request, timeout=DESCRIBE)
    return found.config.workflow_execution_retention_ttl.ToTimedelta()
