"""All settings of one app put together: source, `Celery(...)` arguments, `app.conf`, in the order in which Celery reads them."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Expr
from taskguard.project.celery.branches import alternatives, made_outside
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.flask import flask_dict
from taskguard.project.celery.flask_config import flask_config
from taskguard.project.celery.loaded import is_idle
from taskguard.project.celery.model import Configuration, Dead, Place, Service, Setting
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.same_values import origin, same
from taskguard.project.celery.setting_names import is_old, meaning, nearest_setting, written_as
from taskguard.project.celery.sources import Source, is_django, module_source, object_source
from taskguard.project.celery.superseded import told_apart
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.unnamed import unnamed_source
from taskguard.project.celery.unpassed import is_passed_over
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Known, Unknown, Value
from taskguard.query import query
from taskguard.spelling import Spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import PlaceKind
    from taskguard.project.celery.statements import Statement

# Arguments of `Celery(...)` and the setting that each fills (celery/app/base.py).
ARGUMENTS = {
    "broker": "broker_url", "backend": "result_backend", "include": "include", "changes": "", "task_cls": "", "loader": "", "amqp": "",
    "events": "", "log": "", "control": "", "set_as_current": "", "tasks": "", "fixups": "", "config_source": "",
    "namespace": "", "autofinalize": "", "strict_typing": "", "main": "", "broker_connection_factory": "",
}  # fmt: skip
# Kinds of statements that set something.
SETTING = frozenset(("set", "partial", "update", "add_defaults"))
# From this version on what is set on the app beats a source with a namespace, and old names count there (celery/app/utils.py).
SOURCE_LOSES = (5, 7)
IDLE = "a module sets it that nothing seems to load"


@query
def configuration(service: Service) -> Configuration:
    """Everything that is said about the settings of a service."""
    made = Builder(service)
    made.sources()
    made.arguments()
    for one in celery_of(service.project).statements(service):
        made.statement(one)
    return made.result()


class Builder:
    """Collects the places that set something. Use it once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.open = ""
        self.trial = False  # while a statement of the tests is taken: it says nothing of what a worker has
        self.idle = False  # while one of a module is taken that nobody loads: what that sets is `unknown`
        self.unknown: set[str] = set()
        self.namespace: str | None = None
        self.untold = False  # whether the namespace is one that cannot be told
        self.files: dict[str, None] = {}
        self.dead: list[Dead] = []
        self.buried: set[tuple[str, Span]] = set()
        self.spelling = Spelling()
        self.source: dict[str, dict[str, list[Place]]] = {}
        self.whole: dict[str, dict[str, Bound]] = {}
        self.deployments: list[str] = []
        self.late: set[str] = set()
        self.direct: dict[str, list[Place]] = {}
        self.defaults: dict[str, list[Place]] = {}

    def shut(self, why: str) -> None:
        if not self.trial:
            self.open = self.open or why

    # -- the source --------------------------------------------------------------------------------------------------

    def sources(self) -> None:
        """The configuration source that counts: the last one given, all of them where a branch chooses."""
        if made_outside(self.service):
            self.shut("the app is made by something outside the project")
        self.shut(celery_of(self.service.project).crowded)
        said = celery_of(self.service.project).statements(self.service)
        given = [one for one in said if one.kind == "config_from_object"]
        self._named_apart([one for one in said if one.kind == "namespace" and not in_tests(one.module.path)])
        if any(one.kind == "config_from_envvar" for one in said):
            self.shut("the configuration is named by an environment variable")
        if any(is_idle(self.service, one.module) for one in given):
            self.shut(IDLE)
        plain = [place for place, one in enumerate(given) if not one.guard]
        for one in given[: plain[-1] if plain else 0]:  # the namespace of a source that is replaced stays (run)
            if isinstance(one.expr, Call) and not one.guard and (said_there := one.expr.keyword("namespace")):
                self._call_it(value_of(one.bound(said_there)))
        for one in given[plain[-1] if plain else 0 :]:
            call = one.expr
            if isinstance(call, Call):
                namespace = call.keyword("namespace") or (call.args[3] if len(call.args) > 3 else None)
                obj = call.args[0] if call.args else call.keyword("obj")
                self._source(obj, namespace, one.bound())
        call = self.service.call
        if not given and call.keyword("config_source") is not None:
            here = Bound(call, self.service.maker, self.service.maker_scope)
            self._source(call.keyword("config_source"), call.keyword("namespace"), here)
        elif not given and (unnamed := unnamed_source(self.service)) is not None:
            self._take(module_source(unnamed, self._wanted), "")

    def _named_apart(self, assigned: list[Statement]) -> None:
        """The namespace that `Celery(namespace=...)` or `app.namespace = ...` gives, in whatever order: it is read with the settings."""
        given = [one.bound() for one in assigned]
        argument = self.service.call.keyword("namespace")
        if argument is not None and not given:
            given.append(Bound(argument, self.service.maker, self.service.maker_scope))
        values = [value_of(one) for one in given]
        agreed = not any(map(self._guard, assigned)) and all(same(values[0], one) for one in values)
        if values:
            self._call_it(values[0] if agreed else Unknown("it is given in several ways, or at times"))

    def _call_it(self, value: Value) -> None:
        if not isinstance(value, Known):
            self.untold = True
            self.shut("the namespace cannot be told")
        elif isinstance(value.value, str) and value.value:
            self.namespace = value.value

    def _source(self, obj: Expr | None, namespace: Expr | None, here: Bound) -> None:
        if obj is None:
            self.shut("the configuration object cannot be followed")
            return
        if namespace is not None:
            self._call_it(value_of(here.other(namespace)))
        if self.untold:
            return
        bound = here.other(obj)
        if not is_django(bound):
            self._take(object_source(bound, self._wanted), "")
            return
        held = settings_modules(self.service)
        self.shut(held.open)
        for module in held.modules:
            self._take(module_source(module, lambda one: bool(meaning(one, self.namespace, True)[0])), module.name)

    def _wanted(self, written: str) -> bool:
        return bool(meaning(written, self.namespace)[0])

    def _read(self, written: str) -> bool:
        spelled = (None, self.namespace) if self.namespace else (None,)
        return any(setting and not why for setting, why in (meaning(written, one) for one in spelled))

    def _may_be_meant(self, written: str) -> bool:
        """Whether a name is that of a setting, if not as Celery reads it."""
        return self._read(written) or meaning(written, None)[1] in ("namespaced", "unprefixed")

    def _take(self, source: Source, deployment: str) -> None:
        self.shut(source.open)
        self.files.update(source.files)
        self.deployments.append(deployment)
        said = {written: meaning(written, self.namespace, bool(deployment)) for written in source.keys}
        live = {setting for setting, why in said.values() if not why}
        old_style = not self.namespace and any(is_old(written) for written in source.keys)
        for written, (setting, why) in said.items():
            key = source.keys[written]
            places = [
                Place(written, setting, spot.path, spot.span, "source", spot.value, spot.guard, False, (), deployment)
                for spot in key.spots
            ]
            if why:
                self._bury(places, setting, why, old_style)
            # What is pinned decides where it is known: up to 5.6 nothing reads an old name under a namespace.
            if not why or (why == "old" and setting not in live and not pinned_below(self.service.project, (5, 7))):
                self.source.setdefault(setting, {}).setdefault(deployment, []).extend(places)
                self.whole.setdefault(setting, {})[deployment] = key.value
                if why:
                    self.late.add(setting)

    def _bury(self, places: list[Place], setting: str, why: str, old_style: bool) -> None:
        for place in places:
            if (place.path, place.span) in self.buried:
                continue
            self.buried.add((place.path, place.span))
            near = (
                nearest_setting(place.written, self.namespace, self.spelling)
                if why == "unknown"
                else written_as(setting, self.namespace, old_style)
            )
            self.dead.append(Dead(place, why, near))

    # -- what is set on the app --------------------------------------------------------------------------------------

    def arguments(self) -> None:
        """The arguments of `Celery(...)`: those that fill a setting, and settings by name."""
        service = self.service
        calls = alternatives(service)
        for call in calls:
            here = Bound(call, service.maker, service.maker_scope)
            if len(call.args) > 1:
                self.shut("positional arguments of Celery(...)")
            for keyword in call.keywords:
                if keyword.name is None:
                    pieces = dict_pieces(here.other(keyword.value))
                    self.shut(pieces.open)
                    for piece in pieces.items:
                        if isinstance(piece.key.value, str):
                            guard = "if" if len(calls) > 1 else ""
                            self._argument(piece.key.value, piece.value, piece.span, piece.path, guard)
                else:
                    value = here.other(keyword.value)
                    guard = (
                        ""
                        if call is service.call and (len(calls) == 1 or _everywhere(calls, keyword.name, value))
                        else "if"
                    )
                    self._argument(keyword.name, value, keyword.span, service.maker.path, guard)

    def _argument(self, written: str, value: Bound, span: Span, path: str, guard: str) -> None:
        setting = ARGUMENTS.get(written)
        if setting is None:
            self._set(written, value, span, path, "argument", guard)
        elif setting:
            self._set(setting, value, span, path, "argument", guard, written)
        elif written == "changes":
            self._update(value, "argument", guard)

    def _set(
        self,
        name: str,
        value: Bound | Mapping,
        span: Span,
        path: str,
        how: PlaceKind,
        guard: str,
        written: str = "",
        partial: bool = False,
    ) -> None:
        setting, why = meaning(name, None)
        if why and self.namespace:
            # What is set on the app is looked up under the prefix, too (celery/app/utils.py, `Settings`; run on 5.2 to 5.7).
            held, cause = meaning(name, self.namespace)
            setting, why = (held, cause) if held and not cause else (setting, why)
        place = Place(written or name, setting or name, path, span, how, value, guard, partial)
        if why or not setting:
            if not self.untold:
                self._lost(place, setting)
            return
        if self.idle:
            self.unknown.add(setting)
        elif not self.trial:
            (self.defaults if how == "defaults" else self.direct).setdefault(setting, []).append(place)

    def _lost(self, place: Place, setting: str) -> None:
        if setting and setting != place.written:
            self.dead.append(
                Dead(place, "namespaced" if place.written.startswith("CELERY_") else "unprefixed", setting)
            )
        else:
            self.dead.append(Dead(place, "unknown", nearest_setting(place.written, None, self.spelling)))

    def _update(self, bound: Bound, how: PlaceKind, guard: str) -> None:
        whole = flask_config(bound, self._may_be_meant)
        if whole is not None:
            for spot in whole.spots:
                far = not self._read(spot.written) and not whole.is_beside(spot)
                if not far or not whole.open:
                    told: PlaceKind = "flask" if far else how
                    self._set(spot.written, spot.value, spot.span, spot.path, told, guard or spot.guard)
            self.shut(whole.open)
            return
        pieces = dict_pieces(flask_dict(bound) or bound)
        self.shut(pieces.open)
        for piece in pieces.items:
            if isinstance(piece.key.value, str):
                self._set(piece.key.value, piece.value, piece.span, piece.path, how, guard or piece.guard)
            else:
                self.shut("a computed key")

    def statement(self, one: Statement) -> None:
        """Takes one statement about the app. Those of tests are held to what Celery reads, and count for nothing else."""
        if is_passed_over(self.service, one):
            return
        self.trial = in_tests(one.module.path) and not self.service.test
        self.idle = not self.trial and one.kind in SETTING and is_idle(self.service, one.module)
        if not self.trial:
            self.files[one.module.path] = None
        guard = self._guard(one)
        if one.kind == "set":
            if one.name in ("namespace", "changes") or one.name.startswith("_"):
                return
            how: PlaceKind = "item" if one.module.path and not one.span else "attribute"
            self._set(one.name, one.bound(), one.span, one.module.path, how, guard)
        elif one.kind == "partial":
            added = Mapping()
            added.open = "it is added to"
            self._set(one.name, added, one.span, one.module.path, "update", guard, partial=True)
        elif one.kind in ("update", "add_defaults"):
            self._changed(one, guard)

    def _guard(self, one: Statement) -> str:
        # A factory's body runs whenever the app is made: what it sets is set.
        in_maker = one.module is self.service.maker and one.scope == self.service.maker_scope
        return one.guard if in_maker else one.under

    def _changed(self, one: Statement, guard: str) -> None:
        call = one.expr
        if not isinstance(call, Call):
            self.shut("a setting with a computed name")
            return
        how: PlaceKind = "defaults" if one.kind == "add_defaults" else "update"
        for arg in call.args:
            self._update(one.bound(arg), how, guard)
        for keyword in call.keywords:
            if keyword.name is None:
                self._update(one.bound(keyword.value), how, guard)
            else:
                self._set(keyword.name, one.bound(keyword.value), keyword.span, one.module.path, how, guard)

    # -- all of it ---------------------------------------------------------------------------------------------------

    def result(self) -> Configuration:
        names = sorted({*self.source, *self.direct, *self.defaults, *self.unknown})
        settings = {name: self._setting(name) for name in names}
        return Configuration(settings, self.open, self.namespace, tuple(self.files), tuple(self.dead))

    def _setting(self, name: str) -> Setting:
        by_deployment = self.source.get(name, {})
        places: dict[tuple[str, Span, str], Place] = {}
        for group in (self.defaults.get(name, []), *by_deployment.values(), self.direct.get(name, [])):
            for one in group:
                places.setdefault((one.path, one.span, one.how), one)
        sourced, given = self._sourced(name), [one.value for one in self.defaults.get(name, [])]
        value = sourced if (direct := self._directly(name)) is ABSENT else direct
        rivals = any(beats_app(one, self.namespace) for group in by_deployment.values() for one in group)
        if direct is not ABSENT and sourced is not ABSENT and rivals and not same(direct, sourced):
            value = Unknown("the source and the app set it, and the version of Celery decides which counts")
        if value is ABSENT and given:
            value = given[-1]
        if name in self.unknown:
            value = Unknown(IDLE)
        adding = [one for one in self.direct.get(name, []) if one.partial]
        if adding and isinstance(value, Bound | Mapping):
            whole = mapping_of(value).copy()
            whole.open = whole.open or "it is added to"
            value = whole
        elif adding and value is ABSENT:
            value = Unknown("it is added to")
        in_force, past = told_apart(self.direct.get(name, []))
        parts = [*self.whole.get(name, {}).values(), *in_force, *given]
        unique: dict[object, Bound | Value | Mapping] = {}
        for part in parts:
            unique.setdefault(origin(part), part)
        return Setting(name, tuple(places.values()), value, tuple(unique.values()), past)

    def _sourced(self, name: str) -> Bound | Value | Mapping:
        held = self.whole.get(name)
        if not held:
            return ABSENT
        if name in self.late:
            return Unknown("an old name under a namespace: Celery reads it from 5.7 on")
        if len(held) < len(set(self.deployments)):
            return Unknown("only some of the settings modules set it")
        first, *others = held.values()
        return first if all(same(first, one) for one in others) else Unknown("the settings modules differ")

    def _directly(self, name: str) -> Bound | Value | Mapping:
        held = [one for one in self.direct.get(name, []) if not one.partial]
        if not held:
            return ABSENT
        if not (plain := [place for place, one in enumerate(held) if not one.guard]):
            return Unknown("it is set under a condition")
        counting = held[plain[-1] :]
        if all(same(counting[0].value, one.value) for one in counting[1:]):
            return counting[0].value
        return Unknown("it is set in several places")


def beats_app(place: Place, namespace: str | None) -> bool:
    """Whether a name in a source is one that goes, up to Celery 5.6, before what is set on the app: one with the prefix of a namespace. A plain name
    never does (celery/utils/collections.py, `ConfigurationView`: all maps are asked for the prefixed key first; run on 5.3 to 5.7)."""
    return namespace is not None and place.written != place.setting


def _everywhere(calls: list[Call], name: str, value: Bound) -> bool:
    """Whether each of several calls gives an argument the same value."""
    given = [call.keyword(name) for call in calls]
    return all(one is not None and (one is value.expr or same(value, value.other(one))) for one in given)
