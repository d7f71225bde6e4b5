"""Tests of failures change the clock, the network and the server: each has its own browser context."""

import pytest
from playwright.async_api import BrowserContext

from tests.web.conftest import Served, sign_in


@pytest.fixture
async def context(stranger: BrowserContext, stack: Served) -> BrowserContext:
    await sign_in(stranger, stack)
    return stranger
