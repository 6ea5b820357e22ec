from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.unawaited import Unawaited
    from taskguard.rule import Findings, Module


# So many further calls of a function are named.
MOST = 4
TAKEN = {
    "": "nobody awaits it, so its body does not run",
    "true": "it is no answer but a coroutine, which is always true",
    "compared": "it is a coroutine, which equals nothing",
    "shown": "what is shown is a coroutine, and its body does not run",
    "unpacked": "a coroutine cannot be unpacked, a TypeError at each run",
    "iterated": "a coroutine cannot be iterated, a TypeError at each run",
    "entered": "a coroutine is no context manager, an error at each run",
    "[…]": "a coroutine has no items, a TypeError at each run",
    "an operand": "a coroutine is no number or text, a TypeError at each run",
    "a function": "a coroutine cannot be called, a TypeError at each run",
}


class UnawaitedCoroutine(FileRule, code="TG611", since="0.1.0"):
    """
    A task calls an `async def` of the project like a plain function, and nothing awaits what that gives.

    ## Why is this bad?
    The call makes a coroutine, and that is all: not one line of the `async def` is carried out. Where the code takes the coroutine for the result, each run fails:
    a coroutine cannot be unpacked, has no items and none of the result's attributes. Where it drops it, the task is a success that has done nothing; Python's
    "coroutine was never awaited" stands among the lines of the worker's log.

    ## Example
    ```py
    from celery import shared_task


    async def find(pk):
        return True, {"id": pk}


    @shared_task(name="shop.send")
    def send(pk):
        found, row = find(pk)  # error
        return found
    ```

    ## Use instead
    ```py
    import asyncio

    from celery import shared_task


    async def find(pk):
        return True, {"id": pk}


    @shared_task(name="shop.send")
    def send(pk):
        found, row = asyncio.run(find(pk))
        return found
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Said once for each function, of its first such call, with the others beside it: of tasks, and of functions of the same file that they call. Known are functions of the project,
    and methods of objects whose class can be seen: made in the function, held by a module (`mailer = Mailer()`), or given back by a function that gives nothing else. Silent where the coroutine is handed on, given back, or kept in anything but a
    local name which nobody hands on; where the `async def` has a decorator, or its class a metaclass, a decorator or an ancestor outside the project; and in functions that ask
    `iscoroutine`. What is given back by the task itself is TG503's, a task that is an `async def` itself TG214's.

    ## References
    - [Python: coroutines](https://docs.python.org/3/library/asyncio-task.html#coroutines)
    """

    def check(self, module: Module) -> Findings:
        if in_tests(module.path):
            return
        from taskguard.project.celery.forgotten import is_unsent
        from taskguard.project.hazards.bodies.unawaited import unawaited

        for found in unawaited(module):
            if is_unsent(found[0].task):
                continue
            yield _said(module, found)


def _said(module: Module, found: tuple[Unawaited, ...]) -> Finding:
    first = next((one for one in found if one.fails), found[0])
    name, of = _name(first), first.of
    taken = TAKEN.get(first.taken)
    if taken is None and first.taken.startswith("."):
        taken = f"a coroutine has no {first.taken[1:]}, an AttributeError at each run"
    others = [
        Related(module.path, one.call.span.line, f"{_name(one)}() is not awaited, either")
        for one in found
        if one is not first
    ]
    return Finding(
        module.path, first.call.span, f"{name}() is an async def: {taken or f'{first.taken} of a coroutine is a TypeError at each run'}",
        symbol=".".join(one for one in (module.name, first.function.qualname) if one),
        help=f"`asyncio.run({name}(…))`, or a plain `def`",
        related=(Related(of.module.path, of.function.span.line, "the async def"), *others[:MOST]),
        depends=() if of.module is module else (of.module.path,),
    )  # fmt: skip


def _name(one: Unawaited) -> str:
    return one.call.callee or one.of.function.qualname
