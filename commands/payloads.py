"""Reads the JSON that a person gives to a command: written out, or as `@file`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import Invalid

Payload = Annotated[str | None, typer.Option(help="JSON, or @FILE that holds it.")]


def read_json(text: str | None, option: str) -> Any:
    """Read what stands behind an option; None where it is not given.

    Raises:
        Invalid: it is no JSON, or the file cannot be read.
    """
    if text is None:
        return None
    source = text
    if text.startswith("@"):
        try:
            source = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{text[1:]} cannot be read: {error}", field=option) from None
    try:
        return json.loads(source)
    except ValueError as error:
        raise Invalid(f"what stands behind {option} is no JSON: {error}", field=option) from None
