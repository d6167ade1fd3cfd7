"""The changes of an upload, made or previewed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from techs.assessment.assessor import Assessor
from techs.imports import uploads
from techs.imports.budget import bounded
from techs.inventory import usages as inventory
from techs.inventory.placing import Placer
from techs.models import ChangeKind, Service, ServiceSource, Tech, Upload, UploadState, Usage, UsageChange
from techs.rules import snapshots
from techs.rules.kinds import Kind
from techs.rules.snapshots import Difference, Move, Seen, Sighting
from techs.transactions import in_chunks

_AT_ONCE = 500


def of_upload(upload: Upload) -> dict[str, Any]:
    """Return the state of an upload and, once it is done, its changes."""
    is_done = upload.state == UploadState.DONE
    changes = list(upload.changes.select_related("tech").order_by("pk")) if is_done else []
    return {
        "id": upload.pk,
        "state": upload.public_state,
        "service": upload.service.slug if upload.service else None,
        "source": upload.source_name,
        "format": upload.format,
        "ref": upload.ref,
        "created_at": upload.created_at,
        "finished_at": upload.finished_at,
        "total": upload.total,
        "skipped": upload.skipped,
        "skipped_lines": upload.skipped_rows,
        "error": upload.error,
        "errors": upload.errors,
        "added": [_changed(change) for change in changes if change.kind == ChangeKind.ENTERED],
        "removed": [_changed(change) for change in changes if change.kind == ChangeKind.LEFT],
        "changed": [_moved(move) for move in snapshots.moves(_difference(changes))],
        "unchanged": upload.unchanged,
        "worst": _worst(upload.source) if is_done else None,
    }


def of_dry_run(service: Service, source_name: str, file: uploads.File) -> dict[str, Any]:
    """Preview the changes of an upload. Raises as uploads.accept() does, but not LargeRemoval."""
    uploads.check_active(service)
    placer = Placer(Assessor.current())
    manifest, snapshot = uploads.read(file, placer)
    source = service.sources.select_related("accepted").filter(name=source_name).first()
    before = uploads.baseline(source)
    difference = snapshots.diff(before, uploads.seen(snapshot))
    rows = _Rows(snapshot, service, source, difference.left, placer)
    removes = len(difference.left)
    return {
        "format": manifest.format.value if manifest else "",
        "total": len(snapshot),
        "skipped": len(manifest.skipped) if manifest else 0,
        "added": [rows.row(key, seen) for key, seen in difference.entered.items()],
        "removed": [rows.row(key, seen) for key, seen in difference.left.items()],
        "changed": [_moved(move) for move in snapshots.moves(difference)],
        "unchanged": difference.unchanged,
        "worst": rows.worst(),
        "needs_confirmation": snapshots.needs_confirmation(removes=removes, of=len(before), left=len(snapshot)),
    }


class _Rows:
    """Rows of the list by key, and those that would be added, assessed as if they were."""

    def __init__(
        self,
        snapshot: Mapping[str, Sighting],
        service: Service,
        source: ServiceSource | None,
        gone: Collection[str],
        placer: Placer,
    ) -> None:
        self._snapshot = snapshot
        self._techs = _listed(snapshot, source, gone)
        for key, sighting in bounded(snapshot.items()):
            if key not in self._techs:
                self._techs[key] = _assessed(sighting, service, placer)

    def row(self, key: str, seen: Seen) -> dict[str, Any]:
        tech = self._techs.get(key)
        level = tech.level if tech else None
        return _row(tech.pk if tech else None, seen.name, seen.versions, level)

    def worst(self) -> dict[str, Any] | None:
        tracked = [self._techs[key] for key, each in self._snapshot.items() if each.kind == Kind.TRACKED]
        return _shown(min(tracked, key=lambda tech: tech.rank, default=None))


def _listed(snapshot: Mapping[str, Sighting], source: ServiceSource | None, gone: Collection[str]) -> dict[str, Tech]:
    """Return by key the rows that the source uses, or would use, and those that it would no longer use."""
    used = Usage.objects.filter(source=source, tech__isnull=False).select_related("tech") if source else ()
    techs = {usage.key: usage.tech for usage in used if usage.tech}
    for some in in_chunks((key for key in gone if key not in techs), _AT_ONCE):
        techs |= {tech.name_key: tech for tech in Tech.objects.filter(name_key__in=some)}
    for sightings in in_chunks((each for key, each in snapshot.items() if key not in techs), _AT_ONCE):
        found = inventory.find_rows(sightings)
        rows = Tech.objects.in_bulk([pk for pk, _ in found.values()])
        techs |= {key: rows[pk] for key, (pk, _) in found.items() if pk in rows}
    return techs


def _assessed(sighting: Sighting, service: Service, placer: Placer) -> Tech:
    lowest = snapshots.lowest_exact(sighting.versions)
    tech = Tech(name=sighting.name, name_key=sighting.key, kind=sighting.kind.value, impact="", lowest_version=lowest)
    tech.service_impact = service.impact
    placer.assess(tech)
    return tech


def _worst(source: ServiceSource | None) -> dict[str, Any] | None:
    if source is None:
        return None
    used = Usage.objects.filter(source=source, tech__kind=Kind.TRACKED).values("tech")
    return _shown(Tech.objects.filter(pk__in=used).order_by("rank").first())


def _shown(tech: Tech | None) -> dict[str, Any] | None:
    return {"id": tech.pk, "name": tech.name, "priority": tech.level} if tech else None


def _difference(changes: Sequence[UsageChange]) -> Difference:
    before = {change.name: _seen(change, change.before) for change in changes if change.kind != ChangeKind.ENTERED}
    after = {change.name: _seen(change, change.after) for change in changes if change.kind != ChangeKind.LEFT}
    return snapshots.diff(before, after)


def _seen(change: UsageChange, versions: Sequence[str]) -> Seen:
    return Seen(name=change.name, product=change.product, versions=tuple(versions))


def _changed(change: UsageChange) -> dict[str, Any]:
    versions = change.after if change.kind == ChangeKind.ENTERED else change.before
    level = change.tech.level if change.tech else change.level
    return _row(change.tech_id, change.name, versions, level or None)


def _row(pk: int | None, name: str, versions: Sequence[str], level: str | None) -> dict[str, Any]:
    return {"id": pk, "name": name, "version": ", ".join(versions) or None, "priority": level}


def _moved(move: Move) -> dict[str, str]:
    return {"name": move.name, "from": move.before, "to": move.after}
