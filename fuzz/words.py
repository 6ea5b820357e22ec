"""Command lines: every command with any of its options, values and paths. Exit code 2 is an answer."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.configurations import SHOP, WHOLE
from fuzz.trials import Trial, faulty, run, write

if TYPE_CHECKING:
    from random import Random

# These wait for somebody or something.
WAITING = frozenset(("--watch",))
PATHS = (
    ".", "shop", "shop/tasks.py", "shop/", "./shop/../shop", "gone.py", "gone", "", "-", "taskguard.toml", "shop/tasks.py/", "empty.py", "broken.py", "latin.py", "binary.py", "link", "loop", "with space.py", "*.py", "shop\x7f.py", "é.py", "\udcff.py", "..", "../project/shop", "TG101",
    "folder.py", "--", "@x", "x" * 300, "x/" * 600, "HEAD", "HEAD~1", "main", "now.json", "shop/tasks.py:3",
)  # fmt: skip
VALUES = (
    "", "0", "1", "-1", "99999999999999999999", "x", "TG", "TG101", "TG1,TG2", "tg101", "ALL", "TG999", "E501", ",", ",,", "core", "strict", "core,strict", "nope", "own.toml", "taskguard.toml", "always", "never", "json", "full", "**", "[", "{", "shop/**", "tasks.base=['x']",
    "levels={}", "levels.TG101=off", "a=b=c", "=", "x=", "TG701:shop.tasks.send", ":", "é", "\udcff", "*:TG1", "shop/*.py:TG2", "mail", "bash", "zsh", "fish", "out.txt", "shop", "gone/out.txt", "now.json", "HEAD", "3.99", "1e9", "nan", "\x1b[2J",
)  # fmt: skip


class Commands(Trial):
    """A case are the words."""

    name = "commands"

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.folder = top / "a" / "b" / "project"
        from taskguard.cli.main import commands

        self.tables = {}
        for name in commands():
            module = import_module(f"taskguard.cli.{name}_command")
            table = module.usage() if hasattr(module, "usage") else None
            self.tables[name] = () if table is None else tuple(one for one in table.options if one.key not in WAITING)

    def make(self, random: Random) -> list[str]:
        name = random.choice(sorted(self.tables))
        made = [name]
        table = self.tables[name]
        for _ in range(random.randrange(5)):
            if table and random.randrange(4):
                option = random.choice(table)
                made.append(random.choice(option.names))
                if bool(option.value or option.choices) != (random.randrange(12) == 0):
                    value = random.choice(option.choices or VALUES) if random.randrange(3) else random.choice(VALUES)
                    if random.randrange(3):
                        made.append(value)
                    else:
                        made[-1] += f"={value}"
            else:
                made.append(random.choice(PATHS if random.randrange(3) else VALUES))
        return made

    def judge(self, case: list[str]) -> str:
        if case[0] not in self.tables:
            return ""
        shutil.rmtree(self.top / "a", ignore_errors=True)
        (self.folder / ".git").mkdir(parents=True)
        write(self.folder, {**SHOP, "taskguard.toml": WHOLE, **ODD})
        (self.folder / "folder.py").mkdir()
        (self.folder / "link").symlink_to("shop")
        (self.folder / "loop").symlink_to("loop")
        return faulty(case, run(case, self.folder, b"import celery\nx = 1\n"), (0, 1, 2))

    def shown(self, case: list[str]) -> str:
        return "taskguard " + " ".join(map(repr, case))


ODD = {
    "empty.py": b"", "broken.py": b"def (:\n", "latin.py": b"# coding: latin-1\nx = '\xe9'\n", "binary.py": bytes(range(256)), "with space.py": b"import celery\n",
    "now.json": b'{"what": "taskguard contract", "schema": 1}', "own.toml": b'description = "x"\n[levels]\nTG1 = "error"\n',
}  # fmt: skip
