"""What users' disks and editors hold besides good Python: never a traceback, never a hang, the exit code that fits."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from warm import taskguard

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"
CLEAN, FOUND, WRONG_USE = 0, 1, 2
TASK = "from celery import shared_task\n\n@shared_task\ndef send(): ...\n"
SETTINGS = "taskguard.toml"


class Ran:
    """A run of the command line: its exit code and what it said."""

    def __init__(self, folder: Path, *words: str | bytes, text: bytes = b"") -> None:
        done = taskguard(folder, "check", *words, text=text)
        self.code = done.code
        self.out = done.out.decode("utf-8", "replace")
        self.error = done.error.decode("utf-8", "replace")
        assert "Traceback" not in self.error + self.out, self.error + self.out
        assert self.code in (CLEAN, FOUND, WRONG_USE), self.error

    @property
    def codes(self) -> set[str]:
        return {one["code"] for one in json.loads(self.out)["diagnostics"]}


def written(folder: Path, path: str, data: bytes | str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def said(folder: Path, *words: str | bytes) -> Ran:
    return Ran(folder, "--output-format", "json", *words)


# -- the text of a file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"", set()),
        (b"\n" * 5, set()),
        (b"# celery", set()),
        (b"x = 1", set()),
        (b"\xef\xbb\xbf" + TASK.encode(), set()),
        (b"\xef\xbb\xbf# -*- coding: utf-8 -*-\n" + TASK.encode(), set()),
        (b"# -*- coding: latin-1 -*-\n" + TASK.encode() + b"name = '\xe9t\xe9'\n", set()),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + TASK.encode() + b"name = '\x80'\n", set()),
        (TASK.replace("\n", "\r\n").encode(), set()),
        (TASK.replace("\n", "\r").encode(), set()),
        (TASK.encode() + b"\x0c\n", set()),
        (b"\xef\xbb\xbf# -*- coding: latin-1 -*-\n" + TASK.encode(), {"TG001", "TG002"}),
        (b"# -*- coding: klingon -*-\n" + TASK.encode(), {"TG001", "TG002"}),
        (b"# -*- coding: rot13 -*-\n" + TASK.encode(), {"TG001", "TG002"}),
        (b"# -*- coding: hex -*-\n" + TASK.encode(), {"TG001", "TG002"}),
        (TASK.encode() + b"name = '\xe9t\xe9'\n", {"TG001", "TG002"}),
        (TASK.encode("utf-16"), {"TG001", "TG002"}),
        (TASK.encode("utf-32"), {"TG001", "TG002"}),
        (TASK.encode() + b"x = '\x00'\n", {"TG001", "TG002"}),
        (b"\x00" * 1000, {"TG001", "TG002"}),
        (bytes(range(256)) * 40, {"TG001", "TG002"}),
        (TASK.encode() + b"def (:\n", {"TG001"}),
        (TASK.encode() + b"if True:\n\tx = 1\n        y = 2\n", {"TG001"}),
        (TASK.encode() + b"'''", {"TG001"}),
        (TASK.encode() + b"x = (\\", {"TG001"}),
        (TASK.encode() + b"return 1\n", set()),
        (TASK.encode() + b"print 'python 2'\n", set()),
        ("from celery import shared_task\n\n@shared_task\ndef s\u00e9nd\u212a(): ...\n".encode(), set()),
    ],
)
def test_texts(tmp_path: Path, data: bytes, codes: set[str]) -> None:
    written(tmp_path, "tasks.py", data)
    for words in (("tasks.py",), ("--select", "TG001,TG002", "tasks.py")):
        ran = said(tmp_path, *words)
        broken = ran.codes & {"TG001", "TG002"}
        assert bool(broken) == bool(codes) and broken <= codes, ran.out
        assert ran.code == (FOUND if broken else CLEAN)
    assert said(tmp_path).code in (CLEAN, FOUND)
    ran = Ran(tmp_path, "--stdin-filename", "tasks.py", "-", text=data)
    assert ran.code == (FOUND if codes else CLEAN), ran.out


DEEP = {
    "brackets": "x = " + "(" * 3000 + ")" * 3000,
    "lists": "x = " + "[" * 150 + "]" * 150,
    "sum": "x = " + " + ".join(["1"] * 20_000),
    "strings": "x = " + " + ".join(["'a'"] * 20_000),
    "implicit": "x = (" + " 'a'" * 20_000 + ")",
    "unary": "x = " + "-" * 4000 + "1",
    "not": "x = " + "not " * 4000 + "1",
    "attributes": "x = a" + ".b" * 5000,
    "calls": "x = a" + "()" * 5000,
    "subscripts": "x = a" + "[0]" * 5000,
    "chain": "app.task" + ".s().task" * 3000 + "()",
    "lambdas": "x = " + "lambda: " * 2000 + "0",
    "conditional": "x = " + "1 if a else " * 2000 + "0",
    "elif": "if a:\n    pass\n" + "elif a:\n    pass\n" * 3000,
    "blocks": "\n".join(" " * level + "if a:" for level in range(90)) + "\n" + " " * 90 + "pass",
    "functions": "\n".join(" " * level + f"def f{level}():" for level in range(90)) + "\n" + " " * 90 + "pass",
    "classes": "\n".join(" " * level + f"class C{level}:" for level in range(90)) + "\n" + " " * 90 + "pass",
    "dicts": "x = " + "{'task': " * 90 + "1" + "}" * 90,
    "formatted": "x = f'{" + "(" * 90 + "1" + ")" * 90 + "}'",
    "comparison": "x = " + " < ".join(["a"] * 20_000),
    "targets": " = ".join(f"a{number}" for number in range(5000)) + " = 1",
    "decorators": "@shared_task\n" * 400 + "def f(): ...",
    "arguments": "shared_task(" + ", ".join(f"a{number}={number}" for number in range(5000)) + ")",
    "one line": "x = '" + "a" * 5_000_000 + "'",
    "annotation": "def f(x: " + "list[" * 90 + "int" + "]" * 90 + "): ...",
    "aliases": "\n".join(f"a{number} = a{number + 1}" for number in range(3000)) + "\n@a0\ndef f(): ...",
    "sums of names": "a0 = ['x']\n"
    + "\n".join(f"a{number} = a{number - 1} + a{number - 1}" for number in range(1, 60))
    + "\n@shared_task(queue=a59)\ndef f(): ...",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_and_wide(tmp_path: Path, name: str) -> None:
    written(tmp_path, "tasks.py", f"{TASK}\n{DEEP[name]}\n")
    assert said(tmp_path, "tasks.py").code in (CLEAN, FOUND)


def test_many_lines(tmp_path: Path) -> None:
    body = "@shared_task\ndef task_{0}(a, b=1):\n    if a:\n        return b\n    return other.delay(a)\n" + "\n" * 29
    text = "from celery import shared_task\n\n" + "".join(body.format(number) for number in range(3_000))
    assert text.count("\n") > 100_000
    written(tmp_path, "tasks.py", text)
    assert said(tmp_path, "tasks.py").codes >= {"TG101"}


# -- names that lead in circles ----------------------------------------------------------------------------------------

CIRCLES = {
    "a.py": "from b import *\nfrom c import name\n__all__ = ['x', *b.__all__]\nimport b\n",
    "b.py": "from a import *\nimport a\n__all__ = ['y', *a.__all__]\n",
    "c.py": "from d import name\n",
    "d.py": "from c import name\n",
    "pkg/__init__.py": "from . import pkg\nfrom .pkg import pkg\nfrom .pkg import *\n",
    "pkg/pkg.py": "from . import *\nfrom pkg import pkg\n",
    "classes.py": "from classes import A\nclass A(B): ...\nclass B(A): ...\nclass C(C): ...\n",
    "values.py": "x = y\ny = x\nz = z\nq = [*q]\nd = {**d}\ns = s + s\nf = f()\n",
    "tasks.py": "from values import *\nfrom classes import A\nfrom c import name\nfrom a import x\nfrom celery import shared_task\n"
    "@shared_task(base=A, queue=z, name=name, **d)\ndef f(): ...\n@f\ndef f(): ...\n@name\ndef g(): ...\n",
    "test_tasks.py": "from unittest.mock import patch\nimport a\n@patch('a.x')\n@patch('c.name')\n@patch('pkg.pkg.pkg.pkg')\ndef test(): ...\n",
}


def test_circles(tmp_path: Path) -> None:
    for path, text in CIRCLES.items():
        written(tmp_path, path, text)
    facades = "".join(
        f'[[facades]]\nmodule = "{name}"\nsources = ["{source}"]\n'
        for name, source in (("a", "b"), ("b", "a"), ("pkg", "pkg.*"), ("c", "d"))
    )
    written(tmp_path, SETTINGS, 'packs = ["strict"]\n[options.TG405]\nmodules = "all"\n' + facades)
    for words in ((), ("--select", "ALL")):
        assert "TG407" in said(tmp_path, *words).codes


# -- what is no file ---------------------------------------------------------------------------------------------------


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A project with one good file, and everything that a name ending in `.py` can be besides."""
    tmp_path = tmp_path / "outside" / "project"
    written(tmp_path, "good.py", TASK)
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "folder.py").mkdir()
    written(tmp_path, "folder.py/inside.py", TASK)
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "dangling.py").symlink_to("gone.py")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "round").symlink_to(".")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    return tmp_path


