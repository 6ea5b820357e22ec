"""Imports a project's modules with the real Celery and prints, as JSON, the tasks that are registered then.

A program of its own, for a process of its own: `python registry.py job.json`. The job has `roots` (import roots), `modules` (dotted names
to import), `ours` (the tasks of `taskguard tasks --output-format json`), and perhaps `settings` (the Django settings module).
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import os
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import stubs

warnings.simplefilter("ignore")


class Captured:
    """What a declaration handed to Celery: the function or class, the name given, and the options."""

    def __init__(self, fun: Any, given: str | None, options: dict[str, Any]) -> None:
        self.fun = fun
        self.given = given
        self.options = options


def versions() -> None:
    """Projects ask for their own version, which nobody has installed."""
    import importlib.metadata

    known = importlib.metadata.version

    def version(name: str) -> str:
        try:
            return known(name)
        except importlib.metadata.PackageNotFoundError:
            return "1.0.0"

    importlib.metadata.version = version


def capture() -> dict[str, Captured]:
    """Watches `Celery._task_from_fun`, through which each decorator goes with its options."""
    from celery import Celery

    seen: dict[str, Captured] = {}
    original = Celery._task_from_fun

    def watching(self: Any, fun: Any, name: Any = None, base: Any = None, bind: bool = False, **options: Any) -> Any:
        # A base class that is a stub, or is made of one, makes no task; Celery's own then stands in.
        whole = isinstance(base, type) and not any(stubs.is_stub(one) for one in base.__mro__)
        task = original(self, fun, name, base if whole else None, bind, **options)
        more = {"base": base} if base is not None else {}
        if bind:
            more["bind"] = bind
        seen.setdefault(task.name, Captured(fun, name, {**options, **more}))
        return task

    Celery._task_from_fun = watching
    annotations: Any = importlib.import_module("celery.app.task")
    resolve = annotations.resolve_all_annotations
    # A setting that is a stub annotates nothing.
    annotations.resolve_all_annotations = lambda *given: (one for one in resolve(*given) if isinstance(one, dict))
    return seen


class Settings:
    """`django.conf.settings`: the project's settings module where it can be imported; else, and for Django's own defaults, stubs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: Any = None

    def _loaded(self) -> Any:
        if self._module is None:
            self._module = types.ModuleType("none")
            if self._name:
                with contextlib.suppress(BaseException):
                    self._module = importlib.import_module(self._name)
        return self._module

    def __dir__(self) -> list[str]:
        return [
            name for name in dir(self._loaded()) if name.isupper() and not stubs.is_stub(getattr(self._loaded(), name))
        ]

    def __getattr__(self, name: str) -> Any:
        if hasattr(self._loaded(), name):
            return getattr(self._module, name)
        from celery.app.defaults import _OLD_SETTING_KEYS, SETTING_KEYS

        celerys = name.lower() in SETTING_KEYS or name in _OLD_SETTING_KEYS
        if celerys or name.startswith(("CELERY", "BROKER", "_")) or not name.isupper():
            raise AttributeError(name)
        return stubs.Stub(f"django.conf.settings.{name}")


def django(name: str) -> None:
    """Puts `Settings` into the stub of `django.conf`."""
    if importlib.util.find_spec("django") is not None and not isinstance(
        importlib.import_module("django"), stubs.StubModule
    ):
        return
    conf: Any = importlib.import_module("django.conf")
    conf.settings = Settings(name)
    choices: Any = importlib.import_module("django.db.models")
    choices.TextChoices, choices.IntegerChoices = choice_classes()
    with contextlib.suppress(Exception):
        functional: Any = importlib.import_module("django.utils.functional")
        functional.cached_property = property


def choice_classes() -> tuple[type, type]:
    """Django's enumerations: members may carry a label."""
    import enum

    class Meta(enum.EnumMeta):
        choices = property(lambda cls: [(one.value, one.name) for one in cls])
        values = property(lambda cls: [one.value for one in cls])
        labels = property(lambda cls: [one.name for one in cls])

    class TextChoices(str, enum.Enum, metaclass=Meta):
        def __new__(cls, value: str, label: Any = None) -> Any:
            made = str.__new__(cls, value)
            made._value_ = value
            return made

        def __str__(self) -> str:
            return str(self.value)

    class IntegerChoices(int, enum.Enum, metaclass=Meta):
        def __new__(cls, value: int, label: Any = None) -> Any:
            made = int.__new__(cls, value)
            made._value_ = value
            return made

    return TextChoices, IntegerChoices


