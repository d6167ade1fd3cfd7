"""Read references to container images: the product, its version in the tag, and other technologies in the tag. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from techs.rules.identifiers import image_purl
from techs.rules.image_names import KAFKA, PRODUCTS, SAME_TAGS
from techs.rules.image_tags import CODENAMES, DEVELOPMENT, IN_NAMES, JAVA, PARTS, SYSTEMS
from techs.rules.systems import NODE_LTS

SYSTEM_NOTE = "operating system of the image"
PART_NOTE = "part of the image"

_DOCKER_HUB = re.compile(
    r"^(?:(?:(?:index|registry-1)\.)?docker\.io/(?:library/)?|library/"
    r"|(?:public\.ecr\.aws/docker|mirror\.gcr\.io|mcr\.microsoft\.com/mirror/docker)/library/|public\.ecr\.aws/(?=bitnami/))"
)
_OLD_NAMES = (
    ("k8s.gcr.io/", "registry.k8s.io/"),
    ("bitnamilegacy/", "bitnami/"),
    ("bitnamisecure/", "bitnami/"),
    ("lscr.io/", ""),
)
_PUBLIC = re.compile(
    r"(?:[\w-]+\.)*(?:docker\.(?:io|elastic\.co)|ghcr\.io|quay\.io|gcr\.io|k8s\.io|ecr\.aws|microsoft\.com|cgr\.dev"
    r"|redhat\.(?:io|com)|suse\.com|lscr\.io|codeberg\.org|oracle\.com|jfrog\.io|fluentbit\.io)"
)
_MIRROR_WORDS = frozenset({"cache", "containers", "docker", "dockerhub", "hub", "library", "mirror", "proxy", "remote"})
_PUBLIC_MIRRORS = frozenset({"dockerhub", "mirror", "mirrors", "proxy"})
_OWN_WORDS = frozenset({"dev", "internal", "local", "private", "prod", "release", "releases", "snapshot", "team"})
_WORDS = re.compile(r"[._-]")

_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*(?:-?(?:alpha|beta|rc|a|b|p|u)\.?[0-9]+)?)(?![0-9A-Za-z])")
_BUILD = re.compile(r"(?:[a-z]+-)*v?([0-9]+(?:\.[0-9]+)+)(?![0-9A-Za-z])")  # RELEASE-1.2, stable-1.25
_SYSTEM = re.compile(
    r"(?<![a-z0-9])(?:(alpine)-?(3\.[0-9]+(?:\.[0-9]+)?)|(debian)-?([1-9]|1[0-9])|(ubuntu)-?([12][0-9]\.(?:04|10)))(?![.\w])"
)
_BASES = {
    "Debian": re.compile(r"gcr\.io/distroless/(?:[a-z0-9]+-)*debian([0-9]+)"),
    "Red Hat Enterprise Linux": re.compile(
        r"registry\.(?:access\.redhat\.com|redhat\.io)/ubi([0-9]+)(?:-(?:minimal|micro|init)|/[a-z0-9.-]+)?"
    ),
    "AlmaLinux": re.compile(r"(?:quay\.io/)?almalinux/([0-9]+)-(?:base|minimal|micro|init)"),
}
_IN_NAME = re.compile(
    r"(?:gcr\.io/distroless|registry\.(?:access\.redhat\.com|redhat\.io)/(?:ubi|rhel|rhscl)[0-9]*|quay\.io/sclorg|centos)"
    r"/([a-z]+)-?([0-9]+)(?:-[a-z0-9]+)*"
)
_DEVELOPMENT = re.compile(r"mcr\.microsoft\.com/(?:vscode/)?devcontainers/([a-z-]+)")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_LAMBDA = re.compile(r"(?:public\.ecr\.aws|amazon)/(?:lambda|aws-lambda)[/-](python|nodejs|java|dotnet|ruby|go)")
_JAVA_VENDOR = re.compile(rf"(?<![a-z])(?:eclipse-)?({'|'.join(sorted(JAVA, key=len, reverse=True))})(?![a-z])")
_ADOPTED = re.compile(r"adoptopenjdk/openjdk[0-9]+(?:-openj9)?")
_JAVA_KIND = re.compile(r"^(?:open-|jdk-?|jre-?)(?=[0-9])")
_JAVA_NUMBER = re.compile(
    rf"(?<![a-z])(?:jdk|jre|java|{'|'.join(JAVA)})-?(?:alpine-)?(1\.8|[0-9]{{1,2}}(?:\.[0-9.]+)?)(?![\w.])"
)
_PART = re.compile(rf"(?<![a-z0-9])({'|'.join(PARTS)})([-_]?)([0-9]+(?:\.[0-9]+)*)(?![\w.])")
# Tags that are versions of another product than the one in the name of the image.
_OTHERS = (
    ("CentOS", re.compile(r"stream-?([0-9]+)(?:-.*)?"), "CentOS Stream"),
    ("Strimzi", re.compile(r"[0-9.]+-kafka-([0-9.]+)"), "Apache Kafka"),
    ("ROS", re.compile(r"(kinetic|lunar|melodic|noetic)(?:-.*)?"), "ROS"),
    ("ROS", re.compile(r"([a-z]{4,})(?:-.*)?"), "ROS 2"),
    (
        "SonarQube Community Build",
        re.compile(r"(?:lts-)?([0-9.]+)-(?:developer|enterprise|data\w+)(?:-.*)?"),
        "SonarQube Server",
    ),
    ("WordPress", re.compile(r"cli(?:-([0-9.]+))?(?:-.*)?"), "WP-CLI"),
)
_CODENAME = re.compile(r"(?:lts-)?([a-z]+)(?=-|$)")
_WINDOWS = ("Windows Nano Server", "Windows Server", "Windows Server Core")
_REFERENCE = re.compile(
    r"(?:[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?/)?[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]+)?"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A technology in an image. identifiers: package URLs of the image, for the first one."""

    text: str
    note: str = ""
    identifiers: tuple[str, ...] = ()


