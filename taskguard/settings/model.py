"""Settings as the rest of the program sees them: frozen, complete, already merged from packs, file and command line."""

from __future__ import annotations

from taskguard.errors import Problem
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from taskguard.diagnostics import Level
    from taskguard.settings.schema import QueueIn

    # The options of a rule by its code, with their types; None where there is no such rule.
    OptionTypes = Callable[[str], Mapping[str, Any] | None]

Scalar = str | int | float | bool | None


class Named(Record):
    """An allowed value that is a name the option's expression must resolve to: `{ name = "django.conf.settings.MAIL_QUEUE" }`."""

    name: str


class Mention(Record):
    """A name or glob that the settings file says and only the project can confirm. `kind` is the mark of its key in `schema.py`.

    `file`, `line` and `key` say where it stands, as in a `Problem`; the file is absolute.
    """

    kind: str
    word: str
    file: str
    line: int
    key: str


class House(Record):
    """The house rules of tasks that hold at one path.

    `base`: full or bare class names. `require`: option names; `a|b` wants one of the two. `allowed`: option name and the
    values it may have. `decorators`: dotted names of wrappers. `calls`: dotted names that a task body must call (TG209).
    `queue_in`: where a queue must be set: `any`, `decorator` or `routes`. `options`: options that this house has and Celery has not.
    `asked`: codes that the settings turn on by their full names at this path; what such a rule lacks of the above it makes out by itself.
    """

    base: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    allowed: tuple[tuple[str, tuple[Scalar | Named, ...]], ...] = ()
    decorators: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    queue_in: QueueIn = "any"
    options: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


class Policy(Record):
    """House rules for a place: what is not None replaces the general rule."""

    files: tuple[str, ...]
    base: tuple[str, ...] | None = None
    require: tuple[str, ...] | None = None
    allowed: tuple[tuple[str, tuple[Scalar | Named, ...]], ...] | None = None
    calls: tuple[str, ...] | None = None
    queue_in: QueueIn | None = None


class Asked(Record):
    """A code that a user's own settings, or the command line, turn on by its full name; a prefix or a shipped pack asks for none.

    `file`, `line` and `key` are the place that says so.
    """

    code: str
    file: str
    line: int
    key: str


class Override(Record):
    """Levels and options for a place. Later overrides win. `layer` counts the packs and files from below: of two overrides, the one
    with the higher number knows the other. `asked` are the codes that are turned on by their full names."""

    files: tuple[str, ...]
    levels: tuple[tuple[str, Level], ...] = ()
    options: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    layer: int = 0
    asked: tuple[Asked, ...] = ()


class FacadeSetting(Record):
    """A declared facade: its module and source patterns (`pkg.*` means the submodules of pkg at every depth)."""

    module: str
    sources: tuple[str, ...] = ()
    private: bool = False


class AppSetting(Record):
    """A Celery app that settles doubt: `app` is `module:name`, `src` its import roots."""

    app: str
    src: tuple[str, ...] = ()


class CelerySetting(Record):
    """What lives outside Python: queue names, imported modules, task names (globs)."""

    queues: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    task_names: tuple[str, ...] = ()


class Settings(Record):
    """One folder's effective settings. `folder` is relative to the project root ("" for the root itself); globs are relative to it.

    `levels` maps a code or prefix to `off`, `warn` or `error`; the longest prefix wins. A later layer (pack, then file) has
    already removed what it overrules of the earlier ones. `packs` names every pack that counts, extended ones included.
    `select` is None unless the settings or the command line select. `sources` are the absolute paths of all files read,
    packs included; `file` is the settings file among them, None where there is none. `checkers` are names that other packages
    have registered for rules of theirs. `asked` are the codes that are turned on in general by their full names. `warnings` are the lines
    of warning that the text of the files gives cause for, with absolute paths; `mentions` what the project has to confirm.
    """

    folder: str = ""
    packs: tuple[str, ...] = ("core",)
    src: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    levels: tuple[tuple[str, Level], ...] = ()
    overrides: tuple[Override, ...] = ()
    options: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    house: House = House()
    policies: tuple[Policy, ...] = ()
    protective_calls: tuple[str, ...] = ()
    facades: tuple[FacadeSetting, ...] = ()
    apps: tuple[AppSetting, ...] = ()
    celery: CelerySetting = CelerySetting()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    isolated: bool = False
    preview: bool = False
    sources: tuple[str, ...] = ()
    file: str | None = None
    checkers: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    warnings: tuple[Problem, ...] = ()
    mentions: tuple[Mention, ...] = ()

    def below(self, folder: str) -> str:
        """A folder that these settings name, relative to the project root: "" for the root itself."""
        parts = [part for part in (*self.folder.split("/"), *folder.split("/")) if part not in ("", ".")]
        return "/".join(parts)


class CommandLine(Record):
    """What the command line says about settings; None or empty where it says nothing.

    `config`: a settings file, relative to the working directory. `packs`: names or paths, instead of those of the file.
    `extend_select`: codes or prefixes to turn on beside what is on,
    `only`: those outside of which nothing is on. `per_file_ignores`: pairs of a glob and a code or prefix.
    `inline`: settings as lines of TOML, which overrule those of the file.
    """

    config: str | None = None
    isolated: bool = False
    packs: tuple[str, ...] | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool | None = None
    respect_gitignore: bool | None = None
    preview: bool | None = None
    extend_select: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, str], ...] = ()
    inline: tuple[str, ...] = ()
