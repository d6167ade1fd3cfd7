"""Who changed what and when. Written only by techs.activity, in the transaction of the change."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone

from techs.rules.attributes import EDITABLE, NAME_MAX_LENGTH

ACTOR_MAX_LENGTH = 150  # Django's limit of user names
VIA_MAX_LENGTH = 100
REQUEST_ID_MAX_LENGTH = 64
# After this, actions are final.
UNDO_FOR = timedelta(days=1)


class ActorKind(models.TextChoices):
    """The kinds of actors. Anonymous: a client of an installation that asks for no login."""

    USER = "user"
    TOKEN = "token", "API token"
    WORKER = "worker"
    COMMAND = "command"
    ANONYMOUS = "anonymous"


# The fields of ActorFields.
ACTOR_FIELDS = ("actor_kind", "actor", "via", "request_id")


class ActorFields(models.Model):
    """The actor of a row. An empty kind means that an older version wrote it."""

    actor_kind = models.CharField(
        max_length=9, choices=ActorKind, blank=True, default="", db_default="", editable=False
    )
    actor = models.CharField(
        max_length=ACTOR_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Name of the user.",
    )
    via = models.CharField(
        max_length=VIA_MAX_LENGTH, blank=True, default="", db_default="", editable=False, help_text="Token or command."
    )
    request_id = models.CharField(
        max_length=REQUEST_ID_MAX_LENGTH, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True


class ActionKind(models.TextChoices):
    """The kinds of actions, as the API and the pages name them."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RESOLVED = "resolved"
    UNDONE = "undone"
    IMPORTED = "imported"
    UPLOADED = "uploaded"
    ARCHIVED = "archived"
    RESTORED = "restored"
    REVOKED = "revoked"
    REQUEUED = "requeued"
    UPDATED = "updated"


class ObjectKind(models.TextChoices):
    """The kinds of objects that actions change."""

    TECHNOLOGY = "technology"
    SERVICE = "service"
    SOURCE = "source"
    SUBMISSION = "submission"
    WEBHOOK = "webhook"
    DELIVERY = "delivery"
    SUBSCRIPTION = "subscription"
    TOKEN = "token", "API token"
    USER = "user"
    GROUP = "group"
    PRODUCT = "product"
    LIFECYCLE_DATA = "lifecycle data"
    VIEW = "view"


RECORDED_FIELDS: Mapping[str, Sequence[str]] = {
    ObjectKind.TECHNOLOGY: ("name", *EDITABLE, "kind", "by_hand", "versions"),
    ObjectKind.SERVICE: ("slug", "name", "owner", "impact", "tags", "repository", "note", "archived", "deleted"),
    ObjectKind.SOURCE: ("origin", "technologies"),
    ObjectKind.WEBHOOK: ("name", "url", "kind", "is_active", "days_ahead", "secret"),
    ObjectKind.DELIVERY: ("webhook",),
    ObjectKind.SUBSCRIPTION: ("name", "user"),
    ObjectKind.TOKEN: ("name", "user", "scope", "service", "expiry"),
    ObjectKind.USER: (
        *("username", "first_name", "last_name", "email", "password"),
        *("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
    ),
    ObjectKind.GROUP: ("name", "permissions"),
    ObjectKind.PRODUCT: (
        *("slug", "title", "aliases", "identifiers", "version_command", "url", "release_policy", "releases"),
    ),
    ObjectKind.VIEW: ("name", "query"),
    ObjectKind.LIFECYCLE_DATA: ("generated_at", "version", "products", "products_changed"),
}
"""The fields whose changes are recorded, by kind of object, in the order in which readers see them."""


class Action(ActorFields):
    """A write by one request or task."""

    kind = models.CharField(max_length=10, choices=ActionKind)
    count = models.PositiveIntegerField(help_text="Changed objects.")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    undone_at = models.DateTimeField(null=True, editable=False)
    keeps_undo = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Its changes hold the values that undo needs."
    )

    class Meta:
        ordering = ["-id"]
        # Readers want the newest first. Ids are not always in the order of times, since the clocks of hosts differ.
        indexes = [
            models.Index(fields=["actor", "at"], name="action_actor"),
            models.Index(fields=["actor_kind", "at"], name="action_actor_kind"),
            models.Index(fields=["kind", "at"], name="action_kind"),
            models.Index(fields=["keeps_undo", "at"], name="action_undo"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.count} at {self.at:%Y-%m-%d %H:%M}"


class Change(models.Model):
    """A changed object of an action."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="changes")
    # A copy of the action's, so that an index finds the newest actions on an object.
    at = models.DateTimeField(default=timezone.now)
    # No foreign keys: a change outlives its object, and undo brings the object back under its old id.
    object = models.CharField(max_length=14, choices=ObjectKind)
    object_id = models.BigIntegerField()
    service_id = models.BigIntegerField(null=True, help_text="The service that the change concerns.")
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    fields = models.JSONField(default=dict, help_text="Values before and after, by field. Computed ones are left out.")
    undo = models.JSONField(
        null=True, editable=False, help_text="More values that undo needs, kept as long as it works."
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["object", "object_id", "at", "action"], name="change_object"),
            models.Index(fields=["service_id", "at", "action"], name="change_service"),
            models.Index(fields=["name"], name="change_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are for a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """Put the fields in their order: MySQL stores the keys of JSON objects in an order of its own."""
        change = super().from_db(db, field_names, values)
        stored = change.__dict__
        if len(stored.get("fields", ())) > 1:
            stored["fields"] = _in_order(stored["fields"], RECORDED_FIELDS.get(stored.get("object", ""), ()))
        return change


def _in_order(fields: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """Sort fields. Those that only an older version recorded come last."""
    return {name: fields[name] for name in [*filter(fields.__contains__, order), *sorted({*fields}.difference(order))]}
