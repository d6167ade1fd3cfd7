"""Inlines with the history of a technology."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from techs.admin.badges import LevelMoveBadges, badge
from techs.admin.permissions import ReadOnly
from techs.models import LevelChange, Submission

# Rows on the page of a technology. Separate lists show all of them.
LATEST = 20


class HistoryInline(ReadOnly, admin.TabularInline):
    """The newest rows of a technology's history."""

    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request)
        tech = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest = rows.filter(tech=tech).order_by("-pk").values_list("pk", flat=True)[:LATEST]
        return rows.filter(pk__in=list(newest))


class LevelChangeInline(LevelMoveBadges, HistoryInline):
    """The newest changes of level."""

    model = LevelChange
    fields = ("at", "from_badge", "to_badge", "why")
    readonly_fields = fields
    verbose_name_plural = f"changes of level (newest {LATEST})"


class SubmissionInline(HistoryInline):
    """The newest submissions."""

    model = Submission
    fields = ("text", "state_badge", "attempts", "error", "created_at", "finished_at")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = f"submissions (newest {LATEST})"

    @admin.display(description="state")
    def state_badge(self, submission: Submission) -> SafeString:
        return badge(submission.state)
