"""Modules in which `celery -A` finds no app (celery/app/utils.py, `find_app`; run): it asks for `app`, `celery`, the module `celery` of a package, any `Celery`."""

from __future__ import annotations

import sys

from taskguard.facts.model import Binding, Call, Const, Dict, Import, Op, Ref, Seq
from taskguard.facts.questions import holds
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.flow import body_of, bound_in, is_plain, returned
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Instance, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module, Project

# Applications of others that are called `app`, too.
WEB = frozenset("aiohttp.web.Application connexion.App connexion.FlaskApp fastapi.FastAPI flask.Flask quart.Quart sanic.Sanic starlette.applications.Starlette".split())  # fmt: skip
# What puts names into a module by other means than its statements.
HIDDEN = ("globals(", "global ", "sys.modules", "exec(", "__path__")
DEEPEST = 4
# What the folder of a Django project has, and what it must not have: it would be a package, or have the app.
SITE, OTHERWISE = ("settings", "wsgi"), frozenset(("__init__", "celery"))
# Files whose commands are run in the folder where they lie (pdm, poe, hatch, Heroku), unless one goes elsewhere first.
RUN_WHERE_THEY_LIE = ("pyproject.toml", "Procfile")


def counted(project: Project, launch: Launch, name: str, held: list[Module]) -> list[Module]:
    """Of modules that a name may mean the one at the top, where a file says commands that are run in its own folder: for one within that package (`shop/shop/`) to be
    meant, the command had to be run in the package."""
    own, _, file = launch.path.rpartition("/")
    top = [one for one in held if one.name == name and one.is_package] if file in RUN_WHERE_THEY_LIE else []
    if len(top) != 1 or any(path == launch.path for _, path in project.evidence.deployment.folders):
        return held
    package = top[0].path.rpartition("/")[0]
    within = all(one is top[0] or one.path.startswith(f"{package}/") for one in held)
    return top if within and not f"{own}/".startswith(f"{package}/") else held


def foreign_app(module: Module) -> str:
    """The class of the application for the web that is the first thing `celery -A` takes for the app; empty where it is none."""
    for name in ("app", "celery"):
        entries = module.entries(name)
        if not entries:
            if module.stars or module.facts.getattr_names != ():
                return ""
            continue
        if len(entries) > 1 or not isinstance(entries[0], Binding) or entries[0].guard:
            return ""
        return _web(module, name) if name == "app" else ""
    return ""


def _web(module: Module, name: str) -> str:
    entry = module.entries(name)[0]
    given = entry.value if isinstance(entry, Binding) else None
    value = value_of(Bound(given, module)).value if given is not None else None
    if isinstance(value, Instance) and value.name in WEB:
        return value.name
    return _by_factory(module, given) if isinstance(given, Call) and given.callee else ""


def _by_factory(module: Module, call: Call) -> str:
    """The class of what a function of the project gives back that makes an application for the web (`app = create_app()`)."""
    found = resolve(module, call.callee)
    home = found.module if found.kind == "symbol" else None
    function = home.function(found.path) if home is not None else None
    body = body_of(home, function) if home is not None and function is not None and is_plain(home, function) else None
    names = {one.name if isinstance(one, Ref) else "" for one in returned(body)} if body is not None else set()
    if home is None or function is None or body is None or len(names) != 1:
        return ""
    bound = bound_in(body, names.pop())
    made = bound[0][0] if len(bound) == 1 else None
    if not isinstance(made, Call) or not made.callee:
        return ""
    of = resolve(home, made.callee, function.qualname)
    return of.path if of.kind == "external" and of.path in WEB else ""


def has_no_app(module: Module, depth: int = 0) -> bool:
    """Whether surely nothing in a module is an app: each name in it is known to be something else."""
    if module.facts.failure or module.unreadable or module.stars or module.facts.getattr_names != () or depth > DEEPEST:
        return False
    if holds(module.project, module.path, *HIDDEN):
        return False
    for name in module.table():
        if not all(_is_other(module, name, one, depth) for one in module.entries(name)):
            return False
    inside = module.submodule("celery") if module.is_package else None
    return inside is None or has_no_app(inside, depth + 1)


def _is_other(module: Module, name: str, entry: object, depth: int) -> bool:
    if isinstance(entry, Import):
        return _names_other(module, name, depth)
    if not isinstance(entry, Binding) or entry.kind in ("function", "class", "deleted"):
        return True
    value = entry.value
    if isinstance(value, Const | Seq | Dict | Op):
        return True
    if isinstance(value, Ref):
        return _names_other(module, value.name, depth)
    if not isinstance(value, Call):
        return False
    made = value_of(Bound(value, module))
    if isinstance(made, Known):
        return not isinstance(made.value, Instance) or _is_plain(module, made.value.name)
    found = resolve(module, value.callee) if value.callee else None
    return found is not None and found.kind == "external" and _is_plain(module, found.path)


def _is_plain(module: Module, path: str) -> bool:
    """Whether an instance of a class outside the project is no app."""
    return "elery" not in path and module.project.find(path.partition(".")[0], module) is None and _is_foreign(path)


def _names_other(module: Module, name: str, depth: int) -> bool:
    """Whether a name leads to a module, a class, a function, or something that is no app."""
    found = resolve(module, name)
    if found.kind == "external":
        return _is_foreign(found.path)
    if found.kind == "module":
        return True
    if found.kind != "symbol" or found.module is None or "." in found.path or depth > DEEPEST:
        return False
    entries, holder = found.module.entries(found.path), found.module
    return bool(entries) and all(_is_other(holder, found.path, one, depth + 1) for one in entries)


def _is_foreign(path: str) -> bool:
    """Whether something outside the project is no app: of the standard library, a module, or a class that is not called after Celery."""
    first, _, rest = path.partition(".")
    last = path.rpartition(".")[2]
    if first in sys.stdlib_module_names or not rest:
        return True
    if first == "celery":
        return path not in ("celery.current_app", "celery.app")
    return last[:1].isupper() and "elery" not in path


def mentions_celery(system: System, inside: str = "/") -> bool:
    """Whether code outside of tests, in a folder of that name, imports Celery, though no app is seen to be made."""
    return any(
        one.module.partition(".")[0] == "celery"
        for module in system.project.looked_at
        if not in_tests(module.path) and inside in f"/{module.path}"
        for one in module.facts.imports
    )


def settings_folder(system: System, name: str) -> list[Module]:
    """The modules of the one folder of a dotted name that holds a Django project's settings, and no `__init__.py`: Python takes it for a package."""
    end = f"/{name.replace('.', '/')}"
    held = [one for path, one in system.project.modules.items() if f"/{path}".rpartition("/")[0].endswith(end)]
    stems = [one.path.rpartition("/")[2].partition(".")[0] for one in held]
    return held if all(stems.count(one) == 1 for one in SITE) and OTHERWISE.isdisjoint(stems) else []
