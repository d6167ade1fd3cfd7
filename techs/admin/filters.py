"""Filters that Django's own would make slow, as long as the facts, or hard to understand."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from techs.models import Submission, SubmissionState, Tech
from techs.submissions.outbox import UNFINISHED

# Products that the filter offers, those with the most technologies; whoever knows another writes it into the address.
MOST_PRODUCTS = 30
_NONE = "-"
_STATES = {"unfinished": UNFINISHED, "failed": Q(state=SubmissionState.FAILED)}


class ProductFilter(admin.SimpleListFilter):
    """What it was matched to."""

    title = "product"
    parameter_name = "product"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """The most frequent ones by name, the chosen one, and none."""
        products = Tech.objects.exclude(product="").order_by().values_list("product")
        frequent = products.annotate(number=Count("pk")).order_by("-number", "product")[:MOST_PRODUCTS]
        offered = {product for product, _ in frequent} | ({self.value()} - {None, _NONE})
        return [*((product, product) for product in sorted(map(str, offered))), (_NONE, "not known")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        """Those that are this product."""
        product = self.value()
        if product is None:
            return queryset
        return queryset.filter(product="" if product == _NONE else product)


class SubmissionFilter(admin.SimpleListFilter):
    """Whether something is under way."""

    title = "submission"
    parameter_name = "submission"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """The states that are few."""
        return [("unfinished", "in work"), ("failed", "failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        """Those that have one such."""
        which = _STATES.get(self.value() or "")
        return queryset.filter(Exists(Submission.objects.filter(which, tech=OuterRef("pk")))) if which else queryset


class ImportFilter(admin.SimpleListFilter):
    """Whether it came by itself, or as a line of an import."""

    title = "way in"
    parameter_name = "way"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """The two ways."""
        return [("alone", "by itself"), ("import", "in an import")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        """Those that came this way."""
        if self.value() not in ("alone", "import"):
            return queryset
        return queryset.filter(of_import__isnull=self.value() == "alone")


class TitledFilter(admin.FieldListFilter):
    """A field's filter where the field's name would say too little behind "By"."""

    heading: str

    def __init__(self, *args: Any, **options: Any) -> None:
        """Arguments are those of every filter of a field."""
        super().__init__(*args, **options)
        self.title = self.heading


class NewLevelFilter(TitledFilter, admin.ChoicesFieldListFilter):
    """Where a change of level led."""

    heading = "new level"


class OldLevelFilter(TitledFilter, admin.ChoicesFieldListFilter):
    """What a change of level left."""

    heading = "old level"


class DayFilter(TitledFilter, admin.DateFieldListFilter):
    """When something happened."""

    heading = "day"


class OnFilter(TitledFilter, admin.BooleanFieldListFilter):
    """Whether something is switched on."""

    heading = "being on"
