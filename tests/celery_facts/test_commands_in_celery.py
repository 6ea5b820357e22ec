"""What TG324 says of Celery's commands, held against the options that Celery declares, and run."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("celery")

import click
from celery.bin import base
from celery.bin.celery import celery
from celery.bin.worker import WorkersPool

from taskguard.project.python import refusals


def options(command):
    """Each option of a command with whether a word follows it."""
    held = [one for one in command.params if isinstance(one, click.Option)]
    return {name: not (one.is_flag or one.count) for one in held for name in (*one.opts, *one.secondary_opts)}


def test_the_options_of_celery_itself():
    held = options(celery)
    assert {name: held[name] for name in refusals.GLOBAL if name in held} == {
        name: follows for name, follows in refusals.GLOBAL.items() if name in held
    }
    assert refusals.GLOBAL.keys() - held.keys() <= {"--skip-checks"}  # not in 5.2
    assert not refusals.OF_WORKER & held.keys()


@pytest.mark.parametrize("step", sorted(refusals.STEPS))
def test_no_command_has_an_option_that_stands_before_it(step):
    command = celery.commands[step]
    behind = refusals.BEHIND if step in ("worker", "beat") else refusals.APP
    assert not behind & options(command).keys()
    assert not command.ignore_unknown_options


def test_the_options_of_a_worker():
    held = options(celery.commands["worker"])
    assert held.keys() >= refusals.OF_WORKER
    assert not refusals.GONE.keys() & held.keys()
    assert {meant for meant in refusals.GONE.values() if meant} <= held.keys()


def test_the_options_of_beat():
    held = options(celery.commands["beat"])
    assert options(celery.commands["worker"]).keys() >= refusals.NOT_OF_BEAT
    assert not refusals.NOT_OF_BEAT & held.keys()
    assert {name for name, follows in held.items() if follows} <= refusals.OF_BEAT


def test_the_words_that_options_take():
    assert {*WorkersPool().choices, "custom"} == refusals.POOLS  # `custom` since 5.3
    assert set(base.LogLevel().choices) == refusals.LEVELS


@pytest.mark.parametrize(
    "command",
    [
        "worker -A shop",
        "beat --app=shop",
        "worker --broker=memory://",
        "-l info worker",
        "worker --maxtasksperchild=4",
        "worker -l warn",
        "worker -l 20",
        "worker -P asyncio",
        "worker -P shop:Pool",
        "worker -Psolos",
        "beat --concurrency=1",
        "beat -c1",
        "beat -Q mails",
    ],
)
def test_a_command_is_refused(command):
    with pytest.raises(click.UsageError):
        celery(command.split(), standalone_mode=False)
    assert len(refusals.refusals.of(f"worker: celery {command}\n", "Procfile")) == 1


def test_a_word_that_belongs_to_no_option_is_refused():
    """A worker reads what is left as configuration, `key=value` each, when it has its app (celery/bin/worker.py)."""
    from celery import Celery

    with pytest.raises(ValueError, match="not enough values"):
        Celery().config_from_cmdline(["reports"], namespace="worker")
    with pytest.raises(ValueError, match="not enough values"):
        Celery().config_from_cmdline(["-", "l", "info"], namespace="worker")
    for command in ("worker -Q mails, reports", "worker beat", "worker - l info"):
        (found,) = refusals.refusals.of(f"worker: celery -A mill {command}\n", "Procfile")
        assert found.kind == "stray"


@pytest.mark.parametrize("option", ["-l info", "--concurrency=4", "-Q mails", "-B"])
def test_an_option_of_the_worker_without_a_command_is_refused(option):
    with pytest.raises(click.UsageError, match="No such option"):
        celery(option.split(), standalone_mode=False)
    (found,) = refusals.refusals.of(f"worker: celery -A mill {option}\n", "Procfile")
    assert found.kind == "stepless"


def test_a_command_of_a_package_that_is_not_there():
    assert "flower" not in celery.commands
    with pytest.raises(click.UsageError, match="No such command 'flower'"):
        celery(["flower"], standalone_mode=False)


@pytest.mark.parametrize("command", ["multi show one -A shop", "-l info --version"])
def test_what_is_not_told(command):
    assert not refusals.refusals.of(f"worker: celery {command}\n", "Procfile")


@pytest.mark.parametrize("pool", sorted(refusals.OF_PACKAGES))
def test_a_pool_of_a_package_that_is_not_there(pool):
    """The command ends before it looks for its app; without the option it looks for it."""
    start = "import sys; sys.modules.update(gevent=None, eventlet=None); sys.argv = ['celery', '-A', 'no_mill', 'worker', '-P', POOL]; from celery.__main__ import main; main()"
    ran = [
        subprocess.run([sys.executable, "-c", start.replace("POOL", repr(one))], capture_output=True, text=True)
        for one in (pool, "solo")
    ]
    last = ran[0].stderr.rstrip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ") and pool in last
    assert ran[1].returncode == 2 and "no_mill" in ran[1].stderr
    assert [one.kind for one in refusals.refusals.of(f"worker: celery -A mill worker -P {pool}\n", "Procfile")] == [
        "package"
    ]


@pytest.mark.parametrize("step", ["beat", "multi", "worker"])
def test_an_option_of_the_worker_before_a_command_is_refused(step):
    from click.testing import CliRunner

    for option in ("--logfile=x", "--loglevel=INFO", "--pidfile=x"):
        said = CliRunner().invoke(celery, [option, step, "--help"])
        assert said.exit_code == 2
        assert "no such option" in said.output.lower()