def is_reference(text: str) -> bool:
    """Return True for a text that can only be an image, with a path, or with a tag after an image's name."""
    if not _REFERENCE.fullmatch(text) or "//" in text:
        return False
    name, tag, has_digest = split(text)
    plain = next(_names(name))
    is_public = bool(_PUBLIC.fullmatch(name.partition("/")[0])) and "/" in name
    return has_digest or is_public or (bool(tag) and ("/" in text or bool(_product(plain))))


def split(reference: str) -> tuple[str, str, bool]:
    """Return name, tag and whether there is a digest. A colon before a slash belongs to the port of the registry."""
    tagged, at, _ = reference.strip().partition("@")
    head, slash, last = tagged.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{head}{slash}{last}", tag, bool(at)


def read(reference: str) -> Iterator[Found]:
    """Yield the technologies of an image: for "python:3.11-slim-bookworm", Python 3.11 and Debian bookworm."""
    written, tag, has_digest = split(reference)
    names = tuple(_names(written))
    if runtime := next(filter(None, map(_LAMBDA.fullmatch, names)), None):
        yield Found(f"AWS Lambda {runtime[1]}{tag.partition('-')[0]}")
        return
    if known := [*_in_name(names[0], tag), *_base(names[0])]:
        yield from sorted(known, key=_is_any_java)
        return
    product = next(filter(None, map(_product, names)), "")
    purls = tuple(dict.fromkeys(image_purl(name) for name in (names[-1], *names)))
    yield _of_tag(product or names[0], tag, purls, has_digest=has_digest)
    if product not in CODENAMES.values():
        yield from _companions(tag, product)
        yield from _systems(tag)


def _is_any_java(found: Found) -> bool:
    """Return True for Java without a vendor, which is no answer where there is another one."""
    return found.text.startswith("OpenJDK ")


def _base(name: str) -> Iterator[Found]:
    for system, pattern in _BASES.items():
        if base := pattern.fullmatch(name):
            yield Found(f"{system} {base[1]}", SYSTEM_NOTE)


def _in_name(name: str, tag: str) -> Iterator[Found]:
    """Yield the technology of an image whose name has its version, or of a development container."""
    if (found := _IN_NAME.fullmatch(name)) and found[1] in IN_NAMES and found[2] != "3":  # python3
        yield Found(f"{IN_NAMES[found[1]]} {_dotted(found[1], found[2])}")
    elif (found := _DEVELOPMENT.fullmatch(name)) and found[1] in DEVELOPMENT:
        version = _of_development(tag)
        yield Found(f"{DEVELOPMENT[found[1]]} {version}".rstrip(), "" if version else f"template {tag[:40]}")
        yield from _systems(tag)


def _of_development(tag: str) -> str:
    """Return the version behind that of the template, which comes first: 1-3.11-bookworm."""
    versions = list(takewhile(_NUMBERS.fullmatch, tag.split("-")))[:2]
    return versions[-1] if len(versions) > 1 or "." in "".join(versions) else ""


