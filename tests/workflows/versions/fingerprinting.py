"""The commands that each Temporal workflow can reach, in the order of its source, with our own helpers followed.

A symbolic walk over the source of `workflows/`, with no evaluation: functions, methods (through base classes and
`super`), functions that are passed as arguments, and both halves of `async with` helpers are followed; both branches
of an `if` are walked, a loop once. A command in code that the walk cannot follow is absent from every fingerprint, and
`unreached` lists it.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

MODULES = {"workflow", "asyncio"}
COMMANDS = {
    "continue_as_new",
    "deprecate_patch",
    "execute_activity",
    "execute_activity_method",
    "execute_child_workflow",
    "execute_local_activity",
    "execute_local_activity_method",
    "get_external_workflow_handle",
    "patched",
    "sleep",
    "start_activity",
    "start_activity_method",
    "start_child_workflow",
    "start_local_activity",
    "start_local_activity_method",
    "timeout",
    "upsert_search_attributes",
    "uuid4",
    "wait_condition",
    "wait_for",
}
HANDLERS = {"run", "signal", "update", "init"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Instance:
    """An object whose class is known, such as `self`."""

    module: str
    name: str


@dataclass(frozen=True)
class Callee:
    """A function to walk, with its module, its `self` and the variables that its closure binds."""

    module: str
    node: Function
    owner: Instance | None = None
    closure: tuple[tuple[str, "Value"], ...] = ()


Value = Instance | Callee


@dataclass
class Module:
    """One file's functions, classes and imports from other files of `workflows/`."""

    tree: ast.Module

    @cached_property
    def functions(self) -> dict[str, Function]:
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return {
            alias.asname or alias.name: (str(node.module).removeprefix("workflows."), alias.name)
            for node in found
            for alias in node.names
            if str(node.module).startswith("workflows.")
        }


