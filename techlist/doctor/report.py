"""The findings of an examination, as text and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | list[str] | None

_INDENT = "  "
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation. problem: sentences with the fault and its remedy, or "" if all is well."""

    name: str
    value: Value
    problem: str = ""


@dataclass(slots=True)
class Report:
    """The findings by section."""

    sections: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        found = [finding.problem for findings in self.sections.values() for finding in findings if finding.problem]
        return list(dict.fromkeys(found))

    def to_json(self) -> str:
        sections = {name: {each.name: each.value for each in findings} for name, findings in self.sections.items()}
        return json.dumps({"ok": not self.problems, "problems": self.problems, "sections": sections}, indent=2)

    def lines(self) -> Iterator[str]:
        """Yield the lines of a text, which ends with the problems."""
        for name, findings in self.sections.items():
            yield _words(name).capitalize()
            width = max((len(finding.name) for finding in findings), default=0)
            for finding in findings:
                yield f"{_INDENT}{_words(finding.name):<{width}}  {_shown(finding.value)}".rstrip()
            yield ""
        yield "Problems" if self.problems else "No problems found."
        for number, problem in enumerate(self.problems, start=1):
            yield f"{_INDENT}{number}. {problem}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        others = f" and {len(value) - _LISTED:,} more" if len(value) > _LISTED else ""
        return ", ".join(value[:_LISTED]) + others or "none"
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
