"""Read environment variables strictly, and record their documentation.

`scripts/configuration_page.py` writes docs/configuration.md from this documentation.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from environs import Env
from marshmallow.validate import OneOf, Range

Validators: TypeAlias = Any
"""One or several of marshmallow's validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """The documentation of an environment variable, in Markdown. values is empty if any text is valid."""

    name: str
    values: str
    default: str
    about: str


class Environment:
    """Reads variables. An invalid value raises EnvError with the variable's name. An empty value counts as not set.

    about is the documentation in Markdown. shown describes a computed default.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self._env = Env()

    def text(self, name: str, default: str = "", *, about: str, shown: str = "", validate: Validators = None) -> str:
        self._record(name, values="", default=shown or _code(default), about=about)
        return str(self._env.str(name, validate=validate)) if os.environ.get(name) else default

    def items(self, name: str, *, about: str, shown: str = "none") -> list[str]:
        """Read comma-separated texts."""
        self._record(name, values="texts, separated by commas", default=shown, about=about)
        found: list[str] = self._env.list(name, [])
        return found

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None, about: str) -> int:
        values = f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
        self._record(name, values=values, default=_code(f"{default}"), about=about)
        return int(self._env.int(name, validate=Range(min=least, max=most)) or 0) if os.environ.get(name) else default

    def choice(self, name: str, options: Sequence[str], default: str = "", *, about: str, shown: str = "") -> str:
        *first, last = map(_code, options)
        self._record(name, values=f"{', '.join(first)} or {last}", default=shown or _code(default), about=about)
        return str(self._env.str(name, validate=OneOf(options))) if os.environ.get(name) else default

    def switch(self, name: str, *, default: bool, about: str, shown: str = "") -> bool:
        return self.choice(name, ("on", "off"), "on" if default else "off", about=about, shown=shown) == "on"

    def boolean(self, name: str, *, default: bool, about: str) -> bool:
        """Read true or false, in the spellings that environs accepts."""
        self._record(name, values="`true` or `false`", default=_code(str(default).lower()), about=about)
        return bool(self._env.bool(name)) if os.environ.get(name) else default

    def record(self, name: str, *, values: str, default: str, about: str) -> None:
        """Document a variable that is read before the settings are loaded."""
        self._record(name, values=values, default=_code(default), about=about)

    def _record(self, name: str, *, values: str, default: str, about: str) -> None:
        self.variables[name] = Variable(name=name, values=values, default=default, about=about)


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"
