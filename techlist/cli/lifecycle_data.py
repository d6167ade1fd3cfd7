"""Get the lifecycle data: from a file, a Techlist server, endoflife.date or, if all else fails, the starter table."""

import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from techlist import __version__
from techlist.cli import token as token_variable
from techlist.cli.download_cache import DownloadCache, Kept
from techlist.cli.outcomes import Mistake
from techlist.cli.terminal import say, warn
from techs.lifecycles import endoflife_date, starter
from techs.lifecycles.document_fields import BadFacts
from techs.rules.assessing import TextAssessor
from techs.rules.catalogue import ProductCatalogue
from techs.rules.products import Facts

SERVER_PATH = "/api/lifecycles/"

_PUBLIC = "https://endoflife.date"
_MOST_SKIPS = 3  # unusable parts of a --facts file that are reported


class Unavailable(Exception):
    """There is no usable answer. The message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """An address of lifecycle data, with what was downloaded from it before."""

    url: str
    authorization: str = ""

    def kept(self) -> tuple[Kept, Facts] | None:
        """Return the last download, or None if there is none that can be used."""
        if not (kept := self._cache.read()):
            return None
        try:
            return kept, endoflife_date.read(kept.content)
        except BadFacts:  # it is downloaded again
            return None

    def current(self) -> Facts:
        """Return the newest data, which is only downloaded if it has changed. Raises Unavailable."""
        from techs.net import download  # noqa: PLC0415  slow to import

        before = self.kept()
        etag = before[0].etag if before else ""
        try:
            found = download.fetch(
                self.url, user_agent=f"techlist/{__version__}", etag=etag, authorization=self.authorization
            )
        except download.DownloadFailed as error:
            raise Unavailable(str(error)) from error
        if before and not found.is_new:
            self._cache.confirm()
            return before[1]
        try:
            facts = endoflife_date.read(found.content)
        except BadFacts as error:
            raise Unavailable(f"{self.url} is unusable: {error}.") from error
        self._cache.write(found.content, etag=found.etag)
        return facts

    @property
    def _cache(self) -> DownloadCache:
        return DownloadCache.of(self.url)


def assessor(options: Namespace) -> TextAssessor:
    """Return the rule with the lifecycle data and the day of the options. Raises Mistake."""
    today = datetime.now(UTC).date()
    facts = _facts(options)
    # A date in the future is due to a wrong clock.
    known = facts if options.facts or facts.as_of <= today else facts.known_on(today)
    return TextAssessor(catalogue=ProductCatalogue.of(known), today=options.today or today)


def _facts(options: Namespace) -> Facts:
    if options.facts:
        return _from_file(options.facts)
    if options.server:
        return from_server(options.server, is_offline=options.offline)
    return _public(is_offline=options.offline)


def _from_file(path: Path) -> Facts:
    skips: list[endoflife_date.Skip] = []
    read: Callable[[], Facts] = partial(_read_document, path, skips)
    try:
        facts = starter.read_table(path) if path.suffix == ".toml" else read()
    except OSError as error:
        raise Mistake(f"--facts: Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise Mistake(f"--facts: {error}") from error
    for line in endoflife_date.describe(skips, most=_MOST_SKIPS):
        say(line)
    return facts


def _read_document(path: Path, skips: list[endoflife_date.Skip]) -> Facts:
    return endoflife_date.read(path.read_bytes(), skips=skips)


def from_server(server: str, *, is_offline: bool = False) -> Facts:
    """Return the lifecycle data of a Techlist, which has the team's own products, too. Raises Mistake."""
    token = token_variable.read()
    publisher = Publisher(server.rstrip("/") + SERVER_PATH, f"Token {token}" if token else "")
    if is_offline:
        if kept := publisher.kept():
            return kept[1]
        raise Mistake(f"Nothing was downloaded from {server} before. Leave out --offline, or use --facts FILE.")
    try:
        return publisher.current()
    except Unavailable as error:
        if kept := publisher.kept():
            return _fallen_back(str(error), *kept)
        message = f"Cannot get lifecycle data from {server}: {error} Check --server and TECHLIST_TOKEN."
        raise Mistake(message) from error


def _public(*, is_offline: bool) -> Facts:
    publisher = Publisher(endoflife_date.address(os.environ.get("TECHLIST_SYNC_URL") or _PUBLIC))
    kept = publisher.kept()
    if kept and (is_offline or kept[0].is_fresh):
        return kept[1]
    if is_offline:
        return _starter("No lifecycle data was downloaded before.")
    try:
        return publisher.current()
    except Unavailable as error:
        return _fallen_back(str(error), *kept) if kept else _starter(str(error))


def _fallen_back(problem: str, kept: Kept, facts: Facts) -> Facts:
    warn(f"{problem} Using the lifecycle data downloaded on {datetime.fromtimestamp(kept.at, UTC):%Y-%m-%d}.")
    return facts


def _starter(problem: str) -> Facts:
    warn(f"{problem} Using the starter table, which knows only a few products. --facts FILE uses a saved copy.")
    return starter.read_starter()
