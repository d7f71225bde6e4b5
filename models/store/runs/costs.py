"""The cost of an agent's call."""

from dataclasses import dataclass
from decimal import Decimal

from models.contracts.runs.views import Tokens


@dataclass(frozen=True)
class Cost:
    """The cost of one call: the known part, and how many parts are unknown."""

    known_usd: Decimal | None
    unknown: int
    tokens: Tokens | None
    model: str | None
