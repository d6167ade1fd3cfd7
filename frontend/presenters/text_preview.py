"""The assessment of a text while it is typed. Nothing is stored."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from frontend.presenters.rows import offered
from techs.assessment.assessor import Assessor
from techs.models import Tech


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A text as the worker would assess it today, with the attributes of a technology that is already listed."""

    level: str
    action: str
    name: str
    """The matched release, such as "Node.js 20 (LTS)"; "" if unknown."""
    end_of_life: date | None
    has_ended: bool
    suggestions: list[str]
    parts: tuple[str, ...]
    """The technologies in the text, if it lists several."""
    listed: int | None
    """Primary key of the technology that adding the text would update."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Assess a text that is clean (techs.rules.attributes), in two queries: the row and the active version."""
        tech = Tech.named(text) or Tech()
        tech.name = text
        assessor = Assessor.current()
        assessor.assess(tech)
        return cls(
            level=tech.shown_level,
            action=tech.action,
            name=assessor.name_of(tech),
            end_of_life=tech.end_of_life,
            has_ended=tech.end_of_life is not None and tech.end_of_life < assessor.today,
            suggestions=offered(tech.suggestions, tech.reasons),
            parts=assessor.several_in(tech),
            listed=tech.pk,
        )
