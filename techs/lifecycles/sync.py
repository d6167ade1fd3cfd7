"""Update the lifecycle data: fetch the document or read it from a file, check it, and activate it.

Unusable parts of a document are left out and reported. If the whole document is unusable, the active data is left
alone and the error states the reason in one sentence.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from techs import periodic
from techs.lifecycles import endoflife_date, store
from techs.lifecycles.document_fields import BadFacts
from techs.lifecycles.endoflife_date import Skip
from techs.models import LifecycleDataVersion, Source
from techs.net import download
from techs.rules.products import Facts, ProductFacts

logger = logging.getLogger(__name__)

MAX_SIZE = download.Limits().size  # for files too
LEAST_KEPT = 90  # percent of the products in the active data

MOST_SKIPS = 20  # skipped parts that a report lists

_EXAMPLES = 3  # names of each kind that a report lists
_MAX_ORIGIN = 300  # characters of an address or ETag, as in techs.models


class SyncFailed(Exception):
    """Nothing was changed. The message is one sentence with the reason. retry_at: the server's Retry-After, if any."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class SyncRefused(SyncFailed):
    """The document is readable but looks wrong. An administrator can force the update."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Names that were added, removed or changed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        kinds = (("added", self.added), ("removed", self.removed), ("changed", self.changed))
        return ", ".join(f"{len(names):,} {kind}{_examples(names)}" for kind, names in kinds)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a sync. kept: slugs left out because local products have them; skips: unusable parts."""

    load: LifecycleDataVersion
    products: Delta = Delta()
    releases: Delta = Delta()
    kept: tuple[str, ...] = ()
    is_newer: bool = False
    skips: tuple[Skip, ...] = ()

    @property
    def has_changed(self) -> bool:
        return bool(self.products)  # a product with changed releases is a changed product

    @property
    def concerns_list(self) -> bool:
        """Return True if levels or reasons may change. Reasons contain the date of the data."""
        return self.has_changed or self.is_newer

    def lines(self) -> Iterator[str]:
        load = self.load
        known = f"{load.products:,} products with {load.releases:,} releases, as of {load.as_of}"
        if self.has_changed:
            yield f"Updated the lifecycle data: {known}."
            yield f"Products: {self.products}."
            yield f"Releases: {self.releases}."
        elif self.is_newer:
            yield f"The lifecycle data has a new date and no other changes: {known}."
        else:
            yield f"Already up to date: {known}."
        if self.kept:
            yield f"Local products that replace public ones: {len(self.kept):,}{_examples(self.kept)}."


def run(path: Path | None = None, *, force: bool = False) -> Report:
    """Update the lifecycle data from the configured address, or from a file.

    Unless forced, raises SyncRefused if the document has another major schema version, lacks too many known products,
    or is older than the active data. Raises SyncFailed for all other errors.
    """
    if path:
        return _activate(_read(_content(path), str(path), force=force), force=force)
    if not settings.SYNC:
        raise SyncFailed("TECHLIST_SYNC is off. Use --file to load a saved copy.")
    report = _fetch(endoflife_date.address(settings.SYNC_URL), force=force)
    periodic.finish(periodic.SYNC)
    return report


def scheduled() -> Report | None:
    """Run a sync after sync_schedule.claim() returned True. Log a failure and return None."""
    try:
        report = run()
    except SyncFailed as error:
        periodic.fail(periodic.SYNC, str(error), retry_at=error.retry_at)
        logger.warning("The lifecycle data was not updated: %s", error)
        return None
    logger.info("%s", " ".join(report.lines()))
    if report.skips:
        number, *examples = endoflife_date.describe(report.skips, most=_EXAMPLES)
        logger.warning("%s %s", number, "; ".join(example.strip() for example in examples))
    return report


def _fetch(url: str, *, force: bool) -> Report:
    load = _loaded_from(url)
    try:
        found = download.fetch(url, user_agent=f"techlist/{settings.VERSION}", etag=load.etag if load else "")
    except download.DownloadFailed as error:
        raise SyncFailed(str(error), retry_at=error.retry_at) from error
    if load and not found.is_new:
        store.confirm(load)
        return Report(load)
    return _activate(_read(found.content, url, force=force), force=force, url=url, etag=found.etag)


