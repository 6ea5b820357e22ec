"""Everything that the bakery does at night: kept for those who import it from here."""

from bakery.baking.bread import bake_bread, mix
from bakery.baking.day import clean_oven, close_day, notify_guest
from bakery.baking.ovens import FLOUR, GRACE, OPENING_HOUR, Oven, OvenError, _rounded, loaves_for

__all__ = [
    "FLOUR", "GRACE", "OPENING_HOUR", "Oven", "OvenError", "_rounded", "bake_bread", "clean_oven", "close_day", "loaves_for", "mix",
    "notify_guest",
]
