"""Accept files for the sources of services.

accept() commits the upload and its technologies before it publishes a task. techs.imports.applying does the rest.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from techs import due_dates
from techs.activity import actors
from techs.assessment.assessor import Assessor
from techs.exceptions import LargeRemoval, ServiceArchived
from techs.imports import parsing, service
from techs.imports.manifests import Manifest
from techs.imports.snapshots import snapshot_of
from techs.inventory.invalidation import schedule_invalidation
from techs.inventory.placing import Placer, basis_of
from techs.models import Service, ServiceSource, Upload, UploadLine, UploadState, Usage
from techs.rules import snapshots
from techs.rules.snapshots import Seen, Sighting
from techs.submissions import outbox
from techs.transactions import in_transaction

API = "api"
"""The origin of sources whose uploads name none."""
_REMOVAL = "removed"
EMPTIED = "emptied"
"""The digest of uploads that empty a source, because its file is gone."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as received. name determines the format, and is usually that of the source."""

    name: str
    content: bytes
    origin: str = ""
    ref: str = ""

    @property
    def digest(self) -> str:
        # Every release may read the same file differently.
        head = f"{settings.VERSION}\0{self.name}\0".encode()
        return hashlib.sha256(head + self.content).hexdigest()


def accept(target: Service, source_name: str, file: File, *, is_confirmed: bool = False) -> tuple[Upload, bool]:
    """Commit an upload, then publish its task. Return it, and True if it is new.

    The content of the newest accepted upload again is that upload. Raises ManifestError, ServiceArchived,
    LargeRemoval and TooManyImports, and then nothing is stored.
    """
    check_active(target)
    if earlier := _accepted_before(target, source_name, file.digest):
        return earlier, False
    manifest, snapshot = read(file, Placer(Assessor.current()))

    def write() -> tuple[Upload, bool]:
        _lock(target)
        source = _locked(target, source_name, origin=file.origin)
        if source.accepted and _is_same(source.accepted, file.digest):
            return source.accepted, False
        _check_removal(source, snapshot, is_confirmed=is_confirmed)
        upload = _new_upload(source, digest=file.digest, ref=file.ref, **_described(manifest))
        _commit(upload, source, snapshot.values(), origin=file.origin)
        return upload, True

    return in_transaction(write)


def remove(target: Service, source_name: str) -> Upload:
    """Accept that a source ends: its usages leave, and then the source itself. Raises ServiceSource.DoesNotExist."""

    def write() -> Upload:
        _lock(target)
        source = target.sources.select_for_update().get(name=source_name)
        if source.accepted and source.accepted.removes_source and source.accepted.state != UploadState.FAILED:
            return source.accepted
        upload = _new_upload(source, digest=_REMOVAL, removes_source=True)
        _commit(upload, source, [])
        return upload

    return in_transaction(write)


def complete(target: Service, *, origin: str, names: Iterable[str], is_confirmed: bool = False) -> list[Upload]:
    """Empty the sources of an origin that are not named, because their files are gone. Raises LargeRemoval.

    All sources of the origin count as one here: one file of many may go without a confirmation.
    """
    kept = set(names)

    def write() -> list[Upload]:
        _lock(target)
        sources = list(target.sources.select_for_update().filter(origin=origin).order_by("pk"))
        sizes = {source.pk: len(baseline(source)) for source in sources}
        gone = [source for source in sources if source.name not in kept and sizes[source.pk]]
        removes, of = sum(sizes[source.pk] for source in gone), sum(sizes.values())
        if not is_confirmed and snapshots.needs_confirmation(removes=removes, of=of, left=of - removes):
            raise LargeRemoval(removes=removes, of=of)
        uploads = [_new_upload(source, digest=EMPTIED) for source in gone]
        for upload, source in zip(uploads, gone, strict=True):
            _commit(upload, source, [])
        return uploads

    return in_transaction(write)


def read(file: File, placer: Placer) -> tuple[Manifest | None, dict[str, Sighting]]:
    """Read a file and find the rows of its technologies. A blank file has none. Raises ManifestError."""
    if not file.content.strip():
        return None, {}
    manifest = parsing.read(file.name, file.content)
    return manifest, snapshot_of(manifest, placer)


