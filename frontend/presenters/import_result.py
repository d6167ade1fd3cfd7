"""The result of a finished import, with links to its technologies on the list."""

from dataclasses import dataclass
from functools import cached_property

from frontend.presenters.list_filters import url_of
from frontend.presenters.overview import with_accepted
from techs.imports.results import ImportResult
from techs.inventory.filters import NO, YES
from techs.inventory.queries import ALL, ListQuery
from techs.models import Import
from techs.rules.levels import Level
from techs.rules.overrides import ACCEPTED


@dataclass(frozen=True, slots=True)
class LevelLink:
    """A level, and the technologies of the import that have it now."""

    level: str
    count: int
    url: str


@dataclass(frozen=True)
class Result:
    """The technologies of a finished import, by level."""

    batch: Import

    @cached_property
    def found(self) -> ImportResult:
        return ImportResult.of(self.batch)

    @property
    def is_known(self) -> bool:
        """Return True unless an older version recorded the import."""
        return self.batch.action is not None

    @property
    def total(self) -> int:
        return sum(self.found.levels.values()) + self.found.libraries

    @property
    def levels(self) -> list[LevelLink]:
        """Return the levels that the import has, and accepted risks, which link to the tabs of the list."""
        counts = with_accepted(self.found.levels, self.found.accepted)
        return [LevelLink(level, count, self._url(**self._filters(level))) for level, count in counts.items() if count]

    @property
    def list_url(self) -> str:
        return self._url(include=ALL if self.found.libraries else "")

    def _filters(self, level: str) -> dict[str, str]:
        if level == ACCEPTED:
            return {"accepted": YES}
        return {"priority": level, "accepted": NO if level == Level.LOW and self.found.accepted else ""}

    def _url(self, **filters: str) -> str:
        return url_of(ListQuery(imported=(str(self.batch.uuid),)).params(), **filters)
