"""Imports: preview a manifest, accept it, and report progress.

accept() commits all rows before it publishes any task, like a single submission.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from techs.activity import actors
from techs.assessment.assessor import Assessor
from techs.exceptions import TooManyImports
from techs.imports import line_rows, named_services
from techs.imports.budget import bounded
from techs.imports.line_rows import Row
from techs.imports.manifests import Entry, Manifest
from techs.imports.manifests.types import shorten
from techs.imports.named_services import NamedServices, users_of
from techs.imports.repeats import IdempotencyKey
from techs.models import Import, Submission, SubmissionState, Tech
from techs.rules.attributes import NO_ATTRIBUTES, TechAttributes
from techs.rules.text import name_key
from techs.submissions import outbox
from techs.submissions.outbox import UNFINISHED

# Unfinished imports across all users. Further imports are rejected.
AT_ONCE = 20
# Skipped lines that an import stores, and failed lines that a response lists. Further lines are only counted.
LISTED = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A technology in a file, as the list would show it."""

    entry: Entry
    tech: Tech
    meaning: str
    """The matched product and cycle, such as "Node.js 20 (LTS)"; "" if unknown."""
    is_listed: bool

    @property
    def is_library(self) -> bool:
        return self.tech.is_library

    @property
    def is_known(self) -> bool:
        return bool(self.tech.product) or self.tech.level != "unknown"


def preview(manifest: Manifest, *, attributes: TechAttributes = NO_ATTRIBUTES) -> list[Line]:
    """Assess each technology as the worker would, without storing anything.

    attributes apply to all entries, as in accept(). Any that are not given are taken from the listed technology. Raises
    ManifestError if this takes too long.
    """
    assessor = Assessor.current()
    listed = _listed(manifest.entries)
    entries = bounded(manifest.entries)
    return [_line(entry, attributes, listed.get(name_key(entry.text)), assessor) for entry in entries]


def foresee(manifest: Manifest, *, attributes: TechAttributes = NO_ATTRIBUTES) -> dict[str, Any]:
    """Return the result of an import, with its first LISTED technologies, without storing anything.

    Raises ManifestError if this takes too long.
    """
    first = replace(manifest, entries=manifest.entries[:LISTED])
    notes = named_services.notes_on(first.entries)
    return {
        "format": manifest.format.value,
        "total": len(manifest.entries),
        "skipped": len(manifest.skipped),
        "skipped_lines": _skipped(manifest),
        "new_services": NamedServices.of(manifest.entries).new_names[:LISTED],
        "lines": [
            _foreseen(line, note) for line, note in zip(preview(first, attributes=attributes), notes, strict=True)
        ],
    }


