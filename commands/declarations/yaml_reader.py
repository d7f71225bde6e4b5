"""Reads YAML with JSON's types and remembers the line of each value.

Scalars follow YAML 1.2's core schema: `on`, `22:30` and `2026-01-01` are text. PyYAML parses the text into nodes
with line marks; values are built here, because its own constructors follow YAML 1.1. Numbers are exact or refused.
Each anchor is built once, and the size of what aliases expand to is bounded.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from commands.declarations.yaml_scalars import CORE, MERGE, STR, scalar_value
from models.errors import Invalid
from models.rules.json.storable import MAX_NESTING

MAX_EXPANDED = 20_000_000
"""Characters and values that a document may have once its aliases are expanded."""

_PARTS = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_LIST, _OBJECT = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"


class _Composer(yaml.SafeLoader):
    """Parses text into nodes; the core schema decides what plain scalars are."""


_Composer.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in CORE.items():
    _Composer.add_implicit_resolver(_tag, _pattern, _first)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A document's value, and the nodes that know their lines."""

    value: Any
    node: Node

    def line_of(self, path: str) -> int:
        """Return the line of a dotted path (`automations[3].schedule.cronExpr`), or of its nearest parent."""
        node, line = self.node, self.node.start_mark.line
        for index, name in _PARTS.findall(path):
            found = _item(node, int(index)) if index else _field(node, name)
            if found is None:
                break
            node, line = found
        return int(line) + 1


def read_yaml(text: str) -> YamlDocument:
    """Read one document.

    Raises:
        Invalid: it is not YAML, or holds what JSON cannot; `field` is the line, counted from 1.
    """
    loader = None
    try:
        loader = _Composer(text)
        node = loader.get_single_node()
        if node is None:
            raise _error(1, "the file is empty")
        return YamlDocument(_Builder().build(node, "", 0).value, node)
    except RecursionError:
        # PyYAML recurses into nested nodes; its position is where nesting became too deep.
        raise _error(loader.line + 1 if loader else 1, "nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _error(mark.line + 1 if mark else 1, error.problem or str(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(line, f"the character U+{error.character:04X} is not allowed in YAML") from None
    except (ValueError, OverflowError) as error:
        # An escape past U+10FFFF, or a %YAML version of thousands of digits.
        raise _error(loader.line + 1 if loader else 1, str(error)) from None


@dataclass(frozen=True, slots=True)
class _Built:
    value: Any
    depth: int
    size: int


@dataclass(slots=True)
class _Builder:
    """Builds values from nodes; a node that aliases share is built once."""

    built: dict[int, _Built] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def build(self, node: Node, path: str, level: int) -> _Built:
        known = self.built.get(id(node))
        if known is None:
            if id(node) in self.open:
                raise _error_at(node, "the anchor contains itself", path)
            if level >= MAX_NESTING and not isinstance(node, ScalarNode):
                raise _error_at(node, "nested too deeply", path)
            self.open.add(id(node))
            known = self.built[id(node)] = self._build(node, path, level)
            self.open.remove(id(node))
        if level + known.depth > MAX_NESTING:
            raise _error_at(node, "nested too deeply", path)
        return known

    def _build(self, node: Node, path: str, level: int) -> _Built:
        if isinstance(node, ScalarNode):
            try:
                return _Built(scalar_value(node), 0, 1 + len(node.value))
            except ValueError as error:
                raise _error_at(node, str(error), path) from None
        if isinstance(node, SequenceNode):
            _expect_tag(node, _LIST, path)
            items = [self.build(item, f"{path}[{index}]", level + 1) for index, item in enumerate(node.value)]
            return self._whole(node, [one.value for one in items], items, path)
        assert isinstance(node, MappingNode)
        _expect_tag(node, _OBJECT, path)
        return self._object(node, path, level)

    def _object(self, node: MappingNode, path: str, level: int) -> _Built:
        value: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        parts: list[_Built] = []
        for key, item in node.value:
            name = _key(key, path)
            if name in value or (name == "<<" and merged):
                raise _error_at(key, f"{name!r} comes twice", path)
            inside = f"{path}.{name}" if path else name
            part = self.build(item, inside, level + 1)
            parts.append(part)
            if key.tag == MERGE:
                merged = _merge(item, part.value, inside)
            else:
                value[name] = part.value
        return self._whole(node, {**merged, **value}, parts, path)

    def _whole(self, node: Node, value: Any, parts: list[_Built], path: str) -> _Built:
        size = 1 + sum(one.size for one in parts)
        if size > MAX_EXPANDED:
            raise _error_at(node, f"its aliases expand to more than {MAX_EXPANDED:,} characters", path)
        return _Built(value, 1 + max((one.depth for one in parts), default=0), size)


def _merge(node: Node, value: Any, path: str) -> dict[str, Any]:
    """Combine what a merge key names: the first of several mappings wins."""
    merged: dict[str, Any] = {}
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise _error_at(node, "a merge key needs a mapping, or a list of mappings", path)
        merged = {**one, **merged}
    return merged


def _key(node: Node, path: str) -> str:
    if not isinstance(node, ScalarNode):
        raise _error_at(node, "a key must be plain text", path)
    if node.tag not in (STR, MERGE):
        raise _error_at(node, f"the key {node.value!r} is not text; write it in quotes", path)
    try:
        return "<<" if node.tag == MERGE else str(scalar_value(node))
    except ValueError as error:
        raise _error_at(node, str(error), path) from None


def _expect_tag(node: Node, tag: str, path: str) -> None:
    if node.tag != tag:
        raise _error_at(node, f"the tag {node.tag} is not supported", path)


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


def _error_at(node: Node, reason: str, path: str) -> Invalid:
    return _error(node.start_mark.line + 1, f"{reason} (in {path})" if path else reason)


def _error(line: int, reason: str) -> Invalid:
    return Invalid(reason, field=str(line))
