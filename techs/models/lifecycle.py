"""Lifecycle data: its versions, products and releases."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_slug
from django.db import models
from django.utils import timezone

from techs.models.fields import BinaryCharField
from techs.rules.identifiers import is_identifier


class Source(models.TextChoices):
    """Where lifecycle data comes from."""

    STARTER = "starter", "built in"
    ENDOFLIFE_DATE = "endoflife.date", "endoflife.date"
    LOCAL = "local", "local"


class _WithoutNames(models.Manager["LifecycleDataVersion"]):
    """Leaves out the names, which are long and only needed to build the index of searches."""

    def get_queryset(self) -> models.QuerySet["LifecycleDataVersion"]:
        return super().get_queryset().defer("names")


class LifecycleDataVersion(models.Model):
    """One version of the lifecycle data. The newest row is the active one."""

    version = models.CharField(max_length=64, help_text="A hash of the content.")
    as_of = models.DateField(help_text="The date of the data.")
    source = models.CharField(max_length=16, choices=Source.choices)
    loaded_at = models.DateTimeField(default=timezone.now)
    products = models.PositiveIntegerField()
    releases = models.PositiveIntegerField()
    # For the conditional request of the next download. An ETag is only valid for its own address.
    url = models.CharField(max_length=300, blank=True, default="", help_text="Where the data was fetched.")
    etag = models.CharField(max_length=300, blank=True, default="", help_text="The server's ETag for this content.")
    checked_at = models.DateTimeField(default=timezone.now, help_text="When this was last confirmed as the newest.")
    left_out = models.JSONField(null=True, blank=True, help_text="Parts of the document that were skipped.")
    names = models.JSONField(
        null=True, blank=True, help_text="Names of the products by slug, if they differ from the version before."
    )

    objects = _WithoutNames()

    class Meta:
        db_table = "techs_factsload"
        ordering = ["-id"]
        verbose_name = "lifecycle data version"

    def __str__(self) -> str:
        return f"{self.source} of {self.as_of}"


def _validate_aliases(aliases: Any) -> None:
    if not isinstance(aliases, list) or not all(isinstance(alias, str) and alias.strip() for alias in aliases):
        raise ValidationError('Must be a list of names, such as ["k8s", "kube"].')


def _validate_identifiers(identifiers: Any) -> None:
    if not isinstance(identifiers, list) or not all(map(is_identifier, identifiers)):
        raise ValidationError('Must be a list of package URLs and CPEs, such as ["pkg:npm/express"].')


class Product(models.Model):
    """A product in the lifecycle data."""

    slug = BinaryCharField(max_length=100, unique=True, validators=[validate_slug])
    title = models.CharField(max_length=200)
    aliases = models.JSONField(
        default=list, blank=True, validators=[_validate_aliases], help_text='Other names, such as ["k8s", "kube"].'
    )
    url = models.CharField(max_length=300, blank=True, default="", validators=[URLValidator(schemes=["https", "http"])])
    identifiers = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[_validate_identifiers],
        help_text='Package URLs and CPEs, such as ["pkg:npm/express"].',
    )
    version_command = models.TextField(
        max_length=1000, blank=True, default="", db_default="", help_text="How to look up the installed version."
    )
    release_policy = models.CharField(
        max_length=300, blank=True, default="", db_default="", validators=[URLValidator(schemes=["https", "http"])]
    )
    source = models.CharField(max_length=16, choices=Source.choices)
    facts_as_of = models.DateField()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Release(models.Model):
    """A release cycle. Each end is a date, or is known to have passed or not, or is unknown."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="releases")
    name = BinaryCharField(max_length=100)
    position = models.PositiveIntegerField(default=0, help_text="Order in the source, usually newest first.")
    label = models.CharField(max_length=200, blank=True, default="")
    codename = models.CharField(max_length=200, blank=True, default="")
    released = models.DateField(null=True, blank=True)
    eol = models.DateField("end of life", null=True, blank=True)
    has_ended = models.BooleanField(null=True, blank=True, help_text="Only if no end-of-life date is known.")
    active_support = models.DateField("end of active support", null=True, blank=True)
    active_support_ended = models.BooleanField(null=True, blank=True)
    extended_support = models.DateField("end of extended support", null=True, blank=True)
    extended_support_ended = models.BooleanField(null=True, blank=True)
    latest = models.CharField(max_length=100, blank=True, default="")
    latest_released = models.DateField(null=True, blank=True)
    is_lts = models.BooleanField("long-term release", default=False, db_default=False)
    lts_from = models.DateField("long-term release from", null=True, blank=True)

    class Meta:
        ordering = ["product", "position"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="one_release_per_name")]

    def __str__(self) -> str:
        return f"{self.product.slug} {self.name}"
