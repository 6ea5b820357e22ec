"""The codes of this version, from the files that hold the rules, and those that are planned for a later one.

`checkers/tg101_god_file.py` is TG101 `god-file`: the listing is the catalogue, and nothing is imported. What is planned is kept
only to say so to whoever asks for it; a code that has a file is built, whatever the list below says.
"""

from __future__ import annotations

import os
from functools import lru_cache

PLANNED = {
    "TG501": "call-arguments",
    "TG502": "dispatch-in-transaction",
    "TG503": "unserialisable-argument",
    "TG504": "unknown-dispatch-option",
    "TG505": "eager-on-commit",
    "TG506": "lost-signature",
    "TG507": "countdown-over-visibility",
    "TG508": "result-of-ignored",
    "TG601": "swallowed-retry",
    "TG602": "swallowed-soft-limit",
    "TG603": "wait-in-task",
    "TG604": "endless-retry",
    "TG605": "retry-not-called",
    "TG606": "state-on-task",
    "TG813": "unlimited-task",
}
CODE_LENGTH = len("TG101")
# Asked for by their codes, these look at every file: whether one is Python shows when it is parsed.
OF_SYNTAX = frozenset(("TG001",))
LONGEST = 100
# What flake8 says where settings cannot be believed or something crashed: no level changes it.
FIXED = frozenset(("TG005", "TG006"))


@lru_cache(maxsize=1)
def modules() -> dict[str, str]:
    """Code -> the name of the module in `taskguard.checkers` that holds the rule, in the order of the codes."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "checkers")
    names = sorted(name[:-3] for name in os.listdir(folder) if name.startswith("tg") and name.endswith(".py"))
    return {name[:CODE_LENGTH].upper(): name for name in names}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Code -> name of the rules of this version, in the order of the codes."""
    return {code: module[CODE_LENGTH + 1 :].replace("_", "-") for code, module in modules().items()}


def is_code(word: str) -> bool:
    """Whether a word is the full code of a rule of this version."""
    return word in modules()


def is_prefix(word: str) -> bool:
    """Whether a word is a code of this version or the beginning of one: `TG`, `TG2`, `TG20`."""
    return word.startswith("TG") and any(code.startswith(word) for code in modules())


def is_planned(word: str) -> bool:
    """Whether a word is no code of this version and no beginning of one, but of a later one."""
    return word.startswith("TG") and not is_prefix(word) and any(code.startswith(word) for code in PLANNED)


def nearest_code(word: str) -> str | None:
    """The code that a wrong word most likely meant; the name of a rule leads to its code."""
    from difflib import get_close_matches

    if len(word) > LONGEST:
        return None
    by_name = {name: code for code, name in names().items()}
    # Any two codes share three of five letters, so a code must be nearer than a name to be worth offering.
    if close := get_close_matches(word.lower().replace("_", "-"), by_name, n=1, cutoff=0.6):
        return by_name[close[0]]
    codes = get_close_matches(word.upper(), modules(), n=9, cutoff=0.75)
    family = [code for code in codes if code.startswith(word.upper()[:3])]
    return next(iter(family + codes), None)


def unknown(word: str, *, full: bool = False) -> str:
    """What to say of a word that is no code of this version; `full` where a prefix does not do."""
    if full and is_prefix(word) and len(word) < CODE_LENGTH:
        return f"`{word}` is a prefix; a full code is wanted here"
    if is_planned(word):
        name = f" {PLANNED[word]}" if word in PLANNED else ""
        return f"`{word}`{name} is not available in this version"
    guess = nearest_code(word)
    return f"unknown code `{word}`" + (f"; did you mean `{guess} {names()[guess]}`?" if guess else "")
