"""Lifecycle data. Public products are read-only; the team's own can be edited."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Field
from django.forms import ModelForm
from django.http import HttpRequest

from techs.admin.forms import AliasesField
from techs.admin.permissions import ReadOnly
from techs.lifecycles import store
from techs.models import LifecycleDataVersion, Product, Release, Source
from techs.submissions import outbox


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
    fields = ["name", "label", "released", "active_support", "eol", "has_ended", "extended_support", "latest"]

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Product)
class ProductAdmin(LocalOnly, admin.ModelAdmin):
    """Products with lifecycle data. A product added here is local, so no sync changes it."""

    list_display = ["title", "slug", "other_names", "source", "facts_as_of"]
    list_filter = ["source", "facts_as_of"]
    search_fields = ["slug", "title", "aliases"]
    fields = ["slug", "title", "aliases", "url", "source", "facts_as_of"]
    readonly_fields = ["other_names", "source", "facts_as_of"]
    inlines = [ReleaseInline]

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> list[Any]:
        may = self.has_change_permission(request, obj)
        return [name if may or name != "aliases" else "other_names" for name in self.fields or []]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "aliases":
            return AliasesField()
        return super().formfield_for_dbfield(db_field, request, **options)

    @admin.display(description="aliases")
    def other_names(self, product: Product) -> str:
        return ", ".join(product.aliases)

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        """Save as the team's own product, with today as the date of its data."""
        obj.source = Source.LOCAL
        obj.facts_as_of = datetime.now(UTC).date()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save the release cycles, then activate them."""
        super().save_related(request, form, formsets, change)
        self._activate()

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Delete the product, then activate the lifecycle data without it."""
        super().delete_model(request, obj)
        self._activate()

    def _activate(self) -> None:
        store.activate_local_changes()
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

    @admin.display(description="left out")
    def left_out_parts(self, version: LifecycleDataVersion) -> str:
        return "\n".join(version.left_out or ["Nothing."])
