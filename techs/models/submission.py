"""The promises: what was accepted, one by one or many at once."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from techs.models.fields import IMPACTS, NAME_MAX_LENGTH, BinaryCharField
from techs.models.tech import Tech
from techs.rules.attributes import MAX_TAGS, OPTIONS, OWNER_MAX_LENGTH, TechAttributes


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
        return TechAttributes.kept({option: getattr(self, option) for option in OPTIONS})


class TooManyTags(Exception):
    """A line of an import, with what is said of all, would give a technology more tags than one may have."""

    def __init__(self, number: int) -> None:
        super().__init__(f"It would have {number} tags, of at most {MAX_TAGS}. Nothing of this line was taken.")


class SubmissionState(models.TextChoices):
    """Where a submission stands. Saved: its row is committed, the cached list not yet forgotten."""

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

    def attributes_to_set(self, tech: Tech, *, later: Iterable["Submission"] = ()) -> dict[str, Any]:
        """What it says besides the text, as the technology will have it. Raises TooManyTags.

        What it does not say is not in it, nor what one of the later submissions says that were faster. A line of an
        import adds its tags to those that are there: whoever marks many at once has not looked at each. A single
        submission says which tags there are.
        """
        said = self._options
        if "tags" in said and self._adds_tags:
            said["tags"] = sorted({*tech.tags, *said["tags"]})
        for other in later:
            for option, value in other._options.items():  # noqa: SLF001  one of us
                if option == "tags" and other._adds_tags and option in said:  # noqa: SLF001
                    said[option] = sorted({*said[option], *value})
                else:
                    said.pop(option, None)
        if len(said.get("tags", ())) > MAX_TAGS:
            raise TooManyTags(len(said["tags"]))
        return said

    @property
    def _options(self) -> dict[str, Any]:
        return {option: getattr(self, option) for option in OPTIONS if getattr(self, option) is not None}

    @property
    def _adds_tags(self) -> bool:
        return self.of_import_id is not None

    def is_older_than(self, moment: datetime | None) -> bool:
        """True if somebody said something newer at that moment."""
        return moment is not None and self.created_at < moment
