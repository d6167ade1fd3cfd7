"""Webhooks, their deliveries, and subscriptions to exports."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from techs.activity import recording
from techs.admin.actions import BulkLimitMixin
from techs.admin.badges import BadgeMixin, badge
from techs.admin.filters import OnFilter
from techs.admin.permissions import ProtectedLookupsMixin, ReadOnly
from techs.admin.recording import RecordedMixin
from techs.models import ActionKind, Delivery, Subscription, Webhook
from techs.webhooks import deliveries


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, RecordedMixin):
    """Feed tokens by user. Deleting one revokes it. Users create them on the Subscribe page."""

    removal = ActionKind.REVOKED
    list_display = ["name", "user", "created_at"]
    search_fields = ["name", "user__username"]
    search_help_text = (
        "Search by name or user. Users create addresses on the Subscribe page, which shows each of them only once."
    )
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        return bool(request.user.has_perm("techs.delete_subscription"))


@admin.register(Webhook)
class WebhookAdmin(ProtectedLookupsMixin, RecordedMixin):
    """Webhooks. Only users who may change a webhook see its secret, and its address, which may contain one."""

    list_display = ["name", "kind", "is_active", "days_ahead", "waiting", "given_up"]
    list_filter = ["kind", ("is_active", OnFilter)]
    search_fields = ["name"]
    fields = ["name", "url", "kind", "is_active", "days_ahead", "secret", "created_at"]
    readonly_fields = ["secret", "created_at"]
    actions = ["send_test", "renew_secret"]
    protected_fields = {"url", "secret", "previous_secret"}

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> list[Any]:
        """Hide the secret until it is stored, because the form for a new webhook would show one that is never used."""
        hidden = set() if obj else set(self.readonly_fields)
        hidden |= set() if self.has_change_permission(request, obj) or obj is None else {"url", "secret"}
        return [name for name in self.fields or [] if name not in hidden]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        counted = {state: Count("deliveries", Q(deliveries__state=state)) for state in ("queued", "failed")}
        webhooks: QuerySet[Webhook] = super().get_queryset(request).annotate(**counted)
        return webhooks

    @admin.display(description="messages waiting", ordering="queued")
    def waiting(self, webhook: Any) -> int:
        return int(webhook.queued)

    @admin.display(description="given up", ordering="failed")
    def given_up(self, webhook: Any) -> int:
        return int(webhook.failed)

    @admin.action(description="Send a test message", permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        with recording.as_one():
            for webhook in queryset:
                deliveries.send_test(webhook)
        self.message_user(request, f"{len(queryset)} queued. See Deliveries for the result.", messages.SUCCESS)

    @admin.action(description="Renew the secret (the old one stays valid for a day)", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        with recording.as_one():
            for webhook in queryset:
                deliveries.renew_secret(webhook)
                self.log_change(request, webhook, "Renewed the secret.")
        self.message_user(request, f"{len(queryset)} renewed. Update the receiver within a day.", messages.SUCCESS)


@admin.register(Delivery)
class DeliveryAdmin(BadgeMixin, ReadOnly, BulkLimitMixin):
    """Messages to webhooks, with their attempts and results."""

    list_display = [
        *["uuid", "webhook", "state_badge", "attempts", "error", "created_at", "next_attempt_at", "finished_at"],
    ]
    list_filter = ["state", "webhook", "created_at"]
    search_fields = ["uuid", "body"]
    list_select_related = ["webhook"]
    show_full_result_count = False
    actions = ["requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        messages: QuerySet[Delivery] = super().get_queryset(request).defer("body")
        return messages

    @admin.display(description="state", ordering="state")
    def state_badge(self, delivery: Delivery) -> SafeString:
        return badge(delivery.state, delivery.get_state_display().lower())

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Allow deletion only along with the webhook."""
        return (request.resolver_match and request.resolver_match.url_name) == "techs_webhook_delete"

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("techs.change_delivery"))

    @admin.action(description="Resend failed messages", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Reset the attempts of each failed message and queue it."""
        with recording.as_one():
            number = sum(map(deliveries.requeue, queryset))
        self.message_user(request, f"{number} queued again.", messages.SUCCESS)
