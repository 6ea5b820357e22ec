"""Settings and rule classes -> configured rules, and which of them is on at a path, at which level.

Only modules of rules that are on somewhere are imported.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from taskguard import checkers
from taskguard.errors import Problem, UserError
from taskguard.rule import ChangeRule, CommentRule, FrontEndRule, GrowthRule, Rule
from taskguard.settings import catalogue
from taskguard.settings.per_file import asked_at, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from taskguard.diagnostics import Level
    from taskguard.settings.model import Settings

OFF: Level = "off"
OWN = "TG"


@lru_cache(maxsize=1)
def available() -> dict[str, str]:
    """Code -> module name of every built rule, in the order of the codes. Imports no rule."""
    return {code: f"{checkers.__name__}.{name}" for code, name in catalogue.modules().items()}


def rule_class(code: str) -> type[Rule]:
    """The class of a built rule, or of one that a named checker has brought. Raises KeyError for any other code."""
    if code not in available():
        from taskguard.settings.plugins import loaded

        brought: type[Rule] = loaded[code].rule
        return brought
    module = import_module(available()[code])
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, Rule) and one.code == code:
            return one
    raise LookupError(f"{module.__name__} defines no rule {code}")


def classes() -> Iterator[type[Rule]]:
    """The classes of all built rules. Imports them."""
    return map(rule_class, available())


def is_own(code: str) -> bool:
    """Whether a code is one of taskguard's own."""
    return code.startswith(OWN)


def codes(settings: Settings) -> tuple[str, ...]:
    """The codes of all built rules, and behind them those of the checkers that the settings name. Raises UserError for one
    that cannot be loaded."""
    if not settings.checkers:
        return tuple(available())
    from taskguard.settings import plugins

    wrong = [Problem("", 0, "checkers", why) for name in settings.checkers if (why := plugins.fault(name))]
    if wrong:
        raise UserError(*wrong)
    return (*available(), *sorted(plugins.codes(settings.checkers)))


def option_types(code: str) -> Mapping[str, Any] | None:
    """Option -> type of a rule, options spelled as in settings (`max-lines`); None for a code that this version does not have."""
    if code not in available() and is_own(code):
        return None
    import typing
    from types import SimpleNamespace

    rule = rule_class(code)
    options = SimpleNamespace(__annotations__={name: rule.__annotations__[name] for name in rule.options()})
    known = {**vars(typing), **vars(import_module(rule.__module__))}
    try:
        hints = typing.get_type_hints(options, globalns=known, include_extras=True)
    except NameError as error:
        if is_own(code):
            raise
        raise UserError(f"the type of an option of checker {code} cannot be read: {error}") from error
    return {name.replace("_", "-"): kind for name, kind in hints.items()}


def level_at(settings: Settings, code: str, path: str | None = None) -> Level:
    """`off`, `warn` or `error`: the level of a code at a root-relative path, or in general when `path` is None.

    What the settings select or ignore counts; whether the rule is in preview or wants house rules does not. A checker of
    another package is an error until a level says otherwise: to name it is to want it.
    """
    if _among(code, settings.ignore):
        return OFF
    if settings.select is not None and not _among(code, settings.select):
        return OFF
    level = _longest(settings.levels, code) or (OFF if is_own(code) else "error")
    if level == OFF and settings.select is not None:
        level = "error"
    return level if path is None else overridden(settings, code, path, level)[0]


def overridden(settings: Settings, code: str, path: str, general: Level) -> tuple[Level, int]:
    """The level of a code at a path, and the place of the override that says so (-1: none does).

    An option of one's own for a place, such as a limit, is meant: it puts the general level back where a layer below has another.
    """
    level, said, layer = general, -1, -1
    for place, override in enumerate(settings.overrides):
        there = _longest(override.levels, code)
        if there is None and 0 <= layer < override.layer and level != OFF and code in dict(override.options):
            there = general
        if there is not None and matches(settings, override.files, path):
            level, said, layer = there, place, override.layer
    return level, said


