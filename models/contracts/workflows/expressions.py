"""Expressions that a run asks to be evaluated."""

from pydantic import JsonValue

from models.contracts.base import Stored


class Evaluation(Stored):
    """An expression and its data."""

    expression: str
    variables: dict[str, JsonValue]


class Evaluated(Stored):
    """The value of an expression."""

    value: JsonValue = None


class Conditions(Stored):
    """Conditions over the same data, in the order in which they apply."""

    expressions: tuple[str, ...]
    variables: dict[str, JsonValue]
