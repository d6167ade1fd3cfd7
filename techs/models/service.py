"""Services, and the technologies that they use according to their uploads.

A usage counts if it has a technology. Those of archived services have none, and neither do ranges if the service has an
exact version of the product. Written only by techs.inventory and techs.imports.
"""

from django.db import models
from django.utils import timezone

from techs.models.activity import ActorFields
from techs.models.fields import (
    IMPACTS,
    KINDS,
    LEVELS,
    NAME_KEY_MAX_LENGTH,
    OWNER_KEY_MAX_LENGTH,
    BinaryCharField,
)
from techs.models.tech import RANK_MAX_LENGTH, Tech
from techs.rules.attributes import (
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    OWNER_MAX_LENGTH,
    clean_note,
    clean_owner,
    clean_tags,
)
from techs.rules.kinds import Kind
from techs.rules.services import (
    ORIGIN_MAX_LENGTH,
    REF_MAX_LENGTH,
    REPOSITORY_MAX_LENGTH,
    SERVICE_NAME_MAX_LENGTH,
    SLUG_MAX_LENGTH,
    SOURCE_NAME_MAX_LENGTH,
    clean_repository,
)
from techs.rules.snapshots import PACKAGE_MAX_LENGTH
from techs.validation import validation_errors


class Service(models.Model):
    """Something that the team runs: an app, a repository, a host, a cluster."""

    slug = BinaryCharField(max_length=SLUG_MAX_LENGTH, unique=True)
    name = models.CharField(max_length=SERVICE_NAME_MAX_LENGTH)
    name_key = BinaryCharField(max_length=3 * SERVICE_NAME_MAX_LENGTH, unique=True, editable=False)
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, blank=True, default="")
    owner_key = BinaryCharField(max_length=OWNER_KEY_MAX_LENGTH, blank=True, default="", editable=False)
    # Empty until somebody sets it, so that it does not raise the impact of a technology.
    impact = models.CharField(max_length=8, choices=IMPACTS, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    repository = models.CharField(max_length=REPOSITORY_MAX_LENGTH, blank=True, default="")
    note = models.TextField(blank=True, default="", max_length=NOTE_MAX_LENGTH)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="When to delete it for good.")
    # While a change of the service reaches its technologies: the last usage that it has reached, else null.
    recounted_to = models.BigIntegerField(null=True, blank=True, editable=False)
    recounting_since = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    publish_again_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        with validation_errors("owner"):
            self.owner = clean_owner(self.owner)
        with validation_errors("tags"):
            self.tags = clean_tags(self.tags or [])
        with validation_errors("repository"):
            self.repository = clean_repository(self.repository)
        with validation_errors("note"):
            self.note = clean_note(self.note)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class ServiceSummary(models.Model):
    """The technologies of a service by level, derived so that lists need not count usages.

    Written by techs.inventory.summaries in the transaction that changes them. A service without usages may have none.
    """

    # Without a constraint, because checking it would lock the service, which comes before the technologies.
    service = models.OneToOneField(
        Service, on_delete=models.CASCADE, primary_key=True, related_name="summary", db_constraint=False
    )
    # The rank of the worst technology that is no library; null if there is none.
    worst_rank = BinaryCharField(max_length=RANK_MAX_LENGTH, null=True, editable=False)
    levels = models.JSONField(default=dict, help_text="Technologies by level, without libraries.")
    libraries = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "service summaries"

    def __str__(self) -> str:
        return str(self.service)


