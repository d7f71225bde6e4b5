"""`podium apply FILE`: makes Podium say what a file declares; the API decides, the file's lines are named here."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from commands import output
from commands.http import Refused, api, send
from commands.marked_yaml import MarkedYaml, read_yaml
from commands.output import AsJson
from models.errors import Invalid, PodiumError

app = typer.Typer()

LISTS = ("primitives", "automations", "dependencies")
SIGNS = {"create": "[green]+", "update": "[yellow]~", "archive": "[red]-", "remove": "[red]-"}
DONE = {"create": "created", "update": "updated", "archive": "archived", "remove": "removed", "unchanged": "unchanged"}


class BadFile(PodiumError):
    """A file that cannot be applied, with the lines at fault."""

    code, status, title = "bad_file", 422, "The file cannot be applied"


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="YAML with the lists primitives, automations and dependencies.")],
    prune: Annotated[bool, typer.Option("--prune", help="Archive what this file made and no longer names.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
    name: Annotated[str | None, typer.Option(help="The name that owns what is made; else the file's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create and update what a file declares, all of it or nothing."""
    document = _read(file)
    body = {**document.value, "source": name or file.name, "prune": prune, "dryRun": dry_run}
    with api() as client:
        try:
            plan = send(client, "POST", "/api/declarations", body=body)
        except Refused as refused:
            raise _located(file, document, refused) from None
    if as_json:
        output.print_json(plan)
    else:
        print_plan(plan)


def print_plan(plan: dict[str, Any]) -> None:
    """Print what was done, or would be."""
    from rich.markup import escape

    out = output.console()
    for item in plan["items"]:
        if item["action"] == "unchanged":
            continue
        out.print(f"{SIGNS[item['action']]}[/] {item['action']} {item['type']} {escape(item['key'])}")
        for change in item["changes"]:
            before, after = escape(_short(change["before"])), escape(_short(change["after"]))
            out.print(f"    {escape(change['field'])}: {before} [dim]->[/dim] {after}")
    counts = Counter(item["action"] for item in plan["items"])
    told = ", ".join(f"{counts[action]} {done}" for action, done in DONE.items() if counts[action])
    out.print(f"{'A dry run: ' if plan['dryRun'] else ''}{told or 'nothing to do'}")


def _read(file: Path) -> MarkedYaml:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file} cannot be read: {error}") from None
    try:
        document = read_yaml(text)
    except Invalid as error:
        raise BadFile(f"{file}:{error.field}: {error.detail}") from None
    if not isinstance(document.value, dict):
        raise BadFile(f"{file}:1: the file must have the lists {', '.join(LISTS)}")
    for key in document.value:
        if key not in LISTS:
            known = ", ".join(LISTS)
            raise BadFile(f"{file}:{document.line_of(str(key))}: {key} is not known; the lists are {known}")
    # `primitives:` with nothing behind it is an empty list.
    document.value.update({key: [] for key, value in document.value.items() if value is None})
    return document


def _located(file: Path, document: MarkedYaml, refused: Refused) -> PodiumError:
    """Say a refusal with the lines of the file; one that is not about the file stays as it is."""
    problem = refused.problem
    fields = [(one.field, one.detail) for one in problem.errors] or [(problem.field or "", problem.detail)]
    if not all(field.startswith(LISTS) for field, _ in fields):
        return refused
    lines = [f"{file}:{document.line_of(field)}: {field}: {detail}" for field, detail in fields]
    return BadFile("\n        ".join(lines), hint=problem.hint)


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
