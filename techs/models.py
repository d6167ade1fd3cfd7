"""What is stored: the list (Tech), the promises (Submission, Import), the facts (Product, Release, FactsLoad)."""

import base64
import re
import secrets
import unicodedata
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, URLValidator, validate_slug
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Coalesce
from django.utils import timezone

from techs import messages, parsing, priority
from techs.addresses import check_url

NAME_MAX_LENGTH = 200
NOTE_MAX_LENGTH = 2000
SUBSCRIPTION_NAME_MAX_LENGTH = 100
# Case folding can make a text three times as long ("ΐ" becomes three characters).
NAME_KEY_MAX_LENGTH = 3 * NAME_MAX_LENGTH
OWNER_MAX_LENGTH = 100
OWNER_KEY_MAX_LENGTH = 3 * OWNER_MAX_LENGTH
MAX_TAGS = 10
TAG_MAX_LENGTH = 30
TAG = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{TAG_MAX_LENGTH - 1}}}"


def clean_name(text: str) -> str:
    """The one input rule: text as somebody typed it -> the name that is stored and shown, 1 to 200 characters.

    Raises ValidationError with a sentence for the person who typed it.
    """
    name = parsing.normalise(text)
    if not name:
        raise ValidationError("Type the name of a technology, such as Django 3.2.", code="blank")
    if not _is_one_visible_line(text, name):
        message = "This has control characters or invisible ones in it. Type one technology on one line."
        raise ValidationError(message, code="control")
    if len(name) > NAME_MAX_LENGTH:
        raise ValidationError(f"This is too long: {len(name)} of at most {NAME_MAX_LENGTH} characters.", code="length")
    return name


def clean_owner(text: str) -> str:
    """Who looks after it, as somebody typed it -> as it is stored and shown, up to 100 characters; "" for nobody.

    Raises ValidationError with a sentence for the person who typed it.
    """
    owner = parsing.normalise(text)
    if not _is_one_visible_line(text, owner):
        message = "This has control characters or invisible ones in it. Type one team or person on one line."
        raise ValidationError(message, code="control")
    if len(owner) > OWNER_MAX_LENGTH:
        message = f"This is too long: {len(owner)} of at most {OWNER_MAX_LENGTH} characters."
        raise ValidationError(message, code="length")
    return owner


def clean_tags(tags: Any) -> list[str]:
    """Tags as somebody typed them -> in small letters, each once, in order. Raises ValidationError with a sentence."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValidationError('Write a list of tags, such as ["team-web"].', code="invalid")
    if not all(re.fullmatch(TAG, tag) for tag in tags):
        message = f"A tag has 1 to {TAG_MAX_LENGTH} letters a to z, digits, dots, - and _, such as team-web."
        raise ValidationError(message, code="tag")
    if len(tags) > MAX_TAGS:
        raise ValidationError(f"These are too many: {len(tags)} of at most {MAX_TAGS} tags.", code="length")
    return sorted({tag.lower() for tag in tags})


def _is_one_visible_line(typed: str, clean: str) -> bool:
    # Line ends have become spaces in what is clean, so they are looked for in what was typed.
    return not (any(map(_is_invisible, clean)) or any(map(_is_control, typed.strip())))


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


# What a submission may say besides the text. None keeps what the list has.
OPTIONS = ("impact", "extended_support", "owner", "tags")


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
    owner = models.CharField(
        max_length=OWNER_MAX_LENGTH, blank=True, default="", help_text="Who looks after it: a team or a person."
    )
    # Finds it, in whatever letters the owner was typed.
    owner_key = BinaryCharField(max_length=OWNER_KEY_MAX_LENGTH, blank=True, default="", db_index=True, editable=False)
    # What rows show. Techs with a tag are found by TechTag.
    tags = models.JSONField(default=list, blank=True, help_text='Such as ["team-web", "shop"].')
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
    # Sorts by date, with an index and without nulls: what has no date comes last.
    ends_on = models.GeneratedField(
        expression=Coalesce("end_of_life", models.Value(date.max)), output_field=models.DateField(), db_persist=True
    )
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
            models.Index(fields=["ends_on", "id"], name="tech_ends_on"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What a form must get right. Raises ValidationError with the field's name."""
        check_hand_level(self.hand_level, review_on=self.hand_review_on, note=self.note)
        try:
            self.owner = clean_owner(self.owner)
        except ValidationError as error:
            raise ValidationError({"owner": error.messages}) from error
        try:
            self.tags = clean_tags(self.tags or [])
        except ValidationError as error:
            raise ValidationError({"tags": error.messages}) from error

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
            for option in OPTIONS:
                said = getattr(submission, option)
                setattr(self, option, getattr(self, option) if said is None else said)
        return True

    @staticmethod
    def rank_of(*, score: int, name_key: str) -> str:
        """The sort key of a row: worst score (0 to 100) first, then name. Unique, because the name is."""
        return f"{100 - score:03d} {name_key}"


