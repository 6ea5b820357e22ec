"""Which transaction is open where code stands: in its function, by what the function is, or by whoever calls it."""

from __future__ import annotations

from taskguard.facts.model import Call, Class, Const, Expr, Function, Ref
from taskguard.facts.selections import written_name
from taskguard.facts.statements import With
from taskguard.patterns import regex
from taskguard.project.facades.unheard import is_unheard
from taskguard.project.hazards.calls.functions import class_around, is_of_class
from taskguard.project.hazards.database.on_commit import is_atomic, managers
from taskguard.project.hazards.database.text_questions import revised_on
from taskguard.project.python.flow import Called
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.testing import for_tests, in_tests
from taskguard.project.tasks.bases import ancestry
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Literal

    from taskguard.project.python.project import Module, Project

    OpenKind = Literal["block", "decorator", "admin", "request", "signal", "save", "caller", "session", "flush"]

# Where Django's admin calls what the project overrides, within the transaction of the request (django/contrib/admin/options.py, `changeform_view`, `delete_view`).
OF_ADMIN = frozenset(
    "save_model save_related save_formset save_form delete_model log_addition log_change response_add response_change".split()
)
SIGNALS = frozenset(("post_save", "pre_save", "m2m_changed"))
VIEWS = regex(r"(?:django|rest_framework|drf_\w+|dj_rest_auth|ninja)\b.*(?:View|ViewSet|APIView|ViewSetMixin|Mixin)\Z")
MODEL = regex(
    r"django\.(?:db\.models\.Model|contrib\.\w+\.\w*models\.\w+|contrib\.gis\.db\.models\.Model)\Z|(?:model_utils|django_extensions|polymorphic|mptt|treebeard|parler)\b.*\Z"
)
# Classes whose methods answer requests outside of Django.
RESOURCES = regex(
    r"flask_(?:restful|restx|restplus)(?:\.\w+)*\.Resource\Z|flask\.views\.(?:MethodView|View)\Z|tornado\.web\.RequestHandler\Z"
)
HANDLING = frozenset(
    "get post put patch delete create update partial_update destroy list retrieve perform_create perform_update perform_destroy form_valid form_invalid dispatch".split()
)
REQUESTS = regex(r"[\"']ATOMIC_REQUESTS[\"']\s*\]?\s*[:=]\s*(True\b|[\w.]+\((?:[^()]|\([^()]*\))*\)|\w+)")
# What reads the environment, and is true where that says nothing: `env("ATOMIC", default=True)`, `strtobool(os.environ.get("ATOMIC", "True"))`.
BY_DEFAULT = regex(r"(?:\bdefault\s*=|,)\s*(?:True|[\"'](?i:true|yes|on|1)[\"'])\s*,?\s*\)")
# Classes whose `save` and the like views call, mostly.
OF_VIEWS = regex(r"rest_framework\.serializers\.\w*Serializer\Z|django\.forms\.(?:models\.|forms\.)?\w*Form\Z")
SAVING = frozenset(("create", "update", "save"))
# What answers requests that write nothing, or any: django-reversion begins no transaction for those.
READING = frozenset("get list retrieve head options dispatch".split())
REVISIONS = "reversion.middleware.RevisionMiddleware"


class Open(Record):
    """Why a transaction is open. `kind` says how it comes; `path` and `line` are where it is begun, or what says so. `certain`: it surely is."""

    kind: OpenKind
    path: str
    line: int
    text: str
    certain: bool = True


def open_at(module: Module, function: Function, called: Called) -> Open | None:
    """The transaction that is surely or likely open where a call stands; nothing is said of who calls the function."""
    if called.later:
        return None
    return in_block(module, function, called) or of_function(module, function)


def in_block(module: Module, function: Function, called: Called) -> Open | None:
    """The `with transaction.atomic()` that a call stands in."""
    for block in reversed(called.spot.around):
        held = block.statement
        if isinstance(held, With):
            for item, _ in held.items:
                if is_atomic(module, function.qualname, item):
                    return Open("block", module.path, held.span.line, "the transaction that begins")
    return None


