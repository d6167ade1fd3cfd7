"""Store lifecycle data in the database, and match texts against the active version."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from techs.activity import recording
from techs.lifecycles import date_changes, starter
from techs.models import ActionKind, LifecycleDataVersion, ObjectKind, Product, Release, Source
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import EndOfSupport, Facts, ProductFacts, ReleaseCycle

# Older names are not needed, since rows are assessed again within minutes, but the team may edit its products often.
_VERSIONS_WITH_NAMES = 10
# The catalogue of this process, with the version it was built from. Replaced whole, so threads need no lock.
_active: tuple[tuple[int, str], ProductCatalogue] | None = None


def current() -> ProductCatalogue:
    """Return the active catalogue. It takes one query, or more if the data changed since the last call."""
    global _active  # noqa: PLW0603  one per process is the point
    load = _newest_version()
    while _active is None or _active[0] != load:
        catalogue = ProductCatalogue.of(_read_facts(), load=load[0], former=_former_names())
        # A version committed between these queries would leave a mixture: read again.
        newest = _newest_version()
        if newest == load:
            _active = (load, catalogue)
        load = newest
    return _active[1]


def load_starter() -> LifecycleDataVersion | None:
    """Activate the starter table unless this version was loaded before. Return the new version or None.

    Once public data has been fetched, the starter table is never loaded again.
    """
    facts = starter.read_starter()
    if newest_version(Source.ENDOFLIFE_DATE) or LifecycleDataVersion.objects.filter(version=facts.version).exists():
        return None
    return replace(facts, source=Source.STARTER)


@transaction.atomic
def replace(facts: Facts, *, source: Source, url: str = "", etag: str = "") -> LifecycleDataVersion:
    """Replace all products of this source, in one transaction; rows of other sources stay.

    Fetched data also replaces the starter table. Slugs that belong to another source are left out. url is the address
    that the data came from, and etag the server's ETag for it. Ends of support that differ from the previous data of
    this source are recorded.
    """
    lock()
    before = products_of(source)
    replaced = {source, Source.STARTER} if source == Source.ENDOFLIFE_DATE else {source}
    Product.objects.filter(source__in=replaced).delete()
    taken = set(Product.objects.values_list("slug", flat=True))
    known = [product for product in facts.products.values() if product.slug not in taken]
    Product.objects.bulk_create([_product_row(product, source) for product in known], batch_size=500)
    by_slug = dict(Product.objects.filter(source=source).values_list("slug", "pk"))
    releases = [
        _release_row(cycle, product_id=by_slug[product.slug], position=position)
        for product in known
        for position, cycle in enumerate(product.cycles)
    ]
    Release.objects.bulk_create(releases, batch_size=1000)
    now = {product.slug: product for product in known}
    version = _record_version(facts, source=source, url=url, etag=etag, changed=_count_changes(before, now))
    date_changes.record(before, now, version=version)
    return version


@transaction.atomic
def renew(facts: Facts, *, source: Source, url: str = "", etag: str = "") -> LifecycleDataVersion:
    """Update the date of a source whose products are unchanged. url and etag are as in replace()."""
    Product.objects.filter(source=source).update(facts_as_of=facts.as_of)
    return _record_version(facts, source=source, url=url, etag=etag)


@transaction.atomic
def replace_local(facts: Facts) -> LifecycleDataVersion:
    """Replace the team's own products. They take precedence over public ones with the same slug."""
    lock()
    Product.objects.filter(slug__in=facts.products.keys()).exclude(source=Source.LOCAL).delete()
    return replace(facts, source=Source.LOCAL)


@transaction.atomic
def activate_local_changes(before: Mapping[str, ProductFacts] | None = None) -> LifecycleDataVersion:
    """Record a new version after the team's own products were edited, so that processes reload.

    before holds the products as they were. Ends of support that differ are recorded.
    """
    version = LifecycleDataVersion.objects.create(
        version=uuid.uuid4().hex[:12],
        as_of=datetime.now(UTC).date(),
        source=Source.LOCAL,
        products=Product.objects.filter(source=Source.LOCAL).count(),
        releases=Release.objects.filter(product__source=Source.LOCAL).count(),
        names=_changed_names(),
    )
    date_changes.record(before or {}, products_of(Source.LOCAL), version=version)
    return version


def confirm(load: LifecycleDataVersion, *, url: str = "", etag: str = "") -> None:
    """Record that this version is still the newest. Pass url and etag if it was confirmed at another address."""
    load.checked_at = timezone.now()
    if url:
        load.url, load.etag = url, etag
    load.save(update_fields=["checked_at", "url", "etag"])


def newest_version(source: Source) -> LifecycleDataVersion | None:
    return LifecycleDataVersion.objects.filter(source=source).order_by("-id").first()


def is_whole(load: LifecycleDataVersion) -> bool:
    """Return True if all products and releases of a version are stored, that is, no local product replaced any."""
    products = Product.objects.filter(source=load.source).count()
    releases = Release.objects.filter(product__source=load.source).count()
    return (products, releases) == (load.products, load.releases)


def products_of(source: Source) -> dict[str, ProductFacts]:
    return _facts_of(Product.objects.filter(source=source), Release.objects.filter(product__source=source))


