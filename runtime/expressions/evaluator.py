"""The program of an evaluator process: `python -m runtime.expressions.evaluator`.

It reads requests from its standard input and writes one answer per expression to its standard output, each as four
bytes of length and JSON. It imports little, because one that went over its budget is killed and replaced.

The kernel enforces the budget, since CEL cannot be interrupted from Python: a timer of processor time, whose signal
ends the process, and a limit on its memory. Time spent waiting for a processor does not count.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

from models.errors import BadExpression, ExpressionTooCostly
from models.rules.expressions.cel import evaluate, judge
from runtime.expressions.limits import CPU_SECONDS, CPU_SECONDS_PER_MIB, MAX_RESULT_BYTES, MEMORY_BYTES

_LENGTH = struct.Struct("!I")
_MIB = 1024 * 1024
_READY = b"{}"
_FIRST = "l.all(x, x.matches('a+'))"


def main() -> None:
    """Answer requests until standard input ends."""
    # What CEL and its library set up once is not part of anybody's budget.
    judge(_FIRST, {"l": ["a"]})
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _write(answers, _READY)
    while (body := _read(requests)) is not None:
        budget_seconds = CPU_SECONDS + CPU_SECONDS_PER_MIB * len(body) / _MIB
        _start_timer(budget_seconds)
        request = json.loads(body)
        for how, expression in request["asked"]:
            _start_timer(budget_seconds)
            answer = _answer(how, expression, request["variables"])
            _start_timer(0)
            _write(answers, answer)


def _answer(how: str, expression: str, variables: dict[str, Any]) -> bytes:
    try:
        result: dict[str, Any]
        if how == "judge":
            verdict = judge(expression, variables)
            result = {"holds": verdict.holds, "reason": verdict.reason}
        else:
            result = {"value": evaluate(expression, variables)}
        said = json.dumps(result).encode()
        if len(said) > MAX_RESULT_BYTES:
            raise ExpressionTooCostly(f"the expression yields {len(said)} bytes, more than {MAX_RESULT_BYTES}")
        return said
    except MemoryError:
        return _refusal(ExpressionTooCostly(over_memory()))
    except BadExpression as error:
        return _refusal(error)
    except Exception as error:
        # For example text that CEL cannot represent: an error of this expression, not of the evaluator.
        return _refusal(BadExpression(f"it cannot be evaluated: {type(error).__name__}: {error}"[:300]))


def over_memory() -> str:
    """Return the reason for an evaluation that ran out of memory."""
    return f"the expression needs more than {MEMORY_BYTES // _MIB} MiB of memory"


def _refusal(error: BadExpression) -> bytes:
    return json.dumps({"code": error.code, "detail": error.detail, "hint": error.hint}).encode()


def _start_timer(seconds: float) -> None:
    # SIGPROF's default action ends the process, also within native code; 0 stops the timer.
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm") as statistics:
            now = int(statistics.read().split()[0]) * resource.getpagesize()
    except OSError:
        # Without /proc the time limit alone bounds what can be allocated.
        return
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BYTES, now + MEMORY_BYTES))


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def _write(stream: BinaryIO, body: bytes) -> None:
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    try:
        main()
    except BrokenPipeError:
        os._exit(0)
