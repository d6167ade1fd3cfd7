"""Short forms of matches and of lifecycle data for the tests of matching."""

from datetime import date

from techs.rules.name_index import NameIndex
from techs.rules.products import Facts, Match, ProductFacts, ReleaseCycle


def product(slug: str, *lines: str, title: str = "", aliases: tuple[str, ...] = (), codename: str = "") -> ProductFacts:
    return ProductFacts(
        slug=slug,
        title=title or slug.title(),
        url=f"https://endoflife.date/{slug}",
        facts_as_of=date(2026, 8, 22),
        cycles=tuple(ReleaseCycle(name=name, released=None, eol=False, codename=codename) for name in lines),
        aliases=aliases,
    )


def index_of(*products: ProductFacts) -> NameIndex:
    return NameIndex.build(
        Facts(version="test", as_of=date(2026, 8, 22), products={each.slug: each for each in products})
    )


def found(match: Match) -> tuple[str, str]:
    """Return slug and release cycle of a match, "" for parts that it leaves open."""
    return (match.product.slug if match.product else "", match.cycle.name if match.cycle else "")
