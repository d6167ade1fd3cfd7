"""The list of each day: how many technologies had which level. Written only by techs.inventory.trend."""

from django.db import models

from techs.models.fields import OWNER_KEY_MAX_LENGTH, BinaryCharField


class LevelDay(models.Model):
    """Technologies by level on a day (UTC), of the whole list or of one owner, as last counted on that day."""

    day = models.DateField(db_index=True)
    # Empty for the whole list.
    owner_key = BinaryCharField("owner", max_length=OWNER_KEY_MAX_LENGTH, blank=True, default="")
    levels = models.JSONField(default=dict, help_text="Technologies by level, without libraries.")
    # Null on days of before it was counted.
    accepted = models.PositiveIntegerField(null=True, help_text="Accepted risks, which are among those that are low.")

    class Meta:
        ordering = ["-day", "owner_key"]
        constraints = [models.UniqueConstraint(fields=["owner_key", "day"], name="one_level_day_per_owner")]

    def __str__(self) -> str:
        return f"{self.day}, {self.owner_key or 'whole list'}"
