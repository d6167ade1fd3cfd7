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
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import partial
from itertools import islice
from typing import Any, NoReturn, TypeVar

from techs.rules.identifiers import is_identifier
from techs.rules.products import EndOfLife, EndOfSupport, Facts, ProductFacts, ReleaseCycle
from techs.rules.text import compact

SCHEMA_MAJOR = "1"

# Lengths in characters, as in techs.models.
MAX_NAME = 100
MAX_LABEL = 200
MAX_URL = 300
MAX_IDENTIFIER = 300
MAX_COMMAND = 1_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Control characters, line separators, bidirectional controls and lone surrogates: some databases cannot store them,
# and no page shows them.
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# A placeholder that the site's generator left in.
_TEMPLATE = re.compile(r"\{[{%]")
# The site adds "(LTS)" to labels that already have it.
_REPEATED_LTS = re.compile(r"(?<=\bLTS\b)(.*) \(LTS\)$")

Read = TypeVar("Read")


class BadFacts(ValueError):
    """The document, or a part of it, is unusable. The message says where and why."""


class UnknownSchema(BadFacts):
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
        _fail("the document", "result must be a list of products")
    _kept(skips, SkipKind.DETAIL, partial(_check_total, document, len(rows)))
    products = _with_own_names(_products(rows, skips), skips)
    if not products:
        _fail("the document", f"has no usable product{f': {skips[-1].words}' if rows else ''}")
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
    except BadFacts as error:
        skips[noted:] = [Skip(kind, str(error))]
        return None


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
    if not isinstance(version, str | int | float) or str(version).split(".")[0] != SCHEMA_MAJOR:
        raise UnknownSchema(f"the document: schema_version must be {SCHEMA_MAJOR}.x, not {_quoted(version)}")


def _generated_on(document: Mapping[str, Any]) -> date:
    value = document.get("generated_at")
    try:
        # A time without a zone is taken as UTC.
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]  # anything but a text is a TypeError
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (TypeError, ValueError, OverflowError):
        _fail("the document", f"generated_at must be a date and time, not {_quoted(value)}")


def _newest_release(document: Mapping[str, Any], products: Mapping[str, ProductFacts]) -> date:
    # A document without a date is at least as new as the newest release in it.
    days = (cycle.latest_released for product in products.values() for cycle in product.cycles)
    return max(filter(None, days), default=None) or _generated_on(document)


def _check_total(document: Mapping[str, Any], number: int) -> None:
    total = document.get("total")
    if isinstance(total, bool) or total != number:
        _fail("the document", f"total is {_quoted(total)}, but the list has {number}")


