"""Parse the document that endoflife.date publishes (API v1, products/full). Pure.

Shape: {schema_version, generated_at, total, result: [{name, label, aliases, identifiers: [{type, id}], versionCommand,
links: {html, releasePolicy}, releases: [...]}]}. Unused keys may be missing. Unusable products, releases and details
are left out, and a Skip reports each of them.

Deliberately unused: isMaintained counts any kind of support, and isEol, isEoas and isEoes only matter without a date,
as they change by themselves. discontinuedFrom is the end of sales of a device, which its end of life takes into
account. category and tags sort products on the site, links.icon and latest.link only decorate its pages, and custom
holds the site's own columns, such as the version of Chromium inside Electron.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from techs.lifecycles import document_fields as fields
from techs.rules.identifiers import is_identifier
from techs.rules.products import EndOfLife, EndOfSupport, Facts, ProductFacts, ReleaseCycle
from techs.rules.text import compact

SCHEMA_MAJOR = "1"
PATH = "/api/v1/products/full/"

# The site adds "(LTS)" to labels that already have it.
_REPEATED_LTS = re.compile(r"(?<=\bLTS\b)(.*) \(LTS\)$")

Read = TypeVar("Read")


class UnknownSchema(fields.BadFacts):
    """The document's major schema version is not supported."""


class SkipKind(IntEnum):
    """The kind of part that was left out, largest first."""

    PRODUCT = 1
    RELEASE = 2
    DETAIL = 3


@dataclass(frozen=True, slots=True)
class Skip:
    """A part of a document that was left out, with a message for the log: where it is and why it is unusable."""

    kind: SkipKind
    words: str


def address(base: str) -> str:
    """Return the document's URL: a *.json address as given, or the API below a base address."""
    return base if base.endswith(".json") else base.rstrip("/") + PATH


def read(content: bytes, *, skips: list[Skip] | None = None, any_schema: bool = False) -> Facts:
    """Parse a document, and append a Skip for every part left out.

    Raises BadFacts if nothing is usable, and UnknownSchema for another major version unless any_schema is set. The
    version is a hash of the products alone, so it does not depend on the date of publication.
    """
    skips = [] if skips is None else skips
    document = _document(content)
    if not any_schema:
        _check_schema(document)
    rows = document.get("result")
    if not isinstance(rows, list):
        fields.fail("the document", "result must be a list of products")
    _kept(skips, SkipKind.DETAIL, partial(_check_total, document, len(rows)))
    products = _with_own_names(_products(rows, skips), skips)
    if not products:
        fields.fail("the document", f"has no usable product{f': {skips[-1].words}' if rows else ''}")
    as_of = _kept(skips, SkipKind.DETAIL, partial(_generated_on, document)) or _newest_release(document, products)
    return Facts(version=_version(products), as_of=as_of, products=products).known_on(as_of)


def describe(skips: Sequence[Skip], *, most: int) -> Iterator[str]:
    """Yield the number of parts left out, then up to `most` of them, largest first."""
    if not skips:
        return
    yield f"Skipped: {count(skips)}."
    for skip in islice(sorted(skips, key=lambda skip: skip.kind), most):
        yield f"  {skip.words}"
    if len(skips) > most:
        yield f"  and {len(skips) - most:,} more."


def count(skips: Sequence[Skip]) -> str:
    """Count skips by kind: "1 product, 12 releases, 3 details"."""
    numbers = sorted(Counter(skip.kind for skip in skips).items())
    return ", ".join(f"{number:,} {kind.name.lower()}{'s' if number > 1 else ''}" for kind, number in numbers)


def _kept(skips: list[Skip], kind: SkipKind, read_part: Callable[[], Read]) -> Read | None:
    """Return the part or, if it is unusable, None. Its Skip then replaces those of its details."""
    noted = len(skips)
    try:
        return read_part()
    except fields.BadFacts as error:
        skips[noted:] = [Skip(kind, str(error))]
        return None


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:  # broken UTF-8 is a ValueError too
        raise fields.BadFacts(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        fields.fail("the document", "must be an object")
    return document


def _check_schema(document: Mapping[str, Any]) -> None:
    version = document.get("schema_version")
    if not isinstance(version, str | int | float) or str(version).split(".")[0] != SCHEMA_MAJOR:
        raise UnknownSchema(f"the document: schema_version must be {SCHEMA_MAJOR}.x, not {fields.quoted(version)}")


def _generated_on(document: Mapping[str, Any]) -> date:
    value = document.get("generated_at")
    try:
        # A time without a zone is taken as UTC.
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]  # anything but a text is a TypeError
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (TypeError, ValueError, OverflowError):
        fields.fail("the document", f"generated_at must be a date and time, not {fields.quoted(value)}")


