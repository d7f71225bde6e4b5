"""Keeps two people who edit the same thing from overwriting each other: `ETag` and `If-Match`, as RFC 9110 has them."""

from typing import Annotated

from fastapi import Header, Response

from models.errors import StaleRevision
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive

IfMatch = Annotated[str | None, Header(description="The revision that was read, as its ETag has it.")]


def tag(revision: int, response: Response) -> None:
    """Say in the answer which revision it shows."""
    response.headers["ETag"] = f'"{revision}"'


def check_revision(row: Automation | Primitive, if_match: str | None) -> None:
    """Raise `StaleRevision` unless the row is still the one that was read; no `If-Match` asks for nothing."""
    if if_match is None or if_match.strip() == "*":
        return
    wanted = {one.strip().removeprefix("W/").strip('"') for one in if_match.split(",")}
    if str(row.revision) not in wanted:
        raise StaleRevision(
            f"{row.slug} is at revision {row.revision} by now", field="If-Match", hint="Read it again and repeat."
        )
