"""Filters for the admin, where Django's own would be slow, long or unclear."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from techs.models import Submission, SubmissionState, Tech
from techs.submissions.outbox import UNFINISHED

# The filter offers this many products, those with the most technologies. Others can be given in the URL.
MOST_PRODUCTS = 30
_NONE = "-"
_STATES = {"unfinished": UNFINISHED, "failed": Q(state=SubmissionState.FAILED)}


class ProductFilter(admin.SimpleListFilter):
    """Filters by matched product."""

    title = "product"
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        products = Tech.objects.exclude(product="").order_by().values_list("product")
        frequent = products.annotate(number=Count("pk")).order_by("-number", "product")[:MOST_PRODUCTS]
        offered = {product for product, _ in frequent} | ({self.value()} - {None, _NONE})
        return [*((product, product) for product in sorted(map(str, offered))), (_NONE, "unknown")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        product = self.value()
        if product is None:
            return queryset
        return queryset.filter(product="" if product == _NONE else product)


class SubmissionFilter(admin.SimpleListFilter):
    """Filters by submissions that are in progress or failed."""

    title = "submission"
    parameter_name = "submission"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("unfinished", "in progress"), ("failed", "failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        which = _STATES.get(self.value() or "")
        return queryset.filter(Exists(Submission.objects.filter(which, tech=OuterRef("pk")))) if which else queryset


class ImportFilter(admin.SimpleListFilter):
    """Filters by whether a submission is part of an import."""

    title = "origin"
    parameter_name = "way"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("alone", "single"), ("import", "part of an import")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        if self.value() not in ("alone", "import"):
            return queryset
        return queryset.filter(of_import__isnull=self.value() == "alone")


class TitledFilter(admin.FieldListFilter):
    """Filters by a field, with a clearer heading than the field's name."""

    heading: str

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = self.heading


class NewLevelFilter(TitledFilter, admin.ChoicesFieldListFilter):
    """Filters by the level after a change."""

    heading = "new level"


class OldLevelFilter(TitledFilter, admin.ChoicesFieldListFilter):
    """Filters by the level before a change."""

    heading = "old level"


class DayFilter(TitledFilter, admin.DateFieldListFilter):
    """Filters by date."""

    heading = "day"


class OnFilter(TitledFilter, admin.BooleanFieldListFilter):
    """Filters by whether a webhook is on."""

    heading = "active"
