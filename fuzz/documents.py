"""Files of our own that users keep (a snapshot, a baseline, what was accepted), damaged. Exit code 2 is an answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import mutations
from fuzz.caches import NUMBERS
from fuzz.configurations import SHOP, WHOLE
from fuzz.trials import ALONE, Trial, faulty, run, write

if TYPE_CHECKING:
    from random import Random

SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\b\d+\b|\btrue\b|\bnull\b|\bfalse\b')
SCALARS = (
    *NUMBERS,
    b'"\\ud800"',
    b'"\\u0000"',
    b'[["x"]]',
    b'{"a": []}',
    b"[" * 3000 + b"]" * 3000,
)
SNAPSHOT, BASELINE, ACCEPTED = "then.json", "taskguard-baseline.json", "taskguard-accepted.toml"
COMMANDS = {
    SNAPSHOT: (("verify", *ALONE, "--against", SNAPSHOT), ("diff", SNAPSHOT), ("diff", SNAPSHOT, "../plain.json", "--output-format", "json"), ("verify", *ALONE, "--against", SNAPSHOT, "--fix", "--diff")),
    BASELINE: (("check", *ALONE), ("check", *ALONE, "--output-format", "json", "shop/tasks.py"), ("baseline",), ("check", *ALONE, "--prune-baseline")),
    ACCEPTED: (("verify", *ALONE, "--against", "../plain.json"), ("verify", *ALONE, "--against", "../plain.json", "--accept", "TG701:shop.tasks.send", "--reason", "x")),
}  # fmt: skip


class Documents(Trial):
    """A case are the lines of a file, and the first is its name."""

    name = "documents"

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.folder = top / "project"
        (self.folder / ".git").mkdir(parents=True)
        write(self.folder, {**SHOP, "taskguard.toml": WHOLE})
        run(["snapshot", "-o", "../plain.json"], self.folder)
        run(["baseline"], self.folder)
        self.whole = {
            SNAPSHOT: (top / "plain.json").read_bytes(),
            BASELINE: (self.folder / BASELINE).read_bytes(),
            ACCEPTED: b'[[accepted]]\ncode = "TG701"\nsubject = "shop.tasks.send"\nreason = "it is over"\ndate = "2026-01-01"\n',
        }
        write(self.folder, {"shop/tasks.py": SHOP["shop/tasks.py"].replace(b"send", b"sent")})

    def make(self, random: Random) -> list[bytes]:
        name = random.choice(sorted(self.whole))
        data = self.whole[name]
        for _ in range(random.choice((1, 1, 3))):
            kind = random.randrange(4)
            found = [*SCALAR.finditer(data)]
            if kind and found:
                one = random.choice(found)
                data = data[: one.start()] + random.choice(SCALARS) + data[one.end() :]
            else:
                data = random.choice((mutations.in_bytes, mutations.in_tokens))(data, random)
        return [name.encode(), *data.splitlines(keepends=True)]

    def judge(self, case: list[bytes]) -> str:
        name = case[0].decode("utf-8", "replace")
        if name not in self.whole:
            return ""
        for words in COMMANDS[name]:
            write(self.folder, {name: b"".join(case[1:])})
            fault = faulty(words, run(list(words), self.folder), (0, 1, 2))
            if fault:
                return fault
        (self.folder / name).unlink()
        return ""

    def shown(self, case: list[bytes]) -> str:
        return "\n".join(repr(line)[:1000] for line in case)
