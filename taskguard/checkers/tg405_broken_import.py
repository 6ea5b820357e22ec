from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Spelling, Unsure, listing, mended
from taskguard.rule import said as faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from taskguard.project.facades.taken_apps import TakenApp
    from taskguard.rule import Broken, Findings, Gone, Module, Project, Taken

# So many names that one statement misses of a module have one cause, wherever others of these names are defined.
MANY = 3


class BrokenImport(
    ProjectRule, heavy=True, code="TG405", since="0.1.0", of_change={"modules": "all", "together": False}
):
    """
    Somebody imports a name that the module does not have, or a module that is not there.

    ## Why is this bad?
    The import fails when it runs: at start-up, or, inside a function, in the middle of a request or a task. After a split this is what
    remains of the old addresses: a view, a command or a test that nobody has loaded yet.

    A module that is taken for the task or the app in it is told as well: `from reports import send_weekly`, which is a submodule, and then
    `send_weekly.delay()`; `from config import celery_app`, and then `@celery_app.task`.

    Three more imports fail whatever `sys.path` holds: one by dots in a module that has no package above it because others name it alone
    (`celery -A app` for an `app.py` with `from .tasks import send`), one with more dots than there are packages above a module that a worker loads (`from ..tools import day` in `shop/mails.py`, where it loads `shop.tasks`), and one below a module beside which a folder of its name lies without an `__init__.py`
    (`jobs.py` and `jobs/mail.py`: there is no `jobs.mail`).

    So does an import that names a package in another case than it has (`from storage.rows import store`, where the folder is `Storage`): Python tells names of modules apart by case on every
    machine. It is told in what a worker loads, where the module has what is imported and the requirements bring nothing of the name.

    What one statement misses of a module and cannot be imported from elsewhere is told once, at its first name. Each name is told once for a file.

    A name counts as there if anything binds it at run time: a definition, an import, a star import, a branch of an `if` or `try`, a
    submodule, the table of a `__getattr__`.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    def build_weekly(): ...

    def send_weekly(): ...
    ```
    `report_tasks.py`:
    ```py
    from reports.weekly import build_weekly
    ```
    `views.py`:
    ```py
    def send(request):
        from report_tasks import build_weekly, send_weeklies  # error

        send_weeklies(build_weekly())
    ```

    ## Use instead
    `views.py`:
    ```py
    def send(request):
        from report_tasks import build_weekly
        from reports.weekly import send_weekly

        send_weekly(build_weekly())
    ```

    ## Fix
    Safe, where just one module of the project (tests left out) defines a function, class, task or constant of that name: imports it from there. The
    import failed before, so nothing that worked is touched. A module taken for its task is replaced by the task, where the file asks for nothing else of it. Where a facade by the settings or a comment should hand it on, that is what to fix (TG401).

    ## Options
    - `modules` (default `"tasks"`): `"tasks"` looks at imports from facades, their sources, modules that declare tasks, those that hold a Celery
      app and those that `celery -A` names, at all that the three last import from the project themselves (a worker does not start without it), at what the head of a module imports that these import whenever they are loaded, and at any import of a `celery_app`, or of an app's name as a module of the package that holds the app. `"all"` looks at imports from any
      module of the project. A module that is not there is told if it is called `tasks` or `…_tasks`, if a module with tasks or an app imports it, or the `ready` of
      a Django application's configuration, or one that these import whenever they are loaded, directly or through others from the same import root (it takes them with it), or if the commit that a hook judges deletes it; with `"all"` whatever it is called.
    - `together` (default `true`): with `false` each name that a statement misses is a finding of its own, as it always is where two states are compared.

    ## Unknown
    A module that is not there is certainly gone where the commit deletes it, or where the package around it (with an `__init__.py`) is the
    project's and there is nothing of that name on disk. Silent where that package changes its `__path__` or `sys.modules`, or, with `"all"`, where
    the project builds extensions; undecided where the name is excluded, ignored by git or looks generated, and for the settings module that `manage.py` names
    and each machine has its own of; a warning where what is gone is a
    whole top-level package or module and the requirements or a Dockerfile have a word like its name, so that it may be installed now; and a warning where a
    module that a worker loads asks `app`, `apps`, `backend`, `server` or `src` for what another package of the project has, which the file itself imports from, where nothing
    has that name. A warning, too, in the body of a task that nobody sends, schedules or names, its tests included, where
    the project sends others; where a module that a worker loads asks `helpers`, `jobs`, `services`, `tasks` or `utils` for a module that no folder of that name has, and that folder
    is at no import root.

    In a project of Python 2 an absolute import finds a module of the same package first; where that Python is one of several, such an import is undecided.

    Silent in what is kept for reading: a package or a copy that is called so (`backup`, `legacy`) and that nobody imports. Silent for imports in a `try` (in a function: one that expects an ImportError, or catches everything around little else and does not raise it again, unless that is the work of a task, or of a function of its file that it calls or runs, which uses the import, or sends what it imports from a module of the project, and the handler has nothing in its place; not in a function whose `def` alone stands there, unless an import of the project fails there before), in `suppress` or `pytest.raises`, and under `if TYPE_CHECKING`; for a module that is missing in a branch, unless the function's argument alone chooses it; for what may be a library of the same
    name, or the package of another service; and for what a facade imports when it is loaded, which is TG402. Undecided where the module does not parse, has a `__getattr__`
    without a literal table, binds names through `globals()` or `setattr`, takes a star import from outside the project, or is a package that
    may get the name from a build. Undecided in the tasks of a Django application that no `INSTALLED_APPS` has, where these are all known, the worker discovers
    the tasks of those that are, and nothing outside of the application imports or names the module (one that is commented out of the list is not what a name means that is put together); in a module of tasks that no worker and nothing else imports or names, where an import of it, its
    entry in a list or its app is commented out, or nobody sends its tasks and it is no script (nor names them, where a worker may load the module by a name that is put together); in a test that is skipped, or that no run reaches for another reason (TG406 lists them); in a function that its name or a comment in it calls an example, whose name stands nowhere
    else; in the body of a task that nobody sends, for an import whose comment says that a checker of types finds no such module (`# type: ignore[import-not-found]`, `# pyright: ignore[reportMissingImports]`); in a function without a decorator whose name stands nowhere else, in a module of which other things are in use; and in a file among the tests that no runner collects by its name
    (`tests/tasks.py`), and that nothing imports or names; and in a scratch pad: a file that defines nothing, calls `django.setup()` or has `sys.path` changed and calls what it imports, or a
    demonstration by its name, where nothing imports it and no code, command or text names it. Undecided, too, in a module that only defines something and that nothing loads, where a
    deployment file starts Celery: no worker, framework or server does by its name, place or what it makes, no string or deployment file names it, no code imports what it finds, and
    what imports it is loaded by nothing either, as is the configuration of a Django application that is not installed.
    """

    modules: Literal["tasks", "all"] = "tasks"
    together: bool = True

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.imports.unreachable import unreachable
        from taskguard.project.facades.broken import broken_imports
        from taskguard.project.facades.gone import gone_imports
        from taskguard.project.facades.taken import taken_modules
        from taskguard.project.facades.taken_apps import taken_apps
        from taskguard.project.facades.together import alike

        spelling = Spelling()
        lone: dict[Module, list[Broken]] = {}
        for broken in broken_imports(project, self.modules == "all"):
            if broken.doubt:
                yield Unsure(
                    broken.module.path, broken.imported.span, f"`{broken.name}` of {broken.target.name}: {broken.doubt}"
                )
            elif not self.together or broken.listed or broken.typing or broken.home is not None:
                yield said(broken, spelling)
            else:
                lone.setdefault(broken.module, []).append(broken)
        for module, found in lone.items():
            for group in alike(module, found):
                alone = [one for one in group if len(group) < MANY and one.homes]
                yield from (said(one, spelling) for one in alone)
                rest = [one for one in group if one not in alone]
                if rest:
                    yield said(rest[0], spelling, rest[1:])
        for gone in gone_imports(project, self.modules == "all"):
            if gone.doubt:
                yield Unsure(gone.module.path, gone.imports[0].span, f"`{gone.dotted}`: {gone.doubt}")
            else:
                yield gone_said(gone)
        for taken in taken_modules(project):
            yield taken_said(taken)
        yield from map(app_said, taken_apps(project))
        yield from faults(unreachable(celery_of(project), self.modules == "all"))


