"""Lifecycle facts: load them into the database, and find what a typed text means in the facts in force."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from techs import parsing, starter
from techs.facts import EndOfSupport, Facts, Match, ProductFacts, ReleaseLine
from techs.models import FactsLoad, Product, Release, Source


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The facts in force, with the name index built from them."""

    facts: Facts
    index: parsing.NameIndex

    def find(self, text: str) -> Match:
        """What a typed text means. Never raises: what is not known is a NO_MATCH."""
        return parsing.find(text, self.index)

    @classmethod
    def of(cls, facts: Facts) -> "Knowledge":
        """Build the index once for these facts."""
        return cls(facts=facts, index=parsing.NameIndex.build(facts))


# The knowledge of this process, with the load it was built from. Replaced whole, so threads need no lock.
_in_force: tuple[tuple[int, str], Knowledge] | None = None


def current() -> Knowledge:
    """The facts in force, in one query unless they have changed since the last call in this process."""
    global _in_force  # noqa: PLW0603  one per process is the point
    load = _newest_load()
    while _in_force is None or _in_force[0] != load:
        knowledge = Knowledge.of(_read_facts())
        # A load that was committed between the queries of this one would leave a mixture: read again.
        newest = _newest_load()
        if newest == load:
            _in_force = (load, knowledge)
        load = newest
    return _in_force[1]


def load_starter() -> FactsLoad | None:
    """Put the starter table that ships with the project into force, if it is not yet. Returns the load, or None."""
    facts = starter.read_starter()
    if FactsLoad.objects.filter(version=facts.version).exists():
        return None
    return replace(facts, source=Source.STARTER)


@transaction.atomic
def replace(facts: Facts, *, source: Source) -> FactsLoad:
    """Swap all products of this source for the given ones, in one transaction; other sources' rows stay."""
    Product.objects.filter(source=source).delete()
    products = Product.objects.bulk_create(_product_row(product, source) for product in facts.products.values())
    by_slug = {product.slug: product.pk for product in Product.objects.filter(source=source)}
    releases = [
        _release_row(line, product_id=by_slug[product.slug], position=position)
        for product in facts.products.values()
        for position, line in enumerate(product.lines)
    ]
    Release.objects.bulk_create(releases, batch_size=1000)
    return FactsLoad.objects.create(
        version=facts.version,
        as_of=facts.as_of,
        source=source,
        products=len(products),
        releases=len(releases),
    )


def _newest_load() -> tuple[int, str]:
    newest = FactsLoad.objects.order_by("-id").values_list("id", "version").first()
    return newest or (0, "none")


def _read_facts() -> Facts:
    load = FactsLoad.objects.order_by("-id").first()
    lines: dict[int, list[ReleaseLine]] = {}
    for release in Release.objects.order_by("product_id", "position"):
        lines.setdefault(release.product_id, []).append(_line(release))
    products = {
        product.slug: ProductFacts(
            slug=product.slug,
            title=product.title,
            url=product.url,
            facts_as_of=product.facts_as_of,
            aliases=tuple(product.aliases),
            lines=tuple(lines.get(product.pk, ())),
        )
        for product in Product.objects.order_by("slug")
    }
    return Facts(
        version=load.version if load else "none",
        as_of=load.as_of if load else date.min,
        products=products,
    )


def _product_row(product: ProductFacts, source: Source) -> Product:
    return Product(
        slug=product.slug,
        title=product.title,
        aliases=list(product.aliases),
        url=product.url,
        source=source,
        facts_as_of=product.facts_as_of,
    )


def _release_row(line: ReleaseLine, *, product_id: int, position: int) -> Release:
    eol, ended = _to_columns(line.eol)
    active, active_ended = _to_columns(line.active_support)
    extended, extended_ended = _to_columns(line.extended_support)
    return Release(
        product_id=product_id,
        name=line.name,
        position=position,
        label=line.label,
        codename=line.codename,
        released=line.released,
        eol=eol,
        has_ended=ended,
        active_support=active,
        active_support_ended=active_ended,
        extended_support=extended,
        extended_support_ended=extended_ended,
        latest=line.latest,
        latest_released=line.latest_released,
    )


def _line(release: Release) -> ReleaseLine:
    return ReleaseLine(
        name=release.name,
        label=release.label,
        codename=release.codename,
        released=release.released,
        eol=release.eol or bool(release.has_ended),
        active_support=release.active_support or release.active_support_ended,
        extended_support=release.extended_support or release.extended_support_ended,
        latest=release.latest,
        latest_released=release.latest_released,
    )


def _to_columns(end: EndOfSupport) -> tuple[date | None, bool | None]:
    """A date or a boolean, as two columns of which at most one is set."""
    return (end, None) if isinstance(end, date) else (None, end)
