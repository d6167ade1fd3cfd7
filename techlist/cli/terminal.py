"""Messages and progress on standard error, which never mix with the result on standard output."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def say(text: str) -> None:
    from techs.imports.manifests.types import printable  # noqa: PLC0415  imports every reader

    # With the prefix, no text can be a command to the pipeline that shows it.
    sys.stderr.write(f"techlist: {printable(text)}\n")


def warn(text: str) -> None:
    say(f"warning: {text}")


def tracked(items: Iterable[T], title: str, *, total: int) -> Iterator[T]:
    """Yield the items, with a progress bar if standard error is a terminal."""
    with _bar(title, total) as advance:
        for item in items:
            yield item
            advance()


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)
