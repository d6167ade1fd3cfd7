"""The additions of an upload: its technologies become usages, beside those of the upload before."""

from collections.abc import Iterable, Sequence
from typing import Any

from techs.inventory import usages as inventory
from techs.inventory.placing import FIELDS
from techs.models import ServiceSource, Upload, UploadLine, Usage
from techs.rules.snapshots import united
from techs.transactions import update


def add(upload: Upload, source: ServiceSource, lines: Sequence[UploadLine]) -> None:
    """Store usages for lines, with their former versions until all are stored. Call with service and source locked."""
    stored = {usage.key: usage for usage in Usage.objects.filter(source=source, key__in=[line.key for line in lines])}
    before = {key: _values(usage) for key, usage in stored.items()}
    versions = {key: usage.versions for key, usage in stored.items()}
    usages = [_merged(line, stored.get(line.key), upload, source) for line in lines]
    fresh = _uncounted(usages, upload, source)
    # Rows whose usages keep their versions need no lock and no recount.
    revised = [usage for usage in usages if usage.versions != versions.get(usage.key)]
    touched = {usage.tech_id for usage in revised if usage.tech_id}
    inventory.lock(touched)
    touched |= inventory.attach(fresh)
    Usage.objects.bulk_create([usage for usage in usages if not usage.pk], batch_size=250)
    changed = [usage for usage in stored.values() if _values(usage) != before[usage.key]]
    update(Usage, changed, [*FIELDS, "versions", "tech", "basis"])
    touched |= inventory.settle(source.service, {usage.product for usage in [*revised, *fresh]})
    inventory.recount([source.service_id], touched)
    UploadLine.objects.filter(pk__in=[line.pk for line in lines]).update(is_applied=True)


def _values(usage: Usage) -> list[Any]:
    return [getattr(usage, field) for field in (*FIELDS, "versions", "basis", "tech_id")]


def _merged(line: UploadLine, usage: Usage | None, upload: Upload, source: ServiceSource) -> Usage:
    usage = usage or Usage(service=source.service, source=source, key=line.key)
    usage.basis = upload.basis
    for field in FIELDS:
        setattr(usage, field, getattr(line, field))
    usage.versions = list(united(usage.versions, line.versions))
    return usage


def _uncounted(usages: Iterable[Usage], upload: Upload, source: ServiceSource) -> list[Usage]:
    """Return the usages that count, but have no row yet."""
    if source.service.is_archived:
        return []
    without = [usage for usage in usages if usage.tech_id is None]
    ranges = {usage.product for usage in without if usage.is_range}
    exact = inventory.shadowed(source.service, ranges)
    exact |= set(upload.lines.filter(is_exact=True, product__in=ranges - {""}).values_list("product", flat=True))
    return [usage for usage in without if not (usage.is_range and usage.product in exact)]
