"""The list: technologies, their tags and level changes."""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce, NullIf
from django.db.models.signals import pre_delete
from django.utils import timezone

from techs.models.counts import CountedModel, CountedQuerySet, note_deleted
from techs.models.fields import IMPACTS, KINDS, LEVELS, NAME_KEY_MAX_LENGTH, OWNER_KEY_MAX_LENGTH, BinaryCharField
from techs.rules.attributes import (
    EDITABLE,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    OWNER_MAX_LENGTH,
    TAG_MAX_LENGTH,
    check_level_override,
    clean_note,
    clean_owner,
    clean_tags,
)
from techs.rules.kinds import Kind
from techs.rules.levels import Impact, Level
from techs.rules.overrides import ACCEPTED, ACCEPTED_ACTION, BY_HAND, shown_level
from techs.rules.search_words import WORD_LENGTH
from techs.rules.text import name_key
from techs.validation import validation_errors

LIBRARY_RANK = 999  # after every score
_IMPACT_ORDER: Mapping[str, int] = {impact.value: order for order, impact in enumerate(Impact)}
RANK_MAX_LENGTH = NAME_KEY_MAX_LENGTH + 17
_PRODUCT_MAX_LENGTH = 100


def _order(column: str, *, max_length: int) -> models.GeneratedField:
    """Return a text to sort by. It is never empty, so rows without a value come last."""
    value = Coalesce(NullIf(column, models.Value("")), models.Value(chr(sys.maxunicode)))
    return models.GeneratedField(
        expression=value, output_field=BinaryCharField(max_length=max_length), db_persist=False
    )


