"""The load of a chaos run: agents on an endpoint that counts its calls, schedules, and deliveries with keys."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.support.http_server import Reply, Request
from tests.support.real_stack import ADMIN_KEY

KINDS = ("agents", "workflows", "networks", "campaigns", "pulses")
AGENT_OF_OVERLAP = {
    "skip": "endless",
    "buffer_one": "endless",
    "buffer_all": "slow",
    "allow_all": "endless",
    "cancel_other": "endless",
    "terminate_other": "endless",
}
"""Runs of `endless` last longer than the minute between two due times."""
MINUTE = 60
EVENT = "chaos.happened"
LISTENERS = 2
AT_ONCE = 2


@dataclass
class Agent:
    """An agent's endpoint: answers after a while, and keeps when it was called for which run."""

    calls: dict[str, list[datetime]] = field(default_factory=dict)

    async def answer(self, request: Request) -> Reply:
        run_id = json.loads(request.body)["runId"]
        self.calls.setdefault(run_id, []).append(datetime.now(UTC))
        await asyncio.sleep(int(request.path.strip("/")) / 1000)
        return Reply(body={"output": {"said": "done"}, "costUsd": "0.01"})


@dataclass(frozen=True)
class Schedule:
    """A schedule of the load, due every minute."""

    id: str
    slug: str
    since: datetime


async def make(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def platform(api: httpx2.AsyncClient, agent_url: str) -> list[Schedule]:
    """Make agents, one primitive of each other kind, listeners and schedules; return the schedules."""
    for slug, milliseconds in (("swift", 50), ("steady", 1500), ("slow", 6000), ("endless", 70_000)):
        runner = {"type": "http", "url": f"{agent_url}/{milliseconds}"}
        spec: dict[str, Any] = {"runner": runner, "timeoutSeconds": 120, "capacity": 20}
        await make(api, "/api/primitives", {"kind": "agent", "slug": slug, "name": slug, "spec": spec})
    steps = [
        {"key": "one", "agent": "swift"},
        {"key": "nap", "wait": {"seconds": 1}, "needs": ["one"]},
        {"key": "each", "agent": "swift", "map": "[1, 2, 3]", "needs": ["one"]},
        {"key": "last", "agent": "steady", "needs": ["nap", "each"], "input": "{'n': size(steps.each.output)}"},
    ]
    tasks = [{"name": name, "agent": slug} for name, slug in (("a", "swift"), ("b", "steady"), ("c", "slow"))]
    specs: dict[str, Any] = {
        "workflow": {"steps": steps},
        "network": {"members": ["swift", "steady"]},
        "campaign": {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]},
        "pulse": {"goal": "g", "members": [{"agent": "swift"}], "minRuns": 1},
    }
    for kind, spec in specs.items():
        await make(api, "/api/primitives", {"kind": kind, "slug": "it", "name": kind, "spec": spec})
    for kind, slug in (("agent", "steady"), ("workflow", "it")):
        body = _automation(f"on-event-{kind}", "event", kind, slug, event={"name": EVENT})
        await make(api, "/api/automations", body)
    schedules = []
    for overlap, slug in AGENT_OF_OVERLAP.items():
        config = {"cronExpr": "* * * * *", "timezone": "UTC", "overlap": overlap}
        body = _automation(f"minutely-{overlap.replace('_', '-')}", "schedule", "agent", slug, schedule=config)
        since = datetime.now(UTC)
        row = await make(api, "/api/automations", body)
        schedules.append(Schedule(row["id"], row["slug"], since))
    return schedules


def _automation(slug: str, source: str, kind: str, target: str, **config: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug,
        "source": source,
        "primitive": {"kind": kind, "slug": target},
        **config,
    }


class Senders:
    """Send deliveries with idempotency keys to several APIs, and send each again until it is accepted."""

    def __init__(self, urls: list[str], seed: int) -> None:
        self._urls = urls
        self._random = random.Random(seed)
        self.accepted: dict[str, list[str]] = {}
        self.problems: list[str] = []

    async def run(self, until: float) -> None:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        async with httpx2.AsyncClient(headers=headers, timeout=15) as client:
            await asyncio.gather(*(self._send_all(client, f"sender-{number}", until) for number in range(AT_ONCE)))

    async def _send_all(self, client: httpx2.AsyncClient, name: str, until: float) -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            key = f"{name}-{number}"
            if self._random.random() < 0.3:
                path, body = "/api/triggers/event", {"eventName": EVENT, "payload": {"n": number}}
            else:
                plural = self._random.choice(KINDS)
                path, body = f"/api/{plural}/{'swift' if plural == 'agents' else 'it'}/execute", {}
            await self._send(client, key, path, {**body, "idempotencyKey": key})
            if self._random.random() < 0.2:
                await self._send(client, key, path, {**body, "idempotencyKey": key})
            await asyncio.sleep(self._random.uniform(0.5, 2.0))

    async def _send(self, client: httpx2.AsyncClient, key: str, path: str, body: dict[str, Any]) -> None:
        """Send until it is accepted; whatever the API answers but 202 must be a 503."""
        for _ in range(300):
            try:
                answer = await client.post(f"{self._random.choice(self._urls)}{path}", json=body)
            except httpx2.TransportError:
                await asyncio.sleep(0.5)
                continue
            if answer.status_code == 202:
                self._accept(key, [run["runId"] for run in answer.json()["runs"]])
                return
            if answer.status_code != 503 or not answer.headers.get("retry-after"):
                self.problems.append(f"{key}: {answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(0.5)
        self.problems.append(f"{key}: never accepted")

    def _accept(self, key: str, run_ids: list[str]) -> None:
        known = self.accepted.setdefault(key, run_ids)
        if sorted(known) != sorted(run_ids):
            self.problems.append(f"{key}: answered {run_ids} after {known}")
