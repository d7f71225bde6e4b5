"""`podium show`: one automation."""

from collections.abc import Iterable
from typing import Any

import typer

from commands.automations.arguments import Automation
from commands.console import output
from commands.console.api_client import api, part, send
from commands.console.output import AsJson
from models.rules.number_format import money

app = typer.Typer()

SETTINGS = ("schedule", "webhook", "event", "slack", "payload", "flowControl", "budgetUsdMonth", "healthPolicy")


@app.command()
def show(automation: Automation, as_json: AsJson = False) -> None:
    """Show an automation: state, statistics and settings."""
    with api() as client:
        found = send(client, "GET", f"/api/automations/{part(automation)}")
    output.show(found, as_json, _print)


def _print(one: dict[str, Any]) -> None:
    import json

    out = output.console()
    for name, text in _facts(one):
        if text:
            out.print(f"{name + ':':<14}{text}", markup=False)
    for name in SETTINGS:
        if one[name] is not None:
            out.print(f"{name}: {json.dumps(one[name], ensure_ascii=False)}", markup=False)


def _facts(one: dict[str, Any]) -> list[tuple[str, str]]:
    stats, last = one["stats"], one["lastRun"]
    snoozed = one["pausedUntil"] and f"until {output.local(one['pausedUntil'])}"
    paused = [snoozed, one["pausedReason"], one["pausedBy"] and f"by {one['pausedBy']}", one["pausedAt"]]
    state = f"{one['state']} ({', '.join(filter(None, paused))})" if one["pausedAt"] else one["state"]
    sync = one["syncError"] or ("" if one["syncedRevision"] == one["revision"] else "not yet in Temporal")
    return [
        ("Name", f"{one['name']} ({one['slug']})"),
        ("Description", one["description"]),
        ("State", "archived" if one["isArchived"] else state),
        ("Runs", f"{one['primitive']['kind']} {one['primitive']['slug']}"),
        ("Source", one["source"]),
        ("Severity", one["severity"]),
        ("Statistics", f"{stats['totalRuns']} runs, {stats['failedRuns']} failed"),
        ("Last run", f"{last['status']} {output.ago(last['startedAt'])}" if last else ""),
        ("Next run", output.ago(stats["nextRunAt"]) if stats["nextRunAt"] else ""),
        ("Per month", money(one["estMonthlyCost"]["mean"])),
        ("Managed by", one["managedBy"] or ""),
        ("Depends on", _ends(one["dependsOn"])),
        ("Triggers", _ends(other for other in one["triggers"] if other["fireWhen"])),
        ("Needed by", _ends(other for other in one["triggers"] if not other["fireWhen"])),
        ("Schedule sync", sync if one["source"] == "schedule" else ""),
    ]


def _ends(others: Iterable[dict[str, Any]]) -> str:
    return ", ".join(
        f"{one['slug']} (when {one['fireWhen']})" if one["fireWhen"] else str(one["slug"]) for one in others
    )
