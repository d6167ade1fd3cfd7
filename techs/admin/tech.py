"""Technologies and their level changes. Writes use the same functions as the API."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, LevelMoveBadges, badge
from techs.admin.filters import DayFilter, NewLevelFilter, OldLevelFilter, ProductFilter, RiskFilter, SubmissionFilter
from techs.admin.forms import EditedMixin, TechForm
from techs.admin.history_inlines import LevelChangeInline, SubmissionInline
from techs.admin.pagination import KeysetPaginator
from techs.admin.permissions import ReadOnly
from techs.exceptions import InUse
from techs.inventory import bulk_editing, editing, search
from techs.inventory.queries import ORDERINGS
from techs.models import IMPACTS, LevelChange, Tech
from techs.rules.attributes import EDITABLE
from techs.rules.levels import Impact
from techs.rules.search_words import range_of
from techs.rules.text import name_key
from techs.submissions import outbox

_INDEXED = {columns[0]: columns for columns in ORDERINGS.values()}

Action = Callable[["TechAdmin", HttpRequest, QuerySet[Tech]], None]


def set_impact(impact: str) -> Action:
    """Return the bulk action that sets this impact."""

    label = Impact(impact).label.lower()

    @admin.action(description=f"Set impact to {label}", permissions=["change"])
    def action(self: "TechAdmin", request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        self.edit_each(request, queryset, f"Set impact to {label}.", impact=impact)

    action.__name__ = f"set_impact_{impact}"
    return action


class TechChangeList(ChangeList):
    """Sorts the list only in orders that have an index."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str | Combinable]:
        """Return the total order of the index for the first column that Django sorts by, or the order by level."""
        first, *_ = super().get_ordering(request, queryset)
        return list(_INDEXED.get(str(first), ("rank",)))


@admin.register(Tech)
class TechAdmin(BadgeMixin, EditedMixin, BulkLimitMixin):
    """The list. Details can be edited, but not the results of the rule."""

    form = TechForm
    editable = EDITABLE
    change_form_template = "techs/admin_tech.html"
    # Counting the whole list for each filter would cost more than the page itself.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = KeysetPaginator
    list_display = ["shown_name", "level_badge", "score", "first_reason", "product", "release", "shown_end"]
    sortable_by = ["shown_name", "level_badge", "shown_end"]
    list_filter = (
        *("level", "kind", ProductFilter, SubmissionFilter, "impact", "extended_support", "unversioned"),
        *("by_hand", "level_override", RiskFilter, "end_of_life", "assessed_at"),
    )
    search_fields = ["name_key"]  # makes Django show the search box; get_search_results() does the search
    search_help_text = "Search by name, product or owner"
    ordering = ["rank"]
    actions = ["assess_again", *(set_impact(impact) for impact, _ in IMPACTS), "remove_overrides"]
    inlines = [LevelChangeInline, SubmissionInline]
    fields = [
        "name",
        ("level_badge", "score"),
        "all_reasons",
        ("product", "release", "end_of_life"),
        "upgrade",
        ("computed_level_badge", "computed_score"),
        ("impact", "extended_support", "unversioned"),
        ("owner", "tags"),
        "note",
        ("level_override", "override_review_on"),
        ("services", "by_hand"),
        ("submitted_at", "edited_at", "assessed_at"),
        "basis",
    ]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return TechChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Tech], search_term: str
    ) -> tuple[QuerySet[Tech], bool]:
        """Search as the list's own page does, for the worst 5,000, and also by the beginning of the owner."""
        term = name_key(search_term)
        if not term:
            return queryset, False
        first, last = range_of(term)
        return queryset.filter(Q(pk__in=search.worst(term)) | Q(owner_key__gte=first, owner_key__lt=last)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tech | None = None) -> bool:
        """Leave rows that services use on the list."""
        return (obj is None or not obj.services) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Tech, form: TechForm, change: bool) -> None:  # noqa: FBT001
        """Save only the changed fields, reassess the row and invalidate the cached list."""
        if changes := form.changes():
            editing.edit(obj, **changes)

    def delete_model(self, request: HttpRequest, obj: Tech) -> None:
        editing.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        removed = bulk_editing.remove(_ids(queryset))
        for tech in removed.in_use:
            self.message_user(request, f"{tech}: {InUse(tech.services)}", messages.WARNING)

    def edit_each(self, request: HttpRequest, queryset: QuerySet[Tech], log_message: str, **changes: Any) -> None:
        """Edit each row as its own page would: reassess it, log the change and invalidate the cached list."""
        edited = bulk_editing.edit(_ids(queryset), **changes)
        if edited:
            LogEntry.objects.log_actions(cast(int, request.user.pk), edited, CHANGE, log_message)
        self.message_user(request, f"{len(edited)} changed.", messages.SUCCESS)

    @admin.display(description="name", ordering="name_key")
    def shown_name(self, tech: Tech) -> str:
        return tech.name

    @admin.display(description="end of life", ordering="ends_on")
    def shown_end(self, tech: Tech) -> date | None:
        return tech.end_of_life

    @admin.display(description="level", ordering="rank")
    def level_badge(self, tech: Tech) -> SafeString:
        return badge(tech.shown_level)

    @admin.display(description="computed level")
    def computed_level_badge(self, tech: Tech) -> SafeString:
        return badge(tech.computed_level)

    @admin.display(description="first reason")
    def first_reason(self, tech: Tech) -> str:
        return tech.first_reason

    @admin.display(description="reasons")
    def all_reasons(self, tech: Tech) -> SafeString:
        return format_html_join("", "<p>{} ({})</p>", ((reason["text"], reason["code"]) for reason in tech.reasons))

    @admin.display(description="upgrade to", empty_value="-")
    def upgrade(self, tech: Tech) -> str | None:
        return str(tech.upgrade_to["text"]) if tech.upgrade_to else None

    @admin.action(description="Remove level overrides", permissions=["change"])
    def remove_overrides(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        overridden = queryset.exclude(level_override="")
        self.edit_each(request, overridden, "Removed the level override.", level_override="", override_review_on=None)

    @admin.action(description="Assess again", permissions=["change"])
    def assess_again(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        chosen = list(queryset)  # evaluated once, because new submissions change a list filtered by submission
        outbox.assess_again(chosen)
        self.message_user(request, f"{len(chosen)} queued for reassessment.", messages.SUCCESS)


def _ids(rows: QuerySet[Tech]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


@admin.register(LevelChange)
class LevelChangeAdmin(LevelMoveBadges, BadgeMixin, ReadOnly, admin.ModelAdmin):
    """Level changes, with date and reason."""

    list_display = ["at", "name", "from_badge", "to_badge", "why"]
    list_filter = [("to_level", NewLevelFilter), ("from_level", OldLevelFilter), ("at", DayFilter)]
    search_fields = ["name"]
    date_hierarchy = "at"
    show_full_result_count = False
