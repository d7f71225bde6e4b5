"""Reads the arguments of signals and updates by their contracts, and words what a workflow refuses.

An update answers its sender, so a refusal reaches the person who typed. A signal has no answer: what it cannot apply is
listed by the query `progress` and shown in Temporal's UI (`RunLifecycle.refuse`).
"""

from typing import TypeVar

from pydantic import JsonValue, ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.contracts.base import Contract
    from models.contracts.workflows.signals import CancelRequest
    from models.errors import Conflict, Invalid
    from models.rules.json.storable import MAX_NESTING, broken_text, nesting

Argument = TypeVar("Argument", bound=Contract)


def read_argument(contract: type[Argument], argument: JsonValue) -> Argument:
    """Validate an argument; null means no argument.

    Raises:
        ApplicationError: of type `invalid`, whose only detail names the field at fault.
    """
    try:
        read = contract.model_validate({} if argument is None else argument)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "argument"
        raise invalid(f"{field}: {first['msg']}", field) from None
    fault = _fault(argument)
    # Older histories have accepted such arguments. A validator is not replayed, and cannot ask for a patch.
    if fault and (workflow.unsafe.is_read_only() or workflow.patched("arguments-can-be-stored")):
        field, reason = fault
        raise invalid(f"{field}: {reason}", field)
    return read


def check_cancel(request: CancelRequest) -> None:
    """Refuse what `CancelRequest` decodes only because older histories have it.

    Raises:
        ApplicationError: of type `invalid`, as `read_argument` does.
    """
    given = request.wire()
    for field in request.model_extra or ():
        raise invalid(f"{field}: there is no such field", field)
    for field in CancelRequest.model_fields:
        if len(given[field]) > CancelRequest.MOST_CHARACTERS:
            raise invalid(f"{field}: at most {CancelRequest.MOST_CHARACTERS} characters are allowed", field)
    if fault := _fault(given):
        raise invalid(f"{fault[0]}: {fault[1]}", fault[0])


def _fault(argument: JsonValue) -> tuple[str, str] | None:
    """Return the field that cannot be stored, and why."""
    if nesting(argument) > MAX_NESTING:
        return "argument", f"it is nested more than {MAX_NESTING} levels deep"
    found = broken_text(argument)
    return (found[0] or "argument", f"{found[1]}, which cannot be stored") if found else None


def invalid(message: str, field: str) -> ApplicationError:
    """Build the refusal of an argument that can never be right."""
    return ApplicationError(message, field, type=Invalid.code, non_retryable=True)


def conflict(message: str) -> ApplicationError:
    """Build the refusal of an argument that does not fit the run's present state."""
    return ApplicationError(message, type=Conflict.code, non_retryable=True)
