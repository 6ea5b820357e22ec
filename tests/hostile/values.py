"""Thousands of wrappers, values, texts and odd lines."""

from __future__ import annotations

from hostile.declarations import patches
from hostile.names import routes
from hostile.text import APP, HEAD, TASK, Files, Shape, lines, listed


def facade_modules(count: int) -> Files:
    return {
        "shop/__init__.py": lines(count, "from .m# import a#"),
        **{f"shop/m{number}.py": f"def a{number}(): ...\n" for number in range(count)},
        "shop/tasks.py": HEAD + TASK,
        "use.py": lines(count, "from shop import a#"),
    }


def wrappers(count: int) -> Files:
    return {
        "tasks.py": HEAD
        + lines(count, "def make_#(f):\n    return shared_task(name='t#')(f)\n@make_#\ndef t#(): ...\n")
    }


def wrappers_in_a_chain(count: int) -> Files:
    text = HEAD + "def make_0(f, **options):\n    return shared_task(**options)(f)\n"
    text += "".join(
        f"def make_{number}(f, **options):\n    return make_{number - 1}(f, **options)\n" for number in range(1, count)
    )
    return {"tasks.py": text + f"@make_{count - 1}\ndef t(): ...\n"}


def wrappers_in_a_cycle(count: int) -> Files:
    text = HEAD + "".join(
        f"def make_{number}(f, **options):\n    if f:\n        return make_{(number + 1) % count}(f, **options)\n    return make_{(number + 2) % count}(f, **options)\n"
        for number in range(count)
    )
    return {"tasks.py": text + f"@make_{count - 1}\ndef t(): ...\n{TASK}"}


def wrapper_tree(count: int) -> Files:
    text = HEAD + "def make_0(**options):\n    return shared_task(**options)\n"
    text += "".join(
        f"def make_{number}(**options):\n    if options:\n        return make_{number - 1}(a=1, **options)\n    return make_{number - 1}(b=2, **options)\n"
        for number in range(1, count)
    )
    return {"tasks.py": text + f"@make_{count - 1}()\ndef t(): ...\n"}


def wrapper_used_often(count: int) -> Files:
    text = (
        HEAD + "def make(**options):\n    def inner(f):\n        return shared_task(**options)(f)\n    return inner\n"
    )
    return {"tasks.py": text + lines(count, "@make(queue='q#')\ndef t#(): ...\n")}


def returns(count: int) -> Files:
    text = f"{HEAD}def q(a):\n" + lines(count, "    if a == #:\n        return 'q#'")
    return {"tasks.py": text + "@shared_task(queue=q(1))\ndef send(): ...\n"}


def conditions(count: int) -> Files:
    text = f"{HEAD}import os\nx = 'a'\n" + lines(count, "if os.environ.get('a#'):\n    x = 'b#'")
    return {"tasks.py": text + "@shared_task(queue=x)\ndef send(): ...\n"}


def elifs(count: int) -> Files:
    text = f"{HEAD}import os\nif os.environ:\n    x = 'a'\n" + lines(count, "elif os.environ.get('a#'):\n    x = 'b#'")
    return {"tasks.py": text + "@shared_task(queue=x)\ndef send(): ...\n"}


def alternatives(count: int) -> Files:
    text = f"{HEAD}import os\n" + "x0 = 'a' if os.environ else 'b'\n"
    text += "".join(
        f"x{number} = x{number - 1} + 'a' if os.environ else x{number - 1} + 'b'\n" for number in range(1, count)
    )
    return {"tasks.py": text + f"@shared_task(queue=x{count - 1})\ndef send(): ...\n"}


def tries(count: int) -> Files:
    text = HEAD + lines(
        count, "try:\n    from a# import shared_task\nexcept ImportError:\n    from b# import shared_task"
    )
    return {"tasks.py": text + TASK}


