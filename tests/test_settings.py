"""Settings files: where they are found, what they may say, how layers meet, and what a mistake looks like."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from taskguard.cli import settings_command
from taskguard.errors import UserError
from taskguard.selection import level_at, option_types
from taskguard.globs import fault, matcher
from taskguard.settings.load import explain, find, find_root, load
from taskguard.settings.model import CommandLine, Named, Settings
from taskguard.settings.places import house_at
from taskguard.settings.toml import lines, parse


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def settings_of(folder: Path, text: str, cli: CommandLine | None = None, name: str = "taskguard.toml") -> Settings:
    write(folder, {name: text})
    return load(str(folder / name), str(folder), cli or CommandLine(), option_types)


def mistakes(folder: Path, text: str, name: str = "taskguard.toml", cli: CommandLine | None = None) -> list[str]:
    """`line: key: message` of every mistake."""
    with pytest.raises(UserError) as caught:
        settings_of(folder, text, cli, name)
    return [f"{one.line}: {one.key}: {one.message}" for one in caught.value.problems]


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
    assert level_at(settings, "TG501") == "error"


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


# Mistakes


def test_all_mistakes_are_told_at_once_with_line_key_and_nearest_spelling(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        """\
[tool.taskguard]
packs = ["core", "bastask", "own/nix.toml"]
levels = { TG104 = "eror", TG33 = "warn", god-file = "off" }
sorc = ["."]
exclude = ["[x"]
preview = 1
required-version = ">=99"

[[tool.taskguard.overrides]]
files = ["a", 3,
  "!x"]
[tool.taskguard.tasks]
requires = []
[tool.taskguard.tasks.allowed]
queue = ["a", { nam = "x" }, 3]
[[tool.taskguard.tasks.policy]]
require = "priority"
queue-in = "route"
[tool.taskguard.options.TG1]
max-lines = 3
""",
        "pyproject.toml",
    ) == [
        "2: tool.taskguard.packs[1]: unknown pack `bastask`; did you mean `basetask`?",
        "2: tool.taskguard.packs[2]: there is no file `own/nix.toml`",
        "3: tool.taskguard.levels.TG104: 'eror' is none of off, warn, error; did you mean `error`?",
        "3: tool.taskguard.levels.TG33: unknown code `TG33`; did you mean `TG313 shadowed-route`?",
        "3: tool.taskguard.levels.god-file: unknown code `god-file`; did you mean `TG101 god-file`?",
        "4: tool.taskguard.sorc: unknown key; did you mean `src`?",
        "5: tool.taskguard.exclude[0]: `[` is never closed",
        "6: tool.taskguard.preview: expected true or false, got a whole number",
        "7: tool.taskguard.required-version: taskguard 0.1.0 is running; the settings want >=99",
        "10: tool.taskguard.overrides[0].files[1]: expected a string, got a whole number",
        "11: tool.taskguard.overrides[0].files[2]: a pattern cannot be negated with `!`",
        "13: tool.taskguard.tasks.requires: unknown key; did you mean `require`?",
        "15: tool.taskguard.tasks.allowed.queue[1]: `name` is missing",
        "15: tool.taskguard.tasks.allowed.queue[1].nam: unknown key; did you mean `name`?",
        "16: tool.taskguard.tasks.policy[0]: `files` is missing",
        "17: tool.taskguard.tasks.policy[0].require: expected a list, got a string",
        "18: tool.taskguard.tasks.policy[0].queue-in: 'route' is none of any, decorator, routes; did you mean `routes`?",
        "19: tool.taskguard.options.TG1: `TG1` is a prefix; a full code is wanted here",
    ]


def test_outside_pyproject_the_key_has_no_table_before_it(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "\nlevels.TG101 = 1\n") == ["2: levels.TG101: 1 is none of off, warn, error"]


def test_options_of_rules_are_held_to_their_names_and_types(tmp_path: Path) -> None:
    text = """\
