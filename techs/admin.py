"""The admin: inspect the list, the promises and the facts. Writes go through the same functions as the API's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from techs import assessments, deliveries, lifecycles, submissions
from techs.models import (
    EDITABLE,
    IMPACTS,
    Delivery,
    FactsLoad,
    Import,
    LevelChange,
    Product,
    Release,
    Source,
    Submission,
    SubmissionState,
    Subscription,
    Tech,
    Webhook,
)

admin.site.index_template = "techs/admin_index.html"
# Rows of a technology's past that its page shows; all of them are in lists of their own.
LATEST = 20

Action = Callable[["TechAdmin", HttpRequest, QuerySet[Tech]], None]


def coloured(value: str) -> SafeString:
    """A level or a state in its colours. The word is what says it; the colour only helps to find it."""
    return format_html('<span class="techs-level is-{}">{}</span>', value, value) if value else SafeString("-")


class ReadOnly:
    """For rows that a person may look at, but that only the system writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds such rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes such rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes such rows by hand."""
        return False


class Coloured:
    """For lists that show a level or a state."""

    class Media:
        css = {"all": ["techs/admin.css"]}


class Moves:
    """Where a change of level led, in colours."""

    @admin.display(description="from", ordering="from_level")
    def coloured_from(self, change: LevelChange) -> SafeString:
        """The level that it had."""
        return coloured(change.from_level)

    @admin.display(description="to", ordering="to_level")
    def coloured_to(self, change: LevelChange) -> SafeString:
        """The level that it took."""
        return coloured(change.to_level)


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


class LevelChangeInline(Moves, PastInline):
    """Its changes of level."""

    model = LevelChange
    fields = ("at", "coloured_from", "coloured_to", "why")
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
        return coloured(submission.state)


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


@admin.register(Import)
class ImportAdmin(ReadOnly, admin.ModelAdmin):
    """What was imported, and how far it got. Its lines are submissions."""

    list_display = ["__str__", "format", "created_at", "total", "finished", "failed", "skipped"]
    list_filter = ["format", "created_at"]
    search_fields = ["name", "uuid"]
    date_hierarchy = "created_at"
    fields = ["uuid", "name", "format", "created_at", ("total", "finished", "failed", "skipped"), "lines", "not_taken"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """With the counts, for the whole page in one query."""
        finished = Q(submissions__state__in=[SubmissionState.DONE, SubmissionState.FAILED])
        failed = Q(submissions__state=SubmissionState.FAILED)
        counts = {"finished": Count("submissions", finished), "failed": Count("submissions", failed)}
        imports: QuerySet[Import] = super().get_queryset(request).annotate(**counts)
        return imports

    @admin.display
    def finished(self, batch: Any) -> int:
        """Lines that are done or failed."""
        return int(batch.finished)

    @admin.display
    def failed(self, batch: Any) -> int:
        """Lines that are not on the list for an error."""
        return int(batch.failed)

    @admin.display
    def lines(self, batch: Import) -> SafeString:
        """The way to its submissions."""
        url = f"{reverse('admin:techs_submission_changelist')}?of_import__id__exact={batch.pk}"
        return format_html('<a href="{}">{} submissions</a>', url, batch.total)

    @admin.display(description="skipped lines")
    def not_taken(self, batch: Import) -> SafeString:
        """Each with its reason, the first ones."""
        rows = ((row["line"], row["text"], row["error"]) for row in batch.skipped_rows[:100])
        return format_html_join("", "<p>Line {}: {} ({})</p>", rows)


@admin.register(Submission)
class SubmissionAdmin(Coloured, ReadOnly, admin.ModelAdmin):
    """What was accepted, and how far it got."""

    list_display = ["text", "coloured_state", "attempts", "publications", "error", "created_at", "finished_at"]
    list_filter = ["state", "impact", "created_at", "finished_at", ("of_import", admin.EmptyFieldListFilter)]
    search_fields = ["text", "uuid", "idempotency_key"]
    date_hierarchy = "created_at"
    list_select_related = ["tech"]
    show_full_result_count = False
    actions = ["requeue"]

    @admin.display(description="state", ordering="state")
    def coloured_state(self, submission: Submission) -> SafeString:
        """How far it got."""
        return coloured(submission.state)

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Requeueing is a change, though the form is read-only."""
        return bool(request.user.has_perm("techs.change_submission"))

    @admin.action(description="Requeue what is not done", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        """Give each all its attempts back, and publish it."""
        unfinished = queryset.exclude(state=SubmissionState.DONE)
        for submission in unfinished:
            submissions.requeue(submission)
        skipped = queryset.count() - len(unfinished)
        note = f" {skipped} were done already." if skipped else ""
        self.message_user(request, f"{len(unfinished)} requeued.{note}", messages.SUCCESS)


class LocalOnly:
    """Public facts are read-only: the next download would undo a change. The team's own products are the team's."""

    def has_change_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """A product that the team has added, and its release lines."""
        may: bool = super().has_change_permission(request, obj)  # type: ignore[misc]
        return may and (obj is None or obj.source == Source.LOCAL)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """As for a change; several at once are not deleted, for some of them may be public."""
        may: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return may and obj is not None and obj.source == Source.LOCAL


class ReleaseInline(LocalOnly, admin.TabularInline):
    """The release lines on their product's page."""

    model = Release
    extra = 0
    fields = ["name", "label", "released", "active_support", "eol", "has_ended", "extended_support", "latest"]

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """To a product that the team has added, or is adding."""
        return self.has_change_permission(request, obj)


@admin.register(Product)
class ProductAdmin(LocalOnly, admin.ModelAdmin):
    """The products that the facts know. Those added here are local: no download touches them."""

    list_display = ["title", "slug", "aliases", "source", "facts_as_of"]
    list_filter = ["source", "facts_as_of"]
    search_fields = ["slug", "title", "aliases"]
    fields = ["slug", "title", "aliases", "url", "source", "facts_as_of"]
    readonly_fields = ["source", "facts_as_of"]
    inlines = [ReleaseInline]

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        """Save it as the team's, known to be true today."""
        obj.source = Source.LOCAL
        obj.facts_as_of = datetime.now(UTC).date()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save the release lines, and put all of it into force."""
        super().save_related(request, form, formsets, change)
        self._put_into_force()

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        """Delete it, and put the facts without it into force."""
        super().delete_model(request, obj)
        self._put_into_force()

    def _put_into_force(self) -> None:
        lifecycles.note_local_change()
        transaction.on_commit(submissions.publish_reassessment)


@admin.register(Release)
class ReleaseAdmin(ReadOnly, admin.ModelAdmin):
    """The release lines of all products."""

    list_display = ["__str__", "released", "active_support", "eol", "has_ended", "extended_support", "latest"]
    list_filter = ["product__source", "eol", "released"]
    search_fields = ["product__slug", "product__title", "name", "label", "codename"]
    list_select_related = ["product"]
    date_hierarchy = "eol"

    def has_delete_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        """Only together with its product, and only if that is the team's."""
        is_with_product = (request.resolver_match and request.resolver_match.url_name) == "techs_product_delete"
        return is_with_product and obj is not None and obj.product.source == Source.LOCAL


@admin.register(FactsLoad)
class FactsLoadAdmin(ReadOnly, admin.ModelAdmin):
    """When which facts came into force."""

    list_display = ["loaded_at", "source", "as_of", "version", "products", "releases"]
    list_filter = ["source"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, admin.ModelAdmin):
    """Who has which addresses. Deleting one revokes it; people make them on the page Subscribe."""

    list_display = ["name", "user", "created_at"]
    search_fields = ["name", "user__username"]
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """As the permissions of the person say."""
        return bool(request.user.has_perm("techs.delete_subscription"))


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    """Where news is sent. The address and the secret are shown to who may look at webhooks."""

    list_display = ["name", "kind", "is_active", "days_ahead", "waiting", "given_up"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name"]
    fields = ["name", "url", "kind", "is_active", "days_ahead", "secret", "created_at"]
    readonly_fields = ["secret", "created_at"]
    actions = ["send_test"]

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> list[Any]:
        """The secret only once it is stored: a form that is not yet saved would show another one."""
        return [name for name in self.fields or [] if obj or name not in self.readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        """With how its messages stand."""
        counted = {state: Count("deliveries", Q(deliveries__state=state)) for state in ("queued", "failed")}
        webhooks: QuerySet[Webhook] = super().get_queryset(request).annotate(**counted)
        return webhooks

    @admin.display(description="messages waiting", ordering="queued")
    def waiting(self, webhook: Any) -> int:
        """Those that have not arrived yet."""
        return int(webhook.queued)

    @admin.display(description="given up", ordering="failed")
    def given_up(self, webhook: Any) -> int:
        """Those that somebody has to look at."""
        return int(webhook.failed)

    @admin.action(description="Send a test message", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        """Queue one message to each; Deliveries show what becomes of it."""
        for webhook in queryset:
            deliveries.send_test(webhook)
        self.message_user(request, f"{len(queryset)} queued. Look at Deliveries in a moment.", messages.SUCCESS)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    """What was sent to webhooks, how often, and what became of it."""

    list_display = ["uuid", "webhook", "state", "attempts", "error", "created_at", "next_attempt_at", "finished_at"]
    list_filter = ["state", "webhook", "created_at"]
    search_fields = ["uuid", "body"]
    date_hierarchy = "created_at"
    list_select_related = ["webhook"]
    actions = ["requeue"]

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Only together with its webhook."""
        return (request.resolver_match and request.resolver_match.url_name) == "techs_webhook_delete"

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Sending again is a change, though the form is read-only."""
        return bool(request.user.has_perm("techs.change_delivery"))

    @admin.action(description="Send again what did not arrive", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Give each all its attempts back."""
        number = sum(map(deliveries.requeue, queryset))
        self.message_user(request, f"{number} queued again.", messages.SUCCESS)
