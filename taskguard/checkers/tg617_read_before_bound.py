from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class ReadBeforeBound(FileRule, code="TG617", since="0.1.0"):
    """
    A function of a file with tasks reads a name of the module that it binds further down as its own.

    ## Why is this bad?
    What a function binds anywhere in its body is local in all of it: an import that stands once more within the function, or `count += 1` of a
    counter of the module without `global`, hides the name of the module from its first line on. The line above is an UnboundLocalError each time it
    runs, and in a task nobody sees that but the worker.

    ## Example
    ```py
    import json

    from celery import shared_task


    @shared_task
    def book(text, retried=False):
        order = json.loads(text)  # error
        if retried:
            import json

            print(json.dumps(order))


    book.delay("{}")
    ```

    ## Use instead
    ```py
    import json

    from celery import shared_task


    @shared_task
    def book(text, retried=False):
        order = json.loads(text)
        if retried:
            print(json.dumps(order))


    book.delay("{}")
    ```

    ## Unknown
    Only names that the module, or Python, has too are looked at. Silent where a line above may have bound the name, whatever the condition, and in a loop that comes to the line once more; in functions that
    write `global` or `nonlocal` for it, in tasks that nobody sends, schedules or names, where other files send some, and in tests.

    ## References
    - [Python: why am I getting an UnboundLocalError](https://docs.python.org/3/faq/programming.html#why-am-i-getting-an-unboundlocalerror-when-the-variable-has-a-value)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.bodies.early_locals import early_locals

        for function, one in early_locals(module) if not in_tests(module.path) else ():
            yield Finding(
                module.path, one.span, f"{one.name} is the function's own, bound on line {one.bound} and not before: an UnboundLocalError here",
                symbol=f"{module.name}.{function.qualname}" if module.name else function.qualname,
                related=(Related(module.path, one.bound, "it is bound here"),) if one.bound != one.span.line else (),
                help=f"take that line away, or give what it binds another name: the module has a {one.name} of its own",
            )  # fmt: skip
