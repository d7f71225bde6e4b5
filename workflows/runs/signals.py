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
    from models.errors import Conflict, Invalid

Argument = TypeVar("Argument", bound=Contract)


def read_argument(contract: type[Argument], argument: JsonValue) -> Argument:
    """Validate an argument; null means no argument.

    Raises:
        ApplicationError: of type `invalid`, whose only detail names the field at fault.
    """
    try:
        return contract.model_validate({} if argument is None else argument)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "argument"
        raise invalid(f"{field}: {first['msg']}", field) from None


def invalid(message: str, field: str) -> ApplicationError:
    """Build the refusal of an argument that can never be right."""
    return ApplicationError(message, field, type=Invalid.code, non_retryable=True)


def conflict(message: str) -> ApplicationError:
    """Build the refusal of an argument that does not fit the run's present state."""
    return ApplicationError(message, type=Conflict.code, non_retryable=True)
