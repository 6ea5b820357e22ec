"""Apps that a compose file starts in a container whose working folder has no module of the name: a volume lies over it, or the code is copied elsewhere."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.images_without_module import (
    is_changed,
    may_have,
    modules_ending,
    modules_named,
)
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.facades.broken import may_be_module
from taskguard.project.python.composed import started_in_images
from taskguard.project.python.deployment import joined
from taskguard.project.python.exported import binds_name
from taskguard.project.python.image_sources import is_plain, sources_of
from taskguard.project.python.recipes import Layout, layout_of, placed
from taskguard.project.python.requirements import is_asked_for, may_install
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.project import Module, Project
    from taskguard.project.python.recipes import Copied

# What changes, in a compose file, where imports count from, or which files it has.
ELSEWHERE = regex(r"\bPYTHONPATH\b|--workdir|\bwatch:")
# By which a module may say itself what lies below it, or be another one.
REPLACES = regex(r"\b__path__\b|\bsys\.modules\b")
# What ADD takes apart.
ARCHIVE = regex(r"\.(?:tar|t?gz|tbz2?|bz2|t?xz|zip)\b")
# The words before `celery` that leave it in the folder in which the container starts.
BEFORE = ((), ("sh", "-c"), ("bash", "-c"), ("python", "-m"), ("python3", "-m"))
ENDS = (".py", "/__init__.py")


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
    words = one.words or (one.first,)
    before = words[: words.index("celery")] if "celery" in words else words
    if before not in BEFORE or one.entrypoint is not None or "$" in one.folder or not project.is_readable(one.recipe):
        return None
    held = modules_named(project, one.launch.app)
    recipe = sources_of(project, one.recipe)
    # The project's own name may stand in its `pyproject.toml`, which is no line for a distribution.
    head = one.launch.app.partition(":")[0].partition(".")[0]
    if (
        not held
        or is_asked_for(project, head)
        or may_install(project, one.context, head)
        or not is_plain(project, one.recipe)
    ):
        return None
    if recipe is not None and recipe.sources and not any(may_have(one, recipe, module.path) for module in held):
        return None  # it is not in the image at all: that is said elsewhere
    layout = layout_of(project, one.recipe, one.target)
    return Layout(placed(layout.folder, one.folder), layout.copies) if layout is not None else None


def _judged(project: Project, one: Started, layout: Layout) -> Iterator[Fault]:
    name, colon, _ = one.launch.app.partition(":")
    head, *below = name.split(".")
    there = _places(project, one, layout, head)
    if there is None:
        return
    over = _over(one, placed(layout.folder, head))
    why = f"{one.recipe} copies the code elsewhere" if over is None else f"`{over[1]}` is mounted over {over[0] or '/'}"
    lost = f"`{head}`"
    if any(_exists(project, place) for place in there):
        held = modules_ending(project, *(f"/{name.replace('.', '/')}{end}" for end in ENDS)) if below else []
        if not held or not _is_lost(project, one, layout, name, bool(colon)):
            return
        called = _called(project, one, layout, held)
        lost, why = f"module {name}", f"{called[0].path} is {called[1]} there" if called is not None else why
    message = f'-A names "{one.launch.app}", and the container of {one.name} has no {lost} in {layout.folder}, where it starts: {why}, and the command fails'
    yield Fault(
        one.launch.path, one.span, message, "mount and copy the folder that has it to where the service starts", one.launch.app,
        (Related(one.recipe, 1, "this makes the image"),),
        (one.recipe, *(module.path for module in modules_named(project, one.launch.app))),
    )  # fmt: skip


def _is_lost(project: Project, one: Started, layout: Layout, name: str, alone: bool) -> bool:
    """Whether a container that may have the first part of a name surely has no module of all of it, and nothing in the module above that Celery takes for it.
    `alone` says that what stands behind the colon is the app."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return False
    *above, whole = (_places(project, one, layout, "/".join(parts[:end])) for end in range(1, len(parts) + 1))
    if whole is None or any(_exists(project, place) for place in whole):
        return False
    for end, places in enumerate(above, 1):
        for path in [f"{place}{ending}" for place in places or () for ending in ENDS]:
            module = project.modules.get(path)
            if (module is None and project.is_readable(path)) or (
                module is not None and finds(project, path, REPLACES)
            ):
                return False
            if module is not None and end == len(above) and not alone and _may_have(module, parts[-1]):
                return False
    return None not in above