def parameters(count: int) -> Files:
    params = listed(count, "p#=1")
    return {
        "tasks.py": f"{HEAD}@shared_task(bind=True)\ndef send({params}): ...\nsend.delay({listed(count, 'q#=1')})\n"
    }


def star_unpackings(count: int) -> Files:
    text = f"{HEAD}O = {{'queue': 'a'}}\n@shared_task({listed(count, '**O')})\ndef send(): ...\n"
    return {"tasks.py": text}


def options_merged(count: int) -> Files:
    text = f"{HEAD}O = {{'queue': 'a'}}\nP = {{{listed(count, '**O')}}}\n@shared_task(**P)\ndef send(): ...\n"
    return {"tasks.py": text}


def options_merged_by_or(count: int) -> Files:
    text = f"{HEAD}O = {{'queue': 'a'}}\nP = {listed(count, 'O', ' | ')}\n@shared_task(**P)\ndef send(): ...\n"
    return {"tasks.py": text}


def lists_added(count: int) -> Files:
    text = f"from kombu import Queue\n{APP}Q = []\n" + lines(count, "Q += [Queue('q#')]") + "app.conf.task_queues = Q\n"
    return {"shop/__init__.py": "", "shop/celery.py": text, "shop/tasks.py": HEAD + TASK}


def lists_in_a_row(count: int) -> Files:
    text = f"from kombu import Queue\n{APP}Q = {listed(count, '[Queue(chr(#))]', ' + ')}\napp.conf.task_queues = Q\n"
    return {"shop/__init__.py": "", "shop/celery.py": text, "shop/tasks.py": HEAD + TASK}


def lists_appended(count: int) -> Files:
    text = (
        f"from kombu import Queue\n{APP}Q = []\n" + lines(count, "Q.append(Queue('q#'))") + "app.conf.task_queues = Q\n"
    )
    return {"shop/__init__.py": "", "shop/celery.py": text, "shop/tasks.py": HEAD + TASK}


def formatted(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}x = 'a'\n@shared_task(name=f'{'{x}' * count}')\ndef send(): ...\n@shared_task(name='{'%s' * count}' % ({'x, ' * count}))\ndef sent(): ...\n"
    }


def canvas(count: int) -> Files:
    return {"tasks.py": f"{HEAD}from celery import chain\n{TASK}chain({listed(count, 'send.s(#)')}).delay()\n"}


def canvas_by_or(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}({listed(count, 'send.s(#)', ' | ')}).delay()\n"}


def include(count: int) -> Files:
    names = listed(count, "'shop.m#'")
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"from celery import Celery\napp = Celery('shop', include=[{names}])\n",
        **{f"shop/m{number}.py": HEAD + TASK for number in range(0, count, 10)},
    }


def installed_apps(count: int) -> Files:
    names = listed(count, "'app#'")
    return {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
        "site/__init__.py": "",
        "site/celery.py": "from celery import Celery\napp = Celery('site')\napp.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n",
        "site/settings.py": f"INSTALLED_APPS = [{names}]\n",
        **{f"app{number}/tasks.py": HEAD + TASK for number in range(0, count, 2)},
    }


def folders(count: int) -> Files:
    deep = "/".join(f"p{number}" for number in range(count))
    return {f"{deep}/tasks.py": HEAD + TASK}


def sys_paths(count: int) -> Files:
    return {
        "conf.py": "import sys\n" + lines(count, "sys.path.append('lib#')"),
        **{f"lib{number}/m{number}.py": HEAD + TASK for number in range(0, count, 10)},
        "use.py": lines(count, "import m#"),
    }


def gitignore(count: int) -> Files:
    return {
        ".gitignore": lines(count, "*a#*b"),
        **{f"m{number}.py": "x = 1\n" for number in range(count)},
        "tasks.py": HEAD + TASK,
    }


def hostile_gitignore(count: int) -> Files:
    return {".gitignore": "**/*a" * count + "\n", f"{'a' * min(count * 2, 200)}.py": "x = 1\n", "tasks.py": HEAD + TASK}