class Selection:
    """The rules of one `Settings`. `rules` are those that are on somewhere, in the order of their codes; with `light` of these alone, as far as they have run before.

    Raises UserError for an option that a rule lacks, and for a rule that is asked for by its full name and can have no effect.
    """

    def __init__(self, settings: Settings, light: frozenset[str] | None = None) -> None:
        self.settings = settings
        self._light = light
        options = {code: dict(values) for code, values in settings.options}
        self._found: dict[str, Rule] = {}
        wrong: list[Problem] = []
        for code in codes(settings):
            if (light is None or code in light) and _on_somewhere(settings, code):
                rule = rule_class(code)
                if not why_off(settings, rule):
                    wrong += _wrong_options(settings, rule)
                    wrong += _unmet(settings, rule)
                    if not wrong:
                        self._found[code] = made(rule, options.get(code, {}))
        if light is None and self._found and all(isinstance(one, CommentRule) for one in self._found.values()):
            wrong += _alone(settings, [*self._found])
        if wrong:
            raise UserError(*wrong)
        self._along: dict[str, Rule] = {}
        # By the code of the rule whose measures it holds against the baseline: that one runs along where it is off.
        self.growths = {one.of: one for one in self._found.values() if isinstance(one, GrowthRule)}
        for code in self.growths.keys() - self._found.keys():
            self._along[code] = made(rule_class(code), options.get(code, {}))
        self._special: dict[tuple[str, tuple[int, ...]], Rule] = {}
        self._levels: dict[tuple[int, ...], dict[str, Level]] = {}
        self._at: dict[tuple[int, ...], tuple[Rule, ...]] = {}
        self._placed: dict[str, tuple[int, ...]] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._found.values())

    def level(self, code: str, path: str) -> Level:
        """The level of a code at a root-relative path; `off` also for a rule in preview or without its house rules."""
        return level_at(self.settings, code, path) if code in self._found else OFF

    def is_on(self, code: str, path: str) -> bool:
        """Whether a rule that has run is on at a root-relative path; also one that is not among the `light` ones."""
        if self._light is None or code in self._light:
            return code in self.levels(path)
        return level_at(self.settings, code, path) != OFF

    def levels(self, path: str) -> dict[str, Level]:
        """Code -> `warn` or `error` of the rules that are on at a root-relative path. The dict is shared: do not change it."""
        places = self._places(path)
        if places not in self._levels:
            on = ((code, level_at(self.settings, code, path)) for code in self._found)
            self._levels[places] = {code: level for code, level in on if level != OFF}
        return self._levels[places]

    def rules_at(self, path: str) -> tuple[Rule, ...]:
        """The rules that run at a root-relative path, with the options that hold there, in the order of their codes.

        Those are the ones that are on, and the ones that measure for one that is on.
        """
        places = self._places(path)
        if places not in self._at:
            on = self.levels(path)
            along = [code for code, one in self.growths.items() if one.code in on and code not in on]
            self._at[places] = tuple(self.rule_for(code, path) for code in (*along, *on))
        return self._at[places]

    def rule_for(self, code: str, path: str) -> Rule:
        """The rule with the options that hold at a root-relative path. Raises KeyError if the rule is on nowhere."""
        general = self._found.get(code) or self._along[code]
        if not any(one == code for override in self.settings.overrides for one, _ in override.options):
            return general
        places = self._places(path)
        if (code, places) not in self._special:
            options = {name: getattr(general, name) for name in general.options()}
            for place in places:
                options.update(dict(self.settings.overrides[place].options).get(code, ()))
            self._special[(code, places)] = type(general)(**options)
        return self._special[(code, places)]

    def _places(self, path: str) -> tuple[int, ...]:
        found = self._placed.get(path)
        if found is None:
            overrides = enumerate(self.settings.overrides)
            found = tuple([n for n, override in overrides if matches(self.settings, override.files, path)])
            self._placed[path] = found
        return found


def rules(settings: Settings) -> list[Rule]:
    """The rules that are on somewhere, with the options that hold in general. Raises UserError for an option that a rule lacks."""
    return list(Selection(settings).rules)


def selected(settings: Settings, path: str) -> dict[str, Level]:
    """Code -> `warn` or `error` of the rules that are on at a root-relative path."""
    return Selection(settings).levels(path)


