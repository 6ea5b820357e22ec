"""Says of a project how far `taskguard tasks` and a running Celery agree.

By hand: `python oracle.py FOLDER [ROOT…] [--settings MODULE] [--python INTERPRETER]`. Without roots, those that taskguard names its tasks by:
a wrong one shows as modules that cannot be imported. `corpus/oracle.csv` keeps what was found of the projects of the rounds.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
# A file that may declare tasks; deliberately another test than taskguard's own.
LIKELY = re.compile(r"shared_task|\.task\b|\bTask\b|register_task|@\w*task\w*|Celery\(|periodic_task")
LEFT_OUT = re.compile(
    r"(^|/)(tests?|testing|test_[^/]*|tests_[^/]*|[^/]*_tests?\.py|conftest\.py|migrations|docs?|examples?|node_modules|\.[^/]+)(/|$)|^setup\.py$"
)


@dataclass
class Figures:
    """What both sides found. `missed` are running tasks that we have not, `extra` ours that do not run though their module was imported."""

    project: str
    running: int = 0
    ours: int = 0
    missed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    options: dict[str, list[object]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)

    @property
    def unknown_share(self) -> float:
        counted = sum(len(self.options.get(key, ())) for key in ("equal", "different", "unknown", "stub", "left_out"))
        return len(self.options.get("unknown", ())) / counted if counted else 0.0

    def __str__(self) -> str:
        o = {key: len(rows) for key, rows in self.options.items()}
        return (
            f"{self.project}: {self.running} running, {self.ours} ours, {len(self.missed)} missed, {len(self.extra)} extra, "
            f"{len(self.renamed)} other names, {len(self.unnamed)} names unknown; options {o}, {self.unknown_share:.1%} unknown; "
            f"{len(self.failed)} modules and {len(self.not_run)} statements not run"
        )


def our_tasks(folder: Path) -> list[dict[str, object]]:
    """What the command says, by its published JSON."""
    said = subprocess.run(
        [sys.executable, "-m", "taskguard", "tasks", "--isolated", "--no-cache", "--output-format", "json", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    tasks: list[dict[str, object]] = json.loads(said.stdout)["tasks"]
    return [one for one in tasks if not LEFT_OUT.search(str(one["path"]))]


def roots_of(ours: list[dict[str, object]]) -> list[str]:
    """The import roots that the names of our tasks' modules imply."""
    made = set()
    for one in ours:
        inside = str(one["module"]).replace(".", "/")
        path = str(one["path"]).removesuffix(".py").removesuffix("/__init__")
        if path == inside or path.endswith(f"/{inside}"):
            made.add(path.removesuffix(inside).rstrip("/") or ".")
    return sorted(made) or ["."]


def likely_modules(folder: Path, roots: list[str], holding: set[str]) -> dict[str, str]:
    """Dotted names and paths of the files that may declare tasks (`holding`: do, as we say), each under the longest root that holds it."""
    made = {}
    for file in sorted(folder.rglob("*.py")):
        path = file.relative_to(folder).as_posix()
        if LEFT_OUT.search(path) or not file.is_file():
            continue
        if path not in holding and not LIKELY.search(file.read_text("utf-8", "replace")):
            continue
        root = max((one for one in roots if one in (".", "") or path.startswith(f"{one}/")), key=len, default=None)
        if root is None:
            continue
        inside = path if root in (".", "") else path[len(root) + 1 :]
        name = inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if all(part.isidentifier() for part in name.split(".")):
            made[name] = path
    return made


def figures(
    folder: Path, roots: list[str], settings: str = "", python: str = sys.executable, only: str = ""
) -> Figures:
    """Runs both sides. No roots: ours. `python` is an interpreter with Celery; `only` is a regular expression for the paths to import."""
    ours = our_tasks(folder)
    roots = roots or roots_of(ours)
    holding = {str(one["path"]) for one in ours}
    modules = {name: path for name, path in likely_modules(folder, roots, holding).items() if re.search(only, path)}
    job = {
        "roots": [str((folder / one).resolve()) for one in roots],
        "modules": list(modules),
        "ours": ours,
        "settings": settings,
    }
    with tempfile.TemporaryDirectory() as place:
        Path(place, "job.json").write_text(json.dumps(job), "utf-8")
        run = subprocess.run(
            [python, "-B", str(HERE / "registry.py"), str(Path(place, "job.json"))],
            capture_output=True,
            text=True,
            timeout=600,
            cwd=place,
        )
    if run.returncode or not run.stdout.strip():
        raise RuntimeError(run.stderr[-3000:])
    sys.stderr.write("".join(line + "\n" for line in run.stderr.splitlines() if line.startswith("finalize:")))
    return judged(folder.name, ours, json.loads(run.stdout.splitlines()[-1]), modules)


def judged(project: str, ours: list[dict[str, object]], theirs: dict[str, object], modules: dict[str, str]) -> Figures:
    """Compares what both sides say."""
    failed: dict[str, str] = theirs["failed"]  # type: ignore[assignment]
    not_run: dict[str, str] = theirs["left_out"]  # type: ignore[assignment]
    running: list[dict[str, str]] = theirs["tasks"]  # type: ignore[assignment]
    names = {str(one["name"]) for one in running}
    imported = {path for name, path in modules.items() if name not in failed}
    made = Figures(project, len(running), len(ours), failed=failed, not_run=not_run, options=theirs["options"])  # type: ignore[arg-type]
    places = {(one["module"], one["qualname"]): one for one in running}
    by_name = {one["name"] for one in ours}
    for one in ours:
        if one["name"] in names:
            continue
        there = places.get((str(one["module"]), str(one["qualname"])))
        if one["name"] is None:
            made.unnamed.append(f"{one['path']}:{one['line']} {one['qualname']}")
        elif there is not None:
            made.renamed.append(f"{one['name']} runs as {there['name']}")
        elif one["path"] in imported and not any(_covers(place, one) for place in not_run):
            made.extra.append(f"{one['name']} {one['path']}:{one['line']}")
    declared = {(one["module"], one["qualname"]) for one in ours}
    made.missed = [
        f"{one['name']} ({one['module']}.{one['qualname']})"
        for one in running
        if one["name"] not in by_name and (one["module"], one["qualname"]) not in declared
    ]
    return made


def _covers(place: str, task: dict[str, object]) -> bool:
    """Whether a statement that could not be run holds the declaration."""
    file, _, lines = place.rpartition(":")
    first, _, last = lines.partition("-")
    return file.endswith(f"/{task['path']}") and int(first) <= int(str(task["line"])) <= int(last)


def main(argv: list[str]) -> None:
    settings = argv[argv.index("--settings") + 1] if "--settings" in argv else ""
    python = argv[argv.index("--python") + 1] if "--python" in argv else sys.executable
    plain = [
        one
        for place, one in enumerate(argv)
        if not one.startswith("--") and (not place or not argv[place - 1].startswith("--"))
    ]
    made = figures(Path(plain[0]), plain[1:], settings, python)
    print(made)
    for title, rows in (
        ("missed", made.missed),
        ("extra", made.extra),
        ("renamed", made.renamed),
        ("unnamed", made.unnamed),
    ):
        for row in rows:
            print(f"  {title}: {row}")
    for key in ("different", "left_out", "unknown", "stub"):
        for held in made.options.get(key, ()):
            print(f"  {key}: {held}")
    for name, why in {**made.failed, **made.not_run}.items():
        print(f"  not run: {name}: {why}")


if __name__ == "__main__":
    main(sys.argv[1:])
