"""Which queues the workers of the deployment files read, and what is sent to others."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project

APP = 'from celery import Celery\n\nmill = Celery("mill", broker="redis://")\n'
TASKS = 'from mill.app import mill\n\n\n@mill.task(queue="flour")\ndef grind(): ...\n\n\n@mill.task(queue="bread")\ndef bake(): ...\n'
FILES = {"mill/__init__.py": "", "mill/app.py": APP, "mill/tasks.py": TASKS}
TOLD = 'mill/tasks.py:8 warn no worker of the deployment reads the queue "bread"'


def said(files: dict[str, str]) -> list[str]:
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line} {one.level} {one.message}" for one in found if one.code == "TG305"]


LISTED = "import subprocess\n\ndef start():\n    words = ['celery', '-A', 'mill.app', 'worker', '-Q', '{}']\n"
COMPOSE = "services:\n  first:\n    command: celery -A mill.app worker -Q celery,flour -c $COUNT\n  beat:\n    command: celery -A mill.app beat\n"


def test_a_queue_that_no_worker_reads() -> None:
    assert said({**FILES, "compose.yml": COMPOSE}) == [TOLD]
    assert said({**FILES, "compose.yml": COMPOSE.replace("celery,flour", "celery,flour,bread")}) == []
    assert said(FILES) == []


def test_a_worker_without_queues_reads_those_of_the_configuration() -> None:
    more = {"Procfile": "worker: celery -A mill.app worker\n", "compose.yml": COMPOSE}
    assert said({**FILES, **more}) == [TOLD]
    declared = APP + 'mill.conf.task_queues = {"celery": {}, "bread": {}, "flour": {}}\n'
    assert said({**FILES, **more, "mill/app.py": declared}) == []
    read = APP + "mill.conf.task_queues = read()\n"
    assert said({**FILES, **more, "mill/app.py": read}) == []
    assert said({**FILES, "Procfile": more["Procfile"]}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bin/more.sh", "celery -A mill.app worker -Q $QUEUES\n"),
        ("bin/more.sh", "celery -A $APP worker -Q bread\n"),
        ("bin/more.sh", "celery -A mill.app worker $OPTIONS\n"),
        ("bin/more.sh", "celery multi start 2 -A mill.app -Q:1 flour -Q:2 bread\n"),
        ("bin/more.sh", "cd mill\ncelery worker\n"),
        ("bin/celery.sh", "run celery\nstart_worker -Q bread\n"),
        ("bin/more.sh", "$CELERY_BIN -A mill.app worker\n"),
        ("infra/main.tf", 'command = "celery -A ${var.app} worker"\n'),
        (".gitlab/live.yml", "run:\n  script:\n    - celery -A $APP worker\n"),
        ("mill/run.py", "import subprocess\n\nsubprocess.run(['celery', '-A', app(), 'worker'])\n"),
        (
            "mill/run.py",
            "import subprocess\n\nsubprocess.run(['celery', '-A', 'mill.app', 'worker', '-Q', queues()])\n",
        ),
        ("mill/run.py", "import subprocess\n\nsubprocess.run(['celery', '-A', 'mill.app', 'worker', *more])\n"),
        ("mill/run.py", "import subprocess\n\nWORDS = ['celery', '-A', 'mill.app', 'worker']\nsubprocess.run(WORDS)\n"),
        ("mill/run.py", "import subprocess\n\nsubprocess.run(['celery', '-A', 'mill.app', 'worker'] + more)\n"),
        *(
            ("mill/run.py", LISTED.format("salt") + f"    {line}\n    subprocess.run(words)\n")
            for line in (
                "words.append(more())",
                "words += more()",
                "words[-1] = more()",
                "words = fill(words)",
                "global words",
            )
        ),
        *(
            ("bin/more.sh", f"{line}\ncelery -A $APP worker -Q salt\n")
            for line in (
                "APP=$(which_app)",
                "APP=mill.app\nAPP=bakery",
                "APP=mill.app\nread APP",
                "APP='$OTHER'",
                "APP=`which_app`",
            )
        ),
        ("bin/more.sh", 'ARGS="-A mill.app worker $MORE"\ncelery $ARGS\n'),
        ("bin/more.sh", 'ARGS="-A mill.app"\ncelery $ARGS worker -Q $QUEUES\n'),
        ("mill/run.py", "import os\n\nos.system('celery -A mill.app worker -Q ' + queues())\n"),
        ("mill/run.py", "import os\n\nos.system(f'celery -A mill.app worker {more}')\n"),
        ("mill/run.py", "import os\n\nos.system('celery -A mill.app worker $MORE')\n"),
        ("mill/run.py", "import subprocess\n\nsubprocess.run('celery -A mill.app worker'.split())\n"),
        ("mill/run.py", "# celery\nQUEUES = '-Q ' + ','.join(held)\n"),
        (
            "docker-compose.more.yml",
            "services:\n  w:\n    command: >\n      celery -A mill.app\n      worker -Q bread\n",
        ),
        ("celeryd.conf", 'CELERYD_OPTS="-Q bread"  # celery\n'),
        ("mill/run.py", "from mill.app import mill\n\nmill.worker_main(['worker', '-Q', 'bread'])\n"),
        ("mill/run.py", "from mill.app import mill\n\nmill.control.add_consumer('bread')\n"),
        ("mill/run.py", "from mill.app import mill\n\nmill.amqp.queues.select_add('bread')\n"),
        ("bin/other.sh", "celery -A bakery worker -Q bread\n"),
    ],
)
def test_starts_that_cannot_be_read_to_their_end(path: str, text: str) -> None:
    assert said({**FILES, "compose.yml": COMPOSE, path: text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess\n\nsubprocess.Popen(['celery', '-A', 'mill.app', 'worker', '-Q', '{}'])\n",
        "import subprocess, sys\n\nsubprocess.run([\n    sys.executable, '-m', 'celery', '-A', 'mill.app', 'worker',\n    f'--concurrency={{n}}', '-n', name(), '--queues={}',\n])\n",
        "import os\n\nos.system('celery -A mill.app worker -Q {}')\n",
        LISTED + "    print(' '.join(words))\n    return subprocess.Popen(words, cwd='/srv')\n",
        LISTED + "    try:\n        subprocess.run(words, check=True)\n    except OSError:\n        fail(words)\n",
        "from subprocess import Popen\n\nPopen(('celery', '-A', 'mill.app', 'worker', '-Q', 'salt,{}'))\n",
    ],
)
def test_workers_that_code_starts_by_commands_that_are_written_out(text: str) -> None:
    files = {**FILES, "compose.yml": COMPOSE, "start.py": text.format("salt")}
    assert said(files) == [TOLD]
    assert said({**files, "start.py": text.format("bread")}) == []


@pytest.mark.parametrize(
    "text",
    [
        "APP=mill.app\ncelery -A $APP worker -Q {}\n",
        'export APP="mill.app"  # the app\ncelery --app="${{APP}}" worker -Q {}\n',
        "celery -A ${{APP:-mill.app}} worker -Q {}\n",
        'PACKAGE="${{PACKAGE:-mill}}"\nARGS="-A ${{PACKAGE}}.app"\ncelery ${{ARGS}} worker \\\n  --loglevel=$LEVEL \\\n  --queues={} &\ncelery $ARGS beat &\n',
        "celery -A $NOWHERE flower\ncelery -A mill.app worker -Q {}\n",
    ],
)
def test_a_script_that_keeps_the_app_in_a_variable(text: str) -> None:
    files = {**FILES, "compose.yml": COMPOSE, "bin/more.sh": text.format("salt")}
    assert said(files) == [TOLD]
    assert said({**files, "bin/more.sh": text.format("bread")}) == []


def test_a_worker_that_code_starts_without_queues_reads_the_default_one() -> None:
    plain = "import subprocess\n\nsubprocess.run(['celery', '-A', 'mill.app', 'worker'])\n"
    assert said({**FILES, "compose.yml": COMPOSE, "start.py": plain}) == [TOLD]
    named = APP + 'mill.conf.task_default_queue = "bread"\n'
    assert said({**FILES, "compose.yml": COMPOSE, "start.py": plain, "mill/app.py": named}) == []


def test_starts_of_two_services() -> None:
    office = {"office/__init__.py": "", "office/app.py": APP.replace("mill", "office")}
    second = COMPOSE + "  second:\n    command: celery -A office.app worker -Q papers\n"
    assert said({**FILES, **office, "compose.yml": second}) == [TOLD]
    assert said({**FILES, **office, "compose.yml": second.replace("papers", "bread")}) == []
    assert said({**FILES, **office, "compose.yml": second.replace("office.app", "somewhere")}) == []


def test_the_default_queue_of_another_service() -> None:
    office = {"office/__init__.py": "", "office/app.py": APP.replace("mill", "office")}
    office["office/app.py"] += 'office.conf.task_default_queue = "bread"\n'
    second = COMPOSE + "  second:\n    command: celery -A office.app worker\n"
    assert said({**FILES, **office, "compose.yml": second}) == []
    office["office/app.py"] = office["office/app.py"].replace('"bread"', '"papers"')
    assert said({**FILES, **office, "compose.yml": second}) == [TOLD]


def test_a_start_in_an_example_counts_for_nothing() -> None:
    assert said({**FILES, "examples/compose.yml": COMPOSE}) == []
    assert said({**FILES, "compose.yml": COMPOSE, "examples/run.sh": "celery -A mill worker -Q $QUEUES\n"}) == [TOLD]


def test_the_default_queue_that_no_worker_reads() -> None:
    more = {
        "mill/plain.py": "from mill.app import mill\n\n\n@mill.task\ndef sweep(): ...\n",
        "mill/views.py": "from mill.plain import sweep\n\nsweep.delay()\n",
    }
    app = {"mill/app.py": APP.replace('broker="redis://"', 'broker="redis://", include=["mill.tasks", "mill.plain"]')}
    compose = COMPOSE.replace("celery,flour", "flour,bread")
    told = 'compose.yml:3 warn no worker reads the default queue "celery", to which one task goes'
    assert said({**FILES, **app, **more, "compose.yml": compose}) == [told]
    assert said({**FILES, **app, **more, "compose.yml": COMPOSE.replace("flour", "flour,bread")}) == []
    assert said({**FILES, **app, "compose.yml": compose}) == []
    named = {"mill/app.py": app["mill/app.py"] + 'mill.conf.task_default_queue = "bread"\n'}
    assert said({**FILES, **app, **more, **named, "compose.yml": compose}) == []
    routed = {"mill/app.py": app["mill/app.py"] + 'mill.conf.task_routes = {"mill.plain.*": "bread"}\n'}
    assert said({**FILES, **app, **more, **routed, "compose.yml": compose}) == []
    computed = {"mill/app.py": app["mill/app.py"] + "mill.conf.update(read())\n"}
    assert said({**FILES, **app, **more, **computed, "compose.yml": compose}) == []
    sent = {"mill/views.py": "from mill.plain import sweep\n\nsweep.apply_async(queue='bread')\n"}
    assert said({**FILES, **app, **more, **sent, "compose.yml": compose}) == []
    assert said({**FILES, **app, **more, "mill/views.py": "", "compose.yml": compose}) == []
    planned = {
        "mill/app.py": app["mill/app.py"]
        + 'mill.conf.beat_schedule = {"s": {"task": "mill.plain.sweep", "schedule": 60}}\n'
    }
    assert said({**FILES, **app, **more, **planned, "mill/views.py": "", "compose.yml": compose}) == [told]


def test_a_queue_is_told_once() -> None:
    more = TASKS + '\n\n@mill.task(queue="bread")\ndef slice(): ...\n'
    found = check_project(
        {**FILES, "mill/tasks.py": more, "compose.yml": COMPOSE}, settings_from('packs = ["core"]')
    ).diagnostics
    [told] = [one for one in found if one.code == "TG305"]
    assert (told.line, told.symbol) == (8, "bread")
    assert [(one.path, one.line) for one in told.related] == [("mill/tasks.py", 12), ("compose.yml", 1)]


@pytest.mark.parametrize(
    "path", ["README.md", "docs/workers.rst", "ansible/roles/mill/templates/w.j2", ".github/workflows/live.yml"]
)
def test_a_queue_whose_worker_is_written_about(path: str) -> None:
    text = "Celery needs a second worker:\n\n    celery -A mill.app worker \\\n        --queues=bread\n"
    assert said({**FILES, "compose.yml": COMPOSE, path: text}) == []
    assert said({**FILES, "compose.yml": COMPOSE, path: text.replace("bread", "salt")}) == [TOLD]


def test_a_name_that_holds_celery_starts_no_worker() -> None:
    named = COMPOSE.replace("  first:\n", "  mill-celery-worker:\n    container_name: mill-celery-worker\n")
    script = "echo \"Starting the celery worker\"\npgrep -f 'celery.*worker'\n"
    assert said({**FILES, "compose.yml": named, "bin/start.sh": script}) == [TOLD]


SITE = "services:\n  web:\n    command: gunicorn mill.wsgi\n  worker:\n    command: celery -A mill.app worker\n"
FLOUR = 'mill/tasks.py:4 warn no worker of the deployment reads the queue "flour"'


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docker-compose.yml", SITE),
        (
            "docker-compose.yml",
            SITE.replace("command: gunicorn mill.wsgi", "build: .").replace("worker:", "worker:\n    build: ."),
        ),
        ("deploy/docker-compose.prod.yml", SITE),
        ("Procfile", "web: gunicorn mill.wsgi\nworker: celery -A mill.app worker\n"),
        (
            "render.yaml",
            "services:\n  - type: web\n  - type: worker\n    startCommand: celery -A mill.app worker -l info\n",
        ),
    ],
)
def test_a_site_whose_only_worker_reads_the_default_queue(path: str, text: str) -> None:
    assert said({**FILES, path: text}) == [FLOUR, TOLD]
    assert said({**FILES, path: text.replace("mill.app worker", "mill.app worker -Q flour,bread,celery")}) == []
    assert said({**FILES, path: text, "README.md": "celery -A mill.app worker -Q flour,bread\n"}) == []
    kept = APP + 'mill.conf.task_default_queue = "flour"\n'
    assert said({**FILES, path: text, "mill/app.py": kept}) == [TOLD]
    computed = APP + "mill.conf.update(read())\n"
    assert said({**FILES, path: text, "mill/app.py": computed}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docker-compose.dev.yml", SITE),
        ("local/docker-compose.yml", SITE),
        (
            "docker-compose.yml",
            "services:\n  redis:\n    image: redis\n  worker:\n    command: celery -A mill.app worker\n",
        ),
        ("Makefile", "web:\n\tgunicorn mill.wsgi\nworker:\n\tcelery -A mill.app worker\n"),
        ("bin/start.sh", "gunicorn mill.wsgi &\ncelery -A mill.app worker\n"),
    ],
)
def test_a_worker_that_may_not_be_the_only_one(path: str, text: str) -> None:
    assert said({**FILES, path: text}) == []


def test_a_route_counts_for_the_tasks_that_it_takes() -> None:
    routes = {"mill.tasks.*": {"queue": "flour"}, "mill.gone.*": {"queue": "salt"}}
    tasks = "from mill.app import mill\n\n\n@mill.task\ndef grind(): ...\n"
    files = {"mill/__init__.py": "", "mill/app.py": APP + f"mill.conf.task_routes = {routes}\n", "mill/tasks.py": tasks}
    told = 'mill/app.py:4 warn no worker of the deployment reads the queue "flour"'
    assert said({**files, "docker-compose.yml": SITE}) == [told]
    sent = {"mill/views.py": "from mill.tasks import grind\n\ngrind.apply_async(queue='celery')\n"}
    assert said({**files, **sent, "docker-compose.yml": SITE}) == []


def test_an_app_that_a_function_makes_is_not_what_the_module_starts() -> None:
    more = "\n\ndef make(site):\n    other = Celery(site.name)\n    other.conf.update(site.config)\n    return other\n"
    files = {**FILES, "mill/app.py": APP + more, "docker-compose.yml": SITE}
    assert said(files) == [FLOUR, TOLD]


def test_a_comment_about_a_worker_starts_none() -> None:
    text = '"""Without a celery worker nothing is ground.\n\ncelery -A mill.app worker\n"""\nimport subprocess\n\n'
    text += "subprocess.run(['pgrep', '-f', 'celery -A mill.app worker'])\n"
    assert said({**FILES, "mill/help.py": text, "docker-compose.yml": SITE}) == [FLOUR, TOLD]


def test_the_end_of_a_chain_goes_to_the_default_queue() -> None:
    app = APP.replace('broker="redis://"', 'broker="redis://", include=["mill.tasks", "mill.plain"]')
    files = {
        **FILES, "mill/app.py": app, "compose.yml": COMPOSE.replace("celery,flour", "flour,bread"),
        "mill/plain.py": "from mill.app import mill\n\n\n@mill.task\ndef sweep(): ...\n",
    }  # fmt: skip
    view = "from celery import chain\nfrom mill.plain import sweep\nfrom mill.tasks import grind\n\nchain(grind.si(), sweep.si()).apply_async({})\n"
    assert [one.partition(" ")[0] for one in said({**files, "mill/views.py": view.format("")})] == ["compose.yml:3"]
    assert said({**files, "mill/views.py": view.format("queue='bread'")}) == []


SENDER = 'from mill.app import mill\n\n\ndef send():\n    mill.send_task("bakery.bake", queue="bread")\n'


@pytest.mark.parametrize(
    ("files", "silent"),
    [
        ({"mill/app.py": APP + 'mill.conf.task_routes = {"bakery.*": {"queue": "bread"}}\n'}, True),
        ({"mill/app.py": APP + 'mill.conf.task_routes = {"mill.gone": {"queue": "bread"}}\n'}, False),
        ({"mill/send.py": SENDER}, True),
        ({"mill/send.py": SENDER.replace("bakery.bake", "mill.gone")}, False),
        ({"mill/send.py": SENDER.replace('queue="bread"', 'queue="rolls"')}, False),
    ],
)
def test_a_queue_of_another_service(files: dict[str, str], silent: bool) -> None:
    """What is sent there has names of no package of the project: a worker reads it that is none of the project's."""
    found = said({**FILES, **files, "compose.yml": COMPOSE})
    assert (TOLD not in found) is silent


