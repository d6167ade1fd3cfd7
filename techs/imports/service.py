"""Imports: what a file would become, the promise to bring it onto the list, and how far that is.

accept() commits all rows before anything is published, as for a single submission: accepted means kept.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, OuterRef, Q

from techs.assessment.assessor import Assessor
from techs.exceptions import IdempotencyKeyReused, TooManyImports
from techs.imports.manifests import Entry, Manifest
from techs.imports.manifests.types import shorten
from techs.models import Import, Submission, SubmissionState, Tech
from techs.rules.attributes import NO_ATTRIBUTES, TechAttributes
from techs.rules.text import name_key
from techs.submissions import outbox
from techs.submissions.outbox import UNFINISHED

# Imports that are not done yet, of everybody together. More must wait.
AT_ONCE = 20
# Lines that were not taken, of which an import keeps more than their number; and those that an answer lists.
LISTED = 1000
# Lines that a worker does in a second at the least: so long the sweep leaves them alone.
_LINES_A_SECOND = 100
# What a line brings along: all but its primary key, and that of its import.
_TABLE = Submission._meta  # noqa: SLF001  documented
_COLUMNS = [field for field in _TABLE.concrete_fields if field.name not in {"id", "of_import"}]


@dataclass(frozen=True, slots=True)
class Line:
    """One technology of a file, as the list would show it."""

    entry: Entry
    tech: Tech
    meaning: str
    """What it is taken for, such as "Node.js 20 (LTS)"; "" if it is not known."""
    is_listed: bool

    @property
    def is_known(self) -> bool:
        """Whether the text means a product."""
        return bool(self.tech.product) or self.tech.level != "unknown"


def preview(manifest: Manifest, *, attributes: TechAttributes = NO_ATTRIBUTES) -> list[Line]:
    """What the worker would make of each technology, with what the team says of those on the list. Stores nothing.

    attributes: of all of them, as for accept().
    """
    assessor = Assessor.current()
    listed = _listed(manifest.entries)
    return [_line(entry, attributes, listed.get(name_key(entry.text)), assessor) for entry in manifest.entries]


def accept(
    manifest: Manifest,
    *,
    name: str = "",
    attributes: TechAttributes = NO_ATTRIBUTES,
    uuid: UUID | None = None,
    idempotency_key: str | None = None,
) -> Import:
    """Write the promise down, then publish it. When this returns, every technology will be on the list, or failed.

    name: of the file. attributes: of every line; those of a line win, and tags add up. A technology that is on the
    list already gets the tags besides those that it has; impact, extended support and owner replace what it has, and
    others stay. The same uuid, or the same key, gives the same import; a key with other content raises
    IdempotencyKeyReused. Raises TooManyImports, and OperationalError without the database; then nothing was accepted.
    """
    skipped = [_row(row.line, row.source, row.why) for row in manifest.skipped]
    batch = Import(
        uuid=uuid or uuid4(),
        idempotency_key=idempotency_key,
        digest=_digest(manifest, name=name, attributes=attributes),
        name=shorten(name),
        format=manifest.format.value,
        total=len(manifest.entries),
        skipped=len(skipped),
        skipped_rows=skipped[:LISTED],
        **attributes.options,
    )
    if earlier := _accepted_before(batch):
        return earlier
    try:
        ids = _write(batch, [_values_of(line) for line in _lines(batch, manifest.entries, attributes)])
    except IntegrityError:
        # Somebody else sent the same at the same time.
        if earlier := _accepted_before(batch):
            return earlier
        raise
    transaction.on_commit(lambda: outbox.publish_chunks(ids))
    return batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is. done counts what is on the list, unchanged those of it that were before."""

    total: int
    done: int
    unchanged: int
    failed: int
    skipped: int

    @classmethod
    def of(cls, batch: Import) -> Self:
        """Count, in one query."""
        done = Q(state=SubmissionState.DONE)
        counts = Submission.objects.filter(of_import=batch).aggregate(
            done=Count("pk", filter=done),
            unchanged=Count("pk", filter=done & Q(is_unchanged=True)),
            failed=Count("pk", filter=Q(state=SubmissionState.FAILED)),
        )
        return cls(total=batch.total, skipped=batch.skipped, **counts)

    @property
    def finished(self) -> int:
        """Done or failed."""
        return self.done + self.failed

    @property
    def state(self) -> str:
        """queued until the last one is done or failed, then done."""
        return "done" if self.finished >= self.total else "queued"


