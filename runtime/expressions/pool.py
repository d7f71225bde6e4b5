"""A few evaluator processes, which evaluate one expression each at a time.

`runtime/expressions/evaluation.py` has the calls that others use.
"""

import atexit
import json
import os
import queue
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from pydantic import JsonValue

from models.errors import BadExpression, ExpressionTooCostly, PodiumError, Unavailable
from runtime.expressions.limits import CPU_SECONDS, MAX_INPUT_BYTES, MEMORY_BYTES
from runtime.expressions.process import Evaluator, EvaluatorLost

log = structlog.get_logger(__name__)

Asked = tuple[str, str]
"""How (`judge` or `evaluate`) and the expression."""

_SPARES = 2
"""How many idle evaluators are kept ready, so that nobody waits for the start of one after a costly expression."""

_ATTEMPTS = 3
"""An evaluator that somebody else ended is replaced, so often for one expression."""


class EvaluatorPool:
    """Evaluators and as many threads that wait for them, so that neither the event loop nor a workflow does."""

    def __init__(self, size: int) -> None:
        """Start nothing: processes start when they are first needed, or by `warm`."""
        self.size = size
        self.threads = ThreadPoolExecutor(size, thread_name_prefix="expressions")
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="expression-starter")
        self._idle: queue.LifoQueue[Evaluator] = queue.LifoQueue()
        self._closed = False

    def warm(self) -> None:
        """Start evaluators behind the scenes until enough are idle."""
        if not self._closed:
            self._starter.submit(self._add_spares)

    def evaluate(self, asked: Sequence[Asked], variables: Mapping[str, JsonValue]) -> list[Any]:
        """Evaluate expressions over the same data, each with a budget of its own; blocks the calling thread.

        Returns:
            An answer of the evaluator, or an error, for each.
        """
        try:
            data = json.dumps(variables)
        except (ValueError, RecursionError) as error:
            return [BadExpression(f"the data is not JSON: {error}") for _ in asked]
        if len(data) > MAX_INPUT_BYTES:
            reason = f"the expression's data has {len(data)} bytes, more than {MAX_INPUT_BYTES}"
            return [ExpressionTooCostly(reason) for _ in asked]
        answers: list[Any] = []
        attempt = 1
        while len(answers) < len(asked):
            done = len(answers)
            try:
                self._exchange(asked[done:], data, answers)
            except EvaluatorLost as lost:
                self.warm()
                attempt = 1 if len(answers) > done else attempt + 1
                if not lost.stopped_from_outside:
                    answers.append(_over_budget(lost))
                elif attempt > _ATTEMPTS:
                    answers.append(Unavailable("the expression's evaluator was stopped"))
        return answers

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        self._starter.shutdown(wait=True, cancel_futures=True)
        self.threads.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _exchange(self, asked: Sequence[Asked], data: str, answers: list[Any]) -> None:
        evaluator = self._take()
        evaluator.send(f'{{"asked": {json.dumps(asked)}, "variables": {data}}}'.encode())
        for _ in asked:
            answers.append(_read(evaluator.receive()))
        self._give_back(evaluator)

    def _take(self) -> Evaluator:
        while True:
            try:
                evaluator = self._idle.get_nowait()
            except queue.Empty:
                return Evaluator()
            if evaluator.alive:
                return evaluator
            evaluator.close()

    def _give_back(self, evaluator: Evaluator) -> None:
        if self._closed or self._idle.qsize() >= self.size:
            evaluator.close()
        else:
            self._idle.put(evaluator)

    def _add_spares(self) -> None:
        try:
            while self._idle.qsize() < _SPARES and not self._closed:
                self._give_back(Evaluator())
        except (EvaluatorLost, OSError):
            log.exception("an evaluator of expressions did not start")


def _read(body: bytes) -> Any:
    answer = json.loads(body)
    if "code" not in answer:
        return answer
    error = ExpressionTooCostly if answer["code"] == ExpressionTooCostly.code else BadExpression
    return error(answer["detail"], hint=answer["hint"])


def _over_budget(lost: EvaluatorLost) -> PodiumError:
    if lost.out_of_time:
        reason = f"it takes more than {CPU_SECONDS * 1000:g} ms"
    else:
        reason = f"it needs more than {MEMORY_BYTES // (1024 * 1024)} MiB of memory"
    return ExpressionTooCostly(f"the expression costs too much: {reason}", hint="Let it read less, or fewer times.")


POOL = EvaluatorPool(max(2, min(4, os.cpu_count() or 2)))
"""The pool of this process."""

atexit.register(POOL.close)
