"""The step between reading a file and assessing it: known identifiers give the product's own name."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from techs.assessment.assessor import Assessor
from techs.imports.identification import identify
from techs.imports.manifests import Manifest, packages, read
from techs.rules.catalogue import ProductCatalogue
from techs.rules.kinds import Kind
from techs.rules.products import Facts, Match, ProductFacts, ReleaseCycle
from tests.support.snapshots import SNAPSHOTS, snapshot

TODAY = date(2026, 11, 28)
ENDED, RUNNING = date(2022, 12, 13), date(2028, 4, 30)


def product(slug: str, cycles: dict[str, date], *identifiers: str, title: str = "") -> ProductFacts:
    releases = tuple(ReleaseCycle(name=name, released=None, eol=eol) for name, eol in cycles.items())
    return ProductFacts(slug, title or slug, "", date(2026, 8, 22), releases, identifiers=identifiers)


PRODUCTS = [
    product("angular", {"15": ENDED}, "pkg:npm/%40angular/core", title="Angular"),
    product("dotnet", {"3.1": ENDED, "8": RUNNING}, "pkg:rpm/redhat/dotnet-sdk-3.1", "pkg:rpm/redhat/dotnet-sdk-8.0"),
    product("liberica", {"17": RUNNING}, "pkg:rpm/bellsoft-java17?repository_url=https://yum.bell-sw.com"),
    product("nginx", {"1.22": ENDED, "1.30": RUNNING}, "pkg:deb/debian/nginx", "pkg:rpm/redhat/nginx"),
    product("openssl", {"1.1.1": ENDED}, "pkg:deb/debian/openssl", "cpe:2.3:a:openssl:openssl"),
    product("postgresql", {"14": RUNNING}, "pkg:docker/library/postgres", title="PostgreSQL"),
    product("prometheus", {"2.45": RUNNING}, "pkg:golang/github.com/prometheus/prometheus"),
    product("python", {"2.7": ENDED, "3.12": RUNNING}, "pkg:deb/debian/python2.7", "pkg:deb/ubuntu/python3.12"),
    product("redis", {"6.2": RUNNING}, "pkg:oci/redis?repository_url=registry.example.com/base", title="Redis"),
    product("spring-boot", {"2.7": ENDED}, title="Spring Boot"),
]


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    facts = Facts("test", date(2026, 8, 22), {each.slug: each for each in PRODUCTS})
    return Assessor(catalogue=ProductCatalogue.of(facts), today=TODAY)


def bom(*components: dict[str, Any]) -> Manifest:
    whole = [{"name": "x", "type": "library", **component} for component in components]
    return read("bom.json", json.dumps({"bomFormat": "CycloneDX", "components": whole}, indent=0).encode())


@pytest.mark.parametrize(
    ("component", "text"),
    [
        ({"purl": "pkg:npm/%40angular/router@15.2.0"}, "Angular 15.2.0"),
        ({"purl": "pkg:npm/%40angular/fire@15.2.0"}, "@angular/fire"),
        ({"purl": "pkg:maven/org.springframework.boot/spring-boot-starter-web@2.7.1"}, "Spring Boot 2.7.1"),
        ({"type": "container", "purl": "pkg:docker/library/postgres@14.5-alpine"}, "PostgreSQL 14.5"),
        (
            {"type": "container", "purl": "pkg:oci/redis?repository_url=registry.example.com/base&tag=6.2.1"},
            "Redis 6.2.1",
        ),
        (
            {"type": "container", "purl": "pkg:oci/app?repository_url=registry.example.com/base&tag=6.2.1"},
            "registry.example.com/base/app 6.2.1",
        ),
        ({"purl": "pkg:golang/github.com/prometheus/prometheus@v2.45.0"}, "prometheus 2.45.0"),
        # Versions that are not the product's.
        ({"purl": "pkg:golang/github.com/prometheus/prometheus@v0.45.0"}, "github.com/prometheus/prometheus"),
        (
            {"purl": "pkg:golang/github.com/prometheus/prometheus@v1.8.2-0.20200101000000-0123456789ab"},
            "github.com/prometheus/prometheus",
        ),
        ({"purl": "pkg:pypi/redis@6.2.0"}, "PyPI package redis"),
        ({"purl": "pkg:npm/temurin@17.0.1"}, "npm package temurin"),
        ({"purl": "pkg:npm/%40scope/nginx@1.22.1"}, "@scope/nginx"),
        ({"purl": "pkg:gem/py27@1.22.1"}, "gem py27"),
        ({"purl": "pkg:nuget/python2.7@1.0"}, "package python2.7"),
        # CPEs of libraries are guesses.
        ({"type": "application", "version": "1.1.1w", "cpe": "cpe:2.3:a:openssl:openssl:1.1.1w:*"}, "openssl 1.1.1w"),
        ({"type": "library", "version": "1.1.1", "cpe": "cpe:2.3:a:openssl:openssl:1.1.1:*"}, "x"),
        # Packages of a system that are not supported together with it.
        ({"purl": "pkg:rpm/redhat/dotnet-sdk-3.1@3.1.426-1.el8"}, "dotnet 3.1.426"),
        ({"purl": "pkg:rpm/dotnet-sdk-3.1@3.1.426"}, "dotnet 3.1.426"),
        ({"purl": "pkg:deb/debian/python2.7@2.7.18-8"}, "python 2.7.18"),
        ({"purl": "pkg:rpm/redhat/nginx@1:1.22.1-3.el9"}, "nginx 1.22.1"),
        ({"purl": "pkg:rpm/bellsoft-java17@17.0.1+12"}, "liberica 17.0.1"),
        # The others are.
        ({"purl": "pkg:deb/debian/nginx@1.22.1-9"}, ""),
        ({"purl": "pkg:rpm/redhat/nginx@1:1.30.1-3.el9"}, ""),
        ({"purl": "pkg:deb/debian/openssl@1.1.1w-0+deb11u1"}, ""),
        ({"purl": "pkg:rpm/redhat/dotnet-sdk-8.0@8.0.100"}, ""),
        ({"purl": "pkg:deb/ubuntu/python3.12@3.12.3"}, ""),
        ({"purl": "pkg:deb/debian/zlib1g@1.2.13"}, ""),
    ],
)
def test_a_component(assessor: Assessor, component: dict[str, Any], text: str) -> None:
    manifest = identify(bom(component), assessor)
    assert [entry.text for entry in manifest.entries] == ([text] if text else [])


@pytest.mark.parametrize(
    ("component", "text", "kind"),
    [
        ({"name": "left-pad", "version": "1.3.0"}, "left-pad", Kind.LIBRARY),
        ({"name": "redis", "version": "6.2.0"}, "package redis", Kind.LIBRARY),
        ({"group": "@types", "name": "node", "version": "20.1.0"}, "@types/node", Kind.LIBRARY),
        ({"group": "com.acme", "name": "nginx", "version": "1.22"}, "com.acme/nginx", Kind.LIBRARY),
        # The group names the ecosystem.
        ({"group": "@angular", "name": "core", "version": "15.2.0"}, "Angular 15.2.0", Kind.TRACKED),
        (
            {"group": "org.springframework.boot", "name": "spring-boot", "version": "2.7.1"},
            "Spring Boot 2.7.1",
            "tracked",
        ),
        ({"type": "framework", "name": "acme", "version": "9"}, "acme 9", Kind.TRACKED),
    ],
)
def test_a_component_without_a_package_url(
    assessor: Assessor, component: dict[str, Any], text: str, kind: Kind
) -> None:
    manifest = identify(bom(component), assessor)
    assert [(entry.text, entry.kind) for entry in manifest.entries] == [(text, kind)]


def test_packages_of_one_product_are_one_technology(assessor: Assessor) -> None:
    manifest = identify(
        bom({"purl": "pkg:npm/%40angular/core@15.2.0"}, {"purl": "pkg:npm/%40angular/router@15.2.0"}), assessor
    )
    assert [entry.text for entry in manifest.entries] == ["Angular 15.2.0"]
    assert "Duplicate" in manifest.skipped[0].why


def test_a_manifest_without_known_identifiers_stays(assessor: Assessor) -> None:
    manifest = read("", b"Django 3.2\nRedis 6.2")
    assert identify(manifest, assessor) is manifest


def test_packages_with_a_name_of_their_own_are_known_by_their_identifier() -> None:
    """The table of readers and that of identifiers agree."""
    facts = snapshot(SNAPSHOTS[-1])
    catalogue = ProductCatalogue.of(facts)
    named = {
        packages.purl_of(ecosystem, name): catalogue.find(title).product
        for ecosystem, titles in packages.PRODUCTS.items()
        for name, title in titles.items()
    }
    assert {purl: catalogue.index.identifiers.find(purl) for purl in named} == named


# The whole documents: package URLs with the newest and the oldest version of their product.

WITHOUT_PRODUCT = {
    "pkg:docker/discourse/base",
    "pkg:docker/networkboot/dhcpd",
    "pkg:npm/%40fortawesome/fontawesome-svg-core",
}
"""Numbered apart from their product, see techs.rules.package_families."""


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_package_url_leads_to_its_product(name: str) -> None:
    facts = snapshot(name)
    assessor = Assessor(catalogue=ProductCatalogue.of(facts), today=TODAY)
    wrong = {
        purl: found.product.slug if found.product else ""
        for purl, product, version in package_urls(facts)
        if (found := only_match(purl, version, assessor)) and found.product is not product
    }
    assert wrong.keys() <= WITHOUT_PRODUCT
    assert not any(wrong.values())


def package_urls(facts: Facts) -> Iterator[tuple[str, ProductFacts, str]]:
    for product in facts.products.values():
        for cycle in (product.cycles[0], product.cycles[-1]):
            for purl in product.identifiers:
                if purl.startswith("pkg:"):
                    yield purl, product, cycle.latest or cycle.name


def only_match(purl: str, version: str, assessor: Assessor) -> Match | None:
    """The match of the component with this package URL; None if it stays with its operating system."""
    entries = identify(bom({"purl": purl, "version": version}), assessor).entries
    return assessor.catalogue.find(entries[0].text) if entries else None
