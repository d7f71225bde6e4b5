"""The interface of runners.

A runner is one function `run(runner, call, context) -> AgentAnswer`. It raises `RunnerFailed` or a subclass, and adds
its cost to `context.spending` as soon as it is known, so that the cost of a failed or cancelled call is not lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

import httpx2
from pydantic import JsonValue

from activities.runners.python_pool import PythonPool
from models.contracts.base import JsonObject
from models.contracts.runs.views import Tokens
from runtime.settings import Settings


@dataclass
class Spending:
    """The cost of one call so far; requests of unknown cost are counted, not estimated."""

    cost_usd: Decimal | None = None
    unknown_costs: int = 0
    tokens: Tokens | None = None
    model: str | None = None

    def book(self, cost_usd: Decimal | None, tokens: Tokens | None = None, model: str | None = None) -> None:
        """Add the cost (None: unknown), tokens and model of one request."""
        if cost_usd is None:
            self.unknown_costs += 1
        else:
            self.cost_usd = (self.cost_usd or Decimal()) + cost_usd
        if tokens is not None:
            self.tokens = self.tokens.plus(tokens) if self.tokens else tokens
        self.model = model or self.model

    @property
    def whole_cost_usd(self) -> Decimal | None:
        """The cost; None where any part of it is unknown."""
        return None if self.unknown_costs else self.cost_usd


@dataclass(frozen=True)
class RunnerContext:
    """The resources of a runner in addition to its spec and the call."""

    agent: str
    attempt: int
    settings: Settings
    http: httpx2.AsyncClient
    reveal: Callable[[str], str]
    """Returns the plain text of an encrypted secret or of an `env:NAME` reference."""
    reveal_url: Callable[[str], str]
    """Returns a URL with the values of the `env:NAME` references in it."""
    callback_url: Callable[[], str]
    """Returns the signed address at which the agent can answer later."""
    chain: Callable[[], str]
    """Returns the signed header by which what the agent sends to Podium continues the run's chain."""
    called_back: dict[str, JsonValue] | None
    """The callback that an earlier attempt has received, as `{"body": ...}`."""
    wait_for_callback: Callable[[], Awaitable[JsonValue]]
    """Waits until the agent has called back, and returns the body."""
    python: PythonPool = field(default_factory=PythonPool)
    """Where Python functions run."""
    output_schema: JsonObject | None = None
    spending: Spending = field(default_factory=Spending)
    notes: list[str] = field(default_factory=list)
    """What reading the answer changed, such as digits of a number; None: nothing."""
