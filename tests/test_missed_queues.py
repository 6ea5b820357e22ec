"""Queues that the workers of one deployment read and those of another one do not."""

from __future__ import annotations

from time import perf_counter

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project
from taskguard.project.python.site_texts import names_in

APP = 'from celery import Celery\n\nmill = Celery("mill", broker="redis://", include=["mill.tasks"])\n'
TASKS = (
    'from mill.app import mill\n\n\n@mill.task(queue="flour")\ndef grind(): ...\n\n\n@mill.task(queue="bread")\ndef bake(): ...\n\n\n'
    "@mill.task\ndef sweep(): ...\n"
)
VIEWS = "from mill.tasks import bake, grind\n\ngrind.delay()\nbake.delay()\n"
FILES = {"mill/__init__.py": "", "mill/app.py": APP, "mill/tasks.py": TASKS, "mill/views.py": VIEWS}
SITE = "services:\n  web:\n    image: mill\n    command: gunicorn mill.web --workers 2\n  redis:\n    image: redis\n  w:\n    image: mill\n    command: celery -A mill.app worker{}\n"
LIVE, DEV = "docker-compose.prod.yml", "docker-compose.yml"
BOTH = {LIVE: SITE.format(" -Q flour"), DEV: SITE.format(" -Q flour,bread")}
TOLD = f'{LIVE}:9 warn no worker that {LIVE} starts reads the queue "bread", as one that {DEV} starts does'


def said(files: dict[str, str]) -> list[str]:
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line} {one.level} {one.message}" for one in found if one.code == "TG305"]


def test_a_queue_that_production_misses() -> None:
    assert said({**FILES, **BOTH}) == [TOLD]
    assert said({**FILES, **BOTH, LIVE: BOTH[DEV]}) == []
    assert said({**FILES, LIVE: BOTH[LIVE], "docker-compose.dev.yml": BOTH[DEV]}) == [
        TOLD.replace(f"that {DEV}", "that docker-compose.dev.yml")
    ]
    assert said({**FILES, DEV: BOTH[LIVE], "docker-compose.dev.yml": BOTH[DEV]}) == [
        TOLD.replace(DEV, "docker-compose.dev.yml").replace(LIVE, DEV)
    ]


def test_what_it_says_beside() -> None:
    found = check_project({**FILES, **BOTH}, settings_from('packs = ["core"]')).diagnostics
    [told] = [one for one in found if one.code == "TG305"]
    assert (told.symbol, told.help) == ("bread", f"the workers of {LIVE} read flour: name it after -Q there, too")
    assert [(one.path, one.line) for one in told.related] == [("mill/tasks.py", 8), (DEV, 1)]


@pytest.mark.parametrize(
    "path",
    [
        "docker-compose.dev.yml",
        "local/docker-compose.yml",
        "docker-compose.staging.yml",
        "examples/docker-compose.prod.yml",
        "docker-compose.full.yml",
    ],
)
def test_a_deployment_that_is_not_live_may_read_less(path: str) -> None:
    assert said({**FILES, LIVE: BOTH[DEV], path: BOTH[LIVE]}) == []


@pytest.mark.parametrize(
    ("path", "live"),
    [
        ("deploy/docker-compose.yml", True),
        ("production/compose.yaml", True),
        ("server/docker-compose.yml", False),
        ("prod/docker-compose.cpu.yml", False),
        ("infra/docker-compose.cloud.yml", True),
    ],
)
def test_what_says_that_a_compose_file_is_live(path: str, live: bool) -> None:
    files = {**FILES, path: BOTH[LIVE], "dev/docker-compose.yml": BOTH[DEV], "Procfile": "web: gunicorn mill.web\n"}
    assert bool(said(files)) is live
    assert bool(said({**files, f"{path.rpartition('/')[0]}/{LIVE}": BOTH[DEV]})) is (live and "cloud" in path)


def test_a_secret_of_many_letters() -> None:
    secret = "kind: Secret\ndata:\n  key: " + "Ab3" * 100_000 + "\n"
    start = perf_counter()
    assert names_in.of(secret) == frozenset()
    assert perf_counter() - start < 2


def test_a_worker_without_queues() -> None:
    plain = {**BOTH, LIVE: SITE.format("")}
    flour = TOLD.replace('"bread"', '"flour"')
    assert said({**FILES, **plain}) == [TOLD, flour]
    declared = APP + 'mill.conf.task_queues = {"celery": {}, "bread": {}, "flour": {}}\n'
    assert said({**FILES, **plain, "mill/app.py": declared}) == []
    assert said({**FILES, **plain, "mill/app.py": APP + "mill.conf.task_queues = read()\n"}) == []
    assert said({**FILES, **plain, "mill/app.py": APP + "mill.conf.update(read())\n"}) == []


