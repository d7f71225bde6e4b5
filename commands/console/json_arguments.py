"""JSON given on the command line: written out, as `@FILE`, or as `@-` for standard input."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import Invalid
from models.rules.json.reading import read_json_text

Payload = Annotated[str | None, typer.Option(help="JSON, @FILE, or @- for standard input.")]


def read_json(text: str | None, option: str) -> Any:
    """Read the value of an option; None if it is not given.

    Raises:
        Invalid: it is not JSON, holds what cannot be kept, or the file cannot be read.
    """
    if text is None:
        return None
    source = _file(text[1:], option) if text.startswith("@") else text
    try:
        read = read_json_text(source)
    except (ValueError, RecursionError) as error:
        hint = None
        if not text.startswith(("@", "{", "[", '"')):
            # A bare word is the likeliest mistake: the shell removed the quotes that JSON needs.
            hint = f"For the text {text}, write: {option} '{json.dumps(text, ensure_ascii=False)}'"
        raise Invalid(f"{option} is not valid JSON: {error}", field=option, hint=hint) from None
    for loss in read.losses:
        raise Invalid(f"{option} cannot be kept as it is: {loss}", field=option, hint=loss.hint)
    return read.value


def _file(name: str, option: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{name} cannot be read: {error}", field=option) from None
