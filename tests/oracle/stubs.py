"""Stands in for whatever a project imports and this machine has not installed.

A stub may be called, subclassed, iterated, compared, indexed and used as a decorator; it knows the dotted name by which it was reached.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any


class Stub:
    """An object of a module that is not there. As a decorator it gives back what it decorates."""

    def __init__(self, path: str) -> None:
        self.__dict__["stub_path"] = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return klass(f"{self.stub_path}.{name}") if name[:1].isupper() else Stub(f"{self.stub_path}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (
            len(args) == 1
            and not kwargs
            and isinstance(args[0], types.FunctionType | type | classmethod | staticmethod)
        ):
            return args[0]
        return Stub(f"{self.stub_path}()")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (klass(self.stub_path),)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __getitem__(self, key: Any) -> Any:
        return Stub(f"{self.stub_path}[]")

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __fspath__(self) -> str:
        return "stub"

    def __contains__(self, item: Any) -> bool:
        return False

    def __hash__(self) -> int:
        return hash(self.stub_path)

    def __eq__(self, other: object) -> bool:
        return self is other

    def _operate(self, *others: Any) -> Any:
        return Stub(f"{self.stub_path}?")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = (
        __mod__
    ) = _operate
    __or__ = __ror__ = __and__ = __rand__ = __xor__ = __lshift__ = __rshift__ = __neg__ = __invert__ = __pow__ = (
        __rfloordiv__
    ) = _operate

    def __lt__(self, other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__


class StubType(type):
    """The type of the classes that are not there."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        path = f"{cls.__dict__.get('stub_path') or cls.__name__}.{name}"
        return klass(path) if name[:1].isupper() and not name.isupper() else Stub(path)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if "stub_path" in cls.__dict__:
            return Stub(cls.__dict__["stub_path"])(*args, **kwargs)
        try:
            return super().__call__(*args, **kwargs)
        except Exception:
            return Stub(cls.__name__)

    def __getitem__(cls, key: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


_classes: dict[str, type] = {}


def klass(path: str) -> type:
    """The stub class of that name; one that is called like an exception is one."""
    if path not in _classes:
        last = path.rpartition(".")[2]
        base: type = (
            Exception if last.endswith(("Error", "Exception", "DoesNotExist", "Warning", "Timeout")) else object
        )
        if base is Exception:
            _classes[path] = type(last, (Exception,), {"stub_path": path, "__module__": path.rpartition(".")[0]})
        else:
            _classes[path] = StubType(
                last, (), {"stub_path": path, "__module__": path.rpartition(".")[0], "__init__": _made}
            )
    return _classes[path]


def _made(self: Any, *args: Any, **kwargs: Any) -> None: ...


class StubModule(types.ModuleType):
    """A module that has every name."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        path = f"{self.__name__}.{name}"
        return klass(path) if name[:1].isupper() and not name.isupper() else Stub(path)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last: gives a stub for each module that nothing else finds, but for those of the project itself."""

    def __init__(self, own: Callable[[str], bool]) -> None:
        self.own = own
        self.given: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if self.own(name) or name.partition(".")[0] in sys.stdlib_module_names:
            return None  # a module of another platform is truly not there
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        self.given.add(spec.name)
        return StubModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None: ...


def install(own: Callable[[str], bool]) -> Finder:
    """Puts the finder behind all others."""
    finder = Finder(own)
    sys.meta_path.append(finder)
    return finder


def is_stub(value: Any) -> bool:
    """Whether a value is a stub, or is made of one."""
    if isinstance(value, Stub) or (isinstance(value, type) and "stub_path" in value.__dict__):
        return True
    if isinstance(value, dict):
        return any(is_stub(one) for pair in value.items() for one in pair)
    return isinstance(value, list | tuple | set | frozenset) and any(is_stub(one) for one in value)