def errors(batch: Import) -> list[dict[str, Any]]:
    """What failed, with line, text and reason: the first ones."""
    failed = batch.submissions.filter(state=SubmissionState.FAILED).order_by("line")
    return [_row(each.line or 0, each.text, each.error) for each in failed[:LISTED]]


def standing(batch: Import) -> dict[str, Any]:
    """All that there is to say of an import, as the API says it."""
    progress = Progress.of(batch)
    return {
        "id": batch.uuid,
        "name": batch.name,
        "format": batch.format,
        "state": progress.state,
        "errors": errors(batch) if progress.failed else [],
        "skipped_lines": batch.skipped_rows,
        **batch.attributes.options,
        **asdict(progress),
    }


def _digest(manifest: Manifest, *, name: str, attributes: TechAttributes) -> str:
    """Of all that is accepted, and of what is not."""
    entries = [[entry.line, entry.text, *_options_of(entry.attributes)] for entry in manifest.entries]
    skipped = [[row.line, row.source, row.why] for row in manifest.skipped]
    content = [name, manifest.format, entries, skipped, *_options_of(attributes)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _options_of(attributes: TechAttributes) -> list[Any]:
    # Nothing for nothing: the digests of earlier versions stay what they are.
    return [] if attributes == NO_ATTRIBUTES else [attributes.options]


def _accepted_before(batch: Import) -> Import | None:
    if batch.idempotency_key is None:
        return Import.objects.filter(uuid=batch.uuid).first()
    earlier = Import.objects.filter(idempotency_key=batch.idempotency_key).first()
    if earlier and earlier.digest != batch.digest:
        raise IdempotencyKeyReused
    return earlier


def _listed(entries: Sequence[Entry]) -> dict[str, Tech]:
    keys = [name_key(entry.text) for entry in entries]
    chunks = [keys[begin : begin + outbox.CHUNK] for begin in range(0, len(keys), outbox.CHUNK)]
    return {tech.name_key: tech for chunk in chunks for tech in Tech.objects.filter(name_key__in=chunk)}


def _line(entry: Entry, general: TechAttributes, listed: Tech | None, assessor: Assessor) -> Line:
    tech = listed or Tech()
    tech.name, tech.name_key = entry.text, name_key(entry.text)
    attributes = entry.attributes.over(general)
    # Owner and tags are no matter of the level.
    tech.impact = attributes.impact or tech.impact
    tech.extended_support = (
        tech.extended_support if attributes.extended_support is None else attributes.extended_support
    )
    assessor.assess(tech)
    return Line(entry=entry, tech=tech, meaning=assessor.name_of(tech), is_listed=listed is not None)


@transaction.atomic
def _write(batch: Import, lines: Sequence[list[Any]]) -> list[int]:
    """Insert all rows. Returns the primary keys of the lines.

    Not by bulk_create(), which prepares 10,000 rows for a second while SQLite's one lock is held: their values come
    ready, and nobody waits for longer than 0.2 s.
    """
    if _unfinished() >= AT_ONCE:
        raise TooManyImports
    batch.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.executemany(_insert(), [[*values, batch.pk] for values in lines])
    return list(Submission.objects.filter(of_import=batch).order_by("pk").values_list("pk", flat=True))


def _unfinished() -> int:
    has_lines = Exists(Submission.objects.filter(UNFINISHED, of_import=OuterRef("pk")))
    return Import.objects.filter(has_lines).count()


def _lines(batch: Import, entries: Sequence[Entry], attributes: TechAttributes) -> Iterator[Submission]:
    for number, entry in enumerate(entries):
        yield Submission(
            text=entry.text,
            line=entry.line,
            **entry.attributes.over(attributes).options,
            created_at=batch.created_at,
            publish_again_at=_first_look(batch.created_at, number=number),
        )


def _values_of(line: Submission) -> list[Any]:
    """As the database takes them, in the order of _insert()."""
    return [field.get_db_prep_save(getattr(line, field.attname), connection) for field in _COLUMNS]


def _insert() -> str:
    names = [*(field.column or "" for field in _COLUMNS), "of_import_id"]
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(_TABLE.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608  no values


def _first_look(accepted_at: datetime, *, number: int) -> datetime:
    """When the sweep looks at a line first: not while it only waits for those before it."""
    return accepted_at + timedelta(seconds=settings.SWEEP_AFTER + number // _LINES_A_SECOND)


def _row(line: int, text: str, error: str) -> dict[str, Any]:
    return {"line": line, "text": text, "error": error}
