"""The process in which a Python agent's function runs: `python -m activities.runners.python_process`.

It reads calls from standard input and writes answers to the standard output that it was started with, each as four
bytes of length and JSON. What the function prints goes to standard error. Imports little, so that it starts quickly.
"""

import asyncio
import importlib
import inspect
import json
import os
import struct
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from pydantic_core import PydanticSerializationError, to_json

from models.errors import PodiumError

LENGTH = struct.Struct("!I")
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
MARK = "__podium_agents__"


@dataclass(frozen=True, slots=True)
class PythonCall:
    """The second argument of functions that take two."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    agent: str
    attempt: int
    chain: str
    """Send it as the header `Podium-Chain` with what the function sends to Podium: loops end."""
    due_at: datetime | None = None
    """The due time that the run is for, however late it is run; None: it has none."""


class CannotLoad(Exception):
    """The module cannot be imported, or the function is not an agent."""


def main() -> None:
    """Answer calls until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    calls = sys.stdin.buffer
    sys.path.extend(json.loads(_read(calls))["path"])
    while message := _read(calls):
        answer = _encoded(_answer(json.loads(message)))
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _read(stream: BinaryIO) -> bytes:
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def _answer(call: dict[str, Any]) -> dict[str, Any]:
    try:
        function = load(call["module"], call["name"])
        due_at = datetime.fromisoformat(call["due_at"]) if call["due_at"] else None
        ids = uuid.UUID(call["run_id"]), uuid.UUID(call["root_run_id"])
        details = PythonCall(*ids, call["agent"], call["attempt"], call["chain"], due_at)
        arguments = (call["input"], details) if takes_two(function) else (call["input"],)
        output = function(*arguments)
        return {"output": asyncio.run(output) if inspect.iscoroutine(output) else output}
    except CannotLoad as error:
        return {"refused": str(error)}
    except PodiumError as error:
        return {"code": error.code, "detail": error.detail, "hint": error.hint}
    except BaseException as error:
        # SystemExit too: the function must not end the process without an answer.
        return {"raised": f"{type(error).__name__}: {error}"}


def _encoded(answer: dict[str, Any]) -> bytes:
    try:
        encoded = to_json(answer, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        encoded = to_json({"invalid": f"the answer is not JSON: {error}"})
    if len(encoded) > MAX_MESSAGE_BYTES:
        return to_json({"invalid": f"the answer is longer than {MAX_MESSAGE_BYTES} bytes"})
    return encoded


def load(module_name: str, name: str) -> Callable[..., Any]:
    """Return a function that the module defines and lists in `__podium_agents__`; raise `CannotLoad`."""
    try:
        module = importlib.import_module(module_name)
    except BaseException as error:
        raise CannotLoad(f"the module {module_name} cannot be imported: {error}") from error
    function = getattr(module, name, None)
    if not inspect.isfunction(function):
        raise CannotLoad(f"the module {module_name} has no function {name}")
    if name not in getattr(module, MARK, ()) or function.__module__ != module_name:
        raise CannotLoad(f"{module_name} does not define {name} and list it in {MARK}")
    return function


def takes_two(function: Callable[..., Any]) -> bool:
    """Return whether the function requires a second positional argument; one with a default is the function's own."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return len([p for p in parameters if p.kind in positional and p.default is p.empty]) >= 2


if __name__ == "__main__":
    main()
