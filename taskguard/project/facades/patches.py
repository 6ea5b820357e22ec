"""Patches of names of modules: `mock.patch("module.name")`, `patch.object(module, "name")`, `monkeypatch.setattr(...)`."""

from __future__ import annotations

import builtins

from taskguard.facts.model import Binding, Import, Ref
from taskguard.facts.questions import holds
from taskguard.facts.selections import own_imports
from taskguard.patterns import regex
from taskguard.project.facades.broken import may_be_module, settled
from taskguard.project.facades.facades import facades_of
from taskguard.project.facades.known_missing import is_swapped, minds
from taskguard.project.facades.listed import given_from_outside
from taskguard.project.facades.lookups import looked_up, named_in_text
from taskguard.project.facades.patch_calls import SETS, calls_between, patched_by, patches_one, text_of, words_of
from taskguard.project.facades.patch_texts import Suspicions, possible_takers, takers, takes
from taskguard.project.facades.patch_users import Meant
from taskguard.project.facades.unrun import around, asks_first, lines_around, never_runs
from taskguard.project.facades.unstarted import never_started
from taskguard.project.python import text_questions as texts
from taskguard.project.python.exported import binds_name, namesake_has
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import Found, absolute_name, attribute, live, resolve
from taskguard.project.python.pythons import runs_before, runs_from
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.facades.facades import Facade
    from taskguard.project.python.project import Module, Project

# Words of which one stands in every file that patches.
SEARCHED = ("patch", "MonkeyPatch")
# So many names that a file patches are looked for in the whole project.
MOST_NAMES = 300
GIVEN = frozenset(dir(builtins))
# What loads a module again, or for the first time, while a patch is on: it then takes what the patch has put there.
RELOADING = ("reload(", "import_module", "__import__")
DOTTED = regex(r"[\"']([\w.]+)\.(\w+)[\"']")
# `mock.patch` imports submodules first from this Python on, whatever their package has under their names.
SUBMODULES_FIRST = (3, 11)


class Target(Record):
    """What a call patches: the `name` of the module `holder`, or something inside of what that name is (`inside`). `facade` is set where it is one.

    `shadow` is the function that a package on the way has under the name of its submodule; `sets` says that pytest's `setattr` is called.
    `span` is the string that says so. `lenient` says that the name need not be there, `given` that a builtin name is made where it is missing.
    """

    holder: Module
    facade: Facade | None
    name: str
    span: Span
    inside: bool
    lenient: bool
    given: bool
    shadow: str = ""
    sets: bool = False


class Patched(Record):
    """A patch that does not do what it is meant to. `missing`: the facade has no such name. Otherwise nobody looks it up at the facade.

    Not `certain` where a name is there and seems to be used by nobody, or where only old versions of Python fail. `again` are the lines of the same
    function that patch the same missing name. `found` is what the name is, `instead` are pairs of a module that looks it up by itself and the name it has there. `doubt` says why the
    verdict is to be withheld.
    """

    user: Module
    target: Target
    missing: bool
    found: Found | None = None
    instead: tuple[tuple[Module, str], ...] = ()
    doubt: str = ""
    certain: bool = True
    again: tuple[int, ...] = ()

    @property
    def dotted(self) -> str:
        """The name where it is defined, else where it is missing."""
        if self.found is not None and self.found.kind in ("symbol", "external"):
            return self.found.dotted
        return f"{self.target.holder.name}.{self.target.name}"

    @property
    def place(self) -> tuple[Module, str] | None:
        """The only place where some code looks the name up, None where there are several or none."""
        seen = [pair for pair in self.instead if looked_up(*pair)]
        return seen[0] if len(seen) == 1 else None

    @property
    def depends(self) -> tuple[str, ...]:
        home = (self.found.module.path,) if self.found is not None and self.found.module is not None else ()
        return tuple(dict.fromkeys((self.target.holder.path, *home, *(module.path for module, _ in self.instead))))


def patched_facades(project: Project) -> Iterator[Patched]:
    """The patches that fail or do nothing, by path and line."""
    facades = {
        facade.module: facade for facade in facades_of(project) if facade.module.name and not facade.module.unreadable
    }
    suspicions = Suspicions(project)
    for user in _users(project, facades, suspicions):
        yield from _once(_each(user, facades, suspicions))


