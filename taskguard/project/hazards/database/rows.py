"""Classes whose objects are rows of a database, and where a function has such a row: Django's models and SQLAlchemy's, mostly."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Class, Function, Ref
from taskguard.facts.questions import every
from taskguard.facts.selections import imports_head
from taskguard.patterns import regex
from taskguard.project.hazards.calls.functions import class_around, is_of_class
from taskguard.project.hazards.database.transactions import MODEL, VIEWS, class_like
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module, Project

# Bases of rows besides those of Django.
MAPPED = regex(
    r"(?:mongoengine(?:\.\w+)*\.(?:Dynamic)?(?:Embedded)?Document|flask_mongoengine(?:\.\w+)*\.Document|peewee\.Model|sqlmodel(?:\.\w+)*\.SQLModel|sqlalchemy\.orm(?:\.\w+)*\.DeclarativeBase(?:NoMeta)?)\Z"
)
# What makes a base class for rows (SQLAlchemy), or holds one as `.Model` (Flask-SQLAlchemy).
BASE_MAKERS = frozenset(("declarative_base", "automap_base"))
USER = frozenset(("django.contrib.auth.get_user_model", "django.contrib.auth.models.User"))
SIGNALS = frozenset("pre_save post_save pre_delete post_delete pre_init post_init m2m_changed".split())
MANY = frozenset(("ManyToManyField", "GenericRelation"))
FOREIGN = frozenset(("ForeignKey", "OneToOneField", "ParentalKey", "TreeForeignKey"))
REVERSE = regex(
    r"\b(?:ForeignKey|ManyToManyField|ParentalKey|TreeForeignKey)\((?:[^()]|\([^()]*\)){0,2000}?\brelated_name\s*=\s*[\"'](\w+)[\"']"
)
REQUESTS = frozenset("HttpRequest Request WSGIRequest ASGIRequest AuthenticatedHttpRequest".split())
# Methods of Django's admin that are told of the row which is saved.
OF_ADMIN_SAVING = frozenset(("save_model", "response_add", "response_change"))
REGISTER = frozenset(("django.contrib.admin.register", "django.contrib.admin.decorators.register"))
DJANGO = ("django", "rest_framework", "ninja", "wagtail")


class Model(Record):
    """A class of rows: `name` is what people call it, `django` says whether it has managers. `klass` is None where it is outside the project."""

    name: str
    django: bool
    module: Module | None = None
    klass: Class | None = None


def model_at(module: Module, scope: str, name: str) -> Model | None:
    """The class of rows that a name is; None where it surely or possibly is none."""
    found = resolve(module, name, scope)
    if found.kind == "external":
        return Model(name.rpartition(".")[2], True) if _of_django(found.path) else None
    if found.kind != "symbol" or found.module is None:
        return None
    klass = found.module.klass(found.path)
    if klass is not None:
        return model_of(found.module, found.path)
    entry = found.module.entry(found.path) if "." not in found.path else None
    if isinstance(entry, Binding) and isinstance(entry.value, Call) and gives_user(found.module, "", entry.value):
        return Model("User", True)
    return None


def gives_user(module: Module, scope: str, call: Call) -> bool:
    """Whether a call gives the model of the users: `get_user_model()`."""
    return call.callee.rpartition(".")[2] == "get_user_model" and resolve(module, call.callee, scope).path in USER


def _of_django(dotted: str) -> bool:
    return dotted != "django.db.models.Model" and dotted.startswith("django.contrib.") and bool(MODEL.match(dotted))


@query
def model_of(module: Module, qualname: str) -> Model | None:
    """The class of that qualified name, where its objects are rows."""
    klass = module.klass(qualname)
    if klass is None or not klass.bases:
        return None
    names = ancestry(module, f"{module.name}.{qualname}")[0]
    if any(MODEL.match(name) for name in names[1:]):
        return Model(klass.name, True, module, klass)
    if any(MAPPED.match(name) for name in names[1:]) or any(_mapped(module, name) for name in names):
        return Model(klass.name, False, module, klass)
    return None


def _mapped(module: Module, dotted: str) -> bool:
    """Whether a class has a base that SQLAlchemy makes."""
    held = locate(module.project, dotted, module)
    for base in held[1].bases if held is not None else ():
        if not isinstance(base, Ref) or held is None:
            continue
        head, _, last = base.name.rpartition(".")
        made = _made_by(held[0], base.name)
        if made in BASE_MAKERS or (last == "Model" and head and _made_by(held[0], head) == "SQLAlchemy"):
            return True
    return False


def _made_by(module: Module, name: str) -> str:
    """The last name of what makes the value of a variable."""
    found = resolve(module, name)
    entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
    value = entry.value if isinstance(entry, Binding) else None
    return value.callee.rpartition(".")[2] if isinstance(value, Call) else ""


def own_model(module: Module, function: Function) -> Model | None:
    """The class whose row `self` is in a method."""
    if function.holder != "class" or not function.params or function.params[0].name != "self" or is_of_class(function):
        return None
    return model_of(module, function.qualname.rpartition(".")[0])


def related(model: Model, attribute: str) -> bool:
    """Whether an attribute of a row is another row, by a foreign key."""
    return _field(model, attribute) in FOREIGN


def one_to_one(model: Model, attribute: str) -> bool:
    """Whether an attribute of a row is the one row that it belongs to."""
    return _field(model, attribute) == "OneToOneField"


def manages(model: Model, attribute: str) -> bool:
    """Whether an attribute of a class of rows is a manager of them."""
    return _field(model, attribute).endswith("Manager") or _field(model, attribute) == "as_manager"


def many(model: Model, attribute: str) -> bool:
    """Whether an attribute of a row is a manager of others."""
    return _field(model, attribute) in MANY


def _field(model: Model, attribute: str) -> str:
    """The last name of what makes an attribute of a class of rows; empty where the class has none, or nothing makes it."""
    if not model.django or model.module is None or model.klass is None:
        return ""
    held = model.module.attribute(model.klass.qualname, attribute)
    value = held.value if held is not None else None
    return str(getattr(value.func, "name", "")).rpartition(".")[2] if isinstance(value, Call) else ""


@query
def reverse_names(project: Project) -> frozenset[str]:
    """What the fields of models that lead to other rows are called from there: `related_name`, the name of a manager."""
    held = (every(project, path, REVERSE) for path in project.search("related_name") if not in_tests(path))
    return frozenset(name for found in held for name in found)


class Receiver(Record):
    """A receiver of a signal of Django's models; `model` is the class that it is connected for, where that is told."""

    model: Model | None = None


