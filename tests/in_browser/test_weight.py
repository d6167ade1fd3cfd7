"""The page is light and quick: under 100 kB, and usable within a second."""

from tests.factories import add
from tests.in_browser.conftest import OpenPage
from tests.in_browser.sample import SAMPLE

SENT = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .map((entry) => [entry.name, entry.transferSize])"""
INTERACTIVE = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
MOST = 100_000  # bytes
SOON = 1_000  # milliseconds


def test_under_100_kb_with_a_full_page(open_page: OpenPage) -> None:
    for number in range(100):
        add(f"Postgres 14 on host {number}")
    page = open_page()
    page.wait_for_load_state("networkidle")
    assert page.locator("#list .row").count() == 100
    sent = page.evaluate(SENT)
    assert len(sent) >= 5, sent
    assert sum(size for _, size in sent) < MOST, sent


def test_usable_within_a_second(open_page: OpenPage) -> None:
    """The first visit of somebody whose browser has nothing yet; the quickest of three, on a busy machine."""
    for text in SAMPLE:
        add(text)
    assert min(open_page().evaluate(INTERACTIVE) for _ in range(3)) < SOON
