"""Services of compose files that are named after Celery and are told nothing: they run what their image does by itself."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.composed import images_of, lines_of_services, services_in
from taskguard.record import Record

PARTS = regex(r"[-_.]+|(?<=[a-z])(?=\d)|\d+")
# Words of a name that say that a service runs tasks or the schedule, and those which say that it is something beside.
OURS = frozenset("celery celeryworker celeryworkers celerybeat celeryd worker workers beat".split())
BESIDE = frozenset(
    "flower exporter monitor monitoring dashboard ui web api app server http proxy nginx redis broker rabbit rabbitmq db postgres init migrate migrations setup"
    " build base common image insights metrics prometheus admin gateway backend".split()
)
# What says that a container is not there to run, or answers requests of its own.
OTHERWISE = frozenset(("command", "entrypoint", "extends", "ports", "expose", "scale", "deploy", "profiles"))


class Untold(Record):
    """A service without a command, built of the folder `context` by `recipe`, up to the stage `target`. `span` is its name in the file; `beside` is another
    service of the same image that is not named after Celery."""

    name: str
    span: Span
    recipe: str
    target: str
    beside: str


@PlacedQuestion
def untold_services(text: str, path: str) -> tuple[Untold, ...]:
    """The services of a compose file that are named after Celery, have no command, and share their image with one that is not."""
    if "compose" not in path.rpartition("/")[2] or "build" not in text or "extends" in text or len(text) > 1_000_000:
        return ()
    whole, anchored = services_in(text)
    images = images_of(whole, anchored, path.rpartition("/")[0])
    found: dict[str, tuple[str, str, str]] = {}
    for name, body in whole.items():
        image = images[name]
        if body is None or image is None or not OTHERWISE.isdisjoint(body) or not is_named_after(name):
            continue
        beside = next((one for one, other in images.items() if other == image and not is_named_after(one)), None)
        if beside is not None:
            found[name] = (image[1], image[2], beside)
    lines = lines_of_services(text) if found else {}
    made = []
    for name, (recipe, target, beside) in found.items():
        if name in lines:
            number = lines[name]
            column = text.splitlines()[number - 1].find(name) + 1
            made.append(Untold(name, Span(number, column, number, column + len(name)), recipe, target, beside))
    return tuple(made)


def is_named_after(name: str) -> bool:
    """Whether a service is called like a worker or beat, and like nothing beside these."""
    words = {one for one in PARTS.split(name.lower()) if one}
    return not OURS.isdisjoint(words) and BESIDE.isdisjoint(words)


@Question
def told_services(text: str) -> frozenset[str] | None:
    """The services of a compose file that are given a command or an entrypoint; None where one extends another, of whatever file."""
    if "extends" in text:
        return None
    held = services_in(text)[0]
    return frozenset(
        name for name, body in held.items() if body is None or not {"command", "entrypoint"}.isdisjoint(body)
    )
