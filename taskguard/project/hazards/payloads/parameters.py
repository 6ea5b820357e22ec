"""What the parameters of functions surely are: by what calls the function, by its annotations, and by what it does with them."""

from __future__ import annotations

from taskguard.facts.model import Call, Function, Ref
from taskguard.facts.selections import imports_head
from taskguard.patterns import regex
from taskguard.project.diagnosis.apps.other_threads import ROUTERS
from taskguard.project.diagnosis.apps.unloaded_web import is_route
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.database.rows import (
    Model,
    admin_row,
    admin_saves,
    is_action,
    model_at,
    own_model,
    receives,
    related,
    view_of,
)
from taskguard.project.hazards.payloads.objects import OUTSIDE, PATHS, SET, Thing, object_of, row, rows
from taskguard.project.python.flow import below, bound_in, calls_of, expressions, spots_of
from taskguard.project.python.names import builtin, resolve
from taskguard.project.tasks.bases import ancestry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

OPTIONAL = regex(r"(?:typing\.)?Optional\[(.*)\]\Z|(.*?)\s*\|\s*None\Z|None\s*\|\s*(.*)\Z")
SETS = regex(r"(?:typing\.)?(?:set|frozenset|Set|FrozenSet|AbstractSet)(?:\[.*\])?\Z")
ROWS = regex(r"(?:[\w.]+\.)?QuerySet(?:\[([\w.\"']*)\])?\Z")
LISTS = regex(r"(?:typing\.)?(?:list|List|Sequence|Iterable|tuple|Tuple)\[([\w.\"']+)(?:,\s*\.\.\.)?\]\Z")
NAME = regex(r"[A-Za-z_][\w.]*\Z")
ANNOTATED = regex(r"(?:\w+\.)?Annotated\[\s*([\w.\"']+)\s*,")
BODY = regex(r"pydantic(?:\.main)?\.BaseModel\Z")
# What FastAPI, or a dependency, gives for a parameter of this class.
GIVEN = {
    "fastapi.UploadFile": "an uploaded file", "fastapi.datastructures.UploadFile": "an uploaded file", "starlette.datastructures.UploadFile": "an uploaded file",
    "fastapi.Request": "the request", "fastapi.requests.Request": "the request", "starlette.requests.Request": "the request", "fastapi.BackgroundTasks": "a BackgroundTasks",
    "sqlalchemy.orm.Session": "a session", "sqlalchemy.orm.session.Session": "a session", "sqlmodel.Session": "a session",
    "sqlalchemy.ext.asyncio.AsyncSession": "a session", "sqlalchemy.ext.asyncio.session.AsyncSession": "a session",
}  # fmt: skip
# What takes a user, by its last name, with the place of the user among its arguments.
USER_AT = {"login": 1, "alogin": 1, "make_token": 0, "for_user": 0, "update_session_auth_hash": 1}
TAKING = frozenset((
    "django.contrib.auth.login", "django.contrib.auth.alogin", "django.contrib.auth.update_session_auth_hash",
    "django.contrib.auth.tokens.default_token_generator.make_token",
    "rest_framework_simplejwt.tokens.RefreshToken.for_user", "rest_framework_simplejwt.tokens.AccessToken.for_user",
))  # fmt: skip
# Attributes that rows of Django have, and nothing that JSON takes.
OF_ROWS = frozenset(
    "pk _meta _state refresh_from_db full_clean is_authenticated get_full_name email_user has_perm".split()
)
OF_MANAGERS = frozenset("all filter exclude select_related prefetch_related values_list".split())
ASKED = Thing("an instance of a model", "row", by_use=True)
ASKING = frozenset("isinstance hasattr getattr type callable".split())
A_ROW = Thing("the row that is saved, an instance of a model", "row")
FORM = Thing("a serializer", "form")


def parameter(module: Module, function: Function, body: Body, name: str) -> Thing | None:
    """What a parameter of a function is that the function binds to nothing else; None where that cannot be told."""
    if name == "self":
        model = own_model(module, function)
        return row(model) if model is not None else None
    if name == admin_saves(function):
        model = admin_row(module, function)
        return row(model) if model is not None else None
    if name in ("instance", "sender"):
        held = receives(module, function.qualname)
        if held is not None:
            return Thing("a class", "class") if name == "sender" else saved(held.model)
    if name == "serializer" and function.name in ("perform_create", "perform_update") and view_of(module, function):
        return FORM
    if name == "queryset" and is_action(module, function):
        return rows(None, Thing("an instance of a model", "row"))
    if any(run.function is function for run in runs_in(module)):
        return None  # what a task is given has come through JSON, whatever the annotation says
    param = next((one for one in function.params if one.name == name), None)
    if param is None or param.kind not in ("positional", "both", "keyword"):
        return None
    told = _annotated(module, function.qualname, param.annotation) or _of_route(module, function, param.annotation)
    return told or shown(module, function, body, name)


