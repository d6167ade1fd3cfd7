"""Write lifecycle data as the document that techs.lifecycles.endoflife_date reads. Pure."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from techs.rules.products import EndOfSupport, Facts, ProductFacts, ReleaseCycle

SCHEMA_VERSION = "1.2.0"
_REPOLOGY = "repology"


def write(facts: Facts) -> bytes:
    """Return a document that reads as these products. Equal products yield equal bytes."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "generated_at": f"{facts.as_of.isoformat()}T00:00:00+00:00",
        "total": len(facts.products),
        "result": [_product(product) for product in facts.products.values()],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _product(product: ProductFacts) -> dict[str, Any]:
    return {
        "name": product.slug,
        "label": product.title,
        "aliases": list(product.aliases),
        "identifiers": [_identifier(identifier) for identifier in product.identifiers],
        "versionCommand": product.version_command or None,
        "links": {"html": product.url, "releasePolicy": product.release_policy or None},
        "releases": [_release(cycle) for cycle in product.cycles],
    }


def _identifier(identifier: str) -> dict[str, str]:
    kind, _, name = identifier.partition(":")
    return {"type": kind, "id": name if kind == _REPOLOGY else identifier}


def _release(cycle: ReleaseCycle) -> Mapping[str, Any]:
    return {
        "name": cycle.name,
        "label": cycle.label or cycle.name,
        "codename": cycle.codename or None,
        "releaseDate": _day(cycle.released),
        "isLts": cycle.is_lts,
        "ltsFrom": _day(cycle.lts_from),
        "eolFrom": _day(cycle.eol),
        "isEol": _flag(cycle.eol),
        "eoasFrom": _day(cycle.active_support),
        "isEoas": _flag(cycle.active_support),
        "eoesFrom": _day(cycle.extended_support),
        "isEoes": _flag(cycle.extended_support),
        "latest": {"name": cycle.latest or None, "date": _day(cycle.latest_released)},
    }


def _day(end: EndOfSupport) -> str | None:
    return end.isoformat() if isinstance(end, date) else None


def _flag(end: EndOfSupport) -> bool | None:
    # Of a date, only the date counts.
    return None if isinstance(end, date) else end
