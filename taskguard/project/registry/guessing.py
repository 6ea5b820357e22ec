"""What was meant by a name that no task has and at whose dotted path nothing stands: the nearest task, a function that was to be one, nothing of ours."""

from __future__ import annotations

import re

from taskguard.errors import nearest
from taskguard.facts.questions import finds
from taskguard.project.celery.references import references_of
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of
from taskguard.project.python.requirements import is_required
from taskguard.project.python.testing import in_test_path
from taskguard.project.python.values import Known
from taskguard.project.registry.missing_tasks import Missing
from taskguard.project.registry.registry import endings, registry_of
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Function
    from taskguard.project.celery.model import Reference
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

# Kinds of references that a Celery app reads by itself, so that the name is surely one of a task.
CONFIGURED = frozenset("beat add_periodic_task periodic-task route annotation".split())
# Kinds by which a service sends what its own workers do; routes and calls may be for another one's.
SCHEDULED = ("beat", "add_periodic_task")
# So many names of tasks say how an app names them.
LEAST = 3
# Packages of libraries in which no function is a task: who writes one of these names thinks that Celery calls functions by their paths.
TASKLESS = ("django.core.", "django.contrib.", "django.db.", "django.utils.", "guardian.utils.", "guardian.shortcuts.")
# Names that a package of any project has, and no library: one of them says nothing of whose a name is.
ANYONES = frozenset("api app apps backend base common core main server shared tasks utils worker workers".split())
# Above this two names of one word are taken for the same, misspelt.
ALIKE = 0.9


def guess(project: Project, reference: Reference, name: str, candidates: Callable[[], tuple[str, ...]]) -> Missing:
    """What is nearest to a name, and how sure it is that this project ought to have it."""
    return Guess(project, reference, name, candidates).result()


