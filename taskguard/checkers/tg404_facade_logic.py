from __future__ import annotations

from taskguard.rule import Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.rule import Facade, Findings, Project, Span

LAZY = frozenset(("__getattr__", "__dir__"))
NAMES = {
    "augmented": "an augmented assignment",
    "call": "a call",
    "expression": "an expression",
    "if": "an `if`",
    "loop": "a loop",
    "try": "a `try`",
}


class FacadeLogic(ProjectRule, code="TG404", since="0.1.0", practice=True):
    """
    A facade holds code that is neither import, `__all__` nor alias.

    ## Why is this bad?
    A facade is the old address of code that lives elsewhere. Logic that stays in it, or comes back to it, is what the split wanted to end:
    two places to look, two things to patch in tests, and a file that grows again.

    A module-level `__getattr__` and `__dir__` with their literal tables, `if` and `try` around imports, `__version__` and its like, a
    `warnings.warn` that says where the code has gone, and what is run only as a script (`if __name__ == "__main__"`) are no logic. It is said only of a facade that is one by the settings or a comment.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    def build_weekly(): ...
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly

    def build_both(day):  # error
        return build_weekly(day), build_weekly(day + 7)
    ```

    ## Use instead
    `reports/weekly.py`:
    ```py
    def build_weekly(): ...

    def build_both(day):
        return build_weekly(day), build_weekly(day + 7)
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_both, build_weekly
    ```
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.facades import facades_of

        for facade in facades_of(project):
            if facade.declared and not facade.module.unreadable:
                scripts = script_lines(facade)
                for span, what in outermost(sorted(logic(facade))):
                    if any(span.line in lines for lines in scripts):
                        continue
                    yield Finding(
                        facade.module.path,
                        span,
                        f"{what} in a facade",
                        facade.module.name,
                        "move it to one of the sources and import it from there",
                    )


def script_lines(facade: Facade) -> list[range]:
    """The lines of what is done only where the file is run as a script."""
    from taskguard.project.python.scripts import MAIN

    lines = (facade.module.project.text(facade.module.path) or "").splitlines()
    branches = (one.span for one in facade.doing() if one.kind == "if" and one.span.line <= len(lines))
    return [range(one.line, one.end_line + 1) for one in branches if MAIN.match(lines[one.line - 1])]


def logic(facade: Facade) -> Iterator[tuple[Span, str]]:
    """Everything at module level that does not belong, nested statements too."""
    facts = facade.module.facts
    lazy = any(one.name in LAZY and one.holder == "module" for one in facts.functions)
    branched = {one.bound for one in facts.imports if one.guard == "if" and not one.scope}
    for one in facade.doing():
        if one.kind not in ("if", "try"):
            yield one.span, NAMES.get(one.kind, f"`{one.kind}`")
    for function in facts.functions:
        if function.holder == "module" and function.name not in LAZY:
            yield function.span, f"the function `{function.name}`"
    for klass in facts.classes:
        if klass.holder == "module":
            yield klass.span, f"the class `{klass.name}`"
    for binding in facts.bindings:
        if binding.kind != "variable" or (binding.name.startswith("__") and binding.name.endswith("__")):
            continue
        if binding.guard == "except":  # what stands in for an import that failed
            continue
        if binding.guard == "if" and binding.name in branched:  # or for one that another branch makes
            continue
        kind = type(binding.value).__name__
        if kind != "Ref" and not (lazy and binding.name.startswith("_") and kind in ("Dict", "Seq", "Const")):
            yield binding.span, f"the variable `{binding.name}`"


def outermost(found: list[tuple[Span, str]]) -> Iterator[tuple[Span, str]]:
    """The statements that no other one of them holds."""
    end = (0, 0)
    for span, what in found:
        if (span.line, span.column) >= end:
            yield span, what
            end = (span.end_line, span.end_column)
