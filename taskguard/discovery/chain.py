"""Which ignore files hold for a folder: its own and those above, the repository's private one, the user's own."""

from __future__ import annotations

import os

from taskguard.discovery.ignore import Rules, read_rules
from taskguard.reading import read_or_nothing
from taskguard.record import Record

NAME = ".gitignore"


class Chain(Record):
    """Rules with the length of the folder that they count from, `/` included; the strongest first."""

    links: tuple[tuple[Rules, int], ...] = ()

    def ignores(self, path: str, name: str, folder: bool) -> bool:
        """Whether git ignores an absolute path (with `/`) whose last name is `name`, the folders above it left aside."""
        for rules, cut in self.links:
            verdict = rules.verdict(path[cut:], name, folder)
            if verdict is not None:
                return verdict
        return False

    @property
    def text(self) -> str:
        """All that the files of the chain say, as one text: equal for chains that ignore the same."""
        return repr([(rules.source, cut) for rules, cut in self.links])

    @property
    def python(self) -> bool:
        """Whether any rule can match the name of a Python file."""
        return any(rules.python for rules, _ in self.links)

    def below(self, folder: str) -> Chain:
        """The chain for an absolute folder that has an ignore file of its own. git follows no link of that name, so that no repository can name other files."""
        rules = read_rules(f"{folder}/{NAME}", follow=False)
        return Chain(((rules, _cut(folder)), *self.links)) if rules else self


class Chains(dict[str, Chain]):
    """The chains that hold within folders, by their absolute paths, and which `folders` git ignores."""

    def __init__(self) -> None:
        super().__init__()
        self.folders: dict[str, bool] = {}


def ignored(root: str, path: str, is_folder: bool = False, chains: Chains | None = None) -> bool:
    """Whether git would ignore an absolute path below the project root, which need not be there, or a folder on the way to it.

    Who asks for many paths gives `chains` along, where what was read is kept.
    """
    folder, _, name = path.rpartition("/")
    held = Chains() if chains is None else chains
    if is_folder and path in held.folders:
        return held.folders[path]
    found = _chain_of(folder, root, held).ignores(path, name, is_folder) or (
        folder.startswith(root.rstrip("/") + "/") and ignored(root, folder, True, held)
    )
    if is_folder:
        held.folders[path] = found
    return found


def _chain_of(folder: str, root: str, held: Chains) -> Chain:
    """The chain that holds for what lies in an absolute folder. Of one of its own repository none above counts."""
    found = held.get(folder)
    if found is None:
        inner = folder.startswith(root.rstrip("/") + "/") and not os.path.lexists(f"{folder}/.git")
        above = _chain_of(os.path.dirname(folder), root, held) if inner else chain_above(folder, root)
        found = held[folder] = above.below(folder)
    return found


def _cut(folder: str) -> int:
    return len(folder.rstrip("/")) + 1


def chain_above(folder: str, root: str) -> Chain:
    """The chain of what lies above an absolute folder; its own ignore file is left out.

    It begins at the repository that holds the folder, without one at `root`, and at the folder itself where it lies outside of that.
    """
    top = repository_top(folder, root)
    chain, between = repository_chain(top), []
    while folder != top:
        folder = os.path.dirname(folder)
        between.append(folder)
    for place in reversed(between):
        chain = chain.below(place)
    return chain


def repository_top(folder: str, root: str) -> str:
    """The repository that holds an absolute folder; without one `root` where the folder lies in it, and else the folder itself."""
    above = [folder]
    while (parent := os.path.dirname(above[-1])) != above[-1]:
        above.append(parent)
    top = next((place for place in above if os.path.lexists(f"{place}/.git")), None)
    return top or (root if root in above else folder)


def repository_chain(top: str) -> Chain:
    """The rules of a repository that stand in no folder of its tree: `info/exclude`, then the user's own."""
    git = _common_folder(top)
    files = [f"{git}/info/exclude"] if git else []
    users = _excludes_file(f"{git}/config") if git else None
    files.append(users or _users_file())
    return Chain(tuple((rules, _cut(top)) for file in files if (rules := read_rules(file))))


def git_folder(top: str) -> str | None:
    """The folder with `HEAD` and `index`: for a work tree beside its repository, its own within that of the repository."""
    git = f"{top}/.git"
    if not os.path.isfile(git):
        return git if os.path.isdir(git) else None
    place = _first_line(git).removeprefix("gitdir:").strip()
    return os.path.join(top, place) if place else None


def _common_folder(top: str) -> str | None:
    """The folder with `info` and `config`: for a work tree beside its repository, that of the repository."""
    place = git_folder(top)
    common = _first_line(f"{place}/commondir") if place else ""
    return os.path.join(place, common) if place and common else place


def _first_line(path: str) -> str:
    return os.fsdecode(read_or_nothing(path)[:4096].partition(b"\n")[0]).strip()


def _users_file() -> str:
    """The ignore file of the user, as git looks for it."""
    home = os.path.expanduser("~")
    folder = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    named = os.environ.get("GIT_CONFIG_GLOBAL")
    for config in (named,) if named else (f"{home}/.gitconfig", f"{folder}/git/config"):
        if found := _excludes_file(config):
            return found
    return f"{folder}/git/ignore"


def _excludes_file(config: str) -> str | None:
    """`core.excludesFile` of a git configuration file."""
    section, found = "", None
    for line in os.fsdecode(read_or_nothing(config)).splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]").strip().lower()
        elif section == "core":
            key, _, value = line.partition("=")
            if key.strip().lower() == "excludesfile" and value.strip():
                found = os.path.expanduser(value.strip().strip('"'))
    return found
