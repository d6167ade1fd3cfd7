"""Imports and submissions, with their progress."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from techs.activity import recording
from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, badge
from techs.admin.filters import ImportFilter
from techs.admin.permissions import ReadOnly
from techs.models import Import, Submission, SubmissionState
from techs.submissions import outbox
from techs.submissions.outbox import FINISHED


def _number_of(which: Q) -> Coalesce:
    """Count matching lines per import in an indexed subquery. A join would count the lines of all imports."""
    lines = Submission.objects.filter(which, of_import=OuterRef("pk")).order_by().values("of_import")
    return Coalesce(Subquery(lines.annotate(number=Count("pk")).values("number")), 0)


@admin.register(Import)
class ImportAdmin(ReadOnly, admin.ModelAdmin):
    """Imports and their progress. Each line is a submission."""

    list_display = ["__str__", "format", "created_at", "total", "finished", "failed", "skipped"]
    show_full_result_count = False
    list_filter = ["format", "created_at"]
    search_fields = ["name", "uuid"]
    date_hierarchy = "created_at"
    fields = [
        "uuid",
        "name",
        "format",
        "created_at",
        ("total", "finished", "failed", "skipped"),
        ("owner", "tags", "impact", "extended_support"),
        "note",
        "lines",
        "skipped_lines",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Annotate the counts, which are computed only for rows on the page, and defer the skipped lines."""
        counts = {"finished": _number_of(FINISHED), "failed": _number_of(Q(state=SubmissionState.FAILED))}
        imports: QuerySet[Import] = super().get_queryset(request).annotate(**counts).defer("skipped_rows")
        return imports

    @admin.display
    def finished(self, batch: Any) -> int:
        return int(batch.finished)

    @admin.display
    def failed(self, batch: Any) -> int:
        return int(batch.failed)

    @admin.display
    def lines(self, batch: Import) -> SafeString:
        url = f"{reverse('admin:techs_submission_changelist')}?of_import__id__exact={batch.pk}"
        return format_html('<a href="{}">{} submission{}</a>', url, batch.total, pluralize(batch.total))

    @admin.display(description="skipped lines")
    def skipped_lines(self, batch: Import) -> SafeString:
        rows = ((row["line"], row["text"], row["error"]) for row in batch.skipped_rows[:100])
        return format_html_join("", "<p>Line {}: {} ({})</p>", rows)


@admin.register(Submission)
class SubmissionAdmin(BadgeMixin, ReadOnly, BulkLimitMixin):
    """Accepted submissions and their state."""

    list_display = ["text", "state_badge", "attempts", "publications", "error", "created_at", "finished_at"]
    list_filter = ["state", "impact", "created_at", "finished_at", ImportFilter]
    search_fields = ["text", "uuid", "idempotency_key"]
    list_select_related = ["tech"]
    show_full_result_count = False
    actions = ["requeue"]

    @admin.display(description="state", ordering="state")
    def state_badge(self, submission: Submission) -> SafeString:
        return badge(submission.state)

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("techs.change_submission"))

    @admin.action(description="Requeue unfinished and failed submissions", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        """Reset the attempts of each unfinished submission and publish it."""
        chosen = list(queryset)  # evaluated once, because requeueing empties a list filtered by "failed"
        unfinished = [submission for submission in chosen if submission.state != SubmissionState.DONE]
        with recording.as_one():
            for submission in unfinished:
                outbox.requeue(submission)
        note = f" Already done: {skipped}." if (skipped := len(chosen) - len(unfinished)) else ""
        self.message_user(request, f"{len(unfinished)} requeued.{note}", messages.SUCCESS)
