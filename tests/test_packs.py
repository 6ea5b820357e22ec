"""The shipped packs, and packs that extend packs."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from taskguard.cli import packs_command
from taskguard.engine.resolver import Resolver
from taskguard.errors import UserError
from taskguard.project.python.testing import in_test_path
from taskguard.request import Request
from taskguard.selection import level_at, option_types
from taskguard.settings.catalogue import names
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine, Settings
from taskguard.settings.packs import shipped
from taskguard.settings.per_file import house_at


def with_packs(folder: Path, *packs: str) -> Settings:
    return load(None, str(folder), CommandLine(packs=packs), option_types)


def levels(folder: Path, pack: str) -> dict[str, str]:
    settings = with_packs(folder, pack)
    return {code: level_at(settings, code) for code in names()}


def test_the_four_packs_are_shipped() -> None:
    assert list(shipped()) == ["core", "basetask", "django-celery", "strict"]


@pytest.mark.parametrize("pack", ["core", "basetask", "django-celery", "strict"])
def test_a_pack_opens_with_comments_and_is_without_mistakes(tmp_path: Path, pack: str) -> None:
    text = Path(shipped()[pack]).read_text(encoding="utf-8")
    opening = re.match(r"(#.*\n)+", text)
    assert opening is not None
    assert opening.group().startswith(f"# {pack}: ")
    assert len(opening.group().splitlines()) >= 4
    assert with_packs(tmp_path, pack).packs[-1] == pack


@pytest.mark.parametrize("pack", ["core", "basetask", "strict"])
def test_the_name_beside_a_code_is_the_rules_own(pack: str) -> None:
    text = Path(shipped()[pack]).read_text(encoding="utf-8")
    said = re.findall(r'^(TG\d{3}) = "\w+" +# ([a-z-]+)', text, re.MULTILINE)
    assert said
    assert [pair for pair in said if names().get(pair[0]) != pair[1]] == []


def test_core_decides_on_every_code(tmp_path: Path) -> None:
    core = with_packs(tmp_path, "core")
    assert {code for code, _ in core.levels} == set(names())


def test_core_is_error_for_what_is_surely_wrong_and_warn_for_what_is_nearly(tmp_path: Path) -> None:
    found = levels(tmp_path, "core")
    assert {found[code] for code in ("TG001", "TG101", "TG201", "TG203", "TG301", "TG401", "TG707")} == {"error"}
    assert {found[code] for code in ("TG003", "TG207", "TG304", "TG404", "TG406")} == {"warn"}
    off = {
        "TG103",
        "TG104",
        "TG105",
        "TG302",
        "TG325",
        "TG326",
        "TG327",
        "TG329",
        "TG331",
        "TG332",
        "TG333",
        "TG334",
        "TG337",
        "TG338",
        "TG339",
        "TG409",
    }
    # Right at first sight on projects that nobody had tuned them on, or without a wrong word there.
    numbers = (
        211,
        213,
        214,
        501,
        503,
        504,
        505,
        506,
        507,
        508,
        511,
        601,
        603,
        605,
        606,
        607,
        610,
        611,
        612,
        617,
        618,
        619,
    )
    measured = {f"TG{number}" for number in numbers}
    assert {found[code] for code in measured} == {"error"}
    unmeasured = {
        code for code in found if code.startswith(("TG5", "TG6", "TG8")) or "TG211" <= code <= "TG214"
    } - measured
    assert {code for code, level in found.items() if level == "off"} == off | unmeasured


def test_strict_leaves_nothing_off_and_changes_no_level_of_core(tmp_path: Path) -> None:
    core, strict = levels(tmp_path, "core"), levels(tmp_path, "strict")
    assert "off" not in strict.values()
    assert {code for code in core if core[code] != strict[code]} == {code for code in core if core[code] == "off"}


def test_basetask_brings_the_house_rules(tmp_path: Path) -> None:
    settings = with_packs(tmp_path, "basetask")
    house = house_at(settings, "any.py")
    assert house.base == ("BaseTask",)
    assert {"queue", "soft_time_limit", "time_limit"} <= set(house.require)
    assert any("|" in option for option in house.require)
    assert dict(house.allowed)["priority"] == (10, 9, 8, 6, 3)
    assert {"critical", "high_priority", "email", "reports", "maintenance"} <= set(dict(house.allowed)["queue"])
    assert house.calls == settings.protective_calls == ("TaskMetrics.increment_counter", "log_task_context")
    assert dict(settings.options)["TG409"] == (("max_lines", 200),)
    assert level_at(settings, "TG409") == "error"


def test_django_celery_leaves_out_generated_migrations_and_the_tasks_of_tests(tmp_path: Path) -> None:
    settings = with_packs(tmp_path, "strict", "basetask", "django-celery")
    assert level_at(settings, "TG201", "shop/tests/test_x.py") == "off"
    assert level_at(settings, "TG201", "shop/tasks.py") == "error"
    assert level_at(settings, "TG101", "shop/migrations/0001_initial.py") == "off"
    assert level_at(settings, "TG101", "shop/tasks.py") == "error"


TESTS = (
    "shop/tests/views.py",
    "tests/a/b.py",
    "test/x.py",
    "shop/testing/factory.py",
    "test_shop.py",
    "a/conftest.py",
    "a/tests.py",
)
GENERATED = ("shop/migrations/0001_initial.py", "alembic/versions/1a2b.py", "db/migrations/versions/1a2b.py")
OWN = ("shop/tasks.py", "shop/latest_news.py", "contest/models.py", "shop/attest.py", "migrations.py", "versions/v1.py")


def test_long_tests_and_migrations_warn_in_core(tmp_path: Path) -> None:
    core = with_packs(tmp_path, "core")
    for code in ("TG101", "TG102"):
        assert {level_at(core, code, path) for path in TESTS + GENERATED} == {"warn"}
        assert {level_at(core, code, path) for path in OWN} == {"error"}


PUT_ASIDE = (
    "archive/tasks.py",
    "backend/_archived_code/tasks.py",
    "old_archive/a/b.py",
    "src/agents_old/crews/a.py",
    "shop/deprecated/tasks.py",
    "api_deprecated/tasks.py",
    "bak/tasks.py",
    "shop_bak/tasks.py",
    "backup_20240131/shop/tasks.py",
    "2025-12-12_whole/shop/tasks.py",
    "shop 2025-12-12/shop/tasks.py",
    "shop/tasks 2.py",
    "shop_backup_2024/tasks.py",
    "tasks/demo_tasks.py",
    "shop/demo.py",
)


def test_core_says_nothing_of_what_was_put_aside_or_only_shows(tmp_path: Path) -> None:
    core = with_packs(tmp_path, "core")
    for code in ("TG001", "TG206", "TG405"):
        assert {level_at(core, code, path) for path in PUT_ASIDE} == {"off"}
        # An app that makes backups is no backup of an app.
        own = ("archive.py", "archiver/tasks.py", "demography.py", "backup/tasks.py", "db_backup/tasks.py", "old.py", "threshold/a.py")  # fmt: skip
        assert {level_at(core, code, path) for path in own} == {"error"}


def test_an_archive_that_is_an_application_is_not_put_aside(tmp_path: Path) -> None:
    core = with_packs(tmp_path, "core")
    for path in ("archive/apps.py", "records/archives/migrations/__init__.py", "aside/archive/apps.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for folder in ("archive", "records/archives"):
        (tmp_path / folder / "__init__.py").touch()
    resolver = Resolver(Request((".",), str(tmp_path), str(tmp_path), isolated=True, cache=False))

    def levels_at(*paths: str) -> set[str]:
        return {level_at(resolver.settings_at(path), "TG405", path) for path in paths}

    assert level_at(core, "TG405", "archive/tasks.py") == "off"
    assert levels_at("archive/tasks.py", "archive/deep/a.py", "records/archives/tasks.py") == {"error"}
    # No package, another one of the name below, and what is put aside by another word.
    assert levels_at("aside/archive/tasks.py", "archive/archive/a.py", "archive/old_archive/a.py", "archive/demo.py") == {"off"}  # fmt: skip


@pytest.mark.parametrize("path", [*TESTS, *OWN])
def test_what_core_takes_for_tests_is_what_the_rules_take_for_tests(tmp_path: Path, path: str) -> None:
    assert in_test_path(path) == (level_at(with_packs(tmp_path, "core"), "TG101", path) == "warn")


@pytest.mark.parametrize(
    ("text", "path", "level"),
    [
        ('packs = ["strict"]', "tests/a.py", "error"),
        ('packs = ["strict", "basetask"]', "app/migrations/1.py", "error"),
        ('packs = ["core", "django-celery"]', "app/migrations/1.py", "off"),
        ('packs = ["core", "django-celery"]', "app/tests/a.py", "warn"),
        ('levels = { TG101 = "error" }', "tests/a.py", "error"),
        ('levels = { TG1 = "error" }', "tests/a.py", "error"),
        ('levels = { ALL = "error" }', "tests/a.py", "error"),
        ('levels = { TG101 = "off" }', "tests/a.py", "off"),
        ('levels = { TG102 = "off" }', "tests/a.py", "warn"),
        ('ignore = ["TG101"]', "tests/a.py", "off"),
        ('select = ["TG101"]', "tests/a.py", "warn"),
        ("options.TG101.max-lines = 900", "tests/a.py", "warn"),
        ('overrides = [{ files = "tests/**", levels = { TG101 = "error" } }]', "tests/a.py", "error"),
        ('overrides = [{ files = "tests/**", options.TG101.max-lines = 900 }]', "tests/a.py", "error"),
        ('overrides = [{ files = "tests/**", options.TG101.max-lines = 900 }]', "app/tests/a.py", "warn"),
        ('overrides = [{ files = "tests/**", options.TG104.max-lines = 900 }]', "tests/a.py", "warn"),
        (
            'overrides = [{ files = "tests/**", levels = { TG101 = "warn" } }, { files = "tests/*", options.TG101.max-lines = 9 }]',
            "tests/a.py",
            "warn",
        ),
        (
            'packs = ["django-celery"]\noverrides = [{ files = "app/**", options.TG101.max-lines = 9 }]',
            "app/migrations/1.py",
            "off",
        ),
    ],
)
def test_ones_own_levels_and_limits_win_over_what_a_pack_says_of_a_place(
    tmp_path: Path, text: str, path: str, level: str
) -> None:
    (tmp_path / "taskguard.toml").write_text(text + "\n")
    settings = load(str(tmp_path / "taskguard.toml"), str(tmp_path), CommandLine(), option_types)
    assert level_at(settings, "TG101", path) == level


def test_a_level_below_a_packs_prefix_is_overruled_alone(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(
        'extends = ["core"]\n[[overrides]]\nfiles = "old/**"\nlevels = { TG2 = "warn" }\n'
    )
    (tmp_path / "taskguard.toml").write_text('packs = ["pack.toml"]\nlevels = { TG205 = "error" }\n')
    settings = load(str(tmp_path / "taskguard.toml"), str(tmp_path), CommandLine(), option_types)
    assert [level_at(settings, code, "old/a.py") for code in ("TG205", "TG206")] == ["error", "warn"]


def test_extends_may_be_a_path_beside_the_pack_and_each_pack_counts_once(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/low.toml").write_text('levels = { TG301 = "warn", TG302 = "warn" }\n')
    (tmp_path / "packs/a.toml").write_text('extends = ["low.toml"]\nlevels = { TG301 = "off" }\n')
    (tmp_path / "packs/b.toml").write_text('extends = ["low.toml"]\n')
    (tmp_path / "taskguard.toml").write_text('packs = ["packs/a.toml", "packs/b.toml"]\n')
    settings = load(str(tmp_path / "taskguard.toml"), str(tmp_path))
    assert settings.packs == ("low.toml", "packs/a.toml", "packs/b.toml")
    assert (level_at(settings, "TG301"), level_at(settings, "TG302")) == ("off", "warn")


def test_packs_that_extend_each_other_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = ["b.toml"]\n')
    (tmp_path / "b.toml").write_text('\nextends = ["a.toml"]\n')
    (tmp_path / "taskguard.toml").write_text('packs = ["a.toml"]\n')
    with pytest.raises(UserError, match=r"b\.toml:2: extends: `a.toml` extends this pack in turn"):
        load(str(tmp_path / "taskguard.toml"), str(tmp_path))


def test_the_command_lists_packs_and_shows_one() -> None:
    out = io.StringIO()
    assert packs_command.run([], out) == 0
    listed = out.getvalue().splitlines()
    assert [line.split()[0] for line in listed] == list(shipped())
    assert listed[1].endswith("(extends core)")
    out = io.StringIO()
    assert packs_command.run(["basetask"], out) == 0
    assert out.getvalue() == Path(shipped()["basetask"]).read_text(encoding="utf-8")
    with pytest.raises(UserError, match="did you mean `strict`"):
        packs_command.run(["strickt"], out)
