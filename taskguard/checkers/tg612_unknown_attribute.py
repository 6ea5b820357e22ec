from __future__ import annotations

from taskguard.rule import FileRule, Finding, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.library_attributes import Absent
    from taskguard.project.hazards.bodies.module_attributes import Missing
    from taskguard.project.hazards.bodies.object_attributes import Methodless
    from taskguard.project.hazards.bodies.own_attributes import Lacking
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.rule import Findings, Module


class UnknownAttribute(FileRule, code="TG612", since="0.1.0"):
    """
    A bound task asks itself or its request for an attribute that neither has, or a task asks a module of the project or `datetime` for one, or an object for a method.

    ## Why is this bad?
    It is an AttributeError when that line runs, often only in the branch that handles a failure. `self` of a bound task is the task, not the object whose method the
    function once was; what a message brings (`id`, `retries`, `eta`) is on `self.request`, and `is_aborted` is a method of `AbortableTask` alone.
    A module is taken for what is in it: `from shop import orders` is the file `orders.py`, and `orders.create(…)` asks it for a name that the class in it has.
    `timezone.now()` is a function of `django.utils.timezone`, and `from datetime import timezone` a class without it; `import datetime` is the module, and `datetime.now()` a method of the class in it.
    `Mailer().send_all()` asks an object for a method that its class once had, or that another one has.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def send(self, pk):
        print(self.retries)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def send(self, pk):
        print(self.request.retries)
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. One finding for each task, with the further names in the same message. Silent where a class of the task is outside the project or cannot be told, in wrapped functions, where a handler of AttributeError is around, for names
    that an option, a class of the task or an assignment to a task (`self.name = …` in these files, `task.name = …`, `sender.name = …`) may give, for those given to `setattr`, `hasattr` or `getattr` anywhere or in quotes beside `task_annotations`, and where the file of the task or
    of its class uses `setattr` on a task or `__getattr__`. Of a request only calls are told: a message may bring any name in its headers, and nothing that can be called. Silent in tests.
    Modules are told in the functions of tasks and in those that these call, run or await, or define and call, in other files those that they call by their names, where what they bind is surely known (no star import from elsewhere, no `__getattr__`, no `globals()`), nothing in the project gives them the attribute or asks
    whether it is there, and no other module may be meant.
    What `datetime` and `time` of the standard library have is told there, where one import alone binds the name in the file, and no star import may do so.
    Methods are told there, too: of objects that are surely of one class, which is the project's with all its bases, and which neither answers for names that nobody wrote down
    (`__getattr__`, `__new__`, a class of the class, a decorator, `setattr` or `__dict__` in a file of theirs) nor has something of that name given anywhere.
    """

    def check(self, module: Module) -> Findings:
        if not module.project.complete:
            return
        from taskguard.project.hazards.bodies.library_attributes import missing_of_library
        from taskguard.project.hazards.bodies.module_attributes import missing_of_modules
        from taskguard.project.hazards.bodies.object_attributes import missing_methods
        from taskguard.project.hazards.bodies.own_attributes import lacking
        from taskguard.project.hazards.calls.runs import found_in

        for run, found in found_in(module, lacking):
            yield _said(run, found[0], found[1:])
        told: set[object] = set()
        for run, asked in found_in(module, missing_of_modules):
            fresh = [one for one in asked if one.span not in told]
            told.update(one.span for one in fresh)
            if fresh:
                yield _of_module(run.module, run.task.dotted, fresh[0], fresh[1:])
        held: dict[str, list[tuple[Run, Absent]]] = {}
        for run, absent in found_in(module, missing_of_library):
            for each in absent:
                held.setdefault(f"{each.of}.{each.name}", []).append((run, each))
        for each_held in held.values():
            run = each_held[0][0]
            yield _of_library(run.module, run.task.dotted, [each for _, each in each_held])
        for run, methods in found_in(module, missing_methods):
            anew = [one for one in methods if one.call.span not in told]
            told.update(one.call.span for one in anew)
            if anew:
                yield _of_object(run.module, run.task.dotted, anew[0], anew[1:])
        yield from _elsewhere(module)


def _elsewhere(module: Module) -> Findings:
    """What is missing in functions of other files to which tasks of this one lead. It is told of the function, whichever task leads there."""
    from taskguard.project.hazards.bodies.elsewhere import found_elsewhere
    from taskguard.project.hazards.bodies.library_attributes import absent_in
    from taskguard.project.hazards.bodies.module_attributes import missing_in
    from taskguard.project.hazards.bodies.object_attributes import methodless_in

    for home, scope in found_elsewhere(module):
        symbol = f"{home.name}.{scope}" if home.name else scope
        for missing in missing_in(home, scope):
            yield _of_module(home, symbol, missing, [])
        for absent in absent_in(home, scope):
            yield _of_library(home, symbol, [absent])
        for methodless in methodless_in(home, scope):
            yield _of_object(home, symbol, methodless, [])


def _of_module(module: Module, symbol: str, one: Missing, others: list[Missing]) -> Finding:
    holders = dict.fromkeys(each.holder.path for each in (one, *others))
    return Finding(
        module.path, one.span, f"`{one.of}.{one.name}`: the module {one.holder.name} has no `{one.name}`, an AttributeError here", symbol=symbol,
        help="name what is there, or import what has it", depends=tuple(path for path in holders if path != module.path),
        related=tuple(
            Related(module.path, each.span.line, f"the module {each.holder.name} has no `{each.name}`, either") for each in others
        ),
    )  # fmt: skip


def _of_library(module: Module, symbol: str, found: list[Absent]) -> Finding:
    """A name that all of them miss by one import: it is told once."""
    one = found[0]
    lines = dict.fromkeys(each.span.line for each in found if each.span != one.span)
    return Finding(
        module.path, one.span, f"`{one.of}.{one.name}`: {one.holder} has no `{one.name}`, an AttributeError here", symbol=symbol, help=one.remedy,
        related=tuple(Related(module.path, line, "it is asked for here, too") for line in lines),
    )  # fmt: skip


def _of_object(module: Module, symbol: str, one: Methodless, others: list[Methodless]) -> Finding:
    maker, path = one.asked.maker, module.path
    makers = dict.fromkeys(each.asked.maker.module.path for each in (one, *others))
    return Finding(
        path, one.call.span, f"{maker.qualname} has no method `{one.asked.name}`: an AttributeError here", symbol=symbol, help="call what it has",
        depends=tuple(each for each in makers if each != path),
        related=(
            Related(maker.module.path, maker.line, "the class"),
            *(Related(path, each.call.span.line, f"{each.asked.maker.qualname} has no method `{each.asked.name}`, either") for each in others),
        ),
    )  # fmt: skip


def _said(run: Run, one: Lacking, others: list[Lacking]) -> Finding:
    what = "a request has no method" if one.of.endswith(".request") else "the task has no attribute"
    also = f" (nor {listing([f'`{each.of}.{each.name}`' for each in others])})" if others else ""
    return Finding(
        run.module.path, one.span, f"`{one.of}.{one.name}`: {what} `{one.name}`{also}, an AttributeError here", symbol=run.task.dotted,
        help=f"did you mean `{one.meant}`?" if one.meant else "give the task a base class that has it, or pass what is meant as an argument",
        related=tuple(
            Related(run.module.path, each.span.line, f"did you mean `{each.meant}`?" if each.meant else f"`{each.of}.{each.name}` is asked for here")
            for each in others
        ),
    )  # fmt: skip
