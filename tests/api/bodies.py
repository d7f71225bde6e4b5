"""Request bodies for creating things."""

from collections.abc import Sequence
from typing import Any

import httpx2

Body = dict[str, Any]


def agent(slug: str = "scout", **spec: Any) -> Body:
    runner = {"type": "simulated", "successRate": 1.0, "durationMs": 5, "costUsd": "0.01", "seed": 7}
    return {"kind": "agent", "slug": slug, "name": slug.title(), "spec": {"runner": runner, "capacity": 4, **spec}}


SPECS: dict[str, Body] = {
    "workflow": {"steps": [{"key": "read", "agent": "scout"}, {"key": "write", "agent": "scout", "needs": ["read"]}]},
    "network": {"members": ["scout"], "router": {"type": "sequence"}, "maxHops": 4},
    "campaign": {"objective": "grow", "missions": [{"name": "m1", "tasks": [{"name": "t1", "agent": "scout"}]}]},
    "pulse": {"goal": "grow", "members": [{"agent": "scout", "weight": 1}]},
}


def primitive(kind: str, slug: str = "it") -> Body:
    return {"kind": kind, "slug": slug, "name": slug.title(), "spec": SPECS[kind]}


def automation(slug: str, source: str, primitive: Body | None = None, **fields: Any) -> Body:
    target = primitive or {"kind": "agent", "slug": "scout"}
    return {"slug": slug, "name": slug.title(), "primitive": target, "source": source, **fields}


def nightly(slug: str = "nightly", **fields: Any) -> Body:
    schedule = {"cronExpr": "0 22 * * *", "timezone": "America/New_York", "overlap": "skip", "catchupSeconds": 60}
    return automation(slug, "schedule", **{"schedule": schedule, **fields})


async def made(client: httpx2.AsyncClient, path: str, body: Body) -> Body:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    result: Body = answer.json()
    return result


async def everything(client: httpx2.AsyncClient) -> None:
    """Create the agent `scout` and one primitive of every other kind, each with the slug `it`."""
    await made(client, "/api/primitives", agent())
    for kind in SPECS:
        await made(client, "/api/primitives", primitive(kind))


async def deliveries(client: httpx2.AsyncClient, **filters: str) -> list[Body]:
    """Read the newest deliveries with what was sent, which the list leaves out."""
    found = (await client.get("/api/deliveries", params=filters)).json()["items"]
    return [(await client.get(f"/api/deliveries/{one['id']}")).json() for one in found]


async def with_values(client: httpx2.AsyncClient, runs: Sequence[Body]) -> list[Body]:
    """Return runs with their input and output, which lists leave out."""
    return [(await client.get(f"/api/runs/{run['id']}")).json() for run in runs]
