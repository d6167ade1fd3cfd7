"""The parts of `make bench` that report: the readers of figures, the table and the chart."""

import select
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from techs.rules.csv_injection import defused
from tests.benchmarks import documents, load, plot
from tests.benchmarks.figures import Figures, Target
from tests.benchmarks.profiles import OURS, WAITING, Profiles, shares
from tests.benchmarks.steps import Steps

# wrk aligns units with a space at the end.
WRK = """\
  Latency Distribution
     50%  635.91us
     75%    5.70ms
     99%    1.07s\x20
  12345 requests in 3.00s, 17.76MB read
  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 4
"""


def test_the_report_of_wrk_is_read() -> None:
    assert load.parse(WRK) == load.Load(requests=12345, errors=7, p50=0.63591, p99=1070)


def test_the_table_compares_with_targets_and_names_what_is_missing() -> None:
    figures = Figures()
    figures.add("get", [0.2, 0.4, 0.1])
    figures.add("drain", [1.2])
    figures.lacks("fastapi", "fastapi is not installed")
    rows = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]] for row in figures.lines()}
    assert rows["cached `/get`, CPU against Express"] == ["0.20", "0.10 to 0.40", "≤ 0.3", "met"]
    assert "missed" in rows["drain of single submissions, 2 processes, against the naive build"]
    assert "fastapi is not installed" in rows["FastAPI and redis.asyncio, CPU against Express"]


def test_the_chart_is_valid_and_described() -> None:
    chart = ET.fromstring(plot.bars("A & B", {"ours": [1, 2, 3], "<theirs>": [4]}, ours={"ours"}))  # noqa: S314  our own
    texts = [element.text or "" for element in chart.iter()]
    assert "ours: 2.00; <theirs>: 4.00" in texts


PAGE = """# Performance

<!-- figures -->

| figure | median | lowest to highest | target | | measured on |
|---|---|---|---|---|---|
| cached `/get`, CPU against Express | 3.00 | | ≤ 0.3 | missed | 2026-01-01 |
| ten imports of 10,000 lines | 19.0 s | | ≤ 20 s | met | 2026-01-01 |

<!-- end of figures -->

<!-- steps -->

<!-- end of steps -->

<!-- profiles -->

<!-- end of profiles -->

The end.
"""


def test_the_page_shows_new_figures_and_keeps_those_of_another_day(tmp_path: Path) -> None:
    page, figures, steps, profiles = tmp_path / "page.md", Figures(), Steps(), Profiles()
    profiles.add("a page", {OURS: 0.25, WAITING: 0.75})
    page.write_text(PAGE)
    figures.add("get", [0.2])
    figures.add("million", [10, 25, 15])
    steps.add(1, reads=1000, post_database=2.5, task_database=1)
    steps.add(2, reads=1900)
    documents.write(figures, steps, Profiles(), today=date(2026, 2, 2), page=page)
    page.with_name("performance.svg").touch()
    documents.write(figures, Steps(), Profiles(), today=date(2026, 2, 2), page=page)
    documents.write(Figures(), Steps(), profiles, today=date(2026, 3, 3), page=page)
    assert page.read_text().count("](performance.svg)") == 1
    rows = {cells[0]: cells[1:] for cells in map(_cells, page.read_text().split("\n"))}
    assert rows["cached `/get`, CPU against Express"] == ["0.20", "", "≤ 0.3", "met", "2026-02-02"]
    assert rows["ten imports of 10,000 lines"] == ["19.0 s", "", "≤ 20 s", "met", "2026-01-01"]
    assert rows["1,000,000 rows: first page, any ordering, any one filter"][0] == "25.0 ms"  # the worst counts
    assert rows["`POST` accepted, CPU against the naive build"][-1] == "-"
    assert rows["processes"] == ["1", "2"]
    assert rows["cached `/get`, answers per second"] == ["1,000", "1,900"]
    assert rows["CPU for each `POST`: MariaDB, ms"] == ["2.50", "-"]
    assert (rows["a page"][0], rows["a page"][-1]) == ("25%", "75%")
    assert "Measured on 2026-02-02.\n\n<!-- end of steps -->" in page.read_text()
    assert page.read_text().endswith("Measured on 2026-03-03.\n\n<!-- end of profiles -->\n\nThe end.\n")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]] or [""]


def test_a_profile_tells_work_from_waiting() -> None:
    waiting = shares(lambda: select.select([], [], [], 0.01), times=3)
    busy = shares(lambda: [defused("=1+1") for _ in range(100)], times=3)
    assert waiting[WAITING] > 0.9
    assert WAITING not in busy
    assert busy[OURS] > 0.5
    assert sum(busy.values()) == pytest.approx(1)


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for figures"):
        documents.replace("# Performance", "figures", [])


@pytest.mark.parametrize(
    ("target", "met", "missed"),
    [(Target(text="", at_most=0), 0, 0.1), (Target(text="", at_least=0.5), 0.5, 0.4)],
)
def test_a_target_is_met_up_to_its_limit(target: Target, met: float, missed: float) -> None:
    assert target.is_met(met)
    assert not target.is_met(missed)