@query
def receives(module: Module, qualname: str) -> Receiver | None:
    """A function as a receiver of a signal of Django's models; None where it is none, as far as its file says."""
    function = module.function(qualname)
    if function is None:
        return None
    for one in function.decorators:
        if isinstance(one, Call) and one.args and resolved_name(module, one.callee) == "django.dispatch.receiver":
            given = one.args[0]
            if any(_is_signal(module, signal) for signal in getattr(given, "items", (given,))):
                return _receiver(module, "", one)
    for head in (*SIGNALS, "signals", "models"):
        for site in module.places.calls_of(head):
            call = site.call
            name, _, method = call.callee.rpartition(".")
            handed = call.args[0] if method == "connect" and call.args else None
            mine = isinstance(handed, Ref) and handed.name == qualname
            if mine and _is_signal(module, Ref(name, call.span), site.scope):
                return _receiver(module, site.scope, call)
    return None


def _receiver(module: Module, scope: str, call: Call) -> Receiver:
    connecting = call.callee.rpartition(".")[2] == "connect"
    sender = call.keyword("sender") or (call.args[1] if connecting and len(call.args) > 1 else None)
    return Receiver(model_at(module, scope, sender.name) if isinstance(sender, Ref) else None)


def _is_signal(module: Module, expr: Expr, scope: str = "") -> bool:
    if not isinstance(expr, Ref) or expr.name.rpartition(".")[2] not in SIGNALS:
        return False
    return resolve(module, expr.name, scope).path.startswith("django.db.models.signals.")


