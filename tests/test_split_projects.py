"""What god files of real projects taught: names, loggers, stars and findings that were there before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from split_places import parted
from taskguard.cli.main import main
from taskguard.splitting.affinity import singular
from taskguard.splitting.plan_file import read_plan

BODY = "    print(1)\n" * 60


def tasks(decorator: str, *areas: str) -> str:
    return "".join(f"{decorator}\ndef {area}_{number}():\n{BODY}\n\n" for area in areas for number in range(6))


def git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKGUARD_CACHE_DIR", str(tmp_path / ".cache"))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "taskguard.toml").write_text("")
    return tmp_path


def test_no_folder_of_modules_is_called_as_a_library(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "shop" / "celery_tasks.py").write_text(
        f"from celery import shared_task\n\n{tasks('@shared_task', 'a', 'b')}"
    )
    assert main(["split", "shop/celery_tasks.py"]) == 0, capsys.readouterr().err
    assert (shop / "shop" / "celery_tasks_parts").is_dir() and not (shop / "shop" / "celery").exists()


def test_a_file_that_no_import_can_spell_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "shop-agent.py").write_text(tasks("", "a", "b"))
    assert main(["split", "shop-agent.py"]) == 2
    assert "no import can spell its name" in capsys.readouterr().err


def test_what_was_said_of_the_file_may_be_said_of_its_modules(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "docker-compose.yml").write_text("services:\n  worker:\n    command: celery -A shop.app worker\n")
    (shop / "shop" / "app.py").write_text(
        "from celery import Celery\n\napp = Celery('shop')\napp.autodiscover_tasks(['shop'])\n"
    )
    (shop / "shop" / "tasks.py").write_text("from shop.app import app\n\n\n@app.task\ndef one():\n    print(1)\n")
    (shop / "shop" / "reports.py").write_text(f"from shop.app import app\n\n{tasks('@app.task', 'a', 'b')}")
    main(["check", "--select", "TG304", "shop"])
    assert capsys.readouterr().out.count("no worker imports shop.reports when it starts") == 1
    assert main(["split", "shop/reports.py"]) == 0, capsys.readouterr().err


def test_a_logger_that_a_branch_binds_too_is_one() -> None:
    text = """\
        import logging

        try:
            from shop.mail import send
        except ImportError:
            logger = logging.getLogger("early")

            def send(): ...

        logger = logging.getLogger(__name__)


        def one():
            logger.info("one")


        def two():
            logger.info("two")
        """
    made = parted(text, first="send logger", second="one", third="two").files
    assert [path for path, held in made.items() if "getLogger" in held] == ["shop/parts/first.py"]
    assert 'logger = logging.getLogger("shop.tasks")' in made["shop/parts/first.py"]
    assert "from shop.parts.first import logger" in made["shop/parts/second.py"]


def test_what_the_file_reads_before_it_binds_it_comes_from_a_star() -> None:
    text = "from shop.defaults import *\n\nPARTS = PARTS + ('more',)\n\n\ndef one():\n    return PARTS\n\n\ndef two(): ...\n"
    made = parted(text, first="PARTS", second="one", third="two").files
    stars = [path for path, held in made.items() if "from shop.defaults import *" in held]
    assert stars == ["shop/parts/first.py", "shop/tasks.py"]


def test_the_name_of_an_exception_is_gone_behind_its_handler() -> None:
    text = "try:\n    import fast\nexcept OSError as e:\n    fast = str(e)\n\ntry:\n    slow = 1\nexcept OSError as e:\n    slow = e\n\n\ndef one():\n    return fast, slow\n"
    made = parted(text, first="fast", second="slow", third="one").files
    assert "from shop.parts.first import fast\nfrom shop.parts.second import slow" in made["shop/parts/third.py"]


def test_a_module_whose_name_has_an_import_in_it_is_found_from_elsewhere() -> None:
    text = "from .import_core import base\n\n\ndef one():\n    from .excel_import_service import load\n    from .import_x import y\n    from .import z\n    return load, base, y, z\n\n\ndef two(): ...\n"
    made = parted(text, first="one", second="two").files["shop/parts/first.py"]
    for line in (
        "from ..import_core import base",
        "from ..excel_import_service import load",
        "from ..import_x import y",
        "from .. import z",
    ):
        assert f"{line}\n" in made.replace("from ..import z", "from .. import z")


def test_a_name_that_one_branch_may_change_is_bound_for_sure() -> None:
    text = "READY = True\ntry:\n    import fast\nexcept Exception:\n    READY = False\n    print('slow')\n\n\ndef one():\n    return READY\n\n\ndef two(): ...\n"
    made = parted(text, first="READY fast", second="one", third="two", used=("READY",)).files
    assert "from shop.parts.first import READY" in made["shop/parts/second.py"]
    assert made["shop/tasks.py"].count("import READY") == 1


@pytest.mark.parametrize(
    ("word", "one"),
    [("status", "status"), ("boxes", "box"), ("entries", "entry"), ("classes", "class"), ("analysis", "analysis"), ("runs", "run"), ("gas", "gas"), ("ties", "tie"), ("searches", "search")],
)  # fmt: skip
def test_words_are_those_of_one(word: str, one: str) -> None:
    assert singular(word) == one


def test_the_name_of_the_module_in_an_f_string_is_written_out() -> None:
    text = "import logging\n\nlogger = logging.getLogger(f'shop.{__name__}')\n\n\ndef one():\n    return logger, f'{__name__}:{__name__}'\n\n\ndef two():\n    return f'{__name__}' + f'{{__name__}}'\n"
    made = parted(text, first="one logger", second="two").files
    assert "getLogger(f'shop.shop.tasks')" in made["shop/parts/first.py"]
    assert "f'shop.tasks' + f'{{__name__}}'" in made["shop/parts/second.py"]


def test_verify_reads_a_name_that_was_written_out_in_an_f_string(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import logging\n\nlogger = logging.getLogger(f'shop.{__name__}')\n\n\n"
    (shop / "shop" / "reports.py").write_text(text + tasks("", "a", "b").replace("print(1)", "logger.info(1)"))
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "before")
    assert main(["split", "shop/reports.py"]) == 0, capsys.readouterr().err
    (holder,) = [one for one in (shop / "shop" / "reports_parts").glob("*.py") if "getLogger" in one.read_text()]
    assert "getLogger(f'shop.shop.reports')" in holder.read_text()
    assert main(["verify", "--against", "HEAD"]) == 0, capsys.readouterr().out
    holder.write_text(holder.read_text().replace("f'shop.shop.reports'", "f'shop.shop.other'"))
    assert main(["verify", "--against", "HEAD", "--output-format", "concise"]) == 1
    assert "TG704 `logger` moved from shop/reports.py and is not the same" in capsys.readouterr().out


TREES = "amber birch cedar dogwood elder fir gorse hazel ivy juniper koa larch".split()


def of_one_module(shop: Path, conf: str, capsys: pytest.CaptureFixture[str]) -> list[set[str]]:
    """The names that are proposed together for twelve tasks whose names and places say nothing."""
    (shop / "docker-compose.yml").write_text("services:\n  worker:\n    command: celery -A shop.app worker\n")
    (shop / "shop" / "app.py").write_text(
        f"from celery import Celery\nfrom celery.schedules import crontab\n\napp = Celery('shop', include=['shop.reports'])\n{conf}"
    )
    bodies = "".join(f"@app.task\ndef {tree}():\n{BODY}\n\n" for tree in TREES)
    (shop / "shop" / "reports.py").write_text(f"from shop.app import app\n\n\n{bodies}")
    assert main(["plan", "shop/reports.py", "--output-format", "toml"]) == 0
    made = read_plan(capsys.readouterr().out, "plan")
    return [set(one.names) for one in made.modules]


def test_tasks_of_one_queue_come_together(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The queue that the routes give counts, not only that of a declaration."""
    routes = {f"shop.reports.{tree}": {"queue": f"q{number % 3}"} for number, tree in enumerate(TREES)}
    found = of_one_module(shop, f"app.conf.task_routes = {routes!r}\n", capsys)
    assert sorted(map(sorted, found)) == [TREES[0::3], TREES[1::3], TREES[2::3]]


