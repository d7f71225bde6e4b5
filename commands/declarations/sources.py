"""Reads the files of a declaration and maps fields of the whole back to a file and line."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.declarations.yaml_reader import YamlDocument, read_yaml
from models.errors import Invalid, PodiumError

LISTS = ("primitives", "automations", "dependencies", "budgets")
KEYS = ("project", *LISTS)
STDIN = frozenset({"-", "/dev/stdin"})
SUFFIXES = frozenset({".yaml", ".yml"})

_ITEM = re.compile(r"^(\w+)\[(\d+)\](.*)$")


class BadFile(PodiumError):
    """A file that cannot be applied, with the lines at fault."""

    code, status, title = "bad_file", 422, "The file cannot be applied"


@dataclass(frozen=True, slots=True)
class DeclarationFile:
    """One file: its name in messages, its content, and the offset of its items in each list."""

    name: str
    document: YamlDocument
    before: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sources:
    """All files of one declaration."""

    files: tuple[DeclarationFile, ...]

    @property
    def declared(self) -> dict[str, list[Any]]:
        return {name: [item for file in self.files for item in file.document.value[name]] for name in LISTS}

    def project(self) -> str | None:
        """Return the project that the files name.

        Raises:
            BadFile: they name different ones.
        """
        named = {file.name: file.document.value["project"] for file in self.files if "project" in file.document.value}
        if len(set(named.values())) > 1:
            raise BadFile("the files name different projects: " + ", ".join(f"{n}: {p}" for n, p in named.items()))
        return next(iter(named.values()), None)

    def locate(self, field: str) -> str | None:
        """Return `file:line: field` of a field of the declaration; None if it is in no file."""
        found = _ITEM.match(field)
        if found is None or found[1] not in LISTS:
            file = self.files[0]
            return f"{file.name}:{file.document.line_of(field)}: {field}" if field in LISTS else None
        name, index, rest = found[1], int(found[2]), found[3]
        file = next(file for file in reversed(self.files) if file.before[name] <= index)
        path = f"{name}[{index - file.before[name]}]{rest}"
        return f"{file.name}:{file.document.line_of(path)}: {path}"


def read_sources(names: Sequence[str]) -> Sources:
    """Read files, directories of YAML files, and standard input (`-`).

    Raises:
        BadFile: a file cannot be read, or is not a declaration.
    """
    files: list[DeclarationFile] = []
    before = dict.fromkeys(LISTS, 0)
    for name in _expanded(names):
        document = _read(name)
        files.append(DeclarationFile(name, document, before))
        before = {key: count + len(document.value[key]) for key, count in before.items()}
    return Sources(tuple(files))


def _expanded(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if Path(name).is_dir():
            inside = sorted(str(file) for file in Path(name).iterdir() if file.suffix in SUFFIXES)
            if not inside:
                raise BadFile(f"the directory {name} holds no YAML files")
            found += inside
        else:
            found.append("-" if name in STDIN else name)
    return found


def read_document(name: str) -> YamlDocument:
    """Read a file, or standard input (`-`), as YAML or JSON.

    Raises:
        BadFile: it cannot be read, or is neither.
    """
    label = label_of(name)
    try:
        raw = sys.stdin.buffer.read() if name in STDIN else Path(name).read_bytes()
        return read_yaml(raw.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{label} cannot be read: {error}") from None
    except Invalid as error:
        raise BadFile(f"{label}:{error.field}: {error.detail}") from None


def label_of(name: str) -> str:
    """Return how messages call a file."""
    return "standard input" if name in STDIN else name


def _read(name: str) -> YamlDocument:
    label, document = label_of(name), read_document(name)
    if not isinstance(document.value, dict):
        raise BadFile(f"{label}:1: the file must be a mapping with {', '.join(KEYS)}")
    for key, value in document.value.items():
        line = f"{label}:{document.line_of(key)}"
        if key not in KEYS:
            raise BadFile(f"{line}: {key} is not known; known are {', '.join(KEYS)}")
        if key == "project" and not (isinstance(value, str) and value):
            raise BadFile(f"{line}: project must be text")
        if key in LISTS and not isinstance(value, list | None):
            raise BadFile(f"{line}: {key} must be a list")
    # `primitives:` with nothing behind it is an empty list.
    document.value.update({key: document.value.get(key) or [] for key in LISTS})
    return document
