"""What code does with a Celery app whose signals it uses: what makes Celery read its configuration or finalise it, and what surely does neither.

Each kind was run on Celery 5.3 to 5.7; what is not listed is `unknown`.
"""

from __future__ import annotations

import ast

from taskguard.facts.expressions import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What a use does: Celery reads the configuration (and sends `on_after_configure`), it does that and finalises the app, or nobody knows.
READS, FINALISES, UNKNOWN = "reads", "finalises", "unknown"

SIGNALS = frozenset(("on_after_configure", "on_after_finalize", "on_configure"))
_READ = frozenset("annotations backend control log pool producer_pool timezone".split())
_QUIET = frozenset(
    "Beat GroupResult Task Worker amqp backend_cls clock configured events finalized loader loader_cls main oid steps task user_options".split()
)
_READ_CALLS = frozenset(
    "broker_connection bugreport connection connection_for_read connection_for_write either now send_task uses_utc_timezone".split()
)
_QUIET_CALLS = frozenset(
    "add_defaults autodiscover_tasks gen_task_name set_current set_default signature subclass_with_self task".split()
)
_FINALISING_CALLS = frozenset(("finalize", "register_task"))
_SOURCES = ("config_from_object", "config_from_envvar")
_CONF_READ_CALLS = frozenset(("get", "humanize", "table"))
_CONF_QUIET_CALLS = frozenset(("add_defaults", "clear", "keys", "setdefault", "update"))
_CONF_METHODS = (
    _CONF_READ_CALLS
    | _CONF_QUIET_CALLS
    | frozenset(
        "changes copy defaults finalize first fromkeys get_by_parts items iteritems iterkeys itervalues maps pop popitem value_set_for values without_defaults".split()
    )
)
# Keywords with which a quiet call may be none.
_LOUD_KEYWORDS = frozenset(("force", "lazy", "silent"))


class Effect:
    """What one use of the app does, and where."""

    __slots__ = ("does", "node")

    def __init__(self, does: str, node: ast.AST) -> None:
        self.does = does
        self.node = node


def effects(node: ast.AST, names: frozenset[str]) -> Iterator[Effect]:
    """What a statement or expression does with the app that has these (dotted) names; bodies of functions do nothing when they are defined."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        yield from _of_definition(node, names)
        return
    if isinstance(node, ast.AugAssign) and (rest := _rest(node.target, names)) and rest[0] == "conf":
        yield Effect(READS if len(rest) > 1 else UNKNOWN, node)
        yield from effects(node.value, names)
        return
    if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):  # whether there is an app does nothing with it
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.Name | ast.Attribute) or dotted(child) not in names:
                yield from effects(child, names)
        return
    if isinstance(node, ast.Call):
        rest = _rest(node.func, names)
        if rest is not None:
            does = _called(rest, node)
            if does:
                yield Effect(does, node)
        else:
            yield from effects(node.func, names)
        for one in (*node.args, *node.keywords):
            yield from effects(one, names)
        return
    if isinstance(node, ast.Subscript):
        rest = _rest(node.value, names)
        if rest == ["conf"]:
            if not isinstance(node.ctx, ast.Store):
                yield Effect(READS if isinstance(node.ctx, ast.Load) else UNKNOWN, node)
            yield from effects(node.slice, names)
            return
    if isinstance(node, ast.Name | ast.Attribute):
        rest = _rest(node, names)
        if rest is not None:
            does = _read(rest, isinstance(node.ctx, ast.Load))
            if does:
                yield Effect(does, node)
            return
    for child in ast.iter_child_nodes(node):
        yield from effects(child, names)


def _of_definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, names: frozenset[str]
) -> Iterator[Effect]:
    """Decorators and defaults are run where a function is defined."""
    for one in (*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults):
        if one is not None:
            yield from effects(one, names)


def _rest(node: ast.AST, names: frozenset[str]) -> list[str] | None:
    """The attributes behind the app's own name; None where the node is no chain that begins with it."""
    whole = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    written = whole
    while written:
        if written in names:
            return whole[len(written) + 1 :].split(".") if len(whole) > len(written) else []
        written = written.rpartition(".")[0]
    return None


def _read(rest: list[str], load: bool) -> str:
    if not rest:
        return UNKNOWN  # handed on to something; what is stored or returned is sorted out before
    first = rest[0]
    if first == "conf":
        if len(rest) == 1:
            return UNKNOWN
        if rest[1] in _CONF_METHODS:
            return UNKNOWN
        return READS if load or len(rest) > 2 else ""
    if not load and len(rest) == 1:
        return ""
    if first in _READ:
        return READS
    if first == "tasks":
        return FINALISES
    return "" if (first in _QUIET or first in SIGNALS) and len(rest) == 1 else UNKNOWN


def _called(rest: list[str], call: ast.Call) -> str:
    if not rest:
        return UNKNOWN
    first = rest[0]
    if first == "conf" and len(rest) == 2:
        if rest[1] in _CONF_READ_CALLS:
            return READS
        return "" if rest[1] in _CONF_QUIET_CALLS else UNKNOWN
    if first in SIGNALS and rest[1:] == ["connect"]:
        return ""
    if len(rest) > 1:
        return _read(rest, load=True)
    if first in _SOURCES:
        return _source(call)
    if any(one.arg in _LOUD_KEYWORDS or one.arg is None for one in call.keywords):
        return UNKNOWN
    if first in _FINALISING_CALLS:
        return FINALISES
    if first in _READ_CALLS:
        return READS
    if first == "autodiscover_tasks" and len(call.args) > 2:
        return UNKNOWN
    return "" if first in _QUIET_CALLS else UNKNOWN


def _source(call: ast.Call) -> str:
    """A source of configuration is read later, unless it is said that it be read now."""
    flags = [*call.args[2:3], *(one.value for one in call.keywords if one.arg == "force")]
    if any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args):
        return UNKNOWN
    if not all(isinstance(one, ast.Constant) for one in flags):
        return UNKNOWN
    return READS if any(one.value for one in flags if isinstance(one, ast.Constant)) else ""
