from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Spelling, Unsure, listing, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Edit, Findings, Patched, Project


class PatchThroughFacade(ProjectRule, code="TG406", since="0.1.0"):
    """
    A test patches a name on a module that does not have it, or where nobody looks it up.

    ## Why is this bad?
    A patch sets the name in one module. The code that moved behind the facade looks the name up in its own module, so it runs with the
    real thing: the test sends the mail, or it passes without testing anything. If the facade has no such name any more, the test fails.

    Any module of the project is asked: a name that has moved away, that is imported only inside a function, or that a package hides by a function of the
    same name is not there to be patched. A module that has a name only by an import and does not use it has none to look it up (a warning). Nor has the
    module that defines a function, where what the test imports at its head has taken the function by name, and nobody looks it up there.

    A patch of something inside of what both modules share is fine: `patch("report_tasks.send_weekly.delay")` changes the one task object.
    Not so where all code sends the task with `apply_async`: that is what `delay` calls, and not the other way round, so the message goes to the broker (a warning).
    So is a patch that somebody sees: code that says `report_tasks.send_weekly`, or imports it from the facade inside a function.

    ## Example
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    from reports.mail import post

    def send_weekly():
        post("weekly")
    ```
    `reports/mail.py`:
    ```py
    def post(subject): ...
    ```
    `report_tasks.py`:
    ```py
    from reports.mail import post
    from reports.weekly import send_weekly
    ```
    `tests/test_weekly.py`:
    ```py
    from unittest.mock import patch

    from report_tasks import send_weekly

    @patch("report_tasks.post")  # warn
    def test_it_is_sent(post):
        send_weekly()
        post.assert_called_once_with("weekly")
    ```

    ## Use instead
    `tests/test_weekly.py`:
    ```py
    from unittest.mock import patch

    from report_tasks import send_weekly

    @patch("reports.weekly.post")
    def test_it_is_sent(post):
        send_weekly()
        post.assert_called_once_with("weekly")
    ```

    ## Fix
    Unsafe: where just one module looks the name up, the string names it there. The test then tests something, and may fail. Patches in other forms
    than one dotted string (`patch.object`, `patch.multiple`) are left to you.

    ## Unknown
    A missing name is told once for each function that patches it. Silent for `create=True`, `raising=False`, where the file asks `hasattr` for the name, within `pytest.raises`, in tests that are skipped (one by one, by class or by file), stand within a function or are coroutines that nothing awaits (no mark, and no settings, plugin or hook that sees to all of them), in fixtures that nobody asks for or that return a function which nobody calls, in functions of a test file, and in methods of a plain class there, that no runner collects by their name and that nothing names, for names that other code sets on the module, where a folder nearer to the test holds a package of that name, or another one as near (two services with an `app` each), for a submodule that its package
    hides where no file says that a Python before 3.11 runs the code (`mock.patch` imports submodules first from then on), for a patch in a file that loads modules again, or puts another module in the place of one on the way (`patch.dict("sys.modules", …)`), where the facade defines the name itself, for a patcher that is made and never started, entered or put above a function, and where the same test patches the name in another module as well. Undecided where what the facade binds cannot be told, where a
    file that mentions both does not parse, where code outside the tests holds the dotted name as a string or fetches the module by its name, in a file whose head
    imports a name or module that is not there, loads a file of the project with such a head, or uses a name that nothing binds (nothing of it runs before that is mended), behind such a name in a test; in a test of pytest's for which
    that is so of a `conftest.py` above it, or which asks for a fixture that neither the project nor a plugin of the requirements has;
    and from the 301st different name on that a file patches so.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.patches import patched_facades
        from taskguard.project.facades.unbegun import never_begun

        spelling = Spelling()
        for patched in patched_facades(project):
            user = patched.user
            doubt = patched.doubt or never_begun(user, patched.target.span)
            if doubt:
                yield Unsure(user.path, patched.target.span, doubt)
            else:
                yield said(patched, spelling)
        yield from unsent(project)


def unsent(project: Project) -> Findings:
    """The patches of `delay` of tasks that nothing sends so."""
    from taskguard.project.facades.patched_methods import missing_patches
    from taskguard.project.facades.unbegun import never_begun

    for one in missing_patches(project):
        doubt = never_begun(one.user, one.place.span)
        if doubt:
            yield Unsure(one.user.path, one.place.span, doubt)
            continue
        name = one.task.qualname
        yield Finding(
            one.user.path,
            one.place.span,
            f"`{name}.delay` is patched, and all code sends the task with apply_async: the patch has no effect",
            f"{one.task.dotted}.delay",
            f"patch `{name}.apply_async`: `delay` calls that, too",
            tuple(Related(path, 1, f"`{name}` is sent here") for path in one.senders[:3]),
            (one.task.path, *one.senders),
            certain=False,
        )


def said(patched: Patched, spelling: Spelling) -> Finding:
    target = patched.target
    holder, name = target.holder, target.name
    what = "facade" if target.facade is not None else "module"
    if target.facade is None and target.shadow and patched.missing and patched.certain and not target.sets:
        message = f"since Python 3.11 this patch takes the module `{holder.name}` and not `{target.shadow}`: that has no `{name}`, and it fails"
    elif target.facade is None and target.shadow and patched.missing:
        since = "" if target.sets else " up to Python 3.10"
        message = f"`{holder.name}` is hidden by the function `{target.shadow}`: this patch fails{since}"
    elif patched.missing and target.facade is None and patched.found is not None:
        message = f"`{holder.name}` has no `{name}`, which it imports only inside a function: this patch fails"
    elif patched.missing:
        message = f"the {what} `{holder.name}` has no `{name}`: this patch fails"
    else:
        message = (
            f"`{name}` is patched on the {what} `{holder.name}`, where nobody looks it up: the patch has no effect"
        )
    related = [Related(holder.path, 1, f"this is the {what}")]
    related += [Related(module.path, 1, f"`{bound}` is looked up here") for module, bound in patched.instead[:3]]
    related += [Related(patched.user.path, line, "it is patched here too") for line in patched.again[:3]]
    return Finding(
        patched.user.path, target.span, message, patched.dotted, advice(patched, spelling), tuple(related), patched.depends,
        certain=patched.certain, fix=mended(retargeted(patched), safe=False),
    )  # fmt: skip


def retargeted(patched: Patched) -> tuple[Edit, ...] | None:
    from taskguard.project.editing.edits import edits_of

    if patched.place is None:
        return None
    module, bound = patched.place
    old = f"{patched.target.holder.name}.{patched.target.name}"
    return edits_of(patched.user).string(patched.target.span, old, f"{module.name}.{bound}")


def advice(patched: Patched, spelling: Spelling) -> str:
    facade, holder, name = patched.target.facade, patched.target.holder, patched.target.name
    if facade is None and patched.target.shadow:
        return f"give one of them another name, or patch an object: `patch.object(module, {name!r})`"
    if patched.instead:
        places = listing(f"`{module.name}.{bound}`" for module, bound in patched.instead)
        return f"patch it where it is looked up: {places}"
    near = spelling.nearest(name, holder.table()) if patched.missing else None
    if near:
        return f"did you mean `{near}`?"
    if facade is not None and facade.sources:
        return f"patch it in the module that uses it, one of {listing(f'`{one.name}`' for one in facade.sources)}"
    return "patch it in the module that uses it"
