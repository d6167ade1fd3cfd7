"""Inlines with the history of a technology, a service or an upload."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from techs.admin.badges import LevelMoveBadges, UsageChangeColumns, badge
from techs.admin.permissions import ReadOnly
from techs.models import LevelChange, Submission, UsageChange

# Rows on a page. Separate lists show all of them.
LATEST = 20


class HistoryInline(ReadOnly, admin.TabularInline):
    """The newest history rows of the object on the page."""

    extra = 0
    can_delete = False
    parent = "tech"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request)
        pk = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest = rows.filter(**{self.parent: pk}).order_by("-pk").values_list("pk", flat=True)[:LATEST]
        return rows.filter(pk__in=list(newest))


class LevelChangeInline(LevelMoveBadges, HistoryInline):
    """The newest level changes."""

    model = LevelChange
    fields = ("at", "from_badge", "to_badge", "why")
    readonly_fields = fields
    verbose_name_plural = f"level changes (newest {LATEST})"


class UsageChangeInline(UsageChangeColumns, HistoryInline):
    """The newest technologies that entered or left, or changed their version."""

    model = UsageChange
    fields = ("at", "name", "kind", "versions", "level_badge", "source_name")
    readonly_fields = fields
    verbose_name_plural = f"changes (newest {LATEST})"


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
