"""Read documents of endoflife.date, and summarise them."""

from typing import Any

from techs.lifecycles import endoflife_date
from techs.lifecycles.endoflife_date import Skip
from techs.rules.products import ReleaseCycle
from tests.support.lifecycle_server import document, product, release


def left_out(content: bytes) -> list[str]:
    """Return the parts that are left out of a readable document, in order."""
    skips: list[Skip] = []
    endoflife_date.read(content, skips=skips)
    return [f"{skip.kind.name} {skip.words}" for skip in skips]


def line(**facts: Any) -> ReleaseCycle:
    """Return the only release cycle of a document with this release."""
    (found,) = endoflife_date.read(document(product("thing", release(**facts)))).products["thing"].cycles
    return found
