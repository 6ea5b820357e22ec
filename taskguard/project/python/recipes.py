"""What the image of a Dockerfile starts, whatever it is told to run: its entrypoint, and where the script of that comes from."""

from __future__ import annotations

import re
from posixpath import normpath

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    Step = tuple[str, str]  # an instruction, and what stands behind it

CONTINUED = regex(r"\\[ \t]*\r?\n(?:[ \t]*#.*\r?\n)*")
STEP = regex(r"^[ \t]*(FROM|ENTRYPOINT|WORKDIR|COPY|ADD|RUN|USER)[ \t]+(.*?)[ \t]*$", re.M | re.I)
FROM = regex(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.I)
FLAG = regex(r"--([\w-]+)(?:=(\S+))?\s+")
WORDS = regex(r"\"((?:[^\"\\]|\\.)*)\"")
LISTED = regex(r"\[\s*(?:\"(?:[^\"\\]|\\.)*\"\s*,?\s*)*\]$")
# What leaves a script what it is: rights, and ends of lines.
KEPT = regex(r"^\s*(?:sudo\s+)?(?:chmod|chown|dos2unix|ls|test|cat|sed\s+-i\s+(?:-e\s+)?[\"']?s/\\r)")
# What puts the code of a project elsewhere than a COPY does: it is installed, moved or linked.
MOVES = regex(
    r"\bpip3?\b[^\n&|;]*\binstall\b[^\n&|;]*[ \t][\"']?(?:-e\b|--editable|\.{1,2}(?:[\[/\"' \t\n]|$)|/[\w/.-]+(?<!\.txt)(?:[ \t\n]|$))"
    r"|\bsetup\.py\b|\b(?:poetry|pdm|flit|hatch|uv|pipenv|rye)\b|\.pth\b|site-packages|^[ \t]*RUN\b.*(?:\bln|\bmv|\bcp|\btar|\bunzip)[ \t]",
    re.M | re.I,
)
SEPARATED = regex(r"&&|\|\||[;|\n]")


class Copied(Record):
    """What an image copies: `sources` in the folder that it is built of, or in the stage `stage`, to `target`."""

    sources: tuple[str, ...]
    target: str
    stage: str


class Image(Record):
    """The entrypoint of an image: the `words` of its exec form, or the text of its `shell` form, run in `folder`.

    `copies` are what it copies, the last one first; `changed` says that a RUN may make or change a file of it.
    """

    words: tuple[str, ...]
    shell: str
    folder: str
    copies: tuple[Copied, ...]
    changed: bool


@Question
def image_of(text: str, target: str) -> Image | None:
    """The image of a stage, of the last one where that is not named; None where that cannot be read. One without an entrypoint of its own has neither words nor shell form."""
    if "<<" in text or "--parents" in text or "ENTRYPOINT" not in text.upper():
        return None
    stages = stages_of(text)
    if not stages or (target and target.lower() not in stages):
        return None
    entry, folder = "", "/"
    copies, runs = list[Copied](), list[str]()
    for name, rest in stages[target.lower() or list(stages)[-1]]:
        if name == "ENTRYPOINT":
            entry = rest
        elif name == "WORKDIR":
            folder = placed(folder, rest.strip("\"'"))
        elif name == "RUN":
            runs.append(rest)
        elif name in ("COPY", "ADD"):
            copied = _copied(rest, folder)
            copies += [copied] if copied is not None else []
    listed = LISTED.match(entry)
    words = tuple(WORDS.findall(entry)) if listed else ()
    return Image(words, "" if listed else entry, folder, tuple(reversed(copies)), _changed(runs, entry))


class Layout(Record):
    """Where an image begins to work, and what it copies to where."""

    folder: str
    copies: tuple[Copied, ...]


@Question
def layout_of(text: str, target: str) -> Layout | None:
    """The layout of a stage, of the last one where that is not named; None where a command may bring code to other places, or what is started is not what a service says."""
    if "<<" in text or "--parents" in text or "ENTRYPOINT" in text.upper() or "PYTHONPATH" in text:
        return None
    stages = stages_of(text)
    if not stages or (target and target.lower() not in stages) or MOVES.search(CONTINUED.sub(" ", text)):
        return None
    folder, copies = "/", list[Copied]()
    for name, rest in stages[target.lower() or list(stages)[-1]]:
        if name == "WORKDIR":
            folder = placed(folder, rest.strip("\"'"))
        elif name in ("COPY", "ADD"):
            copied = _copied(rest, folder)
            if copied is None or "$" in rest:
                return None
            copies.append(copied)
    return None if "$" in folder else Layout(folder, tuple(copies))


def placed(folder: str, written: str) -> str:
    """A path in an image; one that begins with a variable is taken for one from the root."""
    return normpath(written if written.startswith(("/", "$")) else f"{folder}/{written}")


def stages_of(text: str) -> dict[str, list[Step]]:
    """The steps of each stage, those of the stages that it begins with among them; by name, or number."""
    made: dict[str, list[Step]] = {}
    held: list[Step] | None = None
    plain = "\n".join(one for one in CONTINUED.sub(" ", text).splitlines() if not one.lstrip().startswith("#"))
    for found in STEP.finditer(plain):
        name, rest = found[1].upper(), found[2]
        if name == "FROM":
            base = FROM.match(rest)
            held = list(made.get(base[1].lower(), ())) if base is not None else []
            made[(base[2] if base is not None and base[2] else str(len(made))).lower()] = held
        elif held is not None:
            held.append((name, rest))
    return made


def _copied(rest: str, folder: str) -> Copied | None:
    stage = ""
    while flag := FLAG.match(rest):
        stage = flag[2] or "" if flag[1] == "from" else stage
        rest = rest[flag.end() :]
    words = WORDS.findall(rest) if rest.startswith("[") else [one.strip("\"'") for one in rest.split()]
    if len(words) < 2:
        return None
    end = "/" if words[-1].endswith("/") else ""
    return Copied(tuple(words[:-1]), placed(folder, words[-1]) + end, stage.lower())


def _changed(runs: list[str], entry: str) -> bool:
    """Whether a command that an image is made with names a file of its entrypoint, other than to give it rights or other ends of lines."""
    names = {one.rpartition("/")[2] for one in re.findall(r"[\w./-]+", entry) if "/" in one or "." in one} - {
        "sh",
        "bash",
    }
    parts = [part for run in runs for part in SEPARATED.split(run) if not KEPT.match(part)]
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", part) for name in names for part in parts if name)
