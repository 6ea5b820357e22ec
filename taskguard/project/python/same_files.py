"""The same files under other settings."""

from __future__ import annotations

from copy import copy

from taskguard.project.python.project import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.project.python.project import Project
    from taskguard.settings.model import Settings


def under(project: Project, settings: Settings, settings_at: Callable[[str], Settings]) -> Project:
    """A project of the same files, which other settings judge. What was found out about import roots and wrappers is taken over.

    The settings must agree on source folders (`src`) and house rules, from which those follow.
    """
    made = copy(project)
    made.settings, made._settings_at = settings, settings_at
    twins = {path: Module(made, path, one.name, one.root) for path, one in project.modules.items()}
    made.modules = twins
    made._by_root = {key: twins[one.path] for key, one in project._by_root.items()}
    made.by_name = {name: twins[one.path] for name, one in project.by_name.items()}
    made._rivals = {name: [twins[one.path] for one in rivals] for name, rivals in project._rivals.items()}
    made._houses, made._outer = {}, {}
    made.importing = made.wanted = None
    made.memo = {}
    made.effort, made.following = 0, set()
    return made
