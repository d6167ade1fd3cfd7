"""Uploads, the changes that they made, and the technologies that left the list."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from techs.admin.badges import BadgeMixin, UsageChangeColumns, badge
from techs.admin.filters import DayFilter, LevelFilter, ReturnedFilter
from techs.admin.history_inlines import UsageChangeInline
from techs.admin.permissions import ReadOnly
from techs.models import Resolved, Upload, UsageChange
from techs.rules.attributes import EDITABLE

_MOST_LINES = 100


class UploadChangeInline(UsageChangeInline):
    """The newest changes of an upload."""

    parent = "upload"


@admin.register(Upload)
class UploadAdmin(BadgeMixin, ReadOnly, admin.ModelAdmin):
    """Accepted uploads and their state."""

    list_display = [
        *("source_name", "service", "state_badge", "created_at", "format", "total", "ref", "error"),
    ]
    list_filter = ["state", "format", "created_at"]
    list_select_related = ["service"]
    search_fields = ["source_name", "ref", "service__name"]
    search_help_text = "Search by path, service or commit"
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = [UploadChangeInline]
    fields = [
        ("service", "source", "source_name"),
        ("state_badge", "attempts", "publications"),
        "error",
        ("format", "ref", "removes_source"),
        ("total", "unchanged", "skipped"),
        "failed_lines",
        "skipped_lines",
        ("created_at", "finished_at"),
        "digest",
        "basis",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        uploads: QuerySet[Upload] = super().get_queryset(request).defer("errors", "skipped_rows")
        return uploads

    @admin.display(description="state", ordering="state")
    def state_badge(self, upload: Upload) -> SafeString:
        return badge(upload.state)

    @admin.display(description="not stored")
    def failed_lines(self, upload: Upload) -> SafeString:
        return _lines(upload.errors)

    @admin.display(description="skipped lines")
    def skipped_lines(self, upload: Upload) -> SafeString:
        return _lines(upload.skipped_rows)


@admin.register(UsageChange)
class UsageChangeAdmin(UsageChangeColumns, BadgeMixin, ReadOnly, admin.ModelAdmin):
    """Technologies that entered or left services, or changed their version."""

    # Neither sorted nor filtered by day, because only the primary key, which follows the time, has an index.
    list_display = ["at", "name", "kind", "versions", "level_badge", "service_name", "source_name"]
    sortable_by = ()
    list_filter = ["kind", ("level", LevelFilter)]
    search_fields = ["name", "service_name", "source_name"]
    search_help_text = "Search by technology, service or path"
    show_full_result_count = False
    fields = [
        *("at", "kind", "name", "product", "versions", "level_badge"),
        *("service", "service_name", "source_name", "upload", "tech"),
    ]


@admin.register(Resolved)
class ResolvedAdmin(BadgeMixin, ReadOnly, admin.ModelAdmin):
    """Technologies that left the list."""

    list_display = ["at", "name", "level_badge", "product", "first_moves", "returned_at"]
    list_filter = [("level", LevelFilter), ("returned_at", ReturnedFilter), ("at", DayFilter)]
    search_fields = ["name", "product"]
    search_help_text = "Search by technology or product"
    date_hierarchy = "at"
    show_full_result_count = False
    fields = ["name", "level_badge", "product", "at", "returned_at", "upload", "all_moves", "values"]

    @admin.display(description="level then", ordering="level")
    def level_badge(self, resolved: Resolved) -> SafeString:
        return badge(resolved.level)

    @admin.display(description="moves")
    def first_moves(self, resolved: Resolved) -> str:
        more = f" and {len(resolved.moves) - 1} more" if len(resolved.moves) > 1 else ""
        return f"{_move(resolved.moves[0])}{more}" if resolved.moves else "-"

    @admin.display(description="moves")
    def all_moves(self, resolved: Resolved) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((_move(move),) for move in resolved.moves))

    @admin.display(description="values that come back with it")
    def values(self, resolved: Resolved) -> SafeString:
        given = ((name.replace("_", " "), resolved.attributes.get(name)) for name in EDITABLE)
        shown = ((name, _text(value)) for name, value in given if value)
        return format_html_join("", "<p>{}: {}</p>", shown) or SafeString("-")


def _lines(rows: list[dict[str, Any]]) -> SafeString:
    shown = ((row.get("line"), row.get("text"), row.get("error")) for row in rows[:_MOST_LINES])
    return format_html_join("", "<p>Line {}: {} ({})</p>", shown) or SafeString("-")


def _move(move: dict[str, Any]) -> str:
    by = f" by {move['by']}" if move.get("by") else ""
    who = move["service"] or f"changed by hand{by}"
    return f"{who}: {', '.join(move['from'])} \N{RIGHTWARDS ARROW} {', '.join(move['to']) or 'no longer used'}"


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
