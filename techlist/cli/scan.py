"""`techlist scan`: assess every manifest of a directory."""

from argparse import Namespace

from techlist.cli import lifecycle_data, output
from techlist.cli.outcomes import Status
from techlist.cli.reading import Reading, files_in
from techlist.cli.report import Report, worst_first
from techlist.cli.terminal import tracked


def run(options: Namespace) -> Status:
    reading = Reading()
    found = (file for argument in options.paths for file in files_in(argument, options, reading.problems))
    files = list(dict.fromkeys(found))  # arguments may overlap
    assessor = lifecycle_data.assessor(options)
    rows = [
        row
        for file in tracked(files, "Reading manifests", total=len(files))
        if (manifest := reading.manifest(file))
        for row in reading.rows(file, manifest, assessor)
    ]
    report = Report(
        rows=worst_first(rows),
        problems=reading.problems,
        lines=reading.lines,
        remarks=reading.remarks,
        files=[file.name for file in files],
        today=assessor.today,
        as_of=assessor.catalogue.facts.as_of,
        fail_on=options.fail_on,
    )
    return output.finish(report, options.format)
