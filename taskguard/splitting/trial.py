"""What `verify` and `check` say of a split before any of it is written."""

from __future__ import annotations

from taskguard.diagnostics import Report
from taskguard.engine.alongside import alongside
from taskguard.engine.change_rules import lint_states
from taskguard.engine.diff import judged_for_change
from taskguard.engine.linking import linked
from taskguard.engine.linter import Linter, LintResult, Scope
from taskguard.engine.overlay import Overlay
from taskguard.record import Record
from taskguard.rule import CommentRule
from taskguard.selection import rule_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskguard.diagnostics import Diagnostic, Undecided
    from taskguard.engine.overlay import Store
    from taskguard.engine.resolver import Resolver
    from taskguard.project.python.held_texts import Answers
    from taskguard.project.python.project import Project
    from taskguard.settings.model import FacadeSetting, Settings
    from taskguard.splitting.places_told import Widened

# The rule about patches: what it says is listed, and mended where that is asked for.
PATCHES = "TG406"


class Verdict(Record):
    """`broken` is what verify says, `new` what check says and did not say before, `patches` what is new about patches in tests. `moved` are pairs of
    what was said of the god file, and what that is now. `doubtful` are patches of the god file of which nobody can tell whether they still do what they did.
    `crashes` are those of our rules, `faults` those of other packages' checkers: what these would say nobody knows."""

    broken: tuple[Diagnostic, ...]
    new: tuple[Diagnostic, ...]
    patches: tuple[Diagnostic, ...]
    moved: tuple[tuple[Diagnostic, Diagnostic], ...] = ()
    doubtful: tuple[Undecided, ...] = ()
    crashes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def tried(
    resolver: Resolver,
    store: Store,
    before: Project,
    path: str,
    files: Mapping[str, bytes],
    facade: FacadeSetting | None = None,
    widened: Widened | None = None,
    answers: Answers | None = None,
) -> Verdict:
    """What the rules say where these files lie in the place of the file at `path`. `before` is the project as it is on disk.

    `facade` is what the settings will say, and `widened` for which places. `answers` are those of the state before.
    """
    after = Overlay(store, {one: data for one, data in files.items() if one.endswith((".py", ".pyi"))})
    project = _with(resolver, after, facade, widened, answers.of_state(after.files) if answers is not None else None)
    states = judged_for_change(before, resolver), judged_for_change(project, resolver)
    changed = [one for one, data in after.files.items() if store.read(one) != data]
    broken = alongside(lambda: lint_states(*states, changed), resolver.request.workers)
    touched = [one for one in files if store.read(one) is not None]
    result = Linter(project, Scope(frozenset(files))).run()
    report = result.report
    new, doubts = report.diagnostics, [one for one in report.undecided if one.code == PATCHES]
    # Any rule can say alone what it said before, but one that judges comments by what all others found.
    codes = frozenset({*(one.code for one in new), *(one.code for one in doubts)})
    asked = None if any(issubclass(rule_class(code), CommentRule) for code in codes) else codes
    was = Linter(before, Scope(frozenset(touched), codes=asked)).run() if codes else LintResult(Report(()))
    old = was.report.diagnostics
    names = {one: project.modules[one].name for one in files if one in project.modules}
    fresh, moved = came(old, new, path, frozenset(files), store, after, names)
    patches = tuple(one for one in fresh if one.code == PATCHES)
    own = f" {names.get(path)} "
    held = {(one.path, one.line, one.column) for one in was.report.undecided}
    doubtful = tuple(one for one in doubts if own in one.why and (one.path, one.line, one.column) not in held)
    others = tuple(one for one in fresh if one.code != PATCHES)
    change = broken()
    runs = (result, was, change)
    crashes = tuple(dict.fromkeys(one for run in runs for one in run.crashes))
    faults = tuple(dict.fromkeys(one for run in runs for one in run.faults))
    return Verdict(change.report.diagnostics, others, patches, tuple(moved), doubtful, crashes, faults)


def _with(
    resolver: Resolver, store: Store, facade: FacadeSetting | None, widened: Widened | None, answers: Answers | None
) -> Project:
    """The project of a store, with a facade more in its settings, some of which hold for more places."""
    held: dict[Settings, Settings] = {}

    def more(settings: Settings) -> Settings:
        if settings not in held:
            made = settings.replace(facades=(*settings.facades, facade)) if facade is not None else settings
            held[settings] = widened.settings(made) if widened is not None else made
        return held[settings]

    return linked(
        store, more(resolver.shared), lambda path: more(resolver.settings_at(path)), root=resolver.root, answers=answers
    )


def came(
    old: tuple[Diagnostic, ...],
    new: tuple[Diagnostic, ...],
    path: str,
    files: frozenset[str],
    before: Store,
    after: Store,
    names: Mapping[str, str],
) -> tuple[list[Diagnostic], list[tuple[Diagnostic, Diagnostic]]]:
    """The findings that are not merely at another place than before, and those of the file at `path` that are, with what they were.

    What was said of that file as a whole, or once for several places of it, may be said of each of its modules; `names` are their dotted names by path.
    """

    def of_module(one: Diagnostic) -> bool:
        """Whether a finding is about its module as a whole, and not about the size of that."""
        return not one.measure and bool(one.symbol) and one.symbol == names.get(one.path)

    whole = {one.code: one for one in old if one.path == path and of_module(one)}
    whole |= {one.code: one for one in old if one.path == path and any(other.path == path for other in one.related)}
    shared = {code for code, one in whole.items() if not of_module(one)}
    texts: dict[tuple[int, str], list[str]] = {}

    def key(one: Diagnostic, state: int) -> tuple[str, str, str, str]:
        where = (state, one.path)
        if where not in texts:
            texts[where] = ((before, after)[state].text(one.path) or "").splitlines()
        lines = texts[where]
        line = lines[one.line - 1].strip() if one.line <= len(lines) else ""
        moved = one.path in files or one.path == path
        return one.code, "" if moved else one.path, (one.symbol or "").rpartition(".")[2], "" if one.symbol else line

    had: dict[tuple[str, str, str, str], list[Diagnostic]] = {}
    for one in old:
        had.setdefault(key(one, 0), []).append(one)
    measured = {one.code for one in old if one.measure and one.path == path}
    made: list[Diagnostic] = []
    moved: list[tuple[Diagnostic, Diagnostic]] = []
    for one in new:
        before_it = had.get(key(one, 1))
        if one.path != path and one.code in whole and (of_module(one) or (one.code in shared and not before_it)):
            moved.append((whole[one.code], one))  # what is wrong with the file as a whole is wrong with each part
        elif before_it:
            was = before_it.pop(0)
            if was.path == path and one.path != path:
                moved.append((was, one))
        elif not (one.measure and one.code in measured):
            made.append(one)
    return made, moved