def spaces(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}x = 1  #{' ' * count}x\n#{' ' * count}noqa{' ' * count}:{' ' * count}x\n"}


def long_comment(text: str) -> Shape:
    def made(count: int) -> Files:
        return {"tasks.py": f"{HEAD}{TASK}x = 1  # {text * count}\n"}

    return made


def deployment_text(path: str, text: str) -> Shape:
    def made(count: int) -> Files:
        return {**routes(1), path: text * count + "\n"}

    return made


def errors(count: int) -> Files:
    return {f"m{number}.py": f"{HEAD}def (:\n" for number in range(count)} | {"tasks.py": HEAD + TASK}


def open_brackets(count: int) -> Files:
    return {"tasks.py": HEAD + "(" * count}


def quotes(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + '"""\n' * count}


def f_quotes(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + "x = " + "f'{" * count + "\n"}


def continued(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + "x = 1 + \\\n" * count + "1\n"}


def one_long_line(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + "x = 1; " * count + "\n"}


def one_long_line_of_tasks(count: int) -> Files:
    return {
        "tasks.py": "from celery import shared_task as s; "
        + listed(count, "t# = s(lambda: 'é', name='t')", "; ")
        + "\n"
    }


def wide_line(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + "(" + listed(count, "send.delay('é')", ", ") + ")\n"}


def long_body(count: int) -> Files:
    return {"tasks.py": HEAD + "@shared_task\ndef send():\n" + lines(count, "    x = #")}


def methods(count: int) -> Files:
    return {
        "tasks.py": "from celery import Task, shared_task\nclass Base(Task):\n"
        + lines(count, "    def on_failure_#(self): ...")
        + "@shared_task(base=Base, bind=True)\ndef send(self):\n"
        + lines(count, "    self.on_failure_#()")
    }


def attributes_set(count: int) -> Files:
    return {
        "tasks.py": HEAD + lines(count, "@shared_task\ndef t#(): ...\nt#.queue = 'q#'"),
    }


def attributes_set_elsewhere(count: int) -> Files:
    return {
        "tasks.py": HEAD + lines(count, "@shared_task\ndef t#(): ...\n"),
        "use.py": lines(count, "from tasks import t#\nt#.queue = 'q#'"),
    }


def globals_(count: int) -> Files:
    return {
        "tasks.py": HEAD
        + lines(count, "def f#():\n    global x\n    x = #")
        + "@shared_task(queue=x)\ndef send(): ...\n"
    }


def excepts(count: int) -> Files:
    return {
        "tasks.py": HEAD
        + "@shared_task(bind=True)\ndef send(self):\n"
        + "    try: pass\n"
        + lines(count, "    except E#: self.retry()")
    }


def django_settings(count: int) -> Files:
    files = installed_apps(2)
    files["site/settings.py"] += lines(count, "CELERY_TASK_SETING_# = #")
    return files


def settings_files(count: int) -> Files:
    files = installed_apps(2)
    for number in range(count):
        files[f"site/settings_{number}.py"] = "from site.settings import *\nCELERY_TASK_ALWAYS_EAGER = True\n"
    return files


def long_name(count: int) -> Files:
    name = "a" * count
    return {"tasks.py": f"{HEAD}@shared_task\ndef {name}(): ...\napp = Celery()\napp.send_task('tasks.{name}b')\n"}


def dotted_name(count: int) -> Files:
    name = "a." * count
    return {"tasks.py": f"{HEAD}{TASK}app = Celery('a', include=['{name}b'])\napp.send_task('{name}b')\n"}


def tests_with_strings(count: int) -> Files:
    return {
        **patches(1),
        "tests/test_more.py": lines(
            count, "def test_#():\n    monkeypatch.setattr('shop.api.name_0', #)\n    assert 'shop.api.name_#'"
        ),
    }


def long_requirement(text: str) -> Shape:
    return deployment_text("requirements.txt", text)
