"""How every refusal reads on the wire: RFC 9457 problem details with our stable `code`."""

from models.contracts.base import Contract


class FieldProblem(Contract):
    """One field at fault and what is wrong with it."""

    field: str
    detail: str


class Problem(Contract):
    """An error; programs branch on `code`, people read `detail` and `hint`."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    field: str | None = None
    """The dotted name of the field at fault, such as `schedule.cronExpr`."""
    hint: str | None = None
    errors: tuple[FieldProblem, ...] = ()
    """Every field at fault, where there are several."""
