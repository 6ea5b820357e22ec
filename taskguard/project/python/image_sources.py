"""What an image takes of the folder that it is built of, where it can have the project's files from nowhere else."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from posixpath import normpath

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.recipes import CONTINUED, FROM
from taskguard.record import Record

COPIED = regex(r"^[ \t]*(COPY|ADD)[ \t]+((?:--\S+[ \t]+)*)(.*?)[ \t]*$", re.M | re.I)
BASES = regex(r"^[ \t]*FROM[ \t]+(.*?)[ \t]*$", re.M | re.I)
TAKEN_FROM = regex(r"--from=(\S+)")
# Images that surely hold no code of a project: Python's, those of systems, and of tools.
PLAIN = regex(
    r"(?:(?:docker\.io/|public\.ecr\.aws/docker/)?(?:library/)?(?:python|debian|ubuntu|alpine|node|golang|rust|nginx|busybox)|scratch|ghcr\.io/astral-sh/uv|(?:nvcr\.io/)?nvidia/cuda)(?:[:@]\S*)?$"
)
# What brings files of the project from elsewhere, or by other words than COPY.
BRINGS = regex(
    r"<<|type=bind|\bgit[ \t]+(?:clone|pull|submodule)|git\+|\bwget\b|\bcurl\b[^\n]*(?:\.tar|\.tgz|\.zip|\.whl|\.py\b)|\brsync\b|\bscp\b|\baws[ \t]+s3|\bgsutil\b|^[ \t]*(?:ONBUILD|ADD[ \t]+(?:--\S+[ \t]+)*\S+:)",
    re.M | re.I,
)
ARGUMENT = regex(r"\$\{\w+\}|\$\w+")
PLACED = regex(r"^[ \t]*WORKDIR[ \t]+[\"']?(/[^\s\"']*)|(?<=[:=\s\"'])(/[\w./-]+)", re.M)


class Sources(Record):
    """What a recipe copies: `sources` as it writes them, of all its stages, and the `places` in the image that it speaks of."""

    sources: tuple[str, ...]
    places: tuple[str, ...]


@Question
def sources_of(text: str) -> Sources | None:
    """What a recipe copies of its folder; None where the image may have files of it that no COPY names."""
    plain, stages = _uncommented(text), stages_from(text, PLAIN)
    if BRINGS.search(plain) or stages is None:
        return None
    made = []
    for _, flags, rest in COPIED.findall(plain):
        stage = TAKEN_FROM.search(flags)
        if stage is not None:
            if stage[1].lower() not in stages and not PLAIN.match(stage[1]):
                return None
            continue
        words = re.sub(r"[\"',\[\]]", " ", rest).split()[:-1]
        if not words or any("$" in one for one in words):
            return None
        made += words
    places = [one[0] or one[1] for one in PLACED.findall(plain)]
    return Sources(tuple(dict.fromkeys(made)), tuple(dict.fromkeys(places))) if stages else None


@Question
def is_plain(text: str) -> bool:
    """Whether all that a recipe begins with are plain images, which bring nothing of a project and no settings of its own."""
    return bool(stages_from(text, PLAIN))


def _uncommented(text: str) -> str:
    return "\n".join(one for one in CONTINUED.sub(" ", text).splitlines() if not one.lstrip().startswith("#"))


def stages_from(text: str, images: re.Pattern[str]) -> set[str] | None:
    """The names and numbers of the stages of a recipe; None where one begins with another image than these."""
    stages = set[str]()
    for number, line in enumerate(BASES.findall(_uncommented(text))):
        base = FROM.match(line)
        if base is None or not (_is_one_of(base[1].lower(), stages) or images.match(base[1])):
            return None
        stages.update((str(number), (base[2] or str(number)).lower()))
    return stages


def _is_one_of(base: str, stages: set[str]) -> bool:
    """Whether a base is a stage above, or one of several that an argument chooses (`FROM base-${GPU}`)."""
    if base in stages:
        return True
    pattern = "[a-z0-9_]+".join(re.escape(one) for one in ARGUMENT.split(base))
    return "$" in base and bool(ARGUMENT.sub("", base)) and any(re.fullmatch(pattern, one) for one in stages)


def takes(sources: Sources, context: str, path: str) -> bool:
    """Whether a file of the project is among what a recipe copies that is built of a folder of the project."""
    for written in sources.sources:
        source = normpath(f"{context}/{written.lstrip('/')}" if context else written.lstrip("/") or ".")
        if source == "." or path == source or path.startswith(f"{source}/"):
            return True
        if fnmatchcase(path, source) or fnmatchcase(path, f"{source}/*"):
            return True
    return False
