"""Which versions of Python a project runs on, as its files say, for what differs from version to version. Read only when a finding asks."""

from __future__ import annotations

import re

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

    Version = tuple[int, int]

BESIDE = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "Dockerfile", ".python-version", ".tool-versions", "runtime.txt", "tox.ini", "environment.yml", ".travis.yml")  # fmt: skip
WORKFLOWS = ("ci.yml", "test.yml", "tests.yml", "main.yml", "python.yml", "python-app.yml", "django.yml", "pytest.yml", "build.yml")  # fmt: skip
PROSE = (".md", ".rst")
# What is asked of Python: the standard's field, setuptools' and poetry's.
NEEDS = regex(
    r"\b(?:requires|python)[-_](?:python|requires)\s*=\s*[\"']?([^\"'\n]+)|^python\s*=\s*(?:\{[^}\n]*?version\s*=\s*)?[\"']([^\"'\n]+)",
    re.M,
)
LEAST = regex(r"(>=|>|===?|~=|\^|~|(?<![<>=!~^\d.]))\s*(\d)\.(\d+)")
MOST = regex(r"(<=?)\s*(\d)\.(\d+)")
CLASSIFIER = regex(r"\bPython :: (\d)\.(\d+)")
# What runs it: images, packages of a system, `runtime.txt`.
IMAGE = regex(r"\bpython[:-]?(\d)\.(\d+)")
PINNED = regex(r"\A\s*(?:cpython-)?(\d)\.(\d+)|^python[ \t]+(\d)\.(\d+)|^\s*-\s*python\s*==?\s*(\d)\.(\d+)", re.M)
LISTED = regex(
    r"(?i:python[-_ ]?versions?)[\"']?\s*[:=]\s*(\[[^\]]*\]|(?:\s*-\s*[\"']?\d\.\d+[\"']?)+|[^\n]+)|^python:((?:\s*-\s*[\"']?\d\.\d+[\"']?)+|[^\n]+)",
    re.M,
)
NUMBER = regex(r"(?<![\d.])(\d)\.(\d+)")
TOX = regex(r"\bpy(\d)(\d+)\b")
TOX_SET = regex(r"\bpy\{([^}\n]*)\}")


def runs_before(user: Module, version: Version) -> bool:
    """Whether some file says that the code around a module runs on a Python below `version`, and none that it needs a newer one.

    What an image, a build or a pinned version says goes before what the package would allow.
    """
    lowest = _lowest(user, version)
    return lowest is not None and lowest < version


def runs_from(user: Module, version: Version) -> bool:
    """Whether some file says that no Python below `version` runs the code around a module."""
    lowest = _lowest(user, version)
    return lowest is not None and lowest >= version


def _lowest(user: Module, version: Version) -> Version | None:
    """The lowest version that is run, or allowed; None where no file says."""
    project = user.project
    near, others = _near(user), [path for path in project.markers if not path.endswith(PROSE)]
    needed = _needed(project, near)
    if needed is not None and needed >= version:
        return needed
    for paths in (near, others):
        run = {one for path in paths for one in _run(path, project.text(path) or "")}
        if run:
            return min(run)
    return needed or _needed(project, others)


def _near(user: Module) -> list[str]:
    """Where such files lie: in the folder of a module and in those above it, the nearest first."""
    made, folder = [], user.path
    while folder:
        folder = folder.rpartition("/")[0]
        made += [f"{folder}/{name}".lstrip("/") for name in BESIDE]
    return made + [f".github/workflows/{name}" for name in WORKFLOWS]


def _needed(project: Project, paths: list[str]) -> Version | None:
    """The lowest version that the first of the files which says so allows."""
    told: Version | None = None
    for path in paths:
        text = project.text(path) or ""
        for found in NEEDS.finditer(text):
            written = found[1] or found[2]
            lows = [(int(major), int(minor)) for _, major, minor in LEAST.findall(written)]
            if lows:
                return max(lows) if "||" not in written else min(lows)
            for sign, major, minor in MOST.findall(written):
                most = (int(major), int(minor) - (sign == "<"))
                if told is None and most[0] < 4:
                    told = most if most[1] >= 0 else (2, 7)
        named = [(int(major), int(minor)) for major, minor in CLASSIFIER.findall(text)]
        told = told or (min(named) if named else None)
    return told


def _run(path: str, text: str) -> Iterator[Version]:
    """The versions that one file says are run."""
    name = path.rpartition("/")[2]
    found: list[tuple[str, ...]] = []
    if not name.endswith((".toml", ".py", "setup.cfg")):
        found += IMAGE.findall(text)
    if name in (".python-version", ".tool-versions", "environment.yml"):
        found += [tuple(filter(None, one)) for one in PINNED.findall(text)]
    if name.endswith((".yml", ".yaml")) or "ockerfile" in name or name == "Pipfile":
        found += [pair for one in LISTED.findall(text) for pair in NUMBER.findall("".join(one))]
    if name == "tox.ini":
        found += TOX.findall(text)
        found += [(one[0], one[1:]) for some in TOX_SET.findall(text) for one in some.split(",") if one.isdigit() and len(one) > 1]  # fmt: skip
    for major, minor in found:
        if major in "23":
            yield int(major), int(minor)
