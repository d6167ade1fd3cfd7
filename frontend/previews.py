"""What a text that is being typed would become, before it is saved. Nothing is stored."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from frontend.rows import relative
from techs.judgement import Judge
from techs.models import Tech


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A text as the worker would judge it today, as long as nobody says more of it."""

    level: str
    action: str
    product: str
    release: str
    end_of_life: date | None
    has_ended: bool
    relative_end: str
    suggestions: list[str]

    @classmethod
    def of(cls, text: str) -> Self:
        """Judge a clean text (techs.models.clean_name). One query, for the number of the facts in force."""
        tech = Tech(name=text)
        Judge.of_today().judge(tech)
        today = datetime.now(UTC).date()
        end = tech.end_of_life
        return cls(
            level=tech.level,
            action=tech.action,
            product=tech.product,
            release=tech.release,
            end_of_life=end,
            has_ended=end is not None and end < today,
            relative_end=relative(end, today=today) if end else "",
            suggestions=tech.suggestions,
        )
