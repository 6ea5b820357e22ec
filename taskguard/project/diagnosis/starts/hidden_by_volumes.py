"""Apps that a compose file starts in a container whose working folder has nothing of the name: a volume lies over it, or the code is copied elsewhere."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.images_without_module import is_changed, may_have, modules_named
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.composed import started_in_images
from taskguard.project.python.deployment import joined
from taskguard.project.python.image_sources import is_plain, sources_of
from taskguard.project.python.recipes import layout_of, placed
from taskguard.project.python.requirements import is_asked_for
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.project import Project
    from taskguard.project.python.recipes import Copied, Layout

# What changes, in a compose file, where a service works or imports from, or which files it has.
ELSEWHERE = regex(r"\bworking_dir\b|\bPYTHONPATH\b|--workdir|\bwatch:")


def displaced_apps(project: Project) -> Iterator[Fault]:
    """Where they are started, by file."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        if in_tests(path) or finds(project, path, ELSEWHERE) or _has_paths(project):
            continue
        for one in started_in_images(project, path, path):
            layout = _layout(project, one)
            if layout is not None and not is_changed(project, path, one.name):
                yield from _judged(project, one, layout)


def _has_paths(project: Project) -> bool:
    """Whether a file with variables for containers says where imports count from."""
    return any("env" in path.rpartition("/")[2] for _, path in project.evidence.deployment.paths)


def _layout(project: Project, one: Started) -> Layout | None:
    """How the image of a service is laid out, where Celery itself is what the service starts in it, and the project has what it names."""
    if one.first != "celery" or one.entrypoint is not None or not project.is_readable(one.recipe):
        return None
    held = modules_named(project, one.launch.app)
    recipe = sources_of(project, one.recipe)
    # The project's own name may stand in its `pyproject.toml`, which is no line for a distribution.
    if (
        not held
        or is_asked_for(project, one.launch.app.partition(":")[0].partition(".")[0])
        or not is_plain(project, one.recipe)
    ):
        return None
    if recipe is not None and recipe.sources and not any(may_have(one, recipe, module.path) for module in held):
        return None  # it is not in the image at all: that is said elsewhere
    return layout_of(project, one.recipe, one.target)


def _judged(project: Project, one: Started, layout: Layout) -> Iterator[Fault]:
    head = one.launch.app.partition(":")[0].partition(".")[0]
    inside = placed(layout.folder, head)
    mounts = {target.rstrip("/"): source for source, target in one.mounts}
    if any(target.startswith(f"{inside}/") for target in mounts):
        return
    # What is mounted deepest lies over all else.
    over = max((one for one in mounts if f"{inside}/".startswith(f"{one}/")), key=len, default=None)
    if over is None:
        if sources_of(project, one.recipe) is None:
            return
        there = any(_may_bring(project, one, copied, inside) for copied in layout.copies)
        why = f"{one.recipe} copies the code elsewhere"
    elif not mounts[over].startswith("."):
        return
    else:
        base = joined(one.launch.path.rpartition("/")[0], mounts[over])
        there = _exists(project, normpath(joined(base, inside[len(over) :].lstrip("/"))))
        why = f"`{mounts[over]}` is mounted over {over or '/'}"
    if not there:
        message = f'-A names "{one.launch.app}", and the container of {one.name} has no `{head}` in {layout.folder}, where it starts: {why}, and the command fails'
        yield Fault(
            one.launch.path, one.span, message, "mount and copy the folder that has it to where the service starts", one.launch.app,
            (Related(one.recipe, 1, "this makes the image"),),
            (one.recipe, *(module.path for module in modules_named(project, one.launch.app))),
        )  # fmt: skip


def _may_bring(project: Project, one: Started, copied: Copied, inside: str) -> bool:
    """Whether a COPY may put a module or a folder at a path of the image; what comes from another stage may be anything."""
    base, last = copied.target.rstrip("/"), inside.rpartition("/")[2]
    under = f"{inside}/".startswith(f"{base}/")
    if base.startswith(f"{inside}/") or base == f"{inside}.py":
        return True
    if not under or copied.stage:
        return under
    for source in copied.sources:
        name = source.rstrip("/").rpartition("/")[2]
        if any(char in source for char in "*?["):
            if fnmatchcase(last, name) or fnmatchcase(f"{last}.py", name):
                return True
            continue
        if name == f"{last}.py" and f"{base}/{last}" == inside:
            return True
        if _exists(project, normpath(joined(joined(one.context, source.lstrip("/")), inside[len(base) :].lstrip("/")))):
            return True
    return False


def _exists(project: Project, path: str) -> bool:
    """Whether the project may have a module or a folder at a path without an ending."""
    if path in ("", ".") or path.startswith(".."):
        return True
    return (
        any(held == f"{path}.py" or held.startswith(f"{path}/") for held in project.modules)
        or project.is_readable(f"{path}.py")
        or project.left_out(f"{path}/__init__.py")
        or bool(project.beside(path))
    )
