"""Small Python agents that are always allowed: examples to copy; the demo uses one."""

import re
from collections import Counter
from typing import Any

__podium_agents__ = ("echo", "word_count", "knowledge_digest")

_WORD = re.compile(r"[^\W\d_][\w'-]*")
_SHORT = 4


def echo(input: Any) -> Any:
    """Return the input."""
    return input


def word_count(input: Any) -> dict[str, int]:
    """Count the words, lines and characters of all the text in the input."""
    text = _text(input)
    return {"words": len(_WORD.findall(text)), "lines": len(text.splitlines()), "characters": len(text)}


def knowledge_digest(input: Any) -> dict[str, Any]:
    """Return the most frequent words in the input's text, and its first sentence."""
    text = _text(input)
    words = (word.lower() for word in _WORD.findall(text) if len(word) >= _SHORT)
    # Words of equal count keep their order in the text, so that the same text gives the same digest.
    topics = [{"word": word, "times": times} for word, times in Counter(words).most_common(5)]
    first = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
    return {"topics": topics, "summary": first[:280], **word_count(input)}


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case dict():
            return "\n".join(filter(None, map(_text, value.values())))
        case list():
            return "\n".join(filter(None, map(_text, value)))
        case None | bool():
            return ""
    return str(value)
