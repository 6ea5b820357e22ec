"""What deployment files say: `PYTHONPATH`, working directories, which module a worker starts from and which queues it reads.

They are read as lines of text, whatever their form: Dockerfile, compose file, Procfile, supervisord, systemd, `.env`, Makefile, tox, CI, shell.
"""

from __future__ import annotations

import re
from functools import lru_cache

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import Launch, commands, named, starts
from taskguard.project.python.shell_variables import SCRIPTS, filled
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from taskguard.facts import questions

    class Asked(questions.Asked, Protocol):
        """What has texts: a project."""

        def text(self, path: str) -> str | None: ...


PYTHONPATH = regex(r"\bPYTHONPATH\b[\"']?\s*(?:[:?+]?=\s*|:\s*|\s+)[\"']?((?:\$\{\{[^}\n]*\}\}|[^\s\"',;])+)")
SETTINGS = regex(r"\bDJANGO_SETTINGS_MODULE\b[\"']?\s*(?:[:=]\s*|\s+)[\"']?([A-Za-z_][\w.]*)")
FOLDER = regex(
    r"(?:^\s*WORKDIR\s+|\bworking_dir:\s*|\bworking-directory:\s*|^\s*directory\s*=\s*|^\s*(?:WorkingDirectory|(?:export\s+)?CELERYD_CHDIR)\s*=\s*|\bcd\s+|--workdir[= ]+|--chdir[= ]+)"
    r"[\"']?([^\s\"',;&|]+)",
    re.M,
)
MOUNT = regex(r"^\s*-\s*[\"']?(\.[^:\s\"']*):(/[^:\s\"']*)", re.M)
COPY = regex(r"^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*([^\s\"\[\]]+)\s+([^\s\"\[\]]+)\s*$", re.M)
BROKER = regex(
    r"\b([A-Za-z_]\w*)[\"']?(?:[ \t]*[:=][ \t]*|[ \t]+)[\"']?(?:\$\{\w+:-)?(amqps?|pyamqp|rediss?(?:\+socket)?|sentinel|sqs|memory)://"
)
SERVED = regex(r"\b(?:gunicorn|uvicorn|daphne|hypercorn)\b[^\n]*?[\s\"'](\w[\w.]*):[A-Za-z_]\w*")
# What says that a file, or a service of one, answers requests.
WEB = regex(r"\b(?:gunicorn|uvicorn|daphne|hypercorn|waitress|uwsgi|runserver|flask run)\b|^web:|\btype: web\b", re.M)
SPEAKING = ("celery", "CELERY", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "uvicorn", "gunicorn", "daphne", "hypercorn")
CONTINUED = regex(r"\\\r?\n")
ITEMS = regex(r"(?:^[ \t]+-[ \t]+.*\n?)+", re.M)
ITEM = regex(r"^[ \t]+-[ \t]+")
VARIABLE = regex(r"^(?:\$\([^)]*\)|\$\{\{[^}]*\}\}|\$\{[^}]*\}|\$\w+|\{[^}]*\}|%\([^)]*\)s|%h|~)/?")
LONGEST = 2000
# What pip writes to a folder of scripts: `celery` itself, in an environment that was committed.
INSTALLED = regex(r"#![^\n]*python[^\n]*\n(?:#[^\n]*\n)*import re\nimport sys\n")


