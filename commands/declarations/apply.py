"""`podium apply`: makes Podium match declaration files; errors name file and line."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import MANY_SECONDS, Refused, api, send
from commands.console.output import AsJson
from commands.declarations.sources import STDIN, BadFile, Sources, read_sources
from models.errors import Invalid, PodiumError

app = typer.Typer()

SIGNS = {
    "create": "[green]+",
    "restore": "[green]+",
    "update": "[yellow]~",
    "archive": "[red]-",
    "remove": "[red]-",
}
DONE = {
    "create": "created",
    "restore": "restored",
    "update": "updated",
    "archive": "archived",
    "remove": "removed",
    "unchanged": "unchanged",
}
PRUNED = ("archive", "remove")


@app.command()
def apply(
    files: Annotated[
        list[str], typer.Argument(help="YAML files or directories; - reads standard input.", metavar="FILE...")
    ],
    project: Annotated[
        str | None, typer.Option(help="The project that owns the declared items; default: `project:` in the file.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Archive what the project owns and no longer declares.")
    ] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take ownership of declared items that others own.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Archive without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create and update what the files declare, as a whole or not at all."""
    sources = read_sources(files)
    body = {
        "project": _owner(project, sources, files, prune),
        **sources.declared,
        "prune": prune,
        "takeOver": take_over,
        "dryRun": dry_run,
    }
    with api(MANY_SECONDS) as client:
        try:
            if prune and not dry_run:
                body["expectedArchived"] = _confirmed(
                    send(client, "POST", DECLARATIONS, body={**body, "dryRun": True}), yes
                )
            plan = send(client, "POST", DECLARATIONS, body=body)
        except Refused as refused:
            raise _located(sources, refused) from None
    output.show(plan, as_json, print_plan)


DECLARATIONS = "/api/declarations"


def print_plan(plan: dict[str, Any]) -> None:
    from rich.markup import escape

    out = output.console()
    for item in plan["items"]:
        for warning in item["warnings"]:
            out.print(f"[yellow]![/] {escape(item['key'])}: {escape(warning)}")
        if item["action"] == "unchanged":
            continue
        out.print(f"{SIGNS[item['action']]}[/] {item['action']} {item['type']} {escape(item['key'])}")
        for change in item["changes"]:
            before, after = escape(_short(change["before"])), escape(_short(change["after"]))
            out.print(f"    {escape(change['field'])}: {before} [dim]->[/dim] {after}")
    counts = Counter(item["action"] for item in plan["items"])
    told = ", ".join(f"{counts[action]} {done}" for action, done in DONE.items() if counts[action])
    mode = "Dry run, nothing changed: " if plan["dryRun"] else ""
    out.print(f"{mode}{told or 'nothing to do'} (project {escape(plan['project'])})")


def _owner(given: str | None, sources: Sources, names: Sequence[str], prune: bool) -> str:
    """Return the project: the option, the files' own, or a default that no other file is likely to share."""
    found = given or sources.project()
    if found is not None:
        return found
    add = "Add `project: NAME` to the file, or pass --project NAME."
    if prune:
        raise Invalid("--prune needs a project", hint=add)
    if len(sources.files) > 1:
        raise Invalid("several files need a project to belong to", hint=add)
    if names[0] in STDIN:
        return "stdin"
    path = Path(sources.files[0].name).resolve()
    return f"{path.parent.name}/{path.name}"


def _confirmed(plan: dict[str, Any], yes: bool) -> int:
    """Return how many things pruning archives, once the person has agreed."""
    leaving = [item for item in plan["items"] if item["action"] in PRUNED]
    if leaving and not yes:
        for item in leaving:
            typer.echo(output.printable(f"  {item['action']} {item['type']} {item['key']}"), err=True)
        things = "1 thing" if len(leaving) == 1 else f"{len(leaving)} things"
        typer.confirm(f"Archive {things} that {plan['project']} no longer declares?", abort=True, err=True)
    return len(leaving)


def _located(sources: Sources, refused: Refused) -> PodiumError:
    """Return the error with file and line for each field; an error without a field stays as it is."""
    problem = refused.problem
    fields = [(one.field, one.detail) for one in problem.errors] or [(problem.field or "", problem.detail)]
    places = [sources.locate(field) for field, _ in fields]
    if None in places:
        return refused
    lines = [f"{place}: {detail}" for place, (_, detail) in zip(places, fields, strict=True)]
    return BadFile("\n        ".join(lines), hint=problem.hint)


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
