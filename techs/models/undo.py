"""What people changed a moment ago, as it was before: what undo takes back."""

import uuid
from datetime import date, timedelta
from typing import Any, Self

from django.core import serializers
from django.db import models
from django.utils import timezone

from techs.models.tech import Tech
from techs.rules.attributes import NAME_MAX_LENGTH

# How long something can be undone. What was taken off the list is then really gone.
UNDO_FOR = timedelta(minutes=10)
_SUBMISSIONS_TO_RESTORE = 100


class Removal(models.Model):
    """A technology that was taken off the list a moment ago, as it was: what undo brings back."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    row = models.TextField(help_text="The technology, as Django's JSON serializer writes it.")
    # Both lose the technology when it goes, and get it back.
    level_changes = models.JSONField(default=list)
    submissions = models.JSONField(default=list)
    # The row that had the text already to which this one was corrected.
    gave_way_to = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="replaced")
    removed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, tech: Tech, *, gave_way_to: Tech | None = None) -> Self:
        """Store a row that is about to go, with whatever fields it has, and who points at it."""
        return cls.objects.create(
            name=tech.name,
            row=serializers.serialize("json", [tech]),
            level_changes=list(tech.level_changes.values_list("pk", flat=True)),
            submissions=list(tech.submissions.values_list("pk", flat=True)[:_SUBMISSIONS_TO_RESTORE]),
            gave_way_to=gave_way_to,
        )


class Edit(models.Model):
    """What somebody changed of a technology a moment ago, and what it was before: what undo takes back."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    tech = models.ForeignKey(Tech, on_delete=models.CASCADE, related_name="edits")
    before = models.JSONField(help_text="Field to value, of the fields that changed.")
    after = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.tech}: {', '.join(self.after)}"

    @classmethod
    def keep(cls, tech: Tech, *, before: dict[str, Any]) -> None:
        """Store what changed against its values before (Tech.editable_values), if anything did."""
        after = {field: value for field, value in tech.editable_values.items() if value != before[field]}
        if after:
            cls.objects.create(tech=tech, before={field: before[field] for field in after}, after=after)

    @property
    def values_before(self) -> dict[str, Any]:
        """The values before, as the fields of a technology have them."""
        before: dict[str, Any] = dict(self.before)
        if review_on := before.get("override_review_on"):
            before["override_review_on"] = date.fromisoformat(review_on)
        return before

    def is_in_force(self, tech: Tech) -> bool:
        """Whether nobody has changed the same fields of its technology since."""
        values = tech.editable_values
        return all(values.get(field) == value for field, value in self.after.items())
