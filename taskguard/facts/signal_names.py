"""What the signals of `celery.signals` are called in a file: its imports say so, in functions as well as at module level."""

from __future__ import annotations

import ast
from functools import cached_property

from taskguard.facts.expressions import dotted
from taskguard.facts.nesting import has_one, lines_with, nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SIGNALS = frozenset(
    "after_setup_logger after_setup_task_logger after_task_publish beat_embedded_init beat_init before_task_publish celeryd_after_setup celeryd_init "
    "eventlet_pool_apply eventlet_pool_postshutdown eventlet_pool_preshutdown eventlet_pool_started heartbeat_sent import_modules setup_logging "
    "task_failure task_internal_error task_postrun task_prerun task_received task_rejected task_retry task_revoked task_success task_unknown "
    "user_preload_options worker_before_create_process worker_init worker_process_init worker_process_shutdown worker_ready worker_shutdown "
    "worker_shutting_down".split()
)
# What a signal gives its receivers beside `sender` and `signal`, with any version of Celery (celery/signals.py, and the calls of `send`).
_TASK = "task_id task args kwargs"
_LOG = "loglevel logfile format colorize"
SENT = {
    name: frozenset(f"sender signal {names}".split())
    for name, names in {
        "before_task_publish": "body exchange routing_key headers properties declare retry_policy", "after_task_publish": "body exchange routing_key headers",
        "task_received": "request", "task_prerun": _TASK, "task_postrun": f"{_TASK} retval state", "task_success": "result runtime",
        "task_retry": "request reason einfo", "task_failure": "task_id exception args kwargs traceback einfo",
        "task_internal_error": "task_id args kwargs request exception traceback einfo", "task_revoked": "request terminated signum expired",
        "task_rejected": "message exc", "task_unknown": "message exc name id", "celeryd_init": "instance conf options", "celeryd_after_setup": "instance conf",
        "setup_logging": _LOG, "after_setup_logger": f"logger {_LOG}", "after_setup_task_logger": f"logger {_LOG}",
        "worker_process_shutdown": "pid exitcode", "worker_shutting_down": "sig how exitcode", "beat_init": "", "beat_embedded_init": "", "import_modules": "",
        "heartbeat_sent": "", "worker_init": "", "worker_ready": "", "worker_shutdown": "", "worker_process_init": "", "worker_before_create_process": "",
        "on_after_configure": "source", "on_after_finalize": "",
    }.items()
}  # fmt: skip
_MODULE = "celery.signals"
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class SignalNames:
    """The names in a file of Celery's signals, and of the modules that hold them. A name that anything else binds somewhere in the file is none."""

    def __init__(self, tree: ast.Module, text: str) -> None:
        self._tree, self._text = tree, text

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        others: set[str] = set()
        if "celery" not in self._text:
            return names
        for node in _statements(self._tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for bound, meant in _imported(node):
                    if not meant or names.setdefault(bound, meant) != meant:
                        others.add(bound)
        if names:
            others |= _bound(self._tree, self._text, names)
        return {name: meant for name, meant in names.items() if name not in others}

    def signal(self, node: ast.expr) -> str:
        """The signal that an expression is; empty where it is none of Celery's."""
        head, _, rest = dotted(node).partition(".")
        meant = self._names.get(head)
        whole = f"{meant}.{rest}" if meant and rest else meant or ""
        module, _, name = whole.rpartition(".")
        return name if module == _MODULE and name in SIGNALS else ""


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements of a file, wherever they stand."""
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        yield node
        queue.extend(nested(node))


def _bound(tree: ast.Module, text: str, names: Collection[str]) -> set[str]:
    """Those of some names that a definition, an assignment or a parameter binds somewhere in a file."""
    found = set()
    lines = lines_with(names, text)
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, _DEFINITIONS):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        queue.extend(one for one in ast.iter_child_nodes(node) if has_one(lines, one))
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    """What an import binds, with what that is as far as it leads to Celery's signals."""
    made = []
    for one in node.names:
        if isinstance(node, ast.Import):
            whole = one.name if one.asname else one.name.partition(".")[0]
            bound = one.asname or whole
        else:
            whole, bound = ("" if node.level else f"{node.module}.{one.name}"), one.asname or one.name
        known = whole in ("celery", _MODULE) or whole.startswith(f"{_MODULE}.")
        made.append((bound, whole if known else ""))
    return made