class Gentle:
    """Runs the project's modules statement by statement: one that stubs do not suffice for is left out, and noted, and its names are stubs."""

    def __init__(self, roots: list[str]) -> None:
        self.roots = roots
        self.left_out: dict[str, str] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        from importlib.machinery import PathFinder, SourceFileLoader

        spec = PathFinder.find_spec(name, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or not self._ours(str(spec.origin)):
            return None
        spec.loader.exec_module = self._run  # type: ignore[method-assign]
        return spec

    def _ours(self, file: str) -> bool:
        return "site-packages" not in file and any(file.startswith(f"{root}/") for root in self.roots)

    def _run(self, module: types.ModuleType) -> None:
        import __future__

        file = str(module.__file__)
        tree = parsed(Path(file).read_text("utf-8"), file)
        later = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
        for node in tree.body:
            code = compile(
                ast.Module([node], []),
                file,
                "exec",
                __future__.annotations.compiler_flag if later else 0,
                dont_inherit=True,
            )
            try:
                exec(code, module.__dict__)
            except BaseException as error:
                self.left_out[f"{file}:{node.lineno}-{node.end_lineno}"] = f"{type(error).__name__}: {error}"[:200]
                for name in bound_by(node):
                    module.__dict__.setdefault(name, _missing(module.__name__, name))


def parsed(text: str, file: str) -> ast.Module:
    """The tree; `except A, B:` of Python 3.14 is written as before."""
    try:
        return ast.parse(text, file)
    except SyntaxError:
        import re

        return ast.parse(re.sub(r"except ([\w.]+(?:, *[\w.]+)+):", r"except (\1):", text), file)


def bound_by(node: ast.stmt) -> list[str]:
    """The names that a statement would have bound."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(one.asname or one.name).partition(".")[0] for one in node.names if one.name != "*"]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def imported(names: list[str]) -> dict[str, str]:
    """Imports each module; gives those that failed and why."""
    failed = {}
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"[:200]
    return failed


def _missing(module: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    path = f"{module}.{name}"
    return stubs.klass(path) if name[:1].isupper() and not name.isupper() else stubs.Stub(path)


def tasks() -> dict[str, Any]:
    """The tasks of every app of the process by name; Celery's own are left out."""
    import gc

    from celery import Celery, current_app

    made: dict[str, Any] = {}
    apps = [one for one in gc.get_objects() if issubclass(type(one), Celery)]
    for app in [*apps, current_app._get_current_object()]:
        _finalized(app)
        for name, task in dict(app._tasks).items():
            if not str(task.__module__).startswith("celery.app.") and (
                name not in made or made[name].__class__.__name__ == "Stub"
            ):
                made[name] = task
    return made


def _finalized(app: Any) -> None:
    """Finalises an app; one whose configuration needs what is only a stub here gets an empty one."""
    pending = list(app._pending)
    for _ in range(3):
        try:
            app.finalize(auto=True)
            return
        except Exception as error:
            print(f"finalize: {type(error).__name__}: {error}", file=sys.stderr)
            app._config_source, app._conf, app.finalized = None, None, False
            app.configured = False
            app.__dict__.pop("annotations", None)
            app._pending.clear()
            app._pending.extend(pending)


def resolved(dotted: str) -> Any:
    """The object that a dotted name names."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        if cut > 1 and parts[cut - 1][:1].isupper():
            continue  # a class; a stub of a module would be found under its name
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except Exception:
            continue
        try:
            for part in parts[cut:]:
                found = getattr(found, part)
        except AttributeError:
            continue
        return found
    import builtins

    return getattr(builtins, dotted.rpartition(".")[2], None)


def same(ours: Any, theirs: Any) -> bool:
    """Whether a value of our JSON is the running one."""
    if isinstance(ours, dict) and set(ours) == {"name"} and not isinstance(theirs, dict):
        found = resolved(ours["name"])
        if found is theirs or (hasattr(found, "value") and found.value == theirs) or found == theirs:
            return True
        return stubs.is_stub(found) and stubs.is_stub(theirs) and last_of(found) == last_of(theirs)
    if isinstance(theirs, list | tuple | set | frozenset):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, dict):
        return (
            isinstance(ours, dict)
            and set(ours) == {str(key) for key in theirs}
            and all(same(ours[str(k)], v) for k, v in theirs.items())
        )
    if isinstance(ours, dict) and "name" in ours:
        return type(theirs).__name__ == str(ours["name"]).rpartition(".")[2]
    return (
        (type(ours) is type(theirs) and bool(ours == theirs))
        or (isinstance(ours, int | float) and bool(ours == theirs))
        or (isinstance(theirs, str) and ours == str.__str__(theirs))
    )


def last_of(stub: Any) -> str:
    return str(getattr(stub, "stub_path", "")).rpartition(".")[2]


def shown(value: Any) -> str:
    if isinstance(value, type | types.FunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    try:
        return getattr(value, "stub_path", None) or repr(value)[:120]
    except Exception:
        return f"an object of {type(value).__qualname__}"


def facts_of(name: str, task: Any, held: Captured | None) -> dict[str, Any]:
    fun = held.fun if held is not None else type(task)
    return {
        "name": name,
        "module": task.__module__,
        "qualname": getattr(fun, "__qualname__", ""),
        "form": "function" if held is not None else "class",
    }


def compare(ours: list[dict[str, Any]], running: dict[str, Any], captured: dict[str, Captured]) -> dict[str, list[Any]]:
    """Option by option: what differs, what we left out, and how many were equal, unknown, or known to us and a stub there."""
    rows: dict[str, list[Any]] = {
        "different": [],
        "left_out": [],
        "equal": [],
        "unknown": [],
        "stub": [],
        "invented": [],
    }
    for one in ours:
        task = running.get(one["name"])
        held = captured.get(one["name"])
        if task is None or one["name"] is None:
            continue
        given = (
            held.options
            if held is not None
            else {key: value for key, value in one["options"].items() if hasattr(task, key)}
        )
        for key in sorted(
            {*one["options"], *one["unknown_options"], *(given if held is not None else ())}
            - {"name", "shared", "lazy", "filter"}
        ):
            where = f"{one['name']}.{key}"
            theirs = given.get(key, getattr(task, key, None)) if held is not None else getattr(task, key, None)
            if key in one["unknown_options"]:
                rows["unknown"].append(where)
            elif key not in one["options"]:
                if not (held is not None and held.options.get(key) is None):
                    rows["left_out"].append([where, shown(theirs)])
            elif stubs.is_stub(theirs):
                rows["equal" if same(one["options"][key], theirs) else "stub"].append(where)
            elif same(one["options"][key], theirs):
                rows["equal"].append(where)
            else:
                rows["different"].append([where, one["options"][key], shown(theirs)])
    return rows


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for root in reversed(job["roots"]):
        sys.path.insert(0, root)
    versions()
    captured = capture()
    tops = {name.partition(".")[0] for name in job["modules"]} | {
        one.name.removesuffix(".py") for root in job["roots"] for one in Path(root).iterdir()
    }
    # A default app reads `celeryconfig` if there is one: a stub of it would set every setting.
    stubs.install(lambda name: name == "celeryconfig" or name.partition(".")[0] in tops)
    gentle = Gentle(job["roots"])
    sys.meta_path.insert(0, gentle)  # type: ignore[arg-type]
    if job.get("settings"):
        os.environ["DJANGO_SETTINGS_MODULE"] = job["settings"]
    django(job.get("settings", ""))
    with contextlib.redirect_stdout(sys.stderr):
        failed = imported(job["modules"])
        running = tasks()
        rows = compare(job["ours"], running, captured)
        found = [facts_of(name, task, captured.get(name)) for name, task in sorted(running.items())]
    print(json.dumps({"tasks": found, "failed": failed, "options": rows, "left_out": gentle.left_out}, default=str))
    sys.stdout.flush()
    os._exit(0)  # threads and handlers that some project started must not keep it


if __name__ == "__main__":
    main()
