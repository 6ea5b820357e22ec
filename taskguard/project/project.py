"""The facts of all files, linked once. Everything is worked out when it is asked for."""

from __future__ import annotations

from taskguard.discovery.markers import is_manifest, is_note
from taskguard.facts.model import Assign, Facts
from taskguard.project.module import Module, unloaded
from taskguard.project.rivals import from_outer_root, nearest_of, within_own_package
from taskguard.project.root_evidence import Roots
from taskguard.project.roots import import_roots, module_names
from taskguard.settings.model import House, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from taskguard.inference.asking import Inference
    from taskguard.project.bases import Parent
    from taskguard.project.broken import Broken
    from taskguard.project.celery.model import Reference
    from taskguard.project.celery.system import System
    from taskguard.project.facades import Facade, FacadeFault
    from taskguard.project.gone import Gone
    from taskguard.project.habits import Habits
    from taskguard.project.hooks import HookMistake
    from taskguard.project.imports import Imports
    from taskguard.project.loading import Early
    from taskguard.project.lookup import Missing
    from taskguard.project.naming import Namer
    from taskguard.project.patches import Patched
    from taskguard.project.pins import Pin
    from taskguard.project.registry import Registry
    from taskguard.project.taken import Taken
    from taskguard.project.tasks import Option, Task

MOST_STEPS = 20_000
MOST_LETTERS = 200_000_000


