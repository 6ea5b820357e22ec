"""The keys of Django's rows: when a row gets its key, and whether it loses it when it is deleted."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Expr, Ref
from taskguard.facts.questions import finds
from taskguard.facts.statements import Inner
from taskguard.patterns import regex
from taskguard.project.python.flow import below, body_of, expressions, spots_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.app_names import family, parents
from taskguard.project.tasks.celery_names import DEEPEST
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class
    from taskguard.project.hazards.database.rows import Model
    from taskguard.project.python.project import Module, Project

# Base classes of libraries that leave the key and the deletion to Django.
PLAIN = regex(
    r"django\.(?:db\.models(?:\.base)?\.Model|contrib\.gis\.db\.models\.Model|contrib\.auth\.(?:models|base_user)\.(?:Abstract\w+|PermissionsMixin))\Z"
    r"|model_utils\.models\.(?:TimeStamped|TimeFramed|Status)Model\Z|django_extensions\.db\.models\.(?:TimeStamped|TitleDescription|TitleSlugDescription|Activator)Model\Z"
    r"|polymorphic\.models\.PolymorphicModel\Z|mptt\.models\.MPTTModel\Z|builtins\.object\Z|(?:typing|abc)\.\w+\Z"
)
# What keeps deleted rows, and their keys.
SOFT = regex(r"(?i)soft_?delet|safe_?delet|paranoi|is_deleted|deleted_(?:at|on)|trash|treebeard|mongoengine|peewee")
KEYS = frozenset(("pk", "id"))


def key_of(name: str) -> str:
    """The row whose key a dotted name is: `order` of `order.pk`; empty where it is no key."""
    head, _, last = name.rpartition(".")
    return head if last in KEYS else ""


@query
def loses_key(module: Module, qualname: str) -> bool:
    """Whether rows of a class of the project surely have no key any more when `delete()` has been called."""
    return all(
        "delete" not in klass.methods or _deletes_above(home, klass) for home, klass in _family(module, qualname)
    ) and _is_plain(module, qualname)


@query
def gets_key(module: Module, qualname: str) -> bool:
    """Whether a new row of a class surely has no key until the database gives it one."""
    held = _family(module, qualname)
    if not held or not _is_plain(module, qualname):
        return False
    for home, klass in held:
        for one in klass.attributes:
            if one.name in KEYS and one.value is not None:
                return False
            if isinstance(one.value, Call) and one.value.keyword("primary_key") is not None:
                return False
        if not {"__init__", "id", "pk"}.isdisjoint(klass.methods) or (home is not module and _is_table(home, klass)):
            return False
    return not _is_below_table(module, qualname)


@query
def keeps_deleted(project: Project) -> bool:
    """Whether anything says that rows of a project may be kept where they are deleted."""
    return any(
        finds(project, path, SOFT) for path in project.search("models.Model", "models import") if not in_tests(path)
    )


def has_own_id(model: Model) -> bool:
    """Whether `id` of a row is its own key: not that of a row of another table from which its class is derived."""
    return model.module is None or model.klass is None or not _is_below_table(model.module, model.klass.qualname)


def _family(module: Module, qualname: str) -> list[tuple[Module, Class]]:
    klass = module.klass(qualname)
    return family(module, klass, DEEPEST) if klass is not None else []


def _is_plain(module: Module, qualname: str) -> bool:
    """Whether all that a class is made of is of the project, or is known to leave keys to Django."""
    outside = [
        parent.dotted
        for held in _family(module, qualname)
        for parent in parents(*held)
        if parent.klass is None and parent.module is None
    ]
    return bool(outside) and all(name and PLAIN.match(name) for name in outside)


@query
def _is_below_table(module: Module, qualname: str) -> bool:
    """Whether a class is derived from one that has a table of its own: its key is that of the other row."""
    return any(_is_table(home, klass) for home, klass in _family(module, qualname)[1:])


def _is_table(home: Module, klass: Class) -> bool:
    """Whether a class of rows is not abstract; a mixin that is no model has no table."""
    from taskguard.project.hazards.database.rows import model_of

    if model_of(home, klass.qualname) is None:
        return False
    meta = home.klass(f"{klass.qualname}.Meta")
    said = [one.value for one in meta.attributes if one.name == "abstract"] if meta is not None else []
    return not any(isinstance(one, Const) and one.value is True for one in said)


def _deletes_above(module: Module, klass: Class) -> bool:
    """Whether `delete` of a class surely has Django delete the row."""
    function = module.function(f"{klass.qualname}.delete")
    body = body_of(module, function) if function is not None else None
    return any(
        not spot.around
        and any(is_above(one, "delete") for expr in expressions(spot.statement) for one, _ in below(expr))
        for spot in (spots_of(body) if body is not None else ())
    )


def is_above(expr: Expr, *methods: str) -> bool:
    """Whether an expression is `super().save()`, or `super(Order, self).save()`."""
    if isinstance(expr, Inner) and expr.kind == "await":
        return is_above(expr.parts[0], *methods)
    func = expr.func if isinstance(expr, Call) else None
    return (
        isinstance(func, Attr)
        and func.name in methods
        and isinstance(func.of, Call)
        and isinstance(func.of.func, Ref)
        and func.of.func.name == "super"
    )