def accept(
    manifest: Manifest,
    *,
    name: str = "",
    attributes: TechAttributes = NO_ATTRIBUTES,
    uuid: UUID | None = None,
    key: IdempotencyKey | None = None,
) -> Import:
    """Commit an import, then publish its tasks. Once this returns, every entry will reach the list or be marked failed.

    attributes apply to all entries. Those of an entry take precedence, but tags are combined. Listed technologies keep
    their tags and any attribute not given. A repeated uuid or key returns the earlier import, but a key with other
    content raises IdempotencyKeyReused. After TooManyImports or OperationalError, nothing is accepted.
    """
    batch = _batch(manifest, name, attributes, uuid=uuid or uuid4(), key=key)
    entries = [_completed(entry, attributes) for entry in manifest.entries]
    if earlier := _accepted_before(batch, entries, key):
        return earlier
    lines = line_rows.prepare(batch, entries)
    try:
        ids = _write(batch, entries, lines)
    except IntegrityError:
        # The same import was sent concurrently, or one that creates the same service.
        if earlier := _accepted_before(batch, entries, key):
            return earlier
        ids = _write(batch, entries, lines)
    transaction.on_commit(lambda: outbox.publish_chunks(ids))
    return batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Progress of an import, in lines. done includes unchanged: lines that were already up to date."""

    total: int
    done: int
    unchanged: int
    failed: int
    skipped: int
    unfinished: int = 0

    @classmethod
    def of(cls, batch: Import) -> Self:
        done = Q(state=SubmissionState.DONE)
        counts = Submission.objects.filter(of_import=batch).aggregate(
            done=Count("pk", filter=done),
            unchanged=Count("pk", filter=done & Q(is_unchanged=True)),
            failed=Count("pk", filter=Q(state=SubmissionState.FAILED)),
            unfinished=Count("pk", filter=UNFINISHED),
        )
        return cls(total=batch.total, skipped=batch.skipped, **counts)

    @property
    def finished(self) -> int:
        """Return the lines that are done or failed, with those deleted since, which are no longer counted as either."""
        return self.total - self.unfinished

    @property
    def state(self) -> str:
        """Return "queued" until every line is done or failed, then "done"."""
        return "done" if self.finished >= self.total else "queued"


def errors(batch: Import) -> list[dict[str, Any]]:
    """Return line, text and reason of the first LISTED failures."""
    failed = batch.submissions.filter(state=SubmissionState.FAILED).order_by("line")
    return [_row(each.line or 0, each.text, each.error) for each in failed[:LISTED]]


def kept_owners(batch: Import) -> list[dict[str, Any]]:
    """Return line, text and owner of the first LISTED technologies whose owner the import did not replace."""
    kept = batch.submissions.exclude(kept_owner__in=["", F("owner")]).order_by("line")
    return [{"line": each.line or 0, "text": each.text, "owner": each.kept_owner} for each in kept[:LISTED]]


def problem(batch: Import) -> str:
    """Return the error of a line that will be tried again; "" if there is none."""
    failing = batch.submissions.filter(UNFINISHED).exclude(error="")
    return failing.values_list("error", flat=True).first() or ""


def standing(batch: Import) -> dict[str, Any]:
    progress = Progress.of(batch)
    return {
        "id": batch.uuid,
        "name": batch.name,
        "format": batch.format,
        "state": progress.state,
        "errors": errors(batch) if progress.failed else [],
        "skipped_lines": batch.skipped_rows,
        "kept_owners": kept_owners(batch),
        "new_services": batch.new_services or [],
        **batch.attributes.options,
        **asdict(progress),
    }


def _foreseen(line: Line, service_note: str) -> dict[str, Any]:
    return {
        "line": line.entry.line,
        "text": line.entry.text,
        "kind": line.tech.kind,
        "product": line.tech.product or None,
        "release": line.tech.release or None,
        "priority": line.tech.level,
        "listed": line.is_listed,
        "services": line.entry.services,
        "note": ". ".join(filter(None, (line.entry.note, service_note))),
    }


def _batch(
    manifest: Manifest, name: str, attributes: TechAttributes, *, uuid: UUID, key: IdempotencyKey | None
) -> Import:
    return Import(
        uuid=uuid,
        idempotency_key=key.value if key else None,
        digest=key.digest if key else "",
        name=shorten(name),
        format=manifest.format.value,
        total=len(manifest.entries),
        skipped=len(manifest.skipped),
        skipped_rows=_skipped(manifest),
        **attributes.options,
        **actors.current().columns,
    )


def _skipped(manifest: Manifest) -> list[dict[str, Any]]:
    return [_row(row.line, row.source, row.why) for row in manifest.skipped[:LISTED]]


def _completed(entry: Entry, general: TechAttributes) -> Entry:
    """Return an entry with the attributes of the whole import as defaults."""
    if entry.attributes == general == NO_ATTRIBUTES:
        return entry
    return replace(entry, attributes=entry.attributes.over(general))


def _accepted_before(batch: Import, entries: Sequence[Entry], key: IdempotencyKey | None) -> Import | None:
    return key.import_of(batch, entries) if key else Import.objects.filter(uuid=batch.uuid).first()


def _listed(entries: Sequence[Entry]) -> dict[str, Tech]:
    keys = [name_key(entry.text) for entry in entries]
    chunks = [keys[begin : begin + outbox.CHUNK] for begin in range(0, len(keys), outbox.CHUNK)]
    return {tech.name_key: tech for chunk in chunks for tech in Tech.objects.filter(name_key__in=chunk)}


def _line(entry: Entry, general: TechAttributes, listed: Tech | None, assessor: Assessor) -> Line:
    tech = listed or Tech(kind=entry.kind)
    tech.name, tech.name_key = entry.text, name_key(entry.text)
    attributes = entry.attributes.over(general)
    # Owner, tags and note do not affect the level.
    tech.impact = attributes.impact or tech.impact
    tech.extended_support = (
        tech.extended_support if attributes.extended_support is None else attributes.extended_support
    )
    assessor.assess(tech)
    return Line(entry=entry, tech=tech, meaning=assessor.name_of(tech), is_listed=listed is not None)


@transaction.atomic
def _write(batch: Import, entries: Sequence[Entry], lines: Sequence[Row]) -> list[int]:
    """Insert all rows, and the services that are new. Return the primary keys of the lines.

    bulk_create() would spend a second preparing 10,000 rows while holding SQLite's write lock. With the values prepared
    beforehand, other writers wait for at most 0.2 s.
    """
    if _unfinished() >= AT_ONCE:
        raise TooManyImports
    batch.pk = None
    _link_services(batch, entries, lines)
    batch.save(force_insert=True)
    line_rows.insert(batch, lines)
    return list(Submission.objects.filter(of_import=batch).order_by("pk").values_list("pk", flat=True))


def _link_services(batch: Import, entries: Sequence[Entry], lines: Sequence[Row]) -> None:
    """Create the services that are missing, and let the lines refer to those that they name."""
    linked = [(entry, values) for entry, values in zip(entries, lines, strict=True) if entry.services]
    if not linked:
        return
    users = users_of(entry for entry, _ in linked)
    services, new = NamedServices.of(entry for entry, _ in linked).create()
    batch.new_services = [{"slug": each.slug, "name": each.name} for each in new[:LISTED]] or None
    for entry, values in linked:
        ids = {services[name_key(name)].pk for name in entry.services} - users.get(name_key(entry.text), set())
        values[line_rows.SERVICES] = line_rows.prepared("services", sorted(ids))


def _unfinished() -> int:
    has_lines = Exists(Submission.objects.filter(UNFINISHED, of_import=OuterRef("pk")))
    return Import.objects.filter(has_lines).count()


def _row(line: int, text: str, error: str) -> dict[str, Any]:
    return {"line": line, "text": text, "error": error}
