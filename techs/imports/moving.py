"""Move usages to other rows of the list after new lifecycle data recognises them as another product or release."""

import time
from collections.abc import Mapping, Sequence

from techs.assessment.assessor import Assessor
from techs.imports.snapshots import is_fixed, placed_again
from techs.inventory import usages as inventory
from techs.inventory.invalidation import schedule_invalidation
from techs.inventory.placing import FIELDS, basis_of
from techs.models import Service, ServiceSource, Usage
from techs.rules.snapshots import Sighting, united
from techs.transactions import in_transaction, update

_CHUNK = 200


def move(*, seconds: float) -> bool:
    """Place usages again that were placed with other data, for about that many seconds. Return True if some are left.

    Safe to run concurrently with uploads: each step locks the service and the source.
    """
    deadline = time.monotonic() + seconds
    assessor = Assessor.current()
    outdated = Usage.objects.exclude(basis=basis_of(assessor)).order_by("basis", "pk")
    while time.monotonic() < deadline:
        first = outdated.only("service", "source").first()
        if first is None:
            return False
        in_transaction(lambda first=first: _move_some(first, assessor))  # type: ignore[misc]
    return True


def _move_some(first: Usage, assessor: Assessor) -> None:
    """Place some usages of the same source again."""
    basis = basis_of(assessor)
    service = Service.objects.select_for_update().filter(pk=first.service_id).first()
    source = ServiceSource.objects.select_for_update().filter(pk=first.source_id).first()
    if service is None or source is None:
        return  # deleted meanwhile
    some = list(Usage.objects.filter(source=source).exclude(basis=basis).order_by("pk")[:_CHUNK])
    placed = {usage.pk: {} if is_fixed(usage) else placed_again(usage, assessor) for usage in some}
    moved = [usage for usage in some if placed[usage.pk] and not _is_in_place(usage, placed[usage.pk])]
    _move(service, source, moved, placed)
    Usage.objects.filter(pk__in=[usage.pk for usage in some]).update(basis=basis)
    if moved:
        schedule_invalidation()


def _is_in_place(usage: Usage, placed: Mapping[str, Sighting]) -> bool:
    again = placed.get(usage.key)
    fields = ("kind", "product", "cycle", "is_range", "is_exact")
    return len(placed) == 1 and again is not None and all(getattr(usage, f) == getattr(again, f) for f in fields)


def _move(
    service: Service,
    source: ServiceSource,
    moved: Sequence[Usage],
    placed: Mapping[int, Mapping[str, Sighting]],
) -> None:
    """Replace usages by those of their new rows, with the same history. Nothing has entered or left the source."""
    touched = {usage.tech_id for usage in moved if usage.tech_id}
    Usage.objects.filter(pk__in=[usage.pk for usage in moved]).delete()
    keys = {key for usage in moved for key in placed[usage.pk]}
    found = {usage.key: usage for usage in Usage.objects.filter(source=source, key__in=keys)}
    for usage in moved:
        for key, sighting in placed[usage.pk].items():
            found[key] = _merged(usage, sighting, found.get(key))
    usages = list(found.values())
    new, merged = [usage for usage in usages if not usage.pk], [usage for usage in usages if usage.pk]
    Usage.objects.bulk_create(new, batch_size=250)
    update(Usage, merged, ["versions", "announced"])
    touched |= _attach(service, source, keys)
    products = {usage.product for usage in [*moved, *usages]}
    touched |= inventory.settle(service, products)
    inventory.recount([service.pk], touched)


def _merged(usage: Usage, sighting: Sighting, other: Usage | None) -> Usage:
    versions = list(sighting.versions)
    announced = None if usage.announced is None else versions
    if other is not None:
        other.versions = list(united(other.versions, versions))
        both = [each for each in (other.announced, announced) if each is not None]
        other.announced = list(united(*both)) if both else None
        return other
    fields = {field: getattr(sighting, field) for field in FIELDS} | {"kind": sighting.kind.value}
    return Usage(
        service_id=usage.service_id,
        source_id=usage.source_id,
        key=sighting.key,
        versions=versions,
        announced=announced,
        first_seen=usage.first_seen,
        basis=usage.basis,
        **fields,
    )


def _attach(service: Service, source: ServiceSource, keys: set[str]) -> set[int]:
    if service.is_archived:
        return set()
    fresh = list(Usage.objects.filter(source=source, key__in=keys, tech=None, is_range=False))
    touched = inventory.attach(fresh)
    update(Usage, fresh, ["tech"])
    return touched
