"""The parts of `make bench` that report: the readers of figures, the table and the chart."""

from xml.etree import ElementTree as ET

from tests.benchmarks import load, plot
from tests.benchmarks.figures import Figures

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
