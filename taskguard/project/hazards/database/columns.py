"""What the classes of rows of a project have, where all of it is known: the columns of SQLAlchemy's, the fields of Django's."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Binding, Call, Dict, Ref
from taskguard.facts.questions import every, finds
from taskguard.facts.selections import local_imports, written_name
from taskguard.patterns import regex
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.app_names import family, parents
from taskguard.project.tasks.celery_names import DEEPEST
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Class, Expr
    from taskguard.project.python.project import Module, Project

DJANGO, ALCHEMY, SQLMODEL = "django", "sqlalchemy", "sqlmodel"
# Bases of libraries by what they make of a class; the others bring nothing that somebody asks for by its name.
MAPPED = {
    "django.db.models.Model": DJANGO,
    "django.db.models.base.Model": DJANGO,
    "django.contrib.gis.db.models.Model": DJANGO,
    "sqlalchemy.orm.DeclarativeBase": ALCHEMY,
    "sqlalchemy.orm.DeclarativeBaseNoMeta": ALCHEMY,
    "sqlmodel.SQLModel": SQLMODEL,
    "sqlmodel.main.SQLModel": SQLMODEL,
}
IDLE = frozenset(
    "builtins.object abc.ABC typing.Generic typing.Protocol typing_extensions.Protocol sqlalchemy.ext.asyncio.AsyncAttrs".split()
)
# Decorators that leave a class with the names that it had.
PLAIN = frozenset(
    "functools.total_ordering typing.final typing.runtime_checkable django.utils.encoding.python_2_unicode_compatible six.python_2_unicode_compatible"
    " django.utils.six.python_2_unicode_compatible sqlalchemy.orm.declarative_mixin".split()
)
MAKERS = frozenset(
    "sqlalchemy.orm.declarative_base sqlalchemy.ext.declarative.declarative_base sqlalchemy.ext.declarative.api.declarative_base".split()
)
HOLDERS = frozenset(
    ("flask_sqlalchemy.SQLAlchemy", "flask.ext.sqlalchemy.SQLAlchemy", "flask_sqlalchemy.extension.SQLAlchemy")
)
# What these are given to have a base, a constructor or a class of classes of somebody's own.
OWN_BASE = ("cls", "constructor", "metaclass", "model_class", "mapper", "class_registry", "disable_autonaming")
# What each class has beside what is written down.
GIVEN = {
    ALCHEMY: frozenset("metadata registry query query_class mro awaitable_attrs versions".split()),
    SQLMODEL: frozenset(
        "metadata registry mro from_orm parse_obj parse_raw parse_file construct copy dict json schema schema_json validate update_forward_refs"
        " sqlmodel_update".split()
    ),
    DJANGO: frozenset(("pk", "id", "objects")),
}
# What gives a class names that nobody wrote down, or has it mapped in another way.
ANSWERING = ("__getattr__", "__getattribute__", "__new__", "__init_subclass__", "__class_getitem__")
MAPPING = (
    "__metaclass__ __table__ __mapper_args__ __declare_last__ __declare_first__ __mapper_cls__ __table_cls__ __prepare__"
).split()
HARMLESS = frozenset(
    "polymorphic_identity polymorphic_on eager_defaults version_id_col confirm_deleted_rows order_by primary_key with_polymorphic".split()
)
COMPUTED = regex(
    r"\bsetattr\(\s*(?:cls|klass|\w*model|\w+_(?:cls|class)|(?:\w+\.)*[A-Z]\w*)\s*,|\b(?:locals|vars|exec|globals)\(|\bautoload\b|autoload_with|DeferredReflection|automap_base"
)
# What adds columns, or relations, to classes of others, by the words for which files are searched.
ADDING = {
    ALCHEMY: regex(
        r"\badd_property\(|[\"'](?:class_instrument|instrument_class|mapper_configured|mapper_constructed|after_configured|before_configured)[\"']|\bmap_imperatively\("
    ),
    DJANGO: regex(
        r"\bcontribute_to_class\b|\badd_to_class\b|\bclass_prepared\b|\bTranslationOptions\b|\bactstream\b|\b(?:mptt|tagging|categories)\.register\(|\bregister_(?:fk|m2m)\("
        r"|\brelated_(?:query_)?name\s*=\s*(?![\"'fru]|None\b)|\badd_field\(self"
    ),
}
WORDS = {
    ALCHEMY: "add_property class_instrument instrument_class mapper_configured mapper_constructed after_configured before_configured map_imperatively".split(),
    DJANGO: "contribute_to_class add_to_class class_prepared TranslationOptions actstream .register( register_fk register_m2m related_name related_query_name".split(),
}
BACKREFS = regex(r"\bback(?:ref|_populates)\s*=\s*(?:(?:\w+\.)*backref\(\s*)?[\"'](\w+)[\"']")
UNTOLD_BACKREF = regex(r"\bbackref\s*=\s*(?!(?:(?:\w+\.)*backref\(\s*)?[\"']|None\b)")
REVERSED = regex(r"\brelated_(?:query_)?name\s*=\s*[fru]?[\"']([^\"'\n]*)[\"']")


class Columns(Record):
    """What a class of rows has: `kind` says whose class it is, `names` all that it has, `open_ended` the fields of other libraries, which may bring more
    whose names begin with theirs. `constructed` says that it is made by keywords that are such names, `managed` that its `objects` is Django's own."""

    kind: str
    module: Module
    klass: Class
    names: frozenset[str]
    open_ended: frozenset[str]
    constructed: bool
    managed: bool


