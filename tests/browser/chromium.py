"""The Chromium of the system: Playwright drives it, and downloads none."""

import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Without these it calls home at every start.
FLAGS = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    *["--disable-background-networking", "--disable-component-update", "--disable-sync"],
]


class NoChromiumError(Exception):
    """There is none on this machine."""


def program() -> str:
    """The path of the first one found. Raises NoChromiumError with what to do."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoChromiumError("No Chromium is installed. `make test` installs it.")
    return found
