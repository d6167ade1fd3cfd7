"""Package URLs, CPEs and names of images to products."""

from datetime import date

import pytest

from techs.rules.identifiers import IdentifierIndex, image_purl
from techs.rules.products import Facts, ProductFacts

PUBLISHED = {
    "angular": ("pkg:npm/%40angular/core", "cpe:2.3:a:angular:angular"),
    "ansible": ("cpe:2.3:a:redhat:ansible", "repology:ansible"),
    "ansible-core": ("cpe:/a:redhat:ansible",),
    "argo-cd": ("pkg:oci/argocd?repository_url=quay.io/argoproj",),
    "caddy": ("pkg:golang/github.com/caddyserver/caddy/v2", "pkg:oci/caddy?repository_url=quay.io/repository/caddy"),
    "django": ("pkg:pypi/django", "pkg:github/django/django", "cpe:/a:djangoproject:django"),
    "dotnet": ("pkg:rpm/redhat/dotnet-sdk-3.1",),
    "joomla": ("cpe:2.3:a:joomla:joomla\\!",),
    "liberica": ("pkg:rpm/bellsoft-java17?repository_url=https://yum.bell-sw.com",),
    "mautic": ("pkg:github/mautic/mautic/",),
    "nodejs": ("pkg:docker/library/node", "pkg:docker/cimg/node"),
    "postgresql": ("pkg:docker/library/postgres", "pkg:deb/debian/postgresql", "repology:postgresql"),
    "react": (),
    "spring-boot": ("pkg:maven/org.springframework.boot/spring-boot",),
}


@pytest.fixture(scope="module")
def index() -> IdentifierIndex:
    products = {
        slug: ProductFacts(slug, slug, "", date(2026, 8, 22), (), identifiers=identifiers)
        for slug, identifiers in PUBLISHED.items()
    }
    return IdentifierIndex.build(Facts("test", date(2026, 8, 22), products))


@pytest.mark.parametrize(
    ("identifier", "slug"),
    [
        ("pkg:npm/%40angular/core", "angular"),
        ("pkg:npm/@angular/core@15.2.0", "angular"),
        ("pkg:npm/%40angular/router@15.2.0", "angular"),
        ("pkg:npm/%40angular/fire@7.5.0", ""),
        ("pkg:npm/react-dom@18.2.0", "react"),
        ("pkg:npm/%40types/react@18.2.0", ""),
        ("pkg:pypi/Django@3.2?extra=1#sub", "django"),
        ("pkg:PyPI/DJANGO", "django"),
        ("pkg:pypi/django-redis@5", ""),
        ("pkg:maven/org.springframework.boot/spring-boot-starter-web@2.7.1?type=jar", "spring-boot"),
        ("pkg:maven/com.example/spring-boot-starter-web@2.7.1", ""),
        ("pkg:maven/org.springframework.cloud/spring-cloud-starter@2.7.1", ""),
        ("pkg:golang/github.com/caddyserver/caddy/v2@v2.6.4#modules", "caddy"),
        ("pkg:golang/github.com/caddyserver/caddy", "caddy"),
        ("pkg:github/mautic/mautic@5", "mautic"),
        # The registry is in the name or in a qualifier, which may repeat the name.
        ("pkg:docker/node@16", "nodejs"),
        ("pkg:docker/library/node@16?repository_url=docker.io", "nodejs"),
        ("pkg:docker/docker.io/library/node@16", "nodejs"),
        ("pkg:oci/node@sha256%3Aab?repository_url=docker.io/library/node&tag=16", "nodejs"),
        ("pkg:oci/node@sha256%3Aab?repository_url=docker.io/library", "nodejs"),
        ("pkg:docker/team/node@16", ""),
        ("pkg:oci/argocd@sha256%3Aab?repository_url=quay.io/argoproj", "argo-cd"),
        ("pkg:oci/argocd@sha256%3Aab?repository_url=https%3A%2F%2Fquay.io/argoproj/argocd", "argo-cd"),
        ("pkg:oci/argoexec@sha256%3Aab?repository_url=quay.io/argoproj", ""),
        ("pkg:oci/caddy?repository_url=quay.io/caddy/caddy", "caddy"),
        # Any distribution's package of a name that only one product has.
        ("pkg:rpm/redhat/dotnet-sdk-3.1@3.1.426", "dotnet"),
        ("pkg:rpm/dotnet-sdk-3.1@3.1.426", "dotnet"),
        ("pkg:rpm/rhel/dotnet-sdk-3.1@3.1.426?arch=x86_64", "dotnet"),
        ("pkg:rpm/redhat/dotnet-sdk-9.9", ""),
        # Names in Repology serve where nothing else does.
        ("pkg:brew/postgresql%4014@14.9", "postgresql"),
        ("pkg:generic/postgresql@14.9", "postgresql"),
        ("pkg:npm/postgresql@1.0", ""),
        ("cpe:2.3:a:djangoproject:django:3.2:*:*:*:*:*:*:*", "django"),
        ("cpe:/a:angular:angular:14", "angular"),
        ("cpe:2.3:a:joomla:joomla\\!:4.0:*:*:*:*:*:*:*", "joomla"),
        ("cpe:2.3:a:redhat:ansible:2.9", ""),  # of two products
        ("cpe:2.3:a:django:django", ""),
        ("pkg:", ""),
        ("pkg:npm", ""),
        ("pkg:npm/", ""),
        ("", ""),
        ("Django 3.2", ""),
    ],
)
def test_find(index: IdentifierIndex, identifier: str, slug: str) -> None:
    product = index.find(identifier)
    assert (product.slug if product else "") == slug


@pytest.mark.parametrize(
    ("name", "purl"),
    [
        ("node", "pkg:docker/node"),
        ("bitnami/redis", "pkg:docker/bitnami/redis"),
        ("quay.io/argoproj/argocd", "pkg:docker/argoproj/argocd?repository_url=quay.io"),
        ("localhost:5000/app", "pkg:docker/app?repository_url=localhost:5000"),
    ],
)
def test_images_have_package_urls(name: str, purl: str) -> None:
    assert image_purl(name) == purl


def test_some_system_packages_come_from_the_vendor(index: IdentifierIndex) -> None:
    assert index.is_from_vendor("pkg:rpm/bellsoft-java17@17.0.1")
    assert not index.is_from_vendor("pkg:deb/debian/postgresql@14")
