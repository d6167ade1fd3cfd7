"""The admin records which values its forms changed, one action per request, and no secrets."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from techs import tokens
from techs.exports import feed_tokens
from techs.models import Action, Product, Webhook
from tests.support.activity import changes, last

pytestmark = pytest.mark.django_db(transaction=True)

HOOK = {"name": "Ours", "url": "https://hooks.example.org/x", "kind": "json", "is_active": "on", "days_ahead": 30}


def new() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the changes of the newest action, which the admin made."""
    assert (last().actor_kind, last().actor) == ("user", "admin")
    return changes(action=last())


def test_a_webhook_without_its_address_and_secret(admin_client: Client) -> None:
    admin_client.post("/admin/techs/webhook/add/", HOOK)
    fields = {"kind": [None, "json"], "is_active": [None, True], "days_ahead": [None, 30], "name": [None, "Ours"]}
    assert new() == [("webhook", "Ours", fields | {"url": [None, None], "secret": [None, None]})]
    url = f"/admin/techs/webhook/{Webhook.objects.get().pk}/change/"
    admin_client.post(url, HOOK | {"url": "https://hooks.example.org/y", "is_active": ""})
    assert new() == [("webhook", "Ours", {"is_active": [True, False], "url": [None, None]})]
    admin_client.post(url, HOOK | {"url": "https://hooks.example.org/y", "is_active": ""})
    assert Action.objects.count() == 2, "the same values again change nothing"


def test_several_at_once_are_one_action(admin_client: Client) -> None:
    def chosen() -> dict[str, Any]:
        hooks = [Webhook.objects.create(name=name, url="https://hooks.example.org/x") for name in "abc"]
        return {"_selected_action": [hook.pk for hook in hooks]}

    for action, fields in (("renew_secret", {"secret": [None, None]}), ("send_test", {"webhook": [None, "a"]})):
        admin_client.post("/admin/techs/webhook/", chosen() | {"action": action})
        assert (last().count, new()[0][2]) == (3, fields)
    admin_client.post("/admin/techs/webhook/", chosen() | {"action": "delete_selected", "post": "yes"})
    assert (last().kind, [name for _, name, _ in new()]) == ("removed", ["a", "b", "c"])
    assert Action.objects.count() == 3


def test_groups_and_permissions(admin_client: Client) -> None:
    may_view = Permission.objects.get(codename="view_tech")
    admin_client.post("/admin/auth/group/add/", {"name": "Readers", "permissions": may_view.pk})
    assert new() == [("group", "Readers", {"name": [None, "Readers"], "permissions": [None, ["view_tech"]]})]
    ada, group = User.objects.create_user("ada", email="ada@example.org"), Group.objects.get()
    form = {"username": "ada", "email": "", "is_active": "on", "is_staff": "on", "groups": group.pk}
    joined = {"date_joined_0": ada.date_joined.date(), "date_joined_1": f"{ada.date_joined:%H:%M:%S}"}
    admin_client.post(f"/admin/auth/user/{ada.pk}/change/", form | joined)
    fields = {"is_staff": [False, True], "groups": [[], ["Readers"]], "email": [None, None]}
    assert new() == [("user", "ada", fields)]


def test_a_deleted_user_with_tokens_and_subscriptions(admin_client: Client) -> None:
    ada = User.objects.create_user("ada")
    tokens.create(ada, name="CI")
    feed_tokens.create(ada, name="Calendar")
    admin_client.post(f"/admin/auth/user/{ada.pk}/delete/", {"post": "yes"})
    assert [(kind, name) for kind, name, _ in new()] == [("user", "ada"), ("token", "CI"), ("subscription", "Calendar")]


def test_the_releases_of_a_product(admin_client: Client) -> None:
    form = {"slug": "our-shop", "title": "Our Shop"}
    release = {"releases-TOTAL_FORMS": 1, "releases-INITIAL_FORMS": 0, "releases-0-name": "1"}
    admin_client.post("/admin/techs/product/add/", form | release | {"releases-0-eol": "2027-01-01"})
    product = Product.objects.get(slug="our-shop")
    assert new()[0][2]["releases"] == [None, ["1, eol 2027-01-01"]]
    stored = {"releases-INITIAL_FORMS": 1, "releases-0-id": product.releases.get().pk, "releases-0-product": product.pk}
    url = f"/admin/techs/product/{product.pk}/change/"
    admin_client.post(url, form | release | stored | {"releases-0-eol": "2028-01-01"})
    fields = {"releases": [["1, eol 2027-01-01"], ["1, eol 2028-01-01"]]}
    assert new() == [("product", "Our Shop", fields)]
    admin_client.post(f"/admin/techs/product/{product.pk}/delete/", {"post": "yes"})
    assert last().kind == "removed"
    assert new()[0][2]["releases"] == [["1, eol 2028-01-01"], None]
