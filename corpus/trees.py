"""Projects on disk: a checkout, or a git directory without a work tree, which is checked out beside the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.findings import Finding, findings


@dataclass(frozen=True)
class Tree:
    """A project. `name` is `owner/name`, `commit` its id, empty where git knows none."""

    name: str
    commit: str
    root: Path


@contextmanager
def opened(place: Path, commit: str = "") -> Iterator[Tree]:
    """The project at a place, with a commit as it was then. Its name is that of the folder, with `+` or `__` for the `/`, or of the folder around a git directory."""
    if commit or ((place / "HEAD").is_file() and (place / "objects").is_dir()):
        with TemporaryDirectory() as folder:
            root = Path(folder) / "tree"
            _git(Path(folder), "clone", "--quiet", "--shared", "--no-checkout", str(place.resolve()), str(root))
            _git(root, "read-tree", commit or "HEAD")
            # A snapshot may lack its largest files: the others are wanted all the same.
            subprocess.run(
                ["git", "checkout-index", "--all", "--force", "--quiet"], cwd=root, capture_output=True, check=False
            )
            yield Tree(name_of(place), _git(root, "rev-parse", commit or "HEAD").strip(), root)
    elif place.is_dir():
        commit = _git(place, "rev-parse", "HEAD").strip() if (place / ".git").exists() else ""
        yield Tree(name_of(place), commit, place)
    else:
        raise FileNotFoundError(f"{place} is no folder")


@contextmanager
def fetched(address: str, name: str, commit: str) -> Iterator[Tree | None]:
    """One commit of a repository elsewhere, None where it cannot be had: projects move and go."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        root.mkdir()
        try:
            _git(root, "init", "--quiet")
            _git(root, "fetch", "--quiet", "--depth", "1", address, commit)
            _git(root, "-c", "core.longpaths=true", "checkout", "--quiet", "--force", "FETCH_HEAD")
        except RuntimeError:
            yield None
            return
        yield Tree(name, commit, root)


def name_of(place: Path) -> str:
    """`owner/name` of a place, by the nearest folder whose name holds both."""
    for part in (place.name, *(one.name for one in place.absolute().parents)):
        for mark in ("+", "__"):
            owner, found, name = part.partition(mark)
            if found and owner and name:
                return f"{owner}/{name.removesuffix('.git')}"
    return place.absolute().name


def check(tree: Tree, pack: str, command: str = "") -> list[Finding]:
    """What a check of the whole project says. Raises RuntimeError where it does not end as a check ends.

    Settings that the project may have for taskguard count for nothing, nor does what was kept. `command` is another taskguard.
    """
    words = [command] if command else [sys.executable, "-m", "taskguard"]
    words += ["check", "--isolated", "--packs", pack, "--no-cache", "--output-format", "json", "."]
    done = subprocess.run(words, cwd=tree.root, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{tree.name}: exit {done.returncode}: {done.stderr[-2000:]}")
    return findings(tree.name, json.loads(done.stdout)["diagnostics"])


def around(tree: Tree, finding: Finding, lines: int) -> str:
    """The lines around a finding, numbered, its own marked."""
    try:
        text = (tree.root / finding.path).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    first = max(finding.line - lines, 1)
    shown = enumerate(text[first - 1 : finding.line + lines], first)
    return "".join(f"{'>' if number == finding.line else ' '}{number:5} {line}\n" for number, line in shown)


def _git(folder: Path, *words: str) -> str:
    quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    done = subprocess.run(["git", *words], cwd=folder, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {words[0]} in {folder}: {done.stderr.strip()}")
    return done.stdout
