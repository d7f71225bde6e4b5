"""Renders the `podium` command from its Typer definition."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from cli import app
from tools.reference.fields import cell


def render() -> str:
    """Render every command with its arguments and options."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    return "\n".join(_group(root, "podium"))


def _group(group: TyperGroup, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _group(command, f"{path} {name}")
        elif not command.hidden:
            yield _command(command, f"{path} {name}")


def _command(command: Any, path: str) -> str:
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    arguments = "".join(f" {_argument(one)}" for one in shown if isinstance(one, TyperArgument))
    options = " [OPTIONS]" if any(not isinstance(one, TyperArgument) for one in shown) else ""
    lines = [f"## {path}", "", f"`{path}{arguments}{options}`", "", (command.help or "").strip(), ""]
    if shown:
        lines += ["| argument or option | default | |", "|---|---|---|", *map(_row, shown), ""]
    return "\n".join(lines)


def _argument(argument: TyperArgument) -> str:
    name = (argument.metavar or argument.name or "").upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _row(parameter: Any) -> str:
    help_text = cell(parameter.help or "")
    choices = _choices(parameter.type_descriptor.annotation)
    if choices:
        help_text += f" One of {', '.join(f'`{choice}`' for choice in choices)}."
    if isinstance(parameter, TyperArgument):
        name = f"`{_argument(parameter).strip('[]')}`"
    else:
        name = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
    return f"| {name} | {_default(parameter)} | {help_text.strip()} |"


def _choices(annotation: Any) -> list[str]:
    inner = next(iter(getattr(annotation, "__args__", ())), annotation)
    return [str(member.value) for member in inner] if isinstance(inner, type) and issubclass(inner, Enum) else []


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, False, [], ()) or callable(parameter.default):
        return ""
    return f"`{getattr(parameter.default, 'value', parameter.default)}`"
