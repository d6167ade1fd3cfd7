"""Recent edits and removals, with the previous values for undo."""

import uuid
from datetime import date, timedelta
from typing import Any, Self

from django.core import serializers
from django.db import models
from django.utils import timezone

from techs.models.tech import Tech
from techs.rules.attributes import NAME_MAX_LENGTH

# After this, edits and removals are final.
UNDO_FOR = timedelta(minutes=10)
_SUBMISSIONS_TO_RESTORE = 100


class Removal(models.Model):
    """A recently removed technology, with everything that is needed to restore it."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    row = models.TextField(help_text="The technology, as Django's JSON serializer writes it.")
    # Ids of rows that referred to the technology, and will again after undo.
    level_changes = models.JSONField(default=list)
    date_changes = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    submissions = models.JSONField(default=list)
    # If the technology was removed because another row already had its new text, that row.
    gave_way_to = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="replaced")
    removed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def record(cls, tech: Tech, *, gave_way_to: Tech | None = None) -> Self:
        """Store a row that is about to be deleted, with the ids of rows that refer to it."""
        return cls.objects.create(
            name=tech.name,
            row=serializers.serialize("json", [tech]),
            level_changes=list(tech.level_changes.values_list("pk", flat=True)),
            date_changes=list(tech.date_changes.values_list("pk", flat=True)),
            submissions=list(tech.submissions.values_list("pk", flat=True)[:_SUBMISSIONS_TO_RESTORE]),
            gave_way_to=gave_way_to,
        )


class Edit(models.Model):
    """A recent edit of a technology, with the previous values for undo."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    tech = models.ForeignKey(Tech, on_delete=models.CASCADE, related_name="edits")
    before = models.JSONField(help_text="Previous values of the changed fields.")
    after = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.tech}: {', '.join(self.after)}"

    @classmethod
    def record(cls, tech: Tech, *, before: dict[str, Any]) -> None:
        """Store the differences from the previous values (Tech.editable_values), if there are any."""
        after = {field: value for field, value in tech.editable_values.items() if value != before[field]}
        if after:
            cls.objects.create(tech=tech, before={field: before[field] for field in after}, after=after)

    @property
    def values_before(self) -> dict[str, Any]:
        before: dict[str, Any] = dict(self.before)
        if review_on := before.get("override_review_on"):
            before["override_review_on"] = date.fromisoformat(review_on)
        return before

    def is_current(self, tech: Tech) -> bool:
        """Return True if the edited fields still have the values of this edit."""
        values = tech.editable_values
        return all(values.get(field) == value for field, value in self.after.items())