HOUSE = "services:\n  web:\n    build: .\n    command: gunicorn mill.web\n  w:\n    build: .\n{}    command: celery -A mill.app worker{}\n"


@pytest.mark.parametrize(
    "more",
    [
        "    build: {context: ., dockerfile: DockerfileDev}\n",
        "    build:\n      dockerfile: ./docker/dev.Dockerfile\n",
        "    build:\n      target: development\n",
        "    environment:\n      - DISPLAY=$DISPLAY\n",
        "    volumes:\n      - /tmp/.X11-unix:/tmp/.X11-unix\n",
    ],
)
def test_a_compose_file_for_a_developer_starts_not_all_workers(more: str) -> None:
    queues = " -Q celery,flour"
    assert len(said({**FILES, "docker-compose.yml": HOUSE.format("", "")})) == 2
    assert said({**FILES, "docker-compose.yml": HOUSE.format(more, "")}) == []
    assert said({**FILES, "docker-compose.yml": HOUSE.format("", queues)}) == [TOLD]
    assert said({**FILES, "docker-compose.yml": HOUSE.format(more, queues)}) == []
    assert said({**FILES, "docker-compose.dev.yml": HOUSE.format("", queues)}) == []
    both = {
        "docker-compose.yml": HOUSE.format(more, queues),
        "Procfile": "worker: celery -A mill.app worker -Q flour\n",
    }
    assert said({**FILES, **both}) == [TOLD]


@pytest.mark.parametrize(
    "live", ["    build:\n      target: production\n", "    build: {context: ., dockerfile: prod.Dockerfile}\n"]
)
def test_a_compose_file_for_a_developer_and_for_others_starts_all_workers(live: str) -> None:
    web = "services:\n  web:\n    build:\n      target: development\n    command: gunicorn mill.web\n"
    worker = "  w:\n{}    command: celery -A mill.app worker -Q celery,flour\n"
    assert said({**FILES, "docker-compose.yml": web + worker.format(live)}) == [TOLD]
    assert said({**FILES, "docker-compose.yml": web + worker.format("")}) == []


def test_programs_of_supervisord_have_any_name() -> None:
    program = "[program:w]\ncommand=celery -A mill.app worker -Q {}\n"
    conf = {"ops/supervisor/conf.d/celery.conf": program.format("celery,flour")}
    assert said({**FILES, **conf}) == [TOLD]
    assert said({**FILES, **conf, "ops/supervisor/conf.d/loaves.conf": program.format("bread")}) == []
