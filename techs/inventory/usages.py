"""Connect usages to rows of the list, and derive from them what the rows show.

Locks are always taken in the same order: the service, the source, then rows of the list by primary key. All functions
are called inside a transaction with the service locked. They create, change and remove rows, but invalidate no pages.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.db import IntegrityError
from django.db.models import Count, Q
from django.utils import timezone

from techs.assessment.assessor import ASSESSED_FIELDS, Assessor, assessed_values
from techs.inventory import editing, resolving, search, summaries
from techs.models import LevelChange, Service, Tech, TechOwner, Upload, Usage
from techs.models.service import Sighting
from techs.rules import matching, snapshots
from techs.rules.kinds import Kind
from techs.rules.levels import Impact
from techs.rules.products import Outcome
from techs.transactions import in_chunks, update
from techs.webhooks import events

CHUNK = 500  # rows of a query
MOST_VERSIONS = 50  # that a row stores
_IMPACTS = [impact.value for impact in Impact]  # highest first
Placed: TypeAlias = Sighting | snapshots.Sighting
DERIVED = ["kind", "services", "service_impact", "versions", "lowest_version"]


def attach(usages: Sequence[Usage]) -> set[int]:
    """Set the row of each usage, unsaved, and add the rows that are missing. Return their primary keys, to recount."""
    places = {usage.key: usage for usage in usages}
    found = _rows_of(places.values())
    missing = [usage for key, usage in places.items() if key not in found]
    found |= {tech.name_key: tech.pk for tech in _add_rows(missing)}
    for usage in usages:
        usage.tech_id = found[usage.key]
    return set(found.values())


def lock(ids: Collection[int]) -> None:
    """Lock rows before usages that refer to them are written, which would share the locks of other writers."""
    list(Tech.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def shadowed(service: Service, products: Collection[str]) -> set[str]:
    """Return the products of which the service has an exact version, so that ranges do not count."""
    exact = Usage.objects.filter(service=service, is_exact=True, product__in=set(products) - {""})
    return set(exact.order_by().values_list("product", flat=True))


def settle(service: Service, products: Collection[str]) -> set[int]:
    """Let the service's ranges of these products count or not. Return the primary keys of the rows concerned."""
    known = set(products) - {""}
    ranges = Usage.objects.filter(service=service, is_range=True, product__in=known)
    exact = shadowed(service, known)
    hidden = list(ranges.filter(product__in=exact, tech__isnull=False))
    shown = [] if service.is_archived else list(ranges.filter(tech=None).exclude(product__in=exact))
    touched = {usage.tech_id for usage in hidden if usage.tech_id} | attach(shown)
    for usage in hidden:
        usage.tech_id = None
    update(Usage, [*hidden, *shown], ["tech"])
    return touched


def recount(
    services: Collection[int],
    ids: Collection[int],
    *,
    departed: Sequence[Usage] = (),
    upload: Upload | None = None,
    moved: Iterable[Tech] = (),
) -> None:
    """Update the derived fields of rows and services, assess the rows, and remove those without usages.

    Call as the last change of the usages of services. departed: usages that have just left, which explain why their
    rows leave the list. moved: other rows that now have another place on the list.
    """
    all_moved = [*moved]
    for some in in_chunks(sorted(ids), CHUNK):
        all_moved += _recount(some, departed=departed, upload=upload)
    summaries.refresh(services=services, techs=all_moved)


def derive(rows: Sequence[Tech]) -> None:
    """Set the derived fields of locked rows, without saving them, and index the owners of their services."""
    derived = _Derived([row.pk for row in rows])
    for row in rows:
        derived.apply(row)
    _index_owners(rows, derived.owners)


