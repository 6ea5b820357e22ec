"""The shape of a settings file and of a pack. Imported only when settings are read anew, for `msgspec` is slow to import.

A mark says what a string must be beyond its type; `marks.py` knows them. Description and example of a key are what editors, the
reference of the settings and `taskguard settings KEY` show.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Glob = Annotated[str, Meta(extra={"mark": "glob"})]
Place = Annotated[str, Meta(extra={"mark": "place"})]
Folder = Annotated[str, Meta(extra={"mark": "folder"})]
Wish = Annotated[str, Meta(extra={"mark": "wish"})]
TaskOption = Annotated[str, Meta(extra={"mark": "option"})]
OwnOption = Annotated[str, Meta(extra={"mark": "own-option"})]
BaseClass = Annotated[str, Meta(extra={"mark": "class"})]
Decorator = Annotated[str, Meta(extra={"mark": "decorator"})]
Callee = Annotated[str, Meta(extra={"mark": "call"})]
Dotted = Annotated[str, Meta(extra={"mark": "dotted"})]
ModulePattern = Annotated[str, Meta(extra={"mark": "module"})]
Source = Annotated[str, Meta(extra={"mark": "source"})]
AppPlace = Annotated[str, Meta(extra={"mark": "app"})]
Name = Annotated[str, Meta(extra={"mark": "name"})]
Code = Annotated[str, Meta(extra={"mark": "code"})]
Prefix = Annotated[str, Meta(extra={"mark": "prefix"})]
Pack = Annotated[str, Meta(extra={"mark": "pack"})]
Checkers = Annotated[str, Meta(extra={"mark": "checkers"})]
Version = Annotated[str, Meta(extra={"mark": "version"})]

Level = Literal["off", "warn", "error"]
QueueIn = Literal["any", "decorator", "routes"]
Levels = dict[Prefix, Level]
Options = dict[Code, dict[str, Any]]


class Table(Struct, rename="kebab", forbid_unknown_fields=True, kw_only=True):
    """Base of all tables: kebab-case keys, no others."""


class NamedValue(Table):
    name: Annotated[
        Dotted,
        Meta(
            description="The dotted name of the constant that the value must come from.",
            examples=["django.conf.settings.MAIL_QUEUE"],
        ),
    ]


Allowed = dict[TaskOption, list[str | int | float | bool | NamedValue]]


class HouseTable(Table):
    base: Annotated[
        list[BaseClass] | UnsetType,
        Meta(
            description="The base classes that a task may have, by full or bare name; subclasses of them count (TG201).",
            examples=[["apps.core.tasks.base.BaseTask"]],
        ),
    ] = UNSET
    require: Annotated[
        list[Wish] | UnsetType,
        Meta(
            description="The options that every task must set, in its declaration, its base class or by a route; `one|other` wants one of two (TG202, TG203).",
            examples=[["queue", "soft_time_limit|time_limit"]],
        ),
    ] = UNSET
    allowed: Annotated[
        Allowed | UnsetType,
        Meta(
            description="The values that an option may have, option by option; a table with `name` stands for a constant (TG204).",
            examples=[{"queue": ["critical", "reports"], "priority": [3, 6, 9]}],
        ),
    ] = UNSET
    calls: Annotated[
        list[Callee] | UnsetType,
        Meta(
            description="The functions that the body of every task must call, by dotted name (TG209).",
            examples=[["log_task_context"]],
        ),
    ] = UNSET
    queue_in: Annotated[
        QueueIn | UnsetType,
        Meta(
            description="Where the queue of a task is set: in its `decorator`, by `routes`, or `any` of the two (TG202).",
            examples=["decorator"],
        ),
    ] = UNSET


class PolicyTable(HouseTable, kw_only=True):
    files: Annotated[
        Place | list[Place],
        Meta(
            description="The files that these house rules hold for, as globs counted from the folder of the settings.",
            examples=["billing/**"],
        ),
    ]


class TasksTable(HouseTable):
    decorators: Annotated[
        list[Decorator] | UnsetType,
        Meta(
            description="Your own decorators that make tasks and that cannot be recognised by what they call, by dotted name.",
            examples=[["acme.tasks.task"]],
        ),
    ] = UNSET
    options: Annotated[
        list[OwnOption] | UnsetType,
        Meta(
            description="The options of tasks that your base classes know and Celery does not: they may then be required, and TG207 knows them.",
            examples=[["owner"]],
        ),
    ] = UNSET
    policy: Annotated[
        list[PolicyTable] | UnsetType,
        Meta(
            description="House rules for a place; what they say replaces the general rule.",
            examples=[[{"files": "billing/**", "require": ["priority"]}]],
        ),
    ] = UNSET


class OverrideTable(Table):
    files: Annotated[
        Place | list[Place],
        Meta(
            description="The files that the levels and options of this table hold for, as globs counted from the folder of the settings.",
            examples=["tests/**"],
        ),
    ]
    levels: Annotated[
        Levels | UnsetType,
        Meta(description="Levels that hold for these files, by code or prefix.", examples=[{"TG2": "off"}]),
    ] = UNSET
    options: Annotated[
        Options | UnsetType,
        Meta(description="Options of rules that hold for these files.", examples=[{"TG101": {"max-lines": 900}}]),
    ] = UNSET


class ContractTable(Table):
    protective_calls: Annotated[
        list[Callee] | UnsetType,
        Meta(
            description="The calls in bodies of tasks that must not get lost in a change, by dotted or bare name (TG705).",
            examples=[["TaskMetrics.increment_counter"]],
        ),
    ] = UNSET


class FacadeTable(Table):
    module: Annotated[
        Dotted,
        Meta(
            description="The module that re-exports what others define.",
            examples=["background_tasks.journal_wellness_tasks"],
        ),
    ]
    sources: Annotated[
        list[Source] | UnsetType,
        Meta(
            description="The modules that it re-exports from; `pkg.*` means all modules below `pkg`.",
            examples=[["background_tasks.journal_wellness.*"]],
        ),
    ] = UNSET
    private: Annotated[
        bool, Meta(description="Whether names that begin with `_` are to be re-exported, too.", examples=[True])
    ] = False


class AppTable(Table):
    app: Annotated[
        AppPlace, Meta(description="The place of a Celery app, as `module:name`.", examples=["config.celery:app"])
    ]
    src: Annotated[
        list[Folder] | UnsetType,
        Meta(description="The import roots of this app's service.", examples=[["services/mail"]]),
    ] = UNSET


class CeleryTable(Table):
    queues: Annotated[
        list[Name] | UnsetType,
        Meta(
            description="Queues that are declared outside of Python, as on a worker's command line (TG305).",
            examples=[["critical", "reports"]],
        ),
    ] = UNSET
    imports: Annotated[
        list[ModulePattern] | UnsetType,
        Meta(
            description="Modules that workers import for a reason that the code does not show; `*` is allowed (TG304).",
            examples=[["legacy.jobs"]],
        ),
    ] = UNSET
    task_names: Annotated[
        list[Name] | UnsetType,
        Meta(
            description="Tasks that another project declares; `*` is allowed (TG303, TG306).", examples=[["billing.*"]]
        ),
    ] = UNSET


class SharedTable(Table):
    """What settings and packs both may say."""

    levels: Annotated[
        Levels | UnsetType,
        Meta(
            description="The level of a rule or of all rules whose codes begin so: `off`, `warn` or `error`. The longest prefix wins.",
            examples=[{"TG104": "error", "TG3": "warn"}],
        ),
    ] = UNSET
    overrides: Annotated[
        list[OverrideTable] | UnsetType,
        Meta(
            description="Levels and options for a place. Later ones win.",
            examples=[[{"files": "tests/**", "levels": {"TG2": "off"}}]],
        ),
    ] = UNSET
    options: Annotated[
        Options | UnsetType,
        Meta(
            description="The options of rules, by code. `taskguard rule CODE` explains those of a rule.",
            examples=[{"TG101": {"max-lines": 500}}],
        ),
    ] = UNSET
    tasks: Annotated[
        TasksTable | UnsetType, Meta(description="The house rules of tasks.", examples=[{"require": ["queue"]}])
    ] = UNSET
    contract: Annotated[
        ContractTable | UnsetType,
        Meta(
            description="What `taskguard verify` protects beside what it finds out by itself.",
            examples=[{"protective-calls": ["log_task_context"]}],
        ),
    ] = UNSET
    facades: Annotated[
        list[FacadeTable] | UnsetType,
        Meta(
            description="Modules that only re-export, where they are not recognised or something of them is to be said.",
            examples=[[{"module": "jobs", "sources": ["work.*"]}]],
        ),
    ] = UNSET
    apps: Annotated[
        list[AppTable] | UnsetType,
        Meta(
            description="The Celery apps of a repository with several services, where it is in doubt what belongs to which.",
            examples=[[{"app": "config.celery:app", "src": ["backend"]}]],
        ),
    ] = UNSET
    celery: Annotated[
        CeleryTable | UnsetType,
        Meta(
            description="What lives outside of Python files: queues, imports and tasks of others.",
            examples=[{"queues": ["critical"]}],
        ),
    ] = UNSET
    checkers: Annotated[
        list[Checkers] | UnsetType,
        Meta(
            description="Checkers of installed packages, by the name of their entry point under `taskguard.checkers`.",
            examples=[["acme"]],
        ),
    ] = UNSET
    required_version: Annotated[
        Version | UnsetType,
        Meta(description="The versions of taskguard that these settings are written for.", examples=[">=0.1,<0.3"]),
    ] = UNSET


class PackTable(SharedTable):
    description: Annotated[
        str, Meta(description="One line about the pack, for `taskguard packs`.", examples=["What our house wants"])
    ] = ""
    extends: Annotated[
        list[Pack] | UnsetType,
        Meta(description="The packs that this one builds upon, by name or path.", examples=[["core"]]),
    ] = UNSET


class SettingsTable(SharedTable):
    packs: Annotated[
        list[Pack] | UnsetType,
        Meta(
            description="The rule packs that count, the later ones above the earlier: names of shipped ones, or paths.",
            examples=[["core", "django-celery", "our-rules.toml"]],
        ),
    ] = UNSET
    src: Annotated[
        list[Folder] | UnsetType,
        Meta(description="The folders that imports count from, beside those that are found.", examples=[[".", "src"]]),
    ] = UNSET
    exclude: Annotated[
        list[Glob] | UnsetType,
        Meta(
            description="The files and folders that are left out, in place of the default patterns.",
            examples=[["vendor", "legacy/**"]],
        ),
    ] = UNSET
    extend_exclude: Annotated[
        list[Glob] | UnsetType,
        Meta(description="The files and folders that are left out beside the default patterns.", examples=[["vendor"]]),
    ] = UNSET
    force_exclude: Annotated[
        bool | UnsetType,
        Meta(
            description="Whether what is excluded is left out also where it is named on the command line, as hooks do.",
            examples=[True],
        ),
    ] = UNSET
    respect_gitignore: Annotated[
        bool | UnsetType,
        Meta(
            description="Whether what git ignores is left out. What git tracks is read all the same, and so is an `__init__.py` beside modules that are read.",
            examples=[False],
        ),
    ] = UNSET
    select: Annotated[
        list[Prefix] | UnsetType,
        Meta(
            description="Exactly these rules are run: codes, prefixes, `ALL`. Without it, those that the levels turn on.",
            examples=[["TG1", "TG303"]],
        ),
    ] = UNSET
    ignore: Annotated[
        list[Prefix] | UnsetType,
        Meta(description="Rules that are left out whatever selects them: codes or prefixes.", examples=[["TG104"]]),
    ] = UNSET
    preview: Annotated[
        bool | UnsetType, Meta(description="Whether rules that are still in preview run.", examples=[True])
    ] = UNSET
