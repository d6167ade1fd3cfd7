"""axe-core finds nothing serious on any page, in light and dark, 390 to 1920 wide, and nothing scrolls sideways.

To save time, each page is opened once, and checked in every way while it is open.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, cast

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Page, expect

from frontend.responses import Request, refuse
from techs.inventory import bulk_changes, editing
from techs.inventory.bulk_changes import BulkChange
from techs.models import Action, Import, Product, Submission, SubmissionState, Tech
from techs.submissions import outbox
from tests.browser.adding import open_form
from tests.browser.axe import COLOURS, EVERYTHING, SHAPES, findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.sample import a_little_of_everything
from tests.support import actions, uploads
from tests.support.browser import PASSWORD
from tests.support.factories import add, submit
from tests.support.services import Web

WIDE, HEIGHT = 1280, 900
WIDTHS = (390, 768, WIDE, 1920)
NARROWEST = 320

# Django's templates and scripts: fields without labels, hints on spans, tables that scroll.
DJANGOS = ["#searchbar", ".datetime", ".help-tooltip", ".inline-group"]
# Everything within is rendered by the script of Swagger UI.
SWAGGERS = ["#swagger-ui"]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("/login/", reduced_motion="reduce")


def look(page: Page, path: str = "", *, without: Sequence[str] = (), but: str = "") -> None:
    """Check the page in every way, after opening path if given. Fails with the findings.

    without: selectors of third-party content to ignore; such pages may scroll sideways, too. but: a rule to ignore.
    """
    if path:
        page.goto(path)
    if not without:
        page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((details) => { details.open = true; })")
    expect(page.locator(".htmx-request")).to_have_count(0)
    found = [each for each in _findings(page, without=without) if each[1] != but]
    page.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    wider = overflow(page)
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    assert found == [], page.url
    assert wider == 0 or without, page.url


def _findings(page: Page, *, without: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield serious findings with width and theme, rule, and place."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        rules = EVERYTHING if width == WIDE else SHAPES
        yield from ((f"{width} light", *each) for each in findings(page, rules, without=without))
        if overflow(page) and not without:
            yield f"{width} light", "overflow", "The page scrolls sideways."
        page.emulate_media(color_scheme="dark")
        yield from ((f"{width} dark", *each) for each in findings(page, COLOURS, without=without))
        page.emulate_media(color_scheme="light")


def test_the_list(page: Page) -> None:
    a_little_of_everything()
    for path in (
        "/",
        "/?tag=shop",
        "/?tag=shop&tag=web&owner=team+web&owner=data",
        "/?q=nothing+such",
        "/?page_size=2&ordering=name",
        "/?by=owner",
        "/?by=service",
        "/?view=wall",
        "/?view=wall&q=nothing+such",
    ):
        # Nobody touches a wall.
        look(page, path, but="target-size" if "wall" in path else "")


def test_selected_rows_and_undo(page: Page) -> None:
    a_little_of_everything()
    page.goto("/?page_size=4")
    page.locator("#select-all").click()
    for menu in page.locator("#selection summary").all():
        menu.click()
        # The panel covers other buttons.
        look(page, but="target-size")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Removed 4 technologies.")
    look(page)
    page.reload()
    expect(page.locator(".notices .undo")).to_be_visible()
    look(page)


def test_an_undo_that_is_only_partly_possible(page: Page, complaints: list[str]) -> None:
    techs = [add("Django 3.2"), add("Vue 2.7")]
    report = bulk_changes.apply([tech.pk for tech in techs], BulkChange(values={"owner": "Shop"}))
    editing.edit(Tech.objects.get(pk=techs[0].pk), owner="Web")
    page.goto("/activity/")
    page.locator(f"form[action*='/actions/{report.action}/undo/'] button").click()
    expect(page.get_by_role("heading", name="This cannot be undone as a whole")).to_be_visible()
    look(page)
    complaints.clear()  # Chromium reports every page with such a status


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper(page: Page, scheme: Literal["light", "dark"]) -> None:
    tech = a_little_of_everything()["ended"]
    for path in ("/", "/?by=tag", f"/techs/{tech.pk}/", "/services/", "/activity/"):
        page.goto(path)
        page.emulate_media(media="print", color_scheme=scheme)
        assert findings(page, COLOURS) == [], path
        page.emulate_media(media="screen")


def test_views(page: Page, complaints: list[str]) -> None:
    look(page, "/views/")
    for name, path in (("Web", "/?owner=web&by=tag"), ("W" * 60, "/?priority=critical")):
        page.goto(path)
        page.locator("#views > summary").click()
        page.get_by_label("Save this list as").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator("#views > summary")).to_have_text(name)
        page.locator("#views > summary").click()
        look(page, but="target-size")
    look(page, "/views/")
    page.goto("/")
    page.locator("#views > summary").click()
    page.get_by_label("Save this list as").fill("web")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    complaints.clear()  # Chromium reports every page with such a status


def test_menus(page: Page) -> None:
    add("Django 3.2", owner="Web", tags=["shop"])
    page.goto("/?owner=web")
    for name in ("Filters", "Display", "Add", "Theme"):
        menu = page.locator("summary", has_text=name).first
        menu.click()
        # On a narrow screen, the panel covers other buttons.
        look(page, but="target-size")
        menu.click()
    page.keyboard.press("?")
    look(page)


def test_an_empty_list(page: Page) -> None:
    look(page, "/")


def test_adding(page: Page) -> None:
    add("Django 3.2")
    page.goto("/")
    text = open_form(page)
    for typed, shown in [
        ("django 3.2", "Already on the list"),
        ("djano 4", "Did you mean"),
        ("our wiki", "We don't know"),
    ]:
        text.fill(typed)
        expect(page.locator("#preview")).to_contain_text(shown)
        look(page)
    page.get_by_label("Tags").fill("two words, b@d")
    text.fill("")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#text-message")).to_contain_text("Enter a technology")
    look(page)


def test_submissions(page: Page) -> None:
    done, gone, unknown, failed = submit("Django 3.2"), submit("Vue 2.7"), submit("djano 4"), submit("React 18")
    assert gone.tech is not None
    editing.remove(gone.tech)
    Submission.objects.filter(pk=failed.pk).update(state=SubmissionState.FAILED, error="ValueError: broken")
    for submission in (done, gone, unknown, failed):
        look(page, f"/submissions/{submission.uuid}/")
    look(page, f"/?submitted={done.uuid}")


def test_technologies(page: Page) -> None:
    for tech in a_little_of_everything().values():
        look(page, f"/techs/{tech.pk}/")


def test_mistakes_in_an_edit(page: Page, complaints: list[str]) -> None:
    page.goto(f"/techs/{add('Postgres 14').pk}/")
    page.get_by_label("Level").select_option("Accept the risk")
    page.get_by_label("Tags").fill("b@d")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Not saved")
    look(page)
    complaints.clear()  # Chromium reports every page with status 400


def test_imports(page: Page, complaints: list[str]) -> None:
    look(page, "/import/")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    look(page)
    complaints.clear()  # Chromium reports every page with status 400
    add("Django 3.2")
    page.get_by_label("One technology per line").fill("Django 3.2\nNode.js 16\ndjano 4\nour own thing\n---")
    page.get_by_role("button", name="Preview").click()
    look(page)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import")).to_contain_text("Finished.")
    look(page)
    batch = Import.objects.get()
    batch.submissions.filter(text="our own thing").update(state=SubmissionState.FAILED, error="ValueError: broken")
    look(page, f"/import/{batch.uuid}/")
    batch.submissions.update(state=SubmissionState.QUEUED)
    look(page, f"/import/{batch.uuid}/")


def test_services(page: Page, complaints: list[str]) -> None:
    look(page, "/services/")
    look(page, "/resolved/")
    shop = uploads.service(
        owner="Team Web", impact="high", tags=["shop"], note="Sold in 2027.", repository="https://a.b/c"
    )
    uploads.push_to_worker(shop, "django==3.2.25\nnumpy==1.21.6\n")
    upload = uploads.push_to_worker(shop, "django==5.2.1\nvue==2.7.1\nnumpy==1.21.6\n")
    uploads.change(uploads.service("Old"), archived=True)
    used = Tech.objects.get(name="Django 5.2")
    for path in ("/services/", "/services/?archived=1&ordering=worst", "/services/?q=nothing", "/services/shop/"):
        look(page, path)
    for path in ("/services/old/", f"/services/shop/uploads/{upload.pk}/", "/resolved/", f"/techs/{used.pk}/"):
        look(page, path)
    look(page, "/?service=shop&owner=team+web")
    page.goto("/services/shop/")
    page.get_by_label("Choose a file").set_input_files({"name": "requirements.txt", "mimeType": "", "buffer": b""})
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Yes, remove")).to_be_visible()
    look(page)
    page.goto("/services/")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    look(page)
    complaints.clear()  # Chromium reports every page with status 400


def test_activity(page: Page, complaints: list[str]) -> None:
    look(page, "/activity/")
    shop = uploads.service()
    uploads.push_to_worker(shop, "django==3.2.25\nnumpy==1.21.6\n")
    editing.edit(add("Vue 2.7"), owner="Web", note="Old.\n" * 3)
    editing.remove(add("djano"))
    large = actions.act(*(actions.tech(number) for number in range(1, 61)))
    Action.objects.filter(count=1).update(undone_at=timezone.now())
    for path in ("/activity/", "/activity/?actor=nobody", f"/activity/{large.pk}/", "/services/shop/"):
        look(page, path)
    look(page, "/activity/?tech=nothing&since=x")
    complaints.clear()  # Chromium reports every page with status 400


def test_subscriptions_of_everybody(page: Page) -> None:
    look(page, "/subscriptions/")


def test_with_a_login(page: Page, login_web_process: Web, complaints: list[str]) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    look(page, f"{login_web_process.url}/login/")
    page.get_by_label("Username").fill("ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("summary", has_text="ada")).to_be_visible()
    look(page)
    look(page, f"{login_web_process.url}/password/")
    page.get_by_label("Current password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Your password was not changed.")
    look(page)
    look(page, f"{login_web_process.url}/subscriptions/")
    page.get_by_label("Name of the subscription").fill("My calendar")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("shown only once")
    look(page)
    look(page, f"{login_web_process.url}/tokens/")
    page.get_by_label("Name of the token").fill("Deployment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("shown only once")
    look(page)
    page.get_by_role("button", name="Revoke Deployment").click()
    expect(page.locator(".subscriptions").get_by_text("None yet.")).to_be_visible()


def test_errors(page: Page, complaints: list[str]) -> None:
    tech = add("Django 3.2")
    for path in ("/nothing-here", "/techs/0/", "/?priority=worst"):
        look(page, path)
    page.goto(f"/techs/{tech.pk}/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".sorry-status")).to_have_text("403")
    look(page)
    complaints.clear()  # Chromium reports every page with such a status


@pytest.mark.parametrize("status", [400, 404, 409, 413, 429, 500, 503])
def test_error_pages(page: Page, rf: RequestFactory, status: int, complaints: list[str]) -> None:
    body = refuse(cast("Request", rf.get("/")), "A sentence about the problem.", status=status).content
    page.route("**/broken", lambda route: route.fulfill(status=status, body=body, content_type="text/html"))
    look(page, "/broken")
    complaints.clear()  # Chromium reports every page with such a status


def test_the_admin(page: Page, complaints: list[str]) -> None:
    a_little_of_everything()
    outbox.accept(text="Vue 2.7")
    User.objects.create_superuser("ada", password=PASSWORD)
    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    look(page, without=DJANGOS)
    # The others use the same templates: lists with colours, read-only pages, forms with inline rows.
    for model in (Tech, Submission, Product, User):
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        look(page, path, without=DJANGOS)
        if row := model._default_manager.first():
            look(page, f"{path}{row.pk}/change/", without=DJANGOS)


def test_the_api(page: Page, complaints: list[str]) -> None:
    tech = add("Django 3.2")
    for path in ("/api/techs/", f"/api/techs/{tech.pk}/", "/api/imports/", "/api/techs/0/"):
        look(page, path)
    page.goto("/api/docs/")
    page.locator(".opblock").first.wait_for()
    look(page, without=SWAGGERS)
    complaints.clear()  # Chromium reports every page with status 404


def test_a_finding_is_found(open_page: OpenPage) -> None:
    """Control: too small, too pale, and without a name."""
    page = open_page()
    page.evaluate("document.querySelector('.add [type=submit]').textContent = ''")
    page.evaluate("document.documentElement.style.setProperty('--quiet', '#ccc')")
    assert {rule for rule, _ in findings(page)} == {"button-name", "color-contrast"}
