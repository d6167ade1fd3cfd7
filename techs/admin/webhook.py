"""Those outside who are told: subscriptions, webhooks, and what was sent to them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, badge
from techs.admin.filters import OnFilter
from techs.admin.permissions import ProtectedLookupsMixin, ReadOnly
from techs.models import Delivery, Subscription, Webhook
from techs.webhooks import deliveries


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, admin.ModelAdmin):
    """Who has which addresses. Deleting one revokes it; people make them on the page Subscribe."""

    list_display = ["name", "user", "created_at"]
    search_fields = ["name", "user__username"]
    search_help_text = "Name or person. Everybody makes addresses on the page Subscribe, where each is shown once."
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """As the permissions of the person say."""
        return bool(request.user.has_perm("techs.delete_subscription"))


@admin.register(Webhook)
class WebhookAdmin(ProtectedLookupsMixin, admin.ModelAdmin):
    """Where news is sent. The address, which may hold a secret, and the secret are shown to who may change them."""

    list_display = ["name", "kind", "is_active", "days_ahead", "waiting", "given_up"]
    list_filter = ["kind", ("is_active", OnFilter)]
    search_fields = ["name"]
    fields = ["name", "url", "kind", "is_active", "days_ahead", "secret", "created_at"]
    readonly_fields = ["secret", "created_at"]
    actions = ["send_test", "renew_secret"]
    protected_fields = {"url", "secret", "previous_secret"}

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> list[Any]:
        """The secret only once it is stored: a form that is not yet saved would show another one."""
        hidden = set() if obj else set(self.readonly_fields)
        hidden |= set() if self.has_change_permission(request, obj) or obj is None else {"url", "secret"}
        return [name for name in self.fields or [] if name not in hidden]

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

    @admin.action(description="Make a new secret (the old one holds for another day)", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        """Change what each is signed with; its page shows the new one."""
        for webhook in queryset:
            deliveries.renew_secret(webhook)
            self.log_change(request, webhook, "Made a new secret.")
        self.message_user(
            request, f"{len(queryset)} changed. Give the receiver the new secret today.", messages.SUCCESS
        )


@admin.register(Delivery)
class DeliveryAdmin(BadgeMixin, ReadOnly, BulkLimitMixin):
    """What was sent to webhooks, how often, and what became of it."""

    list_display = [
        *["uuid", "webhook", "state_badge", "attempts", "error", "created_at", "next_attempt_at", "finished_at"],
    ]
    list_filter = ["state", "webhook", "created_at"]
    search_fields = ["uuid", "body"]
    list_select_related = ["webhook"]
    show_full_result_count = False
    actions = ["requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without the bodies, which may be long: only a message's own page shows it."""
        messages: QuerySet[Delivery] = super().get_queryset(request).defer("body")
        return messages

    @admin.display(description="state", ordering="state")
    def state_badge(self, delivery: Delivery) -> SafeString:
        """What became of it."""
        return badge(delivery.state, delivery.get_state_display().lower())

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
