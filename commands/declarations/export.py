"""`podium export`: writes what exists as a declaration; applying it again changes nothing."""

from typing import Annotated, Any

import typer

from commands.console.api_client import api, send_all
from models.errors import Conflict

app = typer.Typer()

MOST = 5000
DEFAULTS: dict[str, Any] = {
    "description": "",
    "payload": None,
    "flowControl": None,
    "budgetUsdMonth": None,
    "spreadMinutes": 0,
    "isActive": True,
}
PRIMITIVE = ("kind", "slug", "name", "description", "isActive", "spec")
AUTOMATION = (
    *("slug", "name", "description", "primitive", "source", "schedule", "webhook", "event", "slack"),
    *("payload", "healthPolicy", "flowControl", "budgetUsdMonth", "spreadMinutes"),
)
BUDGET = ("scope", "target", "limitUsdMonth", "timezone", "warnAtPercent", "action", "estimateUsd")
BUDGET_DEFAULTS: dict[str, Any] = {
    "target": None,
    "timezone": "UTC",
    "warnAtPercent": [80],
    "action": "stop",
    "estimateUsd": None,
}
HEALTH_POLICY = ("enabled", "threshold", "window", "minRuns", "action", "recoverThreshold", "probe")


@app.command()
def export(
    project: Annotated[str | None, typer.Option(help="Only what this project owns.")] = None,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only what was created by hand.")] = False,
) -> None:
    """Print primitives, automations, dependencies and budgets as YAML for `podium apply`.

    Secrets stay masked: applied where they are stored, they keep their value. Whether an automation is paused is not
    exported.
    """
    with api() as client:
        primitives = send_all(client, "/api/primitives", params={"managedBy": project}, most=MOST)
        automations = send_all(client, "/api/automations", params={"managedBy": project}, most=MOST)
        dependencies = send_all(client, "/api/dependencies", most=MOST)
        budgets = send_all(client, "/api/budgets", most=MOST)
        if any(found["nextCursor"] for found in (primitives, automations, dependencies, budgets)):
            raise Conflict(f"there are more than {MOST} of a kind", hint="Export one project at a time.")
    kept, wanted = (
        [one for one in found["items"] if not (unowned and one["managedBy"])] for found in (primitives, automations)
    )
    slugs = {one["slug"] for one in wanted}
    edges = [one for one in dependencies["items"] if one["automation"]["slug"] in slugs]
    limits = [one for one in budgets["items"] if _is_exported(one, slugs, project, unowned)]
    document = {
        "project": project or _only_owner([*kept, *wanted]),
        "primitives": [_declared(one, PRIMITIVE) for one in reversed(kept)],
        "automations": [_declared(_settings(one), AUTOMATION) for one in reversed(wanted)],
        "dependencies": [_edge(one) for one in reversed(edges) if _belongs(one["createdBy"], project, unowned)],
        "budgets": [_declared(one, BUDGET, BUDGET_DEFAULTS) for one in reversed(limits)],
    }
    typer.echo(_yaml({key: value for key, value in document.items() if value}), nl=False)


def _only_owner(things: list[dict[str, Any]]) -> str | None:
    owners = {one["managedBy"] for one in things}
    return owners.pop() if len(owners) == 1 else None


def _is_exported(budget: dict[str, Any], slugs: set[str], project: str | None, unowned: bool) -> bool:
    """Return whether a budget is declared apart: that of an automation only if it is more than `budgetUsdMonth`."""
    if budget["scope"] == "automation":
        more = any(budget[name] != value for name, value in BUDGET_DEFAULTS.items() if name != "target")
        return more and budget["target"] in slugs
    return budget["managedBy"] == project if project else not (unowned and budget["managedBy"])


def _belongs(maker: str | None, project: str | None, unowned: bool) -> bool:
    declared = (maker or "").startswith("project ")
    return maker == f"project {project}" if project else not (unowned and declared)


def _settings(automation: dict[str, Any]) -> dict[str, Any]:
    """Drop the read-only fields of a health policy, and the limits and keys that flow control does not have."""
    policy, control = automation["healthPolicy"], automation["flowControl"]
    return {
        **automation,
        "healthPolicy": {name: policy[name] for name in HEALTH_POLICY if name in policy},
        "flowControl": _without_nulls(control) if control else None,
    }


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(part) for name, part in value.items() if part is not None}


def _declared(one: dict[str, Any], fields: tuple[str, ...], defaults: dict[str, Any] = DEFAULTS) -> dict[str, Any]:
    return {name: one[name] for name in fields if name in one and one[name] != defaults.get(name)}


def _edge(one: dict[str, Any]) -> dict[str, Any]:
    ends = {"automation": one["automation"]["slug"], "dependsOn": one["dependsOn"]["slug"]}
    return {**ends, **{name: one[name] for name in ("fireWhen", "passPayload", "note") if one[name]}}


def _yaml(document: dict[str, Any]) -> str:
    import yaml

    return yaml.dump(document, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110)


def _dumper() -> Any:
    import json

    import yaml

    from commands.declarations.yaml_scalars import CORE, STR

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # YAML 1.2 and 1.1 disagree about plain words such as `on`; quotes mean text to both.
        style = "|" if "\n" in value and value == value.strip() else None
        return dumper.represent_scalar(STR, value, style=style)

    Dumper.add_representer(str, text)
    Dumper.add_representer(
        float, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", json.dumps(value))
    )
    for tag, (pattern, first) in CORE.items():
        Dumper.add_implicit_resolver(tag, pattern, first)
    return Dumper
