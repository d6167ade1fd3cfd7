"""Services and their sources. Writes use the same functions as the API."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from techs.activity import recording
from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, badge
from techs.admin.filters import ArchivedFilter, ServiceOwnerFilter
from techs.admin.forms import EditedMixin, ServiceForm
from techs.admin.history_inlines import UsageChangeInline
from techs.admin.permissions import ReadOnly
from techs.inventory import services
from techs.models import Service, ServiceSource, Usage
from techs.rules.text import name_key
from techs.submissions import uploads_outbox

# Rows in the inlines. The page of the service shows all of them.
MOST_ROWS = 100


def count_of(rows: QuerySet[Any], parent: str) -> Coalesce:
    """Count rows by parent in an indexed subquery. A join would count the rows of all parents."""
    own = rows.filter(**{parent: OuterRef("pk")}).order_by().values(parent)
    return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)


def link_to_rows(model: str, count: int, word: str, **filters: Any) -> SafeString:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    url = f"{reverse(f'admin:techs_{model}_changelist')}?{query}"
    return format_html('<a href="{}">{} {}{}</a>', url, count, word, pluralize(count))


class Inline(ReadOnly, admin.TabularInline):
    """Rows that uploads write."""

    extra = 0
    can_delete = False
    max_num = 0
    parent: str

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request)
        pk = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        first = rows.filter(**{self.parent: pk}).values_list("pk", flat=True)[:MOST_ROWS]
        return rows.filter(pk__in=list(first))


class SourceInline(Inline):
    """The sources of a service."""

    model = ServiceSource
    parent = "service"
    fields = ("name", "origin", "technologies", "seen_at")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "sources"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        number = count_of(Usage.objects.all(), "source")
        sources: QuerySet[Model] = super().get_queryset(request).annotate(number=number)
        return sources

    @admin.display
    def technologies(self, source: Any) -> int:
        return int(source.number)


class UsageInline(Inline):
    """The technologies of a source."""

    model = Usage
    parent = "source"
    fields = ("name", "kind", "versions_read", "line", "tech", "first_seen")
    readonly_fields = fields
    verbose_name_plural = f"technologies (first {MOST_ROWS})"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        usages: QuerySet[Model] = super().get_queryset(request)
        return usages.select_related("tech")

    @admin.display(description="versions")
    def versions_read(self, usage: Usage) -> str:
        return ", ".join(usage.versions)


class ServiceChangeInline(UsageChangeInline):
    """The newest changes of a service."""

    parent = "service"


@admin.register(Service)
class ServiceAdmin(BadgeMixin, EditedMixin, BulkLimitMixin):
    """The services. People set their owner, impact and so on; uploads write everything else."""

    form = ServiceForm
    editable = {*services.EDITABLE, "archived"}
    list_display = ["name", "owner", "impact", "technologies", "last_upload", "state_badge", "purge_at"]
    sortable_by = ["name", "owner"]
    list_filter = [ArchivedFilter, ServiceOwnerFilter, "impact"]
    search_fields = ["name_key"]  # makes Django show the search box; get_search_results() does the search
    search_help_text = "Search by name or owner"
    ordering = ["name_key"]
    show_full_result_count = False
    actions = ["archive", "restore", "remove"]
    inlines = [SourceInline, ServiceChangeInline]
    fields = [
        ("name", "slug"),
        ("owner", "impact"),
        "tags",
        "repository",
        "note",
        "archived",
        ("technologies", "last_upload", "uploads_link"),
        ("created_at", "archived_at", "purge_at"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        used = Usage.objects.filter(tech__isnull=False, service=OuterRef("pk")).order_by().values("service")
        seen = ServiceSource.objects.filter(service=OuterRef("pk")).order_by().values("service")
        found: QuerySet[Service] = super().get_queryset(request)
        return found.annotate(
            used=Coalesce(Subquery(used.annotate(number=Count("tech", distinct=True)).values("number")), 0),
            uploaded_at=Subquery(seen.annotate(newest=Max("seen_at")).values("newest")),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Service], search_term: str
    ) -> tuple[QuerySet[Service], bool]:
        term = name_key(search_term)
        found = Q(name_key__contains=term) | Q(owner_key__contains=term)
        return queryset.filter(found) if term else queryset, False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        """Refuse a service that is about to be purged, as services.change() does."""
        is_due = obj is not None and obj.purge_at is not None and obj.purge_at <= timezone.now()
        return super().has_change_permission(request, obj) and not is_due

    def has_delete_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        """Leave the deletion to the action, which takes effect after a day."""
        return False

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("techs.delete_service"))

    def save_model(self, request: HttpRequest, obj: Service, form: ServiceForm, change: bool) -> None:  # noqa: FBT001
        """Save only the changed fields, and let them reach the technologies."""
        if changes := form.changes():
            _publish(services.change(obj, **changes))

    @admin.display
    def technologies(self, service: Any) -> int:
        return int(service.used)

    @admin.display(description="last upload", empty_value="never")
    def last_upload(self, service: Any) -> str | None:
        return formats.localize(localtime(service.uploaded_at)) if service.uploaded_at else None

    @admin.display(description="uploads")
    def uploads_link(self, service: Service) -> SafeString:
        return link_to_rows("upload", service.uploads.count(), "upload", service__id__exact=service.pk)

    @admin.display(boolean=True)
    def archived(self, service: Service) -> bool:
        return service.is_archived

    @admin.display(description="state")
    def state_badge(self, service: Service) -> SafeString:
        return badge("archived", "deleted" if service.purge_at else "archived") if service.is_archived else badge("")

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        self._change_each(request, queryset.filter(archived_at=None), "Archived.", archived=True)

    @admin.action(description="Restore", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        self._change_each(request, queryset.filter(archived_at__isnull=False), "Restored.", archived=False)

    @admin.action(description="Delete (after a day, until which it can be restored)", permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        self._write_each(request, queryset.filter(purge_at=None), "Deleted.", services.delete)

    def _change_each(self, request: HttpRequest, queryset: QuerySet[Service], log_message: str, **changes: Any) -> None:
        self._write_each(request, queryset, log_message, partial(services.change, **changes))

    def _write_each(self, request: HttpRequest, queryset: QuerySet[Service], log_message: str, write: Any) -> None:
        done = 0
        with recording.as_one():
            for service in list(queryset):  # evaluated once, because the rows leave a list filtered by state
                try:
                    _publish(write(service))
                except Service.DoesNotExist:
                    continue  # purged meanwhile
                self.log_change(request, service, log_message)
                done += 1
        self.message_user(request, f"{done} changed.", messages.SUCCESS)


@admin.register(ServiceSource)
class ServiceSourceAdmin(ReadOnly, admin.ModelAdmin):
    """The sources of services, with their technologies."""

    list_display = ["name", "service", "origin", "technologies", "seen_at"]
    list_filter = ["seen_at"]
    list_select_related = ["service"]
    search_fields = ["name", "service__name"]
    search_help_text = "Search by path or service"
    show_full_result_count = False
    ordering = ["service__name_key", "name"]
    inlines = [UsageInline]
    fields = ["service", "name", "origin", "seen_at", "technologies", ("accepted", "current"), "uploads_link"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceSource]:
        sources: QuerySet[ServiceSource] = super().get_queryset(request)
        return sources.annotate(number=count_of(Usage.objects.all(), "source"))

    @admin.display
    def technologies(self, source: Any) -> int:
        return int(source.number)

    @admin.display(description="uploads")
    def uploads_link(self, source: ServiceSource) -> SafeString:
        return link_to_rows("upload", source.uploads.count(), "upload", source__id__exact=source.pk)


def _publish(service: Service) -> None:
    transaction.on_commit(partial(uploads_outbox.publish_changes, service))
