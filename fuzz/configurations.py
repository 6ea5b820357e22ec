"""Settings: odd keys and values, damaged files, and every command that reads them. Exit code 2 is an answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import mutations, texts
from fuzz.trials import ALONE, Trial, faulty, run, write

if TYPE_CHECKING:
    from random import Random

VALUES = (
    "true", "0", "-1", "1", "600", "10000000000000000000000000", "-9223372036854775809", "1e400", "inf", "-inf", "nan", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", '""', '"."', '".."', '"core"', '"strict"', '"error"', '"off"',
    '"*"', '"**"', '"[", "x"', '"["', '"{a,b"', '"!"', '"a/../b"', '"\\u0000"', '"a\\u0000b"', '"\\n"', '"\\ud800"', '"\\U0010ffff"', '"é"', '"taskguard.toml"', '"tasks.py"', '"shop"', '"TG"', '"TG101"', '"TG9999"', '"ALL"', "[]", "[[]]", "[[[1]]]",
    "{}", "[{}]", '[""]', '["."]', '["core", "core"]', '["*.py"]', '["app.tasks.Base"]', '["queue", "queue"]', "[1, 2.0, true]", '[1, "a", {}]', '{ TG101 = "error" }', '{ TG = "warn" }', '{ "" = "" }', '{ a = { b = { c = [] } } }', '{ name = "x" }',
    '[{ name = "x", module = "y" }]', '[{ files = "**", levels = { TG1 = "off" } }]', '[{ module = "a", sources = ["a"] }]', '[{ module = "", sources = [""] }]', "''", "'''x\ny'''", '"' + "x" * 5000 + '"', "[" * 60 + "]" * 60, "0x" + "f" * 40, "9" * 5000,
)  # fmt: skip
KEYS = (
    "packs", "src", "levels", "options", "options.TG101.max-lines", "options.TG202", "tasks", "tasks.base", "tasks.require", "tasks.decorators", "tasks.allowed.queue", "tasks.allowed.priority", "tasks.policy", "tasks.options", "overrides", "facades", "apps",
    "celery.queues", "celery.imports", "celery.task-names", "contract.protective-calls", "contract", "exclude", "extend-exclude", "checkers", "required-version", "preview", "baseline", "cache-dir", "ignore", "select", "extend", "extends", "rules", "x", '""', '"a.b"', "levels.TG101",
    "force-exclude", "extend-packs", "output-format", "description", "tasks.queue", "celery", "tasks.calls", "namespace-packages", "target-version", "tool.taskguard.levels",
)  # fmt: skip
WHOLE = (
    b'packs = ["core", "strict"]\nsrc = ["."]\nlevels = { TG104 = "error", TG302 = "warn" }\n[options.TG101]\nmax-lines = 600\n[tasks]\nbase = ["shop.tasks.Base"]\nrequire = ["queue"]\n[tasks.allowed]\nqueue = ["mail", { name = "shop.tasks.Q" }]\n'
    b'[[tasks.policy]]\nfiles = "shop/**"\nrequire = ["priority"]\n[[facades]]\nmodule = "shop.facade"\nsources = ["shop.tasks"]\n[[overrides]]\nfiles = "tests/**"\nlevels = { TG2 = "off" }\n[contract]\nprotective-calls = ["Metrics.count"]\n[celery]\nqueues = ["mail"]\n'
)
SHOP = {
    "shop/__init__.py": b"", "shop/facade.py": b"from shop.tasks import send\n", "tests/test_shop.py": b"",
    "shop/tasks.py": b"from celery import Celery, Task, shared_task\napp = Celery('shop')\nQ = 'mail'\nclass Base(Task): ...\nclass Metrics:\n    def count(self): ...\n"
    b"@shared_task(base=Base, queue='mail', max_retry=3)\ndef send(self):\n    Metrics.count()\n",
}  # fmt: skip
COMMANDS = (
    ("check", *ALONE), ("check", *ALONE, "shop/tasks.py", "--show-undecided"), ("tasks", *ALONE), ("settings",), ("settings", "--check"), ("rules",), ("packs",), ("snapshot", "-o", "now.json"), ("verify", *ALONE, "--against", "../plain.json"),
    ("init", "--dry-run"), ("baseline", "-o", "../b.json"),
)  # fmt: skip
NAMES = ("taskguard.toml", ".taskguard.toml", "pyproject.toml", "own.toml")


class Settings(Trial):
    """A case are the lines of the settings, and the first is the name of the file."""

    name = "settings"

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.folder = top / "project"
        self._place("taskguard.toml", WHOLE)
        run(["snapshot", "-o", "../plain.json"], self.folder)

    def _place(self, name: str, data: bytes) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / ".git").mkdir(parents=True)
        write(self.folder, {**SHOP, name: data})
        if name == "own.toml":  # a pack
            write(self.folder, {"taskguard.toml": b'packs = ["own.toml"]\n'})

    def make(self, random: Random) -> list[bytes]:
        name = random.choice(NAMES)
        head = "tool.taskguard." if name == "pyproject.toml" else ""
        kind = random.randrange(4)
        if kind == 0:
            packs = sorted((texts.HERE / "rules").glob("*.toml"))
            data = random.choice((WHOLE, *(path.read_bytes() for path in packs)))
            mutate = random.choice((mutations.in_bytes, mutations.in_tokens, mutations.in_lines))
            made = mutate(data, random)
        elif kind == 1:
            lines = WHOLE.splitlines(keepends=True)
            for _ in range(random.choice((1, 2))):
                at = random.randrange(len(lines))
                if b" = " in lines[at]:
                    lines[at] = lines[at].partition(b" = ")[0] + f" = {random.choice(VALUES)}\n".encode(
                        "utf-8", "replace"
                    )
            made = b"".join(lines)
        else:
            keys = random.sample(KEYS, random.choice((1, 2, 4)))
            made = "".join(f"{head}{key} = {random.choice(VALUES)}\n" for key in keys).encode("utf-8", "replace")
        if head and kind < 2:
            made = made.replace(b"[[", b"[[tool.taskguard.").replace(b"\n[o", b"\n[tool.taskguard.o")
        return [name.encode(), *made.splitlines(keepends=True)]

    def judge(self, case: list[bytes]) -> str:
        name = case[0].decode("utf-8", "replace")
        if name not in NAMES:
            return ""
        self._place(name, b"".join(case[1:]))
        for words in COMMANDS:
            fault = faulty(words, run(list(words), self.folder), (0, 1, 2))
            if fault:
                return fault
        return ""

    def shown(self, case: list[bytes]) -> str:
        return "\n".join(repr(line)[:2000] for line in case)
