"""Write the tables into docs/performance.md, with the date of each figure."""

from datetime import date
from pathlib import Path

from techlist.local.embedded import BASE_DIR
from tests.benchmarks.figures import Figures
from tests.benchmarks.profiles import Profiles
from tests.benchmarks.steps import Steps

PAGE = BASE_DIR / "docs" / "performance.md"
CHART = BASE_DIR / "docs" / "performance.svg"


def write(figures: Figures, steps: Steps, profiles: Profiles, *, today: date, page: Path = PAGE) -> None:
    """Replace the tables. Figures that this run did not measure keep their earlier values and dates."""
    text, day = page.read_text(), f"{today:%Y-%m-%d}"
    if figures.is_used:
        table = figures.dated(part(text, "figures"), day)
        text = replace(text, "figures", [*_chart_beside(page), *table])
    if steps.is_used:
        text = replace(text, "steps", [*steps.lines(), "", f"Measured on {day}."])
    if profiles.is_used:
        text = replace(text, "profiles", [*profiles.lines(), "", f"Measured on {day}."])
    page.write_text(text)


def _chart_beside(page: Path) -> list[str]:
    """Return the reference to the chart, if a run that could draw it has ended."""
    return [f"![CPU time of a cached read]({CHART.name})", ""] if page.with_name(CHART.name).exists() else []


def part(text: str, name: str) -> list[str]:
    """Return the lines between two comments, such as `<!-- figures -->` and `<!-- end of figures -->`."""
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- end of {name} -->")[0].strip().split("\n")


def replace(text: str, name: str, lines: list[str]) -> str:
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not (begin and end):
        raise ValueError(f"The page has no place for {name}.")
    return "".join([before, begin, "\n", *(f"{line}\n" for line in lines), "\n", end, after])
