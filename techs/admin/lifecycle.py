"""Lifecycle data. Public products are read-only; the team's own can be edited."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Field
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from techs.admin.dashboard import failed_fetch
from techs.admin.forms import NamesField
from techs.admin.permissions import ReadOnly
from techs.admin.recording import RecordedMixin
from techs.lifecycles import store
from techs.models import DateChange, LifecycleDataVersion, Product, Release, Source
from techs.rules.products import ProductFacts
from techs.submissions import outbox

_NAMES = {
    "aliases": "Other names, for example: k8s, kube",
    "identifiers": "Package URLs and CPEs of packages that have this product's versions, for example: pkg:npm/shop",
}


class LocalOnly:
    """Restricts edits to the team's own products, because the next sync would overwrite changes to public ones."""

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        may: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return may and (obj is None or obj.source == Source.LOCAL)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return may and obj is not None and obj.source == Source.LOCAL


class ReleaseInline(LocalOnly, admin.TabularInline):
    """Release cycles on the page of their product."""

    model = Release
    extra = 0
    fields = ["name", "label", "released", "active_support", "eol", "has_ended", "extended_support", "latest", "is_lts"]

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Product)
class ProductAdmin(LocalOnly, RecordedMixin):
    """Products with lifecycle data. A product added here is local, so no sync changes it."""

    list_display = ["title", "slug", "other_names", "source", "facts_as_of"]
    list_filter = ["source", "facts_as_of"]
    search_fields = ["slug", "title", "aliases"]
    fields = [
        *("slug", "title", "aliases", "identifiers", "version_command", "url", "release_policy"),
        *("source", "facts_as_of"),
    ]
    readonly_fields = ["other_names", "all_identifiers", "source", "facts_as_of"]
    inlines = [ReleaseInline]

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> list[Any]:
        may = self.has_change_permission(request, obj)
        readable = {"aliases": "other_names", "identifiers": "all_identifiers"}
        return [name if may else readable.get(str(name), name) for name in self.fields or []]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if db_field.name in _NAMES:
            return NamesField(help_text=_NAMES[db_field.name], validators=db_field.validators)
        return super().formfield_for_dbfield(db_field, request, **options)

    @admin.display(description="aliases")
    def other_names(self, product: Product) -> str:
        return ", ".join(product.aliases)

    @admin.display(description="identifiers")
    def all_identifiers(self, product: Product) -> str:
        return ", ".join(product.identifiers)

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        """Save as the team's own product, with today as the date of its data."""
        obj.source = Source.LOCAL
        obj.facts_as_of = datetime.now(UTC).date()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save the release cycles, then activate them."""
        before = store.products_of(Source.LOCAL)  # the product is saved already, but not its release cycles
        super().save_related(request, form, formsets, change)
        self._activate(before)

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Delete the product, then activate the lifecycle data without it."""
        super().delete_model(request, obj)
        self._activate()

    def _activate(self, before: Mapping[str, ProductFacts] | None = None) -> None:
        store.activate_local_changes(before)
        transaction.on_commit(outbox.publish_reassessment)


@admin.register(Release)
class ReleaseAdmin(ReadOnly, admin.ModelAdmin):
    """Release cycles of all products."""

    list_display = ["__str__", "released", "active_support", "eol", "has_ended", "extended_support", "latest"]
    list_filter = ["product__source", "eol", "released"]
    search_fields = ["product__slug", "product__title", "name", "label", "codename"]
    list_select_related = ["product"]
    date_hierarchy = "eol"

    def has_delete_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        is_with_product = (request.resolver_match and request.resolver_match.url_name) == "techs_product_delete"
        return is_with_product and obj is not None and obj.product.source == Source.LOCAL


@admin.register(DateChange)
class DateChangeAdmin(ReadOnly, admin.ModelAdmin):
    """Ends of support that new lifecycle data changed."""

    list_display = ["seen_on", "title", "field", "before", "after", "version"]
    list_filter = ["field", "seen_on"]
    list_select_related = ["version"]
    search_fields = ["product", "title"]
    date_hierarchy = "seen_on"
    show_full_result_count = False


@admin.register(LifecycleDataVersion)
class LifecycleDataVersionAdmin(ReadOnly, admin.ModelAdmin):
    """The versions of the lifecycle data."""

    list_display = ["loaded_at", "source", "as_of", "version", "products", "releases"]
    list_filter = ["source"]
    fields = [
        *("loaded_at", "source", "as_of", "version", "products", "releases"),
        *("url", "etag", "checked_at", "left_out_parts"),
    ]
    readonly_fields = ["left_out_parts"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        problem = failed_fetch() if self.has_view_permission(request) else ""
        if problem:
            self.message_user(request, problem, messages.WARNING)
        return super().changelist_view(request, extra_context)

    @admin.display(description="left out")
    def left_out_parts(self, version: LifecycleDataVersion) -> str:
        return "\n".join(version.left_out or ["Nothing."])
