"""Webhooks in the admin: create and test them, renew secrets, and view deliveries."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from techs.models import Delivery, DeliveryState, Webhook
from techs.webhooks import deliveries
from tests.support.news import bodies
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("url", ["http://hooks.example.org/", "https://ada:x@a.example/", "x"])
def test_addresses_that_make_no_sense(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        Webhook(name="x", url=url).full_clean()


def test_admin_makes_one(admin_client: Client) -> None:
    form = {"name": "Ours", "url": "https://hooks.example.org/x", "kind": "json", "is_active": "on", "days_ahead": 30}
    assert b"whsec_" not in admin_client.get("/admin/techs/webhook/add/").content, (
        "an unsaved form would show another secret"
    )
    admin_client.post("/admin/techs/webhook/add/", form)
    webhook = Webhook.objects.get()
    page = admin_client.get(f"/admin/techs/webhook/{webhook.pk}/change/").content.decode()
    assert webhook.secret in page
    assert "Ours" in admin_client.get("/admin/techs/webhook/").content.decode()


@pytest.mark.parametrize("field", ["secret", "previous_secret", "url"])
def test_what_is_not_shown_is_not_found_out_by_asking(client: Client, webhook: Webhook, field: str) -> None:
    person = User.objects.create_user("grace", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_webhook"))
    client.force_login(person)
    assert client.get(f"/admin/techs/webhook/?{field}__startswith=w").status_code == 400
    assert client.get("/admin/techs/webhook/?is_active__exact=1").status_code == 200


def test_admin_tests_it(admin_client: Client, webhook: Webhook, hook: Receiver) -> None:
    data = {"action": "send_test", "_selected_action": [webhook.pk]}
    assert b"1 queued." in admin_client.post("/admin/techs/webhook/", data, follow=True).content
    assert deliveries.send_due(seconds=5) == 1
    assert bodies(hook)[0]["changes"][0]["name"] == "Test"


def test_admin_renews_the_secret(admin_client: Client, webhook: Webhook) -> None:
    old = webhook.secret
    data = {"action": "renew_secret", "_selected_action": [webhook.pk]}
    assert b"1 renewed." in admin_client.post("/admin/techs/webhook/", data, follow=True).content
    page = admin_client.get(f"/admin/techs/webhook/{webhook.pk}/change/").content.decode()
    webhook.refresh_from_db()
    assert webhook.secret in page
    assert old not in page
    assert webhook.active_secrets() == [webhook.secret, old]
    assert b"Renewed the secret." in admin_client.get(f"/admin/techs/webhook/{webhook.pk}/history/").content


def test_admin_requeues(admin_client: Client, webhook: Webhook, hook: Receiver) -> None:
    delivery = deliveries.send_test(webhook)
    Delivery.objects.update(state=DeliveryState.FAILED, attempts=10, error="x", finished_at=timezone.now())
    assert b"given up" in admin_client.get("/admin/techs/delivery/?state__exact=failed").content
    assert admin_client.get(f"/admin/techs/delivery/{delivery.pk}/change/").status_code == 200
    data = {"action": "requeue", "_selected_action": [delivery.pk]}
    assert b"1 queued again." in admin_client.post("/admin/techs/delivery/", data, follow=True).content
    assert deliveries.send_due(seconds=5) == 1
    assert b"0 queued again." in admin_client.post("/admin/techs/delivery/", data, follow=True).content


def test_admin_deletes_it_with_its_messages(admin_client: Client, webhook: Webhook) -> None:
    deliveries.send_test(webhook)
    admin_client.post(f"/admin/techs/webhook/{webhook.pk}/delete/", {"post": "yes"})
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_who_may_only_look_sees_no_secret(client: Client, webhook: Webhook) -> None:
    """The address of a Slack webhook is a secret, too."""
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_webhook"))
    client.force_login(viewer)
    page = client.get(f"/admin/techs/webhook/{webhook.pk}/change/").content.decode()
    assert "Ours" in page
    assert webhook.secret not in page
    assert "key=secret" not in page


def test_requeueing_needs_the_permission(client: Client, webhook: Webhook) -> None:
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(viewer)
    delivery = deliveries.send_test(webhook)
    Delivery.objects.update(state=DeliveryState.FAILED)
    client.post("/admin/techs/delivery/", {"action": "requeue", "_selected_action": [delivery.pk]})
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert client.get("/admin/techs/webhook/").status_code == 403
