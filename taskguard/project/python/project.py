"""The facts of all files, linked once. Everything is worked out when it is asked for."""

from __future__ import annotations

from taskguard.discovery.markers import WORKFLOWS, is_manifest, is_note
from taskguard.facts.by_name import module_heads
from taskguard.facts.model import Binding, Facts, Import
from taskguard.facts.watched import plain
from taskguard.project.python import text_questions as texts
from taskguard.project.python.held_texts import HeldTexts
from taskguard.project.python.hidden import unloadable
from taskguard.project.python.linked import Linked
from taskguard.project.python.root_evidence import Roots
from taskguard.project.python.roots import import_roots, module_names
from taskguard.project.python.tables import Tables
from taskguard.project.python.testing import in_test_path
from taskguard.query import query
from taskguard.settings.model import House, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from taskguard.facts.questions import Notes, Question
    from taskguard.project.python.held_texts import Answers


MOST_STEPS = 20_000


class Module(Tables):
    """A file, its dotted name, and what its names are. Made by the project; everything is worked out when asked for.

    `path` is relative to the project root with `/`; `name` is the dotted module name; `root` is the folder from which that name counts.
    """

    __slots__ = ("is_package", "name", "path", "project", "root")

    def __init__(self, project: Project, path: str, name: str, root: str) -> None:
        super().__init__()
        self.project = project
        self.path = path
        self.name = name
        self.root = root
        self.is_package = path.rpartition("/")[2].startswith("__init__.")

    def __repr__(self) -> str:
        return f"Module({self.path!r})"

    @property
    def facts(self) -> Facts:
        return self.project.facts(self.path)

    @property
    def skimmed(self) -> Facts:
        """The facts of this file as far as they are there: length, failure and directives, without parsing it for that."""
        return self.project.skimmed(self.path)

    @property
    def hidden_by(self) -> str:
        """The path of the package of the same name beside this file, which Python imports in its place; empty where there is none."""
        package = f"{self.path.removesuffix('.py')}/__init__.py"
        return package if package in self.project.modules and not self.is_package else ""

    @property
    def never_loaded(self) -> bool:
        """Whether nothing in this file ever happens: a package hides it, or it lies in a copy that no import can name, and nobody runs it by its path."""
        return self.path in self.project.unloaded

    @property
    def package(self) -> str:
        """The dotted name of the package that relative imports count from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def house(self) -> House:
        """The house rules of tasks at this path."""
        return self.project.house(self.path)

    @property
    def has_plugins(self) -> bool:
        """Whether the settings that hold here name checkers of other packages."""
        return bool(self.project.settings_at(self.path).checkers)

    def entry(self, name: str) -> Import | Binding | None:
        """What binds `name` at module level: the last one that no branch guards, else the likeliest branch."""
        return None if self._table is None and self._surely_unbound(name) else super().entry(name)

    def _surely_unbound(self, name: str) -> bool:
        """Whether the text of a file that nobody has parsed shows that nothing in it binds the name."""
        if self.path in self.project.looked_at_paths:
            return False
        return self.project.is_readable(self.path) and not texts.may_bind(self.project, self.path, name)

    def code_lines(self) -> int:
        """Lines without blank lines, comments and docstrings."""
        return self.project.code_lines(self.path)

    def submodule(self, name: str) -> Module | None:
        """The module or package `name` inside this package."""
        if not self.is_package:
            return None
        return self.project.find(f"{self.name}.{name}" if self.name else name, self)


class Project:
    """All modules of one tree.

    `facts_of` gives the facts of a path (parsed on demand), `text_of` its text or None. `eager` are the paths whose facts may hold tasks,
    Celery configuration or references: rules look at these; other files are parsed only when a name leads there. `telling` are those of them that say
    so by their bytes, whatever a run was asked about: import roots follow from what they import. `complete` is False where only a part of the tree is
    linked, so that what is not found is Unknown. `notes` learns what is read of texts, and `answers` has what was answered of another state of the tree. `beside` says of a path without its ending why there may be such a module all the same, empty where nothing says so.
    `linked` is what an earlier state was linked to, where nothing that says so has changed.
    """

    def __init__(
        self,
        paths: Iterable[str],
        facts_of: Callable[[str], Facts],
        settings: Settings,
        *,
        skimmed_of: Callable[[str], Facts] | None = None,
        text_of: Callable[[str], str | None] = lambda path: None,
        eager: Iterable[str] | None = None,
        telling: Iterable[str] | None = None,
        markers: Iterable[str] = (),
        settings_at: Callable[[str], Settings] | None = None,
        search: Callable[..., list[str]] | None = None,
        importing: Callable[[Collection[str]], list[str]] | None = None,
        complete: bool = True,
        beside: Callable[[str], str] | None = None,
        notes: Notes | None = None,
        answers: Answers | None = None,
        linked: Linked | None = None,
    ) -> None:
        ordered = sorted(paths)
        self.settings, self.complete = settings, complete
        self._beside = beside
        self._facts_of, self._skimmed_of = facts_of, skimmed_of or facts_of
        self._notes = notes
        self._settings_at, self._search, self._importing = settings_at, search, importing
        marking = frozenset(markers)
        self._files, self._listed = frozenset(ordered), marking.union(ordered)
        self._texts = HeldTexts(text_of, self._files, self._listed, notes, answers)
        self.heads = module_heads(ordered)  # all that the dotted name of a module may begin with
        self.notes = tuple(sorted(one for one in marking if is_note(one.rpartition("/")[2]) and not is_manifest(one)))
        self.markers = marking.difference(self.notes)
        self.roots = import_roots(ordered, self.markers, settings.src)
        self.eager: tuple[str, ...] = tuple(ordered if eager is None else sorted(eager))
        told = self.eager if telling is None else telling
        jobs = [one for one in self.notes if one.startswith(WORKFLOWS)]
        known = linked.evidence if linked is not None else None
        self.evidence = Roots(ordered, self.markers, jobs, self.roots, told, facts_of, self, search, self.heads, known)
        more, refuted = self.evidence.proved, self.evidence.refuted
        by_place = module_names(ordered, self.roots) if more or refuted else {}
        self.roots = import_roots(ordered, self.markers, (*settings.src, *more), refuted) if by_place else self.roots
        names = module_names(ordered, self.roots, more)
        self.modules: dict[str, Module] = {}
        self._by_root: dict[tuple[str, str], Module] = {}
        self.by_name: dict[str, Module] = {}
        self._rivals: dict[str, list[Module]] = {}  # of one name under several import roots
        for path in ordered:
            root, name = names[path]
            module = Module(self, path, name, root)
            self.modules[path] = module
            if not path.endswith(".pyi") or (root, name) not in self._by_root:
                self._add(root, name, module)
        # What lies below a folder on the path has another name where that around it is on the path as well.
        self._second_names = {name: path for path, (root, name) in by_place.items() if names[path] != (root, name)}
        self.unloaded = frozenset(linked.unloaded) if linked else unloadable(self.modules, marking, self.text, search)
        self.eager = tuple(one for one in self.eager if one not in self.unloaded)
        self._houses: dict[str, House] = {}
        self._outer: dict[str, Module | None] = {}
        self._looked_at: frozenset[str] | None = None
        self.importing: frozenset[str] | None = None  # set where a change is judged: only imports in these are wanted
        self.wanted: frozenset[str] | None = None  # set by the judge: the paths, or what rests on one, that matter
        self.memo: dict[object, object] = {}
        self.effort = 0  # counted by spent, set back by evaluate
        self.following: set[tuple[str, str]] = set()  # the variables of which the value is being worked out
        # One is in each file that uses a wrapper; None while the wrappers are not known.
        self.wrapper_words: frozenset[str] | None = None
        self._widened: frozenset[str] = frozenset()

    def widen(self, paths: Iterable[str], words: Iterable[str]) -> None:
        """Looks at these files as well: they use wrappers of the project, each of which is named by one of `words`.

        What was worked out before is forgotten: it knew fewer files.
        """
        self.wrapper_words = frozenset(words)
        self._widened = frozenset(paths)
        if self._widened:
            self.eager = tuple(sorted({*self.eager, *self._widened} - self.unloaded))
            self._looked_at = None
            self.memo.clear()
            for module in self.modules.values():
                module.memo.clear()

    def linked_as(self) -> Linked:
        """What the files were linked to: in two states of a tree that list and look at the same files each module has the same names where this is the same."""
        words = None if self.wrapper_words is None else tuple(sorted(self.wrapper_words))
        return Linked(self.evidence.said(), tuple(sorted(self.unloaded)), words, tuple(sorted(self._widened)))

    def _add(self, root: str, name: str, module: Module) -> None:
        held = self._by_root.get((root, name))
        if held is not None and held.is_package and not module.is_package:
            return  # a package hides the module beside it
        self._by_root[root, name] = module
        before = self.by_name.get(name)
        if before is not None and before.root not in ("", root) and root:
            self._rivals.setdefault(name, [before]).append(module)
        if before is None or root in ("", before.root):
            self.by_name[name] = module

    def facts(self, path: str) -> Facts:
        """The facts of one file; parses it if nobody has yet."""
        return self._facts_of(path)

    def skimmed(self, path: str) -> Facts:
        """The facts of one file, as far as they are there without parsing it now."""
        return plain(self.facts(path)) if path in self._widened else self._skimmed_of(path)

    def text(self, path: str) -> str | None:
        """The text of one file, None where it cannot be read. What is worked out from it rests on all of it: where it need not, `ask`."""
        return self._texts.read(path)

    def ask(
        self, path: str, question: Question[..., Any], args: tuple[Any, ...], given: tuple[Any, ...] | None = None
    ) -> Any:
        """What a question says of the text of one file. `args` are what it is remembered by, `given` what it is asked with where that differs."""
        return self._texts.ask(path, question, args, given)

    def is_readable(self, path: str) -> bool:
        """Whether a file has a text."""
        return self._texts.held(path) is not None

    def code_lines(self, path: str) -> int:
        """Lines of the file that are no blank line, comment or docstring."""
        from taskguard.facts.sizes import code_lines

        text = self.text(path)
        return code_lines(text) if text is not None else self.facts(path).lines

    def find(self, name: str, origin: Module | None = None) -> Module | None:
        """The module of that dotted name as `origin` would import it: its own import root first, then the others.

        Of several others it is that of the nearest folder; None where two are equally near, as in two services beside a third.
        """
        if not name:
            return None
        if origin is not None:
            if (own := self._by_root.get((origin.root, name))) is not None:
                return own
            if (rivals := self._rivals.get(name)) is not None:
                return nearest_of(rivals, origin)
        found = self.by_name.get(name)
        own = within_own_package(self, name, origin) if found is not None and origin is not None else None
        return own or found

    def reached_by(self, name: str, origin: Module | None = None) -> Module | None:
        """As `find`, also by a second name that a module below two folders on the path has: what an import of that name runs."""
        found = self.find(name, origin)
        if found is None and name not in self._outer:
            self._outer[name] = from_outer_root(self, name, self._second_names.get(name, ""))
        return found or self._outer[name]

    def spent(self) -> bool:
        """Counts one step of an evaluation; whether there have been more than code that is meant to be read can need."""
        self.effort += 1
        return self.effort > MOST_STEPS

    def module(self, name: str) -> Module | None:
        """The module of that dotted name."""
        return self.by_name.get(name)

    @property
    def looked_at(self) -> list[Module]:
        """The modules that rules look at."""
        return [self.modules[path] for path in self.eager if path in self.modules]

    @property
    def can_search(self) -> bool:
        """Whether files can be found by what their bytes hold, and all of them are there."""
        return self._search is not None and self.complete

    @property
    def looked_at_paths(self) -> frozenset[str]:
        """The paths of the modules that rules look at."""
        if self._looked_at is None:
            self._looked_at = frozenset(self.eager)
        return self._looked_at

    def settings_at(self, path: str) -> Settings:
        """The settings that hold at a path."""
        return self._settings_at(path) if self._settings_at is not None else self.settings

    def left_out(self, path: str) -> bool:
        """Whether the settings exclude a path, so that the project cannot know whether the file is there."""
        from taskguard.settings.per_file import matches

        settings = self.settings_at(path)
        return matches(settings, settings.exclude, path)

    def beside(self, base: str) -> str:
        """Why a module may be there that is no part of the project (`base` is its path without the ending): a file of another kind, or one that git ignores."""
        answer = self._beside(base) if self._beside is not None else ""
        if self._notes is not None:
            self._notes.beside(base, answer)
        return answer

    def house(self, path: str) -> House:
        """The house rules of tasks at a path, the policies of that place applied."""
        if path not in self._houses:
            from taskguard.settings.per_file import house_at

            self._houses[path] = house_at(self.settings_at(path), path)
        return self._houses[path]

    def wants(self, *paths: str) -> bool:
        """Whether what lies in one of these files, or rests on one, is to be told."""
        return self.wanted is None or not self.wanted.isdisjoint(paths)

    def search(self, *words: str) -> list[str]:
        """The paths of all Python files whose bytes hold one of the words, sorted; only those looked at where nobody can search."""
        if self._search is None:
            return list(self.eager)
        return sorted((self.modules.keys() & self._search(*words)) - self.unloaded) if words else []

    def importing_from(self, names: Collection[str]) -> list[str]:
        """The paths of all files that may import from a module whose name ends in one of `names`; only those looked at where nobody can search."""
        if self._importing is None:
            return list(self.eager)
        return sorted(path for path in self._importing(names) if path in self.modules) if names else []

    @query
    def holders(self, word: str) -> frozenset[str]:
        """As `search`, remembered."""
        return frozenset(self.search(word))

    def mentions(self, word: str, besides: str = "") -> list[str]:
        """The files that do not parse and hold `word`: a verdict about that name is withheld."""
        unread = [one for one in unreadable_paths(self) if one != besides]
        held = self.holders(word) if self.can_search else frozenset(unread)
        return [one for one in unread if word in (words := self.facts(one).words) or (not words and one in held)]


@query
def unreadable_paths(project: Project) -> tuple[str, ...]:
    """The paths of the files that rules look at and that do not parse."""
    return tuple(one for one in project.eager if one in project.modules and project.modules[one].unreadable)


def nearest_of(rivals: list[Module], origin: Module) -> Module | None:
    """The module whose import root shares most folders with that of `origin`; None where two share as many."""
    own = origin.root.split("/")

    def shared(one: Module) -> int:
        pairs = zip(one.root.split("/"), own)
        return next(
            (number for number, (left, right) in enumerate(pairs) if left != right),
            min(len(own), one.root.count("/") + 1),
        )

    ordered = sorted(rivals, key=shared, reverse=True)
    return ordered[0] if shared(ordered[0]) > shared(ordered[1]) else None


def within_own_package(project: Project, name: str, origin: Module) -> Module | None:
    """The module that a name means for a file in a package of that name (`src/shop/` beside `shop/`): one of its own package.

    Tests mirror the packages of the code: `tests/shop/` is no `shop` where `tests/` is a package itself.
    """
    head = name.partition(".")[0]
    if f"/{head}/" not in origin.path:
        return None
    parts = origin.path.split("/")[:-1]
    for depth in range(len(parts) - 1, 0, -1):
        if parts[depth] == head:
            around = "/".join((*parts[:depth], "__init__.py"))
            if around in project.modules and in_test_path(around):
                return None
            inside = "/".join((*parts[:depth], name.replace(".", "/")))
            found = project.modules.get(f"{inside}.py") or project.modules.get(f"{inside}/__init__.py")
            if found is not None:
                return found
    return None


def from_outer_root(project: Project, name: str, second: str = "") -> Module | None:
    """The module that a name leads to from a folder on the path around the one that it is named from: `src.shop.jobs`, which is called
    `shop.jobs`. `second` is the path that is known for it."""
    if second:
        return project.modules.get(second)
    inside = name.replace(".", "/")
    for root in project.roots if "." in name else ():
        base = f"{root}/{inside}" if root else inside
        found = project.modules.get(f"{base}/__init__.py") or project.modules.get(f"{base}.py")
        if found is not None:
            return found
    return None
