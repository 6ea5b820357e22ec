"""The shape of a settings file and of a pack. Imported only when settings are read anew, for `msgspec` is slow to import.

A mark says what a string must be beyond its type; `marks.py` knows them.
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
    name: Dotted


Allowed = dict[TaskOption, list[str | int | float | bool | NamedValue]]


class HouseTable(Table):
    base: list[BaseClass] | UnsetType = UNSET
    require: list[Wish] | UnsetType = UNSET
    allowed: Allowed | UnsetType = UNSET
    calls: list[Callee] | UnsetType = UNSET
    queue_in: QueueIn | UnsetType = UNSET


class PolicyTable(HouseTable, kw_only=True):
    files: Place | list[Place]


class TasksTable(HouseTable):
    decorators: list[Decorator] | UnsetType = UNSET
    options: list[OwnOption] | UnsetType = UNSET
    policy: list[PolicyTable] | UnsetType = UNSET


class OverrideTable(Table):
    files: Place | list[Place]
    levels: Levels | UnsetType = UNSET
    options: Options | UnsetType = UNSET


class ContractTable(Table):
    protective_calls: list[Callee] | UnsetType = UNSET


class FacadeTable(Table):
    module: Dotted
    sources: list[Source] | UnsetType = UNSET
    private: bool = False


class AppTable(Table):
    app: AppPlace
    src: list[Folder] | UnsetType = UNSET


class CeleryTable(Table):
    queues: list[Name] | UnsetType = UNSET
    imports: list[ModulePattern] | UnsetType = UNSET
    task_names: list[Name] | UnsetType = UNSET


class SharedTable(Table):
    """What settings and packs both may say."""

    levels: Levels | UnsetType = UNSET
    overrides: list[OverrideTable] | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    tasks: TasksTable | UnsetType = UNSET
    contract: ContractTable | UnsetType = UNSET
    facades: list[FacadeTable] | UnsetType = UNSET
    apps: list[AppTable] | UnsetType = UNSET
    celery: CeleryTable | UnsetType = UNSET
    checkers: list[Checkers] | UnsetType = UNSET
    required_version: Version | UnsetType = UNSET


class PackTable(SharedTable):
    description: str = ""
    extends: list[Pack] | UnsetType = UNSET


class SettingsTable(SharedTable):
    packs: list[Pack] | UnsetType = UNSET
    src: list[Folder] | UnsetType = UNSET
    exclude: list[Glob] | UnsetType = UNSET
    extend_exclude: list[Glob] | UnsetType = UNSET
    force_exclude: bool | UnsetType = UNSET
    respect_gitignore: bool | UnsetType = UNSET
    select: list[Prefix] | UnsetType = UNSET
    ignore: list[Prefix] | UnsetType = UNSET
    preview: bool | UnsetType = UNSET