options.TG101 = { max-line = 3 }
[options.TG103]
max-tasks = "many"
[[overrides]]
files = "a"
options.TG101.max-lines = true
"""
    assert mistakes(tmp_path, text) == [
        "1: options.TG101.max-line: TG101 has no such option; did you mean `max-lines`?",
        "3: options.TG103.max-tasks: expected a whole number, got a string",
        "6: overrides[0].options.TG101.max-lines: expected a whole number, got true or false",
    ]


def test_a_code_of_the_catalogue_is_no_mistake_even_when_it_is_not_built(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, 'levels.TG810 = "warn"\noptions.TG810.some-option = 3\nselect = ["TG8", "ALL"]\n')
    assert level_at(settings, "TG810") == "warn"


def test_mistakes_of_packs_and_of_the_command_line_are_told_with_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"own.toml": 'levels.TG1 = "on"\nsrc = ["."]\nextends = ["cor"]\n'})
    text = 'packs = ["own.toml"]\nsources = 1\nextends = ["core"]\n'
    found = mistakes(tmp_path, text, cli=CommandLine(select=("T2",), exclude=("",)))
    assert "0: --exclude: the pattern is empty" in found
    assert any(one.startswith("0: --select: unknown code `T2`") for one in found)
    assert any(one.startswith("1: levels.TG1: 'on' is none of off, warn, error") for one in found)
    assert "2: src: this key belongs into a settings file, not into a pack" in found
    assert "3: extends[0]: unknown pack `cor`; did you mean `core`?" in found
    assert "2: sources: unknown key; did you mean `src`?" in found
    assert "3: extends: this key belongs into a pack, not into a settings file" in found


@pytest.mark.parametrize(("data", "line"), [(b"packs = [\n", 1), (b"a = 1\na = 2\n", 2), (b"a = \xff\n", 0)])
def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    path = tmp_path / "taskguard.toml"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load(str(path), str(tmp_path))
    (problem,) = caught.value.problems
    assert problem.file.endswith("taskguard.toml")
    assert problem.line == line


def test_a_bom_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "taskguard.toml"
    path.write_bytes(b'\xef\xbb\xbfsrc = ["a"]\r\nlevels.TG301 = """warn"""\r\n')
    settings = load(str(path), str(tmp_path))
    assert (settings.src, level_at(settings, "TG301")) == (("a",), "warn")


# Lines of keys


def test_lines_of_keys_in_every_form_of_toml() -> None:
    text = '''\
packs = ["core", # "]"
  "x"]
a."b.c".d = """
x = 1
"""
[[t.u]]
f = { g = 1, h = [ { i = 2 } ] }
[t.u.v]
w = 1979-05-27T07:32:00Z
[[t.u]]
"f" = 'a # b'
'''
    found = lines(text)
    assert parse(text)["t"]["u"][1] == {"f": "a # b"}
    assert found["packs", 1] == 2
    assert found["a", "b.c", "d"] == 3
    assert ("x",) not in found
    assert found["t", "u", 0, "f", "h", 0, "i"] == 7
    assert found["t", "u", 0, "v", "w"] == 9
    assert found["t", "u", 1, "f"] == 11


# Globs


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("tests/**", ["tests/a.py", "tests/a/b.py"], ["x/tests/a.py", "tests"]),
        ("tests", ["tests/a.py", "x/tests/a.py", "tests"], ["tests2/a.py"]),
        ("*.py", ["a.py", "a/b.py"], ["a.pyi"]),
        ("a/*.py", ["a/b.py"], ["a/c/b.py", "x/a/b.py"]),
        ("**/migrations/*.py", ["migrations/1.py", "a/b/migrations/1.py"], ["migrations.py"]),
        ("a/**/b.py", ["a/b.py", "a/x/y/b.py"], ["a/xb.py"]),
        ("[!a]*.py", ["b.py"], ["a.py"]),
        ("[0-9]?.py", ["1a.py", "x/1a.py"], ["1.py"]),
        ("build/", ["build/x.py", "a/build/x.py"], ["build"]),
        ("/a.py", ["a.py"], ["x/a.py"]),
        ("./a/b", ["a/b", "a/b/c.py"], ["a/bc"]),
        ("a/b", ["a/b", "a/b/c.py"], ["a/bc", "x/a/b"]),
        ("a?b.py", ["axb.py"], ["a/b.py"]),
        ("a.b", ["a.b"], ["axb"]),
        ("**", ["a", "a/b"], []),
    ],
)
def test_globs(pattern: str, yes: list[str], no: list[str]) -> None:
    match = matcher([pattern])
    assert [path for path in yes if not match(path)] == []
    assert [path for path in no if match(path)] == []
    assert fault(pattern) is None


def test_no_pattern_matches_nothing() -> None:
    assert not matcher(())("a.py")


@pytest.mark.parametrize("pattern", ["", "./", "[a", "[z-a]", "!x", "../x", "a\\b"])
def test_faulty_globs(pattern: str) -> None:
    assert fault(pattern)


# taskguard settings


def printed(args: list[str]) -> str:
    out = io.StringIO()
    assert settings_command.run(args, out) == 0
    return out.getvalue()


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Key -> (value, origin) of what `taskguard settings` prints."""
    found = {}
    for line in text.splitlines():
        if " = " in line and "  # " in line:
            said, _, origin = line.rpartition("  # ")
            key, _, value = said.partition(" = ")
            found[key] = (value.strip(), origin)
    return found