class Project:
    """All modules of one tree.

    `facts_of` gives the facts of a path (parsed on demand), `text_of` its text or None. `eager` are the paths whose facts may hold tasks,
    Celery configuration or references: rules look at these; other files are parsed only when a name leads there. `complete` is False where only a
    part of the tree is linked, so that what is not found is Unknown. `beside` says of a path without its ending why there may be such a module
    all the same, empty where nothing says so.
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
        markers: Iterable[str] = (),
        settings_at: Callable[[str], Settings] | None = None,
        search: Callable[..., list[str]] | None = None,
        importing: Callable[[Collection[str]], list[str]] | None = None,
        complete: bool = True,
        beside: Callable[[str], str] | None = None,
    ) -> None:
        ordered = sorted(paths)
        self.settings, self.complete = settings, complete
        self._beside = beside
        self._facts_of = facts_of
        self._skimmed_of = skimmed_of or facts_of
        self._text_of = text_of
        self._texts: dict[str, str | None] = {}
        self._room = MOST_LETTERS
        self._settings_at = settings_at
        self._search = search
        self._importing = importing
        marking = frozenset(markers)
        self.notes = tuple(sorted(one for one in marking if is_note(one.rpartition("/")[2]) and not is_manifest(one)))
        self.markers = marking.difference(self.notes)
        self.roots = import_roots(ordered, self.markers, settings.src)
        self.eager: tuple[str, ...] = tuple(ordered if eager is None else sorted(eager))
        self.evidence = Roots(ordered, self.markers, self.roots, self.eager, facts_of, text_of, search)
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
        self.unloaded = unloaded(self)
        self.eager = tuple(one for one in self.eager if one not in self.unloaded)
        self._tasks: tuple[Task, ...] | None = None
        self._facades: tuple[Facade, ...] | None = None
        self._celery: System | None = None
        self._namer: Namer | None = None
        self._registry: Registry | None = None
        self._pin: tuple[Pin | None] | None = None
        self.old_python: tuple[bool | None] | None = None  # filled by old_python
        self._houses: dict[str, House] = {}
        self._imports: Imports | None = None
        self.registered: set[tuple[str, str]] | None = None  # filled by declarations.registrations
        self.built_upon: frozenset[str] | None = None  # filled by class_tasks
        self.attributes_set: dict[str, list[tuple[Module, Assign]]] | None = None  # filled by changes.later_values
        self._looked_at: frozenset[str] | None = None
        self._holders: dict[str, frozenset[str]] = {}
        self.lineages: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], str]] = {}  # by class and root
        self.readers: dict[str, frozenset[str]] = {}  # filled by usage.readers
        self.parents: dict[tuple[str, str, int], tuple[Parent, ...]] = {}  # filled by bases.parents
        # Filled by declarations.class_options, by class and how far above the asked one it is.
        self.class_options: dict[tuple[str, str, int, int], tuple[dict[str, Option], str]] = {}
        self.importing: frozenset[str] | None = None  # set where a change is judged: only imports in these are wanted
        self.wanted: frozenset[str] | None = None  # set by the judge: the paths, or what rests on one, that matter
        self.configured: dict[frozenset[str], bool] = {}  # filled by routing.configured
        self.effort = 0  # counted by spent, set back by evaluate
        self.inferences: dict[str, Inference] = {}  # filled by asking, by import root
        self.habits: dict[str, Habits] = {}  # filled by habits.habits_at, by house
        self.wrapper_words: frozenset[str] | None = None  # filled by wrappers.users: one is in each file with a wrapper
        self._widened: frozenset[str] = frozenset()
        if search is not None and complete:
            self._widen()

    def _widen(self) -> None:
        """Looks at the files, too, that use a wrapper of the project and hold no word by which they were found."""
        from taskguard.project.wrappers import users

        self._widened = frozenset(users(self))
        self.eager = tuple(sorted({*self.eager, *self._widened} - self.unloaded))

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
        return self.facts(path) if path in self._widened else self._skimmed_of(path)

    def text(self, path: str) -> str | None:
        """The text of one file, None where it cannot be read. Texts are held as far as there is room: most are asked for by several rules."""
        if path in self._texts:
            return self._texts[path]
        text = self._text_of(path)
        self._room -= len(text or "")
        if self._room > 0:
            self._texts[path] = text
        return text

    def code_lines(self, path: str) -> int:
        """Lines of the file that are no blank line, comment or docstring."""
        from taskguard.facts.sizes import code_lines

        text = self._text_of(path)
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
        return self.find(name, origin) or from_outer_root(self, name, self._second_names.get(name, ""))

    def spent(self) -> bool:
        """Counts one step of an evaluation; whether there have been more than code that is meant to be read can need."""
        self.effort += 1
        return self.effort > MOST_STEPS

    def module(self, name: str) -> Module | None:
        """The module of that dotted name."""
        return self.by_name.get(name)

    def final_name(self, dotted: str) -> str:
        """The dotted name that a constant, enum member or class of the project has where it is defined; others stay as they are."""
        from taskguard.project.evaluate import final_name

        return final_name(self, dotted)

    @property
    def looked_at(self) -> list[Module]:
        """The modules that rules look at."""
        return [self.modules[path] for path in self.eager if path in self.modules]

    @property
    def looked_at_paths(self) -> frozenset[str]:
        """The paths of the modules that rules look at."""
        if self._looked_at is None or len(self._looked_at) != len(self.eager):
            self._looked_at = frozenset(self.eager)
        return self._looked_at

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All task declarations, by path and line."""
        if self._tasks is None:
            self._tasks = tuple(task for module in self.looked_at for task in module.tasks)
        return self._tasks

    @property
    def facades(self) -> tuple[Facade, ...]:
        """The declared and recognised facades, by path."""
        if self._facades is None:
            from taskguard.project.facades import find_facades

            self._facades = find_facades(self)
        return self._facades

    def package_facades(self) -> Iterator[Facade]:
        """The packages that are facades and may import what is not there."""
        from taskguard.project.package_facades import failing_packages

        return failing_packages(self)

    @property
    def facade_faults(self) -> list[FacadeFault]:
        """The facade settings that name no module of the project."""
        from taskguard.project.facades import facade_faults

        return facade_faults(self)

    @property
    def hook_mistakes(self) -> Iterator[HookMistake]:
        """The hooks of task classes that do not take what Celery passes, by path and line."""
        from taskguard.project.hooks import hook_mistakes

        return hook_mistakes(self)

    @property
    def celery(self) -> System:
        """What the Celery configuration says: apps, settings, schedules, routes, discovery, references."""
        if self._celery is None:
            from taskguard.project.celery.system import System

            self._celery = System(self)
        return self._celery

    @property
    def registry(self) -> Registry:
        """The tasks by name: collisions, and what a name that nobody declares was meant to be."""
        if self._registry is None:
            from taskguard.project.registry import Registry

            self._registry = Registry(self)
        return self._registry

    def look_up(self, reference: Reference) -> Missing | None:
        """What is wrong with a reference to a task: None where a task has the name."""
        from taskguard.project.lookup import look_up

        return look_up(self, reference)

    @property
    def pin(self) -> Pin | None:
        """The version of Celery that the project pins, None where no file says so."""
        if self._pin is None:
            from taskguard.project.pins import celery_pin

            self._pin = (celery_pin(self),)
        return self._pin[0]

    @property
    def namer(self) -> Namer:
        """How automatic task names are made."""
        if self._namer is None:
            from taskguard.project.naming import Namer

            self._namer = Namer(self)
        return self._namer

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
        return self._beside(base) if self._beside is not None else ""

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

    def holders(self, word: str) -> frozenset[str]:
        """As `search`, remembered."""
        if word not in self._holders:
            self._holders[word] = frozenset(self.search(word))
        return self._holders[word]

    @property
    def imports(self) -> Imports:
        """What the import statements of all files say, and who imports what."""
        if self._imports is None:
            from taskguard.project.imports import Imports

            self._imports = Imports(self)
        return self._imports

    def broken_imports(self, everything: bool) -> Iterator[Broken]:
        """The imports that fail, from facades, their sources and task modules; from any module if `everything`."""
        from taskguard.project.broken import broken_imports

        return broken_imports(self, everything)

    def gone_imports(self, everything: bool) -> Iterator[Gone]:
        """The imports of modules that are gone: of modules of tasks, and those that the change deletes; of any if `everything`."""
        from taskguard.project.gone import gone_imports

        return gone_imports(self, everything)

    def taken_modules(self) -> Iterator[Taken]:
        """The imports of modules that are then called as if they were tasks."""
        from taskguard.project.taken import taken_modules

        return taken_modules(self)

    def early_imports(self) -> Iterator[Early]:
        """The imports that ask a package for a name before it has it."""
        from taskguard.project.loading import early_imports

        return early_imports(self)

    def listing_modules(self) -> Iterator[Module]:
        """The modules that may list names in `__all__` which they do not bind."""
        from taskguard.project.listed import listing_modules

        return listing_modules(self)

    def patched_facades(self) -> Iterator[Patched]:
        """The patches of names of facades that fail, or that nobody sees."""
        from taskguard.project.patches import patched_facades

        return patched_facades(self)

    def mentions(self, word: str, besides: str = "") -> list[str]:
        """The files that do not parse and hold `word`: a verdict about that name is withheld."""
        unread = [one for one in self.eager if one != besides and one in self.modules and self.modules[one].unreadable]
        return [one for one in unread if not (words := self.facts(one).words) or word in words]
