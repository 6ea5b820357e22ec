from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.rule import FileRule, Finding, Known, Related, about, celery_options, doubt, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.rule import Findings, Module, Task, Unsure


# What may try a task again, and may not be seen to call `retry`.
AGAIN = r"(?i)retr(?:y|ies)|\bcurrent_task\b|\bsuper\("
# A function that does something: a body that is left out may be meant to try again.
CALLS = regex(r":[ \t]*(?:#.*)?\n[\s\S]*\w\(")
# What `retry_backoff_max` is by default, in seconds (celery/app/autoretry.py).
LONGEST = 600
# What a handler names that takes whatever comes.
EVERY = ("except", "Exception", "BaseException")
TRIES = ("max_retries", "default_retry_delay")
RETRYING = (*celery_options.AUTORETRY, "autoretry_for", "default_retry_delay")


class IdleOption(FileRule, code="TG208", since="0.1.0"):
    """
    A task option that has no effect where it stands.

    ## Why is this bad?
    The code promises what does not happen: `retry_backoff` is read only by `autoretry_for`, not by `self.retry()`; `countdown`, `eta` or
    `retry_policy` belong to the call; with `retry_backoff` neither `default_retry_delay` nor a countdown of `retry_kwargs` counts, and of itself no more than `retry_backoff_max`, ten minutes by default; `lazy` and `shared` to `app.task`; `max_retries` and
    `default_retry_delay` count where something tries the task again, `autoretry_for` or `self.retry()`; and `autoretry_for` where an exception leaves the
    body, which none does that `except Exception`, or a handler of that very class, catches and does not raise again. Celery swallows them all.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(retry_backoff=True, max_retries=5)  # error
    def fetch(url): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,), retry_backoff=True, max_retries=5)
    def fetch(url): ...
    ```

    ## Unknown
    Silent where the project reads the option from the task (`self.retry_backoff`), where the base class, a wrapper or `task_annotations`
    may supply what is missing, and on values that switch the option off; on `autoretry_for` where `max_retries` is 0, and on `retry_kwargs` that say so where nothing tries the task again. What one dict gives to several tasks of a file (`**RETRIES`) is said of the first, with
    the others beside it. `max_retries` and `default_retry_delay` are not told where the body speaks of retries, or hands on
    the task itself (`self`), nor in a file that is called like what was put aside (`tasks_old.py`) and that nobody imports. Silent, too, about a task that nobody
    sends, schedules or names, tests left out, where other tasks of the project are sent or no worker has its module, unless it needs no arguments and a database may
    schedule it; and about the retries of one whose body cannot fail: it works out plain values and writes logs; and about one beside whose declaration a comment says
    that they were left out on purpose (`# autoretry_for deliberately removed`).
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.python.aside import put_aside
        from taskguard.project.tasks.declarations import tasks_in

        if put_aside(module):
            return
        told: set[str] = set()
        shared: dict[tuple[str, str], Finding] = {}
        for task in tasks_in(module):
            if task.form == "class":
                continue
            yield from _of_wrapper(task, told)
            yield from _wanted(task, _of_the_call(task))
            yield from _wanted(task, _of_the_app(task))
            yield from _once(task, shared)
        yield from shared.values()


def _wanted(task: Task, said: Iterable[Finding | Unsure]) -> list[Finding | Unsure]:
    """What is said of a task, as far as somebody has it run: asked last, since that is looked for in the whole project."""
    from taskguard.project.celery.forgotten import never_run

    held = list(said)
    return [] if held and never_run(task) else held


def _wanted_again(task: Task, said: Iterable[Finding | Unsure]) -> list[Finding | Unsure]:
    """What is said of the retries of a task, as far as somebody has it run and it may fail."""
    from taskguard.project.hazards.retries.smothered import never_raises

    held = list(said)
    return [] if held and never_raises(task) else _wanted(task, held)


def _once(task: Task, shared: dict[tuple[str, str], Finding]) -> Findings:
    """What is wrong with the retries of a task; what a dict gives to several tasks is kept in `shared`, at the first, with the others."""
    source = _spread(task)
    said = list(_of_autoretry(task))
    for one in _wanted_again(task, said):
        if not source or not isinstance(one, Finding):
            yield one
            continue
        also = Related(task.path, task.line, f"{task.qualname} has it from {source}, too")
        _share(shared, (source, one.message), one, also)
    yield from _wanted_again(task, _of_body(task))
    for one in _wanted_again(task, _of_retries(task)) if not said else ():
        if isinstance(one, Finding):
            also = Related(task.path, task.line, f"{task.qualname} is not tried again, either")
            _share(shared, ("", _spread(task, TRIES) or task.qualname), one, also)


def _share(shared: dict[tuple[str, str], Finding], key: tuple[str, str], one: Finding, also: Related) -> None:
    first = shared.get(key)
    shared[key] = one if first is None else first.replace(related=(*first.related, also))


def _spread(task: Task, names: tuple[str, ...] = RETRYING) -> str:
    """The name of the dict that alone gives a task these options (`**RETRIES`); empty where there is none."""
    held = [one for name, one in task.options.items() if name in names and one.origin != "base"]
    calls = task.function.decorators if task.function is not None else ()
    for call in calls if held else ():
        for keyword in getattr(call, "keywords", ()):
            if keyword.name is None and all(one.span == keyword.span for one in held):
                return str(getattr(keyword.value, "name", ""))
    return ""


def _given(task: Task, names: tuple[str, ...] | frozenset[str]) -> list[str]:
    """The options among `names` that the decorator gives, switched on, and that nobody else reads."""
    return _unread(task, _passed(task, names))


def _passed(task: Task, names: tuple[str, ...] | frozenset[str]) -> list[str]:
    """The options among `names` that the decorator gives, switched on."""
    made = []
    for name, held in task.options.items():
        switched_off = isinstance(held.value, Known) and not held.value.value
        if name in names and held.origin == "decorator" and not switched_off:
            made.append(name)
    return made


def _unread(task: Task, names: list[str]) -> list[str]:
    """The options among `names` that nobody else reads: for that the whole project is searched."""
    from taskguard.project.registry.effective import base_attributes
    from taskguard.project.registry.usage import is_read

    return [name for name in names if name not in base_attributes(task) and not is_read(task, name)]


def _of_the_call(task: Task) -> Findings:
    from taskguard.project.registry.effective import base_files, base_open

    names = _given(task, celery_options.CALL_ONLY)
    if names and base_open(task):
        yield doubt(task, f"{listing(names)}: {base_open(task)}")
    elif names:
        yield about(
            task, f"without effect on a task: {listing(names)}", "pass it to `apply_async()` or `retry()`", depends=base_files(task)
        )  # fmt: skip


def _of_the_app(task: Task) -> Findings:
    names = _given(task, celery_options.APP_ONLY)
    if names and not task.app and task.decorator.endswith("shared_task"):
        yield about(
            task,
            f"without effect in shared_task: {listing(names)}",
            "leave it out, or use the `task` decorator of an app",
        )


def _of_autoretry(task: Task) -> Findings:
    from taskguard.project.hazards.retries.meant_once import meant_once
    from taskguard.project.registry.annotations import annotation_files, may_annotate
    from taskguard.project.registry.effective import base_files, effective_option

    passed = _passed(task, celery_options.AUTORETRY)
    exceptions = effective_option(task, "autoretry_for") if passed else None
    if exceptions is None:
        return
    if isinstance(exceptions, Known) and exceptions.value:
        yield from _of_backoff(task, passed)
        if "retry_backoff" in passed:
            yield from _of_maximum(task)
        yield from _of_retry_kwargs(task)
        return
    if _never_again(task):  # no retries are wanted, and none happen
        passed = [one for one in passed if one not in ("retry_kwargs", "max_retries")]
    names = _unread(task, passed)
    if not names:
        return
    if not exceptions.absent and not isinstance(exceptions, Known):
        yield doubt(task, f"{listing(names)}: autoretry_for is not known")
    elif may_annotate(task, "autoretry_for"):
        yield doubt(task, f"{listing(names)}: task_annotations may set autoretry_for")
    elif not meant_once(task):
        idle, why = _untried(task), "there is no autoretry_for"
        if idle:
            names = [name for name in task.options if name in names or name in idle]
            why += ", and nothing else tries the task again"
        yield about(
            task, f"without effect, since {why}: {listing(names, 5)}",
            "name the exceptions in `autoretry_for`; `self.retry()` takes `countdown` and `max_retries` itself", depends=(*base_files(task), *annotation_files(task)),
        )  # fmt: skip


def _of_body(task: Task) -> Findings:
    """`autoretry_for` of a task whose body catches whatever is raised in it."""
    from taskguard.project.hazards.retries.smothered import smothered

    held = task.options.get("autoretry_for")
    if held is None or held.origin != "decorator" or not isinstance(held.value, Known) or not held.value.value:
        return
    found = smothered(task, _dotted(held.value.value))
    if found is None or (found.retry is None and _never_again(task)):
        return
    line = found.handler.span.line
    related = (Related(task.home.path, line, "this handler takes what the body raises"),)
    own = [one for one in ("retry_kwargs", "retry_backoff") if one in _passed(task, frozenset(task.options))]
    if found.retry is None:
        does = "lets nothing out of the body" if found.handler.name in EVERY else "takes what it waits for in the body"
        message = f"without effect, since `{found.handler.text}` {does}: autoretry_for"
        made = about(task, message, "raise again what is caught, or leave out the handler", certain=False)
        yield made.replace(related=related)
    elif own:
        message = f"without effect on `{found.retry.callee}()` in line {found.retry.span.line}, which has the task run again before autoretry_for sees anything: {listing(own)}"
        made = about(
            task, message, "leave out the handler, or give `retry` its own `countdown` and `max_retries`", certain=False
        )
        yield made.replace(related=related)


def _dotted(classes: object) -> tuple[str, ...]:
    """The dotted names of the exceptions that `autoretry_for` is given; none where one of them cannot be told."""
    names = tuple(getattr(one, "dotted", "") for one in classes) if isinstance(classes, tuple | list) else ()
    return names if all(names) else ()


def _of_retries(task: Task) -> Findings:
    """How often and how soon a task is tried again, where nothing tries it again."""
    from taskguard.project.hazards.retries.meant_once import meant_once
    from taskguard.project.registry.annotations import annotation_files
    from taskguard.project.registry.effective import base_files

    names = _untried(task)
    if names and not meant_once(task):
        yield about(
            task, f"without effect, since nothing tries the task again: {listing(names)}",
            "name the exceptions in `autoretry_for`, or `raise self.retry(exc=error)` where one is caught", depends=(*base_files(task), *annotation_files(task)),
        )  # fmt: skip


def _untried(task: Task) -> list[str]:
    """The options that say how often and how soon a task is tried again, where surely nothing tries it again."""
    from taskguard.project.registry.annotations import may_annotate
    from taskguard.project.registry.effective import base_open, effective_option
    from taskguard.project.registry.usage import body_calls

    names = _passed(task, TRIES)
    again = effective_option(task, "autoretry_for") if names else None
    if again is None or not (again.absent or (isinstance(again, Known) and not again.value)):
        return []
    if _hands_itself_on(task) or base_open(task) or may_annotate(task, "autoretry_for"):
        return []
    return _unread(task, names) if body_calls(task, "retry") is False else []


def _hands_itself_on(task: Task) -> bool:
    """Whether the body may have somebody else try the task again: it speaks of that, hands on the task, or does nothing as yet."""
    from taskguard.project.python.text_questions import finds_within

    function = task.function
    if function is None or task.home.function(function.qualname) is not function:
        return True
    bound = task.option("bind")
    own = function.params[0].name if function.params and (not bound.known or bound.value) and not bound.absent else ""
    # Once it stands in the signature.
    handed = rf"|\b{own}\b(?!\s*\.)[\s\S]*\b{own}\b(?!\s*\.)" if own else ""
    asked = (task.home.project, task.home.path, function)
    return not finds_within(*asked, CALLS) or finds_within(*asked, re.compile(AGAIN + handed))


def _of_backoff(task: Task, names: list[str]) -> Findings:
    from taskguard.project.registry.annotations import annotation_files, may_annotate
    from taskguard.project.registry.effective import base_files, effective_option

    backoff = effective_option(task, "retry_backoff")
    off = backoff.absent or (isinstance(backoff, Known) and not backoff.value)
    idle = [name for name in names if name in ("retry_backoff_max", "retry_jitter")]
    if idle and off and not may_annotate(task, "retry_backoff") and (idle := _unread(task, idle)):
        yield about(
            task, f"without effect, since there is no retry_backoff: {listing(idle)}", "add `retry_backoff=True`", depends=(*base_files(task), *annotation_files(task))
        )  # fmt: skip


def _of_maximum(task: Task) -> Findings:
    """A first delay that is longer than the longest one (celery/utils/time.py, `get_exponential_backoff_interval`)."""
    from taskguard.project.registry.annotations import annotation_files, may_annotate
    from taskguard.project.registry.effective import base_files, base_open, effective_option

    backoff, most = effective_option(task, "retry_backoff"), effective_option(task, "retry_backoff_max")
    longest = LONGEST if most.absent else most.value if isinstance(most, Known) else None
    first = backoff.value if isinstance(backoff, Known) else None
    if not isinstance(first, int | float) or not isinstance(longest, int | float) or first <= longest:
        return
    if (most.absent and base_open(task)) or may_annotate(task, "retry_backoff", "retry_backoff_max"):
        return
    whence = "by default" if most.absent else "here"
    yield about(
        task, f"without effect above retry_backoff_max, which is {longest} {whence}: retry_backoff={first}",
        f"give `retry_backoff_max`, too: no retry waits longer than {longest} s", depends=(*base_files(task), *annotation_files(task)),
    )  # fmt: skip


def _never_again(task: Task) -> bool:
    """Whether a task says that it is not to be tried again, whatever `autoretry_for` sees: `max_retries` is 0."""
    from taskguard.project.registry.effective import effective_option

    given, own = effective_option(task, "retry_kwargs"), effective_option(task, "max_retries")
    most = given.value.get("max_retries", own) if isinstance(given, Known) and isinstance(given.value, dict) else own
    return (most.value if isinstance(most, Known) else most) == 0


def _of_wrapper(task: Task, told: set[str]) -> Findings:
    """What a decorator of the project's own hands on with no effect for any of its users: said of the first one in a file."""
    from taskguard.project.registry.effective import base_files
    from taskguard.project.registry.routing import is_annotated
    from taskguard.project.tasks.declarations import all_tasks

    idle = [name for name in ("retry_backoff_max", "retry_jitter") if _by_wrapper(task, name)]
    wrapper = _written(task) if idle else ""
    if not wrapper or task.open or wrapper in told or not task.module.project.complete:
        return
    told.add(wrapper)
    users = [one for one in all_tasks(task.module.project) if _written(one) == wrapper]
    if all(map(_retries_at_once, users)) and is_annotated(task) is False and (idle := _unread(task, idle)):
        yield about(
            task, f"without effect, since there is no retry_backoff: {listing(idle)} of {wrapper}", "add `retry_backoff=True` there",
            depends=(*task.sources, *base_files(task)),
        )  # fmt: skip


