"""How a row of the list gets its level: the rule's result on the facts of a day, and what the team says."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from django.utils import timezone

from techs.lifecycles import store
from techs.lifecycles.store import Knowledge
from techs.models import LevelChange, Tech
from techs.rules import priority
from techs.rules.products import Outcome

EVERGREEN_SCORE = 5


@dataclass(frozen=True, slots=True)
class Judge:
    """Facts and a day (UTC). Every row that it judged has the same basis."""

    knowledge: Knowledge
    today: date

    @classmethod
    def of_today(cls) -> Self:
        """With the facts in force, today."""
        return cls(knowledge=store.current(), today=datetime.now(UTC).date())

    @property
    def basis(self) -> str:
        """Names day, rule and facts: a row with another basis is to be assessed again."""
        return f"{self.today} {priority.RULE_VERSION} facts {self.knowledge.load} {self.knowledge.facts.version}"

    def judge(self, tech: Tech) -> LevelChange | None:
        """Set all that the row says of its urgency. Returns the change of level, unsaved; None for a new row.

        Reads the row's name and what the team says of it: impact, extended support, evergreen, level set by hand.
        """
        before = tech.level
        match = self.knowledge.find(tech.name)
        assessment = priority.assess(
            match,
            today=self.today,
            impact=priority.Impact(tech.impact),
            extended_support=tech.extended_support,
        )
        if tech.evergreen and match.outcome is not Outcome.LINE:
            assessment = _evergreen(assessment)
        self._write(tech, assessment)
        tech.suggestions = list(match.suggestions)
        tech.assessed_at = timezone.now()
        tech.basis = self.basis
        if before == tech.level:
            return None
        tech.previous_level, tech.level_since = before, tech.assessed_at
        if not before:
            return None
        why = str(tech.reasons[0]["text"])
        return LevelChange(
            tech=tech, name=tech.name, at=tech.assessed_at, from_level=before, to_level=tech.level, why=why
        )

    def several_in(self, tech: Tech) -> tuple[str, ...]:
        """The technologies that a judged row names together, if it was taken for none and is not said to be one."""
        is_one = tech.product or tech.evergreen or tech.computed_level != priority.Level.UNKNOWN
        return () if is_one else self.knowledge.find(tech.name).parts

    def name_of(self, tech: Tech) -> str:
        """What a judged row was taken for, as people say it, such as "Node.js 20 (LTS)"; "" if it is not known."""
        product = self.knowledge.facts.products.get(tech.product)
        lines = product.lines if product else ()
        line = next((line for line in lines if line.name == tech.release), None)
        return priority.name_of(product, line) if product and line else self.title_of(tech)

    def title_of(self, tech: Tech) -> str:
        """The product of a judged row, as people say it; as it is stored, if the facts have lost it since."""
        product = self.knowledge.facts.products.get(tech.product)
        return product.title if product else tech.product

    def _write(self, tech: Tech, assessment: priority.Assessment) -> None:
        tech.computed_level, tech.computed_score = assessment.level.value, assessment.score
        tech.level, tech.score = tech.computed_level, tech.computed_score
        tech.reasons = [_plain(reason) for reason in assessment.reasons]
        tech.product = assessment.product or ""
        tech.release = assessment.release or ""
        tech.end_of_life = assessment.end_of_life
        if tech.holds_by_hand(self.today):
            tech.level = tech.hand_level
            tech.score = priority.BANDS[priority.Level(tech.hand_level)] + tech.computed_score % 10
            tech.reasons.insert(0, _plain(_set_by_hand(tech)))
        tech.rank = Tech.rank_of(score=tech.score, name_key=tech.name_key)


def _evergreen(assessment: priority.Assessment) -> priority.Assessment:
    text = "The team says that this has no versions: there is nothing to watch."
    reason = priority.Reason(code="EVERGREEN", text=text, source=None, facts_as_of=None)
    return priority.Assessment(
        level=priority.Level.LOW,
        score=EVERGREEN_SCORE,
        reasons=(reason,),
        product=assessment.product,
        release=None,
        end_of_life=None,
        rule_version=assessment.rule_version,
        assessed_on=assessment.assessed_on,
    )


def _set_by_hand(tech: Tech) -> priority.Reason:
    note = f" {tech.note}" if tech.note else ""
    text = f"Set by hand to {tech.hand_level}, to be reviewed on {tech.hand_review_on}.{note}"
    return priority.Reason(code="SET_BY_HAND", text=text, source=None, facts_as_of=None)


def _plain(reason: priority.Reason) -> dict[str, Any]:
    as_of = reason.facts_as_of
    return asdict(reason) | {"facts_as_of": as_of.isoformat() if as_of else None}