def test_the_default_queue_that_production_misses() -> None:
    sent = {"mill/views.py": VIEWS + "from mill.tasks import sweep\n\nsweep.delay()\n"}
    both = {LIVE: SITE.format(" -Q flour,bread"), DEV: SITE.format(" -Q flour,bread,celery")}
    told = f'{LIVE}:9 warn no worker that {LIVE} starts reads the default queue "celery", as one that {DEV} starts does'
    assert said({**FILES, **sent, **both}) == [told]
    assert said({**FILES, **both}) == []
    assert said({**FILES, **sent, **both, "mill/app.py": APP + 'mill.conf.task_default_queue = "flour"\n'}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Procfile", "web: gunicorn mill.web\nworker: celery -A mill.app worker -Q flour\n"),
        ("render.yaml", "services:\n  - type: web\n    startCommand: gunicorn mill.web\n  - type: worker\n    startCommand: celery -A mill.app worker -Q flour\n"),
        ("ops/systemd/worker.service", "[Service]\nExecStart=/bin/celery -A mill.app worker -Q flour\n# ExecStart=gunicorn\n"),
        ("ops/supervisor/all.conf", "[program:web]\ncommand=gunicorn mill.web\n[program:w]\ncommand=celery -A mill.app worker -Q flour\n"),
        ("k8s/all.yaml", "kind: Deployment\nmetadata:\n  name: web\nspec:\n  - containerPort: 80\n---\nkind: Deployment\nmetadata:\n  name: worker\nspec:\n  - command: [celery, -A, mill.app, worker, -Q, flour]\n"),
    ],
)  # fmt: skip
def test_each_form_of_a_deployment(path: str, text: str) -> None:
    web = (
        {"ops/systemd/web.service": "[Service]\nExecStart=/bin/gunicorn mill.web\n"}
        if path.endswith(".service")
        else {}
    )
    found = said({**FILES, **web, path: text, DEV: BOTH[DEV]})
    assert [one.partition(" no worker that ")[0].partition(":")[0] for one in found] == [path]
    assert all('"bread"' in one for one in found)
    assert said({**FILES, **web, path: text.replace("flour", "flour,bread"), DEV: BOTH[DEV]}) == []


@pytest.mark.parametrize(
    "service",
    [
        "  second:\n    image: mill\n    command: ./start_worker.sh\n",
        "  mill-worker:\n    image: mill\n",
        "  second:\n    image: registry/mill-celery\n",
        "  second:\n    image: mill\n    command:\n      - python\n      - consumer.py\n",
        "  second:\n    image: mill\n    command: celery -A mill.app worker $MORE\n",
        "  second:\n    image: mill\n    command: celery -A $APP worker -Q flour\n",
        "  second:\n    image: mill\n    command: celery -A other.app worker -Q flour\n",
        "  second:\n    environment:\n      A: 1\n",
        "  second:\n    image: mill\n    # command: celery -A mill.app worker -Q bread\n    command: sleep 1\n",
    ],
)
def test_a_service_that_may_read_the_queue(service: str) -> None:
    assert said({**FILES, **BOTH, LIVE: BOTH[LIVE] + service}) == []


@pytest.mark.parametrize(
    "service",
    [
        "  queue:\n    image: rabbitmq\n",
        "  beat:\n    image: mill\n    command: celery -A mill.app beat\n",
        "  more:\n    image: mill\n    command: gunicorn mill.more --worker-class gthread\n    depends_on: [worker]\n",
    ],
)
def test_a_service_that_reads_no_queue(service: str) -> None:
    assert said({**FILES, **BOTH, LIVE: BOTH[LIVE] + service}) == [TOLD]


def test_what_the_files_start_that_a_deployment_names() -> None:
    script = "  second:\n    image: mill\n    command: ./start_worker.sh\n"
    live = {LIVE: BOTH[LIVE] + script}
    assert said({**FILES, **BOTH, **live, "bin/start_worker.sh": "celery -A mill.app worker -Q flour\n"}) == [TOLD]
    assert said({**FILES, **BOTH, **live, "bin/start_worker.sh": "celery -A mill.app worker -Q bread\n"}) == []
    assert said({**FILES, **BOTH, **live, "bin/start_worker.sh": "celery -A mill.app worker -Q $NAMES\n"}) == []
    built = {LIVE: BOTH[LIVE] + "  second:\n    build: ./oven\n"}
    assert said({**FILES, **BOTH, **built, "oven/Dockerfile": "CMD celery -A mill.app worker -Q bread\n"}) == []
    assert said({**FILES, **BOTH, **built, "oven/Dockerfile": "CMD sleep 1\n"}) == [TOLD]
    named = {LIVE: BOTH[LIVE] + "  second:\n    build:\n      context: ..\n      dockerfile: oven/heat.Dockerfile\n"}
    assert said({**FILES, **BOTH, **named, "oven/heat.Dockerfile": "CMD celery -A mill.app worker -Q bread\n"}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy.sh", f"docker compose -f {DEV} -f {LIVE} up\n"),
        ("README.md", f"    docker-compose --file={DEV} \\\n        --file={LIVE} up\n"),
        (".env", f"COMPOSE_FILE={DEV}:{LIVE}\n"),
        ("up.sh", "docker compose -f docker-compose.yml -f docker-compose.$STAGE.yml up\n"),
    ],
)
def test_compose_files_that_are_put_together(path: str, text: str) -> None:
    assert said({**FILES, **BOTH, path: text}) == []
    assert said({**FILES, **BOTH, path: f"docker compose -f {LIVE} up\ndocker compose -f {DEV} up\n"}) == [TOLD]