def said(broken: Broken, spelling: Spelling, others: Sequence[Broken] = ()) -> Finding:
    """A name that a module does not have, with the others that the same statement misses of it."""
    from taskguard.project.editing.edits import edits_of

    target, name = broken.target, broken.name
    message = f"`{target.name}` has no {listing(f'`{one.name}`' for one in (broken, *others))}"
    if broken.listed:
        message = f"`{target.name}` lists `{name}` in its `__all__` and does not have it: the star import fails"
        advice = f"take `{name}` out of that `__all__`, or give the module its name"
    elif broken.typing:
        message += " at run time: it has it under `if TYPE_CHECKING` only"
        advice = f"import it there outside `if TYPE_CHECKING`, or here under `if TYPE_CHECKING`{elsewhere(broken)}"
    else:
        advice = remedy(broken, spelling) if not others else remedy_of_all((broken, *others), spelling)
    idle = all(one.idle for one in (broken, *others))
    advice += f" ({broken.idle})" if idle else ""
    related = [Related(target.path, broken.listed or 1, f"`{name}` was looked for here")]
    homes = [(one.name, home) for one in (broken, *others) for home in one.homes]
    related += [Related(home.path, 1, f"a `{one}` is defined here") for one, home in homes[:3]]
    again = dict.fromkeys(one.span.line for each in (broken, *others) for one in each.again)
    related += [Related(broken.module.path, line, "it is imported here, too") for line in again]
    home = broken.home
    edits = edits_of(broken.module)
    parts = [edits.retargeted(one, home) for one in (broken.imported, *broken.again)] if home is not None else [None]
    depends = dict.fromkeys(path for one in (broken, *others) for path in one.depends)
    return Finding(
        broken.module.path, broken.imported.span, message, broken.dotted, advice, tuple(related), tuple(depends),
        certain=not idle, fix=mended(*parts),
    )  # fmt: skip


