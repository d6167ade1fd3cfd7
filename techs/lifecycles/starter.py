"""The starter table: lifecycle data that ships with the project and is used until the first download."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from techs.rules.products import Facts, ProductFacts, ReleaseCycle

STARTER = Path(__file__).parent.parent / "data" / "starter.toml"

_PRODUCT_KEYS = {"slug", "title", "lines"}
_LINE_KEYS = {"name", "eol"}
_OPTIONAL_LINE_KEYS = {
    *("label", "codename", "latest"),
    *("released", "latest_released", "active_support", "extended_support"),
}

# Lengths in characters, as in techs.models.
_MAX_TEXT = 100
_LONGEST = {"title": 200, "label": 200, "codename": 200, "alias": 200, "url": 300}


def read_starter() -> Facts:
    return read_table(STARTER)


def read_table(path: Path) -> Facts:
    """Read a table in TOML, or in JSON with the same keys (*.json).

    Raises ValueError for invalid content, with the file and the place in the message.
    """
    content = path.read_bytes()
    read: Callable[[str], Any] = json.loads if path.suffix == ".json" else tomllib.loads
    try:
        return _facts(read(content.decode()), version=hashlib.sha256(content).hexdigest()[:12])
    except RecursionError:
        message = f"{path.name}: nested too deeply"
        raise ValueError(message) from None
    except ValueError as error:  # broken TOML and broken UTF-8 are ValueErrors too
        message = f"{path.name}: {error}"
        raise ValueError(message) from error


def _facts(table: object, *, version: str) -> Facts:
    if not isinstance(table, dict):
        _fail("top level", "must be a table")
    _check_keys(table, "top level", required={"facts_as_of", "product"})
    as_of = _date(table, "facts_as_of", "top level")
    products: dict[str, ProductFacts] = {}
    for position, row in enumerate(_tables(table, "product", "top level"), start=1):
        product = _product(row, as_of, place=f"product {row.get('slug', position)}")
        if product.slug in products:
            _fail(f"product {product.slug}", "listed twice")
        products[product.slug] = product
    return Facts(version=version, as_of=as_of, products=products)


def _product(row: Mapping[str, Any], as_of: date, *, place: str) -> ProductFacts:
    _check_keys(row, place, required=_PRODUCT_KEYS, optional={"aliases", "url"})
    cycles = tuple(_cycle(cycle, f"{place}, release {cycle.get('name')}") for cycle in _tables(row, "lines", place))
    names = [cycle.name for cycle in cycles]
    if len(names) != len(set(names)):
        _fail(place, "a release is listed twice")
    aliases = row.get("aliases", [])
    if not (isinstance(aliases, list) and all(isinstance(alias, str) for alias in aliases)):
        _fail(place, "aliases must be strings")
    for alias in aliases:
        _check_text(alias, "alias", place)
    return ProductFacts(
        slug=_text(row, "slug", place),
        title=_text(row, "title", place),
        url=_text(row, "url", place) if "url" in row else "",
        facts_as_of=as_of,
        cycles=cycles,
        aliases=tuple(aliases),
    )


def _cycle(row: Mapping[str, Any], place: str) -> ReleaseCycle:
    _check_keys(row, place, required=_LINE_KEYS, optional=_OPTIONAL_LINE_KEYS)
    return ReleaseCycle(
        name=_text(row, "name", place),
        released=_date(row, "released", place) if "released" in row else None,
        eol=_end(row, "eol", place),
        label=_text(row, "label", place) if "label" in row else "",
        codename=_text(row, "codename", place) if "codename" in row else "",
        active_support=_end(row, "active_support", place) if "active_support" in row else None,
        extended_support=_end(row, "extended_support", place) if "extended_support" in row else None,
        latest=_text(row, "latest", place) if "latest" in row else "",
        latest_released=_date(row, "latest_released", place) if "latest_released" in row else None,
    )


def _check_keys(row: Mapping[str, Any], place: str, *, required: Set[str], optional: Set[str] = frozenset()) -> None:
    if missing := required - row.keys():
        _fail(place, f"missing {', '.join(sorted(missing))}")
    if unknown := row.keys() - required - optional:
        _fail(place, f"unknown {', '.join(sorted(unknown))}")


def _tables(row: Mapping[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    tables = row[key]
    if not (isinstance(tables, list) and tables and all(isinstance(table, dict) for table in tables)):
        _fail(place, f"{key} must be a non-empty list of tables")
    return tables


def _text(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        _fail(place, f"{key} must be a non-empty string")
    _check_text(value, key, place)
    return value


def _check_text(value: str, key: str, place: str) -> None:
    longest = _LONGEST.get(key, _MAX_TEXT)
    if len(value) > longest:
        _fail(place, f"{key} is longer than {longest} characters")
    if not value.isprintable():
        _fail(place, f"{key} contains control characters")


def _date(row: Mapping[str, Any], key: str, place: str) -> date:
    value = row[key]
    if isinstance(value, str):  # JSON has no dates
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        _fail(place, f"{key} must be a date without time, such as 2026-08-22")
    return value


def _end(row: Mapping[str, Any], key: str, place: str) -> date | bool:
    value = row[key]
    return value if isinstance(value, bool) else _date(row, key, place)


def _fail(place: str, what: str) -> NoReturn:
    # A place may quote the file. Limit it to one short line.
    shown = "".join(char if char.isprintable() else "?" for char in place[:200])
    message = f"{shown}: {what}"
    raise ValueError(message)
