"""Which folders Python is started in: what the project's own run says, weighed.

For a folder speak that it is put on `sys.path` or PYTHONPATH, that `manage.py` lies in it, and that imports and settings name modules that
are found only when counted from there. Against it speak imports that name it as a package, and relative imports that count from it.
"""

from __future__ import annotations

import sys

from taskguard.discovery.markers import ROOTS
from taskguard.facts.extract import extract_up_to
from taskguard.facts.model import Facts, Import
from taskguard.facts.selections import own_imports
from taskguard.project.python.deployment import Deployment, deployment, folders_named, said_in, served
from taskguard.project.python.packaging import named_roots
from taskguard.project.python.path_constants import PathConstants
from taskguard.project.python.sys_paths import WORDS, SysPath
from taskguard.project.python.testing import in_tests
from taskguard.project.python.told_names import TOLD, names_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from taskguard.project.python.deployment import Asked

FOREIGN = frozenset(("celery", "django", "flask", "kombu", *sys.stdlib_module_names))
# So much is a folder believed for what puts it on the path, in references.
EXPLICIT = 3
MOST_FILES = 200
# What an application of Django, or a package of tasks, holds.
APPLICATION = ("apps", "models", "tasks")


class Roots:
    """The evidence of one project. `paths` are its Python files, `markers` what says how they are started, `jobs` the files of which only
    a PYTHONPATH counts, `known` the import roots by place.

    `telling` are the files whose imports are weighed. It must follow from the tree alone: what a run was asked about, or has read so far,
    would give one module two names. `said` is what was found before, where nothing that says so has changed.
    """

    def __init__(
        self,
        paths: Iterable[str],
        markers: Iterable[str],
        jobs: Iterable[str],
        known: Iterable[str],
        telling: Iterable[str],
        facts_of: Callable[[str], Facts],
        asked: Asked,
        search: Callable[..., list[str]] | None,
        heads: frozenset[str],
        said: tuple[Any, ...] | None = None,
    ) -> None:
        self._heads = heads
        self._files = frozenset(paths)
        self._markers, self._jobs = tuple(sorted(markers)), tuple(jobs)
        self._known = frozenset(known)
        self._facts_of = facts_of
        self._asked, self._text_of = asked, asked.text
        self._packages = {one.rpartition("/")[0] for one in self._files if one.endswith("/__init__.py")}
        self._folders = _folders(self._files)
        self._every_folder = frozenset(self._folders)
        bare = (one for one in {*self._known, ""} if not one or one not in self._packages)
        self._by_depth = sorted(bare, key=lambda root: (-root.count("/") - bool(root), root))
        self._tops = {path.partition("/")[0].removesuffix(".py") for path in self._files}
        self.deployment: Deployment
        self._for: dict[str, int] = {}
        self._against: dict[str, int] = {}
        self._worded: dict[str, int] = {}  # by names of one word, which may be those of libraries
        self._explicit: dict[str, str] = {}
        self._scripted: set[str] = set()  # of these, those of which only code says so, or what tests it
        self._packaged: set[str] = set()  # and those of which only what builds a package does
        self._holders: dict[str, list[str]] | None = None
        self._found_at: dict[tuple[str, str | None, str], str | None] = {}
        self._places = PathConstants(self._files, facts_of)
        if said is None:
            self._look(tuple(telling), search)
        else:
            spoken, against, explicit, scripted, packaged, deployed = said
            self._for, self._against, self._explicit = dict(spoken), dict(against), dict(explicit)
            self._scripted, self._packaged = set(scripted), set(packaged)
            self.deployment = Deployment.of(deployed)
        self.proved = sorted(folder for folder in {*self._for, *self._explicit} if self._proved(folder))
        # A folder `src` is a root by its name; not one that the project only ever names as a package (`src.shop`).
        named = [one for one in self._known if one.rpartition("/")[2] == "src"]
        self.refuted = sorted(one for one in named if self._only_named(one))

    # -- what was found --------------------------------------------------------------------------------------------------

    def _proved(self, folder: str) -> bool:
        spoken, against = self._for.get(folder, 0), self._against.get(folder, 0)
        if folder in self._known and folder not in self._packages:
            return False  # is one by its place
        if folder in self._explicit:
            return spoken + EXPLICIT > against
        return spoken > against and (folder not in self._packages or spoken > 1)

    def _only_named(self, folder: str) -> bool:
        """Whether the project names a folder as a package throughout, whatever of it a wheel would hold or tests are run with."""
        if folder in self._packaged or self._explicit.get(folder) in self._jobs:
            return not self._for.get(folder) and self._against.get(folder, 0) >= TOLD
        return folder not in self._explicit and self.settled(folder) is False

    def settled(self, folder: str) -> bool | None:
        """Whether imports count from a folder: True and False where something says so and nothing speaks against it, else None."""
        spoken, against = self._for.get(folder, 0), self._against.get(folder, 0)
        # Code that adds a folder is not run by each process: no more than that an import may count from there.
        if (spoken or (folder in self._explicit and folder not in self._scripted)) and not against:
            return True
        # Nor does it say more than what the worker is told to import, if no import counts from there.
        beyond = folder in self._explicit and (folder not in self._scripted or against < TOLD)
        if against and not spoken and not beyond:
            return False
        return None

    def told_longer(self, folder: str, outer: str) -> bool:
        """Whether deployment files put two folders on the path, and all that names a module of the inner one, the worker's own words among it,
        counts from the outer."""
        said = {*self._explicit} - self._scripted - self._packaged
        held = self.deployment
        package = folder[len(outer) + 1 if outer else 0 :].replace("/", ".")
        started = [one.app for one in held.launches]
        return (
            {folder, outer} <= said
            and not self._for.get(folder)
            and self._against.get(folder, 0) >= TOLD
            and not held.unclear
            and bool(started)
            and all(one.startswith((f"{package}.", f"{package}:")) for one in started)
        )

    def said(self) -> tuple[Any, ...]:
        """All that was found, as plain values that say the same where that is the same."""
        weights = (sorted(one.items()) for one in (self._for, self._against, self._explicit))
        return *weights, sorted(self._scripted), sorted(self._packaged), self.deployment.plain()

    @property
    def claimed(self) -> dict[str, str]:
        """The folders that something puts on the path outright, each with the file that does."""
        return self._explicit

    def worked_in(self, path: str) -> list[str]:
        """The folders of the project in which the commands of a deployment file run, as far as it says one folder."""
        named = [self._one_folder(written, file) for written, file in self.deployment.folders if file == path]
        return [folder for one in named for folder in one]

    def _one_folder(self, written: str, path: str) -> list[str]:
        """The folder of the project that a file means by a path, if that is one."""
        found = folders_named(written, path, self.deployment, self._every_folder)
        return found if len(found) == 1 else []

    # -- what speaks for and against -------------------------------------------------------------------------------------

    def _look(self, telling: tuple[str, ...], search: Callable[..., list[str]] | None) -> None:
        speaking = (one for one in self._markers if one.rpartition("/")[2] not in ROOTS or one.endswith(("setup.cfg", "pyproject.toml")))  # fmt: skip
        self.deployment = deployment(speaking, self._asked)
        self._deployed()  # first: names of one word count only from a folder that something puts on the path
        for path in telling:
            facts = self._facts_of(path)
            above = self._above(path)
            for one in own_imports(facts, self._heads):
                self._imported(path, one, above)
            if not in_tests(path):
                for name, weight in names_in(facts):
                    self._named(path, name, above, weight)
        for name, path in self.deployment.settings:
            self._named(path, name, (), 1)
        for launch in self.deployment.launches:
            self._named(launch.path, launch.app.partition(":")[0], self.worked_in(launch.path), TOLD)
        for path in {path: None for _, path in self.deployment.folders}:
            for name in served(self._asked, path):
                self._named(path, name, self.worked_in(path), 1)
        for folder, weight in self._worded.items():
            if not self._against.get(folder):
                _add(self._for, folder, weight)
        for written, path in self.deployment.folders:
            for folder in self._one_folder(written, path):
                if self._for.get(folder):
                    self._claim(folder, path)
                    self._scripted.discard(folder)
        self._put_on_the_path(telling, search)

    def _deployed(self) -> None:
        """Takes the entries of PYTHONPATH that deployment files and the jobs of tests have."""
        for written, path in self.deployment.paths:
            for folder in self._one_folder(written, path):
                self._claim(folder, path)
        for job in self._jobs:
            for written, _ in said_in(self._asked, job, job).paths:
                for folder in self._one_folder(written, job):
                    if folder and folder not in self._explicit:
                        self._scripted.add(folder)
                        self._claim(folder, job)

    def _put_on_the_path(self, telling: tuple[str, ...], search: Callable[..., list[str]] | None) -> None:
        for marker in self._markers:
            folder, _, name = marker.rpartition("/")
            if name == "manage.py":
                self._claim(folder, marker)
            elif name in ("pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "tox.ini"):
                for one in named_roots(self._asked, marker, name):
                    built = "/".join(part for part in (folder, one) if part)
                    otherwise = built in self._explicit and built not in self._packaged
                    self._claim(built, marker)
                    if not otherwise:
                        self._packaged.add(built)
        told = frozenset(telling)
        held = search(*WORDS) if search is not None else list(telling)
        for path in [one for one in held if one in self._files and not in_tests(one)][:MOST_FILES]:
            text = self._text_of(path) or ""
            if any(word in text for word in WORDS):
                # Most of these are scripts that nothing else asks about, and say it at their top.
                facts = self._facts_of(path) if path in told else extract_up_to(text, WORDS)
                for folder in SysPath(path, facts, text, self._places.setting, self._places.imported).folders():
                    if folder in self._folders and folder not in self._explicit:
                        self._scripted.add(folder)
                    self._claim(folder, path)

    def _claim(self, folder: str, path: str) -> None:
        if folder in self._folders:
            self._explicit.setdefault(folder, path)
            self._packaged.discard(folder)

    def _above(self, path: str) -> list[str]:
        """The folders above a file, the nearest first, up to the nearest import root that is no package; that one left out."""
        made = []
        folder = path.rpartition("/")[0]
        while folder and (folder not in self._known or folder in self._packages):
            made.append(folder)
            folder = folder.rpartition("/")[0]
        return made

    def _imported(self, path: str, one: Import, above: list[str]) -> None:
        """Weighs one import."""
        if one.module.startswith("."):
            dots = len(one.module) - len(one.module.lstrip("."))
            base = path.rpartition("/")[0]
            for _ in range(dots - 1):
                base = base.rpartition("/")[0]
            if base:
                _add(self._against, base)
            return
        head = one.module.partition(".")[0]
        if not head or head in FOREIGN:
            return
        for folder in above:
            own = folder.rpartition("/")[2]
            inside = f"{folder}/{head}"
            there = inside in self._folders or f"{inside}.py" in self._files
            if there and self._holds(folder, one.module, one.name, path):
                # A folder at the top may have the same name (`app/`, `old/app/`): then it counts that the module is here alone.
                alone = not self._at_known(one.module, one.name, path)
                own_head, bare = head not in self._tops or own == head, folder not in self._packages
                if (own_head and (alone or bare)) or (alone and bare):
                    self._counts_from(folder, one.module)
                return
            if head == folder.partition("/")[0] and one.module.startswith(folder.replace("/", ".") + "."):
                _add(self._against, folder)
                return
        root = self._at_known(one.module, one.name, path)
        if root is not None:
            self._counts_from(root, one.module)
        else:
            self._elsewhere(one.module, one.name, path)

    def _named(self, path: str, name: str, above: Iterable[str], weight: int) -> None:
        """A string that names a module, or something in one, and how much it counts."""
        head = name.partition(".")[0]
        if head in FOREIGN:
            return
        cuts = [name] if "." not in name else [name, name.rpartition(".")[0]]
        for one in cuts:
            root = self._at_known(one, None, path)
            if root is not None:
                self._counts_from(root, one, weight)
                return
        for one in cuts:
            for folder in above:
                if self._there(folder, one):
                    self._counts_from(folder, one, weight)
                    return
            if self._elsewhere(one, None, path, weight):
                return
        if "." not in name:
            held = [one for one in self._holding(name) if self._is_application(f"{one}/{name}" if one else name)]
            if len(held) == 1:
                _add(self._worded, held[0], weight)

    def _elsewhere(self, module: str, name: str | None, path: str, weight: int = 1) -> bool:
        """A module that is found from no folder around: it speaks for the one folder below which it is found."""
        head = module.partition(".")[0]
        found = [
            folder
            for folder in self._holding(head)
            if self._holds(folder, module, name, path) or (name is None and self._there(folder, module))
        ]
        found = [folder for folder in found if folder not in self._known or folder in self._packages]
        if len(found) > 1:
            near = [one for one in found if one in self._explicit]
            found = near if len(near) == 1 else []
        if len(found) == 1 and ("." in module or found[0] in self._explicit):
            _add(self._for, found[0], weight)
            return True
        return False

    def _is_application(self, folder: str) -> bool:
        """Whether a package is one that Django or a worker is told of by its one word: no library has that name beside it."""
        return f"{folder}/__init__.py" in self._files and any(
            f"{folder}/{one}.py" in self._files and not in_tests(f"{folder}/{one}.py") for one in APPLICATION
        )

    def _counts_from(self, root: str, module: str, weight: int = 1) -> None:
        """A name that leads somewhere from a folder: imports count from there, and all folders on its way are packages."""
        if root:
            _add(self._for, root, weight)
        folder = root
        outer = "/".join(one for one in (root, module.partition(".")[0]) if one)
        if self._is_doubled(outer) and self._there(outer, module):
            _add(self._for, outer, weight)
            return
        for part in module.split("."):
            folder = f"{folder}/{part}" if folder else part
            if folder in self._folders:
                _add(self._against, folder, weight)

    def _is_doubled(self, folder: str) -> bool:
        """Whether `manage.py` lies in a folder beside a package of the same name (`shop/manage.py`, `shop/shop/`): that one is meant."""
        return f"{folder}/manage.py" in self._files and f"{folder}/{folder.rpartition('/')[2]}" in self._folders

    def _at_known(self, module: str, name: str | None, path: str) -> str | None:
        """The import root by place, no package itself, from which a module is found: that around the file first which names it."""
        home = next(root for root in self._by_depth if not root or path.startswith(f"{root}/"))
        if (module, name, home) not in self._found_at:
            self._found_at[module, name, home] = self._look_at_known(module, name, home)
        return self._found_at[module, name, home]

    def _look_at_known(self, module: str, name: str | None, home: str) -> str | None:
        for root in (home, *reversed(self._by_depth)):
            if self._there(root, module) or (name and self._there(root, f"{module}.{name}")):
                return root
        return None

    def _there(self, folder: str, module: str) -> bool:
        inside = "/".join(one for one in (folder, module.replace(".", "/")) if one)
        return (
            f"{inside}.py" in self._files
            or f"{inside}/__init__.py" in self._files
            or ("." not in module and inside in self._folders)
        )

    def _holds(self, folder: str, module: str, name: str | None, path: str) -> bool:
        """Whether an absolute import, counted from `folder`, leads to a file there that has what is imported."""
        inside = "/".join(one for one in (folder, module.replace(".", "/")) if one)
        if name not in (None, "", "*") and (
            f"{inside}/{name}.py" in self._files or f"{inside}/{name}/__init__.py" in self._files
        ):
            return True
        target = next((file for file in (f"{inside}.py", f"{inside}/__init__.py") if file in self._files), "")
        if not target or target == path:
            return False
        if "." in module:
            return True
        if name is None or name not in (self._text_of(target) or ""):
            return False
        return any(held.name == name for held in self._facts_of(target).bindings)

    def _holding(self, head: str) -> list[str]:
        """The folders that hold a module or package of this name."""
        if self._holders is None:
            self._holders = {}
            for one in (*self._folders, *self._files):
                folder, _, last = one.rpartition("/")
                if one:
                    self._holders.setdefault(last.removesuffix(".py"), []).append(folder)
        return self._holders.get(head, [])


def _add(counts: dict[str, int], folder: str, weight: int = 1) -> None:
    counts[folder] = counts.get(folder, 0) + weight


def _folders(files: Iterable[str]) -> dict[str, None]:
    """All folders with Python files in or below them, the project's root among them."""
    made: dict[str, None] = {"": None}
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in made:
            made[folder] = None
            folder = folder.rpartition("/")[0]
    return made