def may_begin(module: Module, function: Function) -> bool:
    """Whether a function may begin a transaction in its body, as the names tell that it calls or uses in `with`."""
    return bool(function.called(managers(module.project)))


@query
def _of_function(module: Module, qualname: str) -> Open | None:
    function = module.function(qualname)
    if function is None:
        return None
    klass = class_around(module, function)
    for one in function.decorators:
        if is_atomic(module, "", _method_decorated(one)):
            return Open("decorator", module.path, one.span.line, "the transaction of the decorator")
    if klass is not None:
        found = _of_class(module, klass, function)
        if found is not None:
            return found
    return _receiver(module, function) or _of_request(module, function, klass)


def of_function(module: Module, function: Function) -> Open | None:
    """The transaction in which a function is called for what it is: by its decorators, its class, or as a receiver of a signal."""
    return _of_function(module, function.qualname)


def _method_decorated(expr: Expr) -> Expr:
    """What `@method_decorator(…)` applies to a method."""
    if isinstance(expr, Call) and expr.callee.rpartition(".")[2] == "method_decorator" and expr.args:
        return expr.args[0]
    return expr


def _of_class(module: Module, klass: Class, function: Function) -> Open | None:
    for one in klass.decorators:
        named = one.keyword("name") if isinstance(one, Call) else None
        if (
            isinstance(named, Const)
            and named.value in (function.name, "dispatch")
            and is_atomic(module, "", _method_decorated(one))
        ):
            handled = named.value == function.name or function.name in HANDLING
            return (
                Open("decorator", module.path, one.span.line, "the transaction of the decorator") if handled else None
            )
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0] if klass.bases else ()
    if function.name in OF_ADMIN and any(name.rpartition(".")[2].endswith("Admin") for name in names[1:]):
        return Open("admin", module.path, function.span.line, "the transaction in which the admin calls it")
    if function.name == "save" and any(MODEL.match(name) for name in names[1:]):
        return Open("save", module.path, function.span.line, "whatever transaction the model is saved in", False)
    return None


def _receiver(module: Module, function: Function) -> Open | None:
    """A receiver of a signal of Django's models: whoever saves the row may do so in a transaction."""
    for one in function.decorators:
        if isinstance(one, Call) and one.args and resolved_name(module, one.callee) == "django.dispatch.receiver":
            given = one.args[0]
            signals = getattr(given, "items", (given,))
            if any(_is_signal(module, signal) for signal in signals) and not is_unheard(module):
                return Open("signal", module.path, one.span.line, "whatever transaction the row is saved in", False)
    place = connected(module.project).get((module.path, function.qualname))
    if place is not None:
        return Open("signal", *place, "whatever transaction the row is saved in", False)
    return None


@query
def connected(project: Project) -> dict[tuple[str, str], tuple[str, int]]:
    """The receivers that are connected by a call, each with the place of the call: `post_save.connect(three, sender=Row)`, in any file."""
    made: dict[tuple[str, str], tuple[str, int]] = {}
    for path in project.search(*(f"{signal}.connect" for signal in sorted(SIGNALS))):
        module = project.modules[path]
        if in_tests(path):
            continue
        for head in (*sorted(SIGNALS), "signals", "models"):
            for site in module.places.calls_of(head):
                name, _, method = site.call.callee.rpartition(".")
                given = site.call.args[0] if site.call.args else site.call.keyword("receiver")
                if method != "connect" or not isinstance(given, Ref):
                    continue
                found = resolve(module, given.name, site.scope)
                if (
                    found.kind == "symbol"
                    and found.module is not None
                    and _is_signal(module, Ref(name, site.call.span), site.scope)
                ):
                    made.setdefault((found.module.path, found.path), (path, site.call.span.line))
    return made


def _is_signal(module: Module, expr: object, scope: str = "") -> bool:
    if not isinstance(expr, Ref) or expr.name.rpartition(".")[2] not in SIGNALS:
        return False
    return resolve(module, expr.name, scope).path.startswith("django.db.models.signals.")


# -- requests -------------------------------------------------------------------------------------------------------


