"""The old path of the journal's wellness tasks. They live in `background_tasks.journal_wellness` now."""
# taskguard: facade
from background_tasks.journal_wellness.entries import archive_old_entries, count_words, detect_languages
from background_tasks.journal_wellness.exports import build_export, purge_exports, upload_export
from background_tasks.journal_wellness.mood import MOOD_SCALE, flag_low_mood, summarise_week
from background_tasks.journal_wellness.reminders import remind_author, send_daily
from background_tasks.journal_wellness.streaks import update_streak

__all__ = [
    "MOOD_SCALE",
    "archive_old_entries",
    "build_export",
    "count_words",
    "flag_low_mood",
    "purge_exports",
    "remind_author",
    "send_daily",
    "send_weekly",
    "summarise_week",
    "update_streak",
    "upload_export",
]
