"""The page is light and can be read early: under 60 kB, and one style sheet to wait for."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Route

from techs import cache
from techs.models import LevelDay
from techs.rules.levels import Level, by_level
from tests.browser.conftest import OpenPage
from tests.support.factories import add

SENT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .map((entry) => [entry.name, entry.transferSize])"""
BLOCKING = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name)"""
MOST = 60_000  # bytes


def test_under_60_kb_with_a_full_page(open_page: OpenPage) -> None:
    """Of a hundred rows, and of a year in which the numbers changed every day."""
    for number in range(100):
        add(f"Postgres 14 on host {number}")
    today = datetime.now(UTC).date()
    LevelDay.objects.bulk_create(
        LevelDay(
            day=today - timedelta(days=ago),
            levels=by_level({level: 1000 + ago * (7 + place) % 211 for place, level in enumerate(Level)}),
            accepted=ago * 13 % 97,
        )
        for ago in range(1, 366)
    )
    cache.invalidate()
    page = open_page()
    assert page.locator(".day").count() > 70
    page.wait_for_load_state("networkidle")
    assert page.locator("#list .row").count() == 100
    sent = page.evaluate(SENT)
    assert len(sent) >= 5, sent
    assert sum(size for _, size in sent) < MOST, sent


def test_one_style_sheet_blocks_the_first_view(open_page: OpenPage) -> None:
    """Everything else, scripts included, loads while the list is already there to read."""
    page = open_page()
    page.wait_for_load_state("networkidle")
    (sheet,) = page.evaluate(BLOCKING)
    assert sheet.endswith(".css"), sheet


def test_a_script_that_blocks_is_found(open_page: OpenPage, complaints: list[str]) -> None:
    """Control: the same page with the deferred scripts in the old way."""
    page = open_page()

    def block(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(" defer", ""))

    page.route(page.url, block)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert any(".js" in name for name in page.evaluate(BLOCKING))
    complaints.clear()  # scripts that run too early find no elements
