"""Local products: loaded from a file or edited in the admin, active at once, and unaffected by public data."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from techs import tasks
from techs.lifecycles import starter, store
from techs.models import Product, Source, Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

TOML = """
facts_as_of = 2026-11-01
[[product]]
slug = "our-shop"
title = "Our Shop"
aliases = ["shop"]
lines = [
  { name = "2", released = 2025-01-01, eol = 2090-01-01 },
  { name = "1", released = 2020-01-01, eol = 2024-01-01 },
]
"""
JSON = """{"facts_as_of": "2026-11-01", "product": [{"slug": "our-shop", "title": "Our Shop", "aliases": ["shop"],
    "lines": [{"name": "2", "released": "2025-01-01", "eol": "2090-01-01"},
              {"name": "1", "released": "2020-01-01", "eol": "2024-01-01"}]}]}"""
ADMIN_FORM = {
    "slug": "our-shop",
    "title": "Our Shop",
    "aliases": "shop, the  shop,",
    "releases-TOTAL_FORMS": "1",
    "releases-INITIAL_FORMS": "0",
    "releases-0-name": "1",
    "releases-0-released": "2020-01-01",
    "releases-0-eol": "2024-01-01",
}


def load(tmp_path: Path, content: str, name: str = "products.toml") -> None:
    file = tmp_path / name
    file.write_text(content)
    call_command("load_products", str(file))


@pytest.mark.parametrize(("content", "name"), [(TOML, "products.toml"), (JSON, "products.json")])
def test_file(tmp_path: Path, content: str, name: str) -> None:
    add("shop 1")
    assert Tech.objects.get().level == "unknown"
    load(tmp_path, content, name)
    tasks.reassess()
    tech = Tech.objects.get()
    assert (tech.level, tech.product, tech.release, tech.reasons[0]["source"]) == ("critical", "our-shop", "1", None)
    assert add("Django 3.2").product == "django"


def test_file_replaces_the_one_before(tmp_path: Path) -> None:
    load(tmp_path, TOML)
    load(tmp_path, TOML.replace("our-shop", "our-till"))
    assert list(Product.objects.filter(source=Source.LOCAL).values_list("slug", flat=True)) == ["our-till"]


def test_local_product_wins_over_a_public_one(tmp_path: Path) -> None:
    load(tmp_path, TOML.replace("our-shop", "django").replace("Our Shop", "Django"))
    assert add("Django 1").level == "critical"
    assert add("Django 3.2").level == "unknown"


@pytest.mark.parametrize("content", ["", "facts_as_of = 2026-11-01", TOML.replace("eol", "end"), "\x00", TOML + TOML])
def test_broken_file_changes_nothing(tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError, match=r"Nothing was loaded\..*products\.toml"):
        load(tmp_path, content)
    assert not Product.objects.filter(source=Source.LOCAL).exists()


@pytest.mark.parametrize("content", ["[]", "{", '{"facts_as_of": "soon", "product": []}', "null"])
def test_broken_json_file(tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError, match=r"products\.json"):
        load(tmp_path, content, "products.json")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_products", str(tmp_path / "none.toml"))


def test_admin_adds_and_removes(admin_client: Client) -> None:
    response: Any = admin_client.post("/admin/techs/product/add/", ADMIN_FORM)
    assert response.status_code == 302, response.context["errors"]
    product = Product.objects.get(slug="our-shop")
    assert (product.source, product.facts_as_of) == (Source.LOCAL, datetime.now(UTC).date())
    assert product.aliases == ["shop", "the shop"]
    assert 'value="shop, the shop"' in admin_client.get(f"/admin/techs/product/{product.pk}/change/").content.decode()
    tech = add("Our Shop 1")
    assert tech.level == "critical"
    admin_client.post(f"/admin/techs/product/{product.pk}/delete/", {"post": "yes"})
    tasks.reassess()
    tech.refresh_from_db()
    assert tech.level == "unknown"


def test_admin_leaves_public_products_alone(admin_client: Client) -> None:
    product = Product.objects.get(slug="django")
    url = f"/admin/techs/product/{product.pk}"
    assert ", ".join(product.aliases) in admin_client.get(f"{url}/change/").content.decode()
    assert admin_client.post(f"{url}/change/", ADMIN_FORM).status_code == 403
    assert admin_client.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert Product.objects.get(slug="django").source == Source.STARTER


@pytest.mark.parametrize("bad", [{"slug": "our shop"}, {"url": "javascript:alert(1)"}])
def test_admin_refuses(admin_client: Client, bad: dict[str, str]) -> None:
    response = admin_client.post("/admin/techs/product/add/", ADMIN_FORM | bad)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == list(bad)


def test_local_products_outlive_public_facts(tmp_path: Path) -> None:
    load(tmp_path, TOML)
    store.replace(starter.read_starter(), source=Source.STARTER)
    assert add("shop 1").product == "our-shop"
