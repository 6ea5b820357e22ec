"""Settings files: where they are found, what they may say, how layers meet, and what a mistake looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings_texts import settings_of, write
from taskguard.errors import UserError
from taskguard.selection import level_at
from taskguard.settings.load import find, find_root, load
from taskguard.settings.model import CommandLine, Named
from taskguard.settings.per_file import house_at

# Where settings are


def test_the_nearest_file_upward_wins(tmp_path: Path) -> None:
    write(tmp_path, {"taskguard.toml": "", "a/pyproject.toml": "[tool.taskguard]\n", "a/b/c.py": ""})
    assert find(str(tmp_path / "a/b"), str(tmp_path)) == str(tmp_path / "a/pyproject.toml")
    assert find(str(tmp_path), str(tmp_path)) == str(tmp_path / "taskguard.toml")


def test_in_one_folder_the_hidden_file_comes_first_and_pyproject_last(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.taskguard]\n"})
    found = []
    for name in ("pyproject.toml", "taskguard.toml", ".taskguard.toml"):
        write(tmp_path, {name: "[tool.taskguard]\n"})
        found.append(Path(find(str(tmp_path), str(tmp_path)) or "").name)
    assert found == ["pyproject.toml", "taskguard.toml", ".taskguard.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "[tool.black]\n",
        "[tool.taskguard-fork]\nx = 1\n",
        "[tool.black] # taskguard\n",
        "[tool\n taskguard",
        "# [tool.taskguard]\n",
    ],
)
def test_a_pyproject_without_our_table_is_no_settings_file(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"taskguard.toml": "", "a/pyproject.toml": text})
    assert find(str(tmp_path / "a"), str(tmp_path)) == str(tmp_path / "taskguard.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[tool.taskguard]\n",
        "[tool.taskguard.tasks]\nbase = []\n",
        "[[tool.taskguard.facades]]\nmodule = 'x'\n",
        "tool.taskguard.src = ['.']\n",
        "[ tool . taskguard ]\n",
        "[tool]\ntaskguard = { packs = [] }\n",
    ],
)
def test_every_spelling_of_our_table_is_seen(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"pyproject.toml": text})
    assert find(str(tmp_path), str(tmp_path)) == str(tmp_path / "pyproject.toml")
    load(str(tmp_path / "pyproject.toml"), str(tmp_path))


def test_the_search_ends_at_the_root(tmp_path: Path) -> None:
    write(tmp_path, {"taskguard.toml": "", "repo/a/b.py": ""})
    assert find(str(tmp_path / "repo/a"), str(tmp_path / "repo")) is None


def test_the_root_is_the_nearest_git_else_the_settings_folder_else_the_working_directory(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "plain/a/x.py": "",
            "set/taskguard.toml": "",
            "set/a/x.py": "",
            "repo/.git/HEAD": "",
            "repo/a/taskguard.toml": "",
        },
    )
    assert find_root(str(tmp_path / "plain/a")) == str(tmp_path / "plain/a")
    assert find_root(str(tmp_path / "set/a")) == str(tmp_path / "set")
    assert find_root(str(tmp_path / "repo/a")) == str(tmp_path / "repo")


def test_a_worktree_whose_git_is_a_file_is_a_root(tmp_path: Path) -> None:
    write(tmp_path, {".git": "gitdir: elsewhere\n", "a/x.py": ""})
    assert find_root(str(tmp_path / "a")) == str(tmp_path)


# What they say


def test_no_file_means_pack_core_and_defaults(tmp_path: Path) -> None:
    settings = load(None, str(tmp_path))
    assert settings.packs == ("core",)
    assert settings.src == (".",)
    assert settings.folder == ""
    assert ".venv" in settings.exclude
    assert level_at(settings, "TG301") == "error"


def test_every_key_arrives(tmp_path: Path) -> None:
    write(tmp_path, {"src/__init__.py": "", "a/__init__.py": ""})
    settings = settings_of(
        tmp_path,
        """
        [tool.taskguard]
        packs = []
        src = ["src"]
        levels = { TG104 = "off", TG3 = "warn" }
        exclude = ["vendor"]
        extend-exclude = ["gen/**"]
        force-exclude = true
        respect-gitignore = false
        select = ["TG1"]
        ignore = ["TG102"]
        preview = true
        required-version = ">=0.1, <99"
        [[tool.taskguard.overrides]]
        files = "tests/**"
        levels = { TG2 = "off" }
        options.TG101.max-lines = 900
        [tool.taskguard.options.TG101]
        max-lines = 600
        [tool.taskguard.tasks]
        base = ["a.BaseTask"]
        require = ["queue", "max_retries|autoretry_for"]
        decorators = ["acme.task"]
        calls = ["log"]
        queue-in = "decorator"
        [tool.taskguard.tasks.allowed]
        queue = ["critical", { name = "django.conf.settings.MAIL_QUEUE" }]
        priority = [10, 9]
        [[tool.taskguard.tasks.policy]]
        files = ["health/**"]
        require = ["priority"]
        queue-in = "routes"
        [tool.taskguard.contract]
        protective-calls = ["atomic"]
        [[tool.taskguard.facades]]
        module = "a.tasks"
        sources = ["a.jobs.*"]
        private = true
        [[tool.taskguard.apps]]
        app = "a.celery:app"
        src = ["a"]
        [tool.taskguard.celery]
        queues = ["q"]
        imports = ["m"]
        task-names = ["other.*"]
        """,
        name="pyproject.toml",
    )
    assert (settings.packs, settings.src, settings.exclude) == ((), ("src",), ("vendor", "gen/**"))
    assert (settings.force_exclude, settings.respect_gitignore, settings.preview) == (True, False, True)
    assert (settings.select, settings.ignore) == (("TG1",), ("TG102",))
    assert settings.levels == (("TG104", "off"), ("TG3", "warn"))
    assert settings.options == (("TG101", (("max_lines", 600),)),)
    assert settings.overrides[0].files == ("tests/**",)
    assert settings.overrides[0].levels == (("TG2", "off"),)
    assert settings.overrides[0].options == (("TG101", (("max_lines", 900),)),)
    assert settings.house.base == ("a.BaseTask",)
    assert settings.house.require == ("queue", "max_retries|autoretry_for")
    assert settings.house.decorators == ("acme.task",)
    assert settings.house.calls == ("log",)
    assert settings.house.queue_in == "decorator"
    assert dict(settings.house.allowed) == {
        "queue": ("critical", Named("django.conf.settings.MAIL_QUEUE")),
        "priority": (10, 9),
    }
    policy = settings.policies[0]
    assert (policy.files, policy.require, policy.queue_in) == (("health/**",), ("priority",), "routes")
    assert (policy.base, policy.allowed, policy.calls) == (None, None, None)
    assert settings.protective_calls == ("atomic",)
    facade = settings.facades[0]
    assert (facade.module, facade.sources, facade.private) == ("a.tasks", ("a.jobs.*",), True)
    assert (settings.apps[0].app, settings.apps[0].src) == ("a.celery:app", ("a",))
    assert (settings.celery.queues, settings.celery.imports, settings.celery.task_names) == (
        ("q",),
        ("m",),
        ("other.*",),
    )


def test_settings_hash_and_compare(tmp_path: Path) -> None:
    text = 'options.TG101.max-lines = 1\nfacades = [{ module = "x", sources = ["y"] }]\n'
    assert hash(settings_of(tmp_path, text)) == hash(settings_of(tmp_path, text))


def test_a_policy_replaces_what_it_says_and_keeps_the_rest(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        """
        tasks.base = ["Base"]
        tasks.require = ["queue"]
        tasks.allowed = { queue = ["a"], priority = [1] }
        [[tasks.policy]]
        files = "mail/**"
        require = []
        allowed = { queue = ["mail"] }
        """,
    )
    mail, other = house_at(settings, "mail/x.py"), house_at(settings, "web/x.py")
    assert (other.base, other.require) == (("Base",), ("queue",))
    assert (mail.base, mail.require) == (("Base",), ())
    assert dict(mail.allowed) == {"queue": ("mail",), "priority": (1,)}


def test_globs_count_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    write(tmp_path, {"sub/taskguard.toml": '[[overrides]]\nfiles = "tests/**"\nlevels = { TG301 = "off" }\n'})
    settings = load(str(tmp_path / "sub/taskguard.toml"), str(tmp_path))
    assert settings.folder == "sub"
    assert level_at(settings, "TG301", "sub/tests/a.py") == "off"
    assert level_at(settings, "TG301", "tests/a.py") == "error"


# Layers


def test_a_file_beats_its_packs_also_with_a_shorter_prefix(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'levels = { TG3 = "off", TG303 = "warn" }\n')
    assert level_at(settings, "TG301") == "off"
    assert level_at(settings, "TG303") == "warn"
    assert level_at(settings, "TG401") == "error"


def test_all_in_levels_means_every_code(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'levels = { ALL = "off", TG301 = "warn" }\n')
    assert (level_at(settings, "TG101"), level_at(settings, "TG301")) == ("off", "warn")


def test_a_later_pack_beats_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path, {"one.toml": 'levels = { TG301 = "warn" }\n', "two.toml": 'levels = { TG301 = "off" }\n'})
    assert level_at(settings_of(tmp_path, 'packs = ["one.toml", "two.toml"]\n'), "TG301") == "off"
    assert level_at(settings_of(tmp_path, 'packs = ["two.toml", "one.toml"]\n'), "TG301") == "warn"


def test_options_merge_by_key_and_lists_of_tables_add_up(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "one.toml": """
                options.TG101 = { max-lines = 100, count = "code" }
                facades = [{ module = "a" }]
                tasks.require = ["queue"]
                """
        },
    )
    settings = settings_of(
        tmp_path,
        """
        packs = ["one.toml"]
        options.TG101.max-lines = 200
        facades = [{ module = "b" }]
        tasks.require = ["priority"]
        """,
    )
    assert dict(settings.options) == {"TG101": (("max_lines", 200), ("count", "code"))}
    assert [facade.module for facade in settings.facades] == ["a", "b"]
    assert settings.house.require == ("priority",)


def test_the_command_line_beats_the_file(tmp_path: Path) -> None:
    text = 'select = ["TG1"]\nignore = ["TG101"]\nexclude = ["a"]\nextend-exclude = ["b"]\nforce-exclude = true\n'
    plain = settings_of(tmp_path, text)
    assert (plain.select, plain.ignore, plain.exclude, plain.force_exclude) == (("TG1",), ("TG101",), ("a", "b"), True)
    cli = CommandLine(exclude=("c",), extend_exclude=("d",), force_exclude=False, ignore=("TG102",))
    over = settings_of(tmp_path, text, cli)
    assert (over.exclude, over.force_exclude) == (("c", "b", "d"), False)
    assert (over.select, over.ignore) == (("TG1",), ("TG101", "TG102"))


def test_select_on_the_command_line_sets_the_selection_of_the_file_aside(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'ignore = ["TG101"]\n', CommandLine(select=("TG101",)))
    assert (settings.select, settings.ignore) == (("TG101",), ())


def test_packs_of_the_command_line_replace_those_of_the_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'packs = ["strict"]\n', CommandLine(packs=("basetask",)))
    assert settings.packs == ("core", "basetask")


def test_isolated_reads_no_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "this is no TOML", CommandLine(isolated=True))
    assert settings.packs == ("core",)
    assert settings.isolated


def test_config_takes_either_kind_and_counts_paths_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "etc/pyproject.toml": '[tool.taskguard]\npacks = ["own.toml"]\n[[tool.taskguard.overrides]]\nfiles = "a/**"\nlevels = { TG301 = "off" }\n',
            "etc/other.toml": 'levels = { TG301 = "warn" }\n',
            "work/own.toml": 'levels = { TG301 = "error" }\n',
            "work/taskguard.toml": 'levels = { TG301 = "off" }\n',
        },
    )
    monkeypatch.chdir(tmp_path / "work")
    nearest = str(tmp_path / "work/taskguard.toml")
    settings = load(nearest, str(tmp_path), CommandLine(config="../etc/pyproject.toml"))
    assert settings.folder == "work"
    assert level_at(settings, "TG301", "work/a/x.py") == "off"
    assert level_at(settings, "TG301", "etc/a/x.py") == "error"
    assert level_at(load(nearest, str(tmp_path), CommandLine(config="../etc/other.toml")), "TG301") == "warn"


def test_a_config_that_is_missing_or_has_no_table_is_the_users_mistake(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.black]\n"})
    for config, message in (("nothing.toml", "cannot be read"), ("pyproject.toml", r"has no table \[tool.taskguard\]")):
        with pytest.raises(UserError, match=message):
            load(None, str(tmp_path), CommandLine(config=str(tmp_path / config)))


def test_the_files_read_are_named(tmp_path: Path) -> None:
    write(tmp_path, {"own.toml": ""})
    settings = settings_of(tmp_path, 'packs = ["core", "own.toml"]\n')
    assert settings.file == str(tmp_path / "taskguard.toml")
    assert load(None, str(tmp_path)).file is None
    assert [Path(path).name for path in settings.sources] == ["core.toml", "own.toml", "taskguard.toml"]
