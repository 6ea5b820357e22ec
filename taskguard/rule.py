"""All that a rule imports: the three scopes of rules, and what a rule may yield.

A rule is one class in one file of `taskguard/checkers/`. Its docstring is its documentation, its annotated class
attributes are its options, `check` is its logic. The code and the first version are class keywords; the name comes
from the class. Adding the file adds the rule.
"""

from __future__ import annotations

import sys

from taskguard import celery_options
from taskguard.diagnostics import TOP, Edit, Fix, Related, Span
from taskguard.errors import nearest
from taskguard.project.python.values import Known, Name, Unknown, told_apart
from taskguard.record import Record
from taskguard.settings.model import Named
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, ClassVar

    from taskguard.facts.model import Import
    from taskguard.project.celery.system import celery_of
    from taskguard.project.change.model import Change
    from taskguard.project.diagnosis.faults import Fault
    from taskguard.project.editing.edits import edits_of
    from taskguard.project.facades.broken import Broken
    from taskguard.project.facades.cycles import Cycle
    from taskguard.project.facades.facades import Facade, FacadeFault, facades_of
    from taskguard.project.facades.gone import Gone
    from taskguard.project.facades.loading import Early
    from taskguard.project.facades.patches import Patched
    from taskguard.project.facades.reexports import Lost
    from taskguard.project.facades.taken import Taken
    from taskguard.project.python.names import resolved_name
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.testing import in_tests
    from taskguard.project.python.values import Value
    from taskguard.project.registry.effective import base_of, effective_option, inherits
    from taskguard.project.registry.routing import is_routed
    from taskguard.project.registry.usage import body_calls
    from taskguard.project.tasks.declarations import all_tasks, tasks_in
    from taskguard.project.tasks.task import Task
    from taskguard.settings.model import Scalar
    from taskguard.suppressions import Unused

__all__ = [
    "TOP", "Broken", "Change", "ChangeRule", "CommentRule", "Cycle", "Early", "Edit", "Facade", "FacadeFault", "FileRule",
    "Finding", "Findings", "Fix", "FrontEndRule", "Gone", "GrowthRule", "Import", "Known", "Lost", "Module", "Name", "Named", "Patched", "Project",
    "ProjectRule", "Related", "Rule", "Span", "Spelling", "Taken", "Task", "Unknown", "Unsure", "Unused", "Value", "about", "all_tasks",
    "base_of", "body_calls", "celery_of", "celery_options", "doubt", "edits_of", "effective_option", "facades_of", "in_tests", "inherits",
    "is_routed", "listing", "mended", "nearest", "resolved_name", "said", "tasks_in", "told_apart",
]  # fmt: skip


# What checkers of other packages may ask the project. Loaded when asked for; rules of our own import from the rooms themselves.
ASKED = {
    "all_tasks": "tasks.declarations", "base_of": "registry.effective", "body_calls": "registry.usage", "celery_of": "celery.system", "edits_of": "editing.edits",
    "effective_option": "registry.effective", "facades_of": "facades.facades", "in_tests": "python.testing", "inherits": "registry.effective", "is_routed": "registry.routing",
    "resolved_name": "python.names", "tasks_in": "tasks.declarations",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in ASKED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"taskguard.project.{ASKED[name]}"), name)


class Finding(Record):
    """What a rule has found; the engine adds code, name and level.

    `symbol` is the dotted name of the subject. `depends` are the other files the verdict rests on. A finding that is
    not `certain` is at most a warning. `lines` are further lines on which a `# noqa` counts. `measure` is the number held
    against a limit, where the rule has one: a baseline lets it fall and not rise.
    """

    path: str
    span: Span
    message: str
    symbol: str | None = None
    help: str = ""
    related: tuple[Related, ...] = ()
    depends: tuple[str, ...] = ()
    certain: bool = True
    fix: Fix | None = None
    lines: tuple[int, ...] = ()
    measure: int = 0


class Unsure(Record):
    """A verdict that could not be given, and why. It is counted, and never fails a build."""

    path: str
    span: Span
    why: str


if TYPE_CHECKING:
    Findings = Iterator[Finding | Unsure]
else:
    Findings = "Iterator[Finding | Unsure]"
    Broken, Change, Cycle, Early, Facade, FacadeFault, Import, Lost = (
        "Broken",
        "Change",
        "Cycle",
        "Early",
        "Facade",
        "FacadeFault",
        "Import",
        "Lost",
    )
    Gone, Module, Patched, Project, Taken, Task, Unused, Value = (
        "Gone",
        "Module",
        "Patched",
        "Project",
        "Taken",
        "Task",
        "Unused",
        "Value",
    )


