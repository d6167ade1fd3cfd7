"""Strict readers of environment variables that record what each variable means to operators.

The record is docs/configuration.md: `scripts/configuration_page.py` writes it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from environs import Env
from marshmallow.validate import OneOf, Range

Validators: TypeAlias = Any
"""A validator of marshmallow's, or several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable as operators see it, in Markdown. values is empty where any text will do."""

    name: str
    values: str
    default: str
    about: str


class Environment:
    """Readers that raise EnvError, with the variable's name, for a value that makes no sense. Empty counts as not set.

    about is the meaning for operators, in Markdown. shown is the default as they see it, where it is worked out.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self._env = Env()

    def text(self, name: str, default: str = "", *, about: str, shown: str = "", validate: Validators = None) -> str:
        self._record(name, values="", default=shown or _code(default), about=about)
        return str(self._env.str(name, validate=validate)) if os.environ.get(name) else default

    def items(self, name: str, *, about: str, shown: str = "none") -> list[str]:
        """Read texts between commas."""
        self._record(name, values="texts, separated by commas", default=shown, about=about)
        found: list[str] = self._env.list(name, [])
        return found

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None, about: str) -> int:
        values = f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
        self._record(name, values=values, default=_code(f"{default}"), about=about)
        return int(self._env.int(name, validate=Range(min=least, max=most)) or 0) if os.environ.get(name) else default

    def choice(self, name: str, options: Sequence[str], default: str = "", *, about: str, shown: str = "") -> str:
        """Read one of a few words."""
        *first, last = map(_code, options)
        self._record(name, values=f"{', '.join(first)} or {last}", default=shown or _code(default), about=about)
        return str(self._env.str(name, validate=OneOf(options))) if os.environ.get(name) else default

    def switch(self, name: str, *, default: bool, about: str, shown: str = "") -> bool:
        """Read `on` or `off`."""
        return self.choice(name, ("on", "off"), "on" if default else "off", about=about, shown=shown) == "on"

    def boolean(self, name: str, *, default: bool, about: str) -> bool:
        """Read `true` or `false`, in the spellings that environs takes."""
        self._record(name, values="`true` or `false`", default=_code(str(default).lower()), about=about)
        return bool(self._env.bool(name)) if os.environ.get(name) else default

    def record(self, name: str, *, values: str, default: str, about: str) -> None:
        """Record a variable that is read elsewhere, before there are settings."""
        self._record(name, values=values, default=_code(default), about=about)

    def _record(self, name: str, *, values: str, default: str, about: str) -> None:
        self.variables[name] = Variable(name=name, values=values, default=default, about=about)


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"
