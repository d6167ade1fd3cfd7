"""Filters for the admin, where Django's own would be slow, long or unclear."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.http import HttpRequest

from techs.inventory import filters
from techs.models import Service, Submission, SubmissionState, Tech
from techs.submissions.outbox import UNFINISHED

# The filter offers this many products, those with the most technologies. Others can be given in the URL.
MOST_PRODUCTS = 30
# And this many owners, those with the most services.
MOST_OWNERS = 30
_NONE = "-"
_STATES = {"unfinished": UNFINISHED, "failed": Q(state=SubmissionState.FAILED)}
_SERVICE_STATES = {
    "active": Q(archived_at=None),
    "archived": Q(archived_at__isnull=False, purge_at=None),
    "deleted": Q(purge_at__isnull=False),
}


class _ValueFilter(admin.SimpleListFilter):
    """Filters by the value of a column, which may be empty."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self.column: "" if value == _NONE else value})


class ProductFilter(_ValueFilter):
    """Filters by matched product."""

    title = parameter_name = column = "product"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        products = Tech.objects.exclude(product="").order_by().values_list("product")
        frequent = products.annotate(number=Count("pk")).order_by("-number", "product")[:MOST_PRODUCTS]
        offered = {product for product, _ in frequent} | ({self.value()} - {None, _NONE})
        return [*((product, product) for product in sorted(map(str, offered))), (_NONE, "unknown")]


class SubmissionFilter(admin.SimpleListFilter):
    """Filters by submissions that are in progress or failed."""

    title = "submission"
    parameter_name = "submission"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("unfinished", "in progress"), ("failed", "failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        which = _STATES.get(self.value() or "")
        return queryset.filter(Exists(Submission.objects.filter(which, tech=OuterRef("pk")))) if which else queryset


class RiskFilter(admin.SimpleListFilter):
    """Filters by whether the team accepts the risk, which has the level low."""

    title = parameter_name = "risk"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("accepted", "accepted"), ("open", "not accepted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tech]) -> QuerySet[Tech]:
        accepted = filters.accepted(datetime.now(UTC).date().isoformat())
        which = {"accepted": accepted, "open": ~accepted}.get(self.value() or "")
        return queryset.filter(which) if which else queryset


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


class ServiceOwnerFilter(_ValueFilter):
    """Filters services by owner."""

    title = parameter_name = "owner"
    column = "owner_key"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        owners = Service.objects.exclude(owner_key="").order_by().values_list("owner_key")
        most = owners.annotate(number=Count("pk"), name=Min("owner")).order_by("-number", "owner_key")[:MOST_OWNERS]
        offered = {key: name for key, _, name in most}
        if (chosen := self.value()) not in (None, _NONE, *offered):
            offered[chosen] = str(chosen)
        return [*sorted(offered.items()), (_NONE, "none")]


class ArchivedFilter(admin.SimpleListFilter):
    """Filters services by whether they are archived, or deleted and to be purged."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("active", "active"), ("archived", "archived"), ("deleted", "deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Service]) -> QuerySet[Service]:
        which = _SERVICE_STATES.get(self.value() or "")
        return queryset.filter(which) if which else queryset


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


class ReturnedFilter(TitledFilter, admin.EmptyFieldListFilter):
    """Filters by whether a technology that had left the list is back: its date of return is not empty."""

    heading = "return"

    def choices(self, changelist: Any) -> Any:
        words = ("All", "Not back", "Back")
        return ({**choice, "display": text} for choice, text in zip(super().choices(changelist), words, strict=True))


class LevelFilter(TitledFilter, admin.ChoicesFieldListFilter):
    """Filters by the level at the time."""

    heading = "level"
