"""The document that endoflife.date publishes (API v1, products/full), read strictly into facts. Pure.

Shape: {schema_version, generated_at, total, result: [{name, label, aliases, links: {html}, releases: [...]}]}. What is
not used may be there or not; what is used must be as described, or the whole document is refused.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from techs.rules.products import EndOfLife, EndOfSupport, Facts, ProductFacts, ReleaseCycle
from techs.rules.text import compact

SCHEMA_MAJOR = "1"

# Longest texts, in characters: what the tables of techs.models hold.
MAX_NAME = 100
MAX_LABEL = 200
MAX_URL = 300

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Controls and halves of surrogate pairs: no database stores all of them, and no page shows them.
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class BadFacts(ValueError):
    """The document is not what it should be. The message says where and why."""


def read(content: bytes) -> Facts:
    """The facts of a document. Raises BadFacts if anything in it is not as it should be.

    The version is a hash of the products alone: the same products have the same version on whatever day they were
    published.
    """
    document = _document(content)
    _check_schema(document)
    as_of = _generated_on(document)
    rows = _rows(document, "result", "the document")
    _check_total(document, len(rows))
    products: dict[str, ProductFacts] = {}
    for position, row in enumerate(rows, start=1):
        product = _product(row, as_of, place=f"product {row.get('name') or position}")
        if product.slug in products:
            _fail(f"product {product.slug}", "listed twice")
        products[product.slug] = product
    _check_names(products.values())
    return Facts(version=_version(products), as_of=as_of, products=products)


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:  # broken UTF-8 is a ValueError too
        raise BadFacts(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        _fail("the document", "must be an object")
    return document


def _check_schema(document: Mapping[str, Any]) -> None:
    version = document.get("schema_version")
    if not isinstance(version, str) or version.split(".")[0] != SCHEMA_MAJOR:
        _fail("the document", f"schema_version must be {SCHEMA_MAJOR}.x, and is {version!r:.40}")


def _generated_on(document: Mapping[str, Any]) -> date:
    """The day of generated_at in UTC. A time without a zone counts as UTC."""
    value = document.get("generated_at")
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]  # anything but a text is a TypeError
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (TypeError, ValueError, OverflowError):
        _fail("the document", f"generated_at must be a date and time, and is {value!r:.40}")


def _check_total(document: Mapping[str, Any], count: int) -> None:
    total = document.get("total")
    if not count:
        _fail("the document", "holds no product")
    if isinstance(total, bool) or total != count:
        _fail("the document", f"total is {total!r:.40}, but the list has {count}")


def _check_names(products: Iterable[ProductFacts]) -> None:
    """Every name means one product. Two that share one would make it unknown, or worse, mean the wrong one."""
    owners: dict[str, str] = {}
    for product in products:
        for name in (product.slug, product.title, *product.aliases):
            owner = owners.setdefault(compact(name), product.slug)
            if owner != product.slug:
                _fail(f"product {product.slug}", f"the name {name!r} belongs to product {owner} too")


def _product(row: Mapping[str, Any], as_of: date, *, place: str) -> ProductFacts:
    cycles = tuple(_cycle(cycle, place) for cycle in _rows(row, "releases", place))
    names = {cycle.name for cycle in cycles}
    if len(names) != len(cycles):
        _fail(place, "a release is listed twice")
    return ProductFacts(
        slug=_text(row, "name", place, MAX_NAME),
        title=_text(row, "label", place, MAX_LABEL),
        url=_page(row, place),
        facts_as_of=as_of,
        cycles=cycles,
        aliases=_aliases(row, place),
    )


def _page(row: Mapping[str, Any], place: str) -> str:
    """The address of the product's page. Readers click on it, so nothing but the web will do."""
    links = row.get("links")
    if not isinstance(links, dict):
        _fail(place, "links must be an object")
    url = _text(links, "html", place, MAX_URL)
    if not url.startswith(("https://", "http://")):
        _fail(place, "links.html must be a web address")
    return url


def _aliases(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list):
        _fail(place, "aliases must be a list")
    return tuple(_text({"alias": alias}, "alias", place, MAX_LABEL) for alias in aliases)


def _cycle(row: Mapping[str, Any], product: str) -> ReleaseCycle:
    place = f"{product}, release {row.get('name')}"
    name = _text(row, "name", place, MAX_NAME)
    label = _optional_text(row, "label", place, MAX_LABEL)
    latest = row.get("latest") or {}
    if not isinstance(latest, dict):
        _fail(place, "latest must be an object")
    return ReleaseCycle(
        name=name,
        released=_date(row, "releaseDate", place),
        eol=_end_of_life(row, place),
        label="" if label == name else label,
        codename=_optional_text(row, "codename", place, MAX_LABEL),
        active_support=_end(row, "eoasFrom", "isEoas", place),
        extended_support=_end(row, "eoesFrom", "isEoes", place),
        latest=_text(latest, "name", place, MAX_NAME) if latest else "",
        latest_released=_date(latest, "date", place),
    )


def _end_of_life(row: Mapping[str, Any], place: str) -> EndOfLife:
    end = _end(row, "eolFrom", "isEol", place)
    if end is None:
        _fail(place, "without eolFrom and isEol")
    return end


def _end(row: Mapping[str, Any], key: str, flag: str, place: str) -> EndOfSupport:
    """The date, else the flag. None: the source does not know this kind of support."""
    ended = row.get(flag)
    if not (ended is None or isinstance(ended, bool)):
        _fail(place, f"{flag} must be true, false or null")
    return _date(row, key, place) or ended


def _rows(row: Mapping[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    rows = row.get(key)
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        _fail(place, f"{key} must be a list of objects")
    return rows


def _text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not (value := value.strip()):
        _fail(place, f"{key} must be a text, and not empty")
    if len(value) > longest:
        _fail(place, f"{key} is longer than {longest} characters")
    if _UNSTORABLE.search(value):
        _fail(place, f"{key} has control characters in it")
    return value


def _optional_text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    return _text(row, key, place, longest) if row.get(key) else ""


def _date(row: Mapping[str, Any], key: str, place: str) -> date | None:
    value = row.get(key)
    # Python would take "20260101" and "2026-W01-1" too.
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # the 30th of February
            return date.fromisoformat(value)
    return None if value is None else _fail(place, f"{key} must be a date such as 2026-11-22, and is {value!r:.40}")


def _version(products: Mapping[str, ProductFacts]) -> str:
    """A hash of all that is known of the products, whatever their order and the day they were published."""
    rows = [_canonical(products[slug]) for slug in sorted(products)]
    content = json.dumps(rows, default=date.isoformat, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _canonical(product: ProductFacts) -> list[Any]:
    cycles = [[getattr(cycle, field) for field in ReleaseCycle.__slots__] for cycle in product.cycles]
    return [product.slug, product.title, product.url, product.aliases, cycles]


def _fail(place: str, what: str) -> NoReturn:
    # A place may quote a name out of the document: it must stay one short line of the log.
    raise BadFacts(f"{_UNSTORABLE.sub('?', place):.200}: {what}")
