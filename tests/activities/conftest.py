from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.database import Sessions
from runtime.settings import Settings
from tests.activities.calls import Caller, caller


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Return settings on the test's database; the activities need no Temporal server."""
    return Settings(home=tmp_path / "home", database_url=database)


@pytest.fixture
async def agents(sessions: Sessions, settings: Settings) -> AsyncIterator[Caller]:
    async with caller(sessions, settings) as given:
        yield given
