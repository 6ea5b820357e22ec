"""What the rules about the start of a worker say of Celery, seen to happen in Celery itself."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

pytest.importorskip("celery")


def start(folder, files, *lines):
    """Whether the modules that a worker imports can be imported, in a Python of its own: the last line of what went wrong, and what was printed."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text))
    code = "\n".join(lines)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or [""])[-1] if done.returncode else "", done.stdout.strip()


def worker(folder, files, app="proj.app"):
    return start(
        folder, files, f"from {app} import app", "app.loader.import_default_modules()", "print(*sorted(t for t in app.tasks if t[:6] != 'celery'))",
    )  # fmt: skip


# -- TG317 ---------------------------------------------------------------------------------------------------------------

TASKS = """
    from celery import shared_task


    @shared_task(name="add")
    def add(): ...
"""


def project(how):
    text = f'from celery import Celery\n\napp = Celery("proj", broker="memory://")\n{how}\n'
    return {"proj/__init__.py": "", "proj/app.py": text, "proj/tasks.py": TASKS}


@pytest.mark.parametrize("name", ["include", "imports"])
@pytest.mark.parametrize("module", ["proj.gone", "proj.tasks.add"])
def test_a_listed_module_that_is_missing_stops_the_worker(tmp_path, name, module):
    failed, _ = worker(tmp_path, project(f'app.conf.{name} = ["proj.tasks", "{module}"]'))
    assert failed.startswith("ModuleNotFoundError") and module in failed


def test_an_app_that_is_named_in_another_case_is_not_found(tmp_path):
    find = "from celery.app.utils import find_app", "print(find_app('{}').main)"
    assert start(tmp_path, project(""), find[0], find[1].format("proj.app")) == ("", "proj")
    failed, _ = start(tmp_path, project(""), find[0], find[1].format("Proj.app"))
    assert failed.startswith("ModuleNotFoundError") and "Proj" in failed


@pytest.mark.parametrize("package", ["proj.gone", "proj.gone.tasks", "proj.tasks.more"])
def test_discovery_is_silent_about_one_missing_part_and_stops_at_two(tmp_path, package):
    failed, said = worker(tmp_path, project(f'app.autodiscover_tasks(["{package}"])'))
    if package == "proj.gone.tasks":
        assert failed.startswith("ModuleNotFoundError")
    else:
        assert (failed, said) == ("", "add")  # one level higher, or on the way


# -- TG318 ---------------------------------------------------------------------------------------------------------------

WHERE = "import proj.tasks; print(proj.tasks.add.app.main, proj.tasks.add.app.connection_for_write().as_uri())"


@pytest.mark.parametrize("loaded", [True, False])
def test_a_shared_task_is_sent_by_the_default_app_where_no_other_was_made(tmp_path, loaded):
    _, said = start(tmp_path, project(""), "import proj.app" if loaded else "", WHERE)
    assert said.startswith("proj memory://" if loaded else "default amqp://guest:**@localhost:5672")


def test_the_default_app_reads_a_module_celeryconfig_and_a_variable(tmp_path):
    variable = "import os; os.environ['CELERY_BROKER_URL'] = 'memory://'"
    assert "memory://" in start(tmp_path, project(""), variable, WHERE)[1]
    config = {"celeryconfig.py": "broker_url = 'memory://'\n"}
    assert "memory://" in start(tmp_path, {**project(""), **config}, WHERE)[1]


# -- TG319 ---------------------------------------------------------------------------------------------------------------


def test_a_module_imported_by_two_names_makes_two_tasks(tmp_path):
    files = project("app.conf.include = ['proj.tasks']")
    files["proj/tasks.py"] = TASKS.replace('(name="add")', "")
    sent = "import sys; sys.path.insert(0, 'proj'); import tasks; print(tasks.add.name)"
    assert start(tmp_path, files, sent)[1] == "tasks.add"
    assert worker(tmp_path, files) == ("", "proj.tasks.add")


# -- TG322 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["celery.py", "celery/__init__.py", "celery/worker.py", "worker.py"])
def test_a_module_celery_where_python_starts_hides_the_library(tmp_path, name):
    files = {name: "from celery import Celery\n\napp = Celery('shop')\n", "tasks.py": TASKS}
    failed, _ = start(tmp_path, files, "import tasks")
    assert failed.startswith("ImportError") is (name in ("celery.py", "celery/__init__.py"))


# -- TG320 ---------------------------------------------------------------------------------------------------------------

HANDLERS = """
    from proj.app import app


    @app.on_after_configure.connect
    def configured(sender, **kwargs): print("configured")


    @app.on_after_finalize.connect
    def finalised(sender, **kwargs): print("finalised")
"""


@pytest.mark.parametrize(
    ("how", "module", "said"),
    [
        ('app.conf.include = ["proj.tasks"]', "proj.app", "finalised"),
        ('app.autodiscover_tasks(["proj"])', "proj.app", "finalised"),
        ('app.conf.include = ["proj.tasks"]', "proj.tasks", "configured finalised"),
        ('app.autodiscover_tasks(["proj"], force=True)', "proj.app", "configured finalised"),
        ("import proj.tasks", "proj.app", "configured finalised"),
        ("app.conf.beat_schedule.clear()\nimport proj.tasks", "proj.app", "finalised"),
    ],
)
def test_the_command_reads_the_configuration_before_it_imports_what_it_is_told_to(tmp_path, how, module, said):
    files = {**project(how), "proj/tasks.py": HANDLERS}
    lines = [
        "import sys",
        "from celery.bin.celery import celery",
        "from celery.signals import celeryd_after_setup",
        "def stop(**kwargs): sys.exit(0)",
        "celeryd_after_setup.connect(stop)",
        f"celery(['-A', '{module}', 'worker', '-P', 'solo'], standalone_mode=False)",
    ]
    failed, printed = start(tmp_path, files, *lines)
    told = [line for line in printed.splitlines() if line in ("configured", "finalised")]
    assert failed == "" and " ".join(told) == said


