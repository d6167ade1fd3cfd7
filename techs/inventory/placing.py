"""Find the rows of the list that technologies belong to, by their names and versions as read."""

import re
from dataclasses import dataclass, field

from django.conf import settings

from techs.assessment.assessor import Assessor
from techs.models import Tech
from techs.rules import snapshots
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.kinds import Kind
from techs.rules.products import Match, Outcome
from techs.rules.snapshots import Sighting

# Of a sighting, besides its key and its versions.
FIELDS = ("name", "kind", "product", "cycle", "package", "as_read", "line", "is_range", "is_exact")
_VERSION = re.compile(r"(?<=\S)\s+((?:[\^~<>=!*\[(]|v?[0-9]).*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Placer:
    """Finds rows with one catalogue. Remembers the matches of texts, because unknown ones take long."""

    assessor: Assessor
    _matches: dict[str, Match] = field(default_factory=dict)

    def place(self, text: str, *, kind: str = Kind.TRACKED) -> Sighting:
        """Return the row of a text, without version."""
        if kind == Kind.LIBRARY:
            return Sighting(name=text[:NAME_MAX_LENGTH], as_read=text, kind=Kind.LIBRARY)
        name = text[:NAME_MAX_LENGTH].rstrip()  # a long title with a long version
        return snapshots.place(name, self.match_of(name), find_cycle=self.cycle_of)

    def cycle_of(self, text: str) -> tuple[str, str]:
        """Return the product and the release cycle that a text names, or empty texts."""
        match = self.match_of(text)
        slug = match.product.slug if match.product else ""
        return slug, match.cycle.name if match.outcome is Outcome.MATCHED and match.cycle else ""

    def match_of(self, text: str) -> Match:
        if text not in self._matches:
            self._matches[text] = self.assessor.catalogue.find(text)
        return self._matches[text]

    def assess(self, tech: Tech) -> None:
        """Assess a new row, whose text may have been placed before."""
        self.assessor.assess(tech, match=None if tech.is_library else self.match_of(tech.name))


def basis_of(assessor: Assessor) -> str:
    """Return a text that identifies the code and the lifecycle data that place technologies."""
    return f"{settings.VERSION} {assessor.catalogue.load} {assessor.catalogue.facts.version}"


def version_of(text: str) -> str:
    found = _VERSION.search(text)
    return found[1] if found else ""
