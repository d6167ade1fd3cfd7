"""When the periodic tasks last ran, for all processes to see."""

from django.db import models

from techs.models.fields import BinaryCharField


class PeriodicRun(models.Model):
    """The last run of one periodic task. Written by techs.periodic alone."""

    name = BinaryCharField(max_length=50, unique=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return str(self.name)