def test_a_folder_with_odd_things(odd: Path) -> None:
    ran = Ran(odd, "--output-format", "concise")
    assert ran.code in (CLEAN, FOUND)


@pytest.mark.parametrize(
    "path", ["fifo.py", "folder.py", "loop.py", "dangling.py", "zero.py", "up", "round", "gone.py", "gone", ""]
)
def test_odd_things_that_are_passed(odd: Path, path: str) -> None:
    ran = Ran(odd, path)
    assert (ran.code in (CLEAN, FOUND)) or (ran.code == WRONG_USE and path.rpartition("/")[2] in ran.error)
    if path in ("gone.py", "gone"):
        assert ran.code == WRONG_USE


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket.py")
        assert Ran(tmp_path).code in (CLEAN, FOUND)
        assert Ran(tmp_path, "socket.py").code in (FOUND, WRONG_USE)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    written(tmp_path, "tasks.py", TASK).chmod(0)
    assert said(tmp_path, "tasks.py").codes == {"TG002"}


def test_files_that_vanish_meanwhile(tmp_path: Path) -> None:
    """Another process deletes and makes files all the time."""
    for number in range(200):
        written(tmp_path, f"pkg/m{number}.py", TASK)
    script = """
import itertools, os
for turn in itertools.count():
    for number in range(200):
        path = f"pkg/m{number}.py"
        if (turn + number) % 2 == 0:
            open(path, "w").close()
        elif os.path.exists(path):
            os.remove(path)
"""
    other = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    try:
        for workers in ("1", "2", "1", "2"):
            assert Ran(tmp_path, "--workers", workers).code in (CLEAN, FOUND)
    finally:
        other.kill()
        other.wait()