class ServiceSource(models.Model):
    """One stream of evidence of a service, such as backend/requirements.txt. Each upload replaces the one before."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="sources")
    name = BinaryCharField(max_length=SOURCE_NAME_MAX_LENGTH)
    origin = BinaryCharField(max_length=ORIGIN_MAX_LENGTH)
    # The newest accepted upload, and the newest whose content is complete.
    accepted = models.ForeignKey("Upload", on_delete=models.SET_NULL, null=True, related_name="+")
    current = models.ForeignKey("Upload", on_delete=models.SET_NULL, null=True, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now, help_text="The last upload, changed or not, to the day.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["service", "name"], name="one_source_per_name")]

    def __str__(self) -> str:
        return str(self.name)


class UploadState(models.TextChoices):
    """The progress of an upload. SAVED: committed, but cached pages may not show it yet."""

    QUEUED = "queued"
    SAVED = "saved"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Upload(ActorFields):
    """One file received for a source. Also the outbox for the broker."""

    # Of two uploads for one source, the higher primary key wins, whatever the order of processing.
    service = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="uploads")
    source = models.ForeignKey(ServiceSource, on_delete=models.SET_NULL, null=True, related_name="uploads")
    source_name = BinaryCharField(max_length=SOURCE_NAME_MAX_LENGTH)
    digest = models.CharField(max_length=64, editable=False)
    basis = models.CharField(max_length=120, editable=False, help_text="Code and lifecycle data that read the file.")
    format = models.CharField(max_length=32, blank=True, default="")
    ref = models.CharField(max_length=REF_MAX_LENGTH, blank=True, default="", help_text="Commit, branch or tag.")
    removes_source = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.QUEUED)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    error = models.TextField(blank=True, default="")
    errors = models.JSONField(default=list, help_text="Technologies that could not be stored.")
    total = models.PositiveIntegerField(default=0, help_text="Technologies in the file.")
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    skipped_rows = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    publications = models.PositiveIntegerField(default=0, editable=False)
    publish_again_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "publish_again_at"], name="upload_sweep")]

    def __str__(self) -> str:
        return f"{self.source_name} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def public_state(self) -> str:
        return UploadState.QUEUED if self.state == UploadState.SAVED else self.state


class Sighting(models.Model):
    """A technology as read from a file, in the words of techs.rules.snapshots."""

    key = BinaryCharField(max_length=NAME_KEY_MAX_LENGTH)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    kind = models.CharField(max_length=8, choices=KINDS, default=Kind.TRACKED.value)
    product = BinaryCharField(max_length=100, blank=True, default="")
    cycle = BinaryCharField(max_length=100, blank=True, default="")
    package = models.CharField(max_length=PACKAGE_MAX_LENGTH, blank=True, default="")
    as_read = models.CharField(max_length=NAME_MAX_LENGTH)
    versions = models.JSONField(default=list)
    line = models.PositiveIntegerField(default=0)
    is_range = models.BooleanField(default=False)
    is_exact = models.BooleanField(default=False)

    class Meta:
        abstract = True


class UploadLine(Sighting):
    """A technology of an upload that is not finished."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="lines")
    is_applied = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["upload", "is_applied", "attempts"], name="upload_line_left")]

    def __str__(self) -> str:
        return self.name


class Usage(Sighting):
    """A technology in a source of a service."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="usages")
    source = models.ForeignKey(ServiceSource, on_delete=models.CASCADE, related_name="usages")
    # Null if the usage does not count.
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="usages")
    first_seen = models.DateTimeField(default=timezone.now)
    # The versions of the current upload; null until the upload that brought the usage is complete.
    announced = models.JSONField(null=True)
    basis = models.CharField(max_length=120, db_index=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="one_usage_per_source")]
        indexes = [
            models.Index(fields=["service", "product"], name="usage_service_product"),
            models.Index(fields=["tech", "service"], name="usage_tech_service"),
        ]

    def __str__(self) -> str:
        return self.name


class ChangeKind(models.TextChoices):
    ENTERED = "entered"
    LEFT = "left"
    CHANGED = "changed"


class UsageChange(models.Model):
    """A technology that entered or left a source, or changed its version. Never changed or deleted."""

    # The names stay when the rows go.
    service = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="changes")
    service_name = models.CharField(max_length=SERVICE_NAME_MAX_LENGTH)
    source_name = BinaryCharField(max_length=SOURCE_NAME_MAX_LENGTH)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="changes")
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="usage_changes")
    kind = models.CharField(max_length=7, choices=ChangeKind.choices)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    product = BinaryCharField(max_length=100, blank=True, default="")
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    level = models.CharField(max_length=8, choices=LEVELS, blank=True, default="", help_text="At the time.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.service_name}"


class Resolved(models.Model):
    """A technology that left the list with its last usage, and its attributes, in case it returns."""

    name = models.CharField(max_length=NAME_MAX_LENGTH)
    name_key = BinaryCharField(max_length=NAME_KEY_MAX_LENGTH, db_index=True)
    product = BinaryCharField(max_length=100, blank=True, default="")
    level = models.CharField(max_length=8, choices=LEVELS)
    attributes = models.JSONField(help_text="Values that people had set.")
    moves = models.JSONField(default=list, help_text="A list of {service, slug, from, to}.")
    slug = BinaryCharField(
        max_length=SLUG_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        db_index=True,
        help_text="The last service that used it; empty if somebody changed its version.",
    )
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, related_name="resolved")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    returned_at = models.DateTimeField(null=True, blank=True, help_text="When the technology came back.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "resolved technology"
        verbose_name_plural = "resolved technologies"

    def __str__(self) -> str:
        return self.name


class TechOwner(models.Model):
    """Index of technologies by the owners of their services."""

    tech = models.ForeignKey(Tech, on_delete=models.CASCADE, related_name="owner_rows")
    owner_key = BinaryCharField(max_length=OWNER_KEY_MAX_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_key", "tech"], name="one_owner_per_tech")]

    def __str__(self) -> str:
        return str(self.owner_key)