def fingerprints(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the commands of every Temporal workflow class, by the path of its file.

    Args:
        sources: The text of each file of `workflows/`, by its path without `.py`, with dots.
    """
    program = Program({name: Module(ast.parse(text)) for name, text in sources.items()})
    return {name: walk.commands for name, walk in program.walks().items()}


def unreached(sources: Mapping[str, str]) -> list[str]:
    """Return the commands that are in no fingerprint, as `file:line`."""
    program = Program({name: Module(ast.parse(text)) for name, text in sources.items()})
    seen = {site for walk in program.walks().values() for site in walk.sites}
    everything = {
        (name, node.lineno, node.col_offset)
        for name, module in program.modules.items()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and command(node)
    }
    return sorted(f"{name}:{line}" for name, line, _ in everything - seen)


def command(call: ast.Call) -> str | None:
    """Return the text of a command (`execute_activity_method(AgentActivities.call_agent)`); None for other calls."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)):
        return None
    if function.value.id not in MODULES or function.attr not in COMMANDS:
        return None
    if function.attr == "wait_condition" and any(keyword.arg == "timeout" for keyword in call.keywords):
        return "wait_condition(timeout)"
    if function.attr.startswith(("execute_", "start_")):
        return f"{function.attr}({ast.unparse(call.args[0]) if call.args else ''})"
    return function.attr


@dataclass
class Program:
    """All files of `workflows/`, and how their names resolve."""

    modules: dict[str, Module]

    def walks(self) -> dict[str, "Walk"]:
        """Walk every class with `@workflow.defn`: its run method first, then its other handlers."""
        walks: dict[str, Walk] = {}
        for name, module in self.modules.items():
            for defined in module.classes.values():
                if any("workflow.defn" in ast.unparse(one) for one in defined.decorator_list):
                    walk = walks.setdefault(name, Walk(self))
                    for callee in self.entries(Instance(name, defined.name)):
                        walk.enter(callee, {}, lambda: None)
        return walks

    def entries(self, owner: Instance) -> list[Callee]:
        names = dict.fromkeys(
            node.name for one in self.lineage(owner) for node in self.body(one) if handler(node) is not None
        )
        found = [self.method(owner, name) for name in names]
        return sorted(filter(None, found), key=lambda callee: handler(callee.node) != "run")

    def body(self, owner: Instance) -> list[Function]:
        return [node for node in self.modules[owner.module].classes[owner.name].body if isinstance(node, Function)]

    def lineage(self, owner: Instance) -> list[Instance]:
        """Return a class and its base classes that `workflows/` defines, nearest first."""
        found = [owner]
        for base in self.modules[owner.module].classes[owner.name].bases:
            known = self.named_class(owner.module, ast.unparse(base))
            found += self.lineage(known) if known else []
        return found

    def method(self, owner: Instance, name: str, *, above: Instance | None = None) -> Callee | None:
        lineage = self.lineage(owner)
        for one in lineage[lineage.index(above) + 1 :] if above else lineage:
            for node in self.body(one):
                if node.name == name:
                    return Callee(one.module, node, owner)
        return None

    def named_class(self, module: str, name: str) -> Instance | None:
        if name in self.modules[module].classes:
            return Instance(module, name)
        origin = self.modules[module].imports.get(name)
        return self.named_class(*origin) if origin and origin[0] in self.modules else None

    def function(self, module: str, name: str) -> Callee | None:
        if node := self.modules[module].functions.get(name):
            return Callee(module, node)
        origin = self.modules[module].imports.get(name)
        return self.function(*origin) if origin and origin[0] in self.modules else None


def handler(node: Function) -> str | None:
    """Return which handler of a Temporal workflow a method is."""
    marks = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    return next((name for name in HANDLERS if f"workflow.{name}" in marks), None)


@dataclass
class Walk:
    """The commands found from one class's handlers."""

    program: Program
    commands: list[str] = field(default_factory=list)
    sites: set[tuple[str, int, int]] = field(default_factory=set)
    stack: list[Function] = field(default_factory=list)

    def enter(self, callee: Callee, arguments: Mapping[str, Value], at_yield: Callable[[], None]) -> None:
        if callee.node in self.stack:
            return
        bound: dict[str, Value] = {**dict(callee.closure), **arguments}
        parameters = [one.arg for one in callee.node.args.args]
        if callee.owner and parameters:
            bound[parameters[0]] = callee.owner
        self.stack.append(callee.node)
        for statement in callee.node.body:
            _Body(self, callee, bound, at_yield).visit(statement)
        self.stack.pop()


class _Body(ast.NodeVisitor):
    def __init__(self, walk: Walk, callee: Callee, bound: dict[str, Value], at_yield: Callable[[], None]) -> None:
        self._walk, self._callee, self._bound, self._at_yield = walk, callee, bound, at_yield

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._define(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._define(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self._with(node.items, node.body)

    def visit_With(self, node: ast.With) -> None:
        self._with(node.items, node.body)

    def visit_Yield(self, node: ast.Yield) -> None:
        self._at_yield()

    def visit_Call(self, node: ast.Call) -> None:
        self._call(node, lambda: None)

    def _define(self, node: Function) -> None:
        callee = self._callee
        self._bound[node.name] = Callee(callee.module, node, None, tuple(self._bound.items()))

    def _with(self, items: Sequence[ast.withitem], body: Sequence[ast.stmt]) -> None:
        """Walk the body where the helper yields; a foreign context manager adds no commands."""
        if not items:
            for statement in body:
                self.visit(statement)
            return
        first = items[0].context_expr
        target = self._resolve(first.func) if isinstance(first, ast.Call) else None
        if isinstance(first, ast.Call) and isinstance(target, Callee) and _yields(target.node):
            self._call(first, lambda: self._with(items[1:], body))
        else:
            self.visit(first)
            self._with(items[1:], body)

    def _call(self, node: ast.Call, at_yield: Callable[[], None]) -> None:
        for one in (node.func, *node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(one)
        if found := command(node):
            self._walk.commands.append(found)
            self._walk.sites.add((self._callee.module, node.lineno, node.col_offset))
        elif isinstance(target := self._resolve(node.func), Callee):
            self._walk.enter(target, self._arguments(target, node), at_yield)

    def _arguments(self, target: Callee, node: ast.Call) -> dict[str, Value]:
        positional = [one.arg for one in target.node.args.args][1 if target.owner else 0 :]
        given = dict(zip(positional, node.args, strict=False)) | {
            keyword.arg: keyword.value for keyword in node.keywords if keyword.arg
        }
        values = {name: self._resolve(one) for name, one in given.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _resolve(self, node: ast.expr) -> Value | None:
        program, callee = self._walk.program, self._callee
        match node:
            case ast.Name(id=name):
                if name in self._bound:
                    return self._bound[name]
                return program.function(callee.module, name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                return self._above(name)
            case ast.Attribute(value=value, attr=name):
                owner = self._resolve(value)
                return program.method(owner, name) if isinstance(owner, Instance) else None
        return None

    def _above(self, name: str) -> Callee | None:
        program, owner = self._walk.program, self._callee.owner
        if owner is None:
            return None
        here = next(one for one in program.lineage(owner) if self._callee.node in program.body(one))
        return program.method(owner, name, above=here)


def _yields(node: Function) -> bool:
    return any(isinstance(one, ast.Yield) for one in ast.walk(node))
