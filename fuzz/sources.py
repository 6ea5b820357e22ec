"""Damaged files: of Python's own tests, of packages and of the examples, in a project that declares and sends tasks."""

from __future__ import annotations

import ast
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import mutations, texts
from fuzz.trials import ALONE, Trial, faulty, run, write

if TYPE_CHECKING:
    from random import Random

AROUND = {
    "taskguard.toml": b'[tasks]\nrequire = ["queue"]\n[[facades]]\nmodule = "facade"\nsources = ["subject"]\n',
    "facade.py": b"# taskguard: facade\nfrom subject import *\nfrom subject import something\n__all__ = ['something']\n",
    "celery_app.py": b"from celery import Celery\napp = Celery('x', include=['subject', 'facade'])\napp.conf.task_routes = {'subject.*': 'mail'}\n",
    "user.py": b"import subject\nfrom facade import something\nfrom celery import shared_task\n@shared_task(base=subject.Base, queue=subject.QUEUE, **subject.OPTIONS)\ndef t(): subject.send.delay(1)\n",
}
SUBJECT = "subject.py"
COMMANDS = (
    ("check", *ALONE, "--packs", "strict", "--show-undecided", "--output-format", "json"),
    ("check", *ALONE, "--no-project", SUBJECT),
    ("tasks", *ALONE, "--output-format", "json"),
    ("snapshot", "-o", "odd.json"),
    ("verify", *ALONE, "--against", "../whole.json"),
    ("diff", "../whole.json", "odd.json"),
)
FIX = ("check", *ALONE, "--packs", "strict", "--fix", "--unsafe-fixes")


class Sources(Trial):
    """A case are the lines of one file."""

    def __init__(self, top: Path, name: str) -> None:
        super().__init__(top)
        self.name = name
        self._mutate = {"bytes": mutations.in_bytes, "tokens": mutations.in_tokens, "lines": mutations.in_lines}[name]
        self.folder = top / "project"
        self.folder.mkdir()
        (self.folder / ".git").mkdir()

    def make(self, random: Random) -> list[bytes]:
        path = random.choice(texts.files(random.choice(texts.folders())))
        data = path.read_bytes()
        self._place(data)
        run(["snapshot", "-o", "../whole.json"], self.folder)
        return self._mutate(data, random).splitlines(keepends=True)

    def _place(self, data: bytes) -> None:
        write(self.folder, {**AROUND, SUBJECT: data})

    def judge(self, case: list[bytes]) -> str:
        self._place(b"".join(case))
        answers = []
        for words in COMMANDS:
            outcome = run(list(words), self.folder)
            fault = faulty(words, outcome)
            if fault:
                return fault
            answers.append((outcome.code, outcome.out))
        again = run(list(COMMANDS[0]), self.folder)
        if (again.code, again.out) != answers[0]:
            return "two runs differ"
        return self._fixed()

    def _fixed(self) -> str:
        """What is wrong with the fixes: a file that parsed must parse afterwards."""
        before = {path: _parses(path.read_bytes()) for path in sorted(self.folder.glob("*.py"))}
        fault = faulty(FIX, run(list(FIX), self.folder))
        broken = [path.name for path, parsed in before.items() if parsed and not _parses(path.read_bytes())]
        return fault or (f"the fixes broke a file: {broken}" if broken else "")

    def shown(self, case: list[bytes]) -> str:
        return f"{SUBJECT}, as bytes:\n" + "\n".join(repr(line)[:2000] for line in case)


def _parses(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


class Trees(Trial):
    """Whole projects of which one file is damaged; a case are its lines, and the first is the name of the file."""

    name = "trees"

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.trees = [texts.HERE / "examples" / "journal", *sorted((texts.HERE / "tests" / "projects").glob("*/after"))]
        self.folders = []
        for number, tree in enumerate(self.trees):
            folder = top / str(number)
            shutil.copytree(tree, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            (folder / ".git").mkdir()
            run(["snapshot", "-o", f"../{number}.json"], folder)
            self.folders.append(folder)

    def make(self, random: Random) -> list[bytes]:
        number = random.randrange(len(self.folders))
        path = random.choice(texts.files(self.trees[number]))
        mutate = random.choice((mutations.in_bytes, mutations.in_tokens, mutations.in_lines))
        name = path.relative_to(self.trees[number]).as_posix()
        return [f"{number} {name}".encode(), *mutate(path.read_bytes(), random).splitlines(keepends=True)]

    def judge(self, case: list[bytes]) -> str:
        number, found, name = case[0].decode("utf-8", "replace").partition(" ")
        if not found or not number.isdecimal() or not (self.trees[int(number)] / name).is_file():
            return ""  # a smaller case without its head
        folder = self.folders[int(number)]
        (folder / name).write_bytes(b"".join(case[1:]))
        try:
            for words in (*COMMANDS[:1], *COMMANDS[2:4], ("verify", *ALONE, "--against", f"../{number}.json"), FIX):
                fault = faulty(words, run(list(words), folder))
                if fault:
                    return fault
        finally:
            for path in texts.files(self.trees[int(number)]):
                shutil.copyfile(path, folder / path.relative_to(self.trees[int(number)]))
        return ""

    def shown(self, case: list[bytes]) -> str:
        return "\n".join(repr(line)[:2000] for line in case)
