"""A real Temporal server, to compare what it fires with what we expect."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """Start a Temporal dev server in memory, from the wheel that the embedded stack uses."""
    beside = Path(sys.executable).with_name("temporal")
    path = str(beside) if beside.exists() else shutil.which("temporal")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=path, dev_server_log_level="error"
    ) as environment:
        yield environment.client
