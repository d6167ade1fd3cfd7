"""The last step of an upload: remove the technologies that the file no longer has, and record all changes."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.utils import timezone

from techs.activity import recording
from techs.imports.uploads import EMPTIED
from techs.inventory import usages as inventory
from techs.models import (
    ActionKind,
    Change,
    ChangeKind,
    ObjectKind,
    ServiceSource,
    Tech,
    Upload,
    UploadLine,
    UploadState,
    Usage,
    UsageChange,
)
from techs.rules import snapshots
from techs.rules.snapshots import Difference, Seen
from techs.transactions import in_chunks, update

_AT_ONCE = 500


def replace(upload: Upload, source: ServiceSource) -> None:
    """Make an upload the current one of its source. Call with service and source locked, and all lines stored."""
    lines = {line.key: line for line in upload.lines.all()}
    stored = list(Usage.objects.filter(source=source).select_related("tech").order_by("pk"))
    # A line that failed keeps the usage that it had.
    kept = [usage for usage in stored if usage.key in lines]
    departed = [usage for usage in stored if usage.key not in lines]
    difference = snapshots.diff(
        {usage.key: _seen(usage, usage.announced) for usage in stored if usage.announced is not None},
        {usage.key: _seen(usage, _versions(usage, lines[usage.key])) for usage in kept},
    )
    changed = _announce(kept, lines)
    touched = {usage.tech_id for usage in [*changed, *departed] if usage.tech_id}
    inventory.lock(touched)
    changes = _record(difference, {usage.key: usage for usage in stored}, upload, source)
    _record_action(changes, upload, source, used=len(stored))
    update(Usage, changed, ["versions", "announced"])
    for some in in_chunks([usage.pk for usage in departed], _AT_ONCE):
        Usage.objects.filter(pk__in=some).delete()
    _share(source, departed)
    touched |= inventory.settle(source.service, {usage.product for usage in departed})
    inventory.recount([source.service_id], touched, departed=departed, upload=upload)
    _conclude(upload, source, lines.values(), difference)


def _share(source: ServiceSource, usages: Sequence[Usage]) -> None:
    for usage in usages:
        usage.service = source.service


def _versions(usage: Usage, line: UploadLine) -> list[str]:
    return list(line.versions if line.is_applied else usage.announced or usage.versions)


def _seen(usage: Usage, versions: Sequence[str]) -> Seen:
    return Seen(name=usage.name, product=usage.product, versions=tuple(versions))


def _announce(usages: Sequence[Usage], lines: Mapping[str, UploadLine]) -> list[Usage]:
    """Set the versions to those of the upload. Return the usages that changed, unsaved."""
    changed = []
    for usage in usages:
        versions = _versions(usage, lines[usage.key])
        if (usage.versions, usage.announced) != (versions, versions):
            usage.versions = usage.announced = versions
            changed.append(usage)
    return changed


def _record(
    difference: Difference, usages: Mapping[str, Usage], upload: Upload, source: ServiceSource
) -> list[UsageChange]:
    now = timezone.now()
    changes = [
        UsageChange(
            service=source.service,
            service_name=source.service.name,
            source_name=source.name,
            upload=upload,
            tech=usages[key].tech,
            kind=kind,
            name=(after or before or _NOTHING).name,
            product=(after or before or _NOTHING).product,
            before=list(before.versions) if before else [],
            after=list(after.versions) if after else [],
            level=_level(usages[key].tech),
            at=now,
        )
        for kind, key, before, after in _changes(difference)
    ]
    UsageChange.objects.bulk_create(changes, batch_size=250)
    return changes


def _record_action(changes: Sequence[UsageChange], upload: Upload, source: ServiceSource, *, used: int) -> None:
    """Record the changes as an action of the client that sent the upload. used: usages before it."""
    kind = ActionKind.REMOVED if upload.removes_source else ActionKind.UPLOADED
    of_source = _source_change(upload, source, used)
    if changes or of_source.fields:
        recording.record(kind, [of_source, *map(recording.of_usage, changes)], actor=upload)


def _source_change(upload: Upload, source: ServiceSource, used: int) -> Change:
    """Return the change of the source, which has fields if it is new, gone or emptied because its file is gone."""
    fields: recording.Fields = {}
    if upload.removes_source:
        fields = {"origin": [source.origin, None], "technologies": [used, 0]}
    elif upload.digest == EMPTIED:
        fields = {"technologies": [used, 0]}
    elif source.current_id is None:
        fields = {"origin": [None, source.origin]}
    return recording.of(ObjectKind.SOURCE, source.pk, source.name, fields, service_id=source.service_id)


_NOTHING = Seen(name="", product="", versions=())


def _changes(difference: Difference) -> Iterator[tuple[ChangeKind, str, Seen | None, Seen | None]]:
    yield from ((ChangeKind.ENTERED, key, None, seen) for key, seen in difference.entered.items())
    yield from ((ChangeKind.LEFT, key, seen, None) for key, seen in difference.left.items())
    yield from ((ChangeKind.CHANGED, key, before, after) for key, (before, after) in difference.changed.items())


def _level(tech: Tech | None) -> str:
    return tech.level if tech else ""


def _conclude(upload: Upload, source: ServiceSource, lines: Collection[UploadLine], difference: Difference) -> None:
    failed = [line for line in lines if line.error]
    upload.errors = [{"line": line.line, "text": line.as_read, "error": line.error} for line in failed]
    upload.unchanged = difference.unchanged
    upload.state, upload.error = UploadState.SAVED, ""
    upload.save(update_fields=["errors", "unchanged", "state", "error"])
    source.current = upload
    source.save(update_fields=["current"])
    upload.lines.all().delete()
    if upload.removes_source:
        source.delete()
