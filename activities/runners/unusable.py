"""Says why pydantic-ai gave up on a model's answers: its own error names only the number of retries."""

from collections.abc import Sequence

from pydantic_ai import exceptions as ai
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart

_SHOWN = 600


def unusable_answer(error: ai.UnexpectedModelBehavior, messages: Sequence[ModelMessage]) -> str | None:
    """Return what is wrong with the last answer; None if pydantic-ai's error says it itself."""
    last = next((one for one in reversed(messages) if isinstance(one, ModelResponse)), None)
    if last is None or "output retries" not in str(error):
        return None
    if not any(_says_something(part) for part in last.parts):
        return "the model returned an empty answer"
    cause = error.__cause__
    why = f": {cause}" if cause is not None and str(cause) else ""
    return f"the model's answer does not match the agent's output schema{why}"[:_SHOWN]


def _says_something(part: object) -> bool:
    if isinstance(part, TextPart):
        return bool(part.content.strip())
    return isinstance(part, ToolCallPart) or not isinstance(part, ThinkingPart)