class ListChange(models.Model):
    """A committed change of the list that cached pages may not know of yet: a promise to forget them.

    Written in the change's own transaction, deleted once the pages are forgotten; the sweep keeps what its writer
    could not. Submissions need none: they are not done before that.
    """

    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.at)


class TechTag(models.Model):
    """Finds the technologies with a tag. Written by techs.assessments alone, together with Tech.tags."""

    tech = models.ForeignKey(Tech, on_delete=models.CASCADE, related_name="tag_rows")
    tag = BinaryCharField(max_length=TAG_MAX_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "tech"], name="one_tag_per_tech")]

    def __str__(self) -> str:
        return str(self.tag)


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

    def is_older_than(self, moment: datetime | None) -> bool:
        """True if somebody said something newer at that moment."""
        return moment is not None and self.created_at < moment


class Removal(models.Model):
    """A technology that was taken off the list a moment ago, as it was: what undo brings back."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    row = models.TextField(help_text="The technology, as Django's JSON serializer writes it.")
    # Both lose the technology when it goes, and get it back.
    level_changes = models.JSONField(default=list)
    submissions = models.JSONField(default=list)
    removed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


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


class Subscription(models.Model):
    """An address that a program reads the exports at. Its token is known to that program alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    name = models.CharField(max_length=SUBSCRIPTION_NAME_MAX_LENGTH, help_text="What it is for.")
    digest = BinaryCharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class WebhookKind(models.TextChoices):
    """What the receiver understands."""

    JSON = "json", "JSON, signed"
    SLACK = "slack", "Slack, or what takes its messages"


def make_secret() -> str:
    """A new secret to sign with, in the form of Standard Webhooks."""
    return messages.SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class Webhook(models.Model):
    """Where news of the list is sent. As long as there is none, nothing is."""

    name = models.CharField(max_length=100)
    url = models.CharField("address", max_length=500)
    kind = models.CharField(max_length=5, choices=WebhookKind.choices, default=WebhookKind.JSON)
    secret = models.CharField(
        max_length=100, default=make_secret, editable=False, help_text="The receiver checks the signature with it."
    )
    is_active = models.BooleanField("on", default=True)
    days_ahead = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="An end of life is news once it is no more than so many days ahead; 0: only changes of level are.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an address that nothing would be sent to."""
        try:
            check_url(self.url, is_private_allowed=settings.WEBHOOK_PRIVATE)
        except ValueError as error:
            raise ValidationError({"url": str(error)}) from error


class DeliveryState(models.TextChoices):
    """Where a message stands. Failed: given up."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed", "given up"


class Delivery(models.Model):
    """One message to one webhook, as it is sent, however often."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    body = models.TextField()
    state = models.CharField(max_length=6, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.uuid} to {self.webhook}"


class Notice(models.Model):
    """A piece of news for one webhook, not yet in a message or in one. Written with what it tells of."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="notices")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="notices")
    # What keeps one piece of news from being told twice.
    subject = BinaryCharField(max_length=60)
    item = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # The day after which it cannot become news again.
    until = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["webhook", "subject"], name="one_notice_per_subject")]

    def __str__(self) -> str:
        return str(self.subject)
