"""Reads the demo's two files: its declaration, and a description of its past runs."""

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import Field, TypeAdapter

from models.contracts.base import Contract, JsonObject

PROJECT = "podium demo"
ZONE = "America/New_York"


class Recipe(Contract):
    """How one automation's past runs went; history.yaml explains each field."""

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
        return self.failed if self.failed is not None else round(finished * (100 - self.rate) / 100)


@cache
def platform() -> dict[str, Any]:
    """Return the declaration, without webhook secrets: those are generated."""
    declared: dict[str, Any] = yaml.safe_load(_text("platform.yaml"))
    return declared


@cache
def recipes() -> dict[str, Recipe]:
    """Return the recipes of all automations with past runs, by slug."""
    return TypeAdapter(dict[str, Recipe]).validate_python(yaml.safe_load(_text("history.yaml")))


def _text(name: str) -> str:
    return resources.files("demo").joinpath(name).read_text(encoding="utf-8")


def waiting_deliveries() -> list[dict[str, Any]]:
    """Return the events that the demo sends when it is loaded, as requests to the API."""
    topics = ("moderation", "archives", "moderation", "translation", "moderation", "archives")
    return [
        {"eventName": "source.added", "payload": {"topic": topic, "url": f"https://example.org/{topic}/{number}"}}
        for number, topic in enumerate(topics, start=1)
    ]