def _may_have(module: Module, name: str) -> bool:
    return binds_name(module, name) is not False or bool(may_be_module(module, name))


def _called(project: Project, one: Started, layout: Layout, held: list[Module]) -> tuple[Module, str] | None:
    """What a module has for a name in a container, seen from where that starts."""
    for module in held:
        path = module.path.removesuffix(".py").removesuffix("/__init__")
        parts = path.split("/")
        for start in range(len(parts)):
            if path in (_places(project, one, layout, "/".join(parts[start:])) or ()):
                return module, ".".join(parts[start:])
    return None


def _over(one: Started, inside: str) -> tuple[str, str] | None:
    """What is mounted over a path of a container: where, and of what. What is mounted deepest lies over all else."""
    over = [(target.rstrip("/"), source) for source, target in one.mounts]
    return max(
        (held for held in over if f"{inside}/".startswith(f"{held[0]}/")), key=lambda held: len(held[0]), default=None
    )


def _places(project: Project, one: Started, layout: Layout, written: str) -> list[str] | None:
    """The places of the project, without an ending, that a container may have as a module or folder below where it starts; None where that cannot be told."""
    inside = placed(layout.folder, written)
    if any(
        f"{target.rstrip('/')}/".startswith((f"{inside}/", f"{inside}.py/"))
        for _, target in one.mounts
        if target.rstrip("/") != inside
    ):
        return None
    over = _over(one, inside)
    if over is not None:
        base = joined(one.launch.path.rpartition("/")[0], over[1])
        return [normpath(joined(base, inside[len(over[0]) :].lstrip("/")))] if over[1].startswith(".") else None
    if sources_of(project, one.recipe) is None:
        return None
    made: list[str] = []
    for copied in layout.copies:
        brought = _brought(project, one, copied, inside)
        if brought is None:
            return None
        made += brought
    return made


def _brought(project: Project, one: Started, copied: Copied, inside: str) -> list[str] | None:
    """The places of the project that a COPY may put at a path of the image; None where they cannot be told: what comes from another stage may be anything."""
    base = copied.target.rstrip("/")
    if base.startswith(f"{inside}/") or base == f"{inside}.py":
        return None
    if not f"{inside}/".startswith(f"{base}/"):
        return []
    if copied.stage or any(ARCHIVE.search(source) for source in copied.sources):
        return None
    rest = inside[len(base) :].lstrip("/")
    made = []
    for source in copied.sources:
        place = normpath(joined(one.context, source.lstrip("/")))
        if any(char in source for char in "*?["):
            found = _matched(project, place, rest)
            if found is None:
                return None
            made += found
        elif place.endswith(".py"):
            made += [place.removesuffix(".py")] if rest and place.rpartition("/")[2] == f"{rest}.py" else []
        else:
            made.append(normpath(joined(place, rest)))
    return made


def _matched(project: Project, pattern: str, rest: str) -> list[str] | None:
    """As `_brought`, of a pattern: it stands for files, and for what lies in folders."""
    folder, _, name = pattern.rpartition("/")
    if not rest or fnmatchcase(rest.partition("/")[0], name):
        return None
    depth = pattern.count("/") + 1
    paths = (path.split("/") for path in project.modules)
    folders = {"/".join(parts[:depth]) for parts in paths if len(parts) > depth}
    made = [f"{one}/{rest}" for one in sorted(folders) if fnmatchcase(one, pattern)]
    return [*made, joined(folder, rest)] if "/" not in rest and fnmatchcase(f"{rest}.py", name) else made


def _exists(project: Project, path: str) -> bool:
    """Whether the project may have a module or a folder at a path without an ending."""
    if path in ("", ".") or path.startswith(".."):
        return True
    return (
        any(held == f"{path}.py" or held.startswith(f"{path}/") for held in project.modules)
        or project.is_readable(f"{path}.py")
        or any(project.left_out(f"{path}{end}") for end in ENDS)
        or bool(project.beside(path))
    )