def _recount(ids: Sequence[int], *, departed: Sequence[Usage], upload: Upload | None) -> list[Tech]:
    """Return the rows that have another place on the list."""
    rows = list(Tech.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    derived = _Derived(ids)
    leaving = [row for row in rows if not row.by_hand and not derived.services[row.pk]]
    staying = [row for row in rows if row.by_hand or derived.services[row.pk]]
    changed = [row for row in staying if derived.apply(row)]
    places = {row.pk: summaries.place(row) for row in changed}
    _index_owners(staying, derived.owners)
    _assess(changed)
    resolving.resolve(leaving, departed=departed, upload=upload)
    return [row for row in changed if summaries.place(row) != places[row.pk]]


class _Derived:
    """The columns of rows that follow from their usages."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.services: dict[int, int] = defaultdict(int)
        self.owners: dict[int, set[str]] = defaultdict(set)
        self._impacts: dict[int, set[str]] = defaultdict(set)
        self._versions: dict[int, set[str]] = defaultdict(set)
        self._tracked: set[int] = set()
        usages = Usage.objects.filter(tech__in=ids).order_by()
        counts = usages.values_list("tech", "service__impact", "service__owner_key")
        for tech, impact, owner, count in counts.annotate(count=Count("service", distinct=True)):
            self.services[tech] += count
            self._impacts[tech].add(impact)
            self.owners[tech].add(owner)
        for tech, versions, kind in usages.values_list("tech", "versions", "kind").distinct():
            self._versions[tech].update(versions)
            self._tracked |= {tech} if kind == Kind.TRACKED else set()

    def apply(self, row: Tech) -> bool:
        """Set the fields of a row. Return True if any of them changed."""
        before = [getattr(row, field) for field in DERIVED]
        # Once tracked, a row never becomes a library again, as in techs.submissions.merging.
        row.kind = Kind.TRACKED.value if row.pk in self._tracked else row.kind
        row.services = self.services[row.pk]
        row.service_impact = min(self._impacts[row.pk] - {""}, key=_IMPACTS.index, default="")
        versions = snapshots.united(self._versions[row.pk])
        row.versions = list(versions[:MOST_VERSIONS]) or None
        row.lowest_version = snapshots.lowest_exact(versions)
        return not row.level or before != [getattr(row, field) for field in DERIVED]


def find_rows(usages: Collection[Placed]) -> dict[str, tuple[int, str]]:
    """Map the key of each usage to the primary key and the name key of its row, if it has one.

    It is the row of that name, else the oldest of that product and cycle.
    """
    named = Tech.objects.filter(name_key__in=[each.key for each in usages]).values_list("name_key", "pk")
    found = {key: (pk, key) for key, pk in named}
    others = [each for each in usages if each.cycle and each.key not in found]
    of_cycle = _oldest_of(others)
    return found | {each.key: of_cycle[_pair(each)] for each in others if _pair(each) in of_cycle}


def _rows_of(usages: Collection[Usage]) -> dict[str, int]:
    found = find_rows(usages)
    _lock(dict(found.values()))
    return {key: pk for key, (pk, _) in found.items()}


def _pair(usage: Placed) -> tuple[str, str]:
    return usage.product, usage.cycle


def _oldest_of(usages: Collection[Placed]) -> dict[tuple[str, str], tuple[int, str]]:
    """Map product and cycle to the primary key and the name key of a row."""
    pairs = {_pair(each) for each in usages}
    if not pairs:
        return {}
    index = Assessor.current().catalogue.index
    products, cycles = {product for product, _ in pairs}, {cycle for _, cycle in pairs}
    rows = Tech.objects.filter(product__in=products, release__in=cycles).order_by("pk")
    oldest: dict[tuple[str, str], tuple[int, str]] = {}
    for pk, name, key, *pair in rows.values_list("pk", "name", "name_key", "product", "release"):
        product, cycle = pair
        is_wanted = (product, cycle) in pairs and (product, cycle) not in oldest
        # A range that allows only one cycle has a row of its own.
        if is_wanted and matching.find(name, index).outcome is Outcome.MATCHED:
            oldest[product, cycle] = pk, key
    return oldest


def _lock(names: Mapping[int, str]) -> None:
    """Lock rows. If one was renamed or removed meanwhile, raise an error after which in_transaction() tries again."""
    rows = Tech.objects.select_for_update().filter(pk__in=names).order_by("pk")
    if dict(rows.values_list("pk", "name_key")) != names:
        raise IntegrityError("A row of the list was changed meanwhile.")


def _add_rows(usages: Collection[Usage]) -> list[Tech]:
    if not usages:
        return []
    attributes = resolving.attributes_of([usage.key for usage in usages])
    rows = [_new_row(usage, attributes.get(usage.key, {})) for usage in usages]
    Tech.objects.bulk_create(rows, batch_size=250)
    load_primary_keys(rows)
    editing.note_return([row.name_key for row in rows])
    resolving.index_tags(rows)
    return rows


def _new_row(usage: Sighting, attributes: Mapping[str, Any]) -> Tech:
    """Return a row that recount() has yet to assess, once it knows the impact of its services."""
    now = timezone.now()
    return Tech(
        name=usage.name,
        name_key=usage.key,
        rank=Tech.rank_of(score=0, name_key=usage.key),
        kind=usage.kind,
        by_hand=False,
        score=0,
        computed_score=0,
        level_since=now,
        reasons=[],
        submitted_at=now,
        assessed_at=now,
        **{"impact": "", **attributes},
    )


def load_primary_keys(rows: Iterable[Tech]) -> None:
    """Set the primary keys of rows after a bulk insert, since MySQL does not return them."""
    by_key = {row.name_key: row for row in rows if not row.pk}
    for key, pk in Tech.objects.filter(name_key__in=by_key).values_list("name_key", "pk"):
        by_key[key].pk = pk


def _assess(rows: Sequence[Tech]) -> None:
    assessor = Assessor.current()
    before = {row.pk: assessed_values(row) for row in rows}
    changes = [change for change in map(assessor.assess, rows) if change]
    moved = [row for row in rows if assessed_values(row) != before[row.pk]]
    moved_keys = {row.pk for row in moved}
    update(Tech, moved, [*DERIVED, *ASSESSED_FIELDS, "assessed_at", "basis"])
    update(Tech, [row for row in rows if row.pk not in moved_keys], DERIVED)
    search.index(rows)
    LevelChange.objects.bulk_create(changes)
    events.note_changes(changes)


def _index_owners(rows: Sequence[Tech], owners: Mapping[int, set[str]]) -> None:
    wanted = {(row.pk, owner) for row in rows for owner in owners.get(row.pk, ()) if owner}
    stored = {(tech, owner): pk for pk, tech, owner in _stored_owners(rows)}
    gone = [pk for pair, pk in stored.items() if pair not in wanted]
    TechOwner.objects.filter(pk__in=gone).delete()
    TechOwner.objects.bulk_create(
        (TechOwner(tech_id=tech, owner_key=owner) for tech, owner in sorted(wanted - stored.keys())), batch_size=CHUNK
    )


def _stored_owners(rows: Sequence[Tech]) -> Iterable[tuple[int, int, str]]:
    return TechOwner.objects.filter(Q(tech__in=[row.pk for row in rows])).values_list("pk", "tech_id", "owner_key")
