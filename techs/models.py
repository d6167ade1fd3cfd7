"""What is stored: the list (Tech), the promises (Submission, Import), the facts (Product, Release, FactsLoad)."""

import unicodedata
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_slug
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from techs import parsing, priority

NAME_MAX_LENGTH = 200
NOTE_MAX_LENGTH = 2000
# Case folding can make a text three times as long ("ΐ" becomes three characters).
NAME_KEY_MAX_LENGTH = 3 * NAME_MAX_LENGTH


def clean_name(text: str) -> str:
    """The one input rule: text as somebody typed it -> the name that is stored and shown, 1 to 200 characters.

    Raises ValidationError with a sentence for the person who typed it.
    """
    name = parsing.normalise(text)
    if not name:
        raise ValidationError("Type the name of a technology, such as Django 3.2.", code="blank")
    # Line ends have become spaces in the name, so they are looked for in what was typed.
    if any(_is_invisible(sign) for sign in name) or any(_is_control(sign) for sign in text.strip()):
        message = "This has control characters or invisible ones in it. Type one technology on one line."
        raise ValidationError(message, code="control")
    if len(name) > NAME_MAX_LENGTH:
        raise ValidationError(f"This is too long: {len(name)} of at most {NAME_MAX_LENGTH} characters.", code="length")
    return name


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" and sign != "\t"


def _is_invisible(sign: str) -> bool:
    """Format signs, which make two names look like one, and what no database stores or no font shows."""
    return unicodedata.category(sign) in {"Cf", "Cs", "Co", "Cn"}


def check_hand_level(level: str, *, review_on: date | None, note: str) -> None:
    """A level set by hand needs a reason, and a day on which somebody looks again. "" is no such level.

    Raises ValidationError with the field's name.
    """
    if level and (review_on is None or review_on <= datetime.now(UTC).date()):
        raise ValidationError({"hand_review_on": "Name a day in the future on which to look again."})
    if level and not note:
        raise ValidationError({"note": "Say why the level is set by hand."})


class BinaryCharField(models.CharField):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """Text that the database compares byte by byte, so that only our own rule says which names are equal.

    MySQL would otherwise take "Résumé" and "resume" for the same key; SQLite compares bytes by itself.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The column's parameters, with the binary collation where the database needs to be told."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


LEVELS = [(level.value, level.value) for level in priority.Level]
IMPACTS = [(impact.value, impact.value) for impact in priority.Impact]


class Tech(models.Model):
    """One technology of the list with its current assessment. Written by techs.assessments alone."""

    name = models.CharField(max_length=NAME_MAX_LENGTH, help_text="As typed, normalised.")
    # The only unique key besides the primary one.
    name_key = BinaryCharField(max_length=NAME_KEY_MAX_LENGTH, unique=True, editable=False)
    # Sorts the list worst first, then by name, with one index and without ties: see rank_of().
    rank = BinaryCharField(max_length=NAME_KEY_MAX_LENGTH + 4, db_index=True, editable=False)

    impact = models.CharField(max_length=8, choices=IMPACTS, default=priority.Impact.NORMAL.value)
    extended_support = models.BooleanField(default=False, help_text="The team pays for extended support.")
    note = models.TextField(blank=True, default="", max_length=NOTE_MAX_LENGTH)
    evergreen = models.BooleanField(default=False, help_text="It has no versions, so there is nothing to watch.")
    hand_level = models.CharField("level set by hand", max_length=8, choices=LEVELS, blank=True, default="")
    hand_review_on = models.DateField(
        "review on", null=True, blank=True, help_text="The level set by hand holds before this day."
    )

    # What the list shows: the rule's result, or the level set by hand while it holds.
    level = models.CharField(max_length=8, choices=LEVELS)
    score = models.PositiveSmallIntegerField(help_text="0 to 100; 100 is worst.")
    computed_level = models.CharField(max_length=8, choices=LEVELS)
    computed_score = models.PositiveSmallIntegerField()
    previous_level = models.CharField(max_length=8, choices=LEVELS, blank=True, default="")
    level_since = models.DateTimeField(help_text="When it took this level.")
    reasons = models.JSONField(help_text="A list of {code, text, source, facts_as_of}; the first one decides.")
    product = models.CharField(max_length=100, blank=True, default="")
    release = models.CharField(max_length=100, blank=True, default="")
    end_of_life = models.DateField(null=True, blank=True)
    suggestions = models.JSONField(default=list, blank=True, help_text="What to type instead, best first.")

    # The submission whose text and options this row carries; a lower one that arrives late changes nothing.
    last_submission = models.BigIntegerField(default=0, editable=False)
    submitted_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    assessed_at = models.DateTimeField()
    # The day, rule and facts that the level was worked out with. Another basis is a reason to assess again.
    basis = models.CharField(max_length=120, db_index=True)

    class Meta:
        ordering = ["rank"]
        indexes = [
            models.Index(fields=["level", "rank"], name="tech_level_rank"),
            models.Index(fields=["submitted_at", "id"], name="tech_submitted"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What a form must get right."""
        check_hand_level(self.hand_level, review_on=self.hand_review_on, note=self.note)

    @property
    def action(self) -> str:
        """What the level asks of the team, such as "plan this quarter"."""
        return priority.ACTIONS[priority.Level(self.level)]

    def takes(self, submission: "Submission") -> bool:
        """Let the submission say what it says, unless a later one was faster. Returns whether it was taken."""
        if self.last_submission >= submission.pk:
            return False
        self.name = submission.text
        self.submitted_at = submission.created_at
        self.last_submission = submission.pk
        if not submission.is_older_than(self.edited_at):
            self.impact = submission.impact or self.impact
            if submission.extended_support is not None:
                self.extended_support = submission.extended_support
        return True

    @staticmethod
    def rank_of(*, score: int, name_key: str) -> str:
        """The sort key of a row: worst score (0 to 100) first, then name. Unique, because the name is."""
        return f"{100 - score:03d} {name_key}"


