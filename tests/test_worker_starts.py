"""Which modules a worker may have imported when it takes its first message, besides those that its configuration names."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project

TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n"
APP = 'from celery import Celery\n\napp = Celery("shop")\n'
PLAIN = {"shop/__init__.py": "", "shop/app.py": APP, "shop/jobs.py": TASK}
DJANGO = {
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": 'INSTALLED_APPS = ["mail"]\nROOT_URLCONF = "shop.routes"\n',
    "shop/celery.py": 'from celery import Celery\n\napp = Celery("shop")\napp.config_from_object("django.conf:settings", namespace="CELERY")\n',
    "mail/__init__.py": "",
    "mail/views.py": "from mail import jobs\n",
    "mail/jobs.py": TASK,
}
STARTED = {"Procfile": "worker: celery -A shop.app worker\n"}


def said(files: dict[str, str]) -> bool | None:
    """Whether TG304 says that no worker imports a module; None where it is undecided."""
    report = check_project(files, settings_from('packs = ["core"]'))
    if any(one.code == "TG304" for one in report.diagnostics):
        return True
    return None if any(one.code == "TG304" for one in report.undecided) else False


def test_nobody_imports_it() -> None:
    assert said(PLAIN) is True
    assert said(DJANGO) is True


# -- what Django's checks load -----------------------------------------------------------------------------------------

URLS = {
    "include": {"mail/urls.py": 'urlpatterns = []\nurlpatterns += [path("api/", include("mail.api"))]\n', "mail/api.py": "from mail import views\n"},
    "a pair": {"mail/urls.py": 'urlpatterns = [path("", include(("mail.api", "mail")))]\n', "mail/api.py": "from mail import views\n"},
    "in turn": {
        "shop/urls.py": 'urlpatterns = [path("", include("mail.api"))]\n',
        "mail/api.py": 'urlpatterns = [path("", include("mail.more"))]\n',
        "mail/more.py": "from mail import views\n",
    },
    "ROOT_URLCONF": {"shop/routes.py": "from mail import views\n"},
    "a view by name": {"mail/urls.py": 'urlpatterns = patterns("", url(r"^$", "mail.views.index"))\n'},
}  # fmt: skip


@pytest.mark.parametrize("kind", URLS)
def test_a_worker_imports_what_the_url_configuration_includes(kind: str) -> None:
    assert said({**DJANGO, **URLS[kind]}) is False
    without = {path: text.replace("mail import views", "mail import forms").replace("mail.views.", "mail.forms.") for path, text in URLS[kind].items()}  # fmt: skip
    assert said({**DJANGO, **without}) is True


def test_the_loader_of_django_celery_looks_into_all_applications() -> None:
    files = {**DJANGO, "mail/tasks.py": TASK, "mail/jobs.py": ""}
    loader = 'INSTALLED_APPS = ["mail"]\nimport djcelery\n{}djcelery.setup_loader()\n'
    assert said(files) is True
    assert said({**files, "shop/settings.py": loader.format("")}) is False
    assert said({**files, "shop/settings.py": loader.format("# ")}) is True


# -- the module that a worker starts from ------------------------------------------------------------------------------

SCHEDULE = "from shop.app import app\nfrom shop import jobs\n\napp.conf.beat_schedule = {}\n"


def test_a_module_that_sets_the_schedule_may_be_the_one_that_is_started() -> None:
    assert said({**PLAIN, "shop/plan.py": SCHEDULE}) is None
    assert said({**PLAIN, **STARTED, "shop/plan.py": SCHEDULE}) is True
    assert said({**PLAIN, "shop/plan.py": SCHEDULE.partition("app.conf")[0]}) is None
    assert said({**PLAIN, "shop/wsgi.py": SCHEDULE}) is True


BECOMING = {
    "worker_main": 'from shop.app import app\nfrom shop import jobs\n\n\ndef run():\n    app.worker_main(["worker"])\n',
    "imports in the function": "from shop.app import app\n\n\ndef run():\n    from shop import jobs\n\n    app.Worker().start()\n",
    "celery's main": "from celery.bin.celery import celery as celery_main\nfrom shop import jobs\n\n\ndef run():\n    celery_main([])\n",
    "call_command": 'from django.core.management import call_command\nfrom shop import jobs\n\n\ndef run():\n    call_command("celery", "worker")\n',
}


@pytest.mark.parametrize("kind", BECOMING)
def test_code_that_becomes_a_worker_may_have_imported_it(kind: str) -> None:
    assert said({**PLAIN, **STARTED, "shop/run.py": BECOMING[kind]}) is None
    assert said({**PLAIN, **STARTED, "tests/run.py": BECOMING[kind]}) is True
    assert said({**PLAIN, **STARTED, "shop/run.py": BECOMING[kind].replace("import jobs", "import other")}) is True


def test_a_command_runs_within_the_application_that_has_it() -> None:
    command = (
        'import click\nfrom shop.app import app\n\n\n@click.command()\ndef run():\n    app.worker_main(["worker"])\n'
    )
    web = "from shop.commands import run\n\n\ndef create_app():\n    from shop import jobs\n"
    assert said({**PLAIN, **STARTED, "shop/commands.py": command, "shop/web.py": web}) is None
    assert said({**PLAIN, **STARTED, "shop/commands.py": command}) is True


# -- what signals call -------------------------------------------------------------------------------------------------

LOADS = "from celery import signals\n\n\n{}def load(**kwargs):\n    {}\n{}"
SIGNALS = {
    "a decorator": ("@signals.worker_init.connect\n", "", False),
    "a call": ("", "signals.worker_init.connect(load)\n", False),
    "a call with more": ("", "signals.import_modules.connect(receiver=load, weak=False)\n", False),
    "each process": ("@signals.worker_process_init.connect\n", "", None),
    "a task runs": ("@signals.task_prerun.connect\n", "", True),
}


@pytest.mark.parametrize("kind", SIGNALS)
def test_a_signal_in_a_module_that_the_worker_imports(kind: str) -> None:
    before, after, wanted = SIGNALS[kind]
    app = APP.replace('"shop"', '"shop", include=["shop.hooks"]')
    hooks = LOADS.format(before, "import shop.jobs", after)
    assert said({**PLAIN, **STARTED, "shop/app.py": app, "shop/hooks.py": hooks}) is wanted


def test_what_ready_calls_is_followed() -> None:
    apps = "from mail.setup import begin\n\n\nclass MailConfig(AppConfig):\n    name = 'mail'\n\n    def ready(self):\n        begin()\n"
    assert said({**DJANGO, "mail/apps.py": apps, "mail/setup.py": "def begin():\n    from mail import jobs\n"}) is False
    assert said({**DJANGO, "mail/apps.py": apps, "mail/setup.py": "def begin():\n    from mail import forms\n"}) is True


# -- names of modules --------------------------------------------------------------------------------------------------


def test_a_folder_without_init_within_a_package_is_named_after_it() -> None:
    files = {"setup.py": "", "src/__init__.py": "", "src/app.py": APP.replace('"shop"', '"shop", include=["src.jobs.history.index"]'),
             "src/jobs/__init__.py": "", "src/jobs/history/index.py": TASK}  # fmt: skip
    assert said(files) is False
    assert said({**files, "src/jobs/history/other.py": TASK}) is True


def test_an_import_of_python_2_may_mean_a_module_beside() -> None:
    files = {
        **PLAIN,
        **STARTED,
        "shop/app.py": APP + "import jobs\n",
        "setup.py": "CLASSIFIERS = ['Programming Language :: Python :: 2']\n",
    }
    assert said(files) is False
    assert said({**files, ".gitlab-ci.yml": "script: python3 -m flake8\n"}) is None
    assert said({**files, "shop/app.py": "from __future__ import absolute_import\n" + APP + "import jobs\n"}) is True


@pytest.mark.parametrize(
    "path", ["shop/settings/test.py", "shop/conf/testing.py", "shop/settings_test.py", "shop/testsettings.py"]
)
def test_an_app_in_the_settings_of_tests_is_no_service(path: str) -> None:
    assert (
        said(
            {
                "shop/__init__.py": "",
                "shop/settings/__init__.py": "",
                "shop/conf/__init__.py": "",
                path: APP,
                "shop/jobs.py": TASK,
            }
        )
        is False
    )


# -- what nobody misses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ['# "mail",', "#'mail',  # off for now", '# "mail.apps.MailConfig",'])
def test_an_application_that_a_comment_switches_off(line: str) -> None:
    settings = "INSTALLED_APPS = [\n    'front',\n    {}\n]\n"
    assert said({**DJANGO, "shop/settings.py": settings.format(line)}) is False
    assert said({**DJANGO, "shop/settings.py": settings.format(line + "\n    'mail',")}) is True
    assert said({**DJANGO, "shop/settings.py": settings.format('# "mailing",')}) is True


def test_a_module_that_a_comment_leaves_out_of_a_list() -> None:
    app = 'from celery import Celery\n\napp = Celery(\n    "shop",\n    include=[\n        {}"shop.jobs",\n        "shop.more",\n    ],\n)\n'
    files = {**PLAIN, **STARTED, "shop/more.py": TASK}
    assert said({**files, "shop/app.py": app.format("# ")}) is False
    assert said({**files, "shop/app.py": app.format("# see ")}) is True


def test_a_trial_that_nobody_sends() -> None:
    trial = "from celery import shared_task\n\n\n@shared_task\ndef test_hello(): ...\n"
    files = {**PLAIN, **STARTED, "shop/jobs.py": trial}
    assert said(files) is False
    assert said({**files, "shop/jobs.py": trial + "\n\ndef check():\n    test_hello.delay()\n"}) is True
    assert said({**files, "shop/web.py": 'def view(app):\n    app.send_task("shop.jobs.test_hello")\n'}) is True
    assert said({**files, "shop/jobs.py": trial + TASK.partition("\n")[2]}) is True


def test_a_draft_whose_imports_lead_out_of_the_project() -> None:
    files = {**PLAIN, **STARTED, "draft/jobs.py": "from ..models import Mail\n" + TASK, "shop/jobs.py": ""}
    assert said(files) is False
    assert said({**files, "draft/jobs.py": TASK}) is True


# -- imports by computed names -----------------------------------------------------------------------------------------

JOBS = {**PLAIN, **STARTED, "shop/jobs.py": "", "jobs/__init__.py": "", "jobs/mail.py": TASK}
COMPUTED: dict[str, tuple[str, bool | None]] = {
    "a package that is known": ('for one in NAMES:\n    importlib.import_module(f"jobs.{one}")\n', None),
    "another package": ('for one in NAMES:\n    importlib.import_module(f"shop.{one}")\n', True),
    "a sum": ('importlib.import_module("jobs." + NAME)\n', None),
    "a format": ('importlib.import_module("jobs.{}".format(NAME))\n', None),
    "a per cent": ('importlib.import_module("jobs.%s" % NAME)\n', None),
    "another module's name": ('import jobs\nimportlib.import_module(f"{jobs.__name__}.{NAME}")\n', None),
    "its own package": ('importlib.import_module(f"{__package__}.{NAME}")\n', True),
    "a last part that is known": ('for one in NAMES:\n    importlib.import_module(f"{one}.mail")\n', None),
    "another last part": ('for one in NAMES:\n    importlib.import_module(f"{one}.tasks")\n', True),
    "a variable": ("for one in NAMES:\n    importlib.import_module(one)\n", None),
    "__import__": ("for one in NAMES:\n    __import__(one)\n", None),
    "__import__ of a name": ('__import__("jobs.mail")\n', False),
    "the loader": ('app.loader.import_task_module("jobs.mail")\n', False),
    "werkzeug": ('for one in find_modules("jobs"):\n    import_string(one)\n', None),
    "Django": ('autodiscover_modules("mail")\n', None),
    "Django, others": ('autodiscover_modules("signals")\n', True),
    "text that is run": ('exec("import jobs." + NAME)\n', None),
    "text that imports nothing": ('exec(open("version.py").read())\n', True),
    "a file": ("spec.loader.exec_module(module)\n", None),
    "in a function that is called": ("def load():\n    importlib.import_module(NAME)\n\n\nload()\n", None),
    "in one that nobody calls": ("def load():\n    importlib.import_module(NAME)\n", True),
}


@pytest.mark.parametrize("kind", COMPUTED)
def test_a_computed_name_may_be_that_of_the_module(kind: str) -> None:
    code, wanted = COMPUTED[kind]
    assert said({**JOBS, "shop/app.py": APP + code}) is wanted


def test_a_package_that_imports_all_its_modules() -> None:
    sweep = 'import importlib\nimport pkgutil\n\nfor one in pkgutil.iter_modules(__path__):\n    importlib.import_module(f"{__name__}.{one.name}")\n'
    files = {**JOBS, "shop/app.py": APP + "import jobs\n"}
    assert said(files) is True
    assert said({**files, "jobs/__init__.py": sweep}) is None


@pytest.mark.parametrize("option", ["-I jobs.mail", "--include=jobs.other,jobs.mail", "--include jobs.mail,jobs.other"])
def test_the_command_line_names_modules_to_import(option: str) -> None:
    start = "worker: celery -A shop.app worker {} -l info\n"
    assert said({**JOBS, "Procfile": start.format(option)}) is False
    assert said({**JOBS, "Procfile": start.format(option.replace("jobs.mail", "jobs.letters"))}) is True


# -- further ways to import --------------------------------------------------------------------------------------------

MADE = "from celery import Celery\n\n\n{}"
WAYS: dict[str, tuple[dict[str, str], bool | None]] = {
    "a star import of a package with __all__": ({"shop/app.py": APP + "from jobs import *\n", "jobs/__init__.py": '__all__ = ["mail"]\n'}, False),
    "a star import of another package": ({"shop/app.py": APP + "from jobs import *\n", "jobs/__init__.py": '__all__ = ["other"]\n'}, True),
    "two statements in a line": ({"shop/app.py": APP + "import jobs\n", "jobs/__init__.py": "import os; from . import mail\n"}, False),
    "a block in a line": ({"shop/app.py": APP + "import jobs\n", "jobs/__init__.py": "try: from . import mail\nexcept ImportError: pass\n"}, False),
    "a function that a package calls": ({"shop/app.py": APP + "import jobs\n", "jobs/__init__.py": "def load():\n    from . import mail\n\n\nload()\n"}, False),
    "a function that nobody calls": ({"shop/app.py": APP + "import jobs\n", "jobs/__init__.py": "def load():\n    from . import mail\n"}, True),
    "the function that makes the app": ({"shop/app.py": MADE.format("def make():\n    app = Celery()\n    import jobs.mail\n    return app\n\n\napp = make()\n")}, False),
    "a method that makes the app": ({"shop/app.py": MADE.format("class Maker:\n    def make(self):\n        app = Celery()\n        import jobs.mail\n        return app\n\n\napp = Maker().make()\n")}, False),
    "the class of the app": ({"shop/app.py": MADE.format("class App(Celery):\n    def on_init(self):\n        import jobs.mail\n\n\napp = App()\n")}, False),
    "a loader": ({"shop/app.py": MADE.format('app = Celery("shop", loader="shop.loader:Loader")\n')}, None),
    "a step of the worker": ({"shop/app.py": APP + "from celery import bootsteps\n\n\nclass Step(bootsteps.Step):\n    def __init__(self, worker, **kw):\n        import jobs.mail\n"}, None),
    "imports that grow": ({"shop/app.py": APP + 'app.conf.imports.append(NAME)\n'}, None),
    "an include that grows": ({"shop/app.py": APP + 'app.conf["include"].extend(NAMES)\n'}, None),
}  # fmt: skip


@pytest.mark.parametrize("kind", WAYS)
def test_other_ways_to_import_a_module_of_tasks(kind: str) -> None:
    files, wanted = WAYS[kind]
    assert said({**JOBS, **files}) is wanted


# -- names of a folder src ---------------------------------------------------------------------------------------------

BELOW_SRC = {
    "manage.py": DJANGO["manage.py"],
    "shop/__init__.py": "",
    "shop/settings.py": 'INSTALLED_APPS = ["src.areas.mail"]\n',
    "shop/celery.py": DJANGO["shop/celery.py"] + "app.autodiscover_tasks()\n",
    "src/areas/mail/__init__.py": "",
    "src/areas/mail/models.py": "from src.areas.mail import kinds\n",
    "src/areas/mail/kinds.py": "",
    "src/areas/mail/tasks.py": TASK,
}


def test_a_folder_src_that_all_name_as_a_package_is_no_root() -> None:
    assert said(BELOW_SRC) is False
    assert said({**BELOW_SRC, "shop/settings.py": 'INSTALLED_APPS = ["src.areas.post"]\n'}) is True


def test_a_module_below_src_may_be_installed_under_either_of_two_names() -> None:
    both = {"src/areas/mail/models.py": "from areas.mail import kinds\n"}
    assert said({**BELOW_SRC, **both}) is False
    assert said({**BELOW_SRC, **both, "shop/settings.py": 'INSTALLED_APPS = ["areas.mail"]\n'}) is False


# -- starts that nobody deploys ----------------------------------------------------------------------------------------

ALONE = {**PLAIN, "shop/jobs.py": "from shop.app import app\n\n\n@app.task\ndef send(): ...\n"}
TWO = {**ALONE, "shop/more.py": ALONE["shop/jobs.py"], "shop/other.py": ""}


def test_a_start_that_is_written_down_may_be_the_worker() -> None:
    told = "# Shop\n\nThe worker: `celery -A shop.jobs worker`.\n"
    assert said({**TWO, **STARTED}) is True
    assert said({**ALONE, **STARTED, "README.md": told}) is None
    assert said({**ALONE, **STARTED, "README.md": told.replace("jobs", "app")}) is True
    assert said({**ALONE, **STARTED, "tests/README.md": told}) is True
    code = ALONE["shop/jobs.py"]
    assert (
        said(
            {**ALONE, **STARTED, "shop/jobs.py": f'"""Start it:\n\n    celery -A shop.jobs worker -l info\n"""\n{code}'}
        )
        is None
    )
    begun = {"shop/begin.py": "from shop import jobs\nfrom shop.app import app\n"}
    assert (
        said({**ALONE, **STARTED, **begun, "CONTRIBUTING.md": "    celery -A shop.begin \\\n        worker\n"}) is None
    )


def test_the_only_module_of_tasks_may_be_the_start_if_nothing_says_which_is() -> None:
    assert said(ALONE) is None
    assert said(TWO) is True
    assert said({**ALONE, **STARTED}) is True
    assert said({**ALONE, "shop/app.py": APP.replace('"shop"', '"shop", include=["shop.other"]')}) is True
    assert said({**ALONE, "README.md": "```\ncelery -A shop.app worker\n```\n"}) is True


BINDING = {
    "an import": "from shop.app import app as celery\nfrom shop import views\n",
    "a part of what a function gives": "from shop import views\nfrom shop.making import make\n\nweb, celery = make()\n",
}


@pytest.mark.parametrize("kind", BINDING)
def test_a_module_that_has_the_app_may_be_the_start_if_nothing_says_which_is(kind: str) -> None:
    files = {**TWO, "shop/making.py": "from shop.app import app\n\n\ndef make():\n    return object(), app\n"}
    files["shop/views.py"] = "from shop import jobs, more\n"
    begun = {"shop/begin.py": BINDING[kind]}
    missing = {"compose.yml": "services:\n  worker:\n    command: celery -A run.celery worker\n"}
    assert said({**files, **begun}) is None
    assert said({**files, **begun, **missing}) is None
    assert said({**files, **begun, **STARTED}) is True
    assert said({**files, "shop/begin.py": BINDING[kind].replace("import views", "import other")}) is True
    assert said({**files, "shop/wsgi.py": BINDING[kind]}) is True