@query
def atomic_requests(project: Project) -> tuple[str, int] | None:
    """The place in the settings that has each request in a transaction; None where none does, or where it depends."""
    found: tuple[str, int] | None = None
    for path in project.search("ATOMIC_REQUESTS"):
        if for_tests(path) or in_tests(path):
            continue
        text = project.text(path) or ""
        for one in REQUESTS.finditer(text):
            line = text.count("\n", 0, one.start()) + 1
            if text[text.rfind("\n", 0, one.start()) + 1 : one.start()].lstrip().startswith("#"):
                continue
            if one[1] != "True" and not BY_DEFAULT.search(one[1]):
                return None
            found = found or (path, line)
    return found


@query
def revised_requests(project: Project) -> tuple[str, int] | None:
    """The place in the settings that has each request which may write in a transaction of django-reversion: its middleware is atomic unless a class of one's own says otherwise.

    It is from 2.0 on, which is the first that goes into `MIDDLEWARE`; which one is meant by `MIDDLEWARE_CLASSES` cannot be told.
    """
    for path in project.search(REVISIONS):
        line = revised_on(project, path) if not for_tests(path) and not in_tests(path) else 0
        if line:
            return path, line
    return None


def begins_requests(project: Project) -> bool:
    """Whether anything has requests in transactions."""
    return atomic_requests(project) is not None or revised_requests(project) is not None


def _of_request(module: Module, function: Function, klass: Class | None) -> Open | None:
    """A view of a project whose settings have each request in a transaction."""
    if in_tests(module.path):
        return None
    place = atomic_requests(module.project)
    if place is None:
        return _of_revision(module, function, klass)
    if any("non_atomic_requests" in name for name in _decorated_by(function, klass)):
        return None
    text = "the transaction of the request (ATOMIC_REQUESTS)"
    if klass is not None and function.name in SAVING and _of_views(module, klass):
        return Open("request", place[0], place[1], text, False)
    if not is_view(module, function):
        return None
    return Open("request", place[0], place[1], text)


def _of_revision(module: Module, function: Function, klass: Class | None) -> Open | None:
    """A view, or what one saves with, of a project with the middleware of django-reversion: what is called for GET alone is in no transaction."""
    place = revised_requests(module.project)
    if place is None or function.name in READING:
        return None
    saves = klass is not None and function.name in SAVING and _of_views(module, klass)
    if not saves and not is_view(module, function):
        return None
    certain = not saves and klass is not None and function.name in HANDLING
    return Open("request", place[0], place[1], "the transaction of the request (RevisionMiddleware)", certain)


def _of_views(module: Module, klass: Class) -> bool:
    """Whether a class is a serializer or a form: views have it save what they were sent."""
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0] if klass.bases else ()
    return any(OF_VIEWS.match(name) for name in names)


def _decorated_by(function: Function, klass: Class | None) -> list[str]:
    decorators = (*function.decorators, *(klass.decorators if klass is not None else ()))
    made = [_method_decorated(one) for one in decorators]
    return [written_name(one) for one in made]


def class_like(module: Module, function: Function, bases: re.Pattern[str]) -> Class | None:
    """The class of which a function is a method, where one that it is made of has such a name."""
    klass = class_around(module, function)
    if klass is None or not klass.bases:
        return None
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0]
    return klass if any(bases.match(one) for one in names) else None


def is_view(module: Module, function: Function) -> bool:
    """Whether a function is called for a request: a view of Django, or a method of a class of views."""
    klass = class_around(module, function)
    return _view_method(module, function, klass) if klass is not None else _view_function(function)


def is_resource(module: Module, function: Function) -> bool:
    """Whether a function is a method by which a class of Flask and its extensions, or of Tornado, answers a request."""
    return function.name in HANDLING and class_like(module, function, RESOURCES) is not None


def _view_function(function: Function) -> bool:
    """Whether a function is a view: its first parameter is the request."""
    return function.holder == "module" and bool(function.params) and function.params[0].name == "request"


def _view_method(module: Module, function: Function, klass: Class) -> bool:
    """Whether a method of a class of views is run in the request: any that is called on an object, as all of them are made for one request."""
    if function.name.startswith("__") or is_of_class(function):
        return False
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0] if klass.bases else ()
    return any(VIEWS.match(name) for name in names)
