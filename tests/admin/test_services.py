"""Services, sources, uploads, changes and resolved technologies in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from techs import cache
from techs.inventory import services
from techs.models import Resolved, Service, ServiceSource, Tech, Upload, UsageChange
from tests.admin.test_lists import run
from tests.support.uploads import change, listed, push, service

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = ["service", "servicesource", "upload", "usagechange", "resolved"]
PAST = {f"{table}-{forms}_FORMS": "0" for table in ("sources", "changes") for forms in ("TOTAL", "INITIAL")}


@pytest.fixture
def shop() -> Service:
    """A service whose two uploads resolved a technology."""
    shop = service("Shop", owner="Team Web", impact="high", tags=["shop"])
    push(shop, "django==3.2.18\nrequests==2.31\n")
    push(shop, "django==5.2.1\nrequests==2.31\n")
    return shop


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def page_of(row: Any) -> str:
    return f"/admin/techs/{row._meta.model_name}/{row.pk}/change/"


def shown(client: Client, of: Service) -> dict[str, Any]:
    """Return the fields that a browser would send, including hidden ones."""
    form = client.get(page_of(of)).context["adminform"].form
    fields = {field.html_name: field.value() for field in form}
    data = fields | {field.html_initial_name: field.value() for field in form}
    texts = {name: ", ".join(value) if isinstance(value, list) else value for name, value in data.items()}
    return {
        name: "on" if value is True else value for name, value in texts.items() if value not in (None, False)
    } | PAST


def save(client: Client, of: Service, data: dict[str, Any]) -> str:
    response = client.post(page_of(of), data, follow=True)
    assert response.status_code == 200
    of.refresh_from_db()
    return str(response.content.decode())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("search", ["", "?q=SHOP"])
def test_lists(admin_client: Client, shop: Service, model: str, search: str) -> None:
    search = "?q=DJANGO" if search and model == "resolved" else search
    answer = admin_client.get(f"/admin/techs/{model}/{search}")
    assert answer.status_code == 200
    assert answer.context["cl"].result_count > 0
    assert admin_client.get(f"/admin/techs/{model}/?q=nothing").context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("filtered", "expected"),
    [
        ("service/?state=active", ["Shop"]),
        ("service/?state=archived", ["Old"]),
        ("service/?state=deleted", ["Gone"]),
        ("service/?owner=team web", ["Shop"]),
        ("service/?owner=-", ["Gone", "Old"]),
        ("service/?owner=nobody", []),
        ("service/?impact__exact=high", ["Shop"]),
        ("upload/?state__exact=queued", []),
        ("usagechange/?kind__exact=left", ["Django 3.2"]),
        ("usagechange/?level__exact=critical", ["Django 3.2", "Django 3.2"]),
        ("resolved/?returned_at__isempty=1", ["Django 3.2"]),
        ("resolved/?returned_at__isempty=0", []),
        ("resolved/?level__exact=critical", ["Django 3.2"]),
        ("tech/?by_hand__exact=1", []),
    ],
)
def test_filters(admin_client: Client, shop: Service, filtered: str, expected: list[str]) -> None:
    services.change(service("Old"), archived=True)
    services.delete(service("Gone"))
    page = admin_client.get(f"/admin/techs/{filtered}").context["cl"]
    assert [row.name for row in page.result_list] == expected


def test_filters_name_what_they_filter_by(admin_client: Client, shop: Service) -> None:
    titles = {
        "service": ["state", "owner", "impact"],
        "usagechange": ["kind", "level"],
        "resolved": ["level", "return", "day"],
    }
    for model, expected in titles.items():
        page = admin_client.get(f"/admin/techs/{model}/").context["cl"]
        assert [each.title for each in page.filter_specs] == expected
    choices = [choice["display"] for choice in page.filter_specs[1].choices(page)]
    assert choices == ["All", "Not back", "Back"]


def a_service(number: int) -> None:
    push(service(f"Service {number}", owner=f"Team {number % 2}"), "django==3.2.18\n")


def an_upload(number: int) -> None:
    push(service("Shop"), f"django=={number + 2}.2\n")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("write", [a_service, an_upload])
def test_ten_rows_cost_what_one_costs(admin_client: Client, model: str, write: Any) -> None:
    write(0)
    write(1)
    url = f"/admin/techs/{model}/"
    queries(admin_client, url)
    few = queries(admin_client, url)
    for number in range(2, 10):
        write(number)
    assert queries(admin_client, url) == few <= 9


def test_pages_cost_the_same_at_any_length(admin_client: Client) -> None:
    shop = service("Shop")
    push(shop, "django==3.2.18\n")
    pages = [page_of(shop), page_of(ServiceSource.objects.get()), page_of(Upload.objects.get())]
    [queries(admin_client, page) for page in pages]
    few = [queries(admin_client, page) for page in pages]
    for number in range(10):
        push(shop, f"django==3.2.18\nredis=={number}.0\n", f"{number}.txt")
    push(shop, "django==3.2.18\nvue==2\nflask==1.1\nnumpy==1.20\n")
    assert [queries(admin_client, page) for page in pages] == few


def test_pages_show_what_uploads_did(admin_client: Client, shop: Service) -> None:
    upload = Upload.objects.latest("pk")
    assert upload.source
    Upload.objects.filter(pk=upload.pk).update(
        errors=[{"line": 7, "text": "x==1", "error": "No."}], skipped_rows=[{"line": 8, "text": "---", "error": "Odd."}]
    )
    html = admin_client.get(page_of(upload)).content.decode()
    for words in ("Line 7: x==1 (No.)", "Line 8: --- (Odd.)", "Django 5.2", "3.2.18"):
        assert words in html
    html = admin_client.get(page_of(shop)).content.decode()
    assert f'href="/admin/techs/upload/?service__id__exact={shop.pk}">2 uploads<' in html
    assert "requirements.txt" in html
    assert f"{upload.source.seen_at:%H:%M} UTC" in html.partition("Last upload")[2].partition("Uploads")[0]
    html = admin_client.get(page_of(ServiceSource.objects.get())).content.decode()
    assert "5.2.1" in html
    assert f'href="/admin/techs/upload/?source__id__exact={ServiceSource.objects.get().pk}">2 uploads<' in html
    html = admin_client.get(page_of(Resolved.objects.get())).content.decode()
    assert "Shop: 3.2.18 → Django 5.2" in html
    assert admin_client.get(page_of(UsageChange.objects.latest("pk"))).status_code == 200


def test_resolved_by_hand(admin_client: Client) -> None:
    """Its values are those that come back with it."""
    moves = [{"service": "", "slug": "", "from": ["Vue 2"], "to": ["Vue 3"], "by": "<ada>"}]
    values = {"owner": "Team Web", "tags": ["a", "b"], "level_override": "", "note": ""}
    row = Resolved.objects.create(name="Vue 2", name_key="vue 2", level="low", attributes=values, moves=moves)
    html = admin_client.get(page_of(row)).content.decode()
    assert "changed by hand by &lt;ada&gt;: Vue 2 → Vue 3" in html
    assert "<p>owner: Team Web</p><p>tags: a, b</p></div>" in html
    assert "&lt;ada&gt;" in admin_client.get("/admin/techs/resolved/").content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_or_deleted(admin_client: Client, shop: Service, model: str) -> None:
    found = {each._meta.model_name: each.objects for each in (Service, ServiceSource, Upload, UsageChange, Resolved)}
    row = found[model].first()
    assert row
    for url in (f"/admin/techs/{model}/add/", f"/admin/techs/{model}/{row.pk}/delete/"):
        assert admin_client.post(url, {"post": "yes"}).status_code == 403
    if model != "service":
        assert admin_client.post(page_of(row), {}).status_code == 403
    run(admin_client, model, "delete_selected", row, post="yes")
    assert found[model].filter(pk=row.pk).exists()


def test_edit(admin_client: Client, shop: Service) -> None:
    """It reaches the technologies, and forgets the cached pages."""
    token = cache._token()
    data = shown(admin_client, shop) | {"owner": " Team  API ", "impact": "critical", "tags": "#Api, web", "note": "x"}
    save(admin_client, shop, data | {"repository": "https://git.example.org/shop"})
    assert (shop.owner, shop.owner_key, shop.impact) == ("Team API", "team api", "critical")
    assert (shop.tags, shop.note, shop.repository) == (["api", "web"], "x", "https://git.example.org/shop")
    assert cache._token() != token
    assert shop.recounted_to == 0, "the task is due"
    services.recount(shop.pk, seconds=60)
    assert set(Tech.objects.values_list("service_impact", flat=True)) == {"critical"}


def test_archive_on_its_page(admin_client: Client, shop: Service) -> None:
    save(admin_client, shop, shown(admin_client, shop) | {"archived": "on"})
    assert shop.is_archived
    save(admin_client, shop, {name: value for name, value in shown(admin_client, shop).items() if name != "archived"})
    assert not shop.is_archived


def test_a_service_that_is_about_to_be_purged(admin_client: Client, shop: Service) -> None:
    data = shown(admin_client, shop)
    services.delete(shop)
    Service.objects.update(purge_at=timezone.now())
    assert admin_client.get(page_of(shop)).status_code == 200
    assert admin_client.post(page_of(shop), data | {"owner": "Web"}).status_code == 403


def test_a_stale_page_undoes_nothing(admin_client: Client, shop: Service) -> None:
    data = shown(admin_client, shop)
    change(shop, owner="Team API", archived=True)
    save(admin_client, shop, data | {"note": "ours"})
    assert (shop.note, shop.owner, shop.is_archived) == ("ours", "Team API", True)


def test_saving_without_a_change_changes_nothing(admin_client: Client, shop: Service) -> None:
    change(shop, note="ours")
    token = cache._token()
    save(admin_client, shop, shown(admin_client, shop))
    assert (cache._token(), shop.note, shop.recounted_to) == (token, "ours", None)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("owner", "a\u202eb", "control or invisible"),
        ("tags", "no/slash", "A tag has 1 to 30 letters"),
        ("repository", "ftp://x", "Enter an address"),
        ("impact", "huge", "Select a valid choice"),
        ("note", "x" * 2001, "at most 2"),
    ],
)
def test_mistakes(admin_client: Client, shop: Service, field: str, value: str, words: str) -> None:
    before = Service.objects.values().get()
    assert words in save(admin_client, shop, shown(admin_client, shop) | {field: value})
    assert Service.objects.values().get() == before


def test_actions(admin_client: Client, shop: Service) -> None:
    other = service("Bank")
    assert "2 changed." in run(admin_client, "service", "archive", shop, other)
    assert Service.objects.exclude(archived_at=None).count() == 2
    services.recount(shop.pk, seconds=60)
    assert listed() == {}
    assert "1 changed." in run(admin_client, "service/?state=archived", "restore", shop)
    services.recount(shop.pk, seconds=60)
    assert listed()["Django 5.2"] == 1
    assert "1 changed." in run(admin_client, "service", "remove", shop)
    shop.refresh_from_db()
    assert shop.purge_at
    assert shop.purge_at > timezone.now() + timedelta(hours=23)
    assert LogEntry.objects.count() == 4


@pytest.mark.parametrize(("codename", "action"), [("view", "archive"), ("view", "remove"), ("change", "remove")])
def test_permissions(client: Client, shop: Service, codename: str, action: str) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename=f"{codename}_service"))
    client.force_login(viewer)
    html = client.get(page_of(shop)).content.decode()
    assert "Team Web" in html
    assert ('name="owner"' in html) == (codename == "change")
    run(client, "service", action, shop)
    shop.refresh_from_db()
    assert not shop.is_archived


def test_tokens_offer_services(admin_client: Client, shop: Service) -> None:
    query = "app_label=techs&model_name=apitoken&field_name=service&term=sho"
    found = admin_client.get(f"/admin/autocomplete/?{query}").json()["results"]
    assert found == [{"id": str(shop.pk), "text": "Shop"}]


def test_it_leads_to_its_page(admin_client: Client, shop: Service) -> None:
    html = admin_client.get(page_of(shop)).content.decode()
    link = html.partition('class="viewsitelink"')[0].rpartition('href="')[2].partition('"')[0]
    assert admin_client.get(link).headers["Location"] == "http://testserver/services/shop/"
