"""Read environment variables strictly, and record their documentation.

`scripts/configuration_page.py` writes docs/configuration.md from this documentation.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from environs import Env, EnvError
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range

from techlist import secret_files

Validators: TypeAlias = Any
"""One or several of marshmallow's validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """The documentation of an environment variable, in Markdown. values is empty if any text is valid.

    file: the variable that may name a file with the value instead, or "".
    """

    name: str
    values: str
    default: str
    about: str
    file: str = ""


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

    def secret(self, name: str, *, about: str, shown: str = "", validate: Validators = None) -> str:
        """Read a text that may also be in the file that NAME_FILE names. Messages never contain the text."""
        file = name + secret_files.SUFFIX
        self._record(name, values="", default=shown or "none", about=about, file=file)
        source = file if os.environ.get(file) else name
        try:
            value = secret_files.read(os.environ, name)
            if value and validate:
                validate(value)
        except (ValueError, ValidationError) as error:
            raise EnvError(f'Environment variable "{source}" invalid: {" ".join(_messages(error))}') from None
        return value

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

    def _record(self, name: str, *, values: str, default: str, about: str, file: str = "") -> None:
        self.variables[name] = Variable(name=name, values=values, default=default, about=about, file=file)


def _messages(error: ValueError | ValidationError) -> list[str]:
    return list(map(str, error.messages)) if isinstance(error, ValidationError) else [str(error)]


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"