class Deployment(Record):
    """What the deployment files of a project say. `paths` are entries of PYTHONPATH and `folders` working directories, as written,
    each with the file that says so; `settings` are Django settings modules; `mounts` say which path in a container is which folder; `brokers` are variables
    that hold the URL of a broker (or of a store): name, scheme, file.
    `unclear` are the files that may start workers in a way that is not understood."""

    launches: tuple[Launch, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    folders: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    mounts: tuple[tuple[str, str, str], ...] = ()
    unclear: tuple[str, ...] = ()
    brokers: tuple[tuple[str, str, str], ...] = ()

    def plain(self) -> tuple[tuple[tuple[Any, ...], ...], ...]:
        """The same as values without names."""
        return tuple(map(tuple, self.launches)), *tuple(self)[1:]

    @classmethod
    def of(cls, plain: tuple[tuple[tuple[Any, ...], ...], ...]) -> Deployment:
        """What `plain` was made of."""
        launches, *rest = plain
        made: tuple[Any, ...] = (tuple(Launch(*one) for one in launches), *rest)
        return cls(*made)


def deployment(paths: Iterable[str], asked: Asked) -> Deployment:
    """What these files say."""
    paths = sorted(paths)
    made: dict[str, dict[Any, None]] = {field: {} for field in Deployment.fields}
    for path in paths:
        for field, held in zip(Deployment.fields, said_in(asked, path, path)):
            made[field].update(dict.fromkeys(held))
    if any("$" in name or "{" in name or "%" in name for one in made["launches"] for name in one.queues or ()):
        texts = [asked.text(path) or "" for path in paths]
        made["launches"] = dict.fromkeys(named(one, texts) for one in made["launches"])
    return Deployment(*(tuple(made[field]) for field in Deployment.fields))


@Question
@lru_cache(maxsize=500)  # two states of one tree are asked this, and have most of these files in common
def said_in(text: str, path: str) -> Deployment:
    """What one of these files says."""
    if not text or len(text) > 1_000_000 or INSTALLED.match(text):
        return Deployment()
    made: dict[str, dict[Any, None]] = {field: {} for field in Deployment.fields}
    if "://" in text:
        for line in text.splitlines():
            if "://" in line and len(line) < LONGEST and not line.lstrip().startswith(("#", ";")):
                made["brokers"].update(((one[1], one[2], path), None) for one in BROKER.finditer(line))
    if any(word in text for word in SPEAKING):
        _commands(text, path, made)
    elif "COPY " in text or "ADD " in text:  # what it starts may stand in a file that it copies
        _mounts(_lines(CONTINUED.sub(" ", text)), path, made)
    return Deployment(*(tuple(made[field]) for field in Deployment.fields))


def _commands(text: str, path: str, made: dict[str, dict[Any, None]]) -> None:
    """Puts what a file says that speaks of Celery or of where Python starts under the fields of `Deployment`."""
    for command in commands(filled(text) if path.endswith(SCRIPTS) else text, path):
        for start in starts(command, path):
            made["unclear" if start is None else "launches"][path if start is None else start] = None
    text = CONTINUED.sub(" ", text)
    joined = [" ".join(ITEM.sub("", line).strip() for line in one[0].splitlines()) for one in ITEMS.finditer(text)]
    lines = _lines(text, joined)
    for line in lines:
        for match in PYTHONPATH.finditer(line):
            made["paths"].update(((one, path), None) for one in match[1].split(":") if one)
        for match in SETTINGS.finditer(line):
            made["settings"][match[1], path] = None
        for match in FOLDER.finditer(line):
            made["folders"][match[1], path] = None
    _mounts(lines, path, made)


def _lines(text: str, more: Iterable[str] = ()) -> list[str]:
    return [line for line in (*text.splitlines(), *more) if not line.lstrip().startswith(("#", ";"))]


def _mounts(lines: Iterable[str], path: str, made: dict[str, dict[Any, None]]) -> None:
    """Puts under `mounts` which folder a file copies, or mounts, where."""
    here = "/"
    for line in lines:
        found = re.match(r"\s*WORKDIR\s+(\S+)", line)
        here = found[1].strip("\"'") if found else here
        copied = COPY.match(line)
        if copied is not None and not copied[1].startswith("--from"):
            target = copied[2] if copied[2].startswith("/") else f"{here.rstrip('/')}/{copied[2]}"
            made["mounts"][_plain(copied[1]), _plain(target, "/"), path] = None
        mounted = MOUNT.match(line)
        if mounted is not None:
            made["mounts"][_plain(mounted[1]), _plain(mounted[2], "/"), path] = None


@Question
def served(text: str) -> list[str]:
    """The modules whose applications a file hands to a server for the web."""
    return [one[1] for one in SERVED.finditer(text)]


def _plain(path: str, start: str = "") -> str:
    parts = [one for one in path.split("/") if one not in ("", ".")]
    return start + "/".join(parts)


def folders_named(written: str, path: str, held: Deployment, known: frozenset[str]) -> list[str]:
    """The folders of the project that a path in a deployment file may mean, `known` being all folders; none, or several, where that cannot be told.

    `written` as in the file `path`; a path in a container is followed through what is copied or mounted there.
    """
    base = path.rpartition("/")[0]
    stripped = VARIABLE.sub("", written.strip("\"'"))
    if "$" in stripped or "{" in stripped or ".." in stripped.split("/"):
        return []
    inside = _plain(stripped)
    made: dict[str, None] = {}
    if not stripped.startswith("/"):
        for start in dict.fromkeys((base, "")):
            folder = joined(start, inside)
            if folder in known:
                made[folder] = None
        return list(made)
    for mounts in ([one for one in held.mounts if one[2] == path], held.mounts):  # what the file itself copies, first
        for source, target, file in mounts if not made else ():
            if stripped.rstrip("/") == target or stripped.startswith(target.rstrip("/") + "/"):
                rest = _plain(stripped[len(target.rstrip("/")) :])
                for start in dict.fromkeys((file.rpartition("/")[0], "")):
                    folder = joined(joined(start, source), rest)
                    if folder in known:
                        made[folder] = None
    if made:
        return list(made)
    parts = inside.split("/") if inside else []
    for cut in range(1, len(parts)):
        folder = "/".join(parts[cut:])
        if folder in known:
            return [folder]
    return []


def joined(folder: str, rest: str) -> str:
    """A path below a folder, either of which may be empty."""
    return "/".join(one for one in (folder, rest) if one)
