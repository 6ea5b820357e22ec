"""A god file found, planned, split and tried: what the commands `plan` and `split` ask for."""

from __future__ import annotations

import os
import re

from taskguard import gitread
from taskguard.discovery.markers import BASELINE
from taskguard.engine.diff import most_lines
from taskguard.engine.resolver import read_below
from taskguard.engine.running import opened
from taskguard.errors import UserError, nearest
from taskguard.facts.questions import finds
from taskguard.facts.source import declared_encoding, text_of
from taskguard.project.python.held_texts import Answers
from taskguard.project.python.testing import in_tests
from taskguard.record import Record
from taskguard.settings.model import FacadeSetting
from taskguard.splitting.aftermath import crossing, moved_baseline, why_long
from taskguard.splitting.attention import stale
from taskguard.splitting.edges import units_of
from taskguard.splitting.exclusion import excluded_by
from taskguard.splitting.ignored import followed
from taskguard.splitting.journal import FILE
from taskguard.splitting.lost_patches import lost_patches
from taskguard.splitting.naming import INIT, dotted_of
from taskguard.splitting.patching import mended_patches
from taskguard.splitting.places import package_for
from taskguard.splitting.places_told import INI, TOML, told, widened
from taskguard.splitting.plan import outdated, placed
from taskguard.splitting.propose import propose
from taskguard.splitting.reading import Read, god_file
from taskguard.splitting.settings_entry import settings_file, with_facade
from taskguard.splitting.trial import PATCHES, tried
from taskguard.splitting.write import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskguard.diagnostics import Diagnostic, Undecided
    from taskguard.project.python.project import Module
    from taskguard.request import Request
    from taskguard.splitting.god import God
    from taskguard.splitting.places_told import Widened
    from taskguard.splitting.plan import Placed, Plan
    from taskguard.splitting.trial import Verdict
    from taskguard.splitting.write import Split


def journal_of(root: str) -> str:
    """The journal of a project."""
    return gitread.git_file(root, FILE.strip(".")) if gitread.in_work_tree(root) else os.path.join(root, FILE)