def test_the_command_prints_each_value_with_its_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": """\
[tool.taskguard]
packs = ["basetask"]
[tool.taskguard.levels]
TG302 = "warn"
[tool.taskguard.tasks]
require = ["queue"]
[tool.taskguard.options.TG101]
max-lines = 700
[[tool.taskguard.tasks.policy]]
files = "mail/*"
base = ["MailTask"]
[[tool.taskguard.overrides]]
files = "tests/**"
levels = { TG302 = "off" }
""",
            "tests/a.py": "",
            "mail/a.py": "",
        },
    )
    monkeypatch.chdir(tmp_path)
    text = printed([])
    found = rows(text)
    assert found["packs"] == ('["core", "basetask"]', "pyproject.toml:2")
    assert found["src"] == ('["."]', "default")
    assert found["levels.TG302"] == ('"warn"', "pyproject.toml:4")
    assert found["levels.TG301"][1].startswith("pack core, core.toml:")
    assert found["tasks.require"] == ('["queue"]', "pyproject.toml:6")
    assert found["tasks.base"][1].startswith("pack basetask, basetask.toml:")
    assert found["options.TG101.max-lines"] == ("700", "pyproject.toml:8")
    assert found["options.TG101.count"][1] == "default"
    again = parse(text)
    assert again["overrides"] == [{"files": ["tests/**"], "levels": {"TG302": "off"}}]
    assert again["tasks"]["policy"] == [{"files": ["mail/*"], "base": ["MailTask"]}]

    assert rows(printed(["tests/a.py"]))["levels.TG302"] == ('"off"', "pyproject.toml:12")
    assert rows(printed(["mail/a.py"]))["tasks.base"] == ('["MailTask"]', "pyproject.toml:9")
    assert rows(printed(["--isolated"]))["packs"] == ('["core"]', "default")


def test_what_the_command_prints_is_a_settings_file_that_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "a/taskguard.toml": """
                packs = ["basetask", "django-celery"]
                facades = [{ module = "a.tasks", sources = ["a.jobs.*"] }]
                apps = [{ app = "a:app", src = ["."] }]
                tasks.allowed.queue = ["x", { name = "django.conf.settings.Q" }, 3]
                """,
        },
    )
    monkeypatch.chdir(tmp_path / "a")
    before = load("taskguard.toml", str(tmp_path / "a"))
    text = printed([]).replace('packs = ["core", "basetask", "django-celery"]', "packs = []")
    after = settings_of(tmp_path / "a", text)
    for field in ("levels", "overrides", "house", "facades", "apps", "exclude", "protective_calls"):
        assert getattr(after, field) == getattr(before, field), field


def test_the_command_for_a_path_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"there is no nothing\.py"):
        printed(["nothing.py"])


def test_origins_name_the_command_line(tmp_path: Path) -> None:
    origins = explain(None, str(tmp_path), CommandLine(select=("TG1",), packs=("strict",))).origins
    assert (origins["select"], origins["packs"]) == ("command line", "command line")