def _written(task: Task) -> str:
    """The last name of the decorator that declares a task, as it is written above it."""
    decorators = task.function.decorators if task.function is not None else ()
    names = (getattr(one, "callee", "") or getattr(one, "name", "") for one in decorators if one.span == task.span)
    return str(next(names, "")).rpartition(".")[2]


def _by_wrapper(task: Task, name: str) -> bool:
    """Whether a wrapper gives an option, switched on."""
    held = task.options.get(name)
    return held is not None and held.origin == "wrapper" and isinstance(held.value, Known) and bool(held.value.value)


def _retries_at_once(task: Task) -> bool:
    """Whether a task surely retries by itself, and without a backoff."""
    from taskguard.project.registry.effective import effective_option

    exceptions, backoff = effective_option(task, "autoretry_for"), effective_option(task, "retry_backoff")
    off = backoff.absent or (isinstance(backoff, Known) and not backoff.value)
    return off and isinstance(exceptions, Known) and bool(exceptions.value)


def _of_retry_kwargs(task: Task) -> Findings:
    """What `retry()` does not read of `retry_kwargs`, and what the backoff replaces (celery/app/autoretry.py)."""
    from taskguard.project.registry.annotations import annotation_files, may_annotate
    from taskguard.project.registry.effective import base_files, base_open, effective_option
    from taskguard.project.registry.usage import body_calls

    held = task.options.get("retry_kwargs")
    given = held.value.value if held is not None and held.origin == "decorator" else None
    if isinstance(given, dict):
        lost = {key: celery_options.meant_in_retry(key) for key in given if isinstance(key, str)}
        lost = {key: meant for key, meant in lost.items() if meant}
        for key, meant in lost.items():
            advice = "give it to the decorator itself" if key == meant else f"did you mean `{meant}`?"
            yield about(task, f"retry_kwargs has no effect with the key {key}", advice, depends=base_files(task))
    backoff = effective_option(task, "retry_backoff")
    if not isinstance(backoff, Known) or not backoff.value or may_annotate(task, "retry_backoff", "retry_kwargs"):
        return
    if isinstance(given, dict) and "countdown" in given:
        yield about(
            task, "without effect beside retry_backoff: the countdown of retry_kwargs", "leave out one of the two; `retry_backoff=5` begins with 5 s",
            depends=(*base_files(task), *annotation_files(task)),
        )  # fmt: skip
    delay = task.options.get("default_retry_delay")
    unread = (
        delay is not None and delay.origin == "decorator" and body_calls(task, "retry") is False and not base_open(task)
    )
    if unread and _unread(task, ["default_retry_delay"]):
        yield about(
            task, "without effect beside retry_backoff: default_retry_delay", "leave out one of the two; `retry_backoff=5` begins with 5 s",
            depends=(*base_files(task), *annotation_files(task)),
        )  # fmt: skip
