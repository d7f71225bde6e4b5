"""Conditional requests (RFC 9110): `ETag` with `If-Match` for writes and `If-None-Match` for reads."""

from typing import Annotated

from fastapi import Header, Response, status

from models.errors import StaleRevision
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive

IfMatch = Annotated[str | None, Header(description="The ETag of the revision that this change is based on.")]


def set_etag(revision: int, response: Response) -> None:
    response.headers["ETag"] = f'"{revision}"'


def check_revision(row: Automation | Primitive | Budget, if_match: str | None) -> None:
    """Raise `StaleRevision` if `If-Match` names another revision; without the header any revision matches."""
    if if_match is None or if_match.strip() == "*":
        return
    # A bare number is accepted too: people write `If-Match: 3` by hand.
    if str(row.revision) not in {tag.strip('"') for tag in _tags(if_match)}:
        raise StaleRevision(
            f"{'the budget' if isinstance(row, Budget) else row.slug} is now at revision {row.revision}",
            field="If-Match",
            hint="Read it again and retry.",
        )


def json_unless_known(body: bytes | str, etag: str, if_none_match: str | None) -> Response:
    """Return a JSON document, or 304 to a caller that has it already.

    The comparison is the weak one that RFC 9110 requires for `If-None-Match`.
    """
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and not {"*", etag}.isdisjoint(_tags(if_none_match)):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
