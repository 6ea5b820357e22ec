"""Completion in real shells."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from taskguard.cli.completion_command import tables
from taskguard.cli.main import commands
from test_cli import taskguard

SHELLS = ("bash", "fish", "zsh")
# What stands on the line, and words that are offered, the last of them (after `!`) not.
LINES = [
    ("taskguard ch", "check !diff"),
    ("taskguard ver", "verify version !check"),
    ("taskguard check --show-f", "--show-files --show-fixes !--show-settings"),
    ("taskguard check --output-format j", "json junit !sarif"),
    ("taskguard check --color ", "auto always never !json"),
    ("taskguard check --select TG10", "TG101 TG102 !TG201"),
    ("taskguard tasks --sort ", "queue base !json"),
    ("taskguard rule god-", "god-file god-file-grew !long-task"),
    ("taskguard packs ", "core strict !TG101"),
    ("taskguard completion ", "bash fish zsh !core"),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        done = taskguard("completion", shell, cwd=folder)
        assert done.returncode == 0, done.stderr
        (folder / shell).write_text(done.stdout)
    return folder


def missing(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed here")


@missing("bash")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        *LINES,
        ("taskguard check --output-format=j", "json !full"),
        ("taskguard check --select TG101,TG20", "TG101,TG201 !TG201"),
    ],
)
def test_bash_offers(scripts: Path, line: str, words: str) -> None:
    parts = [part for word in line.split(" ") for part in word.replace("=", " = ").split(" ")]
    quoted = " ".join(f"'{part}'" for part in parts)
    program = f"source {scripts}/bash; COMP_WORDS=({quoted}); COMP_CWORD={len(parts) - 1}; _taskguard; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    holds(done.stdout, words)


@missing("fish")
@pytest.mark.parametrize(("line", "words"), LINES)
def test_fish_offers(scripts: Path, line: str, words: str) -> None:
    program = f"source {scripts}/fish; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", program], cwd=scripts, capture_output=True, text=True, check=True
    )
    holds("\n".join(found.partition("\t")[0] for found in done.stdout.splitlines()), words)


@missing("zsh")
@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("taskguard che", "taskguard check"),
        ("taskguard check --show-set", "taskguard check --show-settings"),
        ("taskguard check --output-format sar", "taskguard check --output-format sarif"),
        ("taskguard check --output-format=sar", "taskguard check --output-format=sarif"),
        ("taskguard rule god-file-", "taskguard rule god-file-grew"),
        ("taskguard completion z", "taskguard completion zsh"),
    ],
)
def test_zsh_completes(scripts: Path, line: str, whole: str) -> None:
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PS1": "> ", "ZDOTDIR": str(scripts)}
    with subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=scripts,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    ) as shell:
        os.close(theirs)
        os.write(ours, f"autoload -U compinit; compinit -u -D; source {scripts}/zsh; print rea''dy\n".encode())
        said = until(ours, "ready")
        os.write(ours, f"{line}\t\x01print -r -- 'is:\x05:end'\n".encode())
        said = until(ours, ":end\r\n", said)
        os.write(ours, b"exit\n")
        until(ours, None)
        os.close(ours)
        shell.wait(10)
    assert f"\nis:{whole}:end\n" in said.replace("\r", "")


def until(stream: int, word: str | None, said: str = "") -> str:
    """Reads until a word comes, or to the end; at most so many seconds."""
    last, fresh = time.monotonic() + 20, ""
    while time.monotonic() < last and (word is None or word not in fresh):
        if not select.select([stream], [], [], 0.2)[0]:
            if word is None:
                break
            continue
        try:
            fresh += os.read(stream, 65536).decode(errors="replace")
        except OSError:
            break
    return said + fresh


def holds(offered: str, words: str) -> None:
    wanted, _, unwanted = words.partition(" !")
    assert set(wanted.split()) <= set(offered.split()), offered
    assert unwanted not in offered.split(), offered


def test_all_commands_and_options_are_known_to_all_shells(scripts: Path) -> None:
    for shell in SHELLS:
        text = (scripts / shell).read_text()
        for name, entry in tables().entries.items():
            assert name in text
            for option in entry.usage.options:
                words = [one if shell != "fish" else one.lstrip("-") for one in option.names]
                assert all(word in text for word in words), (shell, name, option.names)
    assert set(tables().entries) == set(commands())


@pytest.mark.parametrize(
    ("words", "hint"), [("", "a shell is wanted"), ("zhs", "did you mean zsh?"), ("cmd.exe", "there are bash")]
)
def test_another_shell_is_exit_2(tmp_path: Path, words: str, hint: str) -> None:
    done = taskguard("completion", *words.split(), cwd=tmp_path)
    assert done.returncode == 2 and hint in done.stderr