def beyond_check(word: str) -> str:
    """Why no check runs the rules that a code or prefix stands for, in words; "" where it runs one, and where there is none."""
    found = [code for code in available() if code.startswith(word)]
    if not found or not all(issubclass(rule_class(code), (ChangeRule, FrontEndRule)) for code in found):
        return ""
    if issubclass(rule_class(found[0]), FrontEndRule):
        return f"`{word}` is for flake8 to say, whatever is selected; `check` ends with exit code 2 or 3 instead"
    return f"`{word}` judges what a change breaks, and `check` looks at one state: `taskguard verify` runs it"


def why_off(settings: Settings, rule: type[Rule]) -> str:
    """Why a rule is off although its level says otherwise, in words; "" when nothing stands in its way."""
    named = settings.select or ()
    if rule.preview and not settings.preview and rule.code not in named:
        return "a preview rule: `preview = true` asks for it"
    by_all = settings.select is not None and not _among(rule.code, [word for word in named if word != "ALL"])
    if by_all and rule.house:
        from taskguard.settings.house_rules import KEYS, has_house

        if not has_house(settings, rule.house):
            return f"ALL leaves it out: no settings say `{KEYS[rule.house]}`"
    return ""


def holding(settings: Settings, rule: type[Rule], path: str | None = None) -> tuple[Level, str]:
    """The level at which a rule really speaks at a path, or in general, and what makes that differ from its level, in words.

    A rule without the house setting that it compares with is silent; one that learns from the house meanwhile gives warnings,
    unless it is asked for by its full name.
    """
    level, wanted = level_at(settings, rule.code, path), rule.house or rule.habit
    if level == OFF or not wanted:
        return level, ""
    from taskguard.settings.house_rules import KEYS, has_house

    if has_house(settings, wanted, path):
        return level, ""
    if rule.house:
        return OFF, f"silent until settings say {KEYS[wanted]}"
    if rule.code in (asked_at(settings, path) if path is not None else [one.code for one in settings.asked]):
        return level, "asked for by its code, so of every task"
    return "warn", f"by the house's habit, as a warning, until settings say {KEYS[wanted]}"


def made(rule: type[Rule], options: Mapping[str, object]) -> Rule:
    """A rule with these options. Raises UserError for one of another package that cannot be made."""
    try:
        return rule(**options)
    except (Exception, SystemExit) as error:
        if is_own(rule.code):
            raise
        raise UserError(f"checker {rule.code} cannot be made: {type(error).__name__}: {error}") from error


def _unmet(settings: Settings, rule: type[Rule]) -> list[Problem]:
    """A mistake for each place that asks for a rule which lacks its house setting."""
    if not rule.house or not (settings.asked or settings.overrides):
        return []
    from taskguard.settings.house_rules import unmet

    return unmet(settings, rule.code, rule.house)


def _alone(settings: Settings, codes: Iterable[str]) -> list[Problem]:
    """A mistake for each place that asks for a rule about comments where no other rule is on."""
    from taskguard.settings.house_rules import places_of

    why = "judges comments by what the other rules find, and no other rule is on"
    return [
        Problem(one.file, one.line, one.key, f"{code} {why}") for code in codes for one in places_of(settings, code)
    ]


def _wrong_options(settings: Settings, rule: type[Rule]) -> list[Problem]:
    """The options that settings give and the rule lacks; `load` has named the line, where it could."""
    given = [values for code, values in settings.options if code == rule.code]
    given += [values for override in settings.overrides for code, values in override.options if code == rule.code]
    wrong = {name: None for values in given for name, _ in values if name not in rule.options()}
    keys = [f"options.{rule.code}.{name.replace('_', '-')}" for name in wrong]
    return [Problem("", 0, key, f"{rule.code} has no such option") for key in keys]


def _among(code: str, words: Iterable[str]) -> bool:
    return any(word == "ALL" or code.startswith(word) for word in words)


def _longest(levels: Iterable[tuple[str, Level]], code: str) -> Level | None:
    """The level of the longest prefix; of two equal ones the later."""
    by_prefix = dict(levels)
    for length in range(len(code), -1, -1):
        if (found := by_prefix.get(code[:length])) is not None:
            return found
    return None


def _on_somewhere(settings: Settings, code: str) -> bool:
    if level_at(settings, code) != OFF:
        return True
    if _among(code, settings.ignore) or (settings.select is not None and not _among(code, settings.select)):
        return False
    return any((_longest(override.levels, code) or OFF) != OFF for override in settings.overrides)