def check_active(target: Service) -> None:
    if target.is_archived:
        raise ServiceArchived(f"{target.name} is archived. Restore it before you upload anything for it.")


def baseline(source: ServiceSource | None) -> dict[str, Seen]:
    """Return the snapshot that the next upload replaces: that of the newest accepted upload, applied or not."""
    if source is None:
        return {}
    is_waiting = source.accepted is not None and source.accepted.state == UploadState.QUEUED
    rows: Any = source.accepted.lines if source.accepted and is_waiting else Usage.objects.filter(source=source)
    fields = rows.order_by("pk").values_list("key", "name", "product", "versions")
    return {key: Seen(name=name, product=product, versions=tuple(versions)) for key, name, product, versions in fields}


def seen(snapshot: Mapping[str, Sighting]) -> dict[str, Seen]:
    return {
        key: Seen(name=each.name, product=each.product, versions=tuple(each.versions)) for key, each in snapshot.items()
    }


def _accepted_before(target: Service, source_name: str, digest: str) -> Upload | None:
    source = target.sources.select_related("accepted").filter(name=source_name).first()
    if source is None or source.accepted is None or not _is_same(source.accepted, digest):
        return None
    _note_seen(source)
    return source.accepted


def _is_same(upload: Upload, digest: str) -> bool:
    return upload.digest == digest and upload.state != UploadState.FAILED


def _note_seen(source: ServiceSource) -> None:
    """Record the day of an unchanged upload. Pages show it, so they are forgotten, at most once a day."""
    now = timezone.now()
    if source.seen_at.astimezone(UTC).date() == now.astimezone(UTC).date():
        return

    def write() -> None:
        if ServiceSource.objects.filter(pk=source.pk, seen_at=source.seen_at).update(seen_at=now):
            schedule_invalidation()

    in_transaction(write)


def _lock(target: Service) -> None:
    """Lock a service, as workers do before its sources. Raises ServiceArchived."""
    check_active(Service.objects.select_for_update().get(pk=target.pk))


def _locked(target: Service, name: str, *, origin: str) -> ServiceSource:
    # Two first uploads at once collide on the unique key, and the second try finds the row.
    sources = target.sources.select_for_update()
    source = sources.filter(name=name).first()
    return source or ServiceSource.objects.create(service=target, name=name, origin=origin or API)


def _check_removal(source: ServiceSource, snapshot: Mapping[str, Sighting], *, is_confirmed: bool) -> None:
    before = baseline(source)
    removes = len(before.keys() - snapshot.keys())
    if not is_confirmed and snapshots.needs_confirmation(removes=removes, of=len(before), left=len(snapshot)):
        raise LargeRemoval(removes=removes, of=len(before))


def _described(manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    skipped = [{"line": row.line, "text": row.source, "error": row.why} for row in manifest.skipped]
    return {
        "format": manifest.format.value,
        "skipped": len(skipped),
        "skipped_rows": skipped[: service.LISTED],
    }


def _new_upload(source: ServiceSource, *, digest: str, **fields: Any) -> Upload:
    return Upload(
        service_id=source.service_id,
        source=source,
        source_name=source.name,
        digest=digest,
        basis=basis_of(Assessor.current()),
        publish_again_at=due_dates.first(),
        **actors.current().columns,
        **fields,
    )


def _commit(upload: Upload, source: ServiceSource, sightings: Iterable[Sighting], *, origin: str = "") -> None:
    lines = [_line(upload, sighting) for sighting in sightings]
    upload.total = len(lines)
    upload.save(force_insert=True)
    UploadLine.objects.bulk_create(lines, batch_size=500)
    source.accepted, source.origin, source.seen_at = upload, origin or source.origin, timezone.now()
    source.save(update_fields=["accepted", "origin", "seen_at"])
    transaction.on_commit(lambda: outbox.publish_upload(upload.pk))


def _line(upload: Upload, sighting: Sighting) -> UploadLine:
    return UploadLine(
        upload=upload,
        key=sighting.key,
        name=sighting.name,
        kind=sighting.kind.value,
        product=sighting.product,
        cycle=sighting.cycle,
        package=sighting.package,
        as_read=sighting.as_read,
        versions=list(sighting.versions),
        line=sighting.line,
        is_range=sighting.is_range,
        is_exact=sighting.is_exact,
    )
