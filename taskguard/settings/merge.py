"""Layers, lowest first -> one `Settings`, and for every value the place that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET, UnsetType

from taskguard.settings.model import (
    AppSetting,
    Asked,
    CelerySetting,
    CommandLine,
    FacadeSetting,
    House,
    Named,
    Override,
    Policy,
    Settings,
)
from taskguard.settings.schema import NamedValue, SettingsTable
from taskguard.settings.validate import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from taskguard.diagnostics import Level
    from taskguard.settings.layers import Layer

    Pairs = tuple[tuple[str, Any], ...]

T = TypeVar("T")

# ruff's list of folders that nobody means to lint, and the file in which an editor keeps what it ran last.
DEFAULT_EXCLUDE = (
    ".bzr", ".claude/worktrees", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".history", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d", ".pyenv",
    ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".worktrees", "{{*", "__pypackages__", "_build", "buck-out", "dist",
    "node_modules", "site-packages", "tempCodeRunnerFile.py", "venv",
)  # fmt: skip

DEFAULT = "default"


class Merge:
    """Folds layers. `origins` maps a key path as written (`tasks.base`) to the layer and line that set it."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self.origins: dict[str, str] = {}

    def note(self, layer: Layer, key: str, *path: str | int) -> None:
        line = layer.lines.get((*layer.prefix, *path), 0)
        named = layer.name if layer.name == layer.shown else f"{layer.name}, {layer.shown}"
        self.origins[key] = f"{named}:{line}" if line else named

    def last(self, default: T, get: Callable[[Any], T | UnsetType], key: str, *path: str) -> T:
        """The value of the highest layer that has one."""
        self.origins[key] = DEFAULT
        found = default
        for layer in self.layers:
            value = get(layer.table)
            if not isinstance(value, UnsetType):
                found = value
                self.note(layer, key, *path)
        return found

    def within(self, table: str, field: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """A list of strings in a sub-table, as a tuple."""

        def get(top: Any) -> Any:
            inner = getattr(top, table)
            return UNSET if inner is UNSET else getattr(inner, field)

        default: list[str] = []
        return tuple(self.last(default, get, ".".join(path), *path))

    def top(self, default: Any, field: str) -> Any:
        """A key that only the settings file has."""
        key = field.replace("_", "-")
        return self.last(default, lambda table: getattr(table, field, UNSET), key, key)

    def all_of(self, get: Callable[[Any], Any], key: str, *path: str) -> list[Any]:
        """The elements of an array of tables, of all layers in order."""
        found: list[Any] = []
        for layer in self.layers:
            value = get(layer.table)
            for place, one in enumerate(() if value is UNSET else value):
                self.note(layer, f"{key}[{len(found)}]", *path, place)
                found.append(one)
        return found

    def levels(self) -> tuple[tuple[str, Level], ...]:
        """A higher layer first removes what it overrules, so that the longest prefix is right afterwards."""
        merged: dict[str, Level] = {}
        for layer in self.layers:
            own = dict(plain_levels(layer.table.levels))
            kept = {code: level for code, level in merged.items() if not code.startswith(tuple(own))}
            for code in own:
                written = code if code in layer.table.levels else "ALL"
                self.note(layer, f"levels.{code}", "levels", written)
            merged = {**kept, **own}
        return tuple(merged.items())

    def asked(self, cli: CommandLine) -> tuple[Asked, ...]:
        """What levels and selections turn on by a full name, as far as no higher layer overrules it."""
        merged: dict[str, Asked] = {}
        for layer in self.layers:
            own = dict(plain_levels(layer.table.levels))
            kept = {code: one for code, one in merged.items() if not code.startswith(tuple(own))}
            merged = {**kept, **{code: asked_for(layer, code, "levels", code) for code in asking(layer, own)}}
        found = list(merged.values())
        selecting = [one for one in self.layers if not one.is_words and getattr(one.table, "select", None)]
        if cli.select is None and selecting:
            places = enumerate(selecting[-1].table.select)
            found += [asked_for(selecting[-1], word, "select", place) for place, word in places if is_full(word)]
        for option, words in (("--select", cli.select or ()), ("--extend-select", cli.extend_select)):
            found += [Asked(word, "command line", 0, option) for word in words if is_full(word)]
        return tuple(found)

    def overrides(self) -> tuple[Override, ...]:
        """The overrides of all layers. How bad a lower layer calls something at a place, a level of a higher layer overrules as it does
        that of every place; what is off for a place stays off."""
        made = []
        general = dict(self.levels())
        self.all_of(lambda top: top.overrides, "overrides", "overrides")
        for number, layer in enumerate(self.layers):
            above = {code for one in self.layers[number + 1 :] for code, _ in plain_levels(one.table.levels)}
            for place, table in enumerate(layer.table.overrides or ()):
                own = {
                    code: level
                    for code, level in plain_levels(table.levels)
                    if level == "off" or not code.startswith(tuple(above))
                }
                said = {
                    code: general[code]
                    for code in above & general.keys()
                    if any(level != "off" and code.startswith(one) for one, level in own.items())
                }
                asks = asking(layer, own)
                made.append(
                    Override(
                        patterns(table.files),
                        tuple({**said, **own}.items()),
                        frozen_options(table.options or {}),
                        number,
                        tuple(asked_for(layer, code, "overrides", place, "levels", code) for code in asks),
                    )
                )
        return tuple(made)

    def options(self) -> tuple[tuple[str, Pairs], ...]:
        merged: dict[str, dict[str, Any]] = {}
        for layer in self.layers:
            for code, values in (layer.table.options or {}).items():
                for option, value in values.items():
                    merged.setdefault(code, {})[option.replace("-", "_")] = frozen(value)
                    self.note(layer, f"options.{code}.{option}", "options", code, option)
        return tuple((code, tuple(values.items())) for code, values in merged.items())

    def house(self) -> House:
        return House(
            base=self.within("tasks", "base", ("tasks", "base")),
            require=self.within("tasks", "require", ("tasks", "require")),
            allowed=self.allowed(),
            decorators=self.within("tasks", "decorators", ("tasks", "decorators")),
            calls=self.within("tasks", "calls", ("tasks", "calls")),
            queue_in=self.last(
                "any", lambda top: top.tasks and top.tasks.queue_in, "tasks.queue-in", "tasks", "queue-in"
            ),
            options=self.own_options(),
        )

    def own_options(self) -> tuple[str, ...]:
        """The options of the house that any layer declares: a pack declares those that it requires."""
        self.origins["tasks.options"] = DEFAULT
        declared: dict[str, None] = {}
        for layer in self.layers:
            tasks = layer.table.tasks
            if tasks is not UNSET and tasks.options:
                declared.update(dict.fromkeys(tasks.options))
                self.note(layer, "tasks.options", "tasks", "options")
        return tuple(declared)

    def allowed(self) -> Pairs:
        merged: dict[str, Any] = {}
        for layer in self.layers:
            tasks = layer.table.tasks
            for option, values in allowed(tasks.allowed) or () if tasks is not UNSET else ():
                merged[option] = values
                self.note(layer, f"tasks.allowed.{option}", "tasks", "allowed", option)
        return tuple(merged.items())

    def checkers(self) -> tuple[str, ...]:
        """The checkers that any layer names: a pack brings those that it is about."""
        self.origins["checkers"] = DEFAULT
        named: dict[str, None] = {}
        for layer in self.layers:
            if layer.table.checkers:
                named.update(dict.fromkeys(layer.table.checkers))
                self.note(layer, "checkers", "checkers")
        return tuple(named)

    def settings(self, folder: str, packs: tuple[str, ...], isolated: bool) -> Settings:
        """The merged settings; globs count from `folder`."""
        exclude: tuple[str, ...] = tuple(self.top(DEFAULT_EXCLUDE, "exclude"))
        select = self.top(None, "select")
        return Settings(
            folder=folder,
            packs=packs,
            src=tuple(self.top((".",), "src")),
            exclude=exclude + tuple(self.top((), "extend_exclude")),
            force_exclude=self.top(False, "force_exclude"),
            respect_gitignore=self.top(True, "respect_gitignore"),
            levels=self.levels(),
            overrides=self.overrides(),
            options=self.options(),
            house=self.house(),
            policies=tuple(
                policy(one)
                for one in self.all_of(lambda top: top.tasks and top.tasks.policy, "tasks.policy", "tasks", "policy")
            ),
            protective_calls=self.within("contract", "protective_calls", ("contract", "protective-calls")),
            facades=tuple(
                FacadeSetting(one.module, tuple(one.sources or ()), one.private)
                for one in self.all_of(lambda top: top.facades, "facades", "facades")
            ),
            apps=tuple(
                AppSetting(one.app, tuple(one.src or ())) for one in self.all_of(lambda top: top.apps, "apps", "apps")
            ),
            celery=CelerySetting(
                self.within("celery", "queues", ("celery", "queues")),
                self.within("celery", "imports", ("celery", "imports")),
                self.within("celery", "task_names", ("celery", "task-names")),
            ),
            select=None if select is None else tuple(select),
            ignore=tuple(self.top((), "ignore")),
            isolated=isolated,
            preview=self.top(False, "preview"),
            sources=tuple(layer.path for layer in self.layers if layer.path),
            checkers=self.checkers(),
        )


def level_of(levels: Mapping[str, Level], code: str) -> Level | None:
    """The level that the longest prefix gives a code, None where none does."""
    prefixes = [prefix for prefix in levels if code.startswith(prefix)]
    return levels[max(prefixes, key=len)] if prefixes else None


def is_full(word: str) -> bool:
    """Whether a word of levels or of a selection is a full code and no prefix."""
    return word[-3:].isdigit()


def asking(layer: Layer, levels: Mapping[str, str]) -> list[str]:
    """The codes that a user's own file turns on by their full names."""
    theirs = not layer.shipped and not layer.is_words
    return [code for code, level in levels.items() if theirs and level != "off" and is_full(code)]


def asked_for(layer: Layer, code: str, *path: str | int) -> Asked:
    """A code that a layer turns on by its full name, with the place."""
    full = (*layer.prefix, *path)
    return Asked(code, layer.shown, layer.lines.get(full, 0), written(full))


def plain_levels(levels: Any) -> Iterable[tuple[str, Level]]:
    """The entries of a `levels` table; `ALL` is the prefix of every code."""
    return [("TG" if code == "ALL" else code, level) for code, level in (levels or {}).items()]


def policy(table: Any) -> Policy:
    """A table of `tasks.policy` as the rest of the program sees it."""
    return Policy(
        files=patterns(table.files),
        base=_tuple(table.base),
        require=_tuple(table.require),
        allowed=allowed(table.allowed),
        calls=_tuple(table.calls),
        queue_in=table.queue_in or None,
    )


def patterns(files: str | list[str]) -> tuple[str, ...]:
    """One glob or several."""
    return (files,) if isinstance(files, str) else tuple(files)


def allowed(table: Any) -> Pairs | None:
    """Allowed values by option, or None where nothing is said."""
    if table is UNSET:
        return None
    return tuple(
        (option, tuple(Named(one.name) if isinstance(one, NamedValue) else one for one in values))
        for option, values in table.items()
    )


def frozen_options(table: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, Pairs], ...]:
    """Option values by code, with the names of the attributes that hold them."""
    return tuple(
        (code, tuple((option.replace("-", "_"), frozen(value)) for option, value in values.items()))
        for code, values in table.items()
    )


def frozen(value: Any) -> Any:
    """A TOML value without lists and dicts."""
    if isinstance(value, list):
        return tuple(frozen(one) for one in value)
    if isinstance(value, dict):
        return tuple((key, frozen(one)) for key, one in value.items())
    return value


def _tuple(value: Any) -> tuple[str, ...] | None:
    return None if value is UNSET else tuple(value)


def command_line_table(**values: Any) -> SettingsTable:
    """The words of the command line as a table like a file's; None is unset."""
    return SettingsTable(**{key: UNSET if value is None else value for key, value in values.items()})