def remedy(broken: Broken, spelling: Spelling) -> str:
    if broken.homes:
        return f"this import fails{elsewhere(broken)}, or hand it on in `{broken.target.name}`"
    meant = near(broken, spelling)
    if meant:
        return f"this import fails: did you mean `{meant}`?"
    return "this import fails: import what the module has, or give it back its name"


def remedy_of_all(missing: Sequence[Broken], spelling: Spelling) -> str:
    """What helps where a statement misses several names of one module."""
    meant = [f"`{other}` for `{one.name}`" for one in missing if (other := near(one, spelling))]
    if meant:
        return f"this import fails: did you mean {listing(meant)}?"
    return "this import fails: import what the module has, or give it back its names"


def near(broken: Broken, spelling: Spelling) -> str:
    """What may be meant in place of a name that is not there; empty where nothing looks like it."""
    meant = spelling.nearest(broken.name, broken.target.table())
    return meant if meant and meant != broken.name else ""


def elsewhere(broken: Broken) -> str:
    if not broken.homes:
        return ""
    return f": import it from {listing(f'`{one.name}`' for one in broken.homes)}"


def gone_said(gone: Gone) -> Finding:
    """One import of a module that is gone, with the others in the same file."""
    from taskguard.project.editing.edits import edits_of

    first, names = gone.imports[0], gone.names
    of = f" of {listing(f'`{name}`' for name in names)}" if names else ""
    advice = "import from where its content is now, bring the module back, or delete what needs it"
    if gone.homes:
        advice = f"import it from {listing(f'`{one.name}`' for one in gone.homes)}"
    if gone.remedy:
        advice = gone.remedy
    advice += f" ({gone.idle})" if gone.idle else ""
    what = f"a `{names[0]}` is defined here" if names and not gone.remedy else "this is the module"
    related = [Related(one.path, 1, what) for one in gone.homes[:3]]
    lines = dict.fromkeys(one.span.line for one in gone.imports if one.span.line != first.span.line)
    related += [Related(gone.module.path, line, "it is imported here, too") for line in lines]
    home, edits = gone.home, edits_of(gone.module)
    parts = [edits.retargeted(one, home) for one in gone.imports] if home is not None else [None]
    return Finding(
        gone.module.path, first.span, f"there is no module `{gone.dotted}`: this import{of} fails", gone.dotted, advice, tuple(related), gone.paths,
        certain=gone.certain and not gone.idle, fix=mended(*parts),
    )  # fmt: skip


def taken_said(taken: Taken) -> Finding:
    """A module of which somebody calls what only a task has."""
    from taskguard.project.editing.edits import edits_of

    target, last = taken.target, taken.target.name.rpartition(".")[2]
    advice = f"import the task that you mean from `{target.name}`"
    if taken.task:
        advice = f"`from {target.name} import {last}`, or hand the task on in the package"
    package = target.project.find(target.name.rpartition(".")[0], target)
    files = tuple(one.path for one in (target, package) if one is not None and one is not taken.module)
    fix = mended(edits_of(taken.module).retargeted(taken.imported, target)) if taken.task and taken.alone else None
    return Finding(
        taken.module.path,
        taken.imported.span,
        f"`{target.name}` is a module and no task: `.{taken.method}` of it fails",
        f"{target.name}.{last}" if taken.task else target.name,
        advice,
        (Related(target.path, 1, "this is the module"),),
        files,
        fix=fix,
    )


def app_said(taken: TakenApp) -> Finding:
    """A module whose `task` somebody asks for, as only the app in it has one."""
    target, variable = taken.service.module, taken.service.variable
    package = target.project.find(target.name.rpartition(".")[0], target)
    name = f" as {taken.imported.bound}" if taken.imported.bound != variable else ""
    return Finding(
        taken.module.path,
        taken.imported.span,
        f"`{target.name}` is a module and no app: `.task` of it fails",
        target.name,
        f"`from {target.name} import {variable}{name}`, or hand the app on in the package",
        (Related(target.path, taken.service.span.line, "this is the app"),),
        tuple(one.path for one in (target, package) if one is not None and one is not taken.module),
    )
