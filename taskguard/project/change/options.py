"""What of a task's options changed, defaults and base classes counted in."""

from __future__ import annotations

from taskguard.project.change.terms import OptionTerms, TaskTerms, plain, plain_pair
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.diagnostics import Span

# Celery's own values of options that no setting fills: celery/app/task.py and celery/app/autoretry.py.
DEFAULTS = {
    "bind": "False", "max_retries": "3", "default_retry_delay": "180", "typing": "True", "trail": "True", "retry_backoff": "False",
    "retry_backoff_max": "600", "retry_jitter": "True", "autoretry_for": "()", "dont_autoretry_for": "()", "throws": "()",
}  # fmt: skip
NONE = frozenset(
    (
        "queue",
        "routing_key",
        "exchange",
        "rate_limit",
        "time_limit",
        "soft_time_limit",
        "expires",
        "priority",
        "serializer",
        "acks_late",
    )
)
# What a declaration says and no message or worker notices.
OWN_AFFAIR = frozenset(("name", "__doc__", "abstract"))


class OptionChange(Record):
    """One option that differs: texts before and after (`not set` where it is absent), and where it now stands, if anywhere."""

    name: str
    before: str
    after: str
    span: Span | None


def option_changes(
    old: TaskTerms, new: TaskTerms, same: Callable[[str, str], bool], exempt: frozenset[str] = frozenset()
) -> list[OptionChange]:
    """The options of one task that differ. `same` says whether two texts mean the same."""
    before, after = dict(old.options), dict(new.options)
    made = []
    if old.spread and not new.open and not new.spread:
        return _spread_lost(old, new, same)
    if (
        old.spread
        and new.spread
        and not (len(old.spread) == len(new.spread) and all(map(same, old.spread, new.spread)))
    ):
        was, now = plain_pair(old.spread[0], new.spread[0])
        made.append(OptionChange("options", f"**{was}", f"**{now}", None))
    # A computed name is compared as it is written; where it is known, its loss is told as such.
    own = OWN_AFFAIR - {"name"} if "name" in before and old.name is None else OWN_AFFAIR
    for name in sorted({*before, *after, *dict(old.inherited), *dict(new.inherited)} - own - exempt):
        first, second = _effective(old, before, name), _effective(new, after, name)
        held = after.get(name)
        if second is None and name in before and not old.open and new.spread:
            second = f"left to **{new.spread[0]}"
        if first is None or second is None or same(first, second):
            continue
        made.append(OptionChange(name, *plain_pair(first, second), held.span if held is not None else None))
    return made


def _spread_lost(old: TaskTerms, new: TaskTerms, same: Callable[[str, str], bool]) -> list[OptionChange]:
    """What is left to say where a spread that cannot be followed was spelled out, or dropped."""
    before, after = dict(old.options), dict(new.options)
    made = [
        OptionChange(name, *plain_pair(one.text, after[name].text if name in after else "not set"), None)
        for name, one in before.items()
        if name not in OWN_AFFAIR and not (name in after and same(one.text, after[name].text))
    ]
    if not after.keys() - before.keys() - OWN_AFFAIR:
        made.append(OptionChange("options", f"**{plain(old.spread[0])}", "not set", None))
    return made


def _effective(task: TaskTerms, options: dict[str, OptionTerms], name: str) -> str | None:
    """The text of an option as it works; None where it cannot be told whether it is set."""
    text = options[name].text if name in options else dict(task.inherited).get(name)
    if text is not None:
        return "not set" if text == "None" and name in NONE else text
    if task.open:
        return None
    return DEFAULTS.get(name, "not set") if task.closed else "not set"
