"""Whether a text is known, without looking for suggestions."""

from techs.lifecycles import starter
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Outcome
from tests.support.typed_strings import LABELS, MANIFEST_LINES, NOT_A_PRODUCT, STACKS


def test_a_text_is_known_if_it_is_found() -> None:
    catalogue = ProductCatalogue.of(starter.read_starter())
    texts = [*LABELS, *MANIFEST_LINES, *NOT_A_PRODUCT, *STACKS]
    found = {text for text in texts if catalogue.find(text).outcome is not Outcome.NO_MATCH}
    assert {text for text in texts if catalogue.knows(text)} == found
    assert 0 < len(found) < len(texts)
