"""Inject faults into Techlist's own processes by wrapping its functions.

Import this after django.setup().
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Collection
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache as store

from techlist.server.token_source import TokenSource
from techs import cache, outages
from techs.api import views
from techs.assessment.assessor import Assessor
from techs.inventory import editing, reads
from techs.lifecycles import store as lifecycles
from techs.models import Submission, Tech
from techs.submissions import backlog, batches, processing, saving
from tests.faults.faults import Faults, note

Function = Callable[..., Any]

# Where a worker can be killed: before or after a function.
CRASH_POINTS: dict[str, tuple[Any, str, str]] = {
    "before commit": (processing, "assess_and_save", "after"),
    "between commit and invalidation": (processing, "in_transaction", "after"),
    "between invalidation and done": (cache, "invalidate", "after"),
    "between done and acknowledgement": (outages, "note_success", "before"),
}
# The same for several submissions that are processed together.
BATCH_CRASH_POINTS: dict[str, tuple[Any, str, str]] = {
    "a batch before it begins": (batches, "save_counted", "before"),
    "a batch before commit": (saving, "mark_failed", "after"),
    "a batch between commit and invalidation": (batches, "in_transaction", "after"),
    "a batch between invalidation and done": (cache, "invalidate", "after"),
    "a batch between done and acknowledgement": (outages, "note_success", "before"),
}


def install() -> None:
    """Inject the faults named in the environment of this process."""
    faults = Faults.of_process()
    if faults.crash_at:
        Crash(Path(faults.directory)).install(*(CRASH_POINTS | BATCH_CRASH_POINTS)[faults.crash_at])
    if faults.poison:
        _wrap_saving(_poisoned)
    if faults.slow:
        _wrap_saving(_slowed(faults))
    if faults.clock:
        _tell_time(faults.today)
    if faults.version:
        _become(faults.version)
    _install_in_backlog(faults)
    _install_in_cache(faults)
    _install_in_near_cache(faults)


def _install_in_backlog(faults: Faults) -> None:
    if faults.uncounted:
        _replace(backlog, "_count", list)
    if faults.brief:
        _wrap(backlog, "process_waiting", lambda original: lambda **_: original(seconds=0))
    if faults.unfollowed:
        _replace(backlog, "_leave_rest", lambda: None)


def _install_in_cache(faults: Faults) -> None:
    if faults.fill_delay:
        _wrap(reads, "render_page", _late(faults.fill_delay))
    if faults.cache:
        _CACHES[faults.cache]()


def _cache_naively() -> None:
    _replace(cache, "read_through", _read_naively)
    _replace(cache, "invalidate", _invalidate_naively)


def _delete_first() -> None:
    _wrap_saving(_invalidating_first(cache.invalidate))
    _replace(cache, "invalidate", lambda: None)


_CACHES: dict[str, Callable[[], None]] = {"naive": _cache_naively, "delete first": _delete_first}


def _install_in_near_cache(faults: Faults) -> None:
    if faults.late_tokens:
        _wrap(TokenSource, "_read", _delivered_late(faults.late_tokens))
    if faults.old_tokens:
        _wrap(TokenSource, "current", _join_any_question)


def _wrap(module: Any, name: str, around: Callable[[Function], Function]) -> None:
    original = getattr(module, name)
    setattr(module, name, wraps(original)(around(original)))


def _wrap_saving(around: Callable[[Function], Function]) -> None:
    """Wrap the function that saves a row, for submissions and edits alike."""
    for module in (processing, editing):
        _wrap(module, "assess_and_save", around)
    _wrap(saving, "_assess", _each(around))


def _each(around: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Inject a fault for each row of a batch, before they are saved together."""

    def around_all(original: Function) -> Function:
        def assess(techs: Collection[Tech], *args: Any) -> Any:
            for tech in techs:
                around(lambda _: None)(tech)
            return original(techs, *args)

        return assess

    return around_all


def _replace(owner: Any, name: str, new: Any) -> None:
    setattr(owner, name, new)