class LevelChange(models.Model):
    """A technology moved from one level to another."""

    # The change is news even when the technology has left the list.
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="level_changes")
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    at = models.DateTimeField(db_index=True)
    from_level = models.CharField("from", max_length=8, choices=LEVELS)
    to_level = models.CharField("to", max_length=8, choices=LEVELS)
    why = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.from_level} to {self.to_level}"


class Import(models.Model):
    """A file, or lines that were pasted: each technology in it is a submission, and what is none was skipped."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", help_text="Of the file, if it was one.")
    format = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    total = models.PositiveIntegerField(help_text="Technologies that were accepted.")
    skipped = models.PositiveIntegerField(default=0, help_text="Lines that were not.")
    skipped_rows = models.JSONField(default=list, help_text="A list of {line, text, error}, the first ones.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or f"{self.format} of {self.created_at:%Y-%m-%d %H:%M}"


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

    def is_older_than(self, moment: datetime | None) -> bool:
        """True if somebody said something newer at that moment."""
        return moment is not None and self.created_at < moment


class Source(models.TextChoices):
    """Where facts come from."""

    STARTER = "starter", "starter table"
    ENDOFLIFE_DATE = "endoflife.date", "endoflife.date"
    LOCAL = "local", "local"


class FactsLoad(models.Model):
    """One loading of the facts. The newest row names the facts in force."""

    version = models.CharField(max_length=64, help_text="A hash of the content.")
    as_of = models.DateField(help_text="The day on which the facts were known to be true.")
    source = models.CharField(max_length=16, choices=Source.choices)
    loaded_at = models.DateTimeField(default=timezone.now)
    products = models.PositiveIntegerField()
    releases = models.PositiveIntegerField()
    # What the next download asks with ("has it changed?"). An ETag means something at its own address only.
    url = models.CharField(max_length=300, blank=True, default="", help_text="Where they were fetched, if they were.")
    etag = models.CharField(max_length=300, blank=True, default="", help_text="What that server calls this content.")
    checked_at = models.DateTimeField(default=timezone.now, help_text="When they were last known to be the newest.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "facts load"

    def __str__(self) -> str:
        return f"{self.source} of {self.as_of}"


def _validate_aliases(aliases: Any) -> None:
    if not isinstance(aliases, list) or not all(isinstance(alias, str) and alias.strip() for alias in aliases):
        raise ValidationError('Write a list of names, such as ["k8s", "kube"].')


class Product(models.Model):
    """A product that the facts know."""

    slug = BinaryCharField(max_length=100, unique=True, validators=[validate_slug])
    title = models.CharField(max_length=200)
    aliases = models.JSONField(
        default=list, blank=True, validators=[_validate_aliases], help_text='Other names, such as ["k8s", "kube"].'
    )
    url = models.CharField(max_length=300, blank=True, default="", validators=[URLValidator(schemes=["https", "http"])])
    source = models.CharField(max_length=16, choices=Source.choices)
    facts_as_of = models.DateField()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Release(models.Model):
    """One release line of a product. Each end is a date, or ended on an unknown day, or not ended, or not known."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="releases")
    name = BinaryCharField(max_length=100)
    position = models.PositiveIntegerField(default=0, help_text="Order in the source, newest mostly first.")
    label = models.CharField(max_length=200, blank=True, default="")
    codename = models.CharField(max_length=200, blank=True, default="")
    released = models.DateField(null=True, blank=True)
    eol = models.DateField("end of life", null=True, blank=True)
    has_ended = models.BooleanField(null=True, blank=True, help_text="Only where no end of life date is known.")
    active_support = models.DateField("end of active support", null=True, blank=True)
    active_support_ended = models.BooleanField(null=True, blank=True)
    extended_support = models.DateField("end of extended support", null=True, blank=True)
    extended_support_ended = models.BooleanField(null=True, blank=True)
    latest = models.CharField(max_length=100, blank=True, default="")
    latest_released = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["product", "position"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="one_release_per_name")]

    def __str__(self) -> str:
        return f"{self.product.slug} {self.name}"
