"""The Chromium of the system, for Playwright; none is downloaded."""

import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Without these, it contacts its vendor at every start.
FLAGS = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    *["--disable-background-networking", "--disable-component-update", "--disable-sync"],
]


class NoChromiumError(Exception):
    """There is none on this machine."""


def program() -> str:
    """Return the path of the first Chromium found. Raises NoChromiumError with advice."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoChromiumError("No Chromium is installed. `make test` installs it.")
    return found