# -- TG407 ---------------------------------------------------------------------------------------------------------------

CYCLE = {
    "app.py": 'from celery import Celery\n{}\napp = Celery("shop", broker="memory://")\n',
    "tasks.py": "from app import app\n\n\n@app.task\ndef run(): ...\n",
}


@pytest.mark.parametrize(
    ("line", "first", "fails"),
    [
        ("from tasks import run", "app", True),
        ("from tasks import run", "tasks", True),
        ("import tasks", "app", True),
        ("import tasks", "tasks", False),
    ],
)
def test_which_orders_of_a_cycle_fail(tmp_path, line, first, fails):
    files = {**CYCLE, "app.py": CYCLE["app.py"].format(line)}
    failed, _ = start(tmp_path, files, f"import {first}", "from app import app", "app.loader.import_default_modules()")
    assert failed.startswith("ImportError") if fails else not failed
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", first, "report"], cwd=tmp_path, capture_output=True, check=False
    )
    assert bool(done.returncode) is fails


CIRCLE = {
    "app.py": 'from celery import Celery\nfrom site_of import make\n\napp = Celery("shop", broker=make())\n',
    "site_of.py": 'from pages import page\n\n\ndef make():\n    return "memory://" if page else ""\n',
    "pages.py": "from tasks import run\n\npage = run\n",
    "tasks.py": "from app import app\n\n\n@app.task\ndef run(): ...\n",
}


@pytest.mark.parametrize("first", ["app", "site_of", "pages", "tasks"])
def test_a_circle_of_four_modules_fails_whichever_is_first(tmp_path, first):
    failed, _ = start(tmp_path, CIRCLE, f"import {first}")
    assert failed.startswith("ImportError")


def test_a_worker_starts_from_the_module_whose_order_fails():
    from harness import settings_from
    from taskguard.engine.checking import check_project

    files = {**CYCLE, "app.py": CYCLE["app.py"].format("import tasks")}
    for module, wanted in (("app", ["tasks.py:1 error"]), ("tasks", [])):
        report = check_project(
            {**files, "Procfile": f"worker: celery -A {module} worker\n"}, settings_from('packs = ["core"]')
        )
        assert [f"{one.path}:{one.line} {one.level}" for one in report.diagnostics if one.code == "TG407"] == wanted


# -- TG318 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "broker"), [("", "None"), ("import worker", "redis://broker")])
def test_a_process_without_an_app_sends_by_the_default_one(tmp_path, line, broker):
    files = {
        "tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef mail(): ...\n",
        "worker.py": 'from celery import Celery\n\napp = Celery("shop", broker="redis://broker", include=["tasks"])\n',
    }
    _, said = start(tmp_path, files, line, "from tasks import mail", "print(mail.app.conf.broker_url)")
    assert said == broker


def test_the_environment_gives_the_default_app_a_broker_and_nothing_else(tmp_path):
    """TG318: `CELERY_BROKER_URL` in the environment is the default app's too, queues and routes of the project's app are not."""
    files = {
        "tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef mail(): ...\n",
        "worker.py": 'from celery import Celery\n\napp = Celery("shop", include=["tasks"])\napp.conf.task_default_queue = "mails"\n',
    }
    code = (
        "import os",
        'os.environ["CELERY_BROKER_URL"] = "memory://"',
        "{}",
        "from tasks import mail",
        'print(mail.app.conf.broker_url, mail.app.amqp.router.route({}, "tasks.mail")["queue"].name)',
    )
    for line, said in (("", "memory:// celery"), ("import worker", "memory:// mails")):
        assert start(tmp_path, files, *(line if one == "{}" else one for one in code))[1] == said


def test_what_celery_has_loaded_before_it_looks_for_the_app(tmp_path):
    from taskguard.project.diagnosis.starts.launched_modules import LOADED

    lines = ("import sys", "from celery.bin.celery import celery", f"print(*{set(LOADED)} - sys.modules.keys())")
    assert start(tmp_path, {}, *lines[:2], lines[2].replace("print(*", "print(*(").replace("keys())", "keys()))")) == (
        "",
        "",
    )
    files = {"queue/__init__.py": "", "queue/mail.py": "from celery import Celery\napp = Celery('mail')\n"}
    find = "import os; sys.path.append(os.getcwd()); from celery.app.utils import find_app; find_app('queue.mail')"
    error, _ = start(tmp_path, files, "import sys; sys.path.remove('')", lines[1], find)
    assert "'queue' is not a package" in error


def test_the_current_app_is_that_of_the_thread_which_made_it():
    """TG318: what a thread of FastAPI sends by a shared task goes to the default app until the app is made that one."""
    code = """
        import threading
        from celery import Celery, shared_task
        app = Celery("shop", broker="memory://")
        @shared_task(name="send")
        def send(): ...
        def seen(): print(send.app.main)
        def in_thread():
            thread = threading.Thread(target=seen)
            thread.start()
            thread.join()
        seen()
        in_thread()
        app.set_default()
        in_thread()
    """
    done = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["shop", "default", "shop"]
