"""Starts of Celery that a container never runs, since the entrypoint of its image throws the command away."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import normpath

from taskguard.diagnostics import Related
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.composed import entered, started_in_images
from taskguard.project.python.deployment import joined
from taskguard.project.python.entry_scripts import GIVEN, OTHER, Fate, fate_of, served_by, takes_words
from taskguard.project.python.recipes import Image, image_of, placed
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.composed import Started
    from taskguard.project.python.project import Project

SHELLS = frozenset("sh bash dash ash".split())
# Programs that run what stands behind them.
INIT = frozenset("tini dumb-init catatonit".split())
# What a program may start Celery by.
MAY_START = regex(
    r"\b(?:subprocess|Popen|multiprocessing|worker_main|WorkController|execute_from_command_line|runpy|import_module|__import__)\b"
    r"|\bos\.(?:exec|spawn|posix_spawn|system|popen|fork)|\.start\(|\.Worker\(|[\"']worker[\"']"
)
# How many stages a file may be handed on by.
DEEPEST = 3


def dropped_starts(project: Project) -> Iterator[Fault]:
    """All of them, by file."""
    for path in sorted({one.path for one in project.evidence.deployment.launches}):
        if in_tests(path):
            continue
        for one in started_in_images(project, path, path):
            if not _is_entered(project, path, one.name):
                yield from _judged(project, path, one)


def _is_entered(project: Project, path: str, service: str) -> bool:
    """Whether another compose file, or the service itself by what it extends, may give a service its entrypoint."""
    others = (one for one in project.markers if one != path and "compose" in one.rpartition("/")[2])
    return any(service in entered(project, one) for one in others)


class Entry(Record):
    """What a container begins with: `words`, which are handed the command of its service where it is `called` with that, or the text of a `shell`, which is not."""

    image: Image | None
    words: tuple[str, ...]
    shell: str

    @property
    def called(self) -> bool:
        return bool(self.words)

    @property
    def script(self) -> str:
        """The path of the one script that it is, empty where it is anything else."""
        rest = self.words[1:] if self.words and self.words[0].rpartition("/")[2] in SHELLS else self.words
        return rest[0] if len(rest) == 1 and "$" not in rest[0] else ""


def _entry(project: Project, one: Started) -> Entry | None:
    """What the container of a service begins with; None where nobody sees that it begins with anything but its command."""
    image = image_of(project, one.recipe, one.target)
    if image is None and one.entrypoint is None:
        return None
    words: tuple[str, ...] = one.entrypoint or ()
    shell = ""
    if image is not None and one.entrypoint is None:
        words, shell = image.words, image.shell
    if words and words[0].rpartition("/")[2] in INIT:
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[1:]
    if (
        len(words) == 3
        and words[0].rpartition("/")[2] in SHELLS
        and words[1] in ("-c", "-lc")
        and one.entrypoint is None
    ):
        shell, words = words[2], ()
    return Entry(image, words, shell) if words or shell else None


def may_be_run(project: Project, one: Started) -> bool:
    """Whether the command of a service may be run: its container begins with nothing else, as far as anybody sees, or with a script that reads what it is called with."""
    entry = _entry(project, one)
    if entry is None:
        return True
    if entry.shell:
        return GIVEN.search(entry.shell) is not None or "$0" in entry.shell
    if served_by(" ".join(entry.words)):
        return False
    script = ""
    if entry.script and entry.image is not None and not entry.image.changed:
        script = _script(project, one, entry.image, placed(entry.image.folder, entry.script))
    if not script:
        return True
    fate = fate_of(project, script, one.first, True)
    return takes_words(project, script) and (fate is None or (fate.kind == "branch" and fate.step == one.launch.step))


def _judged(project: Project, path: str, one: Started) -> Iterator[Fault]:
    entry = _entry(project, one)
    if entry is None:
        return
    where = path if one.entrypoint is not None else one.recipe
    called, shell, image = entry.called, entry.shell, entry.image
    if shell:
        # `/bin/sh -c TEXT celery -A …`: the words are `$0` and `$1` of the text.
        if GIVEN.search(shell) or "$0" in shell or OTHER.search(shell):
            return
        entry = entry.replace(words=tuple(shell.removeprefix("exec ").split()))
    if any("$" in word for word in entry.words):
        return
    served = served_by(" ".join(entry.words))
    if served:
        yield _fault(path, one, Fate("unread" if called else "shell", served), where, where)
        return
    if not entry.script or image is None or image.changed:
        return
    script = _script(project, one, image, placed(image.folder, entry.script))
    fate = fate_of(project, script, one.first, called) if script else None
    if fate is None or (fate.kind == "branch" and fate.step == one.launch.step):
        return
    if not fate.what.endswith(".py") or _runs_alone(
        project, _script(project, one, image, placed(image.folder, fate.what))
    ):
        yield _fault(path, one, fate, script, where)


def _runs_alone(project: Project, program: str) -> bool:
    """Whether a program of the project starts no other one, as one that chooses by a variable would."""
    return bool(program) and not finds(project, program, MAY_START)


def _script(project: Project, one: Started, image: Image, path: str) -> str:
    """The file of the project that has this path in a container; empty where that cannot be told."""
    for source, target in one.mounts:
        inside = target.rstrip("/")
        if path != inside and not path.startswith(f"{inside}/"):
            continue
        if not source.startswith("."):
            return ""
        return _readable(project, _below(one, source, path[len(inside) :].lstrip("/")))
    return _copied(project, one, image, path)


def _below(one: Started, source: str, rest: str) -> str:
    """A path in a folder that is mounted: it counts from the compose file."""
    return normpath(joined(joined(one.launch.path.rpartition("/")[0], source), rest))


def _copied(project: Project, one: Started, image: Image, path: str, depth: int = 0) -> str:
    for copied in image.copies:
        base, last = copied.target.rstrip("/"), path.rpartition("/")[2]
        for source in copied.sources:
            name = source.rstrip("/").rpartition("/")[2]
            is_file = path == base or (path == f"{base}/{last}" and name == last)
            if copied.stage:
                if path != base and not path.startswith(f"{base}/"):
                    continue
                other = image_of(project, one.recipe, copied.stage) if depth < DEEPEST else None
                inside = placed("/", source) + path[len(base) :]
                return _copied(project, one, other, inside, depth + 1) if other is not None else ""
            if "$" in source:
                if path.startswith(base):
                    return ""
                continue
            if is_file and (found := _readable(project, _in_context(one, source))):
                return found
            if "*" in source and fnmatchcase(last, name) and path == f"{base}/{last}":
                above = source.rpartition("/")[0]
                if found := _readable(project, _in_context(one, joined(above, last))):
                    return found
            inside = joined(source, path[len(base) :].lstrip("/")) if f"{path}/".startswith(f"{base}/") else ""
            if inside and (found := _readable(project, _in_context(one, inside))):
                return found
    return ""


def _in_context(one: Started, written: str) -> str:
    return normpath(joined(one.context, written.lstrip("/")))


def _readable(project: Project, path: str) -> str:
    return path if not path.startswith("../") and project.is_readable(path) else ""


def _fault(path: str, one: Started, fate: Fate, script: str, where: str) -> Fault:
    if fate.kind == "branch":
        runs = (
            f"its branch for `{one.first}` runs `{fate.what}`" if fate.what else f"its branch for `{one.first}` ends it"
        )
        said = f"{one.name} is told to start celery {one.launch.step}, and {script}, the entrypoint of its image, does not run that: {runs}"
        advice = 'write the word that its branch for this start has, or run the command there by `exec "$@"`'
    elif fate.kind == "unread":
        said = f"{one.name} is told to start celery {one.launch.step}, and the entrypoint of its image ({script}) runs `{fate.what}` whatever it is told: no {one.launch.step} runs"
        advice = 'end the script in `exec "$@"` and let the image\'s CMD start the server, or give the service an `entrypoint` of its own'
    else:
        runs = f"runs `{fate.what}` alone" if fate.what else "runs, with no word of it"
        said = f"{one.name} is told to start celery {one.launch.step}, and the entrypoint of its image has the shell form ({where}), which hands no command on: {script} {runs}"
        advice = 'write it as a list, `ENTRYPOINT ["…"]`'
    related = (Related(script, 1, "this is what runs"),) if script != path else ()
    return Fault(path, one.span, said, advice, one.launch.app, related, tuple(dict.fromkeys((one.recipe, script))))
