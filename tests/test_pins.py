"""What a project's files say of the version of Celery."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.python.pins import celery_pin, pinned_below, read_pin

FORMS = [
    ("requirements.txt", "celery==5.4.0\n", True),
    ("requirements.txt", "kombu==5.7\ncelery[redis,sqs]==5.7.1 ; python_version > '3'\n", False),
    ("requirements.txt", "celery>=5.3,<5.7\n", True),
    ("requirements.txt", "celery~=5.4.0\n", True),
    ("requirements.txt", "celery~=5.4\n", None),
    ("requirements.txt", "celery>=5.3\n", None),
    ("requirements.txt", "celery>=6\n", False),
    ("requirements.txt", "celery<6.0\n", None),
    ("pyproject.toml", '[project]\ndependencies = [\n  "celery[redis]>=5.3,<5.5",\n]\n', True),
    ("pyproject.toml", '[tool.poetry.dependencies]\ncelery = "^5.3"\n', None),
    ("pyproject.toml", '[tool.poetry.dependencies]\ncelery = {extras = ["redis"], version = "5.4.*"}\n', True),
    ("uv.lock", '[[package]]\nname = "celery"\nversion = "5.6.3"\n', True),
    ("poetry.lock", '[[package]]\nname = "django-celery-beat"\nversion = "2.8"\n', "nothing"),
    ("requirements.txt", "django-celery-beat==2.8\ncelery-once==3.0\n", "nothing"),
    ("requirements.txt", "celery\n", "nothing"),
    ("pyproject.toml", '[project]\ndependencies = ["flask>=3", "celery==5.4.0", "redis"]\n', True),
    ("setup.py", 'setup(install_requires=["celery[redis]>=3.1,<4", "celery-once"])\n', True),
    ("setup.py", 'setup(extras_require={"celery": ["django-celery==3.2"]})\n', "nothing"),
    ("Pipfile", '[packages]\ncelery = "==5.7.1"\n', False),
]


@pytest.mark.parametrize(("path", "text", "before"), FORMS, ids=[text for _, text, _ in FORMS])
def test_whether_only_versions_below_5_7_fit(path, text, before):
    pin = read_pin(text, path)
    assert ("nothing" if pin is None else pin.before((5, 7))) == before


def test_a_lock_file_is_believed_before_what_is_asked_for():
    files = {
        "requirements.txt": "celery>=5.3\n",
        "uv.lock": '[[package]]\nname = "celery"\nversion = "5.5.3"\n',
        "tasks.py": "from celery import shared_task\n",
    }
    assert (celery_pin(engine.link(files)).path, celery_pin(engine.link(files)).high) == ("uv.lock", (5, 5))


def test_a_pin_ends_with_its_line():
    pin = read_pin("celery==3.1.26.post2\nkombu==3.0.37\n", "requirements.txt")
    assert pin is not None
    assert pin.text == "==3.1.26.post2"
    loose = read_pin("celery\n==5\n", "requirements.txt")
    assert loose is None


USED = {
    "shop/settings.py": 'import djcelery\n\ndjcelery.setup_loader()\nINSTALLED_APPS = ["shop"]\n',
    "shop/base.py": 'INSTALLED_APPS = (\n    "django.contrib.auth",\n    "djcelery",\n)\n',
    "shop/short.py": 'INSTALLED_APPS = ["django.contrib.auth", "djcelery"]\n',
    "shop/beat.py": 'CELERYBEAT_SCHEDULER = "djcelery.schedulers.DatabaseScheduler"\n',
    "shop/broker.py": 'INSTALLED_APPS += ("kombu.transport.django",)\n',
}
NAMED = {
    "shop/tried.py": "try:\n    import djcelery\nexcept ImportError:\n    djcelery = None\n",
    "shop/dropped.py": 'def forwards(apps):\n    apps.get_model("types").filter(app_label="djcelery").delete()\n',
    "shop/runner.py": 'TEST_RUNNER = "djcelery.contrib.test_runner.CeleryTestSuiteRunner"\n',
    "shop/outside.py": 'INSTALLED_APPS = [\n    # "djcelery",\n    "shop",\n]\n',
    "tests/settings.py": "import djcelery\n",
    "shop/asked.py": 'if "djcelery" in INSTALLED_APPS:\n    ...\n',
}


@pytest.mark.parametrize("path", USED)
def test_what_needs_celery_3_pins_it(path):
    project = engine.link({path: USED[path]})
    assert (pinned_below(project, (4, 0)), celery_pin(project).path) == (True, path)
    loose = engine.link({path: USED[path], "requirements.txt": "celery>=3.1\n"})
    assert pinned_below(loose, (4, 0)) is True
    later = engine.link({path: USED[path], "requirements.txt": "celery==4.4.2\n"})
    assert pinned_below(later, (4, 0)) is False


@pytest.mark.parametrize("path", NAMED)
def test_a_name_alone_pins_nothing(path):
    assert celery_pin(engine.link({path: NAMED[path]})) is None
