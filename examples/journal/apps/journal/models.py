from django.conf import settings
from django.db import models


class JournalEntry(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entries")
    title = models.CharField(max_length=200)
    body = models.TextField()
    word_count = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class Streak(models.Model):
    author = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    days = models.PositiveIntegerField(default=0)
    last_entry_on = models.DateField(null=True)
    closed = models.BooleanField(default=False)


class Export(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    state = models.CharField(max_length=16, default="waiting")
    file = models.FileField(upload_to="exports/")
    created_at = models.DateTimeField(auto_now_add=True)
    fetched_at = models.DateTimeField(null=True)
