"""Find the rows of the list that technologies belong to, by their names and versions as read."""

import re
from dataclasses import dataclass, field

from django.conf import settings

from techs.assessment.assessor import Assessor
from techs.rules import snapshots
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.kinds import Kind
from techs.rules.products import Outcome
from techs.rules.snapshots import Sighting

# Of a sighting, besides its key and its versions.
FIELDS = ("name", "kind", "product", "cycle", "package", "as_read", "line", "is_range", "is_exact")
_VERSION = re.compile(r"(?<=\S)\s+((?:[\^~<>=!*\[(]|v?[0-9]).*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Placer:
    """Finds rows with one catalogue."""

    assessor: Assessor
    _cycles: dict[str, tuple[str, str]] = field(default_factory=dict)

    def place(self, text: str, *, kind: str = Kind.TRACKED) -> Sighting:
        """Return the row of a text, without version."""
        if kind == Kind.LIBRARY:
            return Sighting(name=text[:NAME_MAX_LENGTH], as_read=text, kind=Kind.LIBRARY)
        name = text[:NAME_MAX_LENGTH].rstrip()  # a long title with a long version
        return snapshots.place(name, self.assessor.catalogue.find(name), find_cycle=self.cycle_of)

    def cycle_of(self, text: str) -> tuple[str, str]:
        """Return the product and the release cycle that a text names, or empty texts."""
        if text not in self._cycles:
            match = self.assessor.catalogue.find(text)
            is_exact = match.outcome is Outcome.MATCHED and match.cycle is not None
            slug = match.product.slug if match.product else ""
            self._cycles[text] = (slug, match.cycle.name if is_exact and match.cycle else "")
        return self._cycles[text]


def basis_of(assessor: Assessor) -> str:
    """Return a text that identifies the code and the lifecycle data that place technologies."""
    return f"{settings.VERSION} {assessor.catalogue.load} {assessor.catalogue.facts.version}"


def version_of(text: str) -> str:
    found = _VERSION.search(text)
    return found[1] if found else ""
