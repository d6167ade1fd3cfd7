"""How much of a page moves by itself, as browsers measure it (Layout Instability)."""

from playwright.sync_api import Page

# An entry that the measuring itself causes would be none of the page's: nothing here touches the layout.
_WATCH = """() => {
  window.shift = 0;
  window.observer = new PerformanceObserver((list) => add(list.getEntries()));
  const add = (entries) => { for (const entry of entries) if (!entry.hadRecentInput) window.shift += entry.value; };
  window.observer.observe({type: "layout-shift"});
  window.readShift = () => { add(window.observer.takeRecords()); return window.shift; };
}"""
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def watch_shifts(page: Page) -> None:
    """Begin to add up what moves without somebody having asked for it within half a second."""
    page.evaluate(_WATCH)


def shift_of(page: Page) -> float:
    """The sum so far; 0.1 is what people begin to mind."""
    page.evaluate(_TWO_FRAMES)
    return float(page.evaluate("window.readShift()"))
