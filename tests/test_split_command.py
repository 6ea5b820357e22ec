"""`taskguard split` on projects on disk."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from taskguard.cli.main import main

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(JOURNAL, tmp_path / "journal", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "journal")
    monkeypatch.setenv("TASKGUARD_CACHE_DIR", str(tmp_path / "cache"))
    git(tmp_path / "journal", "init", "-q")
    git(tmp_path / "journal", "add", "-A")
    git(tmp_path / "journal", "commit", "-qm", "before")
    return tmp_path / "journal"


def test_the_god_file_of_the_journal(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "background_tasks/report_tasks.py"]) == 0, capsys.readouterr().err
    assert (
        '[[facades]]\nmodule = "background_tasks.report_tasks"\nsources = ["background_tasks.report.*"]\n'
        in (journal / "taskguard.toml").read_text()
    )
    lines = {
        path.name: len(path.read_text().splitlines()) for path in (journal / "background_tasks" / "report").glob("*.py")
    }
    assert len(lines) > 2 and max(lines.values()) < 600
    assert len((journal / "background_tasks" / "report_tasks.py").read_text().splitlines()) < 200
    capsys.readouterr()
    assert main(["verify"]) == 0, capsys.readouterr().out
    assert main(["split", "--undo"]) == 0
    assert git(journal, "status", "--short") == ""


def test_a_diff_writes_nothing(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "background_tasks.report_tasks", "--diff"]) == 0
    assert "+++ b/background_tasks/report_tasks.py" in capsys.readouterr().out
    assert git(journal, "status", "--short") == ""


def test_changes_that_are_not_committed_are_not_mixed_with_a_split(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (journal / "background_tasks" / "report_tasks.py").open("a") as file:
        file.write("\n# mine\n")
    assert main(["split", "background_tasks/report_tasks.py"]) == 2
    assert "background_tasks/report_tasks.py has changes that are not committed" in capsys.readouterr().err
    assert main(["split", "background_tasks/report_tasks.py", "--allow-dirty"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["background_tasks/report_task.py"], "did you mean background_tasks/report_tasks.py?"),
        ([], "split wants one module"),
        (["--undo"], "there is no split to take back"),
    ],
)
def test_mistakes_are_named(journal: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_does_not_parse_is_refused(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (journal / "background_tasks" / "report_tasks.py").write_text("def f(:\n")
    assert main(["split", "background_tasks/report_tasks.py"]) == 2
    assert "background_tasks/report_tasks.py:1: it does not parse" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        (
            "def quick(function):\n    return shared_task(function)\n\n\n@quick",
            "`forget_it` is called `background_tasks.report_tasks.forget_it`",
        ),
        ("def quick(**options):\n    return shared_task(queue='reports')\n\n\n@quick()", "TG701"),
    ],
)
def test_a_task_that_would_be_called_otherwise_is_not_moved(
    journal: Path, capsys: pytest.CaptureFixture[str], wrapper: str, said: str
) -> None:
    file = journal / "background_tasks" / "report_tasks.py"
    file.write_text(f"{file.read_text()}\n\n{wrapper}\ndef forget_it():\n    logger.info('forgotten')\n")
    git(journal, "commit", "-qam", "wrapped")
    assert main(["split", "background_tasks/report_tasks.py"]) == 1
    assert said in capsys.readouterr().err
    assert git(journal, "status", "--short") == ""


def test_plan_and_split_in_two_steps(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("background_tasks/report_tasks.py: 647 lines, into background_tasks/report\n")
    assert "module" in said and "coaches.py" in said and "449-520" in said
    plan = journal / "taskguard-split.toml"
    plan.write_text(
        plan.read_text().replace("background_tasks/report/coaches.py", "background_tasks/report/coaching.py")
    )
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    assert "taskguard-split.toml is there and differs: it is kept" in capsys.readouterr().err
    assert main(["split", "taskguard-split.toml"]) == 0
    assert (journal / "background_tasks" / "report" / "coaching.py").is_file()
    assert main(["verify"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('    "REPORT_KINDS",\n', '    "REPORT_KNDS",\n', "has no `REPORT_KNDS`; did you mean `REPORT_KINDS`?"),
        ('    "REPORT_KINDS",\n', '    "REPORT_KINDS", "REPORT_KINDS",\n', " twice"),
        ("report_tasks.py", "report_task.py", "there is no module background_tasks/report_task.py in the project; did"),
        ("package = ", "pakage = ", "unknown key; did you mean `package`?"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_with_its_place(
    journal: Path, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    plan = journal / "taskguard-split.toml"
    plan.write_text(plan.read_text().replace(old, new, 1))
    line = plan.read_text().partition(new.strip())[0].count("\n") + 1
    capsys.readouterr()
    assert main(["split", plan.name]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"taskguard: error: taskguard-split.toml:{line}: ") and said in told
    assert "settings --keys" not in told


def test_plan_without_a_module_ranks_the_god_files(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:4] == ["background_tasks/report_tasks.py", "647", "24", "6"]


def test_a_file_of_one_piece_is_not_split(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "class Report:\n" + "    x = 1\n" * 700
    (journal / "background_tasks" / "one.py").write_text(long)
    assert main(["split", "background_tasks/one.py"]) == 2
    assert "background_tasks/one.py cannot be split: `Report` alone takes 701 lines" in capsys.readouterr().err


def test_plan_as_data(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert main(["plan", "background_tasks/report_tasks.py", "--output-format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["package"] == "background_tasks/report" and sum(one["tasks"] for one in data["modules"]) == 24
    assert main(["plan", "background_tasks/report_tasks.py", "--output-format", "toml"]) == 0
    assert 'source = "background_tasks/report_tasks.py"' in capsys.readouterr().out
    assert not (journal / "taskguard-split.toml").exists()


def test_the_lines_of_a_guide(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "background_tasks/report_tasks.py", "--lines", "weekly.py: 162-230; monthly.py: 230-260"]) == 1
    said = capsys.readouterr().err
    assert (
        "lines 230-230 are in 162-230" in said and "cuts `generate_monthly_report`, which takes lines 253-276" in said
    )
    assert main(["split", "taskguard-split.toml"]) == 0


def test_modules_may_go_into_a_folder_that_is_named(journal: Path) -> None:
    assert main(["split", "background_tasks/report_tasks.py", "--into", "background_tasks/reporting"]) == 0
    assert (journal / "background_tasks" / "reporting" / "coaches.py").is_file()
    assert main(["verify"]) == 0


PATCHING = """\
from unittest.mock import patch