def _each(user: Module, facades: dict[Module, Facade], suspicions: Suspicions) -> Iterator[Patched]:
    seen: set[tuple[str, str]] = set()
    for target in _targets(user, facades, suspicions):
        seen.add((target.holder.path, target.name))
        if len(seen) > MOST_NAMES:
            yield Patched(user, target, False, doubt=f"the file patches more than {MOST_NAMES} different names")
            continue
        judged = _judged(user, target) if target.facade is not None else _judged_plainly(user, target)
        if judged is not None and not _beside(judged):
            yield judged


def _once(patches: Iterator[Patched]) -> Iterator[Patched]:
    """Of those that fail for the same missing name in one function the first: the others are never come to before it is mended."""
    made: dict[object, Patched] = {}
    for one in patches:
        first, _ = lines_around(one.user, one.target.span.line)
        key = (first, one.target.holder, one.target.name, one.doubt) if one.missing and first else len(made)
        held = made.get(key)
        made[key] = one if held is None else held.replace(again=(*held.again, one.target.span.line))
    yield from made.values()


def _beside(judged: Patched) -> bool:
    """Whether a patch without effect stands beside one that has it: the same function patches the name where it is looked up, too."""
    if judged.missing or judged.doubt:
        return False
    first, last = lines_around(judged.user, judged.target.span.line)

    def works(module: Module, path: str) -> bool:
        return _is_place(judged, module, path) and looked_up(module, path) is not False

    return any(
        patches_one(judged.user, site, judged.target.name, works) for site in calls_between(judged.user, first, last)
    )


def _is_place(judged: Patched, module: Module, path: str) -> bool:
    """Whether a module has the patched thing under this name. A thing may be imported by hundreds of modules: none but this one is asked."""
    target, found = judged.target, judged.found
    if found is None:
        return (module, path) in judged.instead
    if in_tests(module.path):
        return False
    if target.facade is not None and (module, path) in _of_sources(target.facade, target.name):
        return True
    if found.kind == "symbol" and found.module is not None and "." not in found.path:
        if module is found.module and path == found.path:
            return True
        if module is not target.holder and _imports_as(module, path, found.module, found.path):
            return True
    return _imports_as(module, path, target.holder, target.name)


def _imports_as(user: Module, bound: str, source: Module, name: str) -> bool:
    """Whether a module imports a name of another one under the name `bound` when it is loaded."""
    taken = imports_of(user.project).imports_from(user, source) if user is not source else ()
    return any(one.name == name and one.bound == bound and not one.scope for one in taken)


def _users(project: Project, facades: dict[Module, Facade], suspicions: Suspicions) -> Iterator[Module]:
    """The modules that may patch a facade, or any module in vain; of these only what can matter to the diagnostics that are wanted."""
    wanted = project.wanted
    touched = {
        module: facade
        for module, facade in facades.items()
        if wanted is None or module.path in wanted or any(source.path in wanted for source in facade.sources)
    }
    paths = {path for word in SEARCHED for path in project.search(word)}
    lasts = {project.modules[path].name.rpartition(".")[2] for path in wanted or () if path in project.modules}
    every, near = Meant(project, facades), Meant(project, touched)
    for path in sorted(paths | ((wanted or frozenset()) & project.modules.keys())):
        meant = every if wanted is not None and path in wanted else near
        if not holds(project, path, *SEARCHED):
            continue
        matters = wanted is None or path in wanted or texts.says_any(project, path, frozenset(lasts))
        if meant.may_be_patched(project.modules[path]) or (matters and suspicions.suspicious(project.modules[path])):
            yield project.modules[path]


def _targets(user: Module, facades: dict[Module, Facade], suspicions: Suspicions) -> Iterator[Target]:
    for site in user.facts.calls:
        parts = words_of(site)
        for holder, path, expr in patched_by(user, site):
            name, _, rest = path.partition(".")
            inside = bool(rest) or parts[-1] == "dict"
            if not name or (holder not in facades and suspicions.cleared(user, holder, name, inside)):
                continue
            plain = holder.name and not in_tests(holder.path) and not holder.unreadable and holder is not user
            if (holder in facades or plain) and settled(user, holder.name, holder) and not never_started(user, site):
                sets = parts[-1] in SETS
                lenient = (site.call.keyword("raising") if sets else site.call.keyword("create")) is not None
                lenient = lenient or any(
                    one.lower().endswith(("raises", "assertraises", "raisesregex", "suppress")) for one in site.context
                )
                lenient = lenient or asks_first(user, name)
                text = text_of(user, expr, site.scope)
                shadow = _shadow(user, holder, text) if text.startswith(f"{holder.name}.") else ""
                yield Target(holder, facades.get(holder), name, expr.span, inside, lenient, not sets, shadow, sets)


