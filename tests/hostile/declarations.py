"""Thousands of declarations, suppressions, patches and classes."""

from __future__ import annotations

from hostile.text import HEAD, TASK, Files, lines, listed


def decorators(count: int) -> Files:
    return {"tasks.py": f"{HEAD}from other import mark\n" + lines(count, "@mark") + TASK}


def task_decorators(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "@shared_task(name='t#')") + TASK}


def own_decorators(count: int) -> Files:
    own = "def mark(f):\n    return f\n\n"
    return {"tasks.py": HEAD + own + lines(count, "@mark") + TASK}


def keywords(count: int) -> Files:
    return {"tasks.py": f"{HEAD}@shared_task({listed(count, 'retry_kwarg_#=1')})\ndef send(): ...\n"}


def celery_keywords(count: int) -> Files:
    return {"tasks.py": f"{HEAD}app = Celery('a', {listed(count, 'task_serialiser_#=1')})\n{TASK}"}


def call_keywords(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}\ndef go():\n    send.apply_async({listed(count, 'coutdown_#=1')})\n"}


def unknown_sends(count: int) -> Files:
    known = "from celery import Celery\napp = Celery('a')\n@app.task(name='shop.tasks.send')\ndef send(): ...\n"
    return {"tasks.py": known + lines(count, "app.send_task('shop.tasks.sent_#')")}


def unknown_sends_of_many(count: int) -> Files:
    known = "from celery import Celery\napp = Celery('a')\n" + lines(
        count, "@app.task(name='shop.tasks.send_#')\ndef send_#(): ..."
    )
    return {"tasks.py": known + lines(count, "app.send_task('shop.tasks.sent_#')")}


def long_similar_names(count: int) -> Files:
    long = "a" * 300
    known = "from celery import Celery\napp = Celery('a')\n"
    known += lines(count, f"@app.task(name='shop.{long}.send_#')\ndef send_#(): ...")
    return {"tasks.py": known + lines(count, f"app.send_task('shop.{long}.sent_#')")}


def noqa(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + lines(count, "x = #  # noqa: TG303")}


def bare_noqa(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + lines(count, "x = #  # noqa")}


def many_codes_in_noqa(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + f"x = 1  # noqa: {listed(count, 'TG303')}\n"}


def used_noqa(count: int) -> Files:
    return {
        "tasks.py": HEAD
        + lines(count, "@shared_task(name='t#', soft_time_limit=9, time_limit=3)  # noqa: TG205\ndef t#(): ...")
    }


def ignore_file(count: int) -> Files:
    return {"tasks.py": HEAD + TASK + lines(count, "# taskguard: ignore-file[TG303]")}


def ignored_findings(count: int) -> Files:
    return {
        "tasks.py": HEAD
        + lines(
            count,
            "# taskguard: ignore-file[TG205]\n@shared_task(name='t#', soft_time_limit=9, time_limit=3)\ndef t#(): ...",
        )
    }


def patches(count: int) -> Files:
    tests = "from unittest.mock import patch\n\n" + lines(
        count, "@patch('shop.api.name_#')\ndef test_#(mock):\n    from shop.api import use\n    use()\n"
    )
    return {
        "shop/__init__.py": "",
        "shop/api/__init__.py": lines(count, "from shop.api.inner import name_#") + "from shop.api.inner import use\n",
        "shop/api/inner.py": lines(count, "def name_#(): ...") + "def use():\n    name_1()\n",
        "shop/tasks.py": HEAD + TASK,
        "tests/test_api.py": tests,
    }


def patches_of_one(count: int) -> Files:
    files = patches(1)
    files["tests/test_api.py"] = "from unittest.mock import patch\n\n" + lines(
        count, "def test_#():\n    with patch('shop.api.name_0'):\n        from shop.api import use\n        use()\n"
    )
    return files


def item_assignments(count: int) -> Files:
    made = "from celery import shared_task\nOPTIONS = {}\n" + lines(count, "OPTIONS['k#'] = #")
    return {"tasks.py": made + "@shared_task(**OPTIONS)\ndef send(): ...\n"}


def updates(count: int) -> Files:
    made = "from celery import shared_task\nOPTIONS = {}\n" + lines(count, "OPTIONS.update(k#=#)")
    return {"tasks.py": made + "@shared_task(**OPTIONS)\ndef send(): ...\n"}


