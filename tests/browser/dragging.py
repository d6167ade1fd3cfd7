"""Drop files from the disk on a page, in the way of the mouse."""

from pathlib import Path

from playwright.sync_api import Page

_STEPS = ("dragEnter", "dragOver", "drop")
_COPY = 1


def drop(page: Page, target: str, *files: Path) -> None:
    """Drag files over an element and drop them. The events are trusted, and have entries as from a file manager."""
    element = page.locator(target)
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": _COPY}
    devtools = page.context.new_cdp_session(page)
    for step in _STEPS:
        devtools.send("Input.dispatchDragEvent", {"type": step, "data": data} | place)
