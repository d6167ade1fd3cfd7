"""A table in Markdown, for comments and job summaries."""

from collections.abc import Iterator

from techlist.cli.formats.table import changes, summary, technologies
from techlist.cli.report import Report
from techs.exports.markdown import cell


def render(report: Report) -> Iterator[str]:
    titles, rows = changes(report) if report.service else technologies(report)
    if rows:
        yield f"| {' | '.join(title.capitalize() for title in titles)} |"
        yield f"|{'---|' * len(titles)}"
        yield from (f"| {' | '.join(map(cell, row))} |" for row in rows)
        yield ""
    yield summary(report)
