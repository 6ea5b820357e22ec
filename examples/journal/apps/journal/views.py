import json

from django.db import transaction
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from apps.journal.models import Export, JournalEntry
from background_tasks.journal_wellness_tasks import build_export, count_words, update_streak


@require_POST
def create_entry(request):
    data = json.loads(request.body)
    with transaction.atomic():
        entry = JournalEntry.objects.create(author=request.user, title=data["title"], body=data["body"])
        transaction.on_commit(lambda: count_words.delay(entry.pk))
        transaction.on_commit(lambda: update_streak.delay(request.user.pk))
    return JsonResponse({"id": entry.pk}, status=201)


@require_POST
def request_export(request):
    export = Export.objects.create(author=request.user)
    transaction.on_commit(lambda: build_export.delay(export.pk))
    return JsonResponse({"id": export.pk}, status=202)
