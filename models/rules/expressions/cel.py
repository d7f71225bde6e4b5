"""CEL: check an expression at save, evaluate it, decide whether a condition holds. JSON in, JSON out.

The same expression over the same values gives the same result in every process: runs that started before expressions
were evaluated in an activity evaluate here and replay. CEL's own iteration budget does not bound the time or the memory
of an evaluation, so everything else evaluates through `runtime/expressions`, whose processes import this file: it
imports nothing slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from models.errors import BadExpression, ExpressionTooCostly
from models.rules.expressions.cel_json import from_cel, to_cel
from models.rules.expressions.wide_integers import ONLY_PASSED_ON, WideIntegers

if TYPE_CHECKING:
    from pydantic import JsonValue

MAX_CHARACTERS = 2000
"""Longest expression, as in the contracts: it bounds what compiling one costs."""

_POSITION = re.compile(r"<input>:(\d+):(\d+): (.*)")
_OUT_OF_ITERATIONS = "Iteration budget exceeded"
_UNREADABLE = "Syntax error: "
_YIELDS: Mapping[type, frozenset[str]] = {bool: frozenset({"BOOL", "DYN"}), list: frozenset({"LIST", "DYN"})}
_RAW = "[rR][bB]?|[bB][rR]"
_ESCAPED = r"\\.|"
_LOOP = re.compile(
    rf"""(?P<kept>(?:{_RAW})(?:\"{{3}}.*?\"{{3}}|\'{{3}}.*?\'{{3}}|"[^"]*"|'[^']*')"""
    rf"""|\"{{3}}(?:{_ESCAPED}.)*?\"{{3}}|\'{{3}}(?:{_ESCAPED}.)*?\'{{3}}"""
    rf"""|"(?:{_ESCAPED}[^"\\])*"|'(?:{_ESCAPED}[^'\\])*'|//[^\n]*)|\.\s*(?P<loop>map|filter)\s*\(""",
    re.DOTALL,
)
"""The two macros that yield a list, outside of string literals and comments."""


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """Whether a condition holds; the reason is set if it failed for another cause than being false."""

    holds: bool
    reason: str | None = None


def check(expression: str, variables: Iterable[str], *, field: str, yields: type = object) -> None:
    """Compile and type-check an expression that may use `variables`, whose types are not known.

    Args:
        expression: The CEL text.
        variables: The names it may use.
        field: The dotted path that an error names.
        yields: `bool` or `list` where the expression must yield one; `object` for any value.

    Raises:
        BadExpression: It does not compile, or cannot yield the type.
    """
    names = tuple(sorted(variables))
    if len(expression) > MAX_CHARACTERS:
        raise BadExpression(f"the expression is longer than {MAX_CHARACTERS} characters", field=field)
    try:
        program = _environment(names).compile(expression)
        _program(expression, names)
    except RuntimeError as error:
        hint = f"It may use {', '.join(names)}." if names else None
        raise BadExpression(_reason(error), field=field, hint=hint) from None
    found = program.return_type().name()
    if yields in _YIELDS and found.partition("<")[0] not in _YIELDS[yields]:
        wanted = "true or false" if yields is bool else "a list"
        raise BadExpression(f"the expression must yield {wanted}, not {found.lower()}", field=field)


def evaluate(expression: str, variables: Mapping[str, JsonValue]) -> JsonValue:
    """Return the expression's value as JSON.

    Raises:
        BadExpression: It does not compile, a field that it reads is missing, or it takes too long.
    """
    wide = WideIntegers()
    value = _run(expression, variables, wide)
    if value.type() == cel.Type.ERROR:
        raise _failure(expression, _reason(value.plain_value(), wide))
    return from_cel(value, wide)


def holds(expression: str, variables: Mapping[str, JsonValue]) -> bool:
    """Return whether a condition holds; a missing field or another type counts as no.

    Raises:
        BadExpression: It does not compile, or it takes too long.
    """
    return judge(expression, variables).holds


def judge(expression: str, variables: Mapping[str, JsonValue]) -> ConditionResult:
    """Return whether a condition holds, as `holds` does, with the reason if it cannot be evaluated.

    Raises:
        BadExpression: It does not compile, or it takes too long.
    """
    wide = WideIntegers()
    value = _run(expression, variables, wide)
    if value.type() == cel.Type.ERROR:
        return ConditionResult(False, _reason(value.plain_value(), wide))
    if value.type() != cel.Type.BOOL:
        return ConditionResult(False, f"it yields {str(value.type().name()).lower()}, not true or false")
    return ConditionResult(bool(value.plain_value()))


def _run(expression: str, variables: Mapping[str, JsonValue], wide: WideIntegers) -> Any:
    try:
        program = _program(expression, tuple(sorted(variables)))
        return program.eval(data={name: to_cel(value, wide) for name, value in variables.items()})
    except RuntimeError as error:
        raise _failure(expression, _reason(error)) from None


def _failure(expression: str, reason: str) -> BadExpression:
    # CEL has no other sign of this than its text.
    failure = ExpressionTooCostly if _OUT_OF_ITERATIONS in reason else BadExpression
    return failure(f"`{_short(expression)}`: {reason}")


@lru_cache(maxsize=2048)
def _program(expression: str, names: tuple[str, ...]) -> Any:
    return _environment(names).compile(_ordered(expression))


@lru_cache(maxsize=64)
def _environment(names: tuple[str, ...]) -> Any:
    in_order = cel.FunctionDecl(
        "in_order__",
        [
            cel.Overload("in_order_list", cel.Type.LIST, [cel.Type.LIST], is_member=True, impl=_unchanged),
            cel.Overload("in_order_map", cel.Type.LIST, [cel.Type.MAP], is_member=True, impl=_sorted_keys),
        ],
    )
    return cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN), functions=[in_order])


def _ordered(expression: str) -> str:
    """Make macros that yield a list visit a map's keys in order: CEL's own order differs between processes."""
    return _LOOP.sub(lambda found: found["kept"] or f".in_order__().{found['loop']}(", expression)


def _unchanged(items: list[Any]) -> list[Any]:
    return items


def _sorted_keys(items: dict[Any, Any]) -> list[Any]:
    return sorted(items, key=lambda key: (type(key).__name__, key))


def _reason(error: object, wide: WideIntegers | None = None) -> str:
    """Return CEL's message with the position in front, without status codes, source excerpts and token lists."""
    text = str(error)
    if wide and wide.found and "bytes" in text:
        return ONLY_PASSED_ON
    if found := _POSITION.search(text):
        line, column, reason = found.groups()
        said = reason.removesuffix(" [INVALID_ARGUMENT]")
        if said.startswith(_UNREADABLE):
            return f"The expression cannot be read at line {line}, column {column} ({_plainly(said)})."
        return f"line {line}, column {column}: {said}"
    text = re.sub(r"^[A-Z_]+: ", "", text.partition("\n")[0])
    return re.sub(r" \[[A-Z_]+\]$", "", text)


def _plainly(said: str) -> str:
    """Return the parser's message without the tokens it expected and without its own token names."""
    words = re.sub(r" expecting .*$", "", said.removeprefix(_UNREADABLE))
    return words.replace("mismatched input '<EOF>'", "it ends too early").replace("'<EOF>'", "the end")


def _short(expression: str) -> str:
    return expression if len(expression) <= 80 else f"{expression[:77]}..."