def _shadow(user: Module, holder: Module, text: str) -> str:
    """The dotted name of a function that hides the submodule `holder`, or a package around it, in its package."""
    parts = holder.name.split(".")
    for cut in range(1, len(parts)):
        package = user.project.find(".".join(parts[:cut]), user)
        if package is None or not live(package, parts[cut]):
            continue
        found = attribute(package, parts[cut])
        if found.kind == "symbol" and found.module is not None and found.module.function(found.path) is not None:
            return found.dotted
    return ""


def _hidden(holder: Module) -> bool:
    """Whether a package on the way has something else than the module under its name, which a patch may well mean."""
    parts = holder.name.split(".")
    for cut in range(1, len(parts)):
        package = holder.project.find(".".join(parts[:cut]), holder)
        if package is not None and live(package, parts[cut]) and attribute(package, parts[cut]).kind != "module":
            return True
    return False


def _judged_plainly(user: Module, target: Target) -> Patched | None:
    """A patch of a module that is no facade."""
    holder, name = target.holder, target.name
    if target.lenient or never_runs(user, target.span.line):
        return None
    bound = binds_name(holder, name)
    project = user.project
    if target.shadow and bound is False and _is_task(holder, target.shadow):
        # `package.send.delay`: an attribute of the task, where that comes first, and nothing where the module does.
        late = (
            not target.sets
            and not holds(project, user.path, "import mock", "from mock")
            and runs_from(user, SUBMODULES_FIRST)
        )
        return Patched(user, target, True) if late and not is_swapped(user, f"{holder.name}.{name}") else None
    if target.shadow and (target.sets or runs_before(user, SUBMODULES_FIRST)):
        return Patched(user, target, True, certain=target.sets)
    if bound is None:
        return Patched(user, target, False, doubt=f"what {holder.path} binds cannot be told")
    if not bound:
        if (
            (target.given and name in GIVEN)
            or is_swapped(user, f"{holder.name}.{name}")
            or given_from_outside(holder, name)
            or _hidden(holder)
            or minds(user, holder, name, target.span.line)
        ):
            return None
        if namesake_has(holder, name):
            return Patched(user, target, False, doubt=f"another module than {holder.path} may be meant")
        doubt = may_be_module(holder, name)
        found = _late_import(holder, name)
        instead = ((found.module, found.path),) if found is not None and found.module is not None else ()
        return Patched(user, target, not doubt, found, instead, doubt)
    if target.inside or holds(project, user.path, *RELOADING) or holds(project, holder.path, "globals(", "sys.modules"):
        return None
    if holder.function(name) is not None:
        return _where_defined(user, target)
    if not all(isinstance(one, Import) and not one.guard for one in live(holder, name)) or not live(holder, name):
        return None
    if texts.times_used(project, holder.path, name) or looked_up(holder, name) is not False:
        return None
    if named_in_text(holder) or texts.kept_for_patches(project, holder.path, name):
        return None  # whoever has the module by its name may ask it, and a comment may say that the name is there for patches
    found = attribute(holder, name)
    if found.kind not in ("symbol", "external"):
        return None
    return Patched(user, target, False, found, _instead(holder, None, found, name), certain=False)


def _where_defined(user: Module, target: Target) -> Patched | None:
    """A function that is patched in the module that defines it, while the code under test, loaded before, has it by an import of the name."""
    holder, name = target.holder, target.name
    if len(live(holder, name)) != 1 or texts.times_used(user.project, holder.path, name) != 1:
        return None
    others = DOTTED.findall(around(user, target.span.line))
    if any(last == name and other != holder.name for other, last in others):
        return None  # who patches it elsewhere as well knows where it is looked up
    if named_in_text(holder):
        return Patched(
            user, target, False, doubt=f"code names {holder.name} by a string and may look `{name}` up there"
        )
    tested = {
        found for one in own_imports(user.facts, user.project.heads) if not one.scope for found in _loaded(user, one)
    }
    if not any(one in tested and takes(one, holder, name) for one in possible_takers(holder, name)):
        return None
    if looked_up(holder, name) is not False:
        return None
    found = attribute(holder, name)
    used = takers(holder, name)
    instead = {
        (module, one.bound): None
        for module, one in imports_of(user.project).importers_of(holder, name)
        if module in used and not one.scope
    }
    return Patched(user, target, False, found, tuple(instead), certain=False)


