"""Accepted submissions and imports."""

import uuid

from django.db import models
from django.utils import timezone

from techs.models.activity import ActorFields
from techs.models.fields import IMPACTS, KINDS, BinaryCharField
from techs.models.tech import Tech
from techs.rules.attributes import NAME_MAX_LENGTH, NOTE_MAX_LENGTH, OPTIONS, OWNER_MAX_LENGTH, TechAttributes
from techs.rules.kinds import Kind


class Import(ActorFields):
    """An accepted file or pasted text. Each technology in it becomes a submission; other lines are skipped."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # As for submissions. The digest tells whether a request that repeats a key has the same content.
    idempotency_key = BinaryCharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", help_text="Name of the file, if any.")
    format = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    total = models.PositiveIntegerField(help_text="Accepted technologies.")
    skipped = models.PositiveIntegerField(default=0, help_text="Skipped lines.")
    skipped_rows = models.JSONField(default=list, help_text="The first of these, as a list of {line, text, error}.")
    # The attributes for all lines; null means not given. Each submission stores them merged with its own.
    impact = models.CharField(max_length=8, choices=IMPACTS, null=True, blank=True)  # noqa: DJ001
    extended_support = models.BooleanField(null=True, blank=True)
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001
    tags = models.JSONField(null=True, blank=True)
    note = models.TextField(max_length=NOTE_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001
    new_services = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="The first services that it created, as {slug, name}.",
    )

    # Without a foreign key, because processes of the previous version delete actions without changing imports.
    action = models.BigIntegerField(null=True, editable=False, help_text="The action that its lines are recorded in.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or f"{self.format} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def attributes(self) -> TechAttributes:
        return TechAttributes.from_stored({option: getattr(self, option) for option in OPTIONS})


class SubmissionState(models.TextChoices):
    """The progress of a submission. SAVED: the row is committed, but the cached list is not yet invalidated."""

    QUEUED = "queued"
    SAVED = "saved"
    DONE = "done"
    FAILED = "failed"


class Submission(ActorFields):
    """An accepted text that will reach the list. Also the outbox for the broker."""

    # Of two submissions of one text, the higher primary key wins, whatever the order of processing.
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # Binary, because the database's collation must not decide which headers are equal. Null if there is no key,
    # because empty strings would violate the unique constraint.
    idempotency_key = BinaryCharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    text = models.CharField(max_length=NAME_MAX_LENGTH)
    kind = models.CharField(
        max_length=8, choices=KINDS, default=Kind.TRACKED.value, db_default=Kind.TRACKED.value, editable=False
    )
    # Null leaves the value on the list unchanged.
    impact = models.CharField(max_length=8, choices=IMPACTS, null=True, blank=True)  # noqa: DJ001
    extended_support = models.BooleanField(null=True, blank=True)
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001
    tags = models.JSONField(null=True, blank=True)
    note = models.TextField(max_length=NOTE_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001

    state = models.CharField(max_length=6, choices=SubmissionState.choices, default=SubmissionState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, blank=True, related_name="submissions")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Only for lines of an import. Their `attempts` exclude those in batches, which `chunk_attempts` counts.
    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="submissions")
    line = models.PositiveIntegerField(null=True, blank=True, help_text="Line number in the import.")
    services = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="Primary keys of the services to add it to, if the line names any.",
    )
    is_unchanged = models.BooleanField(default=False, help_text="Already on the list, without changes.")
    kept_owner = models.CharField(
        max_length=OWNER_MAX_LENGTH,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The owner on the list, which the one of the import did not replace.",
    )
    chunk_attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    publications = models.PositiveIntegerField(default=0, editable=False)
    publish_again_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "publish_again_at"], name="submission_sweep"),
            models.Index(fields=["of_import", "state", "is_unchanged"], name="submission_import"),
        ]

    def __str__(self) -> str:
        return f"{self.text} ({self.uuid})"

    @property
    def public_state(self) -> str:
        """Return the state for clients. Saved counts as queued until every GET shows the row."""
        return SubmissionState.QUEUED if self.state == SubmissionState.SAVED else self.state