class Crash:
    """Kills this process at a crash point, once per submission, as the kernel does when memory runs out."""

    def __init__(self, directory: Path) -> None:
        """Remember crashes in a directory that all processes share."""
        self._directory = directory
        self._current: UUID | None = None

    def install(self, module: Any, function: str, when: str) -> None:
        """Crash before or after a function, for submissions whose texts contain "crash"."""
        _wrap(processing, "_begin_attempt", self._remembering)
        _wrap(backlog, "_count", self._remembering_batch)
        _wrap(module, function, self._before if when == "before" else self._after)

    def _remembering(self, original: Function) -> Function:
        def begin(uuid: UUID) -> Any:
            text = Submission.objects.values_list("text", flat=True).get(uuid=uuid)
            self._current = uuid if "crash" in text.casefold() else None
            return original(uuid)

        return begin

    def _remembering_batch(self, original: Function) -> Function:
        def count(ids: list[int]) -> Any:
            claimed = original(ids)
            crashing = Submission.objects.filter(pk__in=claimed, text__contains="crash")
            self._current = crashing.values_list("uuid", flat=True).first()
            return claimed

        return count

    def _before(self, original: Function) -> Function:
        def crashing(*args: Any) -> Any:
            self._crash()
            return original(*args)

        return crashing

    def _after(self, original: Function) -> Function:
        def crashing(*args: Any) -> Any:
            result = original(*args)
            self._crash()
            return result

        return crashing

    def _crash(self) -> None:
        if self._current is None:
            return
        try:
            os.close(os.open(self._directory / f"crashed-{self._current}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def _poisoned(original: Function) -> Function:
    def judge(tech: Tech) -> Any:
        if "poison" in tech.name.casefold():
            os._exit(1)
        return original(tech)

    return judge


def _slowed(faults: Faults) -> Callable[[Function], Function]:
    def around(original: Function) -> Function:
        def judge(tech: Tech) -> Any:
            if "slow" in tech.name.casefold():
                note(faults.slowed, tech.name)
                time.sleep(faults.slow)
            return original(tech)

        return judge

    return around


def _tell_time(path: Path) -> None:
    def of_that_day() -> Assessor:
        return Assessor(catalogue=lifecycles.current(), today=date.fromisoformat(path.read_text()))

    _replace(Assessor, "current", staticmethod(of_that_day))


def _become(version: str) -> None:
    settings.VERSION = version
    _wrap(views, "respond", lambda original: lambda *args: original(*args[:-1], args[-1] | {"version": version}))


def _late(seconds: float) -> Callable[[Function], Function]:
    """Delay readers between the database and the cache, where a race would store a stale page."""

    def around(original: Function) -> Function:
        def render(*args: Any) -> Any:
            page = original(*args)
            time.sleep(seconds)
            return page

        return render

    return around


def _delivered_late(seconds: float) -> Callable[[Function], Function]:
    def around(original: Function) -> Function:
        async def read(source: TokenSource, line: Any) -> str | None:
            token: str | None = await original(source, line)
            await asyncio.sleep(seconds)
            return token

        return read

    return around


_questions: dict[TokenSource, asyncio.Future[str | None]] = {}


def _join_any_question(original: Function) -> Function:
    """Share a question as most code does: with everybody who comes before its answer."""

    async def current(source: TokenSource) -> str | None:
        question = _questions.get(source)
        if question is None or question.done():
            question = _questions[source] = asyncio.ensure_future(original(source))
        return await asyncio.shield(question)

    return current


def _read_naively(question: str, render: Callable[[], Any], **_: Any) -> Any:
    """Read as most projects do: one key per page, which readers set and writers delete."""
    key = f"naive:{question}"
    stored = store.get(key)
    if stored is not None:
        return cache.RenderedPage.from_bytes(stored), True
    page = render()
    store.set(key, page.to_bytes(), timeout=60)
    return page, False


def _invalidate_naively() -> None:
    store.clear()


def _invalidating_first(invalidate: Callable[[], None]) -> Callable[[Function], Function]:
    """Delete the key inside the transaction instead of after it, with a slow commit."""

    def around(original: Function) -> Function:
        def assess(tech: Tech) -> Any:
            result = original(tech)
            invalidate()
            time.sleep(0.05)
            return result

        return assess

    return around
