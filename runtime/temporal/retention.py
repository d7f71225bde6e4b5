"""How long Temporal keeps the histories of closed workflows; asked in the background, so that nobody waits for it."""

import asyncio
import contextlib
import time
from datetime import timedelta

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from models.errors import TemporalUnavailable
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import DESCRIBE

log = structlog.get_logger(__name__)

KNOWN_SECONDS = 600.0
ASK_AGAIN_SECONDS = 10.0
"""After a question that Temporal did not answer."""


class HistoryRetention:
    """Temporal's retention of the namespace, as last heard."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: timedelta | None = None
        self._ask_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def known(self) -> timedelta | None:
        """Return what Temporal has told last; None until it has. What is too old is asked for again meanwhile."""
        if self._asking is None and time.monotonic() >= self._ask_at:
            self._asking = asyncio.create_task(self._ask())
        return self._found

    async def close(self) -> None:
        if self._asking:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> None:
        wait = ASK_AGAIN_SECONDS
        try:
            request = DescribeNamespaceRequest(namespace=self._client.namespace)
            with temporal_errors():
                answer = await self._client.workflow_service.describe_namespace(request, timeout=DESCRIBE)
            self._found = answer.config.workflow_execution_retention_ttl.ToTimedelta() or None
            wait = KNOWN_SECONDS
        except TemporalUnavailable as error:
            log.info("how long Temporal keeps histories is not known yet", reason=error.detail)
        except Exception:
            # Not allowed to ask, for one: links then have no end.
            log.exception("how long Temporal keeps histories cannot be read")
            wait = KNOWN_SECONDS
        finally:
            self._ask_at = time.monotonic() + wait
            self._asking = None