def _loaded_from(url: str) -> LifecycleDataVersion | None:
    # A 304 means that the stored data is up to date only if all of it came from this address.
    load = store.newest_version(Source.ENDOFLIFE_DATE)
    return load if load and load.etag and load.url == url and store.is_whole(load) else None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise SyncFailed(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_SIZE:
        raise SyncFailed(f"{path} is larger than {MAX_SIZE // 1_000_000} MB.")
    return content


def _read(content: bytes, origin: str, *, force: bool) -> tuple[Facts, tuple[Skip, ...]]:
    if content.lstrip()[:1] == b"<":
        raise SyncFailed(f"{origin} is an HTML page, not lifecycle data.")
    skips: list[Skip] = []
    try:
        facts = endoflife_date.read(content, skips=skips, any_schema=force)
    except BadFacts as error:
        refusal = SyncRefused if isinstance(error, endoflife_date.UnknownSchema) else SyncFailed
        raise refusal(f"{origin} is unusable: {error}.") from error
    # A date in the future is due to a wrong clock.
    today = datetime.now(UTC).date()
    return (facts if facts.as_of <= today else facts.known_on(today)), tuple(skips)


@transaction.atomic
def _activate(found: tuple[Facts, tuple[Skip, ...]], *, force: bool, url: str = "", etag: str = "") -> Report:
    """Compare with the known products, and replace them all if anything differs."""
    facts, skips = found
    store.lock()
    source, local = Source.ENDOFLIFE_DATE, store.products_of(Source.LOCAL).keys()
    before = _of_one_date(store.products_of(source), facts.as_of)
    newest = store.newest_version(source)
    if newest and not force:
        _check_age(facts.as_of, newest=newest.as_of)
        _check_kept(before.keys(), facts.products.keys())
    after = {slug: product for slug, product in facts.products.items() if slug not in local}
    kept = tuple(sorted(facts.products.keys() & local))
    products, releases = _delta(before, after), _delta(_releases(before), _releases(after))
    origin = _storable(url, etag)
    if products or not newest:
        load = store.replace(facts, source=source, **origin)
        _note_left_out(load, skips)
        return Report(load, products, releases, kept, skips=skips)
    if (newest.version, newest.as_of) != (facts.version, facts.as_of):
        load = store.renew(facts, source=source, **origin)
        _note_left_out(load, skips)
        return Report(load, kept=kept, is_newer=True, skips=skips)
    if url:
        store.confirm(newest, **origin)
    return Report(newest, kept=kept, skips=skips)


def _note_left_out(load: LifecycleDataVersion, skips: Sequence[Skip]) -> None:
    if skips:
        load.left_out = list(endoflife_date.describe(skips, most=MOST_SKIPS))
        load.save(update_fields=["left_out"])


def _storable(url: str, etag: str) -> dict[str, str]:
    usable = etag.isascii() and etag.isprintable() and max(len(url), len(etag)) <= _MAX_ORIGIN
    return {"url": url, "etag": etag} if usable else {"url": "", "etag": ""}


def _check_age(as_of: date, *, newest: date) -> None:
    # If a wrong clock set a future date, it must not block later documents.
    if as_of < min(newest, datetime.now(UTC).date()):
        raise SyncRefused(f"The document is from {as_of}, older than the active data from {newest}.")


def _check_kept(before: Set[str], after: Set[str]) -> None:
    # A document that lacks this many products is probably broken.
    gone = sorted(before - after)
    if 100 * len(gone) > (100 - LEAST_KEPT) * len(before):
        lost = f"{len(gone):,} of {len(before):,} known products{_examples(gone)}"
        raise SyncRefused(f"The document lacks {lost}; at least {LEAST_KEPT} % must remain.")


def _of_one_date(products: Mapping[str, ProductFacts], as_of: date) -> dict[str, ProductFacts]:
    return {slug: replace(product, facts_as_of=as_of) for slug, product in products.items()}


def _releases(products: Mapping[str, ProductFacts]) -> dict[str, object]:
    return {f"{slug} {cycle.name}": cycle for slug, product in products.items() for cycle in product.cycles}


def _delta(before: Mapping[str, object], after: Mapping[str, object]) -> Delta:
    return Delta(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in after.keys() & before.keys() if after[name] != before[name])),
    )


def _examples(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > _EXAMPLES else ""
    return f" ({', '.join(names[:_EXAMPLES])}{more})" if names else ""