class Guess:
    """One name. Use it once."""

    def __init__(
        self, project: Project, reference: Reference, name: str, candidates: Callable[[], tuple[str, ...]]
    ) -> None:
        self.project = project
        self.registry = registry_of(project)
        self.reference = reference
        self.name = name
        self.head, _, self.last = name.rpartition(".")
        self.candidates = candidates

    def result(self) -> Missing:
        """No task, and nothing stands at the dotted path: which task is nearest, and is the name one of this project at all?"""
        longer = self._by_prefix()
        if longer is not None:
            return Missing(f'did you mean "{longer.name.value}"?', longer, self._depends(longer))
        task = self._by_last_word()
        bare = self._undecorated() if task is None or (self.head and not self._ours(task)) else None
        task = task or self._near()
        if bare is not None:
            module, function = bare
            depends = (*self._depends(None), module.path)
            named = next((one for one in tasks_in(module) if one.qualname == function.name), None)
            if named is not None and isinstance(named.name, Known) and named.name_source != "automatic":
                advice = f'the task {module.name}.{function.name} is named "{named.name.value}"'
                return Missing(advice, named, depends, certain=False)
            if function.decorators:
                why = f"whether the decorators of {module.name}.{function.name} make a task cannot be told"
                return Missing(doubt=why, depends=depends)
            advice = f"{module.name}.{function.name} is no task: the decorator is missing"
            return Missing(advice, None, depends, certain=False)
        if not self._ours(task):
            alike = self._alike()
            if alike is not None:
                return Missing(f'did you mean "{alike.name.value}"?', alike, self._depends(alike), certain=False)
            moved = self._below_another_package()
            if moved is not None:
                return Missing(f'did you mean "{moved.name.value}"?', moved, self._depends(moved), certain=False)
            elsewhere = self._of_that_function()
            if elsewhere is not None:
                advice = f'did you mean "{elsewhere.name.value}"?'
                return Missing(advice, elsewhere, self._depends(elsewhere), certain=False)
            moved = self._of_our_module()
            if moved is not None:
                return Missing(f'did you mean "{moved.name.value}"?', moved, self._depends(moved), certain=False)
            holder = self._of_our_app()
            if holder is not None:
                advice = f"{holder.name} declares no task of that name: give one of them the name, or name one of them"
                return Missing(advice, None, (*self._depends(None), holder.path), certain=False)
            if self._was_ours():
                first = self.name.partition(".")[0]
                advice = f'no module of the project and no dependency is called "{first}"'
                return Missing(advice, task, self._depends(task), certain=False)
            if not self.head and self._among_ours():
                advice = "the others that are named here are tasks of the project: declare this one, or take it out"
                return Missing(advice, None, self._depends(None), certain=False)
            if self._of_no_tasks():
                advice = f"a function of {self.name.partition('.')[0]} is no task: declare one that calls it"
                return Missing(advice, None, self._depends(None), certain=False)
            return Missing(
                doubt="no module of the project begins so: it may be a task of a library or of another service",
                foreign=True,
            )
        if task is not None:
            return Missing(f'did you mean "{task.name.value}"?', task, self._depends(task))
        return Missing(self._listed() or "declare the task, or take this out", None, self._depends(None))

    def _of_no_tasks(self) -> bool:
        """Whether a name is that of something in a library that declares no tasks, and nothing in the project makes it one: `app.task(call_command)`."""
        if not self.name.startswith(TASKLESS):
            return False
        made = re.compile(rf"task\b[^\n]*\(\s*(?:[\w.]+\.)?{re.escape(self.last)}\s*[,)]")
        return not any(finds(self.project, path, made) for path in self.project.search(self.last))

    def _near(self) -> Task | None:
        """The task with the name nearest to this one; within one module the last words are compared."""
        held = self.registry.nearest
        if self.name not in held:
            held[self.name] = self._nearest()
        return held[self.name]

    def _nearest(self) -> Task | None:
        registry = self.registry
        beside = {name.rpartition(".")[2]: name for name in registry.by_head.get(self.head, ())}
        close = beside.get(registry.spelling.nearest(self.last, beside) or "")
        if close is None:
            close = registry.spelling.nearest(self.name, registry.by_first_letter.get(self.last[:1], ()))
            if close is not None and nearest(self.last, (close.rpartition(".")[2],)) is None:
                close = None
        return self.registry.by_name[close][0] if close else None

    def _listed(self) -> str:
        """What the module that the name names declares."""
        names = self.registry.by_head.get(self.head, [])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{self.head} has " + ", ".join(f'"{name}"' for name in names[:3]) + more if names else ""

    def _depends(self, task: Task | None) -> tuple[str, ...]:
        files = self.candidates()
        return (*files, task.path) if task is not None else files

    def _by_prefix(self) -> Task | None:
        """The one task whose name is this one with a package before it, or without its first packages."""
        if not self.head:
            return None
        by_name = self.registry.by_name
        fitting = [*self.registry.longer.get(self.name, ())]
        fitting += [end for end in endings(self.name) if end.count(".") > 1 and end in by_name]
        return by_name[fitting[0]][0] if len(fitting) == 1 else None

    def _by_last_word(self) -> Task | None:
        """The one task of that function name, or whose name ends so."""
        tasks = (
            task
            for task in self.registry.last_words.get(self.last, ())
            if isinstance(task.name, Known) and not in_test_path(task.path)
        )
        first = next(tasks, None)
        return first if next(tasks, None) is None else None

    def _ours(self, task: Task | None) -> bool:
        """Whether the name is surely one of this project: it begins with a package of it, or as names of its tasks do."""
        first = self.name.partition(".")[0]
        if not self.head:
            return task is not None and (
                self.reference.kind in CONFIGURED or task.qualname.rpartition(".")[2] == self.last
            )
        if first == "celery":
            return False
        return first in self.registry.packages or first in self.registry.first_words

    def _alike(self) -> Task | None:
        """The one task whose name is all but the same: of one word (`trim_log` and `trim_logs`), or below a package that is written a little otherwise."""
        if len(self.name) < 6:
            return None
        dots = self.name.count(".")
        if self.head:
            known = [name for name in self.registry.by_last_word.get(self.last, ()) if name.count(".") == dots]
        else:
            known = self.registry.by_first_letter_alone.get(self.last[:1], [])
        near = self.registry.spelling.close(self.name, known, 2, ALIKE)
        return self.registry.by_name[near[0]][0] if len(near) == 1 else None

    def _undecorated(self) -> tuple[Module, Function] | None:
        """The function of that name in the one module that the rest of the name means, up to the packages before it."""
        words = self.head.split(".")
        if len(words) < 2:
            return None
        fitting = []
        for path in self.project.search(self.last):
            module = self.project.modules[path]
            own = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".").split(".")
            held = [one for one in module.name.split(".") if one]
            if own[-len(words) :] == words or (len(held) > 1 and words[-len(held) :] == held):
                fitting.append(module)
        function = fitting[0].function(self.last) if len(fitting) == 1 else None
        if function is None or in_test_path(fitting[0].path) or function.holder != "module":
            return None
        return fitting[0], function

    def _below_another_package(self) -> Task | None:
        """The one task whose name is this one but for the first package, which nothing brings: what stands in a module of a package that was renamed."""
        first, _, rest = self.name.partition(".")
        if self.reference.kind not in CONFIGURED or rest.count(".") < 2:
            return None
        if first not in ANYONES and is_required(self.project, first):
            return None
        fitting = self.registry.longer.get(rest, ())
        return self.registry.by_name[fitting[0]][0] if len(fitting) == 1 else None

    def _of_that_function(self) -> Task | None:
        """The one task of a scheduled name's last words, where the name begins as no library does, and nothing here has such a package: it was moved, or never stood there."""
        first, task = self.name.partition(".")[0], self._by_last_word()
        if task is None or self.reference.kind not in SCHEDULED or self.reference.guard or first not in ANYONES:
            return None
        if "_" not in self.last.strip("_") or not self.reference.queue.absent or self._is_mentioned(first):
            return None
        return task

    def _of_our_module(self) -> Task | None:
        """The one task of the function that a configured name ends with, where all before it is the last word of a module of the project: once a worker was started
        beside that module, or the task has moved to another one."""
        task = self._by_last_word() if self.reference.kind in CONFIGURED and not self.reference.guard else None
        if task is None or "." in self.head or self.head in ANYONES or "_" not in self.last.strip("_"):
            return None
        ends = (f"/{self.head}.py", f"/{self.head}/__init__.py")
        ours = any(path.endswith(ends) and not in_test_path(path) for path in self.project.modules)
        return None if not ours or is_required(self.project, self.head) else task

    def _of_our_app(self) -> Module | None:
        """The module with tasks of the one package of the project that is called as a scheduled name begins: its label, as Django says."""
        first = self.name.partition(".")[0]
        if self.reference.kind not in SCHEDULED or self.reference.guard or not self.head or first in ANYONES:
            return None
        if not self.reference.queue.absent or is_required(self.project, first):
            return None
        held = self.registry.by_label.get(first, [])
        return held[0] if len({one.name.rpartition(".")[0] for one in held}) == 1 else None

    def _was_ours(self) -> bool:
        """Whether a schedule names a package that neither the project nor any of its dependencies has: one that it once had."""
        service = self.reference.service
        first = self.name.partition(".")[0]
        if service is None or not self.head or first == "celery" or self.reference.kind not in SCHEDULED:
            return False
        if not self.reference.queue.absent or not any(
            self.registry.by_name.get(str(one.task.value)) for one in beat_of(service)
        ):
            return False
        return is_required(self.project, first) is False and not self._is_mentioned(first)

    def _among_ours(self) -> bool:
        """Whether an app names a task of one word, and most others that it names in the same place and way are tasks of the project."""
        service, by_name = self.reference.service, self.registry.by_name
        if service is None or self.reference.kind not in ("beat", "route", "annotation") or self.reference.guard:
            return False
        if not self.reference.queue.absent:
            return False
        beside = {
            one.name.value
            for one in references_of(celery_of(self.project))
            if one.service is service
            and one.queue.absent
            and (one.kind, one.path) == (self.reference.kind, self.reference.path)
        }
        words = {name.partition("_")[0] for name in by_name if "." not in name}
        plain = [one for one in beside if isinstance(one, str) and "." not in one]
        known = [one for one in plain if one in by_name]
        ours = [one for one in plain if one in by_name or one.partition("_")[0] in words]
        return len(known) >= LEAST and 3 * len(ours) >= 2 * len(beside)

    def _is_mentioned(self, package: str) -> bool:
        """Whether code imports a package, or names it in a string that is no task's name."""
        sent = {one.name.value for one in references_of(celery_of(self.project))}
        found = re.compile(rf"^\s*(?:from|import)\s+{package}\b|[\"']({package}(?:\.\w+)*)[\"']", re.M)
        for path in self.project.search(package):
            for one in found.finditer(self.project.text(path) or ""):
                if one.group(1) is None or one.group(1) not in sent:
                    return True
        return False
