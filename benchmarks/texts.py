"""Pieces of Python that look like those of a Django project with Celery, to be put together by `trees`."""

from __future__ import annotations

HEADS = {
    "models": "from __future__ import annotations\n\nfrom django.conf import settings\nfrom django.db import models\n",
    "views": "import logging\n\nfrom django.http import JsonResponse\n\nfrom apps.{app} import tasks\nfrom apps.{app}.models_0 import {Name}0\n\nlogger = logging.getLogger(__name__)\n",
    "forms": "from django import forms\n\nfrom apps.{app}.models_0 import {Name}0\n",
    "services": "import logging\nfrom datetime import timedelta\n\nfrom django.utils import timezone\n\nfrom apps.{app}.models_0 import {Name}0\n\nlogger = logging.getLogger(__name__)\n",
    "admin": "from django.contrib import admin\n\nfrom apps.{app}.models_0 import {Name}0\n\nadmin.site.register({Name}0)\n",
    "migrations": "from django.db import migrations, models\n",
    "tests": "from unittest import mock\n\nimport pytest\n\nfrom apps.{app}.models_0 import {Name}0\n\npytestmark = pytest.mark.django_db\n",
    "tasks": "import logging\n\nfrom celery import shared_task\n\nfrom apps.core.base import BaseTask\n\nlogger = logging.getLogger(__name__)\n",
}

BLOCKS = {
    "models": '''

class {Name}{n}(models.Model):
    """{Name} number {n}, as the shop keeps it."""

    title = models.CharField(max_length={m}, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="{name}_{n}")
    created = models.DateTimeField(auto_now_add=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        ordering = ("-created",)
        indexes = [models.Index(fields=("owner", "created"), name="{name}_{n}_idx")]

    def __str__(self):
        return f"{{self.title}} ({{self.amount}})"

    def total(self, rate={m}):
        # The rate is in thousandths.
        return sum(one.amount * rate / 1000 for one in self.lines.all() if one.amount is not None)
''',
    "views": '''

def {name}_{n}(request, key):
    """One {name}, and the lines that belong to it."""
    found = {Name}0.objects.filter(pk=key).select_related("owner").first()
    if found is None:
        logger.warning("no {name} %s for %s", key, request.user)
        return JsonResponse({{"error": "not found", "key": key}}, status=404)
    if request.method == "POST" and found.amount > {m}:
        tasks.{name}_job_0.delay(found.pk)
    lines = [{{"id": line.pk, "amount": str(line.amount), "rate": {m}}} for line in found.lines.all()]
    return JsonResponse({{"key": key, "title": found.title, "lines": lines}})
''',
    "forms": '''

class {Name}Form{n}(forms.ModelForm):
    note = forms.CharField(required=False, max_length={m}, widget=forms.Textarea)

    class Meta:
        model = {Name}0
        fields = ("title", "amount")

    def clean_title(self):
        title = self.cleaned_data["title"].strip()
        if len(title) < 3:
            raise forms.ValidationError("at least three letters", code="short")
        return title
''',
    "services": '''

def {name}_service_{n}(owner, days={m}, *, limit=None):
    """What an owner did in the last days, newest first."""
    since = timezone.now() - timedelta(days=days)
    rows = {Name}0.objects.filter(owner=owner, created__gte=since).order_by("-created")
    total, result = 0, []
    for row in rows[:limit]:
        total += row.amount or 0
        try:
            result.append((row.pk, row.total(rate={m}), total))
        except (ArithmeticError, ValueError):
            logger.exception("{name} %s has no total", row.pk)
            continue
    return {{"rows": result, "total": total, "since": since.isoformat()}}
''',
    "admin": '''

class {Name}Admin{n}(admin.ModelAdmin):
    list_display = ("title", "owner", "created", "amount")
    list_filter = ("created",)
    search_fields = ("title", "owner__email")
    list_per_page = {m}
''',
    "migrations": '''

class Migration{n}(migrations.Migration):
    dependencies = [("{app}", "{n:04}_before")]
    operations = [
        migrations.AddField("{name}", "field_{n}", models.IntegerField(default={m})),
        migrations.AlterField("{name}", "title", models.CharField(max_length={m}, blank=True)),
        migrations.AddIndex("{name}", models.Index(fields=["field_{n}"], name="{name}_{n}_field")),
    ]
''',
    "tests": '''

@pytest.mark.parametrize("amount", [0, 1, {m}])
def test_{name}_{n}(client, amount):
    found = {Name}0.objects.create(title="{name} {n}", amount=amount)
    with mock.patch("apps.{app}.services_0.logger") as logger:
        answer = client.post(f"/{app}/{{found.pk}}/", {{"amount": amount}})
    assert answer.status_code in (200, 404)
    assert answer.json().get("key") in (None, found.pk)
    assert logger.exception.call_count == 0
''',
    "tasks": '''

@shared_task(
    bind=True, base=BaseTask, name="{app}.{name}_job_{n}", queue="{queue}", max_retries=3, soft_time_limit={m}, time_limit={m} + 60,
)
def {name}_job_{n}(self, key, force=False):
    """Brings one {name} up to date."""
    from apps.{app}.services_0 import {name}_service_0

    logger.info("job %s of {name} {n}", key)
    try:
        found = {name}_service_0(key, days={m})
    except ConnectionError as error:
        raise self.retry(exc=error, countdown=2**self.request.retries)
    if force and not found["rows"]:
        {name}_job_{n}.apply_async(args=(key,), countdown={m})
    return len(found["rows"])
''',
}  # fmt: skip

BASE = '''from celery import Task


class BaseTask(Task):
    """What every job of the shop has in common."""

    abstract = True

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        return super().on_failure(exc, task_id, args, kwargs, einfo)
'''

CELERY = """import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""

MANAGE = """import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

SETTINGS = """from celery.schedules import crontab

SECRET_KEY = "not a secret"
INSTALLED_APPS = [
{apps}]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_QUEUES = {{"default": {{}}, "mail": {{}}, "reports": {{}}}}
CELERY_TASK_ROUTES = {{"core.*": {{"queue": "mail"}}}}
CELERY_BEAT_SCHEDULE = {{
{beat}}}
"""
BEAT_ENTRY = (
    '    "{app}": {{"task": "{app}.{name}_job_0", "schedule": crontab(hour={hour}, minute={minute}), "args": (1,)}},\n'
)
CORE = """from celery import shared_task

from apps.core.base import BaseTask


@shared_task(base=BaseTask, name="core.clean", queue="mail", soft_time_limit=60, time_limit=90)
def clean():
    return None
"""
