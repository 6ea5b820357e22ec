"""Things of which JSON surely has nothing: what constructors of the language, of libraries and of the project make, and what names of a file are."""

from __future__ import annotations

import sys

from taskguard.facts.model import Binding, Call, Ref
from taskguard.patterns import regex
from taskguard.project.hazards.database.rows import Model
from taskguard.project.python.names import builtin, resolve
from taskguard.project.tasks.app_names import parents
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.project.python.project import Module

    ThingKind = Literal[
        "coroutine", "row", "rows", "manager", "pair", "set", "path", "holder", "class", "form", "dict", "enum", ""
    ]

BUILTIN = {
    "set": "a set", "frozenset": "a frozenset", "map": "a map object", "filter": "a filter object", "zip": "a zip object", "range": "a range",
    "enumerate": "an enumerate object", "reversed": "an iterator", "iter": "an iterator", "open": "an open file", "object": "an object",
    "bytearray": "a bytearray", "memoryview": "a memoryview", "complex": "a complex number",
}  # fmt: skip
# Those whose names people give to values of their own, and then forget to.
FUNCTIONS = frozenset("id type input format hash object filter map next iter vars dir min max sum all any len".split())
OUTSIDE = {
    "datetime.timedelta": "a timedelta", "django.utils.timezone.timedelta": "a timedelta", "datetime.timezone": "a timezone",
    "collections.deque": "a deque", "io.BytesIO": "a BytesIO", "io.StringIO": "a StringIO", "re.compile": "a pattern", "types.SimpleNamespace": "a SimpleNamespace",
    "functools.partial": "a partial", "logging.getLogger": "a logger", "numpy.array": "an array", "numpy.zeros": "an array", "numpy.ones": "an array",
    "numpy.arange": "an array", "numpy.asarray": "an array", "numpy.load": "an array", "pandas.DataFrame": "a DataFrame", "pandas.read_csv": "a DataFrame", "pandas.read_excel": "a DataFrame",
    "pandas.read_sql": "a DataFrame", "pandas.read_parquet": "a DataFrame", "pandas.Series": "a Series",
    "requests.get": "a response", "requests.post": "a response", "requests.put": "a response", "requests.Session": "a session", "requests.session": "a session",
    "threading.Lock": "a lock", "tempfile.NamedTemporaryFile": "an open file", "tempfile.TemporaryFile": "an open file",
    "flask_mail.Message": "a mail", "flask.ext.mail.Message": "a mail", "django.core.mail.EmailMessage": "a mail", "django.core.mail.EmailMultiAlternatives": "a mail",
    "email.message.EmailMessage": "a mail", "email.mime.multipart.MIMEMultipart": "a mail", "email.mime.text.MIMEText": "a mail",
    "django.template.Template": "a template", "django.template.loader.get_template": "a template",
    "django.shortcuts.get_object_or_404": "an instance of a model", "zoneinfo.ZoneInfo": "a timezone", "sqlite3.connect": "a connection",
    "flask.jsonify": "a response", "flask.make_response": "a response", "flask.Response": "a response", "flask.redirect": "a response", "django.http.JsonResponse": "a response",
    "django.http.HttpResponse": "a response", "django.http.response.JsonResponse": "a response", "django.http.response.HttpResponse": "a response", "django.shortcuts.render": "a response",
    "django.shortcuts.redirect": "a response", "rest_framework.response.Response": "a response", "fastapi.responses.JSONResponse": "a response",
    "starlette.responses.JSONResponse": "a response",
}  # fmt: skip
PATHS = frozenset(f"pathlib.{kind}{name}" for kind in ("", "Pure") for name in ("Path", "PosixPath", "WindowsPath"))
# Classes of which objects of a subclass are still written.
WRITTEN = regex(
    r"(?:builtins\.)?(?:str|int|float|bool|dict|list|tuple|bytes)\Z|(?:collections|typing|typing_extensions)\.(?:OrderedDict|defaultdict|Counter|UserString|NamedTuple|TypedDict)\Z"
    r"|enum\.(?:IntEnum|StrEnum|IntFlag)\Z|django\.db\.models\.(?:\w+\.)*\w*Choices\Z|(?:datetime|uuid|decimal)\.\w+\Z"
)
# Classes of libraries whose objects are texts, numbers, lists or dicts.
LIKE_TEXT = frozenset(
    "Markup SafeString SafeText Struct Box Munch EasyDict AttrDict Config Env Url URL Undefined Dict".split()
)
ENUM = frozenset(("enum.Enum", "enum.Flag"))
DATACLASS = frozenset(
    (
        "dataclasses.dataclass",
        "attr.s",
        "attr.attrs",
        "attr.dataclass",
        "attr.define",
        "attrs.define",
        "attrs.frozen",
        "pydantic.dataclasses.dataclass",
    )
)
# Ancestors that make no object one that can be written.
PLAIN = regex(
    r"(?:builtins\.(?:object|\w*(?:Exception|Error))|abc\.ABC|typing\.(?:Generic|Protocol)|typing_extensions\.Protocol|enum\.Enum|enum\.Flag|pydantic(?:\.\w+)*\.BaseModel)\Z"
)


class Thing(Record):
    """A value. `text` says what it is, `unfit` that JSON cannot take it. `model` is the class of the row that it is, `by_use` says that it is one by what a function asks it for alone, `each` what it has when it is gone through.

    `kind` is `row`, `rows`, `manager`, `pair`, `set`, `path`, `holder` (a list, tuple or dict with something unfit in it), `class`, `coroutine` or empty.
    """

    text: str
    kind: ThingKind = ""
    unfit: bool = True
    model: Model | None = None
    each: Thing | None = None
    by_use: bool = False


