"""What every runner is given and gives back.

A runner is one function `run(runner, call, context) -> AgentAnswer`. It raises `RunnerFailed` or one of its kinds,
and books what it spent as soon as it knows it, so that a failed or cancelled call's cost is not lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

import httpx2
from pydantic import JsonValue

from models.contracts.base import JsonObject
from models.contracts.runs import Tokens
from runtime.settings import Settings


@dataclass
class Spending:
    """What one call has cost so far; a cost that nobody can know is counted, not guessed."""

    cost_usd: Decimal | None = None
    unknown_costs: int = 0
    tokens: Tokens | None = None
    model: str | None = None

    def book(self, cost_usd: Decimal | None, tokens: Tokens | None = None, model: str | None = None) -> None:
        """Add one request's cost (None: unknown), tokens and the model that answered it."""
        if cost_usd is None:
            self.unknown_costs += 1
        else:
            self.cost_usd = (self.cost_usd or Decimal()) + cost_usd
        if tokens is not None:
            self.tokens = self.tokens.plus(tokens) if self.tokens else tokens
        self.model = model or self.model

    @property
    def whole_cost_usd(self) -> Decimal | None:
        """The cost where all of it is known, else None."""
        return None if self.unknown_costs else self.cost_usd


@dataclass(frozen=True)
class RunnerContext:
    """What a runner may use beside its own spec and the call."""

    agent: str
    attempt: int
    settings: Settings
    http: httpx2.AsyncClient
    reveal: Callable[[str], str]
    """Gives the clear text of a sealed secret or of an `env:NAME` reference."""
    callback_url: Callable[[], str]
    """Gives the signed address at which the run's agent may answer later."""
    called_back: dict[str, JsonValue] | None
    """What an earlier try's call brought back, as `{"body": ...}`."""
    wait_for_callback: Callable[[], Awaitable[JsonValue]]
    """Waits until the agent has called back, and gives what it said."""
    output_schema: JsonObject | None = None
    spending: Spending = field(default_factory=Spending)
