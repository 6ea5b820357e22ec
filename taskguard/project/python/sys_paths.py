"""The folders that a file puts on `sys.path`, as far as its own text says which they are."""

from __future__ import annotations

import re

from taskguard.facts.comprehensions import loop_of
from taskguard.facts.model import Attr, Call, Const, Item, Op, Opaque, Ref, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.facts.model import Expr, Facts

WORDS = ("sys.path", "addsitedir")
CALLS = frozenset(
    (
        "sys.path.append",
        "sys.path.insert",
        "sys.path.extend",
        "path.append",
        "path.insert",
        "site.addsitedir",
        "addsitedir",
    )
)
SAME = frozenset("abspath realpath normpath expanduser str Path fspath PurePath resolve absolute as_posix".split())
HERE = frozenset(("os.getcwd", "getcwd", "os.getcwdu", "Path.cwd", "pathlib.Path.cwd"))
# Of pathlib, django-environ and unipath.
JOINING = frozenset(("joinpath", "path", "child"))
DEEPEST = 12


class SysPath:
    """The folders that one file adds. `attribute` gives the folder that an attribute of Django's settings names, None where it cannot be told."""

    def __init__(
        self,
        path: str,
        facts: Facts,
        text: str,
        attribute: Callable[[str], str | None],
        import_: Callable[[str, str], str | None],
    ) -> None:
        self.path = path
        self._facts = facts
        self._text = text
        self._attribute = attribute
        self._import = import_
        self._values: dict[str, list[Expr]] = {}
        for binding in facts.bindings:
            if binding.value is not None and not binding.scope:
                self._values.setdefault(binding.name, []).append(binding.value)
        for assign in facts.assigns:
            if isinstance(assign.target, Ref) and assign.op == "=":
                self._values.setdefault(assign.target.name, []).append(assign.value)
        at_module = frozenset(self._values)
        for klass in facts.classes:
            for one in klass.attributes if klass.holder == "module" else ():
                # A body names what it has bound before without its class.
                for name in (f"{klass.qualname}.{one.name}", *(() if one.name in at_module else (one.name,))):
                    if one.value is not None:
                        self._values.setdefault(name, []).append(one.value)

    def folders(self) -> Iterator[str]:
        """The folders, relative to the project's root ("" for the root itself)."""
        for site in self._facts.calls:
            call = site.call
            if call.callee not in CALLS:
                continue
            for one in call.args[-1:]:
                for expr in one.items if isinstance(one, Seq) else (one,):
                    yield from self.places(expr)
        for assign in self._facts.assigns:  # sys.path = [...] + sys.path, sys.path[:0] = [...]
            target = assign.target.of if isinstance(assign.target, Item) else assign.target
            if isinstance(target, Ref) and target.name == "sys.path":
                yield from self._listed(assign.value)

    def _listed(self, expr: Expr) -> Iterator[str]:
        if isinstance(expr, Op):
            for one in expr.operands:
                yield from self._listed(one)
        elif isinstance(expr, Seq):
            for one in expr.items:
                yield from self.places(one)

    def places(self, expr: Expr, depth: int = 0) -> list[str]:
        """The folders that an expression may be: several where a loop goes over names."""
        if depth > DEEPEST:
            return []
        if isinstance(expr, Const):
            return (
                self._join([""], [expr.value])
                if isinstance(expr.value, str) and expr.value not in ("", "/") and not expr.value.startswith("/")
                else []
            )
        if isinstance(expr, Ref):
            return self._named(expr.name, depth)
        if isinstance(expr, Attr):
            return self._attributed(self.places(expr.of, depth + 1), expr.name)
        if isinstance(expr, Item) and isinstance(expr.index, Const) and isinstance(expr.index.value, int):
            if isinstance(expr.of, Attr) and expr.of.name == "parents":
                return self._up(self.places(expr.of.of, depth + 1), expr.index.value + 1)
            if isinstance(expr.of, Ref) and expr.of.name.endswith(".parents"):
                return self._up(self._named(expr.of.name.rpartition(".")[0], depth), expr.index.value + 1)
            if isinstance(expr.of, Call) and expr.of.callee.endswith("path.split") and expr.index.value == 0:
                return self._up(self.places(expr.of.args[0], depth + 1), 1)
        if isinstance(expr, Op) and expr.op == "/" and len(expr.operands) == 2:
            return self._join(self.places(expr.operands[0], depth + 1), self._words(expr.operands[1], depth))
        if isinstance(expr, Op) and expr.op in ("+", "f"):
            return self._added(expr, depth)
        if isinstance(expr, Op) and expr.op == "-" and len(expr.operands) == 2:  # django-environ: Path(__file__) - 2
            steps = expr.operands[1]
            if isinstance(steps, Const) and isinstance(steps.value, int):
                return self._up(self.places(expr.operands[0], depth + 1), steps.value)
        if isinstance(expr, Opaque):  # [os.path.join(ROOT, name) for name in ("apps", "libs")]
            loop = loop_of(expr)
            return self.places(loop.element, depth + 1) if loop is not None else []
        return self._called(expr, depth) if isinstance(expr, Call) else []

    def _called(self, call: Call, depth: int) -> list[str]:
        name = call.callee
        last = name.rpartition(".")[2]
        if name in HERE:
            return [""]
        if isinstance(call.func, Attr):
            inner = self.places(call.func.of, depth + 1)
            last = call.func.name
            if last in JOINING:
                return self._joined(inner, call.args, depth)
            if last == "ancestor":
                return self._ancestor(inner, call)
            return inner if last in SAME else self._attributed(inner, last)
        if last == "dirname" and call.args:
            return self._up(self.places(call.args[0], depth + 1), 1)
        if last == "join" and call.args:
            return self._joined(self.places(call.args[0], depth + 1), call.args[1:], depth)
        if "." in name and last in JOINING:
            return self._joined(self._named(name.rpartition(".")[0], depth), call.args, depth)
        if "." in name and last == "ancestor":
            return self._ancestor(self._named(name.rpartition(".")[0], depth), call)
        if name in self._values:  # a path of django-environ is called with what lies below it
            return self._joined(self._named(name, depth), call.args, depth)
        if last in SAME and call.args:
            return (
                self.places(call.args[0], depth + 1)
                if len(call.args) == 1
                else self._joined(self.places(call.args[0], depth + 1), call.args[1:], depth)
            )
        if last in SAME and "." in name:
            return self._named(name.rpartition(".")[0], depth)
        return []

    def _ancestor(self, places: list[str], call: Call) -> list[str]:
        """`Path(__file__).ancestor(3)` of unipath."""
        steps = call.args[0] if call.args else None
        return self._up(places, steps.value) if isinstance(steps, Const) and isinstance(steps.value, int) else []

    def _joined(self, places: list[str], more: tuple[Expr, ...], depth: int) -> list[str]:
        for one in more:
            places = self._join(places, self._words(one, depth))
        return places

    def _added(self, expr: Op, depth: int) -> list[str]:
        """`BASE + "/apps"`, f"{BASE}/apps"."""
        first, *rest = expr.operands
        places = self.places(first, depth + 1)
        for one in rest:
            words = self._words(one, depth)
            if any(not isinstance(word, str) or not word.startswith("/") for word in words):
                return []
            places = self._join(places, words)
        return places

    def _words(self, expr: Expr, depth: int) -> list[object]:
        """The strings that a part of a path may be."""
        if isinstance(expr, Const):
            return [expr.value]
        if isinstance(expr, Ref):
            if expr.name.endswith(("pardir",)):
                return [".."]
            looped = self._looped(expr.name)
            if looped:
                return list(looped)
            made: list[object] = []
            for value in self._values.get(expr.name, ()) if depth < DEEPEST else ():
                made += self._words(value, depth + 1)
            return made
        return []

    def _looped(self, name: str) -> list[str]:
        """The strings over which a loop of this variable goes."""
        found = re.search(rf"\bfor\s+{re.escape(name)}\s+in\s+[(\[]([^)\]]*)[)\]]", self._text)
        if found is None:  # for name in FOLDERS
            named = re.search(rf"\bfor\s+{re.escape(name)}\s+in\s+(\w+)\b(?![.(\[])", self._text)
            held = [one for one in self._values.get(named[1], ()) if isinstance(one, Seq)] if named is not None else []
            words = [one.value for seq in held for one in seq.items if isinstance(one, Const)]
            return [one for one in words if isinstance(one, str)]
        return re.findall(r"[\"']([^\"']+)[\"']", found[1])

    def _named(self, name: str, depth: int) -> list[str]:
        if name == "__file__":
            return [self.path]
        head, _, last = name.rpartition(".")
        if head and last in ("parent", "absolute", "resolve"):
            return self._attributed(self._named(head, depth), last)
        if head.rpartition(".")[2] == "settings":
            found = self._attribute(last)
            if found is not None:
                return [found]
        made: list[str] = []
        for value in self._values.get(name, ()):
            made += self.places(value, depth + 1)
        if not made:
            for looped in self._looped(name):
                made += self._join([""], [looped])
        if not made:
            for one in self._facts.imports:
                if one.bound == name and one.name:
                    found = self._import(one.module, one.name)
                    made += [found] if found is not None else []
        return list(dict.fromkeys(made or (self._held(head, last, depth) if head else ())))

    def _held(self, holder: str, name: str, depth: int) -> list[str]:
        """The folders that an attribute of a class, of what a class makes, or of a module is: `Config.PLUGINS`, `config.PLUGINS`."""
        for value in self._values.get(holder, ()):
            if isinstance(value, Call) and f"{value.callee}.{name}" in self._values:
                return self._named(f"{value.callee}.{name}", depth + 1)
        for one in self._facts.imports:
            if (one.bound if one.name is not None else one.module) != holder or one.name == "*":
                continue
            ways = [(one.module, f"{one.name}.{name}"), (f"{one.module}.{one.name}", name)]
            for module, wanted in ways if one.name else [(one.module, name)]:
                found = self._import(module, wanted)
                if found is not None:
                    return [found]
        return []

    def _attributed(self, places: list[str], name: str) -> list[str]:
        return self._up(places, 1) if name == "parent" else places if name in SAME else []

    def _up(self, places: list[str], steps: int) -> list[str]:
        made = []
        for one in places:
            parts = one.split("/") if one else []
            if len(parts) >= steps:
                made.append("/".join(parts[: len(parts) - steps]))
        return made

    def _join(self, places: list[str], words: list[object]) -> list[str]:
        made = []
        for place in places:
            for word in words:
                if not isinstance(word, str):
                    continue
                parts = place.split("/") if place else []
                good = True
                for part in word.split("/"):
                    if part == "..":
                        good = good and bool(parts)
                        parts = parts[:-1]
                    elif part not in ("", "."):
                        parts.append(part)
                if good:
                    made.append("/".join(parts))
        return made
