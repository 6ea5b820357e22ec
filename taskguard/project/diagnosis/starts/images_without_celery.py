"""Images that have the packages of another stage and not its scripts: nothing there is called `celery`."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion, Question, finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.composed import started_in_images
from taskguard.project.python.logical_lines import logical_lines
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.project import Project

BASE = regex(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+as[ \t]+(\S+))?", re.I)
# Images of Python's own, and of systems: none has Celery.
PLAIN = regex(r"(?:docker\.io/)?(?:library/)?(?:python|debian|ubuntu|alpine)(?:[:@]\S*)?$")
# Images in which nothing of Python is installed.
OTHER = regex(r"(?:docker\.io/)?(?:library/)?(?:node|nginx|golang|rust|oven/bun)(?:[:@]\S*)?$")
FROM_STAGE = regex(
    r"^[ \t]*COPY[ \t]+(?:--\S+[ \t]+)*--from=(\S+)[ \t]+(?:--\S+[ \t]+)*(\S+)[ \t]+\S+[ \t]*(?:#.*)?$", re.I
)
COPIES = regex(r"^[ \t]*(?:COPY|ADD)\b", re.I)
# One script of the other stage, by its name.
SCRIPT = regex(r"/usr/local/bin/([A-Za-z0-9._-]+)$")
# Where scripts may lie beside packages: whoever copies one of these whole has them.
MAY_HOLD = regex(
    r"(?:^/|^/usr(?:/local)?|bin|venv|\.local|/opt|/install|/root|/home|/app|/srv|/code|/dist|wheels?)(?:/\S*)?$"
)
# What may bring the scripts: an installer that is run, a link, a file that is written.
INSTALLS = regex(r"\b(?:pip3?|uv|poetry|pdm|pipenv|conda|mamba|rye|pixi|celery|ensurepip|console_scripts)\b|/bin/")
RUNS = regex(r"^[ \t]*RUN\b(.*)", re.I)
STARTS = regex(r"^[ \t]*(?:CMD|ENTRYPOINT)[ \t]+(?:\[[ \t]*\"celery\"|celery[ \t])", re.I)
BARE = regex(r"^[ \t]*(?:command[ \t]*=[ \t]*|exec[ \t]+)?celery[ \t]", re.M)


def unscripted_images(project: Project) -> Iterator[Fault]:
    """Where such an image, or what it copies as its own configuration, starts `celery` by that name."""
    paths = sorted({one.path for one in project.evidence.deployment.launches if not in_tests(one.path)})
    recipes = dict.fromkeys(path for path in project.markers if "ockerfile" in path.rpartition("/")[2])
    composed = [one for path in paths if "compose" in path for one in started_in_images(project, path, path)]
    for recipe in recipes:
        place = scriptless(project, recipe) if project.is_readable(recipe) and not in_tests(recipe) else None
        if place is None:
            continue
        started = [
            one.launch.path
            for one in composed
            if one.recipe == recipe and one.first == "celery" and not (one.target or one.entrypoint or _brought(one))
        ]
        started += [
            path for path in paths if path != recipe and copies(project, recipe, path) and finds(project, path, BARE)
        ]
        if started or starts_it(project, recipe):
            yield _fault(recipe, place, started[0] if started else "")


def _brought(one: Started) -> bool:
    """Whether a mount may bring the script."""
    return any("bin" in target or "venv" in target or target.startswith("/usr") for _, target in one.mounts)


@Question
def starts_it(text: str) -> bool:
    """Whether a recipe has its image start `celery` by that name."""
    return any(STARTS.match(line) for line in text.splitlines())


@Question
def copies(text: str, path: str) -> bool:
    """Whether a recipe copies a file by its name, as it does with what is started there."""
    return any(
        COPIES.match(line) and "--from" not in line and path in (word.removeprefix("./") for word in line.split())
        for line in text.splitlines()
    )


@PlacedQuestion
def scriptless(text: str) -> Span | None:
    """Where the last stage of a recipe takes the packages of another one, if it surely has no `celery` of it."""
    stages, stage, base, made = dict[str, str](), list[tuple[int, str]](), "", 0
    for number, line in logical_lines(text):
        found = BASE.match(line)
        if found is not None:
            stage, base = [], found[1].lower()
            stages.update({str(made): base, (found[2] or str(made)).lower(): base})
            made += 1
        stage.append((number, line))
    return _packages(stage, stages) if PLAIN.match(base) else None


def _packages(stage: list[tuple[int, str]], stages: dict[str, str]) -> Span | None:
    place: Span | None = None
    for number, line in stage:
        run = RUNS.match(line)
        if run is not None and INSTALLS.search(run[1]):
            return None
        if not COPIES.match(line) or "--from" not in line:
            continue
        taken = FROM_STAGE.match(line)
        if taken is None:
            return None
        script = SCRIPT.match(taken[2])
        if "site-packages" in taken[2] and taken[1].lower() in stages:
            place = Span(number, 1, number, 1)
        elif script is not None and script[1] == "celery":
            return None
        elif script is None and MAY_HOLD.search(taken[2].rstrip("/*") or "/") and not _is_other(stages, taken[1]):
            return None
    return place


def _is_other(stages: dict[str, str], stage: str) -> bool:
    return OTHER.match(stages.get(stage.lower(), "")) is not None


def _fault(recipe: str, place: Span, started: str) -> Fault:
    by = f"{started} starts" if started else "it starts"
    return Fault(
        recipe, place, f"the image has the packages of another stage and none of its scripts but those named: {by} `celery`, which is not found",
        "copy `/usr/local/bin/celery` as well, or start `python -m celery`", symbol="celery", depends=(started,) if started else (),
    )  # fmt: skip
