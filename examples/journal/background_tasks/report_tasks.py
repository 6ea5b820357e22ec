"""All reports of the journal: weekly and monthly ones, digests, goals, exports for coaches, and their upkeep.

This file has grown for three years. It is what `background_tasks/journal_wellness_tasks.py` was before its split.
"""
import csv
import io
import json
import logging
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from statistics import mean

from celery import chord, group, shared_task
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Avg, Count, Sum
from django.utils import timezone

from apps.core.log_context import log_task_context
from apps.core.mail import send_mail
from apps.core.metrics import TaskMetrics
from apps.core.tasks.base import BaseTask, ReportTask
from apps.core.tasks.policies import task_retry_policy
from apps.journal.models import Export, JournalEntry, Streak
from apps.wellness.models import MoodRating, Reminder, Report, WeeklySummary, WellnessGoal

logger = logging.getLogger(__name__)

BATCH = 200
KEEP_REPORTS = timedelta(days=365)
DIGEST_HOURS = (6, 12, 18)
REPORT_KINDS = ("weekly", "monthly", "goals", "coach")
MOOD_WORDS = {1: "very low", 2: "low", 3: "even", 4: "good", 5: "very good"}


# --- periods ---------------------------------------------------------------------------------------------------------


def week_of(day):
    """The Monday and the Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day):
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def previous_week(today=None):
    today = today or timezone.now().date()
    return week_of(today - timedelta(days=7))


def previous_month(today=None):
    today = today or timezone.now().date()
    return month_of(today.replace(day=1) - timedelta(days=1))


def in_period(queryset, field, start, end):
    return queryset.filter(**{f"{field}__date__gte": start, f"{field}__date__lte": end})


# --- what the reports are made of ------------------------------------------------------------------------------------


def entry_statistics(author, start, end):
    entries = in_period(JournalEntry.objects.filter(author=author), "created_at", start, end)
    totals = entries.aggregate(count=Count("pk"), words=Sum("word_count"))
    languages = Counter(entries.values_list("language", flat=True))
    by_day = defaultdict(int)
    for created_at in entries.values_list("created_at", flat=True):
        by_day[created_at.date().isoformat()] += 1
    return {
        "entries": totals["count"],
        "words": totals["words"] or 0,
        "languages": dict(languages),
        "by_day": dict(by_day),
        "busiest_day": max(by_day, key=by_day.get) if by_day else None,
    }


def mood_statistics(author, start, end):
    ratings = in_period(MoodRating.objects.filter(author=author), "rated_at", start, end)
    values = list(ratings.values_list("value", flat=True))
    if not values:
        return {"ratings": 0, "average": None, "lowest": None, "highest": None, "word": None}
    average = mean(values)
    return {
        "ratings": len(values),
        "average": round(average, 2),
        "lowest": min(values),
        "highest": max(values),
        "word": MOOD_WORDS[round(average)],
    }


def goal_statistics(author, day):
    goals = WellnessGoal.objects.filter(author=author, due_on__gte=day)
    reached = [goal for goal in goals if goal.reached >= goal.target]
    late = [goal for goal in goals if goal.reached < goal.target and goal.due_on - day < timedelta(days=7)]
    return {
        "open": len(goals) - len(reached),
        "reached": [goal.title for goal in reached],
        "late": [goal.title for goal in late],
    }


def streak_line(author):
    streak = Streak.objects.filter(author=author, closed=False).first()
    if streak is None or streak.days < 2:
        return ""
    return f"You have written on {streak.days} days in a row."


# --- how they are shown ----------------------------------------------------------------------------------------------


def render_weekly(content):
    lines = [
        f"Your week from {content['start']} to {content['end']}",
        "",
        f"Entries: {content['entries']['entries']}",
        f"Words:   {content['entries']['words']}",
    ]
    if content["mood"]["average"] is not None:
        lines.append(f"Mood:    {content['mood']['word']} ({content['mood']['average']})")
    if content["goals"]["late"]:
        lines += ["", "Soon due:"] + [f"- {title}" for title in content["goals"]["late"]]
    if content["streak"]:
        lines += ["", content["streak"]]
    return "\n".join(lines)


def render_monthly(content):
    lines = [f"Your month from {content['start']} to {content['end']}", ""]
    for week in content["weeks"]:
        mood = "no mood" if week["average_mood"] is None else f"mood {week['average_mood']:.1f}"
        lines.append(f"- week of {week['week']}: {week['entries']} entries, {mood}")
    return "\n".join(lines)


def render_digest(rows):
    lines = ["What happened since the last digest:", ""]
    lines += [f"- {row['kind']}: {row['count']}" for row in rows]
    return "\n".join(lines)


def table_as_csv(header, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


# --- weekly reports --------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.generate_weekly",
    base=ReportTask,
    queue="reports",
    priority=6,
    soft_time_limit=570,
    time_limit=600,
    **task_retry_policy("database"),
)
def generate_weekly_reports():
    log_task_context("generate_weekly_reports")
    start, end = previous_week()
    authors = get_user_model().objects.filter(is_active=True).values_list("pk", flat=True)
    for author_id in authors.iterator(chunk_size=BATCH):
        generate_weekly_report.delay(author_id, start.isoformat(), end.isoformat())
    TaskMetrics.increment_counter("reports.weekly_started")


@shared_task(
    name="reports.generate_weekly_for",
    base=ReportTask,
    queue="reports",
    priority=6,
    soft_time_limit=50,
    time_limit=60,
    **task_retry_policy("database"),
)
def generate_weekly_report(author_id, start, end):
    log_task_context("generate_weekly_report", author=author_id)
    author = get_user_model().objects.get(pk=author_id)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    content = {
        "start": start,
        "end": end,
        "entries": entry_statistics(author, first, last),
        "mood": mood_statistics(author, first, last),
        "goals": goal_statistics(author, last),
        "streak": streak_line(author),
    }
    with transaction.atomic():
        report = Report.objects.create(kind="weekly", owner=author, state="built", content=content)
        transaction.on_commit(lambda: mail_report.delay(report.pk))
    TaskMetrics.increment_counter("reports.weekly_built")
    return report.pk


@shared_task(
    name="reports.store_weekly_summary",
    base=BaseTask,
    queue="analytics",
    soft_time_limit=50,
    time_limit=60,
    **task_retry_policy("database"),
)
def store_weekly_summary(author_id, start, end):
    log_task_context("store_weekly_summary", author=author_id)
    author = get_user_model().objects.get(pk=author_id)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    moods = in_period(MoodRating.objects.filter(author=author), "rated_at", first, last)
    WeeklySummary.objects.update_or_create(
        author=author,
        week=first,
        defaults={
            "entries": entry_statistics(author, first, last)["entries"],
            "average_mood": moods.aggregate(value=Avg("value"))["value"],
        },
    )
    TaskMetrics.increment_counter("reports.summaries_stored")


# --- monthly reports -------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.generate_monthly",
    base=ReportTask,
    queue="reports",
    priority=3,
    soft_time_limit=570,
    time_limit=600,
    **task_retry_policy("database"),
)
def generate_monthly_reports():
    log_task_context("generate_monthly_reports")
    start, end = previous_month()
    authors = WeeklySummary.objects.filter(week__gte=start, week__lte=end).values_list("author", flat=True)
    for author_id in sorted(set(authors)):
        generate_monthly_report.delay(author_id, start.isoformat(), end.isoformat())
    TaskMetrics.increment_counter("reports.monthly_started")


@shared_task(
    name="reports.generate_monthly_for",
    base=ReportTask,
    queue="reports",
    priority=3,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def generate_monthly_report(author_id, start, end):
    log_task_context("generate_monthly_report", author=author_id)
    summaries = WeeklySummary.objects.filter(author_id=author_id, week__gte=start, week__lte=end).order_by("week")
    weeks = [
        {"week": summary.week.isoformat(), "entries": summary.entries, "average_mood": summary.average_mood}
        for summary in summaries
    ]
    report = Report.objects.create(
        kind="monthly",
        owner_id=author_id,
        state="built",
        content={"start": start, "end": end, "weeks": weeks},
    )
    TaskMetrics.increment_counter("reports.monthly_built")
    return report.pk


@shared_task(
    name="reports.compare_months",
    base=ReportTask,
    queue="analytics",
    priority=3,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def compare_months(author_id):
    log_task_context("compare_months", author=author_id)
    reports = Report.objects.filter(owner_id=author_id, kind="monthly").order_by("-created_at")[:2]
    if len(reports) < 2:
        return None
    latest, earlier = reports
    moods = [
        [week["average_mood"] for week in report.content["weeks"] if week["average_mood"] is not None]
        for report in (latest, earlier)
    ]
    if not all(moods):
        return None
    change = round(mean(moods[0]) - mean(moods[1]), 2)
    latest.content["change"] = change
    latest.save(update_fields=["content"])
    TaskMetrics.increment_counter("reports.months_compared")
    return change


# --- mail ------------------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.mail",
    base=BaseTask,
    queue="email",
    priority=8,
    rate_limit="600/d",
    soft_time_limit=25,
    time_limit=30,
    **task_retry_policy("email"),
)
def mail_report(report_id):
    log_task_context("mail_report", report=report_id)
    report = Report.objects.select_related("owner").get(pk=report_id)
    if report.mailed_at is not None:
        return
    render = render_weekly if report.kind == "weekly" else render_monthly
    send_mail(report.owner.email, f"Your {report.kind} report", render(report.content))
    report.mailed_at = timezone.now()
    report.save(update_fields=["mailed_at"])
    TaskMetrics.increment_counter("reports.mailed", kind=report.kind)


@shared_task(
    name="reports.mail_unsent",
    base=BaseTask,
    queue="email",
    priority=6,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("email"),
)
def mail_unsent_reports():
    log_task_context("mail_unsent_reports")
    waiting = Report.objects.filter(state="built", mailed_at=None).values_list("pk", flat=True)
    sending = group(mail_report.si(report_id) for report_id in waiting[:BATCH])
    sending.apply_async()
    TaskMetrics.increment_counter("reports.unsent_mailed")


@shared_task(
    name="reports.send_digest",
    base=BaseTask,
    bind=True,
    queue="email",
    priority=6,
    soft_time_limit=50,
    time_limit=60,
    max_retries=5,
)
def send_digest(self, address):
    log_task_context("send_digest", address=address)
    since = timezone.now() - timedelta(hours=6)
    rows = list(Report.objects.filter(created_at__gte=since).values("kind").annotate(count=Count("pk")))
    try:
        send_mail(address, "Digest", render_digest(rows))
    except ConnectionError as error:
        raise self.retry(exc=error, countdown=60)
    TaskMetrics.increment_counter("reports.digests_sent")


@shared_task(
    name="reports.send_digests",
    base=BaseTask,
    queue="email",
    priority=6,
    soft_time_limit=50,
    time_limit=60,
    **task_retry_policy("email"),
)
def send_digests():
    log_task_context("send_digests")
    if timezone.now().hour not in DIGEST_HOURS:
        return
    staff = get_user_model().objects.filter(is_staff=True).exclude(email="")
    for address in staff.values_list("email", flat=True):
        send_digest.delay(address)
    TaskMetrics.increment_counter("reports.digests_started")


# --- goals -----------------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.goals",
    base=ReportTask,
    queue="reports",
    priority=6,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def report_goals(author_id):
    author = get_user_model().objects.get(pk=author_id)
    content = goal_statistics(author, timezone.now().date())
    report = Report.objects.create(kind="goals", owner=author, state="built", content=content)
    TaskMetrics.increment_counter("reports.goals_built")
    return report.pk


@shared_task(
    name="reports.remind_late_goals",
    base=BaseTask,
    queue="notifications",
    priority=8,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("email"),
)
def remind_late_goals():
    log_task_context("remind_late_goals")
    soon = timezone.now().date() + timedelta(days=3)
    late = WellnessGoal.objects.filter(due_on__lte=soon).select_related("author")
    for goal in late:
        if goal.reached < goal.target:
            missing = goal.target - goal.reached
            send_mail(goal.author.email, goal.title, f"{missing} to go until {goal.due_on}.")
    TaskMetrics.increment_counter("reports.goals_reminded")


@shared_task(
    name="reports.recount_goal",
    base=BaseTask,
    queue="default",
    soft_time_limit=25,
    time_limit=30,
    **task_retry_policy("database"),
)
def recount_goal(goal_id):
    log_task_context("recount_goal", goal=goal_id)
    with transaction.atomic():
        goal = WellnessGoal.objects.select_for_update().get(pk=goal_id)
        goal.reached = JournalEntry.objects.filter(author=goal.author, created_at__date__lte=goal.due_on).count()
        goal.save(update_fields=["reached"])
    TaskMetrics.increment_counter("reports.goals_recounted")


# --- coaches ---------------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.coach_table",
    base=ReportTask,
    queue="report",
    priority=6,
    soft_time_limit=270,
    time_limit=300,
    **task_retry_policy("database"),
)
def build_coach_table(coach_id):
    log_task_context("build_coach_table", coach=coach_id)
    start, end = previous_week()
    authors = get_user_model().objects.filter(is_active=True, groups__name=f"coach-{coach_id}")
    rows = []
    for author in authors:
        entries = entry_statistics(author, start, end)
        mood = mood_statistics(author, start, end)
        rows.append([author.get_username(), entries["entries"], entries["words"], mood["average"]])
    table = table_as_csv(["author", "entries", "words", "mood"], rows)
    report = Report.objects.create(kind="coach", owner_id=coach_id, state="built", content={"table": table})
    TaskMetrics.increment_counter("reports.coach_tables_built")
    return report.pk


@shared_task(
    name="reports.mail_coach_table",
    base=BaseTask,
    queue="email",
    priority=8,
    soft_time_limit=25,
    time_limit=30,
    **task_retry_policy("email"),
)
def mail_coach_table(report_id):
    log_task_context("mail_coach_table", report=report_id)
    report = Report.objects.select_related("owner").get(pk=report_id)
    attachment = ("week.csv", report.content["table"], "text/csv")
    send_mail(report.owner.email, "Your authors' week", "The table is attached.", attachment)
    TaskMetrics.increment_counter("reports.coach_tables_mailed")


@shared_task(
    name="reports.all_coach_tables",
    base=BaseTask,
    queue="reports",
    priority=3,
    soft_time_limit=50,
    time_limit=60,
    **task_retry_policy("database"),
)
def build_all_coach_tables():
    log_task_context("build_all_coach_tables")
    coaches = get_user_model().objects.filter(is_staff=True).values_list("pk", flat=True)
    tables = [build_coach_table.s(coach_id) for coach_id in coaches]
    chord(tables)(count_coach_tables.s())
    TaskMetrics.increment_counter("reports.coach_tables_started")


@shared_task(
    name="reports.count_coach_tables",
    base=BaseTask,
    queue="reports",
    soft_time_limit=25,
    time_limit=30,
    **task_retry_policy("database"),
)
def count_coach_tables(report_ids):
    log_task_context("count_coach_tables", reports=len(report_ids))
    TaskMetrics.increment_counter("reports.coach_tables_done", len(report_ids))
    for report_id in report_ids:
        mail_coach_table.delay(report_id)
    return len(report_ids)


# --- the year --------------------------------------------------------------------------------------------------------


@shared_task(
    name="reports.year_in_review",
    base=ReportTask,
    queue="reports",
    priority=3,
    soft_time_limit=270,
    time_limit=300,
    **task_retry_policy("database"),
)
def build_year_in_review(author_id, year):
    log_task_context("build_year_in_review", author=author_id, year=year)
    author = get_user_model().objects.get(pk=author_id)
    first, last = date(year, 1, 1), date(year, 12, 31)
    months = []
    day = first
    while day <= last:
        start, end = month_of(day)
        months.append({"month": day.month, "mood": mood_statistics(author, start, end)["average"]})
        day = end + timedelta(days=1)
    content = {"year": year, "entries": entry_statistics(author, first, last), "months": months}
    report = Report.objects.create(kind="year", owner=author, state="built", content=content)
    TaskMetrics.increment_counter("reports.years_built")
    return report.pk


@shared_task(
    name="reports.years_in_review",
    base=ReportTask,
    queue="reports",
    priority=3,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def build_all_years_in_review(year):
    log_task_context("build_all_years_in_review", year=year)
    authors = JournalEntry.objects.filter(created_at__year=year).values_list("author", flat=True).distinct()
    for author_id in authors.iterator(chunk_size=BATCH):
        build_year_in_review.delay(author_id, year)
    TaskMetrics.increment_counter("reports.years_started")


# --- upkeep ----------------------------------------------------------------------------------------------------------


@shared_task(
    name="maintenance.purge_reports",
    base=BaseTask,
    soft_time_limit=270,
    time_limit=300,
    **task_retry_policy("database"),
)
def purge_old_reports():
    log_task_context("purge_old_reports")
    old = Report.objects.filter(created_at__lt=timezone.now() - KEEP_REPORTS)
    deleted = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        deleted += Report.objects.filter(pk__in=batch).delete()[0]
    TaskMetrics.increment_counter("reports.purged", deleted)
    return deleted


@shared_task(
    name="maintenance.reset_stuck_reports",
    base=BaseTask,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def reset_stuck_reports(hours=6):
    log_task_context("reset_stuck_reports", hours=hours)
    limit = timezone.now() - timedelta(hours=hours)
    stuck = Report.objects.filter(state="waiting", created_at__lt=limit)
    count = stuck.update(state="failed")
    if count:
        logger.warning("stuck reports", extra={"count": count, "before": limit.isoformat()})
    TaskMetrics.increment_counter("reports.reset", count)


@shared_task(
    name="maintenance.report_storage",
    base=BaseTask,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def report_storage():
    log_task_context("report_storage")
    sizes = dict.fromkeys(REPORT_KINDS, 0)
    for kind, content in Report.objects.values_list("kind", "content").iterator():
        sizes[kind] = sizes.get(kind, 0) + len(json.dumps(content))
    for kind, size in sizes.items():
        TaskMetrics.observe("reports.bytes", size, kind=kind)
    TaskMetrics.increment_counter("reports.storage_measured")
    return sizes


@shared_task(name="maintenance.report_inactive", base=BaseTask, queue="maintenance", **task_retry_policy("database"))
def report_inactive_authors(days=90):
    log_task_context("report_inactive_authors", days=days)
    limit = timezone.now() - timedelta(days=days)
    active = JournalEntry.objects.filter(created_at__gte=limit).values("author")
    idle = get_user_model().objects.filter(is_active=True).exclude(pk__in=active)
    paused = Reminder.objects.filter(author__in=idle, active=True).update(active=False)
    TaskMetrics.increment_counter("reports.inactive", idle.count())
    return {"idle": idle.count(), "paused": paused, "at": datetime.now().isoformat()}


@shared_task(
    name="maintenance.forget_fetched_exports",
    base=BaseTask,
    soft_time_limit=110,
    time_limit=120,
    **task_retry_policy("database"),
)
def forget_fetched_exports():
    log_task_context("forget_fetched_exports")
    fetched = Export.objects.filter(fetched_at__lt=timezone.now() - timedelta(days=7))
    for export in fetched.iterator():
        export.file.delete(save=False)
        export.delete()
    TaskMetrics.increment_counter("exports.forgotten")
