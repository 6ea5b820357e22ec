"""Reading git: what the index changes, what revisions hold. Plumbing commands only, and never a write.

The environment is handed on as it is: in a hook git names its own index there. Paths are those of git, relative to the
root, with `/`, undecodable bytes as lone surrogates. Submodules are left out.
"""

from __future__ import annotations

import os

from taskguard.errors import UserError
from taskguard.reading import no_file, read
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator

SUBMODULE = b"160000"
BRANCHES = ("main", "master")
# Environment variables in which CI names the branch that a pull request targets.
CI_TARGETS = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
# git prints progress, asks for passwords and translates messages only for people.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
DEEPER = 200
# After so many seconds each we look whether git waits for a pipe; after all of them it is ended.
PATIENCE = (2, 8, 50, 240)
READ_BY_GIT = ("index", "HEAD", "config", "packed-refs", "info/exclude", "info/attributes", "commondir")


class NoCommit(UserError):
    """The repository has no commit yet: there is nothing that a change could break."""


class Changes(Record):
    """What a commit would change, each part in order of path. `renamed` holds pairs of old and new path."""

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


class Done(Record):
    """How a command ended and what it printed."""

    returncode: int
    stdout: bytes
    stderr: bytes


def index_changes(root: str) -> Changes:
    """What the index changes against HEAD; before the first commit everything in it is added.

    `root` is a folder of the work tree; changes outside of it are left out. Raises UserError without git or a repository.
    """
    return _changes(root, "HEAD" if _has_commit(root) else _empty_tree(root))


def _changes(root: str, base: str) -> Changes:
    """What the index changes against the tree `base`."""
    data = _git(root, "diff-index", "--cached", "--raw", "-z", "-M", "--relative", base, "--")
    made: dict[bytes, list[str]] = {b"A": [], b"M": [], b"D": []}
    renamed: list[tuple[str, str]] = []
    fields = iter(data.split(b"\0"))
    for head in fields:
        if not head:
            continue
        modes = head.lstrip(b":").split(b" ")
        kind = modes[4][:1]
        path = os.fsdecode(next(fields))
        second = os.fsdecode(next(fields)) if kind in b"RC" else ""
        if SUBMODULE in modes[:2]:
            continue
        if kind == b"R":
            renamed.append((path, second))
        elif kind == b"C":
            made[b"A"].append(second)
        else:
            # Beside these there are changes of type (a link became a file) and files in conflict.
            made[kind if kind in made else b"M"].append(path)
    added, modified, deleted = (tuple(sorted(made[kind])) for kind in (b"A", b"M", b"D"))
    return Changes(added, modified, deleted, tuple(sorted(renamed)))


def renamed_since(root: str, path: str) -> tuple[tuple[str, str], ...]:
    """Pairs of old and new path: what has been renamed in the index since `path` was last committed, or since HEAD where it never was."""
    if not _has_commit(root):
        return ()
    base = _git(root, "log", "-1", "--format=%H", "--", path).decode().strip() or "HEAD"
    return _changes(root, base).renamed


