"""Every code that taskguard has given out, built or not: a code of the catalogue is never an error in settings.

The class of a built rule is the truth about its name; a test holds the two together.
"""

from __future__ import annotations

CATALOGUE = {
    "TG001": "syntax-error",
    "TG002": "unreadable-file",
    "TG003": "unused-suppression",
    "TG004": "unknown-code",
    "TG101": "god-file",
    "TG102": "god-file-grew",
    "TG103": "too-many-tasks",
    "TG104": "long-task",
    "TG105": "missing-init",
    "TG201": "missing-base",
    "TG202": "missing-queue",
    "TG203": "missing-option",
    "TG204": "option-not-allowed",
    "TG205": "time-limit-order",
    "TG206": "bind-mismatch",
    "TG207": "unknown-option",
    "TG208": "idle-option",
    "TG209": "missing-call",
    "TG210": "class-task",
    "TG211": "broken-declaration",
    "TG212": "hidden-task",
    "TG213": "invalid-option-value",
    "TG214": "async-task",
    "TG301": "duplicate-task-name",
    "TG302": "implicit-task-name",
    "TG303": "unknown-task-reference",
    "TG304": "undiscovered-task",
    "TG305": "undeclared-queue",
    "TG306": "idle-route",
    "TG307": "invalid-beat-entry",
    "TG308": "crontab-every-minute",
    "TG309": "invalid-crontab",
    "TG310": "invalid-route",
    "TG311": "dead-setting",
    "TG312": "overridden-setting",
    "TG313": "shadowed-route",
    "TG314": "string-for-list",
    "TG315": "periodic-task-overwritten",
    "TG316": "mismatched-beat-entry",
    "TG401": "facade-missing-symbol",
    "TG402": "facade-dangling-import",
    "TG403": "facade-all-mismatch",
    "TG404": "facade-logic",
    "TG405": "broken-import",
    "TG406": "patch-through-facade",
    "TG407": "facade-cycle",
    "TG408": "shadowed-module",
    "TG409": "fat-facade",
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
    "TG701": "contract-task-gone",
    "TG702": "contract-option-changed",
    "TG703": "contract-signature-changed",
    "TG704": "contract-body-changed",
    "TG705": "contract-protection-lost",
    "TG706": "contract-symbol-gone",
    "TG707": "contract-undefined-name",
    "TG801": "accepts-pickle",
    "TG802": "produces-pickle",
    "TG803": "credentials-in-source",
    "TG804": "late-ack-prefetch",
    "TG805": "visibility-under-limit",
    "TG806": "results-kept",
    "TG807": "always-eager",
    "TG808": "schedule-overlaps",
    "TG809": "zero-limit",
    "TG810": "implicit-timezone",
}


def is_code(word: str) -> bool:
    """Whether a word is a full code."""
    return word in CATALOGUE


def is_prefix(word: str) -> bool:
    """Whether a word is a code or the beginning of one: `TG`, `TG2`, `TG20`."""
    return word.startswith("TG") and any(code.startswith(word) for code in CATALOGUE)


def nearest_code(word: str) -> str | None:
    """The code that a wrong word most likely meant; the name of a rule leads to its code."""
    from difflib import get_close_matches

    by_name = {name: code for code, name in CATALOGUE.items()}
    # Any two codes share three of five letters, so a code must be nearer than a name to be worth offering.
    if names := get_close_matches(word.lower().replace("_", "-"), by_name, n=1, cutoff=0.6):
        return by_name[names[0]]
    codes = get_close_matches(word.upper(), CATALOGUE, n=9, cutoff=0.75)
    family = [code for code in codes if code.startswith(word.upper()[:3])]
    return next(iter(family + codes), None)
