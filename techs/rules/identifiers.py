"""Find products by package URL (purl), CPE or image name. Pure.

The lifecycle data names the packages, images and CPEs of its products; techs.rules.package_families adds further
packages of the same products. Versions are left to techs.rules.naming.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from techs.rules.package_families import FAMILIES, NOT_THE_PRODUCT
from techs.rules.products import Facts, ProductFacts

SYSTEM_PACKAGES = frozenset({"apk", "deb", "rpm"})
"""Types of packages that belong to the distribution named in their namespace."""

_DOCKER_HUB = re.compile(
    r"(?:(?:index\.|registry-1\.)?docker\.io|(?:public\.ecr\.aws|mirror\.gcr\.io)/docker|mirror\.gcr\.io)/"
)
_BEHIND_PAGE = re.compile(
    r"(?<=\.io/)repository/|(?<=\.com/)ords/ocr/ba/"
)  # a registry's web page instead of the image
_BY_NAME = frozenset({"alpm", "brew", "chocolatey", "conda", "generic", "nix", "scoop", "winget"})
"""Types of packages that Repology's names identify, too."""

_GO_MAJOR = re.compile(r"/v[0-9]+$")
_FORMULA_VERSION = re.compile(r"@[0-9.]+$")  # postgresql@14
_PYPI_SEPARATORS = re.compile(r"[._-]+")
_CPE = re.compile(r"cpe:(?:2\.3:|/)[aoh*]:((?:\\.|[^:])+):((?:\\.|[^:])+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IdentifierIndex:
    """Products by the keys of their identifiers. An identifier that two products share belongs to neither."""

    products: Mapping[str, ProductFacts]
    prefixes: Mapping[str, ProductFacts]
    vendor_packages: frozenset[str]
    """Keys of system packages that come from the product's vendor instead of a distribution."""

    @classmethod
    def build(cls, facts: Facts) -> "IdentifierIndex":
        published: dict[str, ProductFacts | None] = {}
        for product in facts.products.values():
            _claim(published, product, _published_keys(product))
        added: dict[str, ProductFacts | None] = {}
        for slug, families in FAMILIES.items():
            if slug in facts.products:
                _claim(added, facts.products[slug], families)
        general: dict[str, ProductFacts | None] = {}
        for product in facts.products.values():
            _claim(general, product, _general_keys(product))
        known = {key: product for key, product in (general | added | published).items() if key and product is not None}
        return cls(
            products={key: product for key, product in known.items() if not key.endswith("*")},
            prefixes={key[:-1]: product for key, product in known.items() if key.endswith("*")},
            vendor_packages=frozenset(filter(None, map(_vendor_package, _all_identifiers(facts)))),
        )

    def find(self, identifier: str) -> ProductFacts | None:
        """Return the product that a package URL or CPE names. Its version, if it has one, is ignored."""
        keys = list(_keys(identifier))
        for key in keys:
            if key in NOT_THE_PRODUCT:
                return None
            if product := self.products.get(key):
                return product
        first = keys[0] if keys else ""
        if not first.startswith(tuple(self.prefixes)):
            return None
        return next((product for prefix, product in self.prefixes.items() if first.startswith(prefix)), None)

    def is_from_vendor(self, purl: str) -> bool:
        """Return True for a system package that the product's vendor publishes, such as bellsoft-java17."""
        return any(key in self.vendor_packages for key in _keys(purl))


def is_identifier(value: object) -> bool:
    return isinstance(value, str) and value.casefold().startswith(("pkg:", "cpe:", "repology:"))


def image_purl(name: str) -> str:
    """Return the package URL of an image, by its name with registry but without tag."""
    registry, slash, path = name.partition("/")
    if not (slash and _is_registry(registry)):
        return f"pkg:docker/{name}"
    return f"pkg:docker/{path}?repository_url={registry}"


def type_of(purl: str) -> str:
    head, _, rest = purl.partition(":")
    return rest.lstrip("/").partition("/")[0].casefold() if head.casefold() == "pkg" else ""


def name_of(purl: str) -> str:
    """Return namespace and name of a package as they are written."""
    path, _, last = re.split(r"[?#]", purl.partition(":")[2].lstrip("/").partition("/")[2])[0].rpartition("/")
    return unquote(f"{path}/{last[:1]}{last[1:].partition('@')[0]}".lstrip("/"))


def key_of(identifier: str) -> str:
    """Return the key that equal identifiers share, or "" for text that is not an identifier."""
    return next(_keys(identifier), "")


def _keys(identifier: str) -> Iterator[str]:
    """Yield the keys of an identifier, the most specific first."""
    if cpe := _CPE.match(identifier):
        yield f"cpe:{_unescaped(cpe[1])}:{_unescaped(cpe[2])}"
        return
    kind = type_of(identifier)
    path, qualifiers = _path(identifier, kind)
    if not (kind and path):
        return
    if kind in ("docker", "oci"):
        yield from _image_keys(path, qualifiers)
        return
    yield f"{kind}/{path}"
    name = path.rpartition("/")[2]
    if kind in SYSTEM_PACKAGES:
        yield f"{kind}/*/{name}"
    if kind in _BY_NAME:
        yield f"repology:{name}"


def _path(purl: str, kind: str) -> tuple[str, str]:
    """Return namespace and name, normalised as the package's type requires, and the qualifiers."""
    whole = purl.partition("#")[0].partition(":")[2].lstrip("/").partition("/")[2]
    path, _, qualifiers = whole.partition("?")
    head, slash, last = path.strip("/").rpartition("/")
    name = last[:1] + last[1:].partition("@")[0]
    path = unquote(f"{head}{slash}{name}").casefold()
    if kind == "golang":
        path = _GO_MAJOR.sub("", path)
    elif kind == "pypi":
        path = _PYPI_SEPARATORS.sub("-", path)
    elif kind == "brew":
        path = _FORMULA_VERSION.sub("", path)
    return path, qualifiers


def _image_keys(path: str, qualifiers: str) -> Iterator[str]:
    """Yield the image's full names. repository_url names its registry, with or without the path and the name itself."""
    given = [each.partition("=")[2] for each in qualifiers.split("&") if each.startswith("repository_url=")]
    registry = _BEHIND_PAGE.sub("", re.sub(r"^https?://", "", unquote(given[0]).casefold()).strip("/")) if given else ""
    name = path.rpartition("/")[2]
    if registry.endswith(f"/{name}") and "/" in registry:
        yield _image_key(registry)
    yield _image_key(f"{registry}/{path}" if registry else path)


def _image_key(name: str) -> str:
    plain = _DOCKER_HUB.sub("", name).replace("k8s.gcr.io/", "registry.k8s.io/", 1)
    is_official = "/" not in plain
    return f"image:{'library/' if is_official else ''}{plain}"


def _is_registry(host: str) -> bool:
    return "." in host or ":" in host or host == "localhost"


def _unescaped(part: str) -> str:
    return unquote(part.replace("\\", "")).casefold()


def _published_keys(product: ProductFacts) -> Iterator[str]:
    for identifier in product.identifiers:
        keys = list(_keys(identifier))
        yield from (keys if identifier.startswith("pkg:oci/") else keys[:1])


def _general_keys(product: ProductFacts) -> Iterator[str]:
    # Without the distribution, and by the name in Repology: only where nothing else is known.
    for identifier in product.identifiers:
        if identifier.startswith("repology:"):
            yield identifier.casefold()
        elif type_of(identifier) in SYSTEM_PACKAGES:
            yield from list(_keys(identifier))[1:]
    yield from map(_without_group, (*_published_keys(product), *FAMILIES.get(product.slug, ())))


def _without_group(key: str) -> str:
    """Return the key of a Maven artifact whose group somebody left out; "" for other keys."""
    return f"maven/*/{key.rpartition('/')[2]}" if key.startswith("maven/") and not key.endswith("*") else ""


def _claim(owners: dict[str, ProductFacts | None], product: ProductFacts, keys: Iterable[str]) -> None:
    for key in keys:
        owners[key] = product if owners.get(key, product) is product else None


def _all_identifiers(facts: Facts) -> Iterator[str]:
    for product in facts.products.values():
        yield from product.identifiers


def _vendor_package(identifier: str) -> str:
    is_vendors = type_of(identifier) in SYSTEM_PACKAGES and "repository_url=" in identifier
    return key_of(identifier) if is_vendors else ""
