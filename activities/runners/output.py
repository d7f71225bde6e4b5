"""Checks that an answer can be stored as the output of a run."""

import json
from typing import Any

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_jsonable_python

from models.contracts.base import JsonObject
from models.errors import AgentAnswerInvalid
from models.rules.json.huge_numbers import huge_number
from models.rules.json.reading import ReadJson, read_json_text
from models.rules.json.storable import MAX_NESTING, nesting, replacement_note, with_replacements
from models.rules.specs.json_schemas import violation
from runtime.security.outbound import MAX_ANSWER_BYTES
from runtime.security.revealed_secrets import scrubbed


def read_json_answer(body: bytes) -> ReadJson:
    """Read the JSON that an endpoint has answered, and what it loses by that.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return read_json_text(body.decode("utf-8-sig"), "answer")
    except RecursionError:
        raise AgentAnswerInvalid(f"the answer is nested more than {MAX_NESTING} levels deep") from None


def checked_output(output: Any, notes: list[str], schema: JsonObject | None = None) -> JsonValue:
    """Return the output as JSON, without the secrets that this activity has revealed.

    Characters that cannot be stored are replaced, which is added to the notes.

    Raises:
        AgentAnswerInvalid: it is not JSON, is longer than `MAX_ANSWER_BYTES`, nests too deeply, or breaks the schema.
    """
    try:
        # Twice: half a surrogate pair in a name is refused by the conversion, which may bring others to light.
        readable, first = with_replacements(output)
        stored, second = with_replacements(to_jsonable_python(readable, inf_nan_mode="constants"))
        value: JsonValue = scrubbed(stored)
        size = len(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise AgentAnswerInvalid(f"the answer is not JSON: {error}") from error
    if replaced := first + second:
        notes.append(replacement_note(replaced))
    if nesting(value) > MAX_NESTING:
        raise AgentAnswerInvalid(f"the answer is nested more than {MAX_NESTING} levels deep")
    if path := huge_number(value, "output"):
        raise AgentAnswerInvalid(f"{path} is beyond the range of a double; answer such a number as text")
    if size > MAX_ANSWER_BYTES:
        raise AgentAnswerInvalid(f"the answer is {size} bytes long, more than {MAX_ANSWER_BYTES}")
    if schema is not None and (broken := violation(schema, value)) is not None:
        raise AgentAnswerInvalid(f"the answer does not match the agent's output schema: {broken}")
    return value
