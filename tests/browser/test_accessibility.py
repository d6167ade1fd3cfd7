"""Every page there is, in light and dark, 1280 and 320 wide: axe-core finds nothing serious, nothing scrolls sideways.

Pages are opened once each, and looked at in every way while they are there: a walk of minutes would not be taken often.
"""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, ViewportSize, expect

from techs.inventory import editing
from techs.models import Import, Product, Submission, SubmissionState, Tech
from techs.submissions import outbox
from tests.browser.axe import COLOURS, EVERYTHING, SHAPES, findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.sample import a_little_of_everything
from tests.support.browser import PASSWORD
from tests.support.factories import add, submit
from tests.support.services import Web

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 700}

# Fields without a label of their own, hints on spans, tables that scroll: so Django's templates and scripts make them.
DJANGOS = ["#searchbar", ".datetime", ".help-tooltip", ".inline-group"]
# Pale crumbs, a red button and one without a name are in a template that has no place to mend them; so is the
# language that it does not say.
REST_FRAMEWORKS = [".breadcrumb", ".format-selection", ".btn-danger"]
# Everything within is drawn by Swagger UI's script.
SWAGGERS = ["#swagger-ui"]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("/login/", reduced_motion="reduce")


def look(page: Page, path: str = "", *, without: Sequence[str] = (), but: str = "") -> None:
    """Open a page, or take the one that is open, and look at it in every way; fails with what was found.

    without: selectors of what others made and we cannot mend. Such pages may scroll sideways, too. but: a rule that
    does not count.
    """
    if path:
        page.goto(path)
    if not without:
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    expect(page.locator(".htmx-request")).to_have_count(0)
    found = findings(page, EVERYTHING, without=without)
    page.emulate_media(color_scheme="dark")
    found += findings(page, COLOURS, without=without)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    found += findings(page, SHAPES, without=without)
    wider = overflow(page)
    page.set_viewport_size(WIDE)
    assert [each for each in found if each[0] != but] == [], page.url
    assert wider == 0 or without, page.url


def test_the_list(page: Page) -> None:
    a_little_of_everything()
    for path in (
        "/",
        "/?tag=shop",
        "/?tag=shop&tag=web&owner=team+web&owner=data",
        "/?q=nothing+such",
        "/?page_size=2&ordering=name",
    ):
        look(page, path)


def test_an_empty_list(page: Page) -> None:
    look(page, "/")


def test_adding(page: Page) -> None:
    add("Django 3.2")
    page.goto("/")
    text = page.get_by_role("textbox", name="Add a technology")
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
    page.get_by_label("Level").select_option("Low")
    page.get_by_label("Tags").fill("b@d")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Not saved")
    look(page)
    complaints.clear()  # Chromium tells of every page with status 400


def test_imports(page: Page, complaints: list[str]) -> None:
    look(page, "/import/")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    look(page)
    complaints.clear()  # Chromium tells of every page with status 400
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
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
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


def test_errors(page: Page, complaints: list[str]) -> None:
    tech = add("Django 3.2")
    for path in ("/nothing-here", "/techs/0/", "/?priority=worst"):
        look(page, path)
    page.goto(f"/techs/{tech.pk}/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".sorry-status")).to_have_text("403")
    look(page)
    complaints.clear()  # Chromium tells of every page with such a status


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
    # The others are of the same templates: lists with colours, read-only pages, forms with rows of their own.
    for model in (Tech, Submission, Product, User):
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        look(page, path, without=DJANGOS)
        if row := model._default_manager.first():
            look(page, f"{path}{row.pk}/change/", without=DJANGOS)


def test_the_api(page: Page) -> None:
    tech = add("Django 3.2")
    for path in ("/api/techs/", f"/api/techs/{tech.pk}/"):
        look(page, path, without=REST_FRAMEWORKS, but="html-has-lang")
    page.goto("/api/docs/")
    page.locator(".opblock").first.wait_for()
    look(page, without=SWAGGERS)


def test_a_finding_is_found(open_page: OpenPage) -> None:
    """The control: too small, too pale, and without a name."""
    page = open_page()
    page.evaluate("document.querySelector('.add button').textContent = ''")
    page.evaluate("document.documentElement.style.setProperty('--quiet', '#ccc')")
    assert {rule for rule, _ in findings(page)} == {"button-name", "color-contrast"}
