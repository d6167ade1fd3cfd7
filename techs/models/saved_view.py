"""Named views of the list. Written only by techs.inventory.saved_views."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from techs.models.activity import ACTOR_MAX_LENGTH
from techs.models.fields import BinaryCharField
from techs.rules.views import QUERY_MAX_LENGTH, VIEW_NAME_MAX_LENGTH


class SavedView(models.Model):
    """A query of the list under a name, for everybody."""

    name = models.CharField(max_length=VIEW_NAME_MAX_LENGTH)
    name_key = BinaryCharField(max_length=3 * VIEW_NAME_MAX_LENGTH, unique=True, editable=False)
    query = models.CharField(
        max_length=QUERY_MAX_LENGTH, blank=True, help_text="Parameters of the list, such as owner=shop&priority=high."
    )
    created_by = models.CharField(
        max_length=ACTOR_MAX_LENGTH, blank=True, default="", editable=False, help_text="Name of the user."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name


class StartView(models.Model):
    """The view with which Techlist opens for a user."""

    # Without a constraint, because processes of the previous version delete users without deleting their start views.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="start_view",
        db_constraint=False,
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="starts")

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
