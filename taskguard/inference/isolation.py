"""Astroid by itself: it sees the texts that it is given and nothing of the machine it runs on, and is left as it was found."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from importlib import import_module
from threading import RLock

from astroid import context as contexts
from astroid import nodes
from astroid.brain import brain_builtin_inference as builtin_calls
from astroid.builder import AstroidBuilder
from astroid.exceptions import AstroidImportError
from astroid.manager import AstroidManager
from astroid.transforms import TransformVisitor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from taskguard.inference.model import Source

tips: Any = import_module("astroid.inference_tip")  # the package has a function of that name

MOST_STEPS = 2_000
MOST_MODULES = 60
LONGEST_TEXT = 400_000
MOST_VALUES = 8
# The calls of builtins that astroid works out. The others it answers with some value of the right type: `str(5)` is "" to it.
WORKED_OUT = ("dict", "getattr", "len", "list", "set", "tuple")

LOCK = RLock()


class Spent(BaseException):
    """Too many steps. No Exception, since astroid catches those on its way."""


class Steps(dict):  # type: ignore[type-arg]
    """Astroid's memory of inferred nodes; it asks before each step, so that steps are counted and seen here."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Any, None] = {}
        self.count = 0
        self.watching = True

    def __contains__(self, key: object) -> bool:
        self.count += 1
        if self.count > MOST_STEPS:
            raise Spent
        if self.watching:
            self.seen[key] = None
        return super().__contains__(key)


class NoFiles(dict):  # type: ignore[type-arg]
    """In place of the files that astroid would find: there are none."""

    def __missing__(self, key: object) -> object:
        return AstroidImportError("not of the project")


class Modules(dict):  # type: ignore[type-arg]
    """The modules that astroid may import, built when they are asked for. It takes each name to be here, so it looks nowhere else."""

    def __init__(self, source_of: Callable[[str], Source | None]) -> None:
        super().__init__()
        self._source_of = source_of
        self.steps = Steps()
        self.own: dict[str, nodes.Module] = {}

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> nodes.Module:
        source = self._source_of(name) if len(self.own) < MOST_MODULES else None
        if source is None or len(source.text) > LONGEST_TEXT:
            raise AstroidImportError("not of the project")
        watching, self.steps.watching = self.steps.watching, False
        try:
            module = Builder(AstroidManager()).string_build(
                source.text, f"{name}.__init__" if source.is_package else name
            )
        finally:
            self.steps.watching = watching
        self.own[name] = module
        return module


class Builder(AstroidBuilder):  # type: ignore[misc]
    """Builds trees. Only what a method gives `self` is looked into at once: the rest would import half the project."""

    def delayed_assattr(self, node: nodes.AssignAttr) -> None:
        if gives_self(node):
            super().delayed_assattr(node)


def gives_self(node: nodes.AssignAttr) -> bool:
    """Whether an attribute is set on the first parameter of the method that does it."""
    frame = node.frame()
    if not isinstance(node.expr, nodes.Name) or not isinstance(frame, nodes.FunctionDef):
        return False
    first = (frame.args.posonlyargs + (frame.args.args or []))[:1]
    return isinstance(frame.parent, nodes.ClassDef) and [one.name for one in first] == [node.expr.name]


def transforms() -> TransformVisitor:
    """The few of astroid's own extensions that work a value out."""
    made = TransformVisitor()
    manager = AstroidManager()
    manager._transform = made
    for name in WORKED_OUT:
        builtin_calls.register_builtin_transform(manager, getattr(builtin_calls, f"infer_{name}"), name)
    made.register_transform(
        nodes.Call, tips.inference_tip(builtin_calls._infer_str_format_call), builtin_calls._is_str_format_call
    )
    return made


@contextmanager
def apart(modules: Modules, transform: TransformVisitor) -> Iterator[Steps]:
    """Astroid works on these modules alone inside; its global state is put back at the end. One thread at a time."""
    with LOCK:
        AstroidBuilder(AstroidManager())  # makes astroid's tree of the builtins, once a process
        brain: dict[str, Any] = AstroidManager.brain
        before = dict(brain)
        caches = contexts._INFERENCE_CACHE, tips._cache
        builtins = AstroidManager().builtins_module
        attributes = [(one, _copied(one.instance_attrs), _copied(one.locals)) for one in _classes(builtins)]
        modules.setdefault("builtins", builtins)
        modules.steps = Steps()
        brain.update(
            astroid_cache=modules, _mod_file_cache=NoFiles(), _failed_import_hooks=[], always_load_extensions=False,
            extension_package_whitelist=set(), module_denylist=set(), max_inferable_values=MOST_VALUES, _transform=transform,
        )  # fmt: skip
        contexts._INFERENCE_CACHE, tips._cache = modules.steps, OrderedDict()
        try:
            yield modules.steps
        finally:
            contexts._INFERENCE_CACHE, tips._cache = caches
            tips._CURRENTLY_INFERRING.clear()
            brain.clear()
            brain.update(before)
            for one, given, names in attributes:
                one.instance_attrs, one.locals = given, names
            nodes.Name.lookup.cache_clear()


def _classes(module: nodes.Module) -> list[nodes.ClassDef]:
    return [one for found in module.locals.values() for one in found if isinstance(one, nodes.ClassDef)]


def _copied(names: dict[str, Any]) -> dict[str, Any]:
    return {name: list(found) for name, found in names.items()}
