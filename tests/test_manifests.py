"""Manifests of Kubernetes and templates of Helm start workers: from which module, and which queues these read."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.discovery.markers import is_manifest
from taskguard.engine.checking import check_project
from taskguard.project.python.commands import commands

FILES = {
    "shop/__init__.py": "",
    "shop/app.py": 'from celery import Celery\n\napp = Celery("shop", broker="redis://", include=["shop.tasks"])\n',
    "shop/tasks.py": 'from shop.app import app\n\n\n@app.task(queue="mail")\ndef send(): ...\n\n\ndef go():\n    send.delay()\n',
}
HEAD = "spec:\n  template:\n    spec:\n      containers:\n        - name: worker\n"
NEXT = '        - name: web\n          command: ["gunicorn", "web:app"]\n          args: ["-w", "4"]\n'
MANIFESTS = {
    "k8s/one.yaml": HEAD + '          command: ["celery", "-A", "{0}", "worker"]\n          args: ["-Q", "{1}"]\n' + NEXT,
    "k8s/two.yaml": HEAD + '          args: ["celery", "--app={0}", "worker", "--queues={1}"]\n' + NEXT,
    "deploy/k8s/three.yml": HEAD + '          command: ["sh", "-c"]\n          args:\n            - |\n              set -e\n              exec celery -A {0} worker -Q {1}\n',
    "kubernetes/four.yaml": HEAD + "          command:\n            [\n              \"celery\",\n              \"-A\",\n              \"{0}\",\n              \"worker\",\n              \"-Q\",\n              \"{1}\",\n            ]\n",
    "k8s/five.yaml": HEAD + '          args: ["-A", "{0}", "worker", "-Q", "{1}"]\n          image: shop\n          command: ["celery"]\n' + NEXT,
    "charts/shop/templates/six.yaml": HEAD + "          command:\n            - celery\n          image: \"{{ .Values.image }}\"\n          {{- with .Values.env }}\n          env:\n            - name: A\n              value: b\n          {{- end }}\n          args:\n            - -A\n            - {0}\n            - worker\n            - -Q\n            - {1}\n            - --concurrency={{ .Values.many }}\n" + NEXT,
    "charts/shop/templates/_seven.tpl": '{{- define "worker" }}\ncommand: ["celery", "-A", "{0}", "worker", "-Q", "{1}"]\n{{- end }}\n',
    "charts/shop/values.yaml": 'worker:\n  command: ["celery"]\n  args: ["-A", "{0}", "worker", "-Q", "{1}"]\n',
}  # fmt: skip


def said(path: str, app: str, queue: str) -> list[str]:
    text = MANIFESTS[path].replace("{0}", app).replace("{1}", queue)
    report = check_project({**FILES, path: text}, settings_from('packs = ["core"]'))
    return [f"{one.code} {one.path}" for one in report.diagnostics]


@pytest.mark.parametrize("path", MANIFESTS)
def test_the_module_and_the_queues_are_read(path: str) -> None:
    assert said(path, "shop.app", "mail") == []
    assert said(path, "shop.gone", "mail") == [f"TG317 {path}"]
    assert said(path, "shop.app", "other") == ["TG305 shop/tasks.py"]


def test_a_queue_that_is_filled_in_later_may_be_any() -> None:
    assert said("charts/shop/templates/six.yaml", "shop.app", "{{ .Values.queue }}") == []


def test_a_container_takes_no_arguments_of_the_next_one() -> None:
    text = HEAD + '          command: ["celery", "-A", "shop.app", "worker"]\n' + NEXT
    read = [line.split() for line in commands(text, "k8s/web.yaml")]
    assert ['["celery",', '"-A",', '"shop.app",', '"worker"]'] in read
    assert ['["gunicorn",', '"web:app"]', '["-w",', '"4"]'] in read


def test_where_manifests_lie() -> None:
    assert is_manifest("k8s/web.yaml") and is_manifest("ops/.helm/templates/x.tpl") and is_manifest("a/charts/b/c.yml")
    assert not is_manifest("k8s.yaml") and not is_manifest("docs/api.yaml") and not is_manifest("k8s/notes.md")