# -- names of files ----------------------------------------------------------------------------------------------------

NAMES = [
    b"new\nline.py",
    b"red\x1b[31m.py",
    b"not\xffutf8.py",
    b"q'\"uote.py",
    b"sp ace.py",
    b"-dash.py",
    b"%25::error.py",
    "\u202ertl.py".encode(),
    b"a\\b.py",
    b"tab\t.py",
]


@pytest.mark.parametrize("kind", ["full", "concise", "json", "github"])
def test_odd_names(tmp_path: Path, kind: str) -> None:
    for name in NAMES:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"from celery import shared_task\ndef (:\n")
    ran = Ran(tmp_path, "--output-format", kind)
    assert ran.code == FOUND
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out or kind == "json"
    if kind == "json":
        assert len(json.loads(ran.out)["diagnostics"]) == len(NAMES)
    elif kind in ("concise", "github"):
        assert len([line for line in ran.out.splitlines() if "TG001" in line or line.startswith("::error")]) == len(
            NAMES
        )


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_that_are_passed(tmp_path: Path, name: bytes) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(TASK.encode())
    assert Ran(tmp_path, "--", name).code == CLEAN


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\xff\xfe",
        bytes(range(256)),
        b"packs = [",
        b"packs = 3\n",
        b"packs = [[1]]\n",
        b'packs = ["no-such-pack"]\n',
        b'packs = ["missing.toml"]\n',
        b"no-such-key = 1\n",
        b"[options]\nTG101 = 3\n",
        b"[options.TG101]\nmax-lines = 'many'\n",
        b"[options.TG101]\nmax-lines = -1.5\n",
        b"[options.TG405]\nmodules = 'some'\n",
        b"[levels]\nTG101 = 'loud'\n",
        b"[levels]\nXX1 = 'off'\n",
        b'exclude = ["[a"]\n',
        b"[[facades]]\nsources = ['x']\n",
        b"[[facades]]\nmodule = 3\n",
        b"[facades]\nmodule = 'x'\n",
        b"a = " + b"[" * 5000,
        b"a" + b".a" * 5000 + b" = 1\n",
        "packs = ['core']\n".encode("utf-16"),
        b"packs = ['core']\npacks = ['core']\n",
        b'required-version = ">=99"\n',
        b"1979-05-27 = 1979-05-27\n",
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, data: bytes) -> None:
    written(tmp_path, "tasks.py", TASK)
    written(tmp_path, SETTINGS, data)
    ran = Ran(tmp_path)
    assert ran.code == WRONG_USE
    assert SETTINGS in ran.error
    assert len(ran.error.splitlines()) < 20 and not ran.out
    assert Ran(tmp_path, "--isolated").code == CLEAN