def _products(rows: Sequence[object], skips: list[Skip]) -> dict[str, ProductFacts]:
    # Slugs that differ only in spelling have the same name key. The first product wins.
    products: dict[str, ProductFacts] = {}
    spelled: dict[str, str] = {}

    def add(position: int, row: object) -> None:
        product = _product(row, position, skips)
        first = spelled.setdefault(compact(product.slug) or product.slug, product.slug)
        if product.slug in products:
            _fail(f"product {product.slug}", "listed twice")
        if first != product.slug:
            _fail(f"product {product.slug}", f"has the name of product {first}")
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
            _fail(f"product {product.slug}", f"the name {_quoted(name)} also belongs to product {owner}")
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
        _fail(f"product {position}", "must be an object")
    slug = _text(row, "name", f"product {_named(row, position)}", MAX_NAME)
    place = f"product {slug}"
    detail = partial(_kept, skips, SkipKind.DETAIL)
    return ProductFacts(
        slug=slug,
        title=detail(partial(_text, row, "label", place, MAX_LABEL)) or slug,
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
        _fail(place, "links must be an object")
    return _web_address(_text(links, "html", place, MAX_URL), "links.html", place)


def _release_policy(row: Mapping[str, Any], place: str) -> str:
    links = row.get("links")
    url = _optional_text(links, "releasePolicy", place, MAX_URL) if isinstance(links, dict) else ""
    return _web_address(url, "links.releasePolicy", place) if url else ""


def _web_address(url: str, key: str, place: str) -> str:
    # Pages link to it.
    return url if url.startswith(("https://", "http://")) else _fail(place, f"{key} must be a web address")


def _command(row: Mapping[str, Any], place: str) -> str:
    # Commands may have several lines, of which each must be fit to show.
    value = row.get("versionCommand")
    if not isinstance(value, str):
        return "" if value is None else _fail(place, "versionCommand must be a string")
    lines = [
        _optional_text({"versionCommand": line}, "versionCommand", place, MAX_COMMAND) for line in value.split("\n")
    ]
    command = "\n".join(lines).strip()
    if len(command) > MAX_COMMAND:
        _fail(place, f"versionCommand is longer than {MAX_COMMAND} characters")
    return command


def _identifiers(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[str, ...]:
    rows = row.get("identifiers") or []
    if not isinstance(rows, list):
        skips.append(Skip(SkipKind.DETAIL, f"{place}: identifiers must be a list"))
        return ()
    found = (_kept(skips, SkipKind.DETAIL, partial(_identifier, each, place)) for each in rows)
    return tuple(dict.fromkeys(filter(None, found)))


def _identifier(row: object, place: str) -> str:
    if not isinstance(row, dict):
        _fail(place, "an identifier must be an object")
    value = _text(row, "id", f"{place}, identifiers", MAX_IDENTIFIER)
    # Of the three types, only names in Repology do not say their type themselves.
    identifier = f"repology:{value}" if row.get("type") == "repology" else value
    return (
        identifier
        if is_identifier(identifier)
        else _fail(place, f"the identifier {_quoted(value)} is of no known type")
    )


def _aliases(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[str, ...]:
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list):
        skips.append(Skip(SkipKind.DETAIL, f"{place}: aliases must be a list"))
        return ()
    texts = (partial(_text, {"alias": alias}, "alias", place, MAX_LABEL) for alias in aliases)
    return tuple(filter(None, (_kept(skips, SkipKind.DETAIL, text) for text in texts)))


def _cycles(row: Mapping[str, Any], place: str, skips: list[Skip]) -> tuple[ReleaseCycle, ...]:
    rows = row.get("releases")
    if not isinstance(rows, list):
        _fail(place, "releases must be a list")
    cycles: dict[str, ReleaseCycle] = {}

    def add(position: int, row: object) -> None:
        cycle = _cycle(row, place, position, skips)
        if cycles.setdefault(cycle.name, cycle) is not cycle:
            _fail(f"{place}, release {cycle.name}", "listed twice")

    for position, release in enumerate(rows, start=1):
        _kept(skips, SkipKind.RELEASE, partial(add, position, release))
    if rows and not cycles:
        _fail(place, f"none of its {len(rows):,} releases is usable; {skips[-1].words}")
    return tuple(cycles.values())


def _cycle(row: object, product: str, position: int, skips: list[Skip]) -> ReleaseCycle:
    if not isinstance(row, dict):
        _fail(f"{product}, release {position}", "must be an object")
    place = f"{product}, release {_named(row, position)}"
    name = _text(row, "name", place, MAX_NAME)
    eol = _end_of_life(row, place, skips)
    detail = partial(_kept, skips, SkipKind.DETAIL)
    label = detail(partial(_optional_text, row, "label", place, MAX_LABEL)) or ""
    latest = detail(partial(_object, row, "latest", place)) or {}
    return ReleaseCycle(
        name=name,
        released=detail(partial(_date, row, "releaseDate", place)),
        eol=eol,
        label="" if label == name else _REPEATED_LTS.sub(r"\1", label),
        codename=detail(partial(_optional_text, row, "codename", place, MAX_LABEL)) or "",
        active_support=detail(partial(_end, row, "eoasFrom", "isEoas", place)),
        extended_support=detail(partial(_end, row, "eoesFrom", "isEoes", place)),
        latest=detail(partial(_optional_text, latest, "name", f"{place}, latest", MAX_NAME)) or "",
        latest_released=detail(partial(_date, latest, "date", f"{place}, latest")),
        is_lts=bool(detail(partial(_flag, row, "isLts", place))),
        lts_from=detail(partial(_date, row, "ltsFrom", place)),
    )


def _end_of_life(row: Mapping[str, Any], place: str, skips: list[Skip]) -> EndOfLife:
    # An invalid date does not fall back to the flag, which may change any day.
    day = _date(row, "eolFrom", place)
    flag = partial(_flag, row, "isEol", place)
    ended = _kept(skips, SkipKind.DETAIL, flag) if day else flag()
    return day or (ended if ended is not None else _fail(place, "eolFrom and isEol are missing"))


def _end(row: Mapping[str, Any], key: str, flag: str, place: str) -> EndOfSupport:
    return _date(row, key, place) or _flag(row, flag, place)


def _flag(row: Mapping[str, Any], key: str, place: str) -> bool | None:
    value = row.get(key)
    if not (value is None or isinstance(value, bool)):
        _fail(place, f"{key} must be true, false or null")
    return value


def _object(row: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = row.get(key)
    return value or {} if value is None or isinstance(value, dict) else _fail(place, f"{key} must be an object")


def _text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not (value := value.strip()):
        _fail(place, f"{key} must be a non-empty string")
    if len(value) > longest:
        _fail(place, f"{key} is longer than {longest} characters")
    if _UNSTORABLE.search(value):
        _fail(place, f"{key} contains control characters")
    if _TEMPLATE.search(value):
        _fail(place, f"{key} is an unfilled template, {_quoted(value)}")
    return value


def _optional_text(row: Mapping[str, Any], key: str, place: str, longest: int) -> str:
    value = row.get(key)
    is_blank = value is None or (isinstance(value, str) and not value.strip())
    return "" if is_blank else _text(row, key, place, longest)


def _date(row: Mapping[str, Any], key: str, place: str) -> date | None:
    value = row.get(key)
    # fromisoformat() also accepts "20260101" and "2026-W01-1".
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # the 30th of February
            return date.fromisoformat(value)
    return None if value is None else _fail(place, f"{key} must be a date such as 2026-11-22, not {_quoted(value)}")


def _version(products: Mapping[str, ProductFacts]) -> str:
    rows = [_canonical(products[slug]) for slug in sorted(products)]
    content = json.dumps(rows, default=date.isoformat, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _canonical(product: ProductFacts) -> list[Any]:
    cycles = [[getattr(cycle, field) for field in ReleaseCycle.__slots__] for cycle in product.cycles]
    details = [product.identifiers, product.version_command, product.release_policy]
    return [product.slug, product.title, product.url, product.aliases, cycles, details]


def _named(row: Mapping[str, Any], position: int) -> str | float:
    name = row.get("name")
    return name if isinstance(name, str | int | float) and str(name).strip() else position


def _quoted(value: object) -> str:
    # Lists and objects may be nested too deeply for repr().
    return f"{value!r:.60}" if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"


def _fail(place: str, what: str) -> NoReturn:
    # A place may quote a name from the document. Limit it to one short line in the log.
    raise BadFacts(f"{_UNSTORABLE.sub('?', place):.200}: {what}")
