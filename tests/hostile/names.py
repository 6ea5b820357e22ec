"""Thousands of statements about one name, of schedule entries, routes and nested expressions."""

from __future__ import annotations

from hostile.text import APP, HEAD, TASK, Files, lines, listed


def one_name_again(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "x = #") + "@shared_task(queue=x)\ndef send(): ...\n"}


def one_name_in_turns(count: int) -> Files:
    return {"tasks.py": HEAD + "x = 1\n" + lines(count, "x = x + 1") + "@shared_task(queue=x)\ndef send(): ...\n"}


def one_name_used_throughout(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "x = 'q#'\n@shared_task(queue=x)\ndef send_#(): ...")}


def one_import_again(count: int) -> Files:
    return {"tasks.py": lines(count, "from celery import shared_task") + TASK}


def one_task_name(count: int) -> Files:
    return {"tasks.py": HEAD + lines(count, "@shared_task(name='one')\ndef send_#(): ...")}


def beat_entries(count: int) -> Files:
    entries = listed(count, "'e#': {'task': 'shop.tasks.sent', 'schedule': crontab(minute='*/#')}", ",\n")
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}from celery.schedules import crontab\napp.conf.beat_schedule = {{{entries}}}\n",
        "shop/tasks.py": HEAD + TASK,
    }


def beat_assignments(count: int) -> Files:
    entries = lines(count, "app.conf.beat_schedule['e#'] = {'task': 'shop.tasks.send', 'schedule': 3.0}")
    return {"shop/__init__.py": "", "shop/celery.py": APP + entries, "shop/tasks.py": HEAD + TASK}


def periodic_tasks(count: int) -> Files:
    adds = lines(count, "    sender.add_periodic_task(10.0, send.s(), name='e#')")
    head = "from shop.tasks import send\n@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n"
    return {"shop/__init__.py": "", "shop/celery.py": APP + head + adds, "shop/tasks.py": HEAD + TASK}


def routes(count: int) -> Files:
    entries = listed(count, "'shop.tasks.t#': {'queue': 'q#'}", ",\n")
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}app.conf.task_routes = {{{entries}}}\n",
        "shop/tasks.py": HEAD + TASK,
    }


def routed_tasks(count: int) -> Files:
    files = routes(count)
    files["shop/tasks.py"] = HEAD + lines(count, "@shared_task\ndef t#(): ...")
    return files


def pattern_routes(count: int) -> Files:
    entries = listed(count, "('shop.t*ks.t#*', {'queue': 'q#'})", ",\n")
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}app.conf.task_routes = ([{entries}],)\n",
        "shop/tasks.py": HEAD + lines(count, "@shared_task\ndef t#(): ..."),
    }


def hostile_pattern(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}app.conf.task_routes = {{'{'*a' * count}': {{'queue': 'q'}}}}\n",
        "shop/tasks.py": f"{HEAD}@shared_task(name='{'a' * count * 2}b')\ndef send(): ...\n",
    }


def hostile_regex(count: int) -> Files:
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"{APP}import re\napp.conf.task_routes = [(re.compile(r'(a+)+$'), {{'queue': 'q'}})]\n",
        "shop/tasks.py": f"{HEAD}@shared_task(name='{'a' * count}b')\ndef send(): ...\n",
    }


def queues(count: int) -> Files:
    entries = listed(count, "Queue('q#')", ",\n")
    return {
        "shop/__init__.py": "",
        "shop/celery.py": f"from kombu import Queue\n{APP}app.conf.task_queues = [{entries}]\n",
        "shop/tasks.py": HEAD + lines(count, "@shared_task(queue='p#')\ndef t#(): ..."),
    }


def string_additions(count: int) -> Files:
    return {"tasks.py": f"{HEAD}x = {listed(count, repr('a'), ' + ')}\n@shared_task(name=x)\ndef send(): ...\n"}


def string_additions_in_a_decorator(count: int) -> Files:
    return {"tasks.py": f"{HEAD}@shared_task(name={listed(count, repr('a'), ' + ')})\ndef send(): ...\n"}


def augmented_strings(count: int) -> Files:
    return {"tasks.py": f"{HEAD}x = 'a'\n" + lines(count, "x += 'b'") + "@shared_task(name=x)\ndef send(): ...\n"}


def doubled_strings(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}x0 = 'ab'\n"
        + "".join(f"x{number} = x{number - 1} + x{number - 1}\n" for number in range(1, count))
        + f"@shared_task(name=x{count - 1})\ndef send(): ...\n"
    }


def doubled_dicts(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}x0 = {{'queue': 'a'}}\n"
        + "".join(
            f"x{number} = {{'a': x{number - 1}, 'b': x{number - 1}, **x{number - 1}}}\n" for number in range(1, count)
        )
        + f"@shared_task(**x{count - 1})\ndef send(): ...\n"
    }


def chained_names(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}x0 = 'ab'\n"
        + "".join(f"x{number} = x{number - 1}\n" for number in range(1, count))
        + f"@shared_task(name=x{count - 1})\ndef send(): ...\n"
    }


def chained_names_used_throughout(count: int) -> Files:
    return {
        "tasks.py": f"{HEAD}x0 = 'ab'\n"
        + "".join(f"x{number} = x{number - 1}\n" for number in range(1, count))
        + lines(count, "@shared_task(queue=x#)\ndef send_#(): ...\n")
    }


def attributes(count: int) -> Files:
    return {"tasks.py": f"{HEAD}import a\nx = a{'.b' * count}\n@shared_task(queue=a{'.b' * count})\ndef send(): ...\n"}


def calls_in_a_row(count: int) -> Files:
    return {"tasks.py": f"{HEAD}{TASK}x = send{'.s()' * count}\nsend.delay(){'.get()' * count}\n"}


def nested_dicts(count: int) -> Files:
    return {"tasks.py": f"{HEAD}x = {'{1: ' * count}1{'}' * count}\n@shared_task(queue=x)\ndef send(): ...\n"}


def nested_functions(count: int) -> Files:
    nested = "".join("    " * depth + f"def f{depth}():\n" for depth in range(count)) + "    " * count + "pass\n"
    return {"tasks.py": f"{HEAD}{TASK}{nested}"}
