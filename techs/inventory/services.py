"""Services: create, change, archive, delete and restore them.

A change of owner, impact or archive reaches the service's rows in chunks, in a task. Until then, the service remembers
how far it has come, so that the sweep can publish the task again.
"""

import copy
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from techs import due_dates
from techs.activity import objects, recording
from techs.exceptions import NameTaken
from techs.inventory import usages as inventory
from techs.inventory.invalidation import schedule_invalidation
from techs.models import ActionKind, PendingInvalidation, Service, ServiceSource, Upload, Usage
from techs.rules.services import slug_of
from techs.rules.text import name_key
from techs.transactions import in_chunks, in_transaction, update

PURGE_AFTER = timedelta(days=1)
EDITABLE = ("owner", "impact", "tags", "repository", "note")
_CONCERN_ROWS = {"owner", "impact", "archived"}
_CHUNK = 200  # usages per transaction
_PURGE_CHUNK = 500


def create(*, name: str, **fields: Any) -> tuple[Service, bool]:
    """Create a service, or return the one of that name. Also return True if it is new.

    name and fields, which are EDITABLE, must be clean (techs.rules.services and attributes).
    """
    key = name_key(name)

    def write() -> tuple[Service, bool]:
        if existing := Service.objects.filter(name_key=key).first():
            return existing, False
        service = Service(name=name, name_key=key, slug=_free_slug(name), **fields)
        service.owner_key = name_key(service.owner)
        service.save(force_insert=True)
        _record(ActionKind.ADDED, service, before={})
        schedule_invalidation()
        return service, True

    return in_transaction(write)


def create_several(names: Sequence[str]) -> list[Service]:
    """Create a service for each name, of which none may exist. Call inside a transaction.

    If another one is created meanwhile, raises IntegrityError. The sweep invalidates pages that do not show them.
    """
    if not names:
        return []
    slugs = _Slugs(set(Service.objects.values_list("slug", flat=True)))
    keys = [name_key(name) for name in names]
    Service.objects.bulk_create(
        (Service(name=name, name_key=key, slug=slugs.free(name)) for name, key in zip(names, keys, strict=True)),
        batch_size=500,
    )
    PendingInvalidation.objects.create()
    # MySQL does not return the primary keys of bulk inserts.
    created = [each for some in in_chunks(keys, 500) for each in Service.objects.filter(name_key__in=some)]
    changes = (recording.of_service(each, recording.differences({}, _values(each))) for each in created)
    recording.record(ActionKind.ADDED, changes)
    return created


class _Slugs:
    """Slugs that are not taken, such as shop-2."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._last: dict[str, int] = {}

    def free(self, name: str) -> str:
        first = slug = slug_of(name)
        while slug in self._taken:
            self._last[first] = self._last.get(first, 1) + 1
            slug = f"{first}-{self._last[first]}"
        self._taken.add(slug)
        return slug


def change(service: Service, **changes: Any) -> Service:
    """Change EDITABLE fields or the name, or archive or restore the service (archived).

    The slug stays. Restoring a deleted service undoes that. Its recounted_to tells if a task is due. Raises NameTaken,
    and Service.DoesNotExist if it was purged, or is about to be.
    """

    def write() -> Service:
        row = _locked(service)
        before = _values(row)
        archived = changes.get("archived", row.is_archived)
        _rename(row, changes.get("name", row.name))
        for field in EDITABLE:
            setattr(row, field, changes.get(field, getattr(row, field)))
        if archived != row.is_archived or not archived:
            row.archived_at, row.purge_at = (timezone.now() if archived else None), None
        row.owner_key = name_key(row.owner)
        if any(before[field] != value for field, value in _values(row).items() if field in _CONCERN_ROWS):
            _begin_recount(row)
        row.save()
        kinds = {(False, True): ActionKind.ARCHIVED, (True, False): ActionKind.RESTORED}
        _record(kinds.get((before["archived"], archived), ActionKind.CHANGED), row, before=before)
        schedule_invalidation()
        return row

    return in_transaction(write)


def delete(service: Service) -> Service:
    """Archive a service, and purge it after a day unless it is restored. Raises Service.DoesNotExist like change()."""

    def write() -> Service:
        row = _locked(service)
        now, before = timezone.now(), _values(row)
        if not row.is_archived:
            row.archived_at = now
            _begin_recount(row)
        row.purge_at = row.purge_at or now + PURGE_AFTER
        row.save()
        _record(ActionKind.REMOVED, row, before=before)
        schedule_invalidation()
        return row

    return in_transaction(write)


def recount(pk: int, *, seconds: float) -> bool:
    """Let a change of a service reach its rows, for about that many seconds. Return True if some are left."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not in_transaction(lambda: _recount_some(pk)):
            return False
    return True