def _loaded(user: Module, one: Import) -> Iterator[Module]:
    """The modules of the project that an import names."""
    absolute = absolute_name(user, one.module)
    for name in (absolute, f"{absolute}.{one.name}") if one.name else (absolute,):
        found = user.project.find(name, user)
        if found is not None:
            yield found


def _is_task(holder: Module, dotted: str) -> bool:
    """Whether a function with a decorator hides the module that defines it under its own name: it has attributes of its own then."""
    function = holder.function(dotted.rpartition(".")[2])
    return dotted.rpartition(".")[0] == holder.name and function is not None and bool(function.decorators)


def _late_import(holder: Module, name: str) -> Found | None:
    """What a name is that the module imports only inside of functions."""
    for one in own_imports(holder.facts, holder.project.heads):
        if one.scope and one.bound == name and one.name:
            found = resolve(holder, name, one.scope)
            if found.kind == "symbol" and found.module is not None and "." not in found.path:
                return found
    return None


def _judged(user: Module, target: Target) -> Patched | None:
    assert target.facade is not None
    facade, name = target.facade.module, target.name
    bound = binds_name(facade, name)
    if bound is None:
        return Patched(user, target, False, doubt=f"what {facade.path} binds cannot be told")
    if not bound:
        if target.lenient or never_runs(user, target.span.line):
            return None
        instead = _of_sources(target.facade, name)
        made = target.given and name in GIVEN
        found = attribute(instead[0][0], instead[0][1]) if instead else None
        return Patched(user, target, not made, found, instead)
    if target.inside or not _handed_on(facade, name) or never_runs(user, target.span.line):
        return None
    seen = looked_up(facade, name)
    if seen:
        return None
    if seen is None:
        return Patched(user, target, False, doubt=f"whether somebody looks up `{name}` at {facade.name} cannot be told")
    found = attribute(facade, name)
    return Patched(user, target, False, found, _instead(facade, target.facade, found, name))


def _handed_on(facade: Module, name: str) -> bool:
    """Whether the facade has the name from elsewhere, and not by a definition of its own or as a submodule."""
    entries = live(facade, name)
    if not entries:
        return facade.submodule(name) is None
    return all(not isinstance(one, Binding) or isinstance(one.value, Ref) for one in entries)


def _of_sources(facade: Facade, name: str) -> tuple[tuple[Module, str], ...]:
    return tuple((source, name) for source in facade.sources if not source.unreadable and live(source, name))


def _instead(holder: Module, facade: Facade | None, found: Found, name: str) -> tuple[tuple[Module, str], ...]:
    """Where the thing is looked up: in the module that defines it, and in those that import it when they are loaded, tests left out.

    What the modules behind a facade have from elsewhere is patched for their sake: the code that a test means was moved there.
    """
    sources = _of_sources(facade, name) if facade is not None else ()
    if facade is not None and sources and found.module not in facade.sources:
        return sources
    return _everywhere(holder, facade, found, name)


def _everywhere(holder: Module, facade: Facade | None, found: Found, name: str) -> tuple[tuple[Module, str], ...]:
    """Where the thing is looked up, whatever the code there has to do with the facade."""
    made: dict[tuple[Module, str], None] = {}
    if found.kind == "symbol" and found.module is not None and "." not in found.path:
        made[found.module, found.path] = None
        users = imports_of(holder.project).importers_of(found.module, found.path)
        made.update({(user, one.bound): None for user, one in users if not one.scope and user is not holder})
    users = imports_of(holder.project).importers_of(holder, name)
    made.update({(user, one.bound): None for user, one in users if not one.scope})
    if facade is not None:
        made.update(dict.fromkeys(_of_sources(facade, name)))
    return tuple(pair for pair in made if not in_tests(pair[0].path))
