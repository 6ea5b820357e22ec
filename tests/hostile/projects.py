"""Thousands of modules, imports, settings and deployment files."""

from __future__ import annotations

from hostile.names import beat_entries, routes
from hostile.text import APP, HEAD, TASK, Files, Shape, lines, listed


def star_imports(count: int) -> Files:
    text = lines(count, "from other_# import *")
    return {"other_1.py": "def t(): ...\n", "tasks.py": HEAD + text + TASK + "t()\n"}


def star_imports_of_one(count: int) -> Files:
    return {"other.py": "def t(): ...\n", "tasks.py": HEAD + lines(count, "from other import *") + TASK + "t()\n"}


def star_chain(count: int) -> Files:
    files = {f"m{number}.py": f"from m{number - 1} import *\n" for number in range(1, count)}
    files["m0.py"] = HEAD + TASK
    files["use.py"] = f"from m{count - 1} import send\nsend.delay()\n"
    return files


def star_diamond(count: int) -> Files:
    files = {
        f"{letter}{number}.py": f"from a{number - 1} import *\nfrom b{number - 1} import *\n"
        for number in range(1, count)
        for letter in "ab"
    }
    files["a0.py"] = files["b0.py"] = "from other import thing\n"
    files["use.py"] = f"{HEAD}from a{count - 1} import send\n@send\ndef x(): ...\n{TASK}"
    return files


def star_cycle(count: int) -> Files:
    files = {
        f"m{number}.py": f"from m{(number + 1) % count} import *\nfrom m{(number + 2) % count} import *\nfrom m{(number + 3) % count} import *\n"
        for number in range(count)
    }
    files["use.py"] = f"{HEAD}from m0 import send\nfrom m1 import other\n@send\ndef x(): ...\n{TASK}"
    return files


def duplicates(count: int) -> Files:
    return {
        f"a{number}.py": f"{HEAD}@shared_task(name='t{number // 2}')\ndef send_{number}(): ...\n"
        for number in range(count)
    }


def duplicates_of_django(count: int) -> Files:
    files = duplicates(count)
    files["manage.py"] = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n"
    files["site/__init__.py"] = "from .celery import app\n"
    files["site/celery.py"] = (
        "from celery import Celery\napp = Celery('site')\napp.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n"
    )
    files["site/settings.py"] = "INSTALLED_APPS = ['site']\nCELERY_TASK_ALWAYS_EAGER = False\n"
    return files


def reexports(count: int) -> Files:
    files = {f"m{number}.py": f"from m{number - 1} import send\n" for number in range(1, count)}
    files["m0.py"] = HEAD + TASK
    files["use.py"] = f"from m{count - 1} import send\nsend.delay()\n"
    return files


def reexports_of_packages(count: int) -> Files:
    files = {
        f"m{number}/__init__.py": f"from m{number - 1} import send\n__all__ = ['send']\n" for number in range(1, count)
    }
    files["m0/__init__.py"] = "from m0.tasks import send\n__all__ = ['send']\n"
    files["m0/tasks.py"] = HEAD + TASK
    files["use.py"] = f"from m{count - 1} import send\nsend.delay()\n"
    return files


def facade_cycle(count: int) -> Files:
    return {
        "shop/__init__.py": HEAD,
        **{
            f"shop/m{number}/__init__.py": f"from shop.m{(number + 1) % count} import send\nfrom shop.m{(number + 2) % count} import send\n__all__ = ['send']\n"
            for number in range(count)
        },
        "use.py": f"{HEAD}from shop.m0 import send\nsend.delay()\n",
    }


def functions_that_send(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}" + lines(count, "def f#():\n    send.delay()\n")}


def tasks_that_send(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "@shared_task\ndef f#():\n    f#.delay(1)\n")}


def modules_that_send(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}{TASK}",
        **{f"m{number}.py": "from tasks import send\nsend.delay(1)\n" for number in range(count)},
    }


def local_imports(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}{TASK}",
        "use.py": lines(count, "def f#():\n    from tasks import send\n    send.delay(1)\n"),
    }


def suppressions(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}" + lines(count, "app = 1  # noqa: TG201, TG202 because # of this")}


def settings(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}app.config_from_object('shop.conf')\n",
        "shop/conf.py": lines(count, "task_setting_# = #"),
        "shop/tasks.py": HEAD + TASK,
    }


def conf_assignments(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/celery.py": APP + lines(count, "app.conf.task_setting_# = #"),
        "shop/tasks.py": HEAD + TASK,
    }


def conf_updates(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/celery.py": APP + lines(count, "app.conf.update(task_setting_#=#)"),
        "shop/tasks.py": HEAD + TASK,
    }


def queue_per_file(count: int) -> Files:
    files = {
        f"m{number}.py": f"{HEAD}@shared_task(queue='q{number}')\ndef send_{number}(): ...\n" for number in range(count)
    }
    files["worker.py"] = "from kombu import Queue\n" + APP + "app.conf.task_queues = [Queue('default')]\n"
    return files


def apps(count: int) -> Files:
    return {
        "tasks.py": "from celery import Celery\n" + lines(count, "app_# = Celery('a#')\n@app_#.task\ndef t#(): ...")
    }


def apps_in_files(count: int) -> Files:
    return {
        f"s{number}/app.py": "from celery import Celery\napp = Celery('a')\n@app.task\ndef t(): ...\n"
        for number in range(count)
    }


def compose(count: int) -> Files:
    services = lines(count, "  w#:\n    command: celery -A shop worker -Q q#")
    files = routes(1)
    return {**files, "docker-compose.yml": f"services:\n{services}"}


def procfile(count: int) -> Files:
    return {**routes(1), "Procfile": lines(count, "w#: celery -A shop worker -Q q#")}


def long_command(count: int) -> Files:
    return {**routes(1), "Procfile": f"w: celery -A shop worker -Q {listed(count, 'q#', ',')}\n"}


def long_continued_command(count: int) -> Files:
    return {**routes(1), "run.sh": "celery -A shop worker \\\n" + "  -E \\\n" * count + "-Q a\n"}


def requirements(count: int) -> Files:
    return {**routes(1), "requirements.txt": lines(count, "package-#==1.#")}


def requirements_in_circles(count: int) -> Files:
    return {
        **routes(1),
        **{
            f"requirements/r{number}.txt": f"-r r{(number + 1) % count}.txt\n-r r{(number + 2) % count}.txt\n"
            for number in range(count)
        },
    }


def crontab_lists(count: int) -> Files:
    files = beat_entries(0)
    text = f"crontab(minute='{listed(count, '#', ',')}')"
    files["shop/celery.py"] = files["shop/celery.py"].replace("{}", f"{{'a': {{'task': 'x', 'schedule': {text}}}}}")
    return files


def crontab_text(text: str) -> Shape:
    def made(count: int) -> Files:
        files = beat_entries(0)
        entry = f"{{'a': {{'task': 'x', 'schedule': crontab(minute={text * count!r})}}}}"
        files["shop/celery.py"] = files["shop/celery.py"].replace("{}", entry)
        return files

    return made
