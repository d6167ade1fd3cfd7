"""The web server with a list that cannot be read and a very long error, for tests of the log."""

from typing import NoReturn

from techlist.server.rsgi import application
from techs.inventory import reads

__all__ = ["application"]


def _fail(*_args: object, depth: int = 200) -> NoReturn:
    if depth:
        _fail_again(depth=depth - 1)
    raise RuntimeError("This is a bug. " * 30_000)


def _fail_again(*, depth: int) -> NoReturn:
    _fail(depth=depth)


reads.read_page = _fail  # type: ignore[assignment]  # it never answers
