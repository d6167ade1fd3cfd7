"""Assess rows of the list: apply the rule to the lifecycle data, then the team's override."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, cast

from django.conf import settings
from django.utils import timezone

from techs.lifecycles import store
from techs.models import LevelChange, Tech
from techs.rules import matching, overrides, priority, search_words
from techs.rules.assessing import TextAssessor, as_library, as_unversioned
from techs.rules.kinds import Kind
from techs.rules.levels import BANDS, Impact, Level
from techs.rules.products import Match, Outcome, ProductFacts, name_of
from techs.rules.upgrades import Upgrade

_IMPACTS = [impact.value for impact in Impact]  # highest first

# The fields that Assessor.assess() sets, besides basis and assessed_at.
ASSESSED_FIELDS = [
    *["level", "score", "computed_level", "computed_score", "previous_level", "level_since", "rank"],
    *["reasons", "suggestions", "product", "release", "cycle_key", "end_of_life", "upgrade_to"],
    "words_key",
]


@dataclass(frozen=True, slots=True)
class Assessor(TextAssessor):
    """The catalogue and the day (UTC) to assess with. All rows that an assessor has assessed have the same basis."""

    @classmethod
    def current(cls) -> Self:
        return cls(catalogue=store.current(), today=datetime.now(UTC).date())

    @property
    def basis(self) -> str:
        """Return a text that identifies day, code and lifecycle data. Rows with another basis need reassessment."""
        # Every release may recognise more names or word reasons differently, even if the rule is the same.
        rule = f"{priority.RULE_VERSION} of {settings.VERSION}"
        return f"{self.today} {rule} facts {self.catalogue.load} {self.catalogue.facts.version}"

    @property
    def tomorrow(self) -> str:
        return f"{self.today + timedelta(days=1)} "

    def assess(self, tech: Tech, *, match: Match | None = None, at: datetime | None = None) -> LevelChange | None:
        """Set the assessed fields of the row. Return the level change, unsaved, or None for a new or unchanged row.

        Reads the row's name, kind, extended support, unversioned and level override, its own impact and that of its
        services, and the lowest version in use. match: that of its name, if it is known already. at: the time, if
        many rows have the same one.
        """
        before, impact = tech.level, impact_of(tech)
        is_library = tech.kind == Kind.LIBRARY
        # A library may have the name of a product, such as the client "redis".
        match = Match(Outcome.NO_MATCH) if is_library else match or matching.find(tech.name, self.catalogue.index)
        if tech.lowest_version and match.outcome is Outcome.MATCHED:
            match = replace(match, version=tech.lowest_version)
        assessment = priority.assess(
            match,
            today=self.today,
            impact=impact,
            extended_support=tech.extended_support,
        )
        if is_library:
            assessment = as_library(assessment)
        elif tech.unversioned and match.outcome is not Outcome.MATCHED:
            assessment = as_unversioned(assessment)
        tech.assessed_at, tech.basis = at or timezone.now(), self.basis
        tech.suggestions = list(match.suggestions)
        self._set_result(tech, assessment, impact)
        self._set_words(tech)
        if before == tech.level:
            return None
        tech.previous_level, tech.level_since = before, tech.assessed_at
        if not before:
            return None
        return LevelChange(
            tech=tech,
            name=tech.name,
            at=tech.assessed_at,
            from_level=before,
            to_level=tech.level,
            why=tech.first_reason,
        )

    def several_in(self, tech: Tech) -> tuple[str, ...]:
        """Return the technologies in the text of a row that lists several: "Django 3.2, Redis 6", tomcat:9.0-jdk11."""
        return () if tech.unversioned or tech.is_library else matching.find(tech.name, self.catalogue.index).parts

    def facts_of(self, tech: Tech) -> ProductFacts | None:
        return self.catalogue.facts.products.get(tech.product)

    def name_of(self, tech: Tech) -> str:
        """Return the matched product and cycle, such as "Node.js 20 (LTS)", or an empty string."""
        product = self.facts_of(tech)
        cycles = product.cycles if product else ()
        cycle = next((cycle for cycle in cycles if cycle.name == tech.release), None)
        return name_of(product, cycle) if product and cycle else self.title_of(tech)

    def title_of(self, tech: Tech) -> str:
        """Return the title of a row's product, or the slug if the product is no longer in the lifecycle data."""
        product = self.facts_of(tech)
        return product.title if product else tech.product

    def _set_words(self, tech: Tech) -> None:
        words = self.catalogue.words.words_of(tech.name, product=tech.product)
        key = search_words.key_of(words)
        if key != tech.words_key:
            # Once the row is saved, techs.inventory.search.index() writes them.
            tech.words_key, tech.new_words = key, words

    def _set_result(self, tech: Tech, assessment: priority.Assessment, impact: Impact) -> None:
        tech.computed_level, tech.computed_score = assessment.level.value, assessment.score
        tech.level, tech.score = tech.computed_level, tech.computed_score
        tech.reasons = [_to_json(reason) for reason in assessment.reasons]
        tech.product = assessment.product or ""
        tech.release = assessment.release or ""
        tech.cycle_key = assessment.cycle or ""
        tech.end_of_life = assessment.end_of_life
        tech.upgrade_to = _upgrade_to_json(assessment.upgrade_to)
        if tech.has_active_override(self.today):
            tech.level = tech.level_override
            tech.score = BANDS[Level(tech.level_override)] + tech.computed_score % 10
            tech.reasons.insert(0, _to_json(_override_reason(tech)))
        tech.rank = Tech.rank_of(
            score=tech.score,
            name_key=tech.name_key,
            impact=impact,
            end=tech.end_of_life,
            is_library=tech.kind == Kind.LIBRARY,
        )


def assessed_values(tech: Tech) -> list[Any]:
    return [getattr(tech, field) for field in ASSESSED_FIELDS]


def impact_of(tech: Tech) -> Impact:
    """Return the highest impact of a row and its services; normal if nobody has set any."""
    impacts = filter(None, (tech.impact, tech.service_impact))
    return Impact(min(impacts, key=_IMPACTS.index, default=Impact.NORMAL))


def _override_reason(tech: Tech) -> priority.Reason:
    until = cast(date, tech.override_review_on)  # an active override has a review date
    text = overrides.reason_text(tech.level_override, until=until, note=tech.note)
    return priority.Reason(code=overrides.BY_HAND, text=text, source=None, facts_as_of=None)


def _to_json(reason: priority.Reason) -> dict[str, Any]:
    as_of = reason.facts_as_of
    return {
        "code": reason.code,
        "text": reason.text,
        "source": reason.source,
        "facts_as_of": as_of.isoformat() if as_of else None,
    }


def _upgrade_to_json(upgrade: Upgrade | None) -> dict[str, Any] | None:
    if not upgrade:
        return None
    return {
        "text": upgrade.text,
        "release": upgrade.release,
        "name": upgrade.name,
        "end_of_life": upgrade.end_of_life.isoformat() if upgrade.end_of_life else None,
    }
