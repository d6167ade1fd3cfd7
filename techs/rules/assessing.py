"""Assess a text for a day, for the server and the command line: match it, then apply the priority rule. Pure."""

from dataclasses import dataclass, replace
from datetime import date

from techs.rules import matching, priority
from techs.rules.catalogue import ProductCatalogue
from techs.rules.kinds import Kind
from techs.rules.levels import BANDS, Impact, Level
from techs.rules.priority import Assessment, Reason
from techs.rules.products import Match, Outcome

UNVERSIONED_SCORE = 5
LIBRARY_SCORE = BANDS[Level.UNKNOWN]


@dataclass(frozen=True, slots=True)
class TextAssessor:
    """The catalogue and the day (UTC) to assess with."""

    catalogue: ProductCatalogue
    today: date

    def assess_text(
        self, text: str, *, kind: Kind = Kind.TRACKED, impact: Impact = Impact.NORMAL, extended_support: bool = False
    ) -> Assessment:
        """Assess a text that is not on the list."""
        is_library = kind is Kind.LIBRARY
        match = Match(Outcome.NO_MATCH) if is_library else matching.find(text, self.catalogue.index)
        assessment = priority.assess(match, today=self.today, impact=impact, extended_support=extended_support)
        return as_library(assessment) if is_library else assessment


def as_unversioned(assessment: Assessment) -> Assessment:
    """Return the assessment of a technology that is marked as versionless."""
    reason = _untracked_reason("EVERGREEN", "Marked as versionless, so it is not tracked.")
    return replace(
        assessment,
        level=Level.LOW,
        score=UNVERSIONED_SCORE,
        reasons=(reason,),
        release=None,
        cycle=None,
        end_of_life=None,
        upgrade_to=None,
    )


def as_library(assessment: Assessment) -> Assessment:
    """Return the assessment of a library. It may have the name of a product, such as the client "redis"."""
    reason = _untracked_reason("LIBRARY", "A library without lifecycle data, so it is not tracked.")
    return replace(assessment, level=Level.UNKNOWN, score=LIBRARY_SCORE, reasons=(reason,))


def _untracked_reason(code: str, text: str) -> Reason:
    return Reason(code=code, text=text, source=None, facts_as_of=None)
