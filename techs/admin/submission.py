"""The promises: imports and submissions, and how far they got."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, badge
from techs.admin.filters import ImportFilter
from techs.admin.permissions import ReadOnly
from techs.models import Import, Submission, SubmissionState
from techs.submissions import outbox
from techs.submissions.outbox import FINISHED


def _number_of(which: Q) -> Coalesce:
    """How many lines of an import are such. Each has an index to be counted in; a join would count all imports'."""
    lines = Submission.objects.filter(which, of_import=OuterRef("pk")).order_by().values("of_import")
    return Coalesce(Subquery(lines.annotate(number=Count("pk")).values("number")), 0)


@admin.register(Import)
class ImportAdmin(ReadOnly, admin.ModelAdmin):
    """What was imported, and how far it got. Its lines are submissions."""

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
        "lines",
        "not_taken",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """With the counts, which are read for the rows of the page alone; and without their skipped lines."""
        counts = {"finished": _number_of(FINISHED), "failed": _number_of(Q(state=SubmissionState.FAILED))}
        imports: QuerySet[Import] = super().get_queryset(request).annotate(**counts).defer("skipped_rows")
        return imports

    @admin.display
    def finished(self, batch: Any) -> int:
        """Lines that are done or failed."""
        return int(batch.finished)

    @admin.display
    def failed(self, batch: Any) -> int:
        """Lines that are not on the list for an error."""
        return int(batch.failed)

    @admin.display
    def lines(self, batch: Import) -> SafeString:
        """The way to its submissions."""
        url = f"{reverse('admin:techs_submission_changelist')}?of_import__id__exact={batch.pk}"
        return format_html('<a href="{}">{} submission{}</a>', url, batch.total, pluralize(batch.total))

    @admin.display(description="skipped lines")
    def not_taken(self, batch: Import) -> SafeString:
        """Each with its reason, the first ones."""
        rows = ((row["line"], row["text"], row["error"]) for row in batch.skipped_rows[:100])
        return format_html_join("", "<p>Line {}: {} ({})</p>", rows)


@admin.register(Submission)
class SubmissionAdmin(BadgeMixin, ReadOnly, BulkLimitMixin):
    """What was accepted, and how far it got."""

    list_display = ["text", "state_badge", "attempts", "publications", "error", "created_at", "finished_at"]
    list_filter = ["state", "impact", "created_at", "finished_at", ImportFilter]
    search_fields = ["text", "uuid", "idempotency_key"]
    list_select_related = ["tech"]
    show_full_result_count = False
    actions = ["requeue"]

    @admin.display(description="state", ordering="state")
    def state_badge(self, submission: Submission) -> SafeString:
        """How far it got."""
        return badge(submission.state)

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Requeueing is a change, though the form is read-only."""
        return bool(request.user.has_perm("techs.change_submission"))

    @admin.action(description="Requeue what is not done", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        """Give each all its attempts back, and publish it."""
        chosen = list(queryset)  # once: a list of the failed ones has none of them afterwards
        unfinished = [submission for submission in chosen if submission.state != SubmissionState.DONE]
        for submission in unfinished:
            outbox.requeue(submission)
        note = f" Already done: {skipped}." if (skipped := len(chosen) - len(unfinished)) else ""
        self.message_user(request, f"{len(unfinished)} requeued.{note}", messages.SUCCESS)
