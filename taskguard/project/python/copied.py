"""Folders that an image has under another name: `WORKDIR /srv/worker` and `COPY . .` beside the modules make the folder's modules `worker.x`, seen from /srv."""

from __future__ import annotations

from taskguard.project.python.deployment import joined
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project


class Copy(Record):
    """A folder that the file `path` copies to where its name is another."""

    folder: str
    path: str


def copied_as(project: Project, name: str) -> tuple[Module, str] | None:
    """The module that a dotted name is in an image which has its folder under the name's first part, with the file that says so."""
    head, _, rest = name.partition(".")
    for one in _copies(project).get(head, ()) if rest else ():
        inside = joined(one.folder, rest.replace(".", "/"))
        for end in (".py", "/__init__.py"):
            module = project.modules.get(f"{inside}{end}")
            if module is not None:
                return module, one.path
    return None


def copied_doubt(project: Project, name: str) -> str:
    """Why a module of that name may be there in an image; empty where nothing says so."""
    found = copied_as(project, name)
    return f"{found[1]} copies the folder of {found[0].path} to one called {name.partition('.')[0]}" if found else ""


@query
def _copies(project: Project) -> dict[str, tuple[Copy, ...]]:
    """The folders by the names that images give them: those that are packages, and those beside which a process is said to run."""
    made: dict[str, dict[Copy, None]] = {}
    said = project.evidence.deployment
    starts = {written.rstrip("/") for written, _ in (*said.folders, *said.paths)}
    for source, target, path in said.mounts:
        above, _, last = target.rpartition("/")
        for start in dict.fromkeys((path.rpartition("/")[0], "")):
            folder = joined(start, source)
            package = joined(folder, "__init__.py") in project.modules
            if (
                last.isidentifier()
                and folder.rpartition("/")[2] != last
                and (package or not starts.isdisjoint((above, "..")))
            ):
                made.setdefault(last, {})[Copy(folder, path)] = None
    return {name: tuple(held) for name, held in made.items()}