class Rule:
    """Base of the three scopes. Not for direct use."""

    code: ClassVar[str] = ""
    name: ClassVar[str] = ""
    since: ClassVar[str] = ""
    preview: ClassVar[bool] = False
    house: ClassVar[str] = ""
    habit: ClassVar[str] = ""
    practice: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    silenceable: ClassVar[bool] = True
    behind: ClassVar[str] = ""
    of_change: ClassVar[Mapping[str, Scalar] | None] = None

    def __init_subclass__(
        cls,
        *,
        code: str = "",
        since: str = "",
        preview: bool = False,
        house: str = "",
        habit: str = "",
        practice: bool = False,
        hidden: bool = False,
        silenceable: bool = True,
        behind: str = "",
        of_change: Mapping[str, Scalar] | None = None,
        **named: Any,
    ) -> None:
        """`house` names the house setting (`require`, `calls`, …) without which the rule has nothing to say, `habit` one (`base`,
        `queue`) that the rule learns from the project until settings give it: then it warns.

        `practice` says that nothing fails because of what the rule finds: people are shown what fails first. `hidden` says that it
        speaks also of files that no import finds, since a package hides them. A rule of one state with `of_change` says also what
        is new by a change, and looks for that with these options. One that is not `silenceable` says what no comment can hide. `behind`
        is the code of a rule whose findings stand for those of this one, which it only has when the others are mended.
        """
        super().__init_subclass__(**named)
        cls.code, cls.since, cls.preview, cls.house, cls.habit = code, since, preview, house, habit
        cls.practice = practice or bool(house or habit)
        cls.hidden, cls.of_change = hidden, of_change
        cls.silenceable, cls.behind = silenceable, behind
        cls.name = "".join("-" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("-")

    def __init__(self, **options: object) -> None:
        for option, value in options.items():
            if option not in type(self).options():
                raise TypeError(f"{self.code} has no option {option}")
            object.__setattr__(self, option, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self.code} is immutable")

    @classmethod
    def options(cls) -> dict[str, object]:
        """Option names (as attributes, with `_`) and their defaults, in order of definition."""
        return {name: getattr(cls, name) for name in cls.__dict__.get("__annotations__", ())}

    def values(self) -> dict[str, object]:
        """Option names and the values of this rule."""
        return {name: getattr(self, name) for name in type(self).options()}


# As many lines as a file may have.
ANY_LENGTH = sys.maxsize


class FileRule(Rule):
    """Judges one file at a time. Values that other files settle are Unknown when the rule is run without a project.

    A rule that `skims` needs no more than the file's length, failure and directives (`module.skimmed`): it sees files that nobody parses, too.
    """

    skims: ClassVar[bool] = False

    def __init_subclass__(cls, *, skims: bool = False, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.skims = skims

    def quiet_up_to(self) -> int:
        """Up to how many lines a rule that skims has nothing to say of a file that nobody parses, without failure and directives.

        Most files of a tree are such. -1: it wants to see each of them.
        """
        return -1

    def check(self, module: Module) -> Findings:
        raise NotImplementedError


class CommentRule(FileRule):
    """Judges the comments of a file that hide findings, when all other rules have run: `unused` are those that hid nothing."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(skims=True, **named)

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        yield from ()

    def check_comments(self, module: Module, unused: Iterable[Unused]) -> Iterator[Finding]:
        raise NotImplementedError


class GrowthRule(FileRule):
    """Speaks in the place of another rule, the one with the code `of`, where that one measures more of a file than the baseline has: also
    where that rule is off."""

    of: ClassVar[str] = ""

    def __init_subclass__(cls, *, of: str = "", **named: Any) -> None:
        super().__init_subclass__(skims=True, **named)
        cls.of = of

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        yield from ()

    def grown(self, one: Finding, before: int) -> Finding:
        """What is said in the place of a finding of the other rule, which measured `before` for the baseline."""
        raise NotImplementedError


class ProjectRule(Rule):
    """Judges the linked project.

    One that is `heavy` reads many files in a large project: where rules run at the same time, it is begun first. Rules that say the same of `shares`
    ask for the same things, such as who imports whom: one process runs them all, so that these are worked out once.
    """

    heavy: ClassVar[bool] = False
    shares: ClassVar[str] = ""

    def __init_subclass__(cls, *, heavy: bool = False, shares: str = "", **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.heavy, cls.shares = heavy, shares

    def check(self, project: Project) -> Findings:
        raise NotImplementedError


class ChangeRule(Rule):
    """Judges what a change did: `change` knows the project before and after, and what moved between."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(hidden=True, **named)

    def check(self, change: Change) -> Findings:
        raise NotImplementedError


class FrontEndRule(Rule):
    """What a front end says of a run that could not be as it should. None is ever run: the front end makes the finding, whatever settings say."""


def mended(*parts: tuple[Edit, ...] | None, safe: bool = True) -> Fix | None:
    """A fix of edits that `edits_of(module)` has made; None where one of them could not be said."""
    edits: list[Edit] = []
    for part in parts:
        if part is None:
            return None
        edits += part
    return Fix(tuple(edits), safe) if edits else None


def about(
    task: Task,
    message: str,
    advice: str = "",
    *,
    certain: bool = True,
    depends: Iterable[str] = (),
    fix: Fix | None = None,
) -> Finding:
    """A finding on the declaration of a task; `depends` are files besides those of its values."""
    files = dict.fromkeys((*task.depends, *depends))
    files.pop(task.path, None)
    return Finding(
        task.path, task.span, message, symbol=task.dotted, help=advice, depends=tuple(files), certain=certain, fix=fix, lines=task.noqa_lines
    )  # fmt: skip


def doubt(task: Task, why: str) -> Unsure:
    """A verdict on a task that could not be given."""
    return Unsure(task.path, task.span, why)


def said(faults: Iterable[Fault]) -> Findings:
    """What is wrong with the configuration, as findings; a doubt as a verdict that could not be given."""
    for one in faults:
        if one.doubt:
            yield Unsure(one.path, one.span, one.doubt)
        else:
            depends = tuple(path for path in dict.fromkeys(one.depends) if path != one.path)
            yield Finding(
                one.path, one.span, one.message, one.symbol, one.help, one.related, depends, one.certain, one.fix
            )


def listing(words: Iterable[str], most: int = 3) -> str:
    """`a, b, c and 4 more`: names in a message, in the order given."""
    words = list(words)
    shown = words[:most]
    if len(words) > most:
        return f"{', '.join(shown)} and {len(words) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