def _newest_release(document: Mapping[str, Any], products: Mapping[str, ProductFacts]) -> date:
    # A document without a date is at least as new as the newest release in it.
    days = (cycle.latest_released for product in products.values() for cycle in product.cycles)
    return max(filter(None, days), default=None) or _generated_on(document)


def _check_total(document: Mapping[str, Any], number: int) -> None:
    total = document.get("total")
    if isinstance(total, bool) or total != number:
        fields.fail("the document", f"total is {fields.quoted(total)}, but the list has {number}")


def _products(rows: Sequence[object], skips: list[Skip]) -> dict[str, ProductFacts]:
    # Slugs that differ only in spelling have the same name key. The first product wins.
    products: dict[str, ProductFacts] = {}
    spelled: dict[str, str] = {}

    def add(position: int, row: object) -> None:
        product = _product(row, position, skips)
        first = spelled.setdefault(compact(product.slug) or product.slug, product.slug)
        if product.slug in products:
            fields.fail(f"product {product.slug}", "listed twice")
        if first != product.slug:
            fields.fail(f"product {product.slug}", f"has the name of product {first}")
        products[product.slug] = product

    for position, row in enumerate(rows, start=1):
        _kept(skips, SkipKind.PRODUCT, partial(add, position, row))
    return products


def _with_own_names(products: Mapping[str, ProductFacts], skips: list[Skip]) -> dict[str, ProductFacts]:
    """Drop names that also belong to another product, as the name index would match neither or the wrong one.

    Slugs take precedence, then titles, then aliases, each in document order, as in the name index.
    """
    owners = {compact(slug): slug for slug in products}

    def own(product: ProductFacts, name: str) -> str:
        owner = owners.setdefault(compact(name), product.slug) if compact(name) else product.slug
        if owner != product.slug:
            fields.fail(f"product {product.slug}", f"the name {fields.quoted(name)} also belongs to product {owner}")
        return name

    def own_or_none(product: ProductFacts, name: str) -> str | None:
        return _kept(skips, SkipKind.DETAIL, partial(own, product, name))

    titled = [replace(each, title=own_or_none(each, each.title) or each.slug) for each in products.values()]
    return {
        each.slug: replace(each, aliases=tuple(filter(None, (own_or_none(each, name) for name in each.aliases))))
        for each in titled
    }


def _product(row: object, position: int, skips: list[Skip]) -> ProductFacts:
    if not isinstance(row, dict):
        fields.fail(f"product {position}", "must be an object")
    slug = fields.text(row, "name", f"product {fields.name_or_position(row, position)}", fields.MAX_NAME)
    place = f"product {slug}"
    detail = partial(_kept, skips, SkipKind.DETAIL)
    return ProductFacts(
        slug=slug,
        title=detail(partial(fields.text, row, "label", place, fields.MAX_LABEL)) or slug,
        url=detail(partial(_page, row, place)) or "",
        facts_as_of=date.min,  # read() sets the date of the document
        cycles=_cycles(row, place, skips),
        aliases=_aliases(row, place, skips),
        identifiers=_identifiers(row, place, skips),
        version_command=detail(partial(_command, row, place)) or "",
        release_policy=detail(partial(_release_policy, row, place)) or "",
    )


def _page(row: Mapping[str, Any], place: str) -> str:
    links = row.get("links")
    if not isinstance(links, dict):
        fields.fail(place, "links must be an object")
    return fields.web_address(fields.text(links, "html", place, fields.MAX_URL), "links.html", place)


def _release_policy(row: Mapping[str, Any], place: str) -> str:
    links = row.get("links")
    url = fields.optional_text(links, "releasePolicy", place, fields.MAX_URL) if isinstance(links, dict) else ""
    return fields.web_address(url, "links.releasePolicy", place) if url else ""


def _command(row: Mapping[str, Any], place: str) -> str:
    # A command may have several lines, and braces that are not the site's template: docker version --format '{{...}}'
    command = row.get("versionCommand") or ""
    if not isinstance(command, str):
        fields.fail(place, "versionCommand must be a string")
    if len(command) > fields.MAX_COMMAND:
        fields.fail(place, f"versionCommand is longer than {fields.MAX_COMMAND} characters")
    if any(map(fields.UNSTORABLE.search, command.split("\n"))):
        fields.fail(place, "versionCommand contains control characters")
    return command.strip()


