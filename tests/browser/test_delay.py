"""The notice about delayed assessment appears and disappears while a page is open."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from techlist.local.processes import wait_until
from techs.models import PeriodicRun, Submission, SubmissionState
from techs.submissions import outbox
from tests.browser.adding import open_form
from tests.browser.axe import findings, overflow
from tests.browser.conftest import OpenPage
from tests.browser.dimming import opacity
from tests.support.factories import add
from tests.support.services import Web


def swept(*, seconds: float) -> None:
    """Set how long ago the last sweep ended."""
    finished_at = timezone.now() - timedelta(seconds=seconds)
    PeriodicRun.objects.update_or_create(name="sweep", defaults={"finished_at": finished_at})


def wait_until_delayed(web: Web) -> None:
    """Wait until the web server has looked again: it looks once a second, and a page without a wait asks only once."""
    assert wait_until(lambda: httpx.get(f"{web.url}/readyz").json()["delayed"], timeout=60)


def lost(text: str) -> Submission:
    """Create a submission whose message no worker gets."""
    return Submission.objects.create(text=text, publish_again_at=timezone.now() + timedelta(seconds=60))


def test_it_comes_and_goes_while_somebody_waits(open_page: OpenPage) -> None:
    swept(seconds=0)
    submission = lost("Django 3.2")
    page = open_page(f"/?submitted={submission.uuid}")
    notice, entry = page.locator("#delay"), page.locator("#just-added li")
    expect(entry).to_contain_text("Checking...")
    expect(notice).to_be_empty()
    swept(seconds=300)
    expect(notice).to_contain_text("Assessment is delayed. The oldest entry has been waiting for")
    expect(notice).to_contain_text(
        "the last background check ran 5 minutes ago. Check that the worker and beat processes are running."
    )
    expect(entry).to_contain_text("Saved. Assessment is delayed; you can leave this page.")
    swept(seconds=620)
    expect(notice).to_contain_text("the last background check ran 10 minutes ago")
    swept(seconds=0)
    expect(notice).to_be_empty()
    expect(entry).to_contain_text("Checking...")
    outbox.publish(submission.uuid)
    expect(entry).to_contain_text("Critical")
    assert Submission.objects.get().state == SubmissionState.DONE


def test_it_goes_from_a_page_on_which_nobody_waits(open_page: OpenPage, web: Web) -> None:
    swept(seconds=300)
    wait_until_delayed(web)
    page = open_page()
    expect(page.get_by_role("status").filter(has_text="Assessment is delayed.")).to_be_visible()
    swept(seconds=0)
    expect(page.locator("#delay")).to_be_empty()


def test_who_adds_something_hears_of_it(open_page: OpenPage, web: Web) -> None:
    swept(seconds=0)
    page = open_page()
    expect(page.locator("#delay")).to_be_empty()
    swept(seconds=300)
    wait_until_delayed(web)
    open_form(page).fill("Django 3.2")
    page.keyboard.press("Enter")
    expect(page.locator("#delay")).to_contain_text("Assessment is delayed.")


def test_a_poll_does_not_dim_the_list(open_page: OpenPage) -> None:
    submission = lost("Node.js 20")
    page = open_page()
    page.route("**/submissions/*", lambda _route: None)
    page.goto(f"/?submitted={submission.uuid}")
    expect(page.locator(".poll.htmx-request")).to_be_attached()
    assert opacity(page) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_everybody_can_read_it(open_page: OpenPage, scheme: str, width: int) -> None:
    add("Django 3.2")
    swept(seconds=300)
    submission = lost("Node.js 20")
    path = f"/?submitted={submission.uuid}"
    page = open_page(path, color_scheme=scheme, viewport={"width": width, "height": 900})
    expect(page.locator("#delay")).to_contain_text("Assessment is delayed.")
    assert findings(page) == []
    assert overflow(page) == 0
