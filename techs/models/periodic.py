"""When the periodic tasks last ran, shared by all processes."""

from django.db import models

from techs.models.fields import BinaryCharField


class PeriodicRun(models.Model):
    """The last run of a periodic task. Written only by techs.periodic."""

    name = BinaryCharField(max_length=50, unique=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="When it last succeeded.")
    # Database defaults: during a rolling update, an older version may still add rows.
    attempts = models.PositiveIntegerField(default=0, db_default=0, help_text="Attempts since the last success.")
    problem = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why the last attempt failed."
    )
    not_before = models.DateTimeField(null=True, help_text="When the server asked to try again.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return str(self.name)