class Tech(CountedModel):
    """A technology on the list with its current assessment. Written only by techs.inventory and techs.submissions."""

    name = models.CharField(max_length=NAME_MAX_LENGTH, help_text="As typed, normalised.")
    # The only unique key besides the primary one.
    name_key = BinaryCharField(max_length=NAME_KEY_MAX_LENGTH, unique=True, editable=False)
    # Sorts the list worst first, then by name, with one index and without ties. See rank_of().
    rank = BinaryCharField(max_length=RANK_MAX_LENGTH, editable=False)

    # A database default, because during a rolling update a process of the previous version inserts rows without it.
    kind = models.CharField(
        max_length=8,
        choices=KINDS,
        default=Kind.TRACKED.value,
        db_default=Kind.TRACKED.value,
        help_text="A library is listed, but not assessed.",
    )
    # Unset in rows that exist only through uploads, until somebody sets it. See Assessor.impact_of().
    impact = models.CharField(max_length=8, choices=IMPACTS, blank=True, default=Impact.NORMAL.value)
    extended_support = models.BooleanField(default=False, help_text="The team pays for extended support.")
    note = models.TextField(blank=True, default="", max_length=NOTE_MAX_LENGTH)
    owner = models.CharField(
        max_length=OWNER_MAX_LENGTH, blank=True, default="", help_text="The responsible team or person."
    )
    # For lookups that ignore case.
    owner_key = BinaryCharField(max_length=OWNER_KEY_MAX_LENGTH, blank=True, default="", db_index=True, editable=False)
    owner_order = _order("owner_key", max_length=OWNER_KEY_MAX_LENGTH)
    # For display. TechTag is the index.
    tags = models.JSONField(default=list, blank=True, help_text='Such as ["team-web", "shop"].')
    unversioned = models.BooleanField(
        default=False, db_column="evergreen", help_text="In-house or versionless: do not track it."
    )
    level_override = models.CharField(
        max_length=8,
        choices=LEVELS,
        blank=True,
        default="",
        db_column="hand_level",
        help_text="Replaces the computed level until the review.",
    )
    override_review_on = models.DateField(
        "review on",
        null=True,
        blank=True,
        db_column="hand_review_on",
        help_text="The override ends on this day.",
    )

    # Rows that nobody added leave the list with their last usage.
    by_hand = models.BooleanField(default=True, db_default=True, editable=False)
    # Derived from the usages that count, and written together with them.
    services = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    service_impact = models.CharField(
        max_length=8, choices=IMPACTS, blank=True, default="", db_default="", editable=False, help_text="The highest."
    )
    versions = models.JSONField(null=True, blank=True, editable=False, help_text="Versions in use.")
    lowest_version = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)

    # The result of the rule, or the level override while it is active.
    level = models.CharField(max_length=8, choices=LEVELS)
    score = models.PositiveSmallIntegerField(help_text="0 to 100; 100 is worst.")
    computed_level = models.CharField(max_length=8, choices=LEVELS)
    computed_score = models.PositiveSmallIntegerField()
    previous_level = models.CharField(max_length=8, choices=LEVELS, blank=True, default="")
    level_since = models.DateTimeField(help_text="When the level last changed.")
    reasons = models.JSONField(help_text="A list of {code, text, source, facts_as_of}; the first one decides.")
    product = models.CharField(max_length=_PRODUCT_MAX_LENGTH, blank=True, default="")
    product_order = _order("product", max_length=_PRODUCT_MAX_LENGTH)
    release = models.CharField(max_length=100, blank=True, default="")
    # Null also in rows of the previous version, which writes without it during a rolling update.
    cycle_key = BinaryCharField(
        max_length=201,
        null=True,
        blank=True,
        editable=False,
        db_index=True,
        help_text='Slug and release cycle behind the level, even if it is only assumed, such as "django 5.2".',
    )
    end_of_life = models.DateField(null=True, blank=True)
    # Sorts by date with an index. It is never null, so rows without a date come last on every database.
    ends_on = models.GeneratedField(
        expression=Coalesce("end_of_life", models.Value(date.max)), output_field=models.DateField(), db_persist=True
    )
    # Null also in rows of the previous version, which writes without it during a rolling update.
    upgrade_to = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="Where to go: {text, release, name, end_of_life}, or null if nothing is better.",
    )
    suggestions = models.JSONField(default=list, blank=True, help_text="Suggested names, best first.")

    # Identifies the words of the row in the index of searches. Empty, until they are reassessed, in rows from before
    # the index, and in those that a process of the previous version inserts during a rolling update.
    words_key = BinaryCharField(max_length=12, blank=True, default="", db_default="", editable=False)
    new_words: frozenset[str] | None = None
    """The words of words_key, if the index of searches lacks them: of the name, but not of its product."""

    # The newest submission merged into this row. Older ones that arrive late only set the attributes that it omitted.
    last_submission = models.BigIntegerField(default=0, editable=False)
    submitted_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The newest submission at the time of the last edit, read with the row locked. All submissions up to this one are
    # older than the edit. It is an id because the clocks of hosts differ, and has a database default because during a
    # rolling update, processes of the previous version insert rows without it.
    edited_after = models.BigIntegerField(default=0, db_default=0, editable=False)
    assessed_at = models.DateTimeField()
    # The day, rule and lifecycle data of the assessment. Rows with an outdated basis are reassessed.
    basis = models.CharField(max_length=120, db_index=True)

    objects = models.Manager.from_queryset(CountedQuerySet)()

    class Meta:
        ordering = ["rank"]
        verbose_name = "technology"
        verbose_name_plural = "technologies"
        indexes = [
            # One for each filter and ordering, without which a page would read or sort a large part of a long list.
            # By rank, libraries come last, so leaving them out needs no index of its own.
            models.Index(fields=["rank", "product"], name="tech_rank_product"),
            models.Index(fields=["level", "rank"], name="tech_level_rank"),
            models.Index(fields=["product", "rank"], name="tech_product_rank"),
            models.Index(fields=["product", "name_key"], name="tech_product_name"),
            models.Index(fields=["product", "ends_on", "id"], name="tech_product_ends_on"),
            models.Index(fields=["submitted_at", "id"], name="tech_submitted"),
            models.Index(fields=["ends_on", "id"], name="tech_ends_on"),
            models.Index(fields=["kind", "name_key"], name="tech_kind_name"),
            models.Index(fields=["kind", "submitted_at", "id"], name="tech_kind_submitted"),
            models.Index(fields=["kind", "ends_on", "id"], name="tech_kind_ends_on"),
            models.Index(fields=["kind", "level", "name_key"], name="tech_kind_level_name"),
            models.Index(fields=["kind", "level", "submitted_at", "id"], name="tech_kind_level_submitted"),
            models.Index(fields=["kind", "level", "ends_on", "id"], name="tech_kind_level_ends_on"),
            models.Index(fields=["kind", "services", "id"], name="tech_kind_services"),
            models.Index(fields=["kind", "owner_order", "id"], name="tech_kind_owner"),
            models.Index(fields=["kind", "product_order", "id"], name="tech_kind_product"),
            models.Index(fields=["level_override", "override_review_on"], name="tech_accepted"),
            models.Index(fields=["words_key", "id"], name="tech_words_key"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        with validation_errors():
            today = datetime.now(UTC).date()
            check_level_override(self.level_override, review_on=self.override_review_on, note=self.note, today=today)
        with validation_errors("note"):
            self.note = clean_note(self.note)
        with validation_errors("owner"):
            self.owner = clean_owner(self.owner)
        with validation_errors("tags"):
            self.tags = clean_tags(self.tags or [])

    def has_active_override(self, today: date) -> bool:
        """Return True if there is a level override whose review date is still ahead."""
        return bool(self.level_override and self.override_review_on and today < self.override_review_on)

    @property
    def has_accepted_risk(self) -> bool:
        """Return True if the team accepts the risk, as of the last assessment."""
        return self.level == Level.LOW and any(reason["code"] == BY_HAND for reason in self.reasons)

    @property
    def shown_level(self) -> str:
        """Return the level, or "accepted" for an accepted risk, which is not a reason to do nothing."""
        return ACCEPTED if self.has_accepted_risk else self.level

    @property
    def action(self) -> str:
        if self.has_accepted_risk:
            return ACCEPTED_ACTION
        # Libraries are unknown by nature, so nobody is asked to identify one.
        return (Level.LOW if self.is_library else Level(self.level)).action

    @property
    def first_reason(self) -> str:
        """Return the text of the reason that decides the level."""
        return str(self.reasons[0]["text"]) if self.reasons else ""

    @property
    def editable_values(self) -> dict[str, Any]:
        """Return the values of the name and the editable fields, as JSON types."""
        values = {field: getattr(self, field) for field in ("name", *EDITABLE)}
        return values | {"override_review_on": self.override_review_on and self.override_review_on.isoformat()}

    @property
    def recorded_values(self) -> dict[str, Any]:
        """Return the values that people and files set, which activity records, as JSON types."""
        return self.editable_values | {"kind": self.kind, "by_hand": self.by_hand}

    @classmethod
    def named(cls, text: str) -> "Tech | None":
        """Return the technology with this name, ignoring case and spacing, or None."""
        return cls.objects.filter(name_key=name_key(text)).first()

    @property
    def is_library(self) -> bool:
        return self.kind == Kind.LIBRARY

    @staticmethod
    def rank_of(
        *,
        score: int,
        name_key: str,
        impact: str = Impact.NORMAL,
        end: date | None = None,
        is_library: bool = False,
    ) -> str:
        """Build the sort key of a row: highest score (0 to 100) first, then impact, earliest end, and name.

        Unique, as names are. Rows without an end come after those with one, and libraries last.
        """
        order = _IMPACT_ORDER[impact]
        first = LIBRARY_RANK if is_library else 100 - score
        return f"{first:03d} {order} {(end or date.max).isoformat()} {name_key}"


pre_delete.connect(note_deleted, sender=Tech)


class PendingInvalidation(models.Model):
    """A committed change to the list that cached pages may not show yet.

    It is written in the transaction of the change and deleted once the pages are invalidated. If the writer fails, the
    sweep retries. Submissions need none, because they are not done before the invalidation.
    """

    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "techs_listchange"
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.at)


class TechTag(models.Model):
    """Index of technologies by tag, always written together with Tech.tags."""

    tech = models.ForeignKey(Tech, on_delete=models.CASCADE, related_name="tag_rows")
    tag = BinaryCharField(max_length=TAG_MAX_LENGTH)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "tech"], name="one_tag_per_tech")]

    def __str__(self) -> str:
        return str(self.tag)


