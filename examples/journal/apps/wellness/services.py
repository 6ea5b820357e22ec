"""What the views of the wellness pages do."""
from background_tasks.journal_wellness_tasks import pause_reminders, summarise_week


def pause(author):
    pause_reminders.delay(author.pk)


def refresh_summary(author):
    summarise_week.delay(author.pk)
