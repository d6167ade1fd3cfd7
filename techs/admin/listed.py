"""The list: technologies and their changes of level. Writes go through the same functions as the API's."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from techs import assessments, submissions
from techs.admin.levels import Coloured, Moves, coloured
from techs.admin.past import LevelChangeInline, SubmissionInline
from techs.admin.permissions import ReadOnly
from techs.models import EDITABLE, IMPACTS, LevelChange, Tech

Action = Callable[["TechAdmin", HttpRequest, QuerySet[Tech]], None]


def set_impact(impact: str) -> Action:
    """The bulk action that sets this impact."""

    @admin.action(description=f"Set impact to {impact}", permissions=["change"])
    def action(self: "TechAdmin", request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        self.edit_each(request, queryset, impact=impact)

    action.__name__ = f"set_impact_{impact}"
    return action


@admin.register(Tech)
class TechAdmin(Coloured, admin.ModelAdmin):
    """The list. What the team says can be changed; what the rule says cannot."""

    list_display = [
        "name",
        "coloured_level",
        "score",
        "first_reason",
        "product",
        "release",
        "end_of_life",
        "assessed_at",
    ]
    list_filter = [
        *["level", "impact", "extended_support", "evergreen", "hand_level", "end_of_life", "assessed_at"],
        *["submissions__state", "product"],
    ]
    search_fields = ["name", "name_key", "product", "owner"]
    ordering = ["rank"]
    date_hierarchy = "submitted_at"
    actions = ["assess_again", *(set_impact(impact) for impact, _ in IMPACTS), "end_hand_levels"]
    inlines = [LevelChangeInline, SubmissionInline]
    fields = [
        "name",
        ("level", "score"),
        "all_reasons",
        ("product", "release", "end_of_life"),
        ("computed_level", "computed_score"),
        ("impact", "extended_support", "evergreen"),
        ("owner", "tags"),
        "note",
        ("hand_level", "hand_review_on"),
        ("submitted_at", "edited_at", "assessed_at"),
        "basis",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Tech | None = None) -> list[str]:
        """All but what the team says."""
        names = [name for field in self.fields or [] for name in ([field] if isinstance(field, str) else field)]
        return [name for name in names if name not in EDITABLE]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A technology is added on the page or through the API, where it is assessed."""
        return False

    def save_model(self, request: HttpRequest, obj: Tech, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        """Save what the team says, assess with it, and forget the cached list."""
        assessments.edit(obj, **{field: getattr(obj, field) for field in EDITABLE})

    def delete_model(self, request: HttpRequest, obj: Tech) -> None:
        """Delete, and forget the cached list."""
        assessments.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        """Delete several, and forget the cached list."""
        for tech in queryset:
            assessments.remove(tech)

    def edit_each(self, request: HttpRequest, queryset: QuerySet[Tech], **changes: Any) -> None:
        """Change each as its own page would: assessed with it at once, and the cached list forgotten."""
        done = 0
        for tech in queryset:
            try:
                assessments.edit(tech, **changes)
            except Tech.DoesNotExist:
                continue  # somebody else took it off the list meanwhile
            done += 1
        self.message_user(request, f"{done} changed.", messages.SUCCESS)

    @admin.display(description="level", ordering="rank")
    def coloured_level(self, tech: Tech) -> SafeString:
        """The level that counts."""
        return coloured(tech.level)

    @admin.display(description="first reason")
    def first_reason(self, tech: Tech) -> str:
        """The reason that decides."""
        return str(tech.reasons[0]["text"]) if tech.reasons else ""

    @admin.display(description="reasons")
    def all_reasons(self, tech: Tech) -> SafeString:
        """Every reason on its line."""
        return format_html_join("", "<p>{} ({})</p>", ((reason["text"], reason["code"]) for reason in tech.reasons))

    @admin.action(description="Take levels set by hand off", permissions=["change"])
    def end_hand_levels(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        """The rule's level counts again for each that has one set by hand."""
        self.edit_each(request, queryset.exclude(hand_level=""), hand_level="", hand_review_on=None)

    @admin.action(description="Assess again", permissions=["change"])
    def assess_again(self, request: HttpRequest, queryset: QuerySet[Tech]) -> None:
        """Queue a new assessment of each."""
        for tech in queryset:
            submissions.assess_again(tech)
        self.message_user(request, f"{queryset.count()} queued for a new assessment.", messages.SUCCESS)


@admin.register(LevelChange)
class LevelChangeAdmin(Moves, Coloured, ReadOnly, admin.ModelAdmin):
    """Who moved from which level to which, when and why."""

    list_display = ["at", "name", "coloured_from", "coloured_to", "why"]
    list_filter = ["to_level", "from_level", "at"]
    search_fields = ["name"]
    date_hierarchy = "at"
