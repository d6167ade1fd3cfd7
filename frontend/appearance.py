"""Theme and density: choices of a browser, kept in cookies, so that pages have them before their first paint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

# The first choice of each is the default, for which there is no cookie.
CHOICES = {"theme": ("system", "light", "dark"), "density": ("comfortable", "compact")}


@dataclass(frozen=True, slots=True)
class Appearance:
    """The chosen theme and density, "" for the defaults."""

    theme: str
    density: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        return cls(**{name: _known(name, request.COOKIES) for name in CHOICES})


def chosen(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the valid choices: name and value, "" for the default."""
    for name, known in CHOICES.items():
        if values.get(name) in known:
            yield name, _known(name, values)


def _known(name: str, values: Mapping[str, str]) -> str:
    value = values.get(name, "")
    return value if value in CHOICES[name][1:] else ""
