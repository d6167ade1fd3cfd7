"""Every product and release cycle by every name that the lifecycle data has for it, on both saved documents.

The documents are not part of the project: TECHLIST_FACTS_FILE names one, and the other lies beside it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Outcome, ProductFacts, ReleaseCycle
from tests.support.snapshots import SNAPSHOTS, snapshot

MEANS_MORE = {
    "sqlite3": "cycle 3 of SQLite, too",
    "flux2": "the beginning of Flux 2.x, too",
}
"""Names of products that have another meaning besides."""

OTHER_CYCLES = {
    ("azul-zulu", "N/A"): "no version",
    ("icinga", "2.12.10"): "stands at cycle 2.10, but is of 2.12",
    ("mautic", "3.3.2"): "stands at cycle 3.2, but is of 3.3",
    ("mssqlserver", "2005"): "without a service pack, the newest one counts",
    ("mssqlserver", "2008"): "without a service pack, the newest one counts",
    ("mssqlserver", "2008 R2"): "the same",
    ("mssqlserver", "2012"): "the same",
    ("mssqlserver", "2014"): "the same",
    ("mssqlserver", "2016"): "the same",
    ("mssqlserver", "2012 'Denali'"): "the same",
    ("mssqlserver", "2014 'Hekaton'"): "the same",
    ("mssqlserver", "2008 'Katmai'"): "the same",
    ("mssqlserver", "2008 R2 'Kilimanjaro'"): "the same",
}
"""Labels and newest releases that do not lead to the cycle beside which they stand, and why."""

IMAGES_APART = {"discourse/base", "networkboot/dhcpd"}
"""Images numbered apart from their product, see techs.rules.package_families."""


@pytest.fixture(scope="module", params=SNAPSHOTS)
def catalogue(request: pytest.FixtureRequest) -> ProductCatalogue:
    return ProductCatalogue.of(snapshot(request.param))


def test_every_product_by_slug_title_and_alias(catalogue: ProductCatalogue) -> None:
    wrong = {}
    for product in catalogue.facts.products.values():
        for name in {product.slug, product.title, *product.aliases}:
            match = catalogue.find(name)
            if match.product is not product or match.outcome not in (Outcome.CANDIDATES, Outcome.MATCHED):
                wrong[name] = match.product.slug if match.product else match.outcome
    assert wrong.keys() <= MEANS_MORE.keys()


@pytest.mark.parametrize("kind", ["name", "label", "latest"])
def test_every_cycle_by_name_label_and_newest_release(catalogue: ProductCatalogue, kind: str) -> None:
    wrong = {}
    for product in catalogue.facts.products.values():
        for version, cycle in unique(product, lambda cycle: str(getattr(cycle, kind))):
            match = catalogue.find(f"{product.title} {version}")
            if match.product is not product or match.cycle is not cycle:
                wrong[product.slug, version] = match.cycle.name if match.cycle else match.outcome
    assert wrong.keys() <= OTHER_CYCLES.keys()


def unique(product: ProductFacts, text_of: Callable[[ReleaseCycle], str]) -> Iterator[tuple[str, ReleaseCycle]]:
    count = Counter(map(text_of, product.cycles))
    for cycle in product.cycles:
        if (text := text_of(cycle)) and count[text] == 1:
            yield text, cycle


def test_every_image(catalogue: ProductCatalogue) -> None:
    """Typed as for docker pull, with the newest version of each product."""
    wrong = {}
    for product in catalogue.facts.products.values():
        for name in images_of(product):
            newest = product.cycles[0]
            tag = newest.latest if re.fullmatch(r"[\w.-]+", newest.latest) else newest.name
            match = catalogue.find(f"{name}:{tag}")
            if match.product is not product:
                wrong[name] = match.product.slug if match.product else ""
    assert wrong.keys() <= IMAGES_APART
    assert not any(wrong.values())


def images_of(product: ProductFacts) -> Iterator[str]:
    for identifier in product.identifiers:
        kind, _, path = identifier.removeprefix("pkg:").partition("/")
        name, _, qualifiers = path.partition("?")
        registry = qualifiers.removeprefix("repository_url=").replace("/repository/", "/").replace("/ords/ocr/ba", "")
        if kind in ("docker", "oci"):
            yield f"{registry}/{name}".removeprefix("/").removeprefix("library/")


def test_every_package_url_and_cpe(catalogue: ProductCatalogue) -> None:
    found = {}
    for product in catalogue.facts.products.values():
        for identifier in product.identifiers:
            if not identifier.startswith("repology:"):
                match = catalogue.index.identifiers.find(identifier)
                found[identifier] = "right" if match is product else "wrong" if match else "unknown"
    unknown = [identifier for identifier, result in found.items() if result == "unknown"]
    assert "wrong" not in found.values()
    # Shared by two products, malformed, or numbered apart.
    assert len(unknown) < 10
