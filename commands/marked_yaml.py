"""Reads a YAML file and remembers on which line each value stands.

The rule kept here: YAML means what JSON would: `on` and `2026-01-01` are text, no key comes twice.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from models.errors import Invalid
from models.rules.storable import MAX_NESTING

_PARTS = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_BOOLEANS = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_LEFT_OUT = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"})


class _Loader(yaml.SafeLoader):
    """Reads what JSON can say."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in _LEFT_OUT]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEANS, list("tTfF"))


@dataclass(frozen=True, slots=True)
class MarkedYaml:
    """A document's value, and the nodes that know their lines."""

    value: Any
    node: Node

    def line_of(self, place: str) -> int:
        """Return the line of a dotted place (`automations[3].schedule.cronExpr`), or of what is nearest above it."""
        node, line = self.node, self.node.start_mark.line
        for index, name in _PARTS.findall(place):
            found = _item(node, int(index)) if index else _field(node, name)
            if found is None:
                break
            node, line = found
        return int(line) + 1


def read_yaml(text: str) -> MarkedYaml:
    """Read one document.

    Raises:
        Invalid: it is no YAML, or says what JSON cannot; `field` is the line, counted from 1.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise _at(1, "the file says nothing")
        _check(node, set())
        return MarkedYaml(loader.construct_document(node), node)
    except RecursionError:
        # PyYAML follows the levels by recursion; it stands where it gave up.
        raise _at(loader.line + 1, "nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _at(mark.line + 1 if mark else 1, error.problem or str(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _at(line, f"the character {error.character!r} has no place in YAML") from None


def _check(node: Node, above: set[int]) -> None:
    """Refuse what PyYAML would let pass: keys that come twice, keys that are no text, numbers without end, circles."""
    if id(node) in above:
        raise _at(node.start_mark.line + 1, "the anchor contains itself")
    inside = above | {id(node)}
    if len(above) >= MAX_NESTING and not isinstance(node, ScalarNode):
        raise _at(node.start_mark.line + 1, "nested too deeply")
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise _at(key.start_mark.line + 1, "a key must be plain text")
            if key.value in seen:
                raise _at(key.start_mark.line + 1, f"{key.value!r} comes twice")
            seen.add(key.value)
            _check(value, inside)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _check(item, inside)
    elif node.tag == "tag:yaml.org,2002:float" and not math.isfinite(_number(node.value)):
        raise _at(node.start_mark.line + 1, f"{node.value} is no number that can be stored")


def _number(text: str) -> float:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return math.inf if "inf" in text.lower() or "nan" in text.lower() else 0.0


def _item(node: Node, index: int) -> tuple[Node, int] | None:
    if isinstance(node, SequenceNode) and index < len(node.value):
        return node.value[index], node.value[index].start_mark.line
    return None


def _field(node: Node, name: str) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == name:
                return value, key.start_mark.line
    return None


def _at(line: int, reason: str) -> Invalid:
    return Invalid(reason, field=str(line))