class Session:
    """One project, opened for splitting. Raises UserError."""

    def __init__(self, request: Request) -> None:
        self.answers = Answers()
        self.resolver, self.store, self.project = opened(request, self.answers)
        self.root = self.resolver.root

    def module(self, word: str, *, from_root: bool = False) -> Module:
        """The module that a path or a dotted name means; paths count from the working directory, or from the root. Raises UserError."""
        start = self.root if from_root else self.resolver.request.cwd
        path = self.resolver.relative(os.path.join(start, word))
        found = (
            self.project.modules.get(path) or self.project.modules.get(f"{path}/__init__.py") or self.project.find(word)
        )
        if found is None:
            near = nearest(word, [*self.project.by_name, *self.project.modules])
            raise UserError(f"there is no module {word} in the project" + (f"; did you mean {near}?" if near else ""))
        if found.unreadable or self.project.facts(found.path).failure is not None:
            failure = self.project.facts(found.path).failure
            raise UserError(
                f"{found.path}:{failure.span.line if failure else 1}: it does not parse, so it cannot be split"
            )
        if excluded := excluded_by(
            self.root, found.path, (self.resolver.settings, self.resolver.settings_at(found.path))
        ):
            raise UserError(excluded)
        if not found.name or not all(part.isidentifier() for part in found.name.split(".")):
            raise UserError(f"{found.path}: no import can spell its name, so it cannot be split")
        return found

    def god(self, module: Module) -> Read:
        """The god file of a module."""
        limit = most_lines(self.resolver.settings_at(module.path))
        try:
            made = god_file(module, limit)
            self.store.save()
        except SyntaxError as error:
            raise UserError(f"{module.path}:{error.lineno or 1}: it does not parse, so it cannot be split") from None
        if not made.god.moving:
            raise UserError(f"{module.path} defines nothing that could move: it is a facade already")
        return made

    def package(self, god: God) -> str:
        """The folder of the modules, where nobody names one."""

        def free(base: str) -> bool:
            place = os.path.join(self.root, base)
            name = base.rpartition("/")[2]
            taken = name in god.given or name in god.homes or self._is_imported(name)
            return not (
                taken
                or os.path.lexists(place)
                or os.path.lexists(f"{place}.py")
                or self.resolver.excluded(f"{base}/__init__.py")
            )

        package = package_for(god.path, free, early=bool(god.early))
        if package is None:
            raise UserError(f"{god.path}: no name is free for the folder of its modules; name one with --into")
        return package

    def _is_imported(self, name: str) -> bool:
        """Whether somebody imports a module of that name from elsewhere: a folder called `celery` may hide the library."""
        # Most files that hold the word do not import it: these need not be parsed.
        may = re.compile(rf"\b(?:from|import)[\s\\]+{name}\b|\bimport\b(?:[^\n]|\\\r?\n)*,[\s\\]*{name}\b")
        return any(
            one.module.partition(".")[0] == name
            for path in self.project.search(name)
            if finds(self.project, path, may)
            for one in self.project.facts(path).imports
        )

    def proposal(self, god: God, into: str | None = None) -> Plan:
        """The plan that is proposed, with modules in the folder `into` if there is one."""
        package = into if into is not None else self.package(god)
        taken: set[str] = set()
        folder = os.path.join(self.root, package)
        if god.is_package:
            taken = {*god.homes, *god.given}
        if os.path.isdir(folder):
            taken.update(one.removesuffix(".py") for one in os.listdir(folder))
        made = propose(god, package, taken)
        if len(made.modules) == 1:
            (part,) = placed(god, made, units_of(god))
            raise UserError(f"{god.path} cannot be split: {why_long(god, part)}")
        return made

    def fits(self, god: God, plan: Plan, file: str) -> None:
        """Raises UserError where the plan in a file was made of another text of the god file and has not the names of this one."""
        if said := outdated(god, plan, units_of(god), file):
            raise UserError(said)

    def facade(self, god: God, plan: Plan) -> tuple[FacadeSetting | None, str, bytes]:
        """The facade for the settings, the path of their file and its new bytes; None where no file can take it."""
        path = settings_file(self.root, god.path.rpartition("/")[0])
        if sum(one.name == god.name for one in self.project.modules.values()) > 1:
            path = ""  # two services of a repository have a module of that name: the entry would mean both
        apart = plan.package != god.path.rpartition("/")[0]
        package = dotted_of(god, f"{plan.package}/__init__.py")
        names = [dotted_of(god, one.path) for one in plan.modules]
        inside = apart and all(name.startswith(f"{package}.") for name in names)
        inside = inside and not os.path.isdir(os.path.join(self.root, plan.package))
        entry = FacadeSetting(god.name, (f"{package}.*",) if inside else tuple(names))
        data = read_below(self.root, path) if path else None
        try:
            text = with_facade(data.decode("utf-8"), path.rpartition("/")[2], entry) if data is not None else None
        except UnicodeDecodeError:
            text = None
        return (entry, path, text.encode("utf-8")) if text is not None else (None, "", b"")

    def written(self, god: God, plan: Plan, entry: FacadeSetting | None) -> tuple[Split, dict[str, bytes]]:
        """The files of a plan as texts and as bytes. Raises UserError for those that are there already."""
        made = split(god, plan, comment=entry is None)
        data = self.store.read(god.path) or b""
        encoding = declared_encoding(data)[0] or "utf-8"
        there = [one for one in made.files if one != god.path and os.path.lexists(os.path.join(self.root, one))]
        problems = []
        for path in there:
            if path.endswith(f"/{INIT}") and not god.early:
                del made.files[path]
            else:
                problems.append(f"{path} is there already")
        if problems:
            raise UserError(*problems)
        if "\ufffd" in god.text and "\ufffd".encode() not in data:
            raise UserError(f"{god.path}: comments have bytes that are not {encoding}, and would be lost")
        try:
            return made, {path: text.encode(encoding) for path, text in made.files.items()}
        except (UnicodeEncodeError, LookupError):
            raise UserError(f"{god.path}: {encoding} has no place for what is written") from None

    @property
    def journal(self) -> str:
        """Where a split of this project is written down: beside what git knows of the working tree, else in the root."""
        return journal_of(self.root)

    def unsafe(self, files: Mapping[str, bytes]) -> list[str]:
        """Why these files are not to be written: they have changes that no commit has, or git would not see them."""
        if not gitread.in_work_tree(self.root):
            return []
        there = [path for path in files if os.path.lexists(os.path.join(self.root, path))]
        return (
            [f"{path} has changes that are not committed" for path in gitread.uncommitted(self.root, there)]
            if there
            else []
        )

    def unseen(self, files: Mapping[str, bytes]) -> list[str]:
        """The files that git would ignore, in words."""
        held = gitread.ignored(self.root, files) if gitread.in_work_tree(self.root) else ()
        return [f"git ignores {path}: name another package" for path in held]

    def widened(self, god: God, plan: Plan, settings: str, table: bytes) -> tuple[str, Widened | None]:
        """The settings file of the god file's folder, where what it says of that file's place holds for the modules, too. `table` are its bytes
        if it is the file `settings`."""
        own = self.resolver.settings_at(god.path)
        path = self.resolver.relative(own.file) if own.file is not None else ""
        if not path or path.startswith("../"):
            return "", None
        data = table if path == settings else read_below(self.root, path) or b""
        cut = len(own.folder) + 1 if own.folder else 0
        apart = plan.package != god.path.rpartition("/")[0] and not os.path.isdir(os.path.join(self.root, plan.package))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return "", None
        new = [one.path[cut:] for one in plan.modules]
        name = path.rpartition("/")[2]
        return path, widened(text, name, god.path[cut:], new, plan.package[cut:] if apart else "")

    def told(self, god: God, plan: Plan) -> list[str]:
        """What other tools are told of the god file's place."""
        folder, configs = god.path.rpartition("/")[0], dict[str, str]()
        while True:
            for name in (*TOML, *INI):
                path = f"{folder}/{name}" if folder else name
                if text := text_of(read_below(self.root, path)):
                    configs[path] = text
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return told(configs, god.path, god.name, {one.path: dotted_of(god, one.path) for one in plan.modules})

    def verdict(
        self, god: God, files: Mapping[str, bytes], entry: FacadeSetting | None, more: Widened | None = None
    ) -> Verdict:
        """What verify and check say of these files."""
        return tried(self.resolver, self.store, self.project, god.path, files, entry, more, self.answers)

    def ready(self, god: God, plan: Plan, *, patches: bool) -> Ready:
        """All that a plan would write, tried; with `patches` also tests that patch the god file. Raises UserError."""
        entry, settings, table = self.facade(god, plan)
        made, files = self.written(god, plan, entry)
        if unseen := self.unseen(files):
            raise UserError(*unseen)
        own, more = self.widened(god, plan, settings, table)
        verdict = self.verdict(god, files, entry, more)
        if verdict.new and (otherwise := followed(god, files, verdict.new)):
            files |= otherwise
            made = made.replace(files=made.files | {path: text_of(data) or "" for path, data in otherwise.items()})
            verdict = self.verdict(god, files, entry, more)
        idle: list[Diagnostic | Undecided] = [*verdict.patches, *verdict.doubtful]
        told = {(one.path, one.line, one.column) for one in idle}
        lost = list(lost_patches(self.project, god, made.parts, PATCHES, told))
        retargeted, left = 0, [one for one, _ in lost]
        idle += (one for one, free in lost if free)
        if patches and idle and not (verdict.broken or verdict.new):
            mended, done = mended_patches(self.project, self.store, god, made.parts, idle)
            if mended:
                again = self.verdict(god, {**files, **mended}, entry, more)
                if not (again.broken or again.new):
                    left = [one for one in left if one not in done]
                    retargeted = len(idle) - len(again.patches) - len(again.doubtful) - sum(one in left for one in idle)
                    verdict, files = again, {**files, **mended}
        verdict = verdict.replace(doubtful=(*verdict.doubtful, *left))
        notes = [f"{retargeted} {'patch' if retargeted == 1 else 'patches'} in tests retargeted"] if retargeted else []
        if entry is not None:
            files[settings] = table
            notes.append(f"{settings}: the facade is noted")
        if more is not None:
            files[own] = more.text.encode("utf-8")
            notes.append(f"{own}: what holds for {god.path} holds for its modules, too")
        notes += self.told(god, plan)
        notes += (what for path, what in stale(god) if in_tests(path))
        agreed = moved_baseline(self.root, god.path, verdict.moved, self.store, files)
        if agreed is not None:
            files[BASELINE] = agreed
            notes.append(f"{BASELINE}: the entries of {god.path} are gone, or go with their code")
        self.store.save()  # facts that were read for this
        old = {path: read_below(self.root, path) for path in files}
        return Ready(god, made, old, files, verdict, tuple(notes), patches)

    def outlined(self, god: God, plan: Plan) -> tuple[tuple[Placed, ...], dict[str, str], list[str]]:
        """The modules of a plan with their texts; where it cannot be carried out, as far as it can, and why."""
        try:
            made = split(god, plan)
        except UserError as error:
            try:
                return placed(god, plan, units_of(god)), {}, [str(one) for one in error.problems]
            except UserError:
                return (), {}, [str(one) for one in error.problems]
        return made.parts, made.files, []

    def ranked(self) -> list[tuple[str, int, int, int, int, int]]:
        """Path, lines, tasks, and of the proposal modules, lines of the largest and names that cross, for each god file; most gained first."""
        made = []
        for path, module in self.project.modules.items():
            limit = most_lines(self.resolver.settings_at(path))
            if not path.endswith(".py") or in_tests(path) or "migrations" in path.split("/") or not module.name:
                continue
            if self.project.skimmed(path).lines <= limit or self.project.facts(path).failure is not None:
                continue
            try:
                god = god_file(module, limit, users=False).god
                parts, files, _ = self.outlined(god, self.proposal(god))
            except (SyntaxError, UserError):
                continue
            sizes = [files[one.module.path].count("\n") for one in parts if one.module.path in files]
            lines = god.text.count("\n")
            largest = max(sizes, default=lines)
            made.append((path, lines, len(god.tasks), len(parts), largest, crossing(god, parts)))
        return sorted(made, key=lambda row: (row[4] - row[1], row[0]))


class Ready(Record):
    """A split that can be written. `old` and `files` are the bytes of all files before and after; `retargeted` says that patches were to be mended."""

    god: God
    split: Split
    old: Mapping[str, bytes | None]
    files: dict[str, bytes]
    verdict: Verdict
    notes: tuple[str, ...]
    retargeted: bool
