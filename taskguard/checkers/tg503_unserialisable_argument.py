from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.payloads.as_objects import AskedOfObject
    from taskguard.project.hazards.payloads.as_texts import Asked
    from taskguard.project.hazards.payloads.payloads import Unfit
    from taskguard.rule import Findings, Project


class UnserialisableArgument(ProjectRule, shares="bodies", code="TG503", since="0.1.0"):
    """
    A task is given something that the serializer cannot take.

    ## Why is this bad?
    What a task is given is written into its message, as JSON unless settings say otherwise. Rows of a database, sets, requests, responses, exceptions,
    timedeltas, members of a plain Enum, objects of classes and what an `async def` gives that nobody awaits are nothing that JSON has: `delay` raises EncodeError, and nothing is sent. Where a task gives
    such a value back, it has done its work and fails all the same, since its result cannot be kept.
    A member of an Enum of texts or numbers is written as its value, and is that alone in the worker: a task that takes a `kind: Kind` and asks for `kind.value` fails with an AttributeError.

    ## Example
    ```py
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField()


    @shared_task
    def send(order): ...


    def pay(pk):
        order = Order.objects.get(pk=pk)
        send.delay(order)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField()


    @shared_task
    def send(pk): ...


    def pay(pk):
        order = Order.objects.get(pk=pk)
        send.delay(order.pk)
    ```

    ## Unknown
    Said only of what a value surely is: what constructors of the project, managers and QuerySets give, sets, lambdas, generators, views of dicts, `self` of a model's method, the
    row of a receiver, the rows that an action of the admin is called with, what `super().create(…)` of a serializer gives, classes, coroutines of the project that nobody awaits, mails, templates, the request and its user, exceptions that a handler has caught, what `model_dump()` of pydantic makes of a class with such fields (`kind: Kind`), what a function of the project gives back as it was given, or makes of its own in each `return`, what is given to another row for a foreign key, or to `login(request, user)`, parameters that are asked for what only rows have (`order.pk`, `user.quotas.all()`), functions of the language (`delay(id)`), and lists and dicts with one of these in them. A local name counts for what
    all its assignments before the call make of it, a parameter for what its annotation says, one of a route of FastAPI also for what FastAPI makes of it (an object of a class of pydantic, an upload, a session). The serializer is that of the call, the task or the settings: silent where it is not JSON, where the task's class sends by itself or the project registers types
    with kombu, with Celery 3 unless its settings say JSON, and under `task_always_eager`. A warning where no app of the project has the task,
    and where the configuration cannot be read and no file of the project names a serializer. What is given back counts where a result backend is set and results are not ignored, and the task is sent; a warning where nothing in the project names it.
    A parameter that the task's own function asks for an attribute that nothing has which comes through JSON (`order.lines` where `order` is sent; `results.get()` of what another task gave back) is told there, where the task is sent, it has no default and no test of it stands before:
    not where the function asks what it is, and nowhere in a project that names pickle.
    A parameter with an Enum of the project as its annotation is told where the task is sent, its own function asks it for what only members have, and it has no default; not where the function asks what it is (`isinstance`), or makes a member of it.

    ## References
    - [Celery: serializers](https://docs.celeryq.dev/en/stable/userguide/calling.html#serializers)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.payloads.as_objects import asked_of_objects
        from taskguard.project.hazards.payloads.as_texts import asked_of_texts
        from taskguard.project.hazards.payloads.payloads import given_back, unfit

        named, placed = set[str](), set[object]()
        for one in (*unfit(project), *given_back(project)):
            if one.doubt:
                yield Unsure(one.module.path, one.given.span, one.doubt)
            else:
                named.add(one.name.rpartition(".")[2])
                yield _said(one)
        for asked in asked_of_texts(project):
            placed.add((asked.run.module.path, asked.param))
            yield _asked(asked)
        # Where the sending of a task is told already, that is the place to mend.
        for each in asked_of_objects(project):
            if (
                each.run.task.qualname.rpartition(".")[2] not in named
                and (each.run.module.path, each.param) not in placed
            ):
                yield _asked_of_object(each)


def _asked(one: Asked) -> Finding:
    module = one.run.module
    return Finding(
        module.path, one.span, f"JSON has no members of an Enum: {one.param} comes as a text or a number and not as {one.called}, and has no {one.attribute}: an AttributeError",
        symbol=f"{module.name}.{one.run.function.qualname}" if module.name else one.run.function.qualname, certain=one.sure,
        help=f"make it one: `{one.called}({one.param})`", related=(Related(one.holder.path, one.line, "the Enum"),), depends=(one.holder.path,) if one.holder is not module else (),
    )  # fmt: skip


def _asked_of_object(one: AskedOfObject) -> Finding:
    module = one.run.module
    return Finding(
        module.path, one.span, f"nothing that comes through JSON has {one.attribute}: {one.param} is no object here, and this {one.error}",
        symbol=f"{module.name}.{one.run.function.qualname}" if module.name else one.run.function.qualname, certain=one.sure,
        help="send its key, and have the task read the object",
    )  # fmt: skip


def _said(one: Unfit) -> Finding:
    what = f"{one.name} is given {one.thing.text}, which JSON cannot take: EncodeError, and nothing is sent"
    if one.back:
        what = f"{one.name} gives back {one.thing.text}, which JSON cannot take: the task fails with EncodeError when it is done"
    return Finding(
        one.module.path, one.given.span, what, symbol=f"{one.module.name}.{one.scope}" if one.module.name else one.scope,
        certain=one.sure, help=_advice(one.thing),
    )  # fmt: skip


def _advice(thing: object) -> str:
    kind, text = getattr(thing, "kind", ""), getattr(thing, "text", "")
    if text.startswith("what model_dump()"):
        return 'have it made for JSON: `model_dump(mode="json")`'
    if "coroutine" in text:
        return "a task is no coroutine: have it run by `asyncio.run(…)`, or make the function a plain one"
    if "instance of" in text or kind == "row":
        return "send its key, and have the task read the row"
    if "set" in (kind, text.rpartition(" ")[2]):
        return "make it a list: `list(…)`"
    if kind == "rows":
        return 'send a list of keys: `list(….values_list("pk", flat=True))`'
    if "Enum" in text:
        return "send its value: `.value`"
    if "exception" in text:
        return "send its text: `str(…)`"
    return "send numbers, strings, lists and dicts of what the task needs"
