"""Validate the fields of services and their sources. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from techs.rules.attributes import InvalidAttribute
from techs.rules.text import is_one_visible_line, name_key, normalise

SERVICE_NAME_MAX_LENGTH = 100
SLUG_MAX_LENGTH = 100
SOURCE_NAME_MAX_LENGTH = 200
ORIGIN_MAX_LENGTH = 200
REF_MAX_LENGTH = 200
REPOSITORY_MAX_LENGTH = 300
MAX_SERVICES = 1_000  # of one row of a table

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_GAPS = re.compile(r"[^a-z0-9]+")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")
_NO_SLUG = "service"
_SEPARATOR = re.compile(r"[;\n]")


def clean_service_name(typed: Any) -> str:
    name = _one_line(typed, SERVICE_NAME_MAX_LENGTH, required="Enter a name, such as Shop.")
    if not any(map(str.isalnum, name)):
        raise InvalidAttribute("This has no letter or digit.", code="no_word")
    return name


def clean_service_names(typed: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the services of one row, without repeats. The error message starts with "Service"."""
    names: dict[str, str] = {}
    try:
        for name in map(clean_service_name, typed):
            names.setdefault(name_key(name), name)
    except InvalidAttribute as error:
        raise InvalidAttribute(f"Service: {error}", code=error.code) from error
    if len(names) > MAX_SERVICES:
        message = f"Service: Use at most {MAX_SERVICES:,} services (this has {len(names):,}). Use several rows."
        raise InvalidAttribute(message, code="length")
    return tuple(names.values())


def split_services(typed: str) -> list[str]:
    """Split a cell at semicolons and line breaks or, if it has none, at commas."""
    parts = _SEPARATOR.split(typed) if _SEPARATOR.search(typed) else typed.split(",")
    return [name for part in parts if (name := part.strip(" \t,"))]


def join_services(names: Iterable[tuple[str, str]]) -> str:
    """Write names and slugs as a cell that split_services() reads. A name with a separator is replaced by its slug."""
    return "; ".join(slug if _SEPARATOR.search(name) or "," in name else name for name, slug in names)


def slug_of(name: str) -> str:
    """Derive a slug from a name: "Café & Bar" becomes "cafe-bar". Names without Latin letters become "service"."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return _GAPS.sub("-", plain).strip("-")[: SLUG_MAX_LENGTH - 10].strip("-") or _NO_SLUG


def clean_source_name(typed: Any) -> str:
    """Return the name of a source: a path without empty, "." and ".." segments. Case counts."""
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a string.", code="invalid")
    if not typed or len(typed) > SOURCE_NAME_MAX_LENGTH:
        message = f"Use 1 to {SOURCE_NAME_MAX_LENGTH} characters (this has {len(typed)})."
        raise InvalidAttribute(message, code="length")
    if not typed.isprintable() or typed != typed.strip():
        message = "This contains control or invisible characters, or begins or ends with a space."
        raise InvalidAttribute(message, code="control")
    if any(segment in ("", ".", "..") for segment in typed.split("/")):
        raise InvalidAttribute('Use a path without empty, "." and ".." segments.', code="path")
    return typed


def clean_origin(typed: Any) -> str:
    return _one_line(typed, ORIGIN_MAX_LENGTH, required="Enter an origin, such as push:.")


def clean_ref(typed: Any) -> str:
    return _one_line(typed, REF_MAX_LENGTH)


def clean_repository(typed: Any) -> str:
    """Return the address of a repository, without user and password, or ""."""
    address = _one_line(typed, REPOSITORY_MAX_LENGTH)
    if address and not _ADDRESS.fullmatch(address):
        message = "Enter an address such as https://git.example.org/shop, without user and password."
        raise InvalidAttribute(message, code="address")
    return address


def _one_line(typed: Any, longest: int, *, required: str = "") -> str:
    if not isinstance(typed, str):
        raise InvalidAttribute("Must be a string.", code="invalid")
    text = normalise(typed)
    if not text and required:
        raise InvalidAttribute(required, code="blank")
    if not is_one_visible_line(typed, text):
        raise InvalidAttribute("This contains control or invisible characters. Use one line.", code="control")
    if len(text) > longest:
        raise InvalidAttribute(f"Use at most {longest} characters (this has {len(text)}).", code="length")
    return text
