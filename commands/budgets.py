"""`podium budgets`: what may be spent in a month, what has been, and when it ends."""

from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send, send_all
from commands.console.output import AsJson
from models.errors import NotFound
from models.kinds import Kind
from models.states import BudgetAction, BudgetScope

app = typer.Typer(help="List, set and remove budgets of a month.", no_args_is_help=True)

MOST = 5000
STATES = {"ok": "green", "warning": "yellow", "spent": "red"}
Target = Annotated[
    str,
    typer.Argument(
        help="`all`, a kind (`agent`), a primitive (`agent/scout`), or an automation (`nightly`, `automation/nightly`)."
    ),
]


@app.command("list")
def list_budgets(
    automation: Annotated[
        str | None, typer.Option(help="Only those that count the runs of this automation (slug or id).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List budgets with what their month has cost, the widest first."""
    with api() as client:
        found = send_all(client, "/api/budgets", params={"automation": automation}, most=MOST)
    output.show(found, as_json, _print)


@app.command("set")
def set_budget(
    target: Target,
    limit: Annotated[str, typer.Argument(help="Maximum spending per month in US dollars, such as 25.00.")],
    action: Annotated[BudgetAction | None, typer.Option(help="What it does once it is spent.")] = None,
    warn_at: Annotated[
        list[int] | None, typer.Option("--warn-at", help="Tell people at this percentage; repeatable.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Time zone in which its months begin.")] = None,
    estimate: Annotated[
        str | None, typer.Option(help="What a run is reserved at while no cost is known; `none` removes it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a budget, or change the one that the target has."""
    given: dict[str, Any] = {
        "limitUsdMonth": limit,
        "action": action.value if action else None,
        "warnAtPercent": warn_at,
        "timezone": timezone,
    }
    body: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if estimate is not None:
        body["estimateUsd"] = None if estimate == "none" else estimate
    with api() as client:
        known = _find(client, target)
        if known is None:
            made = send(client, "POST", "/api/budgets", body={**_scoped(target), **body})
        else:
            made = send(client, "PATCH", f"/api/budgets/{part(known['id'])}", body=body)
    output.show(made, as_json, lambda one: _print({"items": [one]}))


@app.command()
def remove(target: Target) -> None:
    """Remove a budget; the runs that wait for it go on."""
    with api() as client:
        known = _find(client, target)
        if known is None:
            raise NotFound(f"there is no budget of {target}")
        send(client, "DELETE", f"/api/budgets/{part(known['id'])}")
    typer.echo(output.printable(f"The budget of {known['name']} is removed."))


def _find(client: Any, target: str) -> dict[str, Any] | None:
    wanted = _scoped(target)
    found = send_all(client, "/api/budgets", params={"scope": wanted["scope"]}, most=MOST)["items"]
    names = (wanted.get("target"),)
    return next((one for one in found if one["target"] in names or one["targetId"] in names), None)


def _scoped(target: str) -> dict[str, Any]:
    """Return scope and target of a draft."""
    prefix, slash, rest = target.partition("/")
    if target == BudgetScope.ALL.value:
        return {"scope": target}
    if target in {*Kind}:
        return {"scope": BudgetScope.KIND.value, "target": target}
    if slash and prefix in {*Kind}:
        return {"scope": BudgetScope.PRIMITIVE.value, "target": target}
    if slash and prefix == BudgetScope.AUTOMATION.value:
        target = rest
    return {"scope": BudgetScope.AUTOMATION.value, "target": target}


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    from models.rules.number_format import money

    order = [scope.value for scope in BudgetScope]
    columns = ("Spent", "Reserved", "Limit", "Month end", "Ends on", "Waiting", "Skipped")
    table = output.table("Budget", "State", "At the limit", right=columns, keep=("State", "At the limit"))
    for one in sorted(found["items"], key=lambda one: (order.index(one["scope"]), one["name"])):
        month, outlook = one["month"], one["outlook"]
        amounts = (month["spentUsd"], month["reservedUsd"], one["limitUsdMonth"], outlook["monthEndUsd"])
        table.add_row(
            escape(one["name"]),
            output.styled(one["state"], STATES),
            one["action"],
            *(money(amount) for amount in amounts),
            outlook["endsOn"] or "-",
            str(one["waiting"]["runs"]),
            str(month["refusedRuns"]),
        )
    output.console().print(table)
