"""Name an identified package after its product, as a user would type it. Pure."""

import re

from techs.rules.identifiers import key_of, type_of
from techs.rules.name_index import NameIndex
from techs.rules.names import match_name
from techs.rules.package_families import OWN_NUMBERS
from techs.rules.products import Match, Outcome, ProductFacts

_PSEUDO_VERSION = re.compile(r"v?[0-9.]+-(?:[a-z0-9.]+\.)?(?:0\.)?[0-9]{14}-[0-9a-f]{12}")  # a commit, in go.mod
_UPSTREAM = re.compile(r"(?:[0-9]+:)?v?([0-9]+(?:\.[0-9]+)*)")  # without epoch and packager's revision
_EPOCH = re.compile(r"[0-9]+:(?=[0-9])")
_FITS = (Outcome.MATCHED, Outcome.CANDIDATES)


def canonical(product: ProductFacts, version: str, index: NameIndex, *, is_packaged: bool = False) -> str:
    """Return title and version so that matching finds the product; "" if no spelling does.

    The version loses its packager's additions if it is_packaged for a system, or if they hide its release cycle.
    """
    upstream = [found[1] for found in [_UPSTREAM.match(version)] if found]
    spelled = [*(upstream if is_packaged else ()), _EPOCH.sub("", version), *upstream]
    matches = [(text, match_name(text, index)) for text in (f"{product.title} {each}".rstrip() for each in spelled)]
    of_product = [(text, match) for text, match in matches if match and match.product is product]
    certain = (text for text, match in of_product if match.outcome in _FITS)
    return next(certain, of_product[-1][0] if of_product else "")


def has_own_number(identifier: str, version: str) -> bool:
    """Return True if, in this version, a package is numbered differently from its product."""
    if type_of(identifier) == "golang" and _PSEUDO_VERSION.match(version):
        return True
    key, plain = key_of(identifier), version.lstrip("v^~<>= ")
    return any(
        re.match(numbers, plain) is not None
        for known, numbers in OWN_NUMBERS.items()
        if key == known or (known.endswith("*") and key.startswith(known[:-1]))
    )


def version_in_name(identifier: str, product: ProductFacts, index: NameIndex) -> Match | None:
    """Match the version in a package's name: 3.1 in dotnet-sdk-3.1, 2.7 in python27. None if there is none."""
    numbers = re.findall(r"[0-9]+(?:\.[0-9]+)*", key_of(identifier).rpartition("/")[2])
    for number in numbers:
        for version in (number, f"{number[0]}.{number[1:]}"):
            match = match_name(f"{product.title} {version}", index)
            if match and match.product is product and match.outcome in _FITS and match.version:
                return match
    return None
