"""A technology's past, on its page."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from techs.admin.badges import LevelMoveBadges, badge
from techs.admin.permissions import ReadOnly
from techs.models import LevelChange, Submission

# Rows of a technology's past that its page shows; all of them are in lists of their own.
LATEST = 20


class PastInline(ReadOnly, admin.TabularInline):
    """The newest rows of a technology's past, on its page."""

    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """The newest of the technology whose page is shown: there may be thousands."""
        rows: QuerySet[Model] = super().get_queryset(request)
        tech = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest = rows.filter(tech=tech).order_by("-pk").values_list("pk", flat=True)[:LATEST]
        return rows.filter(pk__in=list(newest))


class LevelChangeInline(LevelMoveBadges, PastInline):
    """Its changes of level."""

    model = LevelChange
    fields = ("at", "from_badge", "to_badge", "why")
    readonly_fields = fields
    verbose_name_plural = f"changes of level (the newest {LATEST})"


class SubmissionInline(PastInline):
    """What was submitted of it."""

    model = Submission
    fields = ("text", "how_far", "attempts", "error", "created_at", "finished_at")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = f"submissions (the newest {LATEST})"

    @admin.display(description="state")
    def how_far(self, submission: Submission) -> SafeString:
        """How far it got."""
        return badge(submission.state)
