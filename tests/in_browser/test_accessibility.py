"""axe-core finds nothing serious on any page, in light and dark, wide and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.factories import add
from tests.in_browser.conftest import OpenPage
from tests.in_browser.sample import SAMPLE

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1280, "height": 900}}
# target-size is left out by axe unless it is asked for.
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What another scheme can change.
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
OPTIONS = {"light": EVERYTHING, "dark": COLOURS}
SERIOUS = {"serious", "critical"}


def findings(page: Page, scheme: str = "light") -> list[Any]:
    """What is serious: the rule, and where."""
    violations = Axe().run(page, options=OPTIONS[scheme]).response["violations"]
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in SERIOUS
    ]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("shape", [WIDE, PHONE], ids=["wide", "phone"])
def test_pages(open_page: OpenPage, complaints: list[str], scheme: str, shape: dict[str, Any]) -> None:
    techs = [add(text) for text in SAMPLE]
    paths = ["/", "/?q=nothing+such", *(f"/techs/{tech.pk}/" for tech in techs[:2]), "/login/", "/nothing-here"]
    page = open_page(color_scheme=scheme, **shape)
    submission = techs[0].submissions.get()
    for path in [*paths, f"/submissions/{submission.uuid}/"]:
        page.goto(path)
        for details in page.locator("details").all()[:2]:
            details.evaluate("(element) => element.setAttribute('open', '')")
        assert findings(page, scheme) == [], path
    complaints[:] = [words for words in complaints if "404" not in words]


def test_an_empty_list_and_a_mistake(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    assert findings(page, scheme) == []
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#text-message .problem:not(:empty)").wait_for()
    assert findings(page, scheme) == []


def test_a_finding_is_found(open_page: OpenPage) -> None:
    """The control: too small, too pale, and without a name."""
    page = open_page()
    page.evaluate("document.querySelector('.add button').textContent = ''")
    page.evaluate("document.documentElement.style.setProperty('--quiet', '#ccc')")
    assert {rule for rule, _ in findings(page)} == {"button-name", "color-contrast"}
