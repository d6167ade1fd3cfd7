"""Measure unexpected movement of a page like browsers do (Layout Instability)."""

from playwright.sync_api import Page

# The measurement must not affect the layout, or it would record its own shifts.
_WATCH = """() => {
  window.shift = 0;
  window.observer = new PerformanceObserver((list) => add(list.getEntries()));
  const add = (entries) => { for (const entry of entries) if (!entry.hadRecentInput) window.shift += entry.value; };
  window.observer.observe({type: "layout-shift"});
  window.readShift = () => { add(window.observer.takeRecords()); return window.shift; };
}"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def watch_shifts(page: Page) -> None:
    """Start adding up shifts that happen without an input in the last half second."""
    page.evaluate(_WATCH)


def shift_of(page: Page) -> float:
    """Return the sum so far; from 0.1 on, people notice."""
    page.evaluate(TWO_FRAMES)
    return float(page.evaluate("window.readShift()"))