def purge(*, seconds: float) -> int:
    """Delete services whose time has come, with their usages. Return their number."""
    deadline = time.monotonic() + seconds
    purged = 0
    for pk in _to_purge().values_list("pk", flat=True)[:_PURGE_CHUNK]:
        while time.monotonic() < deadline and not in_transaction(lambda pk=pk: _purge_some(pk)):  # type: ignore[misc]
            pass
        purged += not Service.objects.filter(pk=pk).exists()
    return purged


def delete_old_uploads(*, seconds: float) -> None:
    """Delete uploads older than KEEP_DAYS days that no source refers to."""
    deadline = time.monotonic() + seconds
    before = timezone.now() - timedelta(days=settings.KEEP_DAYS)
    is_accepted = Exists(ServiceSource.objects.filter(accepted=OuterRef("pk")))
    is_current = Exists(ServiceSource.objects.filter(current=OuterRef("pk")))
    old = Upload.objects.filter(~is_accepted, ~is_current, created_at__lt=before, finished_at__isnull=False)
    while time.monotonic() < deadline:
        chosen = list(old.order_by("pk").values_list("pk", flat=True)[:_PURGE_CHUNK])
        if not Upload.objects.filter(pk__in=chosen).delete()[0]:
            return


def _values(service: Service) -> dict[str, Any]:
    """Return the values that people set, for the activity."""
    fields = {field: getattr(service, field) for field in ("slug", "name", *EDITABLE)}
    return fields | {"archived": service.is_archived, "deleted": service.purge_at is not None}


def _record(kind: ActionKind, service: Service, *, before: Mapping[str, Any]) -> None:
    if fields := recording.differences(before, _values(service)):
        recording.record(kind, [recording.of_service(service, fields)])


def _locked(service: Service) -> Service:
    # The purge takes several transactions, so some usages may be gone.
    return Service.objects.select_for_update().exclude(purge_at__lte=timezone.now()).get(pk=service.pk)


def _rename(service: Service, name: str) -> None:
    key = name_key(name)
    if other := Service.objects.filter(name_key=key).exclude(pk=service.pk).first():
        raise NameTaken(other.slug)
    service.name, service.name_key = name, key


def _free_slug(name: str) -> str:
    similar = Service.objects.filter(slug__startswith=slug_of(name))
    return _Slugs(set(similar.values_list("slug", flat=True))).free(name)


def _begin_recount(service: Service) -> None:
    service.recounted_to = 0
    service.recounting_since = service.recounting_since or timezone.now()
    service.publish_again_at = due_dates.first()


def _recount_some(pk: int) -> bool:
    """Handle the next usages of a service. Return False if none are left."""
    service = Service.objects.select_for_update().filter(pk=pk, recounted_to__isnull=False).first()
    if service is None:
        return False
    left = Usage.objects.filter(service=service, pk__gt=service.recounted_to).order_by("pk")
    some = list(left[:_CHUNK])
    for usage in some:
        usage.service = service
    _count(service, some)
    service.recounted_to = some[-1].pk if len(some) == _CHUNK else None
    service.recounting_since = service.recounting_since if service.recounted_to else None
    service.save(update_fields=["recounted_to", "recounting_since"])
    schedule_invalidation()
    return service.recounted_to is not None


def _count(service: Service, usages: Sequence[Usage]) -> None:
    touched = {usage.tech_id for usage in usages if usage.tech_id}
    departed: list[Usage] = []
    if service.is_archived:
        counted = [usage for usage in usages if usage.tech_id]
        departed = [copy.copy(usage) for usage in counted]
        for some in in_chunks([usage.pk for usage in counted], inventory.CHUNK):
            Usage.objects.filter(pk__in=some).update(tech=None)
    else:
        exact = inventory.shadowed(service, {usage.product for usage in usages if usage.is_range})
        lost = [each for each in usages if not each.tech_id and not (each.is_range and each.product in exact)]
        touched |= inventory.attach(lost)
        update(Usage, lost, ["tech"])
    inventory.recount([service.pk], touched, departed=departed)


def _to_purge() -> QuerySet[Service]:
    return Service.objects.filter(purge_at__lte=timezone.now(), recounted_to=None)


def _purge_some(pk: int) -> bool:
    """Delete some usages of a service, and the service itself once there are none. Return True if it is gone."""
    service = _to_purge().select_for_update().filter(pk=pk).first()
    if service is None:
        return True
    some = list(Usage.objects.filter(service=service).values_list("pk", flat=True)[:_PURGE_CHUNK])
    Usage.objects.filter(pk__in=some).delete()
    if some:
        return False
    gone = recording.of_service(service, recording.differences(_values(service), {}))
    recording.record(ActionKind.REMOVED, [gone, *map(objects.removed, service.tokens.all())])
    service.delete()
    schedule_invalidation()
    return True