def lock() -> None:
    """Wait for other writers of lifecycle data, and keep them out until the end of the transaction."""
    # New versions do not change which row is the oldest, so all writers lock the same one.
    LifecycleDataVersion.objects.select_for_update().order_by("id").first()


def _record_version(facts: Facts, *, source: Source, url: str, etag: str, changed: int = 0) -> LifecycleDataVersion:
    previous = newest_version(source)
    version = LifecycleDataVersion.objects.create(
        version=facts.version,
        as_of=facts.as_of,
        source=source,
        products=len(facts.products),
        releases=sum(len(product.cycles) for product in facts.products.values()),
        url=url,
        etag=etag,
        names=_changed_names(),
    )
    if source != Source.STARTER:  # which comes with the software
        _record_activity(version, previous, changed=changed)
    return version


def _record_activity(version: LifecycleDataVersion, previous: LifecycleDataVersion | None, *, changed: int) -> None:
    before, after = (_described(each) for each in (previous, version))
    if fields := recording.differences(before | {"products_changed": 0}, after | {"products_changed": changed}):
        name = str(version.source)
        recording.record(ActionKind.UPDATED, [recording.of(ObjectKind.LIFECYCLE_DATA, version.pk, name, fields)])


def _described(version: LifecycleDataVersion | None) -> dict[str, object]:
    if version is None:
        return {}
    return {"generated_at": version.as_of, "version": version.version, "products": version.products}


def _changed_names() -> dict[str, list[str]] | None:
    """Return the names of all products by slug, or None if they are those of the last version that has names.

    Only the newest versions keep theirs.
    """
    named = LifecycleDataVersion.objects.filter(names__isnull=False).order_by("-id")
    last = dict(named.values_list("pk", "names")[:_VERSIONS_WITH_NAMES])
    names = {
        slug: [title, *aliases] for slug, title, aliases in Product.objects.values_list("slug", "title", "aliases")
    }
    if names == next(iter(last.values()), None):
        return None
    named.exclude(pk__in=last).update(names=None)
    return names


def _former_names() -> list[tuple[str, str]]:
    versions = LifecycleDataVersion.objects.filter(names__isnull=False).values_list("names", flat=True)
    return [(slug, name) for by_slug in versions for slug, names in (by_slug or {}).items() for name in names]


def _count_changes(before: Mapping[str, ProductFacts], after: Mapping[str, ProductFacts]) -> int:
    return sum(before.get(slug) != after.get(slug) for slug in before.keys() | after.keys())


def _newest_version() -> tuple[int, str]:
    newest = LifecycleDataVersion.objects.order_by("-id").values_list("id", "version").first()
    return newest or (0, "none")


def _read_facts() -> Facts:
    load = LifecycleDataVersion.objects.order_by("-id").first()
    return Facts(
        version=load.version if load else "none",
        as_of=load.as_of if load else date.min,
        products=_facts_of(Product.objects.all(), Release.objects.all()),
    )


def _facts_of(products: QuerySet[Product], releases: QuerySet[Release]) -> dict[str, ProductFacts]:
    cycles: dict[int, list[ReleaseCycle]] = {}
    for release in releases.order_by("product_id", "position"):
        cycles.setdefault(release.product_id, []).append(_cycle(release))
    return {
        product.slug: ProductFacts(
            slug=product.slug,
            title=product.title,
            url=product.url,
            facts_as_of=product.facts_as_of,
            aliases=tuple(product.aliases),
            identifiers=tuple(product.identifiers),
            version_command=product.version_command,
            release_policy=product.release_policy,
            cycles=tuple(cycles.get(product.pk, ())),
        )
        for product in products.order_by("slug")
    }


def _product_row(product: ProductFacts, source: Source) -> Product:
    return Product(
        slug=product.slug,
        title=product.title,
        aliases=list(product.aliases),
        identifiers=list(product.identifiers),
        version_command=product.version_command,
        release_policy=product.release_policy,
        url=product.url,
        source=source,
        facts_as_of=product.facts_as_of,
    )


def _release_row(cycle: ReleaseCycle, *, product_id: int, position: int) -> Release:
    eol, ended = _to_columns(cycle.eol)
    active, active_ended = _to_columns(cycle.active_support)
    extended, extended_ended = _to_columns(cycle.extended_support)
    return Release(
        product_id=product_id,
        name=cycle.name,
        position=position,
        label=cycle.label,
        codename=cycle.codename,
        released=cycle.released,
        eol=eol,
        has_ended=ended,
        active_support=active,
        active_support_ended=active_ended,
        extended_support=extended,
        extended_support_ended=extended_ended,
        latest=cycle.latest,
        latest_released=cycle.latest_released,
        is_lts=cycle.is_lts,
        lts_from=cycle.lts_from,
    )


def _cycle(release: Release) -> ReleaseCycle:
    return ReleaseCycle(
        name=release.name,
        label=release.label,
        codename=release.codename,
        released=release.released,
        eol=release.eol or bool(release.has_ended),
        active_support=release.active_support or release.active_support_ended,
        extended_support=release.extended_support or release.extended_support_ended,
        latest=release.latest,
        latest_released=release.latest_released,
        is_lts=release.is_lts,
        lts_from=release.lts_from,
    )


def _to_columns(end: EndOfSupport) -> tuple[date | None, bool | None]:
    return (end, None) if isinstance(end, date) else (None, end)
