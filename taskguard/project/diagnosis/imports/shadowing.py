"""A module of the project that is called `celery` and lies where imports count from: Python finds it in place of the library."""

from __future__ import annotations

from taskguard.diagnostics import TOP, Related
from taskguard.facts import selections
from taskguard.facts.model import Binding, Call, Const, Seq
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project

LIBRARY = "celery"
CAUGHT = frozenset(("try", "except", "type_checking"))
# What the library has from its early versions to the last, and hardly a package of a project.
PARTS = ("backends", "bin", "canvas", "concurrency", "events", "loaders", "local", "platforms")
MANY = 4
# By this a package gets out of the way: it loads the library and puts that in its own place.
HANDS_ON = regex(r"\bsys\.(?:modules|path|meta_path)\b|\bimportlib\b|\bpkgutil\b")


def library_shadows(project: Project) -> Iterator[Fault]:
    """The modules called `celery` by which imports of the library fail, by path."""
    for path, module in project.modules.items():
        if module.name != LIBRARY or in_tests(module.path) or path.endswith(".pyi") or module.unreadable:
            continue
        if sum(project.find(f"{LIBRARY}.{one}", module) is not None for one in PARTS) >= MANY:
            continue  # the library itself, brought along or being written
        beside = [one for one in project.looked_at if one.root == module.root and not in_tests(one.path)]
        failing = [(one, imported) for one in beside for imported in one.facts.imports if _fails(module, one, imported)]
        if failing:
            yield _told(module, failing)


def _told(module: Module, failing: list[tuple[Module, Import]]) -> Fault:
    doubt = _doubt(module)
    if doubt:
        return Fault(module.path, TOP, "", doubt=f"whether it hides the library celery cannot be told: {doubt}")
    holder, one = failing[0]
    what = f"from {one.module} import {one.name}" if one.name else f"import {one.module}"
    return Fault(
        module.path,
        TOP,
        f"it hides the library celery: `{what}` in {holder.path} finds this file and fails",
        "give it another name, as `worker.py`, or put it into a package",
        symbol=module.name,
        related=tuple(
            Related(other.path, failed.span.line, "this finds it, and not the library") for other, failed in failing[:5]
        ),
        depends=tuple(dict.fromkeys(other.path for other, _ in failing)),
    )


def _fails(shadow: Module, module: Module, one: Import) -> bool:
    """Whether an import that means the library finds `shadow`, and not what it asks for there."""
    if one.guard in CAUGHT or one.module.startswith(".") or one.module.partition(".")[0] != LIBRARY:
        return False
    if one.module != LIBRARY:
        return shadow.project.find(one.module, module) is None  # below it there is no such module
    if not one.name or one.name == "*" or shadow.stars or shadow.facts.getattr_names is None:
        return False
    if shadow.submodule(one.name) is not None or one.name in shadow.facts.getattr_names:
        return False
    # What it takes from `celery` itself it takes from nowhere.
    return all(
        not isinstance(held, Binding) and held.module.partition(".")[0] == LIBRARY and not held.guard
        for held in shadow.entries(one.name)
    )


def _doubt(module: Module) -> str:
    project, root = module.project, module.root
    if finds(project, module.path, HANDS_ON):
        return f"{module.path} changes what Python has loaded"
    package = f"{root}/__init__.py" if root else "__init__.py"
    settled = project.evidence.settled(root)
    if package in project.modules and settled is not True:
        return f"{package} makes its folder a package, and the module has another name then"
    if settled is True or _counts(project, module):
        return ""
    return f"nothing says that imports count from {root or 'the folder of the project'}"


def _takes(shadow: Module, one: Import) -> bool:
    """Whether a module takes from `celery` an app that the shadow makes: the library has none by these names (`celery.app` is a package)."""
    if one.module != LIBRARY or not one.name or one.guard in CAUGHT:
        return False
    held = shadow.entry(one.name)
    return (
        isinstance(held, Binding) and isinstance(held.value, Call) and held.value.callee.rpartition(".")[2] == "Celery"
    )


def _includes(shadow: Module) -> bool:
    """Whether an app that the shadow makes includes a module beside it by its plain name: the worker imports it by that."""
    for site in selections.calling(shadow.facts, "Celery"):
        listed = site.call.keyword("include")
        for one in listed.items if isinstance(listed, Seq) else ():
            name = one.value if isinstance(one, Const) and isinstance(one.value, str) else ""
            held = shadow.project.find(name, shadow) if name.isidentifier() else None
            if held is not None and held is not shadow and held.root == shadow.root:
                return True
    return False


def _counts(project: Project, shadow: Module) -> bool:
    """Whether a module beside the shadow imports another one of the same root by its absolute name, and none by dots; or the shadow's app includes one so."""
    proved = _includes(shadow)
    for module in project.looked_at:
        if module.root != shadow.root:
            continue
        top = "." not in module.name and not module.is_package
        for one in module.facts.imports:
            if one.module.startswith(".") and top:
                return False
            if module is not shadow and _takes(shadow, one):
                return True
            target = project.find(one.module, module) if not one.module.startswith(".") else None
            proved = proved or (target is not None and target not in (module, shadow) and target.root == shadow.root)
    return proved
