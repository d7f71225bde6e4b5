"""Reads the two files that the demo is made of: what it declares, and how its past went."""

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import Field, TypeAdapter

from models.contracts.base import Contract, JsonObject

SOURCE = "podium demo"
ZONE = "America/New_York"


class Recipe(Contract):
    """How one automation's past went; history.yaml says what each field means."""

    days: int = Field(30, ge=1)
    runs: int | None = None
    per_day: float | None = None
    rate: float = Field(100, ge=0, le=100)
    failed: int | None = None
    recent_failed: int | None = None
    cancelled: int = 0
    missed: int = 0
    ended_days_ago: int = 0
    watches: bool = False
    payload: JsonObject = Field(default_factory=dict)

    def failures(self, finished: int) -> int:
        """Say how many of so many finished runs failed."""
        return self.failed if self.failed is not None else round(finished * (100 - self.rate) / 100)


@cache
def platform() -> dict[str, Any]:
    """Give the declaration, without its webhooks' secrets: nobody's are known beforehand."""
    declared: dict[str, Any] = yaml.safe_load(_text("platform.yaml"))
    return declared


@cache
def recipes() -> dict[str, Recipe]:
    """Give the recipe of every automation that has a past, by slug."""
    return TypeAdapter(dict[str, Recipe]).validate_python(yaml.safe_load(_text("history.yaml")))


def _text(name: str) -> str:
    return resources.files("demo").joinpath(name).read_text(encoding="utf-8")
