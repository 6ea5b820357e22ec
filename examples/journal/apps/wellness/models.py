from django.conf import settings
from django.db import models


class MoodRating(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="moods")
    value = models.SmallIntegerField()
    note = models.CharField(max_length=200, blank=True)
    rated_at = models.DateTimeField(auto_now_add=True)


class Reminder(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    hour = models.PositiveSmallIntegerField(default=18)
    active = models.BooleanField(default=True)
    sent_on = models.DateField(null=True)


class WellnessGoal(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goals")
    title = models.CharField(max_length=200)
    target = models.PositiveIntegerField()
    reached = models.PositiveIntegerField(default=0)
    due_on = models.DateField()


class WeeklySummary(models.Model):
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    week = models.DateField()
    entries = models.PositiveIntegerField(default=0)
    average_mood = models.FloatField(null=True)

    class Meta:
        unique_together = [("author", "week")]


class Report(models.Model):
    kind = models.CharField(max_length=32)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    state = models.CharField(max_length=16, default="waiting")
    content = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True)