@pytest.mark.parametrize("data", [b"", b"\n# nothing\n", b"\xef\xbb\xbfpacks = ['core']\n", b"packs = ['core']\r\n"])
def test_settings_that_are_right_though_odd(tmp_path: Path, data: bytes) -> None:
    written(tmp_path, "tasks.py", TASK)
    written(tmp_path, SETTINGS, data)
    assert Ran(tmp_path).code == CLEAN


def test_settings_that_are_no_file(tmp_path: Path) -> None:
    written(tmp_path, "tasks.py", TASK)
    (tmp_path / SETTINGS).mkdir()
    assert Ran(tmp_path).code in (CLEAN, WRONG_USE)
    (tmp_path / SETTINGS).rmdir()
    os.mkfifo(tmp_path / SETTINGS)
    assert Ran(tmp_path).code in (CLEAN, WRONG_USE)
    for path in (SETTINGS, "gone.toml", ".", "tasks.py"):
        assert Ran(tmp_path, "--config", path).code == WRONG_USE


def test_a_broken_pyproject(tmp_path: Path) -> None:
    """It is ours to complain of where it may hold our table."""
    written(tmp_path, "tasks.py", TASK)
    written(tmp_path, "pyproject.toml", "[tool.other\n")
    assert Ran(tmp_path).code == CLEAN
    written(tmp_path, "pyproject.toml", "[tool.taskguard\n")
    assert Ran(tmp_path).code == WRONG_USE


# -- the same output with any number of processes ----------------------------------------------------------------------


def same(folder: Path) -> None:
    runs = [said(folder, "--workers", workers, "--show-undecided") for workers in ("1", "2", "2")]
    assert len({(ran.code, ran.out) for ran in runs}) == 1
    assert runs[0].codes


def test_workers_on_the_sample(tmp_path: Path) -> None:
    shutil.copytree(JOURNAL, tmp_path / "journal")
    same(tmp_path / "journal")


def test_workers_on_a_tree(tmp_path: Path) -> None:
    for number in range(60):
        package = f"app{number % 7}/m{number}"
        written(tmp_path, f"app{number % 7}/__init__.py", "")
        written(tmp_path, f"{package}/__init__.py", "")
        written(
            tmp_path, f"{package}/tasks.py", TASK * (number % 5 + 1) + "from app0.m0.tasks import send as other, gone\n"
        )
        written(
            tmp_path,
            f"{package}/views.py",
            f"from .tasks import send, gone{number}\n\ndef view():\n    send.delay({number})\n" + "x = 1\n" * 700,
        )
        written(
            tmp_path,
            f"{package}/broken.py",
            b"from celery import shared_task\ndef (:\n" if number % 9 == 0 else b"# \xff\nimport celery\n",
        )
    same(tmp_path)