@query
def columns_of(module: Module, qualname: str) -> Columns | None:
    """The same for a class of the project; None where it is no class of rows, or may have more than is seen."""
    klass = module.klass(qualname)
    if klass is None or not klass.bases or klass.guard or "." in qualname or len(module.entries(qualname)) != 1:
        return None
    kinds: set[str] = set()
    held = family(module, klass, DEEPEST)
    for home, one in held:
        for base, parent in zip(one.bases, parents(home, one), strict=True):
            kind = "" if parent.klass is not None or parent.dotted in IDLE else _kind_of(home, base, parent.dotted)
            if kind is None:
                return None
            kinds.add(kind)
    kinds.discard("")
    if len(kinds) != 1 or any(_may_have_more(home, one, kinds) for home, one in held):
        return None
    kind = kinds.pop()
    if _is_added_to(module.project, kind):
        return None
    names = set(GIVEN[kind])
    for _, one in held:
        names.update(binding.name for binding in one.attributes)
        names.update(one.methods)
    names.update(backrefs(module.project) if kind != DJANGO else ())
    more = _open_ended(held) if kind == DJANGO else frozenset()
    if more is None:
        return None
    constructed = kind != SQLMODEL and not any("__init__" in one.methods or one.decorators for _, one in held)
    return Columns(kind, module, klass, frozenset(names), more, constructed, kind == DJANGO and _is_managed(held))


def _kind_of(home: Module, base: Expr, dotted: str) -> str | None:
    """What a base outside the project makes of a class; None where nobody knows."""
    if dotted in MAPPED:
        return MAPPED[dotted]
    if not isinstance(base, Ref):
        return None
    head, _, last = base.name.rpartition(".")
    if _is_made(home, base.name, MAKERS) or (last == "Model" and head and _is_made(home, head, HOLDERS)):
        return ALCHEMY
    return None


def _is_made(module: Module, name: str, makers: frozenset[str]) -> bool:
    """Whether a variable of the project is what one of these gives, with nothing of somebody's own in it."""
    found = resolve(module, name)
    held = found.module if found.kind == "symbol" else None
    entries = held.entries(found.path) if held is not None and "." not in found.path else []
    value = entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None
    if held is None or not isinstance(value, Call) or resolve(held, value.callee).path not in makers:
        return False
    return not any(one.name is None or one.name in OWN_BASE for one in value.keywords)


def _may_have_more(home: Module, klass: Class, kinds: set[str]) -> bool:
    """Whether a class may have names that nobody sees, or is mapped in another way."""
    table = [one.name for one in klass.keywords] == ["table"] and kinds == {SQLMODEL}
    if klass.has(*ANSWERING) or klass.has(*MAPPING) or (klass.keywords and not table):
        return True
    for one in klass.attributes:
        if one.name in MAPPING and not (one.name == "__mapper_args__" and _is_harmless(one.value)):
            return True
    if any(resolve(home, written_name(one)).path not in PLAIN for one in klass.decorators):
        return True
    return finds(home.project, home.path, COMPUTED)


def _is_harmless(value: Expr | None) -> bool:
    """Whether what a mapper is given brings no properties of its own."""
    return isinstance(value, Dict) and all(getattr(key, "value", None) in HARMLESS for key, _ in value.items)


@query
def _is_added_to(project: Project, kind: str) -> bool:
    """Whether something in a project may give its classes of rows what they do not say."""
    kind = DJANGO if kind == DJANGO else ALCHEMY
    if not project.can_search:
        return True
    if any(finds(project, path, ADDING[kind]) for path in project.search(*WORDS[kind]) if not in_tests(path)):
        return True
    return kind == ALCHEMY and any(
        finds(project, path, UNTOLD_BACKREF) for path in project.search("backref") if not in_tests(path)
    )


@query
def backrefs(project: Project) -> frozenset[str]:
    """The names that relations of SQLAlchemy have at the other end."""
    held = (every(project, path, BACKREFS) for path in project.search("backref", "back_populates"))
    return frozenset(name for found in held for name in found)


