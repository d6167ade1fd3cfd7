"""Read documents of endoflife.date."""

from typing import Any

from techs.lifecycles import endoflife_date
from techs.lifecycles.endoflife_date import Skip
from techs.rules.products import ReleaseCycle
from tests.support.lifecycle_server import document, product, release


def left_out(content: bytes) -> list[str]:
    """What a document that can be read has to leave out, in order."""
    skips: list[Skip] = []
    endoflife_date.read(content, skips=skips)
    return [f"{skip.kind.name} {skip.words}" for skip in skips]


def line(**facts: Any) -> ReleaseCycle:
    """The one line of a document with this release."""
    (found,) = endoflife_date.read(document(product("thing", release(**facts)))).products["thing"].cycles
    return found