def test_a_compose_file_that_extends_another() -> None:
    extends = "  second:\n    extends:\n      file: docker-compose.yml\n      service: w\n"
    assert said({**FILES, **BOTH, LIVE: BOTH[LIVE] + extends}) == []
    override = {DEV: SITE.format(" -Q flour"), "docker-compose.dev.yml": BOTH[DEV]}
    assert said({**FILES, **override}) != []
    assert said({**FILES, **override, "docker-compose.override.yml": SITE.format(" -Q bread")}) == []


def test_workers_that_may_complete_a_deployment() -> None:
    """A file that starts workers alone may belong to any site, unless it reads all that another one does."""
    alone = "services:\n  w:\n    image: mill\n    command: celery -A mill.app worker -Q {}\n"
    assert said({**FILES, **BOTH, "more/docker-compose.yml": alone.format("bread")}) == []
    assert said({**FILES, **BOTH, "bin/more.sh": "celery -A mill.app worker -Q bread\n"}) == []
    assert said({**FILES, **BOTH, "bin/all.sh": "celery -A mill.app worker -Q bread,flour\n"}) == [TOLD]
    assert said({**FILES, LIVE: BOTH[LIVE], "bin/more.sh": "celery -A mill.app worker -Q bread\n"}) == []
    two = {LIVE: BOTH[LIVE], "deploy/oven/docker-compose.yml": SITE.format(" -Q bread")}
    assert said({**FILES, **two}) == []


def test_a_platform_has_all_of_a_site() -> None:
    """What a platform runs and what Compose runs stand in place of one another, and so does a script that starts the web, too."""
    heroku = {LIVE: BOTH[LIVE], "Procfile": "web: gunicorn mill.web\nworker: celery -A mill.app worker -Q bread\n"}
    told = TOLD.replace(f"that {DEV}", "that Procfile")
    other = f'Procfile:2 warn no worker that Procfile starts reads the queue "flour", as one that {LIVE} starts does'
    assert said({**FILES, **heroku}) == [other, told]
    script = {LIVE: BOTH[LIVE], "bin/all.sh": "gunicorn mill.web &\ncelery -A mill.app worker -Q bread\n"}
    assert said({**FILES, **script}) == [TOLD.replace(f"that {DEV}", "that bin/all.sh")]
    assert said({**FILES, **script, "bin/all.sh": "celery -A mill.app worker -Q bread\n"}) == []


def test_a_deployment_without_a_site() -> None:
    worker = "services:\n  w:\n    image: mill\n    command: celery -A mill.app worker -Q flour\n"
    assert said({**FILES, **BOTH, LIVE: worker}) == []
    assert said({**FILES, DEV: BOTH[DEV], "Procfile": "worker: celery -A mill.app worker -Q flour\n"}) == []


def test_what_nobody_sends_piles_up_nowhere() -> None:
    assert said({**FILES, **BOTH, "mill/views.py": "from mill.tasks import grind\n\ngrind.delay()\n"}) == []
    assert (
        said({**FILES, **BOTH, "mill/views.py": VIEWS.replace("bake.delay()", 'bake.apply_async(queue="flour")')}) == []
    )
    gone = (
        APP + 'mill.conf.beat_schedule = {"b": {"task": "mill.gone", "schedule": 60, "options": {"queue": "bread"}}}\n'
    )
    views = {"mill/views.py": "from mill.tasks import grind\n\ngrind.delay()\n"}
    assert said({**FILES, **BOTH, **views, "mill/app.py": gone}) == []
    assert said({**FILES, **BOTH, **views, "mill/app.py": gone.replace("mill.gone", "mill.tasks.bake")}) == [TOLD]


def test_code_that_starts_workers() -> None:
    assert (
        said({**FILES, **BOTH, "mill/run.py": "from mill.app import mill\n\nmill.control.add_consumer('bread')\n"})
        == []
    )


def test_the_queue_of_another_service() -> None:
    office = {
        "office/__init__.py": "",
        "office/app.py": APP.replace("mill", "office") + 'office.conf.task_default_queue = "bread"\n',
    }
    assert said({**FILES, **office, **BOTH}) == []