SET = Thing("a set", "set")


def row(model: Model) -> Thing:
    """An object of a class of rows."""
    return Thing(f"an instance of {model.name}", "row", model=model)


def rows(model: Model | None, each: Thing | None) -> Thing:
    """A QuerySet."""
    of = f" of {model.name}" if model is not None and each is not None else ""
    kind = "query" if model is not None and not model.django else "QuerySet"
    return Thing(f"a {kind}{of}", "rows", model=model, each=each)


def named(module: Module, scope: str, name: str) -> Thing | None:
    """What a name that no function binds is: a member of an Enum, a task, a function, a class."""
    found = resolve(module, name, scope)
    if name in FUNCTIONS and builtin(found, module):
        return Thing(f"the function {name} of the language")
    if found.kind != "symbol" or found.module is None:
        return None
    head, _, last = found.path.rpartition(".")
    if head and found.module.klass(head) is not None and is_enum(found.module, head):
        held = found.module.attribute(head, last)
        member = held is not None and held.kind == "variable" and held.value is not None and not last.startswith("_")
        return Thing(f"the member {last} of an Enum", "enum") if member else None
    if any(task.qualname == found.path for task in tasks_in(found.module)):
        return Thing("a task")
    made = _made_outside(found.module, found.path)
    if made:
        return Thing(f"an object of {made}")
    function = found.module.function(found.path)
    if function is not None and not function.decorators and function.holder == "module":
        return Thing("a function")
    return Thing("a class", "class") if found.module.klass(found.path) is not None else None


def _made_outside(module: Module, name: str) -> str:
    """The class of a library of which a variable of a file holds an object: `bot = TeleBot(…)`; empty where it may be a value that can be written.

    Constants (`ROOT = Path(…)`) are left out: they are mostly such values.
    """
    entries = module.entries(name) if "." not in name and name.islower() else ()
    value = entries[0].value if len(entries) == 1 and isinstance(entries[0], Binding) else None
    found = resolve(module, value.callee) if isinstance(value, Call) and value.callee else None
    if found is None or found.kind != "external" or entries[0].guard:
        return ""
    head, last = found.path.partition(".")[0], found.path.rpartition(".")[2]
    made = last[:1].isupper() and not last.isupper() and last not in LIKE_TEXT
    return last if made and head not in sys.stdlib_module_names else ""


@query
def is_enum(module: Module, qualname: str) -> bool:
    """Whether a class is an Enum whose members are nothing else besides."""
    klass = module.klass(qualname)
    names = _ancestors(module, qualname) if klass is not None and klass.bases else None
    return names is not None and not ENUM.isdisjoint(names) and not any(WRITTEN.match(one) for one in names)


def _ancestors(module: Module, qualname: str) -> tuple[str, ...] | None:
    """The classes above a class; None where there may be others, or something that writes its objects."""
    names, _, _ = ancestry(module, f"{module.name}.{qualname}")
    for dotted in names:
        held = locate(module.project, dotted, module)
        if held is None:
            if not PLAIN.match(dotted) and not WRITTEN.match(dotted):
                return None
        elif held[1].has("__getattr__", "__json__", "__new__") or held[1].keywords:
            return None
        elif not all(one.dotted for one in parents(*held)):
            return None
    return names


@query
def object_of(module: Module, qualname: str) -> str:
    """What the objects of a class of the project are called, where JSON surely cannot take them."""
    klass = module.klass(qualname)
    names = _ancestors(module, qualname) if klass is not None else None
    if klass is None or names is None or any(WRITTEN.match(one) for one in names):
        return ""
    if not ENUM.isdisjoint(names):
        return f"a member of the Enum {klass.name}"
    decorated = [
        resolve(module, one.callee if isinstance(one, Call) else getattr(one, "name", "")).path
        for one in klass.decorators
        if isinstance(one, Call | Ref)
    ]
    if not all(one in DATACLASS for one in decorated):
        return ""
    return f"a dataclass, {klass.name}" if "dataclasses.dataclass" in decorated else f"an object of {klass.name}"


def made_of(module: Module, qualname: str) -> Thing | None:
    """What the call of a class or function of the project gives that JSON surely cannot take."""
    if module.klass(qualname) is None:
        return _coroutine(module, qualname)
    text = object_of(module, qualname)
    return Thing(text) if text else None


def _coroutine(module: Module, qualname: str) -> Thing | None:
    """What the call of an `async def` of the project gives; None for other functions, and where a decorator may make something else of it."""
    function = module.function(qualname)
    if (
        function is None
        or not function.is_async
        or function.is_generator
        or function.decorators
        or len(module.entries(qualname)) != 1
    ):
        return None
    return Thing(f"a coroutine ({function.name}() is not awaited)", "coroutine")


def holder(kind: str, items: Iterator[Thing | None], starred: list[bool] | None = None) -> Thing | None:
    """A list, tuple or dict with something in it that cannot be written."""
    for number, one in enumerate(items):
        star = starred is not None and starred[number]
        held = one.each if one is not None and star else one
        if held is not None and held.unfit:
            return Thing(f"a {kind} with {held.text}", "holder", each=held)
    return Thing("a dict", "dict", unfit=False) if kind == "dict" else None