class TechWord(models.Model):
    """Index of searches: the words of names that are not words of their product. See techs.inventory.search."""

    pk = models.CompositePrimaryKey("tech_id", "word")
    # Without a constraint, because processes of the previous version remove technologies without removing their words.
    tech = models.ForeignKey(
        Tech, on_delete=models.CASCADE, related_name="word_rows", db_constraint=False, db_index=False
    )
    word = BinaryCharField(max_length=WORD_LENGTH)

    class Meta:
        indexes = [models.Index(fields=["word", "tech"], name="tech_word")]

    def __str__(self) -> str:
        return str(self.word)


class LevelChange(models.Model):
    """A technology's change from one level to another."""

    # Null after the technology was removed: the change stays in the history.
    tech = models.ForeignKey(Tech, on_delete=models.SET_NULL, null=True, related_name="level_changes")
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    at = models.DateTimeField(db_index=True)
    from_level = models.CharField("from", max_length=8, choices=LEVELS)
    to_level = models.CharField("to", max_length=8, choices=LEVELS)
    why = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]
        # The overview counts recent changes in the index alone.
        indexes = [models.Index(fields=["at", "from_level", "to_level"], name="level_change_at")]

    def __str__(self) -> str:
        return f"{self.name}: {self.from_level} to {self.to_level}"

    @property
    def shown_level(self) -> str:
        """Return the new level, or "accepted" if the team accepted the risk."""
        return shown_level(self.to_level, self.why)