def same_item_assignments(count: int) -> Files:
    made = "from celery import shared_task\nOPTIONS = {}\n" + lines(count, "OPTIONS['queue'] = 'q#'")
    return {"tasks.py": made + "@shared_task(**OPTIONS)\ndef send(): ...\n"}


def bases_in_a_cycle(count: int) -> Files:
    text = "from celery import shared_task, Task\n" + "".join(
        f"class B{number}(B{(number + 1) % count}, B{(number + 2) % count}): ...\n" for number in range(count)
    )
    return {"tasks.py": text + "@shared_task(base=B0)\ndef send(): ...\n"}


def bases_in_a_diamond(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass A0(Task): ...\nclass B0(Task): ...\n"
    text += "".join(
        f"class A{number}(A{number - 1}, B{number - 1}): ...\nclass B{number}(A{number - 1}, B{number - 1}): ...\n"
        for number in range(1, count)
    )
    return {"tasks.py": text + f"@shared_task(base=A{count - 1})\ndef send(): ...\n"}


def bases_in_a_proper_diamond(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass C0(Task): ...\n"
    text += "".join(
        f"class A{number}(C{number - 1}): ...\nclass B{number}(C{number - 1}): ...\nclass C{number}(A{number}, B{number}): ...\n"
        for number in range(1, count)
    )
    return {"tasks.py": text + f"@shared_task(base=C{count - 1})\ndef send(): ...\n"}


def bases_in_a_chain(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass C0(Task): ...\n"
    text += "".join(f"class C{number}(C{number - 1}): ...\n" for number in range(1, count))
    return {"tasks.py": text + f"@shared_task(base=C{count - 1})\ndef send(): ...\n"}


def chain_used_throughout(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass C0(Task): ...\n"
    text += "".join(f"class C{number}(C{number - 1}): ...\n" for number in range(1, count))
    return {"tasks.py": text + lines(count, "@shared_task(base=C#)\ndef send_#(): ...")}


def many_bases(count: int) -> Files:
    text = "from celery import shared_task, Task\n" + lines(count, "class C#(Task): ...")
    return {"tasks.py": text + f"class All({listed(count, 'C#')}): ...\n@shared_task(base=All)\ndef send(): ...\n"}


def subclasses(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass Base(Task):\n    queue = 'a'\n" + lines(
        count, "class C#(Base):\n    name = 'c#'\n    def run(self): ...\n"
    )
    return {"tasks.py": text}


def subclass_tasks(count: int) -> Files:
    text = "from celery import shared_task, Task\nclass Base(Task):\n    queue = 'a'\n" + lines(
        count, "class C#(Base): ...\n@shared_task(base=C#)\ndef t#(): ...\n"
    )
    return {"tasks.py": text}


def huge_all(count: int) -> Files:
    names = listed(count, "'name_#'")
    return {
        "shop/__init__.py": "",
        "shop/api/__init__.py": lines(count, "from shop.api.inner import name_#") + f"__all__ = [{names}]\n",
        "shop/api/inner.py": lines(count, "def name_#(): ..."),
        "shop/use.py": lines(count, "from shop.api import name_#"),
        "shop/tasks.py": HEAD + TASK,
    }


def huge_all_of_nothing(count: int) -> Files:
    names = listed(count, "'name_#'")
    return {
        "shop/__init__.py": "",
        "shop/api/__init__.py": f"from shop.api.inner import *\n__all__ = [{names}]\n",
        "shop/api/inner.py": "x = 1\n",
        "shop/use.py": "from shop.api import name_1\n",
        "shop/tasks.py": HEAD + TASK,
    }


def grown_all(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/api/__init__.py": "__all__ = []\n" + lines(count, "__all__ += ['name_#']"),
        "shop/use.py": "from shop.api import name_1\n",
        "shop/tasks.py": HEAD + TASK,
    }


def appended_all(count: int) -> Files:
    files = grown_all(1)
    files["shop/api/__init__.py"] = "__all__ = []\n" + lines(count, "__all__.append('name_#')")
    return files


def missing_symbols(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/api/__init__.py": lines(count, "from shop.api.inner import name_#"),
        "shop/api/inner.py": lines(count, "def nane_#(): ..."),
        "shop/use.py": lines(count, "from shop.api import mane_#"),
        "shop/tasks.py": HEAD + TASK,
    }


def one_function_again(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "@shared_task\ndef send(): ...")}


def one_plain_function_again(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "def send(): ...") + TASK + "send.delay()\n"}