def test_tasks_that_beat_sends_at_one_time_come_together(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = "".join(
        f"    '{tree}': {{'task': 'shop.reports.{tree}', 'schedule': crontab(hour={number % 3}, minute=0)}},\n"
        for number, tree in enumerate(TREES)
    )
    found = of_one_module(shop, f"app.conf.beat_schedule = {{\n{entries}}}\n", capsys)
    assert sorted(map(sorted, found)) == [TREES[0::3], TREES[1::3], TREES[2::3]]


def test_names_that_a_branch_may_leave_out_are_handed_on_unlisted(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "import os\n\nfrom celery import shared_task\n\n\nif os.environ.get('FAST'):\n    LIMIT = 5\n"
    head += "if os.environ.get('MODE'):\n    backend = {}\nelse:\n    raise ValueError('no mode')\n\n\n"
    (shop / "shop" / "orders.py").write_text(f"{head}{tasks('@shared_task', 'a', 'b')}")
    (shop / "shop" / "views.py").write_text(
        "from shop.orders import LIMIT, backend\n\n\ndef show():\n    return LIMIT, backend\n"
    )
    assert main(["split", "shop/orders.py"]) == 0, capsys.readouterr().err
    facade = (shop / "shop" / "orders.py").read_text()
    assert "import LIMIT\nexcept ImportError" in facade and "import backend\nexcept" not in facade
    listed = facade.partition("__all__ = ")[2]
    assert '"backend"' in listed and '"LIMIT"' not in listed


def test_an_import_that_the_god_file_had_fails_in_its_module_as_it_did_there(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library binds the name at run time, and nobody told of it before: the file is run by hand alone."""
    (shop / "shop" / "store.py").write_text("from history import Records\n\nrecords = Records()\n")
    uses = "".join(f"def {area}_{n}():\n    print(HistoryRow)\n{BODY}\n\n" for area in "ab" for n in range(6))
    (shop / "shop" / "repairs.py").write_text(f"from shop.store import HistoryRow, records\n\n\n{uses}")
    assert main(["split", "shop/repairs.py"]) == 0, capsys.readouterr().err
    assert main(["split", "--undo"]) == 0
    wrong = (shop / "shop" / "repairs.py").read_text().replace("HistoryRow, records", "records")
    (shop / "shop" / "repairs.py").write_text(wrong.replace("print(HistoryRow)", "print(records)"))
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True)
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "before")
    assert main(["split", "shop/repairs.py"]) == 0
    part = next((shop / "shop").glob("*_parts/*.py"))
    part.write_text(part.read_text() + "\nfrom shop.store import Nothing\n")
    capsys.readouterr()
    assert main(["verify", "--against", "HEAD"]) == 1
    assert "`shop.store` has no `Nothing`" in capsys.readouterr().out


def test_what_was_said_of_a_line_goes_along_with_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names nothing but the line."""
    (shop / "taskguard.toml").write_text('levels = { TG004 = "error" }\n')
    text = f"from celery import shared_task\n\n{tasks('@shared_task', 'a', 'b')}"
    marked = text.replace("    print(1)\n", "    print(1)  # noqa: TG999\n", 1)
    (shop / "shop" / "tasks.py").write_text(marked)
    assert main(["check", "shop/tasks.py", "--select", "TG004"]) == 1
    assert "TG999" in capsys.readouterr().out
    assert main(["split", "shop/tasks.py"]) == 0, capsys.readouterr().err
