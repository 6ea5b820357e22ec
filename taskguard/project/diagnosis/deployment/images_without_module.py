"""Apps that a compose file starts in an image which has not the module: its recipe copies other folders alone, and no volume brings it."""

from __future__ import annotations

from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.composed import started_in_images
from taskguard.project.python.deployment import joined
from taskguard.project.python.image_sources import sources_of, takes
from taskguard.project.python.names import absolute_name
from taskguard.project.python.requirements import is_pinned
from taskguard.project.python.site_texts import blocks_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.image_sources import Sources
    from taskguard.project.python.project import Module, Project

# So many modules are followed that a start imports.
MOST = 60
# Folders of a machine, and of a container, that hold no code.
OF_MACHINE = ("/var/", "/etc/", "/tmp/", "/run/", "/dev/", "/sys/", "/proc/")


def uncopied_apps(project: Project) -> Iterator[Fault]:
    """Where they are started, by file."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        if in_tests(path):
            continue
        for one in started_in_images(project, path, path):
            recipe = sources_of(project, one.recipe) if project.is_readable(one.recipe) else None
            if recipe is None or not recipe.sources or is_changed(project, path, one.name):
                continue
            held = meant_by(project, one.launch.app)
            if held and not any(may_have(one, recipe, module.path) for module in held):
                yield _fault(one, held[0])
            elif len(held) == 1 and (lost := _lost_import(one, recipe, held[0])) is not None:
                yield _fault(one, *lost)


def meant_by(project: Project, app: str) -> list[Module]:
    """The modules that `-A` may mean, whatever folder it counts from; none where a library of the requirements may be meant as well."""
    return [] if is_pinned(project, app.partition(":")[0].partition(".")[0]) else modules_named(project, app)


def modules_named(project: Project, app: str) -> list[Module]:
    """The modules of the project that `-A` may mean, whatever folder it counts from."""
    name, colon, _ = app.partition(":")
    inside = "/" + name.replace(".", "/")
    ends = [f"{inside}.py", f"{inside}/__init__.py"]
    if not colon and "." in name:
        ends.append(f"{inside.rpartition('/')[0]}.py")  # an app in the module above
    return modules_ending(project, *ends)


def modules_ending(project: Project, *ends: str) -> list[Module]:
    """The modules whose paths, with a slash before them, end so."""
    return [one for path, one in project.modules.items() if f"/{path}".endswith(ends)]


def _lost_import(one: Started, recipe: Sources, app: Module) -> tuple[Module, Module] | None:
    """The first module that the start surely imports and the image has not, whatever folder its name counts from, with the module that imports it."""
    project, seen, queue = app.project, {app.path}, [app]
    while queue and len(seen) < MOST:
        module = queue.pop(0)
        for name in _surely_imported(module):
            meant = modules_ending(project, *(f"/{name.replace('.', '/')}{end}" for end in (".py", "/__init__.py")))
            there = [held for held in meant if may_have(one, recipe, held.path)]
            if meant and not there and not is_pinned(project, name.partition(".")[0]):
                return meant[0], module
            if len(meant) == 1 and meant[0].path not in seen:
                seen.add(meant[0].path)
                queue.append(meant[0])
    return None


def _surely_imported(module: Module) -> list[str]:
    """The dotted names of the modules of the project that a module imports whenever it is imported."""
    if module.facts.failure or module.unreadable:
        return []
    made = dict[str, None]()
    for one in module.facts.imports:
        name = absolute_name(module, one.module) if not one.guard and not one.scope else ""
        held = module.project.find(name, module) if name else None
        if held is None:
            continue
        made[name] = None
        # A submodule, unless the package has something of that name itself.
        if one.name and one.name != "*" and not held.entries(one.name) and not held.stars:
            inside = held.submodule(one.name) if held.facts.getattr_names == () else None
            made.update({inside.name: None} if inside is not None else {})
    return list(made)


def is_changed(project: Project, path: str, service: str) -> bool:
    """Whether another compose file says more of a service without saying all of it: it may bring the code."""
    others = (one for one in project.markers if one != path and "compose" in one.rpartition("/")[2])
    return any(
        block.name == service and not block.whole for other in others for block in blocks_of(project, other, other)
    )


def may_have(one: Started, recipe: Sources, path: str) -> bool:
    """Whether a container may have a file of the project: copied, mounted, or lying in a volume that others fill."""
    return takes(recipe, one.context, path) or any(
        _may_hold(one, recipe, source, target.rstrip("/"), path) for source, target in one.mounts
    )


def _may_hold(one: Started, recipe: Sources, source: str, target: str, path: str) -> bool:
    if f"{source}/".startswith(OF_MACHINE) or f"{target}/".startswith(OF_MACHINE):
        return False
    if source.startswith("."):
        folder = normpath(joined(one.launch.path.rpartition("/")[0], source))
        return folder.startswith("..") or folder == "." or f"{path}/".startswith(f"{folder}/")
    if source.startswith(("/", "~", "$")):
        return True
    # A volume with a name holds data, unless it lies where the code does.
    return any(f"{place.rstrip('/')}/".startswith(f"{target}/") for place in recipe.places)


def _fault(one: Started, module: Module, importer: Module | None = None) -> Fault:
    wanted = f", which {importer.path} imports" if importer is not None else ""
    message = (
        f'-A names "{one.launch.app}", and the image of {one.name} has no {module.path}{wanted}: '
        f"{one.recipe} copies other files alone: the command fails when it starts"
    )
    folder = module.path.rpartition("/")[0] or module.path
    return Fault(
        one.launch.path, one.span, message, f"copy {folder} there, too", one.launch.app,
        (Related(one.recipe, 1, "this makes the image"),),
        tuple(dict.fromkeys((one.recipe, module.path, *((importer.path,) if importer is not None else ())))),
    )  # fmt: skip
