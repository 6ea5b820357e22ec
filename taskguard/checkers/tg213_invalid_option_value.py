from __future__ import annotations

from taskguard.rule import FileRule, Finding, Known, Name, about, doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module, Project, Task, Value

# What registers serializers and compressions of the project's own (kombu/serialization.py, kombu/compression.py).
REGISTERING = ("kombu.serialization", "kombu.compression", "kombu_serializers")


class InvalidOptionValue(FileRule, code="TG213", since="0.1.0"):
    """
    A value of a task option that Celery refuses, or takes for something else than is meant.

    ## Why is this bad?
    Nothing looks at the values when the task is declared. `rate_limit="10/d"` stops the worker when it starts; `max_retries="3"`,
    a `default_retry_delay` that is a string or a timedelta, and strings in `autoretry_for` raise a TypeError in the midst of a failure, in the
    place of the retry; `expires="60"` or a list of queues fail each send; `acks_late="False"` is true; `max_retries=-1` is no retry at all. A
    keyword that is called as a method of the task (`retry=True`, `delay=5`) replaces that method.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(rate_limit="100/d")  # error
    def fetch(url): ...


    @shared_task(bind=True, max_retries="3")  # error
    def send(self, address):
        self.retry()
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(rate_limit="4/h")
    def fetch(url): ...


    @shared_task(bind=True, max_retries=3)
    def send(self, address):
        self.retry()
    ```

    ## Unknown
    Silent about values that the code does not say. `rate_limit`, `max_retries` and `default_retry_delay` count in `task_annotations` as well, under the name of a task of that app or `"*"`, and so does
    the limit that a function gives to `app.control.rate_limit`. A serializer or compression that nobody knows is undecided where the project registers some
    of its own. Hooks are replaced on purpose: `on_failure=`, `shadow_name=`, `run=`. `retry=` is an error where the task retries, a warning elsewhere.
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.diagnosis.declarations.option_values import retry_value, wrong_value
        from taskguard.project.tasks.declarations import tasks_in

        for task in tasks_in(module):
            for option, held in task.options.items():
                if held.origin not in ("decorator", "class") or not isinstance(held.value, Known):
                    continue
                if option == "retry":
                    yield from _retry(task, held.value)
                elif option == "retry_kwargs" and isinstance(held.value.value, dict):
                    for key, value in held.value.value.items():
                        wrong = retry_value(str(key), value)
                        if wrong is not None:
                            yield about(task, f"retry_kwargs: {wrong.what}", wrong.help, certain=wrong.sure)
                elif (wrong := wrong_value(option, held.value.value)) is not None:
                    if option in ("serializer", "compression") and _registers(module.project):
                        yield doubt(task, f"{option}: the project registers some of its own")
                        continue
                    yield about(task, wrong.what, wrong.help, certain=wrong.sure)
        yield from _of_classes(module)
        yield from _set_elsewhere(module)


def _retry(task: Task, value: Value) -> Findings:
    """`retry=True` is no switch: it replaces the method that `self.retry()` and `autoretry_for` call."""
    from taskguard.project.registry.effective import effective_option

    if (
        isinstance(value.value, Name)
        or value.value is None
        or not isinstance(value.value, bool | int | float | str | dict)
    ):
        return
    automatic = effective_option(task, "autoretry_for")
    used = bool(automatic.value) or "self.retry" in (task.function.calls if task.function is not None else ())
    yield about(
        task, "retry replaces the task's own method: " + ("each retry is a TypeError" if used else "it is no option, and switches nothing on"),
        "leave it out; `autoretry_for` says for which exceptions to try again", certain=used,
    )  # fmt: skip


def _of_classes(module: Module) -> Findings:
    """The same of classes that tasks have for their base: said once, where the class sets it."""
    from taskguard.project.diagnosis.declarations.option_values import may_be_wrong, wrong_value
    from taskguard.project.tasks.app_names import task_class
    from taskguard.project.tasks.declarations import class_options, tasks_in

    registered = {one.qualname for one in tasks_in(module) if one.form == "class"}
    for klass in module.facts.classes:
        said = klass.keywords or any(may_be_wrong(one.name) for one in klass.attributes)
        if not said or not klass.bases or klass.qualname in registered or not task_class(module, klass):
            continue
        for option, held in class_options(module, klass)[0].items():
            if held.origin != "class" or not isinstance(held.value, Known):
                continue
            wrong = wrong_value(option, held.value.value)
            if wrong is not None and not (option in ("serializer", "compression") and _registers(module.project)):
                yield Finding(
                    module.path, held.span, wrong.what, f"{module.name}.{klass.qualname}", wrong.help, certain=wrong.sure
                )  # fmt: skip


def _set_elsewhere(module: Module) -> Findings:
    """The same of what annotations give to tasks, and of limits that workers are told while they run."""
    from taskguard.project.diagnosis.declarations.annotated_values import annotated_wrongly, limited_wrongly

    for one in annotated_wrongly(module):
        depends = (module.path,) if one.path != module.path else ()
        yield Finding(
            one.path, one.span, f"task_annotations: {one.wrong.what}", one.of, one.wrong.help, depends=depends, certain=one.wrong.sure
        )  # fmt: skip
    for one in limited_wrongly(module):
        yield Finding(module.path, one.span, one.wrong.what, f"{module.name}.{one.of}", one.wrong.help)


def _registers(project: Project) -> bool:
    return any(project.holders(word) for word in REGISTERING)
