"""The products in the examples, with the whole document of endoflife.date if TECHLIST_FACTS_FILE names a copy."""

import os
from datetime import date
from pathlib import Path

import pytest

from techs.assessment.assessor import Assessor
from techs.lifecycles import endoflife_date
from techs.rules.catalogue import ProductCatalogue
from tests.support.examples import PRODUCTS, files, identified, products_in

FACTS_FILE = os.environ.get("TECHLIST_FACTS_FILE", "")


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    if not FACTS_FILE:
        pytest.skip("TECHLIST_FACTS_FILE names no saved copy of endoflife.date's /api/v1/products/full/")
    facts = endoflife_date.read(Path(FACTS_FILE).read_bytes())
    return Assessor(catalogue=ProductCatalogue.of(facts), today=date(2026, 11, 28))


@pytest.mark.parametrize("path", files())
def test_every_technology_is_its_product_or_a_library(path: str, assessor: Assessor) -> None:
    assert products_in(identified(path, assessor), assessor) == PRODUCTS[path]


def test_every_example_has_an_expectation() -> None:
    assert sorted(PRODUCTS) == files()
