"""The promises: what was accepted, one by one or many at once."""

import uuid

from django.db import models
from django.utils import timezone

from techs.models.fields import IMPACTS, BinaryCharField
from techs.models.tech import Tech
from techs.rules.attributes import NAME_MAX_LENGTH, OPTIONS, OWNER_MAX_LENGTH, TechAttributes


class Import(models.Model):
    """A file, or lines that were pasted: each technology in it is a submission, and what is none was skipped."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # As of a submission. The digest tells a repetition from other content under the same key.
    idempotency_key = BinaryCharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", help_text="Of the file, if it was one.")
    format = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    total = models.PositiveIntegerField(help_text="Technologies that were accepted.")
    skipped = models.PositiveIntegerField(default=0, help_text="Lines that were not.")
    skipped_rows = models.JSONField(default=list, help_text="A list of {line, text, error}, the first ones.")
    # What was said of all lines. Each has its own copy, with what it says itself; null where nothing was said.
    impact = models.CharField(max_length=8, choices=IMPACTS, null=True, blank=True)  # noqa: DJ001
    extended_support = models.BooleanField(null=True, blank=True)
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001
    tags = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or f"{self.format} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def attributes(self) -> TechAttributes:
        """What was said of all lines."""
        return TechAttributes.from_stored({option: getattr(self, option) for option in OPTIONS})


class SubmissionState(models.TextChoices):
    """Where a submission stands. Saved: its row is committed, the cached list not yet invalidated."""

    QUEUED = "queued"
    SAVED = "saved"
    DONE = "done"
    FAILED = "failed"


class Submission(models.Model):
    """A promise: whoever got its id was told that the text will be on the list. Also the outbox of the broker."""

    # The primary key counts up: of two submissions of one text the higher one wins, in whatever order they arrive.
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # Bytes, because a header from outside must not be compared by a database's idea of equal letters.
    # Null where none was sent: empty texts would meet the unique key.
    idempotency_key = BinaryCharField(max_length=255, unique=True, null=True, blank=True, editable=False)
    text = models.CharField(max_length=NAME_MAX_LENGTH)
    # Null keeps what the list has.
    impact = models.CharField(max_length=8, choices=IMPACTS, null=True, blank=True)  # noqa: DJ001
    extended_support = models.BooleanField(null=True, blank=True)
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, null=True, blank=True)  # noqa: DJ001
    tags = models.JSONField(null=True, blank=True)

    state = models.CharField(max_length=6, choices=SubmissionState.choices, default=SubmissionState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, blank=True, related_name="submissions")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # What a line of an import has beside this. Its attempts count only those that it had alone.
    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, null=True, blank=True, related_name="submissions")
    line = models.PositiveIntegerField(null=True, blank=True, help_text="Where it stands in what was imported.")
    is_unchanged = models.BooleanField(default=False, help_text="The list had it already, just like this.")
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
        """The state as clients see it: saved reads as queued until every GET is sure to show the row."""
        return SubmissionState.QUEUED if self.state == SubmissionState.SAVED else self.state