def _identifiers(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[str, ...]:
    rows = row.get("identifiers") or []
    if not isinstance(rows, list):
        skips.append(Skip(SkipKind.DETAIL, f"{place}: identifiers must be a list"))
        return ()
    found = (_kept(skips, SkipKind.DETAIL, partial(_identifier, each, place)) for each in rows)
    return tuple(dict.fromkeys(filter(None, found)))


def _identifier(row: object, place: str) -> str:
    if not isinstance(row, dict):
        fields.fail(place, "an identifier must be an object")
    value = fields.text(row, "id", f"{place}, identifiers", fields.MAX_IDENTIFIER)
    # Of the three types, only Repology's names do not contain their type.
    identifier = f"repology:{value}" if row.get("type") == "repology" else value
    return (
        identifier
        if is_identifier(identifier)
        else fields.fail(place, f"the identifier {fields.quoted(value)} is of no known type")
    )


def _aliases(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[str, ...]:
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list):
        skips.append(Skip(SkipKind.DETAIL, f"{place}: aliases must be a list"))
        return ()
    texts = (partial(fields.text, {"alias": alias}, "alias", place, fields.MAX_LABEL) for alias in aliases)
    return tuple(filter(None, (_kept(skips, SkipKind.DETAIL, text) for text in texts)))


def _cycles(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[ReleaseCycle, ...]:
    rows = row.get("releases")
    if not isinstance(rows, list):
        fields.fail(place, "releases must be a list")
    cycles: dict[str, ReleaseCycle] = {}

    def add(position: int, row: object) -> None:
        cycle = _cycle(row, place, position, skips)
        if cycles.setdefault(cycle.name, cycle) is not cycle:
            fields.fail(f"{place}, release {cycle.name}", "listed twice")

    for position, release in enumerate(rows, start=1):
        _kept(skips, SkipKind.RELEASE, partial(add, position, release))
    if rows and not cycles:
        fields.fail(place, f"none of its {len(rows):,} releases is usable; {skips[-1].words}")
    return tuple(cycles.values())


def _cycle(row: object, product: str, position: int, skips: list[Skip]) -> ReleaseCycle:
    if not isinstance(row, dict):
        fields.fail(f"{product}, release {position}", "must be an object")
    place = f"{product}, release {fields.name_or_position(row, position)}"
    name = fields.text(row, "name", place, fields.MAX_NAME)
    eol = _end_of_life(row, place, skips)
    detail = partial(_kept, skips, SkipKind.DETAIL)
    label = detail(partial(fields.optional_text, row, "label", place, fields.MAX_LABEL)) or ""
    latest = detail(partial(fields.object_of, row, "latest", place)) or {}
    return ReleaseCycle(
        name=name,
        released=detail(partial(fields.day, row, "releaseDate", place)),
        eol=eol,
        label="" if label == name else _REPEATED_LTS.sub(r"\1", label),
        codename=detail(partial(fields.optional_text, row, "codename", place, fields.MAX_LABEL)) or "",
        active_support=detail(partial(_end, row, "eoasFrom", "isEoas", place)),
        extended_support=detail(partial(_end, row, "eoesFrom", "isEoes", place)),
        latest=detail(partial(fields.optional_text, latest, "name", f"{place}, latest", fields.MAX_NAME)) or "",
        latest_released=detail(partial(fields.day, latest, "date", f"{place}, latest")),
        is_lts=bool(detail(partial(fields.flag, row, "isLts", place))),
        lts_from=detail(partial(fields.day, row, "ltsFrom", place)),
    )


def _end_of_life(row: Mapping[str, Any], place: str, skips: list[Skip]) -> EndOfLife:
    # An invalid date does not fall back to the flag, which may change any day.
    day = fields.day(row, "eolFrom", place)
    flag = partial(fields.flag, row, "isEol", place)
    ended = _kept(skips, SkipKind.DETAIL, flag) if day else flag()
    return day or (ended if ended is not None else fields.fail(place, "eolFrom and isEol are missing"))


def _end(row: Mapping[str, Any], key: str, flag: str, place: str) -> EndOfSupport:
    return fields.day(row, key, place) or fields.flag(row, flag, place)


def _version(products: Mapping[str, ProductFacts]) -> str:
    rows = [_canonical(products[slug]) for slug in sorted(products)]
    content = json.dumps(rows, default=date.isoformat, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _canonical(product: ProductFacts) -> list[Any]:
    cycles = [[getattr(cycle, field) for field in ReleaseCycle.__slots__] for cycle in product.cycles]
    details = [product.identifiers, product.version_command, product.release_policy]
    return [product.slug, product.title, product.url, product.aliases, cycles, details]
