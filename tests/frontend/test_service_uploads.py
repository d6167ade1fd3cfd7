"""Uploads on the page of a service: the preview, the confirmation and the progress."""

import secrets
from typing import Any

import pytest
from django.test import Client, override_settings

from techlist import health
from techs.models import ServiceSource, Upload
from tests.support import uploads as support
from tests.support.pages import attribute, choose_file, links, one, page_of, text_of, texts, values_of, visit
from tests.support.readiness import swept
from tests.support.uploads import push, work

pytestmark = pytest.mark.django_db(transaction=True)


def apply(client: Client, preview: Any, **fields: str) -> Any:
    form = one(page_of(preview), "form.edit")
    return client.post(str(form["action"]), values_of(form, 'input[type="hidden"]') | fields)


def test_preview_and_apply(client: Client) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\nnumpy==1.21.6\n")
    preview = choose_file(client, "shop", "django==5.2.1\nnumpy==1.21.6\nrequests==2.32.0\n")
    page = page_of(preview)
    assert Upload.objects.count() == 1
    assert "1 changed, 1 added, 1 unchanged." in text_of(page)
    assert texts(page, ".diff .tag") == ["changed", "added"]
    response = apply(client, preview)
    upload = Upload.objects.first()
    assert upload is not None
    assert (response.status_code, response["Location"]) == (303, f"/services/shop/uploads/{upload.pk}/")
    assert "Applying 3 technologies" in text_of(visit(client, response["Location"]))
    work(upload)
    page = visit(client, response["Location"])
    assert "1 changed, 1 added, 1 unchanged." in text_of(page, "#import")
    fragment = page_of(client.get(response["Location"], headers={"HX-Request": "true"}))
    assert one(fragment, "#import").get("hx-get") is None
    assert fragment.select_one("h1") is None
    source = ServiceSource.objects.get()
    assert (source.name, source.origin) == ("requirements.txt", "page")


def test_replaced_by_a_newer_one(client: Client) -> None:
    shop = support.service()
    older = support.accept(shop, "django==3.2.25\n")
    support.push(shop, "django==5.2.1\n")
    work(older)
    page = visit(client, f"/services/shop/uploads/{older.pk}/")
    assert "A newer upload of this file has replaced this one." in text_of(page, "#import [role=status]")
    assert links(page, "#import a") == {"Go to Shop": "/services/shop/"}


def test_a_delay_is_announced_once(client: Client) -> None:
    upload = support.accept(support.service(), "django==3.2.25\n")
    swept(0)
    path = f"/services/shop/uploads/{upload.pk}/"
    assert one(visit(client, path), "#delay").get_text(strip=True) == ""
    swept(300)
    health.reset()
    assert "Assessment is delayed." in text_of(visit(client, path), "#delay")
    news = page_of(client.get(path, headers={"HX-Request": "true"}))
    assert "This is delayed. The file is saved." in text_of(news, "#import")
    assert attribute(news, "#import", "hx-get") == f"{path}?late"
    assert "Assessment is delayed." in text_of(news, "#delay")
    assert page_of(client.get(f"{path}?late", headers={"HX-Request": "true"})).select_one("#delay") is None


def test_a_path_for_the_file(client: Client) -> None:
    support.service()
    apply(client, choose_file(client, "shop", "django==5.2.1\n", source="backend/requirements.txt"))
    assert ServiceSource.objects.get().name == "backend/requirements.txt"


def test_the_name_of_the_file_decides_if_the_path_has_no_ending(client: Client) -> None:
    support.service()
    preview = choose_file(client, "shop", "FROM python:3.8\n", name="Dockerfile", source="images/web")
    assert "Python" in text_of(page_of(preview), ".diff")


def test_a_large_removal_is_confirmed(client: Client) -> None:
    shop = support.service()
    push(shop, "django==3.2.25\n")
    preview = choose_file(client, "shop", "")
    assert "Yes, remove 1 technology" in text_of(page_of(preview))
    refused = apply(client, preview)
    assert refused.status_code == 409
    assert "Nothing was saved. Confirm the removal" in text_of(page_of(refused), "[role=alert]")
    assert apply(client, refused, confirm="large").status_code == 303
    assert Upload.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "name", "source", "place", "words"),
    [
        ("{", "package-lock.json", "", "file", "package-lock.json: "),
        ("hello", "notes.xyz", "", "file", "notes.xyz: This kind of file is not supported."),
        ("django==3.2\n", "requirements.txt", "../secrets", "source", "Use a path without empty"),
        ("django==3.2\n", "requirements.txt", "a" * 201, "source", "Use 1 to 200 characters"),
        ("django==3.2\n", "a" * 201, "", "source", "Use 1 to 200 characters"),
    ],
)
def test_a_file_that_cannot_be_used(  # noqa: PLR0913, PLR0917  parameters
    client: Client, content: str, name: str, source: str, place: str, words: str
) -> None:
    support.service()
    response = choose_file(client, "shop", content, name=name, source=source)
    assert response.status_code == 400
    page = page_of(response)
    field = one(page, f"#{place}[aria-invalid][autofocus]")
    assert any(words in text_of(page, f"#{about}") for about in str(field["aria-describedby"]).split())
    assert len(page.select("[aria-invalid]")) == len(page.select("[autofocus]")) == 1
    assert not Upload.objects.exists()


def test_a_large_file_has_a_preview(client: Client) -> None:
    """Lock files of a few megabytes are usual, and their hashes hardly compress."""
    support.service()
    hashes = "".join(f"--hash=sha256:{secrets.token_hex(32)} " for _ in range(30_000))
    preview = choose_file(client, "shop", f"django==5.2.1 {hashes}\n")
    assert "1 added" in text_of(page_of(preview))
    assert apply(client, preview).status_code == 303


def test_a_file_too_large_for_a_preview(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontend.presenters.upload_draft._SIZE", 100)
    support.service()
    response = choose_file(client, "shop", "django==5.2.1\n")
    assert response.status_code == 400
    assert "too large for a preview" in text_of(page_of(response), "#give [role=alert]")


def test_no_file(client: Client) -> None:
    support.service()
    response = client.post("/services/shop/upload/", {"source": "a"})
    assert response.status_code == 400
    assert "Choose a file." in text_of(page_of(response), "#give [role=alert]")


@pytest.mark.parametrize("draft", ["", "made up"])
def test_a_damaged_preview(client: Client, draft: str) -> None:
    support.service()
    response = client.post("/services/shop/apply/", {"draft": draft})
    assert response.status_code == 400
    assert not Upload.objects.exists()


def test_reloaded_after_a_mistake(client: Client) -> None:
    support.service()
    for action in ("upload", "apply", "archive", "restore"):
        response = client.get(f"/services/shop/{action}/")
        assert (response.status_code, response["Location"]) == (302, "/services/shop/")


@override_settings(THROTTLE=1)
def test_too_many_writes(client: Client) -> None:
    support.service()
    client.post("/services/shop/archive/")
    for path in ("/services/", "/services/shop/", "/services/shop/upload/", "/services/shop/restore/"):
        assert client.post(path).status_code == 429


def test_uploads_belong_to_their_service(client: Client) -> None:
    upload = push(support.service(), "django==3.2\n")
    support.service("Pay")
    assert client.get(f"/services/pay/uploads/{upload.pk}/").status_code == 404