from background_tasks.report_tasks import remind_late_goals


@patch("background_tasks.report_tasks.send_mail")
def test_it_is_not_sent(send_mail):
    remind_late_goals(3)


@patch("background_tasks.report_tasks.recount_goal")
def test_nothing(recount):
    remind_late_goals(4)
"""


def test_patches_are_listed_or_retargeted(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = journal / "tests" / "test_reports.py"
    test.write_text(PATCHING)
    git(journal, "add", "-A")
    git(journal, "commit", "-qm", "tests")
    assert main(["split", "background_tasks/report_tasks.py"]) == 0
    said = capsys.readouterr().err
    assert "no effect any more; --retarget-patches mends" in said
    assert "tests/test_reports.py:6" in said and test.read_text() == PATCHING
    assert main(["split", "--undo"]) == 0
    (journal / "plan.toml").write_text(three_modules())
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert test.read_text() == PATCHING.replace(
        "background_tasks.report_tasks.send_mail", "background_tasks.report.goals.send_mail"
    )
    said = capsys.readouterr().err
    assert "1 patch in tests retargeted" in said and "tests/test_reports.py:11" in said, "nobody looks that name up"


def three_modules() -> str:
    """A plan in which one module alone sends the mail of goals."""
    from taskguard.cli.arguments import Words
    from taskguard.cli.god_files import session_of
    from taskguard.splitting.plan import Plan
    from taskguard.splitting.plan_file import written

    session = session_of(Words({}, ("background_tasks/report_tasks.py",)))
    god = session.god(session.module("background_tasks/report_tasks.py")).god
    plan = session.proposal(god)
    goals = ("remind_late_goals",)
    rest = tuple(one.replace(names=tuple(name for name in one.names if name not in goals)) for one in plan.modules)
    first = plan.modules[0].replace(path="background_tasks/report/goals.py", names=goals)
    return written(Plan(plan.source, plan.package, (first, *rest)))


@pytest.mark.parametrize("asked", ["kept", "own"])
def test_each_module_logs_under_the_old_name_or_its_own(journal: Path, asked: str) -> None:
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    plan = journal / "taskguard-split.toml"
    plan.write_text(plan.read_text().replace("package =", f'loggers = "{asked}"\npackage ='))
    assert main(["split", "taskguard-split.toml"]) == 0
    made = [path.read_text() for path in sorted((journal / "background_tasks/report").glob("*.py"))]
    named = {"kept": '("background_tasks.report_tasks")', "own": "(__name__)"}
    counts = {word: sum(f"getLogger{text}" in one for one in made) for word, text in named.items()}
    assert counts.pop(asked) and not any(counts.values())


def test_a_wrong_word_for_loggers_is_told(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    plan = journal / "taskguard-split.toml"
    plan.write_text(plan.read_text().replace("package =", 'loggers = "mine"\npackage ='))
    assert main(["split", "taskguard-split.toml"]) == 2
    assert 'taskguard-split.toml:3: loggers: "kept" is wanted' in capsys.readouterr().err


def test_the_baseline_goes_with_the_code(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline"]) == 0
    git(journal, "add", "-A")
    git(journal, "commit", "-qm", "baseline")
    before = (journal / "taskguard-baseline.json").read_text()
    assert '"background_tasks/report_tasks.py", "code": "TG101"' in before
    assert main(["split", "background_tasks/report_tasks.py"]) == 0
    after = (journal / "taskguard-baseline.json").read_text()
    assert "background_tasks/report_tasks.py" not in after and "background_tasks/report/" in after
    capsys.readouterr()
    assert main(["check"]) == 0, capsys.readouterr().out


def test_a_god_file_that_the_settings_exclude_is_refused(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = journal / "taskguard.toml"
    settings.write_text('extend-exclude = ["background_tasks"]\n' + settings.read_text())
    for command in ("plan", "split"):
        assert main([command, "background_tasks/report_tasks.py"]) == 2
        said = capsys.readouterr().err
        assert (
            "taskguard.toml:1: extend-exclude: `background_tasks` leaves out background_tasks/report_tasks.py" in said
        )


def test_where_no_name_is_free_for_the_modules_somebody_has_to_say_one(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = journal / "taskguard.toml"
    settings.write_text('extend-exclude = ["background_tasks/report*/*"]\n' + settings.read_text())
    assert main(["plan", "background_tasks/report_tasks.py"]) == 2
    assert "no name is free for the folder of its modules; name one with --into" in capsys.readouterr().err


def test_what_excludes_a_god_file_is_named_wherever_it_stands(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (journal / "taskguard.toml").unlink()
    (journal / "pyproject.toml").write_text("[tool.taskguard]\nsrc = ['.']\nexclude = ['*.pyi', '*_tasks.py']\n")
    assert main(["plan", "background_tasks/report_tasks.py"]) == 2
    said = capsys.readouterr().err
    assert "pyproject.toml:3: tool.taskguard.exclude: `*_tasks.py` leaves out" in said
    assert "--isolated or --config takes others" in said
    (journal / "pyproject.toml").write_text("[tool.taskguard]\nexclude = ['dist']\n")
    (journal / "dist").mkdir()
    (journal / "dist" / "tasks.py").write_text("def f(): ...\n")
    assert main(["plan", "dist/tasks.py"]) == 2
    said = capsys.readouterr().err
    assert "pyproject.toml:2: tool.taskguard.exclude: `dist` leaves out" in said and "that is a default" not in said
    (journal / "pyproject.toml").write_text("[tool.taskguard]\n")
    assert main(["plan", "dist/tasks.py"]) == 2
    said = capsys.readouterr().err
    assert "exclude: `dist` leaves out dist/tasks.py" in said and "that is a default" in said


def test_a_plan_of_another_source_is_one_error(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    god = journal / "background_tasks" / "report_tasks.py"
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    capsys.readouterr()
    whole = god.read_text()
    god.write_text(whole.replace("remind_late_goals", "remind_of_late_goals"))
    assert main(["split", "taskguard-split.toml", "--allow-dirty"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "taskguard-split.toml was made of another background_tasks/report_tasks.py" in said
    assert "`remind_late_goals` is gone and no module takes `remind_of_late_goals`" in said
    assert "`taskguard plan background_tasks/report_tasks.py -o taskguard-split.toml` plans anew" in said
    # One that still fits is carried out, and a plan of the same modules is written in place of it.
    god.write_text(whole + "\n# mine\n")
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    assert "is there and differs" not in capsys.readouterr().err
    god.write_text(whole + "\n# mine, too\n")
    assert main(["split", "taskguard-split.toml", "--diff"]) == 0
    # What somebody mistypes in a plan of this very source is still told name by name.
    god.write_text(whole)
    plan = journal / "taskguard-split.toml"
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    plan.write_text(plan.read_text().replace('"remind_late_goals"', '"remind_late_goal"'))
    capsys.readouterr()
    assert main(["split", "taskguard-split.toml"]) == 2
    assert "has no `remind_late_goal`; did you mean `remind_late_goals`?" in capsys.readouterr().err