def _dotted(name: str, digits: str) -> str:
    """Return the version of nodejs-18, python-39 and mariadb-1011."""
    if name in ("java", "nodejs", "openjdk") or len(digits) == 1 or (name == "postgresql" and digits < "9"):
        return digits
    major = 2 if name == "mariadb" and digits.startswith("10") else 1
    return f"{digits[:major]}.{digits[major:]}".rstrip(".")


def _names(written: str) -> Iterator[str]:
    """Yield the name of an image without Docker Hub's prefix, and its name without a mirror's prefix."""
    name = _DOCKER_HUB.sub("", written)
    for old, new in _OLD_NAMES:
        name = name.replace(old, new, 1) if name.startswith(old) else name
    yield name
    registry, *path = name.split("/")
    if not path or not ("." in registry or ":" in registry or registry == "localhost"):
        return
    is_public = bool(_PUBLIC.fullmatch(registry))
    words = _PUBLIC_MIRRORS if is_public else _MIRROR_WORDS
    behind = max((place for place, segment in enumerate(path[:-1], start=1) if _is_mirror(segment, words)), default=0)
    if (behind or (len(path) == 1 and not is_public)) and (mirrored := "/".join(path[behind:])) != name:
        yield _DOCKER_HUB.sub("", mirrored)


def _is_mirror(segment: str, mirrors: frozenset[str]) -> bool:
    words = set(_WORDS.split(segment))
    return bool(words & mirrors) and not words & _OWN_WORDS


def _product(name: str) -> str:
    if name in PRODUCTS:
        return PRODUCTS[name]
    if name in KAFKA:
        return "Apache Kafka"
    if _ADOPTED.fullmatch(name):
        return JAVA["semeru" if "openj9" in name else "adoptopenjdk"]
    publisher, _, rest = name.rpartition("/")
    if publisher not in SAME_TAGS:
        return ""
    return PRODUCTS.get(SAME_TAGS[publisher].get(rest, rest), "")


def _of_tag(product: str, tag: str, purls: tuple[str, ...], *, has_digest: bool) -> Found:
    for name, pattern, other in _OTHERS:
        if product == name and (found := pattern.fullmatch(tag)):
            return Found(f"{other} {found[1] or ''}".rstrip())
    codename = _CODENAME.match(tag) if product == "Node.js" else None
    if codename and codename[1] in NODE_LTS:
        return Found(f"{product} {2 * NODE_LTS[codename[1]]}", identifiers=purls)
    tag = tag.removeprefix(product.casefold())  # centos:centos7
    tag = tag.removeprefix("ltsc") if product in _WINDOWS else tag
    tag = _JAVA_KIND.sub("", tag) if product in JAVA.values() else tag
    first = tag.partition("-")[0]
    if CODENAMES.get(first) == product:
        return Found(f"{product} {first}", identifiers=purls)
    if version := _VERSION.match(tag) or _BUILD.match(tag):
        return Found(f"{product} {version[1]}", identifiers=purls)
    why = f"the tag {tag[:40]} contains no version" if tag else "no tag"
    return Found(product, "pinned by digest, version unknown" if has_digest and not tag else why, purls)


def _companions(tag: str, product: str) -> list[Found]:
    """Return the other technologies in a tag: for maven:3.8-eclipse-temurin-17, Eclipse Temurin 17."""
    _, _, rest = tag.partition("-") if tag[:1].isdecimal() else ("", "", tag)
    found = []
    if product not in JAVA.values() and (number := _JAVA_NUMBER.search(rest)):
        vendor = _JAVA_VENDOR.search(rest)
        found.append(Found(f"{JAVA[vendor[1]] if vendor else 'OpenJDK'} {number[1]}", PART_NOTE))
    for name, between, version in _PART.findall(rest):
        # In tags of unknown images, node-2 may be the second node.
        if PARTS[name] != product and (product or not between):
            found.append(Found(f"{PARTS[name]} {version}", PART_NOTE))
    return found


def _systems(tag: str) -> Iterator[Found]:
    for part in tag.split("-"):
        if part in CODENAMES:
            yield Found(f"{CODENAMES[part]} {part}", SYSTEM_NOTE)
    for numbered in _SYSTEM.finditer(tag.partition("-")[2]):
        name, version = filter(None, numbered.groups())
        yield Found(f"{SYSTEMS[name]} {version}", SYSTEM_NOTE)