def is_request(module: Module, function: Function, name: str) -> bool:
    """Whether a dotted name of a function is the request that it answers: a parameter of that name, or `self.request` of a view."""
    if name == "self.request":
        return view_of(module, function) is not None
    param = next((one for one in function.params if one.name == name == "request"), None)
    if param is None:
        found = resolve(module, name, function.qualname)
        return found.kind == "external" and found.path in ("flask.request", "quart.request")
    said = param.annotation.rpartition(".")[2].strip("\"'")
    return (not said or said in REQUESTS) and any(imports_head(module.facts, head) for head in DJANGO)


# -- what gives rows ------------------------------------------------------------------------------------------------


def view_of(module: Module, function: Function) -> Class | None:
    """The class of views whose method a function is."""
    return class_like(module, function, VIEWS)


def has_own(module: Module, klass: Class, *methods: str) -> bool:
    """Whether a class, or one of the project above it, has one of these methods of its own."""
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0]
    held = [locate(module.project, one, module) for one in names]
    return any(one is not None and one[1].has(*methods) for one in held)


def is_action(module: Module, function: Function) -> bool:
    """Whether a function is an action of Django's admin, which is called with the rows that are ticked: `def resend(self, request, queryset)`."""
    names = [one.name for one in function.params]
    if names[1:3] != ["request", "queryset"]:
        return False
    if names[0] == "modeladmin":
        return True
    klass = class_around(module, function)
    if klass is None:
        return False
    above = ancestry(module, f"{module.name}.{klass.qualname}")[0] if klass.bases else ()
    return any(one.rpartition(".")[2].endswith("Admin") for one in above)


def admin_saves(function: Function) -> str:
    """What a method of Django's admin calls the row that it saves, or has saved; empty where it is none, by its name."""
    if function.name not in OF_ADMIN_SAVING or function.holder != "class":
        return ""
    names = [one.name for one in function.params]
    return names[2] if len(names) > 2 and names[1] == "request" else ""


def admin_row(module: Module, function: Function) -> Model | None:
    """The class of the row that a method of the admin saves, as its class is registered: `@admin.register(Order)`, `admin.site.register(Order, OrderAdmin)`."""
    klass = class_around(module, function)
    if klass is None or not admin_saves(function):
        return None
    given = [arg for one in klass.decorators if isinstance(one, Call) and _registers(module, one) for arg in one.args]
    given += [call.args[0] for call in _sites_of(module, klass)]
    models = {one.name for one in given if isinstance(one, Ref)}
    return model_at(module, "", models.pop()) if len(models) == 1 else None


def _sites_of(module: Module, klass: Class) -> list[Call]:
    """The calls that hand a class to Django's admin: `admin.site.register(Order, OrderAdmin)`."""
    sites = (site.call for site in module.places.calls_of("admin") if site.call.callee == "admin.site.register")
    return [one for one in sites if any(isinstance(arg, Ref) and arg.name == klass.qualname for arg in one.args[1:])]


def _registers(module: Module, call: Call) -> bool:
    return call.callee.rpartition(".")[2] == "register" and resolved_name(module, call.callee) in REGISTER


def handed_row(module: Module, function: Function, name: str) -> Model | None:
    """The class of the row that a method is handed to delete it: by Django's admin (`delete_model`), or by a view of REST framework; without a module where only that is told."""
    names = [one.name for one in function.params]
    klass = class_around(module, function)
    if klass is None or not klass.bases or name not in names[1:]:
        return None
    if function.name == "perform_destroy" and names[1:2] == [name] and view_of(module, function) is not None:
        return Model("", True)
    if function.name != "delete_model" or names[2:3] != [name]:
        return None
    above = ancestry(module, f"{module.name}.{klass.qualname}")[0]
    if not any(one.rpartition(".")[2].endswith("Admin") for one in above[1:]):
        return None
    for one in (*(each for each in klass.decorators if isinstance(each, Call)), *_sites_of(module, klass)):
        found = model_at(module, "", one.args[0].name) if one.args and isinstance(one.args[0], Ref) else None
        if found is not None:
            return found
    return Model("", True)
