"""A real Temporal server for the tests of what it fires, and how many examples the property tests try."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

# CI's share; `HYPOTHESIS_PROFILE=deep` tries five times as many.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
settings.register_profile("quick", quick, max_examples=1)
settings.register_profile("deep", quick, max_examples=5)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """Start a Temporal dev server in memory, from the wheel that the embedded stack uses."""
    beside = Path(sys.executable).with_name("temporal")
    path = str(beside) if beside.exists() else shutil.which("temporal")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=path, dev_server_log_level="error"
    ) as environment:
        yield environment.client
