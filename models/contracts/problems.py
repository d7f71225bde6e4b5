"""Errors as the API returns them: RFC 9457 problem details with a stable `code`."""

from models.contracts.base import Contract


class FieldProblem(Contract):
    """One invalid field."""

    field: str
    """Dotted name of the field, such as `spec.steps[1].needs`."""
    detail: str
    """What is wrong with it."""


class Problem(Contract):
    """An error. Programs branch on `code`; people read `detail` and `hint`."""

    type: str
    """`urn:podium:problem:<code>`."""
    code: str
    """Stable code, see `docs/reference/errors.md`."""
    title: str
    """Short text for the kind of error."""
    status: int
    """HTTP status."""
    detail: str
    """What went wrong."""
    field: str | None = None
    """Dotted name of the invalid field, such as `schedule.cronExpr`."""
    hint: str | None = None
    """What to do about it."""
    errors: tuple[FieldProblem, ...] = ()
    """Every invalid field, if there are several."""