def moved_untracked(root: str, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of old and new path: those of the tracked `paths` whose very bytes are in a file that nobody has added yet."""
    index = read_index(root)
    wanted = {index[path]: path for path in sorted(paths, reverse=True) if path in index}
    made: dict[str, str] = {}
    for path in untracked(root) if wanted else ():
        if path.rpartition(".")[2] not in {old.rpartition(".")[2] for old in wanted.values()}:
            continue
        try:
            blob = blob_id(read(os.path.join(root, path)), next(iter(wanted)))
        except OSError:
            continue
        if blob in wanted:
            made.setdefault(wanted[blob], path)
    return tuple(sorted(made.items()))


def untracked(root: str) -> tuple[str, ...]:
    """The paths below `root` that are neither tracked nor ignored, in order."""
    data = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted(os.fsdecode(path) for path in data.split(b"\0") if path and not path.endswith(b"/")))


def read_index(root: str) -> dict[str, str]:
    """Path -> blob id of the files in the index below `root`. Of a file in conflict our side counts."""
    made: dict[str, str] = {}
    for line in _git(root, "ls-files", "--stage", "-z").split(b"\0"):
        head, _, path = line.partition(b"\t")
        if head:
            mode, blob, stage = head.split(b" ")
            if mode != SUBMODULE and stage in (b"0", b"2"):
                made[os.fsdecode(path)] = blob.decode()
    return made


def read_tree(root: str, revision: str) -> dict[str, str]:
    """Path -> blob id of the files that a revision has below `root`. Raises UserError for a revision that does not exist."""
    made: dict[str, str] = {}
    for line in _git(root, "ls-tree", "-r", "-z", commit(root, revision)).split(b"\0"):
        head, _, path = line.partition(b"\t")
        if head:
            _, kind, blob = head.split(b" ")
            if kind == b"blob":
                made[os.fsdecode(path)] = blob.decode()
    return made


def commit(root: str, revision: str) -> str:
    """The full id of the commit that `revision` names. Raises UserError where there is none."""
    done = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    if done.returncode == 0:
        # Older versions of git print the option, too.
        return done.stdout.split()[-1].decode()
    _need_repository(root)
    if not _has_commit(root):
        if revision == "HEAD":
            raise NoCommit("there is no commit yet, so nothing to compare with")
        raise UserError(f"there is no commit yet, so no {revision}; commit first")
    if is_shallow(root):
        raise UserError(
            f"git knows no commit {revision} in this shallow clone; run `git fetch --unshallow`, or fetch that branch"
        )
    raise UserError(f"git knows no commit {revision}; `git branch -a` lists the branches, `git log` the commits")


def merge_base_default(root: str) -> str:
    """The id of the commit that the present work began at.

    It is the merge base of HEAD with the branch that a pull request targets (as CI tells), else with the default branch
    of the upstream, else with `main` or `master`, else HEAD itself. Raises NoCommit before the first commit, and UserError in a
    shallow clone without it.
    """
    _need_repository(root)
    if not _has_commit(root):
        raise NoCommit("there is no commit yet, so nothing to compare with")
    branch = _default_branch(root)
    if branch is None:
        return commit(root, "HEAD")
    return merge_base(root, branch, "HEAD")


def merge_base(root: str, one: str, other: str) -> str:
    """The id of the best common ancestor. Raises UserError where there is none, in a shallow clone with the line that deepens it."""
    done = _run(root, "merge-base", commit(root, one), commit(root, other))
    if done.returncode == 0:
        return done.stdout.split()[0].decode()
    if is_shallow(root):
        raise UserError(
            f"this shallow clone does not reach back to where {other} left {one}; run `git fetch --deepen={DEEPER}`, or `git fetch --unshallow`"
        )
    raise UserError(f"{one} and {other} have no common history; name the revision to compare with")


def _default_branch(root: str) -> str | None:
    remote = _remote(root)
    for variable in CI_TARGETS:
        if target := os.environ.get(variable):
            for name in (f"refs/remotes/{remote}/{target}", f"refs/heads/{target}"):
                if _exists(root, name):
                    return name
            hint = f"git fetch --depth={DEEPER} {remote} {target}:refs/remotes/{remote}/{target}"
            raise UserError(f"the branch {target}, which {variable} names, is not in this clone; run `{hint}`")
    done = _run(root, "symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
    if done.returncode == 0 and _exists(root, name := done.stdout.decode("utf-8", "surrogateescape").strip()):
        return name
    for branch in BRANCHES:
        for name in (f"refs/remotes/{remote}/{branch}", f"refs/heads/{branch}"):
            if _exists(root, name):
                return name
    return None


def _remote(root: str) -> str:
    """`upstream` where there is one (a fork's clone), else `origin`, else the first."""
    names = _git(root, "remote").decode("utf-8", "surrogateescape").split()
    return next((name for name in ("upstream", "origin") if name in names), names[0] if names else "origin")


def is_shallow(root: str) -> bool:
    """Whether the clone lacks a part of its history."""
    return _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def read_blobs(root: str, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Pairs of id and bytes, in the order asked for, by one process. Raises UserError for a blob that the clone does not have."""
    import subprocess
    from contextlib import suppress
    from threading import Thread

    wanted = list(blobs)
    if not wanted:
        return
    with _start(root, "cat-file", "--batch") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asking, answers = process.stdin, process.stdout
        question = "".join(blob + "\n" for blob in wanted).encode()

        def ask() -> None:
            # Where the process has ended already, the reader below says so.
            with suppress(OSError):
                asking.write(question)
            with suppress(OSError):
                asking.close()

        # Both pipes have little room: who only writes, and then only reads, waits for ever.
        writer = Thread(target=ask, daemon=True)
        writer.start()
        try:
            for blob in wanted:
                head = answers.readline().split()
                if len(head) != 3:
                    raise UserError(
                        f"this clone does not have the object {blob}; run `git fetch --refetch`, or `git fsck`"
                    )
                data = answers.read(int(head[2]) + 1)
                yield blob, data[:-1]
        finally:
            if process.poll() is None:
                process.terminate()
            writer.join()
            answers.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def blob_id(data: bytes, like: str) -> str:
    """The id that git gives to these bytes, in the hash of the id `like`."""
    from hashlib import sha1, sha256

    text = b"blob %d\0" % len(data) + data
    return sha256(text).hexdigest() if len(like) == 64 else sha1(text, usedforsecurity=False).hexdigest()


def _has_commit(root: str) -> bool:
    return _exists(root, "HEAD")


def _exists(root: str, name: str) -> bool:
    return _run(root, "rev-parse", "--verify", "--quiet", name + "^{commit}").returncode == 0


def _empty_tree(root: str) -> str:
    """The id of the tree without files, in the hash of this repository."""
    return _git(root, "hash-object", "-t", "tree", os.devnull).decode().strip()


def _need_repository(root: str) -> None:
    _git(root, "rev-parse", "--git-dir")


def _git(root: str, *words: str) -> bytes:
    """What git prints. Raises UserError with what git says."""
    done = _run(root, *words)
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip()
    if "not a git repository" in said:
        raise UserError(f"{root} is in no git repository; run this inside of one, or `git init`")
    if "dubious ownership" in said:
        raise UserError(
            f"git does not trust {root}, which is another user's; run `git config --global --add safe.directory {root}`"
        )
    raise UserError(f"git {words[0]} failed in {root}: {said or f'exit code {done.returncode}'}")


def _run(root: str, *words: str) -> Done:
    from subprocess import TimeoutExpired

    with _start(root, *words) as process:
        for seconds in PATIENCE:
            try:
                out, err = process.communicate(timeout=seconds)
            except TimeoutExpired:
                if (pipe := _pipe(root)) is None:
                    continue
                process.kill()
                raise UserError(f"git {words[0]} waits for {pipe}; no repository has such a file: remove it") from None
            return Done(process.returncode, out, err)
        process.kill()
    raise UserError(f"git {words[0]} has not answered in {root} for {sum(PATIENCE)} seconds; does `git status` there?")


def _pipe(root: str) -> str | None:
    """A file of those that git reads which it may wait for without end, and what it is; None where there is none."""
    import stat

    above = root
    while not os.path.lexists(os.path.join(above, ".git")) and os.path.dirname(above) != above:
        above = os.path.dirname(above)
    git = os.path.join(above, ".git")
    files = [os.environ.get("GIT_INDEX_FILE") or "", *(os.path.join(git, name) for name in READ_BY_GIT)]
    files += [
        os.path.join(folder, name)
        for folder, _, names in os.walk(above)
        for name in names
        if name in (".gitignore", ".gitattributes")
    ]
    for file in files:
        try:
            mode = os.stat(os.path.join(root, file)).st_mode
        except OSError:
            continue
        if file and not stat.S_ISREG(mode):
            return f"{os.path.relpath(os.path.join(root, file), root)}, which is {no_file(mode)}"
    return None


def _start(root: str, *words: str) -> subprocess.Popen[bytes]:
    import subprocess
    from subprocess import PIPE

    # A checked repository's own configuration must not start programs.
    command = ["git", "-c", "core.fsmonitor=false", *words]
    try:
        return subprocess.Popen(command, cwd=root, env={**os.environ, **QUIET}, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        raise _unavailable(root) from None


def _unavailable(root: str) -> UserError:
    if not os.path.isdir(root):
        return UserError(f"{root} is no folder")
    return UserError("git is not installed, or not on the PATH; this needs it")


def unstaged(root: str) -> tuple[str, ...]:
    """The tracked paths below `root` whose file may differ from the index, deleted ones included, in order."""
    data = _git(root, "diff-files", "--name-only", "--relative", "-z")
    return tuple(sorted({os.fsdecode(path) for path in data.split(b"\0") if path}))


def need_work_tree(root: str) -> None:
    """Raises UserError outside of a repository and in a bare one."""
    if _git(root, "rev-parse", "--is-bare-repository").strip() == b"true":
        raise UserError(f"{root} is a bare repository; run this in a clone with a working tree")


def in_work_tree(root: str) -> bool:
    """Whether a folder is in the working tree of a repository."""
    try:
        done = _run(root, "rev-parse", "--is-inside-work-tree")
    except UserError:  # no git
        return False
    return done.returncode == 0 and done.stdout.strip() == b"true"


def uncommitted(root: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some paths below `root` whose file is not as the last commit has it: changed, staged or untracked."""
    data = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *paths)
    prefix = _git(root, "rev-parse", "--show-prefix").strip(b"\n")
    found = (line[3:] for line in data.split(b"\0") if line)
    return tuple(sorted(os.fsdecode(path.removeprefix(prefix)) for path in found))


def ignored(root: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some paths below `root` that git ignores; they need not be there."""
    done = _run(root, "check-ignore", "-z", "--", *paths)
    return tuple(sorted(os.fsdecode(path) for path in done.stdout.split(b"\0") if path))


def git_file(root: str, name: str) -> str:
    """The absolute path of a file in the folder where git keeps what it knows of a working tree."""
    return os.path.join(root, os.fsdecode(_git(root, "rev-parse", "--git-path", name).rstrip(b"\n")))