@query
def reversed_names(project: Project) -> frozenset[str]:
    """The names that relations of Django's have at the other end, as written."""
    held = (every(project, path, REVERSED) for path in project.search("related_name", "related_query_name"))
    return frozenset(name for found in held for name in found)


def _open_ended(held: list[tuple[Module, Class]]) -> frozenset[str] | None:
    """The fields that another library, or the project itself, makes; None where one makes many."""
    made: set[str] = set()
    for home, klass in held:
        for one in klass.attributes:
            if not isinstance(one.value, Call):
                continue
            written = one.value.callee or one.value.method
            found = resolve(home, written, klass.qualname) if one.value.callee else None
            if found is not None and found.kind == "external" and found.path.startswith("django."):
                continue
            if written.endswith("Fields") or "ranslat" in written:
                return None
            made.add(one.name)
    return frozenset(made)


# What a manager or a QuerySet of a project may not do itself, if its rows are to be asked as Django asks them.
ASKING = frozenset(
    """
    get_queryset get_query_set filter exclude get create get_or_create update_or_create update values values_list order_by only defer annotate alias extra _filter_or_exclude
    all _clone __getattr__ __getattribute__ __new__ __init_subclass__ __init__ latest earliest
    """.split()
)
MANAGERS = frozenset(
    "django.db.models.Manager django.db.models.manager.Manager django.contrib.gis.db.models.Manager".split()
)
QUERYSETS = frozenset(("django.db.models.QuerySet", "django.db.models.query.QuerySet"))


def _is_managed(held: list[tuple[Module, Class]]) -> bool:
    """Whether `objects` of a model is a manager that asks as Django's own does."""
    given = [(home, klass, one) for home, klass in held for one in klass.attributes if one.name == "objects"]
    return all(_is_plain_manager(home, one.value) and "objects" not in klass.methods for home, klass, one in given)


def _is_plain_manager(home: Module, value: Expr | None) -> bool:
    if not isinstance(value, Call) or isinstance(value.func, Attr):
        return False
    head, _, last = value.callee.rpartition(".")
    made, known = (head, QUERYSETS) if last == "as_manager" else (value.callee, MANAGERS)
    found = resolve(home, made)
    if found.kind == "external":
        return found.path in known
    klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
    if klass is None or found.module is None:
        return False
    above = family(found.module, klass, DEEPEST)
    outside = [one.dotted for each in above for one in parents(*each) if one.klass is None]
    plain = not any(one.decorators or one.keywords or ASKING.intersection(one.methods) for _, one in above)
    return plain and all(one in known or one in IDLE for one in outside)


def lacks(columns: Columns, name: str) -> bool:
    """Whether a class of rows surely has nothing of that name."""
    if name.startswith("_") or name in columns.names:
        return False
    if columns.kind == SQLMODEL and name.startswith("model_"):
        return False
    above = family(columns.module, columns.klass, DEEPEST)
    if any(local_imports(home.facts, one.qualname, name) for home, one in above):
        return False
    if columns.kind != DJANGO:
        return not _is_given(columns, name)
    if name.endswith(("_ptr", "_ptr_id")) or name.removesuffix("_id") in columns.names:
        return False
    if any(name.startswith(f"{one}_") for one in columns.open_ended):
        return False
    return not _is_reversed(columns.module.project, name)


def _is_given(columns: Columns, name: str) -> bool:
    """Whether some code may give the class an attribute, or asks whether it is there."""
    project, word = columns.module.project, re.escape(name)
    above = family(columns.module, columns.klass, DEEPEST)
    klass = "|".join(dict.fromkeys(re.escape(one.name) for _, one in above))
    given = re.compile(
        rf"\b(?:{klass}|cls|klass|model|Model|Base)\.{word}\s*(?::[^=\n]+)?=(?!=)|attr\([^()\n]*[\"']{word}[\"']"
    )
    computed = re.compile(rf"\bsetattr\(\s*(?:\w+\.)*(?:{klass}|Base)\b")
    return any(finds(project, path, given) for path in project.search(name)) or any(
        finds(project, path, computed) for path in project.search("setattr(")
    )


@query
def _is_reversed(project: Project, name: str) -> bool:
    """Whether the other end of a relation may have this name: it is said somewhere, or a class has it."""
    for one in reversed_names(project):
        pattern = re.sub(r"%\\?\(\w+\\?\)s|\\?\{[^}]*\}", r"\\w*", re.escape(one.removesuffix("+")))
        if one and re.fullmatch(pattern, name) is not None:
            return True
    called = re.compile(rf"^[ \t]*class[ \t]+{re.escape(name)}\b", re.IGNORECASE | re.MULTILINE)
    return any(finds(project, path, called) for path in project.search("class "))
