"""Ends of support that new lifecycle data changed. These rows are only added, never changed or deleted."""

from django.db import models
from django.utils import timezone

from techs.models.fields import BinaryCharField
from techs.models.lifecycle import LifecycleDataVersion
from techs.models.tech import Tech
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.end_dates import EndField, describe
from techs.rules.text import name_key

_FIELDS = [(field.value, field.value.replace("_", " ")) for field in EndField]
_END_HELP = 'A date, "ended" without a known day, or "none" if none was announced.'


class DateChange(models.Model):
    """An end of support of a release cycle that differs from the one in the previous lifecycle data."""

    # Products and releases are replaced with each version, so this refers to them by name.
    product = BinaryCharField(max_length=100)
    cycle = BinaryCharField("release", max_length=100)
    title = models.CharField(max_length=401, help_text="Product and release, such as Django 5.2.")
    field = models.CharField(max_length=16, choices=_FIELDS)
    before = models.CharField(max_length=10, help_text=_END_HELP)
    after = models.CharField(max_length=10, help_text=_END_HELP)
    seen_on = models.DateField(help_text="When the lifecycle data with this change was activated.")
    version = models.ForeignKey(LifecycleDataVersion, on_delete=models.PROTECT, related_name="date_changes")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "product", "cycle", "field"], name="one_date_change_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.title}: {describe(self.field, before=self.before, after=self.after)}"


class _WithChange(models.Manager["TechDateChange"]):
    def get_queryset(self) -> models.QuerySet["TechDateChange"]:
        return super().get_queryset().select_related("change")


class TechDateChange(models.Model):
    """A date change that concerned a technology on the list."""

    # Null after the technology was removed: the change stays in the history.
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="date_changes")
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    change = models.ForeignKey(DateChange, on_delete=models.PROTECT, related_name="concerned")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = _WithChange()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["tech", "change"], name="one_tech_per_date_change")]

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"

    @property
    def text(self) -> str:
        """Return the change without the technology's name, such as "end of support moved from ... to ..."."""
        change = self.change
        cycle = "" if name_key(self.name) == name_key(change.title) else change.title
        return describe(change.field, before=change.before, after=change.after, cycle=cycle)