def _of_route(module: Module, function: Function, written: str) -> Thing | None:
    """What FastAPI gives a route for a parameter with this annotation: an object of that class, whatever the request has."""
    found = ANNOTATED.match(written.strip())
    text = (found[1] if found is not None else written).strip().strip("\"'")
    if not NAME.match(text) or not is_route(module, function, ROUTERS):
        return None
    of = resolve(module, text, function.qualname)
    if of.kind == "external":
        return Thing(GIVEN[of.path]) if of.path in GIVEN else None
    if of.kind != "symbol" or of.module is None or of.module.klass(of.path) is None:
        return None
    made = object_of(of.module, of.path)
    return (
        Thing(made)
        if made and any(BODY.match(one) for one in ancestry(of.module, f"{of.module.name}.{of.path}")[0])
        else None
    )


def saved(model: Model | None) -> Thing:
    """The row that a receiver is told of."""
    return A_ROW if model is None else A_ROW.replace(model=model)


def _annotated(module: Module, scope: str, written: str) -> Thing | None:
    """What an annotation says."""
    text = written.strip().strip("\"'").strip()
    found = OPTIONAL.match(text)
    if found is not None:
        text = (found[1] or found[2] or found[3] or "").strip().strip("\"'")
    if SETS.match(text):
        return SET
    held = ROWS.match(text)
    if held is not None:
        of = _annotated(module, scope, held[1]) if held[1] else None
        return rows(of.model if of is not None else None, of)
    held = LISTS.match(text)
    if held is not None:
        each = _annotated(module, scope, held[1])
        return Thing(f"a list with {each.text}", "holder", each=each) if each is not None and each.unfit else None
    if not NAME.match(text):
        return None
    model = model_at(module, scope, text)
    if model is not None:
        return row(model)
    found_name = resolve(module, text, scope)
    if found_name.kind == "external":
        if found_name.path in PATHS:
            return Thing("a Path", "path")
        return Thing(OUTSIDE[found_name.path]) if found_name.path in TYPES else None
    if found_name.kind == "symbol" and found_name.module is not None and found_name.module.klass(found_name.path):
        made = object_of(found_name.module, found_name.path)
        return Thing(made) if made and not found_name.module.klass(found_name.path).bases else None  # type: ignore[union-attr]
    return Thing("an exception") if text in ("Exception", "BaseException") and builtin(found_name, module) else None


TYPES = frozenset(one for one in OUTSIDE if one.rpartition(".")[2][:1].isupper() or one == "datetime.timedelta")


def shown(module: Module, function: Function, body: Body, name: str) -> Thing | None:
    """A row, as the function gives it for a foreign key where it makes another one, or logs in who it is: Django takes no key there."""
    kept = len(bound_in(body, name)) == (not any(one.name == name for one in function.params))
    for called in calls_of(body):
        if kept and not called.later and _takes_user(module, function, called.call, name):
            return Thing("an instance of a model, the user", "row")
        for keyword in called.call.keywords:
            if keyword.name and isinstance(keyword.value, Ref) and keyword.value.name == name and not called.later:
                model = _made_by(module, function.qualname, called.call)
                if model is not None and related(model, keyword.name):
                    return Thing("an instance of a model", "row")
    return ASKED if kept and _has_what_rows_have(module, body, name) else None


def _has_what_rows_have(module: Module, body: Body, name: str) -> bool:
    """Whether a function asks something for what only rows of Django have, and nowhere for what it is."""
    found, django = False, imports_head(module.facts, "django")
    for spot in spots_of(body, inner=True):
        for expr in expressions(spot.statement):
            for one, _ in below(expr):
                if (
                    isinstance(one, Call)
                    and one.callee in ASKING
                    and one.args
                    and getattr(one.args[0], "name", "") == name
                ):
                    return False
                head, _, rest = one.name.partition(".") if isinstance(one, Ref) else ("", "", "")
                first, _, more = rest.partition(".")
                found = found or (head == name and (first in OF_ROWS or (django and more in OF_MANAGERS)))
    return found


def _takes_user(module: Module, function: Function, call: Call, name: str) -> bool:
    """Whether a call takes a user, and no key of one, and is given what has that name: `login(request, user)`."""
    for last, number in USER_AT.items():
        if call.callee.rpartition(".")[2] == last and len(call.args) > number:
            given = call.args[number]
            found = (
                resolve(module, call.callee, function.qualname)
                if isinstance(given, Ref) and given.name == name
                else None
            )
            if found is not None and found.kind == "external" and found.path in TAKING:
                return True
    return False


def _made_by(module: Module, scope: str, call: Call) -> Model | None:
    head, _, last = call.callee.rpartition(".")
    if last in ("create", "acreate") and head.endswith(".objects"):
        return model_at(module, scope, head.removesuffix(".objects"))
    return model_at(module, scope, call.callee) if call.callee else None
